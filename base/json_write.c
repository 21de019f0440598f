/* JSON writer: one form for one value, so that output can be compared byte by byte. */
#include "base/json.h"

#include <inttypes.h>
#include <math.h>
#include "base/number.h"

void json_writer_init(struct json_writer *w, struct buf *out, unsigned indent)
{
	*w = (struct json_writer){ .out = out, .indent = indent };
}

static void new_line(struct json_writer *w)
{
	buf_addch(w->out, '\n');
	for (unsigned i = 0; i < w->depth; i++)
		buf_addstr(w->out, "  ");
}

/* What stands before any element: a comma and, in the outer levels, a line of its own. */
static void before_value(struct json_writer *w)
{
	if (w->after_key) {
		w->after_key = false;
		return;
	}
	if (w->comma)
		buf_addch(w->out, ',');
	if (w->depth && w->depth <= w->indent)
		new_line(w);
	w->comma = true;
}

static void open_level(struct json_writer *w, char bracket)
{
	before_value(w);
	buf_addch(w->out, bracket);
	w->depth++;
	w->comma = false;
}

static void close_level(struct json_writer *w, char bracket)
{
	bool had_elements = w->comma;

	w->depth--;
	if (had_elements && w->depth < w->indent)
		new_line(w);
	buf_addch(w->out, bracket);
	w->comma = true;
}

void json_object(struct json_writer *w)
{
	open_level(w, '{');
}

void json_object_end(struct json_writer *w)
{
	close_level(w, '}');
}

void json_array(struct json_writer *w)
{
	open_level(w, '[');
}

void json_array_end(struct json_writer *w)
{
	close_level(w, ']');
}

void json_key(struct json_writer *w, const char *key)
{
	before_value(w);
	json_quote(w->out, key, strlen(key));
	buf_addstr(w->out, w->depth <= w->indent ? ": " : ":");
	w->after_key = true;
}

void json_stringn(struct json_writer *w, const char *s, size_t len)
{
	before_value(w);
	json_quote(w->out, s, len);
}

void json_string(struct json_writer *w, const char *s)
{
	json_stringn(w, s, strlen(s));
}

void json_raw(struct json_writer *w, const char *json, size_t len)
{
	before_value(w);
	buf_add(w->out, json, len);
}

void json_i64(struct json_writer *w, int64_t v)
{
	before_value(w);
	buf_printf(w->out, "%" PRId64, v);
}

void json_u64(struct json_writer *w, uint64_t v)
{
	before_value(w);
	buf_printf(w->out, "%" PRIu64, v);
}

void json_f64(struct json_writer *w, double v)
{
	char text[32];

	before_value(w);
	if (!isfinite(v)) {
		buf_addstr(w->out, "null");
		return;
	}
	number_f64_text(text, v);
	buf_addstr(w->out, text);
}

void json_bool(struct json_writer *w, bool v)
{
	before_value(w);
	buf_addstr(w->out, v ? "true" : "false");
}

void json_null(struct json_writer *w)
{
	before_value(w);
	buf_addstr(w->out, "null");
}

void json_quote(struct buf *out, const char *s, size_t len)
{
	size_t from = 0;

	buf_addch(out, '"');
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];
		static const char escaped[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt";
		const char *short_form;

		if (c >= 0x20 && c != '"' && c != '\\')
			continue;
		buf_add(out, s + from, i - from);
		from = i + 1;
		short_form = c ? strchr(escaped, c) : NULL;
		if (short_form)
			buf_printf(out, "\\%c", letters[short_form - escaped]);
		else
			buf_printf(out, "\\u%04x", c);
	}
	buf_add(out, s + from, len - from);
	buf_addch(out, '"');
}
