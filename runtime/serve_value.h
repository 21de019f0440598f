/*
 * Values as they travel in a request to a served function and in its answer: the canonical JSON of value.h, in which a file is
 *
 *   {"text": "…"}  {"data": "BASE64"}  {"share": "NAME", "path": "a/b"}       in a request, with "name" if it matters; "BASE64" alone will do
 *   {"data": "BASE64"}                                                        in an answer, with its "name" in a list of files
 *
 * Lists, records and choices that hold files are arrays and objects of these. Knows the natural forms of value.h, no store.
 */
#ifndef CALC_RUNTIME_SERVE_VALUE_H
#define CALC_RUNTIME_SERVE_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/buf.h"
#include "runtime/host.h"
#include "runtime/plan.h"

/* A JSON text taken apart: members of an object, items of an array. Places are offsets in the text. */
struct serve_part { char *key; size_t start, end; };	/* key: NULL in an array */
struct serve_parts {
	struct serve_part *part;
	size_t count, cap;
	bool is_object, is_array;	/* neither: a scalar, no parts */
};
/* false: not JSON, or a key twice. Release in either case. */
bool serve_take_apart(const char *json, size_t len, struct serve_parts *out, struct buf *error);
void serve_parts_release(struct serve_parts *p);

struct serve_values {
	const struct plan *plan;
	const struct host_binding *share;	uint32_t shares;	/* folders whose files a request may name */
	bool only_check;			/* write nothing */
};
/* Put the value of `type` at `path` in its natural form; nothing stands there when it is absent. false with a message that says
 * which part does not fit. */
bool serve_value_put(const struct serve_values *v, uint32_t type, const char *json, size_t len, const char *path, struct buf *error);
/* Append the JSON of what stands at `path`; "null" when nothing does. At most `limit` bytes of files are read. */
bool serve_value_get(const struct plan *p, uint32_t type, const char *path, size_t limit, struct buf *out, struct buf *error);

#endif
