/*
 * Sets of sets. The members' runs know nothing of each other: what one hands to another stands in a share. This process starts
 * them, passes signals on, and gathers what they say, line by line.
 */
#include "tools/run_sets.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "base/exit.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "runtime/child.h"
#include "runtime/plan.h"
#include "tools/run_show.h"

enum { LEAST_AT_ONCE = 2, PART_BYTES = 4096 };

enum member_state { MEMBER_WAITING, MEMBER_RUNNING, MEMBER_DONE, MEMBER_FAILED, MEMBER_SKIPPED };
struct stream {
	int fd;				/* of a member that runs; -1 */
	struct buf line;		/* not yet whole */
};
struct member {
	const struct plan *plan;
	const char *name;
	enum member_state state;
	pid_t pid;
	int status;			/* exit status */
	struct stream out, err;
	size_t *reader;			/* members that read what this one publishes */
	size_t readers, cap;
	size_t waits;			/* for so many others */
};
struct sets {
	const char *name;
	const struct run_options *o;
	struct member *member;
	size_t members, running, at_most;
	int told[2];			/* a pipe: signals */
	int signo;			/* that ends the run; 0 */
};

/* `reader` reads what `writer` publishes. */
static void note_reader(void *ctx, size_t reader, size_t writer)
{
	struct sets *s = ctx;
	struct member *m = &s->member[writer];

	m->reader = mem_grow(m->reader, &m->cap, m->readers + 1, sizeof *m->reader);
	m->reader[m->readers++] = reader;
	s->member[reader].waits++;
}

/* ---- what members say ---- */

static void say(const struct sets *s, const struct member *m, const char *text)
{
	size_t len = strlen(m->name);

	(void)s;
	if (strncmp(text, m->name, len) != 0 || text[len] != ':')
		fprintf(stderr, "%s: ", m->name);
	fprintf(stderr, "%s\n", text);
}

/* Its objects get the set's name as their first member. */
static void say_json(const struct member *m, const char *text)
{
	struct buf line = BUF_INIT;

	if (text[0] == '{') {
		buf_addstr(&line, "{\"set\":");
		json_quote(&line, m->name, strlen(m->name));
		buf_printf(&line, ",%s\n", text + 1);
		fwrite(line.p, 1, line.len, stdout);
		fflush(stdout);
	}
	buf_release(&line);
}

static void put_lines(const struct sets *s, const struct member *m, struct stream *from, bool all)
{
	char *at = from->line.p, *end = at ? at + from->line.len : NULL, *stop;

	while (at < end && ((stop = memchr(at, '\n', (size_t)(end - at))) || all)) {
		stop = stop ? stop : end;
		*stop = '\0';
		if (from == &m->out)
			say_json(m, at);
		else
			say(s, m, at);
		at = stop < end ? stop + 1 : end;
	}
	if (at && at != from->line.p) {
		memmove(from->line.p, at, (size_t)(end - at));
		from->line.len = (size_t)(end - at);
	}
}

/* false: the stream is at its end. */
static bool hear(const struct sets *s, const struct member *m, struct stream *from)
{
	char part[PART_BYTES];
	ssize_t n = read(from->fd, part, sizeof part);

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return true;
	if (n > 0)
		buf_add(&from->line, part, (size_t)n);
	put_lines(s, m, from, n <= 0);
	if (n > 0)
		return true;
	close(from->fd);
	from->fd = -1;
	return false;
}

/* ---- a member's life ---- */

static int status_of(const struct sets *s)
{
	static const int worst[] = { CALC_EXIT_BUG, CALC_EXIT_IO, CALC_EXIT_UNCERTAIN, CALC_EXIT_STEP_FAILED, CALC_EXIT_WRONG, CALC_EXIT_USAGE };

	if (s->signo)
		return s->signo == SIGINT ? CALC_EXIT_INTERRUPTED : CALC_EXIT_TERMINATED;
	for (size_t k = 0; k < sizeof worst / sizeof *worst; k++)
		for (size_t i = 0; i < s->members; i++)
			if (s->member[i].state == MEMBER_FAILED && s->member[i].status == worst[k])
				return worst[k];
	for (size_t i = 0; i < s->members; i++)
		if (s->member[i].state != MEMBER_DONE)
			return CALC_EXIT_STEP_FAILED;
	return CALC_EXIT_DONE;
}

static int run_member(const struct sets *s, const struct member *m)
{
	struct run_options o = *s->o;
	struct buf folder = BUF_INIT;

	buf_printf(&folder, "%s/", s->o->work_dir ? s->o->work_dir : ".calcflow");
	file_encode_key(&folder, m->name, strlen(m->name));
	o.work_dir = folder.p;
	o.quiet = !o.verbose;
	return run_command(m->plan, &o);
}

static bool start(struct sets *s, struct member *m)
{
	int out[2], err[2];

	if (pipe(out) != 0)
		return false;
	if (pipe(err) != 0) {
		close(out[0]);
		close(out[1]);
		return false;
	}
	fflush(stdout);
	fflush(stderr);
	m->pid = child_fork();
	if (m->pid == 0) {
		int status;

		dup2(out[1], STDOUT_FILENO);
		dup2(err[1], STDERR_FILENO);
		for (int i = 0; i < 2; i++) {
			close(out[i]);
			close(err[i]);
			close(s->told[i]);
		}
		status = run_member(s, m);
		_exit(fflush(stdout) == 0 ? status : CALC_EXIT_IO);
	}
	close(out[1]);
	close(err[1]);
	m->out.fd = out[0];
	m->err.fd = err[0];
	if (m->pid < 0) {
		close(out[0]);
		close(err[0]);
		m->out.fd = m->err.fd = -1;
		return false;
	}
	fcntl(out[0], F_SETFD, FD_CLOEXEC);
	fcntl(err[0], F_SETFD, FD_CLOEXEC);
	m->state = MEMBER_RUNNING;
	s->running++;
	if (s->o->verbose)
		say(s, m, "begins");
	return true;
}

/* What reads from a member that did not publish is not run, nor what reads from that. */
static void skip_readers(struct sets *s, const struct member *cause)
{
	size_t *todo = mem_zalloc(s->members, sizeof *todo), count = 0;

	todo[count++] = (size_t)(cause - s->member);
	while (count) {
		const struct member *m = &s->member[todo[--count]];

		for (size_t i = 0; i < m->readers; i++) {
			struct member *r = &s->member[m->reader[i]];
			struct buf why = BUF_INIT;

			if (r->state != MEMBER_WAITING)
				continue;
			r->state = MEMBER_SKIPPED;
			buf_printf(&why, "not run: it reads what `%s` publishes", m->name);
			if (!s->o->json)
				say(s, r, why.p);
			buf_release(&why);
			todo[count++] = m->reader[i];
		}
	}
	mem_free(todo);
}

static void end(struct sets *s, struct member *m)
{
	int status = 0;

	while (waitpid(m->pid, &status, 0) < 0 && errno == EINTR)
		;
	m->status = WIFEXITED(status) ? WEXITSTATUS(status) : CALC_EXIT_BUG;
	m->pid = 0;
	s->running--;
	if (!WIFEXITED(status))
		say(s, m, "its process was killed");
	m->state = m->status == CALC_EXIT_DONE ? MEMBER_DONE : s->signo && m->status == status_of(s) ? MEMBER_WAITING : MEMBER_FAILED;
	for (size_t i = 0; m->state == MEMBER_DONE && i < m->readers; i++)
		s->member[m->reader[i]].waits--;
	if (m->state == MEMBER_FAILED && !s->signo)
		skip_readers(s, m);
}

static void start_what_may(struct sets *s)
{
	for (size_t i = 0; i < s->members && s->running < s->at_most && !s->signo; i++) {
		struct member *m = &s->member[i];

		if (m->state != MEMBER_WAITING || m->waits || start(s, m))
			continue;
		if (s->running)
			return;		/* when one of those has ended */
		fprintf(stderr, "calcc: no process can be made for set %s: %s\n", m->name, strerror(errno));
		m->state = MEMBER_FAILED;
		m->status = CALC_EXIT_IO;
		skip_readers(s, m);
	}
}

/* ---- signals ---- */

static int tell_fd = -1;	/* a handler has no context: set while run_sets runs */

static void on_signal(int signo)
{
	int before = errno;
	char byte = (char)signo;

	(void)!write(tell_fd, &byte, 1);
	errno = before;
}

static void watch_signals(struct sets *s, bool on)
{
	struct sigaction act = { .sa_handler = on ? on_signal : SIG_DFL, .sa_flags = SA_RESTART };

	tell_fd = on ? s->told[1] : -1;
	sigemptyset(&act.sa_mask);
	sigaction(SIGINT, &act, NULL);
	sigaction(SIGTERM, &act, NULL);
	sigaction(SIGHUP, &act, NULL);
}

/* Running sets drain at the first, and are killed at the second; no other starts. */
static void hear_signal(struct sets *s)
{
	char byte;

	if (read(s->told[0], &byte, 1) != 1)
		return;
	if (!s->signo)
		s->signo = byte;
	for (size_t i = 0; i < s->members; i++)
		if (s->member[i].pid > 0)
			kill(s->member[i].pid, byte);
}

/* ---- all of it ---- */

static void wait_for_something(struct sets *s)
{
	struct pollfd *p = mem_zalloc(2 * s->members + 1, sizeof *p);
	nfds_t n = 0;

	p[n++] = (struct pollfd){ .fd = s->told[0], .events = POLLIN };
	for (size_t i = 0; i < s->members; i++) {
		p[n++] = (struct pollfd){ .fd = s->member[i].out.fd, .events = POLLIN };	/* -1: passed over */
		p[n++] = (struct pollfd){ .fd = s->member[i].err.fd, .events = POLLIN };
	}
	if (poll(p, n, -1) > 0) {
		if (p[0].revents)
			hear_signal(s);
		for (size_t i = 0; i < s->members; i++) {
			struct member *m = &s->member[i];

			if (p[1 + 2 * i].revents && m->out.fd >= 0)
				hear(s, m, &m->out);
			if (p[2 + 2 * i].revents && m->err.fd >= 0)
				hear(s, m, &m->err);
			if (m->state == MEMBER_RUNNING && m->out.fd < 0 && m->err.fd < 0)
				end(s, m);
		}
	}
	mem_free(p);
}

static int report(const struct sets *s, uint64_t wall_us)
{
	size_t count[MEMBER_SKIPPED + 1] = { 0 };
	int status = status_of(s);
	char time[24];

	for (size_t i = 0; i < s->members; i++)
		count[s->member[i].state]++;
	if (s->o->json) {
		printf("{\"event\":\"sets\",\"set\":\"%s\",\"exit\":%d,\"sets\":%zu,\"done\":%zu,\"failed\":%zu,\"not_run\":%zu,\"wall_us\":%" PRIu64 "}\n",
		       s->name, status, s->members, count[MEMBER_DONE], count[MEMBER_FAILED], count[MEMBER_SKIPPED] + count[MEMBER_WAITING],
		       wall_us);
		return fflush(stdout) == 0 ? status : CALC_EXIT_IO;
	}
	show_time(time, wall_us);
	fprintf(stderr, "%s: %s: %zu of %zu sets", s->name, status == CALC_EXIT_DONE ? "done" : s->signo ? "stopped" :
		status == CALC_EXIT_UNCERTAIN ? "uncertain" : "failed", count[MEMBER_DONE], s->members);
	if (count[MEMBER_FAILED])
		fprintf(stderr, ", %zu failed", count[MEMBER_FAILED]);
	if (count[MEMBER_SKIPPED] + count[MEMBER_WAITING] && !s->signo)
		fprintf(stderr, ", %zu not run", count[MEMBER_SKIPPED] + count[MEMBER_WAITING]);
	fprintf(stderr, ", in %s\n", time);
	return status;
}

static uint64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static void release(struct sets *s)
{
	for (size_t i = 0; i < s->members; i++) {
		buf_release(&s->member[i].out.line);
		buf_release(&s->member[i].err.line);
		mem_free(s->member[i].reader);
	}
	mem_free(s->member);
	close(s->told[0]);
	close(s->told[1]);
}

int run_sets(const char *name, const struct plan *const *member, size_t members, const struct run_options *o)
{
	struct sets s = { .name = name, .o = o, .members = members };
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	uint64_t begun = now_us();
	int status;

	if (pipe(s.told) != 0) {
		fprintf(stderr, "calcc: no pipe can be made: %s\n", strerror(errno));
		return CALC_EXIT_IO;
	}
	fcntl(s.told[0], F_SETFL, O_NONBLOCK);
	fcntl(s.told[1], F_SETFL, O_NONBLOCK);
	s.at_most = processors > LEAST_AT_ONCE ? (size_t)processors : LEAST_AT_ONCE;
	s.member = mem_zalloc(members ? members : 1, sizeof *s.member);
	for (size_t i = 0; i < members; i++)
		s.member[i] = (struct member){ .plan = member[i], .name = member[i]->set.name, .out.fd = -1, .err.fd = -1 };
	run_sets_order(member, members, note_reader, &s);
	watch_signals(&s, true);
	start_what_may(&s);
	while (s.running) {
		wait_for_something(&s);
		start_what_may(&s);
	}
	watch_signals(&s, false);
	status = report(&s, now_us() - begun);
	release(&s);
	return status;
}
