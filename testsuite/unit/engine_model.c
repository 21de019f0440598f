/*
 * The engine against a naive reference: random plans, random orders of events, all four orders of sets; failures, retries,
 * lost slots, drains and runs that take up another's. The seed of what fails is printed; `engine_model SEED` runs it alone.
 */
#include <stdio.h>
#include <stdlib.h>
#include "testsuite/unit/engine_drive.h"
#include "testsuite/unit/plan_build.h"

enum { SEEDS = 8000 };
static uint64_t swaps, unswaps, stranded, locked;

static void reset_for_reference(struct history *h)
{
	for (size_t i = 0; i < h->cap; i++)
		h->at[i].checked = false;
}

/* What an earlier run finished stays; everything else is open again. */
static void forget_unfinished(struct history *h)
{
	for (size_t i = 0; i < h->cap; i++) {
		h->at[i].start = h->at[i].end = 0;
		h->at[i].touched = false;
		if (h->at[i].fate != FATE_FINISHED)
			h->at[i].fate = FATE_NONE;
	}
}

static bool check_end(const struct plan *p, const struct plan *const *all_flows, struct history *h, const struct driven *run, bool ordered)
{
	struct expected want;

	reset_for_reference(h);
	if (!naive_check(p, all_flows, h, ordered, &want))
		return false;
	if (run->verdict != (want.failed || (p->sinks && !run->published) ? VERDICT_FAILED : VERDICT_DONE)) {
		fprintf(stderr, "verdict %d\n", run->verdict);
		return false;
	}
	if (run->published && run->sinks != want.sinks) {
		fprintf(stderr, "other values in the sinks\n");
		return false;
	}
	return true;
}

/* One slot of each image, and functions of any of them. */
static void give_images(struct plan *p, struct rng *r)
{
	static const char *const image[] = { "a", "b", "c" };

	p->set.slot_image = arena_zalloc(&p->arena, p->set.slots, sizeof *p->set.slot_image);
	for (uint32_t s = 0; s < p->set.slots; s++)
		p->set.slot_image[s] = image[s % 3];
	for (uint32_t f = 0; f < p->funcs; f++)
		if (p->func[f].expr == PLAN_NONE)
			p->func[f].image = image[rng_below(r, p->set.slots < 3 ? p->set.slots : 3)];
}

/* A group for each slot or two, and functions of any of them. */
static void give_groups(struct plan *p, struct rng *r, uint32_t *slot_group)
{
	uint32_t groups = p->set.slots < 3 ? p->set.slots : 3;

	for (uint32_t g = 0; g < groups; g++)
		build_group(p, (struct plan_group){ arena_printf(&p->arena, "g%u", g), 0, p->set.slots });
	for (uint32_t s = 0; s < p->set.slots; s++)
		slot_group[s] = s % groups;
	for (uint32_t f = 0; f < p->funcs; f++)
		if (p->func[f].expr == PLAN_NONE)
			p->func[f].group = rng_below(r, groups);
}

/* States under few locks, several under some, and functions that touch any of them. */
static void give_states(struct plan *p, struct rng *r)
{
	uint32_t locks = 1 + rng_below(r, 4), states = locks + rng_below(r, 4);

	for (uint32_t i = 0; i < states; i++)
		build_state(p, (struct plan_state){ .name = arena_printf(&p->arena, "s%u", i), .type = TYPE_I64, .mode = PLAN_GUARDED, .at = "scratch",
				.lock = arena_printf(&p->arena, "l%u", i % locks) });
	for (uint32_t f = 0; f < p->funcs; f++) {
		p->func[f].first_use = p->uses;
		for (uint32_t i = 0; p->func[f].expr == PLAN_NONE && i < states; i++)
			if (rng_chance(r, 40))
				build_use(p, (struct plan_use){ i, rng_chance(r, 50), PLAN_NONE, PLAN_NONE });
		p->func[f].uses = p->uses - p->func[f].first_use;
	}
}

static bool run_seed(uint64_t seed, const struct plan *const *all_flows, uint64_t *events)
{
	struct rng r = { seed };
	enum plan_order order = seed % 2 ? ORDER_PARALLEL : (enum plan_order)rng_below(&r, 4);
	bool parallel = order == ORDER_PARALLEL, ok;
	struct plans_options po = { .order = order, .failures = rng_chance(&r, 60), .steps_limit = parallel, .size = 3 + rng_below(&r, 40),
		.launches = rng_chance(&r, 40) };
	struct drive_options o = { .seed = seed * 3 + 1, .fail_percent = po.failures ? rng_below(&r, 15) : 0, .retry = parallel,
		.loss_percent = parallel && rng_chance(&r, 30) ? 6 : 0, .noise_percent = rng_below(&r, 30),
		.recall_some = rng_chance(&r, 20), .doubt = parallel && rng_chance(&r, 5), .flows = all_flows };
	struct plan *p = plans_random(&r, &po);
	struct history h = { 0 };
	struct driven run;
	struct buf error = BUF_INIT;
	uint32_t slot_group[8];

	if (rng_chance(&r, 15))
		o.drain_after = 1 + rng_below(&r, 60);
	if (rng_chance(&r, 25))
		o.kill_after = 1 + rng_below(&r, 80);
	if (parallel && !po.launches && rng_chance(&r, 20)) {
		give_images(p, &r);
		o.by_image = true;
	} else if (!po.launches && rng_chance(&r, 40)) {
		o.by_image = plans_give_roles(p, &r);
		o.unswap_percent = rng_chance(&r, 50) ? rng_below(&r, 70) : 0;
	}
	if (parallel && !po.launches && rng_chance(&r, 20)) {
		give_groups(p, &r, slot_group);
		o.slot_group = slot_group;
		p->set.on_list = true;
	}
	if (!po.launches && rng_chance(&r, 30))
		give_states(p, &r);
	if (o.slot_group)
		o.by_image = false;
	if (!o.by_image)
		p->set.slot_image = NULL, p->roles = 0;
	ok = plan_check(p, &error);
	if (!ok)
		fprintf(stderr, "%s\n", buf_str(&error));
	ok = ok && drive(p, &o, &h, &run, NULL);
	*events += ok ? run.events : 0;
	swaps += ok ? run.swaps : 0;
	unswaps += ok ? run.unswaps : 0;
	stranded += ok ? run.stranded : 0;
	locked += ok ? run.locked : 0;
	while (ok && (run.killed || run.verdict == VERDICT_DRAINED || run.verdict == VERDICT_UNCERTAIN)) {
		forget_unfinished(&h);
		o.kill_after = rng_chance(&r, 40) ? 1 + rng_below(&r, 200) : 0;
		o.drain_after = 0;
		o.doubt = false;
		o.loss_percent = 0;
		o.seed++;
		ok = drive(p, &o, &h, &run, NULL);
	}
	ok = ok && check_end(p, all_flows, &h, &run, !parallel);
	if (!ok)
		fprintf(stderr, "engine_model: seed %llu\n", (unsigned long long)seed);
	history_release(&h);
	buf_release(&error);
	plan_free(p);
	return ok;
}

int main(int argc, char **argv)
{
	const struct plan *flows[FLOWS];
	struct plan *own[FLOWS];
	uint64_t events = 0, seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 1, last = argc > 1 ? seed : SEEDS;
	bool ok = true;

	for (uint32_t i = 0; i < FLOWS; i++) {
		struct buf error = BUF_INIT;

		flows[i] = own[i] = plans_flow(i);
		ok = plan_check(own[i], &error) && ok;
		if (error.len)
			fprintf(stderr, "flow %u: %s\n", i, error.p);
		buf_release(&error);
	}
	for (; ok && seed <= last; seed++)
		ok = run_seed(seed, flows, &events);
	for (uint32_t i = 0; i < FLOWS; i++)
		plan_free(own[i]);
	if (ok && argc == 1)
		printf("%d plans, %llu events, %llu swaps, %llu failed, %llu steps without a slot, %llu with locks\n", SEEDS, (unsigned long long)events,
			(unsigned long long)swaps, (unsigned long long)unswaps, (unsigned long long)stranded, (unsigned long long)locked);
	return !ok;
}
