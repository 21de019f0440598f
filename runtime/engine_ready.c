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

void ready_init(struct engine *e)
{
	e->slot = mem_zalloc(e->options.slots, sizeof *e->slot);
	for (uint32_t s = 0; s < e->options.slots; s++)
		e->slot[s].step = PLAN_NONE;
	e->kind_of_func = mem_zalloc(e->p->funcs, sizeof *e->kind_of_func);
	e->kinds = 1;
	if (e->options.by_image && e->p->set.slot_image)
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

bool ready_pop(struct engine *e, uint32_t *step, uint32_t *slot)
{
	struct heap *best = NULL;
	uint32_t place = 0;
	bool one = e->order != ORDER_PARALLEL;

	/* One at a time, and in an order that does not depend on how soon the host answers. */
	if (one && (e->count[STEP_RUNNING] || e->count[STEP_ASKED] || e->counting))
		return false;
	for (uint32_t k = 0; k < e->kinds; k++) {
		struct heap *h = &e->ready[k];
		bool free = h->count && idle_slot(e, k, &place);

		if (!h->count || (!free && !one) || (best && !before(e, &h->at[0], &best->at[0])))
			continue;
		best = h;
		*slot = free ? place : PLAN_NONE;
	}
	if (!best || *slot == PLAN_NONE)
		return false;
	*step = heap_pop(e, best);
	return true;
}
