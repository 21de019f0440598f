/*
 * With a PID namespace the kernel does it: kill(-1) holds the lock that fork needs, so nothing slips through. Without one, the
 * tree of children is walked: what is found is stopped first, until a walk finds nothing new (a stopped process
 * forks no more), then killed; orphans come to us, because we are a subreaper, and are found by the next round.
 */
#include "runtime/worker_clear.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"

enum { LIST_LIMIT = 1 << 22, PASSES = 64, FIRST_WAIT_MS = 1, LONGEST_WAIT_MS = 50 };

struct pids {
	pid_t *pid;
	size_t count, cap;
};

static void wait_ms(long ms)
{
	nanosleep(&(struct timespec){ .tv_nsec = ms * 1000000 }, NULL);
}

/* true: no child is left. */
static bool reap(int flags)
{
	for (;;) {
		pid_t pid = waitpid(-1, NULL, flags | __WALL);

		if (pid > 0 || (pid < 0 && errno == EINTR))
			continue;
		return pid < 0;
	}
}

static void add_pid(struct pids *list, pid_t pid)
{
	list->pid = mem_grow(list->pid, &list->cap, list->count + 1, sizeof(*list->pid));
	list->pid[list->count++] = pid;
}

static void add_numbers(struct pids *list, const char *text)
{
	char *end;

	for (;; text = end) {
		long pid = strtol(text, &end, 10);

		if (end == text)
			return;
		if (pid > 1)
			add_pid(list, (pid_t)pid);
	}
}

/* Every thread has a list of its own. A process that has gone has no children. */
static void add_children(struct pids *list, pid_t pid, struct buf *text)
{
	char path[64];
	struct dirent *entry;
	DIR *tasks;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	tasks = opendir(path);
	while (tasks && (entry = readdir(tasks))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "/proc/%d/task/%.20s/children", (int)pid, entry->d_name);
		buf_clear(text);
		if (file_read(path, LIST_LIMIT, text))
			add_numbers(list, buf_str(text));
	}
	if (tasks)
		closedir(tasks);
}

/* `list` begins with the roots; every descendant is added and stopped. */
static void add_descendants(struct pids *list, struct buf *text)
{
	for (size_t i = 0; i < list->count; i++) {
		kill(list->pid[i], SIGSTOP);
		add_children(list, list->pid[i], text);
	}
}

static void only_session(struct pids *list, pid_t sid)
{
	size_t kept = 0;

	for (size_t i = 0; i < list->count; i++)
		if (getsid(list->pid[i]) == sid)
			list->pid[kept++] = list->pid[i];
	list->count = kept;
}

static void add_roots(struct pids *list, pid_t sid, struct buf *text)
{
	list->count = 0;
	add_children(list, getpid(), text);
	if (sid)
		only_session(list, sid);
}

/* One round: stop until nothing new is found, then kill. false: there was nobody. */
static bool kill_round(struct pids *list, pid_t sid, struct buf *text)
{
	size_t before = 0;

	for (int pass = 0; pass < PASSES; pass++) {
		add_roots(list, sid, text);
		add_descendants(list, text);
		if (list->count == before)
			break;
		before = list->count;
	}
	for (size_t i = 0; i < list->count; i++)
		kill(list->pid[i], SIGKILL);
	return list->count > 0;
}

static void walk(pid_t sid)
{
	struct pids list = { 0 };
	struct buf text = BUF_INIT;
	long ms = FIRST_WAIT_MS;

	while (kill_round(&list, sid, &text)) {
		if (sid) {	/* other children are other people's to wait for */
			add_roots(&list, sid, &text);
			for (size_t i = 0; i < list.count; i++)
				waitpid(list.pid[i], NULL, WNOHANG | __WALL);
		} else if (reap(WNOHANG)) {
			break;
		}
		wait_ms(ms);
		ms = ms * 2 < LONGEST_WAIT_MS ? ms * 2 : LONGEST_WAIT_MS;
	}
	mem_free(list.pid);
	buf_release(&text);
}

void clear_beneath(bool own_namespace)
{
	if (reap(WNOHANG))
		return;
	if (own_namespace) {
		kill(-1, SIGKILL);
		reap(0);
		return;
	}
	for (long ms = FIRST_WAIT_MS; !reap(WNOHANG); ms = ms < LONGEST_WAIT_MS ? ms * 2 : ms) {
		walk(0);
		if (reap(WNOHANG))
			break;
		wait_ms(ms);
	}
}

void clear_session(pid_t sid)
{
	walk(sid);
}
