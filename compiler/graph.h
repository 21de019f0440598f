/*
 * The graph of one set after elaboration, whatever it came from (text or data): columns and 32-bit indices. It has the shape of
 * the plan (plan.h says what blocks, rows, nodes and values are), with types, expressions and spans of the text or of the data row
 * that made each part. Nodes of a block do not stand together here; the planner sorts them.
 */
#ifndef CALC_COMPILER_GRAPH_H
#define CALC_COMPILER_GRAPH_H

#include <stdbool.h>
#include <stdint.h>
#include "base/source.h"
#include "compiler/expr.h"
#include "runtime/plan.h"

struct graph_value {
	uint8_t kind;		/* enum plan_value_kind; VALUE_CONST: a = place in graph.constant */
	type_t type;
	uint32_t a, b;		/* VALUE_SOURCE: a = place in program.outside, or GRAPH_IMPLIED */
	struct span span;
};
/* The source of files that no step makes, where `in` names none: share "inputs". */
#define GRAPH_IMPLIED (UINT32_MAX - 1)

struct graph_node {
	uint8_t kind;		/* enum plan_node_kind, or GRAPH_COMPUTE */
	sym_t name;
	uint32_t block;
	uint32_t of;		/* CALL: place in program.func; COMPUTE: place in graph.formula; LAUNCH: type; else region (MATCH: the first
				 * arm's) */
	uint32_t arms;		/* MATCH */
	uint32_t first_arg, args;	/* in graph.item */
	uint32_t first_after, afters;
	uint32_t first_medium;		/* a GRAPH_MEDIUM for each result, in graph.item; PLAN_NONE before place.c */
	struct span span;
};

/*
 * An expression on run-time values: a step of the host. In the plan it is a CALL of a function that the planner makes. `x` has X_ARG
 * leaves (a = argument of the node); what is known before the run is an argument as well. Its one result has x's type.
 */
enum { GRAPH_COMPUTE = 32 };
struct graph_formula { struct expr *x; };

struct graph_region {
	uint32_t node, body;
	bool partial, run_time;
	uint32_t limit, rotate;
	uint32_t until;			/* CYCLE: graph value, PLAN_NONE; rounds, fails: as in struct plan_region */
	uint32_t rounds;
	bool fails;
	uint32_t first_result, results;
	uint32_t lists;			/* lockstep lists known before the run */
	word_t **list_word;		/* [list][body row]: the item */
	type_t *list_type;		/* of the items */
	uint32_t *row_start;		/* rows of the outer block + 1; NULL where run_time */
	/* steps: as in struct plan_region; texts are words (their places are the data's) */
	word_t *key;
	uint32_t *parent_start, *parents;
	uint32_t *input_start, *input_from;
	word_t *input_name;
	uint32_t *output_start;
	word_t *output_name;
	word_t *output_list;		/* the row's `to`, as a list: the value of `outputs` */
	uint32_t given;			/* graph value; PLAN_NONE */
	uint32_t edges;			/* distinct (parent row, row) pairs */
	/* of a graph document: where the rows' data stood; NULL: where their words say */
	sym_t row_file;
	uint32_t *row_line, *row_column;
};

struct graph_block {
	uint32_t node;			/* PLAN_NONE for block 0 */
	uint32_t region;		/* PLAN_NONE for block 0 */
	uint32_t up;			/* the block around it */
	uint32_t rows;
	uint32_t *up_row;		/* row of `up` of each row; NULL: the same number */
};

/*
 * ---- place (place.h) ----
 * A medium and what it names: a place in program.pond, or in program.outside (the anonymous sink of a share's path).
 */
#define GRAPH_MEDIUM(medium, where) ((uint32_t)(medium) | (uint32_t)(where) << 8)
static inline enum plan_medium graph_medium(uint32_t word) { return (enum plan_medium)(word & 0xff); }
static inline uint32_t graph_medium_where(uint32_t word) { return word >> 8; }

/* What the text says of a value: the medium that it stands in, or one that it is copied to (`stage`). */
struct graph_put {
	uint32_t value, block;		/* block: where it is said */
	bool staged;
	uint32_t medium;		/* GRAPH_MEDIUM */
	sym_t name;			/* of the binding */
	struct span span;		/* of the medium */
	struct span end;		/* len 0: behind the statement */
};

/* On a list: functions whose steps share workers, and the pond where these stand. */
struct graph_group {
	uint32_t first;			/* function that names it; the others: group_of */
	uint32_t least, most;		/* workers */
	uint32_t together;		/* place in set.together; PLAN_NONE: one function alone */
	uint32_t pond;			/* node affinity: place in program.pond; PLAN_NONE: anywhere */
};

/* A step that takes a datum, and by which medium: one for each datum and way of taking it (place, item, row). */
struct graph_edge { uint32_t from, result, to, medium; };	/* from PLAN_NONE: the source `result` */

/* What a place needs mounted or reachable: a medium, read only or written. place: a group; PLAN_NONE: the pod, or the set's host. */
struct graph_use { uint32_t place, medium; bool writes; };

struct graph {
	struct graph_value *value;	size_t values, values_cap;
	uint32_t *item;			size_t items, items_cap;
	struct graph_node *node;	size_t nodes, nodes_cap;
	struct graph_region *region;	size_t regions, regions_cap;
	struct graph_block *block;	size_t blocks, blocks_cap;
	struct expr **constant;		size_t constants, constants_cap;
	struct graph_formula *formula;	size_t formulas, formulas_cap;
	struct graph_put *put;		size_t puts, puts_cap;
	struct graph_group *group;	size_t groups, groups_cap;	/* none on a pod */
	uint32_t *group_of;		/* on a list, by place in program.func: its group; PLAN_NONE: the set does not call it */
	struct graph_edge *edge;	size_t edges, edges_cap;
	struct graph_use *use;		size_t uses, uses_cap;
	int refused;			/* enum diag_code of the first CF3xx that place reported; -1 */
	uint32_t pond;			/* on a pod: the pond where the pod stands; PLAN_NONE */
	/* X_ROW knows regions by the numbers that they had when it was made: their places now; NULL: the same (graph_order.h) */
	uint32_t *region_now;
	/* a flow on its own, for a launch: types of its parameters (VALUE_PARAM), and its results, values of block 0 */
	type_t *param;			size_t params, params_cap;
	uint32_t *result;		size_t results, results_cap;
	/* sinks: outside place and value of block 0 */
	uint32_t *sink, *sink_value;	size_t sinks, sinks_cap, sink_values_cap;
};

void graph_init(struct graph *g);
void graph_release(struct graph *g);

uint32_t graph_value(struct graph *g, struct graph_value v);
uint32_t graph_items(struct graph *g, const uint32_t *v, uint32_t n);	/* appended together; the first's place */
uint32_t graph_node(struct graph *g, struct graph_node n);
uint32_t graph_region(struct graph *g, struct graph_region r);
uint32_t graph_block(struct graph *g, struct graph_block b);
uint32_t graph_constant(struct graph *g, struct expr *x);
uint32_t graph_use(struct graph *g, struct graph_use u);
uint32_t graph_edge(struct graph *g, struct graph_edge e);
uint32_t graph_param(struct graph *g, type_t type);
uint32_t graph_result(struct graph *g, uint32_t value);
void graph_sink(struct graph *g, uint32_t outside, uint32_t value);
uint32_t graph_put(struct graph *g, struct graph_put p);
uint32_t graph_group(struct graph *g, struct graph_group p);
uint32_t graph_formula(struct graph *g, struct graph_formula f);
void graph_sink(struct graph *g, uint32_t outside, uint32_t value);

/* Is block `inner` the block `outer`, or within it? */
bool graph_within(const struct graph *g, uint32_t inner, uint32_t outer);

/* Evaluate an expression that stands in `block`, at one of its rows. */
bool graph_eval(struct compilation *c, const struct graph *g, uint32_t block, uint32_t row, const struct expr *x, word_t *out);

/* Steps known before the run and distinct edges between them. */
struct graph_count { uint64_t steps, edges; bool more_at_run_time; };
struct graph_count graph_count(const struct graph *g);

#endif
