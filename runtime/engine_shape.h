/*
 * What is the same for every frame of a block, computed once from the plan: places of nodes, who reads what how
 * often, what a region reads from around it, joins of rows the other way round, numbers of steps below a row.
 */
#ifndef CALC_RUNTIME_ENGINE_SHAPE_H
#define CALC_RUNTIME_ENGINE_SHAPE_H

#include "base/arena.h"
#include "runtime/plan.h"

/* An inner node's bodies, or its arguments, use a node that stands outside. */
struct capture {
	uint32_t node, port;	/* port PLAN_NONE: its end (`after`) */
	bool hold;		/* the node used is in the inner node's own block: that reads it until it has ended */
	bool gate;		/* the region is partial: when this fails, the region fails */
};

struct shape_block {
	uint32_t around;		/* block; PLAN_NONE */
	uint32_t region;		/* whose body it is; PLAN_NONE */
	uint32_t calls, inner;		/* nodes of either kind */
	uint32_t first_call;		/* in shape.call_node */
	bool absorbed;			/* lies within a partial region */
	uint32_t steps;			/* below each row, when `weight` is NULL */
	uint32_t *weight;		/* steps below each row (saturating), where rows differ */
};

/* An inner node: one that is no call. What its regions have is taken together: of a match, only one arm will run. */
struct shape_inner {
	uint32_t first_port, ports;	/* in shape.port_* */
	uint32_t first_capture, captures;
	bool passes;			/* its results lead to values from outside its body */
	bool keeps;			/* of steps: its results may lead to rows' parents or inputs */
	bool uses_parents, uses_inputs;
	uint32_t *child_start, *child;	/* of each row: rows that come after it */
	uint32_t *user_start, *user;	/* of each row: rows that have an input from it */
};

struct shape {
	const struct plan *p;
	struct arena arena;
	uint32_t *place;		/* of each node: among the calls, or the regions, of its block */
	uint32_t *text;			/* of each node: position in the whole text */
	uint32_t *call_node;		/* calls of each block, in order */
	uint32_t *inner_of;		/* of each inner node: its place in shape.inner */
	uint32_t *readers;		/* of each call node: uses of its results in its block, captures and results included */
	struct shape_block *block;
	struct shape_inner *inner;
	uint32_t *port_readers;		/* likewise of each port of each inner node */
	bool *port_joined;		/* the port's values go to other rows: parents, inputs */
	struct capture *capture;
};

struct shape *shape_new(const struct plan *p);
void shape_free(struct shape *s);
uint32_t shape_steps(const struct shape *s, uint32_t block, uint32_t row);	/* known before the run, all bodies included */
/* Likewise of an inner node in a row of its block: of one item, or one round, of what only shows at run time; of a match's longest arm. */
uint32_t shape_inner_steps(const struct shape *s, uint32_t node, uint32_t row);
uint32_t shape_regions(const struct plan_node *n);	/* how many regions it has, from n->of on; 0 of a call and of a launch */

#endif
