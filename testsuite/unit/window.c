/*
 * Windows: the last one that is closed against a search through all of them, names against gmtime, texts that are read and refused,
 * rows, and cron lines against the minutes in which windows close.
 */
#include <stdlib.h>
#include <time.h>
#include "base/rfc3339.h"
#include "runtime/window.h"
#include "testsuite/unit/plan_build.h"
#include "testsuite/unit/test.h"

#define SECOND INT64_C(1000000000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

static uint64_t random_state = 1;

static uint64_t next_random(void)
{
	random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return random_state >> 20;
}

static int64_t when(const char *text)
{
	struct rfc3339 t;
	int64_t ns = 0;

	CHECK(rfc3339_read(text, strlen(text), &t) == TEXT_OK && rfc3339_to_ns(t, &ns));
	return ns;
}

static void test_closed(void)
{
	for (int i = 0; i < 20000; i++) {
		struct plan_window w = { "w", "", 1 + next_random() % 50, 0, next_random() % 70 };
		int64_t now = (int64_t)(next_random() % 400) - 200, start, best = INT64_MIN;

		w.from = next_random() % w.every;
		for (int64_t s = (int64_t)w.from - 400 * (int64_t)w.every; s < 300; s += (int64_t)w.every)
			if (s + (int64_t)w.every + (int64_t)w.late <= now)
				best = s;
		if (!window_closed(&w, now, &start) || start != best) {
			CHECK(false);
			printf("  every %d from %d late %d now %d: %d, not %d\n", (int)w.every, (int)w.from, (int)w.late, (int)now, (int)start, (int)best);
			return;
		}
	}
	CHECK(true);
	CHECK(!window_closed(&(struct plan_window){ "w", "", (uint64_t)DAY, 0, 0 }, INT64_MIN, &(int64_t){ 0 }));
}

static void check_name(const struct plan_window *w, const char *start, const char *part, const char *wanted)
{
	struct buf text = BUF_INIT;

	window_part_text(w, when(start), part, &text);
	CHECK_TEXT(buf_str(&text), wanted);
	buf_release(&text);
}

static void test_names(void)
{
	const struct plan_window hour = { "hour", "", (uint64_t)HOUR, 0, 0 }, half = { "half", "", (uint64_t)(30 * SECOND), 0, 0 };
	const struct plan_window fine = { "fine", "", (uint64_t)(SECOND / 4), 0, 0 };
	const struct plan_window micro = { "micro", "", 1500000 - 1000, 0, 0 }, nano = { "nano", "", (uint64_t)SECOND, 7, 0 };

	check_name(&hour, "2025-03-01T14:00:00Z", "", "20250301T1400Z");
	check_name(&hour, "2025-12-31T23:00:00Z", ".end", "20260101T0000Z");
	check_name(&hour, "2025-03-01T14:00:00Z", ".year", "2025");
	check_name(&hour, "2025-03-01T14:00:00Z", ".month", "03");
	check_name(&hour, "2025-03-01T14:00:00Z", ".day", "01");
	check_name(&hour, "2025-03-01T14:15:00Z", ".hour", "14");
	check_name(&hour, "2025-03-01T14:15:00Z", ".minute", "15");
	check_name(&hour, "1960-02-29T01:00:00Z", "", "19600229T0100Z");
	check_name(&half, "2025-03-01T14:00:30Z", "", "20250301T140030Z");
	check_name(&half, "1969-12-31T23:59:30Z", ".end", "19700101T000000Z");
	check_name(&fine, "2025-03-01T14:00:30.75Z", "", "20250301T140030.750Z");
	check_name(&micro, "2025-03-01T14:00:30.75Z", "", "20250301T140030.750000Z");
	check_name(&nano, "2025-03-01T14:00:30.000000007Z", "", "20250301T140030.000000007Z");
	CHECK(window_is_part("") && window_is_part(".end") && !window_is_part(".week") && !window_is_part("year"));
	CHECK(window_path_ok("a/{window}/{window.end}-b") && window_path_ok("") && !window_path_ok("a{b}") && !window_path_ok("{window") &&
	      !window_path_ok("window}") && !window_path_ok("{windows}") && !window_path_ok("{{window}}"));
}

static void check_read(const char *text, const char *wanted, const char *words)
{
	const struct plan_window hour = { "hour", "", (uint64_t)HOUR, 0, (uint64_t)(2 * MINUTE) };
	struct buf error = BUF_INIT;
	int64_t start = 0;
	bool ok = window_read(&hour, text, when("2025-03-01T15:02:00Z"), &start, &error);

	CHECK(ok == (wanted != NULL) && (!ok || start == when(wanted)));
	if (!CHECK(ok || strstr(buf_str(&error), words)))
		printf("  %s: %s\n", text, buf_str(&error));
	buf_release(&error);
}

static void test_read(void)
{
	const char *start = "2025-03-01T14:00:00Z";

	check_read("2025-03-01T14:00Z", start, "");
	check_read("2025-03-01T14:00:00Z", start, "");
	check_read("2025-03-01", "2025-03-01T00:00:00Z", "");
	check_read("2025-02-30", NULL, "is no time");
	check_read("2025-03-1Z", NULL, "is no time");
	check_read("25-03-0001", NULL, "is no time");
	check_read("2025-03-01T15:00+01:00", start, "");
	check_read("20250301T1400Z", start, "");
	check_read("20250301T140000Z", start, "");
	check_read("20250301T140000.000000000Z", start, "");
	check_read("20250301T140000.0000000000000Z", NULL, "is no time");
	check_read("2025-03-01T14:30Z", NULL, "the one that it lies in starts at 2025-03-01T14:00:00Z");
	check_read("2025-03-01T15:00Z", NULL, "it closes at 2025-03-01T16:02:00Z");
	check_read("yesterday", NULL, "is no time");
	check_read("", NULL, "is no time");
	check_read("20250301T14Z", NULL, "is no time");
	check_read("20251301T1400Z", NULL, "is no time");
	check_read("20250301T14000Z", NULL, "is no time");
	check_read("2025-03-01T14:00", NULL, "is no time");
	check_read("9000-01-01T00:00Z", NULL, "is no time");
	check_read("00000000000000000000000000000000000000000000000000000000000000", NULL, "is no time");
}

static struct plan *plan_of_rows(void)
{
	struct plan *p = build_begin("w.cf", "w", 1);
	uint32_t time = build_type(p, (struct plan_type){ .kind = PLAN_TIME, .elem = PLAN_NONE }), inner, first;
	static struct plan_window hour = { "hour", "", (uint64_t)HOUR, 0, 0 };

	first = build_field(p, "at", time);
	inner = build_type(p, (struct plan_type){ .kind = PLAN_RECORD, .elem = PLAN_NONE, .name = "In", .first = first, .count = 1 });
	first = build_field(p, "name", TYPE_STRING);
	build_field(p, "at", time);
	build_type(p, (struct plan_type){ .kind = PLAN_RECORD, .elem = PLAN_NONE, .name = "Flat", .first = first, .count = 2 });
	first = build_field(p, "in", inner);
	build_field(p, "at", time);
	build_type(p, (struct plan_type){ .kind = PLAN_RECORD, .elem = PLAN_NONE, .name = "Deep", .first = first, .count = 2 });
	p->window = &hour;
	p->windows = 1;
	p->set.window = 0;
	window_bind(p, when("2025-03-01T14:00:00Z"));
	return p;
}

static void check_slice(const struct plan *p, uint32_t type, const char *lines, const char *wanted, uint64_t others)
{
	struct buf out = BUF_INIT, error = BUF_INIT;
	uint64_t other = 0;
	bool ok = window_slice(p, type, 1, lines, strlen(lines), &out, &other, &error);

	CHECK(ok == (wanted != NULL) && other == others);
	if (wanted)
		CHECK_TEXT(buf_str(&out), wanted);
	else
		CHECK(strstr(buf_str(&error), "field `at`"));
	buf_release(&out);
	buf_release(&error);
}

static void test_slice(void)
{
	struct plan *p = plan_of_rows();
	uint32_t flat = p->types - 2, deep = p->types - 1;

	CHECK(p->slice.bound && p->slice.end - p->slice.start == HOUR);
	check_slice(p, flat, "{\"name\":\"a\",\"at\":\"2025-03-01T13:59:59.999999999Z\"}\n{\"name\":\"b\",\"at\":\"2025-03-01T14:00:00Z\"}\n"
			     "{\"name\":\"c\",\"at\":\"2025-03-01T14:59:59.999999999Z\"}\n{\"name\":\"d\",\"at\":\"2025-03-01T15:00:00Z\"}\n",
		    "{\"name\":\"b\",\"at\":\"2025-03-01T14:00:00Z\"}\n{\"name\":\"c\",\"at\":\"2025-03-01T14:59:59.999999999Z\"}\n", 2);
	check_slice(p, flat, "{\"name\":\",\\\"at\\\":\\\"2025-03-01T14:00:00Z\",\"at\":\"2025-03-01T13:00:00Z\"}\n", "", 1);
	check_slice(p, deep, "{\"in\":{\"at\":\"2025-03-01T13:00:00Z\"},\"at\":\"2025-03-01T14:00:00Z\"}\n",
		    "{\"in\":{\"at\":\"2025-03-01T13:00:00Z\"},\"at\":\"2025-03-01T14:00:00Z\"}\n", 0);
	check_slice(p, deep, "{\"in\":{\"at\":\"2025-03-01T14:00:00Z\"},\"at\":\"2025-03-01T13:00:00Z\"}\n", "", 1);
	check_slice(p, flat, "", "", 0);
	check_slice(p, flat, "{\"name\":\"a\"}\n", NULL, 0);
	check_slice(p, flat, "{\"name\":\"a\",\"at\":\"9999-03-01T13:00:00Z\"}\n", NULL, 0);
	p->window = NULL;
	p->windows = 0;
	plan_free(p);
}

/* ---- cron ---- */

/* One field: star, N, A-B/N. */
static bool field_has(const char **at, int value)
{
	char *end;
	long from, to, step = 1;

	*at += strspn(*at, " ");
	if (**at == '*') {
		++*at;
		return true;
	}
	from = to = strtol(*at, &end, 10);
	if (*end == '-')
		to = strtol(end + 1, &end, 10);
	if (*end == '/')
		step = strtol(end + 1, &end, 10);
	*at = end;
	return value >= from && value <= to && (value - from) % step == 0;
}

static bool cron_fires(const char *line, int64_t ns)
{
	time_t t = (time_t)(ns / SECOND);
	struct tm tm;
	bool fires;

	gmtime_r(&t, &tm);
	fires = field_has(&line, tm.tm_min);
	fires &= field_has(&line, tm.tm_hour);
	fires &= field_has(&line, tm.tm_mday);
	fires &= field_has(&line, tm.tm_mon + 1);
	return fires & field_has(&line, tm.tm_wday);
}

static void test_schedule(void)
{
	static const int64_t every[] = { MINUTE, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 8 * HOUR, 12 * HOUR, DAY, 7 * DAY };
	static const int64_t never[] = { SECOND, 7 * MINUTE, 90 * MINUTE, 5 * HOUR, 2 * DAY, 90 * SECOND };

	for (unsigned i = 0; i < sizeof every / sizeof *every; i++) {
		for (int k = 0; k < 20; k++) {
			struct plan_window w = { "w", "", (uint64_t)every[i], 0, next_random() % (uint64_t)(3 * DAY) };
			struct buf line = BUF_INIT;
			unsigned wrong = 0;

			w.from = next_random() % w.every;
			if (k % 2) {
				w.from -= w.from % (uint64_t)MINUTE;
				w.late -= w.late % (uint64_t)MINUTE;
			}
			CHECK(window_schedule(&w, &line));
			/* it fires in the minute in which, since the last one, a window closed */
			for (int64_t t = when("2025-02-20T00:00:00Z"), end = t + 15 * DAY; t < end; t += MINUTE) {
				int64_t now = 0, before = 0;

				window_closed(&w, t, &now);
				window_closed(&w, t - MINUTE, &before);
				wrong += cron_fires(buf_str(&line), t) != (now != before);
			}
			if (!CHECK(!wrong))
				printf("  %s: every %lld from %lld late %lld: %u minutes\n", buf_str(&line), (long long)w.every, (long long)w.from, (long long)w.late, wrong);
			buf_release(&line);
		}
	}
	for (unsigned i = 0; i < sizeof never / sizeof *never; i++) {
		struct buf line = BUF_INIT;

		CHECK(!window_schedule(&(struct plan_window){ "w", "", (uint64_t)never[i], 0, 0 }, &line) && line.len == 0);
	}
}

int main(void)
{
	test_closed();
	test_names();
	test_read();
	test_slice();
	test_schedule();
	return test_end();
}
