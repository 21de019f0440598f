/*
 * The edges of a picture: from whatever makes a value to what uses it, with the medium between. Follows values through
 * lists, items and regions back to the steps and sources behind them.
 */
#include "base/mem.h"
#include "emitters/dot_picture.h"

enum { MOST_GIVEN = 8 };	/* rows to which given files have an edge each */

/* Where a value is looked at from: the step drawn, and its row when its region is expanded. */
struct view {
	char id[32];
	uint32_t block, row;
	bool sink, back;	/* back: to the next round */
	const char *how;	/* what of the value comes: "each item", "list", … ; "" all of it */
	draw_group head;	/* not 0: the edge leads to this frame */
};

void picture_node_id(const struct picture *pic, uint32_t node, uint32_t row, char id[32])
{
	const struct plan_block *b = &pic->p->block[pic->p->node[node].block];

	if (pic->grain == BY_FUNCTION && pic->p->node[node].kind == NODE_CALL)
		snprintf(id, 32, "f%u", pic->p->node[node].of);
	else if (b->node != PLAN_NONE && pic->expanded[pic->p->node[b->node].of])
		snprintf(id, 32, "n%u.%u", node, row);
	else
		snprintf(id, 32, "n%u", node);
}

static void edges_from(struct picture *pic, uint32_t value, const struct view *from, const struct view *to, draw_group tail);

static bool is_row(const struct picture *pic, uint32_t block)
{
	uint32_t node = pic->p->block[block].node;

	return node != PLAN_NONE && pic->expanded[pic->p->node[node].of];
}

/* An edge with its medium; between rows there are too many for words. */
static void put_edge(struct picture *pic, const char *from, const struct view *to, const char *medium, draw_group tail)
{
	struct buf label = BUF_INIT;

	if (!is_row(pic, to->block) || to->head)
		buf_printf(&label, "%s%s%s", to->how, *to->how ? "\n" : "", medium);
	drawing_edge(pic->d, &(struct draw_line){ from, to->id, to->back ? DRAW_BACK : strcmp(medium, "share") == 0 ? DRAW_SHARED : DRAW_DATA,
		label.p, tail, to->head });
	buf_release(&label);
}

static void source_edge(struct picture *pic, uint32_t source, const struct view *to)
{
	char id[32];

	snprintf(id, sizeof id, "source%u", source);
	put_edge(pic, id, to, "share", 0);
}

static void call_edge(struct picture *pic, uint32_t node, const struct view *from, const struct view *to, draw_group tail)
{
	char id[32];

	picture_node_id(pic, node, from->row, id);
	put_edge(pic, id, to, to->sink ? "share" : "scratch", tail);
}

/* A row that uses nothing of the others (first), or that none of the others uses (last): where the frame's edges hang. */
static uint32_t outer_row(const struct picture *pic, const struct plan_region *r, bool first)
{
	const uint32_t *start = r->parent_start ? r->parent_start : r->input_start;
	const uint32_t *from = r->parent_start ? r->parents : r->input_from;
	uint32_t rows = pic->p->block[r->body].rows, row;
	bool *joined = mem_zalloc((size_t)rows + 1, sizeof *joined);

	for (row = 0; start && row < rows; row++)
		for (uint32_t i = start[row]; i < start[row + 1]; i++)
			if (from[i] != PLAN_NONE)
				joined[first ? row : from[i]] = true;
	row = first ? 0 : rows - 1;
	while (joined[row] && row != (first ? rows - 1 : 0))
		row = first ? row + 1 : row - 1;
	mem_free(joined);
	return row;
}

/* The list of a region's results: from one row when rows are nodes, drawn as from the whole frame. */
static void region_edges(struct picture *pic, const struct plan_region *r, uint32_t result, const struct view *to)
{
	uint32_t index = (uint32_t)(r - pic->p->region), rows = pic->p->block[r->body].rows;
	struct view last = { .block = r->body }, list = *to;
	enum plan_node_kind kind = pic->p->node[r->node].kind;

	if (pic->expanded[index] && !rows)
		return;
	if (pic->expanded[index])
		last.row = outer_row(pic, r, false);
	if (kind == NODE_EACH || kind == NODE_STEPS)
		list.how = "list";
	else if (kind == NODE_CYCLE && !to->back)
		list.how = "last round";
	edges_from(pic, pic->p->item[r->first_result + result], &last, &list, pic->expanded[index] ? pic->group[index] : 0);
}

/* Files that no row makes. To many rows they are one edge, to the frame. */
static void given_edge(struct picture *pic, const struct plan_region *r, const struct view *to)
{
	uint32_t index = (uint32_t)(r - pic->p->region);
	bool many = pic->expanded[index] && pic->p->block[r->body].rows > MOST_GIVEN;
	struct view all = *to;

	if (r->given == PLAN_NONE || (many && pic->given[index]))
		return;
	pic->given[index] = true;
	if (many) {
		all.head = pic->group[index];
		all.row = outer_row(pic, r, true);
		picture_node_id(pic, pic->p->block[r->body].first_node, all.row, all.id);
	}
	all.how = "files";
	edges_from(pic, r->given, &(struct view){ .block = r->body }, &all, 0);
}

/* Results of other rows of the same region: parents, or makers of input files. */
static void row_edges(struct picture *pic, const struct plan_region *r, const struct plan_value *v, const struct view *to)
{
	const uint32_t *start = v->kind == VALUE_PARENTS ? r->parent_start : r->input_start;
	const uint32_t *rows = v->kind == VALUE_PARENTS ? r->parents : r->input_from;
	uint32_t result = pic->p->item[r->first_result + (v->kind == VALUE_PARENTS ? v->b : 0)];
	struct view from = { .block = r->body }, before = *to;

	before.how = "rows before";
	if (!is_row(pic, r->body)) {
		edges_from(pic, result, &from, &before, 0);
		if (v->kind == VALUE_INPUTS)
			given_edge(pic, r, to);
		return;
	}
	for (uint32_t i = start ? start[to->row] : 0, end = start ? start[to->row + 1] : 0; i < end; i++) {
		from.row = rows[i];
		if (rows[i] == PLAN_NONE)
			given_edge(pic, r, to);
		else
			edges_from(pic, result, &from, &before, 0);
	}
}

/* Edges from whatever makes the value, as seen from `from`, to the step `to`. */
static void edges_from(struct picture *pic, uint32_t value, const struct view *from, const struct view *to, draw_group tail)
{
	const struct plan *p = pic->p;
	const struct plan_value *v = &p->value[value];
	const struct plan_node *n = v->kind == VALUE_CONST || v->kind == VALUE_ABSENT || v->kind == VALUE_SOURCE ||
				    v->kind == VALUE_LIST || v->kind == VALUE_PARAM ? NULL : &p->node[v->a];
	struct view item = *to;

	switch ((enum plan_value_kind)v->kind) {
	case VALUE_SOURCE: source_edge(pic, v->a, to); return;
	case VALUE_PORT:
		if (n->kind == NODE_CALL)
			call_edge(pic, v->a, from, to, tail);
		else if (n->kind == NODE_LAUNCH)
			call_edge(pic, v->a, from, to, tail);
		else
			for (uint32_t arm = 0; arm < (n->kind == NODE_MATCH ? n->arms : 1); arm++)
				if (v->b < p->region[n->of + arm].results)
					region_edges(pic, &p->region[n->of + arm], v->b, to);
		return;
	case VALUE_CARRY:
		if (to->back)
			return;
		item.how = "first round";
		edges_from(pic, p->item[n->first_arg + v->b], from, &item, 0);
		item.how = "next round";
		item.back = true;
		edges_from(pic, p->item[p->region[n->of].first_result + v->b], &(struct view){ .block = p->region[n->of].body }, &item, 0);
		return;
	case VALUE_ITEM:
		item.how = "each item";
		edges_from(pic, p->item[n->first_arg + v->b], from, &item, 0);
		return;
	case VALUE_LIST:
		for (uint32_t i = 0; i < v->b; i++)
			edges_from(pic, p->item[v->a + i], from, to, tail);
		return;
	case VALUE_PARENTS:
	case VALUE_INPUTS:
		if (tail == 0)
			row_edges(pic, &p->region[n->of], v, to);
		return;
	case VALUE_CONST:
	case VALUE_PARAM:
	case VALUE_ABSENT: return;
	}
}

/* A drawn node of the region or call, to hang an order edge on. */
static void any_id(const struct picture *pic, uint32_t node, char id[32])
{
	while (pic->p->node[node].kind == NODE_EACH || pic->p->node[node].kind == NODE_STEPS || pic->p->node[node].kind == NODE_CYCLE) {
		const struct plan_block *b = &pic->p->block[pic->p->region[pic->p->node[node].of].body];

		if (!b->nodes) {
			id[0] = '\0';
			return;
		}
		node = b->first_node + b->nodes - 1;
	}
	picture_node_id(pic, node, 0, id);
}

/* From the choice to what is done then. */
static void arm_edge(const struct picture *pic, const struct plan_region *r, const char *from)
{
	char id[32];

	if (r->body == PLAN_NONE || !pic->p->block[r->body].nodes)
		return;
	any_id(pic, pic->p->block[r->body].first_node, id);
	drawing_edge(pic->d, &(struct draw_line){ from, id, DRAW_ORDER, "", 0, pic->group[r - pic->p->region] });
}

static void step_edges(struct picture *pic, uint32_t node, uint32_t row)
{
	const struct plan *p = pic->p;
	const struct plan_node *n = &p->node[node];
	struct view here = { .block = n->block, .row = row, .how = "" };
	char id[32];

	bool drawn = n->kind == NODE_CALL || n->kind == NODE_MATCH || n->kind == NODE_LAUNCH;

	any_id(pic, node, here.id);
	if (drawn)
		picture_node_id(pic, node, row, here.id);
	for (uint32_t arm = 0; arm < n->arms; arm++)
		arm_edge(pic, &p->region[n->of + arm], here.id);
	for (uint32_t i = 0; drawn && i < n->args; i++)
		edges_from(pic, p->item[n->first_arg + i], &here, &here, 0);
	for (uint32_t i = 0; i < n->afters; i++) {
		any_id(pic, p->item[n->first_after + i], id);
		drawing_edge(pic->d, &(struct draw_line){ id, here.id, DRAW_ORDER, "after", 0, 0 });
	}
}

void picture_draw_edges(struct picture *pic)
{
	const struct plan *p = pic->p;

	for (uint32_t i = 0; i < p->nodes; i++) {
		const struct plan_block *b = &p->block[p->node[i].block];
		bool rows = b->node != PLAN_NONE && pic->expanded[p->node[b->node].of];

		for (uint32_t row = 0; row < (rows ? b->rows : 1); row++)
			step_edges(pic, i, row);
	}
	for (uint32_t i = 0; i < p->sinks; i++) {
		struct view sink = { .block = 0, .sink = true, .how = "" };

		snprintf(sink.id, sizeof sink.id, "sink%u", i);
		edges_from(pic, p->sink[i].value, &sink, &sink, 0);
	}
}
