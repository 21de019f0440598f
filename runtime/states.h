/*
 * States in a run: which version of each is current, and what becomes of it at the end. A version is a file below data/done/.states,
 * made whole by a step's attempt and never changed after; the journal's record that the step is finished makes it current. So a step's
 * change is there exactly when the step is finished, and an attempt that failed or was killed has changed nothing.
 *
 *   .states/<state>/start           what the state held when the run began, in natural form; absent: it held nothing
 *   .states/<state>/seen            that `start` is decided; of a state on a share, the SHA-256 of the file from which it was read, or nothing
 *   .states/<state>/<step>.<n>      what attempt n of the step left
 *   .states/<state>/live            of a `sync` state of one run: the file itself; in a pod it is data/live/<state>, where slots may write
 *
 * A state at a share or pond is read when the run begins and made visible with the run's results; until then the run holds the state's
 * lock there, so that runs that write it come one after another. A pod that takes another's place is of the same run: what that has made
 * visible is not done again (runtime/state_log.h). Nobody but hosts uses this.
 */
#ifndef CALC_RUNTIME_STATES_H
#define CALC_RUNTIME_STATES_H

#include <stdbool.h>
#include <stdint.h>
#include "base/buf.h"
#include "runtime/host.h"
#include "runtime/plan.h"
#include "runtime/publish.h"
#include "runtime/store.h"

struct states;
struct states_options {
	const struct host_options *host;
	struct store *store;
	const char *journal;		/* path: read when the run takes up another */
	const char *run;		/* of a pod: the same for all pods that take one another's place (runtime/state_log.h); NULL: none does */
	void (*waits)(void *ctx, const char *message);	/* another run holds a state: it is waited for */
	bool (*ends)(void *ctx);	/* asked while it waits: it is to wait no more; NULL: signals end the process */
	void *ctx;
};

/* NULL with a message, and what the run comes to: what a file holds does not fit, or cannot be read, or was written by this very run and by
 * another since. A plan without states has an empty one. */
struct states *states_open(const struct states_options *o, struct buf *error, enum host_outcome *outcome);
void states_close(struct states *s);

/* What a step is to get that starts now. */
struct states_view {
	bool there;		/* false: it holds nothing */
	bool live;		/* the file itself, to be read and written in place */
	bool natural;		/* the file is in natural form, else in the state's own */
};
void states_look(const struct states *s, uint32_t state, bool writes, struct states_view *out, struct buf *path);

/* May the step touch what its function says? false with a message: no retry helps. `key` is the step's. */
bool states_begin(struct states *s, const struct plan_func *f, const char *key, struct buf *error);
/* The name of the version that an attempt makes. */
void states_version(const char *key, uint32_t attempt, struct buf *out);
/* It is recorded: what it wrote is current. `record`: a text for the journal, from which states_open finds it again. */
void states_record(const struct states *s, const struct plan_func *f, struct buf *record);
void states_written(struct states *s, const struct plan_func *f, const char *key, uint32_t attempt);
void states_tidy(struct states *s);		/* after the commit: what nobody can read any more goes */

/* A step that an earlier life of the run finished: is what it read still what it would read? */
bool states_still_hold(const struct states *s, const struct plan_func *f);
/* Can it run once more, as if it never had? false: the next version was made from its own. */
bool states_can_run_again(const struct plan *p, const struct plan_func *f);

/* What is to become visible with the results, in job->state. Freed by states_publish_free. */
bool states_publish(struct states *s, const char *folder, struct publish_job *job, struct buf *error);
void states_publish_free(struct publish_job *job);

#endif
