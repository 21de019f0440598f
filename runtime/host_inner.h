/* What the files of the host share among themselves; nobody else includes this. */
#ifndef CALC_RUNTIME_HOST_INNER_H
#define CALC_RUNTIME_HOST_INNER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include "runtime/args.h"
#include "runtime/args_value.h"
#include "runtime/host.h"
#include "runtime/host_group.h"
#include "runtime/journal.h"
#include "runtime/report.h"
#include "runtime/share.h"
#include "runtime/share_source.h"
#include "runtime/states.h"
#include "runtime/store.h"
#include "runtime/timeline.h"

/* What runs in a slot. Path, key and result stay until the slot's next step. */
struct host_slot {
	bool ready, busy;
	bool came;			/* it was ready once */
	bool stays_failed;		/* it gave up in an earlier life of the pod */
	engine_step step;
	uint32_t attempt;
	uint64_t token, start_us, end_us;
	uint64_t memory_kills;		/* of the machine, when the step began */
	struct buf path, key;
	struct args_job job;
	struct slot_result result;
	struct share_task *task;	/* a record of a `once` step is on its way to the share */
};

/* An event for the engine that waits for the journal's commit, and what the observer hears with it. */
struct host_pending {
	struct engine_event event;
	enum host_event_kind tell;
	bool told;			/* there is something to tell */
	char *message, *log;		/* of a failed attempt; owned */
	bool known;			/* the journal has this failure already */
	bool lost;			/* of a slot: event.step ran in it, and `message` says why that failed */
	char *path;			/* of a computed step (slot HOST_NO_SLOT), and its time; owned */
	uint64_t wall_us;
};

struct host_timer {
	struct host *host;
	struct engine_event event;	/* when it is over */
	struct loop_timer *timer;
	struct host_timer *next;
};

struct host {
	const struct host_options *o;
	const struct plan *plan;	/* the engine's, once there is one: it grows by launches */
	struct host_report *report;
	struct report_log log;
	struct timeline timeline;
	struct loop *loop;
	struct engine *engine;
	struct journal *journal;
	struct store *store;
	struct share_source *sources;
	struct states *states;
	struct resolver *values;
	struct args *args;
	struct compute *compute;	/* NULL: nothing was computed yet */
	struct host_computing { engine_step step; uint32_t attempt; } *computing;	/* expressions that wait for their turn */
	size_t computing_first, computing_count, computing_cap;
	struct loop_timer *wake;
	struct plan **launched;		/* flows that became part of the plan */
	size_t launches, launched_cap;
	struct slots *slots;
	struct host_slot *slot;
	uint32_t slot_count;
	struct host_role *role;		/* of each slot, where slots get other images; else NULL */
	struct host_groups *groups;	/* on list; else NULL */
	char plan_hash[65];
	int lock;
	mode_t caller_mask;
	bool fresh;			/* the journal knew nothing: nothing is looked up */
	uint64_t token;
	int64_t clock_offset;		/* UTC - monotonic, microseconds */
	uint64_t begun_us;
	uint64_t memory_kills, memory_kills_us;	/* of the machine, and when they were asked */

	struct host_pending *pending;
	size_t pendings, pending_cap;
	char **released;		/* keys of outputs to remove */
	size_t releases, released_cap;
	struct host_timer *timers;
	struct loop_timer *grace, *deadline, *start_limit;

	struct share_task *publishing;
	struct publish_job *publication;
	struct buf run_name;		/* of a pod's run, as logs of states have it; empty: it has none */
	struct buf record_folder;	/* on the share; empty: nothing is recorded there */
	uint64_t epoch;

	int drains;			/* 1: draining, 2: killed */
	uint32_t drain_deaths;		/* steps that the draining ended: undone, not failed */
	bool timed_out, finished, fatal;
	bool late;			/* the start limit is over, and a slot has never come */
	enum engine_verdict verdict;
};

uint64_t host_now_us(const struct host *h);	/* UTC, never steps back during a run */
void host_tell(struct host *h, const struct host_event *ev);
void host_fatal(struct host *h, const char *message);	/* the machine failed: everything ends, outcome HOST_IO */
struct host_pending *host_pend(struct host *h, enum engine_event_kind kind);

/* host_open.c: everything before the first step; false with outcome and message in the report */
void host_start_draining(struct host *h, const char *why);
bool host_open(struct host *h);
void host_close(struct host *h);

/* host_step.c */
void host_recall(struct host *h, engine_step s);
void host_start(struct host *h, const struct engine_action *a);
void host_slot_ready(void *ctx, uint32_t slot, uint32_t incarnation);
void host_slot_lost(void *ctx, uint32_t slot, uint32_t incarnation, const char *why);
void host_step_started(void *ctx, uint32_t slot, uint64_t token, int pid);
void host_step_ended(void *ctx, uint32_t slot, const struct slot_result *r);

/* host_roles.c; h->role is there but for the first two, host_role_bare and host_roles_free */
bool host_roles_open(struct host *h);		/* after the engine is made; false with a message in the report */
void host_roles_begin(struct host *h);		/* what an earlier host began */
void host_roles_free(struct host *h);
void host_swap(struct host *h, const struct engine_action *a);
void host_role_ready(struct host *h, uint32_t slot, uint32_t incarnation);
bool host_role_lost(struct host *h, uint32_t slot);	/* true: that was to be expected */
bool host_role_bare(const struct host *h, uint32_t slot);	/* a swap failed, and took its image away */
void host_stranded(struct host *h, const struct engine_action *a);

/* host_compute.c */
void host_compute(struct host *h, const struct engine_action *a);	/* queued */
void host_compute_some(struct host *h);		/* what is queued, for some milliseconds */
void host_launch(struct host *h, const struct engine_action *a);

/* host_kept.c: what outlives the values of a pod */
void host_release(struct host *h, engine_step s);
void host_remove_released(struct host *h);		/* once that is committed */
void host_kept_free(struct host *h);
void host_gave_up(struct host *h, engine_step s, uint32_t attempt, const char *why);
bool host_has_given_up(struct host *h, const char *path, const char *key, struct journal_found *found);
void host_count(struct host *h, engine_value value);
void host_outcome(struct host *h, const struct engine_action *a);
bool host_spec(struct host *h, const struct engine_action *a, struct buf *spec, struct buf *why);	/* of a flow to launch */
bool host_source_kept(void *ctx, uint32_t source, const char *natural, struct share_source *out);
void host_keep_sources(struct host *h);

/* host_publish.c */
void host_publish(struct host *h);
void host_publish_free(struct host *h);
bool host_once_begin(struct host *h, uint32_t slot);	/* false: no child can be made */
bool host_once_done(struct host *h, uint32_t slot);
void host_once_recall(struct host *h, engine_step s, const char *key, struct journal_found *found, bool *lost);
/* What follows when the record is on the share: in host_step.c. */
/* ---- host_absent.c ---- */
void host_await_slots(struct host *h);			/* the start limit begins, again whenever a slot has come */
void host_slot_came(struct host *h, uint32_t slot);
bool host_look_for_absent(struct host *h);		/* drains the run where nothing else can go on: true */
void host_keep_absent(struct host *h);			/* in the report */

void host_step_run(struct host *h, uint32_t slot);
void host_step_finished(struct host *h, uint32_t slot);
void host_step_failed(struct host *h, uint32_t slot, const char *message, bool may_retry, const char *tail, const char *log);

#endif
