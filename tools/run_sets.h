/*
 * `calcc run` of a set of sets: each member is a run of its own, in a process and a work folder of its own. One that reads what
 * another one publishes starts when that is published; the others run at the same time.
 */
#ifndef CALC_TOOLS_RUN_SETS_H
#define CALC_TOOLS_RUN_SETS_H

#include <stddef.h>
#include "tools/run.h"

struct plan;

/* The members are named by their plans' sets. o->work_dir: the folder of their work folders (NULL: ./.calcflow). Returns an exit
 * status of base/exit.h. Nothing of this process may stand in the way of a fork (no loop, no thread). */
int run_sets(const char *name, const struct plan *const *member, size_t members, const struct run_options *o);

/* Calls `reads` once for each pair; a plan that reads its own sink is no pair. */
void run_sets_order(const struct plan *const *plan, size_t plans, void (*reads)(void *ctx, size_t reader, size_t writer), void *ctx);

/* Does what a source reads (its path in the share, a pattern) hold what a sink writes there? folder: the sink is a folder of files. */
bool run_sets_reads(const char *pattern, const char *path, bool folder);

#endif
