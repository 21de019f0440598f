/* What the files that draw a plan share: the plan, the grain, and how nodes are named. Private to emitters/dot*.c. */
#ifndef CALC_EMITTERS_DOT_PICTURE_H
#define CALC_EMITTERS_DOT_PICTURE_H

#include "emitters/dot_draw.h"
#include "runtime/plan.h"

enum grain { BY_ROW, BY_STEP, BY_FUNCTION };

struct picture {
	const struct plan *p;
	struct drawing *d;
	enum grain grain;
	draw_group *group;	/* of each region: its frame */
	bool *expanded;		/* of each region: a node for each row */
	bool *given;		/* of each region: its given files have their edge */
};

/* Id of a call's node, in this row where its region's rows are nodes. */
void picture_node_id(const struct picture *pic, uint32_t node, uint32_t row, char id[32]);
/* Between all nodes that are drawn. */
void picture_draw_edges(struct picture *pic);

#endif
