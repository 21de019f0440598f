/* One set of a picture: frames for its pods, windows and regions, and its nodes. */
#include "emitters/picture_parts.h"

#include <string.h>

#include "base/mem.h"
#include "compiler/place.h"

uint32_t picture_parted(const struct picture *pic, uint32_t block)
{
	uint32_t region = pic->g->block[block].region;
	return region != PLAN_NONE && (pic->look[region] == LOOK_ROWS || pic->look[region] == LOOK_ALIKE) ? region : PLAN_NONE;
}

uint32_t picture_node(const struct picture *pic, uint32_t node, uint32_t row)
{
	uint32_t first = pic->first[node], region = picture_parted(pic, pic->g->node[node].block);
	if (first == DRAW_NONE || region == PLAN_NONE)
		return first;
	/* the nodes of a row stand together: as many as its block has */
	uint32_t each = pic->block_start[pic->g->region[region].body + 1] - pic->block_start[pic->g->region[region].body];
	return first + (pic->look[region] == LOOK_ALIKE ? pic->alike[region].of[row] : row) * each;
}

enum line_kind line_of_medium(enum plan_medium m)
{
	static const uint8_t of[] = { [MEDIUM_SCRATCH] = LINE_SCRATCH, [MEDIUM_IPC] = LINE_IPC, [MEDIUM_LOOPBACK] = LINE_LOOPBACK,
				      [MEDIUM_POND] = LINE_POND, [MEDIUM_SHARE] = LINE_SHARE, [MEDIUM_NETWORK] = LINE_NETWORK };
	return (enum line_kind)of[m];
}

static enum draw_kind kind_of(const struct picture *pic, const struct graph_node *n)
{
	if (n->kind == NODE_LAUNCH)
		return DRAW_LAUNCH;
	if (n->kind == GRAPH_COMPUTE) {
		const struct expr *x = pic->g->formula[n->of].x;
		return x->kind == X_GATHER || x->kind == X_HOLD || x->kind == X_PREVIOUS ? DRAW_TIME : DRAW_COMPUTE;
	}
	return pic->c->program.func[n->of].effect == EFFECT_ONCE ? DRAW_ONCE : DRAW_STEP;
}

/* ---- frames of places ---- */

static uint32_t frame_once(struct picture *pic, const char *key, uint32_t within, enum frame_kind kind, const char *label)
{
	uint32_t *at = scene_once(pic->s, key);
	if (!*at)
		*at = drawing_frame(pic->d, within, kind, label) + 1;
	return *at - 1;
}

/* "workers for parse, split: 0 to 10" */
static uint32_t group_frame(struct picture *pic, uint32_t within, uint32_t group)
{
	const struct graph_group *gr = &pic->g->group[group];
	const struct set *s = pic->set;
	struct buf *out = &pic->s->text;
	char key[64];
	snprintf(key, sizeof key, "workers %u %u", group, within);
	buf_clear(out);
	buf_addstr(out, "pod of ");
	if (gr->together != PLAN_NONE)
		for (uint32_t i = 0; i < s->together[gr->together].members && i < 4; i++)
			buf_printf(out, "%s%s", i ? ", " : "", i == 3 ? "…" : name_of(pic->c, pic->c->program.func[s->together[gr->together].member[i].func].name));
	else
		label_short(out, name_of(pic->c, pic->c->program.func[gr->first].name), strlen(name_of(pic->c, pic->c->program.func[gr->first].name)));
	if (gr->least != 1 || gr->most != 1)
		buf_printf(out, gr->least == gr->most ? ", ×%u" : ", ×%u to %u", gr->least, gr->most);
	if (gr->pond != PLAN_NONE)
		buf_printf(out, ", at pond %s", name_of(pic->c, pic->c->program.pond[gr->pond].name));
	return frame_once(pic, key, within, FRAME_WORKERS, buf_str(out));
}

static uint32_t window_frame(struct picture *pic, uint32_t window)
{
	char key[64];
	snprintf(key, sizeof key, "window %u %u", window, pic->set_frame);
	buf_clear(&pic->s->text);
	label_window(pic->c, &pic->c->program.window[window], &pic->s->text);
	return frame_once(pic, key, pic->set_frame, FRAME_WINDOW, buf_str(&pic->s->text));
}

/* ---- frames of flows ---- */

static uint32_t *prefix_count(struct picture *pic, uint32_t block, const char *name, size_t len)
{
	buf_clear(&pic->s->key);
	buf_printf(&pic->s->key, "within %u %u %.*s", (uint32_t)(pic->set - pic->c->program.set), block, (int)len, name);
	return scene_once(pic->s, buf_str(&pic->s->key));
}

/* Names are paths: what a flow does that was called stands behind its name. How often each flow occurs in a block. */
static void count_flows(struct picture *pic, uint32_t block)
{
	for (uint32_t i = pic->block_start[block]; i < pic->block_start[block + 1]; i++) {
		const char *name = name_of(pic->c, pic->g->node[pic->block_node[i]].name);
		for (const char *at = name; (at = strchr(at, '/')); at++)
			++*prefix_count(pic, block, name, (size_t)(at - name));
	}
}

/* The frame of the flow, where more than one node stands in it. */
static uint32_t flow_frame(struct picture *pic, uint32_t within, uint32_t block, const char *name)
{
	const char *part = name;
	for (const char *at = name; (at = strchr(at, '/')); part = ++at) {
		if (*prefix_count(pic, block, name, (size_t)(at - name)) < 2)
			continue;
		buf_printf(&pic->s->key, " %u", within);
		buf_clear(&pic->s->text);
		bool walk = at - part == 4 && !memcmp(part, "walk", 4), made_up = memchr(part, '.', (size_t)(at - part)) != NULL;
		buf_addstr(&pic->s->text, walk ? "" : made_up ? "flow" : "flow ");
		if (!made_up)
			label_short(&pic->s->text, part, (size_t)(at - part));
		const char *key = arena_strdup(&pic->d->arena, buf_str(&pic->s->key));
		within = frame_once(pic, key, within, FRAME_FLOW, buf_str(&pic->s->text));
	}
	return within;
}

/* Where a node stands: its window's frame, where it is not in a region that has one, and its workers'. */
static uint32_t frame_for(struct picture *pic, uint32_t within, const struct graph_node *n)
{
	uint32_t node = (uint32_t)(n - pic->g->node);
	if (pic->clock && n->block == 0 && pic->clock[node] != PLAN_NONE)
		within = window_frame(pic, pic->clock[node]);
	if (pic->grain < BY_REGION && picture_parted(pic, n->block) == PLAN_NONE)
		within = flow_frame(pic, within, n->block, name_of(pic->c, n->name));
	if (pic->set->plan.on_list && n->kind == NODE_CALL && pic->g->group_of && pic->g->group_of[n->of] != PLAN_NONE)
		within = group_frame(pic, within, pic->g->group_of[n->of]);
	return within;
}

/* ---- many as one ---- */

/* What a node counts as, when regions or more are one. */
static uint32_t fold_node(struct picture *pic, uint32_t node)
{
	const struct graph *g = pic->g;
	const struct graph_node *n = &g->node[node];
	const struct set *s = pic->set;
	uint32_t set = (uint32_t)(s - pic->c->program.set);
	uint64_t rows = g->block[n->block].rows;
	char key[64];
	switch (pic->grain) {
	case BY_FUNCTION:
		if (n->kind == NODE_CALL) {
			const char *name = name_of(pic->c, pic->c->program.func[n->of].name);
			snprintf(key, sizeof key, "function %u %u", set, n->of);
			buf_clear(&pic->s->key);
			label_short(&pic->s->key, name, strlen(name));
			buf_addstr(&pic->s->key, "()");
			return scene_tally(pic->s, key, frame_for(pic, pic->set_frame, n), DRAW_MANY, buf_str(&pic->s->key), "", "", 0, rows);
		}
		if (n->kind != GRAPH_COMPUTE && n->kind != NODE_LAUNCH)
			return DRAW_NONE;
		snprintf(key, sizeof key, "%s %u", n->kind == NODE_LAUNCH ? "launches" : "expressions", set);
		return scene_tally(pic->s, key, pic->set_frame, n->kind == NODE_LAUNCH ? DRAW_LAUNCH : DRAW_COMPUTE,
				   n->kind == NODE_LAUNCH ? "launched flows" : "expressions", "", "", 0, rows);
	case BY_GROUP:
		if (s->plan.on_list && n->kind == NODE_CALL && g->group_of && g->group_of[n->of] != PLAN_NONE) {
			uint32_t group = g->group_of[n->of];
			const char *name = name_of(pic->c, pic->c->program.func[g->group[group].first].name);
			snprintf(key, sizeof key, "group %u %u", set, group);
			buf_clear(&pic->s->key);
			buf_addstr(&pic->s->key, "pod of ");
			label_short(&pic->s->key, name, strlen(name));
			return scene_tally(pic->s, key, pic->set_frame, DRAW_MANY, buf_str(&pic->s->key), "", "", 0, rows);
		}
		snprintf(key, sizeof key, "set %u", set);
		return scene_tally(pic->s, key, pic->set_frame, DRAW_MANY, s->plan.on_list ? "host" : "pod", "", "", 0, n->kind == NODE_CALL || n->kind == GRAPH_COMPUTE ? rows : 0);
	default:
		return DRAW_NONE;
	}
}

/* ---- blocks ---- */

static void draw_block(struct picture *pic, uint32_t frame, uint32_t block);

static void draw_step(struct picture *pic, uint32_t frame, uint32_t node)
{
	const struct graph_node *n = &pic->g->node[node];
	frame = frame_for(pic, frame, n);
	buf_clear(&pic->s->key);
	label_step(pic, node, &pic->s->key);
	pic->first[node] = drawing_node(pic->d, frame, kind_of(pic, n), buf_str(&pic->s->key), tip_of(pic, name_of(pic->c, n->name), n->span));
}

/* Row by row, as many nodes as the body has. `key` names the row; the frame says which function it is, where it is always the same. */
static void draw_row(struct picture *pic, const struct graph_region *r, uint32_t within, const char *key, size_t len, size_t prefix, uint32_t count, bool first)
{
	uint32_t from = pic->block_start[r->body], to = pic->block_start[r->body + 1], frame;
	for (uint32_t i = from; i < to && !drawing_full(pic->d); i++) {
		const struct graph_node *n = &pic->g->node[pic->block_node[i]];
		const char *name = name_of(pic->c, n->kind == NODE_CALL ? pic->c->program.func[n->of].name : n->name);
		struct buf *label = &pic->s->key;
		frame = frame_for(pic, within, n);
		buf_clear(label);
		label_whole(label, key + prefix, len - prefix);
		if (count > 1) {
			buf_addstr(label, "\n×");
			draw_count(label, count);
		}
		if (to - from > 1) {
			buf_addch(label, '\n');
			label_short(label, name, strlen(name));
			buf_addstr(label, n->kind == NODE_CALL ? "()" : "");
		}
		char *tip = arena_alloc(&pic->d->arena, len + strlen(name) + 2);
		memcpy(tip, key, len);
		snprintf(tip + len, strlen(name) + 2, "/%s", name);
		uint32_t node = drawing_node(pic->d, frame, count > 1 ? DRAW_MANY : kind_of(pic, n), buf_str(label), tip);
		if (first)
			pic->first[pic->block_node[i]] = node;
	}
}

static void draw_rows(struct picture *pic, uint32_t region, uint32_t frame)
{
	const struct graph_region *r = &pic->g->region[region];
	const struct alike *a = &pic->alike[region];
	uint32_t rows = pic->look[region] == LOOK_ALIKE ? a->classes : pic->g->block[r->body].rows;
	size_t prefix = pic->look[region] == LOOK_ALIKE ? 0 : rows_prefix(pic, r);
	for (uint32_t row = 0; row < rows && !drawing_full(pic->d); row++)
		if (pic->look[region] == LOOK_ALIKE)
			draw_row(pic, r, frame, a->label[row], strlen(a->label[row]), 0, a->rows[row], row == 0);
		else
			draw_row(pic, r, frame, string_bytes(&pic->c->store, r->key[row]), word_lo(r->key[row]), prefix, 0, row == 0);
}

static void put_function(struct picture *pic, const struct graph_region *r, struct buf *out)
{
	uint32_t from = pic->block_start[r->body], to = pic->block_start[r->body + 1];
	const struct graph_node *n = from < to ? &pic->g->node[pic->block_node[from]] : NULL;
	if (to - from != 1 || n->kind != NODE_CALL)
		return;
	const char *name = name_of(pic->c, pic->c->program.func[n->of].name);
	buf_addstr(out, " of ");
	label_short(out, name, strlen(name));
	buf_addstr(out, "()");
}

static void put_prefix(struct picture *pic, const struct graph_region *r, struct buf *out)
{
	size_t prefix = rows_prefix(pic, r);
	if (!prefix)
		return;
	buf_addstr(out, "\nall of them ");
	label_short(out, string_bytes(&pic->c->store, r->key[0]), prefix);
	buf_addstr(out, "…");
}

static void draw_match(struct picture *pic, uint32_t frame, uint32_t node)
{
	const struct graph *g = pic->g;
	const struct graph_node *n = &g->node[node];
	type_t type = g->value[g->item[n->first_arg]].type;
	bool when = type_of(&pic->c->types, type)->kind == TYPE_BOOL;
	buf_clear(&pic->s->key);
	label_region(pic, n, &pic->s->key);
	frame = drawing_frame(pic->d, frame, FRAME_KNOWN, buf_str(&pic->s->key));
	pic->first[node] = drawing_node(pic->d, frame, DRAW_CHOOSE, when ? "when" : "match", tip_of(pic, name_of(pic->c, n->name), n->span));
	for (uint32_t arm = 0; arm < n->arms; arm++) {
		const struct graph_region *r = &g->region[n->of + arm];
		if (r->body == PLAN_NONE || pic->block_start[r->body] == pic->block_start[r->body + 1])
			continue;
		buf_clear(&pic->s->key);
		label_outcome(pic, type, arm, &pic->s->key);
		pic->frame[n->of + arm] = drawing_frame(pic->d, frame, FRAME_OPEN, buf_str(&pic->s->key));
		draw_block(pic, pic->frame[n->of + arm], r->body);
	}
}

static void draw_region(struct picture *pic, uint32_t frame, uint32_t node)
{
	const struct graph_node *n = &pic->g->node[node];
	const struct graph_region *r = &pic->g->region[n->of];
	if (n->kind == NODE_MATCH) {
		draw_match(pic, frame, node);
		return;
	}
	buf_clear(&pic->s->key);
	label_region(pic, n, &pic->s->key);
	if (pic->look[n->of] != LOOK_BODY) {
		put_function(pic, r, &pic->s->key);
		put_prefix(pic, r, &pic->s->key);
	}
	pic->frame[n->of] = drawing_frame(pic->d, frame, r->run_time || n->kind == NODE_CYCLE ? FRAME_OPEN : FRAME_KNOWN, buf_str(&pic->s->key));
	if (pic->look[n->of] == LOOK_BODY)
		draw_block(pic, pic->frame[n->of], r->body);
	else
		draw_rows(pic, n->of, pic->frame[n->of]);
}

/* A region of the set's own block, as one node; `steps` more are in it. */
static uint32_t region_as_one(struct picture *pic, uint32_t frame, uint32_t node, uint64_t steps)
{
	char key[64];
	snprintf(key, sizeof key, "region %u %u", (uint32_t)(pic->set - pic->c->program.set), node);
	buf_clear(&pic->s->key);
	label_region(pic, &pic->g->node[node], &pic->s->key);
	return scene_tally(pic->s, key, frame, DRAW_MANY, buf_str(&pic->s->key), "", "", 0, steps);
}

static void draw_block(struct picture *pic, uint32_t frame, uint32_t block)
{
	if (pic->grain < BY_REGION)
		count_flows(pic, block);
	for (uint32_t i = pic->block_start[block]; i < pic->block_start[block + 1] && !drawing_full(pic->d); i++) {
		uint32_t node = pic->block_node[i];
		const struct graph_node *n = &pic->g->node[node];
		if (n->kind == NODE_CALL || n->kind == GRAPH_COMPUTE || n->kind == NODE_LAUNCH)
			draw_step(pic, frame, node);
		else if (pic->grain == BY_REGION)
			pic->first[node] = region_as_one(pic, frame_for(pic, frame, n), node, 0);
		else
			draw_region(pic, frame_for(pic, frame, n), node);
	}
}

/* At this grain every node is counted where it belongs, in one pass: what is around a node comes before it. */
static void draw_folded(struct picture *pic)
{
	const struct graph *g = pic->g;
	for (uint32_t i = 0; i < g->nodes && !drawing_full(pic->d); i++)
		if (g->block[g->node[i].block].rows)
			pic->first[i] = fold_node(pic, i);
}

/* What is in a region that is one node is drawn as that. */
static void fold_insides(struct picture *pic)
{
	const struct graph *g = pic->g;
	uint32_t *top = mem_alloc((g->nodes + 1) * sizeof *top);
	for (uint32_t i = 0; i < g->nodes && !drawing_full(pic->d); i++) {
		const struct graph_node *n = &g->node[i];
		uint32_t around = g->block[n->block].node;
		bool step = n->kind == NODE_CALL || n->kind == GRAPH_COMPUTE || n->kind == NODE_LAUNCH;
		top[i] = around == PLAN_NONE ? i : top[around];
		if (around != PLAN_NONE)
			pic->first[i] = region_as_one(pic, 0, top[i], step ? g->block[n->block].rows : 0);
	}
	mem_free(top);
}

/* ---- the set ---- */

static void find_looks(struct picture *pic)
{
	for (uint32_t i = 0; i < pic->g->regions; i++) {
		const struct graph_region *r = &pic->g->region[i];
		if (pic->grain > BY_PART || !rows_can_part(pic, r))
			continue;
		pic->look[i] = pic->grain == BY_ROW ? LOOK_ROWS : rows_alike(pic, r, &pic->alike[i]) ? LOOK_ALIKE : LOOK_BODY;
	}
}

static void sort_blocks(struct picture *pic)
{
	const struct graph *g = pic->g;
	uint32_t *at = mem_zalloc(g->blocks + 2, sizeof *at);
	pic->block_start = mem_zalloc(g->blocks + 2, sizeof *pic->block_start);
	pic->block_node = mem_alloc((g->nodes + 1) * sizeof *pic->block_node);
	for (size_t i = 0; i < g->nodes; i++)
		pic->block_start[g->node[i].block + 1]++;
	for (size_t i = 0; i < g->blocks; i++) {
		pic->block_start[i + 1] += pic->block_start[i];
		at[i + 1] = pic->block_start[i + 1];
	}
	for (uint32_t i = 0; i < g->nodes; i++)
		pic->block_node[at[g->node[i].block]++] = i;
	mem_free(at);
}

/* The windows that the steps of the set are of: frames of them only where they differ. */
static bool windows_differ(const struct picture *pic)
{
	uint32_t first = PLAN_NONE;
	for (size_t i = 0; i < pic->g->nodes && pic->clock; i++) {
		if (pic->clock[i] == PLAN_NONE)
			continue;
		if (first != PLAN_NONE && pic->clock[i] != first)
			return true;
		first = pic->clock[i];
	}
	return false;
}

static void put_window(struct picture *pic, struct buf *out)
{
	for (size_t i = 0; i < pic->g->nodes; i++)
		if (pic->clock[i] != PLAN_NONE) {
			buf_addch(out, '\n');
			label_window(pic->c, &pic->c->program.window[pic->clock[i]], out);
			return;
		}
}

static void draw_nodes(struct picture *pic, uint32_t frame)
{
	struct buf *out = &pic->s->text;
	buf_clear(out);
	if (pic->c->program.windows)
		pic->clock = graph_clocks(pic->c, pic->g);
	label_set(pic->c, pic->set, pic->g, out);
	if (pic->clock && !windows_differ(pic)) {
		put_window(pic, out);
		mem_free(pic->clock);
		pic->clock = NULL;
	}
	pic->set_frame = drawing_frame(pic->d, frame, pic->set->plan.on_list ? FRAME_LIST : FRAME_POD, buf_str(out));
	if (!pic->g->nodes)
		drawing_node(pic->d, pic->set_frame, DRAW_NOTE, "no steps", NULL);
	if (pic->grain >= BY_FUNCTION)
		draw_folded(pic);
	else
		draw_block(pic, pic->set_frame, 0);
	if (pic->grain == BY_REGION)
		fold_insides(pic);
}

/* A set, or more than one, as one node: what it reads and writes is joined to it. */
static void draw_as_one(struct picture *pic, uint32_t frame)
{
	struct compilation *c = pic->c;
	uint32_t set = (uint32_t)(pic->set - c->program.set), of = pic->set->of;
	struct buf *name = &pic->s->key;
	char key[64];
	buf_clear(name);
	if (pic->grain == BY_SET) {
		label_set(c, pic->set, pic->g, name);
		snprintf(key, sizeof key, "set %u", set);
	} else if (pic->grain == BY_PATTERN) {
		sym_t s = of ? c->program.set[of - 1].name : pic->set->name;
		buf_addstr(name, "calcset ");
		label_short(name, name_of(c, s), sym_len(c->syms, s));
		snprintf(key, sizeof key, "pattern %u", of ? of - 1 : set);
	} else {
		buf_addstr(name, "calculation sets");
		snprintf(key, sizeof key, "sets");
	}
	uint32_t node = scene_tally(pic->s, key, frame, DRAW_MANY, buf_str(name), "set", "sets", pic->grain > BY_SET, pic->grain > BY_SET ? graph_count(pic->g).steps : 0);
	for (size_t i = 0; i < pic->g->nodes; i++)
		pic->first[i] = node;
}

void picture_set(struct scene *s, uint32_t frame, const struct set *set)
{
	const struct graph *g = &s->c->graph[set - s->c->program.set];
	struct picture pic = { .s = s, .c = s->c, .d = s->d, .g = g, .set = set, .grain = s->grain };
	pic.first = mem_alloc((g->nodes + 1) * sizeof *pic.first);
	memset(pic.first, 0xff, (g->nodes + 1) * sizeof *pic.first);
	pic.frame = mem_zalloc(g->regions + 1, sizeof *pic.frame);
	pic.look = mem_zalloc(g->regions + 1, sizeof *pic.look);
	pic.alike = mem_zalloc(g->regions + 1, sizeof *pic.alike);
	pic.given = mem_zalloc(g->regions + 1, sizeof *pic.given);
	sort_blocks(&pic);
	find_looks(&pic);
	if (s->grain >= BY_SET)
		draw_as_one(&pic, frame);
	else
		draw_nodes(&pic, frame);
	if (!drawing_full(s->d))
		picture_edges(&pic);
	for (size_t i = 0; i < g->regions; i++)
		alike_release(&pic.alike[i]);
	mem_free(pic.first);
	mem_free(pic.frame);
	mem_free(pic.look);
	mem_free(pic.alike);
	mem_free(pic.given);
	mem_free(pic.block_start);
	mem_free(pic.block_node);
	mem_free(pic.clock);
}
