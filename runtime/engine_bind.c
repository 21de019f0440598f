/*
 * On list, the steps of one item that one group runs go to one worker: the first that starts chooses it. So what they hand each other
 * within the item may stand in memory that only this worker sees. An item is that of the nearest each or steps; steps in none go anywhere.
 */
#include "runtime/engine_parts.h"

#include "base/mem.h"

struct bound { uint32_t frame, kind, spot; };	/* frame PLAN_NONE: free */

struct binds {
	struct bound *at;	/* open addressing; cap a power of two, at most half full */
	size_t cap, used;
};

struct binds *binds_new(void)
{
	return mem_zalloc(1, sizeof(struct binds));
}

void binds_free(struct binds *b)
{
	if (!b)
		return;
	mem_free(b->at);
	mem_free(b);
}

static struct bound *place_of(struct bound *at, size_t cap, uint32_t frame, uint32_t kind)
{
	size_t i = ((frame | (uint64_t)kind << 32) * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (cap - 1);

	while (at[i].frame != PLAN_NONE && (at[i].frame != frame || at[i].kind != kind))
		i = (i + 1) & (cap - 1);
	return &at[i];
}

static void grow(struct binds *b)
{
	size_t cap = b->cap ? b->cap * 2 : 64;
	struct bound *at = mem_resize(NULL, cap, sizeof *at);

	for (size_t i = 0; i < cap; i++)
		at[i].frame = PLAN_NONE;
	for (size_t i = 0; i < b->cap; i++)
		if (b->at[i].frame != PLAN_NONE)
			*place_of(at, cap, b->at[i].frame, b->at[i].kind) = b->at[i];
	mem_free(b->at);
	b->at = at;
	b->cap = cap;
}

static uint32_t item_of(const struct engine *e, uint32_t step)
{
	for (uint32_t f = e->step[step].frame; e->frame[f].inst != PLAN_NONE; f = e->inst[e->frame[f].inst].frame) {
		uint8_t kind = e->p->node[e->inst[e->frame[f].inst].node].kind;

		if (kind == NODE_EACH || kind == NODE_STEPS)
			return f;
	}
	return PLAN_NONE;
}

uint32_t bind_spot(const struct engine *e, uint32_t step, uint32_t kind)
{
	const struct binds *b = e->binds;
	uint32_t frame = b->used ? item_of(e, step) : PLAN_NONE;
	const struct bound *at = frame == PLAN_NONE ? NULL : place_of(b->at, b->cap, frame, kind);

	return at && at->frame != PLAN_NONE ? at->spot : PLAN_NONE;
}

void bind_to(struct engine *e, uint32_t step, uint32_t kind, uint32_t spot)
{
	struct binds *b = e->binds;
	uint32_t frame = item_of(e, step);
	struct bound *at;

	if (frame == PLAN_NONE)
		return;
	if (b->used * 2 >= b->cap)
		grow(b);
	at = place_of(b->at, b->cap, frame, kind);
	if (at->frame == PLAN_NONE) {
		*at = (struct bound){ frame, kind, spot };
		b->used++;
	}
}
