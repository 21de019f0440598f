/* Layout of DOT by Graphviz's library, which is loaded only here and only when it is wanted: calcc runs without it. */
#ifndef CALC_TOOLS_LAYOUT_H
#define CALC_TOOLS_LAYOUT_H

#include "base/buf.h"

enum layout_result {
	LAYOUT_DONE,
	LAYOUT_MISSING,		/* no library, or one that does not know the format */
	LAYOUT_SLOW,		/* not done in time */
	LAYOUT_FAILED		/* it gave up, or ended by a signal */
};

/*
 * The picture of `dot` as svg, png or pdf, appended to `out`. It is made in a process of its own, which has `seconds` of the processor, five
 * times as many by the clock, and 1 GiB of memory, and is killed then. library: NULL: the one that is installed. What it said, or what is missing, is appended to `why`.
 */
enum layout_result layout(const char *dot, const char *format, const char *library, unsigned seconds, struct buf *out, struct buf *why);

#endif
