/* The host with real processes: results, failures with their report, retries, resuming, a run-time list, locked folders. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/file.h"
#include "runtime/host.h"
#include "testsuite/unit/plan_build.h"
#include "testsuite/unit/test.h"

static char folder[] = "/tmp/calc-host.XXXXXX";

/* A function `sh -c SCRIPT f PARAM... RESULT`: $1 is its result, $2 its parameter where it has one. */
static uint32_t shell(struct plan *p, const char *name, const char *script, uint32_t param, uint32_t result)
{
	uint32_t first_param = p->ports, word, params = 0;
	struct plan_func f = { .name = name, .loc = "h.cf:1" };

	if (param != PLAN_NONE) {
		build_port(p, "x", param);
		params = 1;
	}
	f.first_param = first_param;
	f.params = params;
	f.first_result = build_port(p, "out", result);
	f.results = 1;
	word = p->words;
	build_word(p, PART_TEXT, 0, "sh");
	build_word(p, PART_TEXT, 0, "-c");
	build_word(p, PART_TEXT, 0, script);
	build_word(p, PART_TEXT, 0, "f");
	build_word(p, PART_RESULT, 0, "");
	if (params)
		build_word(p, PART_PARAM, 0, "");
	f.first_word = word;
	f.words = 5 + params;
	return build_func(p, f);
}

static uint32_t call(struct plan *p, const char *name, uint32_t func, uint32_t block, uint32_t value)
{
	struct plan_node n = { .kind = NODE_CALL, .name = name, .loc = "h.cf:9", .of = func, .block = block };

	if (value != PLAN_NONE) {
		n.first_arg = build_item(p, value);
		n.args = 1;
	}
	return build_node(p, n);
}

static struct plan *(*launcher)(void *ctx, const struct plan *p, const char *spec, size_t len, uint32_t flow_type, struct buf *error);

static enum host_outcome run(const struct plan *p, bool resume, struct host_report *r)
{
	struct host_binding shares[2] = { { "in", "in" }, { "out", "out" } };
	struct buf error = BUF_INIT, work = BUF_INIT, data = BUF_INIT;
	struct host_options o = { .plan = p, .resume = resume, .group = (gid_t)-1, .uid_base = UINT32_MAX, .share = shares,
				  .shares = 2, .first_backoff_ms = 10, .grace_ms = 200, .launch = launcher };

	buf_printf(&work, "%s/work", folder);
	buf_printf(&data, "%s/work/data", folder);
	o.ctl = work.p;
	o.data = data.p;
	if (!CHECK(plan_check(p, &error)))
		printf("  %s\n", error.p);
	host_run(&o, r);
	buf_release(&error);
	buf_release(&work);
	buf_release(&data);
	return r->outcome;
}

static bool holds(const char *path, const char *text)
{
	struct buf b = BUF_INIT;
	bool ok = file_read(path, 10000, &b) && strcmp(buf_str(&b), text) == 0;

	if (!ok)
		printf("  %s: %s\n", path, buf_str(&b));
	buf_release(&b);
	return ok;
}

static void put(const char *path, const char *text)
{
	CHECK(file_replace(path, text, strlen(text), 0644, NULL));
}

/* in/?.txt → each → its size → a sorted list → out/sizes. */
static void runs_lists(void)
{
	struct plan *p = build_begin("h.cf", "lists", 3);
	uint32_t size = shell(p, "size", "wc -c < \"$2\" > \"$1\"", TYPE_FILE, TYPE_I64);
	uint32_t list = build_type(p, (struct plan_type){ .kind = PLAN_LIST, .elem = TYPE_I64 });
	uint32_t join = shell(p, "join", "o=$1; shift; printf '%s\\n' \"$@\" | sort -n | tr '\\n' ' ' > \"$o\"", list, TYPE_STRING);
	uint32_t each, body, value;
	struct host_report r;

	build_source(p, (struct plan_source){ .name = "texts", .loc = "h.cf:2", .share = "in", .path = "?.txt", .type = TYPE_FILES });
	value = build_item(p, build_value(p, VALUE_SOURCE, TYPE_FILES, 0, 0));
	each = build_node(p, (struct plan_node){ .kind = NODE_EACH, .name = "per", .loc = "h.cf:3", .first_arg = value, .args = 1 });
	call(p, "joined", join, 0, build_value(p, VALUE_PORT, list, each, 0));
	build_block(p, (struct plan_block){ .node = PLAN_NONE, .nodes = 2, .rows = 1 });
	body = build_block(p, (struct plan_block){ .node = each, .first_node = 2, .nodes = 1, .rows = 1 });
	call(p, "size", size, body, build_value(p, VALUE_ITEM, TYPE_FILE, each, 0));
	build_region(p, (struct plan_region){ .node = each, .body = body, .run_time = true, .given = PLAN_NONE, .results = 1,
		.first_result = build_item(p, build_value(p, VALUE_PORT, TYPE_I64, 2, 0)) });
	build_sink(p, (struct plan_sink){ .name = "sizes", .loc = "h.cf:5", .share = "out", .path = "sizes", .type = TYPE_STRING,
		.value = build_value(p, VALUE_PORT, TYPE_STRING, 1, 0) });
	if (!CHECK(run(p, false, &r) == HOST_DONE && r.steps.finished == 3 && r.published == 1))
		printf("  %s\n", buf_str(&r.message));
	CHECK(holds("out/sizes", "2 5 "));
	host_report_release(&r);
	CHECK(run(p, true, &r) == HOST_DONE && r.recalled == 3 && r.attempts == 0);
	host_report_release(&r);
	put("in/a.txt", "changed");	/* its step, and the join, run again: another result is not published over the first */
	CHECK(run(p, true, &r) == HOST_UNCERTAIN && r.attempts >= 2 && host_exit_status(&r) == 3);
	CHECK(strstr(buf_str(&r.message), "out/sizes") && holds("out/sizes", "2 5 "));
	host_report_release(&r);
	p->source[0].path = "*.none";
	CHECK(run(p, true, &r) == HOST_WRONG_INPUT && strstr(buf_str(&r.message), "h.cf:2: source `texts`"));
	host_report_release(&r);
	plan_free(p);
}

/* One step that fails for good, one that depends on it, one that fails twice and then works, one that is not there. */
static void reports_failures(void)
{
	struct plan *p = build_begin("h.cf", "failures", 2);
	uint32_t bad = shell(p, "bad", "echo last words >&2; exit 7", PLAN_NONE, TYPE_FILE);
	uint32_t after = shell(p, "after", "cp \"$2\" \"$1\"", TYPE_FILE, TYPE_FILE);
	uint32_t shaky = shell(p, "shaky", "[ $CALC_ATTEMPT -eq 3 ] && env | sort > \"$1\"", PLAN_NONE, TYPE_FILE);
	uint32_t slow = shell(p, "slow", "sleep 60 & trap '' TERM; sleep 60", PLAN_NONE, TYPE_FILE);
	uint32_t nowhere = shell(p, "nowhere", "", PLAN_NONE, TYPE_FILE), number = shell(p, "number", "echo x > \"$1\"", PLAN_NONE, TYPE_I64);
	struct host_report r;
	unsigned seen = 0;

	p->func[shaky].retries = 2;
	p->func[slow].timeout_ms = 100;
	p->func[nowhere].retries = 5;
	p->part[p->word[p->func[nowhere].first_word].first].text = "no-such-command";
	call(p, "bad", bad, 0, PLAN_NONE);
	call(p, "after", after, 0, build_value(p, VALUE_PORT, TYPE_FILE, 0, 0));
	call(p, "shaky", shaky, 0, PLAN_NONE);
	call(p, "slow", slow, 0, PLAN_NONE);
	call(p, "nowhere", nowhere, 0, PLAN_NONE);
	call(p, "number", number, 0, PLAN_NONE);
	build_block(p, (struct plan_block){ .node = PLAN_NONE, .nodes = 6, .rows = 1 });
	CHECK(run(p, false, &r) == HOST_FAILED && host_exit_status(&r) == 4);
	CHECK(r.steps.failed == 4 && r.steps.skipped == 1 && r.steps.finished == 1 && r.failures == 4);
	for (uint32_t i = 0; i < r.failures; i++) {
		const struct host_failure *f = &r.failure[i];

		seen += strcmp(f->path, "bad") == 0 && strcmp(f->message, "exit status 7") == 0 &&
			strcmp(f->tail, "last words\n") == 0 && holds(f->log, "last words\n");
		seen += strcmp(f->path, "slow") == 0 && strstr(f->message, "timeout") && f->result.wall_us < 30000000;
		seen += strcmp(f->path, "nowhere") == 0 && strstr(f->message, "`no-such-command` is not in PATH") && f->attempt == 1;
		seen += strcmp(f->path, "number") == 0 && strstr(f->message, "line 1");
	}
	CHECK(seen == 4);
	host_report_release(&r);
	plan_free(p);
}

/* Nothing of the caller's environment but what is promised. */
static void environment_is_exact(void)
{
	struct buf env = BUF_INIT, path = BUF_INIT;
	unsigned lines = 0;

	buf_printf(&path, "%s/work/data/done/shaky/out", folder);
	CHECK(file_read(path.p, 10000, &env) && strstr(env.p, "\nCALC_STEP=shaky\n") && strstr(env.p, "\nLC_ALL=C.UTF-8\n"));
	CHECK(!strstr(buf_str(&env), "STRANGER"));
	for (const char *at = env.p; at && (at = strchr(at, '\n')); at++)
		lines++;
	if (!CHECK(lines == 11))	/* ten of ours, and sh's PWD */
		printf("%s", buf_str(&env));
	buf_release(&env);
	buf_release(&path);
}

/* A step that leaves a process behind, which writes later: it dies with its step. */
static void no_late_writers(void)
{
	struct plan *p = build_begin("h.cf", "late", 1);
	uint32_t late = shell(p, "late", "echo first > \"$1\"; (setsid sh -c 'sleep 0.2; echo late >> \"$0\"' \"$1\" &) ; exit 0", PLAN_NONE,
			      TYPE_FILE);
	uint32_t wait = shell(p, "wait", "sleep 0.4; cp \"$2\" \"$1\"", TYPE_FILE, TYPE_FILE);
	struct host_report r;

	call(p, "late", late, 0, PLAN_NONE);
	call(p, "wait", wait, 0, build_value(p, VALUE_PORT, TYPE_FILE, 0, 0));
	build_block(p, (struct plan_block){ .node = PLAN_NONE, .nodes = 2, .rows = 1 });
	build_sink(p, (struct plan_sink){ .name = "late", .loc = "h.cf:5", .share = "out", .path = "late", .type = TYPE_FILE,
		.value = build_value(p, VALUE_PORT, TYPE_FILE, 1, 0) });
	CHECK(run(p, false, &r) == HOST_DONE && holds("out/late", "first\n"));
	host_report_release(&r);
	plan_free(p);
}

static void second_run_is_refused(void)
{
	struct plan *p = build_begin("h.cf", "second", 1);
	uint32_t hold = shell(p, "hold", "sleep 0.5; : > \"$1\"", PLAN_NONE, TYPE_FILE);
	struct host_report r;
	struct stat st;
	pid_t pid;
	int status;

	(void)hold;
	call(p, "hold", hold, 0, PLAN_NONE);
	build_block(p, (struct plan_block){ .node = PLAN_NONE, .nodes = 1, .rows = 1 });
	pid = fork();
	if (pid == 0)
		_exit(run(p, false, &r) == HOST_DONE ? 0 : 1);
	while (stat("work/journal.db", &st) != 0 && waitpid(pid, &status, WNOHANG) == 0)
		usleep(1000);
	CHECK(run(p, false, &r) == HOST_REFUSED && strstr(buf_str(&r.message), "another run") && host_exit_status(&r) == 2);
	host_report_release(&r);
	CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0);
	plan_free(p);
}

/* ---- flows as data ---- */

/* Of one word, its command: file → file. */
static struct plan *compile(void *ctx, const struct plan *p, const char *spec, size_t len, uint32_t flow_type, struct buf *error)
{
	static char script[200];
	struct plan *flow;
	uint32_t word;

	(void)ctx;
	if (p->type[flow_type].kind != PLAN_FLOW || !memmem(spec, len, "\"command\":\"", 11)) {
		buf_addstr(error, "line 1: the flow has no command");
		return NULL;
	}
	flow = build_begin("spec", "launched", 1);
	snprintf(script, sizeof script, "%.*s < \"$2\" > \"$1\"", (int)strcspn(spec + 12, "\""), spec + 12);	/* canonical JSON */
	word = shell(flow, "run", script, TYPE_FILE, TYPE_FILE);
	flow->first_param = build_item(flow, TYPE_FILE);
	flow->params = 1;
	call(flow, "ran", word, 0, build_value(flow, VALUE_PARAM, TYPE_FILE, 0, 0));
	build_block(flow, (struct plan_block){ .node = PLAN_NONE, .nodes = 1, .rows = 1 });
	flow->first_result = build_item(flow, build_value(flow, VALUE_PORT, TYPE_FILE, 0, 0));
	flow->results = 1;
	return flow;
}

static struct plan *launch_plan(const char *spec)
{
	struct plan *p = build_begin("h.cf", "launches", 2);
	uint32_t field = build_field(p, "", TYPE_FILE), type, make, value, args;

	build_field(p, "", TYPE_FILE);
	type = build_type(p, (struct plan_type){ .kind = PLAN_FLOW, .first = field, .count = 2, .params = 1 });
	make = shell(p, "make", arena_printf(&p->arena, "printf '%%s' '%s' > \"$1\"", spec), PLAN_NONE, type);
	build_source(p, (struct plan_source){ .name = "text", .loc = "h.cf:2", .share = "in", .path = "lines", .type = TYPE_FILE });
	call(p, "spec", make, 0, PLAN_NONE);
	value = build_value(p, VALUE_SOURCE, TYPE_FILE, 0, 0);
	args = build_item(p, build_value(p, VALUE_PORT, type, 0, 0));
	build_item(p, value);
	build_node(p, (struct plan_node){ .kind = NODE_LAUNCH, .name = "launched", .loc = "h.cf:12", .of = type, .first_arg = args, .args = 2 });
	build_block(p, (struct plan_block){ .node = PLAN_NONE, .nodes = 2, .rows = 1 });
	build_sink(p, (struct plan_sink){ .name = "made", .loc = "h.cf:5", .share = "out", .path = "made", .type = TYPE_FILE,
		.value = build_value(p, VALUE_PORT, TYPE_FILE, 1, 0) });
	return p;
}

static void launches(void)
{
	struct plan *p = launch_plan("{\"command\": \"sort\"}");
	struct host_report r;

	put("in/lines", "b\na\n");
	CHECK(run(p, false, &r) == HOST_FAILED && strstr(buf_str(&r.message), "h.cf:12: `launched` cannot be launched: flows as data cannot be"));
	host_report_release(&r);
	launcher = compile;
	if (!CHECK(run(p, false, &r) == HOST_DONE && r.steps.finished == 2 && holds("out/made", "a\nb\n")))
		printf("  %s %s\n", buf_str(&r.message), r.failures ? r.failure[0].message : "");
	host_report_release(&r);
	CHECK(run(p, true, &r) == HOST_DONE && r.recalled == 2 && r.attempts == 0);
	host_report_release(&r);
	plan_free(p);
	p = launch_plan("{\"nothing\": 1}");
	CHECK(run(p, false, &r) == HOST_FAILED && strstr(buf_str(&r.message), "the flow has no command"));
	host_report_release(&r);
	plan_free(p);
	p = launch_plan("not JSON");
	CHECK(run(p, false, &r) == HOST_FAILED && r.failures == 1 && strstr(r.failure[0].message, "not JSON"));
	host_report_release(&r);
	plan_free(p);
}

int main(void)
{
	if (!mkdtemp(folder) || chdir(folder) != 0 || mkdir("in", 0755) != 0 || setenv("STRANGER", "x", 1) != 0)
		return 99;
	put("in/a.txt", "12");
	put("in/b.txt", "12345");
	put("in/long.txt", "no match");
	second_run_is_refused();	/* first: it forks, and no loop may stand before */
	runs_lists();
	reports_failures();
	environment_is_exact();
	no_late_writers();
	launches();
	file_remove_tree(AT_FDCWD, folder);
	return test_end();
}
