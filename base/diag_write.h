/* What the writers of JSON and SARIF share: text that is UTF-8 whatever the input was, and places with their ends. */
#ifndef CALC_BASE_DIAG_WRITE_H
#define CALC_BASE_DIAG_WRITE_H

#include <stdbool.h>
#include <stdint.h>
#include "base/json.h"
#include "base/source.h"

struct region {
	const struct source *source;
	uint32_t line, column, end_line, end_column;	/* the end is behind the last character */
	size_t offset, length;				/* bytes */
};

/* false: the span is nowhere. */
bool region_of(const struct sources *s, struct span at, struct region *r);
/* Four members of an object, by the names that its format has for them. */
void write_region(struct json_writer *w, const struct region *r, const char *line, const char *column, const char *end_line,
		  const char *end_column);
/* A string; bytes that are no UTF-8 become U+FFFD. */
void write_text(struct json_writer *w, const char *text);

#endif
