/*
 * The rows of a `steps` region, from data: their ids, who waits for whom, which file comes from which row. Linear in the data:
 * one hash table for the ids and one for the names of files; loops are found by Kahn's algorithm (1962).
 */
#ifndef CALC_COMPILER_ROWS_H
#define CALC_COMPILER_ROWS_H

#include "compiler/elaborate.h"

/* What `steps` says, checked: typed expressions over the row (NULL where not said). */
struct steps_says {
	const struct node *node;
	struct expr *rows;		/* the list */
	struct expr *id, *after, *from, *to;
};

/* Fill the region's rows for every row around it. false after reports. `unmade` is set when some name is made by no row. */
bool rows_make(struct scope *s, uint32_t region, const struct steps_says *says, bool *unmade);

#endif
