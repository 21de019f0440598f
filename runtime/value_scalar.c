/* Scalars: from their plain text to canonical JSON, and back. Numbers and times have a file of their own. */
#include "base/base64.h"
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
	if (!base64_read(s, len, NULL)) {
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
