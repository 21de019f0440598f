/*
 * Guards hold no state that could be lost: a PID, and how long to wait before the next worker. They wait for signals with
 * sigtimedwait, all of them blocked, so there are no handlers.
 */
#include "runtime/guard.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "base/exit.h"
#include "base/file.h"
#include "base/mem.h"
#include "runtime/sight.h"
#include "runtime/worker_clear.h"
#include "runtime/worker_step.h"

enum { WORKER_FD = 3, FIRST_WAIT_MS = 10, LONGEST_WAIT_MS = 5000, LIVED_US = 10000000 };

static void out_of_memory(void)
{
	_exit(CALC_EXIT_IO);
}

/* Handlers of the process that forked us must not run here. By system call, because glibc's posix_spawn leaves its own two
 * signals ignored in its children, and its sigaction does not touch them. */
static void block_signals(sigset_t *set)
{
	static const unsigned long by_default[8];	/* the kernel's struct sigaction, larger than any */

	for (int signo = 1; signo < NSIG; signo++)
		syscall(SYS_rt_sigaction, signo, by_default, NULL, (NSIG - 1) / 8);
	sigfillset(set);
	sigprocmask(SIG_SETMASK, set, NULL);
}

/* -1: it cannot be forked. `prepare` runs in the child. */
static pid_t fork_worker(struct worker_options *o, void (*prepare)(struct worker_options *o))
{
	pid_t parent = getpid(), pid = fork();

	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent && getppid() != 0)	/* 0: it stands in a namespace of its own; else the guard was killed meanwhile */
		_exit(CALC_EXIT_IO);
	if (prepare)
		prepare(o);
	_exit(worker_serve(o));
}

/*
 * Until the worker is dead and reaped; SIGTERM goes to it as `forward`. Orphans are reaped on the way. true: SIGTERM came. A
 * worker that stands still was stopped by its step, to which nobody would hold then: it counts as dead.
 */
static bool wait_worker(pid_t worker, const sigset_t *set, int forward, int *status)
{
	bool told = false;

	for (;;) {
		pid_t pid = waitpid(-1, status, WNOHANG | WUNTRACED | __WALL);
		int signo;

		if (pid == worker && WIFSTOPPED(*status)) {
			kill(worker, SIGKILL);
			continue;
		}
		if (pid == worker || (pid < 0 && errno == ECHILD))
			return told;
		if (pid > 0)
			continue;
		signo = sigwaitinfo(set, NULL);
		if (signo != SIGTERM && signo != SIGINT)
			continue;
		told = true;
		kill(worker, forward);
	}
}

/* ---- on this machine ---- */

static void close_from(int first)
{
	if (syscall(SYS_close_range, first, ~0U, 0) != 0)
		for (int i = first, most = (int)sysconf(_SC_OPEN_MAX); i < most; i++)
			close(i);
}

/*
 * What the forked process had open belongs to the host, and its sockets must end with it. Regular files stay: a host that was
 * killed holds its lock (flock) until its guards have ended, so that no other host begins while a step still lives.
 */
static void keep_only_files(void)
{
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *entry;
	struct stat st;

	if (!dir) {
		close_from(WORKER_FD + 1);
		return;
	}
	while ((entry = readdir(dir))) {
		int fd = (int)strtol(entry->d_name, NULL, 10);

		if (fd > WORKER_FD && fd != dirfd(dir) && (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)))
			close(fd);
	}
	closedir(dir);
}

/* The worker's end becomes WORKER_FD; whatever had that number gets another one. */
static void arrange_descriptors(int fd)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (fd != WORKER_FD) {
		fcntl(WORKER_FD, F_DUPFD_CLOEXEC, WORKER_FD + 1);
		if (null == WORKER_FD)
			null = open("/dev/null", O_RDWR | O_CLOEXEC);
		dup3(fd, WORKER_FD, O_CLOEXEC);
	}
	for (int i = 0; null >= 0 && i < 3; i++)
		dup2(null, i);
	keep_only_files();
}

static bool write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool ok = fd >= 0 && file_write_all(fd, text, strlen(text));

	if (fd >= 0 && close(fd) != 0)
		ok = false;
	return ok;
}

/* Files that steps make must be the user's: he is mapped to himself. */
static bool map_ids(uid_t uid, gid_t gid)
{
	char users[64], groups[64];

	snprintf(users, sizeof(users), "%u %u 1\n", (unsigned)uid, (unsigned)uid);
	snprintf(groups, sizeof(groups), "%u %u 1\n", (unsigned)gid, (unsigned)gid);
	return write_text("/proc/self/setgroups", "deny") && write_text("/proc/self/uid_map", users) &&
	       write_text("/proc/self/gid_map", groups);
}

/* The next fork is PID 1 of a namespace. */
static bool isolate(enum slot_isolation how)
{
	uid_t uid = getuid();
	gid_t gid = getgid();

	switch (how) {
	case SLOT_PID_NAMESPACE:
		return unshare(CLONE_NEWPID) == 0;
	case SLOT_USER_NAMESPACE:
		return unshare(CLONE_NEWUSER | CLONE_NEWPID) == 0 && map_ids(uid, gid);
	case SLOT_SUBREAPER:
		return true;
	}
	return false;
}

static void begin_worker(struct worker_options *o)
{
	(void)o;
	close_from(WORKER_FD + 1);
}

/* A /proc that shows the namespace, where that is permitted; mounts of the machine still come in. The session stays the guard's:
 * by it the host finds what a killed guard leaves. */
static void enter_namespace(struct worker_options *o)
{
	begin_worker(o);
	if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", NULL, MS_REC | MS_SLAVE, NULL) != 0)
		return;
	(void)!mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
	if (o->sight)
		sight_limit(o->sight);
}

_Noreturn void guard_local(const struct guard_child *g)
{
	struct worker_options o = { .fd = WORKER_FD, .slot = g->slot, .plan_hash = "", .own_namespace = g->how != SLOT_SUBREAPER,
				    .sight = g->sight };
	sigset_t set;
	pid_t worker;
	int status;

	mem_on_failure(out_of_memory);
	block_signals(&set);
	arrange_descriptors(g->fd);
	setsid();		/* what a user types at a terminal is for the host, not for steps */
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	if (getppid() != g->parent)
		_exit(CALC_EXIT_IO);
	if (!isolate(g->how))
		_exit(GUARD_NOT_PERMITTED);
	worker = fork_worker(&o, g->how == SLOT_SUBREAPER ? begin_worker : enter_namespace);
	if (worker < 0)
		_exit(g->how == SLOT_SUBREAPER ? CALC_EXIT_IO : GUARD_NOT_PERMITTED);
	wait_worker(worker, &set, SIGKILL, &status);
	clear_beneath(false);
	_exit(CALC_EXIT_DONE);
}

/* ---- in a container ---- */

/* true: SIGTERM came while waiting. */
static bool pause_ms(const sigset_t *set, uint64_t ms)
{
	uint64_t until = step_now_us() + ms * 1000, now;

	while ((now = step_now_us()) < until) {
		uint64_t left = until - now;
		struct timespec t = { .tv_sec = (time_t)(left / 1000000), .tv_nsec = (long)(left % 1000000) * 1000 };
		int signo = sigtimedwait(set, NULL, &t);

		if (signo == SIGTERM || signo == SIGINT)
			return true;
	}
	return false;
}

int guard_serve(struct worker_options *o)
{
	uint64_t wait_ms = 0;
	bool told = false;
	sigset_t set;

	block_signals(&set);
	if (getrandom(&o->guard, sizeof o->guard, 0) != (ssize_t)sizeof o->guard)
		o->guard = 0;		/* its host then knows it by its container alone */
	o->own_namespace = getpid() == 1;
	prctl(PR_SET_DUMPABLE, 0);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	while (!told) {
		uint64_t born = step_now_us();
		pid_t worker = fork_worker(o, NULL);
		int status = 0;

		if (worker > 0)
			told = wait_worker(worker, &set, SIGTERM, &status);
		clear_beneath(o->own_namespace);
		if (told || (worker > 0 && WIFEXITED(status) && WEXITSTATUS(status) == CALC_EXIT_DONE))
			break;
		if (step_now_us() - born > LIVED_US)
			wait_ms = 0;
		told = pause_ms(&set, wait_ms);
		wait_ms = wait_ms == 0 ? FIRST_WAIT_MS : wait_ms * 2 < LONGEST_WAIT_MS ? wait_ms * 2 : LONGEST_WAIT_MS;
	}
	return told ? CALC_EXIT_TERMINATED : CALC_EXIT_DONE;
}
