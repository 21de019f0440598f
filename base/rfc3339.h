/*
 * Times and durations as text. A time is RFC 3339 with at most nanoseconds, years 0000 to 9999; an offset is turned into UTC.
 * A duration is a decimal number of seconds. What is computed with is nanoseconds in 64 bits: a time from 1677-09-21 to
 * 2262-04-11, a duration of up to 292 years.
 */
#ifndef CALC_BASE_RFC3339_H
#define CALC_BASE_RFC3339_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/buf.h"
#include "base/number.h"

struct rfc3339 {
	int64_t seconds;	/* since 1970-01-01T00:00:00Z */
	uint32_t ns;		/* 0 … 999,999,999, later than `seconds` */
};

/* TEXT_RANGE: finer than a nanosecond, or a year out of range. */
enum text_result rfc3339_read(const char *s, size_t len, struct rfc3339 *out);
void rfc3339_text(struct rfc3339 t, struct buf *out);	/* "2025-03-01T14:00:00.5Z" */

/* Nanoseconds since 1970; false when 64 bits do not hold them. */
bool rfc3339_to_ns(struct rfc3339 t, int64_t *ns);
struct rfc3339 rfc3339_from_ns(int64_t ns);

/* A JSON number of seconds → nanoseconds, rounded to the nearest. */
enum text_result duration_read(const char *s, size_t len, int64_t *ns);
void duration_text(int64_t ns, struct buf *out);	/* "90.5" */

#endif
