/* plan_check: the types of expressions, and the variables of their comprehensions. */
#ifndef CALC_RUNTIME_COMPUTE_CHECK_H
#define CALC_RUNTIME_COMPUTE_CHECK_H

#include "runtime/plan_check.h"

/* What each kind of node takes and gives, in every function that is an expression. Relies on check_exprs (places are in range, trees
 * are within the budget). The evaluator asks none of it again. */
bool compute_check(struct check *c);

#endif
