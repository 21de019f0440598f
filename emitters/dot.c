/*
 * A picture of a plan. Three grains, the finest that stays readable: a node for each row of `steps`; a node for each step
 * of the text, rows as counts; a node for each function with its number of steps.
 */
#include <inttypes.h>
#include "base/file.h"
#include "base/mem.h"
#include "emitters/dot_draw.h"
#include "emitters/emit.h"

enum { MOST_NODES = 500, MOST_EDGES = 600, LABEL = 40, MOST_GIVEN = 8 };
enum grain { BY_ROW, BY_STEP, BY_FUNCTION };

struct picture {
	const struct plan *p;
	struct drawing *d;
	enum grain grain;
	draw_group *group;	/* of each region: its frame */
	bool *expanded;		/* of each region: a node for each row */
	bool *given;		/* of each region: its given files have their edge */
};

/* Where a value is looked at from: the step drawn, and its row when its region is expanded. */
struct view {
	char id[32];
	uint32_t block, row;
	bool sink;
	const char *how;	/* what of the value comes: "each item", "list", … ; "" all of it */
	draw_group head;	/* not 0: the edge leads to this frame */
};

static void node_id(const struct picture *pic, uint32_t node, uint32_t row, char id[32])
{
	const struct plan_block *b = &pic->p->block[pic->p->node[node].block];

	if (pic->grain == BY_FUNCTION)
		snprintf(id, 32, "f%u", pic->p->node[node].of);
	else if (b->node != PLAN_NONE && pic->expanded[pic->p->node[b->node].of])
		snprintf(id, 32, "n%u.%u", node, row);
	else
		snprintf(id, 32, "n%u", node);
}

/* A text cut to what a label can show, whole characters. */
static void put_short(struct buf *out, const char *s)
{
	size_t len = strlen(s), shown = len <= LABEL ? len : LABEL - 1;

	while (shown < len && shown && ((unsigned char)s[shown] & 0xC0) == 0x80)
		shown--;
	buf_add(out, s, shown);
	if (shown < len)
		buf_addstr(out, "…");
}

/* 1,234,567 */
static void put_count(struct buf *out, uint64_t v)
{
	char digits[32];
	size_t len = (size_t)snprintf(digits, sizeof digits, "%" PRIu64, v);

	for (size_t i = 0; i < len; i++) {
		if (i && (len - i) % 3 == 0)
			buf_addch(out, ',');
		buf_addch(out, digits[i]);
	}
}

/* ---- how fine ---- */

/* Only calls in it, and one row around it: then its rows can be nodes. */
static bool can_expand(const struct plan *p, const struct plan_region *r)
{
	const struct plan_node *n = &p->node[r->node];
	const struct plan_block *b = &p->block[r->body];

	for (uint32_t i = 0; i < b->nodes; i++)
		if (p->node[b->first_node + i].kind != NODE_CALL)
			return false;
	return n->kind == NODE_STEPS && p->block[n->block].rows == 1;
}

static enum grain choose_grain(struct picture *pic)
{
	const struct plan *p = pic->p;
	uint64_t nodes = (uint64_t)p->nodes + p->sources + p->sinks, edges = (uint64_t)p->items + p->sinks, rows = 0, links = 0;

	for (uint32_t i = 0; i < p->regions; i++) {
		const struct plan_region *r = &p->region[i];
		uint64_t count = p->block[r->body].rows;

		if (!can_expand(p, r))
			continue;
		rows += count * p->block[r->body].nodes;
		links += count * p->block[r->body].nodes;
		if (r->parent_start)
			links += r->parent_start[count];
		if (r->input_start)
			links += r->input_start[count];
	}
	if (nodes + rows <= MOST_NODES && edges + links <= MOST_EDGES)
		return BY_ROW;
	return nodes <= MOST_NODES && edges <= MOST_EDGES ? BY_STEP : BY_FUNCTION;
}

/* ---- edges ---- */

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
	drawing_edge(pic->d, &(struct draw_line){ from, to->id, strcmp(medium, "share") == 0 ? DRAW_SHARED : DRAW_DATA,
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

	node_id(pic, node, from->row, id);
	put_edge(pic, id, to, to->sink ? "share" : "scratch", tail);
}

/* The list of a region's results: from a middle row when rows are nodes, drawn as from the whole frame. */
static void region_edges(struct picture *pic, const struct plan_region *r, uint32_t result, const struct view *to)
{
	uint32_t index = (uint32_t)(r - pic->p->region), rows = pic->p->block[r->body].rows;
	struct view middle = { .block = r->body, .row = rows / 2 }, list = *to;

	if (pic->expanded[index] && !rows)
		return;
	list.how = "list";
	edges_from(pic, pic->p->item[r->first_result + result], &middle, &list, pic->expanded[index] ? pic->group[index] : 0);
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
	all.head = many ? pic->group[index] : 0;
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
				    v->kind == VALUE_LIST ? NULL : &p->node[v->a];
	struct view item = *to;

	switch ((enum plan_value_kind)v->kind) {
	case VALUE_SOURCE: source_edge(pic, v->a, to); return;
	case VALUE_PORT:
		if (n->kind == NODE_CALL)
			call_edge(pic, v->a, from, to, tail);
		else
			region_edges(pic, &p->region[n->of], v->b, to);
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
	case VALUE_ABSENT: return;
	}
}

/* A drawn node of the region or call, to hang an order edge on. */
static void any_id(const struct picture *pic, uint32_t node, char id[32])
{
	while (pic->p->node[node].kind != NODE_CALL) {
		const struct plan_block *b = &pic->p->block[pic->p->region[pic->p->node[node].of].body];

		if (!b->nodes) {
			id[0] = '\0';
			return;
		}
		node = b->first_node + b->nodes - 1;
	}
	node_id(pic, node, 0, id);
}

static void step_edges(struct picture *pic, uint32_t node, uint32_t row)
{
	const struct plan *p = pic->p;
	const struct plan_node *n = &p->node[node];
	struct view here = { .block = n->block, .row = row, .how = "" };
	char id[32];

	any_id(pic, node, here.id);
	if (n->kind == NODE_CALL)
		node_id(pic, node, row, here.id);
	for (uint32_t i = 0; n->kind == NODE_CALL && i < n->args; i++)
		edges_from(pic, p->item[n->first_arg + i], &here, &here, 0);
	for (uint32_t i = 0; i < n->afters; i++) {
		any_id(pic, p->item[n->first_after + i], id);
		drawing_edge(pic->d, &(struct draw_line){ id, here.id, DRAW_ORDER, "after", 0, 0 });
	}
}

/* ---- nodes ---- */

/* `key`: of its row, when it is one of many; the frame says which function a row is when there is only one. */
static void draw_step(struct picture *pic, draw_group within, uint32_t node, uint32_t row, const char *key)
{
	const struct plan_node *n = &pic->p->node[node];
	const struct plan_func *f = &pic->p->func[n->of];
	bool alone = key && pic->p->block[n->block].nodes == 1;
	struct buf label = BUF_INIT;
	char id[32];

	node_id(pic, node, row, id);
	put_short(&label, key ? key : n->name);
	if (!alone && strcmp(key ? key : n->name, f->name) != 0) {
		buf_addch(&label, '\n');
		put_short(&label, f->name);
		buf_addstr(&label, "()");
	}
	drawing_node(pic->d, within, id, f->effect == EFFECT_ONCE ? DRAW_ONCE : DRAW_STEP, label.p, n->loc);
	buf_release(&label);
}

static void draw_rows(struct picture *pic, draw_group within, const struct plan_region *r)
{
	const struct plan_block *b = &pic->p->block[r->body];

	for (uint32_t row = 0; row < b->rows; row++)
		for (uint32_t i = 0; i < b->nodes; i++)
			draw_step(pic, within, b->first_node + i, row, r->key ? r->key[row] : NULL);
}

/* "counts: each, items known at run time, at most 2 at the same time" */
static void region_label(const struct picture *pic, const struct plan_region *r, struct buf *label)
{
	const struct plan_node *n = &pic->p->node[r->node];

	put_short(label, n->name);
	buf_addstr(label, n->kind == NODE_EACH ? ": each, " : ": steps, ");
	if (r->run_time) {
		buf_addstr(label, "items known at run time");
	} else {
		put_count(label, pic->p->block[r->body].rows);
		buf_addstr(label, n->kind == NODE_EACH ? " items" : " rows");
	}
	if (pic->expanded[n->of] && pic->p->block[r->body].nodes == 1) {
		buf_addstr(label, " of ");
		put_short(label, pic->p->func[pic->p->node[pic->p->block[r->body].first_node].of].name);
		buf_addstr(label, "()");
	}
	if (r->limit)
		buf_printf(label, ", %u at the same time", r->limit);
	if (r->partial)
		buf_addstr(label, ", partial");
}

static void draw_block(struct picture *pic, draw_group within, uint32_t block)
{
	const struct plan_block *b = &pic->p->block[block];

	for (uint32_t i = b->first_node; i < b->first_node + b->nodes; i++) {
		const struct plan_node *n = &pic->p->node[i];
		const struct plan_region *r = &pic->p->region[n->of];
		struct buf label = BUF_INIT;

		if (n->kind == NODE_CALL) {
			draw_step(pic, within, i, 0, NULL);
			continue;
		}
		region_label(pic, r, &label);
		pic->group[n->of] = drawing_group(pic->d, within, label.p, r->run_time);
		buf_release(&label);
		if (pic->expanded[n->of])
			draw_rows(pic, pic->group[n->of], r);
		else
			draw_block(pic, pic->group[n->of], r->body);
	}
}

/* One node for each function that is called, with its number of steps. */
static void draw_functions(struct picture *pic)
{
	const struct plan *p = pic->p;
	uint64_t *steps = mem_zalloc((size_t)p->funcs + 1, sizeof *steps);

	for (uint32_t i = 0; i < p->nodes; i++)
		if (p->node[i].kind == NODE_CALL)
			steps[p->node[i].of] += p->block[p->node[i].block].rows;
	for (uint32_t f = 0; f < p->funcs; f++) {
		struct buf label = BUF_INIT;
		char id[32];

		snprintf(id, sizeof id, "f%u", f);
		put_short(&label, p->func[f].name);
		buf_addstr(&label, "()\n");
		put_count(&label, steps[f]);
		buf_addstr(&label, " steps");
		if (steps[f])
			drawing_node(pic->d, 0, id, DRAW_MANY, label.p, p->func[f].loc);
		buf_release(&label);
	}
	mem_free(steps);
}

static void draw_outside(struct picture *pic, const char *id, enum draw_node kind, const char *name, const char *share,
			 const char *path, const char *loc)
{
	struct buf label = BUF_INIT;

	put_short(&label, name);
	buf_addch(&label, '\n');
	buf_printf(&label, "/%s/", share);
	put_short(&label, path);
	drawing_node(pic->d, 0, id, kind, label.p, loc);
	buf_release(&label);
}

static void draw_edges(struct picture *pic)
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

static void draw(struct picture *pic)
{
	const struct plan *p = pic->p;
	char id[32];

	for (uint32_t i = 0; i < p->sources; i++) {
		snprintf(id, sizeof id, "source%u", i);
		draw_outside(pic, id, DRAW_SOURCE, p->source[i].name, p->source[i].share, p->source[i].path, p->source[i].loc);
	}
	if (pic->grain == BY_FUNCTION)
		draw_functions(pic);
	else
		draw_block(pic, 0, 0);
	for (uint32_t i = 0; i < p->sinks; i++) {
		snprintf(id, sizeof id, "sink%u", i);
		draw_outside(pic, id, DRAW_SINK, p->sink[i].name, p->sink[i].share, p->sink[i].path, p->sink[i].loc);
	}
	draw_edges(pic);
}

void emit_dot_text(const struct plan *p, struct buf *out)
{
	static const char *const orders[] = { "parallel", "depth first", "breadth first", "by dependency" };
	struct picture pic = { .p = p };
	struct plan_count count = plan_count(p);
	struct buf title = BUF_INIT;

	pic.group = mem_zalloc((size_t)p->regions + 1, sizeof *pic.group);
	pic.expanded = mem_zalloc((size_t)p->regions + 1, sizeof *pic.expanded);
	pic.given = mem_zalloc((size_t)p->regions + 1, sizeof *pic.given);
	pic.grain = choose_grain(&pic);
	for (uint32_t i = 0; i < p->regions; i++)
		pic.expanded[i] = pic.grain == BY_ROW && can_expand(p, &p->region[i]);
	buf_printf(&title, "%s: calcset %s on pod, %u slot%s, order %s, ", p->program, p->set.name, p->set.slots,
		   p->set.slots == 1 ? "" : "s", orders[p->set.order]);
	put_count(&title, count.steps);
	buf_addstr(&title, count.steps == 1 ? " step" : " steps");
	if (count.more_at_run_time)
		buf_addstr(&title, " and more at run time");
	pic.d = drawing_begin(title.p);
	draw(&pic);
	drawing_end(pic.d, out);
	mem_free(pic.group);
	mem_free(pic.expanded);
	mem_free(pic.given);
	buf_release(&title);
}

bool emit_dot(const struct emit_input *in, struct emit_files *files)
{
	struct buf name = BUF_INIT, text = BUF_INIT;
	bool added;

	file_encode_key(&name, in->plan->set.name, strlen(in->plan->set.name));
	buf_addstr(&name, ".dot");
	emit_dot_text(in->plan, &text);
	added = emit_files_add(files, name.p, &text);
	if (!added)
		diag_report(in->diags, CF802, SPAN_NONE, "%s: two sets would be drawn in %s", in->plan->set.loc, name.p);
	buf_release(&name);
	buf_release(&text);
	return added;
}
