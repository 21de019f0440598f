/*
 * Every cell of the engine's state tables is reached by random runs, and none that is marked as impossible; and an engine
 * that gets nothing but random events neither crashes nor starts what it must not. Prints cells that stay dark.
 */
#include <stdio.h>
#include <stdlib.h>
#include "testsuite/unit/engine_drive.h"

enum { SEEDS = 4000, WILD_SEEDS = 1500, WILD_EVENTS = 800 };

static const char *const step_state[] = {
#define STEP_STATE(name) #name,
#include "runtime/engine_states.def"
};
static const char *const step_event[] = {
#define STEP_EVENT(name) #name,
#include "runtime/engine_states.def"
};
static const char *const slot_state[] = {
#define SLOT_STATE(name) #name,
#include "runtime/engine_states.def"
};
static const char *const slot_event[] = {
#define SLOT_EVENT(name) #name,
#include "runtime/engine_states.def"
};
static const char *const run_state[] = {
#define RUN_STATE(name) #name,
#include "runtime/engine_states.def"
};
static const char *const run_event[] = {
#define RUN_EVENT(name) #name,
#include "runtime/engine_states.def"
};

struct table {
	const char *name;
	const char *const *state, *const *event;
	unsigned states, events;
	const uint64_t *hits;
	bool (*used)(unsigned state, unsigned event, bool *never);
};

static unsigned check_table(const struct table *t)
{
	unsigned wrong = 0;

	for (unsigned s = 0; s < t->states; s++)
		for (unsigned v = 0; v < t->events; v++) {
			bool never;
			uint64_t hits = t->hits[s * t->events + v];

			t->used(s, v, &never);
			if (never == (hits > 0)) {
				fprintf(stderr, "%s: %s in %s: %s\n", t->name, t->event[v], t->state[s],
					never ? "impossible, but it happened" : "never happened");
				wrong++;
			}
		}
	return wrong;
}

static void run(uint64_t seed, const struct plan *const *flows, struct engine_hits *hits)
{
	struct rng r = { seed };
	struct plans_options po = { .order = seed % 4 ? ORDER_PARALLEL : (enum plan_order)rng_below(&r, 4), .failures = true,
		.steps_limit = true, .size = 3 + rng_below(&r, 30), .launches = seed % 3 != 0 };
	struct drive_options o = { .seed = seed, .fail_percent = rng_below(&r, 20), .retry = true, .loss_percent = rng_below(&r, 10),
		.noise_percent = 40, .recall_some = true, .doubt = rng_chance(&r, 40), .flows = flows };
	struct plan *p = plans_random(&r, &po);
	struct history h = { 0 };
	struct driven out;

	if (!po.launches && rng_chance(&r, 40))
		o.by_image = plans_give_roles(p, &r), o.unswap_percent = rng_below(&r, 40);
	if (rng_chance(&r, 20))
		o.drain_after = 1 + rng_below(&r, 40);
	if (!drive(p, &o, &h, &out, hits)) {
		fprintf(stderr, "engine_states: seed %llu\n", (unsigned long long)seed);
		exit(1);
	}
	history_release(&h);
	plan_free(p);
}

static struct engine_event wild_event(struct rng *r, const struct engine *e)
{
	return (struct engine_event){ .kind = (enum engine_event_kind)rng_below(r, EVENT_KINDS + 1), .slot = rng_below(r, 6),
		.incarnation = rng_below(r, 1000), .step = rng_below(r, (uint32_t)e->steps + 2), .attempt = rng_below(r, 3),
		.value = rng_chance(r, 50) ? rng_below(r, 4) << 29 | rng_below(r, 9) : 4u << 29 | rng_below(r, 40),
		.count = rng_chance(r, 5) ? (uint32_t)rng_next(r) : rng_below(r, 4), .ok = rng_chance(r, 60) };
}

static void ask_everything(const struct engine *e, const struct engine_action *a)
{
	struct buf path = BUF_INIT;
	struct engine_value_info info;
	const char *const *names;

	if (a->step < e->steps) {
		engine_path(e, a->step, &path);
		engine_output_names(e, a->step, &names);
		for (uint32_t i = 0; a->kind == ENGINE_START && i < engine_node(e, a->step)->args; i++)
			engine_value_get(e, engine_value_item(e, engine_arg(e, a->step, i), 1), &info);
	}
	if (a->kind == ENGINE_REGION_FAILED)
		engine_region_path(e, a->region, &path);
	buf_release(&path);
}

static void add_hits(struct engine_hits *to, const struct engine_hits *from)
{
	const uint64_t *more = &from->step[0][0];
	uint64_t *sum = &to->step[0][0];

	for (size_t i = 0; i < sizeof *to / sizeof *sum; i++)
		sum[i] += more[i];
}

/* Drains and doubts are rare, or nothing else would ever happen. */
static void run_wild(uint64_t seed, struct engine_hits *hits)
{
	struct rng r = { seed };
	struct plans_options po = { .order = (enum plan_order)rng_below(&r, 4), .failures = true, .steps_limit = true, .size = seed % 2 ? 2 : 20 };
	struct plan *p = plans_random(&r, &po);
	struct engine_options o = { .slots = 4 };
	struct engine *e = engine_new(p, &o);
	struct engine_action a = { 0 };
	unsigned finished = 0;

	for (int i = 0; i < WILD_EVENTS; i++) {
		struct engine_event ev = wild_event(&r, e);

		if ((ev.kind == EVENT_DRAIN && !rng_chance(&r, 2)) || (ev.kind == EVENT_LOST && !rng_chance(&r, 10)))
			continue;
		engine_event(e, &ev);
		while (rng_chance(&r, 90) && engine_next(e, &a)) {
			ask_everything(e, &a);
			finished += a.kind == ENGINE_FINISHED;
		}
	}
	if (finished > 1 || (finished && (engine_next(e, &a) || engine_progress(e).running))) {
		fprintf(stderr, "engine_states: wild seed %llu: not over when finished\n", (unsigned long long)seed);
		exit(1);
	}
	add_hits(hits, &e->hits);
	engine_free(e);
	plan_free(p);
}

int main(void)
{
	static struct engine_hits hits;
	const struct table tables[] = {
		{ "step", step_state, step_event, STEP_STATES, STEP_EVENTS, &hits.step[0][0], step_cell_used },
		{ "slot", slot_state, slot_event, SLOT_STATES, SLOT_EVENTS, &hits.slot[0][0], slot_cell_used },
		{ "run", run_state, run_event, RUN_STATES, RUN_EVENTS, &hits.run[0][0], run_cell_used },
	};
	const struct plan *flows[FLOWS];
	struct plan *own[FLOWS];
	unsigned wrong = 0;

	for (uint32_t i = 0; i < FLOWS; i++)
		flows[i] = own[i] = plans_flow(i);
	for (uint64_t seed = 1; seed <= SEEDS; seed++)
		run(seed, flows, &hits);
	for (uint64_t seed = 1; seed <= WILD_SEEDS; seed++)
		run_wild(seed, &hits);
	for (unsigned i = 0; i < 3; i++)
		wrong += check_table(&tables[i]);
	for (uint32_t i = 0; i < FLOWS; i++)
		plan_free(own[i]);
	return wrong > 0;
}
