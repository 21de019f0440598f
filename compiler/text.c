/* Scalars from text and to text. Pure functions over bytes. */
#include "compiler/text.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

/* Digits with an optional sign → magnitude. TEXT_RANGE over 2^64. */
static enum text_result magnitude(const char *p, size_t len, bool *negative, uint64_t *out)
{
	uint64_t v = 0;
	size_t i = 0;

	*negative = len && p[0] == '-';
	i += *negative;
	if (i == len)
		return TEXT_BAD;
	for (; i < len; i++) {
		if (!is_digit(p[i]))
			return TEXT_BAD;
		if (v > (UINT64_MAX - (uint64_t)(p[i] - '0')) / 10)
			return TEXT_RANGE;
		v = v * 10 + (uint64_t)(p[i] - '0');
	}
	*out = v;
	return TEXT_OK;
}

static enum text_result float_number(const char *p, size_t len, type_t type, word_t *out)
{
	char copy[512], *end;
	if (!len || len >= sizeof copy || !(is_digit(p[0]) || p[0] == '-') || memchr(p, 'x', len) || memchr(p, 'X', len))
		return TEXT_BAD;
	memcpy(copy, p, len);
	copy[len] = 0;
	double d = strtod(copy, &end);
	if (*end)
		return TEXT_BAD;
	if (type == TYPE_F32)
		d = (double)(float)d;
	*out = word_f64(d);
	return isfinite(d) ? TEXT_OK : TEXT_RANGE;
}

enum text_result text_number(const char *p, size_t len, type_t type, word_t *out)
{
	bool negative;
	uint64_t v = 0, most;
	if (type == TYPE_F32 || type == TYPE_F64)
		return float_number(p, len, type, out);
	enum text_result r = magnitude(p, len, &negative, &v);
	if (r != TEXT_OK)
		return r;
	switch (type) {
	case TYPE_I32: most = (uint64_t)INT32_MAX + negative; break;
	case TYPE_U32: most = negative ? 0 : UINT32_MAX; break;
	case TYPE_U64: most = negative ? 0 : UINT64_MAX; break;
	default: most = (uint64_t)INT64_MAX + negative;
	}
	*out = negative ? 0 - v : v;
	return v <= most ? TEXT_OK : TEXT_RANGE;
}

static const struct unit { const char *text; enum quantity q; int64_t times; } units[] = {
	{ "ns", QUANTITY_TIME, 1 }, { "us", QUANTITY_TIME, 1000 }, { "ms", QUANTITY_TIME, 1000000 },
	{ "s", QUANTITY_TIME, 1000000000 }, { "m", QUANTITY_TIME, 60000000000 }, { "h", QUANTITY_TIME, 3600000000000 },
	{ "d", QUANTITY_TIME, 86400000000000 },
	{ "", QUANTITY_BYTES, 1 }, { "Ki", QUANTITY_BYTES, 1 << 10 }, { "Mi", QUANTITY_BYTES, 1 << 20 },
	{ "Gi", QUANTITY_BYTES, 1 << 30 }, { "Ti", QUANTITY_BYTES, (int64_t)1 << 40 },
	{ "m", QUANTITY_CORES, 1 }, { "", QUANTITY_CORES, 1000 },
};

const char *quantity_units(enum quantity q)
{
	return q == QUANTITY_TIME ? "ms, s, m, h or d" : q == QUANTITY_BYTES ? "Ki, Mi, Gi or Ti" : "m (thousandths of a core), or none";
}

enum text_result text_quantity(const char *p, size_t len, enum quantity q, int64_t *out)
{
	size_t digits = 0;
	bool negative;
	uint64_t v;

	while (digits < len && is_digit(p[digits]))
		digits++;
	enum text_result r = magnitude(p, digits, &negative, &v);
	if (r != TEXT_OK)
		return r;
	for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
		const struct unit *u = &units[i];
		if (u->q != q || strlen(u->text) != len - digits || memcmp(u->text, p + digits, len - digits))
			continue;
		if (v > (uint64_t)(INT64_MAX / u->times))
			return TEXT_RANGE;
		*out = (int64_t)v * u->times;
		return TEXT_OK;
	}
	return TEXT_BAD;
}

/* Days since 1970-01-01 of a civil date, after Howard Hinnant's days_from_civil. */
static int64_t days_from_civil(int64_t y, unsigned m, unsigned d)
{
	y -= m <= 2;
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	unsigned yoe = (unsigned)(y - era * 400);
	unsigned doy = (153 * (m > 2 ? m - 3 : m + 9) + 2) / 5 + d - 1;
	unsigned doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
	return era * 146097 + (int64_t)doe - 719468;
}

static void civil_from_days(int64_t z, int64_t *y, unsigned *m, unsigned *d)
{
	z += 719468;
	int64_t era = (z >= 0 ? z : z - 146096) / 146097;
	unsigned doe = (unsigned)(z - era * 146097);
	unsigned yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	unsigned mp = (5 * doy + 2) / 153;
	*d = doy - (153 * mp + 2) / 5 + 1;
	*m = mp < 10 ? mp + 3 : mp - 9;
	*y = (int64_t)yoe + era * 400 + (*m <= 2);
}

/* n digits at *p, moved behind them; -1 when there are fewer. */
static int digits_at(const char **p, const char *end, int n)
{
	int v = 0;
	for (; n; n--, (*p)++) {
		if (*p == end || !is_digit(**p))
			return -1;
		v = v * 10 + (**p - '0');
	}
	return v;
}

static bool take(const char **p, const char *end, char c)
{
	if (*p == end || **p != c)
		return false;
	(*p)++;
	return true;
}

static bool month_has(int y, int m, int d)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
	return m >= 1 && m <= 12 && d >= 1 && d <= days[m - 1] + (m == 2 && leap);
}

enum text_result text_time(const char *p, size_t len, int64_t *ns)
{
	const char *end = p + len;
	int y = digits_at(&p, end, 4), mo, d, h, mi, s, oh = 0, om = 0, sign = 0;
	int64_t frac = 0, unit = 100000000;

	if (y < 0 || !take(&p, end, '-') || (mo = digits_at(&p, end, 2)) < 0 || !take(&p, end, '-') ||
	    (d = digits_at(&p, end, 2)) < 0 || !(take(&p, end, 'T') || take(&p, end, 't') || take(&p, end, ' ')) ||
	    (h = digits_at(&p, end, 2)) < 0 || !take(&p, end, ':') || (mi = digits_at(&p, end, 2)) < 0 ||
	    !take(&p, end, ':') || (s = digits_at(&p, end, 2)) < 0)
		return TEXT_BAD;
	if (take(&p, end, '.')) {
		if (p == end || !is_digit(*p))
			return TEXT_BAD;
		for (; p < end && is_digit(*p); p++, unit /= 10)
			if (unit)
				frac += (*p - '0') * unit;
			else if (*p != '0')
				return TEXT_RANGE;	/* finer than a nanosecond */
	}
	if (!take(&p, end, 'Z') && !take(&p, end, 'z')) {
		sign = take(&p, end, '+') ? 1 : take(&p, end, '-') ? -1 : 0;
		if (!sign || (oh = digits_at(&p, end, 2)) < 0 || !take(&p, end, ':') || (om = digits_at(&p, end, 2)) < 0)
			return TEXT_BAD;
	}
	if (p != end || !month_has(y, mo, d) || h > 23 || mi > 59 || s > 59 || oh > 23 || om > 59)
		return TEXT_BAD;
	if (y < 1678 || y > 2261)	/* what 64 bits of nanoseconds hold */
		return TEXT_RANGE;
	int64_t secs = days_from_civil(y, (unsigned)mo, (unsigned)d) * 86400 + h * 3600 + mi * 60 + s;
	*ns = (secs - sign * (oh * 3600 + om * 60)) * 1000000000 + frac;
	return TEXT_OK;
}

enum text_result text_seconds(const char *p, size_t len, int64_t *ns)
{
	const char *end = p + len;
	bool negative = take(&p, end, '-');
	int64_t secs = 0, frac = 0, unit = 100000000;
	word_t d;

	if (memchr(p, 'e', (size_t)(end - p)) || memchr(p, 'E', (size_t)(end - p))) {
		enum text_result r = text_number(p, (size_t)(end - p), TYPE_F64, &d);
		double v = r == TEXT_OK ? f64_word(d) * 1e9 : 0;
		if (r != TEXT_OK || v > 9.2e18)
			return r == TEXT_OK ? TEXT_RANGE : r;
		*ns = negative ? -(int64_t)v : (int64_t)v;
		return TEXT_OK;
	}
	if (p == end || !is_digit(*p))
		return TEXT_BAD;
	for (; p < end && is_digit(*p); p++) {
		if (secs > 9000000000)
			return TEXT_RANGE;
		secs = secs * 10 + (*p - '0');
	}
	if (take(&p, end, '.')) {
		for (; p < end && is_digit(*p); p++, unit /= 10) {
			if (unit)
				frac += (*p - '0') * unit;
			else if (*p != '0')
				return TEXT_RANGE;
		}
	}
	if (p != end)
		return TEXT_BAD;
	if (secs > 9223372035)
		return TEXT_RANGE;
	*ns = (secs * 1000000000 + frac) * (negative ? -1 : 1);
	return TEXT_OK;
}

/* ".5" for half a second, nothing for none. */
static void fraction_text(unsigned long ns, struct buf *out)
{
	char f[24];
	if (!ns)
		return;
	snprintf(f, sizeof f, "%09lu", ns);
	size_t n = 9;
	while (f[n - 1] == '0')
		n--;
	buf_addch(out, '.');
	buf_add(out, f, n);
}

void time_text(int64_t ns, struct buf *out)
{
	int64_t secs = ns / 1000000000, rest = ns % 1000000000, y;
	unsigned m, d;
	if (rest < 0) {
		rest += 1000000000;
		secs--;
	}
	int64_t days = secs / 86400, in_day = secs % 86400;
	if (in_day < 0) {
		in_day += 86400;
		days--;
	}
	civil_from_days(days, &y, &m, &d);
	buf_printf(out, "%04" PRId64 "-%02u-%02uT%02d:%02d:%02d", y, m, d, (int)(in_day / 3600), (int)(in_day / 60 % 60),
		   (int)(in_day % 60));
	fraction_text((unsigned long)rest, out);
	buf_addch(out, 'Z');
}

void duration_text(int64_t ns, struct buf *out)
{
	uint64_t u = ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns;
	buf_printf(out, "%s%" PRIu64, ns < 0 ? "-" : "", u / 1000000000);
	fraction_text((unsigned long)(u % 1000000000), out);
}

static const char base64_digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_text(const char *p, size_t len, struct buf *out)
{
	for (size_t i = 0; i < len; i += 3) {
		size_t n = len - i < 3 ? len - i : 3;
		uint32_t v = 0;
		for (size_t k = 0; k < 3; k++)
			v = v << 8 | (k < n ? (unsigned char)p[i + k] : 0);
		for (size_t k = 0; k < 4; k++)
			buf_addch(out, k <= n ? base64_digit[v >> (18 - 6 * k) & 63] : '=');
	}
}

bool text_base64(const char *p, size_t len, struct buf *out)
{
	if (len % 4)
		return false;
	for (size_t i = 0; i < len; i += 4) {
		uint32_t v = 0;
		size_t n = 4;
		while (n > 2 && i + 4 == len && p[i + n - 1] == '=')
			n--;
		for (size_t k = 0; k < 4; k++) {
			const char *d = k < n && p[i + k] ? strchr(base64_digit, p[i + k]) : k < n ? NULL : base64_digit;
			if (!d)
				return false;
			v = v << 6 | (uint32_t)(d - base64_digit);
		}
		if ((n == 2 && v & 0xffff) || (n == 3 && v & 0xff))
			return false;
		for (size_t k = 0; k + 1 < n; k++)
			buf_addch(out, (char)(v >> (16 - 8 * k) & 255));
	}
	return true;
}
