/* What is the same for every frame of a block; see engine_shape.h. Relies on plan_check; linear in the plan. */
#include "runtime/engine_shape.h"

#include "base/mem.h"

struct pending { uint32_t region; struct capture capture; };

struct shaping {
	struct shape *s;
	const struct plan *p;
	struct pending *pending;
	size_t count, cap;
	uint32_t *outward;	/* blocks, from the flow to its innermost bodies */
};

static uint32_t region_of_body(const struct plan *p, uint32_t block)
{
	return p->node[p->block[block].node].of;
}

/* ---- places ---- */

static void shape_blocks(struct shaping *w)
{
	const struct plan *p = w->p;
	uint32_t head = 0, tail = 1, calls = 0;

	w->s->block[0].around = PLAN_NONE;
	while (head < tail) {
		uint32_t at = w->outward[head++];
		struct shape_block *b = &w->s->block[at];

		b->first_call = calls;
		for (uint32_t i = 0; i < p->block[at].nodes; i++) {
			uint32_t n = p->block[at].first_node + i, body;

			if (p->node[n].kind == NODE_CALL) {
				w->s->call_node[calls++] = n;
				w->s->place[n] = b->calls++;
				continue;
			}
			w->s->place[n] = b->inner++;
			body = p->region[p->node[n].of].body;
			w->s->block[body].around = at;
			w->s->block[body].absorbed = b->absorbed || p->region[p->node[n].of].partial;
			w->outward[tail++] = body;
		}
	}
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

static void add_capture(struct shaping *w, uint32_t region, struct capture c)
{
	w->pending = mem_grow(w->pending, &w->cap, w->count + 1, sizeof *w->pending);
	w->pending[w->count++] = (struct pending){ region, c };
}

/*
 * Something in block `block` (for `holder`, the region whose lists or given files it is, or PLAN_NONE) uses a node.
 * The outermost region between the two holds it; every partial one between them fails with it.
 */
static void use_node(struct shaping *w, uint32_t node, uint32_t port, uint32_t block, uint32_t holder)
{
	const struct plan *p = w->p;
	bool holds = port != PLAN_NONE;

	if (holds && p->node[node].kind == NODE_CALL)
		w->s->readers[node]++;
	else if (holds)
		w->s->port_readers[w->s->region[p->node[node].of].first_port + port]++;
	for (;;) {
		bool last = block == p->node[node].block, partial = holder != PLAN_NONE && p->region[holder].partial;

		if (holder != PLAN_NONE && ((last && holds) || partial))
			add_capture(w, holder, (struct capture){ node, port, last && holds, partial });
		if (last)
			return;
		holder = region_of_body(p, block);
		block = w->s->block[block].around;
	}
}

static void use_joined(struct shaping *w, const struct plan_value *v)
{
	struct shape_region *g = &w->s->region[w->p->node[v->a].of];

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

/* A result leads outside when it is, or holds, something that does not stand in the body, or a port that leads outside. */
static bool leads_out(const struct shaping *w, uint32_t value, uint32_t body)
{
	const struct plan_value *v = &w->p->value[value];
	bool out = false;

	switch (v->kind) {
	case VALUE_PORT:
		if (w->p->node[v->a].block != body)
			return true;
		return w->p->node[v->a].kind != NODE_CALL && w->s->region[w->p->node[v->a].of].passes;
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
	const struct plan_region *g = &w->p->region[r];
	struct shape_region *s = &w->s->region[r];

	for (uint32_t i = 0; i < g->results; i++) {
		uint32_t value = w->p->item[g->first_result + i];

		use_value(w, value, g->body, PLAN_NONE);
		s->passes = s->passes || leads_out(w, value, g->body);
	}
	if (g->given != PLAN_NONE)
		use_value(w, g->given, w->p->node[g->node].block, r);
	for (uint32_t b = w->p->node[g->node].block; s->passes && b; b = w->s->block[b].around)
		w->s->region[region_of_body(w->p, b)].keeps = true;
}

static void shape_uses(struct shaping *w)
{
	const struct plan *p = w->p;

	for (uint32_t n = 0; n < p->nodes; n++) {
		const struct plan_node *node = &p->node[n];
		uint32_t holder = node->kind == NODE_CALL ? PLAN_NONE : node->of;

		for (uint32_t i = 0; i < node->args; i++)
			use_value(w, p->item[node->first_arg + i], node->block, holder);
		for (uint32_t i = 0; i < node->afters; i++)
			use_node(w, p->item[node->first_after + i], PLAN_NONE, node->block, PLAN_NONE);
	}
	for (uint32_t b = p->blocks; b-- > 1;)	/* innermost first: whether a result leads out is asked from outside */
		use_region(w, region_of_body(p, w->outward[b]));
	for (uint32_t i = 0; i < p->sinks; i++)
		use_value(w, p->sink[i].value, 0, PLAN_NONE);
}

static void shape_captures(struct shaping *w)
{
	uint32_t at = 0;

	for (size_t i = 0; i < w->count; i++)
		w->s->region[w->pending[i].region].captures++;
	for (uint32_t r = 0; r < w->p->regions; r++) {
		w->s->region[r].first_capture = at;
		at += w->s->region[r].captures;
		w->s->region[r].captures = 0;
	}
	w->s->capture = arena_zalloc(&w->s->arena, at, sizeof *w->s->capture);
	for (size_t i = 0; i < w->count; i++) {
		struct shape_region *g = &w->s->region[w->pending[i].region];

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
		struct shape_region *s = &w->s->region[r];
		uint32_t rows = w->p->block[g->body].rows;

		if (g->parent_start)
			turn_round(w->s, rows, g->parent_start, g->parents, &s->child_start, &s->child);
		if (g->input_start)
			turn_round(w->s, rows, g->input_start, g->input_from, &s->user_start, &s->user);
	}
}

uint32_t shape_steps(const struct shape *s, uint32_t block, uint32_t row)
{
	return s->block[block].weight ? s->block[block].weight[row] : s->block[block].steps;
}

static uint32_t steps_below(const struct shape *s, uint32_t block, uint32_t row)
{
	const struct plan *p = s->p;
	uint64_t steps = 0;

	for (uint32_t n = p->block[block].first_node; n < p->block[block].first_node + p->block[block].nodes; n++) {
		const struct plan_region *g = p->node[n].kind == NODE_CALL ? NULL : &p->region[p->node[n].of];

		if (!g)
			steps++;
		else if (g->run_time)
			steps += shape_steps(s, g->body, row);
		else
			for (uint32_t i = g->row_start[row]; i < g->row_start[row + 1]; i++)
				steps += shape_steps(s, g->body, i);
	}
	return steps < UINT32_MAX ? (uint32_t)steps : UINT32_MAX;
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
	uint32_t ports = 0;

	s->p = p;
	arena_init(&s->arena);
	s->place = arena_zalloc(&s->arena, p->nodes, sizeof *s->place);
	s->text = arena_zalloc(&s->arena, p->nodes, sizeof *s->text);
	s->call_node = arena_zalloc(&s->arena, p->nodes, sizeof *s->call_node);
	s->readers = arena_zalloc(&s->arena, p->nodes, sizeof *s->readers);
	s->block = arena_zalloc(&s->arena, p->blocks, sizeof *s->block);
	s->region = arena_zalloc(&s->arena, p->regions, sizeof *s->region);
	for (uint32_t r = 0; r < p->regions; r++) {
		s->region[r].first_port = ports;
		ports += p->region[r].results;
	}
	s->port_readers = arena_zalloc(&s->arena, ports, sizeof *s->port_readers);
	s->port_joined = arena_zalloc(&s->arena, ports, sizeof *s->port_joined);
	w.outward = mem_zalloc(p->blocks, sizeof *w.outward);
	shape_blocks(&w);
	shape_text(&w);
	shape_uses(&w);
	shape_captures(&w);
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
