/*
 * A worker: runs the commands of one slot, one at a time, as a host asks it to over a socket (proto.h). When it says that
 * a step has ended, nothing of that step lives. It is a child of its slot's guard (guard.h), which clears up after it
 * should it die, and it never leaves in order to get work.
 */
#ifndef CALC_RUNTIME_WORKER_H
#define CALC_RUNTIME_WORKER_H

#include <stdbool.h>
#include <stdint.h>

struct slot_sight;

struct worker_options {
	int fd;				/* connected to the host: it leaves when that is closed; -1: connects to socket_path */
	const char *socket_path;	/* connected to again and again: a running step goes on meanwhile */
	uint32_t slot;
	const char *plan_hash;
	uint64_t guard;			/* of the guard that made it, and of no other; 0 */
	bool own_namespace;		/* nobody but this slot lives in its PID namespace */
	const struct slot_sight *sight;	/* of a local slot whose worker is kept apart; or NULL */
};

/*
 * Serve until the host is gone (fd), DRAIN, or SIGTERM (forwarded to the step, which gets its grace). Returns the exit status of
 * the process. The caller is single-threaded and has nothing open that matters but fd.
 */
int worker_serve(const struct worker_options *o);

#endif
