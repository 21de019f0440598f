/* A driven engine as its driver (engine_drive.c) and its watcher (engine_watch.c) know it. */
#ifndef CALC_TESTSUITE_ENGINE_DRIVE_INNER_H
#define CALC_TESTSUITE_ENGINE_DRIVE_INNER_H

#include "base/mem.h"
#include "testsuite/unit/engine_drive.h"

enum { TRIES = 3, ROLES = 64 };	/* how often a way is tried; how many a plan of these tests has at most */

enum know { NOT_ASKED, ASKED_FOR, IS_READY, IS_RUNNING, IS_WAITING, IS_OVER };

struct known {		/* of each step, kept apart from the engine's own state */
	enum know state;
	enum fate fate;
	uint32_t attempt, slot, fails, losses, tick;
	uint64_t queued;		/* when it became ready for the last time */
	uint64_t symbol;
	bool released, started, stranded;
	uint32_t first_slot;
};
struct drive {
	struct engine *e;
	const struct plan *p;
	const struct drive_options *o;
	struct history *h;
	struct rng r;
	struct known *step;	size_t steps, step_cap;
	uint32_t *pending;	size_t pendings, pending_cap;	/* steps that wait for an answer of ours */
	struct question { engine_value value; uint32_t type; } *counts;	/* type PLAN_NONE: its length */
	size_t count, count_cap;
	struct launching { uint32_t region; engine_value value; } *launching;
	size_t launches, launch_cap;
	uint32_t incarnation[8], role[8];	/* role: that it has, or gets */
	bool there[8], swapping[8], bare[8];
	uint32_t before[8];			/* the role that the slot had for certain */
	struct { uint32_t fails, delay_ms; bool aside, closed; } way[8][ROLES];	/* by slot and role */
	uint32_t swaps, unswaps;		/* since a step started */
	uint32_t slots, tick, running;
	uint64_t queued;
	bool sequential, placed, publishing, drained, over, wrong, doubtful;
	struct driven *out;
};

/* Says what was broken; the run ends. false. */
bool wrong(struct drive *d, const char *what, uint32_t step);

/* At the start of a step. */
void watch_limits(struct drive *d, uint32_t s);
void watch_slot(struct drive *d, const struct engine_action *a);
void watch_locks(struct drive *d, uint32_t s);
/* It is said that no slot can run the step. */
void watch_stranded(struct drive *d, const struct engine_action *a);

#endif
