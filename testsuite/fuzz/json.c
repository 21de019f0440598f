/* Fuzz target: the JSON reader. What it accepts is written again, and must be accepted and written the same. */
#include "base/json.h"
#include "testsuite/fuzz/fuzz.h"

enum { DEPTH = 64 };

struct copier {
	struct json_writer writer;
	const char *text;
	size_t len;
	size_t last_at;
};

static bool copy(void *ctx, const struct json_event *ev)
{
	struct copier *c = ctx;
	char key[64];

	if (ev->at >= c->len || (ev->at < c->last_at))
		abort();
	if (ev->in_place && (ev->text < c->text || ev->text + ev->len > c->text + c->len))
		abort();
	c->last_at = ev->at;
	switch (ev->kind) {
	case JSON_NULL: json_null(&c->writer); break;
	case JSON_BOOL: json_bool(&c->writer, ev->boolean); break;
	case JSON_NUMBER: json_raw(&c->writer, ev->text, ev->len); break;
	case JSON_STRING: json_stringn(&c->writer, ev->text, ev->len); break;
	case JSON_KEY:
		snprintf(key, sizeof key, "%.*s", ev->len > 60 ? 60 : (int)ev->len, ev->text);
		json_key(&c->writer, key);
		break;
	case JSON_OBJECT: json_object(&c->writer); break;
	case JSON_OBJECT_END: json_object_end(&c->writer); break;
	case JSON_ARRAY: json_array(&c->writer); break;
	case JSON_ARRAY_END: json_array_end(&c->writer); break;
	}
	return true;
}

static bool read_and_write(const char *text, size_t len, unsigned indent, struct buf *out)
{
	struct copier c = { .text = text, .len = len };
	struct json_error err;

	json_writer_init(&c.writer, out, indent);
	if (json_read(text, len, DEPTH, copy, &c, &err))
		return true;
	if (err.at > len)
		abort();
	return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf text = BUF_INIT, once = BUF_INIT, twice = BUF_INIT;

	buf_add(&text, data, size);
	/* keys are cut above, and may be cut inside a character: then the copy is refused, which is right */
	if (read_and_write(text.p, text.len, 2, &once) && read_and_write(once.p, once.len, 2, &twice) &&
	    (once.len != twice.len || memcmp(once.p, twice.p, once.len) != 0))
		abort();
	buf_release(&text);
	buf_release(&once);
	buf_release(&twice);
	return 0;
}
