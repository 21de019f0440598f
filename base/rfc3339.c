/* Times and durations from text and to text, in the Gregorian calendar, without the C library's notion of time. */
#include "base/rfc3339.h"

#include <inttypes.h>
#include <stdio.h>

enum { NS = 1000000000, DAY = 86400 };

/* ---- the calendar ---- */

static int days_in_month(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap);
}

/* Days since 1970-01-01: years begin in March, so that the leap day is the last. */
static int64_t days_of(int year, int month, int day)
{
	int64_t y = month <= 2 ? year - 1 : year, era = (y >= 0 ? y : y - 399) / 400, year_of_era = y - era * 400;
	int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

static void date_of(int64_t days, int *year, int *month, int *day)
{
	int64_t z = days + 719468, era = (z >= 0 ? z : z - 146096) / 146097, day_of_era = z - era * 146097;
	int64_t y = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	int64_t day_of_year = day_of_era - (365 * y + y / 4 - y / 100), m = (5 * day_of_year + 2) / 153;

	*day = (int)(day_of_year - (153 * m + 2) / 5 + 1);
	*month = (int)(m < 10 ? m + 3 : m - 9);
	*year = (int)(y + era * 400 + (*month <= 2));
}

/* ---- reading a time ---- */

/* Two digits at s as a number up to `max`; -1 when they are none. */
static int two_digits(const char *s, int max)
{
	int v;

	if (s[0] < '0' || s[0] > '9' || s[1] < '0' || s[1] > '9')
		return -1;
	v = (s[0] - '0') * 10 + (s[1] - '0');
	return v <= max ? v : -1;
}

/* "2025-03-01T14:00:00": 19 bytes. */
static bool date_and_time(const char *s, int64_t *seconds)
{
	int century = two_digits(s, 99), year = two_digits(s + 2, 99), month = two_digits(s + 5, 12), day = two_digits(s + 8, 31);
	int hour = two_digits(s + 11, 23), minute = two_digits(s + 14, 59), second = two_digits(s + 17, 59);

	if (century < 0 || year < 0 || month < 1 || day < 1 || hour < 0 || minute < 0 || second < 0)
		return false;
	if (s[4] != '-' || s[7] != '-' || (s[10] != 'T' && s[10] != 't' && s[10] != ' ') || s[13] != ':' || s[16] != ':')
		return false;
	year += century * 100;
	if (day > days_in_month(year, month))
		return false;
	*seconds = days_of(year, month, day) * DAY + hour * 3600 + minute * 60 + second;
	return true;
}

static bool offset(const char *s, size_t len, int64_t *seconds)
{
	int hours, minutes;

	*seconds = 0;
	if (len == 1 && (s[0] == 'Z' || s[0] == 'z'))
		return true;
	if (len != 6 || (s[0] != '+' && s[0] != '-') || s[3] != ':')
		return false;
	hours = two_digits(s + 1, 23);
	minutes = two_digits(s + 4, 59);
	if (hours < 0 || minutes < 0)
		return false;
	*seconds = (s[0] == '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
	return true;
}

enum text_result rfc3339_read(const char *s, size_t len, struct rfc3339 *out)
{
	size_t at = 19, first;
	int64_t east;
	bool finer = false;

	out->ns = 0;
	if (len < 20 || !date_and_time(s, &out->seconds))
		return TEXT_BAD;
	if (s[at] == '.') {
		uint32_t unit = NS / 10;

		for (first = ++at; at < len && s[at] >= '0' && s[at] <= '9'; at++, unit /= 10) {
			out->ns += (uint32_t)(s[at] - '0') * unit;
			finer |= unit == 0 && s[at] != '0';
		}
		if (at == first)
			return TEXT_BAD;
	}
	if (!offset(s + at, len - at, &east))
		return TEXT_BAD;
	out->seconds -= east;
	if (finer || out->seconds < days_of(0, 1, 1) * DAY || out->seconds >= (days_of(9999, 12, 31) + 1) * DAY)
		return TEXT_RANGE;
	return TEXT_OK;
}

/* ---- writing ---- */

/* ".5" for half a second, nothing for none. */
static void fraction_text(uint32_t ns, struct buf *out)
{
	char f[16];
	size_t digits = 9;

	if (!ns)
		return;
	snprintf(f, sizeof f, "%09" PRIu32, ns);
	while (f[digits - 1] == '0')
		digits--;
	buf_addch(out, '.');
	buf_add(out, f, digits);
}

void rfc3339_text(struct rfc3339 t, struct buf *out)
{
	int64_t days = t.seconds >= 0 ? t.seconds / DAY : -((DAY - 1 - t.seconds) / DAY), rest = t.seconds - days * DAY;
	int year, month, day;

	date_of(days, &year, &month, &day);
	buf_printf(out, "%04d-%02d-%02dT%02d:%02d:%02d", year, month, day, (int)(rest / 3600), (int)(rest / 60 % 60),
		   (int)(rest % 60));
	fraction_text(t.ns, out);
	buf_addch(out, 'Z');
}

bool rfc3339_to_ns(struct rfc3339 t, int64_t *ns)
{
	/* a time before 1970 is counted from the second after it: the least value has no second of its own */
	int64_t seconds = t.seconds, rest = t.ns;

	if (seconds < 0 && rest) {
		seconds++;
		rest -= NS;
	}
	return !__builtin_mul_overflow(seconds, (int64_t)NS, ns) && !__builtin_add_overflow(*ns, rest, ns);
}

struct rfc3339 rfc3339_from_ns(int64_t ns)
{
	int64_t seconds = ns / NS, rest = ns % NS;

	return (struct rfc3339){ rest < 0 ? seconds - 1 : seconds, (uint32_t)(rest < 0 ? rest + NS : rest) };
}

/* ---- durations ---- */

/* A decimal as its digits, and how many of them stand before the point (can be negative). */
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
		if (s[i] >= '0' && s[i] <= '9' && exponent < NS)
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
		if (__builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, (uint64_t)(d->s[i] - '0'), &v))
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

enum text_result duration_read(const char *s, size_t len, int64_t *ns)
{
	struct decimal d;
	uint64_t v;

	if (!number_is_json(s, len))
		return TEXT_BAD;
	d = decimal_of(s, len);
	if (!nanoseconds(&d, &v))
		return TEXT_RANGE;
	*ns = d.negative ? -(int64_t)v : (int64_t)v;
	return TEXT_OK;
}

void duration_text(int64_t ns, struct buf *out)
{
	uint64_t u = ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns;

	buf_printf(out, "%s%" PRIu64, ns < 0 ? "-" : "", u / NS);
	fraction_text((uint32_t)(u % NS), out);
}
