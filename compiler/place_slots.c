/*
 * `slots auto`: as many slots as the graph is wide. A step's depth is the length of the longest chain of data and `after` that leads to
 * it; the width of a block is the most steps of one depth, where an `each` counts its items (at most its `limit`) times the width of its
 * body, and a `steps` the rows of one depth. An `each` over a list that exists only at run time counts 4 items if no limit is said.
 */
#include "compiler/place.h"

#include "base/mem.h"

enum { RUN_TIME_ITEMS = 4 };

struct widths {
	const struct graph *g;
	uint64_t *block;		/* width of each block */
	uint32_t *depth;		/* of each node within its block, from 0 */
	uint32_t *first, *node;		/* nodes of each block, in the order in which they were made */
	uint32_t *list_block, *list_depth;	/* of list values: the block + 1 for which its depth is known */
	uint32_t *stack;		/* values to look at */
	size_t stack_cap;
};

static uint64_t capped(uint64_t n) { return n < LIMIT_SLOTS_AUTO ? n : LIMIT_SLOTS_AUTO; }

/* One more than the depth of the deepest node of this block that the value needs. Values of blocks around it are there before. */
static uint32_t depth_behind(struct widths *w, uint32_t block, uint32_t value, uint32_t depth)
{
	const struct graph *g = w->g;
	const struct graph_value *v = &g->value[value];
	size_t n = 0;
	if (v->kind == VALUE_PORT)
		return g->node[v->a].block == block && w->depth[v->a] >= depth ? w->depth[v->a] + 1 : depth;
	if (v->kind != VALUE_LIST)
		return depth;
	/* lists within lists, the inner ones first: each is gone through once for a block */
	w->stack = mem_grow(w->stack, &w->stack_cap, 1, sizeof *w->stack);
	w->stack[n++] = value;
	while (n) {
		uint32_t at = w->stack[n - 1], own = 0;
		size_t had = n;
		v = &g->value[at];
		w->stack = mem_grow(w->stack, &w->stack_cap, n + v->b, sizeof *w->stack);
		for (uint32_t i = 0; i < v->b && w->list_block[at] != block + 1; i++) {
			uint32_t item = g->item[v->a + i];
			const struct graph_value *k = &g->value[item];
			if (k->kind == VALUE_PORT && g->node[k->a].block == block && w->depth[k->a] >= own)
				own = w->depth[k->a] + 1;
			else if (k->kind == VALUE_LIST && w->list_block[item] == block + 1)
				own = w->list_depth[item] > own ? w->list_depth[item] : own;
			else if (k->kind == VALUE_LIST)
				w->stack[n++] = item;
		}
		if (n > had)
			continue;
		if (w->list_block[at] != block + 1)
			w->list_depth[at] = own;
		w->list_block[at] = block + 1;
		n--;
	}
	return w->list_depth[value] > depth ? w->list_depth[value] : depth;
}

/* The most rows of one depth, over the rows of one frame and the next together: they may run at the same time. */
static uint64_t rows_wide(const struct graph *g, const struct graph_region *r, enum plan_node_kind kind)
{
	uint32_t rows = g->block[r->body].rows, outer = r->row_start ? g->block[g->node[r->node].block].rows : 1;
	uint64_t most = r->run_time ? RUN_TIME_ITEMS : 0;
	for (uint32_t o = 0; o < outer && !r->run_time; o++) {
		uint64_t n = r->row_start ? r->row_start[o + 1] - r->row_start[o] : rows;
		most = n > most ? n : most;
	}
	if (kind == NODE_STEPS && (r->parent_start || r->input_start) && rows) {
		uint32_t *depth = mem_zalloc(rows, sizeof *depth);
		uint64_t *wide = mem_zalloc((size_t)rows + 1, sizeof *wide);
		const uint32_t *start = r->parent_start ? r->parent_start : r->input_start, *from = r->parent_start ? r->parents : r->input_from;
		bool again = true;
		/* parents come before their rows almost always; a few rounds settle the rest well enough for an estimate */
		for (unsigned round = 0; again && round < 4; round++) {
			again = false;
			for (uint32_t i = 0; i < rows; i++)
				for (uint32_t k = start[i]; k < start[i + 1]; k++)
					if (from[k] != PLAN_NONE && depth[from[k]] >= depth[i]) {
						depth[i] = depth[from[k]] + 1 < rows ? depth[from[k]] + 1 : rows - 1;
						again |= from[k] > i;
					}
		}
		most = 0;
		for (uint32_t i = 0; i < rows; i++)
			if (++wide[depth[i]] > most)
				most = wide[depth[i]];
		mem_free(depth);
		mem_free(wide);
	}
	return r->limit && most > r->limit ? r->limit : most;
}

static uint64_t node_wide(const struct widths *w, const struct graph_node *n)
{
	const struct graph *g = w->g;
	uint64_t most = 0;
	switch (n->kind) {
	case NODE_CALL: case NODE_LAUNCH: return 1;
	case NODE_EACH: case NODE_STEPS: {
		const struct graph_region *r = &g->region[n->of];
		uint64_t items = rows_wide(g, r, (enum plan_node_kind)n->kind);
		return capped(capped(items) * w->block[r->body]);
	}
	case NODE_CYCLE: return w->block[g->region[n->of].body];
	case NODE_MATCH:
		for (uint32_t k = 0; k < n->arms; k++) {
			uint32_t body = g->region[n->of + k].body;
			if (body != PLAN_NONE && w->block[body] > most)
				most = w->block[body];
		}
		return most;
	default: return 0;	/* the host computes it: no slot */
	}
}

static void block_wide(struct widths *w, uint32_t block)
{
	const struct graph *g = w->g;
	uint32_t n = w->first[block + 1] - w->first[block];
	uint64_t *at = mem_zalloc((size_t)n + 1, sizeof *at), most = 0;
	for (uint32_t i = 0; i < n; i++) {
		uint32_t id = w->node[w->first[block] + i], depth = 0;
		const struct graph_node *node = &g->node[id];
		for (uint32_t k = 0; k < node->args; k++)
			depth = depth_behind(w, block, g->item[node->first_arg + k], depth);
		for (uint32_t k = 0; k < node->afters; k++) {
			uint32_t a = g->item[node->first_after + k];
			if (g->node[a].block == block && w->depth[a] >= depth)
				depth = w->depth[a] + 1;
		}
		w->depth[id] = depth;
		at[depth] += node_wide(w, node);
		most = at[depth] > most ? at[depth] : most;
	}
	w->block[block] = capped(most);
	mem_free(at);
}

uint32_t place_slots(const struct graph *g)
{
	struct widths w = { .g = g };
	w.block = mem_zalloc(g->blocks + 1, sizeof *w.block);
	w.depth = mem_zalloc(g->nodes + 1, sizeof *w.depth);
	w.first = mem_zalloc(g->blocks + 2, sizeof *w.first);
	w.node = mem_zalloc(g->nodes + 1, sizeof *w.node);
	w.list_block = mem_zalloc(g->values + 1, sizeof *w.list_block);
	w.list_depth = mem_zalloc(g->values + 1, sizeof *w.list_depth);
	for (size_t i = 0; i < g->nodes; i++)
		w.first[g->node[i].block + 2]++;
	for (size_t b = 2; b < g->blocks + 2; b++)
		w.first[b] += w.first[b - 1];
	for (uint32_t i = 0; i < g->nodes; i++)
		w.node[w.first[g->node[i].block + 1]++] = i;
	for (size_t b = g->blocks; b-- > 0;)	/* bodies are made after the block around them */
		block_wide(&w, (uint32_t)b);
	uint32_t slots = (uint32_t)w.block[0];
	mem_free(w.block);
	mem_free(w.depth);
	mem_free(w.first);
	mem_free(w.node);
	mem_free(w.list_block);
	mem_free(w.list_depth);
	mem_free(w.stack);
	return slots ? slots : 1;
}
