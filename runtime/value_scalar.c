/* Scalars: from their plain text to canonical JSON, and back. Numbers and times have files of their own. */
#include "base/json.h"
#include "base/utf8.h"
#include "runtime/value_inner.h"

enum { SHOWN = 40 };	/* bytes of a found text that a message shows */

void value_say_found(struct buf *why, const char *s, size_t len)
{
	size_t shown = len < SHOWN ? len : SHOWN;

	while (shown && shown < len && ((unsigned char)s[shown] & 0xC0) == 0x80)
		shown--;	/* no half character */
	buf_addstr(why, ", found `");
	for (size_t i = 0; i < shown; i++)
		buf_addch(why, (unsigned char)s[i] < 0x20 || s[i] == 0x7F ? ' ' : s[i]);
	buf_addstr(why, shown < len ? "…`" : "`");
}

static int base64_digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

bool value_base64_decode(const char *s, size_t len, struct buf *out)
{
	size_t padding = 0;

	if (len % 4)
		return false;
	while (padding < 2 && padding < len && s[len - 1 - padding] == '=')
		padding++;
	for (size_t at = 0; at < len; at += 4) {
		size_t digits = at + 4 == len ? 4 - padding : 4;
		uint32_t bits = 0;

		for (size_t i = 0; i < 4; i++) {
			int digit = i < digits ? base64_digit(s[at + i]) : 0;

			if (digit < 0)
				return false;
			bits = bits << 6 | (uint32_t)digit;
		}
		if (digits < 4 && (bits & (digits == 3 ? 0xFF : 0xFFFF)))
			return false;	/* bits that no byte has: two texts would be one value */
		for (size_t i = 0; out && i + 1 < digits; i++)
			buf_addch(out, (char)(bits >> (16 - 8 * i) & 0xFF));
	}
	return true;
}

void value_base64_encode(const char *s, size_t len, struct buf *out)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	buf_reserve(out, len / 3 * 4 + 4);
	for (size_t at = 0; at < len; at += 3) {
		size_t bytes = len - at < 3 ? len - at : 3;
		uint32_t bits = 0;

		for (size_t i = 0; i < 3; i++)
			bits = bits << 8 | (i < bytes ? (unsigned char)s[at + i] : 0);
		for (size_t i = 0; i < 4; i++)
			buf_addch(out, i <= bytes ? digits[bits >> (18 - 6 * i) & 63] : '=');
	}
}

static bool read_enum(const struct plan *p, uint32_t type, const char *s, size_t len, struct buf *out, struct buf *why)
{
	const struct plan_type *t = &p->type[type];

	if (value_find_field(p, type, s, len, 0) != PLAN_NONE) {
		json_quote(out, s, len);
		return true;
	}
	buf_printf(why, "expected one of %s:", t->name);
	for (uint32_t i = 0; i < t->count && i < 10; i++)
		buf_printf(why, " %s", p->field[t->first + i].name);
	if (t->count > 10)
		buf_addstr(why, " …");
	value_say_found(why, s, len);
	return false;
}

static bool read_bool(const char *s, size_t len, struct buf *out, struct buf *why)
{
	if ((len == 4 && memcmp(s, "true", 4) == 0) || (len == 5 && memcmp(s, "false", 5) == 0)) {
		buf_add(out, s, len);
		return true;
	}
	buf_addstr(why, "expected true or false");
	value_say_found(why, s, len);
	return false;
}

static bool read_bytes(const char *s, size_t len, struct buf *out, struct buf *why)
{
	if (!value_base64_decode(s, len, NULL)) {
		buf_addstr(why, "expected bytes in base64");
		value_say_found(why, s, len);
		return false;
	}
	buf_addch(out, '"');
	buf_add(out, s, len);
	buf_addch(out, '"');
	return true;
}

bool value_string_fits(const struct plan *p, uint32_t type, size_t len, struct buf *why)
{
	const struct plan_type *t = &p->type[value_present(p, type)];

	if (t->kind != PLAN_STRING || t->params == 0 || len <= t->params)
		return true;
	buf_printf(why, "expected string[%u], found %zu bytes", t->params, len);
	return false;
}

bool value_read_scalar(const struct plan *p, uint32_t type, const char *s, size_t len, struct buf *out, struct buf *why)
{
	enum plan_type_kind kind;

	type = value_present(p, type);
	kind = p->type[type].kind;
	switch (kind) {
	case PLAN_BOOL: return read_bool(s, len, out, why);
	case PLAN_I32:
	case PLAN_I64:
	case PLAN_U32:
	case PLAN_U64: return value_read_integer(kind, s, len, out, why);
	case PLAN_F32:
	case PLAN_F64: return value_read_float(kind, s, len, out, why);
	case PLAN_STRING: json_quote(out, s, len); return value_string_fits(p, type, len, why);
	case PLAN_BYTES: return read_bytes(s, len, out, why);
	case PLAN_TIME: return value_read_time(s, len, out, why);
	case PLAN_DURATION: return value_read_duration(s, len, out, why);
	case PLAN_ENUM: return read_enum(p, type, s, len, out, why);
	case PLAN_FILE:
	case PLAN_RECORD:
	case PLAN_LIST:
	case PLAN_OPTIONAL:
	case PLAN_CHOICE:
	case PLAN_FLOW: break;
	}
	buf_addstr(why, "expected a scalar");
	return false;
}

static bool take_text(void *ctx, const struct json_event *ev)
{
	struct buf *out = ctx;

	if (ev->kind == JSON_BOOL)
		buf_addstr(out, ev->boolean ? "true" : "false");
	else if (ev->kind == JSON_STRING || ev->kind == JSON_NUMBER)
		buf_add(out, ev->text, ev->len);
	else
		return false;
	return true;
}

bool value_plain_text(const char *json, size_t len, struct buf *out, struct buf *error)
{
	struct json_error err;

	if (json_read(json, len, 1, take_text, out, &err))
		return true;
	buf_printf(error, "expected a scalar: %s", err.message[0] ? err.message : "found an object, an array or null");
	return false;
}
