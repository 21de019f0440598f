/*
 * Fuzz target: windows. 33 bytes are a window, as a plan may have it, and a time; a NUL ends the text that follows, which is taken for the start of
 * a window, for a path with braces, and, as JSON Lines, for rows. Starts are multiples and closed, names read back, a bound path has no braces,
 * both ways to find a row's time agree, and a cron line has as many minutes a week as there are windows.
 */
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "runtime/value.h"
#include "runtime/window.h"
#include "testsuite/fuzz/fuzz.h"

#define MILLISECOND UINT64_C(1000000)
#define MINUTE (60000 * MILLISECOND)
#define MOST (36525 * 1440 * MINUTE)	/* as plan_check has it */

enum { HEAD = 33, WEEK = 7 * 1440 };
enum { STRING_OR_NOT, TIME, STRING, FLAT, LIST, DEEP, TYPES };	/* the rows of FLAT and of DEEP are the same, but a DEEP one is looked at as if it nested */

static struct plan_field fields[] = { { "note", STRING_OR_NOT }, { "at", TIME }, { "end", STRING }, { "note", LIST }, { "at", TIME }, { "end", STRING } };
static struct plan_type types[TYPES] = {
	[STRING_OR_NOT] = { .kind = PLAN_OPTIONAL, .name = "", .elem = STRING }, [TIME] = { .kind = PLAN_TIME, .name = "" },
	[STRING] = { .kind = PLAN_STRING, .name = "" }, [LIST] = { .kind = PLAN_LIST, .name = "", .elem = FLAT },
	[FLAT] = { .kind = PLAN_RECORD, .name = "Row", .first = 0, .count = 3 },
	[DEEP] = { .kind = PLAN_RECORD, .name = "Row", .first = 3, .count = 3 },
};

static void require(bool holds)
{
	if (!holds)
		abort();
}

/* ---- which ---- */

static bool is_start(const struct plan_window *w, int64_t start, int64_t now)
{
	__int128 since = (__int128)start - (__int128)w->from;

	return since % (__int128)w->every == 0 && (__int128)start + (__int128)w->every + (__int128)w->late <= (__int128)now;
}

static void try_name(const struct plan_window *w, const char *name, int64_t now, int64_t start)
{
	struct buf error = BUF_INIT;
	int64_t again;

	require(window_read(w, name, now, &again, &error) && again == start);
	buf_release(&error);
}

/* The window's name leads to it, its parts are those of its name, its end is the name of the next. */
static void try_names(const struct plan_window *w, int64_t now, int64_t start)
{
	static const struct { const char *part; size_t at, len; } parts[] = { { ".year", 0, 4 }, { ".month", 4, 2 }, { ".day", 6, 2 }, { ".hour", 9, 2 },
									       { ".minute", 11, 2 } };
	struct buf name = BUF_INIT, other = BUF_INIT;

	window_part_text(w, start, "", &name);
	try_name(w, buf_str(&name), now, start);
	for (unsigned i = 0; i < sizeof parts / sizeof *parts; i++) {
		buf_clear(&other);
		window_part_text(w, start, parts[i].part, &other);
		require(other.len == parts[i].len && memcmp(other.p, name.p + parts[i].at, other.len) == 0);
	}
	buf_clear(&name);
	buf_clear(&other);
	window_part_text(w, start, ".end", &name);
	window_part_text(w, start + (int64_t)w->every, "", &other);
	require(strcmp(buf_str(&name), buf_str(&other)) == 0);
	buf_release(&name);
	buf_release(&other);
}

static void try_times(const struct plan_window *w, int64_t now, const char *text)
{
	struct buf error = BUF_INIT;
	int64_t start;

	if (window_closed(w, now, &start)) {
		require(is_start(w, start, now));
		require((__int128)start + 2 * (__int128)w->every + (__int128)w->late > (__int128)now);
		try_names(w, now, start);
	}
	if (window_read(w, text, now, &start, &error)) {
		require(is_start(w, start, now));
		try_names(w, now, start);
	} else {
		require(error.len != 0);
	}
	buf_release(&error);
}

/* ---- paths and rows ---- */

/* Of the window, with a source of that path; NULL: with none. Its types are not its own. */
static struct plan *plan_of(const struct plan_window *w, const char *path)
{
	struct plan *p = plan_new();

	p->type = types;
	p->types = TYPES;
	p->field = fields;
	p->fields = sizeof fields / sizeof *fields;
	p->window = arena_zalloc(&p->arena, 1, sizeof *p->window);
	p->window[0] = *w;
	p->windows = 1;
	p->set.window = 0;
	p->source = arena_zalloc(&p->arena, 1, sizeof *p->source);
	p->source[0] = (struct plan_source){ .name = "s", .loc = "", .share = "s", .path = path, .type = LIST, .by = 1 };
	p->sources = path != NULL;
	p->program = p->set.name = p->set.loc = p->set.image = "";
	return p;
}

static void try_path(const struct plan_window *w, int64_t start, const char *path)
{
	struct plan *p;
	const char *bound;

	if (!window_path_ok(path))
		return;
	p = plan_of(w, path);
	window_bind(p, start);
	bound = p->source[0].path;
	require(strpbrk(bound, "{}") == NULL && window_path_ok(bound));
	require(p->slice.start == start && p->slice.end - start == (int64_t)w->every);
	if (!strchr(path, '{'))
		require(strcmp(bound, path) == 0);
	p->type = NULL;
	p->field = NULL;
	plan_free(p);
}

static size_t lines_in(const char *text, size_t len)
{
	size_t lines = 0;

	for (size_t i = 0; i < len; i++)
		lines += text[i] == '\n';
	return lines;
}

static void slice(const struct plan *p, const struct buf *rows)
{
	struct buf flat = BUF_INIT, deep = BUF_INIT, again = BUF_INIT, error = BUF_INIT;
	uint64_t others = 0, deep_others = 0, none = 0;
	bool ok = window_slice(p, FLAT, 1, rows->p, rows->len, &flat, &others, &error);

	require(ok || error.len);
	buf_clear(&error);
	require(window_slice(p, DEEP, 1, rows->p, rows->len, &deep, &deep_others, &error) == ok && others == deep_others);
	require(flat.len == deep.len && (!flat.len || memcmp(flat.p, deep.p, flat.len) == 0));
	if (ok) {
		require(lines_in(buf_str(&flat), flat.len) + others == lines_in(rows->p, rows->len));
		require(!flat.len || (window_slice(p, FLAT, 1, flat.p, flat.len, &again, &none, &error) && !none && again.len == flat.len));
	}
	buf_release(&flat);
	buf_release(&deep);
	buf_release(&again);
	buf_release(&error);
}

static void try_rows(const struct plan_window *w, int64_t start, const char *text, size_t len)
{
	struct plan *p = plan_of(w, NULL);
	struct buf rows = BUF_INIT, error = BUF_INIT;

	p->slice.start = start;
	p->slice.end = start + (int64_t)w->every;
	if (value_import(p, LIST, FORMAT_JSONL, text, len, &rows, &error) && rows.len)
		slice(p, &rows);
	p->type = NULL;
	p->field = NULL;
	buf_release(&rows);
	buf_release(&error);
	plan_free(p);
}

/* ---- schedules ---- */

/* How many of 0 … most-1 a field of a cron line names: star, N, or A-B/N. */
static unsigned count_field(const char **at, unsigned most)
{
	unsigned long from, to, step = 1;
	char *end;

	*at += strspn(*at, " ");
	if (**at == '*') {
		++*at;
		return most;
	}
	from = to = strtoul(*at, &end, 10);
	if (*end == '-')
		to = strtoul(end + 1, &end, 10);
	if (*end == '/')
		step = strtoul(end + 1, &end, 10);
	*at = end;
	require(from < most && to < most && from <= to && step);
	return (unsigned)((to - from) / step) + 1;
}

static void try_schedule(const struct plan_window *w)
{
	struct buf line = BUF_INIT;
	unsigned minutes;
	const char *at;

	if (window_schedule(w, &line)) {
		at = buf_str(&line);
		minutes = count_field(&at, 60);
		minutes *= count_field(&at, 24);
		require(strncmp(at, " * *", 4) == 0);
		at += 4;
		minutes *= count_field(&at, 7);
		require(!*at && w->every % MINUTE == 0 && minutes * (w->every / MINUTE) == WEEK);
	} else {
		require(!line.len);
	}
	buf_release(&line);
}

static uint64_t number(const uint8_t *data)
{
	uint64_t n;

	memcpy(&n, data, sizeof n);
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct plan_window w = { "w", "", 0, 0, 0 };
	size_t len, rest;
	int64_t now, start;
	char *text;

	if (size < HEAD)
		return 0;
	w.every = MILLISECOND + number(data) % (MOST - MILLISECOND + 1);
	if (data[32] & 1)	/* as people write them */
		w.every = (1 + w.every / MINUTE % WEEK) * MINUTE;
	w.from = number(data + 8) % w.every;
	w.late = number(data + 16) % (MOST + 1);
	if (data[32] & 2) {
		w.from -= w.from % MINUTE;
		w.late -= w.late % MINUTE;
	}
	now = (int64_t)number(data + 24);
	rest = size - HEAD;
	text = mem_strndup((const char *)data + HEAD, rest);
	len = strlen(text);
	try_times(&w, now, text);
	try_schedule(&w);
	if (window_closed(&w, now, &start)) {
		try_path(&w, start, text);
		try_rows(&w, start, len < rest ? text + len + 1 : text, len < rest ? rest - len - 1 : rest);
	}
	mem_free(text);
	return 0;
}
