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

/*
 * The canonical form of a text, and the proof that it is the same program: the same tokens and comments when it is read
 * again, or at least the same tree. `sources` are the context's, for the text that was made is one, too.
 */
enum formatted {
	FORMATTED,
	FORMATTED_NOT,	/* it has errors, which were reported */
	FORMATTED_WRONG	/* a bug: what was printed is another program; it must not replace the first */
};
enum formatted format_source(struct parse_context *c, struct sources *sources, const struct source *src, struct buf *out);

/* One type, or one expression, in canonical form, on one line (for messages). */
void print_node(struct buf *out, const struct symtab *syms, const struct node *n);

#endif
