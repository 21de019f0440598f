/* What states.c, states_share.c and states_lock.c share; nobody else includes this. */
#ifndef CALC_RUNTIME_STATES_INNER_H
#define CALC_RUNTIME_STATES_INNER_H

#include "runtime/states.h"

#define STATES_RECORD "states: "	/* begins the text of a step's record, before the names of those that it wrote */

struct state {
	char *now;		/* the latest version that is recorded; NULL: `start` */
	char *toucher;		/* of one that a single step may write (or touch): that step's key */
	bool has_writer;
	bool again;		/* that step has begun in this life of the run */
	char *path;		/* of one that outlives the run: the file's */
	char *base;		/* BASE.lock and its log stand on the share */
	int lock;
	bool kept;		/* it came from the guard, which has it */
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

struct states_opening {
	struct states *s;
	const struct states_options *o;
	struct buf *error;
	enum host_outcome *outcome;	/* HOST_IO unless another is said */
};
bool states_failed(const struct states_opening *op, uint32_t state, const char *doing, const char *path);	/* with errno; false */
bool states_take_locks(const struct states_opening *op);
void states_leave_lock(struct state *st);

const struct plan_use *states_uses(const struct states *s, const struct plan_func *f);
void states_file(const struct states *s, uint32_t state, const char *name, struct buf *path);
void states_live(const struct states *s, uint32_t state, struct buf *path);	/* of a `sync` state */
void states_set(struct states *s, uint32_t state, const char *version);

#endif
