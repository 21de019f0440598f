/* The loop: order of hook and handlers, cancelling from inside handlers, ends of pipes, signals, nothing left open. */
#include "runtime/loop.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "base/mem.h"

#define CHECK(what) do { if (!(what)) fail(#what, __LINE__); } while (0)

static void fail(const char *what, int line)
{
	fprintf(stderr, "loop.c:%d: not true: %s\n", line, what);
	exit(1);
}

struct seen {
	struct loop *loop;
	struct loop_timer *other;
	struct loop_watch *watch;
	int timers, turns, reads, signals, bytes;
};

static void count_timer(void *ctx)
{
	struct seen *s = ctx;

	s->timers++;
}

static void cancel_other(void *ctx)
{
	struct seen *s = ctx;

	s->timers++;
	loop_timer_cancel(s->other);
}

static void count_turn(void *ctx)
{
	struct seen *s = ctx;

	s->turns++;
}

static void test_timers(void)
{
	struct seen s = { .loop = loop_new() };
	uint64_t start = loop_now(s.loop);

	loop_each_turn(s.loop, count_turn, &s);
	loop_timer(s.loop, 1, cancel_other, &s);
	s.other = loop_timer(s.loop, 60000, count_timer, &s);
	loop_timer(s.loop, 20, count_timer, &s);
	loop_run(s.loop);
	CHECK(s.timers == 2);
	CHECK(s.turns == 3);			/* the set-up, and two turns with a timer each */
	CHECK(loop_now(s.loop) >= start + 20);
	CHECK(loop_now(s.loop) < start + 30000);
	loop_timer(s.loop, 60000, count_timer, &s);
	loop_free(s.loop);			/* what is left goes with it */
	CHECK(s.timers == 2);
}

static void on_read(void *ctx, int fd, int events)
{
	struct seen *s = ctx;
	char c[16];
	ssize_t n;

	CHECK(events & LOOP_READ);
	n = read(fd, c, sizeof(c));
	s->reads++;
	if (n > 0) {
		s->bytes += (int)n;
		return;
	}
	CHECK(n == 0);
	loop_unwatch(s->watch);
	close(fd);
}

static void write_and_close(void *ctx, int fd, int events)
{
	struct seen *s = ctx;

	CHECK(events == LOOP_WRITE);
	CHECK(write(fd, "hello", 5) == 5);
	loop_unwatch(s[1].watch);
	close(fd);
}

static void test_pipe(void)
{
	struct seen s[2] = { { .loop = loop_new() } };
	int fd[2];

	CHECK(pipe(fd) == 0);
	s[0].watch = loop_watch(s[0].loop, fd[0], LOOP_READ, on_read, s);
	s[1].watch = loop_watch(s[0].loop, fd[1], LOOP_WRITE, write_and_close, s);
	CHECK(s[0].watch && s[1].watch);
	CHECK(!loop_watch(s[0].loop, fd[0], LOOP_READ, on_read, s));	/* twice the same */
	loop_run(s[0].loop);
	CHECK(s[0].bytes == 5 && s[0].reads == 2);
	loop_free(s[0].loop);
}

static void on_signal(void *ctx, int signo)
{
	struct seen *s = ctx;

	CHECK(signo == SIGUSR1);
	s->signals++;
	loop_stop(s->loop);
}

static void raise_it(void *ctx)
{
	struct seen *s = ctx;

	s->timers++;
	CHECK(kill(getpid(), SIGUSR1) == 0);
}

static void test_signal(void)
{
	struct seen s = { .loop = loop_new() };

	CHECK(loop_signal(s.loop, SIGUSR1, on_signal, &s));
	loop_run(s.loop);			/* a signal alone keeps nothing going */
	CHECK(s.signals == 0);
	loop_timer(s.loop, 1, raise_it, &s);
	loop_timer(s.loop, 60000, count_timer, &s);
	loop_run(s.loop);
	CHECK(s.signals == 1 && s.timers == 1);
	loop_free(s.loop);
}

int main(void)
{
	test_timers();
	test_pipe();
	test_signal();
	return 0;
}
