/*
 * JSON reader: yajl over the text where it stands, so that strings come in place and offsets are exact; part by part, so that a
 * part is still in the cache when it is looked at again, and a long text need not be in memory. What yajl is lax about (UTF-8, lone
 * surrogates) is checked here. The writer is json_write.c.
 */
#include "base/json.h"

#include <yajl/yajl_parse.h>
#include "base/mem.h"
#include "base/utf8.h"

enum { PART = 1 << 20 };

struct reader {
	yajl_handle yajl;
	const char *text;
	size_t len;
	size_t part_at;		/* where the part that yajl has begins */
	size_t behind;		/* the last token: a string that is not complete begins there or later */
	bool at_end;		/* yajl was told the end: what it gives now comes from its own memory */
	unsigned depth, max_depth;
	bool (*on)(void *ctx, const struct json_event *ev);
	void *ctx;
	struct json_error *err;
};

static int refuse(struct reader *r, size_t at, const char *why)
{
	r->err->at = at;
	snprintf(r->err->message, sizeof r->err->message, "%s", why);
	return 0;
}

static int give(struct reader *r, const struct json_event *ev)
{
	r->behind = ev->at + ev->width;
	if (r->on(r->ctx, ev))
		return 1;
	return refuse(r, ev->at, "");
}

static size_t token_end(const struct reader *r)
{
	return r->part_at + yajl_get_bytes_consumed(r->yajl);
}

static int give_fixed(struct reader *r, enum json_kind kind, bool value, size_t token_len)
{
	size_t end = token_end(r);

	return give(r, &(struct json_event){
		.kind = kind, .boolean = value, .width = token_len, .at = end >= token_len ? end - token_len : 0 });
}

static int on_null(void *ctx)
{
	return give_fixed(ctx, JSON_NULL, false, 4);
}

static int on_boolean(void *ctx, int value)
{
	return give_fixed(ctx, JSON_BOOL, value != 0, value ? 4 : 5);
}

/* Anything of the text that starts with a high surrogate's escape and is not followed by a low one's, or the
 * other way round: yajl would silently make a question mark of it. */
static bool has_lone_surrogate(const char *s, const char *end)
{
	while (s < end) {
		unsigned unit, low;

		if (*s != '\\') {
			s++;
			continue;
		}
		if (end - s < 6 || s[1] != 'u' || sscanf(s + 2, "%4x", &unit) != 1 || (unit & 0xF800) != 0xD800) {
			s += 2;
			continue;
		}
		if (unit >= 0xDC00 || end - s < 12 || s[6] != '\\' || s[7] != 'u' || sscanf(s + 8, "%4x", &low) != 1 ||
		    (low & 0xFC00) != 0xDC00)
			return true;
		s += 12;
	}
	return false;
}

/* The opening quote of the string whose closing quote is the last byte before `end`: inside it, every quote has
 * an odd number of backslashes before it; before the opening one there can be none. */
static size_t opening_quote(const char *text, size_t end)
{
	size_t i = end - 1;

	while (i-- > 0) {
		size_t slashes = 0;

		if (text[i] != '"')
			continue;
		while (slashes < i && text[i - slashes - 1] == '\\')
			slashes++;
		if (slashes % 2 == 0)
			return i;
	}
	return 0;
}

static int give_string(struct reader *r, enum json_kind kind, const char *s, size_t len)
{
	struct json_event ev = { .kind = kind, .text = s, .len = len };
	size_t end = token_end(r);

	if (s >= r->text && s <= r->text + r->len) {
		ev.in_place = true;
		ev.at = (size_t)(s - r->text) - 1;
		ev.width = len + 2;
	} else if (len == 0) {
		ev.in_place = true;
		ev.at = opening_quote(r->text, end);
		ev.text = r->text + ev.at + 1;
		ev.width = 2;
	} else {
		ev.at = opening_quote(r->text, end);
		ev.width = end - ev.at;
		if (ev.width == len + 2 && !memcmp(r->text + ev.at + 1, s, len)) {	/* two parts have some of it each */
			ev.in_place = true;
			ev.text = r->text + ev.at + 1;
		} else if (has_lone_surrogate(r->text + ev.at, r->text + end))
			return refuse(r, ev.at, "a string holds half of a surrogate pair");
	}
	return give(r, &ev);
}

static int on_string(void *ctx, const unsigned char *s, size_t len)
{
	return give_string(ctx, JSON_STRING, (const char *)s, len);
}

static int on_key(void *ctx, const unsigned char *s, size_t len)
{
	return give_string(ctx, JSON_KEY, (const char *)s, len);
}

static int on_number(void *ctx, const char *s, size_t len)
{
	struct reader *r = ctx;
	struct json_event ev = { .kind = JSON_NUMBER, .text = s, .len = len, .width = len };

	/* a number that ends a part or the text comes from yajl's own memory */
	ev.at = s >= r->text && s < r->text + r->len ? (size_t)(s - r->text) : (r->at_end ? r->len : token_end(r)) - len;
	return give(r, &ev);
}

static int open_level(struct reader *r, enum json_kind kind)
{
	if (r->depth++ >= r->max_depth)
		return refuse(r, token_end(r) - 1, "nested too deeply");
	return give_fixed(r, kind, false, 1);
}

static int close_level(struct reader *r, enum json_kind kind)
{
	r->depth--;
	return give_fixed(r, kind, false, 1);
}

static int on_object(void *ctx)
{
	return open_level(ctx, JSON_OBJECT);
}

static int on_object_end(void *ctx)
{
	return close_level(ctx, JSON_OBJECT_END);
}

static int on_array(void *ctx)
{
	return open_level(ctx, JSON_ARRAY);
}

static int on_array_end(void *ctx)
{
	return close_level(ctx, JSON_ARRAY_END);
}

static const yajl_callbacks callbacks = {
	.yajl_null = on_null,
	.yajl_boolean = on_boolean,
	.yajl_number = on_number,
	.yajl_string = on_string,
	.yajl_start_map = on_object,
	.yajl_map_key = on_key,
	.yajl_end_map = on_object_end,
	.yajl_start_array = on_array,
	.yajl_end_array = on_array_end,
};

static void *yajl_alloc_bytes(void *ctx, size_t size)
{
	(void)ctx;
	return mem_alloc(size);
}

static void *yajl_resize_bytes(void *ctx, void *p, size_t size)
{
	(void)ctx;
	return mem_resize(p, size, 1);
}

static void yajl_free_bytes(void *ctx, void *p)
{
	(void)ctx;
	mem_free(p);
}

static bool in_word(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '+' || c == '.';
}

/* yajl stops behind what it could not use: where that begins. */
static size_t refused_token(const struct reader *r)
{
	size_t at = token_end(r);

	if (at > r->len)
		at = r->len;
	if (at && r->text[at - 1] == '"')
		return opening_quote(r->text, at);
	if (at)
		at--;
	while (at && in_word(r->text[at]) && in_word(r->text[at - 1]))
		at--;
	return at;
}

/* yajl says "parse error: trailing garbage\n" or "lexical error: …": its words after the colon are good enough. */
static void take_yajl_error(struct reader *r, bool at_end)
{
	unsigned char *text = yajl_get_error(r->yajl, 0, NULL, 0);
	const char *why = strstr((const char *)text, ": ");

	refuse(r, at_end ? r->len : refused_token(r), why ? why + 2 : (const char *)text);
	r->err->message[strcspn(r->err->message, "\n")] = '\0';
	if (at_end && strcmp(r->err->message, "premature EOF") == 0)
		refuse(r, r->len, "the text ends too early");
	yajl_free_error(r->yajl, text);
}

/* The end of the part that begins at `from` and may go to `most`: no character is cut. */
static size_t part_end(const struct json_input *in, size_t from, size_t most)
{
	size_t end = most;
	for (unsigned i = 0; i < 3 && end < in->len && end > from + 1 && ((unsigned char)in->text[end] & 0xC0) == 0x80; i++)
		end--;
	return end;
}

/* The part that begins at *at, which is moved behind it. false: an error was said, or yajl has one to say. */
static bool read_part(struct reader *r, const struct json_input *in, size_t *at)
{
	size_t from = *at, part = in->part ? in->part : PART;
	/* yajl looks at a token again from its start when the next part comes: as long as that goes on, parts double */
	if (r->behind < from && from - r->behind > part)
		part = from - r->behind;
	size_t most = in->len - from > part ? from + part : in->len;
	if (in->need && !in->need(r->ctx, r->behind < from ? r->behind : from, most + (most < in->len)))
		return refuse(r, from, "");
	*at = part_end(in, from, most);
	size_t valid = utf8_valid_prefix(in->text + from, *at - from);
	if (valid < *at - from)
		return refuse(r, from + valid, "not UTF-8");
	r->part_at = from;
	return yajl_parse(r->yajl, (const unsigned char *)in->text + from, *at - from) == yajl_status_ok;
}

bool json_read_parts(const struct json_input *in, bool (*on)(void *ctx, const struct json_event *ev), void *ctx, struct json_error *err)
{
	struct reader r = { .text = in->text, .len = in->len, .max_depth = in->max_depth, .on = on, .ctx = ctx, .err = err };
	yajl_alloc_funcs memory = { yajl_alloc_bytes, yajl_resize_bytes, yajl_free_bytes, NULL };
	bool ok;
	size_t at = 0;

	err->at = SIZE_MAX;
	err->message[0] = '\0';
	r.yajl = yajl_alloc(&callbacks, &memory, &r);
	yajl_config(r.yajl, yajl_dont_validate_strings, 1);
	do
		ok = read_part(&r, in, &at);
	while (ok && at < in->len);
	if (ok) {
		r.at_end = true;
		ok = yajl_complete_parse(r.yajl) == yajl_status_ok;
	}
	if (ok)
		err->at = 0;
	else if (err->at == SIZE_MAX)
		take_yajl_error(&r, r.at_end);
	yajl_free(r.yajl);
	return ok;
}

bool json_read(const char *text, size_t len, unsigned max_depth,
	       bool (*on)(void *ctx, const struct json_event *ev), void *ctx, struct json_error *err)
{
	return json_read_parts(&(struct json_input){ .text = text, .len = len, .max_depth = max_depth }, on, ctx, err);
}
