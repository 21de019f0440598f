/*
 * What the text says of media: `at M` of a binding, `stage x to M`, `persist x to share "…"`. Leaves graph.put; a value at a share, and a
 * persisted one, are written by a sink without a name as well. Whether anything is reached is place.c's.
 */
#include "compiler/declare.h"
#include "compiler/place.h"

#include <string.h>

#include "base/mem.h"
#include "base/suggest.h"

/* ---- media ---- */

static uint32_t unknown_medium(struct compilation *c, const struct node *m)
{
	struct suggest s;
	suggest_init(&s, name_of(c, m->sym));
	for (unsigned i = 0; i < MEDIA; i++)
		suggest_offer(&s, medium_at(i)->word);
	if (m->sym == c->words.pod) {
		diag_report(c->diags, CF107, m->span, "only a lock stands at a pod; data stand in a medium");
		diag_help(c->diags, "media of a pod: ipc, scratch and loopback");
		return PLAN_NONE;
	}
	diag_report(c->diags, CF107, m->span, "`%s` is no medium", name_of(c, m->sym));
	if (!suggest_say(&s, c->diags, m->span))
		diag_help(c->diags, "it is one of ipc, scratch, loopback, network, `pond NAME` and `share \"/share/path\"`");
	return PLAN_NONE;
}

/* A medium without a path. PLAN_NONE after a report. */
static uint32_t plain_medium(struct compilation *c, const struct node *m)
{
	if (m->sym == c->words.pond) {
		uint32_t pond = declare_pond_named(c, attr_arg(m, 0));
		return pond == PLAN_NONE ? PLAN_NONE : GRAPH_MEDIUM(MEDIUM_POND, pond);
	}
	for (unsigned i = 0; i < MEDIA; i++)
		if (!list_len(kid(m, 0)) && !strcmp(name_of(c, m->sym), medium_at(i)->word))
			return GRAPH_MEDIUM(medium_at(i)->medium, 0);
	return unknown_medium(c, m);
}

/* ---- shares: a sink without a name ---- */

static uint32_t add_outside(struct compilation *c, sym_t name, struct span at, const char *share, const char *path)
{
	struct program *p = &c->program;
	sym_t full = sym_cstr(c->syms, arena_printf(&c->arena, "/%s/%s", share, path));
	uint32_t taken = *program_place(p, full);
	if (taken && p->outside[taken - 1].anonymous && p->outside[taken - 1].span.at == at.at)
		return taken - 1;	/* the same statement, elaborated for another set */
	if (taken) {
		diag_report(c->diags, CF611, at, "two declarations write \"%s\"", name_of(c, full));
		diag_note(c->diags, p->outside[taken - 1].span, "the first stands here");
		diag_help(c->diags, "give one of them another path");
		return PLAN_NONE;
	}
	for (unsigned n = 2; program_data(p, name) || *program_place(p, name); n++)
		name = sym_cstr(c->syms, arena_printf(&c->arena, "%s~%u", name_of(c, name), n));
	p->outside = mem_grow(p->outside, &p->outsides_cap, p->outsides + 1, sizeof *p->outside);
	p->outside[p->outsides] = (struct outside){ .name = name, .span = at, .is_sink = true, .anonymous = true, .used = true, .share = share, .path = path };
	uint32_t at_place = (uint32_t)p->outsides++;
	*program_place(p, full) = at_place + 1;
	*program_place(p, name) = at_place + 1;
	return at_place;
}

/* Publish the value at the path of `medium`. The sink's place, or PLAN_NONE after a report. */
static uint32_t publish(struct scope *s, const struct node *medium, sym_t name, struct res r)
{
	struct elab *e = s->e;
	struct compilation *c = e->c;
	const struct node *at = attr_arg(medium, 0);
	struct expr_scope xs = scope_exprs(s);
	const char *share, *path;
	word_t w;
	if (s->block) {
		diag_report(c->diags, CF309, at->span, "`%s` has a value for each item here, and the path is one", name_of(c, name));
		diag_help(c->diags, "name the list that the `each` gives, and write that to the share");
		return PLAN_NONE;
	}
	if (!expr_constant(c, &xs, at, TYPE_STRING, "the path", &w))
		return PLAN_NONE;
	if (memchr(string_bytes(&c->store, w), 0, word_lo(w))) {
		diag_report(c->diags, CF006, at->span, "a NUL byte cannot stand here");
		diag_help(c->diags, "a path has letters, digits and marks only");
		return PLAN_NONE;
	}
	const char *text = arena_strndup(&c->arena, string_bytes(&c->store, w), word_lo(w));
	if (!declare_share_path(c, text, true, at->span, &share, &path))
		return PLAN_NONE;
	bool raw = type_has_file(&c->types, r.type) || r.type == TYPE_STRING || r.type == TYPE_BYTES;
	uint8_t format = raw ? FORMAT_NATURAL : declare_format_by_name(path);
	if (!declare_format_fits(c, r.type, format, at->span) || e->detached)
		return PLAN_NONE;
	uint32_t outside = add_outside(c, name, medium->span, share, path);
	if (outside == PLAN_NONE)
		return PLAN_NONE;
	struct outside *o = &c->program.outside[outside];
	if (o->written_in == e->g) {
		diag_report(c->diags, CF611, medium->span, "this is elaborated twice, and writes one path");
		diag_help(c->diags, "let the path name a parameter of the flow, as in \"/out/{name}.json\"");
		return PLAN_NONE;
	}
	o->written_in = e->g;
	o->type = r.type;
	o->format = format;
	graph_sink(e->g, outside, r.value);
	return outside;
}

/* ---- statements ---- */

/* A value that a medium can be written for: made at run time. Without `cut` the text has no medium for it. */
static bool has_value(struct scope *s, const struct res *r, sym_t name, struct span at, struct span cut)
{
	struct compilation *c = s->e->c;
	if (r->type == TYPE_ERROR || (r->x && r->x->kind == X_ERROR))
		return false;
	if (!r->x && !r->callable && r->type != TYPE_VOID)
		return true;
	if (r->x && s->e->detached && r->x->row)
		return false;	/* a parameter of a flow that no set uses */
	diag_report(c->diags, CF308, at, r->x || r->callable ? "`%s` is known before the run: it stands in no medium" : "`%s` names a step that has no result", name_of(c, name));
	diag_fix(c->diags, cut, "", "leave it out");
	return false;
}

bool place_target(struct scope *s, const struct node *target, struct span statement, struct res r)
{
	const struct node *m = kid(target, 1);
	struct span end = { statement.at + statement.len, 0 }, name = target->name_span.at ? target->name_span : (struct span){ target->span.at, sym_len(s->e->c->syms, target->sym) };
	struct span before = kid(target, 0) ? kid(target, 0)->span : name, cut = { before.at + before.len, m->span.at + m->span.len - before.at - before.len };
	uint32_t medium;
	if (!has_value(s, &r, target->sym, m->span, cut))
		return false;
	if (m->sym == s->e->c->words.share) {
		uint32_t outside = publish(s, m, target->sym, r);
		if (outside == PLAN_NONE)
			return false;
		medium = GRAPH_MEDIUM(MEDIUM_SHARE, outside);
	} else {
		medium = plain_medium(s->e->c, m);
	}
	if (medium != PLAN_NONE)
		graph_put(s->e->g, (struct graph_put){ r.value, s->block, false, medium, target->sym, m->span, end });
	return medium != PLAN_NONE;
}

static bool named(struct scope *s, const struct node *n, struct res *out)
{
	*out = elab_value(s, kid(n, 0), TYPE_ERROR, kid(n, 0)->sym);
	return has_value(s, out, kid(n, 0)->sym, kid(n, 0)->span, n->span);
}

bool place_stage(struct scope *s, const struct node *n)
{
	const struct node *m = kid(n, 1);
	struct graph *g = s->e->g;
	struct graph_put put = { .staged = true, .name = kid(n, 0)->sym, .span = m->span };
	struct res r;
	if (m->sym == s->e->c->words.share) {
		uint32_t outside = named(s, n, &r) ? publish(s, m, put.name, r) : PLAN_NONE;
		put.medium = outside == PLAN_NONE ? PLAN_NONE : GRAPH_MEDIUM(MEDIUM_SHARE, outside);
	} else {
		put.medium = plain_medium(s->e->c, m);
		put.medium = named(s, n, &r) ? put.medium : PLAN_NONE;
	}
	if (put.medium == PLAN_NONE)
		return s->e->detached;
	put.value = r.value;
	put.block = s->block;
	graph_put(g, put);
	return true;
}

bool place_persist(struct scope *s, const struct node *n)
{
	struct compilation *c = s->e->c;
	const struct node *m = kid(n, 1);
	struct res r;
	if (m->sym == c->words.share)
		return (named(s, n, &r) && publish(s, m, kid(n, 0)->sym, r) != PLAN_NONE) || s->e->detached;
	diag_report(c->diags, CF310, m->span, "`%s` keeps nothing beyond the run", name_of(c, m->sym));
	diag_help(c->diags, "write a path of a share: `persist %s to share \"/out/%s\"`; to copy it for other steps: `stage`", name_of(c, kid(n, 0)->sym),
		  name_of(c, kid(n, 0)->sym));
	return false;
}
