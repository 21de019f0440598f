/* What states.c and states_share.c share; nobody else includes this. */
#ifndef CALC_RUNTIME_STATES_INNER_H
#define CALC_RUNTIME_STATES_INNER_H

#include "runtime/states.h"

#define STATES_RECORD "states: "	/* begins the text of a step's record, before the names of those that it wrote */

struct state {
	char *now;		/* the latest version that is recorded; NULL: `start` */
	char *toucher;		/* of one that a single step may write (or touch): that step's key */
	bool has_writer;
	bool again;		/* that step has begun in this life of the run */
	char *share, *path;	/* of one that outlives the run: the share's folder, and the file's path */
	int lock;
};
struct old_version { uint32_t state; char *version; };
struct states {
	const struct plan *plan;
	const struct host_options *host;
	struct store *store;
	struct state *state;
	struct old_version *old;	/* replaced by versions that wait for the commit */
	size_t olds, old_cap;
};

const struct plan_use *states_uses(const struct states *s, const struct plan_func *f);
void states_file(const struct states *s, uint32_t state, const char *name, struct buf *path);
void states_live(const struct states *s, uint32_t state, struct buf *path);	/* of a `sync` state */
void states_set(struct states *s, uint32_t state, const char *version);

#endif
