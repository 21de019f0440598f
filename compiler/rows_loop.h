/* Loops among the rows of a `steps` region. */
#ifndef CALC_COMPILER_ROWS_LOOP_H
#define CALC_COMPILER_ROWS_LOOP_H

#include "compiler/elaborate.h"

/* Counts the region's distinct edges; reports a shortest loop (CF601, at the data) and returns false when there is one. */
bool rows_acyclic(struct scope *s, uint32_t region);

#endif
