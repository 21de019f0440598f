/*
 * The host core: runs a plan with an engine, slots, a journal, a store and shares. `calcc run` and the quarterback
 * are two callers of host_run; what differs between them stands in struct host_options and nowhere else. The host
 * prints nothing: what happens goes to the observer, what remains stands in the report.
 *
 *   ctl/            lock, journal.db, logs/<step>.<attempt>, trace.json, timeline.svg  (slots see nothing of it)
 *   data/done/      <step>/<port>: outputs of finished steps                      (all may read, none may write); small ones of
 *                   native functions stand in the journal and in memory, and get a file when somebody needs one
 *   data/done/.states/  <state>/…: versions of states (states.h)                    (likewise)
 *   data/in/        <step>.<attempt>/<port>: inputs that had to be made           (likewise)
 *   data/sources/   in a pod, values of sources as they were when it began        (likewise)
 *   data/begun      the attempt that each slot began last                         (the host alone)
 *   data/slots/<i>/ <folder>/{out,cwd,home,tmp,stderr}: an attempt, and the next in the same folder if it left nothing (slot i writes)
 *   data/workers/<group>.<n>/<i>/   on list, in place of the two above: all that slot i of that worker sees; its inputs
 *                   are handed over to in/ there
 *
 * <step> is file_encode_key of the step's path. In a pod every container sees `data` under the same absolute path.
 */
#ifndef CALC_RUNTIME_HOST_H
#define CALC_RUNTIME_HOST_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include "base/buf.h"
#include "runtime/engine.h"
#include "runtime/loop.h"
#include "runtime/plan.h"
#include "runtime/slot.h"

/* name → folder: a share (`--share name=DIR`), or where an image's programs stand (`--image-root IMAGE=DIR`). */
struct host_binding {
	const char *name, *dir;
};

/* ---- what an observer hears (from the loop; must not block; texts live until it returns) ---- */
enum host_event_kind {
	HOST_SLOT_READY,	/* slot */
	HOST_SLOT_LOST,		/* slot, message */
	HOST_STARTED,		/* step, path, attempt, slot */
	HOST_FINISHED,		/* step, path, attempt, slot, result */
	HOST_RECALLED,		/* step, path, attempt: finished in an earlier run */
	HOST_ATTEMPT_FAILED,	/* step, path, attempt, slot, result, message, log; the engine may try again */
	HOST_RETRYING,		/* step, path, attempt (the one that failed), delay_ms */
	HOST_SKIPPED,		/* step, path; message: path of the step that failed */
	HOST_PUBLISHING,	/* message: how many sinks */
	HOST_PUBLISHED,		/* message: sink's name; path: where it stands */
	HOST_WORKER_STARTED,	/* message: the worker, "stats.2"; slot: its first one */
	HOST_WORKER_LET_GO,	/* likewise: it was idle, or makes room for another group's */
	HOST_SWAPPED,		/* slot; message: which image it has now, and after how long */
	HOST_DRAINING,		/* message: why */
	HOST_NOTICE		/* message: something was set aside, a share is slow, … */
};
struct host_event {
	enum host_event_kind kind;
	engine_step step;
	uint32_t attempt, slot, delay_ms;
	const char *path, *message, *log;
	const struct slot_result *result;
};

struct host;
struct host_change {
	uint32_t slot;
	const char *image;
	const char *container;	/* the id that it had when an earlier host began this; NULL: it is found out, and told with host_swap_begun
				 * before anything is changed */
	bool again;		/* the slot had the image before: the kubelet may let it wait for minutes */
};
#define HOST_NO_SLOT UINT32_MAX		/* in place of a slot: the host itself, which evaluates expressions */

struct host_options {
	const struct plan *plan;	/* one with a window is bound to one (runtime/window.h) */
	const char *ctl;		/* folder for lock, journal, logs, trace; made when missing */
	const char *data;		/* folder for data; made when missing; same file system for all of it */
	bool resume;			/* take up what the journal has; otherwise the folders are emptied first */
	bool in_pod;			/* slots are containers of other users: 2770, no image roots; released outputs are removed; epochs
					 * are claimed on the share */
	const char *slot_tmp;		/* TMPDIR of the steps, EMPTIED around each: "/tmp" of a slot's container, and only there; NULL:
					 * every attempt has a folder of its own */
	const char *image_mounts;	/* mounted images stand in slots at image_mounts/<plan_mount_of>; NULL: nowhere */
	bool replace;			/* publication may move older content aside */
	/*
	 * In a pod: which run this is, one word for all pods that take one another's place; NULL: none does, or the window says it. Locks of
	 * states are handed to `keep`, which gives them to the process that takes this one's place after a kill, as `kept`.
	 */
	const char *run;
	bool (*keep)(void *ctx, const int *fd, uint32_t count);
	const int *kept;		uint32_t kepts;

	/* slots: local workers when listen_dir is NULL */
	uint32_t slots;			/* 0 = as many as the plan says; on list: the most at the same time, of all workers together */
	uint64_t idle_ms;		/* on list: a worker that is not needed is let go after that; 0 = 1,000 */
	const char *listen_dir;		/* a socket for each slot: listen_dir/<i>/socket */
	uint32_t uid_base;		/* UINT32_MAX: any */
	gid_t group;			/* of the attempts' folders in a pod; (gid_t)-1: as it comes */

	const struct host_binding *share;	uint32_t shares;
	const struct host_binding *image_root;	uint32_t image_roots;
	const char *search_path;	/* PATH of the steps; NULL: the caller's */
	const char *native;		/* the program of native functions, absolute; NULL: found by the program's name */
	uint64_t grace_ms;		/* between SIGTERM and SIGKILL of a step; 0 = 10,000 */
	uint64_t share_deadline_ms;	/* share I/O that makes no progress for so long has failed; 0 = 60,000 */
	uint32_t first_backoff_ms;	/* as in engine_options */
	uint64_t start_limit_ms;	/* in a pod: a slot that has not come so long after the one before it is named, and when nobody else
					 * could run what is left the run fails; 0: it is waited for */
	/* Compiles a flow as data (`spec`, JSON) against type `flow_type` of the plan, for a launch: a plan of its own, which the host
	 * frees. NULL with a message. No callback: launches fail, and say so. */
	struct plan *(*launch)(void *ctx, const struct plan *p, const char *spec, size_t len, uint32_t flow_type, struct buf *error);
	void *launch_ctx;
	/*
	 * In a pod whose plan has roles by swap: see to it that the slot's container gets the image. host_swapped ends it; a further call for
	 * the slot does, too. Called from the loop; must not block. `ctx` is that below.
	 */
	void (*swap)(void *ctx, struct host *h, const struct host_change *c);
	bool keep_signals;		/* the caller handles SIGINT and SIGTERM, and calls host_drain */

	/* once, when the loop is there and before anything starts: the quarterback hangs its own watches and timers in
	 * (metrics, preStop); `h` stays valid until host_run returns */
	void (*begun)(void *ctx, struct host *h, struct loop *l);
	void (*ended)(void *ctx);	/* before the loop is freed, if `begun` was called; may be NULL */
	void (*event)(void *ctx, const struct host_event *ev);	/* may be NULL */
	void *ctx;
};

/* ---- what remains ---- */
enum host_outcome {
	HOST_DONE, HOST_FAILED, HOST_UNCERTAIN, HOST_DRAINED,
	HOST_REFUSED,		/* nothing started: usage, plan, locked folder (exit 2) */
	HOST_WRONG_INPUT,	/* nothing started: a source is missing or does not fit (exit 1) */
	HOST_IO			/* the machine failed: disk, memory, journal (exit 74) */
};
struct host_failure {
	const char *path, *loc;		/* the step, and "file:line" of what declared it */
	uint32_t attempt, slot;
	struct slot_result result;	/* end and status of the last attempt */
	const char *message;		/* one line: what went wrong */
	const char *tail;		/* last lines of its stderr, at most LIMIT_STDERR_TAIL bytes; "" */
	const char *log;		/* path of its log; "" when it wrote nothing */
};
struct host_path_step {
	const char *path;
	uint64_t wall_us;
	uint32_t step;			/* the engine's */
};
/* On list: a worker group, and what became of its workers. */
struct host_group_state {
	const char *name;		/* the plan's */
	uint32_t most;			/* as the set says */
	uint32_t workers, peak;		/* now; at the same time */
	uint32_t starts, let_go;
};
struct host_report {
	enum host_outcome outcome;
	int signal;			/* that drained the run; 0 none */
	bool idle;			/* DONE, and nothing ran: nothing came for the window */
	struct buf message;		/* refused, wrong input, io, uncertain, idle: lines that say what, where and what to do */
	struct engine_progress steps;
	uint32_t recalled, attempts;	/* taken from an earlier run; started in this one */
	uint32_t computed;		/* expressions that the host evaluated: they are no attempts */
	uint64_t wall_us, busy_us, cpu_us, max_rss;	/* whole run; sums over steps; largest */
	struct host_failure *failure;	uint32_t failures;	/* at most HOST_FAILURES are kept; failed ones are all counted */
	struct host_path_step *critical; uint32_t criticals;	/* the chain of steps that decided the run's length, first one first */
	uint32_t swaps;			/* images that slots were given, and how long that took, summed */
	uint64_t swap_us;
	uint32_t published;		/* sinks */
	bool starved;			/* failed, because no slot came that could run what was left */
	struct buf absent;		/* with a start limit: the slots that never came, in words; empty when all did */
	struct host_group_state *group;	uint32_t groups;	/* on list */
};
enum { HOST_FAILURES = 100 };

/* Runs the plan to its end. Always fills the report, which host_report_release frees. Returns its outcome. */
enum host_outcome host_run(const struct host_options *o, struct host_report *r);
void host_report_release(struct host_report *r);
int host_exit_status(const struct host_report *r);	/* of base/exit.h; 130 and 143 when drained by a signal */

/* Nothing new starts; what runs gets SIGTERM and the grace, a second call kills. Then host_run returns. */
void host_drain(struct host *h, int signo);

/* What host_options.swap tells, from the loop. Begun: the container before; it is recorded at the end of this turn, so change nothing
 * before the next. Swapped: another container runs (NULL), or it cannot be done: the engine looks for another way. true: that was the
 * end of it; false: no worker has said hello from another container yet, so look again, for what the server says may be old. */
struct host_unswapped {
	const char *why;
	bool may_retry;		/* later, in this slot */
	bool kept;		/* nothing was changed: the slot still has its image */
};
void host_swap_begun(struct host *h, uint32_t slot, const char *container);
bool host_swapped(struct host *h, uint32_t slot, const struct host_unswapped *failed);

/* While it runs: for progress and metrics. */
struct host_progress {
	struct engine_progress steps;
	uint32_t slots, ready_slots, busy_slots, recalled;
	uint64_t elapsed_us, remaining_us;	/* remaining: UINT64_MAX when nothing can be said */
	bool draining, publishing;
};
void host_progress(const struct host *h, struct host_progress *out);
/* Paths of what runs now, by slot; NULL where a slot is idle. Valid until the next event. */
const char *host_running(const struct host *h, uint32_t slot);
/* How people call a slot: "slot 3", or the worker that it is of: "stats.2". */
void host_slot_name(const struct host *h, uint32_t slot, struct buf *out);
uint32_t host_groups(const struct host *h);	/* 0: not on list */
void host_group(const struct host *h, uint32_t group, struct host_group_state *out);

#endif
