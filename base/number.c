/* Numbers from text and to text. What JSON's grammar does not have (NaN, inf, +1, 0x1) is no number. */
#include "base/number.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"

static size_t digits_from(const char *s, size_t len, size_t at)
{
	size_t start = at;

	while (at < len && s[at] >= '0' && s[at] <= '9')
		at++;
	return at - start;
}

/* What follows the integer part: .5, e+3, both or nothing. */
static bool is_tail(const char *s, size_t len, size_t at)
{
	size_t digits;

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

/* Length of the integer part at the beginning of s (-?(0|[1-9][0-9]*)), 0 when there is none. */
static size_t integer_part(const char *s, size_t len)
{
	size_t sign = len && s[0] == '-', digits = digits_from(s, len, sign);

	if (digits == 0 || (digits > 1 && s[sign] == '0'))
		return 0;
	return sign + digits;
}

bool number_is_json(const char *s, size_t len)
{
	size_t at = integer_part(s, len);

	return at && is_tail(s, len, at);
}

bool number_is_json_integer(const char *s, size_t len)
{
	return len && integer_part(s, len) == len;
}

/* Largest magnitudes on each side of 0. */
static const struct range { uint64_t below, above; } ranges[] = {
	[NUMBER_I32] = { (uint64_t)INT32_MAX + 1, INT32_MAX },
	[NUMBER_I64] = { (uint64_t)INT64_MAX + 1, INT64_MAX },
	[NUMBER_U32] = { 0, UINT32_MAX },
	[NUMBER_U64] = { 0, UINT64_MAX },
};

enum text_result number_read_integer(enum number_kind kind, const char *s, size_t len, uint64_t *out)
{
	bool negative = len && s[0] == '-', too_large = false;
	uint64_t v = 0;

	if (len == negative || digits_from(s, len, negative) != len - negative)
		return TEXT_BAD;
	for (size_t i = negative; i < len && !too_large; i++)
		too_large = __builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, (uint64_t)(s[i] - '0'), &v);
	if (too_large || v > (negative ? ranges[kind].below : ranges[kind].above))
		return TEXT_RANGE;
	*out = negative ? 0 - v : v;
	return TEXT_OK;
}

enum text_result number_read_float(enum number_kind kind, const char *s, size_t len, double *out)
{
	size_t sign = len && s[0] == '-', digits = digits_from(s, len, sign);
	char small[64], *copy;

	if (digits == 0 || !is_tail(s, len, sign + digits))
		return TEXT_BAD;
	copy = len < sizeof small ? small : mem_alloc(len + 1);
	memcpy(copy, s, len);
	copy[len] = '\0';
	*out = kind == NUMBER_F32 ? (double)strtof(copy, NULL) : strtod(copy, NULL);
	if (copy != small)
		mem_free(copy);
	return isfinite(*out) ? TEXT_OK : TEXT_RANGE;
}

/* Every decimal of up to DIG digits survives a normal number, so that many are the shortest where they fit. */
void number_f64_text(char out[32], double v)
{
	int digits = isfinite(v) && fabs(v) < DBL_MIN ? 1 : DBL_DIG;

	for (; digits <= DBL_DECIMAL_DIG; digits++) {
		snprintf(out, 32, "%.*g", digits, v);
		if (strtod(out, NULL) == v)
			return;
	}
}

void number_f32_text(char out[32], float v)
{
	int digits = isfinite(v) && fabsf(v) < FLT_MIN ? 1 : FLT_DIG;

	for (; digits <= FLT_DECIMAL_DIG; digits++) {
		snprintf(out, 32, "%.*g", digits, (double)v);
		if (strtof(out, NULL) == v)
			return;
	}
}
