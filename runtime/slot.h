/*
 * Slots, as a host sees them: places in which one command at a time runs, each held by a worker (worker.c) that is PID 1 of
 * its slot's PID namespace where that is permitted, else a subreaper, so that nothing of a step outlives it. Two makers,
 * one behaviour: workers forked on this machine and joined by a socket pair, or worker containers of a pod that
 * connect to a socket each. The wire between is proto.h.
 */
#ifndef CALC_RUNTIME_SLOT_H
#define CALC_RUNTIME_SLOT_H

#include <stdbool.h>
#include <stdint.h>
#include "base/buf.h"
#include "runtime/loop.h"

struct slot_job {
	uint64_t token;			/* names this dispatch; comes back with its result; never 0 */
	const char *const *argv;	/* argv[0] is looked up in `path`, unless it has a slash; NULL-terminated */
	const char *const *envp;	/* the whole environment; NULL-terminated */
	const char *cwd;		/* exists */
	const char *tmp;		/* a folder that the worker empties before and after the step (TMPDIR; /tmp in a pod); or NULL */
	const char *stdin_path;		/* or NULL: /dev/null */
	const char *stdout_path;	/* created, 0640; or NULL: goes to stderr_path */
	const char *stderr_path;	/* created, appended */
	uint64_t timeout_ms;		/* 0 = none: then SIGTERM, and SIGKILL after grace_ms */
	uint64_t grace_ms;
};

enum slot_end {
	SLOT_EXITED,		/* status = exit status */
	SLOT_SIGNALLED,		/* status = signal */
	SLOT_TIMED_OUT,
	SLOT_KILLED,		/* by slot_kill */
	SLOT_NOT_STARTED,	/* status = errno of exec or of the files */
	SLOT_OUT_OF_MEMORY	/* the kernel's memory limit killed it (cgroup events say so) */
};
struct slot_result {
	uint64_t token;
	enum slot_end end;
	int status;
	uint64_t wall_us, cpu_us, max_rss;	/* microseconds, bytes */
};

struct slot_events {	/* called from the loop */
	void (*ready)(void *ctx, uint32_t slot, uint32_t incarnation);
	void (*lost)(void *ctx, uint32_t slot, uint32_t incarnation, const char *why);	/* the worker is known dead, and all it ran */
	void (*started)(void *ctx, uint32_t slot, uint64_t token, int pid);
	void (*ended)(void *ctx, uint32_t slot, const struct slot_result *r);		/* nothing of the step lives any more */
	void *ctx;
};

struct slots;

/* `count` workers forked now, restarted (with back-off, a new incarnation) when they die. They die with this process. */
struct slots *slots_local(struct loop *l, uint32_t count, const struct slot_events *ev);
/* Workers of a pod: listens at DIR/<i>/socket for slot i; a peer must have uid uid_base+i (UINT32_MAX: any) and say the plan's
 * hash; garbage closes the connection. */
struct slots *slots_listen(struct loop *l, const char *dir, uint32_t count, uint32_t uid_base, const char *plan_hash,
			   const struct slot_events *ev, struct buf *error);
void slots_free(struct slots *s);	/* kills what runs, ends local workers, closes */

bool slot_run(struct slots *s, uint32_t slot, const struct slot_job *job);	/* the slot is ready and idle */
void slot_kill(struct slots *s, uint32_t slot, uint64_t token, bool now);	/* SIGTERM to the step, or SIGKILL at once */
void slots_kill_all(struct slots *s, bool now);
uint32_t slots_idle(const struct slots *s);

#endif
