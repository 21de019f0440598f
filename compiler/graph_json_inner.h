/* Parts of the reader of graph documents, one file each: declarations, types, values, nodes, rows. */
#ifndef CALC_COMPILER_GRAPH_JSON_INNER_H
#define CALC_COMPILER_GRAPH_JSON_INNER_H

#include "base/json_tape.h"
#include "compiler/elaborate.h"
#include "compiler/graph_json.h"

struct reader {
	struct compilation *c;
	struct tape t;
	bool no_places;			/* the document says "spans": false */
	bool unknown;			/* the object read last had a member that is not known */
	struct graph *g;		/* of the set that is being read */
	struct previous { struct expr *x; struct json_block *b; tape_t of; } *previous;	size_t previouses, previous_cap;
	struct { sym_t name; type_t type; } *param;	uint32_t params;	/* of a flow that is launched */
	struct value_check *check;	size_t checks, check_cap;	/* parents: their types are known when the block was read */
};
struct value_check { uint32_t value; tape_t at; uint32_t region; };

/* A member of an object: where its value is put, or TAPE_NONE. */
struct member { const char *name; tape_t *to; bool needed; };

/*
 * Find the members of an object; what is no object, a member that is not listed, one that stands twice or is missing is reported.
 * false after a report about the object itself.
 */
bool read_members(struct reader *r, tape_t object, const char *what, const struct member *m, unsigned n);
void report_shape(struct reader *r, tape_t at, const char *expected);	/* CF026: expected this, found that */
bool read_string(struct reader *r, tape_t at, const char *what, sym_t *out);	/* not empty, without NUL */
bool read_flag(struct reader *r, tape_t at, const char *what, bool *out);	/* TAPE_NONE leaves it */
/* The place that `at` says, of something that stands at `here`; without one, `here` itself. */
struct span read_place(struct reader *r, tape_t at, tape_t here);

/* ---- graph_json_type.c ---- */
struct node *read_type_node(struct reader *r, tape_t text);	/* the syntax of a type, `as` allowed; never NULL */
type_t read_type(struct reader *r, tape_t text);		/* after the declarations; 0 after a report */

/* ---- graph_json_decl.c ---- */
struct node *tree_node(struct reader *r, enum node_kind kind, struct span at, sym_t sym, struct node *const *kids, uint32_t n);
struct node *tree_attr(struct reader *r, struct span at, const char *word, struct node *const *args, uint32_t n);
struct node *tree_list(struct reader *r, struct span at, struct node *const *item, uint32_t n);
struct node *tree_named(struct node *n, struct span name_at);
sym_t key_name(struct reader *r, tape_t key);	/* of what is declared; 0 after a report */
size_t members_in(struct reader *r, tape_t object);
/* One `env` or `secret` attribute for each member. */
void read_variables(struct reader *r, tape_t object, const char *word, struct node **list, uint32_t *n);
struct declared {		/* the members of the document */
	tape_t types, functions, windows, ponds, locks, states, sources, sinks, sets;
};
struct node *read_declarations(struct reader *r, const struct declared *d);	/* a MODULE */
void read_defaults(struct reader *r, tape_t functions);		/* after the types are known */

/* ---- graph_json_more.c ---- */
struct node *text_node(struct reader *r, tape_t v);		/* a RAW_STRING; NULL after a report */
struct node *name_node(struct reader *r, tape_t v, const char *what);	/* a NAME; NULL after a report */
struct said_late { tape_t late, then, idle; };
void read_lateness(struct reader *r, const struct said_late *l, struct node **list, uint32_t *n);	/* two attributes at most */
struct node *window_decl(struct reader *r, tape_t key);
struct node *lock_decl(struct reader *r, tape_t key);
struct node *state_decl(struct reader *r, tape_t key);
void read_first_values(struct reader *r, tape_t states);	/* after the types are known */

/* ---- graph_json_set.c ---- */
struct node *number_node(struct reader *r, tape_t v);
void read_devices(struct reader *r, tape_t object, struct node **list, uint32_t *n);
struct node *read_set_decl(struct reader *r, tape_t key);	/* its header; the graph is read when everything is declared */

/* ---- graph_json_attr.c ---- */
enum attr_owner { OWNED_BY_func, OWNED_BY_pond, OWNED_BY_set, OWNED_BY_set_default, OWNED_BY_set_more };
/* The rows of an owner, to be joined with its other members; `at` receives their values, in the order of the rows. */
unsigned attr_members(enum attr_owner o, struct member *m, tape_t *at);
enum { ATTR_MOST = 16 };
/* Attributes as syntax, for those that are there; appended to list. */
void read_attrs(struct reader *r, enum attr_owner o, const tape_t *at, struct node **list, uint32_t *n);
struct json_writer;
void write_duration(struct json_writer *w, uint64_t ns);	/* "2m" */
void write_attrs(struct json_writer *w, enum attr_owner o, const void *of);

/* ---- graph_json_node.c ---- */
/* A block while its nodes are read. */
struct json_block {
	struct json_block *up;
	uint32_t block, region;		/* in the graph; region: PLAN_NONE for block 0 */
	sym_t node_name;		/* of the node whose body it is */
	struct name_map by_name;	/* place in the array of nodes + 1 */
	uint32_t *node;			/* graph node of each; PLAN_NONE: not read, or refused */
	uint32_t nodes;
	unsigned depth;
};
/* Read "nodes" into b->block, and the values of `results` (may be TAPE_NONE) as seen from its end. */
bool read_nodes(struct reader *r, struct json_block *b, tape_t nodes);
void json_block_release(struct json_block *b);

/* ---- graph_json_order.c ---- */
/* The nodes of the array, each after those that it uses (the caller frees); NULL after a report of a loop. */
uint32_t *read_order(struct reader *r, struct json_block *b, tape_t nodes);

/* ---- graph_json_value.c ---- */
/* For what a value is wanted, for messages. */
struct wanted { const char *what; sym_t name, of; struct span declared; };
/* A value that stands in a block; `want` may be TYPE_ERROR: none. PLAN_NONE after a report. */
uint32_t read_value(struct reader *r, struct json_block *b, tape_t v, type_t want, const struct wanted *for_what);
bool read_words(struct reader *r, tape_t v, type_t type, struct span declared, word_t *out);	/* a constant of a type */
/* A node by name, looking outwards; false after a report. */
bool find_node(struct reader *r, struct json_block *b, tape_t name, tape_t up, uint32_t *node);
/* A further column of the region of a block: an expression that gives word[row] (taken over). */
struct expr *region_column(struct reader *r, uint32_t region, type_t type, word_t *word, struct span at);

/* ---- graph_json_formula.c ---- */
enum { GRAPH_OP_KIDS = 1 << 16 };
struct op_row { uint8_t kind, op; const char *name; uint32_t least, most; unsigned more; };
const struct op_row *op_row(uint8_t kind, uint8_t op);		/* NULL: no operation of the table */
enum { MORE_FIELD = 1, MORE_LOCAL = 2, MORE_ARM = 4, MORE_WINDOW = 8, MORE_VALUE = 16 };
/* The expression of a compute node on its arguments; NULL after a report. The types of operations are compute_check's (plan). */
struct expr *read_formula(struct reader *r, struct json_block *b, tape_t v, const uint32_t *arg, uint32_t args, struct span at);
/* The values of `previous` in this block, which may be made later than they are named: when all its nodes were read. */
bool read_previous(struct reader *r, struct json_block *b);

/* ---- graph_json_media.c ---- */
bool read_media(struct reader *r, struct json_block *b, tape_t media);	/* what is said of where values stand; TAPE_NONE: nothing */

/* ---- graph_json_rows.c ---- */
bool read_row_counts(struct reader *r, const struct json_block *outer, uint32_t region, tape_t rows);
bool read_steps(struct reader *r, struct json_block *outer, uint32_t region, tape_t steps);

/* ---- graph_types.c: used by the writer too ---- */
uint32_t graph_results(const struct compilation *c, const struct graph *g, uint32_t node);
/* The type of a value without conversion; TYPE_ERROR where only its place says it (constants, absent, parents). */
type_t graph_natural_type(struct compilation *c, const struct graph *g, const struct graph_value *v);

#endif
