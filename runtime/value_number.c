/*
 * Numbers of values as canonical text: what base reads, written again in its one form, and in words what does not fit.
 * An integer must be written as one, by JSON's grammar.
 */
#include <inttypes.h>
#include "base/number.h"
#include "base/rfc3339.h"
#include "runtime/value_inner.h"

static bool refuse(enum text_result r, const char *name, const char *s, size_t len, struct buf *why)
{
	buf_printf(why, r == TEXT_RANGE ? "out of the range of %s" : "expected %s", name);
	value_say_found(why, s, len);
	return false;
}

bool value_read_integer(enum plan_type_kind kind, const char *s, size_t len, struct buf *out, struct buf *why)
{
	static const char *const names[] = { [PLAN_I32] = "i32", [PLAN_I64] = "i64", [PLAN_U32] = "u32", [PLAN_U64] = "u64" };
	bool is_signed = kind == PLAN_I32 || kind == PLAN_I64;
	enum text_result r = TEXT_BAD;
	uint64_t v;

	if (number_is_json_integer(s, len))
		r = number_read_integer((enum number_kind)(kind - PLAN_I32), s, len, &v);
	if (r != TEXT_OK)
		return refuse(r, names[kind], s, len, why);
	if (is_signed)
		buf_printf(out, "%" PRId64, (int64_t)v);
	else
		buf_printf(out, "%" PRIu64, v);
	return true;
}

bool value_read_float(enum plan_type_kind kind, const char *s, size_t len, struct buf *out, struct buf *why)
{
	enum text_result r = TEXT_BAD;
	char text[32];
	double v;

	if (number_is_json(s, len))
		r = number_read_float((enum number_kind)(kind - PLAN_I32), s, len, &v);
	if (r != TEXT_OK)
		return refuse(r, kind == PLAN_F32 ? "f32" : "f64", s, len, why);
	if (kind == PLAN_F32)
		number_f32_text(text, (float)v);
	else
		number_f64_text(text, v);
	buf_addstr(out, text);
	return true;
}

bool value_read_duration(const char *s, size_t len, struct buf *out, struct buf *why)
{
	int64_t ns;
	enum text_result r = duration_read(s, len, &ns);

	if (r != TEXT_OK)
		return refuse(r, r == TEXT_RANGE ? "duration (292 years)" : "a duration in seconds", s, len, why);
	duration_text(ns, out);
	return true;
}

bool value_read_time(const char *s, size_t len, struct buf *out, struct buf *why)
{
	struct rfc3339 t;

	if (rfc3339_read(s, len, &t) != TEXT_OK)
		return refuse(TEXT_BAD, "a time like 2025-03-01T14:00:00Z (at most nine digits of a second)", s, len, why);
	buf_addch(out, '"');
	rfc3339_text(t, out);
	buf_addch(out, '"');
	return true;
}
