/*
 * Lists whose length shows only at run time. A length is asked for once for each value, however many eaches go over it;
 * lists that the engine made itself need no question. Lists of unequal length, unreadable ones and ones that
 * exceed what the engine can number fail their each.
 */
#include "runtime/engine_parts.h"

#include "base/mem.h"

struct counted {
	engine_value value;
	uint32_t count, waiting;	/* waiting: first in waiter; PLAN_NONE */
	uint8_t used, known, bad;
};
struct waiter { uint32_t inst, next; };

struct counts {
	struct counted *at;	/* open addressing; cap a power of two, at most half full */
	size_t cap, used;
	struct waiter *waiter;
	size_t waiters, waiter_cap;
};

struct counts *counts_new(void)
{
	return mem_zalloc(1, sizeof(struct counts));
}

void counts_free(struct counts *c)
{
	if (!c)
		return;
	mem_free(c->at);
	mem_free(c->waiter);
	mem_free(c);
}

static struct counted *place_of(struct counted *at, size_t cap, engine_value v)
{
	size_t i = (v * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (cap - 1);

	while (at[i].used && at[i].value != v)
		i = (i + 1) & (cap - 1);
	return &at[i];
}

static void counts_grow(struct counts *c)
{
	size_t cap = c->cap ? c->cap * 2 : 64;
	struct counted *at = mem_zalloc(cap, sizeof *at);

	for (size_t i = 0; i < c->cap; i++)
		if (c->at[i].used)
			*place_of(at, cap, c->at[i].value) = c->at[i];
	mem_free(c->at);
	c->at = at;
	c->cap = cap;
}

static struct counted *counts_find(struct counts *c, engine_value v)
{
	return c->cap && place_of(c->at, c->cap, v)->used ? place_of(c->at, c->cap, v) : NULL;
}

static struct counted *counts_add(struct counts *c, engine_value v)
{
	struct counted *at;

	if (c->used * 2 >= c->cap)
		counts_grow(c);
	at = place_of(c->at, c->cap, v);
	*at = (struct counted){ .value = v, .used = 1, .waiting = PLAN_NONE };
	c->used++;
	return at;
}

static void counts_wait(struct counts *c, struct counted *at, uint32_t inst)
{
	c->waiter = mem_grow(c->waiter, &c->waiter_cap, c->waiters + 1, sizeof *c->waiter);
	c->waiter[c->waiters] = (struct waiter){ inst, at->waiting };
	at->waiting = (uint32_t)c->waiters++;
}

/* ---- an each ---- */

static void each_fail(struct engine *e, uint32_t i, engine_value list)
{
	uint32_t frame = e->inst[i].frame;

	engine_act(e, ENGINE_REGION_FAILED, i, list);
	if (!e->shape->block[e->frame[frame].block].absorbed)
		e->failures++;
	e->inst[i].gate.bad = true;
	e->inst[i].gate.cause = PLAN_NONE;
	inst_kill(e, i);
}

/* The length of one of its lists, once all are known; false: it has none. */
static bool list_count(const struct engine *e, engine_value v, uint32_t *count)
{
	const struct counted *at;

	if (value_count(e, v, count))
		return true;
	at = counts_find(e->counts, v);
	if (!at || at->bad)
		return false;
	*count = at->count;
	return true;
}

static void each_open(struct engine *e, uint32_t i)
{
	const struct plan_region *g = &e->p->region[e->inst[i].region];
	const struct plan_node *n = &e->p->node[g->node];
	uint64_t below = shape_steps(e->shape, g->body, e->frame[e->inst[i].frame].row);
	uint32_t items = 0;

	for (uint32_t k = 0; k < n->args; k++) {
		struct list *list = &e->list[e->inst[i].first_list + k];
		uint32_t count;

		if (!list_count(e, list->value, &count) || (k && count != items) || e->known + count * below > ENGINE_MAX_IDS ||
		    e->frames + count > ENGINE_MAX_IDS) {
			each_fail(e, i, list->value);
			return;
		}
		items = count;
		list->fingerprint = engine_print_value(e, e->p->item[n->first_arg + k], e->inst[i].frame);
	}
	e->known += items * below - below;
	inst_open(e, i, items);
}

void each_begin(struct engine *e, uint32_t i)
{
	const struct plan_node *n = &e->p->node[e->p->region[e->inst[i].region].node];
	uint32_t unknown;

	e->inst[i].first_list = (uint32_t)e->lists;
	e->list = engine_room(e->list, &e->list_cap, e->lists, n->args, sizeof *e->list);
	e->lists += n->args;
	e->inst[i].gate.waits = 1;
	for (uint32_t k = 0; k < n->args; k++) {
		engine_value v = value_handle(e, e->p->item[n->first_arg + k], e->inst[i].frame);
		struct counted *at;

		e->list[e->inst[i].first_list + k].value = v;
		if (value_count(e, v, &unknown))
			continue;
		at = counts_find(e->counts, v);
		if (!at) {
			at = counts_add(e->counts, v);
			engine_act(e, ENGINE_COUNT, v, 0);
			e->counting++;
		}
		if (!at->known) {
			counts_wait(e->counts, at, i);
			e->inst[i].gate.waits++;
		}
	}
	if (--e->inst[i].gate.waits == 0)
		each_open(e, i);
}

bool each_counted(struct engine *e, engine_value v, uint32_t count, bool ok)
{
	struct counted *at = counts_find(e->counts, v);

	if (!at || at->known)
		return false;
	at->known = 1;
	at->bad = !ok;
	at->count = count;
	e->counting--;
	for (uint32_t w = at->waiting; w != PLAN_NONE; w = e->counts->waiter[w].next)
		if (--e->inst[e->counts->waiter[w].inst].gate.waits == 0)
			each_open(e, e->counts->waiter[w].inst);
	return true;
}
