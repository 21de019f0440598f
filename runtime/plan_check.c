/*
 * plan_check: the order of its parts, what they share, and the rules on what stands around the flow: the set,
 * constants, sources and sinks. Messages name the place by table and index, as calc-plan(5) does.
 */
#include "runtime/plan_check.h"

#include <stdarg.h>
#include "base/mem.h"
#include "runtime/compute_check.h"
#include "runtime/window.h"

bool check_fail(struct check *c, const char *fmt, ...)
{
	va_list ap;

	buf_addstr(c->error, "plan refused: ");
	va_start(ap, fmt);
	buf_vprintf(c->error, fmt, ap);
	va_end(ap);
	return false;
}

bool check_slice(uint32_t first, uint32_t count, uint32_t all)
{
	return count <= all && first <= all - count;
}

static bool is_dots(const char *part, size_t len)
{
	return (len == 1 && part[0] == '.') || (len == 2 && part[0] == '.' && part[1] == '.');
}

bool check_word_name(const char *name)
{
	const char *part = name;

	if (!name || strlen(name) > 4096)
		return false;
	for (const char *s = name;; s++) {
		if (*s == '/' || *s == '\0') {
			if (s == part || is_dots(part, (size_t)(s - part)))
				return false;
			part = s + 1;
		}
		if (*s == '\0')
			return true;
		if ((unsigned char)*s <= ' ' || *s == 0x7f || strchr("[]%\\\"", *s))
			return false;
	}
}

bool check_path(const char *path)
{
	const char *part = path;

	if (!path || strlen(path) > 4096)
		return false;
	for (const char *s = path;; s++)
		if (*s == '/' || *s == '\0') {
			bool empty = s == part, last = *s == '\0';

			if ((empty && (!last || path[0] == '\0')) || is_dots(part, (size_t)(s - part)))
				return false;
			if (last)
				return true;
			part = s + 1;
		}
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

const char *check_twice(const char **names, size_t count)
{
	if (count < 2)
		return NULL;
	qsort(names, count, sizeof *names, by_text);
	for (size_t i = 1; i < count; i++)
		if (strcmp(names[i - 1], names[i]) == 0)
			return names[i];
	return NULL;
}

/* ---- the set and what is outside ---- */

static bool check_set(struct check *c)
{
	const struct plan_set *s = &c->p->set;

	if (!check_word_name(s->name))
		return check_fail(c, "set: not a name");
	if (!c->p->program || !s->loc || !s->image)
		return check_fail(c, "set: a text is missing");
	if (s->window != PLAN_NONE && s->window >= c->p->windows)
		return check_fail(c, "set.window: out of range");
	if (s->order > ORDER_DEPENDENCY)
		return check_fail(c, "set.order: unknown");
	if (s->ahead > PLAN_MAX_WORKERS)
		return check_fail(c, "set.ahead: more than %d", PLAN_MAX_WORKERS);
	if (s->slots < 1 || s->slots > PLAN_MAX_SLOTS)
		return check_fail(c, "set.slots: %u is not between 1 and %d", s->slots, PLAN_MAX_SLOTS);
	if (s->timeout_ms < 1 || s->timeout_ms > UINT64_C(1) << 48)
		return check_fail(c, "set.timeout_ms: out of range");
	for (uint32_t i = 0; s->slot_image && i < s->slots; i++)
		if (!s->slot_image[i])
			return check_fail(c, "set.slot_image[%u]: missing", i);
	return true;
}

static bool check_constants(struct check *c)
{
	const struct plan *p = c->p;

	for (uint32_t i = 0; i < p->consts; i++)
		if (!p->constant[i].json || p->constant[i].type >= p->types)
			return check_fail(c, "consts[%u]: no text, or a type out of range", i);
	for (uint32_t i = 0; i < p->columns; i++) {
		if (p->column[i].count > PLAN_MAX_STEPS || (p->column[i].count && !p->column[i].value))
			return check_fail(c, "columns[%u]: wrong count", i);
		for (uint32_t k = 0; k < p->column[i].count; k++)
			if (p->column[i].value[k] >= p->consts)
				return check_fail(c, "columns[%u][%u]: constant out of range", i, k);
	}
	return true;
}

/* Times of windows stay far from the ends of 64 bits. */
enum { MOST_DAYS = 36525 };

static bool check_windows(struct check *c)
{
	const uint64_t most = MOST_DAYS * UINT64_C(86400000000000), least = 1000000;

	for (uint32_t i = 0; i < c->p->windows; i++) {
		const struct plan_window *w = &c->p->window[i];

		if (!check_word_name(w->name) || !w->loc)
			return check_fail(c, "windows[%u]: not a name", i);
		if (w->every < least || w->every > most)
			return check_fail(c, "windows[%u].every: not from a millisecond to 100 years", i);
		if (w->from >= w->every)
			return check_fail(c, "windows[%u].from: not within a window", i);
		if (w->late > most)
			return check_fail(c, "windows[%u].late: more than 100 years", i);
	}
	return true;
}

/* Of a source or a sink: the window that the set runs by, or none; and the field of the rows that says their time. */
static bool check_slice_of(struct check *c, const char *table, uint32_t i, const struct plan_source *s)
{
	const struct plan *p = c->p;
	const struct plan_type *list = &p->type[s->type], *row;

	if (s->window != PLAN_NONE && s->window != p->set.window)
		return check_fail(c, "%s[%u].window: not the set's", table, i);
	if (s->window != PLAN_NONE && !p->slice.bound && !window_path_ok(s->path))
		return check_fail(c, "%s[%u].path: braces that are no part of a window", table, i);
	if (s->idle > PLAN_IDLE_FAIL)
		return check_fail(c, "%s[%u].idle: unknown", table, i);
	if (s->by == PLAN_NONE)
		return true;
	row = list->kind == PLAN_LIST ? &p->type[list->elem] : list;
	if (s->window == PLAN_NONE || list->kind != PLAN_LIST || row->kind != PLAN_RECORD || s->by >= row->count ||
	    p->type[p->field[row->first + s->by].type].kind != PLAN_TIME)
		return check_fail(c, "%s[%u].by: not a time of the rows of a window", table, i);
	return true;
}

/* A share's name, or PLAN_POND and a pond's. */
bool check_volume(const char *share)
{
	size_t pond = strlen(PLAN_POND);

	if (share && strncmp(share, PLAN_POND, pond) == 0)
		share += pond;
	return check_word_name(share) && !strchr(share, '/');
}

static bool check_end(struct check *c, const char *table, uint32_t i, const struct plan_source *s)
{
	if (!check_word_name(s->name) || !s->loc)
		return check_fail(c, "%s[%u]: not a name", table, i);
	if (s->type >= c->p->types)
		return check_fail(c, "%s[%u].type: out of range", table, i);
	if (s->format > FORMAT_FLAT || (s->format == FORMAT_FLAT && !flat_has_form(&c->flat, s->type)))
		return check_fail(c, "%s[%u].format: unknown", table, i);
	if (!check_volume(s->share))
		return check_fail(c, "%s[%u].share: not a name", table, i);
	if (!check_path(s->path))
		return check_fail(c, "%s[%u].path: not a relative path without `.` and `..`", table, i);
	return check_slice_of(c, table, i, s);
}

static bool check_ends_unique(struct check *c, const char *table, const char **names, uint32_t count)
{
	const char *twice = check_twice(names, count);

	return !twice || check_fail(c, "%s: `%s` stands twice", table, twice);
}

static bool check_sources(struct check *c)
{
	const struct plan *p = c->p;
	const char **names = mem_zalloc(p->sources, sizeof *names);
	bool ok = true;

	for (uint32_t i = 0; ok && i < p->sources; i++) {
		ok = check_end(c, "sources", i, &p->source[i]);
		names[i] = p->source[i].name;
	}
	ok = ok && check_ends_unique(c, "sources", names, p->sources);
	mem_free(names);
	return ok;
}

static bool check_sinks(struct check *c)
{
	const struct plan *p = c->p;
	const char **names = mem_zalloc(p->sinks, sizeof *names);
	bool ok = true;

	for (uint32_t i = 0; ok && i < p->sinks; i++) {
		const struct plan_sink *s = &p->sink[i];

		ok = check_end(c, "sinks", i, &(struct plan_source){ s->name, s->loc, s->share, s->path, s->type, s->format, NULL, s->window, PLAN_NONE,
			       PLAN_IDLE_SKIP });
		if (ok && s->value >= p->values)
			ok = check_fail(c, "sinks[%u].value: out of range", i);
		names[i] = s->name;
	}
	ok = ok && check_ends_unique(c, "sinks", names, p->sinks);
	mem_free(names);
	return ok;
}

static bool check_groups(struct check *c)
{
	const struct plan *p = c->p;

	for (uint32_t i = 0; i < p->groups; i++) {
		const struct plan_group *g = &p->group[i];

		if (!check_word_name(g->name))
			return check_fail(c, "groups[%u]: not a name", i);
		if (g->most < 1 || g->most > PLAN_MAX_WORKERS || g->least > g->most)
			return check_fail(c, "groups[%u]: not from 0 to 1 … %d workers, the least first", i, PLAN_MAX_WORKERS);
	}
	return true;
}

/* Of a plan that is to be launched: types of its parameters, values of its results; the values are check_flow's. */
static bool check_signature(struct check *c)
{
	const struct plan *p = c->p;

	if (!check_slice(p->first_param, p->params, p->items) || !check_slice(p->first_result, p->results, p->items))
		return check_fail(c, "plan: parameters or results out of range");
	for (uint32_t i = 0; i < p->params; i++)
		if (p->item[p->first_param + i] >= p->types)
			return check_fail(c, "plan: type of parameter %u out of range", i);
	return true;
}

bool check_outside(struct check *c)
{
	return check_windows(c) && check_set(c) && check_groups(c) && check_signature(c) && check_constants(c) && check_sources(c) && check_sinks(c);
}

static bool check_counts(struct check *c)
{
	const struct plan *p = c->p;
	const uint32_t counts[] = { p->types, p->fields, p->ports, p->parts, p->words, p->envs, p->secrets, p->funcs, p->values,
		p->items, p->nodes, p->regions, p->blocks, p->columns, p->consts, p->sources, p->sinks, p->exprs, p->groups, p->windows };

	for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
		if (counts[i] > PLAN_MAX_USES)
			return check_fail(c, "a table of more than %d rows", PLAN_MAX_USES);
	return true;
}

bool plan_check(const struct plan *p, struct buf *error)
{
	struct check c = { .p = p, .error = error };
	bool ok = check_counts(&c) && check_types(&c);

	flat_layout_init(&c.flat, p);
	ok = ok && check_funcs(&c) && check_states(&c) && check_outside(&c) && check_exprs(&c) && compute_check(&c) &&
		  check_blocks(&c) && check_rows(&c) && check_flow(&c);

	flat_layout_release(&c.flat);
	mem_free(c.type);
	mem_free(c.depth);
	mem_free(c.region);
	return ok;
}
