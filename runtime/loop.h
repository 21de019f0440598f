/*
 * The loop of a host: one thread, descriptors, timers and signals (on libuv, which only loop.c includes). Handlers never
 * block. Time is monotonic milliseconds.
 */
#ifndef CALC_RUNTIME_LOOP_H
#define CALC_RUNTIME_LOOP_H

#include <stdbool.h>
#include <stdint.h>

struct loop;
struct loop_watch;
struct loop_timer;

struct loop *loop_new(void);					/* NULL with errno: no descriptors left */
void loop_free(struct loop *l);					/* with every watch and timer that is left */
uint64_t loop_now(const struct loop *l);			/* ms, monotonic, of this turn */
void loop_run(struct loop *l);					/* until loop_stop, or nothing is watched (signals do not count) */
void loop_stop(struct loop *l);					/* at the end of this turn, its hook included */
/* Called once at the end of every turn in which a handler ran, and of the first (the journal's commit, drains). One hook. */
void loop_each_turn(struct loop *l, void (*fn)(void *ctx), void *ctx);

/*
 * A descriptor is set non-blocking and watched at most once. The end of the peer counts as readable. A descriptor in
 * error is reported with all events asked for, until it is unwatched. fn may unwatch.
 */
enum { LOOP_READ = 1, LOOP_WRITE = 2 };
struct loop_watch *loop_watch(struct loop *l, int fd, int events, void (*fn)(void *ctx, int fd, int events), void *ctx);
								/* NULL with errno */
void loop_watch_set(struct loop_watch *w, int events);		/* 0 = nothing for now */
void loop_unwatch(struct loop_watch *w);			/* before its descriptor is closed; it stays open; NULL is fine */

struct loop_timer *loop_timer(struct loop *l, uint64_t delay_ms, void (*fn)(void *ctx), void *ctx);	/* once; freed after fn */
void loop_timer_cancel(struct loop_timer *t);			/* never after fn returned; NULL is fine */

bool loop_signal(struct loop *l, int signo, void (*fn)(void *ctx, int signo), void *ctx);	/* false with errno */

#endif
