/* What happens to a slot: its table of engine_states.def and the handlers. A slot holds at most one step, and no
 * step runs without one. */
#include "runtime/engine_parts.h"

static void slot_come(struct engine *e, uint32_t slot)
{
	e->slot[slot].state = SLOT_IDLE;
	ready_idle(e, slot, true);
}

static void slot_come_again(struct engine *e, uint32_t slot)
{
	ready_idle(e, slot, true);	/* another worker, as idle as the one before; perhaps of another image */
}

static void slot_go(struct engine *e, uint32_t slot)
{
	e->slot[slot].state = SLOT_ABSENT;
	ready_idle(e, slot, false);
}

static void slot_go_running(struct engine *e, uint32_t slot)
{
	uint32_t step = e->slot[slot].step;

	e->slot[slot].state = SLOT_ABSENT;
	e->slot[slot].step = PLAN_NONE;
	step_on(e, step, STEP_ON_DIED);
}

/* A new worker before the old one's death was told: that death is certain now. */
static void slot_come_instead(struct engine *e, uint32_t slot)
{
	slot_go_running(e, slot);
	slot_come(e, slot);
}

static void slot_take(struct engine *e, uint32_t slot)
{
	e->slot[slot].state = SLOT_BUSY;
	ready_idle(e, slot, false);
}

static void slot_leave(struct engine *e, uint32_t slot)
{
	e->slot[slot].step = PLAN_NONE;
	slot_come(e, slot);
}

static void slot_swap(struct engine *e, uint32_t slot)
{
	e->slot[slot].state = SLOT_SWAPPING;
	ready_idle(e, slot, false);
}

static void slot_strip(struct engine *e, uint32_t slot)
{
	e->slot[slot].state = SLOT_BARE;
}

/* The worker before: the next one is what is waited for. */
static void slot_go_to_come(struct engine *e, uint32_t slot)
{
	(void)e;
	(void)slot;
}

static void never(struct engine *e, uint32_t slot)
{
	(void)e;
	(void)slot;
}

typedef void slot_handler(struct engine *e, uint32_t slot);

static slot_handler *const table[SLOT_STATES][SLOT_EVENTS] = {
#define SLOT_CELL(state, event, handler) [SLOT_##state][SLOT_ON_##event] = slot_##handler,
#define SLOT_NEVER(state, event) [SLOT_##state][SLOT_ON_##event] = never,
#include "runtime/engine_states.def"
};

bool slot_on(struct engine *e, uint32_t slot, enum slot_event ev)
{
	uint8_t state = e->slot[slot].state;

	e->hits.slot[state][ev]++;
	if (!table[state][ev])
		return false;
	table[state][ev](e, slot);
	return true;
}

bool slot_cell_used(unsigned state, unsigned event, bool *is_never)
{
	*is_never = table[state][event] == never;
	return table[state][event] != NULL;
}
