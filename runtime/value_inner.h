/* What the files of the value module share; private to runtime/value*.c. Messages say what is wrong; places are added above. */
#ifndef CALC_RUNTIME_VALUE_INNER_H
#define CALC_RUNTIME_VALUE_INNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/buf.h"
#include "runtime/plan.h"
#include "runtime/value.h"

/* ---- value_type.c ---- */
bool value_is_optional(const struct plan *p, uint32_t type);
bool value_is_scalar(const struct plan *p, uint32_t type);	/* bool to duration, enum; optional or not */
bool value_is_rows(const struct plan *p, uint32_t type);		/* list of records, or of records that may be absent */
void value_type_name(const struct plan *p, uint32_t type, struct buf *out);	/* "[Reading]", "f64?", "string[32]", "A | B" */

/* A step of a path like ".field[3]": *at moves behind it. false when the text is no path. */
struct value_step {
	const char *field;	/* NULL: an index */
	size_t len;
	uint32_t index;
};
bool value_next_step(const char **at, struct value_step *out);
/* Field of a record by name: its place among the record's fields; the one at `likely` is tried first. PLAN_NONE: none. */
uint32_t value_find_field(const struct plan *p, uint32_t record, const char *name, size_t len, uint32_t likely);

/* ---- value_number.c: text → canonical JSON, appended ---- */
bool value_read_integer(enum plan_type_kind kind, const char *s, size_t len, struct buf *out, struct buf *why);
bool value_read_float(enum plan_type_kind kind, const char *s, size_t len, struct buf *out, struct buf *why);
bool value_read_duration(const char *s, size_t len, struct buf *out, struct buf *why);
bool value_read_time(const char *s, size_t len, struct buf *out, struct buf *why);

/* ---- value_scalar.c ---- */
/* Is a string of `len` bytes within its type's bound (string[32])? */
bool value_string_fits(const struct plan *p, uint32_t type, size_t len, struct buf *why);
/* The plain text of a scalar (a cell of CSV, a JSON string decoded, a JSON number) → canonical JSON, appended. */
bool value_read_scalar(const struct plan *p, uint32_t type, const char *s, size_t len, struct buf *out, struct buf *why);
void value_say_found(struct buf *why, const char *s, size_t len);	/* ", found `text`", shortened */
/* One JSON string or number → its plain text. */
bool value_plain_text(const char *json, size_t len, struct buf *out, struct buf *error);

/* ---- value_json.c ---- */
struct value_reader;
struct value_reader *value_reader_new(const struct plan *p);
void value_reader_free(struct value_reader *r);
/* JSON of a value → canonical JSON, appended, or (lines) the items of a list, one a line. `line` is the text's first. */
struct value_text {
	const char *text;
	size_t len, line;
	bool lines;
};
bool value_read_json(struct value_reader *r, uint32_t type, const struct value_text *t, struct buf *out, struct buf *error);
size_t value_line_at(const struct value_text *t, size_t at);
/* The items of a JSON array in its text: calls back with each item's first byte and the one after its last. */
bool value_each_item(const char *json, size_t len, void (*item)(void *ctx, size_t start, size_t end), void *ctx,
		     struct buf *error);

/* ---- value_csv.c ---- */
bool value_from_csv(const struct plan *p, uint32_t type, const char *text, size_t len, struct buf *out, struct buf *error);
bool value_to_csv(const struct plan *p, uint32_t type, const char *text, size_t len, struct buf *out, struct buf *error);

#endif
