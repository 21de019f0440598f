/* Canonical numbers and values of a graph. It knows which members of the graph are places, and nothing of what they mean. */
#include "compiler/graph_order.h"

#include <string.h>

#include "base/limits.h"
#include "base/mem.h"

struct order {
	struct compilation *c;
	const struct graph *old;
	struct graph *now;
	uint32_t *node, *region, *block;	/* new place of each old one */
	uint32_t *node_at, *region_at, *block_at;	/* old place of each new one */
	uint32_t nodes, regions, blocks;
	uint32_t *first, *in_block;		/* old nodes of each old block: CSR */
	uint32_t *value;			/* new place + 1 of each old value that is shared; 0: not seen */
	uint32_t *slot, slots;			/* hash of the new values: place + 1 */
	uint32_t used;
	bool full;
};

static void sort_by_block(struct order *o)
{
	const struct graph *g = o->old;
	uint32_t *fill = mem_zalloc(g->blocks + 1, sizeof *fill);
	for (size_t i = 0; i < g->nodes; i++)
		o->first[g->node[i].block + 1]++;
	for (size_t b = 0; b < g->blocks; b++)
		o->first[b + 1] += o->first[b];
	for (uint32_t i = 0; i < g->nodes; i++)
		o->in_block[o->first[g->node[i].block] + fill[g->node[i].block]++] = i;
	mem_free(fill);
}

static uint32_t regions_of(const struct graph_node *n)
{
	switch (n->kind) {
	case NODE_EACH: case NODE_STEPS: case NODE_CYCLE: return 1;
	case NODE_MATCH: return n->arms;
	default: return 0;
	}
}

/* A block's nodes in order, what is in each before the next. As deep as bodies stand within each other: LIMIT_BODIES. */
static void number(struct order *o, uint32_t block)
{
	const struct graph *g = o->old;
	o->block_at[o->blocks] = block;
	o->block[block] = o->blocks++;
	for (uint32_t i = o->first[block]; i < o->first[block + 1]; i++) {
		const struct graph_node *n = &g->node[o->in_block[i]];
		uint32_t many = regions_of(n);
		o->node_at[o->nodes] = o->in_block[i];
		o->node[o->in_block[i]] = o->nodes++;
		for (uint32_t r = 0; r < many; r++) {
			o->region_at[o->regions] = n->of + r;
			o->region[n->of + r] = o->regions++;
		}
		for (uint32_t r = 0; r < many; r++)
			if (g->region[n->of + r].body != PLAN_NONE)
				number(o, g->region[n->of + r].body);
	}
}

/* ---- values ---- */

static uint32_t hash_of(const struct graph *g, const struct graph_value *v)
{
	uint64_t h = v->kind * 0x9e3779b97f4a7c15u ^ v->type;
	if (v->kind == VALUE_LIST) {
		for (uint32_t i = 0; i < v->b; i++)
			h = (h ^ g->item[v->a + i]) * 0x9e3779b97f4a7c15u;
	} else {
		h = ((h * 0x9e3779b97f4a7c15u) ^ v->a) * 0x9e3779b97f4a7c15u ^ v->b;
	}
	h *= 0x9e3779b97f4a7c15u;
	return (uint32_t)(h >> 32);
}

static bool same(const struct graph *g, const struct graph_value *a, const struct graph_value *b)
{
	if (a->kind != b->kind || a->type != b->type || a->b != b->b)
		return false;
	return a->kind == VALUE_LIST ? !a->b || !memcmp(g->item + a->a, g->item + b->a, a->b * sizeof *g->item) : a->a == b->a;
}

static uint32_t *find(struct order *o, const struct graph_value *v)
{
	uint32_t i = hash_of(o->now, v) & (o->slots - 1);
	while (o->slot[i] && !same(o->now, &o->now->value[o->slot[i] - 1], v))
		i = (i + 1) & (o->slots - 1);
	return &o->slot[i];
}

static uint32_t unique(struct order *o, struct graph_value v)
{
	if (o->used * 2 >= o->slots) {
		uint32_t *had = o->slot, n = o->slots;
		o->slots = n ? n * 2 : 256;
		o->slot = mem_zalloc(o->slots, sizeof *o->slot);
		for (uint32_t i = 0; i < n; i++)
			if (had[i])
				*find(o, &o->now->value[had[i] - 1]) = had[i];
		mem_free(had);
	}
	uint32_t *slot = find(o, &v);
	if (!*slot) {
		*slot = graph_value(o->now, v) + 1;
		o->used++;
	}
	return *slot - 1;
}

/* A use of a value. Constants are values of their use, as they are where a document says them; the rest is shared. */
static uint32_t use(struct order *o, uint32_t old)
{
	if (old == PLAN_NONE)
		return PLAN_NONE;
	struct graph_value v = o->old->value[old];
	if (o->value[old])
		return o->value[old] - 1;
	switch (v.kind) {
	case VALUE_CONST:
		v.b = o->block[v.b];
		return graph_value(o->now, v);
	case VALUE_PORT: v.a = o->node[v.a]; break;
	case VALUE_ITEM: case VALUE_PARENTS: case VALUE_INPUTS: case VALUE_CARRY: v.a = o->region[v.a]; break;
	case VALUE_LIST: {
		uint32_t *item = mem_alloc(((size_t)v.b + 1) * sizeof *item), n = v.b;
		if (!compile_work(o->c, n)) {
			if (!o->full)
				diag_report(o->c->diags, CF702, v.span, "the lists of this graph have more than %d values when they are written out", LIMIT_WORK);
			o->full = true;
			n = 0;
		}
		for (uint32_t i = 0; i < n && !o->full; i++) {
			item[i] = use(o, o->old->item[v.a + i]);
		}
		if (o->full)
			n = 0;
		v.a = graph_items(o->now, item, n);
		v.b = n;
		mem_free(item);
		return unique(o, v);	/* with constants in it, it is one of its use too */
	}
	default: break;
	}
	uint32_t at = unique(o, v);
	o->value[old] = at + 1;
	return at;
}

static uint32_t use_all(struct order *o, uint32_t first, uint32_t n)
{
	uint32_t *v = mem_alloc(((size_t)n + 1) * sizeof *v);
	for (uint32_t i = 0; i < n; i++)
		v[i] = use(o, o->old->item[first + i]);
	uint32_t at = graph_items(o->now, v, n);
	mem_free(v);
	return at;
}

/* ---- the rest ---- */

static void move_blocks(struct order *o)
{
	for (uint32_t i = 0; i < o->blocks; i++) {
		struct graph_block b = o->old->block[o->block_at[i]];
		if (b.node != PLAN_NONE) {
			b.node = o->node[b.node];
			b.region = o->region[b.region];
			b.up = o->block[b.up];
		}
		graph_block(o->now, b);
	}
}

static void move_node(struct order *o, struct graph_node n)
{
	uint32_t *after = mem_alloc(((size_t)n.afters + 1) * sizeof *after);
	for (uint32_t i = 0; i < n.afters; i++)
		after[i] = o->node[o->old->item[n.first_after + i]];
	n.block = o->block[n.block];
	n.first_arg = use_all(o, n.first_arg, n.args);
	n.first_after = graph_items(o->now, after, n.afters);
	if (regions_of(&n))
		n.of = o->region[n.of];
	graph_node(o->now, n);
	mem_free(after);
}

static void move_region(struct order *o, struct graph_region r)
{
	r.node = o->node[r.node];
	r.first_result = use_all(o, r.first_result, r.results);
	r.until = use(o, r.until);
	r.given = use(o, r.given);
	if (r.body != PLAN_NONE)
		r.body = o->block[r.body];
	graph_region(o->now, r);
}

/* By blocks, each in its own order. */
static void move_puts(struct order *o)
{
	const struct graph *g = o->old;
	uint32_t *start = mem_zalloc(g->blocks + 2, sizeof *start), *sorted = mem_alloc((g->puts + 1) * sizeof *sorted);
	for (size_t i = 0; i < g->puts; i++)
		start[o->block[g->put[i].block] + 1]++;
	for (size_t b = 0; b < g->blocks; b++)
		start[b + 1] += start[b];
	for (uint32_t i = 0; i < g->puts; i++)
		sorted[start[o->block[g->put[i].block]]++] = i;
	for (size_t i = 0; i < g->puts; i++) {
		struct graph_put put = g->put[sorted[i]];
		put.value = use(o, put.value);
		put.block = o->block[put.block];
		graph_put(o->now, put);
	}
	mem_free(start);
	mem_free(sorted);
}

static uint32_t *columns(struct order *o)
{
	const struct graph *g = o->old;
	size_t n = 2 * (g->nodes + g->regions + g->blocks) + g->blocks + 2 + g->nodes + g->values;
	uint32_t *all = mem_zalloc(n + 1, sizeof *all), *p = all;
	o->node = p;
	o->node_at = p += g->nodes;
	o->region = p += g->nodes;
	o->region_at = p += g->regions;
	o->block = p += g->regions;
	o->block_at = p += g->blocks;
	o->first = p += g->blocks;
	o->in_block = p += g->blocks + 2;
	o->value = p += g->nodes;
	return all;
}

bool graph_canonical(struct compilation *c, struct graph *g)
{
	struct graph now, old = *g;
	struct order o = { .c = c, .old = &old, .now = &now };
	uint32_t *all = columns(&o);

	graph_init(&now);
	sort_by_block(&o);
	number(&o, 0);
	/* expressions keep the numbers that regions had when they were made */
	now.region_now = mem_alloc((g->regions + 1) * sizeof *now.region_now);
	for (size_t i = 0; i < g->regions; i++)
		now.region_now[i] = o.region[g->region_now ? g->region_now[i] : i];
	move_blocks(&o);
	for (uint32_t i = 0; i < o.nodes; i++)
		move_node(&o, old.node[o.node_at[i]]);
	for (uint32_t i = 0; i < o.regions; i++)
		move_region(&o, old.region[o.region_at[i]]);
	move_puts(&o);
	for (size_t i = 0; i < old.formulas; i++)
		if (old.formula[i].x->kind == X_PREVIOUS && old.formula[i].x->b != PLAN_NONE)
			old.formula[i].x->b = use(&o, old.formula[i].x->b);
	for (size_t i = 0; i < old.params; i++)
		graph_param(&now, old.param[i]);
	for (size_t i = 0; i < old.results; i++)
		graph_result(&now, use(&o, old.result[i]));
	for (size_t i = 0; i < old.sinks; i++)
		graph_sink(&now, old.sink[i], use(&o, old.sink_value[i]));
	mem_free(old.value);
	mem_free(old.item);
	mem_free(old.node);
	mem_free(old.region);
	mem_free(old.block);
	mem_free(old.put);
	mem_free(old.param);
	mem_free(old.result);
	mem_free(old.sink);
	mem_free(old.sink_value);
	mem_free(old.region_now);
	now.constant = old.constant;
	now.constants = old.constants;
	now.constants_cap = old.constants_cap;
	now.formula = old.formula;
	now.formulas = old.formulas;
	now.formulas_cap = old.formulas_cap;
	*g = now;
	mem_free(all);
	mem_free(o.slot);
	return !o.full;
}
