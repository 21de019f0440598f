/*
 * Compile-time scalars from text: literals, quantities, -D values, times. What a number or a time is, base knows.
 * All take the bytes of one token; false when the text is no such value (nothing is reported here).
 */
#ifndef CALC_COMPILER_TEXT_H
#define CALC_COMPILER_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/number.h"
#include "base/rfc3339.h"
#include "compiler/word.h"

/* An integer (sign allowed) of an integer type; a number of a float type (an integer's text is one too). */
enum text_result text_number(const char *p, size_t len, type_t type, word_t *out);

/* What a quantity can be: the place where it stands decides. */
enum quantity { QUANTITY_TIME, QUANTITY_BYTES, QUANTITY_CORES };
/* "250ms" → nanoseconds, "64Mi" → bytes, "500m" and "2" → thousandths of a core. */
enum text_result text_quantity(const char *p, size_t len, enum quantity q, int64_t *out);
const char *quantity_units(enum quantity q);	/* for the message: "ms, s, m, h or d" */

/* RFC 3339, UTC or with an offset, within what 64 bits of nanoseconds hold. */
enum text_result text_time(const char *p, size_t len, int64_t *ns);

#endif
