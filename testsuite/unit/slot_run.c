/* See slot_run.h. */
#include "testsuite/unit/slot_run.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"

static struct buf text;

_Noreturn void check_failed(const char *what, const char *file, int line)
{
	fprintf(stderr, "%s:%d: not true: %s\n", file, line, what);
	_exit(1);
}

static void after(struct run *r, uint32_t slot)
{
	if (r->then)
		r->then(r, slot);
	if ((r->stop_at_ready && r->ready >= r->stop_at_ready) || (r->stop_at_ended && r->ended >= r->stop_at_ended))
		loop_stop(r->loop);
}

static void on_ready(void *ctx, uint32_t slot, uint32_t incarnation)
{
	struct run *r = ctx;

	CHECK(incarnation > r->incarnation[slot]);
	r->incarnation[slot] = incarnation;
	r->idle[slot] = true;
	r->ready++;
	after(r, slot);
}

static void on_lost(void *ctx, uint32_t slot, uint32_t incarnation, const char *why)
{
	struct run *r = ctx;

	CHECK(incarnation == r->incarnation[slot] && *why);
	r->idle[slot] = false;
	r->lost++;
}

static void on_started(void *ctx, uint32_t slot, uint64_t token, int pid)
{
	struct run *r = ctx;

	CHECK(slot < RUN_SLOTS && token && pid > 0);
	r->started++;
	r->pid = pid;
	if (r->stop_on_started)
		loop_stop(r->loop);
}

static void on_ended(void *ctx, uint32_t slot, const struct slot_result *result)
{
	struct run *r = ctx;

	CHECK(!r->idle[slot]);
	r->idle[slot] = true;
	r->result[slot] = *result;
	r->ended++;
	after(r, slot);
}

void run_open(struct run *r, uint32_t slots, enum slot_isolation best)
{
	struct slot_events ev = { .ready = on_ready, .lost = on_lost, .started = on_started, .ended = on_ended, .ctx = r };

	*r = (struct run){ .folder = "/tmp/calcslot.XXXXXX" };
	CHECK(mkdtemp(r->folder));
	r->loop = loop_new();
	CHECK(r->loop);
	r->slots = slots_local_as(r->loop, slots, best, &ev);
	run_wait_ready(r, slots);
}

void run_close(struct run *r)
{
	slots_free(r->slots);
	loop_free(r->loop);
	CHECK(run_processes(r) == 0);
	CHECK(file_remove_tree(AT_FDCWD, r->folder));
	buf_release(&text);
}

static const char *in_folder(const struct run *r, const char *name)
{
	static char path[4][128];
	static unsigned next;
	char *at = path[next++ % 4];

	snprintf(at, sizeof(path[0]), "%s/%s", r->folder, name);
	return at;
}

struct slot_job run_job(struct run *r, const char *script)
{
	static const char *argv[4] = { "sh", "-c" };
	static const char *const envp[] = { "PATH=/nowhere:/usr/bin:/bin", "ONE=1", "CALC_TEST_OWN", "CALC_TEST_NONE", NULL };

	argv[2] = script;
	return (struct slot_job){ .argv = argv, .envp = envp, .cwd = r->folder, .stdout_path = in_folder(r, "out"),
				  .stderr_path = in_folder(r, "err"), .grace_ms = 1000 };
}

void run_give(struct run *r, uint32_t slot, const struct slot_job *job)
{
	struct slot_job given = *job;

	given.token = ++r->token;
	CHECK(r->idle[slot]);
	CHECK(slot_run(r->slots, slot, &given));
	r->idle[slot] = false;
}

void run_wait_ended(struct run *r, uint32_t more)
{
	r->stop_at_ended = r->ended + more;
	loop_run(r->loop);
	CHECK(r->ended >= r->stop_at_ended);
	r->stop_at_ended = 0;
}

void run_wait_ready(struct run *r, uint32_t more)
{
	r->stop_at_ready = r->ready + more;
	loop_run(r->loop);
	CHECK(r->ready >= r->stop_at_ready);
	r->stop_at_ready = 0;
}

struct slot_result run_script(struct run *r, const char *script)
{
	struct slot_job job = run_job(r, script);

	run_give(r, 0, &job);
	run_wait_ended(r, 1);
	CHECK(r->result[0].token == r->token);
	return r->result[0];
}

const char *run_text(struct run *r, const char *file)
{
	buf_clear(&text);
	return file_read(in_folder(r, file), 1 << 20, &text) ? buf_str(&text) : "";
}

int run_processes(const struct run *r)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	int count = 0;

	CHECK(dir);
	while ((entry = readdir(dir))) {
		char path[300], cwd[PATH_MAX];
		ssize_t n;

		if (entry->d_name[0] < '0' || entry->d_name[0] > '9')
			continue;
		snprintf(path, sizeof(path), "/proc/%s/cwd", entry->d_name);
		n = readlink(path, cwd, sizeof(cwd) - 1);
		if (n <= 0)
			continue;
		cwd[n] = '\0';
		count += strcmp(cwd, r->folder) == 0;
	}
	closedir(dir);
	return count;
}
