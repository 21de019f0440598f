/*
 * Random kill -9 of guards, workers and steps of three local slots, under every isolation: each dispatch ends or is lost
 * exactly once, every slot comes back, and when a step has ended or is lost no process of it lives. The seed is
 * printed; SEED in the environment repeats a run, KILLS sets how many.
 */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "runtime/slot.h"

#define CHECK(what) do { if (!(what)) failed(#what, __LINE__); } while (0)

enum { SLOTS = 3, PIDS = 4096, GAP_MS = 8 };
struct test {
	struct loop *loop;
	struct slots *slots;
	char folder[64];
	uint64_t token, given[SLOTS];	/* given: 0 = none */
	uint32_t dispatched, ended, lost, kills, kills_left;
	uint32_t incarnation[SLOTS];
	bool there[SLOTS];
	uint64_t random;
};

static void failed(const char *what, int line)
{
	fprintf(stderr, "slot_kill.c:%d: not true: %s\n", line, what);
	_exit(1);
}

static uint32_t draw(struct test *t, uint32_t below)
{
	t->random = t->random * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(t->random >> 33) % below;
}

/* Processes whose working folder is that of a slot. */
static int living(const struct test *t, uint32_t slot)
{
	char path[300], cwd[PATH_MAX], want[128];
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	int count = 0;

	CHECK(dir);
	snprintf(want, sizeof(want), "%s/%u", t->folder, slot);
	while ((entry = readdir(dir))) {
		ssize_t n;

		if (entry->d_name[0] < '0' || entry->d_name[0] > '9')
			continue;
		snprintf(path, sizeof(path), "/proc/%s/cwd", entry->d_name);
		n = readlink(path, cwd, sizeof(cwd) - 1);
		cwd[n > 0 ? n : 0] = '\0';
		count += strcmp(cwd, want) == 0;
	}
	closedir(dir);
	return count;
}

static void give(struct test *t, uint32_t slot)
{
	static const char *const script[] = {
		"sleep 0.01", "exit 0", "(sleep 60 &); exit 3", "sleep 60 & sleep 0.03", "sh -c 'sleep 0.02; exit 1'; sleep 0.02"
	};
	static const char *const envp[] = { "PATH=/usr/bin:/bin", NULL };
	const char *argv[] = { "sh", "-c", script[draw(t, 5)], NULL };
	char cwd[128], err[160];
	struct slot_job job = { .token = ++t->token, .argv = argv, .envp = envp, .cwd = cwd, .stderr_path = err };

	snprintf(cwd, sizeof(cwd), "%s/%u", t->folder, slot);
	snprintf(err, sizeof(err), "%s/err", t->folder);
	CHECK(slot_run(t->slots, slot, &job));
	t->given[slot] = t->token;
	t->dispatched++;
}

static void on_ready(void *ctx, uint32_t slot, uint32_t incarnation)
{
	struct test *t = ctx;

	CHECK(!t->there[slot] && incarnation > t->incarnation[slot]);
	t->there[slot] = true;
	t->incarnation[slot] = incarnation;
	if (t->kills_left)
		give(t, slot);
}

static void on_lost(void *ctx, uint32_t slot, uint32_t incarnation, const char *why)
{
	struct test *t = ctx;

	(void)why;
	CHECK(t->there[slot] && incarnation == t->incarnation[slot]);
	CHECK(living(t, slot) == 0);
	t->there[slot] = false;
	t->lost += t->given[slot] != 0;
	t->given[slot] = 0;
}

static void on_started(void *ctx, uint32_t slot, uint64_t token, int pid)
{
	struct test *t = ctx;

	CHECK(t->given[slot] == token && pid > 0);
}

static void on_ended(void *ctx, uint32_t slot, const struct slot_result *r)
{
	struct test *t = ctx;

	CHECK(t->there[slot] && t->given[slot] == r->token);
	CHECK(living(t, slot) == 0);
	t->given[slot] = 0;
	t->ended++;
	if (t->kills_left)
		give(t, slot);
}

/* All descendants, as this process sees them. */
static size_t descendants(pid_t *pid)
{
	size_t count = 1;
	struct buf text = BUF_INIT;

	pid[0] = getpid();
	for (size_t i = 0; i < count; i++) {
		char path[64], *at, *end;

		snprintf(path, sizeof(path), "/proc/%d/task/%d/children", pid[i], pid[i]);
		buf_clear(&text);
		if (!file_read(path, 1 << 20, &text))
			continue;
		for (at = text.p; count < PIDS; at = end) {
			long n = strtol(at, &end, 10);

			if (end == at)
				break;
			pid[count++] = (pid_t)n;
		}
	}
	buf_release(&text);
	return count;
}

static void kill_one(void *ctx)
{
	struct test *t = ctx;
	pid_t pid[PIDS];
	size_t count = descendants(pid);

	if (count > 1) {
		kill(pid[1 + draw(t, (uint32_t)count - 1)], SIGKILL);
		t->kills++;
		t->kills_left--;
	}
	if (t->kills_left)
		loop_timer(t->loop, draw(t, GAP_MS), kill_one, t);
}

static void at_turn(void *ctx)
{
	struct test *t = ctx;
	uint32_t quiet = 0;

	for (uint32_t i = 0; i < SLOTS; i++)
		quiet += t->there[i] && !t->given[i];
	if (!t->kills_left && quiet == SLOTS)
		loop_stop(t->loop);
}

static void give_up(void *ctx)
{
	struct test *t = ctx;

	for (uint32_t i = 0; i < SLOTS; i++)
		fprintf(stderr, "slot %u: %s, token %ju, kills left %u\n", i, t->there[i] ? "there" : "away", (uintmax_t)t->given[i],
			t->kills_left);
	CHECK(!"everything comes back within two minutes");
}

static void test_kills(enum slot_isolation best, uint32_t kills, uint64_t seed)
{
	struct test t = { .folder = "/tmp/calckill.XXXXXX", .kills_left = kills, .random = seed };
	struct slot_events ev = { .ready = on_ready, .lost = on_lost, .started = on_started, .ended = on_ended, .ctx = &t };
	char path[128];
	int left = 0;

	CHECK(mkdtemp(t.folder));
	for (uint32_t i = 0; i < SLOTS; i++) {
		snprintf(path, sizeof(path), "%s/%u", t.folder, i);
		CHECK(mkdir(path, 0700) == 0);
	}
	t.loop = loop_new();
	loop_each_turn(t.loop, at_turn, &t);
	t.slots = slots_local_as(t.loop, SLOTS, best, &ev);
	loop_timer(t.loop, 20, kill_one, &t);
	loop_timer(t.loop, 120000, give_up, &t);
	loop_run(t.loop);
	CHECK(t.ended + t.lost == t.dispatched);
	printf("isolation %d: %u kills, %u steps given, %u ended, %u lost\n", best, t.kills, t.dispatched, t.ended, t.lost);
	fflush(stdout);
	t.kills_left = 1;		/* and once more, while they run */
	for (uint32_t i = 0; i < SLOTS; i++)
		give(&t, i);
	slots_free(t.slots);
	loop_free(t.loop);
	for (uint32_t i = 0; i < SLOTS; i++)
		left += living(&t, i);
	CHECK(left == 0);
	CHECK(waitpid(-1, NULL, WNOHANG) == -1);
	CHECK(file_remove_tree(AT_FDCWD, t.folder));
}

int main(void)
{
	const char *seed = getenv("SEED"), *kills = getenv("KILLS");
	uint64_t s = seed ? strtoull(seed, NULL, 10) : (uint64_t)time(NULL);
	uint32_t n = kills ? (uint32_t)strtoul(kills, NULL, 10) : 60;

	printf("SEED=%ju\n", (uintmax_t)s);
	fflush(stdout);
	for (int i = SLOT_PID_NAMESPACE; i <= SLOT_SUBREAPER; i++)
		test_kills((enum slot_isolation)i, n, s + (uint64_t)i);
	return 0;
}
