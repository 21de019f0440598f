/*
 * Which step starts next, and where: heaps of ready steps, a bit for each idle slot. Slots of one group and image are one kind; a
 * kind's workers are its spots, of which an each that rotates names one for each item; expressions need no slot. The key
 * of a step is fixed when it becomes ready; ties of the sequential orders are broken by the text, then by the items.
 */
#include "runtime/engine_parts.h"

#include "base/mem.h"

enum { FAN = 4 };	/* children of a heap's place: shallower than two, and in one cache line */

/* ---- kinds and spots ---- */

struct place { uint32_t group, worker, slot; const char *image; };	/* of a slot */

static struct place slot_place(const struct engine *e, uint32_t s)
{
	const struct engine_options *o = &e->options;
	bool by_image = o->by_image && e->p->set.slot_image;

	return (struct place){ .group = o->slot_group ? o->slot_group[s] : PLAN_NONE, .worker = o->slot_worker ? o->slot_worker[s] : s, .slot = s,
		.image = by_image ? e->p->set.slot_image[s % e->p->set.slots] : "" };
}

static struct place func_place(const struct engine *e, const struct plan_func *func, uint32_t group)
{
	bool by_image = e->options.by_image && e->p->set.slot_image;

	return (struct place){ .group = e->options.slot_group ? group : PLAN_NONE,
		.image = !by_image ? "" : func->image[0] ? func->image : e->p->set.image };
}

static int compare_kind(const struct place *a, const struct place *b)
{
	return a->group != b->group ? (a->group < b->group ? -1 : 1) : strcmp(a->image, b->image);
}

static int compare_place(const void *x, const void *y)
{
	const struct place *a = x, *b = y;
	int kind = compare_kind(a, b);

	if (kind)
		return kind;
	if (a->worker != b->worker)
		return a->worker < b->worker ? -1 : 1;
	return a->slot < b->slot ? -1 : a->slot > b->slot;
}

/* The kind of slots in which the function could run; PLAN_NONE. */
static uint32_t kind_for(const struct engine *e, const struct plan_func *func, uint32_t group)
{
	struct place wanted = func_place(e, func, group);

	for (uint32_t i = 0, kind = 0; i < e->places; i++) {
		kind += i && compare_kind(&e->place[i - 1], &e->place[i]) != 0;
		if (compare_kind(&e->place[i], &wanted) == 0)
			return kind;
	}
	return PLAN_NONE;
}

bool ready_has_slot(const struct engine *e, const struct plan_func *f, const char *group)
{
	return kind_for(e, f, group ? plan_group_named(e->p, group) : PLAN_NONE) != PLAN_NONE;
}

uint32_t ready_kind_of(const struct engine *e, const char *image)
{
	return kind_for(e, &(struct plan_func){ .image = image }, PLAN_NONE);
}

/* A function without a slot that it could run in gets the first kind: plan_check sees to it that none is called. */
static void kind_of_funcs(struct engine *e)
{
	e->kind_of_func = mem_grow(e->kind_of_func, &e->kind_cap, e->p->funcs, sizeof *e->kind_of_func);
	for (; e->kind_funcs < e->p->funcs; e->kind_funcs++) {
		const struct plan_func *f = &e->p->func[e->kind_funcs];
		uint32_t kind = kind_for(e, f, f->group);

		e->kind_of_func[e->kind_funcs] = f->expr != PLAN_NONE ? e->kinds : kind == PLAN_NONE ? 0 : kind;
	}
}

/* Images that slots have mounted or may be given are places without a slot, behind the slots of their kind. */
static uint32_t role_places(const struct engine *e, struct place *at)
{
	uint32_t count = 0;

	for (uint32_t i = 0; e->options.by_image && i < e->p->roles; i++)
		at[count++] = (struct place){ PLAN_NONE, UINT32_MAX, PLAN_NONE, e->p->role[i].image };
	return count;
}

static void find_kinds(struct engine *e)
{
	struct place *at = e->place = mem_zalloc((size_t)e->options.slots + e->p->roles, sizeof *at);
	uint32_t spots = 0;

	for (uint32_t s = 0; s < e->options.slots; s++)
		at[s] = slot_place(e, s);
	e->places = e->options.slots + role_places(e, at + e->options.slots);
	if (e->places)
		qsort(at, e->places, sizeof *at, compare_place);
	e->spot_start = mem_zalloc((size_t)e->places + 2, sizeof *e->spot_start);
	e->kinds = 0;
	for (uint32_t i = 0; i < e->places; i++) {
		bool kind = i == 0 || compare_kind(&at[i - 1], &at[i]) != 0;

		if (kind)
			e->spot_start[e->kinds++] = spots;
		if (at[i].slot == PLAN_NONE)
			continue;
		spots += kind || at[i - 1].worker != at[i].worker;
		e->slot[at[i].slot].kind = e->kinds - 1;
		e->slot[at[i].slot].spot = spots - 1;
	}
	e->kinds += !e->kinds;
	e->spot_start[e->kinds] = spots;
}

static void find_mounted(struct engine *e)
{
	const struct plan *p = e->p;
	uint32_t count = 0;

	if (!e->options.by_image || !p->roles || e->options.slots > p->set.slots)
		return;
	e->mounted_start = mem_zalloc((size_t)e->options.slots + 1, sizeof *e->mounted_start);
	e->mounted = mem_zalloc(p->roles, sizeof *e->mounted);
	for (uint32_t s = 0, i = 0; s < e->options.slots; s++) {
		for (; i < p->roles && p->role[i].slot == s; i++)
			if (p->role[i].way == ROLE_MOUNTED)
				e->mounted[count++] = ready_kind_of(e, p->role[i].image);
		e->mounted_start[s + 1] = count;
	}
}

static uint32_t heaps(const struct engine *e)
{
	return e->kinds + 1 + e->spot_start[e->kinds];
}

void ready_init(struct engine *e)
{
	e->slot = mem_zalloc(e->options.slots, sizeof *e->slot);
	for (uint32_t s = 0; s < e->options.slots; s++)
		e->slot[s].step = PLAN_NONE;
	e->group_ready = mem_zalloc(e->p->groups, sizeof *e->group_ready);
	find_kinds(e);
	find_mounted(e);
	e->binds = e->options.slot_group ? binds_new() : NULL;
	e->idle_words = (e->options.slots + 63) / 64;
	e->idle = mem_zalloc((size_t)e->kinds * e->idle_words, sizeof *e->idle);
	e->ready = mem_zalloc(heaps(e), sizeof *e->ready);
	ready_more(e);
	roles_init(e);
}

void ready_more(struct engine *e)
{
	kind_of_funcs(e);
	roles_more(e);
	for (uint32_t r = 0; r < e->p->regions; r++)
		e->rotates = e->rotates || e->p->region[r].rotate;
}

void ready_free(struct engine *e)
{
	for (uint32_t k = 0; e->ready && k < heaps(e); k++)
		mem_free(e->ready[k].at);
	mem_free(e->ready);
	mem_free(e->idle);
	mem_free(e->slot);
	mem_free(e->kind_of_func);
	mem_free(e->group_ready);
	mem_free(e->spot_start);
	mem_free(e->place);
	mem_free(e->mounted_start);
	mem_free(e->mounted);
	binds_free(e->binds);
}

bool ready_needs_slot(const struct engine *e, uint32_t s)
{
	return engine_func(e, s)->expr == PLAN_NONE;
}

static void set_idle(struct engine *e, uint32_t slot, uint32_t kind, bool idle)
{
	uint64_t *word = &e->idle[kind * e->idle_words + slot / 64], bit = UINT64_C(1) << slot % 64;

	*word = idle ? *word | bit : *word & ~bit;
}

void ready_idle(struct engine *e, uint32_t slot, bool idle)
{
	set_idle(e, slot, e->slot[slot].kind, idle);
	for (uint32_t i = e->mounted_start ? e->mounted_start[slot] : 0; e->mounted_start && i < e->mounted_start[slot + 1]; i++)
		set_idle(e, slot, e->mounted[i], idle);
}

/* An idle slot of a kind, or of one spot of it; one with a mount only where there is no other. */
static bool idle_slot(const struct engine *e, uint32_t kind, uint32_t spot, uint32_t *slot)
{
	bool found = false;

	for (uint32_t w = 0; w < e->idle_words; w++)
		for (uint64_t bits = e->idle[kind * e->idle_words + w]; bits; bits &= bits - 1) {
			uint32_t s = w * 64 + (uint32_t)__builtin_ctzll(bits);

			if (spot != PLAN_NONE && e->slot[s].spot != spot)
				continue;
			if (!found || e->slot[s].kind == kind)
				*slot = s;
			found = true;
			if (e->slot[s].kind == kind)
				return true;
		}
	return found;
}

/* ---- order ---- */

/*
 * Where a step stands in the text, outermost first: the nodes that launched what it is in, and itself. Positions count within each
 * flow, so that what one item launches is in the same order as what another does, whichever came first.
 */
struct text { uint32_t at[PLAN_MAX_DEPTH + 1], count; };

static void find_text(const struct engine *e, uint32_t s, struct text *t)
{
	uint32_t n;

	engine_step_node(e, s, &n);
	t->count = 0;
	t->at[t->count++] = e->shape->text[n];
	for (uint32_t f = e->step[s].frame; e->frame[f].inst != PLAN_NONE; f = e->inst[e->frame[f].inst].frame) {
		n = e->inst[e->frame[f].inst].node;
		if (e->p->node[n].kind == NODE_LAUNCH)
			t->at[t->count++] = e->shape->text[n];
	}
}

static int compare_text(const struct engine *e, uint32_t a, uint32_t b)
{
	struct text x, y;

	find_text(e, a, &x);
	find_text(e, b, &y);
	while (x.count && y.count)
		if (x.at[--x.count] != y.at[--y.count])
			return x.at[x.count] < y.at[y.count] ? -1 : 1;
	return x.count < y.count ? -1 : x.count > y.count;
}

static bool before(const struct engine *e, const struct queued *a, const struct queued *b)
{
	int frames, text;

	if (a->key != b->key)
		return a->key < b->key;
	if (a->text != b->text)
		return a->text < b->text;
	if (e->order == ORDER_PARALLEL)
		return a->step < b->step;
	text = e->owns_plan ? compare_text(e, a->step, b->step) : 0;
	if (text)
		return text < 0;
	frames = frame_compare(e, e->step[a->step].frame, e->step[b->step].frame);
	return frames ? frames < 0 : a->step < b->step;
}

bool ready_before(const struct engine *e, uint32_t heap, uint32_t other)
{
	return before(e, &e->ready[heap].at[0], &e->ready[other].at[0]);
}

static struct queued key_of(const struct engine *e, uint32_t s)
{
	uint32_t n;
	const struct plan_node *node = engine_step_node(e, s, &n);
	struct queued q = { 0, e->shape->text[n], s };
	struct text text;

	if (e->owns_plan) {
		find_text(e, s, &text);
		q.text = text.at[text.count - 1];
	}
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

static uint32_t group_of(const struct engine *e, uint32_t s)
{
	return e->p->groups ? engine_func(e, s)->group : PLAN_NONE;
}

/* The heap that a step waits in: its kind's, or its spot's when an each around it rotates. */
static uint32_t heap_of(const struct engine *e, uint32_t s)
{
	uint32_t n, kind = e->kind_of_func[engine_step_node(e, s, &n)->of], spots;

	if (kind == e->kinds || (!e->rotates && !e->binds) || e->roles)	/* whoever gets the image does it */
		return kind;
	spots = e->spot_start[kind + 1] - e->spot_start[kind];
	for (uint32_t f = e->rotates ? e->step[s].frame : 0; e->frame[f].inst != PLAN_NONE; f = e->inst[e->frame[f].inst].frame) {
		uint32_t rotate = e->p->region[e->inst[e->frame[f].inst].region].rotate;

		if (rotate && spots)
			return e->kinds + 1 + e->spot_start[kind] + e->frame[f].item % rotate % spots;
	}
	n = e->binds && spots > 1 ? bind_spot(e, s, kind) : PLAN_NONE;
	return n == PLAN_NONE ? kind : e->kinds + 1 + n;
}

void ready_push(struct engine *e, uint32_t s)
{
	struct queued q = key_of(e, s);
	uint32_t heap = heap_of(e, s);
	struct heap *h = &e->ready[heap];
	size_t at = h->count++;

	if (heap <= e->kinds && group_of(e, s) != PLAN_NONE)
		e->group_ready[group_of(e, s)]++;
	e->rotating += heap > e->kinds;
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

/* Where the first step of a heap could start now. */
static bool has_place(const struct engine *e, uint32_t heap, uint32_t kind, uint32_t *slot)
{
	*slot = PLAN_NONE;
	if (heap == e->kinds)
		return true;
	return idle_slot(e, kind, heap > e->kinds ? heap - e->kinds - 1 : PLAN_NONE, slot);
}

/* One at a time, and in an order that does not depend on how soon the host answers. */
bool ready_must_wait(const struct engine *e)
{
	return e->order != ORDER_PARALLEL && (e->count[STEP_RUNNING] || e->count[STEP_ASKED] || e->asking);
}

/* The heap whose first step goes before the others': of all that have one, or of those that have an idle slot, too. */
static uint32_t best_heap(const struct engine *e, bool with_slot, uint32_t *slot)
{
	uint32_t best = PLAN_NONE, place = PLAN_NONE, last = e->rotating ? heaps(e) : e->kinds + 1, kind = 0;

	for (uint32_t k = 0; k < last; k++) {
		const struct heap *h = &e->ready[k];

		if (k > e->kinds)	/* spots stand kind by kind */
			while (k - e->kinds - 1 >= e->spot_start[kind + 1])
				kind++;
		if (!h->count || (with_slot && !has_place(e, k, k > e->kinds ? kind : k, &place)) ||
		    (best != PLAN_NONE && !before(e, &h->at[0], &e->ready[best].at[0])))
			continue;
		best = k;
		*slot = place;
	}
	return best;
}

uint32_t ready_take(struct engine *e, uint32_t heap)
{
	uint32_t step, group;

	e->rotating -= heap > e->kinds;
	step = heap_pop(e, &e->ready[heap]);
	group = group_of(e, step);
	if (heap <= e->kinds && group != PLAN_NONE)
		e->group_ready[group]--;
	return step;
}

/* Since it was queued, another step of its item has started elsewhere: it waits for that place. */
static bool moves(struct engine *e, uint32_t heap, uint32_t *step)
{
	uint32_t to = e->binds && heap < e->kinds ? heap_of(e, e->ready[heap].at[0].step) : heap;

	if (to == heap)
		return false;
	*step = ready_take(e, heap);
	ready_push(e, *step);
	return true;
}

bool ready_pop(struct engine *e, uint32_t *step, uint32_t *slot)
{
	bool parallel = e->order == ORDER_PARALLEL;
	uint32_t heap;

	if (ready_must_wait(e))
		return false;
	do {
		heap = best_heap(e, parallel, slot);
		if (heap == PLAN_NONE)
			return false;
	} while (moves(e, heap, step));
	if (!parallel && !has_place(e, heap, e->kind_of_func[engine_node(e, e->ready[heap].at[0].step)->of], slot))
		return false;
	*step = ready_take(e, heap);
	if (e->binds && *slot != PLAN_NONE)
		bind_to(e, *step, e->slot[*slot].kind, e->slot[*slot].spot);
	return true;
}

/* Steps of a group that wait for a spot of which no worker is there: they would start if one came. */
static uint32_t waiting_for_spots(const struct engine *e, uint32_t group)
{
	uint32_t spots = e->spot_start[e->kinds], waiting = 0;
	bool *there = mem_zalloc(spots, sizeof *there);

	for (uint32_t i = 0; i < e->options.slots; i++)
		if (e->slot[i].state != SLOT_ABSENT)
			there[e->slot[i].spot] = true;
	for (uint32_t spot = 0; spot < spots; spot++) {
		const struct heap *h = &e->ready[e->kinds + 1 + spot];

		if (h->count && !there[spot] && group_of(e, h->at[0].step) == group)
			waiting += (uint32_t)h->count;
	}
	mem_free(there);
	return waiting;
}

uint32_t engine_waiting_for(const struct engine *e, uint32_t slot)
{
	const struct heap *h = &e->ready[e->kinds + 1 + e->slot[slot].spot];

	if (e->state != RUN_GOING || e->order != ORDER_PARALLEL || !e->rotating || !h->count)
		return 0;
	for (uint32_t i = 0; i < e->options.slots; i++)
		if (e->slot[i].spot == e->slot[slot].spot && e->slot[i].state != SLOT_ABSENT)
			return 0;
	return (uint32_t)h->count;
}

uint32_t engine_waiting(const struct engine *e, uint32_t group)
{
	uint32_t slot, heap;

	if (e->state != RUN_GOING || group >= e->p->groups)
		return 0;
	if (e->order == ORDER_PARALLEL)
		return e->group_ready[group] + (e->rotating ? waiting_for_spots(e, group) : 0);
	heap = ready_must_wait(e) ? PLAN_NONE : best_heap(e, false, &slot);
	return heap != PLAN_NONE && group_of(e, e->ready[heap].at[0].step) == group;
}
