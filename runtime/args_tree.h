/*
 * The engine's values as values in memory, for the expressions that the host evaluates, and the outcomes that the engine branches by.
 */
#ifndef CALC_RUNTIME_ARGS_TREE_H
#define CALC_RUNTIME_ARGS_TREE_H

#include "runtime/args_value.h"
#include "runtime/compute.h"

/* The value, as one of `type` (a T may stand where T? is wanted), in the evaluator's arena. Texts of more than LIMIT_INLINE_VALUE
 * bytes are refused; files are referred to and not looked into. */
bool resolve_tree(struct resolver *v, struct compute *c, engine_value value, uint32_t type, struct value_node *out, struct buf *error);

/* The outcome of a selector of `type` (plan.h, NODE_MATCH), however large the value is. */
bool resolve_outcome(struct resolver *v, engine_value value, uint32_t type, uint32_t *outcome, struct buf *error);

#endif
