/* The regions of a plan: rows, ids, dependencies and names of files, copied into the plan's arena as they are. */
#include "compiler/planner_parts.h"

#include <string.h>

#include "base/mem.h"

static uint32_t *copied(struct planner *pl, const uint32_t *from, size_t n)
{
	uint32_t *to;
	if (!from)
		return NULL;
	to = arena_alloc(&pl->p->arena, (n + 1) * sizeof *to);
	if (n)
		memcpy(to, from, n * sizeof *to);
	return to;
}

static const char **texts(struct planner *pl, const word_t *from, size_t n)
{
	const char **to;
	if (!from)
		return NULL;
	to = arena_alloc(&pl->p->arena, (n + 1) * sizeof *to);
	for (size_t i = 0; i < n; i++)
		to[i] = arena_strndup(&pl->p->arena, string_bytes(&pl->c->store, from[i]), word_lo(from[i]));
	return to;
}

static void one_region(struct planner *pl, const struct graph_region *r, struct plan_region *out)
{
	const struct graph *g = pl->g;
	uint32_t outer = g->block[g->node[r->node].block].rows, rows = r->body == PLAN_NONE ? 0 : g->block[r->body].rows;
	uint32_t *result = mem_alloc(((size_t)r->results + 1) * sizeof *result);

	*out = (struct plan_region){ .node = pl->node_map[r->node], .body = r->body, .partial = r->partial, .limit = r->limit, .run_time = r->run_time && g->node[r->node].kind == NODE_EACH,
				     .rotate = r->rotate, .until = r->until == PLAN_NONE ? PLAN_NONE : value_in_plan(pl, r->until), .rounds = r->rounds, .fails = r->fails,
				     .results = r->results, .given = r->given == PLAN_NONE ? PLAN_NONE : value_in_plan(pl, r->given) };
	for (uint32_t i = 0; i < r->results; i++)
		result[i] = value_in_plan(pl, g->item[r->first_result + i]);
	out->first_result = items_in_plan(pl, result, r->results);
	mem_free(result);
	if (!r->run_time && (g->node[r->node].kind == NODE_EACH || g->node[r->node].kind == NODE_STEPS))
		out->row_start = copied(pl, r->row_start, (size_t)outer + 1);
	if (g->node[r->node].kind != NODE_STEPS)
		return;
	static const word_t nothing;	/* a steps without rows has columns all the same */
	out->key = texts(pl, r->key ? r->key : &nothing, rows);
	if (r->parent_start) {
		out->parent_start = copied(pl, r->parent_start, (size_t)rows + 1);
		out->parents = copied(pl, r->parents ? r->parents : r->parent_start, r->parent_start[rows]);
	}
	if (r->input_start) {
		out->input_start = copied(pl, r->input_start, (size_t)rows + 1);
		out->input_from = copied(pl, r->input_from ? r->input_from : r->input_start, r->input_start[rows]);
		out->input_name = texts(pl, r->input_name ? r->input_name : &nothing, r->input_start[rows]);
		out->output_start = copied(pl, r->output_start, (size_t)rows + 1);
		out->output_name = texts(pl, r->output_name ? r->output_name : &nothing, r->output_start[rows]);
	}
}

void plan_regions(struct planner *pl)
{
	pl->p->regions = (uint32_t)pl->g->regions;
	pl->p->region = arena_zalloc(&pl->p->arena, pl->g->regions + 1, sizeof *pl->p->region);
	for (size_t i = 0; i < pl->g->regions; i++)
		one_region(pl, &pl->g->region[i], &pl->p->region[i]);
}
