/* What a run leaves to say: times of steps, failures, the chain that decided its length, the trace for Chrome and Perfetto. */
#ifndef CALC_RUNTIME_REPORT_H
#define CALC_RUNTIME_REPORT_H

#include <stdbool.h>
#include <stdint.h>
#include "runtime/engine.h"
#include "runtime/host.h"

struct report_times { uint64_t start_us, end_us; };	/* of a step's last attempt in this run; 0: none */

/* Collected while the run goes on. */
struct report_log {
	struct report_times *step;
	size_t steps, cap;
	engine_step *failed_step;	/* beside report->failure */
	size_t failed_cap;
};

void report_ran(struct report_log *l, engine_step s, uint64_t start_us, uint64_t end_us);
/* A step's attempt failed: it stands in the report until the step runs again. Strings are copied. */
void report_failed(struct host_report *r, struct report_log *l, engine_step s, const struct host_failure *f);
void report_runs_again(struct host_report *r, struct report_log *l, engine_step s);

/* The chain of steps, by data, that ended last. */
void report_critical_path(struct host_report *r, const struct report_log *l, const struct engine *e, const struct plan *p);
void report_log_release(struct report_log *l);

/* timeline.svg, of this run and of those before it that the journal tells of. false with errno. */
bool report_timeline(const struct host *h, const char *journal, const char *title, uint64_t ended_us, const char *path);

/* trace.json from a journal: whole or not at all. */
bool report_trace(const struct host *h, const char *journal, const char *path, struct buf *error);

#endif
