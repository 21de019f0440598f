/*
 * The loop on libuv. Every handle is the first member of a struct of ours and is freed in its close callback, so a
 * handler may cancel or unwatch itself or any other. libuv runs timers before it polls and descriptors after: the
 * turn's hook therefore stands in both places, and runs only when a handler ran since.
 */
#include "runtime/loop.h"

#include <errno.h>
#include <stddef.h>
#include <uv.h>
#include "base/mem.h"

struct loop {
	uv_loop_t uv;
	uv_prepare_t before_poll;
	uv_check_t after_poll;
	void (*turn)(void *ctx);
	void *turn_ctx;
	bool handled;		/* a handler ran since the hook was called */
};

struct loop_watch {
	uv_poll_t uv;
	struct loop *loop;
	void (*fn)(void *ctx, int fd, int events);
	void *ctx;
	int fd, events;
};

struct loop_timer {
	uv_timer_t uv;
	struct loop *loop;
	void (*fn)(void *ctx);
	void *ctx;
};

struct loop_signal {
	uv_signal_t uv;
	struct loop *loop;
	void (*fn)(void *ctx, int signo);
	void *ctx;
};

_Static_assert(offsetof(struct loop_watch, uv) == 0, "a handle is freed by its own address");
_Static_assert(offsetof(struct loop_timer, uv) == 0, "a handle is freed by its own address");
_Static_assert(offsetof(struct loop_signal, uv) == 0, "a handle is freed by its own address");

static void free_handle(uv_handle_t *h)
{
	mem_free(h);
}

static void close_handle(uv_handle_t *h)
{
	if (!uv_is_closing(h))
		uv_close(h, free_handle);
}

static void end_of_turn(struct loop *l)
{
	if (!l->handled)
		return;
	l->handled = false;
	if (l->turn)
		l->turn(l->turn_ctx);
}

static void on_prepare(uv_prepare_t *h)
{
	end_of_turn(h->data);
}

static void on_check(uv_check_t *h)
{
	end_of_turn(h->data);
}

struct loop *loop_new(void)
{
	struct loop *l = mem_zalloc(1, sizeof(*l));
	int status = uv_loop_init(&l->uv);

	if (status < 0) {
		mem_free(l);
		errno = -status;
		return NULL;
	}
	uv_prepare_init(&l->uv, &l->before_poll);
	uv_check_init(&l->uv, &l->after_poll);
	l->before_poll.data = l->after_poll.data = l;
	uv_prepare_start(&l->before_poll, on_prepare);
	uv_check_start(&l->after_poll, on_check);
	uv_unref((uv_handle_t *)&l->before_poll);
	uv_unref((uv_handle_t *)&l->after_poll);
	l->handled = true;
	return l;
}

static void close_any(uv_handle_t *h, void *ctx)
{
	struct loop *l = ctx;

	if (h == (uv_handle_t *)&l->before_poll || h == (uv_handle_t *)&l->after_poll)
		uv_close(h, NULL);
	else
		close_handle(h);
}

void loop_free(struct loop *l)
{
	if (!l)
		return;
	l->turn = NULL;
	uv_walk(&l->uv, close_any, l);
	uv_run(&l->uv, UV_RUN_DEFAULT);
	uv_loop_close(&l->uv);
	mem_free(l);
}

uint64_t loop_now(const struct loop *l)
{
	return uv_now(&l->uv);
}

void loop_run(struct loop *l)
{
	uv_update_time(&l->uv);
	end_of_turn(l);		/* of what was set up; it may be what there is to watch */
	uv_run(&l->uv, UV_RUN_DEFAULT);
}

void loop_stop(struct loop *l)
{
	uv_stop(&l->uv);
}

void loop_each_turn(struct loop *l, void (*fn)(void *ctx), void *ctx)
{
	l->turn = fn;
	l->turn_ctx = ctx;
}

/* ---- descriptors ---- */

static int start_poll(struct loop_watch *w);

static void on_poll(uv_poll_t *h, int status, int events)
{
	struct loop_watch *w = (struct loop_watch *)h;
	int got = 0;

	w->loop->handled = true;
	if (events & (UV_READABLE | UV_DISCONNECT))
		got |= LOOP_READ;
	if (events & UV_WRITABLE)
		got |= LOOP_WRITE;
	if (status < 0)		/* let read or write tell what is wrong */
		got = w->events;
	w->fn(w->ctx, w->fd, got);
	if (status < 0 && !uv_is_closing((uv_handle_t *)h))
		start_poll(w);	/* libuv has stopped it; before the error there may be more to read than was read */
}

static int start_poll(struct loop_watch *w)
{
	int events = 0;

	if (w->events & LOOP_READ)
		events |= UV_READABLE;
	if (w->events & LOOP_WRITE)
		events |= UV_WRITABLE;
	return events ? uv_poll_start(&w->uv, events, on_poll) : uv_poll_stop(&w->uv);
}

struct loop_watch *loop_watch(struct loop *l, int fd, int events, void (*fn)(void *ctx, int fd, int events), void *ctx)
{
	struct loop_watch *w = mem_zalloc(1, sizeof(*w));
	int status = uv_poll_init(&l->uv, &w->uv, fd);

	if (status < 0) {
		mem_free(w);
		errno = -status;
		return NULL;
	}
	w->loop = l;
	w->fn = fn;
	w->ctx = ctx;
	w->fd = fd;
	w->events = events;
	status = start_poll(w);
	if (status < 0) {
		close_handle((uv_handle_t *)&w->uv);
		errno = -status;
		return NULL;
	}
	return w;
}

void loop_watch_set(struct loop_watch *w, int events)
{
	if (w->events == events || uv_is_closing((uv_handle_t *)&w->uv))
		return;
	w->events = events;
	start_poll(w);
}

void loop_unwatch(struct loop_watch *w)
{
	if (w)
		close_handle((uv_handle_t *)&w->uv);
}

/* ---- timers ---- */

static void on_timer(uv_timer_t *h)
{
	struct loop_timer *t = (struct loop_timer *)h;

	t->loop->handled = true;
	close_handle((uv_handle_t *)h);		/* freed after fn, which may therefore still cancel it */
	t->fn(t->ctx);
}

struct loop_timer *loop_timer(struct loop *l, uint64_t delay_ms, void (*fn)(void *ctx), void *ctx)
{
	struct loop_timer *t = mem_zalloc(1, sizeof(*t));

	uv_timer_init(&l->uv, &t->uv);
	t->loop = l;
	t->fn = fn;
	t->ctx = ctx;
	uv_timer_start(&t->uv, on_timer, delay_ms, 0);
	return t;
}

void loop_timer_cancel(struct loop_timer *t)
{
	if (t)
		close_handle((uv_handle_t *)&t->uv);
}

/* ---- signals ---- */

static void on_signal(uv_signal_t *h, int signo)
{
	struct loop_signal *s = (struct loop_signal *)h;

	s->loop->handled = true;
	s->fn(s->ctx, signo);
}

bool loop_signal(struct loop *l, int signo, void (*fn)(void *ctx, int signo), void *ctx)
{
	struct loop_signal *s = mem_zalloc(1, sizeof(*s));
	int status = uv_signal_init(&l->uv, &s->uv);

	if (status < 0) {
		mem_free(s);
		errno = -status;
		return false;
	}
	s->loop = l;
	s->fn = fn;
	s->ctx = ctx;
	status = uv_signal_start(&s->uv, on_signal, signo);
	if (status < 0) {
		close_handle((uv_handle_t *)&s->uv);
		errno = -status;
		return false;
	}
	uv_unref((uv_handle_t *)&s->uv);	/* waiting for a signal alone is no reason to go on */
	return true;
}
