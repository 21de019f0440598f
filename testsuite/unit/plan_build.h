/*
 * Plans for tests, made by hand: growing tables of a struct plan, and a few whole plans of the kinds that the compiler
 * makes. Nothing here checks anything; plan_check does.
 */
#ifndef CALC_TESTSUITE_PLAN_BUILD_H
#define CALC_TESTSUITE_PLAN_BUILD_H

#include "runtime/plan.h"

/* Append a row to a table of the plan; gives its index. */
uint32_t build_type(struct plan *p, struct plan_type t);
uint32_t build_field(struct plan *p, const char *name, uint32_t type);
uint32_t build_port(struct plan *p, const char *name, uint32_t type);
uint32_t build_expr(struct plan *p, struct plan_expr x);
uint32_t build_group(struct plan *p, struct plan_group g);
uint32_t build_state(struct plan *p, struct plan_state s);
uint32_t build_use(struct plan *p, struct plan_use u);
uint32_t build_func(struct plan *p, struct plan_func f);
uint32_t build_value(struct plan *p, enum plan_value_kind kind, uint32_t type, uint32_t a, uint32_t b);
uint32_t build_item(struct plan *p, uint32_t index);
uint32_t build_node(struct plan *p, struct plan_node n);
uint32_t build_region(struct plan *p, struct plan_region r);
uint32_t build_block(struct plan *p, struct plan_block b);
uint32_t build_const(struct plan *p, const char *json, uint32_t type);
uint32_t build_column(struct plan *p, uint32_t *value, uint32_t count);
uint32_t build_source(struct plan *p, struct plan_source s);
uint32_t build_sink(struct plan *p, struct plan_sink s);
/* A word of the command of the function made next. */
void build_word(struct plan *p, enum plan_part_kind kind, uint32_t index, const char *text);

/* Types that every plan of this file begins with, and then the plan's own. */
enum { TYPE_FILE, TYPE_FILES, TYPE_STRING, TYPE_I64, TYPE_STRINGS };
struct plan *build_begin(const char *program, const char *set, uint32_t slots);

/* books: [file] → each → counts → merge → top; two functions, a sink. */
struct plan *build_text(void);
/* from … to: `rows` tasks in layers of `width`; each reads `fan` files of the layer before. */
struct plan *build_workflow(uint32_t rows, uint32_t width, uint32_t fan);
/* after: a chain of `rows` rows with a call in each, inside an each with two rows. */
struct plan *build_nested(uint32_t rows);
/* One node of each kind that chooses at run time: a match (one arm does nothing), a cycle until an expression holds, a launch. */
enum { TYPE_BOOL = TYPE_STRINGS + 1, TYPE_MAYBE, TYPE_VERDICT, TYPE_EITHER, TYPE_FLOW };
struct plan *build_choices(void);
/* A cycle of `rounds` rounds with three steps each, the last one an expression, which `until` looks at. */
struct plan *build_rounds(uint32_t rounds, bool until);

#endif
