/*
 * PID 1 of the quarterback's container. The kubelet waits longer after each restart of a container, so the quarterback is a
 * child that is made again at once; after five deaths without anything new in its journal there is nothing to hope for.
 * The kubelet's hooks run beside it as processes of their own: they look for files and send a signal.
 */
#include "tools/quarterback.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "base/buf.h"
#include "base/exit.h"
#include "base/file.h"
#include "base/mem.h"
#include "runtime/last_word.h"

enum { MOST_DEATHS = 5, STEP_MS = 20, RETRY_MS = 500, READY_MS = 60000, SPARE_MS = 8000 };

struct guard {
	const struct quarterback *q;
	const char *last_word;
	struct quarterback_news *news;	/* shared with the child */
	struct quarterback_locks *locks;
	uint64_t seen;
	unsigned deaths;		/* since there was progress */
	pid_t child;			/* 0: none */
	bool leaving;			/* SIGTERM came */
	uint64_t give_up_at;		/* ms; 0: never */
	bool gave_up;
	sigset_t set;
};

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void wait_ms(long ms)
{
	nanosleep(&(struct timespec){ .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 }, NULL);
}

static bool has_last_word(const struct guard *g)
{
	enum last_word w;

	return last_word_read(g->last_word, &w);
}

static void fork_child(struct guard *g)
{
	pid_t parent = getpid();
	sigset_t none;

	quarterback_locks_take(g->locks);
	while ((g->child = fork()) < 0)
		wait_ms(RETRY_MS);
	if (g->child > 0)
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)	/* the guard was killed meanwhile */
		_exit(CALC_EXIT_IO);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	exit(quarterback_run(g->q, g->news, g->locks));
}

static void say_death(int status)
{
	if (WIFSIGNALED(status))
		quarterback_say("the quarterback was killed by signal %d", WTERMSIG(status));
	else
		quarterback_say("the quarterback ended with status %d and without a last word", WEXITSTATUS(status));
}

static void commit_failed(struct guard *g)
{
	struct buf b = BUF_INIT;

	buf_printf(&b, "the quarterback died %u times without getting on; its log says why", g->deaths);
	if (!last_word_commit(g->last_word, LAST_WORD_FAILED, g->q->hash, b.p)) {
		quarterback_say("%s: %s", g->last_word, strerror(errno));
		wait_ms(RETRY_MS);
	}
	buf_release(&b);
}

static void child_ended(struct guard *g, int status)
{
	g->child = 0;
	if (has_last_word(g))
		return;
	say_death(status);
	if (g->news->progress != g->seen)
		g->deaths = 0;
	g->seen = g->news->progress;
	if (++g->deaths >= MOST_DEATHS)
		commit_failed(g);
}

/* SIGUSR1 is the hook's: drain, but stay, as the container's end would end the hook too. */
static void handle(struct guard *g, int signo)
{
	if (signo == SIGTERM || signo == SIGINT)
		g->leaving = true;
	if ((signo == SIGTERM || signo == SIGINT || signo == SIGUSR1) && g->child > 0)
		kill(g->child, SIGTERM);
}

static void reap(struct guard *g)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG | __WALL)) > 0)
		if (pid == g->child)
			child_ended(g, status);
}

static bool begin(struct guard *g)
{
	struct buf pid = BUF_INIT;
	bool ok;

	sigfillset(&g->set);
	sigprocmask(SIG_SETMASK, &g->set, NULL);	/* blocked, PID 1 gets them too */
	g->last_word = quarterback_path(g->q, "ctl/last-word");
	g->news = mmap(NULL, sizeof(*g->news), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	buf_printf(&pid, "%d\n", (int)getpid());
	g->locks = quarterback_locks_new();
	ok = g->news != MAP_FAILED && g->locks && quarterback_make_folders(g->q) &&
	     file_replace(quarterback_path(g->q, "ctl/pid"), pid.p, pid.len, 0640, NULL);
	buf_release(&pid);
	return ok;
}

/* ---- a pod that cannot end ---- */

/*
 * The verdict's container starts after all slots, so a slot whose image cannot be had keeps the pod from its end, whatever the last
 * word is. The pod then ends by its own limits: more is written to a volume than it may hold, the kubelet evicts the pod, and
 * the status of this container fails the Job. What happened stands in its message.
 */
static void give_up(struct guard *g)
{
	enum { MORE_THAN_IT_HOLDS = 256 << 10 };
	const char *path = quarterback_path(g->q, "give-up/now");
	struct buf text = BUF_INIT, word = BUF_INIT;
	char *much = mem_zalloc(1, MORE_THAN_IT_HOLDS);
	int fd;

	g->gave_up = true;
	g->give_up_at = 0;
	file_read(quarterback_path(g->q, QUARTERBACK_ABSENT), LAST_WORD_MOST, &text);
	if (text.len == 0)
		buf_addstr(&text, "a container of this pod does not start");
	quarterback_say("the pod cannot end by itself: %s", text.p);
	if (file_read(g->last_word, LAST_WORD_MOST, &word))
		buf_printf(&text, "\n%s", word.p);
	fd = open("/dev/termination-log", O_WRONLY | O_CLOEXEC);
	if (fd >= 0) {
		(void)!file_write_all(fd, text.p, text.len);
		close(fd);
	}
	if (!file_replace(path, much, MORE_THAN_IT_HOLDS, 0640, NULL))
		quarterback_say("%s: %s", path, strerror(errno));
	mem_free(much);
	buf_release(&text);
	buf_release(&word);
}

/* Until there is a signal, or it is time to give up. */
static int next_signal(struct guard *g)
{
	siginfo_t info;
	struct timespec left;
	uint64_t now = now_ms(), ms;

	if (g->child <= 0 && !g->leaving && !g->gave_up && !g->give_up_at && g->q->start_limit_ms && has_last_word(g))
		g->give_up_at = now + (g->news->starved ? 0 : g->q->start_limit_ms);
	if (!g->give_up_at)
		return sigwaitinfo(&g->set, &info);
	ms = g->give_up_at > now ? g->give_up_at - now : 0;
	left = (struct timespec){ .tv_sec = (time_t)(ms / 1000), .tv_nsec = (long)(ms % 1000) * 1000000 };
	return sigtimedwait(&g->set, &info, &left);
}

/* One of those that fail the Job; a run that is done, in a pod that cannot complete, is none for another pod to try. */
static int status_of(const struct guard *g)
{
	enum last_word w;

	if (!g->gave_up)
		return CALC_EXIT_DONE;
	return last_word_read(g->last_word, &w) && w != LAST_WORD_DONE ? last_word_status(w) : last_word_status(LAST_WORD_FAILED);
}

int quarterback_guard(const struct quarterback *q)
{
	struct guard g = { .q = q };

	if (!begin(&g)) {
		quarterback_locks_free(g.locks);
		return CALC_EXIT_IO;
	}
	quarterback_say("calc-quarterback %s: plan %.12s, %u slots", CALC_VERSION, q->hash, (unsigned)q->slots);
	while (!g.leaving || g.child > 0) {
		int signo;

		if (g.child <= 0 && !g.leaving && !has_last_word(&g))
			fork_child(&g);
		signo = next_signal(&g);
		if (signo > 0)
			handle(&g, signo);
		reap(&g);
		if (g.give_up_at && !g.leaving && now_ms() >= g.give_up_at)
			give_up(&g);
	}
	quarterback_locks_free(g.locks);
	return status_of(&g);
}

/* ---- hooks ---- */

/* The file is looked for every few milliseconds: a hook lives for a moment, and must not depend on what a watch may do. */
static bool wait_until(bool (*is_true)(const struct quarterback *q), const struct quarterback *q, uint64_t ms)
{
	uint64_t until = now_ms() + ms;

	while (!is_true(q)) {
		if (now_ms() >= until)
			return false;
		wait_ms(STEP_MS);
	}
	return true;
}

static bool is_ready(const struct quarterback *q)
{
	static const char *path;

	if (!path)
		path = quarterback_path(q, "ctl/ready");
	return file_exists(path);
}

int quarterback_wait_ready(const struct quarterback *q)
{
	return wait_until(is_ready, q, READY_MS) ? CALC_EXIT_DONE : CALC_EXIT_IO;
}

static bool is_over(const struct quarterback *q)
{
	static const char *path;
	enum last_word w;

	if (!path)
		path = quarterback_path(q, "ctl/last-word");
	return last_word_read(path, &w);
}

int quarterback_drain(const struct quarterback *q)
{
	struct buf text = BUF_INIT;
	long pid = 0;

	if (is_over(q))
		return CALC_EXIT_DONE;
	if (file_read(quarterback_path(q, "ctl/pid"), 64, &text))
		pid = strtol(text.p, NULL, 10);
	buf_release(&text);
	if (pid > 0)
		kill((pid_t)pid, SIGUSR1);
	wait_until(is_over, q, q->grace_ms > SPARE_MS ? q->grace_ms - SPARE_MS : STEP_MS);
	return CALC_EXIT_DONE;
}
