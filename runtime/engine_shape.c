/* What is the same for every frame of a block; see engine_shape.h. Relies on plan_check; linear in the plan. */
#include "runtime/engine_shape.h"

#include "base/mem.h"

struct pending { uint32_t inner; struct capture capture; };

struct shaping {
	struct shape *s;
	const struct plan *p;
	struct pending *pending;
	size_t count, cap;
	uint32_t *outward;	/* blocks, from the flow to its innermost bodies */
	uint32_t ports;
};

uint32_t shape_regions(const struct plan_node *n)
{
	return n->kind == NODE_MATCH ? n->arms : n->kind == NODE_CALL || n->kind == NODE_LAUNCH ? 0 : 1;
}

static struct shape_inner *inner_of(const struct shaping *w, uint32_t node)
{
	return &w->s->inner[w->s->inner_of[node]];
}

/* ---- places ---- */

/* Where a body lies, and that its region is; bodies that are launched belong to the node of their region, too. */
static void find_bodies(struct shaping *w)
{
	const struct plan *p = w->p;

	w->s->block[0].around = w->s->block[0].region = PLAN_NONE;
	for (uint32_t r = 0; r < p->regions; r++)
		if (p->region[r].body != PLAN_NONE) {
			w->s->block[p->region[r].body].region = r;
			w->s->block[p->region[r].body].around = p->node[p->region[r].node].block;
		}
}

static uint32_t results_of(const struct plan *p, const struct plan_node *n)
{
	uint32_t r = n->of;

	if (n->kind == NODE_LAUNCH)
		return p->type[n->of].count - p->type[n->of].params;
	while (r + 1 < n->of + shape_regions(n) && p->region[r].body == PLAN_NONE)
		r++;
	return p->region[r].results;
}

static void place_nodes(struct shaping *w, uint32_t block, uint32_t *calls, uint32_t *inner)
{
	const struct plan *p = w->p;
	struct shape_block *b = &w->s->block[block];

	b->first_call = *calls;
	for (uint32_t n = p->block[block].first_node; n < p->block[block].first_node + p->block[block].nodes; n++) {
		if (p->node[n].kind == NODE_CALL) {
			w->s->call_node[(*calls)++] = n;
			w->s->place[n] = b->calls++;
			continue;
		}
		w->s->inner_of[n] = *inner;
		w->s->place[n] = b->inner++;
		w->s->inner[*inner].first_port = w->ports;
		w->s->inner[*inner].ports = results_of(p, &p->node[n]);
		w->ports += w->s->inner[(*inner)++].ports;
	}
}

/* Blocks by their depth; in `outward`, those around come before those within. */
static void shape_blocks(struct shaping *w)
{
	const struct plan *p = w->p;
	uint32_t calls = 0, inner = 0, tail = 1, *child = mem_zalloc(p->blocks, sizeof *child), *next = mem_zalloc(p->blocks, sizeof *next);

	find_bodies(w);
	for (uint32_t b = p->blocks; b-- > 1;) {	/* lists of the bodies within each block, in order; 0 ends them */
		next[b] = child[w->s->block[b].around];
		child[w->s->block[b].around] = b;
	}
	for (uint32_t head = 0; head < tail; head++) {
		uint32_t at = w->outward[head];

		place_nodes(w, at, &calls, &inner);
		for (uint32_t b = child[at]; b; b = next[b]) {
			w->s->block[b].absorbed = w->s->block[at].absorbed || p->region[w->s->block[b].region].partial;
			w->outward[tail++] = b;
		}
	}
	mem_free(child);
	mem_free(next);
}

struct position { uint32_t order, node; };

static int by_position(const void *a, const void *b)
{
	const struct position *x = a, *y = b;

	if (x->order != y->order)
		return x->order < y->order ? -1 : 1;
	return x->node < y->node ? -1 : x->node > y->node;
}

static void shape_text(struct shaping *w)
{
	struct position *at = mem_zalloc(w->p->nodes, sizeof *at);

	for (uint32_t n = 0; n < w->p->nodes; n++)
		at[n] = (struct position){ w->p->node[n].order, n };
	if (w->p->nodes)
		qsort(at, w->p->nodes, sizeof *at, by_position);
	for (uint32_t i = 0; i < w->p->nodes; i++)
		w->s->text[at[i].node] = i;
	mem_free(at);
}

/* ---- who reads what ---- */

static void add_capture(struct shaping *w, uint32_t node, struct capture c)
{
	w->pending = mem_grow(w->pending, &w->cap, w->count + 1, sizeof *w->pending);
	w->pending[w->count++] = (struct pending){ w->s->inner_of[node], c };
}

static bool is_partial(const struct plan *p, uint32_t node)
{
	return (p->node[node].kind == NODE_EACH || p->node[node].kind == NODE_STEPS) && p->region[p->node[node].of].partial;
}

/*
 * Something in block `block` (for `holder`, the inner node whose arguments or given files it is, or PLAN_NONE) uses a node.
 * The outermost inner node between the two holds it; every partial one between them fails with it.
 */
static void use_node(struct shaping *w, uint32_t node, uint32_t port, uint32_t block, uint32_t holder)
{
	const struct plan *p = w->p;
	bool holds = port != PLAN_NONE;

	if (holds && p->node[node].kind == NODE_CALL)
		w->s->readers[node]++;
	else if (holds)
		w->s->port_readers[inner_of(w, node)->first_port + port]++;
	for (;;) {
		bool last = block == p->node[node].block, partial = holder != PLAN_NONE && is_partial(p, holder);

		if (holder != PLAN_NONE && ((last && holds) || partial))
			add_capture(w, holder, (struct capture){ node, port, last && holds, partial });
		if (last)
			return;
		holder = p->block[block].node;
		block = w->s->block[block].around;
	}
}

static void use_joined(struct shaping *w, const struct plan_value *v)
{
	struct shape_inner *g = inner_of(w, v->a);

	if (v->kind == VALUE_PARENTS)
		g->uses_parents = true;
	else
		g->uses_inputs = true;
	w->s->port_joined[g->first_port + (v->kind == VALUE_PARENTS ? v->b : 0)] = true;
}

static void use_value(struct shaping *w, uint32_t value, uint32_t block, uint32_t holder)
{
	const struct plan_value *v = &w->p->value[value];

	switch (v->kind) {
	case VALUE_PORT: use_node(w, v->a, v->b, block, holder); break;
	case VALUE_PARENTS:
	case VALUE_INPUTS: use_joined(w, v); break;
	case VALUE_LIST:
		for (uint32_t i = 0; i < v->b; i++)
			use_value(w, w->p->item[v->a + i], block, holder);
		break;
	default: break;
	}
}

/*
 * A result leads outside when it is, or holds, something that does not stand in the body, or a port that leads outside. The values
 * of a cycle, before a round and after the last, do not: a cycle holds the very steps whose outputs they are.
 */
static bool leads_out(const struct shaping *w, uint32_t value, uint32_t body)
{
	const struct plan_value *v = &w->p->value[value];
	bool out = false;

	switch (v->kind) {
	case VALUE_PORT:
		if (w->p->node[v->a].block != body)
			return true;
		return w->p->node[v->a].kind != NODE_CALL && inner_of(w, v->a)->passes;
	case VALUE_PARAM:
	case VALUE_ITEM:
	case VALUE_PARENTS:
	case VALUE_INPUTS: return true;
	case VALUE_LIST:
		for (uint32_t i = 0; !out && i < v->b; i++)
			out = leads_out(w, w->p->item[v->a + i], body);
		return out;
	default: return false;
	}
}

static void use_region(struct shaping *w, uint32_t r)
{
	const struct plan *p = w->p;
	const struct plan_region *g = &p->region[r];
	struct shape_inner *s = inner_of(w, g->node);
	bool cycle = p->node[g->node].kind == NODE_CYCLE;

	for (uint32_t i = 0; i < g->results; i++) {
		uint32_t value = p->item[g->first_result + i];

		use_value(w, value, g->body, PLAN_NONE);
		s->passes = s->passes || (!cycle && leads_out(w, value, g->body));
	}
	if (g->until != PLAN_NONE)
		use_value(w, g->until, g->body, PLAN_NONE);
	if (g->given != PLAN_NONE)
		use_value(w, g->given, p->node[g->node].block, g->node);
	for (uint32_t b = p->node[g->node].block; s->passes && b && p->node[p->block[b].node].kind != NODE_CYCLE; b = w->s->block[b].around)
		inner_of(w, p->block[b].node)->keeps = true;
}

static void shape_uses(struct shaping *w)
{
	const struct plan *p = w->p;

	for (uint32_t n = 0; n < p->nodes; n++) {
		const struct plan_node *node = &p->node[n];
		uint32_t holder = node->kind == NODE_CALL ? PLAN_NONE : n;

		for (uint32_t i = 0; i < node->args; i++)
			use_value(w, p->item[node->first_arg + i], node->block, holder);
		for (uint32_t i = 0; i < node->afters; i++)
			use_node(w, p->item[node->first_after + i], PLAN_NONE, node->block, PLAN_NONE);
	}
	for (uint32_t b = p->blocks; b-- > 1;)	/* innermost first: whether a result leads out is asked from outside */
		use_region(w, w->s->block[w->outward[b]].region);
	for (uint32_t i = 0; i < p->sinks; i++)
		use_value(w, p->sink[i].value, 0, PLAN_NONE);
}

static void shape_captures(struct shaping *w, uint32_t inner)
{
	uint32_t at = 0;

	for (size_t i = 0; i < w->count; i++)
		w->s->inner[w->pending[i].inner].captures++;
	for (uint32_t r = 0; r < inner; r++) {
		w->s->inner[r].first_capture = at;
		at += w->s->inner[r].captures;
		w->s->inner[r].captures = 0;
	}
	w->s->capture = arena_zalloc(&w->s->arena, at, sizeof *w->s->capture);
	for (size_t i = 0; i < w->count; i++) {
		struct shape_inner *g = &w->s->inner[w->pending[i].inner];

		w->s->capture[g->first_capture + g->captures++] = w->pending[i].capture;
	}
}

/* ---- rows ---- */

/* The other way round: for each row, in order, the rows in whose part of `start` it stands. */
static void turn_round(struct shape *s, uint32_t rows, const uint32_t *start, const uint32_t *to, uint32_t **out_start, uint32_t **out)
{
	uint32_t *first = arena_zalloc(&s->arena, (size_t)rows + 2, sizeof *first), *from;

	for (uint32_t i = 0; i < start[rows]; i++)
		if (to[i] != PLAN_NONE)
			first[to[i] + 2]++;
	for (uint32_t r = 1; r < rows + 2; r++)
		first[r] += first[r - 1];
	from = arena_zalloc(&s->arena, first[rows + 1], sizeof *from);
	for (uint32_t r = 0; r < rows; r++)
		for (uint32_t i = start[r]; i < start[r + 1]; i++)
			if (to[i] != PLAN_NONE)
				from[first[to[i] + 1]++] = r;
	*out_start = first;	/* each start has moved to the next row's: first[r]..first[r+1] is row r's part */
	*out = from;
}

static void shape_joins(struct shaping *w)
{
	for (uint32_t r = 0; r < w->p->regions; r++) {
		const struct plan_region *g = &w->p->region[r];
		struct shape_inner *s = inner_of(w, g->node);

		if (g->parent_start)
			turn_round(w->s, w->p->block[g->body].rows, g->parent_start, g->parents, &s->child_start, &s->child);
		if (g->input_start)
			turn_round(w->s, w->p->block[g->body].rows, g->input_start, g->input_from, &s->user_start, &s->user);
	}
}

uint32_t shape_steps(const struct shape *s, uint32_t block, uint32_t row)
{
	return s->block[block].weight ? s->block[block].weight[row] : s->block[block].steps;
}

static uint32_t most(uint64_t steps)
{
	return steps < UINT32_MAX ? (uint32_t)steps : UINT32_MAX;
}

uint32_t shape_inner_steps(const struct shape *s, uint32_t node, uint32_t row)
{
	const struct plan *p = s->p;
	const struct plan_node *n = &p->node[node];
	uint64_t steps = 0;

	for (uint32_t r = n->of; r < n->of + shape_regions(n); r++) {
		const struct plan_region *g = &p->region[r];
		uint64_t here = 0;

		if (g->body == PLAN_NONE)
			continue;
		for (uint32_t i = g->row_start ? g->row_start[row] : 0; g->row_start && i < g->row_start[row + 1]; i++)
			here += shape_steps(s, g->body, i);
		if (!g->row_start)
			here = shape_steps(s, g->body, row) * (uint64_t)(n->kind == NODE_CYCLE && g->until == PLAN_NONE ? g->rounds : 1);
		steps = here > steps ? here : steps;
	}
	return most(steps);
}

static uint32_t steps_below(const struct shape *s, uint32_t block, uint32_t row)
{
	const struct plan *p = s->p;
	uint64_t steps = 0;

	for (uint32_t n = p->block[block].first_node; n < p->block[block].first_node + p->block[block].nodes; n++)
		steps += p->node[n].kind == NODE_CALL ? 1 : shape_inner_steps(s, n, row);
	return most(steps);
}

static void shape_weights(struct shaping *w)
{
	for (uint32_t i = w->p->blocks; i-- > 0;) {
		uint32_t block = w->outward[i], rows = w->p->block[block].rows;
		struct shape_block *b = &w->s->block[block];

		b->steps = b->calls;
		if (!b->inner)
			continue;
		b->weight = arena_zalloc(&w->s->arena, rows, sizeof *b->weight);
		for (uint32_t r = 0; r < rows; r++)
			b->weight[r] = steps_below(w->s, block, r);
	}
}

struct shape *shape_new(const struct plan *p)
{
	struct shape *s = mem_zalloc(1, sizeof *s);
	struct shaping w = { .s = s, .p = p };
	uint32_t inner = 0;

	s->p = p;
	arena_init(&s->arena);
	for (uint32_t n = 0; n < p->nodes; n++)
		inner += p->node[n].kind != NODE_CALL;
	s->place = arena_zalloc(&s->arena, p->nodes, sizeof *s->place);
	s->text = arena_zalloc(&s->arena, p->nodes, sizeof *s->text);
	s->call_node = arena_zalloc(&s->arena, p->nodes, sizeof *s->call_node);
	s->inner_of = arena_zalloc(&s->arena, p->nodes, sizeof *s->inner_of);
	s->readers = arena_zalloc(&s->arena, p->nodes, sizeof *s->readers);
	s->block = arena_zalloc(&s->arena, p->blocks, sizeof *s->block);
	s->inner = arena_zalloc(&s->arena, inner, sizeof *s->inner);
	w.outward = mem_zalloc(p->blocks, sizeof *w.outward);
	shape_blocks(&w);
	s->port_readers = arena_zalloc(&s->arena, w.ports, sizeof *s->port_readers);
	s->port_joined = arena_zalloc(&s->arena, w.ports, sizeof *s->port_joined);
	shape_text(&w);
	shape_uses(&w);
	shape_captures(&w, inner);
	shape_joins(&w);
	shape_weights(&w);
	mem_free(w.pending);
	mem_free(w.outward);
	return s;
}

void shape_free(struct shape *s)
{
	if (!s)
		return;
	arena_release(&s->arena);
	mem_free(s);
}
