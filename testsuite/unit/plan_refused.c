/*
 * plan_check: every rule refuses a plan that breaks it, with its words; and plans damaged at random are refused or can
 * be run by the engine. What plan_check cannot see (lengths of arrays) is left alone here, too.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "testsuite/unit/engine_drive.h"
#include "testsuite/unit/plan_build.h"

enum { SEEDS = 20000 };

/* ---- one rule, one refusal ---- */

enum base { TEXT, WORKFLOW, NESTED, CHOICES };

static struct plan *base_plan(enum base b)
{
	return b == TEXT ? build_text() : b == WORKFLOW ? build_workflow(6, 2, 2) : b == NESTED ? build_nested(3) : build_choices();
}

static uint32_t more_type(struct plan *p, uint8_t kind, uint32_t elem)
{
	return build_type(p, (struct plan_type){ .kind = kind, .elem = elem });
}

static void deep_types(struct plan *p)
{
	uint32_t t = TYPE_FILE;

	for (int i = 0; i < PLAN_MAX_DEPTH + 2; i++)
		t = more_type(p, PLAN_LIST, t);
}

static void record(struct plan *p, const char *a, const char *b, uint32_t type)
{
	uint32_t first = build_field(p, a, type);

	build_field(p, b, TYPE_I64);
	build_type(p, (struct plan_type){ .kind = PLAN_RECORD, .name = "R", .first = first, .count = 2 });
}

static void deep_list(struct plan *p)
{
	uint32_t v = p->item[p->node[0].first_arg];

	for (int i = 0; i < PLAN_MAX_DEPTH + 3; i++)
		v = build_value(p, VALUE_LIST, TYPE_FILES, build_item(p, v), 1);
	p->item[p->node[0].first_arg] = v;
}

/* Each list holds the one before it twice: without a budget, 2^40 values. */
static void wide_list(struct plan *p)
{
	uint32_t type = TYPE_FILE, v = build_value(p, VALUE_CONST, TYPE_FILE, 0, 0), column[1] = { 0 };

	build_const(p, "\"x\"", TYPE_FILE);
	build_column(p, memcpy(arena_alloc(&p->arena, sizeof column), column, sizeof column), 1);
	for (int i = 0; i < 40; i++) {
		uint32_t at = build_item(p, v);

		build_item(p, v);
		type = more_type(p, PLAN_LIST, type);
		v = build_value(p, VALUE_LIST, type, at, 2);
	}
	p->item[p->node[0].first_arg] = v;
}

static const char *strings_twice[] = { "same", "same" };

#define RULE(name, ...) static void name(struct plan *p) { __VA_ARGS__; }
RULE(type_kind, p->type[0].kind = 99)
RULE(type_elem, p->type[1].elem = 77)
RULE(type_cycle, p->type[1].elem = 1)
RULE(type_fields, build_type(p, (struct plan_type){ .kind = PLAN_ENUM, .name = "E", .first = 3, .count = 1 }))
RULE(type_name, build_type(p, (struct plan_type){ .kind = PLAN_ENUM, .name = "" }))
RULE(field_name, record(p, "", "b", TYPE_I64))
RULE(field_type, record(p, "a", "b", 99))
RULE(field_twice, record(p, "a", "a", TYPE_I64))
RULE(func_name, p->func[0].name = "")
RULE(func_ports, p->func[0].params = 99)
RULE(func_port_type, p->port[0].type = 99)
RULE(func_port_name, p->port[0].name = "a/b")
RULE(func_words, p->func[0].words = 99)
RULE(func_parts, p->word[1].count = 99)
RULE(part_kind, p->part[0].kind = 9)
RULE(part_text, p->part[0].text = NULL)
RULE(part_param, p->part[1].index = 3)
RULE(part_result, p->part[2].index = 3)
RULE(part_path, p->part[1].text = ".nothing")
RULE(func_stdin, p->func[0].stdin_param = 8)
RULE(func_effect, p->func[0].effect = 3)
RULE(func_retries, p->func[0].retries = 100000)
RULE(func_once, (p->func[0].retries = 1, p->func[0].effect = EFFECT_ONCE))
RULE(func_digest, p->func[0].digest = "abc")
RULE(func_env, p->func[0].envs = 1)
RULE(set_name, p->set.name = "")
RULE(set_order, p->set.order = 9)
RULE(set_no_slots, p->set.slots = 0)
RULE(set_slots, p->set.slots = 1u << 30)
RULE(set_timeout, p->set.timeout_ms = 0)
RULE(const_type, build_const(p, "1", 99))
RULE(column_value, (build_column(p, arena_zalloc(&p->arena, 1, 4), 1), p->column[p->columns - 1].value[0] = 9999))
RULE(source_name, p->source[0].name = "..")
RULE(source_type, p->source[0].type = 99)
RULE(source_format, p->source[0].format = 9)
RULE(source_share, p->source[0].share = "a/b")
RULE(source_up, p->source[0].path = "a/../b")
RULE(source_root, p->source[0].path = "/etc/passwd")
RULE(source_empty, p->source[0].path = "")
RULE(source_twice, build_source(p, p->source[0]))
RULE(sink_path, p->sink[0].path = "./x")
RULE(sink_value, p->sink[0].value = 999)
RULE(sink_type, p->sink[0].type = TYPE_FILES)
RULE(sink_twice, build_sink(p, p->sink[0]))
RULE(block_rows, p->block[0].rows = 2)
RULE(block_node, p->block[1].node = PLAN_NONE)
RULE(block_nodes, p->block[1].nodes = 99)
RULE(block_overlap, p->block[1].first_node = 0)
RULE(block_lost, build_block(p, (struct plan_block){ .node = p->block[1].node }))
RULE(node_kind, p->node[0].kind = 9)
RULE(node_name, p->node[0].name = "a[b]")
RULE(node_twice, p->node[0].name = p->node[2].name)
RULE(node_func, p->node[0].of = 99)
RULE(node_args, p->node[0].args = 99)
RULE(node_arg_count, p->node[0].args = 0)
RULE(node_after, (p->node[0].afters = 1, p->node[0].first_after = build_item(p, 2)))
RULE(node_after_itself, (p->node[0].afters = 1, p->node[0].first_after = build_item(p, 0)))
RULE(region_node, build_region(p, (struct plan_region){ .node = 0, .given = PLAN_NONE }))
RULE(region_body, p->region[0].body = 9)
RULE(region_results, p->region[0].results = 99)
RULE(region_given, p->region[0].given = 99)
RULE(region_steps_only, p->region[0].given = 0)
RULE(region_run_rows, p->block[1].rows = 5)
RULE(region_starts, p->region[0].row_start[0] = 1)
RULE(region_key, p->region[0].key[1] = NULL)
RULE(region_key_twice, p->region[0].key[1] = p->region[0].key[0])
RULE(region_parent, p->region[1].parents[0] = 5)
RULE(region_loop, p->region[1].parents[0] = 1)
RULE(region_from, p->region[0].input_from[2] = 99)
RULE(region_from_none, (p->region[0].given = PLAN_NONE, p->region[0].key[0] = "k"))
RULE(region_input_name, p->region[0].input_name[2] = "another")
RULE(region_output_twice, p->region[0].output_name[1] = p->region[0].output_name[0])
RULE(region_from_to, p->region[0].output_start = NULL)
RULE(region_file_result, p->value[p->item[p->region[0].first_result]] = (struct plan_value){ VALUE_ABSENT, TYPE_FILE, 0, 0 })
RULE(value_kind, p->value[0].kind = 99)
RULE(value_type, p->value[0].type = 99)
RULE(value_range, p->item[p->node[0].first_arg] = 999)
RULE(value_source, p->value[0].a = 9)
RULE(value_of_type, p->source[0].type = TYPE_FILE)
RULE(value_node, p->value[1].a = 2)
RULE(value_result, p->value[1].b = 7)
RULE(value_column, p->value[0] = (struct plan_value){ VALUE_CONST, TYPE_FILES, 4, 0 })
RULE(value_column_rows, (build_const(p, "1", TYPE_FILES), p->value[0] = (struct plan_value){ VALUE_CONST, TYPE_FILES,
	build_column(p, arena_zalloc(&p->arena, 3, 4), 3), 0 }))
RULE(value_item_outside, p->value[0] = (struct plan_value){ VALUE_ITEM, TYPE_FILES, 1, 0 })
RULE(value_parents, p->value[0] = (struct plan_value){ VALUE_PARENTS, TYPE_FILES, 1, 0 })
RULE(value_absent, p->value[0] = (struct plan_value){ VALUE_ABSENT, TYPE_FILES, 0, 0 })
RULE(value_list_items, p->value[0] = (struct plan_value){ VALUE_LIST, TYPE_FILES, 99, 9 })
RULE(value_list_type, p->value[0] = (struct plan_value){ VALUE_LIST, TYPE_FILE, 0, 0 })
RULE(value_each_list, p->port[1].type = p->value[1].type = TYPE_FILE)
RULE(value_own_parents, p->region[1].first_result = build_item(p, 1), p->region[1].results = 2, build_item(p, 0))
RULE(many_steps, (p->block[0].rows = 1, p->region[0].run_time = false, p->region[0].row_start = arena_zalloc(&p->arena, 2, 4),
	p->node[1].args = 0, p->region[0].row_start[1] = p->block[1].rows = 4000000000u))
RULE(slot_images, (p->set.slots = 2, p->set.slot_image = strings_twice))
#define ROLES(...) static struct plan_role rows[] = { __VA_ARGS__ }; give_roles(p, rows, sizeof rows / sizeof rows[0])
static void give_roles(struct plan *p, struct plan_role *rows, size_t count)
{
	static const char *own[2];

	own[0] = p->set.image;
	own[1] = "other:1";
	p->set.slots = 2;
	p->set.slot_image = own;
	p->role = rows;
	p->roles = (uint32_t)count;
}
static void role_slot(struct plan *p) { ROLES({ 2, "x:1", ROLE_SWAP }); }
static void role_order(struct plan *p) { ROLES({ 1, "x:1", ROLE_SWAP }, { 0, "x:1", ROLE_SWAP }); }
static void role_twice(struct plan *p) { ROLES({ 0, "x:1", ROLE_SWAP }, { 0, "y:1", ROLE_SWAP }, { 0, "x:1", ROLE_MOUNTED }); }
static void role_own(struct plan *p) { ROLES({ 1, "other:1", ROLE_SWAP }); }
static void role_way(struct plan *p) { ROLES({ 0, "x:1", 7 }); }
static void role_text(struct plan *p) { ROLES({ 0, NULL, ROLE_SWAP }); }
static void role_list(struct plan *p) { ROLES({ 0, "x:1", ROLE_SWAP }); p->set.on_list = true; }
static void role_alone(struct plan *p) { ROLES({ 0, "x:1", ROLE_SWAP }); p->set.slot_image = NULL; }
static void role_mounted(struct plan *p) { ROLES({ 1, "", ROLE_MOUNTED }); rows[0].image = p->set.image; }

/* Of CHOICES: nodes 1 match, 2 cycle, 4 launch; regions 0 and 1 arms, 2 the cycle; function 3 the expression; blocks 1 arm, 2 round. */
static uint32_t value_of(struct plan *p, enum plan_value_kind kind, uint32_t type, uint32_t a, uint32_t b)
{
	return build_item(p, build_value(p, kind, type, a, b));
}

/* Each holds the one before it twice. */
static void wide_expr(struct plan *p)
{
	uint32_t x = p->exprs - 1;

	for (int i = 0; i < 40; i++) {
		uint32_t first = build_item(p, x);

		build_item(p, x);
		x = build_expr(p, (struct plan_expr){ .kind = EXPR_BINARY, .op = PLAN_OP_AND, .type = TYPE_BOOL, .first = first, .kids = 2, .loc = "" });
	}
	p->func[3].expr = x;
}

static void more_rounds(struct plan *p)
{
	for (int i = 0; i < 2; i++) {
		struct plan_node n = p->node[8];

		n.name = i ? "more" : "still_more";
		build_node(p, n);
		p->block[2].nodes++;
	}
}

/* The files that row after row makes are those that it was given. */
static void row_passes_inputs(struct plan *p)
{
	uint32_t inputs = build_value(p, VALUE_INPUTS, TYPE_FILES, 0, 0);

	build_block(p, (struct plan_block){ .node = 1, .first_node = 2, .nodes = 0, .rows = p->block[1].rows });
	p->node[1] = (struct plan_node){ .kind = NODE_CYCLE, .name = "again", .loc = "", .block = 1, .of = 1, .first_arg = build_item(p, inputs),
		.args = 1, .first_medium = PLAN_NONE };
	build_region(p, (struct plan_region){ .node = 1, .body = 2, .results = 1, .given = PLAN_NONE, .rounds = 2, .until = PLAN_NONE,
		.first_result = value_of(p, VALUE_CARRY, TYPE_FILES, 1, 0) });
	p->region[1].until = PLAN_NONE;
}

/* A window of an hour, and rows of it by a time. */
static void windowed(struct plan *p)
{
	static struct plan_window hour = { "hour", "", UINT64_C(3600000000000), 0, 0 };
	uint32_t first, record;

	hour = (struct plan_window){ "hour", "", UINT64_C(3600000000000), 0, 0 };
	p->window = &hour;
	p->windows = 1;
	p->set.window = 0;
	first = build_field(p, "at", more_type(p, PLAN_TIME, PLAN_NONE));
	build_field(p, "n", TYPE_I64);
	record = build_type(p, (struct plan_type){ .kind = PLAN_RECORD, .elem = PLAN_NONE, .name = "Row", .first = first, .count = 2 });
	build_source(p, (struct plan_source){ .name = "rows", .loc = "", .share = "in", .path = "{window}/{window.year}",
		.type = more_type(p, PLAN_LIST, record), .window = 0, .by = 0 });
}
#define WINDOWED(name, ...) static void name(struct plan *p) { windowed(p); __VA_ARGS__; }
RULE(window_set, p->set.window = 0)
WINDOWED(window_name, p->window[0].name = "")
WINDOWED(window_every, p->window[0].every = 0)
WINDOWED(window_long, p->window[0].every = UINT64_MAX)
WINDOWED(window_from, p->window[0].from = p->window[0].every)
WINDOWED(window_late, p->window[0].late = UINT64_MAX)
WINDOWED(window_other, p->source[p->sources - 1].window = 1)
WINDOWED(window_path, p->source[p->sources - 1].path = "{window.week}")
WINDOWED(window_open, p->source[p->sources - 1].path = "a{window")
WINDOWED(window_idle, p->source[p->sources - 1].idle = 7)
WINDOWED(window_by, p->source[p->sources - 1].by = 1)
WINDOWED(window_by_far, p->source[p->sources - 1].by = 99)
WINDOWED(window_by_files, p->source[p->sources - 1].type = TYPE_FILES)
WINDOWED(window_part, (p->part[0].kind = PART_WINDOW, p->part[0].text = ".week"))
RULE(window_part_none, (p->part[0].kind = PART_WINDOW, p->part[0].text = ""))

/* The first function writes a state that comes by its first parameter and goes by its first result. */
static void touching(struct plan *p)
{
	static struct plan_state state;
	static struct plan_use use;
	uint32_t type = p->port[p->func[0].first_param].type;

	state = (struct plan_state){ .name = "s", .type = type, .at = "scratch", .lock = "" };
	use = (struct plan_use){ .state = 0, .writes = true, .param = 0, .result = 0 };
	p->state = &state;
	p->use = &use;
	p->states = p->uses = p->func[0].uses = 1;
	p->port[p->func[0].first_result].type = type;
}
#define TOUCHING(name, ...) static void name(struct plan *p) { touching(p); __VA_ARGS__; }
TOUCHING(state_name, p->state->name = "")
TOUCHING(state_type, p->state->type = 99)
TOUCHING(state_mode, p->state->mode = PLAN_GUARDED + 1)
TOUCHING(state_lock, p->state->mode = PLAN_GUARDED)
TOUCHING(state_no_guard, p->state->lock = "l")
TOUCHING(use_state, p->use->state = 1)
TOUCHING(use_many, p->func[0].uses = 2)
TOUCHING(use_param, p->use->param = 99)
TOUCHING(use_result, p->use->result = 99)
TOUCHING(use_read, p->use->writes = false)
TOUCHING(use_one_way, p->use->param = PLAN_NONE)
TOUCHING(use_other_type, p->state->type = more_type(p, PLAN_BOOL, PLAN_NONE))
TOUCHING(use_part, (p->part[0].kind = PART_STATE, p->part[0].index = 1))
RULE(choice_arm, p->field[p->type[TYPE_EITHER].first].name = "")
RULE(choice_arm_type, p->field[p->type[TYPE_EITHER].first].type = PLAN_NONE)
RULE(choice_twice, p->field[p->type[TYPE_EITHER].first].name = "string")
RULE(choice_empty, p->type[TYPE_EITHER].count = 0)
RULE(flow_fields, p->type[TYPE_FLOW].first = 99)
RULE(flow_field, p->field[p->type[TYPE_FLOW].first].type = 99)
RULE(flow_params, p->type[TYPE_FLOW].params = 3)
RULE(flow_cycle, p->field[p->type[TYPE_FLOW].first].type = TYPE_FLOW)
RULE(expr_kind, p->expr[0].kind = EXPR_HAS + 1)
RULE(expr_op, p->expr[0].op = PLAN_OP_OR + 1)
RULE(expr_type, p->expr[0].type = 99)
RULE(expr_const, p->expr[1].a = 99)
RULE(expr_kids, p->expr[2].kids = 99)
RULE(expr_kid, p->item[p->expr[2].first] = 2)
RULE(expr_root, p->func[3].expr = 9)
RULE(expr_results, (p->func[3].params = 0, p->func[3].first_result--, p->func[3].results = 2))
RULE(expr_words, (p->func[3].first_word = p->func[0].first_word, p->func[3].words = 3))
RULE(expr_image, p->func[3].image = "busybox")
RULE(expr_once, p->func[3].effect = EFFECT_ONCE)
RULE(expr_retries, p->func[3].retries = 1)
RULE(expr_result, p->port[p->func[3].first_result].type = TYPE_FILE)
RULE(func_group, p->func[0].group = 1)
RULE(group_name, build_group(p, (struct plan_group){ "", 0, 1 }))
RULE(group_none, build_group(p, (struct plan_group){ "g", 0, 0 }))
RULE(group_many, build_group(p, (struct plan_group){ "g", 0, PLAN_MAX_WORKERS + 1 }))
RULE(group_order, build_group(p, (struct plan_group){ "g", 3, 2 }))
RULE(list_group, p->set.on_list = true)
RULE(set_ahead, p->set.ahead = PLAN_MAX_WORKERS + 1)
RULE(node_arms, p->node[0].arms = 1)
RULE(node_no_arms, p->node[1].arms = 0)
RULE(node_arms_range, p->node[1].arms = 99)
RULE(node_arms_cycle, p->node[1].arms = 3)
RULE(node_medium, p->item[p->node[2].first_medium] = MEDIUM_NETWORK + 1)
RULE(node_medium_range, p->node[2].first_medium = 9999)
RULE(launch_type, p->node[4].of = TYPE_FILE)
RULE(launch_args, p->node[4].args = 1)
RULE(launch_spec, p->value[p->item[p->node[4].first_arg]] = p->value[p->item[p->node[4].first_arg + 1]])
RULE(launch_arg, p->item[p->node[4].first_arg + 1] = p->item[p->node[1].first_arg])
RULE(launch_result, p->sink[1].value = build_value(p, VALUE_PORT, TYPE_FILE, 4, 1))
RULE(match_args, p->node[1].args = 0)
RULE(match_outcomes, p->port[p->func[0].first_result].type = p->value[1].type = TYPE_I64, p->field[5].type = 0)
RULE(arm_results, p->region[1].results = 1)
RULE(arm_no_results, p->region[0].results = 0)
RULE(arm_body, (p->region[1] = p->region[0]))
RULE(arm_limit, p->region[0].limit = 2)
RULE(arm_partial, p->region[0].partial = true)
RULE(arm_rotate, p->region[0].rotate = 2)
RULE(arm_rounds, p->region[0].rounds = 2)
RULE(arm_rows, (p->region[0].row_start = arena_zalloc(&p->arena, 2, 4), p->region[0].row_start[1] = 1))
RULE(arm_absent, (p->sink[0].type = TYPE_FILE, p->value[p->sink[0].value].type = TYPE_FILE))
RULE(arm_type, p->item[p->region[0].first_result] = p->item[p->node[1].first_arg])
RULE(arm_port, p->value[p->sink[0].value].b = 1)
RULE(cycle_no_body, p->region[2].body = PLAN_NONE)
RULE(cycle_rounds, p->region[2].rounds = 0)
RULE(cycle_many, p->region[2].rounds = PLAN_MAX_ROUNDS + 1)
RULE(cycle_steps, (p->region[2].until = PLAN_NONE, p->region[2].fails = false, p->region[2].rounds = PLAN_MAX_ROUNDS, more_rounds(p)))
RULE(cycle_until, p->region[2].until = 999)
RULE(cycle_until_type, p->region[2].until = p->item[p->region[2].first_result])
RULE(cycle_fails, (p->region[2].until = PLAN_NONE))
RULE(cycle_args, p->node[2].args = 0)
RULE(cycle_type, p->item[p->node[2].first_arg] = build_value(p, VALUE_ABSENT, TYPE_MAYBE, 0, 0))
RULE(carry_outside, p->item[p->node[0].first_arg] = build_value(p, VALUE_CARRY, TYPE_FILE, 2, 0))
RULE(carry_node, p->value[p->item[p->node[6].first_arg]].a = 1)
RULE(carry_which, p->value[p->item[p->node[6].first_arg]].b = 1)
RULE(carry_type, p->value[p->item[p->node[6].first_arg]].type = TYPE_I64)
RULE(param_none, p->item[p->node[0].first_arg] = build_value(p, VALUE_PARAM, TYPE_FILE, 0, 0))
RULE(param_type, (p->params = 1, p->first_param = build_item(p, TYPE_I64),
	p->item[p->node[0].first_arg] = build_value(p, VALUE_PARAM, TYPE_FILE, 0, 0)))
RULE(plan_params, p->params = 999)
RULE(plan_param_type, (p->params = 1, p->first_param = build_item(p, 999)))
RULE(plan_results, (p->results = 1, p->first_result = value_of(p, VALUE_CARRY, TYPE_FILE, 2, 0)))

static const struct rule {
	void (*damage)(struct plan *p);
	enum base base;
	const char *words;
} rules[] = {
	{ type_kind, TEXT, "types[0].kind" }, { type_elem, TEXT, "types[1].elem" }, { type_cycle, TEXT, "contains itself" },
	{ type_fields, TEXT, "fields out of range" }, { type_name, TEXT, "has no name" }, { field_name, TEXT, "a field without" },
	{ field_type, TEXT, "a field without" }, { field_twice, TEXT, "stands twice" }, { deep_types, TEXT, "nested too deeply" },
	{ func_name, TEXT, "funcs[0]: not a name" }, { func_ports, TEXT, "parameters out of range" }, { func_port_type, TEXT, "bad name, type" },
	{ func_port_name, TEXT, "bad name, type" }, { func_words, TEXT, "words out of range" }, { func_parts, TEXT, "parts out of range" },
	{ part_kind, TEXT, "parts[0].kind" }, { part_text, TEXT, "has no text" }, { part_param, TEXT, "parameter out of range" },
	{ part_result, TEXT, "result out of range" }, { part_path, TEXT, "no such path" }, { func_stdin, TEXT, "stdin or stdout" },
	{ func_effect, TEXT, "effect or retries" }, { func_retries, TEXT, "effect or retries" }, { func_once, TEXT, "retries need" },
	{ func_digest, TEXT, "digest" }, { func_env, TEXT, "env or secret" }, { set_name, TEXT, "set: not a name" },
	{ set_order, TEXT, "set.order" }, { set_no_slots, TEXT, "set.slots" }, { set_slots, TEXT, "set.slots" },
	{ set_timeout, TEXT, "set.timeout_ms" }, { const_type, TEXT, "consts[0]" }, { column_value, TEXT, "constant out of range" },
	{ source_name, TEXT, "sources[0]: not a name" }, { source_type, TEXT, "sources[0].type" },
	{ source_format, TEXT, "sources[0].format" }, { source_share, TEXT, "sources[0].share" }, { source_up, TEXT, "sources[0].path" },
	{ source_root, TEXT, "sources[0].path" }, { source_empty, TEXT, "sources[0].path" }, { source_twice, TEXT, "stands twice" },
	{ sink_path, TEXT, "sinks[0].path" }, { sink_value, TEXT, "sinks[0].value" }, { sink_type, TEXT, "of another type" },
	{ sink_twice, TEXT, "stands twice" }, { block_rows, TEXT, "one row" }, { block_node, TEXT, "its body is another" },
	{ block_nodes, TEXT, "their nodes overlap" }, { block_overlap, TEXT, "does not lie in its block" },
	{ block_lost, TEXT, "a node whose body this is" }, { node_kind, TEXT, "nodes[0].kind" }, { node_name, TEXT, "nodes[0]: not a name" },
	{ node_twice, TEXT, "stands twice" }, { node_func, TEXT, "nodes[0].of" }, { node_args, TEXT, "arguments or afters" },
	{ node_arg_count, TEXT, "wrong number of arguments" }, { node_after, TEXT, "comes after a node" },
	{ node_after_itself, TEXT, "comes after a node" }, { region_node, TEXT, "not a node of this region" },
	{ region_body, TEXT, "its body is another" }, { region_results, TEXT, "results out of range" }, { region_given, WORKFLOW, "given" },
	{ region_steps_only, TEXT, "only steps have keys" }, { region_run_rows, TEXT, "rows of the block around" },
	{ region_starts, WORKFLOW, "row_start" }, { region_key, WORKFLOW, "key[1]: missing" }, { region_key_twice, WORKFLOW, "stands twice" },
	{ region_parent, NESTED, "same outer row" }, { region_loop, NESTED, "waits for itself" }, { region_from, WORKFLOW, "same outer row" },
	{ region_from_none, WORKFLOW, "nothing is given" }, { region_input_name, WORKFLOW, "made by another row" },
	{ region_output_twice, WORKFLOW, "is made twice" }, { region_from_to, WORKFLOW, "from and to" },
	{ region_file_result, WORKFLOW, "values[" }, { value_kind, TEXT, "unknown kind" }, { value_type, TEXT, "type out of range" },
	{ value_range, TEXT, "value out of range" }, { value_source, TEXT, "source out of range" }, { value_of_type, TEXT, "of another type" },
	{ value_node, TEXT, "does not come before it" }, { value_result, TEXT, "no such result" }, { value_column, TEXT, "column out of range" },
	{ value_column_rows, TEXT, "neither one row" }, { value_item_outside, TEXT, "not used within a run-time each" },
	{ value_parents, TEXT, "not used within its own steps" }, { value_absent, TEXT, "not optional" },
	{ value_list_items, TEXT, "items out of range" }, { value_list_type, TEXT, "not a list" }, { value_each_list, TEXT, "goes over lists" },
	{ value_own_parents, NESTED, "are no result" }, { many_steps, TEXT, "more than" }, { deep_list, TEXT, "too often, or nested" },
	{ wide_list, TEXT, "too often" }, { slot_images, TEXT, "no slot has the image" },
	{ role_slot, TEXT, "roles[0].slot" }, { role_order, TEXT, "roles[1].slot" }, { role_twice, TEXT, "twice" }, { role_own, TEXT, "twice" },
	{ role_way, TEXT, "unknown way" }, { role_text, TEXT, "no image" }, { role_list, TEXT, "on a pod" }, { role_alone, TEXT, "has slot_image" },
	{ role_mounted, TEXT, "not portable" },
	{ window_set, TEXT, "set.window: out of range" }, { window_name, TEXT, "windows[0]: not a name" },
	{ window_every, TEXT, "windows[0].every" }, { window_long, TEXT, "windows[0].every" }, { window_from, TEXT, "windows[0].from" },
	{ window_late, TEXT, "windows[0].late" }, { window_other, TEXT, "window: not the set's" }, { window_path, TEXT, "no part of a window" },
	{ window_open, TEXT, "no part of a window" }, { window_idle, TEXT, "idle: unknown" }, { window_by, TEXT, "by: not a time" },
	{ window_by_far, TEXT, "by: not a time" }, { window_by_files, TEXT, "by: not a time" }, { window_part, TEXT, "no part of a window" },
	{ window_part_none, TEXT, "the set has no window" },
	{ state_name, TEXT, "states[0]: not a name" }, { state_type, TEXT, "states[0]: type" }, { state_mode, TEXT, "states[0]: type" },
	{ state_lock, TEXT, "states[0]: a lock" }, { state_no_guard, TEXT, "states[0]: a lock" }, { use_state, TEXT, "uses[0].state" },
	{ use_many, TEXT, "uses out of range" }, { use_param, TEXT, "uses[0]: parameter or result" }, { use_result, TEXT, "uses[0]: parameter or result" },
	{ use_read, TEXT, "uses[0]: a result without" }, { use_one_way, TEXT, "uses[0]: a result without" },
	{ use_other_type, TEXT, "uses[0]: its parameter has another" }, { use_part, TEXT, "use of a state out of range" },
	{ choice_arm, CHOICES, "a field without" }, { choice_arm_type, CHOICES, "a field without" }, { choice_twice, CHOICES, "stands twice" },
	{ choice_empty, CHOICES, "a choice of nothing" }, { flow_fields, CHOICES, "fields out of range" }, { flow_field, CHOICES, "a field without" },
	{ flow_params, CHOICES, "more parameters than" }, { flow_cycle, CHOICES, "contains itself" }, { expr_kind, CHOICES, "exprs[0].kind" },
	{ expr_op, CHOICES, "exprs[0].kind" }, { expr_type, CHOICES, "exprs[0].type" }, { expr_const, CHOICES, "exprs[1].a" },
	{ expr_kids, CHOICES, "kids out of range" }, { expr_kid, CHOICES, "does not come before" }, { expr_root, CHOICES, "funcs[3].expr" },
	{ expr_results, CHOICES, "one result" }, { expr_words, CHOICES, "no command, image" }, { expr_image, CHOICES, "no command, image" },
	{ expr_once, CHOICES, "is pure" }, { expr_retries, CHOICES, "is pure" }, { expr_result, CHOICES, "of another type than its result" },
	{ wide_expr, CHOICES, "too large an expression" }, { func_group, CHOICES, "funcs[0].group" }, { group_name, CHOICES, "groups[0]: not a name" },
	{ group_none, CHOICES, "groups[0]" }, { group_many, CHOICES, "groups[0]" }, { group_order, CHOICES, "groups[0]" },
	{ list_group, CHOICES, "in no group" }, { set_ahead, CHOICES, "set.ahead" }, { node_arms, CHOICES, "nodes[0].arms" },
	{ node_no_arms, CHOICES, "nodes[1].arms" }, { node_arms_range, CHOICES, "nodes[1].of" }, { node_arms_cycle, CHOICES, "another node's" },
	{ node_medium, CHOICES, "no such medium" }, { node_medium_range, CHOICES, "nodes[2].first_medium" }, { launch_type, CHOICES, "not a flow's" },
	{ launch_args, CHOICES, "wrong number of arguments" }, { launch_spec, CHOICES, "of another type" }, { launch_arg, CHOICES, "of another type" },
	{ launch_result, CHOICES, "no such result" }, { match_args, CHOICES, "wrong number of arguments" },
	{ match_outcomes, CHOICES, "not one for each outcome" }, { arm_results, CHOICES, "equally many results" },
	{ arm_no_results, CHOICES, "no such result" }, { arm_body, CHOICES, "another region's, too" }, { arm_limit, CHOICES, "is partial, or" },
	{ arm_partial, CHOICES, "is partial, or" }, { arm_rotate, CHOICES, "a rotation are" }, { arm_rounds, CHOICES, "only a cycle has rounds" },
	{ arm_rows, CHOICES, "no rows of its own" }, { arm_absent, CHOICES, "may be absent" }, { arm_type, CHOICES, "another type in an arm" },
	{ arm_port, CHOICES, "no such result" }, { cycle_no_body, CHOICES, "regions[2].body" }, { cycle_rounds, CHOICES, "regions[2].rounds" },
	{ cycle_many, CHOICES, "regions[2].rounds" }, { cycle_steps, CHOICES, "more than" }, { cycle_until, CHOICES, "until: out of range" },
	{ cycle_until_type, CHOICES, "is no bool" }, { cycle_fails, CHOICES, "does not fail" }, { cycle_args, CHOICES, "wrong number of arguments" },
	{ cycle_type, CHOICES, "cycle's next value" }, { carry_outside, CHOICES, "within its own cycle" }, { carry_node, CHOICES, "within its own cycle" },
	{ carry_which, CHOICES, "no such value" }, { carry_type, CHOICES, "of another type" }, { param_none, CHOICES, "no such parameter" },
	{ param_type, CHOICES, "of another type" }, { plan_params, CHOICES, "parameters or results" }, { plan_param_type, CHOICES, "type of parameter" },
	{ plan_results, CHOICES, "within its own cycle" }, { row_passes_inputs, WORKFLOW, "its own inputs" },
};

static bool check_rule(unsigned i)
{
	struct plan *p = base_plan(rules[i].base);
	struct buf error = BUF_INIT;
	bool ok = plan_check(p, &error);

	if (!ok) {
		fprintf(stderr, "rule %u: the whole plan is refused: %s\n", i, buf_str(&error));
	} else {
		rules[i].damage(p);
		ok = !plan_check(p, &error) && strstr(buf_str(&error), rules[i].words);
		if (!ok)
			fprintf(stderr, "rule %u (%s): \"%s\"\n", i, rules[i].words, buf_str(&error));
	}
	buf_release(&error);
	plan_free(p);
	return ok;
}

/* ---- damage at random ---- */

static uint32_t damaged(struct rng *r, uint32_t was, uint32_t most)
{
	switch (rng_below(r, 6)) {
	case 0: return 0;
	case 1: return PLAN_NONE;
	case 2: return was + 1;
	case 3: return was - 1;
	case 4: return (uint32_t)rng_next(r);
	default: return rng_below(r, most + 2);
	}
}

/* The fields of a row that are indices, counts or kinds; those that say how long another array is are left out. */
static void damage(struct plan *p, struct rng *r)
{
	struct plan_node *n = &p->node[rng_below(r, p->nodes)];
	struct plan_value *v = &p->value[rng_below(r, p->values)];
	struct plan_func *f = &p->func[rng_below(r, p->funcs)];
	struct plan_region *g = p->regions ? &p->region[rng_below(r, p->regions)] : NULL;
	struct plan_block *b = &p->block[rng_below(r, p->blocks)];
	uint32_t *number[] = { &n->arms, &n->first_medium, &f->expr, &f->group, g ? &g->until : &v->a, g ? &g->rounds : &v->b,
		g ? &g->rotate : &v->a, g ? &g->body : &v->a, g ? &g->node : &v->b, &n->block, &n->of,
		&n->first_arg, &n->args, &n->first_after, &n->afters, &v->a, &v->b, &v->type, &v->a, &v->b,
		&f->first_param, &f->params, &f->first_result, &f->results, &b->node, &b->first_node, &b->nodes,
		p->items ? &p->item[rng_below(r, p->items)] : &v->a, &p->port[rng_below(r, p->ports)].type,
		&p->type[rng_below(r, p->types)].elem, &p->set.slots };
	enum { NUMBERS = sizeof number / sizeof number[0] };
	uint32_t dice = rng_below(r, NUMBERS + 14), at = dice;

	dice = dice < NUMBERS ? 0 : dice - NUMBERS + 22;
	if (dice == 0) {
		*number[at] = damaged(r, *number[at], p->nodes);
	} else if (dice < 26) {
		v->kind = (uint8_t)rng_below(r, VALUE_PARAM + 2);
	} else if (dice < 27) {
		n->kind = (uint8_t)rng_below(r, NODE_LAUNCH + 2);
	} else if (g && dice < 29) {
		*(rng_chance(r, 50) ? &g->partial : rng_chance(r, 50) ? &g->fails : &g->run_time) ^= true;
	} else if (g && dice < 30) {
		g->first_result = damaged(r, g->first_result, p->items);
	} else if (g && dice < 31) {
		g->results = damaged(r, g->results, 3);
	} else if (g && dice < 32) {
		g->given = damaged(r, g->given, p->values);
	} else if (g && dice < 34 && g->parent_start && g->parent_start[p->block[g->body].rows]) {
		g->parents[rng_below(r, g->parent_start[p->block[g->body].rows])] = damaged(r, 1, p->block[g->body].rows);
	} else if (g && g->input_start && g->input_start[p->block[g->body].rows]) {
		g->input_from[rng_below(r, g->input_start[p->block[g->body].rows])] = damaged(r, 1, p->block[g->body].rows);
	} else if (g && g->row_start) {
		g->row_start[rng_below(r, 2)] = damaged(r, 1, 3);
	}
}

static bool check_damaged(uint64_t seed, unsigned *accepted)
{
	struct rng r = { seed };
	struct plans_options po = { .order = (enum plan_order)rng_below(&r, 4), .failures = true, .steps_limit = true, .size = 3 + rng_below(&r, 20) };
	struct drive_options o = { .seed = seed, .fail_percent = 5, .noise_percent = 10 };
	struct plan *p = plans_random(&r, &po);
	struct buf error = BUF_INIT;
	struct history h = { 0 };
	struct driven out;
	bool ok = true;

	for (uint32_t i = 1 + rng_below(&r, 2); i > 0 && p->values && p->nodes && p->funcs; i--)
		damage(p, &r);
	if (plan_check(p, &error) && p->set.slots <= 8) {
		++*accepted;
		ok = drive(p, &o, &h, &out, NULL);
		plan_count(p);
	}
	if (!ok)
		fprintf(stderr, "plan_refused: seed %llu\n", (unsigned long long)seed);
	history_release(&h);
	buf_release(&error);
	plan_free(p);
	return ok;
}

int main(int argc, char **argv)
{
	unsigned accepted = 0, wrong = 0;

	if (argc > 1)
		return !check_damaged(strtoull(argv[1], NULL, 10), &accepted);
	for (unsigned i = 0; i < sizeof rules / sizeof rules[0]; i++)
		wrong += !check_rule(i);
	for (uint64_t seed = 1; seed <= SEEDS && !wrong; seed++)
		wrong += !check_damaged(seed, &accepted);
	printf("%zu rules; of %d damaged plans %u are still valid\n", sizeof rules / sizeof rules[0], SEEDS, accepted);
	return wrong > 0;
}
