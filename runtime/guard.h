/*
 * The guard of a slot: a small process that has one worker as its child and, when that dies, sees to it that nothing of what it
 * ran lives on. On this machine it gives the worker a PID namespace where that is permitted, and ends with it; in a container
 * it is PID 1 and makes another worker.
 */
#ifndef CALC_RUNTIME_GUARD_H
#define CALC_RUNTIME_GUARD_H

#include <sys/types.h>
#include "runtime/slot.h"
#include "runtime/worker.h"

enum { GUARD_NOT_PERMITTED = 121 };	/* exit status: this isolation cannot be had here */

struct guard_child {
	int fd;				/* the worker's end of a socket pair */
	uint32_t slot;
	enum slot_isolation how;
	pid_t parent;
	const struct slot_sight *sight;	/* or NULL */
};
/*
 * What a process that was just forked for a local slot becomes: never returns. The guard keeps fd open too, so that its
 * peer sees the end of the stream only when worker and guard are gone. Ends when the worker ends, on SIGTERM, and
 * with its parent. All signals may be blocked when it is called.
 */
_Noreturn void guard_local(const struct guard_child *g);

/* In a container (or a process of a test): a worker after another, until SIGTERM. Returns the exit status. */
int guard_serve(struct worker_options *o);

#endif
