/* The graph's columns, and evaluation at a row. It decides nothing. */
#include "compiler/graph.h"

#include <string.h>

#include "base/mem.h"
#include "compiler/compilation.h"

void graph_init(struct graph *g) { *g = (struct graph){ .pond = PLAN_NONE, .refused = -1 }; }

void graph_release(struct graph *g)
{
	for (size_t i = 0; i < g->regions; i++) {
		struct graph_region *r = &g->region[i];
		for (uint32_t k = 0; k < r->lists; k++)
			mem_free(r->list_word[k]);
		mem_free(r->list_word);
		mem_free(r->list_type);
		mem_free(r->row_start);
		mem_free(r->key);
		mem_free(r->parent_start);
		mem_free(r->parents);
		mem_free(r->input_start);
		mem_free(r->input_from);
		mem_free(r->input_name);
		mem_free(r->output_start);
		mem_free(r->output_name);
		mem_free(r->output_list);
		mem_free(r->row_line);
		mem_free(r->row_column);
	}
	for (size_t i = 0; i < g->blocks; i++)
		mem_free(g->block[i].up_row);
	mem_free(g->value);
	mem_free(g->item);
	mem_free(g->node);
	mem_free(g->region);
	mem_free(g->block);
	mem_free(g->constant);
	mem_free(g->formula);
	mem_free(g->put);
	mem_free(g->edge);
	mem_free(g->use);
	mem_free(g->group);
	mem_free(g->group_of);
	mem_free(g->sink);
	mem_free(g->sink_value);
	mem_free(g->region_now);
	mem_free(g->param);
	mem_free(g->result);
	graph_init(g);
}

static uint32_t add_node(struct graph *g, struct graph_node n);

#define GRAPH_ADD(name, column, type)                                                                    \
	uint32_t name(struct graph *g, type v)                                                            \
	{                                                                                                 \
		g->column = mem_grow(g->column, &g->column##s_cap, g->column##s + 1, sizeof *g->column);    \
		g->column[g->column##s] = v;                                                                \
		return (uint32_t)g->column##s++;                                                            \
	}
GRAPH_ADD(graph_value, value, struct graph_value)
GRAPH_ADD(add_node, node, struct graph_node)
GRAPH_ADD(graph_region, region, struct graph_region)
GRAPH_ADD(graph_block, block, struct graph_block)
GRAPH_ADD(graph_constant, constant, struct expr *)
GRAPH_ADD(graph_edge, edge, struct graph_edge)
GRAPH_ADD(graph_use, use, struct graph_use)
GRAPH_ADD(graph_put, put, struct graph_put)
GRAPH_ADD(graph_group, group, struct graph_group)
GRAPH_ADD(graph_param, param, type_t)
GRAPH_ADD(graph_result, result, uint32_t)
GRAPH_ADD(graph_formula, formula, struct graph_formula)

uint32_t graph_node(struct graph *g, struct graph_node n)
{
	n.first_medium = PLAN_NONE;
	return add_node(g, n);
}

void graph_sink(struct graph *g, uint32_t outside, uint32_t value)
{
	g->sink = mem_grow(g->sink, &g->sinks_cap, g->sinks + 1, sizeof *g->sink);
	g->sink_value = mem_grow(g->sink_value, &g->sink_values_cap, g->sinks + 1, sizeof *g->sink_value);
	g->sink[g->sinks] = outside;
	g->sink_value[g->sinks++] = value;
}

uint32_t graph_items(struct graph *g, const uint32_t *v, uint32_t n)
{
	g->item = mem_grow(g->item, &g->items_cap, g->items + n + 1, sizeof *g->item);
	if (n)
		memcpy(g->item + g->items, v, n * sizeof *v);
	g->items += n;
	return (uint32_t)(g->items - n);
}

bool graph_within(const struct graph *g, uint32_t inner, uint32_t outer)
{
	while (inner != outer) {
		if (g->block[inner].node == PLAN_NONE)
			return false;
		inner = g->block[inner].up;
	}
	return true;
}

struct row_at { const struct graph *g; uint32_t block, row; };

/* The item of a region as seen from a row of a block in it: climb to the region's body. */
static word_t row_of(void *ctx, uint32_t region, uint32_t which)
{
	const struct row_at *at = ctx;
	const struct graph_region *r = &at->g->region[at->g->region_now ? at->g->region_now[region] : region];
	uint32_t block = at->block, row = at->row;
	while (block != r->body) {
		const struct graph_block *b = &at->g->block[block];
		row = b->up_row ? b->up_row[row] : row;
		block = b->up;
	}
	return which == UINT32_MAX ? r->output_list[row] : r->list_word[which][row];
}

bool graph_eval(struct compilation *c, const struct graph *g, uint32_t block, uint32_t row, const struct expr *x, word_t *out)
{
	struct row_at at = { g, block, row };
	struct eval ev = { .c = c, .row_of = row_of, .ctx = &at };
	if (x->fails && g->block[block].region != PLAN_NONE) {
		const struct graph_region *r = &g->region[g->block[block].region];
		if (r->lists)
			ev.at = word_place(&c->store, &c->types, r->list_type[0], r->list_word[0][row]);
	}
	return expr_eval(&ev, x, out);
}

/* ---- counts ---- */

/* Value's nodes: marks each node that a value of a block needs, once. */
static void mark(const struct graph *g, uint32_t v, uint32_t *seen, uint32_t stamp, uint64_t *edges, uint64_t rows)
{
	const struct graph_value *val = &g->value[v];
	switch (val->kind) {
	case VALUE_PORT:
		if (seen[val->a] == stamp)
			return;
		seen[val->a] = stamp;
		*edges += rows;
		return;
	case VALUE_LIST:
		for (uint32_t i = 0; i < val->b; i++)
			mark(g, g->item[val->a + i], seen, stamp, edges, rows);
		return;
	default:
		return;
	}
}

struct graph_count graph_count(const struct graph *g)
{
	struct graph_count n = { 0, 0, false };
	uint32_t *seen = mem_zalloc(g->nodes + 1, sizeof *seen);
	for (uint32_t i = 0; i < g->nodes; i++) {
		const struct graph_node *node = &g->node[i];
		uint64_t rows = g->block[node->block].rows;
		if (node->kind == NODE_CALL || node->kind == GRAPH_COMPUTE)
			n.steps += rows;
		else
			n.more_at_run_time |= node->kind == NODE_LAUNCH || g->region[node->of].run_time;
		for (uint32_t k = 0; k < node->args; k++)
			mark(g, g->item[node->first_arg + k], seen, i + 1, &n.edges, rows);
		for (uint32_t k = 0; k < node->afters; k++) {
			uint32_t a = g->item[node->first_after + k];
			n.edges += seen[a] != i + 1 ? rows : 0;
			seen[a] = i + 1;
		}
	}
	for (size_t i = 0; i < g->regions; i++)
		n.edges += g->region[i].edges;
	mem_free(seen);
	return n;
}
