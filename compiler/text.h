/*
 * Scalars from text and to text: literals, quantities, -D values, times. One place for every such form.
 * All take the bytes of one token; false when the text is no such value (nothing is reported here).
 */
#ifndef CALC_COMPILER_TEXT_H
#define CALC_COMPILER_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/buf.h"
#include "compiler/word.h"

enum text_result { TEXT_OK, TEXT_BAD, TEXT_RANGE };

/* An integer (sign allowed) of an integer type; a number of a float type (an integer's text is one too). */
enum text_result text_number(const char *p, size_t len, type_t type, word_t *out);

/* What a quantity can be: the place where it stands decides. */
enum quantity { QUANTITY_TIME, QUANTITY_BYTES, QUANTITY_CORES };
/* "250ms" → nanoseconds, "64Mi" → bytes, "500m" and "2" → thousandths of a core. */
enum text_result text_quantity(const char *p, size_t len, enum quantity q, int64_t *out);
const char *quantity_units(enum quantity q);	/* for the message: "ms, s, m, h or d" */

enum text_result text_time(const char *p, size_t len, int64_t *ns);	/* RFC 3339, UTC or with an offset */
enum text_result text_seconds(const char *p, size_t len, int64_t *ns);	/* a JSON number of seconds */
void time_text(int64_t ns, struct buf *out);
void duration_text(int64_t ns, struct buf *out);	/* seconds, shortest */

bool text_base64(const char *p, size_t len, struct buf *out);
void base64_text(const char *p, size_t len, struct buf *out);

#endif
