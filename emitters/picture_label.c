/* The words of a picture: steps, regions, outcomes, media, sets. */
#include "emitters/picture_parts.h"

#include <inttypes.h>
#include <string.h>

#include "compiler/place.h"

enum { LABEL = 40, WRAP = 24, REST = 6, WHOLE = 4 * WRAP };

static bool inside_character(char c)
{
	return ((unsigned char)c & 0xC0) == 0x80;
}

/* Its middle goes, for keys often differ at their end. Whole characters; one line. */
static void put_cut(struct buf *out, const char *s, size_t len, size_t most)
{
	size_t head = most / 2, tail = len > most ? len - most / 2 : 0, from = out->len;
	bool cut = len > most;
	while (cut && head && inside_character(s[head]))
		head--;
	while (cut && tail < len && inside_character(s[tail]))
		tail++;
	buf_add(out, s, cut ? head : len);
	if (cut) {
		buf_addstr(out, "…");
		buf_add(out, s + tail, len - tail);
	}
	for (; from < out->len; from++)
		if (out->p[from] == '\n')
			out->p[from] = ' ';
}

void label_short(struct buf *out, const char *s, size_t len)
{
	put_cut(out, s, len, LABEL);
}

/* Where the line that begins at s ends: after the last part of a word or path that fits, else after the first. A short rest stays with it. */
static const char *line_end(const char *s, const char *end, const char *marks)
{
	const char *fits = NULL;
	size_t characters = 0;
	if (end - s <= WRAP + REST)
		return end;
	for (; s < end; s++) {
		characters += !inside_character(*s);
		if (characters > WRAP && fits)
			return fits;
		if (*s && strchr(marks, *s))
			fits = s + 1;
	}
	return end;
}

void label_whole(struct buf *out, const char *s, size_t len)
{
	struct buf text = BUF_INIT;
	const char *marks = memchr(s, ' ', len) ? " " : "_-./:,";
	put_cut(&text, s, len, len > LABEL && line_end(s, s + len, marks) > s + LABEL ? LABEL : WHOLE);
	const char *at = buf_str(&text), *end = at + text.len;
	for (const char *stop; at < end; at = stop) {
		stop = line_end(at, end, marks);
		buf_add(out, at, (size_t)(stop - at) - (stop < end && stop[-1] == ' '));
		if (stop < end)
			buf_addch(out, '\n');
	}
	buf_release(&text);
}

static void put_name(struct buf *out, const struct compilation *c, sym_t name)
{
	label_short(out, name_of(c, name), sym_len(c->syms, name));
}

/* The last part of "flow/step", and whether the compiler made it: "step.argument". */
const char *label_part(const char *name)
{
	const char *slash = strrchr(name, '/');
	return slash ? slash + 1 : name;
}

bool label_made_up(const char *part)
{
	return strchr(part, '.') != NULL;
}

void label_duration(int64_t ns, struct buf *out)
{
	static const struct { int64_t ns; const char *unit; } units[] = {
		{ INT64_C(86400000000000), "d" }, { INT64_C(3600000000000), "h" }, { INT64_C(60000000000), "m" }, { INT64_C(1000000000), "s" },
		{ 1000000, "ms" }, { 1000, "us" }, { 1, "ns" },
	};
	unsigned i = 0;
	while (ns % units[i].ns)
		i++;
	buf_printf(out, "%" PRId64 "%s", ns / units[i].ns, units[i].unit);
}

/* "window hour: every 1h, late 2m then drop" */
void label_window(struct compilation *c, const struct window *w, struct buf *out)
{
	buf_addstr(out, "window ");
	put_name(out, c, w->name);
	buf_addstr(out, ": every ");
	label_duration(w->every_ns, out);
	if (w->lateness.then == LATE_UNSAID)
		return;
	buf_addstr(out, ", late ");
	label_duration((int64_t)w->lateness.late_ns, out);
	buf_addstr(out, w->lateness.then == LATE_DROP ? " then drop" : " then redo");
}

/* ---- steps ---- */

static void put_time(const struct picture *pic, const struct expr *x, struct buf *out)
{
	buf_addstr(out, x->kind == X_PREVIOUS ? "previous" : x->kind == X_GATHER ? "gather over " : "hold in ");
	if (x->kind != X_PREVIOUS)
		put_name(out, pic->c, pic->c->program.window[x->a].name);
}

static void label_expression(const struct picture *pic, const struct graph_node *n, const struct expr *x, struct buf *out)
{
	const char *part = label_part(name_of(pic->c, n->name));
	size_t from = out->len;
	if (!label_made_up(part)) {
		label_short(out, part, strlen(part));
		buf_addch(out, '\n');
	}
	if (x->kind == X_GATHER || x->kind == X_HOLD || x->kind == X_PREVIOUS) {
		put_time(pic, x, out);
	} else if (x->kind == X_ARM) {
		put_name(out, pic->c, type_field_at(&pic->c->types, x->kid[0]->type, x->a)->name);
	} else {
		struct buf text = BUF_INIT;
		formula_text(pic, n, &text);
		label_whole(out, buf_str(&text), text.len);
		buf_release(&text);
	}
	if (out->len > from && out->p[out->len - 1] == '\n')
		out->p[--out->len] = '\0';
}

void label_step(struct picture *pic, uint32_t node, struct buf *out)
{
	const struct graph_node *n = &pic->g->node[node];
	const char *part = label_part(name_of(pic->c, n->name));
	size_t len = strcspn(part, "~");	/* name~2: the second of that name */
	if (n->kind == GRAPH_COMPUTE) {
		label_expression(pic, n, pic->g->formula[n->of].x, out);
	} else if (n->kind == NODE_LAUNCH) {
		const char *type = type_text(&pic->c->types, n->of);
		buf_addstr(out, label_made_up(part) ? "launch" : part);
		buf_addch(out, '\n');
		label_short(out, type, strlen(type));
	} else {
		const char *func = name_of(pic->c, pic->c->program.func[n->of].name);
		bool same = label_made_up(part) || (len == strlen(func) && !memcmp(part, func, len));
		label_whole(out, same ? func : part, strlen(same ? func : part));
		if (same)
			return;
		buf_addch(out, '\n');
		label_whole(out, func, strlen(func));
		buf_addstr(out, "()");
	}
}

static void put_times(struct buf *out, uint64_t n, const char *one, const char *many)
{
	draw_count(out, n);
	buf_addstr(out, n == 1 ? one : many);
}

/* "counts: each, items known at run time, 2 at the same time" */
void label_region(const struct picture *pic, const struct graph_node *n, struct buf *out)
{
	const struct graph_region *r = &pic->g->region[n->of];
	const char *part = label_part(name_of(pic->c, n->name));
	if (!label_made_up(part) && strcmp(part, "match") && strcmp(part, "when") && strcmp(part, "each") && strcmp(part, "steps")) {
		label_short(out, part, strlen(part));
		buf_addstr(out, ": ");
	}
	if (n->kind == NODE_MATCH) {
		buf_addstr(out, type_of(&pic->c->types, pic->g->value[pic->g->item[n->first_arg]].type)->kind == TYPE_BOOL ? "when" : "match");
		return;
	}
	if (n->kind == NODE_CYCLE) {
		buf_addstr(out, r->until == PLAN_NONE ? "cycle, " : "cycle until, at most ");
		put_times(out, r->rounds, " round", " rounds");
		return;
	}
	buf_addstr(out, n->kind == NODE_EACH ? "each, " : "steps, ");
	if (r->run_time)
		buf_addstr(out, "items known at run time");
	else
		put_times(out, pic->g->block[r->body].rows, n->kind == NODE_EACH ? " item" : " row", n->kind == NODE_EACH ? " items" : " rows");
	if (r->limit) {
		buf_addstr(out, ", ");
		put_times(out, r->limit, " at the same time", " at the same time");
	}
	if (r->rotate) {
		buf_addstr(out, ", in turn over ");
		draw_count(out, r->rotate);
	}
	if (r->partial)
		buf_addstr(out, ", partial");
}

/* What the selector is when an arm runs. */
void label_outcome(const struct picture *pic, type_t type, uint32_t outcome, struct buf *out)
{
	const struct types *types = &pic->c->types;
	const struct type *t = type_of(types, type);
	if (t->kind == TYPE_OPTIONAL && outcome)
		label_outcome(pic, t->elem, outcome - 1, out);
	else if (t->kind == TYPE_OPTIONAL)
		buf_addstr(out, "absent");
	else if (t->kind == TYPE_BOOL)
		buf_addstr(out, outcome ? "true" : "false");
	else if (t->kind == TYPE_ENUM || t->kind == TYPE_CHOICE)
		put_name(out, pic->c, type_field_at(types, type, outcome)->name);
	else
		buf_addstr(out, "there");
}

void label_medium(const struct picture *pic, uint32_t medium, struct buf *out)
{
	enum plan_medium m = graph_medium(medium);
	buf_addstr(out, medium_row(m)->word);
	if (m == MEDIUM_POND) {
		buf_addch(out, ' ');
		put_name(out, pic->c, pic->c->program.pond[graph_medium_where(medium)].name);
	}
}

/* Name, path and place: labels are cut, this is not. */
const char *tip_of(struct picture *pic, const char *name, struct span at)
{
	const char *place = place_text(pic->c, at);
	return *place ? arena_printf(&pic->d->arena, "%s (%s)", name, place) : name;
}

/* ---- sets ---- */

static void put_workers(const struct set *s, struct buf *out)
{
	buf_addstr(out, "on list, ");
	if (s->workers.least == s->workers.most) {
		put_times(out, s->workers.most, " worker of each kind", " workers of each kind");
	} else {
		draw_count(out, s->workers.least);
		buf_addstr(out, " to ");
		put_times(out, s->workers.most, " worker of each kind", " workers of each kind");
	}
}

static void put_steps(const struct graph *g, struct buf *out)
{
	struct graph_count n = graph_count(g);
	put_times(out, n.steps, " step", " steps");
	if (n.more_at_run_time)
		buf_addstr(out, " and more at run time");
}

/* "digest: on pod, 3 slots, order parallel, 12 steps" */
void label_set(struct compilation *c, const struct set *s, const struct graph *g, struct buf *out)
{
	static const char *const orders[] = { "parallel", "depth first", "breadth first", "by dependency" };
	buf_addstr(out, "calcset ");
	put_name(out, c, s->name);
	if (s->is_group) {
		buf_addstr(out, ": ");
		put_times(out, s->parts, " set", " sets");
		return;
	}
	buf_addstr(out, ": ");
	if (s->plan.on_list) {
		put_workers(s, out);
	} else {
		buf_addstr(out, "on pod, ");
		put_times(out, s->plan.slots, " slot", " slots");
	}
	if (g->pond != PLAN_NONE && !s->plan.on_list) {
		buf_addstr(out, " at pond ");
		put_name(out, c, c->program.pond[g->pond].name);
	}
	if (s->plan.order != ORDER_PARALLEL)
		buf_printf(out, ", order %s", orders[s->plan.order]);
	buf_addstr(out, ", ");
	put_steps(g, out);
}

void label_title(struct scene *s, struct buf *out)
{
	static const char *const told[GRAINS] = {
		[BY_ALIKE] = "rows that are alike are one node", [BY_PART] = "rows whose names begin alike are one node", [BY_STEP] = "rows are one node", [BY_REGION] = "each region is one node",
		[BY_FUNCTION] = "each function is one node", [BY_GROUP] = "each group of workers is one node", [BY_SET] = "each set is one node",
		[BY_PATTERN] = "sets of one pattern are one node", [BY_PROGRAM] = "all sets are one node",
	};
	struct compilation *c = s->c;
	buf_addstr(out, c->program_name);
	if (told[s->grain])
		buf_printf(out, " (too many to draw singly: %s)", told[s->grain]);
}
