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

/*
 * Images (calc-layout(5)) that travel with a message and see no file: for each in turn its length (u32, little-endian) and its bytes.
 * SLOT_ELSEWHERE as length: it stands, or does not, at its path. 0: absent. Borrowed; len 0: all are elsewhere.
 */
struct slot_images { const char *p; size_t len; };
#define SLOT_ELSEWHERE UINT32_MAX
enum {
	SLOT_MOST_IMAGE = 16384,	/* of one that travels */
	SLOT_MOST_RESULTS = 72 << 10, SLOT_MOST_INPUTS = 1 << 20
};
void slot_images_add(struct buf *b, const char *image, uint32_t len);	/* image NULL: only its length, SLOT_ELSEWHERE or 0 */
/* The next one of *images, which becomes the rest. false: there is none, or it does not keep to that. */
bool slot_images_next(struct slot_images *images, const char **image, uint32_t *len);

struct slot_job {
	uint64_t token;			/* names this dispatch; comes back with its result; never 0 */
	const char *const *argv;	/* argv[0] is looked up in `path`, unless it has a slash; NULL-terminated */
	const char *image_root;		/* argv[0] is looked up below this folder, a mounted image, in the usual places; or NULL */
	const char *const *envp;	/* the whole environment; NULL-terminated */
	const char *cwd;		/* exists */
	const char *tmp;		/* a folder that the worker empties before and after the step (TMPDIR; /tmp in a pod); or NULL */
	const char *attempt;		/* pods: before `ended`, folders below this one that the step made are opened to the group, so that
					 * the host, which has another uid, can move and remove what is in them; or NULL */
	const char *stdin_path;		/* or NULL: /dev/null */
	const char *stdout_path;	/* created, 0640; or NULL: goes to stderr_path */
	const char *stderr_path;	/* created, appended */
	uint64_t timeout_ms;		/* 0 = none: then SIGTERM, and SIGKILL after grace_ms */
	uint64_t grace_ms;
	/* A native function: argv is its program, `inputs` paths of images ("": absent), then the results' paths. No streams. */
	struct slot_images images;	/* of inputs, in place of their paths */
	const char *native;		/* its name; NULL: a command */
	const char *step;		/* the step's path, for the function */
	uint64_t layout;		/* of its signature (flat_function_hash) */
	uint32_t inputs, nth;		/* nth: the attempt */
};

enum slot_end {
	SLOT_EXITED,		/* status = exit status */
	SLOT_SIGNALLED,		/* status = signal */
	SLOT_TIMED_OUT,		/* status = exit status, or 128 + signal */
	SLOT_KILLED,		/* by slot_kill, or its worker was told to end; status likewise */
	SLOT_NOT_STARTED,	/* status = errno of exec or of the files */
	SLOT_OUT_OF_MEMORY,	/* the kernel's memory limit killed it, or a process of it (cgroup events say so); status as above */
	/* of a native function: */
	SLOT_FUNCTION_FAILED,	/* it said so */
	SLOT_NO_FUNCTION,	/* its program has none of that name */
	SLOT_OTHER_LAYOUT,	/* it has, with other parameters or results */
	SLOT_BAD_INPUT,		/* its program cannot read an input */
	SLOT_NO_ROOM,		/* its program cannot write a result */
	SLOT_OVERRUN,		/* it wrote beyond a list that it made */
	SLOT_NO_ANSWER		/* its program ended (status: its exit status) or answers nonsense */
};

struct slot_result {
	uint64_t token;
	enum slot_end end;
	int status;
	uint64_t wall_us, cpu_us, max_rss;	/* microseconds, bytes; of the command and what it waited for */
	struct slot_images images;	/* of a native function's results; gone when who was told returns. Not trusted */
};

/* One line on how it ended, where that was not with status 0. Could another attempt go better? */
bool slot_explain(const struct slot_result *r, uint64_t timeout_ms, const char *program, struct buf *message);

/* Called from the loop, never from inside a call of this module. Handlers may call slot_run and slot_kill, not slots_free. */
struct slot_events {
	void (*ready)(void *ctx, uint32_t slot, uint32_t incarnation);
	void (*lost)(void *ctx, uint32_t slot, uint32_t incarnation, const char *why);	/* the worker is known dead, and all it ran */
	void (*started)(void *ctx, uint32_t slot, uint64_t token, int pid);	/* pid as the slot sees it; with `ended` if that was soon */
	void (*ended)(void *ctx, uint32_t slot, const struct slot_result *r);		/* nothing of the step lives any more */
	/*
	 * Pods, after a restart of the host: a worker that we do not know runs, or has just ended, `token` of a host before us. true:
	 * the slot is taken as busy with it (no `ready`), and `ended` will come. false, or no handler: it is killed, and
	 * `ready` comes when nothing of it lives. A host that gives tokens must not give one twice, restarts included.
	 */
	bool (*adopt)(void *ctx, uint32_t slot, uint32_t incarnation, uint64_t token);
	void *ctx;
};

/* What keeps a local step from leaving something behind, best first. */
enum slot_isolation {
	SLOT_PID_NAMESPACE,	/* needs CAP_SYS_ADMIN */
	SLOT_USER_NAMESPACE,	/* the same, where users may make namespaces; the user is mapped to himself */
	SLOT_SUBREAPER		/* descendants are looked for in /proc */
};

struct slots;

/* `count` workers forked now, restarted (with back-off, a new incarnation) when they die. They die with this process. */
struct slots *slots_local(struct loop *l, uint32_t count, const struct slot_events *ev);
/* The same, not better than `best` (tests; a user who wants it so). What is not permitted here falls back by itself. */
struct slots *slots_local_as(struct loop *l, uint32_t count, enum slot_isolation best, const struct slot_events *ev);

/* What a worker may see of the run's folders, where mounts of its own are permitted; where not, it sees all. */
struct slot_sight {
	const char *hidden;		/* absolute: what stands there is out of sight … */
	const char *own;		/* … but for this folder within it, which exists when the slot is started */
	const char *memory;		/* a folder that stands in for /dev/shm; or NULL */
};
/* Local slots that have no worker until slot_start. `sight` has a row for each; rows and texts live as long as the slots. */
struct slots *slots_local_parked(struct loop *l, uint32_t count, enum slot_isolation best, const struct slot_sight *sight,
				 const struct slot_events *ev);
void slot_start(struct slots *s, uint32_t slot);	/* `ready` comes; a worker that dies is made again */
void slot_stop(struct slots *s, uint32_t slot);		/* its worker ends with all that it runs; no `lost`, nothing more comes from it */

enum slot_isolation slots_isolation(const struct slots *s);	/* certain once the first slot is ready */
/* Workers of a pod: listens at DIR/<i>/socket for slot i; a peer must have uid uid_base+i (UINT32_MAX: any) and say the plan's
 * hash; garbage closes the connection. */
struct slots *slots_listen(struct loop *l, const char *dir, uint32_t count, uint32_t uid_base, const char *plan_hash,
			   const struct slot_events *ev, struct buf *error);
/* Kills what runs and ends local workers, and returns when no process of theirs is left; of listening slots it only closes the
 * sockets: their workers go on, and wait for a host. NULL is fine. */
void slots_free(struct slots *s);
/* Pods, at the very end: every worker ends when its step has. */
void slots_drain(struct slots *s);

/* The slot is ready and idle. false: it is not (EBUSY), or the job is larger than exec takes (E2BIG); nothing happens then. The
 * job is copied. */
bool slot_run(struct slots *s, uint32_t slot, const struct slot_job *job);
/* What the guard of the slot's last worker drew: another one is another container. 0: not known. */
uint64_t slot_guard(const struct slots *s, uint32_t slot);
void slot_kill(struct slots *s, uint32_t slot, uint64_t token, bool now);	/* SIGTERM and, after its grace, SIGKILL; or that at once */
void slots_kill_all(struct slots *s, bool now);
uint32_t slots_idle(const struct slots *s);

#endif
