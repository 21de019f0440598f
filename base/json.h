/*
 * JSON as events, and a writer. The reader takes a whole text and calls back for each event with the byte
 * offset where its token begins; strings without escapes are handed over in place (pointing into the text).
 * Numbers come as their text. Strict UTF-8, no comments, one value and nothing after it but white space.
 */
#ifndef CALC_BASE_JSON_H
#define CALC_BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/buf.h"

enum json_kind {
	JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_STRING, JSON_KEY,
	JSON_OBJECT, JSON_OBJECT_END, JSON_ARRAY, JSON_ARRAY_END
};
struct json_event {
	enum json_kind kind;
	bool boolean;		/* JSON_BOOL */
	bool in_place;		/* JSON_STRING, JSON_KEY: text points into the input */
	const char *text;	/* JSON_NUMBER, JSON_STRING (decoded), JSON_KEY; not NUL-terminated */
	size_t len;
	size_t at;		/* offset of the token in the input: the quote of a string, the first digit, … */
	size_t width;		/* bytes of the token there */
};
struct json_error {
	size_t at;		/* offset */
	char message[160];
};

/* true: read to its end. false: *err says why (bad text, depth over max_depth, or the callback returned false:
 * then message is empty and at is the event's). */
bool json_read(const char *text, size_t len, unsigned max_depth,
	       bool (*on)(void *ctx, const struct json_event *ev), void *ctx, struct json_error *err);

/*
 * The same for a text that is not all in memory. It is looked at in parts of `part` bytes (0: as many as suits); before each, `need`
 * (may be NULL) must make the bytes [from, upto) readable; those before `from` are not looked at again. When it returns false, so does
 * the reading, with an empty message.
 */
struct json_input {
	const char *text;
	size_t len, part;
	unsigned max_depth;
	bool (*need)(void *ctx, size_t from, size_t upto);
};
bool json_read_parts(const struct json_input *in, bool (*on)(void *ctx, const struct json_event *ev), void *ctx, struct json_error *err);

/* Writer: canonical and compact; `indent` > 0 puts every element of the outermost `indent` levels on a line. */
struct json_writer {
	struct buf *out;
	unsigned indent, depth;
	bool comma, after_key;
};
void json_writer_init(struct json_writer *w, struct buf *out, unsigned indent);
void json_object(struct json_writer *w);
void json_object_end(struct json_writer *w);
void json_array(struct json_writer *w);
void json_array_end(struct json_writer *w);
void json_key(struct json_writer *w, const char *key);
void json_string(struct json_writer *w, const char *s);
void json_stringn(struct json_writer *w, const char *s, size_t len);
void json_i64(struct json_writer *w, int64_t v);
void json_u64(struct json_writer *w, uint64_t v);
void json_f64(struct json_writer *w, double v);		/* number_f64_text; null when not finite (JSON has no such) */
void json_bool(struct json_writer *w, bool v);
void json_null(struct json_writer *w);
void json_raw(struct json_writer *w, const char *json, size_t len);	/* one value, already JSON */

void json_quote(struct buf *out, const char *s, size_t len);	/* "…" with escapes */

#endif
