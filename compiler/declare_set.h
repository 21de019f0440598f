/* Parts of a calculation set's declaration: attributes that name functions or ponds, and defaults. Not for other passes. */
#ifndef CALC_COMPILER_DECLARE_SET_H
#define CALC_COMPILER_DECLARE_SET_H

#include "compiler/declare.h"

/* What a set says once; `seen` has where. */
enum set_attr {
	SET_SLOTS, SET_ORDER, SET_SCRATCH, SET_TIMEOUT, SET_AHEAD, SET_NEAR, SET_WORKERS, SET_DEFAULT_CPU, SET_DEFAULT_MEMORY,
	SET_DEFAULT_IMAGE, SET_DEFAULT_RETRIES, SET_DEFAULT_TIMEOUT, SET_ATTRS
};

/* ---- declare_set_list.c ---- */
void declare_own_slots(struct compilation *c, struct set *s, const struct node *a);	/* `slots n for f` */
/* together, near, workers, route: false when it is none of them. Reports CF306 where the set is on a pod. */
bool declare_list_attribute(struct compilation *c, struct set *s, const struct node *a, const struct node **seen);
void declare_set_finish(struct compilation *c, struct set *s);	/* what contradicts itself over several attributes */

/* ---- declare_set_default.c ---- */
void declare_default(struct compilation *c, struct set *s, const struct node *a, const struct node **seen);

/* ---- declare_group.c ---- */
struct port *declare_set_params(struct compilation *c, const struct node *list, uint32_t *count);
void declare_group_alone(struct compilation *c, const struct set *s, const struct node *n);	/* CF624: what a set of sets cannot say */

#endif
