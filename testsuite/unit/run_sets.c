/*
 * Runs plans together, as a set of sets: run_sets [--json] [--resume] [--verbose] [--work-dir D] PLAN.json...
 * Without plans: what reads what.
 */
#include <stdlib.h>
#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"
#include "runtime/plan.h"
#include "testsuite/unit/test.h"
#include "tools/run_sets.h"

static int checks(void)
{
	CHECK(run_sets_reads("a/b", "a/b", false) && !run_sets_reads("a/b", "a/c", false) && !run_sets_reads("a", "a/b", false));
	CHECK(!run_sets_reads("a/b/c", "a/b", false) && run_sets_reads("a/b/c", "a/b", true) && run_sets_reads("a/b/*", "a/b", true));
	CHECK(run_sets_reads("a/*", "a/b", false) && !run_sets_reads("a/*", "a/.b", false) && run_sets_reads("*/x.???", "q/x.txt", false));
	CHECK(run_sets_reads("**/x", "a/b/c/x", false) && run_sets_reads("**", "a/b/c/x", false) && !run_sets_reads("**/x", "a/b/y", false));
	CHECK(run_sets_reads("a/**/x", "a/x", false) && run_sets_reads("a/**/x", "a/b", true) && !run_sets_reads("b/**", "a/x", false));
	return test_end();
}

int main(int argc, char **argv)
{
	struct run_options o = { 0 };
	const struct plan **plan = mem_zalloc((size_t)argc, sizeof *plan);
	struct buf error = BUF_INIT;
	size_t plans = 0;
	int status;

	for (int i = 1; i < argc; i++) {
		struct buf text = BUF_INIT;

		o.json = o.json || strcmp(argv[i], "--json") == 0;
		o.resume = o.resume || strcmp(argv[i], "--resume") == 0;
		o.verbose = o.verbose || strcmp(argv[i], "--verbose") == 0;
		if (strcmp(argv[i], "--work-dir") == 0 && argv[i + 1])
			o.work_dir = argv[++i];
		if (strncmp(argv[i], "--", 2) == 0 || argv[i] == o.work_dir)
			continue;
		if (!file_read(argv[i], LIMIT_DATA, &text) || !(plan[plans++] = plan_read(text.p, text.len, &error))) {
			fprintf(stderr, "%s: %s\n", argv[i], buf_str(&error));
			return 99;
		}
		buf_release(&text);
	}
	status = plans ? run_sets("all", plan, plans, &o) : checks();
	while (plans)
		plan_free((struct plan *)(uintptr_t)plan[--plans]);
	mem_free(plan);
	return status;
}
