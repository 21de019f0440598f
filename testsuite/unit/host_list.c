/*
 * Sets on a list, with real processes: each worker sees its own folder and no other, what steps hand on reaches them all the
 * same, workers come when they are needed and go when they are not, and never more at once than was said.
 */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/file.h"
#include "base/mem.h"
#include "runtime/host.h"
#include "runtime/host_group.h"
#include "testsuite/unit/plan_build.h"
#include "testsuite/unit/test.h"

static char folder[] = "/tmp/calc-list.XXXXXX";

/* What an observer counts. */
struct seen {
	uint32_t workers, most, starts;
};

static uint32_t group(struct plan *p, const char *name, uint32_t least, uint32_t most)
{
	p->group = mem_resize(p->group, p->groups + 1, sizeof *p->group);	/* freed by finish */
	p->group[p->groups] = (struct plan_group){ name, least, most };
	return p->groups++;
}

/* `sh -c SCRIPT f RESULT PARAM`, run by a group. */
static uint32_t shell(struct plan *p, const char *name, uint32_t of, const char *script, uint32_t param, uint32_t result)
{
	struct plan_func f = { .name = name, .loc = "l.cf:1", .expr = PLAN_NONE, .group = of };
	uint32_t at;

	f.first_param = p->ports;
	f.params = param != PLAN_NONE;
	if (f.params)
		build_port(p, "x", param);
	f.first_result = build_port(p, "out", result);
	f.results = 1;
	f.first_word = p->words;
	build_word(p, PART_TEXT, 0, "sh");
	build_word(p, PART_TEXT, 0, "-c");
	build_word(p, PART_TEXT, 0, script);
	build_word(p, PART_TEXT, 0, "f");
	build_word(p, PART_RESULT, 0, "");
	if (f.params)
		build_word(p, PART_PARAM, 0, "");
	f.words = 5 + f.params;
	at = build_func(p, f);
	p->func[at].expr = PLAN_NONE;
	return at;
}

static uint32_t call(struct plan *p, const char *name, uint32_t func, uint32_t block, uint32_t value)
{
	struct plan_node n = { .kind = NODE_CALL, .name = name, .loc = "l.cf:9", .of = func, .block = block };

	if (value != PLAN_NONE) {
		n.first_arg = build_item(p, value);
		n.args = 1;
	}
	return build_node(p, n);
}

static struct plan *begin(const char *set)
{
	struct plan *p = build_begin("l.cf", set, 1);

	p->set.on_list = true;
	p->set.ahead = 1;
	return p;
}

static void finish(struct plan *p)
{
	mem_free(p->group);
	plan_free(p);
}

/* The worker of the first attempt of this step, the parent of its process. 0: there is none yet. */
static pid_t worker_of(const char *step)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	struct buf variable = BUF_INIT;
	pid_t found = 0;

	buf_printf(&variable, "CALC_STEP=%s%cCALC_ATTEMPT=1", step, '\0');
	while (proc && found == 0 && (entry = readdir(proc))) {
		char path[300], text[4096], *line;
		struct buf status = BUF_INIT, environment = BUF_INIT;
		ssize_t n;

		snprintf(path, sizeof path, "/proc/%s/cwd", entry->d_name);
		n = readlink(path, text, sizeof text - 1);
		text[n > 0 ? n : 0] = '\0';
		if (strstr(text, folder)) {
			snprintf(path, sizeof path, "/proc/%s/environ", entry->d_name);
			file_read(path, 10000, &environment);
			snprintf(path, sizeof path, "/proc/%s/status", entry->d_name);
			if (environment.len && memmem(environment.p, environment.len, variable.p, variable.len) &&
			    file_read(path, 10000, &status) && (line = strstr(status.p, "\nPPid:")))
				found = (pid_t)strtol(line + 6, NULL, 10);
		}
		buf_release(&status);
		buf_release(&environment);
	}
	if (proc)
		closedir(proc);
	buf_release(&variable);
	return found;
}

/* Another process, for the run's thread is busy. */
static pid_t kill_worker_of(const char *step)
{
	pid_t pid = fork(), worker = 0;

	if (pid != 0)
		return pid;
	while ((worker = worker_of(step)) == 0)
		usleep(1000);
	_exit(kill(worker, SIGKILL) == 0 ? 0 : 1);
}

static void look(void *ctx, const struct host_event *ev)
{
	struct seen *s = ctx;

	if (ev->kind == HOST_WORKER_STARTED) {
		s->starts++;
		if (++s->workers > s->most)
			s->most = s->workers;
	} else if (ev->kind == HOST_WORKER_LET_GO) {
		s->workers--;
	}
}

static enum host_outcome run(const struct plan *p, uint32_t slots, bool resume, struct seen *seen, struct host_report *r)
{
	struct host_binding shares[2] = { { "in", "in" }, { "out", "out" } };
	struct buf error = BUF_INIT, work = BUF_INIT, data = BUF_INIT;
	struct host_options o = { .plan = p, .resume = resume, .group = (gid_t)-1, .uid_base = UINT32_MAX, .share = shares,
				  .shares = 2, .first_backoff_ms = 10, .grace_ms = 200, .idle_ms = 50, .slots = slots, .replace = true,
				  .event = look, .ctx = seen };

	memset(seen, 0, sizeof *seen);
	buf_printf(&work, "%s/work", folder);
	buf_printf(&data, "%s/work/data", folder);
	o.ctl = work.p;
	o.data = data.p;
	if (!CHECK(plan_check(p, &error)))
		printf("  %s\n", error.p);
	host_run(&o, r);
	if (r->message.len)
		printf("  %s\n", r->message.p);
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

static void sink(struct plan *p, uint32_t value, uint32_t type)
{
	build_sink(p, (struct plan_sink){ .name = "sink", .loc = "l.cf:5", .share = "out", .path = "sink", .type = type, .value = value });
}

/* in/?.txt → each: a copy (group 0), its size (group 1) → all sizes (group 2); a folder on the way from one group to another. */
static struct plan *sizes(uint32_t most, const char *first)
{
	struct plan *p = begin("sizes");
	uint32_t g0 = group(p, "twice", 0, most), g1 = group(p, "size", 0, most), g2 = group(p, "join", 1, 1);
	uint32_t twice = shell(p, "twice", g0, "mkdir -p \"$1\"; cp \"$2\" \"$1/a\"; cp \"$2\" \"$1/b\"", TYPE_FILE, TYPE_FILES);
	uint32_t size = shell(p, "size", g1, arena_printf(&p->arena, "%s o=$1; shift; cat \"$@\" | wc -c > \"$o\"", first), TYPE_FILES, TYPE_FILE);
	uint32_t join = shell(p, "join", g2, "o=$1; shift; cat \"$@\" | tr '\\n' ' ' > \"$o\"; basename \"$1\" >> \"$o\"", TYPE_FILES, TYPE_STRING);
	uint32_t each, body, value;

	build_source(p, (struct plan_source){ .name = "texts", .loc = "l.cf:2", .share = "in", .path = "?.txt", .type = TYPE_FILES });
	value = build_item(p, build_value(p, VALUE_SOURCE, TYPE_FILES, 0, 0));
	each = build_node(p, (struct plan_node){ .kind = NODE_EACH, .name = "per", .loc = "l.cf:3", .first_arg = value, .args = 1 });
	call(p, "joined", join, 0, build_value(p, VALUE_PORT, TYPE_FILES, each, 0));
	build_block(p, (struct plan_block){ .node = PLAN_NONE, .nodes = 2, .rows = 1 });
	body = build_block(p, (struct plan_block){ .node = each, .first_node = 2, .nodes = 2, .rows = 1 });
	call(p, "twice", twice, body, build_value(p, VALUE_ITEM, TYPE_FILE, each, 0));
	call(p, "size", size, body, build_value(p, VALUE_PORT, TYPE_FILES, 2, 0));
	build_region(p, (struct plan_region){ .node = each, .body = body, .run_time = true, .given = PLAN_NONE, .results = 1,
		.first_result = build_item(p, build_value(p, VALUE_PORT, TYPE_FILE, 3, 0)) });
	sink(p, build_value(p, VALUE_PORT, TYPE_STRING, 1, 0), TYPE_STRING);
	return p;
}

static void hands_values_over(void)
{
	struct plan *p = sizes(2, "");
	struct seen seen = { 0 };
	struct host_report r;
	bool *feeds = group_feeds(p);

	CHECK(!feeds[0] && feeds[1] && !feeds[2] && feeds[5] && !feeds[3] && !feeds[4] && !feeds[6] && !feeds[7] && !feeds[8]);
	mem_free(feeds);
	CHECK(run(p, 0, false, &seen, &r) == HOST_DONE && r.steps.finished == 7 && r.groups == 3);
	CHECK(holds("out/sink", "4 10 6 out\n") && seen.most >= 3 && seen.most <= 5);
	CHECK(r.group[0].peak >= 1 && r.group[0].peak <= 2 && r.group[2].starts == 1 && r.group[2].let_go == 0);
	host_report_release(&r);
	CHECK(run(p, 0, true, &seen, &r) == HOST_DONE && r.recalled == 7 && r.attempts == 0 && seen.starts == 1);
	host_report_release(&r);
	for (uint32_t slots = 1; slots <= 2; slots++) {		/* fewer than there are groups: they take turns */
		CHECK(run(p, slots, false, &seen, &r) == HOST_DONE && r.steps.finished == 7 && seen.most <= slots);
		CHECK(holds("out/sink", "4 10 6 out\n"));
		host_report_release(&r);
	}
	p->set.order = ORDER_BREADTH_FIRST;
	CHECK(run(p, 1, false, &seen, &r) == HOST_DONE && holds("out/sink", "4 10 6 out\n") && seen.most == 1);
	host_report_release(&r);
	p->set.order = ORDER_DEPTH_FIRST;
	CHECK(run(p, 0, false, &seen, &r) == HOST_DONE && holds("out/sink", "4 10 6 out\n"));
	host_report_release(&r);
	finish(p);
}

/* One group works while the other has nothing to do for long: its workers are let go, and come back. */
static void lets_idle_workers_go(void)
{
	struct plan *p = begin("idle");
	uint32_t g0 = group(p, "slow", 0, 1), g1 = group(p, "quick", 0, 1);
	uint32_t slow = shell(p, "slow", g0, "sleep 0.4; echo x > \"$1\"", TYPE_FILE, TYPE_FILE);
	uint32_t quick = shell(p, "quick", g1, "echo x > \"$1\"", PLAN_NONE, TYPE_FILE);
	uint32_t last = shell(p, "last", g1, "cp \"$2\" \"$1\"", TYPE_FILE, TYPE_FILE);
	struct seen seen = { 0 };
	struct host_report r;

	p->set.ahead = 0;
	call(p, "quick", quick, 0, PLAN_NONE);
	call(p, "slow", slow, 0, build_value(p, VALUE_PORT, TYPE_FILE, 0, 0));
	call(p, "last", last, 0, build_value(p, VALUE_PORT, TYPE_FILE, 1, 0));
	build_block(p, (struct plan_block){ .node = PLAN_NONE, .nodes = 3, .rows = 1 });
	CHECK(run(p, 0, false, &seen, &r) == HOST_DONE && r.group[1].starts == 2 && r.group[1].let_go == 1 && r.group[0].starts == 1);
	host_report_release(&r);
	p->set.ahead = 1;	/* while `slow` works, a worker for what follows it is kept */
	CHECK(run(p, 0, false, &seen, &r) == HOST_DONE && r.group[1].starts == 1);
	host_report_release(&r);
	finish(p);
}

/* A worker that is killed loses its step, which is done again; nothing else is. */
static void survives_deaths(void)
{
	struct plan *p = sizes(3, "[ \"$CALC_STEP$CALC_ATTEMPT\" != 'per[1]/size1' ] || sleep 60;");
	pid_t killer = kill_worker_of("per[1]/size");
	struct seen seen = { 0 };
	struct host_report r;
	int status;

	if (!CHECK(run(p, 0, false, &seen, &r) == HOST_DONE && r.steps.finished == 7 && r.attempts == 8))
		printf("  outcome %d, %u finished, %u attempts, %s\n", (int)r.outcome, r.steps.finished, r.attempts,
		       r.failures ? r.failure[0].message : "");
	CHECK(waitpid(killer, &status, 0) == killer && WIFEXITED(status) && WEXITSTATUS(status) == 0);
	CHECK(holds("out/sink", "4 10 6 out\n"));
	host_report_release(&r);
	finish(p);
}

static bool may_mount(void)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(system("unshare -m true 2>/dev/null || unshare -Urm true 2>/dev/null") == 0 ? 0 : 1);
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* A program that looks for what another worker's step made, by its path, or in what they share of the machine's memory. */
static void keeps_workers_apart(void)
{
	struct plan *p = begin("apart");
	uint32_t g0 = group(p, "make", 1, 1), g1 = group(p, "look", 1, 1);
	struct buf script = BUF_INIT;
	struct seen seen = { 0 };
	struct host_report r;
	uint32_t make, spy;

	make = shell(p, "make", g0, "echo secret > \"$1\"; echo s > /dev/shm/calc-list-test; pwd > ../../kept.pwd", PLAN_NONE, TYPE_FILE);
	buf_printf(&script, "o=$1; cat \"$2\" > \"$o\"; cd '%s/work'; cat data/done/make/out journal.db data/workers/make.0/0/kept.pwd 2>/dev/null;"
		   "ls /dev/shm/calc-list-test data/done data/slots 2>/dev/null; ls data/workers >> \"$o\"; ls . >> \"$o\"", folder);
	spy = shell(p, "spy", g1, script.p, TYPE_FILE, TYPE_FILE);
	call(p, "make", make, 0, PLAN_NONE);
	call(p, "spy", spy, 0, build_value(p, VALUE_PORT, TYPE_FILE, 0, 0));
	build_block(p, (struct plan_block){ .node = PLAN_NONE, .nodes = 2, .rows = 1 });
	sink(p, build_value(p, VALUE_PORT, TYPE_FILE, 1, 0), TYPE_FILE);
	CHECK(run(p, 0, false, &seen, &r) == HOST_DONE);
	host_report_release(&r);
	if (may_mount())
		CHECK(holds("out/sink", "secret\nlook.0\ndata\n"));
	else
		printf("mounts are not permitted here: workers are not kept apart\n");
	unlink("/dev/shm/calc-list-test");
	buf_release(&script);
	finish(p);
}

int main(void)
{
	if (!mkdtemp(folder) || chdir(folder) != 0 || mkdir("in", 0755) != 0)
		return 99;
	put("in/a.txt", "12");
	put("in/b.txt", "12345");
	put("in/c.txt", "123");
	hands_values_over();
	lets_idle_workers_go();
	survives_deaths();
	keeps_workers_apart();
	file_remove_tree(AT_FDCWD, folder);
	return test_end();
}
