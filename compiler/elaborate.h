/*
 * Elaboration of one set: flows are walked once, flow calls are inlined, bindings are elaborated on demand (their order in the
 * text does not matter; a binding that needs itself is a loop). Shared by flow.c, call.c, each.c, steps.c and scope.c.
 */
#ifndef CALC_COMPILER_ELABORATE_H
#define CALC_COMPILER_ELABORATE_H

#include "base/limits.h"
#include "compiler/compilation.h"

/* From a symbol to a number, for the few to few thousand names of a scope. */
struct name_map { sym_t *key; uint32_t *value; uint32_t count, mask; };
uint32_t *name_map_at(struct name_map *m, sym_t key);	/* made with 0 when it is new */
uint32_t name_map_get(const struct name_map *m, sym_t key);	/* 0 when it is not there */
void name_map_release(struct name_map *m);

/* A value while elaborating: known at compile time (x), a value of the graph, or a function or flow. */
struct res {
	struct expr *x;		/* not NULL: compile time (X_ERROR: reported) */
	uint32_t value;
	type_t type;		/* TYPE_VOID: a step without a result */
	struct span span;
	const struct decl *callable;	/* not NULL: what it calls; type is a TYPE_FUNCTION. x and value are nothing */
};
enum { RES_MAX = 64 };
struct results {
	struct res at[RES_MAX];		/* filled up to count */
	uint32_t count;
	bool bad;
	const struct node *end;		/* of a block: the statement that gives its values; NULL */
};
static inline void results_init(struct results *r)
{
	r->count = 0;
	r->bad = false;
	r->end = NULL;
}

enum binding_state { BINDING_NEW, BINDING_BUSY, BINDING_DONE };
struct binding {
	sym_t name;
	uint8_t state;
	bool used;
	uint32_t target;		/* place among the targets of `node` */
	uint32_t group;			/* first binding of the same BIND */
	const struct node *node;	/* BIND; NULL for parameters and variables */
	struct span span;
	struct res res;
	uint32_t first_node, end_node;	/* nodes that its value made */
};

struct scope {
	struct elab *e;
	unsigned bodies;		/* regions around it, through flow calls: LIMIT_BODIES */
	struct scope *up;		/* the block around it; NULL for a flow's own body: a flow sees its parameters only */
	uint32_t block;
	sym_t prefix;			/* of its nodes' names: "digest/" */
	const uint32_t *after;		/* nodes that everything in it waits for */
	uint32_t afters;
	struct binding *binding;
	size_t bindings, cap;
	struct name_map by_name;	/* binding + 1 */
	struct name_map step_names;	/* how often a step's name was asked for */
	struct scope *names;		/* whose step_names count, where several scopes stand in one block; NULL: its own */
};

/* A `previous` of a name that is not bound yet. */
struct elab_back { struct scope *where; sym_t name; struct expr *x; type_t type; };

struct elab {
	struct compilation *c;
	struct graph *g;
	const struct flow *open[LIMIT_CALLS + 1];	/* the flows being inlined */
	struct span open_at[LIMIT_CALLS + 1];
	unsigned depth;
	const struct signature *returns;	/* of the flow that is being inlined */
	bool many;			/* the set runs several flows: each gets a prefix */
	struct buf name;		/* names are put together here */
	unsigned level;			/* of elaboration: LIMIT_DEMAND */
	uint32_t calls;			/* LIMIT_NODES */
	bool full;			/* a limit was reported: nothing more is made */
	struct elab_back *back;		size_t backs, back_cap;
	bool detached;			/* a flow that no set uses: its parameters have no values */
};

/* ---- scope.c ---- */
void scope_release(struct scope *s);
struct binding *scope_bind(struct scope *s, sym_t name, struct span at);	/* NULL after CF102 */
void scope_bind_value(struct scope *s, sym_t name, struct span at, struct res r);
struct binding *scope_find(struct scope *s, sym_t name, struct scope **where);
sym_t join_names(struct elab *e, const char *a, const char *between, const char *b);
sym_t scope_step_name(struct scope *s, sym_t base);	/* prefix and a mark where the name was given already */
void scope_unused(struct scope *s);	/* CF901 */
struct expr_scope scope_exprs(struct scope *s);

/* ---- compute.c ---- */
struct expr *expr_of_value(struct compilation *c, uint32_t value, type_t type, struct span at);	/* scope.c */
/* An expression that may depend on values of the run as a value: compile time, the value that it is, or a step that computes it. */
struct res res_expr(struct scope *s, struct expr *x, sym_t base, struct span at);
/* A constant as a value of the run: what depends on which of its cases it is, is then found there. */
uint32_t value_at_run_time(struct scope *s, uint32_t value, sym_t base);
/* `value` of a choice whose arm is known to be `arm`: what is in it, computed in s. */
struct res res_arm(struct scope *s, uint32_t value, uint32_t arm, struct span at, sym_t base);

/* ---- order.c ---- */
void report_loop(struct scope *s, struct binding *b);	/* CF601: a shortest one through the bindings that are busy */
/* Places of the bindings, each after those that it needs (the caller frees). Reports loops; what is in one becomes the error value. */
uint32_t *scope_order(struct scope *s);

/* ---- flow.c ---- */
bool elab_enter(struct elab *e, const struct node *n);	/* one level deeper; CF008 and false at LIMIT_DEMAND. Leave by level-- */
struct res elab_value(struct scope *s, const struct node *n, type_t want, sym_t base);
void elab_results(struct scope *s, const struct node *n, type_t want, sym_t base, struct results *out);	/* calls and patterns: any number */
bool elab_binding(struct scope *s, struct binding *b);	/* false while it is busy (a loop, reported) */
void elab_block(struct scope *s, const struct node *block, struct results *out);	/* binds, elaborates, gives the block's values */
uint32_t elab_to_value(struct scope *s, struct res r, type_t want, const char *what);	/* a graph value; PLAN_NONE after a report */
/* r where `want` stands: with the type that is wanted, its form changed where that is needed; an error value after a report. */
struct res elab_fit(struct scope *s, struct res r, type_t want, const char *what);
struct res res_error(struct compilation *c, struct span at);
struct res res_value(struct scope *s, struct graph_value v);

/* ---- call.c, each.c, steps.c ---- */
sym_t nested_base(struct elab *e, sym_t base, const struct node *arg);	/* "b.g": a step that stands in an argument of b */
/* Place each argument of a call: arg[i] = the syntax for parameter i, NULL where none was given. false after a report. */
bool call_arguments(struct compilation *c, const struct signature *sig, const struct node *call, struct span declared, const struct node **arg);
void elab_call(struct scope *s, const struct node *call, sym_t base, struct results *out);
void flow_returned(struct scope *body, const struct flow *f, const struct signature *sig, struct results *got);	/* a flow's values against its results */
/*
 * generic.c: the signature of a generic flow for the arguments of a call: what its generics stand for is found by looking at the
 * arguments' types. The same types give the same signature. NULL after a report.
 */
const struct signature *generic_signature(struct compilation *c, struct flow *f, const struct node *call, const struct res *given, const struct generic **generics);
const struct signature *generic_alone(struct compilation *c, struct flow *f, const struct generic **generics);	/* for nothing but itself */
void elab_each(struct scope *s, const struct node *n, sym_t base, struct results *out);
void elab_steps(struct scope *s, const struct node *n, sym_t base, struct results *out);
/* What `name` calls where s stands: a parameter of the flow, a binding of a function's type, or a declaration. NULL. */
const struct decl *elab_callable(struct scope *s, sym_t name);
struct res elab_callable_value(struct scope *s, const struct decl *d, const struct node *use);	/* a function or flow as a value */

/* ---- match.c, cycle.c, walk.c, launch.c ---- */
void elab_match(struct scope *s, const struct node *n, sym_t base, struct results *out);
void elab_cycle(struct scope *s, const struct node *n, sym_t base, struct results *out);
void elab_ring(struct scope *s, const struct node *n, sym_t base, struct results *out);
void elab_walk(struct scope *s, const struct node *n, sym_t base, struct results *out);
void elab_launch(struct scope *s, const struct node *n, sym_t base, struct results *out);
/* ---- elab_time.c ---- */
void elab_time(struct scope *s, const struct node *n, sym_t base, struct results *out);	/* gather, hold, previous */
void elab_time_bound(struct scope *s);	/* names of s were bound: what `previous` of them waits for is joined */
/* The type of the k-th result of a value from its syntax alone; TYPE_ERROR when that cannot be told. */
type_t value_syntax_type(struct compilation *c, const struct node *value, uint32_t k);
/* A body within s, empty; CF008 and false at LIMIT_BODIES. */
bool elab_body(struct scope *s, const struct node *n, struct scope *body);
/* Finish a region: its node, and the lists that are its results. `args` are the run-time lists. */
void elab_region_done(struct scope *s, uint32_t region, enum plan_node_kind kind, sym_t name, const struct node *n,
		      const uint32_t *args, uint32_t n_args, struct scope *body, struct results *values, struct results *out);
/* A region over lists: open it, elaborate into its body, finish it with elab_region_done. */
struct each_list { sym_t name; struct span at; struct res from; };	/* its variable; the list */
struct each_open { struct graph_region region; uint32_t at; uint32_t *arg, args; };	/* region: what is asked for */
bool elab_each_open(struct scope *s, const struct node *n, const struct each_list *list, uint32_t lists, struct each_open *each, struct scope *body);
bool elab_is_list(struct compilation *c, const struct res *r, struct span at);	/* CF201 */
bool elab_ends(struct compilation *c, const struct node *n, const struct node *block, const struct results *values);	/* CF613: no value */
/* A number known before the run, from 1 to `most`; 0 where n is NULL, or after a report. */
uint32_t elab_count(struct scope *s, const struct node *n, const char *what, uint32_t most);
/* The type of the k-th value of a block, found without elaborating it (for `parents`); TYPE_ERROR when that cannot be told. */
type_t block_value_type(struct compilation *c, const struct node *block, uint32_t k);

#endif
