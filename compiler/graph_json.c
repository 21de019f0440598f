/*
 * Reading a graph document: the whole onto a tape, declarations by way of the syntax tree, then each set's graph. What is wrong is
 * reported where it stands in the document; "at" members are places for plans and reports only.
 */
#include "compiler/graph_json_inner.h"

#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "compiler/graph_order.h"
#include "compiler/place.h"
#include "compiler/outside.h"
#include "compiler/planner.h"
#include "runtime/plan_check.h"

bool graph_json_is(const struct source *src)
{
	const char *dot = src->name ? strrchr(src->name, '.') : NULL;
	size_t i = 0;
	if (dot && !strcmp(dot, ".json"))
		return true;
	while (i < src->len && memchr(" \t\r\n", src->text[i], 4))
		i++;
	return i < src->len && src->text[i] == '{';
}

/* ---- members and scalars ---- */

void report_shape(struct reader *r, tape_t at, const char *expected)
{
	diag_report(r->c->diags, CF026, tape_span(&r->t, at), "expected %s, found %s", expected, tape_found(&r->t, at));
}

static void unknown_member(struct reader *r, tape_t key, const char *what, const struct member *m, unsigned n)
{
	struct suggest s;
	char *name = arena_strndup(&r->c->arena, tape_text(&r->t, key), tape_at(&r->t, key)->len < 100 ? tape_at(&r->t, key)->len : 100);
	suggest_init(&s, name);
	for (unsigned i = 0; i < n; i++)
		suggest_offer(&s, m[i].name);
	diag_report(r->c->diags, CF026, tape_span(&r->t, key), "%s has no member \"%s\"", what, name);
	if (s.best)
		diag_help(r->c->diags, "did you mean \"%s\"?", s.best);
	else
		diag_help(r->c->diags, "calc-graph(5) lists the members");
}

bool read_members(struct reader *r, tape_t object, const char *what, const struct member *m, unsigned n)
{
	bool ok = true;
	r->unknown = false;
	for (unsigned i = 0; i < n; i++)
		*m[i].to = TAPE_NONE;
	if (tape_kind(&r->t, object) != JSON_OBJECT) {
		diag_report(r->c->diags, CF026, tape_span(&r->t, object), "%s is an object, found %s", what, tape_found(&r->t, object));
		return false;
	}
	tape_t key = tape_first(object);
	for (uint32_t k = 0; k < tape_at(&r->t, object)->len && !diag_full(r->c->diags); k++, key = tape_next(&r->t, tape_next(&r->t, key))) {
		unsigned i = 0;
		while (i < n && !tape_is(&r->t, key, m[i].name))
			i++;
		if (i == n) {
			unknown_member(r, key, what, m, n);
			r->unknown = true;
		} else if (*m[i].to != TAPE_NONE) {
			diag_report(r->c->diags, CF023, tape_span(&r->t, key), "key \"%s\" stands twice in this object", m[i].name);
			diag_note(r->c->diags, tape_span(&r->t, object), "the object begins here");
		} else {
			*m[i].to = tape_next(&r->t, key);
		}
	}
	for (unsigned i = 0; i < n; i++) {
		if (!m[i].needed || *m[i].to != TAPE_NONE)
			continue;
		diag_report(r->c->diags, CF026, tape_span(&r->t, object), "%s needs a member \"%s\"", what, m[i].name);
		ok = false;
	}
	return ok;
}

bool read_string(struct reader *r, tape_t at, const char *what, sym_t *out)
{
	const struct tape_value *v = tape_at(&r->t, at);
	const char *p = tape_text(&r->t, at);
	if (v->kind != JSON_STRING && v->kind != JSON_KEY) {
		report_shape(r, at, what);
		return false;
	}
	bool ok = v->len > 0 && v->len <= 4096;
	for (uint32_t i = 0; i < v->len && ok; i++)
		ok = (unsigned char)p[i] >= ' ' && p[i] != 0x7f;
	if (ok)
		*out = sym_intern(r->c->syms, p, v->len);
	else
		diag_report(r->c->diags, CF026, tape_span(&r->t, at), v->len ? "%s has up to 4,096 characters that can be printed" : "%s is not empty", what);
	return ok;
}

bool read_flag(struct reader *r, tape_t at, const char *what, bool *out)
{
	if (at == TAPE_NONE)
		return true;
	if (tape_kind(&r->t, at) != JSON_BOOL) {
		diag_report(r->c->diags, CF026, tape_span(&r->t, at), "\"%s\" is true or false, found %s", what, tape_found(&r->t, at));
		return false;
	}
	*out = tape_at(&r->t, at)->boolean;
	return true;
}

/* "file:line:column", or "line:column" of the program itself. */
static bool is_place(const char *p, size_t len)
{
	for (unsigned part = 0; part < 2; part++) {
		size_t end = len;
		while (len && p[len - 1] >= '0' && p[len - 1] <= '9')
			len--;
		if (len == end || end - len > 10)
			return false;
		if (part == 0 && (!len || p[--len] != ':'))
			return false;
	}
	return !len || (p[len - 1] == ':' && len > 1 && !memchr(p, ':', len - 1));
}

struct span read_place(struct reader *r, tape_t at, tape_t here)
{
	struct span origin = tape_span(&r->t, here);
	struct buf b = BUF_INIT;
	if (r->no_places || at == TAPE_NONE)
		return r->no_places ? (struct span){ sources_made(r->c->sources, "", 0, origin), 0 } : origin;
	const char *p = tape_text(&r->t, at);
	size_t len = tape_at(&r->t, at)->len;
	if (tape_kind(&r->t, at) != JSON_STRING || !is_place(p, len)) {
		diag_report(r->c->diags, CF026, tape_span(&r->t, at), "expected a place, as in \"flow.cf:3:7\", or \"3:7\" in the program itself");
		return origin;
	}
	if (memchr(p, ':', len) == p + len - strlen(strrchr(arena_strndup(&r->c->arena, p, len), ':')))
		buf_printf(&b, "%s:", r->c->program_name);
	buf_add(&b, p, len);
	uint32_t made = sources_made(r->c->sources, buf_str(&b), b.len, origin);
	buf_release(&b);
	return made ? (struct span){ made, 0 } : origin;
}

/* ---- the document ---- */

/* "file": what --data said when the document was made; "as" and "row": a family's member in plans, and the data that it was made of. */
static void read_files(struct reader *r, tape_t object, bool sinks)
{
	struct compilation *c = r->c;
	for (size_t i = 0; i < c->program.outsides && object != TAPE_NONE && tape_kind(&r->t, object) == JSON_OBJECT; i++) {
		struct outside *o = &c->program.outside[i];
		tape_t v = o->is_sink != sinks ? TAPE_NONE : tape_member(&r->t, object, name_of(c, o->name));
		tape_t file = v == TAPE_NONE || tape_kind(&r->t, v) != JSON_OBJECT ? TAPE_NONE : tape_member(&r->t, v, "file");
		tape_t as = v == TAPE_NONE || tape_kind(&r->t, v) != JSON_OBJECT ? TAPE_NONE : tape_member(&r->t, v, "as");
		tape_t row = v == TAPE_NONE || tape_kind(&r->t, v) != JSON_OBJECT ? TAPE_NONE : tape_member(&r->t, v, "row");
		sym_t name;
		if (file != TAPE_NONE && !o->file && read_string(r, file, "a file's name", &name))
			o->file = name_of(c, name);
		if (as != TAPE_NONE && read_string(r, as, "a name", &name))
			o->plan_name = name_of(c, name);
		if (row != TAPE_NONE)
			o->row = read_place(r, row, v);
		if (v != TAPE_NONE && !check_word_name(outside_plan_name(c, o)))
			report_shape(r, v, "a name without blanks, brackets, quotes, `%` and `\\` (or one in \"as\")");
	}
}

static bool read_head(struct reader *r, struct declared *d)
{
	struct compilation *c = r->c;
	tape_t version, program, spans;
	const struct member m[] = {
		{ "calcflow-graph", &version, true }, { "program", &program, false }, { "spans", &spans, false }, { "types", &d->types, false },
		{ "functions", &d->functions, false }, { "windows", &d->windows, false }, { "ponds", &d->ponds, false },
		{ "locks", &d->locks, false }, { "states", &d->states, false }, { "sources", &d->sources, false }, { "sinks", &d->sinks, false }, { "sets", &d->sets, false },
	};
	uint64_t v = 0;
	bool places = true;
	sym_t name;
	if (!read_members(r, 0, "a graph document", m, sizeof m / sizeof *m))
		return false;
	if (!tape_u64(&r->t, version, UINT32_MAX, &v) || v != GRAPH_JSON_VERSION) {
		diag_report(c->diags, CF026, tape_span(&r->t, version), "this calcc reads version %d of graph documents", GRAPH_JSON_VERSION);
		return false;
	}
	if (program != TAPE_NONE && read_string(r, program, "the program's name", &name))
		c->program_name = name_of(c, name);
	if (!read_flag(r, spans, "spans", &places))
		return false;
	r->no_places = !places;
	return true;
}

/* The last line: what the planner makes of a document passes the check of plans from anywhere. Expressions have no other. */
static void check_plan(struct compilation *c, const struct set *s, const struct graph *g)
{
	struct buf error = BUF_INIT;
	struct plan *p = g->formulas && !s->later ? plan_make(c, s, g) : NULL;
	if (p && !plan_check(p, &error))
		diag_report(c->diags, CF026, s->span, "the plan of set `%s` is refused: %s", name_of(c, s->name), buf_str(&error));
	plan_free(p);
	buf_release(&error);
}

/* The graph of the set that the declaration pass has at place i. */
static void read_graph(struct reader *r, struct set *s, tape_t set, struct graph *g)
{
	struct compilation *c = r->c;
	tape_t key = tape_first(set), nodes = TAPE_NONE, sinks = TAPE_NONE, media = TAPE_NONE;
	struct json_block b = { .region = PLAN_NONE };
	unsigned before = diag_errors(c->diags);

	for (uint32_t i = 0; i < tape_at(&r->t, set)->len; i++, key = tape_next(&r->t, tape_next(&r->t, key))) {
		if (tape_is(&r->t, key, "nodes"))
			nodes = tape_next(&r->t, key);
		else if (tape_is(&r->t, key, "sinks"))
			sinks = tape_next(&r->t, key);
		else if (tape_is(&r->t, key, "media"))
			media = tape_next(&r->t, key);
	}
	c->set = s;
	r->g = g;
	b.block = graph_block(g, (struct graph_block){ .node = PLAN_NONE, .region = PLAN_NONE, .rows = 1 });
	bool ok = nodes == TAPE_NONE || read_nodes(r, &b, nodes);
	ok &= read_media(r, &b, media);
	if (sinks != TAPE_NONE && tape_kind(&r->t, sinks) != JSON_OBJECT) {
		report_shape(r, sinks, "an object of sinks and values");
		sinks = TAPE_NONE;
	}
	key = sinks == TAPE_NONE ? TAPE_NONE : tape_first(sinks);
	for (uint32_t i = 0; sinks != TAPE_NONE && i < tape_at(&r->t, sinks)->len; i++, key = tape_next(&r->t, tape_next(&r->t, key))) {
		const struct decl *d = program_data(&c->program, sym_find(c->syms, tape_text(&r->t, key), tape_at(&r->t, key)->len));
		if (!d || d->kind != DECL_OUTSIDE || !c->program.outside[d->index].is_sink)
			continue;	/* the declaration pass has said so */
		const struct outside *o = &c->program.outside[d->index];
		const struct wanted w = { .what = "sink", .name = o->name, .declared = o->span };
		uint32_t v = read_value(r, &b, tape_next(&r->t, key), o->type, &w);
		if (v != PLAN_NONE)
			graph_sink(g, d->index, v);
		ok &= v != PLAN_NONE;	/* its type may be a mistake that was reported before */
		c->program.outside[d->index].used = true;
	}
	json_block_release(&b);
	ok &= diag_errors(c->diags) == before;
	if (ok && graph_canonical(c, g)) {
		check_clocks(c, g);
		place_graph(c, s, g);
		check_graph(c, s, g);
	}
	if (ok)
		find_later(c, s, g);
	if (ok && diag_errors(c->diags) == before)
		check_plan(c, s, g);
	c->set = NULL;
}

/* The row of data that it was made for, as the document says. */
static void read_row(struct reader *r, struct set *s, tape_t set)
{
	tape_t key = tape_first(set);
	for (uint32_t i = 0; i < tape_at(&r->t, set)->len; i++, key = tape_next(&r->t, tape_next(&r->t, key)))
		if (tape_is(&r->t, key, "row"))
			s->row = read_place(r, tape_next(&r->t, key), key);
}

static void read_graphs(struct reader *r, tape_t sets)
{
	struct compilation *c = r->c;
	tape_t key = sets == TAPE_NONE || tape_kind(&r->t, sets) != JSON_OBJECT ? TAPE_NONE : tape_first(sets);
	c->graph = mem_zalloc(c->program.sets + 1, sizeof *c->graph);
	for (uint32_t i = 0; key != TAPE_NONE && i < tape_at(&r->t, sets)->len; i++, key = tape_next(&r->t, tape_next(&r->t, key))) {
		struct set *s = c->graphs < c->program.sets ? &c->program.set[c->graphs] : NULL;
		if (!s || sym_find(c->syms, tape_text(&r->t, key), tape_at(&r->t, key)->len) != s->name || tape_kind(&r->t, tape_next(&r->t, key)) != JSON_OBJECT)
			continue;	/* not declared, after a report */
		struct graph *g = &c->graph[c->graphs++];
		graph_init(g);
		read_row(r, s, tape_next(&r->t, key));
		if (set_has_graph(s))
			read_graph(r, s, tape_next(&r->t, key), g);
	}
}

bool graph_json_read(struct compilation *c)
{
	struct reader r = { .c = c };
	struct declared d;
	struct json_error err;
	const char *slash = strrchr(c->main->name, '/');

	c->program_name = slash ? slash + 1 : c->main->name;
	c->from_graph = true;
	if (!tape_read(&r.t, c->sources, c->main, LIMIT_NESTING, &err)) {
		diag_report(c->diags, CF020, (struct span){ c->main->base + (uint32_t)err.at, 1 }, "%s", err.message);
		if (err.at == 0)
			diag_help(c->diags, "what is called .json, or begins with `{`, is a graph document, calc-graph(5); the name of a program ends in .cf");
	} else if (read_head(&r, &d)) {
		c->no_places = r.no_places;
		c->module = read_declarations(&r, &d);
		declare_program(c);
		read_files(&r, d.sources, false);
		read_files(&r, d.sinks, true);
		read_defaults(&r, d.functions);
		read_first_values(&r, d.states);
		read_graphs(&r, d.sets);
		order_sets(c);
		if (!diag_errors(c->diags)) {
			check_outside_used(c);
			check_declared_used(c);
		}
	}
	tape_release(&r.t);
	mem_free(r.check);
	mem_free(r.previous);
	return !diag_errors(c->diags);
}
