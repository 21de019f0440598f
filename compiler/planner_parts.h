/* Parts of the planner, one file each. */
#ifndef CALC_COMPILER_PLANNER_PARTS_H
#define CALC_COMPILER_PLANNER_PARTS_H

#include "compiler/compilation.h"

struct pool { void *at; size_t count, cap; };
uint32_t pool_add(struct pool *pool, size_t size, const void *one);

struct planner {
	struct compilation *c;
	const struct graph *g;
	const struct set *set;
	struct plan *p;
	/* from the compiler's numbers to the plan's; PLAN_NONE: not yet */
	uint32_t *type_map, *func_map, *node_map, *value_map, *source_map, *state_map;
	struct pool type, field, port, part, word, env, secret, func, value, item, column, constant, source, sink, expr, state, use;
	struct symtab *texts, *const_keys;
	const char **settled;		size_t settled_cap;	/* by symbol of texts: the copy in the plan */
	uint32_t *const_of;		size_t const_of_cap;	/* by symbol of const_keys: constant + 1 */
	struct buf scratch;
	uint64_t texts_made;		/* bytes of constants, before equal ones are joined */
	bool failed;			/* reported */
};

const char *settled(struct planner *pl, const char *s);		/* its copy in the plan */
const char *loc_of(struct planner *pl, struct span at);
uint32_t type_in_plan(struct planner *pl, type_t t);
uint32_t constant_in_plan(struct planner *pl, type_t type, word_t w, struct span where);
uint32_t compute_in_plan(struct planner *pl, const struct graph_node *n);	/* planner_compute.c: a function of the plan */
uint32_t value_in_plan(struct planner *pl, uint32_t value);
uint32_t items_in_plan(struct planner *pl, const uint32_t *item, uint32_t n);
/* planner_state.c: what a function touches, appended; and the place of a state among that */
void plan_uses(struct planner *pl, const struct func *f, struct plan_func *out);
uint32_t plan_use_of(const struct planner *pl, const struct plan_func *f, uint32_t state);
void plan_regions(struct planner *pl);		/* planner_regions.c */
/* planner_groups.c */
void plan_groups(struct planner *pl);
uint32_t plan_media(struct planner *pl, const struct graph_node *n);	/* first_medium of its place in the plan */
void plan_own_slots(struct planner *pl);	/* after the set is filled in */
void plan_ranks(struct plan *p);		/* planner_ranks.c */

#endif
