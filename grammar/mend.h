/*
 * Mends of syntax errors: the edit that turns what was found into what was meant, where that is known from the tokens around it
 * and from the text. mend.c has the words and signs that are replaced in their place, mend_shape.c what is put differently.
 */
#ifndef CALC_GRAMMAR_MEND_H
#define CALC_GRAMMAR_MEND_H

#include "grammar/parser_internal.h"

struct mend {
	struct diags *diags;
	const struct source *source;
	const bool *could;		/* by kind of token: what could stand there */
	const struct token *found, *before;
	const char *word, *word_before;	/* theirs, "" when they are none */
};

/* Says the help line with its edit; false: no mend is known. */
bool mend_in_place(const struct mend *m);
bool mend_shape(const struct mend *m);
bool mend_line_begins(const struct mend *m, const char *word);	/* the line of what was found */

/* The text from one position to another, and the bytes at one. */
static inline struct span mend_span(uint32_t from, uint32_t to) { return (struct span){ from, to - from }; }
static inline uint32_t mend_end(const struct token *t) { return t->span.at + t->span.len; }
static inline const char *mend_text(const struct mend *m, uint32_t at) { return m->source->text + (at - m->source->base); }

#endif
