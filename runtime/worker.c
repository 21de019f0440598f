/*
 * The loop of a worker: a socket, a signal descriptor, the deadlines of one step. STARTED waits 2 ms, so that it travels
 * together with ENDED for a short step: half of the wake-ups of the host. The last ENDED is kept until the next RUN:
 * a host that came back hears it again.
 */
#include "runtime/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/exit.h"
#include "base/mem.h"
#include "runtime/native.h"
#include "runtime/proto.h"
#include "runtime/worker_clear.h"
#include "runtime/worker_env.h"
#include "runtime/worker_memory.h"
#include "runtime/worker_step.h"

enum { SAY_STARTED_US = 2000, FIRST_RETRY_US = 2000, LONGEST_RETRY_US = 200000, STEP_UMASK = 027 };

struct worker {
	const struct worker_options *o;
	int fd, signals;		/* fd -1: not connected */
	uint64_t instance, retry_at_us, retry_us;
	struct proto_reader in;
	struct buf out;
	struct memory_kills memory;
	struct worker_env env;
	struct step step;
	struct native native;		/* the program of native functions, kept from step to step */
	char *log;			/* a native step runs: where what it prints goes; else NULL */
	uint64_t say_started_at_us;	/* 0: said */
	struct slot_result last;	/* token 0: none */
	struct buf images;		/* of it */
	uint64_t last_nonce;
	bool welcome, leaving;
};

/* ---- to the host ---- */

static void retry_later(struct worker *w)
{
	w->retry_at_us = step_now_us() + w->retry_us;
	w->retry_us = w->retry_us * 2 < LONGEST_RETRY_US ? w->retry_us * 2 : LONGEST_RETRY_US;
}

static void disconnect(struct worker *w)
{
	if (w->fd >= 0)
		close(w->fd);
	w->fd = -1;
	if (w->welcome)
		w->retry_us = FIRST_RETRY_US;
	w->welcome = false;
	retry_later(w);
	proto_reader_clear(&w->in);
	buf_clear(&w->out);
}

/* Messages are small and few: the socket's buffer takes them, or the host has stopped and we may as well wait. */
static void flush(struct worker *w)
{
	size_t done = 0;

	while (w->fd >= 0 && done < w->out.len) {
		ssize_t n = send(w->fd, w->out.p + done, w->out.len - done, MSG_NOSIGNAL);

		if (n >= 0)
			done += (size_t)n;
		else if (errno == EAGAIN)
			poll(&(struct pollfd){ .fd = w->fd, .events = POLLOUT }, 1, -1);
		else if (errno != EINTR)
			disconnect(w);
	}
	buf_clear(&w->out);
}

static void say_started(struct worker *w)
{
	w->say_started_at_us = 0;
	proto_write(&(struct proto_message){ .kind = PROTO_STARTED, .token = w->step.token, .nonce = w->step.nonce,
					     .pid = (uint32_t)w->step.pid }, &w->out);
}

static void say_ended(struct worker *w)
{
	struct proto_message m;

	proto_ended_of_result(&m, &w->last);
	m.nonce = w->last_nonce;
	proto_write(&m, &w->out);
}

static void say_hello(struct worker *w)
{
	bool running = w->step.pid > 0;

	proto_write(&(struct proto_message){ .kind = PROTO_HELLO, .version = PROTO_VERSION, .plan_hash = w->o->plan_hash,
					     .slot = w->o->slot, .instance = w->instance, .guard = w->o->guard, .pid = (uint32_t)getpid(),
					     .token = running ? w->step.token : 0, .last = w->last.token }, &w->out);
	if (running && !w->say_started_at_us)
		say_started(w);
	if (!running && w->last.token)
		say_ended(w);
	flush(w);
}

/* Never waits: with a full backlog it fails like with nobody there. */
static void try_connect(struct worker *w)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	size_t len = strlen(w->o->socket_path);
	int fd = -1;

	if (len < sizeof(to.sun_path))
		fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	memcpy(to.sun_path, w->o->socket_path, len < sizeof(to.sun_path) ? len : 0);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0) {
		w->fd = fd;
		say_hello(w);
		return;
	}
	if (fd >= 0)
		close(fd);
	retry_later(w);
}

/* ---- the step ---- */

static void ended(struct worker *w, const struct slot_result *r, uint64_t nonce)
{
	if (w->say_started_at_us)
		say_started(w);
	w->last = *r;
	w->last_nonce = nonce;
	say_ended(w);
}

/* A native step's call is over, one way or another. */
static void native_is_over(struct worker *w)
{
	native_take_log(&w->native, w->log);
	mem_free(w->log);
	w->log = NULL;
}

/* Whoever wrote where it must not, or was told to end, is not trusted with another call. */
static void take_answer(struct worker *w)
{
	uint64_t nonce = w->step.nonce;
	enum slot_end why = w->step.why;
	struct wire_answer a;
	struct slot_result r;

	if (!w->log || !native_answered(&w->native, &a))
		return;
	if (w->say_started_at_us)
		say_started(w);
	native_is_over(w);
	step_answered(&w->step, why != SLOT_EXITED ? why : a.token != w->step.token ? SLOT_NO_ANSWER : native_slot_end(a.end), &r);
	if (r.end == SLOT_EXITED) {
		native_images(&w->native, &a, &w->images);
		r.images = (struct slot_images){ buf_str(&w->images), w->images.len };
	}
	if (r.end != SLOT_EXITED && r.end != SLOT_FUNCTION_FAILED) {
		native_end(&w->native);
		clear_beneath(w->o->own_namespace);
	}
	ended(w, &r, nonce);
}

static int start_native(struct worker *w, const struct slot_job *job)
{
	int error = native_ready(&w->native, job);

	if (error)
		return error;
	if (!native_run(&w->native, job))
		return E2BIG;
	step_adopt(&w->step, job, w->native.pid);
	w->log = mem_strdup(job->stderr_path);
	return 0;
}

static void run(struct worker *w, const struct proto_message *m)
{
	struct slot_result failed = { .token = m->token, .end = SLOT_NOT_STARTED };
	uint64_t kills = memory_kills_count(&w->memory);
	struct slot_job job;
	int error;

	proto_job_of_run(&job, m);
	job.envp = worker_env_fill(&w->env, job.envp);
	if (w->o->fd < 0 && !w->o->own_namespace)
		job.tmp = NULL;		/* meant for a container's own /tmp, and this is none: not ours to empty */
	w->last.token = 0;
	buf_clear(&w->images);
	error = w->leaving ? ECANCELED : job.native ? start_native(w, &job) : step_start(&w->step, &job);
	if (!error) {
		w->step.nonce = m->nonce;
		w->step.memory_kills = kills;
		w->say_started_at_us = w->step.started_us + SAY_STARTED_US;
		if (w->log && native_wait_a_little(&w->native))
			take_answer(w);
		return;
	}
	failed.status = error;
	w->say_started_at_us = 0;
	ended(w, &failed, m->nonce);
}

static void step_is_over(struct worker *w, int status, const struct rusage *used)
{
	struct slot_result r;
	uint64_t nonce = w->step.nonce;

	if (w->say_started_at_us)
		say_started(w);
	clear_beneath(w->o->own_namespace);
	step_finish(&w->step, status, used, step_was_killed(status) ? memory_kills_count(&w->memory) : 0, &r);
	if (w->log) {
		native_is_over(w);
		r.end = r.end == SLOT_EXITED ? SLOT_NO_ANSWER : r.end;
	}
	native_gone(&w->native);
	ended(w, &r, nonce);
	flush(w);
}

/* Also orphans of the step come here while it runs. */
static void reap_children(struct worker *w)
{
	for (;;) {
		struct rusage used;
		int status;
		pid_t pid = wait4(-1, &status, WNOHANG | __WALL, &used);

		if (pid <= 0)
			return;
		if (pid == w->step.pid) {
			step_is_over(w, status, &used);
			return;		/* nobody is left */
		}
		if (pid == w->native.pid)
			native_gone(&w->native);
	}
}

/* ---- from the host ---- */

/* false: out of turn, the connection is over. */
static bool handle(struct worker *w, const struct proto_message *m)
{
	if (m->kind == PROTO_WELCOME) {
		w->welcome = true;
		return true;
	}
	if (!w->welcome)
		return false;	/* a host that never said who it is */
	switch (m->kind) {
	case PROTO_RUN:
		if (w->step.pid > 0)
			return false;
		run(w, m);
		return true;
	case PROTO_KILL:
		if (w->step.pid > 0 && w->step.token == m->token)
			step_end(&w->step, SLOT_KILLED, m->now);
		return true;
	case PROTO_DRAIN:
		w->leaving = true;
		return true;
	default:
		return false;
	}
}

static void read_host(struct worker *w)
{
	struct proto_message m;
	enum proto_got got;
	const char *why;
	size_t room;
	void *at = proto_reader_room(&w->in, &room);
	ssize_t n = recv(w->fd, at, room, MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		disconnect(w);
		return;
	}
	proto_reader_add(&w->in, (size_t)n);
	while ((got = proto_next(&w->in, &m, &why)) == PROTO_GOT)
		if (!handle(w, &m)) {
			got = PROTO_BAD;
			break;
		}
	if (got == PROTO_BAD)
		disconnect(w);
}

static void read_signals(struct worker *w)
{
	struct signalfd_siginfo info[4];	/* there are two kinds, and one of a kind waits: one reading gets all */
	ssize_t n = read(w->signals, info, sizeof(info));

	for (ssize_t i = 0; i < n / (ssize_t)sizeof(*info); i++) {
		if (info[i].ssi_signo != SIGTERM)
			continue;
		w->leaving = true;
		step_end(&w->step, SLOT_KILLED, false);
	}
	reap_children(w);
}

/* ---- the loop ---- */

static bool open_worker(struct worker *w)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_SETMASK, &set, NULL);
	/* what our caller ignores (a background job, a make), a step must not inherit */
	for (int signo = 1; signo < 32; signo++)
		if (signo != SIGKILL && signo != SIGSTOP)
			signal(signo, SIG_DFL);
	signal(SIGPIPE, SIG_IGN);
	umask(STEP_UMASK);
	/* A step has our uid: it must not trace us or read our memory. Orphans of a step must come to us. */
	if (prctl(PR_SET_DUMPABLE, 0) != 0 || prctl(PR_SET_CHILD_SUBREAPER, 1) != 0)
		return false;
	w->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (w->signals < 0 || getrandom(&w->instance, sizeof(w->instance), 0) != (ssize_t)sizeof(w->instance))
		return false;
	w->instance |= 1;
	memory_kills_init(&w->memory);
	proto_reader_init(&w->in, PROTO_TO_WORKER);
	return true;
}

static void close_worker(struct worker *w)
{
	disconnect(w);
	proto_reader_release(&w->in);
	buf_release(&w->out);
	buf_release(&w->images);
	worker_env_release(&w->env);
	memory_kills_release(&w->memory);
	close(w->signals);
}

static int wait_ms(const struct worker *w, uint64_t now)
{
	uint64_t at = step_next_time(&w->step);

	if (w->say_started_at_us && w->say_started_at_us < at)
		at = w->say_started_at_us;
	if (w->fd < 0 && w->retry_at_us < at)
		at = w->retry_at_us;
	if (at == UINT64_MAX)
		return -1;
	if (at <= now)
		return 0;
	return at - now < 60000000 ? (int)((at - now + 999) / 1000) : 60000;
}

static void turn(struct worker *w)
{
	struct pollfd p[3] = { { .fd = w->signals, .events = POLLIN }, { .fd = w->fd, .events = POLLIN },
			       { .fd = w->log ? w->native.bell : -1, .events = POLLIN } };
	uint64_t now = step_now_us();

	if (poll(p, 3, wait_ms(w, now)) < 0)
		return;
	now = step_now_us();
	if (p[2].revents) {
		native_clear_bell(&w->native);
		take_answer(w);
		if (w->log && native_wait_a_little(&w->native))
			take_answer(w);
	}
	if (p[0].revents)
		read_signals(w);
	if (w->fd >= 0 && p[1].revents)
		read_host(w);
	step_check_time(&w->step, now);
	if (w->say_started_at_us && now >= w->say_started_at_us)
		say_started(w);
	flush(w);
	if (w->fd < 0 && w->o->fd < 0 && now >= w->retry_at_us)
		try_connect(w);
}

int worker_serve(const struct worker_options *o)
{
	struct worker w = { .o = o, .fd = -1, .retry_us = FIRST_RETRY_US };

	native_init(&w.native);

	if (!open_worker(&w))
		return CALC_EXIT_IO;
	if (o->fd >= 0) {
		w.fd = o->fd;
		say_hello(&w);
	}
	while (!(w.leaving && w.step.pid == 0) && !(o->fd >= 0 && w.fd < 0))
		turn(&w);
	if (w.step.pid > 0) {		/* the host is gone: so is its step */
		step_end(&w.step, SLOT_KILLED, true);
		clear_beneath(o->own_namespace);
	}
	if (w.fd >= 0) {
		proto_write(&(struct proto_message){ .kind = PROTO_BYE }, &w.out);
		flush(&w);
	}
	step_forget(&w.step);
	native_end(&w.native);
	mem_free(w.log);
	close_worker(&w);
	return CALC_EXIT_DONE;
}
