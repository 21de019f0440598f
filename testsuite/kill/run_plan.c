/*
 * Runs a plan made by hand as `calcc run` would: run_plan KIND COUNT WITNESS [--resume] [--work-dir D] [--slots N] [--json]
 *
 * or run_plan journal DIR.
 *
 *   noop     COUNT steps that do nothing
 *   witness  COUNT steps that append their name and attempt to WITNESS and make a file each; one that joins them; a sink
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "runtime/plan.h"
#include "testsuite/unit/plan_build.h"
#include "tools/run.h"

static uint32_t each_of_rows(struct plan *p, uint32_t rows)
{
	uint32_t *row_start = arena_zalloc(&p->arena, 2, sizeof *row_start);

	row_start[1] = rows;
	return build_region(p, (struct plan_region){ .node = 0, .body = 1, .row_start = row_start, .given = PLAN_NONE });
}

static struct plan *noop_plan(uint32_t rows)
{
	struct plan *p = build_begin("noop.cf", "noop", 2);
	uint32_t func, node;

	build_word(p, PART_TEXT, 0, "true");
	func = build_func(p, (struct plan_func){ .name = "noop", .loc = "noop.cf:1", .words = 1 });
	node = build_node(p, (struct plan_node){ .kind = NODE_EACH, .name = "all", .loc = "noop.cf:2", .of = each_of_rows(p, rows) });
	build_node(p, (struct plan_node){ .kind = NODE_CALL, .name = "noop", .loc = "noop.cf:2", .of = func, .block = 1 });
	build_block(p, (struct plan_block){ .node = PLAN_NONE, .nodes = 1, .rows = 1 });
	build_block(p, (struct plan_block){ .node = node, .first_node = 1, .nodes = 1, .rows = rows });
	return p;
}

static uint32_t row_constants(struct plan *p, uint32_t rows)
{
	uint32_t *column = arena_zalloc(&p->arena, rows, sizeof *column);

	for (uint32_t i = 0; i < rows; i++)
		column[i] = build_const(p, arena_printf(&p->arena, "%u", i), TYPE_I64);
	return build_value(p, VALUE_CONST, TYPE_I64, build_column(p, column, rows), 0);
}

static uint32_t task_func(struct plan *p, const char *witness)
{
	uint32_t param = build_port(p, "i", TYPE_I64), result = build_port(p, "out", TYPE_FILE);
	uint32_t word = p->words;

	build_word(p, PART_TEXT, 0, "sh");
	build_word(p, PART_TEXT, 0, "-c");
	build_word(p, PART_TEXT, 0, "echo \"$CALC_STEP $CALC_ATTEMPT\" >> \"$1\" && sleep \"0.0$(($3 % 4))\" && echo \"$3\" > \"$2\"");
	build_word(p, PART_TEXT, 0, "task");
	build_word(p, PART_TEXT, 0, witness);
	build_word(p, PART_RESULT, 0, "");
	build_word(p, PART_PARAM, 0, "");
	return build_func(p, (struct plan_func){ .name = "task", .loc = "kill.cf:1", .first_param = param, .params = 1,
		.first_result = result, .results = 1, .first_word = word, .words = 7, .retries = 100 });
}

static uint32_t join_func(struct plan *p)
{
	uint32_t param = build_port(p, "all", TYPE_FILES), result = build_port(p, "out", TYPE_FILE);
	uint32_t word = p->words;

	build_word(p, PART_TEXT, 0, "sh");
	build_word(p, PART_TEXT, 0, "-c");
	build_word(p, PART_TEXT, 0, "out=$1; shift; cat \"$@\" > \"$out\"");
	build_word(p, PART_TEXT, 0, "join");
	build_word(p, PART_RESULT, 0, "");
	build_word(p, PART_PARAM, 0, "");
	return build_func(p, (struct plan_func){ .name = "join", .loc = "kill.cf:2", .first_param = param, .params = 1,
		.first_result = result, .results = 1, .first_word = word, .words = 6, .retries = 100 });
}

static struct plan *witness_plan(uint32_t rows, const char *witness)
{
	struct plan *p = build_begin("kill.cf", "kill", 4);
	uint32_t task = task_func(p, witness), join = join_func(p), region = each_of_rows(p, rows), node, arg, list, value;

	node = build_node(p, (struct plan_node){ .kind = NODE_EACH, .name = "all", .loc = "kill.cf:4", .of = region });
	arg = build_item(p, build_value(p, VALUE_PORT, TYPE_FILES, node, 0));
	build_node(p, (struct plan_node){ .kind = NODE_CALL, .name = "joined", .loc = "kill.cf:5", .of = join, .first_arg = arg, .args = 1 });
	arg = build_item(p, row_constants(p, rows));
	build_node(p, (struct plan_node){ .kind = NODE_CALL, .name = "task", .loc = "kill.cf:4", .of = task, .block = 1,
		.first_arg = arg, .args = 1 });
	value = build_value(p, VALUE_PORT, TYPE_FILE, 2, 0);
	list = build_item(p, value);
	p->region[region].first_result = list;
	p->region[region].results = 1;
	build_block(p, (struct plan_block){ .node = PLAN_NONE, .nodes = 2, .rows = 1 });
	build_block(p, (struct plan_block){ .node = node, .first_node = 2, .nodes = 1, .rows = rows });
	value = build_value(p, VALUE_PORT, TYPE_FILE, 1, 0);
	build_sink(p, (struct plan_sink){ .name = "total", .loc = "kill.cf:6", .share = "out", .path = "total.txt", .type = TYPE_FILE,
		.value = value });
	return p;
}

int main(int argc, char **argv)
{
	struct run_options o = { 0 };
	struct buf error = BUF_INIT;
	struct plan *p;
	uint32_t rows;
	int status;

	if (argc == 3 && strcmp(argv[1], "journal") == 0)
		return run_journal(argv[2], true);
	if (argc < 4) {
		fprintf(stderr, "usage: run_plan noop|witness COUNT WITNESS [options]\n");
		return 2;
	}
	rows = (uint32_t)strtoul(argv[2], NULL, 10);
	p = strcmp(argv[1], "noop") == 0 ? noop_plan(rows) : witness_plan(rows, argv[3]);
	for (int i = 4; i < argc; i++) {
		if (strcmp(argv[i], "--resume") == 0)
			o.resume = true;
		else if (strcmp(argv[i], "--json") == 0)
			o.json = true;
		else if (strcmp(argv[i], "--work-dir") == 0 && argv[i + 1])
			o.work_dir = argv[++i];
		else if (strcmp(argv[i], "--slots") == 0 && argv[i + 1])
			o.slots = (uint32_t)strtoul(argv[++i], NULL, 10);
	}
	if (!plan_check(p, &error)) {
		fprintf(stderr, "%s\n", error.p);
		return 70;
	}
	status = run_command(p, &o);
	plan_free(p);
	buf_release(&error);
	return status;
}
