/*
 * JSON as a tape: all values of a text in one array, each with its place, children behind their parent. For documents whose parts
 * are looked up in another order than they stand in; 20 bytes a value. Strings stay in the text where they can.
 */
#ifndef CALC_BASE_JSON_TAPE_H
#define CALC_BASE_JSON_TAPE_H

#include "base/json.h"
#include "base/source.h"

/* A place on a tape; 0 is the whole, TAPE_NONE nothing. */
typedef uint32_t tape_t;
#define TAPE_NONE UINT32_MAX

struct tape_value {
	uint8_t kind;		/* JSON_NULL … JSON_ARRAY; JSON_KEY: its value follows it */
	bool boolean;
	uint32_t at;		/* position of its first byte */
	uint32_t text;		/* JSON_STRING, JSON_KEY, JSON_NUMBER: position of its bytes; arrays, objects: position behind it */
	uint32_t len;		/* bytes of the text; items of an array, members of an object */
	tape_t next;		/* behind the value and all that is in it */
};

struct tape {
	struct tape_value *value;
	size_t values, cap;
	struct sources *sources;
};

/*
 * Read the text from `from` on, `len` bytes of `src`. false with *err: what json_read says, or that the tape or the position space is
 * full. Release the tape in either case.
 */
bool tape_read(struct tape *t, struct sources *sources, const struct source *src, unsigned max_depth, struct json_error *err);
void tape_release(struct tape *t);

static inline const struct tape_value *tape_at(const struct tape *t, tape_t i) { return &t->value[i]; }
static inline uint8_t tape_kind(const struct tape *t, tape_t i) { return t->value[i].kind; }
/* The first child (a key, in an object); the next sibling. Count them by `len`. */
static inline tape_t tape_first(tape_t i) { return i + 1; }
static inline tape_t tape_next(const struct tape *t, tape_t i) { return t->value[i].next; }

const char *tape_text(const struct tape *t, tape_t i);	/* bytes of a string, key or number; not NUL-terminated */
bool tape_is(const struct tape *t, tape_t i, const char *text);	/* a string or key with this text */
tape_t tape_member(const struct tape *t, tape_t object, const char *name);	/* the first of this name; TAPE_NONE */
/* The span of a value as it stands in the text. */
struct span tape_span(const struct tape *t, tape_t i);
/* An integer from 0 to `most`. */
bool tape_u64(const struct tape *t, tape_t i, uint64_t most, uint64_t *out);
/* "an object", "a number": for messages. */
const char *tape_found(const struct tape *t, tape_t i);

#endif
