/* Points in time: RFC 3339 with up to nine digits of a second, years 0000 to 9999; an offset is turned into UTC. */
#include <inttypes.h>
#include "runtime/value_inner.h"

struct moment {
	int64_t seconds;	/* since 1970-01-01T00:00:00Z */
	char fraction[9];
	size_t digits;
};

/* Two digits at s as a number up to `max`; -1 when they are none. */
static int two_digits(const char *s, int max)
{
	int v;

	if (s[0] < '0' || s[0] > '9' || s[1] < '0' || s[1] > '9')
		return -1;
	v = (s[0] - '0') * 10 + (s[1] - '0');
	return v <= max ? v : -1;
}

static int days_in_month(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap);
}

/* Days since 1970-01-01 in the Gregorian calendar: years begin in March, so that the leap day is the last. */
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

/* "2025-03-01T14:00:00": 19 bytes. */
static bool date_and_time(const char *s, int64_t *seconds)
{
	int century = two_digits(s, 99), year = two_digits(s + 2, 99), month = two_digits(s + 5, 12), day = two_digits(s + 8, 31);
	int hour = two_digits(s + 11, 23), minute = two_digits(s + 14, 59), second = two_digits(s + 17, 59);

	if (century < 0 || year < 0 || month < 1 || day < 1 || hour < 0 || minute < 0 || second < 0)
		return false;
	if (s[4] != '-' || s[7] != '-' || (s[10] != 'T' && s[10] != 't') || s[13] != ':' || s[16] != ':')
		return false;
	year += century * 100;
	if (day > days_in_month(year, month))
		return false;
	*seconds = days_of(year, month, day) * 86400 + hour * 3600 + minute * 60 + second;
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

static bool parse(const char *s, size_t len, struct moment *out)
{
	size_t at = 19;
	int64_t east;

	out->digits = 0;
	if (len < 20 || !date_and_time(s, &out->seconds))
		return false;
	if (s[at] == '.') {
		for (at++; at < len && s[at] >= '0' && s[at] <= '9'; at++) {
			if (out->digits == sizeof out->fraction)
				return false;	/* finer than a nanosecond: it would be lost */
			out->fraction[out->digits++] = s[at];
		}
		if (out->digits == 0)
			return false;
	}
	if (!offset(s + at, len - at, &east))
		return false;
	out->seconds -= east;
	while (out->digits && out->fraction[out->digits - 1] == '0')
		out->digits--;
	return out->seconds >= days_of(0, 1, 1) * 86400 && out->seconds < days_of(9999, 12, 31) * 86400 + 86400;
}

bool value_read_time(const char *s, size_t len, struct buf *out, struct buf *why)
{
	struct moment m;
	int64_t days, rest;
	int year, month, day;

	if (!parse(s, len, &m)) {
		buf_addstr(why, "expected a time like 2025-03-01T14:00:00Z (at most nine digits of a second)");
		value_say_found(why, s, len);
		return false;
	}
	days = m.seconds >= 0 ? m.seconds / 86400 : -((86399 - m.seconds) / 86400);
	rest = m.seconds - days * 86400;
	date_of(days, &year, &month, &day);
	buf_printf(out, "\"%04d-%02d-%02dT%02d:%02d:%02d", year, month, day, (int)(rest / 3600), (int)(rest / 60 % 60),
		   (int)(rest % 60));
	if (m.digits) {
		buf_addch(out, '.');
		buf_add(out, m.fraction, m.digits);
	}
	buf_addstr(out, "Z\"");
	return true;
}
