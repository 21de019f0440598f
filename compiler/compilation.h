/*
 * One compilation: everything that the passes share, passed as their first parameter. Also the compiler's public face: load a
 * program, check it, plan its sets.
 */
#ifndef CALC_COMPILER_COMPILATION_H
#define CALC_COMPILER_COMPILATION_H

#include "base/arena.h"
#include "base/diag.h"
#include "base/limits.h"
#include "base/suggest.h"
#include "base/sym.h"
#include "compiler/data.h"
#include "compiler/graph.h"
#include "compiler/program.h"
#include "compiler/type.h"
#include "compiler/word.h"

/* A name and a text from the command line: -D limit=0.7, --data tasks=wf.json. */
struct name_value { const char *name, *value; };

struct compile_options {
	const struct name_value *define;	size_t defines;
	const struct name_value *data;		size_t datas;
	const struct data_format *yaml;		/* how `import data "x.yaml"` is read; NULL: refused */
	bool mounted_images;	/* slots may have images as volumes: plans are made for that (Kubernetes 1.36) */
	bool no_files;		/* imports are not read: every one is reported as unreadable (fuzzing) */
};

/* Words that the passes look for, interned once. */
struct words {
#define WORD(id, text) sym_t id;
#include "compiler/words.def"
#undef WORD
};

enum { PLACES_SAID = 1024 };

struct compilation {
	struct arena arena;
	struct symtab *syms;
	struct sources *sources;
	struct diags *diags;
	struct types types;
	struct data_store store;
	struct words words;
	const struct compile_options *options;
	const struct source *main;
	const char *program_name;	/* of the program's file, without folders; a graph document names the one that it came from */
	bool from_graph, no_places;	/* the program is a graph document; it says that places are unknown */
	struct node *module;
	struct program program;
	uint64_t work;			/* LIMIT_WORK */
	uint32_t calls_alone;		/* LIMIT_NODES: of all flows that no set uses together */
	const struct missed *missed;	/* modules whose import is missing: mend_import.c */
	const struct generic *generics;	/* names of types in the signature or body that is being read */
	const struct env *env;		/* of the declaration that is being read or elaborated */
	struct set *set;		/* that is being declared or elaborated; NULL */
	bool pattern;			/* and it stands for any instance of a pattern: its parameters have no values */
	struct graph *graph;		/* one for each set, in the order of program.set */
	size_t graphs;
	struct place_said { uint32_t at; const char *text; } said[PLACES_SAID];	/* the last of place_text, by a hash of `at` */
	struct share_users *share_users;	/* in order (share_users.h); NULL before it was asked */
	size_t shares_used;
};

struct compilation *compilation_new(void);
void compilation_free(struct compilation *c);

/*
 * Read, check and elaborate the program at `path`. Reports to c->diags; true when there was no error. Options must outlive c.
 */
bool compile_program(struct compilation *c, const char *path, const struct compile_options *o);

/* The same for a text; a report that names the program says `name`. */
bool compile_text(struct compilation *c, const char *name, const char *text, size_t len, const struct compile_options *o);

/* The plan of set i of a program without errors; the caller frees it. NULL after a report. */
struct plan *compile_plan(struct compilation *c, size_t set);
/* The same to look at only: also of a set that cannot run yet. */
struct plan *compile_picture(struct compilation *c, size_t set);
/* false after a report: a set of sets, or a pattern, has no steps of its own. */
bool compile_has_steps(struct compilation *c, const struct set *s);

/* Set by name (NULL: the only one); SIZE_MAX after a report (CF108, CF615). */
size_t compile_find_set(struct compilation *c, const char *name);

/* ---- for the passes ---- */
static inline const char *name_of(const struct compilation *c, sym_t s) { return sym_text(c->syms, s); }
static inline struct data_target data_target_of(struct compilation *c)
{
	return (struct data_target){ &c->store, &c->types, c->diags, NULL };
}
/* "file:line", in the arena. */
const char *place_text(struct compilation *c, struct span at);
/* Count n items of work done at compile time; false once LIMIT_WORK is used up: the caller reports CF008. */
static inline bool compile_work(struct compilation *c, uint64_t n)
{
	c->work += n <= LIMIT_WORK ? n : LIMIT_WORK + 1;
	return c->work <= LIMIT_WORK;
}
/* Did-you-mean is looked for while its answer can still be shown. */
static inline bool suggest_wanted(const struct compilation *c) { return diag_errors(c->diags) < DIAG_SHOWN; }
/* One construct that this version parses and does not run: CF030 naming it. */
void refuse(struct compilation *c, const struct node *n, const char *construct);

/* The value of a name of c->env, or NULL. */
/* Of the data that names around a declaration were read from: the innermost that stand in another file than the name. at 0: none do. */
struct span env_row(struct compilation *c, const struct env *e);
struct expr *env_look(struct compilation *c, const struct node *name);
/* One construct that is checked, stands in the graph, and cannot run yet: the set being elaborated is refused when it is to be planned
 * (CF030, once). `construct` is a literal or in the arena. */
void later(struct compilation *c, struct span at, const char *construct);

/* The passes, in order. */
void declare_program(struct compilation *c);		/* declare.c: names, types, signatures, constants, functions, sets */
bool elaborate_set(struct compilation *c, struct set *s, struct graph *g);	/* flow.c */
void elaborate_unused_flows(struct compilation *c);	/* set.c: checks flows that no set uses */
void elaborate_unused_patterns(struct compilation *c);	/* set.c: checks sets with parameters that no set runs */
void find_later(struct compilation *c, struct set *s, const struct graph *g);	/* set_later.c: what cannot run yet; the set's window */
void check_clocks(struct compilation *c, const struct graph *g);	/* clock.c: CF501, CF503, CF505 */
/* The window of each node of a graph without errors (a place in program.window; PLAN_NONE: none, or any); the caller frees it. */
uint32_t *graph_clocks(struct compilation *c, const struct graph *g);	/* clock.c */
void order_sets(struct compilation *c);			/* set_order.c: which sets need which */
void check_outside_used(struct compilation *c);		/* set.c: CF901 */
void check_declared_used(struct compilation *c);	/* set.c: CF901 of windows, locks and states */
void check_sharing(struct compilation *c, const struct graph *g);	/* check_state.c: CF401, CF402 */
void check_graph(struct compilation *c, const struct set *s, struct graph *g);	/* check.c: what is known only of the whole graph */

#endif
