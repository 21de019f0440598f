/*
 * Work on shares, off the loop: a function runs in a child process, which tells of its progress through a pipe. A share
 * that makes no progress until the deadline has failed; the child is killed then, and dies with this process too.
 */
#ifndef CALC_RUNTIME_SHARE_H
#define CALC_RUNTIME_SHARE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include "base/buf.h"
#include "runtime/loop.h"

enum share_status {
	SHARE_DONE,
	SHARE_FAILED,		/* nothing changed that matters; the message says why */
	SHARE_UNCERTAIN,	/* a person must look */
	SHARE_STUCK		/* no progress until the deadline, or the child died: what it did is unknown */
};

/* In the child: "still at work". Cheap; `pulse` is -1 in tests. */
void share_pulse(int pulse);

typedef enum share_status share_work(void *arg, int pulse, struct buf *message);

struct share_task;
/* `fn` runs in a child with a copy of all memory, and with the caller's `mask` as umask; `done` is called from the loop.
 * NULL when no child can be made. */
struct share_task *share_run(struct loop *l, uint64_t deadline_ms, mode_t mask, share_work *fn, void *arg);
void share_when_done(struct share_task *t, void (*done)(void *ctx, enum share_status status, const char *message), void *ctx);
void share_kill(struct share_task *t);	/* and forget: `done` is not called */

/* Can this folder hold publications: create, write, fsync, link, fsync of the folder? Made when missing. */
bool share_probe(const char *folder, struct buf *error);

#endif
