/*
 * The lines of a set's picture: from whatever makes a value to what uses it, by the medium between. Values are followed through lists,
 * items and regions back to the steps and sources behind them; each is followed once for each node that uses it.
 */
#include "emitters/picture_parts.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "compiler/place.h"

enum { MOST_GIVEN = 8, MOST_WORDS = 120 };	/* rows to which given files have a line each; lines that are labelled with their medium */

/* Where a value is looked at from: what is drawn for who uses it, and its row when rows are nodes. */
struct view {
	uint32_t id, node;	/* node: of the graph; PLAN_NONE: a sink */
	uint32_t block, row;
	uint32_t sink;		/* place in program.outside */
	bool back;		/* to the next round */
	const char *how;	/* what of the value comes: "each item", "list", … ; "" all of it */
	uint32_t head;		/* not 0: the line leads to this frame */
};

/* ---- what was followed ---- */

struct visit { uint32_t value, to, row, back; };
struct visited {
	struct visit *at;
	size_t count, mask;
	unsigned depth;
	uint32_t *outer[2];		/* of each region: the first row, the last row; PLAN_NONE: not looked for yet */
	struct graph_edge *edge;	/* sorted */
};

static size_t visit_slot(const struct visited *v, const struct visit *x)
{
	uint64_t h = ((uint64_t)x->value << 32 | x->to) * UINT64_C(0x9E3779B97F4A7C15) ^ ((uint64_t)x->row << 1 | x->back) * UINT64_C(0xBF58476D1CE4E5B9);
	return (size_t)((h ^ h >> 31) * UINT64_C(0x94D049BB133111EB) >> 32) & v->mask;
}

/* Was it there? It is now. */
static bool visit(struct visited *v, struct visit x)
{
	if (v->count * 2 >= v->mask) {
		struct visit *old = v->at;
		size_t had = old ? v->mask + 1 : 0;
		v->mask = had ? had * 2 - 1 : 1023;
		v->at = mem_alloc((v->mask + 1) * sizeof *v->at);
		memset(v->at, 0xff, (v->mask + 1) * sizeof *v->at);
		for (size_t i = 0; i < had; i++) {
			size_t to = visit_slot(v, &old[i]);
			while (old[i].value != PLAN_NONE && v->at[to].value != PLAN_NONE)
				to = (to + 1) & v->mask;
			if (old[i].value != PLAN_NONE)
				v->at[to] = old[i];
		}
		mem_free(old);
	}
	size_t at = visit_slot(v, &x);
	for (; v->at[at].value != PLAN_NONE; at = (at + 1) & v->mask)
		if (!memcmp(&v->at[at], &x, sizeof x))
			return true;
	v->at[at] = x;
	v->count++;
	return false;
}

/* ---- media ---- */

static int by_ends(const void *a, const void *b)
{
	const struct graph_edge *x = a, *y = b;
	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	if (x->result != y->result)
		return x->result < y->result ? -1 : 1;
	if (x->to != y->to)
		return x->to < y->to ? -1 : 1;
	return (x->medium > y->medium) - (x->medium < y->medium);
}

/* By which the step `to` takes a result (of a source, from PLAN_NONE); PLAN_NONE: nothing is known. */
static uint32_t medium_between(const struct picture *pic, uint32_t from, uint32_t result, uint32_t to)
{
	const struct graph_edge *e = pic->visited->edge;
	struct graph_edge key = { from, result, to, 0 };
	size_t low = 0, high = pic->g->edges;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (by_ends(&e[mid], &key) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	if (low < pic->g->edges && e[low].from == from && e[low].result == result && e[low].to == to)
		return e[low].medium;
	if (from == PLAN_NONE || pic->g->node[from].first_medium == PLAN_NONE || result >= place_results(pic->c, pic->g, &pic->g->node[from]))
		return PLAN_NONE;
	return pic->g->item[pic->g->node[from].first_medium + result];
}

/* ---- lines ---- */

/* `name`: of the result that comes, where there are several. Between rows there are too many lines for words. */
static void put_line(struct picture *pic, uint32_t from, const struct view *to, uint32_t medium, const char *name, uint32_t tail)
{
	struct buf *label = &pic->s->text;
	uint32_t parted = to->node == PLAN_NONE ? PLAN_NONE : picture_parted(pic, to->block);
	/* the ends of a line between a frame and what stands outside are far from its middle: what has a name needs no words there */
	bool outside = (tail && to->node == PLAN_NONE) || (to->head && from != DRAW_NONE && pic->d->node[from].kind == DRAW_SOURCE);
	bool words = (parted == PLAN_NONE || to->head) && pic->grain < BY_FUNCTION && !outside;
	enum line_kind kind = to->back ? LINE_BACK : medium == PLAN_NONE ? LINE_DATA : line_of_medium(graph_medium(medium));
	if (from == to->id && (pic->grain >= BY_REGION || pic->grain == BY_PART))
		return;
	buf_clear(label);
	if (words) {
		if (name && *name)
			label_short(label, name, strlen(name));
		if (*to->how)
			buf_printf(label, "%s%s", label->len ? "\n" : "", to->how);
		if (medium != PLAN_NONE && graph_medium(medium) != MEDIUM_SHARE && pic->d->lines < MOST_WORDS) {
			buf_addstr(label, *to->how ? ", " : label->len ? "\n" : "");
			label_medium(pic, medium, label);
		}
	}
	drawing_line(pic->d, &(struct draw_line){ .kind = (uint8_t)kind, .counted = (pic->grain == BY_ALIKE || pic->grain == BY_PART) && parted != PLAN_NONE && !to->head,
						  .from = from, .to = to->id, .tail = tail, .head = to->head, .label = buf_str(label) });
}

static uint32_t medium_of_outside(const struct picture *pic, uint32_t outside)
{
	const struct outside *o = &pic->c->program.outside[outside];
	return o->pond ? GRAPH_MEDIUM(MEDIUM_POND, o->pond - 1) : GRAPH_MEDIUM(MEDIUM_SHARE, 0);
}

static void from_source(struct picture *pic, uint32_t source, const struct view *to)
{
	uint32_t medium = to->node == PLAN_NONE ? PLAN_NONE : medium_between(pic, PLAN_NONE, source, to->node);
	if (medium == PLAN_NONE)
		medium = source == GRAPH_IMPLIED ? GRAPH_MEDIUM(MEDIUM_SHARE, 0) : medium_of_outside(pic, source);
	put_line(pic, scene_source(pic->s, source), to, medium, NULL, 0);
}

static void from_step(struct picture *pic, uint32_t node, uint32_t result, uint32_t row, const struct view *to, uint32_t tail)
{
	const struct graph_node *n = &pic->g->node[node];
	const struct func *f = n->kind == NODE_CALL ? &pic->c->program.func[n->of] : NULL;
	const char *name = f && f->sig.results > 1 && result < f->sig.results ? name_of(pic->c, f->sig.result[result].name) : NULL;
	uint32_t medium = to->node == PLAN_NONE ? medium_of_outside(pic, to->sink) : medium_between(pic, node, result, to->node);
	put_line(pic, picture_node(pic, node, row), to, medium, name, tail);
}

/* ---- rows ---- */

/* A row that uses nothing of the others (first), or that none of the others uses (last): where the frame's lines hang. */
static uint32_t outer_row(const struct picture *pic, uint32_t region, bool last)
{
	const struct graph_region *r = &pic->g->region[region];
	const uint32_t *start = r->parent_start ? r->parent_start : r->input_start, *from = r->parent_start ? r->parents : r->input_from;
	uint32_t rows = pic->g->block[r->body].rows, row, *known = &pic->visited->outer[last][region];
	if (*known != PLAN_NONE)
		return *known;
	bool *joined = mem_zalloc((size_t)rows + 1, sizeof *joined);
	for (row = 0; start && row < rows; row++)
		for (uint32_t i = start[row]; i < start[row + 1]; i++)
			if (from[i] != PLAN_NONE)
				joined[last ? from[i] : row] = true;
	row = last ? rows - 1 : 0;
	while (joined[row] && row != (last ? 0 : rows - 1))
		row = last ? row - 1 : row + 1;
	mem_free(joined);
	return *known = row;
}

static void from_value(struct picture *pic, uint32_t value, const struct view *from, const struct view *to, uint32_t tail);

/* The list of a region's results: from one row when rows are nodes, drawn as from the whole frame. */
static void from_region(struct picture *pic, uint32_t region, uint32_t result, const struct view *to)
{
	const struct graph_region *r = &pic->g->region[region];
	enum plan_node_kind kind = (enum plan_node_kind)pic->g->node[r->node].kind;
	bool parted = pic->look[region] == LOOK_ROWS || pic->look[region] == LOOK_ALIKE;
	struct view last = { .block = r->body }, list = *to;
	if (r->body == PLAN_NONE || result >= r->results || (parted && !pic->g->block[r->body].rows))
		return;
	if (parted)
		last.row = outer_row(pic, region, true);
	if (kind == NODE_EACH || kind == NODE_STEPS)
		list.how = "list";
	else if (kind == NODE_CYCLE && !to->back)
		list.how = "last round";
	from_value(pic, pic->g->item[r->first_result + result], &last, &list, parted ? pic->frame[region] : 0);
}

/* Files that no row makes. To many rows they are one line, to the frame. */
static void from_given(struct picture *pic, uint32_t region, const struct view *to)
{
	const struct graph_region *r = &pic->g->region[region];
	bool parted = pic->look[region] == LOOK_ROWS || pic->look[region] == LOOK_ALIKE, many = parted && pic->g->block[r->body].rows > MOST_GIVEN;
	struct view all = *to;
	if (r->given == PLAN_NONE || (many && pic->given[region]))
		return;
	pic->given[region] = true;
	if (many) {
		all.head = pic->frame[region];
		all.id = picture_node(pic, pic->block_node[pic->block_start[r->body]], outer_row(pic, region, false));
	}
	all.how = "files";
	from_value(pic, r->given, &(struct view){ .block = r->body }, &all, 0);
}

/* Results of other rows of the same region: parents, or makers of input files. */
static void from_rows(struct picture *pic, uint32_t region, const struct graph_value *v, const struct view *to)
{
	const struct graph_region *r = &pic->g->region[region];
	const uint32_t *start = v->kind == VALUE_PARENTS ? r->parent_start : r->input_start;
	const uint32_t *rows = v->kind == VALUE_PARENTS ? r->parents : r->input_from;
	uint32_t which = v->kind == VALUE_PARENTS ? v->b : 0, result = which < r->results ? pic->g->item[r->first_result + which] : PLAN_NONE;
	struct view from = { .block = r->body }, before = *to;
	before.how = "rows before";
	if (result == PLAN_NONE)
		return;
	if (picture_parted(pic, r->body) == PLAN_NONE) {
		from_value(pic, result, &from, &before, 0);
		if (v->kind == VALUE_INPUTS)
			from_given(pic, region, to);
		return;
	}
	for (uint32_t i = start ? start[to->row] : 0, end = start ? start[to->row + 1] : 0; i < end && !drawing_full(pic->d); i++) {
		from.row = rows[i];
		if (rows[i] == PLAN_NONE)
			from_given(pic, region, to);
		else
			from_value(pic, result, &from, &before, 0);
	}
}

/* ---- values ---- */

/* What a cycle carries: its first value, and what the round before made. */
static void from_carry(struct picture *pic, const struct graph_value *v, const struct view *from, const struct view *to)
{
	const struct graph_region *r = &pic->g->region[v->a];
	const struct graph_node *n = &pic->g->node[r->node];
	struct view one = *to;
	if (to->back)
		return;
	one.how = "first round";
	from_value(pic, pic->g->item[n->first_arg + v->b], from, &one, 0);
	one.how = "next round";
	one.back = true;
	from_value(pic, pic->g->item[r->first_result + v->b], &(struct view){ .block = r->body }, &one, 0);
}

/* What an arm gives that no step in it makes: it comes by the choice. */
static void from_choice(struct picture *pic, uint32_t node, uint32_t region, uint32_t which, const struct view *to)
{
	const struct graph_region *r = &pic->g->region[region];
	const struct graph_value *v = r->body != PLAN_NONE && which < r->results ? &pic->g->value[pic->g->item[r->first_result + which]] : NULL;
	if (v && (v->kind != VALUE_PORT || !graph_within(pic->g, pic->g->node[v->a].block, r->body)))
		put_line(pic, pic->first[node], to, PLAN_NONE, NULL, 0);
}

static void from_port(struct picture *pic, const struct graph_value *v, const struct view *from, const struct view *to, uint32_t tail)
{
	const struct graph_node *n = &pic->g->node[v->a];
	if (n->kind == NODE_CALL || n->kind == GRAPH_COMPUTE || n->kind == NODE_LAUNCH)
		from_step(pic, v->a, v->b, from->row, to, tail);
	else
		for (uint32_t arm = 0; arm < (n->kind == NODE_MATCH ? n->arms : 1); arm++) {
			from_region(pic, n->of + arm, v->b, to);
			if (n->kind == NODE_MATCH)
				from_choice(pic, v->a, n->of + arm, v->b, to);
		}
}

/* Lines from whatever makes the value, as seen from `from`, to who uses it. */
static void from_value(struct picture *pic, uint32_t value, const struct view *from, const struct view *to, uint32_t tail)
{
	const struct graph *g = pic->g;
	const struct graph_value *v = &g->value[value];
	bool wide = v->kind == VALUE_LIST || v->kind == VALUE_ITEM || v->kind == VALUE_CARRY ||
		    (v->kind == VALUE_PORT && g->node[v->a].kind != NODE_CALL && g->node[v->a].kind != GRAPH_COMPUTE);
	struct view item = *to;
	if (drawing_full(pic->d) || pic->visited->depth >= LIMIT_DEMAND || (wide && visit(pic->visited, (struct visit){ value, to->id, from->row, to->back })))
		return;
	pic->visited->depth++;
	switch (v->kind) {
	case VALUE_SOURCE: from_source(pic, v->a, to); break;
	case VALUE_PORT: from_port(pic, v, from, to, tail); break;
	case VALUE_CARRY: from_carry(pic, v, from, to); break;
	case VALUE_ITEM: {
		const struct graph_node *n = &g->node[g->region[v->a].node];
		item.how = "each item";
		if (v->b < n->args)
			from_value(pic, g->item[n->first_arg + v->b], from, &item, 0);
		break;
	}
	case VALUE_LIST:
		for (uint32_t i = 0; i < v->b; i++)
			from_value(pic, g->item[v->a + i], from, to, tail);
		break;
	case VALUE_PARENTS:
	case VALUE_INPUTS:
		if (tail == 0)
			from_rows(pic, v->a, v, to);
		break;
	default: break;
	}
	pic->visited->depth--;
}

/* ---- steps ---- */

/* What is drawn of a node, to hang a line on; *frame: not 0, it stands for the whole frame. */
static uint32_t any_node(const struct picture *pic, uint32_t node, bool last, uint32_t *frame)
{
	const struct graph *g = pic->g;
	*frame = 0;
	while (pic->first[node] == DRAW_NONE || (g->node[node].kind == NODE_MATCH && pic->grain < BY_REGION)) {
		const struct graph_node *n = &g->node[node];
		if (n->kind == NODE_CALL || n->kind == GRAPH_COMPUTE || n->kind == NODE_LAUNCH)
			return DRAW_NONE;
		if (n->kind == NODE_MATCH)
			return pic->first[node];
		uint32_t body = g->region[n->of].body;
		if (body == PLAN_NONE || pic->block_start[body] == pic->block_start[body + 1])
			return DRAW_NONE;
		if (!*frame)
			*frame = pic->frame[n->of];
		node = pic->block_node[last ? pic->block_start[body + 1] - 1 : pic->block_start[body]];
		if (picture_parted(pic, body) != PLAN_NONE)
			return g->block[body].rows ? picture_node(pic, node, outer_row(pic, g->block[body].region, last)) : DRAW_NONE;
	}
	return pic->first[node];
}

/* From the choice to what is done then. */
static void arm_line(struct picture *pic, uint32_t region, uint32_t from)
{
	const struct graph_region *r = &pic->g->region[region];
	uint32_t frame, to;
	if (r->body == PLAN_NONE || pic->block_start[r->body] == pic->block_start[r->body + 1])
		return;
	to = any_node(pic, pic->block_node[pic->block_start[r->body]], false, &frame);
	if (to != from)
		drawing_line(pic->d, &(struct draw_line){ .kind = LINE_ARM, .from = from, .to = to, .head = pic->frame[region] });
}

static void state_lines(struct picture *pic, const struct graph_node *n, uint32_t id, uint32_t row)
{
	const struct func *f = n->kind == NODE_CALL ? &pic->c->program.func[n->of] : NULL;
	uint32_t parted = picture_parted(pic, n->block), frame = parted == PLAN_NONE ? 0 : pic->frame[parted];
	if (!f || (frame && row))
		return;
	for (uint32_t i = 0; i < f->n_reads; i++)
		drawing_line(pic->d, &(struct draw_line){ .kind = LINE_STATE, .from = picture_state(pic, f->reads[i].state, id), .to = id, .head = frame, .label = "reads" });
	for (uint32_t i = 0; i < f->n_writes; i++)
		drawing_line(pic->d, &(struct draw_line){ .kind = LINE_STATE, .from = id, .to = picture_state(pic, f->writes[i].state, id), .tail = frame, .label = "writes" });
}

/* The value of the window before. */
static void previous_line(struct picture *pic, const struct graph_node *n, const struct view *here)
{
	const struct expr *x = n->kind == GRAPH_COMPUTE ? pic->g->formula[n->of].x : NULL;
	struct view before = *here;
	if (!x || x->kind != X_PREVIOUS || x->b == PLAN_NONE)
		return;
	before.back = true;
	before.how = "next window";
	from_value(pic, x->b, here, &before, 0);
}

static void step_lines(struct picture *pic, uint32_t node, uint32_t row)
{
	const struct graph *g = pic->g;
	const struct graph_node *n = &g->node[node];
	bool step = n->kind == NODE_CALL || n->kind == GRAPH_COMPUTE || n->kind == NODE_LAUNCH || n->kind == NODE_MATCH;
	bool one = pic->grain >= BY_REGION;	/* regions are nodes: what they take leads to them */
	struct view here = { .node = node, .block = n->block, .row = row, .how = "" };
	uint32_t frame = 0, tail = 0;
	here.id = step || one ? picture_node(pic, node, row) : any_node(pic, node, false, &frame);
	for (uint32_t arm = 0; arm < n->arms && !one; arm++)
		arm_line(pic, n->of + arm, here.id);
	for (uint32_t i = 0; (step || one) && i < n->args && here.id != DRAW_NONE; i++)
		from_value(pic, g->item[n->first_arg + i], &here, &here, 0);
	for (uint32_t i = 0; i < n->afters; i++) {
		uint32_t from = any_node(pic, g->item[n->first_after + i], true, &tail);
		if (from != here.id)
			drawing_line(pic->d, &(struct draw_line){ .kind = LINE_ORDER, .from = from, .to = here.id, .tail = tail, .head = frame, .label = "after" });
	}
	if (here.id == DRAW_NONE)
		return;
	previous_line(pic, n, &here);
	state_lines(pic, n, here.id, row);
}

void picture_edges(struct picture *pic)
{
	const struct graph *g = pic->g;
	struct visited seen = { .edge = mem_alloc((g->edges + 1) * sizeof *seen.edge) };
	pic->visited = &seen;
	if (g->edges)
		memcpy(seen.edge, g->edge, g->edges * sizeof *seen.edge);
	qsort(seen.edge, g->edges, sizeof *seen.edge, by_ends);
	for (unsigned k = 0; k < 2; k++) {
		seen.outer[k] = mem_alloc((g->regions + 1) * sizeof *seen.outer[k]);
		memset(seen.outer[k], 0xff, (g->regions + 1) * sizeof *seen.outer[k]);
	}
	for (uint32_t i = 0; i < g->nodes && !drawing_full(pic->d); i++) {
		uint32_t rows = picture_parted(pic, g->node[i].block) == PLAN_NONE ? 1 : g->block[g->node[i].block].rows;
		for (uint32_t row = 0; row < rows && !drawing_full(pic->d); row++)
			step_lines(pic, i, row);
	}
	for (size_t i = 0; i < g->sinks && !drawing_full(pic->d); i++) {
		struct view sink = { .id = scene_sink(pic->s, g->sink[i]), .node = PLAN_NONE, .sink = g->sink[i], .how = "" };
		from_value(pic, g->sink_value[i], &sink, &sink, 0);
	}
	for (unsigned k = 0; k < 2; k++)
		mem_free(seen.outer[k]);
	mem_free(seen.at);
	mem_free(seen.edge);
}
