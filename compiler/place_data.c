/*
 * The data of a graph, and who touches them. Lists, regions and items hand data on and are none themselves: a value is followed to the
 * steps that made what it holds. What the engine must know of a value (how many items, which arm, is it true) the worker that made it
 * says: that is no touch.
 */
#include "compiler/place_parts.h"

#include <string.h>

#include "base/mem.h"

/* ---- places ---- */

enum place_kind place_kind(const struct placing *p, uint32_t place)
{
	return !p->s->plan.on_list || place < p->host ? PLACE_PODS : PLACE_HOST;
}

uint32_t place_of_node(const struct placing *p, uint32_t node)
{
	const struct graph_node *n = &p->g->node[node];
	if (!p->s->plan.on_list)
		return 0;
	return n->kind == NODE_CALL ? p->g->group_of[n->of] : p->host;
}

bool place_same_pod(const struct placing *p, uint32_t place, uint32_t home, const struct toucher *t)
{
	if (place != t->place || place_kind(p, place) != PLACE_PODS)
		return false;
	/* with several workers, the steps of one item go to one of them */
	return !p->s->plan.on_list || p->g->group[place].most == 1 || (home == t->home && !t->across);
}

bool place_touch_same_pod(const struct placing *p, const struct datum *d, const struct toucher *t)
{
	return d->node != PLAN_NONE && place_same_pod(p, place_of_node(p, d->node), p->home[p->g->node[d->node].block], t);
}

/* The body of the nearest each or steps around each block: arms and rounds belong to the item around them. */
static void find_homes(struct placing *p)
{
	const struct graph *g = p->g;
	p->home = mem_zalloc(g->blocks + 1, sizeof *p->home);
	for (uint32_t b = 1; b < g->blocks; b++) {
		uint32_t at = b;
		while (at && g->block[at].node != PLAN_NONE && g->node[g->block[at].node].kind != NODE_EACH && g->node[g->block[at].node].kind != NODE_STEPS)
			at = g->block[at].up;
		p->home[b] = at;
	}
}

/* ---- a set of 64-bit keys, none of them 0 ---- */

/* The keys' halves both reach the bits from 32 up, and no others: a slot is taken from these. */
static size_t seen_slot(const struct placing *p, uint64_t key)
{
	return (size_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> 32) & p->seen_mask;
}

bool place_seen(struct placing *p, uint64_t key)
{
	if (p->seens * 2 >= p->seen_mask) {
		uint64_t *old = p->seen;
		size_t had = old ? p->seen_mask + 1 : 0;
		p->seen_mask = had ? had * 2 - 1 : 1023;
		p->seen = mem_zalloc(p->seen_mask + 1, sizeof *p->seen);
		for (size_t i = 0; i < had; i++) {
			size_t at = seen_slot(p, old[i]);
			while (old[i] && p->seen[at])
				at = (at + 1) & p->seen_mask;
			if (old[i])
				p->seen[at] = old[i];
		}
		mem_free(old);
	}
	size_t at = seen_slot(p, key);
	while (p->seen[at] && p->seen[at] != key)
		at = (at + 1) & p->seen_mask;
	if (p->seen[at] == key)
		return true;
	p->seen[at] = key;
	p->seens++;
	return false;
}

/* ---- following values ---- */

static bool worked(struct placing *p)
{
	if (p->seens < LIMIT_TOUCHES || p->stopped)
		return !p->stopped;
	diag_report(p->c->diags, CF008, p->s->span, "the steps of set `%s` take too many values: more than %d pairs of a place and a value", name_of(p->c, p->s->name), LIMIT_TOUCHES);
	diag_help(p->c->diags, "join functions with `together`, or let fewer of them take the same long list");
	p->stopped = true;
	return false;
}

/* Toucher ids come in pairs: the second is the first from another row. */
static void push(struct placing *p, size_t *n, uint32_t value, uint32_t id)
{
	p->work = mem_grow(p->work, &p->work_cap, *n + 2, sizeof *p->work);
	p->work[(*n)++] = value;
	p->work[(*n)++] = id;
}

bool place_is_maker(const struct graph_node *n) { return n->kind == NODE_CALL || n->kind == GRAPH_COMPUTE || n->kind == NODE_LAUNCH; }

/* What a value hands on: pushes it, or gives the datum that it is. */
static uint32_t step_into(struct placing *p, size_t *n, uint32_t value, uint32_t id)
{
	const struct graph *g = p->g;
	const struct graph_value *v = &g->value[value];
	switch (v->kind) {
	case VALUE_SOURCE:
		return v->a == GRAPH_IMPLIED ? p->data - 1 : p->first_source + v->a;
	case VALUE_PORT: {
		const struct graph_node *node = &g->node[v->a];
		if (place_is_maker(node))
			return p->first_datum[v->a] + v->b;
		for (uint32_t k = 0; k < (node->kind == NODE_MATCH ? node->arms : 1); k++)
			if (v->b < g->region[node->of + k].results)
				push(p, n, g->item[g->region[node->of + k].first_result + v->b], id);
		break;
	}
	case VALUE_LIST:
		for (uint32_t i = 0; i < v->b; i++)
			push(p, n, g->item[v->a + i], id);
		break;
	case VALUE_ITEM:
		push(p, n, g->item[g->node[g->region[v->a].node].first_arg + v->b], id);
		break;
	case VALUE_CARRY:
		push(p, n, g->item[g->node[g->region[v->a].node].first_arg + v->b], id);
		push(p, n, g->item[g->region[v->a].first_result + v->b], id);
		break;
	case VALUE_PARENTS:
		push(p, n, g->item[g->region[v->a].first_result + v->b], id | 1);
		break;
	case VALUE_INPUTS:
		push(p, n, g->item[g->region[v->a].first_result], id | 1);
		if (g->region[v->a].given != PLAN_NONE)
			push(p, n, g->region[v->a].given, id);
		break;
	default: break;
	}
	return PLAN_NONE;
}

static void follow(struct placing *p, uint32_t value, uint32_t id, void (*on)(struct placing *p, uint32_t datum, uint32_t id, uint32_t arg), uint32_t arg)
{
	size_t n = 0;
	push(p, &n, value, id);
	while (n && worked(p)) {
		uint32_t at_id = p->work[n - 1], at = p->work[n - 2];
		n -= 2;
		if (place_seen(p, ((uint64_t)at << 32 | at_id) + 1))
			continue;
		uint32_t datum = step_into(p, &n, at, at_id);
		if (datum != PLAN_NONE)
			on(p, datum, at_id, arg);
	}
}

/* ---- touches ---- */

static void touched(struct placing *p, uint32_t datum, uint32_t id, uint32_t node)
{
	struct datum *d = &p->datum[datum];
	p->touch = mem_grow(p->touch, &p->touches_cap, p->touches + 1, sizeof *p->touch);
	p->touch[p->touches] = (struct touch){ id, node, d->first_touch };
	d->first_touch = (uint32_t)p->touches++;
}

struct toucher_slots { uint32_t *slot; size_t mask; };

static uint32_t toucher_of(struct placing *p, struct toucher_slots *s, uint32_t place, uint32_t home)
{
	if (p->touchers >= s->mask) {
		mem_free(s->slot);
		s->mask = s->mask ? s->mask * 4 + 3 : 63;
		s->slot = mem_zalloc(s->mask + 1, sizeof *s->slot);
		for (size_t i = 0; i < p->touchers; i += 2) {
			size_t at = (p->toucher[i].place * 2654435761u + p->toucher[i].home * 40503u) & s->mask;
			while (s->slot[at])
				at = (at + 1) & s->mask;
			s->slot[at] = (uint32_t)i + 1;
		}
	}
	size_t at = (place * 2654435761u + home * 40503u) & s->mask;
	while (s->slot[at] && (p->toucher[s->slot[at] - 1].place != place || p->toucher[s->slot[at] - 1].home != home))
		at = (at + 1) & s->mask;
	if (!s->slot[at]) {
		p->toucher = mem_grow(p->toucher, &p->touchers_cap, p->touchers + 2, sizeof *p->toucher);
		s->slot[at] = (uint32_t)p->touchers + 1;
		p->toucher[p->touchers++] = (struct toucher){ place, home, false };
		p->toucher[p->touchers++] = (struct toucher){ place, home, true };
	}
	return s->slot[at] - 1;
}

static void find_touches(struct placing *p)
{
	const struct graph *g = p->g;
	struct toucher_slots slots = { 0 };
	for (uint32_t i = 0; i < g->nodes && !p->stopped; i++) {
		const struct graph_node *n = &g->node[i];
		if (!place_is_maker(n))
			continue;
		uint32_t id = toucher_of(p, &slots, place_of_node(p, i), p->home[n->block]);
		for (uint32_t k = 0; k < n->args; k++)
			follow(p, g->item[n->first_arg + k], id, touched, i);
	}
	mem_free(slots.slot);
}

/* ---- what the text says of values ---- */

static void written(struct placing *p, uint32_t datum, uint32_t id, uint32_t at)
{
	const struct graph_put *put = &p->g->put[at];
	struct datum *d = &p->datum[datum];
	struct diags *diags = p->c->diags;
	(void)id;
	if (put->staged) {
		unsigned copies = 0;
		for (uint32_t i = d->first_copy; i != PLAN_NONE; i = p->copy[i].next, copies++)
			if (p->g->put[p->copy[i].put].medium == put->medium)
				return;
		if (copies == LIMIT_COPIES) {
			diag_report(diags, CF008, put->span, "a value has at most %d copies", LIMIT_COPIES);
			return;
		}
		p->copy = mem_grow(p->copy, &p->copies_cap, p->copies + 1, sizeof *p->copy);
		p->copy[p->copies] = (struct copy){ at, d->first_copy };
		d->first_copy = (uint32_t)p->copies++;
	} else if (d->node == PLAN_NONE) {
		diag_report(diags, CF308, put->span, "no step made `%s`: it is a source, and stands where that says", name_of(p->c, put->name));
		diag_note(diags, d->span, "the source is declared here");
		diag_help(diags, "to copy it, write a statement of its own: `stage %s to %s`", name_of(p->c, put->name), medium_row(graph_medium(put->medium))->word);
		d->refused = true;
	} else if (d->put == PLAN_NONE) {
		d->put = at;
	} else if (p->g->put[d->put].medium != put->medium) {
		diag_report(diags, CF307, put->span, "`%s` has a medium already: `%s`", name_of(p->c, put->name), medium_row(graph_medium(p->g->put[d->put].medium))->word);
		diag_note(diags, p->g->put[d->put].span, "it is written here");
		diag_note(diags, d->span, "this makes it");
		diag_help(diags, "a value stands in one medium; `stage` copies it to another");
		d->refused = true;
	}
}

static void find_puts(struct placing *p)
{
	/* a value may be named by several statements: each is followed anew */
	for (uint32_t i = 0; i < p->g->puts && !p->stopped; i++)
		follow(p, p->g->put[i].value, UINT32_MAX - 1 - 2 * i, written, i);
}

/* What a sink at a pond publishes stands at the pond in the end. */
static void sunk(struct placing *p, uint32_t datum, uint32_t id, uint32_t sink)
{
	(void)id;
	p->sunk = mem_grow(p->sunk, &p->sunks_cap, p->sunks + 1, sizeof *p->sunk);
	p->sunk[p->sunks++] = (struct sunk){ datum, sink };
}

static void find_sunk(struct placing *p)
{
	for (uint32_t i = 0; i < p->g->sinks && !p->stopped; i++)
		if (p->c->program.outside[p->g->sink[i]].pond)
			follow(p, p->g->sink_value[i], UINT32_MAX - 1 - 2 * (i + (uint32_t)p->g->puts), sunk, i);
}

/* ---- data ---- */

uint32_t place_results(const struct compilation *c, const struct graph *g, const struct graph_node *n)
{
	uint32_t most = 0;
	switch (n->kind) {
	case NODE_CALL: return c->program.func[n->of].sig.results;
	case GRAPH_COMPUTE: return 1;
	case NODE_LAUNCH: return type_of(&c->types, n->of)->count - type_of(&c->types, n->of)->params;
	default:
		for (uint32_t k = 0; k < (n->kind == NODE_MATCH ? n->arms : 1); k++)
			most = g->region[n->of + k].results > most ? g->region[n->of + k].results : most;
		return most;
	}
}

static void add_data(struct placing *p)
{
	const struct graph *g = p->g;
	uint32_t next = 0;
	p->first_datum = mem_alloc((g->nodes + 1) * sizeof *p->first_datum);
	for (uint32_t i = 0; i < g->nodes; i++) {
		p->first_datum[i] = next;
		next += place_is_maker(&g->node[i]) ? place_results(p->c, g, &g->node[i]) : 0;
	}
	p->first_source = next;
	p->data = next + (uint32_t)p->c->program.outsides + 1;
	p->datum = mem_zalloc((size_t)p->data + 1, sizeof *p->datum);
	for (uint32_t i = 0; i < p->data; i++)
		p->datum[i] = (struct datum){ .node = PLAN_NONE, .put = PLAN_NONE, .medium = PLAN_NONE, .first_copy = PLAN_NONE, .first_touch = PLAN_NONE };
	p->first_datum[g->nodes] = next;
	for (uint32_t i = 0; i < g->nodes; i++) {
		const struct graph_node *n = &g->node[i];
		for (uint32_t k = 0; place_is_maker(n) && k < place_results(p->c, g, n); k++) {
			struct datum *d = &p->datum[p->first_datum[i] + k];
			d->node = i;
			d->result = k;
			d->span = n->span;
			d->type = n->kind == NODE_CALL ? p->c->program.func[n->of].sig.result[k].type : n->kind == GRAPH_COMPUTE ? g->formula[n->of].x->type :
				  type_field_at(&p->c->types, n->of, type_of(&p->c->types, n->of)->params + k)->type;
		}
	}
	for (uint32_t i = 0; i <= p->c->program.outsides; i++) {
		struct datum *d = &p->datum[p->first_source + i];
		bool implied = i == p->c->program.outsides;
		d->result = implied ? GRAPH_IMPLIED : i;
		d->type = implied ? TYPE_ERROR : p->c->program.outside[i].type;
		d->span = implied ? p->s->span : p->c->program.outside[i].span;
		bool pond = !implied && p->c->program.outside[i].pond;
		d->medium = pond ? GRAPH_MEDIUM(MEDIUM_POND, p->c->program.outside[i].pond - 1) : GRAPH_MEDIUM(MEDIUM_SHARE, implied ? 0 : i);
	}
}

void place_data(struct placing *p)
{
	find_homes(p);
	add_data(p);
	find_touches(p);
	find_puts(p);
	find_sunk(p);
}
