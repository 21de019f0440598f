/*
 * Making the tree: what the actions of the grammar call. Nodes go to the arena of the context. A list under
 * construction is a part of one stack, since lists in a bottom-up parse nest like brackets; ast_end makes a LIST
 * node of it.
 */
#ifndef CALC_GRAMMAR_BUILD_H
#define CALC_GRAMMAR_BUILD_H

#include "grammar/ast.h"

/*
 * A span while it is parsed: its first byte in the lower half, the byte behind it in the upper one. Bison joins places
 * at every reduction; in one register that costs nothing.
 */
typedef uint64_t place_t;
#define PLACE(from, to) ((place_t)(from) | (place_t)(to) << 32)
#define PLACE_JOIN(first, last) (((first) & UINT32_MAX) | ((last) & ~(place_t)UINT32_MAX))
static inline uint32_t place_from(place_t at) { return (uint32_t)at; }
static inline uint32_t place_to(place_t at) { return (uint32_t)(at >> 32); }
static inline struct span place_span(place_t at)
{
	return (struct span){ place_from(at), place_to(at) - place_from(at) };
}

struct parser;
struct node_list {
	uint32_t start, count;
};

/* Children as an argument: `KIDS(a, NULL, b)`, or NO_KIDS. */
#define KIDS(...)                                                                                                      \
	(struct node *const[]){ __VA_ARGS__ }, sizeof((struct node *const[]){ __VA_ARGS__ }) / sizeof(struct node *)
#define NO_KIDS NULL, 0

struct node *ast_node(struct parser *p, enum node_kind kind, place_t at, struct node *const *kids, uint32_t n);
struct node *ast_named(struct parser *p, enum node_kind kind, place_t at, sym_t name, place_t name_at,
		       struct node *const *kids, uint32_t n);
struct node *ast_op(struct parser *p, enum node_kind kind, place_t at, enum node_op op, struct node *const *kids,
		    uint32_t n);
struct node *ast_attr(struct parser *p, place_t at, sym_t keyword, place_t keyword_at, struct node *const *args,
		      uint32_t n);
/* An attribute whose arguments are the items of `list`. */
struct node *ast_attr_list(struct parser *p, place_t at, sym_t keyword, place_t keyword_at, struct node *list);
struct node *ast_arm(struct parser *p, place_t at, sym_t type, place_t type_at, sym_t variable,
		     struct node *value);
struct node *ast_leaf(struct parser *p, enum node_kind kind, place_t at, sym_t sym);	/* strings are decoded */
struct node *ast_flags(struct node *n, unsigned flags);
/* `on pod` or `on list` */
struct node *ast_calcset(struct parser *p, struct node *set, sym_t scope, place_t scope_at);
/* The names that end a block, read as targets. */
struct node *ast_block_value(struct parser *p, place_t at, struct node_list targets);
void ast_module(struct parser *p, place_t at, struct node_list items);

struct node_list ast_list(struct parser *p);
struct node_list ast_push(struct parser *p, struct node_list list, struct node *n);
struct node_list ast_unshift(struct parser *p, struct node *n, struct node_list list);
struct node *ast_end(struct parser *p, place_t at, struct node_list list);
struct node *ast_no_list(struct parser *p, place_t at);	/* an empty LIST */
struct node *ast_nothing(struct parser *p);	/* the same, one for all, where its place says nothing */

#endif
