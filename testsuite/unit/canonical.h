/*
 * What canonical form must be: the same tree and the same comments in their order when it is read again, and the same
 * text when it is printed again.
 */
#ifndef CALC_TESTSUITE_CANONICAL_H
#define CALC_TESTSUITE_CANONICAL_H

#include "grammar/parse.h"

/* What is wrong with the canonical form of a program that was read without errors; NULL: nothing. `printed` gets it. */
const char *canonical_fault(const struct parse_context *c, struct sources *sources, const struct source *src,
			    const struct node *module, struct buf *printed);

/* The text with comments and blank lines put between its tokens, at random. */
void canonical_sow(struct symtab *syms, const struct source *src, uint64_t *random, struct buf *out);

#endif
