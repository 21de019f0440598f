/*
 * Which step starts next, and where: a heap of ready steps for each kind of slot, a bit for each idle slot. The key
 * of a step is fixed when it becomes ready; ties of the sequential orders are broken by the text, then by the items.
 */
#include "runtime/engine_parts.h"

#include "base/mem.h"

enum { FAN = 4 };	/* children of a heap's place: shallower than two, and in one cache line */

static const char *slot_image(const struct engine *e, uint32_t slot)
{
	return e->p->set.slot_image[slot];
}

static const char *func_image(const struct engine *e, uint32_t f)
{
	return e->p->func[f].image[0] ? e->p->func[f].image : e->p->set.image;
}

/* Slots of one image are one kind, in the order of their first slots. */
static void find_kinds(struct engine *e)
{
	uint32_t slots = e->p->set.slots, *first = mem_zalloc(slots, sizeof *first);

	e->kinds = 0;
	for (uint32_t s = 0; s < slots; s++) {
		uint32_t k = 0;

		while (k < e->kinds && strcmp(slot_image(e, first[k]), slot_image(e, s)) != 0)
			k++;
		if (k == e->kinds)
			first[e->kinds++] = s;
		if (s < e->options.slots)
			e->slot[s].kind = k;
	}
	for (uint32_t f = 0; f < e->p->funcs; f++)
		for (uint32_t k = 0; k < e->kinds; k++)
			if (strcmp(slot_image(e, first[k]), func_image(e, f)) == 0)
				e->kind_of_func[f] = k;
	mem_free(first);
}

static void find_groups(struct engine *e)
{
	e->kinds = e->p->groups;
	for (uint32_t s = 0; s < e->options.slots; s++)
		e->slot[s].kind = e->options.slot_group[s];
	for (uint32_t f = 0; f < e->p->funcs; f++)
		e->kind_of_func[f] = e->p->func[f].group == PLAN_NONE ? 0 : e->p->func[f].group;
}

void ready_init(struct engine *e)
{
	e->slot = mem_zalloc(e->options.slots, sizeof *e->slot);
	for (uint32_t s = 0; s < e->options.slots; s++)
		e->slot[s].step = PLAN_NONE;
	e->kind_of_func = mem_zalloc(e->p->funcs, sizeof *e->kind_of_func);
	e->kinds = 1;
	if (e->options.slot_group)
		find_groups(e);
	else if (e->options.by_image && e->p->set.slot_image)
		find_kinds(e);
	e->idle_words = (e->options.slots + 63) / 64;
	e->idle = mem_zalloc((size_t)e->kinds * e->idle_words, sizeof *e->idle);
	e->ready = mem_zalloc(e->kinds, sizeof *e->ready);
}

void ready_free(struct engine *e)
{
	for (uint32_t k = 0; e->ready && k < e->kinds; k++)
		mem_free(e->ready[k].at);
	mem_free(e->ready);
	mem_free(e->idle);
	mem_free(e->slot);
	mem_free(e->kind_of_func);
}

void ready_idle(struct engine *e, uint32_t slot, bool idle)
{
	uint64_t *word = &e->idle[e->slot[slot].kind * e->idle_words + slot / 64], bit = UINT64_C(1) << slot % 64;

	*word = idle ? *word | bit : *word & ~bit;
}

static bool idle_slot(const struct engine *e, uint32_t kind, uint32_t *slot)
{
	for (uint32_t w = 0; w < e->idle_words; w++)
		if (e->idle[kind * e->idle_words + w]) {
			*slot = w * 64 + (uint32_t)__builtin_ctzll(e->idle[kind * e->idle_words + w]);
			return true;
		}
	return false;
}

static bool before(const struct engine *e, const struct queued *a, const struct queued *b)
{
	int frames;

	if (a->key != b->key)
		return a->key < b->key;
	if (a->text != b->text)
		return a->text < b->text;
	if (e->order == ORDER_PARALLEL)
		return a->step < b->step;
	frames = frame_compare(e, e->step[a->step].frame, e->step[b->step].frame);
	return frames < 0;
}

static struct queued key_of(const struct engine *e, uint32_t s)
{
	uint32_t n;
	const struct plan_node *node = engine_step_node(e, s, &n);
	struct queued q = { 0, e->shape->text[n], s };

	switch (e->order) {
	case ORDER_PARALLEL:
		q.key = UINT64_MAX - node->rank;
		q.text = 0;
		break;
	case ORDER_DEPTH_FIRST: q.key = UINT64_MAX - e->starts; break;
	case ORDER_BREADTH_FIRST: q.key = e->step[s].in.level; break;
	case ORDER_DEPENDENCY: break;
	}
	return q;
}

void ready_push(struct engine *e, uint32_t s)
{
	struct queued q = key_of(e, s);
	uint32_t n;
	struct heap *h = &e->ready[e->kind_of_func[engine_step_node(e, s, &n)->of]];
	size_t at = h->count++;

	h->at = mem_grow(h->at, &h->cap, h->count, sizeof *h->at);
	while (at && before(e, &q, &h->at[(at - 1) / FAN])) {
		h->at[at] = h->at[(at - 1) / FAN];
		at = (at - 1) / FAN;
	}
	h->at[at] = q;
}

static uint32_t heap_pop(struct engine *e, struct heap *h)
{
	uint32_t top = h->at[0].step;
	struct queued q = h->at[--h->count];
	size_t at = 0;

	for (;;) {
		size_t child = at * FAN + 1, best = child, last = child + FAN < h->count ? child + FAN : h->count;

		if (child >= h->count)
			break;
		while (++child < last)
			if (before(e, &h->at[child], &h->at[best]))
				best = child;
		if (!before(e, &h->at[best], &q))
			break;
		h->at[at] = h->at[best];
		at = best;
	}
	h->at[at] = q;
	return top;
}

/* One at a time, and in an order that does not depend on how soon the host answers. */
static bool must_wait(const struct engine *e)
{
	return e->order != ORDER_PARALLEL && (e->count[STEP_RUNNING] || e->count[STEP_ASKED] || e->counting);
}

/* The kind whose first step goes before the others': of all that have one, or of those that have an idle slot too. */
static uint32_t best_kind(const struct engine *e, bool with_slot, uint32_t *slot)
{
	uint32_t best = PLAN_NONE, place = 0;

	for (uint32_t k = 0; k < e->kinds; k++) {
		const struct heap *h = &e->ready[k];

		if (!h->count || (with_slot && !idle_slot(e, k, &place)) ||
		    (best != PLAN_NONE && !before(e, &h->at[0], &e->ready[best].at[0])))
			continue;
		best = k;
		*slot = place;
	}
	return best;
}

bool ready_pop(struct engine *e, uint32_t *step, uint32_t *slot)
{
	bool parallel = e->order == ORDER_PARALLEL;
	uint32_t kind = must_wait(e) ? PLAN_NONE : best_kind(e, parallel, slot);

	if (kind == PLAN_NONE || (!parallel && !idle_slot(e, kind, slot)))
		return false;
	*step = heap_pop(e, &e->ready[kind]);
	return true;
}

uint32_t engine_waiting(const struct engine *e, uint32_t group)
{
	uint32_t slot;

	if (e->state != RUN_GOING || group >= e->kinds)
		return 0;
	if (e->order == ORDER_PARALLEL)
		return e->ready[group].count > UINT32_MAX ? UINT32_MAX : (uint32_t)e->ready[group].count;
	return !must_wait(e) && best_kind(e, false, &slot) == group;
}
