/* Children for work on shares. A pulse is a zero byte; the result is a one, the status, the message, and the end. */
#include "runtime/share.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/file.h"
#include "base/mem.h"

struct share_task {
	struct loop *loop;
	struct loop_watch *watch;
	struct loop_timer *timer;
	uint64_t deadline_ms;
	pid_t pid;
	int fd;
	bool has_result;
	struct buf result;	/* status byte and message */
	void (*done)(void *ctx, enum share_status status, const char *message);
	void *ctx;
};

void share_pulse(int pulse)
{
	if (pulse >= 0 && write(pulse, "", 1) < 0 && errno == EPIPE)
		_exit(1);	/* nobody waits any more */
}

static void be_child(int pipe_fd, pid_t host, mode_t mask, share_work *fn, void *arg)
{
	struct buf message = BUF_INIT;
	char head[2] = { 1, 0 };
	int fd;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGINT, SIG_IGN);	/* the host decides when it ends */
	signal(SIGTERM, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	umask(mask);
	fd = dup2(pipe_fd, 3);
	if (fd < 0 || getppid() != host || close_range(4, ~0U, 0) != 0)
		_exit(1);
	head[1] = (char)fn(arg, fd, &message);
	if (!file_write_all(fd, head, sizeof head) || !file_write_all(fd, buf_str(&message), message.len))
		_exit(1);
	_exit(0);
}

static void end_task(struct share_task *t)
{
	if (t->timer)
		loop_timer_cancel(t->timer);
	loop_unwatch(t->watch);
	close(t->fd);
	waitpid(t->pid, NULL, 0);	/* dead or killed */
	buf_release(&t->result);
	mem_free(t);
}

static void finish(struct share_task *t, enum share_status status, const char *message)
{
	if (t->done)
		t->done(t->ctx, status, message);
	end_task(t);
}

static void on_deadline(void *ctx)
{
	struct share_task *t = ctx;
	struct buf message = BUF_INIT;

	t->timer = NULL;
	kill(t->pid, SIGKILL);
	buf_printf(&message, "the share made no progress for %llu s", (unsigned long long)(t->deadline_ms / 1000));
	finish(t, SHARE_STUCK, message.p);
	buf_release(&message);
}

static void take(struct share_task *t, const char *p, size_t len)
{
	for (; len && !t->has_result; p++, len--)
		t->has_result = *p != 0;
	buf_add(&t->result, p, len);
}

static void on_readable(void *ctx, int fd, int events)
{
	struct share_task *t = ctx;
	char part[4096];
	ssize_t n = read(fd, part, sizeof part);

	(void)events;
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n > 0) {
		take(t, part, (size_t)n);
		if (t->timer)
			loop_timer_cancel(t->timer);
		t->timer = loop_timer(t->loop, t->deadline_ms, on_deadline, t);
		return;
	}
	if (t->result.len == 0)
		finish(t, SHARE_STUCK, "the process that wrote to the share ended without a word");
	else
		finish(t, (enum share_status)t->result.p[0], t->result.p + 1);
}

struct share_task *share_run(struct loop *l, uint64_t deadline_ms, mode_t mask, share_work *fn, void *arg)
{
	struct share_task *t;
	pid_t host = getpid(), pid;
	int ends[2];

	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
		return NULL;
	pid = fork();
	if (pid == 0) {
		fcntl(ends[1], F_SETFL, 0);
		be_child(ends[1], host, mask, fn, arg);
	}
	close(ends[1]);
	if (pid < 0) {
		close(ends[0]);
		return NULL;
	}
	t = mem_zalloc(1, sizeof *t);
	t->loop = l;
	t->pid = pid;
	t->fd = ends[0];
	t->deadline_ms = deadline_ms;
	t->watch = loop_watch(l, t->fd, LOOP_READ, on_readable, t);
	t->timer = loop_timer(l, deadline_ms, on_deadline, t);
	return t;
}

void share_when_done(struct share_task *t, void (*done)(void *ctx, enum share_status status, const char *message), void *ctx)
{
	t->done = done;
	t->ctx = ctx;
}

void share_kill(struct share_task *t)
{
	kill(t->pid, SIGKILL);
	end_task(t);
}

/* ---- probing ---- */

static bool probe_in(int dir, const char *name, const char *link_name)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	bool ok;

	if (fd < 0)
		return false;
	ok = file_write_all(fd, "probe\n", 6) && fsync(fd) == 0;
	ok = close(fd) == 0 && ok;
	return ok && linkat(dir, name, dir, link_name, 0) == 0 && fsync(dir) == 0;
}

bool share_probe(const char *folder, struct buf *error)
{
	char name[40], link_name[48];
	uint64_t random = 0;
	int dir, why;
	bool ok;

	if (!file_mkdirs(folder, 0777)) {
		buf_printf(error, "the folder %s cannot be made: %s", folder, strerror(errno));
		return false;
	}
	dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0) {
		buf_printf(error, "the folder %s cannot be opened: %s", folder, strerror(errno));
		return false;
	}
	(void)!getrandom(&random, sizeof random, 0);	/* other runs, of other machines too, probe at the same time */
	snprintf(name, sizeof name, ".calc-probe.%016llx", (unsigned long long)random);
	snprintf(link_name, sizeof link_name, "%s.link", name);
	ok = probe_in(dir, name, link_name);
	why = errno;
	unlinkat(dir, name, 0);
	unlinkat(dir, link_name, 0);
	close(dir);
	if (!ok)
		buf_printf(error, "%s cannot hold results: it must take new files, hard links and fsync (%s)", folder, strerror(why));
	return ok;
}
