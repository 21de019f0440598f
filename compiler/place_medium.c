/*
 * The medium of every datum: what the text says, checked, or the cheapest that all its takers reach. A copy (`stage`) serves who cannot
 * reach the datum itself, or reaches the copy more cheaply.
 */
#include "compiler/place_parts.h"

#include <string.h>

#include "base/mem.h"

static const struct medium_row media[] = {
#define MEDIUM(id, word, scope, carries, inferred, what) { word, MEDIUM_##id, SCOPE_##scope, CARRIES_##carries, inferred },
#define CARRIES_FLAT true
#define CARRIES_ANY false
#include "compiler/media.def"
#undef MEDIUM
};
_Static_assert(sizeof media / sizeof *media == MEDIA, "a row for each medium");

const struct medium_row *medium_at(unsigned i) { return &media[i]; }

const struct medium_row *medium_row(enum plan_medium m)
{
	unsigned i = 0;
	while (i + 1 < MEDIA && media[i].medium != m)
		i++;
	return &media[i];
}

/* ---- flat types ---- */

/* Has every value of the type the same size? Kept for each type: records may hold one type many times. */
static bool fixed_size(struct placing *p, type_t t)
{
	const struct types *types = &p->c->types;
	const struct type *ty = type_of(types, t);
	size_t had = p->flat_cap;
	bool fixed = true;
	if (t >= had) {
		p->flat = mem_grow(p->flat, &p->flat_cap, types->count, sizeof *p->flat);
		memset(p->flat + had, 0, p->flat_cap - had);
	}
	if (p->flat[t])
		return p->flat[t] == 1;
	switch (ty->kind) {
	case TYPE_RECORD:
		p->flat[t] = 2;	/* a record that reaches itself (a tree's node) has no fixed size */
		for (uint32_t i = 0; i < ty->count && fixed; i++)
			fixed = fixed_size(p, type_field_at(types, t, i)->type);
		break;
	case TYPE_ENUM: case TYPE_SIZED: case TYPE_ERROR: break;
	default: fixed = type_is_scalar(types, t) && ty->kind != TYPE_STRING && ty->kind != TYPE_BYTES;
	}
	p->flat[t] = fixed ? 1 : 2;
	return fixed;
}

bool place_flat(struct placing *p, type_t t)
{
	while (type_of(&p->c->types, t)->kind == TYPE_LIST)
		t = type_of(&p->c->types, t)->elem;
	return fixed_size(p, t);
}

const char *place_not_flat(struct placing *p, type_t t)
{
	struct types *types = &p->c->types;
	const char *where = "";
	for (unsigned depth = 0; depth < 64; depth++) {
		const struct type *ty = type_of(types, t);
		while (ty->kind == TYPE_LIST && !*where)
			ty = type_of(types, t = ty->elem);
		if (ty->kind != TYPE_RECORD)
			break;
		uint32_t i = 0;
		while (i + 1 < ty->count && fixed_size(p, type_field_at(types, t, i)->type))
			i++;
		where = arena_printf(&p->c->arena, "%s.%s", where, name_of(p->c, type_field_at(types, t, i)->name));
		t = type_field_at(types, t, i)->type;
	}
	const char *what = type_has_file(types, t) ? "a file" : t == TYPE_STRING ? "a string of any length" : t == TYPE_BYTES ? "bytes of any length" :
			   arena_printf(&p->c->arena, "%s", type_text(types, t));
	return *where ? arena_printf(&p->c->arena, "`%s` is %s", where + 1, what) : arena_printf(&p->c->arena, "it is %s", what);
}

/* ---- reach ---- */

static uint32_t pond_at(const struct placing *p, uint32_t place) { return p->at[place].pull.pond; }

static bool makers_pond(const struct placing *p, const struct datum *d, uint32_t pond)
{
	return d->node != PLAN_NONE && pond_at(p, place_of_node(p, d->node)) == pond;
}

static bool in_cluster(const struct placing *p, const struct datum *d, uint32_t medium)
{
	bool any = medium_row(graph_medium(medium))->scope == SCOPE_CLUSTER;
	for (uint32_t i = d->first_copy; i != PLAN_NONE; i = p->copy[i].next)
		any |= medium_row(graph_medium(p->g->put[p->copy[i].put].medium))->scope == SCOPE_CLUSTER;
	return any;
}

/* Can a copy be made at the pond: does someone who stands there reach the datum? */
static bool copy_at_pond(const struct placing *p, const struct datum *d, uint32_t medium, uint32_t pond)
{
	return in_cluster(p, d, medium) || makers_pond(p, d, pond) || (graph_medium(medium) == MEDIUM_POND && graph_medium_where(medium) == pond);
}

static bool reaches_one(const struct placing *p, const struct datum *d, uint32_t medium, uint32_t one, bool copy, const struct toucher *t)
{
	switch (medium_row(graph_medium(one))->scope) {
	case SCOPE_CLUSTER: return true;
	case SCOPE_NODE:
		return pond_at(p, t->place) == graph_medium_where(one) && (!copy || copy_at_pond(p, d, medium, graph_medium_where(one)));
	default:
		if (place_touch_same_pod(p, d, t))
			return true;
		/* a copy in the taker's own pod, of what that pod reaches otherwise */
		if (!copy || place_kind(p, t->place) != PLACE_PODS)
			return false;
		if (medium_row(graph_medium(medium))->scope != SCOPE_POD && reaches_one(p, d, medium, medium, false, t))
			return true;
		for (uint32_t i = d->first_copy; i != PLAN_NONE; i = p->copy[i].next) {
			uint32_t other = p->g->put[p->copy[i].put].medium;
			if (medium_row(graph_medium(other))->scope != SCOPE_POD && reaches_one(p, d, medium, other, true, t))
				return true;
		}
		return false;
	}
}

bool place_reaches(const struct placing *p, const struct datum *d, uint32_t medium, const struct toucher *t, uint32_t *by)
{
	uint32_t best = reaches_one(p, d, medium, medium, false, t) ? medium : PLAN_NONE;
	for (uint32_t i = d->first_copy; i != PLAN_NONE; i = p->copy[i].next) {
		uint32_t word = p->g->put[p->copy[i].put].medium;
		if (best != PLAN_NONE && medium_row(graph_medium(best)) <= medium_row(graph_medium(word)))
			continue;
		if (reaches_one(p, d, medium, word, true, t))
			best = word;
	}
	if (by)
		*by = best;
	return best != PLAN_NONE;
}

/* The first touch, in the text's order, that does not reach the datum in `medium`; PLAN_NONE: all do. */
static uint32_t unreached(const struct placing *p, const struct datum *d, uint32_t medium)
{
	uint32_t found = PLAN_NONE;
	for (uint32_t t = d->first_touch; t != PLAN_NONE; t = p->touch[t].next)
		if (!place_reaches(p, d, medium, &p->toucher[p->touch[t].toucher], NULL))
			found = t;
	return found;
}

/* A medium of pods is none for what the set's host makes. */
static bool maker_has(const struct placing *p, const struct datum *d, uint32_t medium)
{
	return medium_row(graph_medium(medium))->scope == SCOPE_CLUSTER || place_kind(p, place_of_node(p, d->node)) == PLACE_PODS;
}

bool place_would_reach(const struct placing *p, const struct datum *d, uint32_t medium)
{
	return (d->node == PLAN_NONE || maker_has(p, d, medium)) && unreached(p, d, medium) == PLAN_NONE;
}

static uint32_t cheapest(struct placing *p, const struct datum *d)
{
	for (unsigned i = 0; i < MEDIA; i++)
		if (media[i].inferred && (!media[i].flat || place_flat(p, d->type)) && place_would_reach(p, d, GRAPH_MEDIUM(media[i].medium, 0)))
			return GRAPH_MEDIUM(media[i].medium, 0);
	return GRAPH_MEDIUM(MEDIUM_NETWORK, 0);
}

/* ---- checks ---- */

static bool carried(struct placing *p, struct datum *d, uint32_t at)
{
	const struct graph_put *put = &p->g->put[at];
	if (!medium_row(graph_medium(put->medium))->flat || place_flat(p, d->type))
		return true;
	place_report_not_carried(p, d, put);
	d->refused = true;
	return false;
}

/* A copy that is out of reach of every step that takes the datum, though there are such. */
static bool copy_serves(const struct placing *p, const struct datum *d, uint32_t word)
{
	uint8_t scope = medium_row(graph_medium(word))->scope;
	if (scope == SCOPE_CLUSTER)
		return true;
	for (uint32_t t = d->first_touch; t != PLAN_NONE; t = p->touch[t].next)
		if (reaches_one(p, d, d->medium, word, true, &p->toucher[p->touch[t].toucher]))
			return true;
	if (d->first_touch != PLAN_NONE)
		return false;
	return scope == SCOPE_NODE ? copy_at_pond(p, d, d->medium, graph_medium_where(word)) : d->node == PLAN_NONE || maker_has(p, d, word);
}

static void choose(struct placing *p, struct datum *d)
{
	bool whole = !d->refused && (d->put == PLAN_NONE || carried(p, d, d->put));
	for (uint32_t i = d->first_copy; i != PLAN_NONE && whole; i = p->copy[i].next)
		whole = carried(p, d, p->copy[i].put);
	if (d->put != PLAN_NONE)
		d->medium = p->g->put[d->put].medium;
	else if (d->node != PLAN_NONE)
		d->medium = whole ? cheapest(p, d) : GRAPH_MEDIUM(MEDIUM_SCRATCH, 0);
	for (uint32_t i = d->first_copy; i != PLAN_NONE && whole; i = p->copy[i].next) {
		whole = copy_serves(p, d, p->g->put[p->copy[i].put].medium);
		if (!whole)
			place_report_copy(p, d, &p->g->put[p->copy[i].put]);
	}
	if (!whole || place_would_reach(p, d, d->medium))
		return;
	uint32_t t = unreached(p, d, d->medium);
	/* a place that two ponds pull apart was reported: what stands at either is its consequence */
	if (t != PLAN_NONE && p->at[p->toucher[p->touch[t].toucher].place].refused)
		return;
	place_report_unreached(p, d, t == PLAN_NONE ? NULL : &p->touch[t]);
}

void place_media(struct placing *p)
{
	for (uint32_t i = 0; i < p->data && !p->stopped; i++)
		choose(p, &p->datum[i]);
}
