/*
 * Roles of slots: which slot gives up its image for another, and when. What is swapped for, first to last: an image that ready steps
 * wait for and no slot has; one that will be needed next (`ahead`); one whose slots are all busy. A slot gives up an image that will be
 * needed again only when nothing else can go on, so that whoever gets the slot starts a step before it changes once more: no swap is
 * without gain, and steps are finite. Images that a slot had before come last: the kubelet makes such a return wait.
 *
 * What will be needed is counted: steps and inner nodes that are there and have not ended, each for the images that it may use.
 */
#include "runtime/engine_parts.h"

#include "base/mem.h"

struct roles {
	uint32_t *first;	/* of each slot, and one more: its rows in plan.role */
	uint32_t *kind;		/* of each row of plan.role */
	uint32_t *start;	/* kind that each slot starts with */
	uint32_t *visits;	/* of each row, then of each slot's start */
	uint32_t *left;		/* of each kind: what is there and has not ended */
	uint32_t *holders;	/* of each kind: slots that have it, or get it */
	uint32_t *text;		/* of each kind: where its first call stands */
	bool *fresh;		/* of each slot: swapped ahead, and nothing has started there since */
	uint32_t prepared;	/* how many are fresh */
	uint32_t swapping;
	uint32_t words;		/* of a set of kinds */
	uint64_t *within;	/* of each node: kinds that its bodies may use */
	size_t within_cap;
	uint32_t nodes;
};

/* ---- what each node may use ---- */

static void add_kind(struct roles *r, uint32_t node, uint32_t kind)
{
	r->within[(size_t)node * r->words + kind / 64] |= UINT64_C(1) << kind % 64;
}

/* A launch may bring any function. */
static void add_all(struct roles *r, uint32_t node, uint32_t kinds)
{
	for (uint32_t k = 0; k < kinds; k++)
		add_kind(r, node, k);
}

static void note_call(struct engine *e, uint32_t node)
{
	struct roles *r = e->roles;
	uint32_t kind = e->kind_of_func[e->p->node[node].of], outer = e->p->block[e->p->node[node].block].node;

	if (kind == e->kinds)
		return;
	if (e->shape->text[node] < r->text[kind])
		r->text[kind] = e->shape->text[node];
	for (; outer != PLAN_NONE; outer = e->p->block[e->p->node[outer].block].node) {
		uint64_t *word = &r->within[(size_t)outer * r->words + kind / 64], bit = UINT64_C(1) << kind % 64;

		if (*word & bit)
			return;		/* and so have those around it */
		*word |= bit;
	}
}

void roles_more(struct engine *e)
{
	struct roles *r = e->roles;
	uint32_t had = r ? r->nodes : 0;

	if (!r)
		return;
	r->within = mem_grow(r->within, &r->within_cap, (size_t)e->p->nodes * r->words, sizeof *r->within);
	memset(r->within + (size_t)had * r->words, 0, (size_t)(e->p->nodes - had) * r->words * sizeof *r->within);
	for (uint32_t n = had; n < e->p->nodes; n++)	/* those that launch keep what they were counted for */
		if (e->p->node[n].kind == NODE_LAUNCH)
			for (uint32_t outer = n; outer != PLAN_NONE; outer = e->p->block[e->p->node[outer].block].node)
				add_all(r, outer, e->kinds);
	for (uint32_t n = had; n < e->p->nodes; n++)
		if (e->p->node[n].kind == NODE_CALL)
			note_call(e, n);
	r->nodes = e->p->nodes;
}

/* ---- life ---- */

void roles_init(struct engine *e)
{
	const struct plan *p = e->p;
	struct roles *r;
	bool swaps = false;

	for (uint32_t i = 0; i < p->roles; i++)
		swaps = swaps || p->role[i].way == ROLE_SWAP;
	if (!swaps || !e->options.by_image || e->options.slots > p->set.slots)
		return;
	r = e->roles = mem_zalloc(1, sizeof *r);
	r->words = (e->kinds + 63) / 64;
	r->first = mem_zalloc((size_t)e->options.slots + 1, sizeof *r->first);
	r->kind = mem_zalloc(p->roles, sizeof *r->kind);
	r->start = mem_zalloc(e->options.slots, sizeof *r->start);
	r->fresh = mem_zalloc(e->options.slots, sizeof *r->fresh);
	r->visits = mem_zalloc((size_t)p->roles + e->options.slots, sizeof *r->visits);
	r->left = mem_zalloc(e->kinds, sizeof *r->left);
	r->holders = mem_zalloc(e->kinds, sizeof *r->holders);
	r->text = mem_zalloc(e->kinds, sizeof *r->text);
	memset(r->text, 0xff, e->kinds * sizeof *r->text);
	for (uint32_t i = 0, slot = 0; slot <= e->options.slots; slot++) {
		while (i < p->roles && p->role[i].slot < slot)
			i++;
		r->first[slot] = i;
	}
	for (uint32_t i = 0; i < p->roles; i++)
		r->kind[i] = ready_kind_of(e, p->role[i].image);
	for (uint32_t s = 0; s < e->options.slots; s++) {
		r->start[s] = e->slot[s].kind;
		r->visits[p->roles + s] = 1;
		r->holders[e->slot[s].kind]++;
		for (uint32_t i = r->first[s]; i < r->first[s + 1]; i++)
			r->holders[r->kind[i]] += p->role[i].way == ROLE_MOUNTED;
	}
	roles_more(e);
}

void roles_free(struct engine *e)
{
	struct roles *r = e->roles;

	if (!r)
		return;
	mem_free(r->first);
	mem_free(r->kind);
	mem_free(r->start);
	mem_free(r->fresh);
	mem_free(r->visits);
	mem_free(r->left);
	mem_free(r->holders);
	mem_free(r->text);
	mem_free(r->within);
	mem_free(r);
	e->roles = NULL;
}

/* ---- what is left to do ---- */

void roles_step(struct engine *e, uint32_t node, bool ends)
{
	uint32_t kind;

	if (!e->roles)
		return;
	kind = e->kind_of_func[e->p->node[node].of];
	if (kind < e->kinds)
		e->roles->left[kind] += ends ? UINT32_MAX : 1;
}

void roles_inner(struct engine *e, uint32_t node, bool ends)
{
	struct roles *r = e->roles;

	for (uint32_t w = 0; r && w < r->words; w++)
		for (uint64_t bits = r->within[(size_t)node * r->words + w]; bits; bits &= bits - 1)
			r->left[w * 64 + (uint32_t)__builtin_ctzll(bits)] += ends ? UINT32_MAX : 1;
}

/* ---- what slots have ---- */

static uint32_t kind_of_role(const struct engine *e, uint32_t slot, uint32_t role)
{
	return role ? e->roles->kind[role - 1] : e->roles->start[slot];
}

static uint32_t *visits_of(const struct engine *e, uint32_t slot, uint32_t role)
{
	return &e->roles->visits[role ? role - 1 : e->p->roles + slot];
}

static bool can_take(const struct engine *e, uint32_t slot, uint32_t role)
{
	const struct roles *r = e->roles;

	if (!r || slot >= e->options.slots)
		return false;
	return role == 0 || (role - 1 >= r->first[slot] && role - 1 < r->first[slot + 1] && e->p->role[role - 1].way == ROLE_SWAP);
}

bool engine_visited(struct engine *e, uint32_t slot, uint32_t role)
{
	if (!can_take(e, slot, role))
		return false;
	++*visits_of(e, slot, role);
	return true;
}

static void used(struct engine *e, uint32_t slot)
{
	e->roles->prepared -= e->roles->fresh[slot];
	e->roles->fresh[slot] = false;
}

static void set_kind(struct engine *e, uint32_t slot, uint32_t kind)
{
	struct slot *s = &e->slot[slot];

	if (s->kind == kind)
		return;
	ready_idle(e, slot, false);
	e->roles->holders[s->kind]--;
	e->roles->holders[kind]++;
	s->kind = kind;
}

bool roles_came(struct engine *e, uint32_t slot, uint32_t role)
{
	if (!e->roles)
		return role == 0;
	if (!can_take(e, slot, role))
		return false;
	if (e->slot[slot].state == SLOT_SWAPPING)
		e->roles->swapping--;
	set_kind(e, slot, kind_of_role(e, slot, role));
	return true;
}

void roles_started(struct engine *e, uint32_t slot)
{
	if (e->roles)
		used(e, slot);
}

/* ---- who changes ---- */

/* How well a slot would do for an image; the least of all, in the order of the members. */
struct bid {
	uint32_t visits;	/* of this image in this slot */
	uint32_t kept;		/* what its own image still has to do */
	uint32_t slot, role;
};

static bool better(const struct bid *a, const struct bid *b)
{
	if (b->slot == PLAN_NONE || a->visits != b->visits)
		return b->slot == PLAN_NONE || a->visits < b->visits;
	return a->kept != b->kept ? a->kept < b->kept : a->slot < b->slot;
}

/* The slot's image is not needed any more, or not here. */
static bool is_free(const struct engine *e, uint32_t slot)
{
	uint32_t kind = e->slot[slot].kind;

	return e->roles->left[kind] == 0 || (e->roles->holders[kind] > 1 && e->ready[kind].count == 0);
}

static uint32_t role_for(const struct engine *e, uint32_t slot, uint32_t kind)
{
	const struct roles *r = e->roles;

	if (r->first[slot] == r->first[slot + 1])
		return PLAN_NONE;
	if (r->start[slot] == kind)
		return 0;
	for (uint32_t i = r->first[slot]; i < r->first[slot + 1]; i++)
		if (r->kind[i] == kind && e->p->role[i].way == ROLE_SWAP)
			return i + 1;
	return PLAN_NONE;
}

enum whom { DONE_WITH, FREE, ANY };	/* slots whose image has nothing left to do; those that are free; all */

static struct bid best_slot(const struct engine *e, uint32_t kind, enum whom whom, uint32_t most_visits)
{
	struct bid best = { .slot = PLAN_NONE };

	for (uint32_t s = 0; s < e->options.slots; s++) {
		struct bid b = { 0, e->roles->left[e->slot[s].kind], s, PLAN_NONE };

		if (e->slot[s].state != SLOT_IDLE || e->slot[s].kind == kind || (whom == FREE && !is_free(e, s)) || (whom == DONE_WITH && b.kept))
			continue;
		b.role = role_for(e, s, kind);
		if (b.role == PLAN_NONE)
			continue;
		b.visits = *visits_of(e, s, b.role);
		if (b.visits <= most_visits && better(&b, &best))
			best = b;
	}
	return best;
}

static bool swap(struct engine *e, const struct bid *b, bool ahead)
{
	struct roles *r = e->roles;

	if (b->slot == PLAN_NONE)
		return false;
	used(e, b->slot);
	r->fresh[b->slot] = ahead;
	r->prepared += ahead;
	r->swapping++;
	++*visits_of(e, b->slot, b->role);
	slot_on(e, b->slot, SLOT_ON_SWAP);
	set_kind(e, b->slot, kind_of_role(e, b->slot, b->role));
	engine_act(e, ENGINE_SWAP, b->slot, b->role);
	return true;
}

/* Of the kinds with ready steps that `wanted` takes, the one whose first step comes before the others'; PLAN_NONE. */
static uint32_t first_ready(const struct engine *e, bool (*wanted)(const struct engine *e, uint32_t kind))
{
	uint32_t best = PLAN_NONE;

	for (uint32_t k = 0; k < e->kinds; k++)
		if (e->ready[k].count && wanted(e, k) && (best == PLAN_NONE || ready_before(e, k, best)))
			best = k;
	return best;
}

static bool any(const struct engine *e, uint32_t kind)
{
	(void)e;
	(void)kind;
	return true;
}

static bool has_no_slot(const struct engine *e, uint32_t kind)
{
	return e->roles->holders[kind] == 0;
}

static bool could_be_helped(const struct engine *e, uint32_t kind)
{
	return e->roles->holders[kind] > 0 && best_slot(e, kind, DONE_WITH, 0).slot != PLAN_NONE;
}

/* Nothing that could make the wait end is under way. */
static bool stands_still(const struct engine *e)
{
	return !e->count[STEP_RUNNING] && !e->count[STEP_ASKED] && !e->count[STEP_BACKOFF] && !e->asking && !e->roles->swapping;
}

static bool swap_for_need(struct engine *e)
{
	bool sequential = e->order != ORDER_PARALLEL;
	uint32_t kind = first_ready(e, sequential ? any : has_no_slot);
	struct bid b;

	if (sequential && (e->count[STEP_RUNNING] || e->count[STEP_ASKED] || e->asking))
		return false;		/* which comes next is not certain yet */
	if (kind == PLAN_NONE || !has_no_slot(e, kind) || (sequential && e->ready[e->kinds].count && ready_before(e, e->kinds, kind)))
		return false;
	b = best_slot(e, kind, FREE, UINT32_MAX);
	if (b.slot == PLAN_NONE && stands_still(e))
		b = best_slot(e, kind, ANY, UINT32_MAX);
	return swap(e, &b, false);
}

/* The image without a slot whose first call comes first in the text, of those that something is left for. */
static uint32_t next_needed(const struct engine *e)
{
	const struct roles *r = e->roles;
	uint32_t best = PLAN_NONE;

	for (uint32_t k = 0; k < e->kinds; k++)
		if (r->left[k] && !r->holders[k] && (best == PLAN_NONE || r->text[k] < r->text[best]))
			best = k;
	return best;
}

static bool swap_ahead(struct engine *e)
{
	uint32_t kind = e->roles->prepared < e->p->set.ahead ? next_needed(e) : PLAN_NONE;
	struct bid b;

	if (kind == PLAN_NONE)
		return false;
	b = best_slot(e, kind, FREE, UINT32_MAX);
	return swap(e, &b, true);
}

/* A slot that would idle from now on joins those that have more to do than they can: where it never was before. */
static bool swap_to_help(struct engine *e)
{
	uint32_t kind = e->order == ORDER_PARALLEL ? first_ready(e, could_be_helped) : PLAN_NONE;
	uint32_t coming = 0;
	struct bid b;

	if (kind == PLAN_NONE)
		return false;
	for (uint32_t s = 0; s < e->options.slots; s++)
		coming += e->slot[s].state == SLOT_SWAPPING && e->slot[s].kind == kind;
	if (coming >= e->ready[kind].count)
		return false;
	b = best_slot(e, kind, DONE_WITH, 0);
	return swap(e, &b, false);
}

bool roles_next(struct engine *e)
{
	return e->roles && (swap_for_need(e) || swap_ahead(e) || swap_to_help(e));
}
