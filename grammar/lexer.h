/*
 * Text to tokens. The lexer sees the whole text, NUL-terminated, and knows nothing of the tree: a token is a kind
 * (parser.h), a span and an interned text. Comments and blank lines are kept aside, in order.
 */
#ifndef CALC_GRAMMAR_LEXER_H
#define CALC_GRAMMAR_LEXER_H

#include <stdbool.h>
#include <stdint.h>
#include "base/diag.h"
#include "base/source.h"
#include "base/sym.h"

/* Which words are keywords: kinds[sym] is the token of a word, 0 for a name; attributes[sym] is 1 + the row of
 * attrs.def whose keyword the word is, or 0; sym < count. */
struct words {
	uint8_t *kinds, *attributes;
	sym_t count;
};

struct token {
	int kind;
	struct span span;
	sym_t sym;		/* the word; a number's text; a string's text between the quotes, escapes as written */
	bool first;		/* first of its line */
	uint32_t indent;	/* bytes before it on its line, when it is the first */
};

struct comment {
	uint32_t at, len;	/* position and length; len 0: a blank line */
	bool doc;		/* `///` */
	bool trailing;		/* something stands before it on its line */
};

struct lexer {
	const unsigned char *text, *end, *cursor;
	const unsigned char *line;		/* start of the line */
	uint32_t base;				/* position of text[0] */
	bool line_is_fresh;			/* no token on this line yet */
	unsigned newlines;			/* since the last token or comment */
	struct symtab *syms;
	struct diags *diags;
	struct words words;
	uint32_t error_at;			/* position of the last lexical error; 0: none */
	unsigned errors;
	struct comment *comments;
	size_t ncomments, comments_cap;
};

/* The text must be NUL-terminated UTF-8. */
void lexer_init(struct lexer *l, const struct source *src, struct symtab *syms, struct words words, struct diags *diags);
void lexer_release(struct lexer *l);
/* The next token; T_END at the end, again and again. */
void lexer_next(struct lexer *l, struct token *t);

#endif
