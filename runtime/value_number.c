/*
 * Numbers of values: integers exact in their range, floats in the shortest form that reads back the same, durations in
 * seconds exact to the nanosecond. What JSON's grammar does not have (NaN, inf, +1, 0x1) is refused.
 */
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include "base/json.h"
#include "base/mem.h"
#include "runtime/value_inner.h"

static size_t digits_from(const char *s, size_t len, size_t at)
{
	size_t start = at;

	while (at < len && s[at] >= '0' && s[at] <= '9')
		at++;
	return at - start;
}

/* Length of the integer part at the beginning of s (-?(0|[1-9][0-9]*)), 0 when there is none. */
static size_t integer_part(const char *s, size_t len)
{
	size_t sign = len && s[0] == '-', digits = digits_from(s, len, sign);

	if (digits == 0 || (digits > 1 && s[sign] == '0'))
		return 0;
	return sign + digits;
}

bool value_is_number(const char *s, size_t len)
{
	size_t at = integer_part(s, len), digits;

	if (at == 0)
		return false;
	if (at < len && s[at] == '.') {
		digits = digits_from(s, len, ++at);
		if (digits == 0)
			return false;
		at += digits;
	}
	if (at < len && (s[at] == 'e' || s[at] == 'E')) {
		at++;
		at += at < len && (s[at] == '+' || s[at] == '-');
		digits = digits_from(s, len, at);
		if (digits == 0)
			return false;
		at += digits;
	}
	return at == len;
}

static const struct int_range {
	const char *name;
	uint64_t below, above;	/* largest magnitude on each side of 0 */
} ranges[] = {
	[PLAN_I32] = { "i32", (uint64_t)INT32_MAX + 1, INT32_MAX },
	[PLAN_I64] = { "i64", (uint64_t)INT64_MAX + 1, INT64_MAX },
	[PLAN_U32] = { "u32", 0, UINT32_MAX },
	[PLAN_U64] = { "u64", 0, UINT64_MAX },
};

bool value_read_integer(enum plan_type_kind kind, const char *s, size_t len, struct buf *out, struct buf *why)
{
	const struct int_range *range = &ranges[kind];
	bool negative = len && s[0] == '-', too_large = false;
	uint64_t v = 0;

	if (integer_part(s, len) != len || len == 0) {
		buf_printf(why, "expected %s", range->name);
		value_say_found(why, s, len);
		return false;
	}
	for (size_t i = negative; i < len && !too_large; i++)
		too_large = __builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, s[i] - '0', &v);
	if (too_large || v > (negative ? range->below : range->above)) {
		buf_printf(why, "out of the range of %s", range->name);
		value_say_found(why, s, len);
		return false;
	}
	buf_printf(out, "%s%" PRIu64, negative && v ? "-" : "", v);
	return true;
}

/* The shortest form of a float: like json_f64_text, but what must come back is a float. */
static void f32_text(char out[32], float v)
{
	int digits = fabsf(v) < FLT_MIN ? 1 : FLT_DIG;

	for (; digits <= FLT_DECIMAL_DIG; digits++) {
		snprintf(out, 32, "%.*g", digits, (double)v);
		if (strtof(out, NULL) == v)
			return;
	}
}

bool value_read_float(enum plan_type_kind kind, const char *s, size_t len, struct buf *out, struct buf *why)
{
	const char *name = kind == PLAN_F32 ? "f32" : "f64";
	char small[64], text[32], *copy = len < sizeof small ? small : mem_alloc(len + 1);
	bool ok = value_is_number(s, len), finite = true;

	memcpy(copy, s, len);
	copy[len] = '\0';
	if (ok && kind == PLAN_F32) {
		float v = strtof(copy, NULL);

		finite = isfinite(v);
		f32_text(text, v);
	} else if (ok) {
		double v = strtod(copy, NULL);

		finite = isfinite(v);
		json_f64_text(text, v);
	}
	if (copy != small)
		mem_free(copy);
	if (ok && finite) {
		buf_addstr(out, text);
		return true;
	}
	buf_printf(why, finite ? "expected %s" : "out of the range of %s", name);
	value_say_found(why, s, len);
	return false;
}

/* A decimal as its digits without leading zeros, and how many of them stand before the point (can be negative). */
struct decimal {
	const char *s;
	size_t len;
	bool negative;
	int64_t point;
};

static struct decimal decimal_of(const char *s, size_t len)
{
	struct decimal d = { s, 0, s[0] == '-', 0 };
	size_t e = 0;
	int64_t exponent = 0;
	bool minus;

	while (e < len && s[e] != 'e' && s[e] != 'E')
		e++;
	d.len = e;
	minus = e + 1 < len && s[e + 1] == '-';
	for (size_t i = e + 1; i < len; i++)
		if (s[i] >= '0' && s[i] <= '9' && exponent < 1000000000)
			exponent = exponent * 10 + (s[i] - '0');
	d.point = minus ? -exponent : exponent;
	for (size_t i = 0; i < e && s[i] != '.'; i++)
		d.point += s[i] != '-';
	return d;
}

/* Nanoseconds, rounded to the nearest. false when they do not fit in 63 bits. */
static bool nanoseconds(const struct decimal *d, uint64_t *out)
{
	int64_t left = d->point + 9;	/* digits of the result that are still to come */
	uint64_t v = 0;
	size_t i = 0;

	for (; i < d->len && left > 0; i++) {
		if (d->s[i] == '-' || d->s[i] == '.')
			continue;
		if (__builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, d->s[i] - '0', &v))
			return false;
		left--;
	}
	for (; left > 0 && v; left--)
		if (__builtin_mul_overflow(v, 10, &v))
			return false;
	while (i < d->len && (d->s[i] == '.' || d->s[i] == '-'))
		i++;
	if (left == 0 && i < d->len && d->s[i] >= '5')
		v++;
	*out = v;
	return v <= INT64_MAX;
}

bool value_read_duration(const char *s, size_t len, struct buf *out, struct buf *why)
{
	struct decimal d;
	uint64_t ns;
	char fraction[16];
	size_t digits = 9;

	if (!value_is_number(s, len)) {
		buf_addstr(why, "expected a duration in seconds");
		value_say_found(why, s, len);
		return false;
	}
	d = decimal_of(s, len);
	if (!nanoseconds(&d, &ns)) {
		buf_addstr(why, "out of the range of duration (292 years)");
		value_say_found(why, s, len);
		return false;
	}
	buf_printf(out, "%s%" PRIu64, d.negative && ns ? "-" : "", ns / 1000000000);
	snprintf(fraction, sizeof fraction, "%09u", (unsigned)(ns % 1000000000));
	while (digits && fraction[digits - 1] == '0')
		digits--;
	if (digits) {
		buf_addch(out, '.');
		buf_add(out, fraction, digits);
	}
	return true;
}
