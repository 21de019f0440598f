/*
 * What happens to a step: the table of engine_states.def and its handlers. A handler changes this step, its slot and
 * the actions; what follows for others is left to the queue of engine_flow.c.
 */
#include "runtime/engine_parts.h"

enum { LOSSES = 2, BACKOFF_FIRST_MS = 1000, BACKOFF_MOST_MS = 60000 };

static void become(struct engine *e, uint32_t s, enum step_state state)
{
	e->count[e->step[s].state]--;
	e->count[state]++;
	e->step[s].state = (uint8_t)state;
}

static bool absorbed(const struct engine *e, uint32_t s)
{
	return e->shape->block[e->frame[e->step[s].frame].block].absorbed;
}

static void leave(struct engine *e, uint32_t s)
{
	if (e->step[s].slot != PLAN_NONE)	/* an expression has none */
		slot_on(e, e->step[s].slot, SLOT_ON_LEAVE);
	e->step[s].slot = PLAN_NONE;
	locks_leave(e, s);
}

static void step_ask(struct engine *e, uint32_t s)
{
	become(e, s, STEP_ASKED);
	e->step[s].fingerprint = print_step(e, s);
	engine_act(e, ENGINE_RECALL, s, 0);
}

static void step_skip(struct engine *e, uint32_t s)
{
	become(e, s, STEP_SKIPPED);
	engine_act(e, ENGINE_SKIPPED, s, e->step[s].in.cause);
	flow_step_ended(e, s);
}

static void step_recall(struct engine *e, uint32_t s)
{
	become(e, s, STEP_FINISHED);
	flow_step_ended(e, s);
}

static void step_queue(struct engine *e, uint32_t s)
{
	become(e, s, STEP_READY);
	if (locks_take(e, s))
		ready_push(e, s);
}

static void step_start(struct engine *e, uint32_t s)
{
	become(e, s, STEP_RUNNING);
	e->step[s].attempt++;
	e->starts++;
	engine_act(e, !ready_needs_slot(e, s) ? ENGINE_COMPUTE : e->step[s].slot == PLAN_NONE ? ENGINE_STRANDED : ENGINE_START, s, 0);
}

static void step_finish(struct engine *e, uint32_t s)
{
	leave(e, s);
	step_recall(e, s);
}

static void fail(struct engine *e, uint32_t s)
{
	become(e, s, STEP_FAILED);
	if (!absorbed(e, s))
		e->failures++;
	flow_step_ended(e, s);
}

static void step_fail_last(struct engine *e, uint32_t s)
{
	leave(e, s);
	fail(e, s);
}

static uint32_t backoff_ms(const struct engine *e, uint32_t fails)
{
	uint64_t ms = e->options.first_backoff_ms ? e->options.first_backoff_ms : BACKOFF_FIRST_MS;

	for (uint32_t i = 1; i < fails && ms < BACKOFF_MOST_MS; i++)
		ms *= 2;
	return ms < BACKOFF_MOST_MS ? (uint32_t)ms : BACKOFF_MOST_MS;
}

static void step_fail_attempt(struct engine *e, uint32_t s)
{
	leave(e, s);
	if (++e->step[s].fails > engine_func(e, s)->retries) {
		fail(e, s);
		return;
	}
	become(e, s, STEP_BACKOFF);
	engine_act(e, ENGINE_TIMER, s, backoff_ms(e, e->step[s].fails));
}

static void step_wake(struct engine *e, uint32_t s)
{
	step_queue(e, s);
}

static void step_doubt(struct engine *e, uint32_t s)
{
	become(e, s, STEP_UNCERTAIN);
	run_on(e, RUN_ON_DOUBT);
}

static void step_doubt_running(struct engine *e, uint32_t s)
{
	leave(e, s);
	step_doubt(e, s);
}

/* Its slot is dead. While draining, deaths are no failures: the step stays undone. */
static void step_lose(struct engine *e, uint32_t s)
{
	e->step[s].slot = PLAN_NONE;
	locks_leave(e, s);
	if (engine_func(e, s)->effect == EFFECT_ONCE)
		step_doubt(e, s);
	else if (e->state != RUN_DRAINING && ++e->step[s].losses == LOSSES)
		fail(e, s);
	else
		step_queue(e, s);
}

/* ---- the table ---- */

static void never(struct engine *e, uint32_t s)
{
	(void)e;
	(void)s;
}

typedef void step_handler(struct engine *e, uint32_t s);

static step_handler *const table[STEP_STATES][STEP_EVENTS] = {
#define STEP_CELL(state, event, handler) [STEP_##state][STEP_ON_##event] = step_##handler,
#define STEP_NEVER(state, event) [STEP_##state][STEP_ON_##event] = never,
#include "runtime/engine_states.def"
};

bool step_on(struct engine *e, uint32_t s, enum step_event ev)
{
	uint8_t state = e->step[s].state;

	e->hits.step[state][ev]++;
	if (!table[state][ev])
		return false;
	table[state][ev](e, s);
	return true;
}

bool step_cell_used(unsigned state, unsigned event, bool *is_never)
{
	*is_never = table[state][event] == never;
	return table[state][event] != NULL;
}
