/*
 * Cycles: rounds one after another, each a frame of the body. A round begins with values that it carries: the cycle's arguments, or
 * what the round before made. When the frame has ended and its values are there, `until` is asked for; then the next round begins,
 * or the values are the cycle's results. What a value comes from is held step by step, not round by round, so a value that is handed
 * on unchanged keeps one step, and everything else of a round is released before the next begins.
 */
#include "runtime/engine_parts.h"

static const struct plan_region *region_of(const struct engine *e, uint32_t i)
{
	return &e->p->region[e->inst[i].region];
}

static uint32_t round_frame(const struct engine *e, uint32_t i)
{
	return e->item_frame[e->inst[i].frames];
}

static uint64_t steps_of_round(const struct engine *e, uint32_t i)
{
	return shape_steps(e->shape, region_of(e, i)->body, e->frame[e->inst[i].frame].row);
}

/* Places for the values of a round. */
static uint32_t new_values(struct engine *e, uint32_t count)
{
	uint32_t first = (uint32_t)e->lists;

	e->list = engine_room(e->list, &e->list_cap, e->lists, count, sizeof *e->list);
	e->lists += count;
	return first;
}

/* What stands for values of the plan as seen from a frame. */
static uint32_t take_values(struct engine *e, uint32_t first_item, uint32_t count, uint32_t frame)
{
	uint32_t first = new_values(e, count);

	for (uint32_t k = 0; k < count; k++) {
		uint32_t value = e->p->item[first_item + k];

		e->list[first + k] = (struct list){ value_handle(e, value, frame), engine_print_value(e, value, frame) };
	}
	return first;
}

/* ---- a round ---- */

void cycle_join(struct engine *e, uint32_t f)
{
	uint32_t i = e->frame[f].inst, gate = tagged(TO_GATE, i);
	const struct plan_region *g = region_of(e, i);

	e->inst[i].gate.waits = 1;	/* for the frame */
	for (uint32_t k = 0; k < g->results; k++)
		flow_need_value(e, e->p->item[g->first_result + k], f, gate);
	if (g->until != PLAN_NONE)
		flow_need_value(e, g->until, f, gate);
}

static void begin_round(struct engine *e, uint32_t i, uint32_t first_carry)
{
	e->inst[i].first_list = first_carry;
	frame_make(e, i, e->inst[i].made, (struct ending){ e->inst[i].gate.level, PLAN_NONE, false });
}

void cycle_begin(struct engine *e, uint32_t i)
{
	const struct plan_node *n = &e->p->node[e->inst[i].node];

	e->inst[i].end = (struct point){ 1, e->inst[i].gate.level, false, PLAN_NONE };
	e->inst[i].frames = (uint32_t)e->item_frames;
	e->item_frame = engine_room(e->item_frame, &e->item_frame_cap, e->item_frames, 1, sizeof *e->item_frame);
	e->item_frame[e->item_frames++] = PLAN_NONE;
	begin_round(e, i, take_values(e, n->first_arg, n->args, e->inst[i].frame));
}

/* ---- the end ---- */

static void end_cycle(struct engine *e, uint32_t i)
{
	const struct point *gate = &e->inst[i].gate;
	struct ending how = { gate->level, gate->cause, gate->bad };

	inst_ports(e, i);
	flow_arrive(e, tagged(TO_END, i), how);
}

static void drop_carried(struct engine *e, uint32_t i, uint32_t first)
{
	for (uint32_t k = 0; e->inst[i].carries && k < region_of(e, i)->results; k++)
		release_held(e, e->list[first + k].value);
}

/* From the values of a round to what comes of them: `wanted` says whether value k is read. One that stays as it is stays held. */
static void hand_on(struct engine *e, uint32_t i, uint32_t old, uint32_t first, bool (*wanted)(const struct engine *, uint32_t, uint32_t))
{
	uint32_t results = region_of(e, i)->results;
	bool carries = e->inst[i].carries;

	for (uint32_t k = 0; k < results; k++)
		if (wanted(e, i, k) && !(carries && e->list[old + k].value == e->list[first + k].value))
			release_hold(e, e->list[first + k].value);
	for (uint32_t k = 0; carries && k < results; k++)
		if (!wanted(e, i, k) || e->list[old + k].value != e->list[first + k].value)
			release_held(e, e->list[old + k].value);
}

static bool is_read(const struct engine *e, uint32_t i, uint32_t k)
{
	return e->port[e->inst[i].first_port + k].refs > 0;
}

static bool always(const struct engine *e, uint32_t i, uint32_t k)
{
	(void)e;
	(void)i;
	(void)k;
	return true;
}

/* A round failed, or the cycle did by itself; its gate is bad. Rounds that were counted on do not come to be. */
static void end_badly(struct engine *e, uint32_t i)
{
	const struct plan_region *g = region_of(e, i);

	if (g->until == PLAN_NONE)
		e->known -= (g->rounds - e->inst[i].made) * steps_of_round(e, i);
	e->inst[i].killed = true;
	if (e->shape->block[e->frame[e->inst[i].frame].block].absorbed) {
		drop_carried(e, i, e->inst[i].first_list);
		release_round(e, round_frame(e, i));
	}
	end_cycle(e, i);
}

static void fail(struct engine *e, uint32_t i, enum engine_region_failure why, engine_value value)
{
	inst_failed(e, i, why, value);
	end_badly(e, i);
}

/* The last round's values are the results. */
static void end_well(struct engine *e, uint32_t i)
{
	const struct plan_region *g = region_of(e, i);
	uint32_t f = round_frame(e, i), first = take_values(e, g->first_result, g->results, f), old = e->inst[i].first_list;

	for (uint32_t k = 0; k < g->results; k++) {
		struct port *p = &e->port[e->inst[i].first_port + k];

		p->value = e->list[first + k].value;
		p->fingerprint = e->list[first + k].fingerprint;
	}
	hand_on(e, i, old, first, is_read);
	e->lists = first;
	e->inst[i].carries = false;
	release_round(e, f);
	end_cycle(e, i);
}

/* ---- between rounds ---- */

static void next_round(struct engine *e, uint32_t i)
{
	const struct plan_region *g = region_of(e, i);
	uint32_t f = round_frame(e, i), old = e->inst[i].first_list, first;
	uint64_t more = g->until == PLAN_NONE ? 0 : steps_of_round(e, i);

	if (e->known + more > ENGINE_MAX_IDS || e->frames + 1 > ENGINE_MAX_IDS) {
		fail(e, i, REGION_STEPS, 0);
		return;
	}
	e->known += more;
	first = take_values(e, g->first_result, g->results, f);
	hand_on(e, i, old, first, always);
	e->inst[i].carries = true;
	release_round(e, f);
	begin_round(e, i, first);
}

void cycle_round_end(struct engine *e, uint32_t i)
{
	const struct plan_region *g = region_of(e, i);

	if (e->inst[i].gate.bad) {
		end_badly(e, i);
		return;
	}
	if (g->until != PLAN_NONE &&
	    asked_wait(e, value_handle(e, g->until, round_frame(e, i)), e->p->value[g->until].type, i)) {
		e->inst[i].gate.waits = 1;
		return;
	}
	cycle_next(e, i);
}

void cycle_next(struct engine *e, uint32_t i)
{
	const struct plan_region *g = region_of(e, i);
	engine_value until = g->until == PLAN_NONE ? 0 : value_handle(e, g->until, round_frame(e, i));
	uint32_t outcome = 0;

	if (g->until != PLAN_NONE && !asked_get(e, until, e->p->value[g->until].type, &outcome))
		fail(e, i, REGION_UNTIL, until);
	else if (outcome || (e->inst[i].made == g->rounds && !g->fails))
		end_well(e, i);
	else if (e->inst[i].made == g->rounds)
		fail(e, i, REGION_ROUNDS, until);
	else
		next_round(e, i);
}
