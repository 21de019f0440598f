/*
 * Roles of slots: what each has, which ways to an image are open to it, and what is left to do for each image. A swap that failed sets its
 * way aside for a while, and closes it when it may not be tried again, or failed too often; what a slot came to after all is open again.
 *
 * What will be needed is counted: steps and inner nodes that are there and have not ended, each for the images that it may use.
 */
#include "runtime/engine_roles.h"

#include "base/mem.h"

enum { TRIES = 3, AGAIN_MS = 10000 };	/* of a way; the first wait, doubled each time */

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
	r->way = mem_zalloc((size_t)p->roles + e->options.slots, sizeof *r->way);
	r->role = mem_zalloc(e->options.slots, sizeof *r->role);
	r->before = mem_zalloc(e->options.slots, sizeof *r->before);
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
		r->way[p->roles + s].visits = 1;
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
	mem_free(r->way);
	mem_free(r->role);
	mem_free(r->before);
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

uint32_t roles_kind(const struct engine *e, uint32_t slot, uint32_t role)
{
	return role ? e->roles->kind[role - 1] : e->roles->start[slot];
}

struct way *roles_way(const struct engine *e, uint32_t slot, uint32_t role)
{
	return &e->roles->way[role ? role - 1 : e->p->roles + slot];
}

static bool can_take(const struct engine *e, uint32_t slot, uint32_t role)
{
	const struct roles *r = e->roles;

	if (!r || slot >= e->options.slots)
		return false;
	return role == 0 || (role - 1 >= r->first[slot] && role - 1 < r->first[slot + 1] && e->p->role[role - 1].way == ROLE_SWAP);
}

void roles_used(struct engine *e, uint32_t slot)
{
	e->roles->prepared -= e->roles->fresh[slot];
	e->roles->fresh[slot] = false;
}

void roles_started(struct engine *e, uint32_t slot)
{
	if (e->roles)
		roles_used(e, slot);
}

/* A slot without an image holds nothing of its kind. */
void roles_set(struct engine *e, uint32_t slot, uint32_t role)
{
	struct roles *r = e->roles;
	struct slot *s = &e->slot[slot];

	ready_idle(e, slot, false);
	if (s->state != SLOT_BARE)
		r->holders[s->kind]--;
	r->role[slot] = role;
	s->kind = roles_kind(e, slot, role);
	r->holders[s->kind]++;
}

bool engine_had(struct engine *e, uint32_t slot, uint32_t role, bool changing)
{
	if (!can_take(e, slot, role) || e->state != RUN_NEW)
		return false;
	roles_way(e, slot, role)->visits += changing;
	roles_set(e, slot, role);
	e->roles->swapping -= e->slot[slot].state == SLOT_SWAPPING;
	e->roles->swapping += changing;
	e->slot[slot].state = changing ? SLOT_SWAPPING : SLOT_ABSENT;
	if (!changing)
		e->roles->before[slot] = role;
	return true;
}

bool roles_came(struct engine *e, uint32_t slot, uint32_t role)
{
	struct way *w;

	if (!e->roles)
		return role == 0;
	if (!can_take(e, slot, role))
		return false;
	w = roles_way(e, slot, role);
	e->roles->closed -= w->closed;
	w->closed = false;
	w->fails = 0;
	e->roles->swapping -= e->slot[slot].state == SLOT_SWAPPING;
	if (e->slot[slot].state == SLOT_BARE || e->roles->role[slot] != role)
		roles_set(e, slot, role);
	e->roles->before[slot] = role;
	return true;
}

/* ---- swaps that fail ---- */

static void set_aside(struct engine *e, const struct engine_event *ev)
{
	struct way *w = roles_way(e, ev->slot, ev->role);

	if (!ev->ok || ++w->fails >= TRIES) {
		w->closed = true;
		e->roles->closed++;
	} else {
		w->aside = true;
		engine_act(e, ENGINE_SWAP_TIMER, ev->slot, ev->role);
		e->action[e->action_tail - 1].why = w->fails;
	}
}

uint32_t roles_delay_ms(uint32_t fails)
{
	return (uint32_t)AGAIN_MS << (fails - 1);
}

bool roles_unswapped(struct engine *e, const struct engine_event *ev)
{
	if (!can_take(e, ev->slot, ev->role) || e->slot[ev->slot].state != SLOT_SWAPPING || e->roles->role[ev->slot] != ev->role)
		return false;
	set_aside(e, ev);
	e->roles->swapping--;
	roles_used(e, ev->slot);
	if (ev->kept) {
		roles_set(e, ev->slot, e->roles->before[ev->slot]);
		return slot_on(e, ev->slot, SLOT_ON_STAY);
	}
	e->roles->holders[e->slot[ev->slot].kind]--;
	return slot_on(e, ev->slot, SLOT_ON_STRIP);
}

bool roles_again(struct engine *e, uint32_t slot, uint32_t role)
{
	struct way *w;

	if (!can_take(e, slot, role))
		return false;
	w = roles_way(e, slot, role);
	if (!w->aside)
		return false;
	w->aside = false;
	return true;
}

static bool has_mounted(const struct engine *e, uint32_t slot, uint32_t kind)
{
	for (uint32_t i = e->mounted_start[slot]; i < e->mounted_start[slot + 1]; i++)
		if (e->mounted[i] == kind)
			return true;
	return false;
}

/* Can the slot come to the kind, or have it? */
static bool may_have(const struct engine *e, uint32_t slot, uint32_t kind)
{
	const struct roles *r = e->roles;
	bool alive = e->slot[slot].state != SLOT_BARE, open = r->first[slot] < r->first[slot + 1];

	if (alive && e->slot[slot].kind == kind)
		return true;
	alive = alive || (open && !roles_way(e, slot, 0)->closed);
	if (open && r->start[slot] == kind && !roles_way(e, slot, 0)->closed)
		return true;
	for (uint32_t i = r->first[slot]; i < r->first[slot + 1]; i++) {
		if (e->p->role[i].way != ROLE_SWAP || r->way[i].closed)
			continue;
		if (r->kind[i] == kind)
			return true;
		alive = true;
	}
	return alive && has_mounted(e, slot, kind);
}

bool roles_lost(const struct engine *e, uint32_t kind)
{
	if (!e->roles->closed)
		return false;
	for (uint32_t s = 0; s < e->options.slots; s++)
		if (may_have(e, s, kind))
			return false;
	return true;
}
