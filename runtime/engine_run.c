/* What happens to the run as a whole: its table of engine_states.def and the handlers. */
#include "runtime/engine_parts.h"

static void run_begin(struct engine *e)
{
	e->state = RUN_GOING;
	e->known = shape_steps(e->shape, 0, 0);
	frame_root(e);
}

static void run_drain(struct engine *e)
{
	e->state = RUN_DRAINING;
}

static void run_stop(struct engine *e)
{
	e->state = RUN_STOPPING;
}

static void run_publish(struct engine *e)
{
	e->state = RUN_PUBLISHING;
	engine_act(e, ENGINE_PUBLISH, 0, 0);
}

static void run_published(struct engine *e)
{
	e->state = RUN_ENDING;
	e->verdict = VERDICT_DONE;
	release_sinks(e);
	flow_run(e);		/* releases come before the last action */
	engine_act(e, ENGINE_FINISHED, 0, 0);
}

static void run_unpublished(struct engine *e)
{
	e->state = RUN_ENDING;
	e->verdict = VERDICT_FAILED;
	engine_act(e, ENGINE_FINISHED, 0, 0);
}

/* Nothing runs, and nothing will: an uncertain step outweighs a failed one, which outweighs a drain. */
static void run_end(struct engine *e)
{
	if (e->state == RUN_STOPPING)
		e->verdict = VERDICT_UNCERTAIN;
	else if (!e->root_ended)
		e->verdict = VERDICT_DRAINED;
	else if (e->failures || e->sinks.bad)
		e->verdict = VERDICT_FAILED;
	else
		e->verdict = e->publishes ? VERDICT_DRAINED : VERDICT_DONE;
	e->state = RUN_ENDING;
	engine_act(e, ENGINE_FINISHED, 0, 0);
}

static void run_last(struct engine *e)
{
	e->state = RUN_OVER;
}

static void never(struct engine *e)
{
	(void)e;
}

typedef void run_handler(struct engine *e);

static run_handler *const table[RUN_STATES][RUN_EVENTS] = {
#define RUN_CELL(state, event, handler) [RUN_##state][RUN_ON_##event] = run_##handler,
#define RUN_NEVER(state, event) [RUN_##state][RUN_ON_##event] = never,
#include "runtime/engine_states.def"
};

bool run_on(struct engine *e, enum run_event ev)
{
	uint8_t state = e->state;

	e->hits.run[state][ev]++;
	if (!table[state][ev])
		return false;
	table[state][ev](e);
	return true;
}

bool run_cell_used(unsigned state, unsigned event, bool *is_never)
{
	*is_never = table[state][event] == never;
	return table[state][event] != NULL;
}
