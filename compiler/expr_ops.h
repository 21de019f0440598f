/* Parts of the expression checker that the elaboration of flows uses too. */
#ifndef CALC_COMPILER_EXPR_OPS_H
#define CALC_COMPILER_EXPR_OPS_H

#include "compiler/expr.h"

/* x.field and x[at], typed; X_ERROR after a report. */
struct expr *expr_member(struct compilation *c, struct expr *x, sym_t field, struct span span);
struct expr *expr_index(struct compilation *c, struct expr *x, struct expr *at, const struct node *n);

/* CF104 for a CALL whose callee is nothing, with did-you-mean. */
void report_unknown_callable(struct compilation *c, const struct node *n);

#endif
