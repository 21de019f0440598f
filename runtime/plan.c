/*
 * A plan's life, and what can be counted in it before a run. Knows nothing of how a plan is made, read or checked; the
 * counts are of a plan that plan_check accepted.
 */
#include "runtime/plan.h"

#include "base/mem.h"

struct plan *plan_new(void)
{
	struct plan *p = mem_zalloc(1, sizeof *p);

	arena_init(&p->arena);
	p->set.window = PLAN_NONE;
	return p;
}

void plan_free(struct plan *p)
{
	if (!p)
		return;
	arena_release(&p->arena);
	mem_free(p);
}

uint32_t plan_func_memory_max(const struct plan *p)
{
	uint32_t best = PLAN_NONE;

	for (uint32_t f = 0; f < p->funcs; f++)
		if (p->func[f].memory && (best == PLAN_NONE || p->func[f].memory > p->func[best].memory))
			best = f;
	return best;
}

/* ---- counting ---- */

struct counting {
	const struct plan *p;
	uint64_t *within;	/* of each node: its steps over all rows of its block, bodies within included */
	uint32_t *marked;	/* of each node: the reader that was counted last; a pair counts once */
	uint32_t reader;
	uint64_t edges;
};

static uint64_t add(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static uint64_t times(uint64_t a, uint64_t b)
{
	uint64_t product;

	return __builtin_mul_overflow(a, b, &product) ? UINT64_MAX : product;
}

static uint64_t count_steps(struct counting *c, uint32_t block);

/* Steps within a node, over all rows of its block: of a match those of all arms, of a cycle those of one round. */
static uint64_t count_within(struct counting *c, const struct plan_node *n)
{
	uint64_t steps = 0;

	if (n->kind == NODE_CALL || n->kind == NODE_LAUNCH)
		return c->p->block[n->block].rows;
	for (uint32_t r = n->of; r < n->of + (n->kind == NODE_MATCH ? n->arms : 1); r++)
		if (c->p->region[r].body != PLAN_NONE)
			steps = add(steps, count_steps(c, c->p->region[r].body));
	return steps;
}

static uint64_t count_steps(struct counting *c, uint32_t block)
{
	const struct plan_block *b = &c->p->block[block];
	uint64_t steps = 0;

	for (uint32_t n = b->first_node; n < b->first_node + b->nodes; n++) {
		c->within[n] = count_within(c, &c->p->node[n]);
		steps = add(steps, c->within[n]);
	}
	return steps;
}

/* Steps that make value v, over all rows of the block it stands in. */
static uint64_t count_makers(const struct counting *c, const struct plan_value *v)
{
	const struct plan_node *n = &c->p->node[v->a];
	const struct plan_region *r;
	uint64_t makers = 0;

	if (v->kind == VALUE_LIST) {
		for (uint32_t i = 0; i < v->b; i++)
			makers = add(makers, count_makers(c, &c->p->value[c->p->item[v->a + i]]));
		return makers;
	}
	if (v->kind != VALUE_PORT)
		return 0;
	if (n->kind != NODE_EACH && n->kind != NODE_STEPS)	/* of a match one arm runs; chains of them may branch: no further */
		return c->p->block[n->block].rows;
	r = &c->p->region[n->of];
	return count_makers(c, &c->p->value[c->p->item[r->first_result + v->b]]);
}

/* Pairs of a reader in block `to` and `made` steps counted over the rows of block `from`, which is `to` or around it. */
static void count_pairs(struct counting *c, uint64_t made, uint32_t from, uint32_t to)
{
	uint64_t rows = c->p->block[from].rows;

	if (rows)
		c->edges = add(c->edges, from == to ? made : times(made / rows, c->p->block[to].rows));
}

static void count_value(struct counting *c, uint32_t value, uint32_t block)
{
	const struct plan_value *v = &c->p->value[value];

	if (v->kind == VALUE_LIST)
		for (uint32_t i = 0; i < v->b; i++)
			count_value(c, c->p->item[v->a + i], block);
	if (v->kind == VALUE_ITEM) {
		const struct plan_node *each = &c->p->node[v->a];

		count_value(c, c->p->item[each->first_arg + v->b], block);
	}
	if (v->kind != VALUE_PORT || c->marked[v->a] == c->reader)
		return;
	c->marked[v->a] = c->reader;
	count_pairs(c, count_makers(c, v), c->p->node[v->a].block, block);
}

static void count_call(struct counting *c, uint32_t n)
{
	const struct plan_node *node = &c->p->node[n];

	c->reader = n;
	for (uint32_t i = 0; i < node->args; i++)
		count_value(c, c->p->item[node->first_arg + i], node->block);
	for (uint32_t i = 0; i < node->afters; i++) {
		uint32_t m = c->p->item[node->first_after + i];
		const struct plan_node *before = &c->p->node[m];

		if (c->marked[m] == n)
			continue;
		c->marked[m] = n;
		count_pairs(c, c->within[m], before->block, node->block);
	}
}

/* Pairs of rows; `last` (zeroed, one per body row) holds the reader + 1 for which a row was counted last. */
static void count_rows(struct counting *c, const struct plan_region *r, uint32_t *last)
{
	for (uint32_t row = 0; row < c->p->block[r->body].rows; row++) {
		for (uint32_t i = r->parent_start ? r->parent_start[row] : 0;
		     r->parent_start && i < r->parent_start[row + 1]; i++)
			if (last[r->parents[i]] != row + 1) {
				last[r->parents[i]] = row + 1;
				c->edges++;
			}
		for (uint32_t i = r->input_start ? r->input_start[row] : 0;
		     r->input_start && i < r->input_start[row + 1]; i++)
			if (r->input_from[i] != PLAN_NONE && last[r->input_from[i]] != row + 1) {
				last[r->input_from[i]] = row + 1;
				c->edges++;
			}
	}
}

bool plan_state_outlives(const struct plan_state *s)
{
	return s->at[0] == '/' || strncmp(s->at, PLAN_POND, strlen(PLAN_POND)) == 0;
}

bool plan_publishes_states(const struct plan *p)
{
	for (uint32_t f = 0; f < p->funcs; f++)
		for (uint32_t i = p->func[f].first_use; i < p->func[f].first_use + p->func[f].uses; i++) {
			const struct plan_state *s = &p->state[p->use[i].state];

			if (p->use[i].writes && p->use[i].param == PLAN_NONE && s->mode != PLAN_SYNC && plan_state_outlives(s))
				return true;
		}
	return false;
}

struct plan_count plan_count(const struct plan *p)
{
	struct counting c = { .p = p };
	struct plan_count out = { 0 };

	if (!p->blocks)
		return out;
	c.within = mem_zalloc(p->nodes, sizeof *c.within);
	c.marked = mem_zalloc(p->nodes, sizeof *c.marked);
	for (uint32_t n = 0; n < p->nodes; n++)
		c.marked[n] = PLAN_NONE;
	out.steps = count_steps(&c, 0);
	for (uint32_t n = 0; n < p->nodes; n++)
		if (p->node[n].kind == NODE_CALL || p->node[n].kind == NODE_MATCH || p->node[n].kind == NODE_LAUNCH)
			count_call(&c, n);
	for (uint32_t r = 0; r < p->regions; r++) {
		out.more_at_run_time |= p->region[r].run_time || p->node[p->region[r].node].kind == NODE_CYCLE;
		if (p->region[r].parent_start || p->region[r].input_start) {
			uint32_t *last = mem_zalloc(p->block[p->region[r].body].rows, sizeof *last);

			count_rows(&c, &p->region[r], last);
			mem_free(last);
		}
	}
	out.edges = c.edges;
	mem_free(c.within);
	mem_free(c.marked);
	return out;
}
