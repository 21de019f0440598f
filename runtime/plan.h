/*
 * The plan of one calculation set: what an engine runs. Shapes (blocks of nodes) stand once; instances are rows.
 *
 * A *block* is a template of nodes that run together. Block 0 is the flow of the set; every `each`, `steps` and `cycle` node has a
 * body block of its own, every `match` node one for each of its arms that does something, and nothing else has. Nested flow calls are
 * already part of the block that calls them (their nodes' names are paths: "digest/parse"). A running block is a *frame*.
 *
 * What is known before the run stands in *rows*: block 0 has one row; a body block has as many rows as its node has
 * compile-time items, summed over the rows of the block around it (body.row_start, CSR). The body of an `each` over a list
 * that exists only at run time, of a `cycle`, and of an arm has exactly the rows of the block around it (its items, rounds, or the
 * one time that it runs share the row). A frame is (block, row, item index); constants are columns over the rows of their block.
 *
 * Everything is owned by the plan's arena and never changes. All indices are 32 bits; PLAN_NONE = none.
 * Made by the compiler's planner or by plan_read; whoever gets one from outside calls plan_check first.
 */
#ifndef CALC_RUNTIME_PLAN_H
#define CALC_RUNTIME_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/buf.h"

#define PLAN_NONE UINT32_MAX
enum { PLAN_VERSION = 3 };

/* Limits of a plan; plan_check refuses what exceeds them. STEPS: rows × (nodes + arms) × rounds of cycles without `until`; USES:
 * values, followed from where they are used; DEPTH: bodies within bodies, types within types, lists of values within lists. */
enum { PLAN_MAX_STEPS = 1 << 26, PLAN_MAX_USES = 1 << 27, PLAN_MAX_DEPTH = 64, PLAN_MAX_SLOTS = 4096, PLAN_MAX_RETRIES = 1000,
	PLAN_MAX_ROUNDS = 1 << 24, PLAN_MAX_WORKERS = 4096 };

/* ---- types ---- */
enum plan_type_kind {
	PLAN_BOOL, PLAN_I32, PLAN_I64, PLAN_U32, PLAN_U64, PLAN_F32, PLAN_F64, PLAN_STRING, PLAN_BYTES, PLAN_TIME,
	PLAN_DURATION, PLAN_FILE, PLAN_RECORD, PLAN_ENUM, PLAN_LIST, PLAN_OPTIONAL,
	PLAN_CHOICE,		/* one of its arms; in JSON {"Arm": value} */
	PLAN_FLOW		/* a flow as data: the JSON of a graph (calc-graph(5)); launched, and nothing else */
};
struct plan_type {
	uint8_t kind;
	uint32_t elem;			/* LIST, OPTIONAL: a type before or after this one; no cycles */
	const char *name;		/* RECORD, ENUM */
	uint32_t first, count;		/* in plan.fields. RECORD: fields; ENUM: members (type PLAN_NONE); CHOICE: arms, each named as its
					 * type is written; FLOW: parameters, then results (names may be "") */
	uint32_t params;		/* FLOW: how many of them are parameters. STRING: most bytes (0 = any number) */
};
struct plan_field { const char *name; uint32_t type; };

/* How a value stands in a file. FORMAT_NATURAL: file → itself; [file] → folder; string, bytes → raw; a list of
 * records → jsonl; anything else → json. */
enum plan_format { FORMAT_NATURAL, FORMAT_JSON, FORMAT_JSONL, FORMAT_CSV, FORMAT_RAW,
	FORMAT_FLAT };			/* an image in the flat layout (flat.h), of a type that has one */

/* ---- functions ---- */
/* A piece of a command's word, of an env value or of stdin/stdout. */
enum plan_part_kind {
	PART_TEXT,		/* text */
	PART_PARAM,		/* parameter `index`: a scalar's value, otherwise a path */
	PART_RESULT,		/* result `index`: the path to make */
	PART_STATE,		/* use `index` of the function: the path of a file that holds the state */
	PART_WINDOW		/* the window that a run is of: text is "" or the part of it, as ".year" (runtime/window.h) */
};
struct plan_part {
	uint8_t kind;
	uint32_t index;
	const char *text;	/* PART_TEXT: the text; PART_PARAM: "" or the path into the value, as ".field[3].other" */
};
/* A word is parts first..first+count-1 of plan.parts. A word that is one PART_PARAM alone of a list of scalars or of
 * files gives one argument per item, and none when the value is absent. */
struct plan_word { uint32_t first, count; };

struct plan_port { const char *name; uint32_t type; uint8_t format; };	/* a parameter or a result; result without name: "out" */

enum plan_effect { EFFECT_PURE, EFFECT_IDEMPOTENT, EFFECT_ONCE };

struct plan_env { const char *name; struct plan_word value; };			/* value: literal text parts only */
struct plan_secret { const char *name, *secret, *key; };			/* variable NAME from "secret/key" */

/*
 * What outlives steps, and how steps that could run at the same time may touch it. Who runs a set on a list keeps it: a request for a
 * function carries the present value of what it touches, the answer the new one of what it writes.
 */
enum plan_state_mode { PLAN_SNAPSHOT, PLAN_CONFINED, PLAN_FROZEN, PLAN_SYNC, PLAN_GUARDED };
struct plan_state {
	const char *name;
	uint32_t type;
	uint8_t format, mode;		/* enum plan_format, enum plan_state_mode */
	const char *at;			/* "ipc", "scratch", "pond/NAME", "/share/path" */
	const char *lock;		/* GUARDED: its name; else "" */
	const char *init;		/* JSON of its first value; NULL: a step writes it first */
};
/* A function touches a state; in the plan of a function that is served (calc-plan(5)) it comes and goes by ports. */
struct plan_use {
	uint32_t state;
	bool writes;			/* the command finds the present value in its file and leaves the next one there */
	uint32_t param, result;		/* of the function; PLAN_NONE */
};

/*
 * ---- expressions on run-time values ----
 * A function may be an expression in place of a command: it is pure, has one result, needs no slot, and the host evaluates it. Its
 * leaves are its parameters and constants. A node's kids stand before it, in plan.items; so there are no cycles. What each kind
 * computes, and where it fails (overflow, division by zero, a bad index: the step then fails), is calcflow(7)'s "Expressions".
 */
enum plan_expr_kind {
	EXPR_ARG,	/* a = parameter of the function */
	EXPR_CONST,	/* a = plan.constant */
	EXPR_LOCAL,	/* a = number of the variable of a comprehension (EXPR_FOR) around it */
	EXPR_FIELD,	/* kid[0], a record: its field a */
	EXPR_INDEX,	/* kid[0][kid[1]] of a list, from 0 */
	EXPR_LIST,	/* [kid…] */
	EXPR_FOR,	/* [kid[1] for local a in kid[0] if kid[2]] */
	EXPR_RECORD,	/* record of the type; kids in the fields' order */
	EXPR_SOME,	/* kid[0] as T? */
	EXPR_ABSENT,
	EXPR_ELSE,	/* kid[0] else kid[1]; kid[1] is evaluated only where it is needed */
	EXPR_NOT, EXPR_NEG,
	EXPR_BINARY,	/* op on two kids of one type; && and || look at the second only where it matters */
	EXPR_TEXT,	/* the kids' texts joined (interpolation) */
	EXPR_LEN, EXPR_RANGE, EXPR_SECONDS, EXPR_CHUNKS,
	EXPR_GROUPS,	/* kid[0], records, by their field a: lists by first appearance of a key */
	EXPR_CHOICE,	/* kid[0] as arm a of the choice that the type is */
	EXPR_ARM,	/* kid[0], a choice that is its arm a: the value in it. Any other arm is an error */
	EXPR_HAS	/* kid[0], a choice or T?: bool, is it arm a; of T?, a = 0: is it absent, 1: is it there */
};
enum plan_op { PLAN_OP_ADD, PLAN_OP_SUB, PLAN_OP_MUL, PLAN_OP_DIV, PLAN_OP_MOD, PLAN_OP_EQ, PLAN_OP_NE, PLAN_OP_LT, PLAN_OP_LE,
	PLAN_OP_GT, PLAN_OP_GE, PLAN_OP_AND, PLAN_OP_OR };
struct plan_expr {
	uint8_t kind, op;		/* op: BINARY */
	uint32_t type;
	uint32_t a;
	uint32_t first, kids;		/* in plan.items: places in plan.expr, each less than this one's */
	const char *loc;		/* "file:line", for what fails here; "" = its function's */
};

struct plan_func {
	const char *name;
	const char *image;			/* "" = none */
	const char *loc;			/* "file:line" of what declared it */
	uint32_t first_param, params;		/* ports in plan.ports */
	uint32_t first_result, results;
	uint32_t first_word, words;		/* the command; 0 words: the image's own program */
	uint32_t expr;				/* in place of a command: root in plan.expr; PLAN_NONE */
	const char *native;			/* in place of a command: a C function of the program's native part; NULL. All its
						 * ports are FORMAT_FLAT */
	bool portable;				/* its image's program needs nothing else of the image: it may run from a mount */
	bool api;				/* it has rights on the cluster's API: its steps are told where that is */
	uint32_t group;				/* on list: the worker group that runs it, in plan.group; PLAN_NONE: any slot */
	uint32_t first_use, uses;		/* of states */
	uint32_t first_env, envs;
	uint32_t first_secret, secrets;
	uint32_t stdin_param, stdout_result;	/* PLAN_NONE: /dev/null, the log */
	uint8_t effect;				/* enum plan_effect */
	uint32_t retries;			/* further attempts after the first */
	uint64_t timeout_ms;			/* 0 = none */
	uint64_t cpu_milli, memory;		/* 0 = the set's default */
	uint64_t takes_ms, yields;		/* estimates; 0 = not said */
	const char *digest;			/* 64 hex digits over all that decides its results: command, image, env, ports' types */
};

/* ---- values: what a node's argument refers to ---- */
enum plan_value_kind {
	VALUE_CONST,	/* a = column in plan.columns of the block in which the value is used */
	VALUE_SOURCE,	/* a = source */
	VALUE_PORT,	/* a = node, b = port. The node is in this block or in one around it. A call's port is a result; port k of an
			 * each or steps node is the list of the body's k-th result over all items, in order; of a match, the
			 * arm's k-th result; of a cycle, its k-th value after the last round; of a launch, the launched flow's
			 * k-th result */
	VALUE_ITEM,	/* a = each node (of a run-time list) whose body this is, or lies within; b = which of its lockstep lists */
	VALUE_LIST,	/* a = first in plan.items, b = count: a list made of values */
	VALUE_PARENTS,	/* a = steps node, b = result k: the list of the parents' values, in the order of `after` */
	VALUE_INPUTS,	/* a = steps node (from … to …): [file], the row's inputs in order, each named by its key */
	VALUE_ABSENT,
	VALUE_CARRY,	/* a = cycle node whose body this is, or lies within; b = which of its values: argument b in the first round, then
			 * result b of the round before */
	VALUE_PARAM	/* a = parameter of the flow, b = 0: only in a plan that is to be launched (plan.params). Once it is: b = its block */
};
struct plan_value { uint8_t kind; uint32_t type, a, b; };

/* ---- nodes ---- */
enum plan_node_kind {
	NODE_CALL, NODE_EACH, NODE_STEPS,
	NODE_MATCH,	/* args: the selector. Runs the arm of its outcome: bool: 0 false, 1 true; enum: its member; choice: its arm; T?: 0
			 * absent, else 1 + the outcome of T (of a type that is none of these: 0) */
	NODE_CYCLE,	/* args: the first values; as many as the region has results */
	NODE_LAUNCH	/* args: a flow as data (PLAN_FLOW), then its arguments; its results are those of the flow's type */
};

struct plan_node {
	uint8_t kind;			/* enum plan_node_kind */
	const char *name;		/* unique within its block; part of the step's path, which survives edits elsewhere */
	const char *loc;		/* "file:line" */
	uint32_t block;			/* the block that it is in */
	uint32_t of;			/* CALL: function; EACH, STEPS, CYCLE: region; MATCH: region of the first arm, the others follow;
					 * LAUNCH: type of the flow; its regions, one for each flow that was launched, come as it runs */
	uint32_t arms;			/* MATCH: how many regions, one for each outcome, in the order of outcomes; else 0 */
	uint32_t first_arg, args;	/* values in plan.items. CALL: one per parameter; EACH at run time: the lists; MATCH, CYCLE,
					 * LAUNCH: see enum plan_node_kind */
	uint32_t first_medium;		/* in plan.items: enum plan_medium of each result, chosen by the compiler; PLAN_NONE: scratch */
	uint32_t first_after, afters;	/* nodes (in plan.items) that must be finished first, of this block or one around it */
	uint64_t rank;			/* order parallel: higher first (length of the path to the end, by `takes`) */
	uint32_t order;			/* position in the text's topological order, for order dependency and for ties */
};

struct plan_region {
	uint32_t node, body;		/* the node, and its body block */
	bool partial;
	uint32_t limit;			/* items at the same time; 0 = no limit */
	bool run_time;			/* EACH over run-time lists (then row_start is NULL) */
	uint32_t rotate;		/* EACH: item i runs in slot (of its functions' group: worker) i mod this; 0 = anywhere */
	/* CYCLE: after each round `until` (a bool, seen from inside the body) ends it; PLAN_NONE: only `rounds` does. `rounds`: as many
	 * rounds at most (never 0); `fails`: a cycle that went through all of them without `until` being true fails */
	uint32_t until, rounds;
	bool fails;
	uint32_t first_result, results;	/* the body's values (in plan.items), seen from inside the body. MATCH: an arm without a body
					 * (PLAN_NONE) has none, and its values are absent; else all arms have equally many. CYCLE: the
					 * next values */
	uint32_t *row_start;		/* rows(block of node)+1 entries: body rows of each outer row */
	/* per body row, NULL where it does not apply: */
	const char **key;		/* STEPS: the id, unique within the outer row; part of the path */
	/* STEPS, after: CSR over body rows; parents are body rows of the same outer row */
	uint32_t *parent_start, *parents;
	/* STEPS, from … to: CSR over body rows; an input is a file that a row makes, or one from `given` */
	uint32_t *input_start;
	uint32_t *input_from;		/* body row that makes it, or PLAN_NONE */
	const char **input_name;	/* its key */
	uint32_t *output_start;
	const char **output_name;	/* keys of the files that the row's first result ([file]) must hold, no more and no fewer */
	uint32_t given;			/* value (in plan.values, of the node's block; [file]) with the files that no row makes, found by
					 * their encoded keys; PLAN_NONE when there are none */
};

struct plan_block {
	uint32_t node;			/* the node whose body (MATCH: one of whose arms) it is; PLAN_NONE for block 0 */
	uint32_t first_node, nodes;	/* contiguous in plan.nodes, in topological order of the text */
	uint32_t rows;			/* number of its static rows, over all frames around it */
};

/* A constant over the rows of a block: index into plan.consts for each row, or one for all (count 1). */
struct plan_column { uint32_t *value; uint32_t count; };
struct plan_const { const char *json; uint32_t type; };	/* canonical JSON text */

/* ---- outside ---- */
/* Half-open slices of time: [from + k * every, from + (k + 1) * every), in nanoseconds since 1970, from in [0, every). A slice closes,
 * and the set can run for it, `late` after its end. */
struct plan_window { const char *name, *loc; uint64_t every, from, late; };

/* When nothing came for a window: it is passed over, or fails. */
enum plan_idle { PLAN_IDLE_SKIP, PLAN_IDLE_FAIL };

/* Room on one node stands for a share under this name and its own: "pond/hot". */
#define PLAN_POND "pond/"

struct plan_source {
	const char *name, *loc;
	const char *share, *path;	/* "/books/a/x.txt": share "books", path "a/x.txt"; * ? ** as in the text */
	uint32_t type;
	uint8_t format;
	const char *file;		/* replaced by --data: a path on this machine; NULL otherwise */
	/* The window that it is of; PLAN_NONE: read once. Its path then has the parts of the window in braces: `raw/{window.year}.csv` */
	uint32_t window;
	uint32_t by;			/* rows are those whose field `by`, a time, lies in the window; PLAN_NONE: all */
	uint8_t idle;			/* enum plan_idle */
};
struct plan_sink {
	const char *name, *loc;
	const char *share, *path;
	uint32_t type;
	uint8_t format;
	uint32_t value;			/* in plan.values, of block 0 */
	uint32_t window;		/* as of a source */
};

/* Where data that steps hand on stand; who can reach them there is the language's table of media. */
enum plan_medium { MEDIUM_SCRATCH, MEDIUM_IPC, MEDIUM_LOOPBACK, MEDIUM_POND, MEDIUM_SHARE, MEDIUM_NETWORK };

/* on list: functions that share pods (`together`, or one function alone), and how many such pods there may be. */
struct plan_group {
	const char *name;	/* of its first function */
	uint32_t least, most;	/* workers; least 0: none while idle; most >= 1 */
};

enum plan_order { ORDER_PARALLEL, ORDER_DEPTH_FIRST, ORDER_BREADTH_FIRST, ORDER_DEPENDENCY };

struct plan_set {
	const char *name, *loc;
	const char *row;		/* "file:line" of the data that it was made for; NULL */
	uint8_t order;
	uint32_t slots;			/* >= 1; on list: slots of one worker's pod */
	bool on_list;
	uint32_t window;		/* place in plan.windows: the set runs once for each, one at a time; PLAN_NONE: once */
	uint32_t ahead;			/* workers (in a pod: roles of slots) that are prepared ahead of need; 1 if not said */
	uint64_t scratch;		/* bytes; 0 = not said */
	bool scratch_memory;
	uint64_t timeout_ms;		/* whole run; 86,400,000 if not said */
	uint64_t cpu_milli, memory;	/* defaults of its functions: 0 = not said */
	const char *image;		/* default image; "" = none */
	/* One image for each slot, where functions need different ones: a function runs only in slots of its own image (or of
	 * the set's, where it names none), and of those that plan.role adds. NULL: every slot runs every function. `calcc run` does not look at it. */
	const char **slot_image;
};

/*
 * In a pod: an image, beside the one that it starts with, whose functions a slot may run, and how it comes to it. Each image of a
 * slot stands once. Two slots need not have the same.
 */
enum plan_role_way {
	ROLE_SWAP,		/* its container is given this image, and then has no other (but for the mounted ones) */
	ROLE_MOUNTED		/* the image is a volume of the slot, from which the functions run at any time: all of them are `portable` */
};
struct plan_role {
	uint32_t slot;		/* ascending */
	const char *image;
	uint8_t way;		/* enum plan_role_way */
};

struct plan {
	struct arena arena;
	const char *program;		/* name of the program's file, without folders */
	struct plan_set set;
	struct plan_type *type;		uint32_t types;
	struct plan_field *field;	uint32_t fields;
	struct plan_port *port;		uint32_t ports;
	struct plan_part *part;		uint32_t parts;
	struct plan_word *word;		uint32_t words;
	struct plan_env *env;		uint32_t envs;
	struct plan_secret *secret;	uint32_t secrets;
	struct plan_func *func;		uint32_t funcs;
	struct plan_value *value;	uint32_t values;
	uint32_t *item;			uint32_t items;		/* pool of value and node indices (lists, arguments, afters, results) */
	struct plan_node *node;		uint32_t nodes;
	struct plan_region *region;	uint32_t regions;
	struct plan_block *block;	uint32_t blocks;
	struct plan_column *column;	uint32_t columns;
	struct plan_const *constant;	uint32_t consts;
	struct plan_source *source;	uint32_t sources;
	struct plan_sink *sink;		uint32_t sinks;
	struct plan_expr *expr;		uint32_t exprs;
	struct plan_group *group;	uint32_t groups;
	struct plan_role *role;		uint32_t roles;
	struct plan_window *window;	uint32_t windows;
	struct plan_state *state;	uint32_t states;
	struct plan_use *use;		uint32_t uses;
	/* The window that a run is of: no part of the plan as it is written (runtime/window.h puts it in) */
	struct { bool bound; int64_t start, end; char hash[65]; } slice;	/* hash: of the plan as it was */
	/* Of a plan that is to be launched: types of its parameters, and its results (values of block 0); else none. */
	uint32_t first_param, params;	/* types, in plan.items */
	uint32_t first_result, results;	/* values, in plan.items */
};

/* An empty plan with its arena; plan_free releases all. */
struct plan *plan_new(void);
void plan_free(struct plan *p);

/* Canonical JSON (calc-plan(5)): the same plan is the same bytes, wherever its lines stand. The plan's hash is the SHA-256 of these bytes, 64 hex
 * digits; one that is bound to a window has that of the plan which it was made from. */
void plan_write(const struct plan *p, struct buf *out);
void plan_write_placed(const struct plan *p, struct buf *out);	/* the same with its places, for people */
void plan_hash(const struct plan *p, char out[65]);

/*
 * Read and check. NULL with a message (what, and where in the plan) on anything that plan_check refuses, on JSON that
 * is torn or nested too deep, on another version. Unknown members are errors: a plan is made by a program.
 */
struct plan *plan_read(const char *json, size_t len, struct buf *error);

/*
 * Every index in range; types acyclic; values of the right kind, in a visible block and of the type of the parameter; a
 * node's arguments and afters come before it; CSRs ascend; ids unique; the rows' dependencies acyclic; names non-empty, valid
 * and unique; numbers within limits; no path with ".." or an absolute one. false with a message. Linear (n log n for ids).
 *
 * Types are compared by structure, so a plan may hold equal types twice. A value fits where its type is wanted, where T? is
 * wanted for T, and [T?] for [T] (absence is the only difference, and it has no form of its own in a file).
 * The list of an each or steps that is `partial` has elements T? (a T? stays one). A region's result is not the list of its own
 * parents or inputs, nor leads to its inputs through an each, match or cycle. The lengths of arrays cannot be seen from here: who
 * builds the plan (plan_read) vouches that row_start has rows(outer)+1 entries, key rows(body), the *_start arrays rows(body)+1, and
 * their targets as many as the last start says.
 */
bool plan_check(const struct plan *p, struct buf *error);

/*
 * Steps that are known before the run (items of run-time lists and rounds of a cycle count once, a match with all its arms, a launch
 * as one step), and pairs (step, step) joined by data or `after`.
 * Two rows of a steps node that are joined count as one pair, whatever their bodies hold; `after` a region counts its steps.
 */
struct plan_count { uint64_t steps, edges; bool more_at_run_time; };
struct plan_count plan_count(const struct plan *p);

/* Does a flow that is data fit a launch of the plan, whose node's type is `type`? false with a message. Both were accepted by plan_check. */
bool plan_check_launch(const struct plan *p, uint32_t type, const struct plan *flow, struct buf *error);
uint32_t plan_node_results(const struct plan *p, const struct plan_node *n);	/* how many results a node has */
bool plan_state_outlives(const struct plan_state *s);	/* the run: it stands at a pond or a share */
bool plan_publishes_states(const struct plan *p);	/* a step writes one of those, and the run makes it visible at its end */
uint32_t plan_group_named(const struct plan *p, const char *name);		/* PLAN_NONE: none */

uint32_t plan_func_memory_max(const struct plan *p);	/* function with the largest memory; PLAN_NONE if none says */

#endif
