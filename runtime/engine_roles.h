/*
 * What the two files about roles of slots share: what each slot has and may have, and what is left to do (engine_roles.c); who changes,
 * and when (engine_swaps.c). Nobody else includes this.
 */
#ifndef CALC_RUNTIME_ENGINE_ROLES_H
#define CALC_RUNTIME_ENGINE_ROLES_H

#include "runtime/engine_parts.h"

/* A way for a slot to come to an image. */
struct way {
	uint32_t visits;
	uint8_t fails;		/* since it went well last */
	bool aside;		/* it failed: tried again after ENGINE_SWAP_TIMER */
	bool closed;		/* it failed for good */
};

struct roles {
	uint32_t *first;	/* of each slot, and one more: its rows in plan.role */
	uint32_t *kind;		/* of each row of plan.role */
	uint32_t *start;	/* kind that each slot starts with */
	struct way *way;	/* of each row, then of each slot's start */
	uint32_t closed;	/* how many ways are */
	uint32_t *role;		/* of each slot: that it has, or gets */
	uint32_t *before;	/* of each slot: the last one that it had for certain */
	uint32_t *left;		/* of each kind: what is there and has not ended */
	uint32_t *holders;	/* of each kind: slots that have it, or get it */
	uint32_t *text;		/* of each kind: where its first call stands */
	bool *fresh;		/* of each slot: swapped ahead, and nothing has started there since */
	uint32_t prepared;	/* how many are fresh */
	uint32_t swapping;
	uint32_t words;		/* of a set of kinds */
	uint64_t *within;	/* of each node: kinds that its bodies may use */
	size_t within_cap;
	uint32_t nodes;
};

uint32_t roles_kind(const struct engine *e, uint32_t slot, uint32_t role);
struct way *roles_way(const struct engine *e, uint32_t slot, uint32_t role);
void roles_used(struct engine *e, uint32_t slot);	/* it is not fresh any more */
void roles_set(struct engine *e, uint32_t slot, uint32_t role);
/* No slot has the kind, or will ever come to it again. */
bool roles_lost(const struct engine *e, uint32_t kind);

#endif
