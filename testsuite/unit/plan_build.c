/* Plans for tests; see plan_build.h. */
#include "testsuite/unit/plan_build.h"

#include <stdio.h>
#include <string.h>

static const char digest[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/* A table that doubles when its count is a power of two. */
static void *room(struct plan *p, void *rows, uint32_t count, size_t size)
{
	void *more;

	if (count & (count - 1))
		return rows;
	more = arena_zalloc(&p->arena, count ? (size_t)count * 2 : 1, size);
	if (count)
		memcpy(more, rows, count * size);
	return more;
}

#define PUSH(array, count, row) \
	p->array = room(p, p->array, p->count, sizeof *p->array); \
	p->array[p->count] = row; \
	return p->count++

uint32_t build_type(struct plan *p, struct plan_type t)
{
	if (!t.name)
		t.name = "";
	PUSH(type, types, t);
}

uint32_t build_field(struct plan *p, const char *name, uint32_t type)
{
	struct plan_field f = { name, type };

	PUSH(field, fields, f);
}

uint32_t build_port(struct plan *p, const char *name, uint32_t type)
{
	struct plan_port t = { name, type, FORMAT_NATURAL };

	PUSH(port, ports, t);
}

static uint32_t build_part(struct plan *p, struct plan_part t)
{
	PUSH(part, parts, t);
}

static uint32_t add_word(struct plan *p, struct plan_word w)
{
	PUSH(word, words, w);
}

void build_word(struct plan *p, enum plan_part_kind kind, uint32_t index, const char *text)
{
	uint32_t part = build_part(p, (struct plan_part){ .kind = kind, .index = index, .text = text });

	add_word(p, (struct plan_word){ part, 1 });
}

uint32_t build_func(struct plan *p, struct plan_func f)
{
	f.image = f.image ? f.image : "";
	f.loc = f.loc ? f.loc : "";
	f.digest = digest;
	f.stdin_param = f.stdout_result = PLAN_NONE;
	if (!p->exprs)
		f.expr = PLAN_NONE;
	if (!p->groups)
		f.group = PLAN_NONE;
	PUSH(func, funcs, f);
}

uint32_t build_expr(struct plan *p, struct plan_expr x)
{
	PUSH(expr, exprs, x);
}

uint32_t build_group(struct plan *p, struct plan_group g)
{
	PUSH(group, groups, g);
}

uint32_t build_state(struct plan *p, struct plan_state s)
{
	PUSH(state, states, s);
}

uint32_t build_use(struct plan *p, struct plan_use u)
{
	PUSH(use, uses, u);
}

uint32_t build_value(struct plan *p, enum plan_value_kind kind, uint32_t type, uint32_t a, uint32_t b)
{
	struct plan_value v = { kind, type, a, b };

	PUSH(value, values, v);
}

uint32_t build_item(struct plan *p, uint32_t index)
{
	PUSH(item, items, index);
}

uint32_t build_node(struct plan *p, struct plan_node n)
{
	n.order = p->nodes;
	n.first_medium = PLAN_NONE;
	PUSH(node, nodes, n);
}

uint32_t build_region(struct plan *p, struct plan_region r)
{
	if (!r.rounds)
		r.until = PLAN_NONE;
	PUSH(region, regions, r);
}

uint32_t build_block(struct plan *p, struct plan_block b)
{
	PUSH(block, blocks, b);
}

uint32_t build_const(struct plan *p, const char *json, uint32_t type)
{
	struct plan_const c = { json, type };

	PUSH(constant, consts, c);
}

uint32_t build_column(struct plan *p, uint32_t *value, uint32_t count)
{
	struct plan_column c = { value, count };

	PUSH(column, columns, c);
}

uint32_t build_source(struct plan *p, struct plan_source s)
{
	if (!p->windows)
		s.window = s.by = PLAN_NONE;
	PUSH(source, sources, s);
}

uint32_t build_sink(struct plan *p, struct plan_sink s)
{
	if (!p->windows)
		s.window = PLAN_NONE;
	PUSH(sink, sinks, s);
}

struct plan *build_begin(const char *program, const char *set, uint32_t slots)
{
	struct plan *p = plan_new();

	p->program = program;
	p->set = (struct plan_set){ .name = set, .loc = "flow.cf:20", .slots = slots, .window = PLAN_NONE, .timeout_ms = 86400000, .scratch = 2 << 20,
		.image = "plant/tools:1" };
	build_type(p, (struct plan_type){ .kind = PLAN_FILE, .elem = PLAN_NONE });
	build_type(p, (struct plan_type){ .kind = PLAN_LIST, .elem = TYPE_FILE });
	build_type(p, (struct plan_type){ .kind = PLAN_STRING, .elem = PLAN_NONE });
	build_type(p, (struct plan_type){ .kind = PLAN_I64, .elem = PLAN_NONE });
	build_type(p, (struct plan_type){ .kind = PLAN_LIST, .elem = TYPE_STRING });
	return p;
}

/* A function of one parameter and one result: `name {in} {out}`. */
static uint32_t simple_func(struct plan *p, const char *name, uint32_t param, uint32_t result)
{
	uint32_t first = p->ports, word = p->words;

	build_port(p, "in", param);
	build_port(p, "out", result);
	build_word(p, PART_TEXT, 0, name);
	build_word(p, PART_PARAM, 0, "");
	build_word(p, PART_RESULT, 0, "");
	return build_func(p, (struct plan_func){ .name = name, .loc = "flow.cf:3", .first_param = first, .params = 1,
		.first_result = first + 1, .results = 1, .first_word = word, .words = 3, .takes_ms = 1000 });
}

static uint32_t call(struct plan *p, const char *name, uint32_t block, uint32_t func, uint32_t value)
{
	uint32_t arg = build_item(p, value);

	return build_node(p, (struct plan_node){ .kind = NODE_CALL, .name = name, .loc = "flow.cf:12", .block = block, .of = func,
		.first_arg = arg, .args = 1 });
}

struct plan *build_text(void)
{
	struct plan *p = build_begin("text.cf", "top_words", 3);
	uint32_t split = simple_func(p, "split", TYPE_FILES, TYPE_FILES), count = simple_func(p, "count", TYPE_FILE, TYPE_FILE);
	uint32_t merge = simple_func(p, "merge", TYPE_FILES, TYPE_FILE), value, each, list, body;

	build_source(p, (struct plan_source){ .name = "books", .loc = "flow.cf:7", .share = "books", .path = "*.txt",
		.type = TYPE_FILES });
	value = build_value(p, VALUE_SOURCE, TYPE_FILES, 0, 0);
	call(p, "chunks", 0, split, value);
	list = build_item(p, build_value(p, VALUE_PORT, TYPE_FILES, 0, 0));
	each = build_node(p, (struct plan_node){ .kind = NODE_EACH, .name = "counts", .loc = "flow.cf:13", .of = 0,
		.first_arg = list, .args = 1 });
	value = build_value(p, VALUE_PORT, TYPE_FILES, each, 0);
	call(p, "merged", 0, merge, value);
	build_block(p, (struct plan_block){ .node = PLAN_NONE, .nodes = 3, .rows = 1 });
	body = build_block(p, (struct plan_block){ .node = each, .first_node = 3, .nodes = 1, .rows = 1 });
	value = build_value(p, VALUE_ITEM, TYPE_FILE, each, 0);
	call(p, "count", body, count, value);
	value = build_value(p, VALUE_PORT, TYPE_FILE, 3, 0);
	build_region(p, (struct plan_region){ .node = each, .body = body, .run_time = true, .limit = 2,
		.first_result = build_item(p, value), .results = 1, .given = PLAN_NONE });
	value = build_value(p, VALUE_PORT, TYPE_FILE, 2, 0);
	build_sink(p, (struct plan_sink){ .name = "top", .loc = "flow.cf:8", .share = "out", .path = "top.txt", .type = TYPE_FILE,
		.value = value });
	return p;
}

/* Inputs of row r: `fan` rows of the layer before, or one given file in the first layer. */
static void fill_workflow(struct plan *p, struct plan_region *g, uint32_t rows, uint32_t width, uint32_t fan)
{
	uint32_t inputs = 0;

	g->key = arena_zalloc(&p->arena, rows, sizeof *g->key);
	g->input_start = arena_zalloc(&p->arena, (size_t)rows + 1, sizeof(uint32_t));
	g->input_from = arena_zalloc(&p->arena, (size_t)rows * fan, sizeof(uint32_t));
	g->input_name = arena_zalloc(&p->arena, (size_t)rows * fan, sizeof(char *));
	g->output_start = arena_zalloc(&p->arena, (size_t)rows + 1, sizeof(uint32_t));
	g->output_name = arena_zalloc(&p->arena, rows, sizeof(char *));
	for (uint32_t r = 0; r < rows; r++) {
		uint32_t layer = r / width, count = layer ? fan : 1;

		g->key[r] = arena_printf(&p->arena, "task_%07u", r);
		g->output_name[r] = arena_printf(&p->arena, "made_%07u.dat", r);
		g->output_start[r + 1] = r + 1;
		for (uint32_t i = 0; i < count; i++, inputs++) {
			uint32_t from = layer ? (layer - 1) * width + (r + i) % width : PLAN_NONE;

			g->input_from[inputs] = from;
			g->input_name[inputs] = layer ? g->output_name[from] : "given.dat";
		}
		g->input_start[r + 1] = inputs;
	}
}

struct plan *build_workflow(uint32_t rows, uint32_t width, uint32_t fan)
{
	struct plan *p = build_begin("workflow.cf", "workflow", 4);
	uint32_t task, body, source, arg, result, *column = arena_zalloc(&p->arena, rows, sizeof *column);
	struct plan_region g = { .first_result = 0, .results = 1 };

	build_source(p, (struct plan_source){ .name = "given", .loc = "flow.cf:2", .share = "files", .path = "in/*",
		.type = TYPE_FILES });
	build_port(p, "id", TYPE_STRING);
	build_port(p, "inputs", TYPE_FILES);
	build_port(p, "out", TYPE_FILES);
	build_word(p, PART_TEXT, 0, "task");
	build_word(p, PART_PARAM, 0, "");
	build_word(p, PART_PARAM, 1, "");
	build_word(p, PART_RESULT, 0, "");
	task = build_func(p, (struct plan_func){ .name = "task", .loc = "flow.cf:4", .first_param = 0, .params = 2,
		.first_result = 2, .results = 1, .words = 4 });
	build_node(p, (struct plan_node){ .kind = NODE_STEPS, .name = "done", .loc = "flow.cf:10", .of = 0 });
	build_block(p, (struct plan_block){ .node = PLAN_NONE, .nodes = 1, .rows = 1 });
	body = build_block(p, (struct plan_block){ .node = 0, .first_node = 1, .nodes = 1, .rows = rows });
	g.body = body;
	source = build_value(p, VALUE_SOURCE, TYPE_FILES, 0, 0);
	g.given = source;
	for (uint32_t r = 0; r < rows; r++) {
		const char *json = arena_printf(&p->arena, "\"task_%07u\"", r);

		column[r] = build_const(p, json, TYPE_STRING);
	}
	build_column(p, column, rows);
	arg = build_item(p, build_value(p, VALUE_CONST, TYPE_STRING, 0, 0));
	build_item(p, build_value(p, VALUE_INPUTS, TYPE_FILES, 0, 0));
	build_node(p, (struct plan_node){ .kind = NODE_CALL, .name = "task", .loc = "flow.cf:11", .block = body, .of = task,
		.first_arg = arg, .args = 2 });
	result = build_value(p, VALUE_PORT, TYPE_FILES, 1, 0);
	g.first_result = build_item(p, result);
	g.row_start = arena_zalloc(&p->arena, 2, sizeof(uint32_t));
	g.row_start[1] = rows;
	fill_workflow(p, &g, rows, width, fan);
	build_region(p, g);
	return p;
}

struct plan *build_nested(uint32_t rows)
{
	struct plan *p = build_begin("nested.cf", "nested", 2);
	uint32_t strings, fn = simple_func(p, "stage", TYPE_STRINGS, TYPE_STRING), each_body, steps_body, value;
	struct plan_region each = { .given = PLAN_NONE, .results = 0 }, steps = { .given = PLAN_NONE, .results = 1 };

	build_node(p, (struct plan_node){ .kind = NODE_EACH, .name = "plants", .loc = "flow.cf:10", .of = 0 });
	build_block(p, (struct plan_block){ .node = PLAN_NONE, .nodes = 1, .rows = 1 });
	each_body = build_block(p, (struct plan_block){ .node = 0, .first_node = 1, .nodes = 1, .rows = 2 });
	steps_body = build_block(p, (struct plan_block){ .node = 1, .first_node = 2, .nodes = 1, .rows = 2 * rows });
	build_node(p, (struct plan_node){ .kind = NODE_STEPS, .name = "stages", .loc = "flow.cf:11", .block = each_body, .of = 1 });
	strings = build_value(p, VALUE_PARENTS, TYPE_STRINGS, 1, 0);
	call(p, "stage", steps_body, fn, strings);
	value = build_value(p, VALUE_PORT, TYPE_STRING, 2, 0);
	each.body = each_body;
	each.row_start = arena_zalloc(&p->arena, 2, sizeof(uint32_t));
	each.row_start[1] = 2;
	build_region(p, each);
	steps.node = 1;
	steps.body = steps_body;
	steps.first_result = build_item(p, value);
	steps.row_start = arena_zalloc(&p->arena, 3, sizeof(uint32_t));
	steps.row_start[1] = rows;
	steps.row_start[2] = 2 * rows;
	steps.key = arena_zalloc(&p->arena, 2 * rows, sizeof(char *));
	steps.parent_start = arena_zalloc(&p->arena, 2 * rows + 1, sizeof(uint32_t));
	steps.parents = arena_zalloc(&p->arena, 2 * rows, sizeof(uint32_t));
	for (uint32_t r = 0, parents = 0; r < 2 * rows; r++) {
		steps.key[r] = arena_printf(&p->arena, "stage %u/\xC3\xA4", r % rows);
		if (r % rows)
			steps.parents[parents++] = r - 1;
		steps.parent_start[r + 1] = parents;
	}
	build_region(p, steps);
	return p;
}

/* ---- every kind of node ---- */

static uint32_t func_of(struct plan *p, const char *name, uint32_t param, uint32_t result)
{
	uint32_t f = simple_func(p, name, param, result);

	p->func[f].expr = p->func[f].group = PLAN_NONE;
	return f;
}

/* A function that is `in < 100`. */
static uint32_t less_func(struct plan *p)
{
	uint32_t first = p->ports, arg, bound, f;

	build_port(p, "in", TYPE_I64);
	build_port(p, "out", TYPE_BOOL);
	arg = build_expr(p, (struct plan_expr){ .kind = EXPR_ARG, .type = TYPE_I64, .loc = "flow.cf:5" });
	bound = build_expr(p, (struct plan_expr){ .kind = EXPR_CONST, .type = TYPE_I64, .a = build_const(p, "100", TYPE_I64), .loc = "" });
	arg = build_item(p, arg);
	build_item(p, bound);
	f = build_func(p, (struct plan_func){ .name = "small", .loc = "flow.cf:5", .first_param = first, .params = 1, .first_result = first + 1,
		.results = 1 });
	p->func[f].expr = build_expr(p, (struct plan_expr){ .kind = EXPR_BINARY, .op = PLAN_OP_LT, .type = TYPE_BOOL, .first = arg, .kids = 2,
		.loc = "flow.cf:5" });
	p->func[f].group = PLAN_NONE;
	return f;
}

/* The bodies of build_choices: an arm (block 1) with a step, a round (block 2) with three. */
static void choices_bodies(struct plan *p, uint32_t work, uint32_t count, uint32_t small, uint32_t source)
{
	uint32_t carry = build_value(p, VALUE_CARRY, TYPE_FILE, 2, 0), last;

	build_block(p, (struct plan_block){ .node = 1, .first_node = 5, .nodes = 1, .rows = 1 });
	build_block(p, (struct plan_block){ .node = 2, .first_node = 6, .nodes = 3, .rows = 1 });
	call(p, "kept", 1, work, source);
	call(p, "step", 2, work, carry);
	call(p, "size", 2, count, build_value(p, VALUE_PORT, TYPE_FILE, 6, 0));
	last = call(p, "small", 2, small, build_value(p, VALUE_PORT, TYPE_I64, 7, 0));
	build_region(p, (struct plan_region){ .node = 1, .body = 1, .results = 1, .given = PLAN_NONE,
		.first_result = build_item(p, build_value(p, VALUE_PORT, TYPE_FILE, 5, 0)) });
	build_region(p, (struct plan_region){ .node = 1, .body = PLAN_NONE, .given = PLAN_NONE });
	build_region(p, (struct plan_region){ .node = 2, .body = 2, .results = 1, .given = PLAN_NONE, .rounds = 10, .fails = true,
		.until = build_value(p, VALUE_PORT, TYPE_BOOL, last, 0),
		.first_result = build_item(p, build_value(p, VALUE_PORT, TYPE_FILE, 6, 0)) });
}

struct plan *build_choices(void)
{
	struct plan *p = build_begin("choices.cf", "choices", 2);
	uint32_t judge, work, count, small, make, source, args;

	build_type(p, (struct plan_type){ .kind = PLAN_BOOL, .elem = PLAN_NONE });
	build_type(p, (struct plan_type){ .kind = PLAN_OPTIONAL, .elem = TYPE_FILE });
	build_type(p, (struct plan_type){ .kind = PLAN_ENUM, .elem = PLAN_NONE, .name = "Verdict", .first = p->fields, .count = 2 });
	build_field(p, "Good", PLAN_NONE);
	build_field(p, "Bad", PLAN_NONE);
	build_type(p, (struct plan_type){ .kind = PLAN_CHOICE, .elem = PLAN_NONE, .first = p->fields, .count = 2 });
	build_field(p, "i64", TYPE_I64);
	build_field(p, "string", TYPE_STRING);
	build_type(p, (struct plan_type){ .kind = PLAN_FLOW, .elem = PLAN_NONE, .first = p->fields, .count = 2, .params = 1 });
	build_field(p, "", TYPE_FILE);
	build_field(p, "", TYPE_FILE);
	judge = func_of(p, "judge", TYPE_FILE, TYPE_VERDICT);
	work = func_of(p, "work", TYPE_FILE, TYPE_FILE);
	count = func_of(p, "count", TYPE_FILE, TYPE_I64);
	small = less_func(p);
	make = func_of(p, "make", TYPE_FILE, TYPE_FLOW);
	build_source(p, (struct plan_source){ .name = "text", .loc = "flow.cf:7", .share = "in", .path = "a.txt", .type = TYPE_FILE });
	source = build_value(p, VALUE_SOURCE, TYPE_FILE, 0, 0);
	build_block(p, (struct plan_block){ .node = PLAN_NONE, .nodes = 5, .rows = 1 });
	call(p, "judged", 0, judge, source);
	args = build_item(p, build_value(p, VALUE_PORT, TYPE_VERDICT, 0, 0));
	build_node(p, (struct plan_node){ .kind = NODE_MATCH, .name = "chosen", .loc = "flow.cf:10", .of = 0, .arms = 2, .first_arg = args, .args = 1 });
	args = build_item(p, source);
	build_node(p, (struct plan_node){ .kind = NODE_CYCLE, .name = "rounds", .loc = "flow.cf:11", .of = 2, .first_arg = args, .args = 1 });
	call(p, "spec", 0, make, source);
	args = build_item(p, build_value(p, VALUE_PORT, TYPE_FLOW, 3, 0));
	build_item(p, source);
	build_node(p, (struct plan_node){ .kind = NODE_LAUNCH, .name = "launched", .loc = "flow.cf:12", .of = TYPE_FLOW, .first_arg = args, .args = 2 });
	choices_bodies(p, work, count, small, source);
	p->node[2].first_medium = build_item(p, MEDIUM_NETWORK);
	build_sink(p, (struct plan_sink){ .name = "kept", .loc = "", .share = "out", .path = "kept.txt", .type = TYPE_MAYBE,
		.value = build_value(p, VALUE_PORT, TYPE_MAYBE, 1, 0) });
	build_sink(p, (struct plan_sink){ .name = "last", .loc = "", .share = "out", .path = "last.txt", .type = TYPE_FILE,
		.value = build_value(p, VALUE_PORT, TYPE_FILE, 2, 0) });
	return p;
}

struct plan *build_rounds(uint32_t rounds, bool until)
{
	struct plan *p = build_begin("rounds.cf", "rounds", 2);
	uint32_t work, count, small, first;

	build_type(p, (struct plan_type){ .kind = PLAN_BOOL, .elem = PLAN_NONE });
	work = func_of(p, "work", TYPE_FILE, TYPE_FILE);
	count = func_of(p, "count", TYPE_FILE, TYPE_I64);
	small = less_func(p);
	build_source(p, (struct plan_source){ .name = "text", .loc = "flow.cf:7", .share = "in", .path = "a.txt", .type = TYPE_FILE });
	first = build_item(p, build_value(p, VALUE_SOURCE, TYPE_FILE, 0, 0));
	build_node(p, (struct plan_node){ .kind = NODE_CYCLE, .name = "rounds", .loc = "flow.cf:11", .of = 0, .first_arg = first, .args = 1 });
	build_block(p, (struct plan_block){ .node = PLAN_NONE, .nodes = 1, .rows = 1 });
	build_block(p, (struct plan_block){ .node = 0, .first_node = 1, .nodes = 3, .rows = 1 });
	call(p, "step", 1, work, build_value(p, VALUE_CARRY, TYPE_FILE, 0, 0));
	call(p, "size", 1, count, build_value(p, VALUE_PORT, TYPE_FILE, 1, 0));
	call(p, "small", 1, small, build_value(p, VALUE_PORT, TYPE_I64, 2, 0));
	build_region(p, (struct plan_region){ .node = 0, .body = 1, .results = 1, .given = PLAN_NONE, .rounds = rounds,
		.until = until ? build_value(p, VALUE_PORT, TYPE_BOOL, 3, 0) : PLAN_NONE,
		.first_result = build_item(p, build_value(p, VALUE_PORT, TYPE_FILE, 1, 0)) });
	build_sink(p, (struct plan_sink){ .name = "last", .loc = "", .share = "out", .path = "last.txt", .type = TYPE_FILE,
		.value = build_value(p, VALUE_PORT, TYPE_FILE, 0, 0) });
	return p;
}
