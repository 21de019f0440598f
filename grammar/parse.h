/*
 * Text to tree, and tree to text. parse_module reports every syntax error it can to `diags` and returns the tree
 * (with what could be recovered), or NULL when nothing could be read; the caller looks at diag_errors.
 */
#ifndef CALC_GRAMMAR_PARSE_H
#define CALC_GRAMMAR_PARSE_H

#include "base/buf.h"
#include "base/diag.h"
#include "grammar/ast.h"

struct parse_context {
	struct arena *arena;	/* nodes go here */
	struct symtab *syms;
	struct diags *diags;
	const struct sources *sources;
};

struct node *parse_module(struct parse_context *c, const struct source *src);

/* The one canonical form, comments and blank lines kept: parsing it gives the same tree. */
void print_module(struct buf *out, const struct symtab *syms, const struct sources *sources, const struct node *module);

/* One type, or one expression, in canonical form, on one line (for messages). */
void print_node(struct buf *out, const struct symtab *syms, const struct node *n);

#endif
