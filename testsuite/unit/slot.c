/* Local slots under every isolation: results, files, environment, limits of time, what a step leaves behind, deaths. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "testsuite/unit/slot_run.h"

static bool is(struct slot_result r, enum slot_end end, int status)
{
	if (r.end == end && r.status == status)
		return true;
	fprintf(stderr, "end %d, status %d\n", r.end, r.status);
	return false;
}

static void test_results(struct run *r)
{
	struct slot_job job = run_job(r, "");
	static const char *const missing[] = { "no-such-program", NULL }, *const folder[] = { "/tmp", NULL };
	struct slot_result used;

	CHECK(is(run_script(r, "exit 0"), SLOT_EXITED, 0));
	CHECK(is(run_script(r, "exit 7"), SLOT_EXITED, 7));
	CHECK(is(run_script(r, "kill -ABRT $$"), SLOT_SIGNALLED, SIGABRT));
	CHECK(is(run_script(r, "kill -9 $$"), SLOT_SIGNALLED, SIGKILL));
	used = run_script(r, "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done");
	CHECK(used.cpu_us > 1000 && used.wall_us >= 1000 && used.max_rss > 100000);
	job.argv = missing;
	run_give(r, 0, &job);
	run_wait_ended(r, 1);
	CHECK(is(r->result[0], SLOT_NOT_STARTED, ENOENT));
	job.argv = folder;
	run_give(r, 0, &job);
	run_wait_ended(r, 1);
	CHECK(is(r->result[0], SLOT_NOT_STARTED, EACCES));
	job = run_job(r, "");
	job.cwd = "/no/such/folder";
	run_give(r, 0, &job);
	run_wait_ended(r, 1);
	CHECK(is(r->result[0], SLOT_NOT_STARTED, ENOENT));
}

static void test_surroundings(struct run *r)
{
	struct slot_job job;
	char in[128], tmp[128], left[160];
	struct stat st;

	CHECK(is(run_script(r, "env; echo error >&2"), SLOT_EXITED, 0));
	CHECK(strstr(run_text(r, "out"), "PATH=/nowhere:/usr/bin:/bin\n") && strstr(run_text(r, "out"), "ONE=1\n"));
	CHECK(strstr(run_text(r, "out"), "CALC_TEST_OWN=of the worker\n") && !strstr(run_text(r, "out"), "CALC_TEST_NONE"));
	CHECK(!strstr(run_text(r, "out"), "HOME=") && strcmp(run_text(r, "err"), "error\n") == 0);
	CHECK(is(run_script(r, "pwd; umask; cat; ls /proc/self/fd; touch made; mkdir dir"), SLOT_EXITED, 0));
	snprintf(in, sizeof(in), "%s\n0027\n0\n1\n2\n3\n", r->folder);	/* 3 is of ls itself */
	CHECK(strcmp(run_text(r, "out"), in) == 0);
	snprintf(left, sizeof(left), "%s/made", r->folder);
	CHECK(stat(left, &st) == 0 && (st.st_mode & 07777) == 0640 && st.st_uid == geteuid() && st.st_gid == getegid());

	snprintf(in, sizeof(in), "%s/in", r->folder);
	snprintf(tmp, sizeof(tmp), "%s/tmp", r->folder);
	CHECK(file_replace(in, "input", 5, 0600, NULL) && mkdir(tmp, 0700) == 0);
	job = run_job(r, "cat; ls tmp; mkdir -p tmp/a/b; touch tmp/a/b/c tmp/.d; ln -s / tmp/root; chmod 0 tmp/a");
	job.stdin_path = in;
	job.tmp = tmp;
	snprintf(left, sizeof(left), "%s/old", tmp);
	CHECK(file_replace(left, "", 0, 0600, NULL));
	run_give(r, 0, &job);
	run_wait_ended(r, 1);
	CHECK(is(r->result[0], SLOT_EXITED, 0));
	CHECK(strcmp(run_text(r, "out"), "input") == 0);
	CHECK(rmdir(tmp) == 0);
	CHECK(is(run_script(r, "grep -E 'Sig(Blk|Ign)' /proc/self/status"), SLOT_EXITED, 0));
	CHECK(strcmp(run_text(r, "out"), "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n") == 0);
}

static void test_opened(struct run *r)
{
	struct slot_job job = run_job(r, "umask 077; mkdir -p at/a/b; touch at/a/b/f; chmod 0500 at/a/b; ln -s / at/a/l");
	char at[128], path[160];
	struct stat st;

	snprintf(at, sizeof(at), "%s/at", r->folder);
	CHECK(mkdir(at, 0700) == 0);
	job.attempt = at;
	run_give(r, 0, &job);
	run_wait_ended(r, 1);
	snprintf(path, sizeof(path), "%s/a/b", at);
	CHECK(stat(path, &st) == 0 && (st.st_mode & 0777) == 0770);
	snprintf(path, sizeof(path), "%s/a/b/f", at);
	CHECK(stat(path, &st) == 0 && (st.st_mode & 0777) == 0600);
	CHECK(stat(at, &st) == 0 && (st.st_mode & 0777) == 0700);
	CHECK(stat("/", &st) == 0 && !(st.st_mode & 0020));
}

static void test_time(struct run *r)
{
	struct slot_job job = run_job(r, "trap 'exit 3' TERM; sleep 60 & wait");

	job.timeout_ms = 50;
	run_give(r, 0, &job);
	run_wait_ended(r, 1);
	CHECK(is(r->result[0], SLOT_TIMED_OUT, 3));
	job = run_job(r, "trap '' TERM; sleep 60; sleep 60");
	job.timeout_ms = job.grace_ms = 50;
	run_give(r, 0, &job);
	run_wait_ended(r, 1);
	CHECK(is(r->result[0], SLOT_TIMED_OUT, 128 + SIGKILL));
	CHECK(r->result[0].wall_us >= 100000 && r->result[0].wall_us < 5000000);

	job = run_job(r, "exec sleep 60");
	r->stop_on_started = true;
	run_give(r, 0, &job);
	loop_run(r->loop);
	r->stop_on_started = false;
	slot_kill(r->slots, 0, r->token - 1, true);	/* another one's */
	slot_kill(r->slots, 0, r->token, false);
	run_wait_ended(r, 1);
	CHECK(is(r->result[0], SLOT_KILLED, 128 + SIGTERM));
	job = run_job(r, "trap '' TERM; sleep 60; sleep 60");
	run_give(r, 0, &job);
	slots_kill_all(r->slots, true);
	run_wait_ended(r, 1);
	CHECK(is(r->result[0], SLOT_KILLED, 128 + SIGKILL));
}

/* Daemons of every kind; none may write after `ended`, and none may hold it up. */
static void test_left_behind(struct run *r)
{
	static const char *const script[] = {
		"(sleep 0.2; echo late >late) & exit 0",
		"setsid sh -c 'trap \"\" TERM HUP; (sleep 0.2; echo late >late) & wait' >/dev/null 2>&1 & exit 0",
		"(setsid sh -c '(setsid sleep 60 &) ; sleep 0.2; echo late >late' &) ; exit 0",
		"bomb() { (sleep 0.1; bomb) & (sleep 0.1; bomb) & }; bomb; sleep 0.5; echo x >>bombed; exit 0",
	};

	for (size_t i = 0; i < sizeof(script) / sizeof(*script); i++) {
		CHECK(is(run_script(r, script[i]), SLOT_EXITED, 0));
		CHECK(run_processes(r) == 0);
	}
	CHECK(is(run_script(r, "sleep 0.5"), SLOT_EXITED, 0));	/* time in which a daemon would have written */
	CHECK(strcmp(run_text(r, "late"), "") == 0);
}

static int descriptors(void)
{
	int count = 0;

	for (int fd = 0; fd < 256; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

/* What a worker does many times leaves no descriptor and no zombie with it. */
static void test_leaks(struct run *r)
{
	/* the least of twenty: right after the start the worker may not have closed the step's own yet */
	static const char least[] = "m=99; for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do "
				    "n=$(ls /proc/$PPID/fd | wc -l); [ $n -lt $m ] && m=$n; done; echo $m";
	int before = descriptors();
	char count[32];

	CHECK(is(run_script(r, least), SLOT_EXITED, 0));
	snprintf(count, sizeof(count), "%.20s", run_text(r, "out"));
	for (int i = 0; i < 100; i++)
		CHECK(is(run_script(r, i % 10 ? "exit 0" : "(sleep 60 &) ; kill -9 $$"), i % 10 ? SLOT_EXITED : SLOT_SIGNALLED,
			 i % 10 ? 0 : SIGKILL));
	CHECK(is(run_script(r, least), SLOT_EXITED, 0));
	CHECK(strncmp(run_text(r, "out"), count, strlen(count)) == 0);
	CHECK(is(run_script(r, "cat /proc/$PPID/task/*/children | wc -w"), SLOT_EXITED, 0));
	CHECK(strcmp(run_text(r, "out"), "1\n") == 0 || strcmp(run_text(r, "out"), "2\n") == 0);
	CHECK(descriptors() == before);
}

/* A step that kills its worker, or somebody who does. */
static void test_deaths(struct run *r)
{
	uint32_t lost = r->lost;
	struct slot_job job = run_job(r, "(setsid sh -c 'sleep 0.2; echo late >late' &) ; kill -9 $PPID; sleep 60");

	if (slots_isolation(r->slots) == SLOT_SUBREAPER) {	/* PID 1 of a namespace cannot be killed from within */
		run_give(r, 0, &job);
		run_wait_ready(r, 1);
		CHECK(r->lost == lost + 1);
		CHECK(run_processes(r) == 0);
	}
	CHECK(is(run_script(r, "sleep 0.5"), SLOT_EXITED, 0));
	CHECK(strcmp(run_text(r, "late"), "") == 0);
}

static void test_too_large(struct run *r)
{
	struct slot_job job = run_job(r, "exit 0");
	static const char *argv[3] = { "true" };
	char *huge = mem_alloc(200001);

	memset(huge, 'x', 200000);
	huge[200000] = '\0';
	argv[1] = huge;
	job.argv = argv;
	job.token = 12345678;
	CHECK(!slot_run(r->slots, 0, &job) && errno == E2BIG);
	mem_free(huge);
	CHECK(is(run_script(r, "exit 0"), SLOT_EXITED, 0));
}

static void test_isolation(enum slot_isolation best)
{
	static const char *const name[] = { "PID namespace", "user namespace", "subreaper" };
	struct run r;

	run_open(&r, 1, best);
	printf("asked for %s, got %s\n", name[best], name[slots_isolation(r.slots)]);
	fflush(stdout);
	CHECK(slots_isolation(r.slots) >= best);
	test_results(&r);
	test_surroundings(&r);
	test_opened(&r);
	test_time(&r);
	test_left_behind(&r);
	test_leaks(&r);
	test_deaths(&r);
	test_too_large(&r);
	run_close(&r);
	CHECK(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD);
}

int main(void)
{
	CHECK(setenv("CALC_TEST_OWN", "of the worker", 1) == 0);
	signal(SIGPIPE, SIG_IGN);	/* a host may have its own ways; its steps must not see them */
	test_isolation(SLOT_PID_NAMESPACE);
	test_isolation(SLOT_USER_NAMESPACE);
	test_isolation(SLOT_SUBREAPER);
	return 0;
}
