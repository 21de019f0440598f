/* What must hold when a step starts: limits of regions, ranks, slots and their images, rotation, locks. See engine_drive.h. */
#include "testsuite/unit/engine_drive_inner.h"

bool wrong(struct drive *d, const char *what, uint32_t step)
{
	struct buf path = BUF_INIT;

	if (step < d->e->steps)
		engine_path(d->e, step, &path);
	fprintf(stderr, "%s: %s\n", path.p ? path.p : "run", what);
	buf_release(&path);
	d->wrong = true;
	return false;
}

/* Items of one limited region that have running steps. */
void watch_limits(struct drive *d, uint32_t s)
{
	const struct engine *e = d->e;

	for (uint32_t f = e->step[s].frame; e->frame[f].inst != PLAN_NONE; f = e->inst[e->frame[f].inst].frame) {
		uint32_t inst = e->frame[f].inst, limit = d->p->region[e->inst[inst].region].limit, items = 0, seen[64];

		for (uint32_t t = 0; limit && t < d->steps; t++) {
			uint32_t g = e->step[t].frame, k = 0;

			if (d->step[t].state != IS_RUNNING)
				continue;
			while (e->frame[g].inst != PLAN_NONE && e->frame[g].inst != inst)
				g = e->inst[e->frame[g].inst].frame;
			while (k < items && seen[k] != g)
				k++;
			if (e->frame[g].inst == inst && k == items && items < 64)
				seen[items++] = g;
		}
		if (limit && items > limit)
			wrong(d, "runs beyond a limit", s);
	}
}

static void check_rank(struct drive *d, uint32_t s)
{
	for (uint32_t t = 0; t < d->steps; t++)
		if (d->step[t].state == IS_READY && t != s && !d->placed && engine_func(d->e, t)->expr == PLAN_NONE &&
		    (engine_node(d->e, t)->rank > engine_node(d->e, s)->rank ||
		     (engine_node(d->e, t)->rank == engine_node(d->e, s)->rank && t < s)))
			wrong(d, "starts before one of higher rank", s);
}

static bool has_image(const struct drive *d, uint32_t slot, const char *image)
{
	const struct plan *p = d->p;

	if (strcmp(d->role[slot] ? p->role[d->role[slot] - 1].image : p->set.slot_image[slot], image) == 0)
		return true;
	for (uint32_t i = 0; i < p->roles; i++)
		if (p->role[i].slot == slot && p->role[i].way == ROLE_MOUNTED && strcmp(p->role[i].image, image) == 0)
			return true;
	return false;
}

static bool fits_slot(const struct drive *d, uint32_t s, uint32_t slot)
{
	const struct plan_func *f = engine_func(d->e, s);

	return (!d->o->by_image || !d->p->set.slot_image || has_image(d, slot, f->image)) &&
	       (!d->o->slot_group || d->o->slot_group[slot] == f->group);
}

static uint32_t item_frame(const struct engine *e, uint32_t s)
{
	for (uint32_t f = e->step[s].frame; e->frame[f].inst != PLAN_NONE; f = e->inst[e->frame[f].inst].frame)
		if (e->p->node[e->inst[e->frame[f].inst].node].kind == NODE_EACH || e->p->node[e->inst[e->frame[f].inst].node].kind == NODE_STEPS)
			return f;
	return PLAN_NONE;
}

static bool rotates(const struct drive *d, uint32_t s)
{
	const struct engine *e = d->e;

	for (uint32_t f = e->step[s].frame; e->frame[f].inst != PLAN_NONE; f = e->inst[e->frame[f].inst].frame)
		if (d->p->region[e->inst[e->frame[f].inst].region].rotate)
			return true;
	return false;
}

/* An item of an each that rotates has a slot of its own among those that could run its steps. */
static void check_rotation(struct drive *d, const struct engine_action *a)
{
	const struct engine *e = d->e;
	uint32_t fitting[8], count = 0, f = e->step[a->step].frame;

	for (uint32_t i = 0; i < d->p->roles; i++)
		if (d->o->by_image && d->p->role[i].way == ROLE_SWAP)
			return;
	while (e->frame[f].inst != PLAN_NONE && !d->p->region[e->inst[e->frame[f].inst].region].rotate)
		f = e->inst[e->frame[f].inst].frame;
	for (uint32_t s = 0; s < d->slots; s++)
		if (fits_slot(d, a->step, s) && (!d->o->by_image || !d->p->roles || strcmp(d->p->set.slot_image[s], engine_func(e, a->step)->image) == 0))
			fitting[count++] = s;
	if (count == 0)		/* only from mounts: anywhere */
		return;
	if (e->frame[f].inst != PLAN_NONE &&
	    a->slot != fitting[e->frame[f].item % d->p->region[e->inst[e->frame[f].inst].region].rotate % count])
		wrong(d, "starts in another slot than its item's", a->step);
}

/* By group, the steps of one item that one kind of slot runs have one worker; here, each slot is one. */
static void check_binding(struct drive *d, const struct engine_action *a)
{
	const struct engine *e = d->e;
	uint32_t home = item_frame(e, a->step);

	if (!d->o->slot_group || home == PLAN_NONE)
		return;
	for (uint32_t t = 0; t < d->steps; t++)
		if (d->step[t].started && item_frame(e, t) == home && engine_func(e, t)->group == engine_func(e, a->step)->group &&
		    d->step[t].first_slot != a->slot && !rotates(d, t) && !rotates(d, a->step))
			wrong(d, "starts in another slot than its item's other steps", a->step);
}

void watch_slot(struct drive *d, const struct engine_action *a)
{
	if (a->slot >= d->slots || !d->there[a->slot]) {
		wrong(d, "starts in a slot that is not there", a->step);
		return;
	}
	for (uint32_t t = 0; t < d->steps; t++)
		if (d->step[t].state == IS_RUNNING && d->step[t].slot == a->slot)
			wrong(d, "starts in a busy slot", a->step);
	if (!fits_slot(d, a->step, a->slot))
		wrong(d, "starts in a slot of another image or group", a->step);
	check_rotation(d, a);
	check_binding(d, a);
	if (!d->sequential)
		check_rank(d, a->step);
}

/* May the slot still come to an image, or has it? */
static bool may_have(const struct drive *d, uint32_t slot, const char *image)
{
	const struct plan *p = d->p;
	bool alive = !d->bare[slot], swaps = false;

	if (alive && has_image(d, slot, image))
		return true;
	for (uint32_t i = 0; i < p->roles; i++)
		swaps = swaps || p->role[i].slot == slot;
	for (uint32_t role = 0; swaps && role <= p->roles; role++) {
		if (d->way[slot][role].closed || (role && (p->role[role - 1].slot != slot || p->role[role - 1].way != ROLE_SWAP)))
			continue;
		alive = true;
		if (strcmp(role ? p->role[role - 1].image : p->set.slot_image[slot], image) == 0)
			return true;
	}
	for (uint32_t i = 0; alive && i < p->roles; i++)
		if (p->role[i].slot == slot && p->role[i].way == ROLE_MOUNTED && strcmp(p->role[i].image, image) == 0)
			return true;
	return false;
}

void watch_stranded(struct drive *d, const struct engine_action *a)
{
	for (uint32_t s = 0; s < d->slots; s++)
		if (may_have(d, s, engine_func(d->e, a->step)->image))
			wrong(d, "is said to have no slot, but one could run it", a->step);
	d->out->stranded++;
}

static bool share_lock(const struct drive *d, uint32_t s, uint32_t t)
{
	const struct plan *p = d->p;
	const struct plan_func *f = engine_func(d->e, s), *g = engine_func(d->e, t);

	for (uint32_t i = f->first_use; i < f->first_use + f->uses; i++)
		for (uint32_t k = g->first_use; k < g->first_use + g->uses; k++)
			if (*p->state[p->use[i].state].lock && strcmp(p->state[p->use[i].state].lock, p->state[p->use[k].state].lock) == 0)
				return true;
	return false;
}

/* Never two holders, and nobody is passed. */
void watch_locks(struct drive *d, uint32_t s)
{
	for (uint32_t t = 0; engine_func(d->e, s)->uses && t < d->steps; t++) {
		bool runs = d->step[t].state == IS_RUNNING, waits = d->step[t].state == IS_READY && d->step[t].queued < d->step[s].queued;

		if (t != s && (runs || (waits && !d->sequential)) && share_lock(d, s, t))
			wrong(d, runs ? "starts, and another holds its lock" : "passes another that waits for its lock", s);
	}
}
