/*
 * Values between their formats: natural text in the store, json, jsonl, csv and raw at the border of a function. What is
 * exact about a single value is in the files beside this one; here is which format leads to which.
 */
#include "runtime/value.h"

#include "base/base64.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "runtime/flat.h"
#include "runtime/value_inner.h"

static const char *const format_names[] = { [FORMAT_NATURAL] = "natural", [FORMAT_JSON] = "json", [FORMAT_JSONL] = "jsonl",
	[FORMAT_CSV] = "csv", [FORMAT_RAW] = "raw", [FORMAT_FLAT] = "flat" };

static bool no_such_form(const struct plan *p, uint32_t type, enum plan_format format, struct buf *error)
{
	value_type_name(p, type, error);
	buf_printf(error, " has no form as %s", format_names[format]);
	return false;
}

static bool is_raw(const struct plan *p, uint32_t type)
{
	return value_natural_format(p, type) == FORMAT_RAW;
}

static bool is_bytes(const struct plan *p, uint32_t type)
{
	return p->type[value_present(p, type)].kind == PLAN_BYTES;
}

static bool is_list(const struct plan *p, uint32_t type)
{
	return p->type[value_present(p, type)].kind == PLAN_LIST;
}

/* ---- lines ---- */

static bool is_blank(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (s[i] != ' ' && s[i] != '\t' && s[i] != '\r')
			return false;
	return true;
}

/* The next line of the text; false at its end. `line` counts. */
static bool next_line(const char **at, const char *end, struct value_text *out)
{
	const char *stop;

	if (*at >= end)
		return false;
	stop = memchr(*at, '\n', (size_t)(end - *at));
	out->text = *at;
	out->len = (size_t)((stop ? stop : end) - *at);
	out->line++;
	*at += out->len + 1;
	return true;
}

/* ---- into the natural form ---- */

struct raw_string {
	const struct plan *p;
	uint32_t type;
	struct buf *out, why;
	bool bytes, seen;
};

static bool on_raw_string(void *ctx, const struct json_event *ev)
{
	struct raw_string *s = ctx;

	if (ev->kind != JSON_STRING)
		return false;
	s->seen = true;
	if (s->bytes)
		return base64_read(ev->text, ev->len, s->out);
	buf_add(s->out, ev->text, ev->len);
	return value_string_fits(s->p, s->type, ev->len, &s->why);
}

/* JSON of a string or of bytes → the bytes themselves. */
static bool raw_from_json(const struct plan *p, uint32_t type, const struct value_text *t, struct buf *out, struct buf *error)
{
	struct raw_string s = { .p = p, .type = type, .out = out, .why = BUF_INIT, .bytes = is_bytes(p, type) };
	struct json_error err;
	bool ok = json_read(t->text, t->len, 1, on_raw_string, &s, &err);

	if (!ok) {
		buf_printf(error, "line %zu: ", value_line_at(t, err.at < t->len ? err.at : t->len));
		if (err.message[0])
			buf_printf(error, "not JSON: %s", err.message);
		else if (s.why.len)
			buf_addstr(error, s.why.p);
		else
			buf_addstr(error, s.seen ? "expected bytes in base64" : "expected a string");
	}
	buf_release(&s.why);
	return ok;
}

static bool from_raw(const struct plan *p, uint32_t type, const char *text, size_t len, struct buf *out, struct buf *error)
{
	struct value_text whole = { text, len, 1, false };
	size_t valid = is_bytes(p, type) ? len : utf8_valid_prefix(text, len);
	struct buf why = BUF_INIT;

	if (valid < len) {
		buf_printf(error, "line %zu: not UTF-8, which a string must be", value_line_at(&whole, valid));
		return false;
	}
	buf_add(out, text, len);
	if (value_string_fits(p, type, len, &why))
		return true;
	buf_printf(error, "line 1: %s", why.p);
	buf_release(&why);
	return false;
}

static bool from_json(const struct plan *p, uint32_t type, const char *text, size_t len, struct buf *out, struct buf *error)
{
	struct value_text whole = { text, len, 1, value_is_rows(p, type) };
	struct value_reader *r;
	bool ok;

	if (is_raw(p, type))
		return raw_from_json(p, type, &whole, out, error);
	r = value_reader_new(p);
	ok = value_read_json(r, type, &whole, out, error);
	value_reader_free(r);
	if (ok && !whole.lines)
		buf_addch(out, '\n');
	return ok;
}

/* A line for each item: lines again for a list of records, an array for any other. */
static bool from_jsonl(const struct plan *p, uint32_t type, const char *text, size_t len, struct buf *out, struct buf *error)
{
	uint32_t elem = p->type[value_present(p, type)].elem;
	bool lines = value_is_rows(p, type), ok = true, first = true;
	struct value_reader *r = value_reader_new(p);
	struct value_text line = { .line = 0 };
	const char *at = text, *end = text + len;

	if (!lines)
		buf_addch(out, '[');
	while (ok && next_line(&at, end, &line)) {
		if (is_blank(line.text, line.len))
			continue;
		if (!lines && !first)
			buf_addch(out, ',');
		first = false;
		ok = value_read_json(r, elem, &line, out, error);
		if (lines)
			buf_addch(out, '\n');
	}
	if (!lines)
		buf_addstr(out, "]\n");
	value_reader_free(r);
	return ok;
}

bool value_import(const struct plan *p, uint32_t type, enum plan_format format, const char *text, size_t len,
		  struct buf *out, struct buf *error)
{
	enum plan_format natural = value_natural_format(p, type);

	if (format == FORMAT_NATURAL)
		format = natural;
	if (natural == FORMAT_NATURAL)
		return no_such_form(p, type, format, error);
	switch (format) {
	case FORMAT_RAW:
		if (is_raw(p, type))
			return from_raw(p, type, text, len, out, error);
		break;
	case FORMAT_JSON: return from_json(p, type, text, len, out, error);
	case FORMAT_JSONL:
		if (is_list(p, type))
			return from_jsonl(p, type, text, len, out, error);
		break;
	case FORMAT_CSV: return value_from_csv(p, type, text, len, out, error);
	case FORMAT_FLAT: return flat_to_natural(p, type, text, len, out, error);
	case FORMAT_NATURAL: break;
	}
	return no_such_form(p, type, format, error);
}

/* ---- out of the natural form ---- */

struct joining {
	const char *text;
	struct buf *out;
	const char *after;	/* each item */
};

static void join_item(void *ctx, size_t start, size_t end)
{
	struct joining *j = ctx;

	buf_add(j->out, j->text + start, end - start);
	buf_addstr(j->out, j->after);
}

static void json_from_lines(const char *text, size_t len, struct buf *out)
{
	const char *at = text, *end = text + len;
	struct value_text line = { .line = 0 };
	bool first = true;

	buf_addch(out, '[');
	while (next_line(&at, end, &line)) {
		if (!first)
			buf_addch(out, ',');
		first = false;
		buf_add(out, line.text, line.len);
	}
	buf_addch(out, ']');
}

/* Without a newline at its end. */
static bool to_json(const struct plan *p, uint32_t type, const char *text, size_t len, struct buf *out)
{
	switch (value_natural_format(p, type)) {
	case FORMAT_NATURAL: return false;
	case FORMAT_JSONL: json_from_lines(text, len, out); return true;
	case FORMAT_RAW:
		if (!is_bytes(p, type)) {
			json_quote(out, text, len);
			return true;
		}
		buf_addch(out, '"');
		base64_text(text, len, out);
		buf_addch(out, '"');
		return true;
	default: break;
	}
	while (len && text[len - 1] == '\n')
		len--;
	buf_add(out, text, len);
	return true;
}

bool value_export(const struct plan *p, uint32_t type, enum plan_format format, const char *text, size_t len,
		  struct buf *out, struct buf *error)
{
	enum plan_format natural = value_natural_format(p, type);
	struct joining lines = { text, out, "\n" };

	if (natural == FORMAT_NATURAL)
		return no_such_form(p, type, format, error);
	if (format == FORMAT_NATURAL || format == natural) {
		buf_add(out, text, len);
		return true;
	}
	switch (format) {
	case FORMAT_JSON:
		to_json(p, type, text, len, out);
		buf_addch(out, '\n');
		return true;
	case FORMAT_JSONL:
		if (is_list(p, type))
			return value_each_item(text, len, join_item, &lines, error);
		break;
	case FORMAT_CSV: return value_to_csv(p, type, text, len, out, error);
	case FORMAT_FLAT: return flat_from_natural(p, type, text, len, out, error);
	default: break;
	}
	return no_such_form(p, type, format, error);
}

bool value_check(const struct plan *p, uint32_t type, enum plan_format format, const char *text, size_t len, struct buf *error)
{
	struct buf natural = BUF_INIT;
	bool ok = value_import(p, type, format, text, len, &natural, error) && natural.len == len &&
		  (len == 0 || memcmp(natural.p, text, len) == 0);

	buf_release(&natural);
	return ok;
}

bool value_from_json(const struct plan *p, uint32_t type, const char *json, size_t len, struct buf *out, struct buf *error)
{
	return value_import(p, type, FORMAT_JSON, json, len, out, error);
}

bool value_to_json(const struct plan *p, uint32_t type, const char *text, size_t len, struct buf *out, struct buf *error)
{
	return to_json(p, type, text, len, out) || no_such_form(p, type, FORMAT_JSON, error);
}

/* ---- items ---- */

struct item_list {
	struct value_items *items;
	size_t start_cap, end_cap;
};

static void add_item(void *ctx, size_t start, size_t end)
{
	struct item_list *l = ctx;
	struct value_items *it = l->items;

	it->start = mem_grow(it->start, &l->start_cap, (size_t)it->count + 1, sizeof *it->start);
	it->end = mem_grow(it->end, &l->end_cap, (size_t)it->count + 1, sizeof *it->end);
	it->start[it->count] = start;
	it->end[it->count++] = end;
}

bool value_items(const struct plan *p, uint32_t list_type, const char *text, size_t len, struct value_items *out,
		 struct buf *error)
{
	struct item_list list = { .items = out };
	const char *at = text, *end = text + len;
	struct value_text line = { .line = 0 };

	*out = (struct value_items){ 0, NULL, NULL };
	if (!is_list(p, list_type) || value_is_folder(p, list_type)) {
		buf_addstr(error, "expected a list in a file, found ");
		value_type_name(p, list_type, error);
		return false;
	}
	if (!value_is_rows(p, list_type))
		return value_each_item(text, len, add_item, &list, error);
	while (next_line(&at, end, &line))
		add_item(&list, (size_t)(line.text - text), (size_t)(line.text - text) + line.len);
	return true;
}

void value_items_release(struct value_items *it)
{
	mem_free(it->start);
	mem_free(it->end);
	*it = (struct value_items){ 0, NULL, NULL };
}
