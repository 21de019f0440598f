/* From a set's graph to its plan: what is used is kept, blocks are sorted, constants become columns, steps get their ranks. */
#ifndef CALC_COMPILER_PLANNER_H
#define CALC_COMPILER_PLANNER_H

#include "compiler/compilation.h"

/* Nothing but the program's native functions and their types, used or not: no blocks, no set. The caller frees it. */
struct plan *plan_of_natives(struct compilation *c);

/* The plan of a graph without errors; the caller frees it. */
struct plan *plan_make(struct compilation *c, const struct set *s, const struct graph *g);

/* A function with the set's defaults. What stands in the plan's set (cpu, memory, image) is applied by who reads the plan. */
struct func plan_with_defaults(struct compilation *c, const struct set *s, const struct func *own);

/* The function of the program that one of a plan was made of: place in program.func; PLAN_NONE: an expression. */
uint32_t plan_program_func(const struct compilation *c, const struct plan_func *f);

#endif
