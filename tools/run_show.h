/* How a run is shown: a live line on a terminal, plain lines elsewhere, JSON lines for programs; and the last report. */
#ifndef CALC_TOOLS_RUN_SHOW_H
#define CALC_TOOLS_RUN_SHOW_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include "runtime/host.h"
#include "tools/run.h"

struct show {
	const struct run_options *o;
	const struct plan *plan;
	const char *work;		/* the work folder */
	FILE *to;			/* stderr */
	bool live, colour;
	unsigned lines;			/* of the live display that stand on the terminal */
	struct host *host;
	struct loop *loop;
	struct loop_timer *tick;
	uint64_t last_line_us;		/* plain: when the last line about progress was written */
	uint32_t failures_shown;
	bool broken;			/* stdout of --json is closed */
};

void show_init(struct show *s, const struct plan *plan, const struct run_options *o, const char *work);
void show_begun(void *ctx, struct host *h, struct loop *l);	/* for struct host_options */
void show_event(void *ctx, const struct host_event *ev);
void show_clear(struct show *s);				/* takes the live display away */
void show_report(struct show *s, const struct host_report *r);

void show_json_event(struct show *s, const struct host_event *ev);
void show_json_report(struct show *s, const struct host_report *r);

/* "1.25 s", "3 m 20 s", "2 h 5 m"; "812 KiB", "1.5 GiB". */
void show_time(char out[24], uint64_t us);
void show_size(char out[24], uint64_t bytes);
/* A text on one line of a terminal: control characters as \xNN, at most `width` columns, "…" in the middle. */
void show_text(FILE *to, const char *text, size_t width);

#endif
