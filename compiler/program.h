/*
 * A program after its declarations were read: tables of what it declares, each with its place. Flows keep their syntax
 * (they are elaborated for each set, graph.h). Everything lives in the compilation's arena.
 */
#ifndef CALC_COMPILER_PROGRAM_H
#define CALC_COMPILER_PROGRAM_H

#include <stdbool.h>
#include <stdint.h>
#include "grammar/ast.h"
#include "compiler/expr.h"
#include "compiler/type.h"
#include "compiler/word.h"
#include "runtime/plan.h"

/*
 * Compile-time names around a declaration that a top-level `for`, or the parameters of a family or a set, give it: chained, innermost
 * first; NULL ends. In the arena.
 */
struct env {
	sym_t name;
	struct span span;
	type_t type;
	word_t value;
	const struct env *up;
	bool unknown;		/* it has a type and no value: a parameter of a set that nothing runs */
};

/* A name that `type` gives to another type: looked up when it is first needed. */
struct alias { const struct node *node; uint8_t state; };	/* 0 new, 1 being looked up, 2 done */

/*
 * A hierarchy. Each level has two types: the record that is declared, and the record of its node: the same fields and, but for the
 * last level, `children`: a list of the next level's nodes. The tree's own name is the root's node type.
 */
struct tree_level { sym_t name; type_t record, node; struct span span; };
struct tree { sym_t name; struct span span; struct tree_level *level; uint32_t levels; };

/* What a generic's name stands for while a flow's signature or body is read; chained, NULL ends. */
struct generic { sym_t name; type_t type; const struct generic *up; };

/* A parameter or a result of a function or flow. */
struct port {
	sym_t name;		/* 0: a result without a name */
	type_t type;
	uint8_t format;		/* enum plan_format */
	const struct node *init;	/* default expression, or NULL */
	bool is_function;	/* its type is written as a function's: known before the type is, where it is generic */
	struct expr *preset;		/* default value of a graph document, or NULL */
	struct span span;
};
struct signature {
	struct port *param;	uint32_t params;
	struct port *result;	uint32_t results;
};

/* A piece of a command's word: text, or a parameter or a result with a path into it. */
enum { PIECE_STATE = 16 };	/* the path of a state's file: index is its place in program.state */
struct piece {
	uint8_t kind;		/* enum plan_part_kind, or PIECE_STATE */
	uint32_t index;
	const char *text;
};
struct word_of_command { struct piece *piece; uint32_t pieces; };

struct env_pair { const char *name, *value; };
struct secret_ref { const char *name, *secret, *key; };

struct device { const char *name; uint32_t count; struct span span; };
/* A state that a function reads or writes. */
struct state_use { uint32_t state; struct span span; };
/* A right on the cluster's API: `get pods`. */
struct right { sym_t verb, resource; struct span span; };

struct func {
	sym_t name;
	struct span span;		/* of its name */
	struct signature sig;
	struct word_of_command *word;	uint32_t words;
	const char *image;		/* "" = none */
	struct env_pair *env;		uint32_t envs;
	struct secret_ref *secret;	uint32_t secrets;
	uint32_t stdin_param, stdout_result;
	uint8_t effect;
	uint32_t retries;
	uint64_t timeout_ms, cpu_milli, memory, takes_ms, yields;
	const char *native;		/* the C function; NULL */
	bool portable;			/* its image's program needs nothing else of the image */
	struct device *device;		uint32_t devices;
	struct state_use *reads, *writes;	uint32_t n_reads, n_writes;
	struct right *right;		uint32_t rights;
	struct span window_at;		/* where its command names the window first; at 0: it does not */
	bool refused;			/* was reported as not supported: calls of it say nothing more */
	const struct env *around;
};

/* A generic flow for one list of types. */
struct flow_of_types { const struct generic *generics; struct signature sig; struct flow_of_types *next; };

struct flow {
	sym_t name;
	struct span span;
	struct signature sig;
	const struct node *node;
	uint32_t generics;		/* how many: sig is then empty, and each distinct list of types has one in `of_types` */
	struct flow_of_types *of_types;
	bool used;			/* by a set, directly or not */
	bool refused;			/* as of a function */
	const struct env *around;
};

struct graph;
/* ---- time ---- */
enum late_then { LATE_UNSAID, LATE_DROP, LATE_REDO };
enum idle_does { IDLE_UNSAID, IDLE_SKIP, IDLE_HOLD, IDLE_FAIL };
/* What happens to data that come late, and when none come; of a window for all its sources, or of a source. */
struct lateness {
	uint64_t late_ns;
	uint8_t then, idle;		/* enum late_then, enum idle_does */
	struct span late_at, idle_at;
};
/* Half-open slices of time: [from + k * every, from + (k + 1) * every), from in [0, every). */
struct window {
	sym_t name;
	struct span span;
	int64_t every_ns, from_ns;	/* every: 0 after a report */
	struct lateness lateness;
	bool used;
	const struct env *around;
};

/* ---- state ---- */
struct lock {
	sym_t name;
	struct span span;
	sym_t medium;			/* pod, pond, share; 0 after a report */
	uint32_t pond;			/* place in program.pond + 1 */
	const char *share, *path;
	bool used;
	const struct env *around;
};
enum state_mode { STATE_SNAPSHOT, STATE_CONFINED, STATE_FROZEN, STATE_SYNC, STATE_GUARDED };
struct state {
	sym_t name;
	struct span span;
	type_t type;
	uint8_t format;
	bool has_init;
	word_t init;
	sym_t medium;			/* ipc, scratch, pond, share; 0 after a report */
	uint32_t pond;			/* place in program.pond + 1 */
	const char *share, *path;
	uint8_t mode;			/* enum state_mode */
	uint32_t lock;			/* GUARDED: place in program.lock + 1 */
	struct span medium_at, mode_at;
	bool used;
	const struct env *around;
};

struct outside {		/* a source or a sink */
	sym_t name;			/* of a family's member: "plant[north]" */
	struct span span;
	struct span row;		/* a member: of the data that its key was made of; at 0: of none */
	bool is_sink;
	type_t type;
	uint8_t format;
	const char *share, *path;	/* a windowed path has its {window…} in braces as they are written */
	uint32_t pond;			/* at a pond: place in program.pond + 1; share is then NULL */
	const char *file;		/* --data */
	uint32_t window;		/* place in program.window + 1; 0: read or written once */
	bool window_unknown;		/* the one that it names was reported */
	bool names_window;		/* its path has {window…} */
	uint32_t by;			/* field of the rows + 1 */
	struct lateness lateness;
	const struct node *node;
	struct port *family;	uint32_t families;	/* parameters of a family: its members are outsides of their own */
	uint32_t of;			/* a member: place of its family + 1 */
	const char *plan_name;		/* a member: "plant/north"; else NULL: its name */
	bool used;			/* by a set */
	uint32_t target_of;		/* a sink: place of the set that was last seen to write it + 1 */
	bool refused;
	bool anonymous;			/* a sink that `at share` or `persist` in a flow makes */
	const struct graph *written_in;	/* anonymous: the last set's graph that it stands in */
	const struct env *around;
};

/* Room on one node, which the steps of that node share. */
struct pond {
	sym_t name;
	struct span span;
	uint64_t size;			/* bytes */
	bool memory;			/* else disk */
	const char *share, *path;	/* persist: where it is kept beyond the node; NULL */
	const struct env *around;
};

struct set_run {
	const struct node *call;		/* CALL */
	uint32_t *sink, sinks;			/* places in program.outside */
	struct span *sink_span;
};

/* A function that a set names, and where. */
struct set_member { uint32_t func; struct span span; };
/* `together`: on a list, functions that share one pod. */
struct set_together { struct set_member *member; uint32_t members; struct span span; };
struct set_route { struct set_member of; const char *path; struct span path_span; };
struct set_own { struct set_member of; uint32_t slots; };	/* `slots n for f` */
/* What functions have that do not say it; cpu, memory and image stand in struct plan_set. */
struct set_defaults {
	struct device *device;		uint32_t devices;
	struct env_pair *env;		uint32_t envs;
	struct secret_ref *secret;	uint32_t secrets;
	uint32_t retries;
	uint64_t timeout_ms;
	bool portable;			/* of the image */
};

/* A set that another one runs; a sink of another set that a set reads. */
struct set_part { uint32_t set; struct span span; };
struct set_read { uint32_t sink; struct span span; };

struct set {
	sym_t name;
	struct span span;
	const struct node *node;
	/* A set with parameters is a pattern: what others run of it are instances, sets of their own ("nightly-north"). */
	struct port *param;		uint32_t params;
	uint32_t of;			/* an instance: place of its pattern + 1 */
	/* A set of sets has no flows of its own: it runs its parts, each after those whose sinks it reads. */
	bool is_group;
	const struct node **group_run;	uint32_t group_runs;	/* CALL or EACH, until declare_groups() */
	struct set_part *part;		uint32_t parts;		/* each once, in the order of the text */
	struct set_read *read;		uint32_t reads;
	uint32_t *after;		uint32_t afters;	/* sets that write what it reads, each once; set_order.c */
	bool used;			/* a pattern or a part: some set runs it */
	struct plan_set plan;		/* name and loc are filled by the planner */
	struct set_run *run;		uint32_t runs;
	struct set_defaults defaults;
	struct set_together *together;	uint32_t togethers;
	struct set_route *route;	uint32_t routes;
	struct set_own *own;		uint32_t owns;
	struct { uint32_t least, most; struct span span; } workers;	/* on a list: of each group; 1 to 1 if not said */
	struct { uint32_t pond; struct span span; } near;		/* on a list: place in program.pond, PLAN_NONE */
	bool slots_auto;
	uint32_t window;		/* of its sources and sinks: place in program.window + 1; set_later.c */
	struct span row;		/* of the data that it was made for; at 0: of none */
	struct span body;		/* of its items; len 0: before the closing brace */
	bool imported;			/* a module declares it: it runs when it is named */
	const struct env *around;
	/* The first construct in it that cannot run yet (`later`): NULL when it can. */
	const char *later;
	struct span later_at;
};

/* Has it a graph and a plan? Not a pattern, nor a set of sets. */
static inline bool set_has_graph(const struct set *s) { return !s->params && !s->is_group; }

/* A compile-time name: param, import data, let. */
struct constant {
	sym_t name;
	struct span span;
	type_t type;
	word_t value;
	bool ok;
	bool refused;			/* a name of a construct that was refused */
};

/* What a name of the data name space or the callables' stands for. */
/* A declaration as it stands in the text of the program or of a module, or as a top-level `for` or `if` made it. */
struct item { const struct node *node; const struct env *around; bool imported; };
enum decl_kind { DECL_CONSTANT, DECL_OUTSIDE, DECL_FUNC, DECL_FLOW, DECL_SET, DECL_TYPE, DECL_POND, DECL_WINDOW, DECL_LOCK, DECL_STATE, DECL_PARAMETER /* of a flow on its own: index is its type */ };
struct decl { uint8_t kind; uint32_t index; struct span span; uint32_t item; };	/* item: place in program.item */

struct program {
	struct item *item;		size_t items, items_cap;
	struct func *func;		size_t funcs, funcs_cap;
	struct flow *flow;		size_t flows, flows_cap;
	struct outside *outside;	size_t outsides, outsides_cap;
	struct set *set;		size_t sets, sets_cap;
	struct constant *constant;	size_t constants, constants_cap;
	struct pond *pond;		size_t ponds, ponds_cap;
	struct alias *alias;		size_t aliases, aliases_cap;	/* a TYPE_ALIAS's `first` is a place in it */
	struct tree *tree;		size_t trees, trees_cap;
	struct window *window;		size_t windows, windows_cap;
	struct lock *lock;		size_t locks, locks_cap;
	struct state *state;		size_t states, states_cap;
	/* by symbol: place in decl + 1, one table for each name space */
	struct decl *decl;		size_t decls, decls_cap;
	uint32_t *data_name, *callable_name, *type_name;
	size_t data_cap, callable_cap, type_cap;
	uint32_t *place;	size_t places_cap;	/* by symbol of "/share/path": the sink that writes it + 1 */
	uint32_t *instance;	size_t instance_cap;	/* by symbol of a pattern and its arguments: place in set + 1 */
	uint32_t *member;	size_t member_cap;	/* by symbol of "plant[north]": place in outside + 1 */
	bool open;		/* a construct that was refused declares more names: unknown ones may be its */
};

/* A table by symbol, grown and zeroed as far as this one: its entry. */
uint32_t *symbol_place(uint32_t **table, size_t *cap, sym_t sym);
uint32_t *program_place(struct program *p, sym_t path);
const struct decl *program_data(const struct program *p, sym_t name);
const struct decl *program_callable(const struct program *p, sym_t name);
const struct decl *program_type(const struct program *p, sym_t name);

#endif
