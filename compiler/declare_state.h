/* Locks, states, and which states a function touches. */
#ifndef CALC_COMPILER_DECLARE_STATE_H
#define CALC_COMPILER_DECLARE_STATE_H

#include "compiler/declare.h"

/* States at shares: no other state and no sink has the path. After all sinks were declared. */
void declare_state_paths(struct compilation *c);

/* `reads a, b` and `writes c`: appended to *list, in the arena. */
void declare_state_uses(struct compilation *c, const struct node *a, struct state_use **list, uint32_t *count);

#endif
