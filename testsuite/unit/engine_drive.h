/*
 * A host without processes: drives an engine over a plan with events in random order, and watches every promise of
 * engine.h while it does. What happened goes into a history, which a second run takes up as a journal.
 */
#ifndef CALC_TESTSUITE_ENGINE_DRIVE_H
#define CALC_TESTSUITE_ENGINE_DRIVE_H

#include "runtime/engine_parts.h"
#include "testsuite/unit/engine_naive.h"
#include "testsuite/unit/engine_plans.h"

struct drive_options {
	uint64_t seed;
	uint32_t fail_percent;		/* of attempts */
	bool retry;			/* a failure may be one that can be tried again */
	uint32_t loss_percent;		/* slot losses, per event */
	uint32_t noise_percent;		/* stale and senseless events, per event */
	uint32_t drain_after;		/* events; 0 never */
	uint32_t kill_after;		/* likewise: the engine is gone, and with it all that did not end */
	bool recall_some;		/* a fifth of the steps were finished by an earlier run */
	uint32_t unswap_percent;	/* of swaps: they fail */
	bool doubt;			/* sometimes the fate of a step is unknown */
	bool by_image;
	const uint32_t *slot_group;	/* of each slot; NULL */
	const struct plan *const *flows;	/* to launch: FLOWS of them */
};
struct driven {
	enum engine_verdict verdict;
	uint64_t sinks;		/* symbol of what was published */
	bool published, losses, killed;
	uint64_t events, swaps, unswaps, stranded, locked;
};

/* Prints what was broken and returns false. Ticks in the history: events, or starts when the order is sequential. */
bool drive(const struct plan *p, const struct drive_options *o, struct history *h, struct driven *out, struct engine_hits *hits);

#endif
