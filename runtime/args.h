/*
 * What a step is started with: command words, environment, files for its inputs and paths for its results. All of it
 * follows from the plan, the values and the attempt's folder; nothing else of the caller's environment comes through.
 *
 * Paths: data/in/<key>.<attempt>/<port> for inputs that had to be made (on list: in the worker's own folder), <attempt folder>/out/<port> for results.
 * In a pod an environment entry without `=` asks the worker for its container's own value (PATH, secrets).
 */
#ifndef CALC_RUNTIME_ARGS_H
#define CALC_RUNTIME_ARGS_H

#include <stdbool.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/buf.h"
#include "runtime/args_value.h"
#include "runtime/host.h"
#include "runtime/slot.h"
#include "runtime/states.h"

struct args;
struct args *args_new(const struct host_options *o, const struct engine *e, struct store *s, struct resolver *v,
		      const struct share_source *sources);
void args_states(struct args *a, const struct states *s);	/* without: states are parameters and results of what is served */
void args_free(struct args *a);

/* Before anything starts: functions that cannot run here (an image without a command, a secret that is not set). false
 * with one line for each. Commands are looked up at their first step: a missing one fails that step. */
bool args_possible(const struct host_options *o, struct buf *error);
/* Of a whole set, not of a flow that is launched: that the one program of its native functions is there. false with lines of text. */
bool args_native_possible(const struct host_options *o, struct buf *error);

struct args_step {
	engine_step step;
	uint32_t slot, attempt;
	const char *path, *key;		/* the step's, and encoded */
	const char *folder;		/* the attempt's (store_begin) */
};
struct args_job {
	struct slot_job job;		/* without token; lives until the next args_job_clear */
	struct arena arena;
	bool made_inputs;		/* store_drop_inputs when it is over */
};
void args_job_init(struct args_job *j);
void args_job_release(struct args_job *j);
void args_job_clear(struct args_job *j);

/* false with a message: it cannot be started at all (no retry helps). */
bool args_build(struct args *a, const struct args_step *s, struct args_job *out, struct buf *error);

/* Looks a program up as execvp would. false: not found, or nothing that may be run. */
bool args_find_program(const char *search_path, const char *name, struct buf *path);

#endif
