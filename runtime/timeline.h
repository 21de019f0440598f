/*
 * The timeline of a run: which slot ran which step when, as a picture. What ran is collected while the run goes on, within a bounded
 * memory: beyond so many attempts, a slot's next ones are counted to its last. The picture is SVG, written without a library, and bounded
 * too: what is narrower than a pixel is drawn together, and a great many slots share rows.
 */
#ifndef CALC_RUNTIME_TIMELINE_H
#define CALC_RUNTIME_TIMELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/buf.h"
#include "base/sym.h"

enum { TIMELINE_BARS = 100000 };

struct timeline_bar {
	uint64_t start_us, end_us, busy_us;
	uint32_t slot, step, count;	/* count: 1, or how many attempts it stands for; step: its last */
	sym_t function;
	bool failed;			/* one of them */
};

struct timeline {
	struct timeline_bar *bar;
	size_t bars, cap;
	uint32_t *last;			/* of each slot: its last bar + 1; [0] is that of the host itself */
	size_t slots, last_cap;
	struct symtab *functions;
};

/* slot: UINT32_MAX is the host itself, which evaluates expressions. */
void timeline_ran(struct timeline *t, uint32_t slot, const char *function, uint32_t step, uint64_t start_us, uint64_t end_us);
void timeline_failed(struct timeline *t, uint32_t slot);	/* the attempt that ran last there */
/* What ran after it: with so much added to its steps. Slots stay what they are. */
void timeline_append(struct timeline *t, const struct timeline *later, uint32_t steps);
void timeline_release(struct timeline *t);

/* What the picture says besides. Names are asked for only where they are shown. */
struct timeline_words {
	const char *title;
	const uint32_t *critical;	/* steps, in the order in which they followed on each other */
	size_t criticals;
	void (*step)(void *ctx, uint32_t step, struct buf *out);
	void (*slot)(void *ctx, uint32_t slot, struct buf *out);
	void *ctx;
	uint64_t begun_us, ended_us;	/* of all of it */
	const uint64_t *run;		/* several runs, one after the other: where each began; this one is the last */
	size_t runs;
};
void timeline_svg(const struct timeline *t, const struct timeline_words *w, struct buf *out);

#endif
