/*
 * Which slot gives up its image for another, and when. What is swapped for, first to last: an image that ready steps wait for and no
 * slot has; one that will be needed next (`ahead`); one whose slots are all busy; any, for a slot that lost its image to a swap that
 * failed: containers behind it wait for it. A slot gives up an image that will be needed again only when nothing else can go on, so that
 * whoever gets the slot starts a step before it changes once more: no swap is without gain, and steps are finite. Images that a slot had
 * before come last: the kubelet makes such a return wait. Steps of an image that no slot will ever have again fail.
 */
#include "runtime/engine_roles.h"

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

	if (e->slot[slot].state == SLOT_BARE)
		return true;
	return e->roles->left[kind] == 0 || (e->roles->holders[kind] > 1 && e->ready[kind].count == 0);
}

static bool is_open(const struct engine *e, uint32_t slot, uint32_t role)
{
	const struct way *w = roles_way(e, slot, role);

	return !w->aside && !w->closed;
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
		bool bare = e->slot[s].state == SLOT_BARE;
		struct bid b = { 0, bare ? 0 : e->roles->left[e->slot[s].kind], s, PLAN_NONE };

		if ((e->slot[s].state != SLOT_IDLE && !bare) || (e->slot[s].kind == kind && !bare) || (whom == FREE && !is_free(e, s)) ||
		    (whom == DONE_WITH && b.kept))
			continue;
		b.role = role_for(e, s, kind);
		if (b.role == PLAN_NONE || !is_open(e, s, b.role))
			continue;
		b.visits = roles_way(e, s, b.role)->visits;
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
	roles_used(e, b->slot);
	r->fresh[b->slot] = ahead;
	r->prepared += ahead;
	r->swapping++;
	roles_way(e, b->slot, b->role)->visits++;
	roles_set(e, b->slot, b->role);
	slot_on(e, b->slot, SLOT_ON_SWAP);
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

/* The kind whose step goes before all others, of those that `wanted` takes; a sequential order looks at no other than the very first. */
static uint32_t next_kind(const struct engine *e, bool (*wanted)(const struct engine *e, uint32_t kind))
{
	bool sequential = e->order != ORDER_PARALLEL;
	uint32_t kind = ready_must_wait(e) ? PLAN_NONE : first_ready(e, sequential ? any : wanted);

	if (kind == PLAN_NONE || !sequential)
		return kind;
	return wanted(e, kind) && !(e->ready[e->kinds].count && ready_before(e, e->kinds, kind)) ? kind : PLAN_NONE;
}

static bool could_get_free(const struct engine *e, uint32_t kind)
{
	return has_no_slot(e, kind) && best_slot(e, kind, FREE, UINT32_MAX).slot != PLAN_NONE;
}

static bool could_get_any(const struct engine *e, uint32_t kind)
{
	return has_no_slot(e, kind) && best_slot(e, kind, ANY, UINT32_MAX).slot != PLAN_NONE;
}

static bool swap_for_need(struct engine *e)
{
	enum whom whom = FREE;
	uint32_t kind = next_kind(e, could_get_free);
	struct bid b;

	if (kind == PLAN_NONE && stands_still(e)) {
		whom = ANY;
		kind = next_kind(e, could_get_any);
	}
	if (kind == PLAN_NONE)
		return false;
	b = best_slot(e, kind, whom, UINT32_MAX);
	return swap(e, &b, false);
}

/* The image without a slot whose first call comes first in the text, of those that something is left for and a slot could take. */
static uint32_t next_needed(const struct engine *e)
{
	const struct roles *r = e->roles;
	uint32_t best = PLAN_NONE;

	for (uint32_t k = 0; k < e->kinds; k++)
		if (r->left[k] && (best == PLAN_NONE || r->text[k] < r->text[best]) && could_get_free(e, k))
			best = k;
	return best;
}

static bool waits(const struct engine *e, uint32_t kind)
{
	return has_no_slot(e, kind) && !roles_lost(e, kind);
}

/*
 * Not while ready steps wait for a way that was set aside: the slot would have to come back. And not as long as a run that is taken up is
 * still asking what has been done: those images are not needed any more.
 */
static bool swap_ahead(struct engine *e)
{
	uint32_t kind;
	struct bid b;

	if (e->roles->prepared >= e->p->set.ahead || (e->starts == 0 && e->count[STEP_ASKED]) || first_ready(e, waits) != PLAN_NONE)
		return false;
	kind = next_needed(e);
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

/* The image that the slot had last, or the one that it had least often. */
static struct bid bid_to_come_back(const struct engine *e, uint32_t slot)
{
	const struct roles *r = e->roles;
	struct bid best = { .slot = PLAN_NONE };

	if (is_open(e, slot, r->before[slot]))
		return (struct bid){ 0, 0, slot, r->before[slot] };
	for (uint32_t i = r->first[slot]; i <= r->first[slot + 1]; i++) {
		uint32_t role = i < r->first[slot + 1] ? i + 1 : 0;
		struct bid b = { roles_way(e, slot, role)->visits, 0, slot, role };

		if ((!role || e->p->role[i].way == ROLE_SWAP) && is_open(e, slot, role) && better(&b, &best))
			best = b;
	}
	return best;
}

static bool swap_to_come_back(struct engine *e)
{
	for (uint32_t s = 0; s < e->options.slots; s++)
		if (e->slot[s].state == SLOT_BARE) {
			struct bid b = bid_to_come_back(e, s);

			if (swap(e, &b, false))
				return true;
		}
	return false;
}

/* A step that no slot will ever run: it starts nowhere, and the host fails it. Not before slots have come back: the run may end with
 * this, and a pod in which a container waits for its image cannot. */
static bool strand(struct engine *e)
{
	uint32_t kind = e->roles->swapping ? PLAN_NONE : next_kind(e, roles_lost), step;

	if (kind == PLAN_NONE)
		return false;
	step = ready_take(e, kind);
	e->step[step].slot = PLAN_NONE;
	return step_on(e, step, STEP_ON_START);
}

bool roles_next(struct engine *e)
{
	return e->roles && (swap_for_need(e) || swap_ahead(e) || swap_to_help(e) || swap_to_come_back(e) || strand(e));
}
