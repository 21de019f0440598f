/*
 * Expressions on run-time values: the function of a step that has an expression in place of a command. They mean exactly what
 * they mean at compile time (base/arith, and the compiler's evaluator beside this one), and end in bounded time and memory:
 * what is too much for a host fails, and says that a function with a command can do it.
 *
 * It knows values in memory (value_tree.h) and nothing of steps, files or stores; a `file` is handed through.
 */
#ifndef CALC_RUNTIME_COMPUTE_H
#define CALC_RUNTIME_COMPUTE_H

#include <stdbool.h>
#include <stdint.h>
#include "base/buf.h"
#include "runtime/plan.h"
#include "runtime/value_tree.h"

/* Of one step: WORK counts nodes evaluated and items gone through. */
enum { COMPUTE_MEMORY = 64 << 20, COMPUTE_WORK = 10000000, COMPUTE_DEPTH = 512, COMPUTE_LOCALS = 64 };

struct compute;
struct compute *compute_new(const struct plan *p);	/* a plan that plan_check accepted; p may grow by launches */
void compute_free(struct compute *c);

/* One evaluation: begin, load or make the arguments in its arena, run. What came before is forgotten. */
void compute_begin(struct compute *c);
struct arena *compute_arena(struct compute *c);
/* An argument from JSON. */
bool compute_load(struct compute *c, uint32_t type, const char *json, size_t len, struct value_node *out, struct buf *error);
/* Is a list that the function takes only ever counted (`len`)? Then it need not be loaded: a node with its count will do. */
bool compute_counts_only(const struct plan *p, const struct plan_func *f, uint32_t param);
/* false with a message; *loc: "file:line" of what failed, "" when it is the function's. The result is of the type of the
 * function's expression, and lives until the next compute_begin. */
bool compute_run(struct compute *c, const struct plan_func *f, const struct value_node *arg, struct value_node *out, const char **loc,
		 struct buf *error);

#endif
