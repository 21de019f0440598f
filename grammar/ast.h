/*
 * The syntax tree: uniform nodes whose kinds and children are the table nodes.def. Made by the parser, in an
 * arena; never changed afterwards. Comments and blank lines hang on the node that follows or ends their line.
 */
#ifndef CALC_GRAMMAR_AST_H
#define CALC_GRAMMAR_AST_H

#include <stdbool.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/source.h"
#include "base/sym.h"

enum node_kind {
#define NODE(kind, name, children) N_##kind,
#include "grammar/nodes.def"
#undef NODE
	NODE_KINDS
};

enum node_op {	/* of UNARY and BINARY */
	OP_NONE, OP_NOT, OP_NEG, OP_OR, OP_AND, OP_EQ, OP_NE, OP_LT, OP_LE, OP_GT, OP_GE,
	OP_ADD, OP_SUB, OP_MUL, OP_DIV, OP_MOD
};

enum node_flag {
	NODE_PARTIAL = 1,
	NODE_ON_LIST = 2,
	NODE_IS_FLOW = 4,
	NODE_PORTABLE = 8,
	NODE_OPEN = 16,		/* ATTR workers: a range without end, `2..` */
	NODE_OF_SETS = 32	/* RUN, of a graph document: what is run is a calculation set */
};

/* Comments and blank lines, kept for the printer. */
struct trivia {
	struct trivia *next;
	uint32_t at, len;	/* the comment's text in the source; len 0: one blank line */
	bool doc;		/* `///` */
	bool trailing;		/* stands behind something on its line */
};

struct node_trivia {
	struct trivia *before, *after;
};

/* A text of n bytes has nodes of some 10n: every field counts. */
struct node {
	uint32_t kind : 8;	/* enum node_kind */
	uint32_t flags : 8;	/* enum node_flag */
	uint32_t op : 4;	/* enum node_op */
	uint32_t depth : 12;	/* 1 for a leaf, else one more than the deepest child; bounded, so that recursion is safe */
	uint32_t nkids;
	sym_t sym, sym2;
	struct span span;	/* the whole of it */
	struct span name_span;	/* the word that `sym` is, where that is only a part */
	struct node_trivia *trivia;	/* NULL when it has none */
	struct node *kids[];		/* fixed places by kind; the items of a LIST */
};

/* Child `i` of n (places: nodes.def, from 0), and the items of a LIST child. */
static inline struct node *kid(const struct node *n, uint32_t i) { return n->kids[i]; }
static inline uint32_t list_len(const struct node *list) { return list ? list->nkids : 0; }
static inline struct node *list_at(const struct node *list, uint32_t i) { return list->kids[i]; }

static inline const struct trivia *trivia_before(const struct node *n) { return n->trivia ? n->trivia->before : NULL; }
static inline const struct trivia *trivia_after(const struct node *n) { return n->trivia ? n->trivia->after : NULL; }

const char *node_kind_name(enum node_kind k);	/* "each" */
const char *node_op_text(enum node_op op);	/* "&&" */

/* Attribute (ATTR): the item of attribute list `attrs` with keyword sym, or NULL. */
struct node *attr_find(const struct node *attrs, sym_t keyword);

/* Same tree: kinds, symbols, flags, children and comments' text; spans and blank lines do not count. */
bool ast_equal(const struct sources *s, const struct node *a, const struct node *b);

/* Indented dump of a tree, one node a line (for --dump=ast and tests). */
struct buf;
void ast_dump(struct buf *out, const struct symtab *syms, const struct node *n);

#endif
