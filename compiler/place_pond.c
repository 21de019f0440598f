/*
 * Which pond each place stands at. `near` brings all workers of a set there; a step that makes a datum at a pond, or takes one that is at
 * no place the whole cluster reaches, stands at that pond. One place at two ponds is pulled apart.
 */
#include "compiler/place_parts.h"

static bool one_cause(const struct pull *a, const struct pull *b) { return a->span.at == b->span.at; }

void place_pull(struct placing *p, uint32_t place, const struct pull *why)
{
	struct place_at *at = &p->at[place];
	if (place_kind(p, place) != PLACE_PODS)
		return;
	if (at->pull.pond == PLAN_NONE) {
		at->pull = *why;
	} else if (at->pull.pond == why->pond) {
		at->more |= !one_cause(&at->pull, why);
	} else if (!at->refused) {
		at->refused = true;
		at->other = *why;
	} else {
		at->other_more |= !one_cause(&at->other, why);
		at->more |= at->other.pond != why->pond;	/* a third pond: leaving one of the two mends nothing */
	}
}

static uint32_t func_of(const struct placing *p, uint32_t node)
{
	return p->g->node[node].kind == NODE_CALL ? p->g->node[node].of : PLAN_NONE;
}

/* The pond in which the datum itself stands: by what the text says, or as a source. */
static uint32_t pond_of(const struct placing *p, const struct datum *d)
{
	uint32_t word = d->put != PLAN_NONE ? p->g->put[d->put].medium : d->medium;
	return word != PLAN_NONE && graph_medium(word) == MEDIUM_POND ? graph_medium_where(word) : PLAN_NONE;
}

/* Is there a copy of that scope; with a pond: at it? */
static bool copied_to(const struct placing *p, const struct datum *d, enum medium_scope scope, uint32_t pond)
{
	for (uint32_t i = d->first_copy; i != PLAN_NONE; i = p->copy[i].next) {
		uint32_t word = p->g->put[p->copy[i].put].medium;
		if (medium_row(graph_medium(word))->scope == scope && (pond == PLAN_NONE || graph_medium_where(word) == pond))
			return true;
	}
	return false;
}

static struct pull why_datum(const struct placing *p, const struct datum *d, uint32_t pond, uint32_t node, const char *what)
{
	struct pull why = { .pond = pond, .span = d->put != PLAN_NONE ? p->g->put[d->put].span : d->span, .at = p->g->node[node].span,
			    .func = func_of(p, node), .what = what, .put = d->put };
	return why;
}

/*
 * Takers of what stands at a pond and nowhere that the whole cluster reaches. `choice`: of data that have a copy at another pond, which
 * serves who stands there for another reason.
 */
static void pull_takers(struct placing *p, bool choice)
{
	for (uint32_t i = 0; i < p->data; i++) {
		const struct datum *d = &p->datum[i];
		uint32_t pond = pond_of(p, d);
		if (pond == PLAN_NONE || copied_to(p, d, SCOPE_CLUSTER, PLAN_NONE) || copied_to(p, d, SCOPE_NODE, PLAN_NONE) != choice)
			continue;
		for (uint32_t t = d->first_touch; t != PLAN_NONE; t = p->touch[t].next) {
			uint32_t place = p->toucher[p->touch[t].toucher].place;
			if (choice && p->at[place].settled != PLAN_NONE && copied_to(p, d, SCOPE_NODE, p->at[place].settled))
				continue;
			struct pull why = why_datum(p, d, pond, p->touch[t].node, "takes");
			place_pull(p, place, &why);
		}
	}
}

void place_ponds(struct placing *p)
{
	if (p->s->near.pond != PLAN_NONE) {
		struct pull why = { p->s->near.pond, p->s->near.span, p->s->near.span, PLAN_NONE, "near", PLAN_NONE };
		for (uint32_t i = 0; i < p->g->groups; i++)
			place_pull(p, i, &why);
	}
	for (uint32_t i = 0; i < p->data; i++) {
		const struct datum *d = &p->datum[i];
		uint32_t pond = pond_of(p, d);
		if (pond == PLAN_NONE || d->node == PLAN_NONE)
			continue;
		struct pull why = why_datum(p, d, pond, d->node, "makes");
		place_pull(p, place_of_node(p, d->node), &why);
	}
	for (size_t i = 0; i < p->sunks; i++) {
		const struct datum *d = &p->datum[p->sunk[i].datum];
		const struct outside *o = &p->c->program.outside[p->g->sink[p->sunk[i].sink]];
		bool cluster = d->put != PLAN_NONE && medium_row(graph_medium(p->g->put[d->put].medium))->scope == SCOPE_CLUSTER;
		if (d->node == PLAN_NONE || cluster || copied_to(p, d, SCOPE_CLUSTER, PLAN_NONE))
			continue;
		struct pull why = { o->pond - 1, o->span, p->g->node[d->node].span, func_of(p, d->node), "publishes", PLAN_NONE };
		place_pull(p, place_of_node(p, d->node), &why);
	}
	place_states_pull(p);
	pull_takers(p, false);
	for (uint32_t i = 0; i < p->places; i++)
		p->at[i].settled = p->at[i].pull.pond;
	pull_takers(p, true);
	for (uint32_t i = 0; i < p->places; i++)
		if (p->at[i].refused)
			place_report_apart(p, i);
	for (uint32_t i = 0; i < p->g->groups; i++)
		p->g->group[i].pond = p->at[i].pull.pond;
	if (!p->s->plan.on_list)
		p->g->pond = p->at[0].pull.pond;
}
