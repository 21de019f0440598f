/*
 * Every allocation of reading, printing and reporting a program failed once: each run ends with the status for it,
 * and no run crashes. Skipped in builds without --enable-faults.
 */
#include "base/buf.h"
#include "base/exit.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "grammar/parse.h"
#include "testsuite/unit/test.h"

#include <sys/wait.h>
#include <unistd.h>

static void end(void)
{
	_exit(CALC_EXIT_IO);
}

static bool count(void *ctx, const struct json_event *ev)
{
	(void)ev;
	++*(unsigned *)ctx;
	return true;
}

static void work(void)
{
	static const char good[] = "// c\ntype R { a: i32 }\nflow f(x: R) -> R { // b\n y = each a in x { g(a, [1, \"\\n\"]) }\n return y }\n";
	static const char wrong[] = "flow f { a = = 3\n b == c }\nfunction g() { comand }\n";
	static const char json[] = "{\"a\": [1, \"\\u00e9\", {}]}";
	struct sources *sources = sources_new();
	struct symtab *syms = symtab_new();
	struct diags *diags = diags_new(sources);
	struct arena arena;
	struct parse_context c = { &arena, syms, diags, sources };
	struct json_error err;
	struct buf out = BUF_INIT;
	unsigned events = 0;

	arena_init(&arena);
	print_module(&out, syms, sources, parse_module(&c, sources_add(sources, "good", good, sizeof good - 1)));
	parse_module(&c, sources_add(sources, "wrong", wrong, sizeof wrong - 1));
	diag_print_within(diags, stdout, false, 60);
	diag_json(diags, &out);
	diag_sarif(diags, &out);
	json_read(json, sizeof json - 1, LIMIT_NESTING, count, &events, &err);
	buf_release(&out);
	arena_release(&arena);
	diags_free(diags);
	symtab_free(syms);
	sources_free(sources);
}

/* The status of a child in which the nth allocation fails; -1: it crashed. */
static int status_of(unsigned nth)
{
	pid_t child;
	int status;

	fflush(stdout);
	child = fork();
	if (child == 0) {
		if (!freopen("/dev/null", "w", stdout))
			_exit(99);
		mem_on_failure(end);
		mem_fail_at(nth);
		work();
		_exit(0);
	}
	if (child < 0 || waitpid(child, &status, 0) != child)
		return -2;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int main(void)
{
	int status = status_of(1);

	if (status == 0) {
		printf("0 passed, 0 failed, 1 skipped\n");
		return 77;
	}
	for (unsigned nth = 1; status != 0 && test_failed < 5; nth++) {
		status = status_of(nth);
		test_check(status == CALC_EXIT_IO || status == 0, "the failure of an allocation", __FILE__, (int)nth);
	}
	CHECK(test_passed > 20);
	return test_end();
}
