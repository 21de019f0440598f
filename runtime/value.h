/*
 * Values as files. Every type has one *natural* form, in which the store keeps it:
 *
 *   file                a file, opaque
 *   [file]              a folder whose names, in byte order, are the items
 *   what else holds     a folder: of a list, with its items; of a record, with its fields; of a choice, with its arm (names by
 *   files               file_encode_key); each in its own natural form
 *   string, bytes       a file of the raw bytes
 *   list of records     JSON Lines, one canonical JSON value a line
 *   anything else       one canonical JSON value and a newline
 *   T?                  as T, or nothing at the path
 *
 * Canonical JSON: members in the order of the type's declaration, absent ones left out, no white space, 64-bit integers exact,
 * floats in their shortest form, enum its name, a choice {"Arm":value}, a flow any JSON object, time RFC 3339 UTC with up to nine digits ("2025-03-01T14:00:00.5Z"), duration seconds
 * (a number), bytes base64. The other formats (json, jsonl, csv, raw) are converted at the border of a function.
 * On the way in: members and columns that the type does not name are passed over, the order of members is free, a duration
 * is rounded to the nanosecond, a time's offset is turned into UTC; an integer must be written as one, and what JSON does not
 * have (NaN, infinities) is refused. In CSV an empty cell is an absent value where there may be one, "" the empty string.
 * All functions return false with a message that names line and field ("line 3, field `value`: expected f64, found a string").
 */
#ifndef CALC_RUNTIME_VALUE_H
#define CALC_RUNTIME_VALUE_H

#include <stdbool.h>
#include <stdint.h>
#include "base/buf.h"
#include "runtime/plan.h"

enum plan_format value_natural_format(const struct plan *p, uint32_t type);	/* RAW, JSONL or JSON; NATURAL for file and [file] */
bool value_holds_file(const struct plan *p, uint32_t type);	/* file, or anything with a file in it */
bool value_is_folder(const struct plan *p, uint32_t type);	/* a list, record or choice that holds files: [file], [file?], [[file]] … */
bool value_is_file(const struct plan *p, uint32_t type);	/* file, file? */
uint32_t value_present(const struct plan *p, uint32_t type);	/* the type without T? around it */

/* Text in `format` (FORMAT_NATURAL = natural) → canonical natural text. Types other than file, [file]. Streaming for lists. */
bool value_import(const struct plan *p, uint32_t type, enum plan_format format, const char *text, size_t len,
		  struct buf *out, struct buf *error);
/* Natural text → text in `format`. */
bool value_export(const struct plan *p, uint32_t type, enum plan_format format, const char *text, size_t len,
		  struct buf *out, struct buf *error);

/* Is the text canonical natural text already? (then a published file may stand as it is) The same checks as value_import,
 * without output: false with a message when it does not fit, false with an empty one when it fits and is written otherwise. */
bool value_check(const struct plan *p, uint32_t type, enum plan_format format, const char *text, size_t len, struct buf *error);

/* The items of a list in natural text. Offsets into the text; for JSON and JSONL an item is its canonical JSON. */
struct value_items { uint32_t count; size_t *start, *end; };
bool value_items(const struct plan *p, uint32_t list_type, const char *text, size_t len, struct value_items *out, struct buf *error);
void value_items_release(struct value_items *it);
/* Canonical JSON of a value ↔ its natural text (they differ for strings, bytes and lists of records). */
bool value_from_json(const struct plan *p, uint32_t type, const char *json, size_t len, struct buf *out, struct buf *error);
bool value_to_json(const struct plan *p, uint32_t type, const char *text, size_t len, struct buf *out, struct buf *error);

/* What stands in a command for `{x}` or `{x.field[2]}`: the scalar's text (strings and enums raw, numbers as in JSON, time RFC 3339,
 * duration seconds). `json` is canonical JSON of the parameter's value; *absent when it, or a part of the path, is absent. */
bool value_argument(const struct plan *p, uint32_t type, const char *path, const char *json, size_t len,
		    struct buf *out, bool *absent, struct buf *error);
/* As a whole argument a list of scalars gives one text per item, each NUL-terminated in `out`; count says how many. */
bool value_arguments(const struct plan *p, uint32_t type, const char *path, const char *json, size_t len,
		     struct buf *out, uint32_t *count, struct buf *error);
/* The type of `.field[3]` seen from `type`; PLAN_NONE when there is none. */
uint32_t value_path_type(const struct plan *p, uint32_t type, const char *path);

#endif
