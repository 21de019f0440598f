/* A unified diff of two texts: the shortest one where they are alike, and one that is found in linear time where they are not. */
#ifndef CALC_EMITTERS_DIFF_H
#define CALC_EMITTERS_DIFF_H

#include <stddef.h>
#include "base/buf.h"

struct diff_text {
	const char *name;	/* behind "---" or "+++" */
	const char *p;
	size_t len;
};
/* Appends hunks with three lines of context around each, under both names; nothing where the texts are the same. */
void diff_unified(const struct diff_text *from, const struct diff_text *to, struct buf *out);

#endif
