/* Loops among the rows of a `steps` region. */
#ifndef CALC_COMPILER_ROWS_LOOP_H
#define CALC_COMPILER_ROWS_LOOP_H

#include "compiler/elaborate.h"

/* Counts the region's distinct edges; reports a shortest loop (CF601, at the data) and returns false when there is one. */
bool rows_acyclic(struct scope *s, uint32_t region);

/*
 * The nodes 0…n-1, each waiting for on[start[i]…start[i+1]-1]: the length of a shortest loop, 0 when there is none. path (n+1 long)
 * receives it: path[0] waits for path[1] … and the last for path[0].
 */
uint32_t loop_shortest(uint32_t *start, uint32_t *on, uint32_t n, uint32_t *path);

#endif
