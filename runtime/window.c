/* Windows: arithmetic of slices of time, their names, and plans that are bound to one. */
#include "runtime/window.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "base/arena.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/rfc3339.h"

#define SECOND INT64_C(1000000000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

/* ---- which ---- */

__extension__ typedef __int128 wide;	/* the sum of two times */

/* Start of the window that t lies in. */
static wide start_of(const struct plan_window *w, wide t)
{
	wide every = w->every, since = t - (wide)w->from, k = since / every;

	if (since % every < 0)
		k--;
	return (wide)w->from + k * every;
}

static bool in_range(const struct plan_window *w, wide start, int64_t *out)
{
	*out = (int64_t)start;
	return start >= INT64_MIN && start + (wide)w->every + (wide)w->late <= INT64_MAX;
}

bool window_closed(const struct plan_window *w, int64_t now, int64_t *start)
{
	return in_range(w, start_of(w, (wide)now - (wide)w->late) - (wide)w->every, start);
}

static void time_text(int64_t ns, struct buf *out)
{
	rfc3339_text(rfc3339_from_ns(ns), out);
}

/* Digits of "20250301T1400Z", "2025-03-01T14:00Z" and "2025-03-01", a day's first moment, as RFC 3339 has them. */
static bool spell_out(const char *text, char out[40])
{
	size_t len = strlen(text);
	int at[6], used = 0;
	char rest[16] = "";	/* "30.123456789Z" */

	if (len >= 40)
		return false;
	if (sscanf(text, "%4d%2d%2dT%2d%2d%n", &at[0], &at[1], &at[2], &at[3], &at[4], &used) == 5 && used == 13 && strspn(text, "0123456789") == 8) {
		if (!strcmp(text + used, "Z"))
			snprintf(out, 40, "%.4s-%.2s-%.2sT%.2s:%.2s:00Z", text, text + 4, text + 6, text + 9, text + 11);
		else if (sscanf(text + used, "%15s", rest) == 1 && strspn(rest, "0123456789") == 2)
			snprintf(out, 40, "%.4s-%.2s-%.2sT%.2s:%.2s:%s", text, text + 4, text + 6, text + 9, text + 11, rest);
		else
			return false;
		return true;
	}
	if (len == 10 && strspn(text, "0123456789-") == 10) {
		snprintf(out, 40, "%sT00:00:00Z", text);
		return true;
	}
	/* seconds may be left out: "2025-03-01T14:00Z", "2025-03-01T14:00+01:00" */
	if (len > 16 && text[13] == ':' && text[16] != ':')
		snprintf(out, 40, "%.16s:00%s", text, text + 16);
	else
		snprintf(out, 40, "%s", text);
	return true;
}

bool window_read(const struct plan_window *w, const char *text, int64_t now, int64_t *start, struct buf *error)
{
	struct rfc3339 t;
	char spelt[48];
	int64_t ns;
	wide of;

	if (!spell_out(text, spelt) || rfc3339_read(spelt, strlen(spelt), &t) != TEXT_OK || !rfc3339_to_ns(t, &ns)) {
		buf_printf(error, "`%s` is no time: write the start of a window as 2025-03-01T14:00Z, or as 2025-03-01 where it is midnight", text);
		return false;
	}
	of = start_of(w, ns);
	if (!in_range(w, of, start)) {
		buf_printf(error, "`%s` is out of range", text);
		return false;
	}
	if (of != ns) {
		buf_printf(error, "no window `%s` starts at %s; the one that it lies in starts at ", w->name, text);
		time_text(*start, error);
		return false;
	}
	if (*start + (int64_t)w->every + (int64_t)w->late > now) {
		buf_printf(error, "window `%s` of %s is still open: it closes at ", w->name, text);
		time_text(*start + (int64_t)w->every + (int64_t)w->late, error);
		return false;
	}
	return true;
}

/* ---- how it is called ---- */

bool window_is_part(const char *name)
{
	static const char *const parts[] = { "", ".end", ".year", ".month", ".day", ".hour", ".minute" };

	for (unsigned i = 0; name && i < sizeof parts / sizeof *parts; i++)
		if (strcmp(parts[i], name) == 0)
			return true;
	return false;
}

static bool is_fine(const struct plan_window *w, int64_t unit)
{
	return w->every % (uint64_t)unit || w->from % (uint64_t)unit;
}

/* 20250301T1400Z; with seconds, and with three, six or nine digits behind them, where windows begin between minutes. */
static void stamp(const struct plan_window *w, const char *rfc, int64_t ns, struct buf *out)
{
	int64_t below = (ns % MINUTE + MINUTE) % MINUTE, unit = SECOND;
	int digits = 0;

	buf_printf(out, "%.4s%.2s%.2sT%.2s%.2s", rfc, rfc + 5, rfc + 8, rfc + 11, rfc + 14);
	if (is_fine(w, MINUTE))
		buf_printf(out, "%02d", (int)(below / SECOND));
	for (; is_fine(w, unit); unit /= 1000)	/* all names are equally long: their order is that of time */
		digits += 3;
	if (digits)
		buf_printf(out, ".%0*d", digits, (int)(below % SECOND / unit));
	buf_addch(out, 'Z');
}

void window_part_text(const struct plan_window *w, int64_t start, const char *name, struct buf *out)
{
	int64_t at = strcmp(name, ".end") == 0 ? start + (int64_t)w->every : start;
	struct buf rfc = BUF_INIT;

	time_text(at, &rfc);	/* 2025-03-01T14:00:00Z */
	switch (name[0] ? name[1] : 0) {
	case 'y': buf_add(out, rfc.p, 4); break;
	case 'm': buf_add(out, rfc.p + (name[2] == 'o' ? 5 : 14), 2); break;
	case 'd': buf_add(out, rfc.p + 8, 2); break;
	case 'h': buf_add(out, rfc.p + 11, 2); break;
	default: stamp(w, rfc.p, at, out); break;
	}
	buf_release(&rfc);
}

/* The name between "{window" and "}" at p, or NULL. */
static bool brace(const char *p, char name[16], size_t *len)
{
	const char *end = strchr(p, '}');

	if (strncmp(p, "{window", 7) != 0 || !end || end - p - 7 >= 16)
		return false;
	memcpy(name, p + 7, (size_t)(end - p - 7));
	name[end - p - 7] = '\0';
	*len = (size_t)(end - p) + 1;
	return window_is_part(name);
}

bool window_path_ok(const char *path)
{
	char name[16];
	size_t len;

	for (const char *p = path; *p;) {
		if (*p == '}' || (*p == '{' && !brace(p, name, &len)))
			return false;
		p += *p == '{' ? len : 1;
	}
	return true;
}

/* ---- the plan of one ---- */

static const char *bound_path(struct plan *p, const struct plan_window *w, const char *path)
{
	struct buf out = BUF_INIT;
	const char *made;
	char name[16];
	size_t len;

	for (const char *at = path; *at;) {
		if (*at == '{' && brace(at, name, &len)) {
			window_part_text(w, p->slice.start, name, &out);
			at += len;
		} else {
			buf_addch(&out, *at++);
		}
	}
	made = arena_strndup(&p->arena, buf_str(&out), out.len);
	buf_release(&out);
	return made;
}

void window_bind(struct plan *p, int64_t start)
{
	const struct plan_window *w;

	if (p->set.window == PLAN_NONE || p->slice.bound)
		return;
	w = &p->window[p->set.window];
	plan_hash(p, p->slice.hash);
	p->slice.bound = true;
	p->slice.start = start;
	p->slice.end = start + (int64_t)w->every;
	for (uint32_t i = 0; i < p->sources; i++)
		if (p->source[i].window != PLAN_NONE)
			p->source[i].path = bound_path(p, w, p->source[i].path);
	for (uint32_t i = 0; i < p->sinks; i++)
		if (p->sink[i].window != PLAN_NONE)
			p->sink[i].path = bound_path(p, w, p->sink[i].path);
	for (uint32_t i = 0; i < p->parts; i++) {
		struct buf text = BUF_INIT;

		if (p->part[i].kind != PART_WINDOW)
			continue;
		window_part_text(w, start, p->part[i].text, &text);
		p->part[i] = (struct plan_part){ PART_TEXT, 0, arena_strndup(&p->arena, buf_str(&text), text.len) };
		buf_release(&text);
	}
}

/* ---- rows ---- */

struct row { const char *field; unsigned depth; bool next, found; int64_t at; };

static bool on_event(void *ctx, const struct json_event *ev)
{
	struct row *r = ctx;
	struct rfc3339 t;

	if (r->next && ev->kind == JSON_STRING)
		r->found = rfc3339_read(ev->text, ev->len, &t) == TEXT_OK && rfc3339_to_ns(t, &r->at);
	r->next = ev->kind == JSON_KEY && r->depth == 1 && strlen(r->field) == ev->len && memcmp(r->field, ev->text, ev->len) == 0;
	r->depth += ev->kind == JSON_OBJECT || ev->kind == JSON_ARRAY;
	r->depth -= ev->kind == JSON_OBJECT_END || ev->kind == JSON_ARRAY_END;
	return !r->found;	/* the rest of the line was checked before */
}

/* Do only scalars stand before field `by`? Then the first key of its name in a line is it: quotes within texts have a backslash before them. */
static bool first_of_its_name(const struct plan *p, const struct plan_type *record, uint32_t by)
{
	for (uint32_t i = 0; i < by; i++) {
		const struct plan_type *t = &p->type[p->field[record->first + i].type];

		if (t->kind == PLAN_OPTIONAL)
			t = &p->type[t->elem];
		if (t->kind == PLAN_RECORD || t->kind == PLAN_LIST || t->kind == PLAN_CHOICE || t->kind == PLAN_OPTIONAL)
			return false;
	}
	return true;
}

static bool time_of(const char *line, size_t len, const char *key, const char *field, int64_t *out)
{
	struct row r = { .field = field };
	struct json_error err;
	struct rfc3339 t;
	const char *at = key ? memmem(line, len, key, strlen(key)) : NULL, *text, *end;

	if (at && (at[-1] == '{' || at[-1] == ',')) {
		text = at + strlen(key);
		end = memchr(text, '"', len - (size_t)(text - line));
		return end && rfc3339_read(text, (size_t)(end - text), &t) == TEXT_OK && rfc3339_to_ns(t, out);
	}
	(void)json_read(line, len, LIMIT_NESTING, on_event, &r, &err);
	*out = r.at;
	return r.found;
}

bool window_slice(const struct plan *p, uint32_t record, uint32_t by, const char *lines, size_t len, struct buf *out, uint64_t *other, struct buf *error)
{
	const char *field = p->field[p->type[record].first + by].name, *end = lines + len;
	struct buf key = BUF_INIT;
	uint64_t line = 0;
	bool ok = true;

	json_quote(&key, field, strlen(field));
	buf_addstr(&key, ":\"");
	for (const char *at = lines, *next; ok && at < end; at = next) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		int64_t time;

		next = newline ? newline + 1 : end;
		line++;
		ok = time_of(at, (size_t)(next - at), first_of_its_name(p, &p->type[record], by) ? buf_str(&key) : NULL, field, &time);
		if (!ok)
			buf_printf(error, "row %" PRIu64 ": field `%s` is no time from the year 1678 to 2261", line, field);
		else if (time >= p->slice.start && time < p->slice.end)
			buf_add(out, at, (size_t)(next - at));
		else
			++*other;
	}
	buf_release(&key);
	return ok;
}

/* ---- schedules ---- */

bool window_schedule(const struct plan_window *w, struct buf *cron)
{
	/* the first whole minute at or after a window's close, of the week that began on 1970-01-01, a Thursday */
	uint64_t close = w->from % w->every + w->late, minute = close / MINUTE + (close % MINUTE != 0);
	uint64_t every = w->every / MINUTE;

	if (w->every % MINUTE)
		return false;
	if (every == 60 * 24 * 7)
		buf_printf(cron, "%u %u * * %u", (unsigned)(minute % 60), (unsigned)(minute / 60 % 24), (unsigned)((minute / (60 * 24) + 4) % 7));
	else if (every == 60 * 24)
		buf_printf(cron, "%u %u * * *", (unsigned)(minute % 60), (unsigned)(minute / 60 % 24));
	else if (every == 60)
		buf_printf(cron, "%u * * * *", (unsigned)(minute % 60));
	else if (every > 60 && every % 60 == 0 && 24 % (every / 60) == 0)
		buf_printf(cron, "%u %u-23/%u * * *", (unsigned)(minute % 60), (unsigned)(minute / 60 % (every / 60)), (unsigned)(every / 60));
	else if (every == 1)
		buf_addstr(cron, "* * * * *");
	else if (every < 60 && 60 % every == 0)
		buf_printf(cron, "%u-59/%u * * * *", (unsigned)(minute % every), (unsigned)every);
	else
		return false;
	return true;
}
