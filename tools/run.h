/*
 * `calcc run` and `calcc journal` as a person meets them: progress while a plan runs, what it came to at the end, and
 * the records of a work folder. What is run, and how, is the host's (runtime/host.h).
 */
#ifndef CALC_TOOLS_RUN_H
#define CALC_TOOLS_RUN_H

#include <stdbool.h>
#include <stdint.h>
#include "runtime/host.h"

struct plan;

struct run_options {
	const char *work_dir;		/* --work-dir; NULL: ./.calcflow/<set> */
	bool resume;			/* --resume */
	bool replace;			/* --replace */
	bool json;			/* --json: event lines on stdout, nothing else there */
	bool verbose;			/* -v: a line for each step */
	bool quiet;			/* -q: failures and the last line only */
	uint32_t slots;			/* --slots; 0: as the set says */
	const struct host_binding *share;	uint32_t shares;		/* --share NAME=DIR */
	const char *native;		/* --native; NULL: by the program's name */
	const struct host_binding *image_root;	uint32_t image_roots;	/* --image-root IMAGE=DIR */
};

/* Runs the plan; progress and report go to stderr (with --json, events to stdout). Returns an exit status of base/exit.h. */
int run_command(const struct plan *plan, const struct run_options *o);

/* `calcc journal DIR`: one line a record, or JSON lines. */
int run_journal(const char *work_dir, bool json);

/* "name=value" → its two parts, in place of the text; false when there is no `=` or a part is empty. */
bool run_binding(char *text, struct host_binding *out);

#endif
