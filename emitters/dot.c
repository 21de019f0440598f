/*
 * A picture of a plan: how fine it is drawn, its nodes and frames. Three grains, the finest that stays readable: a node for
 * each row of `steps`; a node for each step of the text, rows as counts; a node for each function with its number of steps.
 */
#include <inttypes.h>
#include "base/file.h"
#include "base/mem.h"
#include "emitters/dot_picture.h"
#include "emitters/emit.h"

enum { MOST_NODES = 500, MOST_EDGES = 600, LABEL = 40 };

static bool inside_character(char c)
{
	return ((unsigned char)c & 0xC0) == 0x80;
}

/* A text cut to what a label can show: its middle goes, for keys often differ at their end. Whole characters. */
static void put_short(struct buf *out, const char *s)
{
	size_t len = strlen(s), head = LABEL / 2, tail = len - LABEL / 2;

	if (len <= LABEL) {
		buf_addstr(out, s);
		return;
	}
	while (head && inside_character(s[head]))
		head--;
	while (tail < len && inside_character(s[tail]))
		tail++;
	buf_add(out, s, head);
	buf_addstr(out, "…");
	buf_addstr(out, s + tail);
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
	const struct plan_block *b = r->body == PLAN_NONE ? &p->block[0] : &p->block[r->body];

	for (uint32_t i = 0; r->body != PLAN_NONE && i < b->nodes; i++)
		if (p->node[b->first_node + i].kind != NODE_CALL)
			return false;
	return n->kind == NODE_STEPS && p->block[n->block].rows == 1;
}

/* Pairs of rows of which one uses what the other made; a pair counts once. */
static uint64_t count_links(const struct plan_region *r, uint32_t rows)
{
	const uint32_t *start = r->parent_start ? r->parent_start : r->input_start;
	const uint32_t *from = r->parent_start ? r->parents : r->input_from;
	uint32_t *user = mem_zalloc((size_t)rows + 1, sizeof *user);
	uint64_t links = 0;

	for (uint32_t row = 0; start && row < rows; row++)
		for (uint32_t i = start[row]; i < start[row + 1]; i++)
			if (from[i] != PLAN_NONE && user[from[i]] != row + 1) {
				user[from[i]] = row + 1;
				links++;
			}
	mem_free(user);
	return links;
}

static enum grain choose_grain(struct picture *pic)
{
	const struct plan *p = pic->p;
	uint64_t nodes = (uint64_t)p->nodes + p->sources + p->sinks, edges = (uint64_t)p->items + p->sinks, rows = 0, links = 0;

	for (uint32_t i = 0; i < p->regions; i++) {
		const struct plan_region *r = &p->region[i];
		uint64_t count;

		if (!can_expand(p, r))
			continue;
		count = p->block[r->body].rows;
		rows += count * p->block[r->body].nodes;
		if (rows <= MOST_NODES)
			links += count_links(r, (uint32_t)count) * p->block[r->body].nodes;
	}
	if (nodes + rows <= MOST_NODES && edges + links <= MOST_EDGES)
		return BY_ROW;
	return nodes <= MOST_NODES && edges <= MOST_EDGES ? BY_STEP : BY_FUNCTION;
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

	picture_node_id(pic, node, row, id);
	put_short(&label, key ? key : n->name);
	if (!alone && strcmp(key ? key : n->name, f->name) != 0) {
		buf_addch(&label, '\n');
		put_short(&label, f->name);
		buf_addstr(&label, "()");
	}
	drawing_node(pic->d, within, id, f->expr != PLAN_NONE ? DRAW_COMPUTE : f->effect == EFFECT_ONCE ? DRAW_ONCE : DRAW_STEP, label.p, n->loc);
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
	if (n->kind == NODE_CYCLE) {
		buf_addstr(label, r->until == PLAN_NONE ? ": cycle, " : ": cycle until, at most ");
		put_count(label, r->rounds);
		buf_addstr(label, r->rounds == 1 ? " round" : " rounds");
		return;
	}
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
	if (r->rotate)
		buf_printf(label, ", in turn over %u", r->rotate);
	if (r->partial)
		buf_addstr(label, ", partial");
}

static void draw_block(struct picture *pic, draw_group within, uint32_t block);

/* What the selector is when this arm runs. */
static const char *outcome_name(const struct plan *p, uint32_t type, uint32_t outcome)
{
	const struct plan_type *t = &p->type[type];

	if (t->kind == PLAN_OPTIONAL)
		return outcome ? outcome_name(p, t->elem, outcome - 1) : "absent";
	if (t->kind == PLAN_BOOL)
		return outcome ? "true" : "false";
	return t->kind == PLAN_ENUM || t->kind == PLAN_CHOICE ? p->field[t->first + outcome].name : "present";
}

static void draw_match(struct picture *pic, draw_group within, uint32_t node)
{
	const struct plan *p = pic->p;
	const struct plan_node *n = &p->node[node];
	draw_group all = drawing_group(pic->d, within, n->name, false);
	char id[32];

	picture_node_id(pic, node, 0, id);
	drawing_node(pic->d, all, id, DRAW_CHOOSE, p->type[p->value[p->item[n->first_arg]].type].kind == PLAN_BOOL ? "when" : "match", n->loc);
	for (uint32_t arm = 0; arm < n->arms; arm++) {
		const struct plan_region *r = &p->region[n->of + arm];

		if (r->body == PLAN_NONE || !p->block[r->body].nodes)
			continue;
		pic->group[n->of + arm] = drawing_group(pic->d, all, outcome_name(p, p->value[p->item[n->first_arg]].type, arm), true);
		draw_block(pic, pic->group[n->of + arm], r->body);
	}
}

static void draw_launch(struct picture *pic, draw_group within, uint32_t node)
{
	const struct plan_node *n = &pic->p->node[node];
	struct buf label = BUF_INIT;
	char id[32];

	picture_node_id(pic, node, 0, id);
	put_short(&label, n->name);
	buf_addstr(&label, "\nlaunch");
	drawing_node(pic->d, within, id, DRAW_LAUNCH, label.p, n->loc);
	buf_release(&label);
}

static void draw_block(struct picture *pic, draw_group within, uint32_t block)
{
	const struct plan_block *b = &pic->p->block[block];

	for (uint32_t i = b->first_node; i < b->first_node + b->nodes; i++) {
		const struct plan_node *n = &pic->p->node[i];
		const struct plan_region *r = n->kind == NODE_CALL || n->kind == NODE_LAUNCH ? NULL : &pic->p->region[n->of];
		struct buf label = BUF_INIT;

		if (n->kind == NODE_CALL) {
			draw_step(pic, within, i, 0, NULL);
			continue;
		}
		if (n->kind == NODE_MATCH || n->kind == NODE_LAUNCH) {
			(n->kind == NODE_MATCH ? draw_match : draw_launch)(pic, within, i);
			continue;
		}
		region_label(pic, r, &label);
		pic->group[n->of] = drawing_group(pic->d, within, label.p, r->run_time || n->kind == NODE_CYCLE);
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
	picture_draw_edges(pic);
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
		diag_report_line(in->diags, CF802, in->plan->set.loc, "two sets would be drawn in %s", name.p);
	buf_release(&name);
	buf_release(&text);
	return added;
}
