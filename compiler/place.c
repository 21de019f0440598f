/* Place and locality of a set's graph, in order: places, data and who touches them, ponds, media; then what follows for emitters. */
#include "compiler/place_parts.h"

#include "base/mem.h"

/* ---- results of nodes ---- */

/* The medium that serves all: of the datum itself or the copy that reaches furthest. */
static uint32_t widest(const struct placing *p, const struct datum *d)
{
	uint32_t best = d->medium;
	for (uint32_t i = d->first_copy; i != PLAN_NONE; i = p->copy[i].next) {
		uint32_t word = p->g->put[p->copy[i].put].medium;
		if (medium_row(graph_medium(word))->scope > medium_row(graph_medium(best))->scope)
			best = word;
	}
	return best;
}

static uint32_t first_result(const struct graph *g, const struct graph_node *n, uint32_t k)
{
	for (uint32_t a = 0; a < (n->kind == NODE_MATCH ? n->arms : 1); a++)
		if (k < g->region[n->of + a].results)
			return g->item[g->region[n->of + a].first_result + k];
	return PLAN_NONE;
}

/* The medium of what a value hands on: that of its datum, or of the first of several. */
static uint32_t medium_of(const struct placing *p, uint32_t value)
{
	const struct graph *g = p->g;
	for (unsigned steps = 0; value != PLAN_NONE && steps < 1000; steps++) {
		const struct graph_value *v = &g->value[value];
		if (v->kind == VALUE_PORT && place_is_maker(&g->node[v->a]))
			return widest(p, &p->datum[p->first_datum[v->a] + v->b]);
		if (v->kind == VALUE_SOURCE)
			return p->datum[v->a == GRAPH_IMPLIED ? p->data - 1 : p->first_source + v->a].medium;
		if (v->kind == VALUE_PORT)
			value = first_result(g, &g->node[v->a], v->b);
		else if (v->kind == VALUE_LIST && v->b)
			value = g->item[v->a];
		else if (v->kind == VALUE_ITEM || v->kind == VALUE_CARRY)
			value = g->item[g->node[g->region[v->a].node].first_arg + v->b];
		else
			break;
	}
	return GRAPH_MEDIUM(MEDIUM_SCRATCH, 0);
}

static void write_media(struct placing *p)
{
	struct graph *g = p->g;
	uint32_t word[RES_MAX];
	for (uint32_t i = 0; i < g->nodes; i++) {
		struct graph_node *n = &g->node[i];
		uint32_t count = place_results(p->c, g, n);
		for (uint32_t k = 0; k < count && k < RES_MAX; k++)
			word[k] = place_is_maker(n) ? widest(p, &p->datum[p->first_datum[i] + k]) : medium_of(p, first_result(g, n, k));
		n->first_medium = count ? graph_items(g, word, count < RES_MAX ? count : RES_MAX) : PLAN_NONE;
	}
}

/* ---- edges and uses, for emitters ---- */

static void write_edges(struct placing *p)
{
	for (uint32_t i = 0; i < p->data; i++) {
		const struct datum *d = &p->datum[i];
		size_t first = p->g->edges;
		for (uint32_t t = d->first_touch; t != PLAN_NONE; t = p->touch[t].next) {
			uint32_t by, node = p->touch[t].node;
			place_reaches(p, d, d->medium, &p->toucher[p->touch[t].toucher], &by);
			if (by != PLAN_NONE)
				graph_edge(p->g, (struct graph_edge){ d->node, d->result, node, by });
		}
		for (size_t a = first, b = p->g->edges; a + 1 < b; a++, b--) {	/* touches stand last first */
			struct graph_edge swap = p->g->edge[a];
			p->g->edge[a] = p->g->edge[b - 1];
			p->g->edge[b - 1] = swap;
		}
	}
}

/* A write covers a read: emitters look at both. */
static void used(struct placing *p, uint32_t place, uint32_t medium, bool writes)
{
	bool pods = p->s->plan.on_list && place_kind(p, place) == PLACE_PODS;
	uint32_t group = pods ? place : PLAN_NONE;
	if (!place_seen(p, ((uint64_t)(group + 1) << 33 | (uint64_t)medium << 1 | writes) + 1))
		graph_use(p->g, (struct graph_use){ group, medium, writes });
}

static void write_uses(struct placing *p)
{
	const struct graph *g = p->g;
	mem_free(p->seen);	/* keys of its own from here */
	p->seen = NULL;
	p->seens = p->seen_mask = 0;
	for (uint32_t i = 0; i < p->data; i++) {
		const struct datum *d = &p->datum[i];
		if (d->node == PLAN_NONE)
			continue;
		used(p, place_of_node(p, d->node), d->medium, true);
		for (uint32_t k = d->first_copy; k != PLAN_NONE; k = p->copy[k].next)
			if (medium_row(graph_medium(g->put[p->copy[k].put].medium))->scope == SCOPE_CLUSTER)
				used(p, place_of_node(p, d->node), g->put[p->copy[k].put].medium, true);
	}
	for (size_t i = 0; i < g->edges; i++)
		used(p, place_of_node(p, g->edge[i].to), g->edge[i].medium, false);
}

static void release(struct placing *p)
{
	mem_free(p->at);
	mem_free(p->home);
	mem_free(p->datum);
	mem_free(p->first_datum);
	mem_free(p->toucher);
	mem_free(p->touch);
	mem_free(p->copy);
	mem_free(p->sunk);
	mem_free(p->seen);
	mem_free(p->work);
	mem_free(p->flat);
}

void place_graph(struct compilation *c, struct set *s, struct graph *g)
{
	struct placing p = { .c = c, .s = s, .g = g };
	place_groups(c, s, g);
	if (s->slots_auto)
		s->plan.slots = place_slots(g);
	p.host = s->plan.on_list ? (uint32_t)g->groups : 0;
	p.places = p.host + 1;
	p.at = mem_zalloc(p.places, sizeof *p.at);
	for (uint32_t i = 0; i < p.places; i++)
		p.at[i].pull.pond = PLAN_NONE;
	place_data(&p);
	place_ponds(&p);
	place_media(&p);
	place_states(&p);
	if (!p.stopped) {
		write_media(&p);
		write_edges(&p);
		write_uses(&p);
	}
	release(&p);
}
