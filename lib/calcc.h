/*
 * libcalcc: the compiler of CalcFlow as a library. Compile a program or a graph document, or build a graph call by call; check it;
 * emit plans, manifests and pictures from it; write it as a graph document (calc-graph(5)).
 *
 * Shapes. A context holds one program. Compile one, or begin one and say its declarations, its sets and their steps in any sensible
 * order: a step's arguments name other steps of its block, which may be said later. calcc_check finishes it; then it can be emitted.
 *
 * Ownership. The library copies every text that it is given before the call returns, and keeps no pointer of the caller. What a
 * call-back gets is valid until the call-back returns. calcc_free releases everything.
 *
 * Errors. Every call returns CALCC_OK or what went wrong. What is wrong with the program comes as diagnostics to the call-back, with
 * the codes of calcc(1) (`calcc explain CODE`). A call in the wrong order, NULL where a value is needed or a context that failed is
 * CALCC_MISUSE, and a diagnostic says which call and why (code "API"); it changes nothing. When memory is out a call returns
 * CALCC_MEMORY: all that the context held is released by then, and it can only be freed.
 *
 * Threads. A context belongs to one thread at a time; different contexts may be used at the same time, except that calcc_new is called
 * first by one thread alone. The library prints nothing, never ends the process and has no other global state.
 */
#ifndef CALCC_H
#define CALCC_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum calcc_status {
	CALCC_OK,
	CALCC_WRONG,	/* the program is wrong, or cannot be emitted: diagnostics say how */
	CALCC_MISUSE,	/* this call cannot be made now, or not with these values */
	CALCC_IO,	/* a file cannot be read or written: a diagnostic says why */
	CALCC_MEMORY	/* out of memory */
};

struct calcc;

const char *calcc_version(void);	/* "0.1.0" */
struct calcc *calcc_new(void);		/* NULL: out of memory */
void calcc_free(struct calcc *c);	/* NULL is allowed */

/* ---- diagnostics ---- */
struct calcc_diagnostic {
	const char *code;	/* "CF101"; "API" for misuse */
	int is_error;		/* else a warning */
	const char *file;	/* "" when it has no place */
	unsigned line, column;	/* from 1 */
	const char *message;
	const char *help;	/* "" or what to do, lines parted by \n */
};
typedef void calcc_on_diagnostic(void *ctx, const struct calcc_diagnostic *d);
/* Called for each diagnostic while a call runs, on its thread. It must not use the context. NULL: they are dropped. */
enum calcc_status calcc_diagnostics(struct calcc *c, calcc_on_diagnostic *on, void *ctx);

/* ---- compile what is written ---- */
enum calcc_status calcc_compile_file(struct calcc *c, const char *path);	/* a program or a graph document */
enum calcc_status calcc_compile_text(struct calcc *c, const char *name, const char *text, size_t len);

/* ---- or build it ---- */
/* `program` is the name that plans and reports give; places that calcc_at says are places in it, or "file:line:column". */
enum calcc_status calcc_begin(struct calcc *c, const char *program);

/* A record: `fields` pairs of a name and a type, as in a program: "[Reading]", "i64?". An enum: `members` names. */
enum calcc_status calcc_record(struct calcc *c, const char *name, size_t fields, const char *const *name_and_type);
enum calcc_status calcc_enum(struct calcc *c, const char *name, size_t members, const char *const *member);

/*
 * Opens a function; calcc_param, calcc_result, calcc_command and calcc_attribute say what it has, calcc_end closes it. A result without
 * a name (NULL) is the only one, `{out}` in the command. Words of the command are as in calc-graph(5).
 */
enum calcc_status calcc_function(struct calcc *c, const char *name);
enum calcc_status calcc_param(struct calcc *c, const char *name, const char *type);
enum calcc_status calcc_result(struct calcc *c, const char *name, const char *type);
enum calcc_status calcc_command(struct calcc *c, size_t words, const char *const *word);

enum calcc_status calcc_source(struct calcc *c, const char *name, const char *type, const char *share_path);
enum calcc_status calcc_sink(struct calcc *c, const char *name, const char *type, const char *share_path);

/* Opens a calculation set: its steps follow, then calcc_sink_value for each sink, then calcc_end. */
enum calcc_status calcc_set(struct calcc *c, const char *name);

/* An attribute of the open function or set: any member of calc-graph(5) whose value is a text ("cpu", "500m") or a number ("slots", 3);
 * calcc_attribute_json takes any JSON value ("env", "{\"A\":\"b\"}"). */
enum calcc_status calcc_attribute(struct calcc *c, const char *member, const char *text);
enum calcc_status calcc_attribute_number(struct calcc *c, const char *member, uint64_t number);
enum calcc_status calcc_attribute_json(struct calcc *c, const char *member, const char *json, size_t len);

/* ---- values: made by the functions below, used in the calls that follow; they hold the caller's pointers ---- */
struct calcc_value {
	int kind;
	const char *a, *b;
	size_t n;
	int64_t i;
	double f;
	const struct calcc_value *list;
};
struct calcc_value calcc_step(const char *step);				/* its first result */
struct calcc_value calcc_step_result(const char *step, const char *result);
struct calcc_value calcc_step_number(const char *step, unsigned result);	/* of regions: from 0 */
struct calcc_value calcc_from(const char *source);
struct calcc_value calcc_item(const char *each);				/* the item of an `each` around */
struct calcc_value calcc_carried(const char *cycle, unsigned which);
struct calcc_value calcc_parents(const char *steps);
struct calcc_value calcc_inputs(const char *steps);
struct calcc_value calcc_outputs(const char *steps);
struct calcc_value calcc_absent(void);
struct calcc_value calcc_i64(int64_t v);
struct calcc_value calcc_f64(double v);
struct calcc_value calcc_bool(int v);
struct calcc_value calcc_text(const char *v);
struct calcc_value calcc_list(const struct calcc_value *items, size_t n);
struct calcc_value calcc_column(const struct calcc_value *rows, size_t n);	/* a constant for each row of the block */
struct calcc_value calcc_json(const char *value, size_t len);			/* any value in the form of calc-graph(5) */

/* ---- steps: into the block that is open ---- */
/* Opens a call of a function; calcc_arg and calcc_after follow, calcc_end closes it. */
enum calcc_status calcc_call(struct calcc *c, const char *step, const char *function);
enum calcc_status calcc_arg(struct calcc *c, const char *param, struct calcc_value v);
enum calcc_status calcc_after(struct calcc *c, const char *step);
/* Where the open declaration or step was said: "12:5" or "lib.cf:3:7". */
enum calcc_status calcc_at(struct calcc *c, const char *place);

/*
 * Open a node with a block: steps follow, then calcc_give for each value of the block, then calcc_end. `each` goes over lists of
 * the run, `rows` over so many rows, `steps` over rows with ids that wait for each other: parents[i] are the ids of row i's parents,
 * ended by NULL (parents may be NULL: none).
 */
enum calcc_status calcc_each(struct calcc *c, const char *name, const struct calcc_value *lists, size_t n);
enum calcc_status calcc_rows(struct calcc *c, const char *name, uint32_t rows);
enum calcc_status calcc_steps(struct calcc *c, const char *name, size_t rows, const char *const *id, const char *const *const *parents);
enum calcc_status calcc_give(struct calcc *c, struct calcc_value v);
/* A whole node as a JSON object (calc-graph(5)): match, cycle, compute, launch and what else there is. */
enum calcc_status calcc_node_json(struct calcc *c, const char *json, size_t len);

enum calcc_status calcc_sink_value(struct calcc *c, const char *sink, struct calcc_value v);
/* Closes what was opened last and is open still. */
enum calcc_status calcc_end(struct calcc *c);

/* Types, arguments, places, limits: everything. CALCC_WRONG after diagnostics. Nothing can be added afterwards. */
enum calcc_status calcc_check(struct calcc *c);

/* ---- and use it ---- */
size_t calcc_sets(const struct calcc *c);			/* of a program that was compiled or checked; else 0 */
const char *calcc_set_name(const struct calcc *c, size_t set);	/* NULL: there is none. Valid until calcc_free */

/* Gets a whole file: its name, without folders, and its bytes. Returns 0 to go on. */
typedef int calcc_on_file(void *ctx, const char *name, const char *bytes, size_t len);
/* `emitter`: "plan", "kubernetes", "dot" or "mermaid"; set NULL: all sets. CALCC_IO when a call-back says so. */
enum calcc_status calcc_emit(struct calcc *c, const char *emitter, const char *set, calcc_on_file *on, void *ctx);
/* The same into a folder, whole or not at all, as `calcc -o` does. */
enum calcc_status calcc_emit_to(struct calcc *c, const char *emitter, const char *set, const char *folder);
/* For manifests: the claim behind a share, "NAME[,SIZE[,CLASS]]" (calcc(1), --claim). */
enum calcc_status calcc_claim(struct calcc *c, const char *share, const char *claim);
/* The graph document; places 0: without where things stand. */
enum calcc_status calcc_graph(struct calcc *c, int places, calcc_on_file *on, void *ctx);

#ifdef __cplusplus
}
#endif
#endif
