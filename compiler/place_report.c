/* What place says: the edge, both places, and ways out, each with its edit. It decides nothing. */
#include "compiler/place_parts.h"

enum { JOIN_MAX = 8, NAMES_SHOWN = 6 };	/* functions that a help line joins, and that a group is named by */

#include <stdarg.h>
#include <string.h>

static void report(struct placing *p, enum diag_code code, struct span at, const char *fmt, ...) __attribute__((format(printf, 4, 5)));
static void report(struct placing *p, enum diag_code code, struct span at, const char *fmt, ...)
{
	struct buf text = BUF_INIT;
	va_list args;
	va_start(args, fmt);
	buf_vprintf(&text, fmt, args);
	va_end(args);
	diag_report(p->c->diags, code, at, "%s", buf_str(&text));
	if (p->g->refused < 0)
		p->g->refused = (int)code;
	buf_release(&text);
}

/* ---- texts ---- */

const char *place_text_of(struct placing *p, uint32_t place)
{
	struct compilation *c = p->c;
	if (!p->s->plan.on_list)
		return arena_printf(&c->arena, "the pod of set `%s`", name_of(c, p->s->name));
	if (place >= p->host)
		return arena_printf(&c->arena, "the host of set `%s`, outside of the pods", name_of(c, p->s->name));
	const struct graph_group *g = &p->g->group[place];
	if (g->together == PLAN_NONE)
		return arena_printf(&c->arena, "the workers of `%s`", name_of(c, c->program.func[g->first].name));
	const struct set_together *t = &p->s->together[g->together];
	const char *names = "";
	for (uint32_t i = 0; i < t->members && i < NAMES_SHOWN; i++)
		names = arena_printf(&c->arena, "%s%s`%s`", names, i ? ", " : "", name_of(c, c->program.func[t->member[i].func].name));
	if (t->members > NAMES_SHOWN)
		names = arena_printf(&c->arena, "%s and %u more", names, t->members - NAMES_SHOWN);
	return arena_printf(&c->arena, "the workers of %s together", names);
}

const char *place_step_text(struct placing *p, uint32_t node)
{
	const struct graph_node *n = &p->g->node[node];
	if (n->kind == NODE_CALL)
		return arena_printf(&p->c->arena, "`%s`", name_of(p->c, p->c->program.func[n->of].name));
	return n->kind == NODE_LAUNCH ? "a launched flow" : "an expression";
}

static const char *medium_text(struct placing *p, uint32_t word)
{
	const struct medium_row *row = medium_row(graph_medium(word));
	if (row->medium == MEDIUM_POND)
		return arena_printf(&p->c->arena, "pond %s", name_of(p->c, p->c->program.pond[graph_medium_where(word)].name));
	return row->word;
}

static const char *datum_name(struct placing *p, const struct datum *d)
{
	if (d->put != PLAN_NONE)
		return name_of(p->c, p->g->put[d->put].name);
	if (d->node == PLAN_NONE)
		return d->result == GRAPH_IMPLIED ? "inputs" : name_of(p->c, p->c->program.outside[d->result].name);
	const char *name = name_of(p->c, p->g->node[d->node].name), *slash = strrchr(name, '/');
	return slash ? slash + 1 : name;
}

static void note_place(struct placing *p, uint32_t node, const char *does)
{
	uint32_t place = place_of_node(p, node);
	diag_note(p->c->diags, p->g->node[node].span, "%s %s it here, in %s", place_step_text(p, node), does, place_text_of(p, place));
}

static void note_set(struct placing *p)
{
	diag_note(p->c->diags, p->s->span, "in set `%s`", name_of(p->c, p->s->name));
}

/* ---- ways out ---- */

/* Can the groups be one: at most one of them is joined already, and no two stand at different ponds? */
static bool joinable(const struct placing *p, const uint32_t *group, uint32_t n)
{
	uint32_t together = PLAN_NONE, pond = PLAN_NONE;
	for (uint32_t i = 0; i < n; i++) {
		const struct graph_group *g = &p->g->group[group[i]];
		if ((g->together != PLAN_NONE && together != PLAN_NONE) || (g->pond != PLAN_NONE && pond != PLAN_NONE && g->pond != pond))
			return false;
		together = g->together != PLAN_NONE ? g->together : together;
		pond = g->pond != PLAN_NONE ? g->pond : pond;
	}
	return n > 1;
}

/*
 * Would all that take the datum reach it, were their functions and its maker's together? Gives the groups to join, `from` first;
 * 0 when that mends nothing.
 */
static uint32_t to_join(struct placing *p, const struct datum *d, uint32_t *group)
{
	uint32_t from = place_of_node(p, d->node), home = p->home[p->g->node[d->node].block], n = 0;
	group[n++] = from;
	for (uint32_t t = d->first_touch; t != PLAN_NONE; t = p->touch[t].next) {
		const struct toucher *who = &p->toucher[p->touch[t].toucher];
		bool one_pod = p->s->workers.most == 1 || (home == who->home && !who->across), known = false;
		if (place_reaches(p, d, d->medium, who, NULL))
			continue;
		if (place_kind(p, who->place) != PLACE_PODS || !one_pod)
			return 0;
		for (uint32_t i = 0; i < n; i++)
			known |= group[i] == who->place;
		if (!known && n == JOIN_MAX)
			return 0;
		if (!known)
			group[n++] = who->place;
	}
	return joinable(p, group, n) ? n : 0;
}

static void help_together(struct placing *p, const uint32_t *group, uint32_t n, const char *or)
{
	struct compilation *c = p->c;
	uint32_t to = PLAN_NONE;
	const char *names = "";
	for (uint32_t i = 0; i < n; i++)
		to = p->g->group[group[i]].together != PLAN_NONE ? p->g->group[group[i]].together : to;
	for (uint32_t i = 0; i < n; i++)
		if (p->g->group[group[i]].together == PLAN_NONE)
			names = arena_printf(&c->arena, "%s%s%s", names, *names ? ", " : "", name_of(c, c->program.func[p->g->group[group[i]].first].name));
	if (n && to == PLAN_NONE) {
		diag_fix(c->diags, p->s->body, arena_printf(&c->arena, "  together %s", names), "%slet them share pods: `together %s` in set `%s`", or, names, name_of(c, p->s->name));
	} else if (n) {
		const struct set_together *t = &p->s->together[to];
		struct span end = { t->member[t->members - 1].span.at + t->member[t->members - 1].span.len, 0 };
		diag_fix(c->diags, end, arena_printf(&c->arena, ", %s", names), "%slet them share pods: add %s to `together`", or, names);
	}
}

static void help_unreached(struct placing *p, const struct datum *d, const struct touch *t)
{
	struct compilation *c = p->c;
	const struct graph_put *put = &p->g->put[d->put];
	uint32_t from = place_of_node(p, d->node);
	diag_fix(c->diags, put->span, "network", "write `network` in place of `%s`: every step reaches it", medium_text(p, put->medium));
	if (place_kind(p, from) != PLACE_PODS)
		return;
	diag_fix(c->diags, put->end, arena_printf(&c->arena, "\n    stage %s to network", name_of(c, put->name)), "or copy it for the others: `stage %s to network`", name_of(c, put->name));
	if (!t || medium_row(graph_medium(put->medium))->scope != SCOPE_POD)
		return;
	uint32_t group[JOIN_MAX], n = to_join(p, d, group);
	help_together(p, group, n, "or ");
	if (p->s->workers.most == 1)
		return;
	for (uint32_t k = d->first_touch; k != PLAN_NONE; k = p->touch[k].next)
		if (p->toucher[p->touch[k].toucher].place != from && !place_reaches(p, d, d->medium, &p->toucher[p->touch[k].toucher], NULL))
			return;
	diag_fix(c->diags, p->s->workers.span, "workers 1", "or let one worker do all: `workers 1`");
}

void place_report_unreached(struct placing *p, const struct datum *d, const struct touch *t)
{
	struct compilation *c = p->c;
	struct span at = d->put != PLAN_NONE ? p->g->put[d->put].span : t ? p->g->node[t->node].span : d->span;
	const char *medium = medium_text(p, d->medium), *x = datum_name(p, d);
	bool pod = medium_row(graph_medium(d->medium))->scope == SCOPE_POD;
	if (!t) {
		report(p, CF301, at, "`%s` cannot stand in `%s`: %s is computed by %s", x, medium, place_step_text(p, d->node), place_text_of(p, p->host));
	} else if (pod && place_of_node(p, d->node) == p->toucher[t->toucher].place && place_kind(p, p->toucher[t->toucher].place) == PLACE_PODS) {
		report(p, CF301, at, "%s may not reach `%s`: `%s` ends at the pod, and %s have %u workers, one for an item",
			    place_step_text(p, t->node), x, medium, place_text_of(p, p->toucher[t->toucher].place), p->s->workers.most);
	} else {
		report(p, CF301, at, "%s cannot reach `%s`: `%s` ends at the %s", place_step_text(p, t->node), x, medium, pod ? "pod" : "pond's node");
	}
	if (d->node != PLAN_NONE)
		note_place(p, d->node, "makes");
	else
		diag_note(c->diags, d->span, "it stands here");
	if (t)
		note_place(p, t->node, "takes");
	note_set(p);
	if (d->put != PLAN_NONE)
		help_unreached(p, d, t);
	else
		diag_help(c->diags, "copy it where every step reaches it: `stage … to network`");
}

/* Are all reasons strings of any length? Then sizes mend it. */
static bool only_strings(struct placing *p, type_t t)
{
	const struct types *types = &p->c->types;
	while (type_of(types, t)->kind == TYPE_LIST)
		t = type_of(types, t)->elem;
	const struct type *ty = type_of(types, t);
	if (ty->kind != TYPE_RECORD)
		return t == TYPE_STRING;
	for (uint32_t i = 0; i < ty->count; i++) {
		type_t f = type_field_at(types, t, i)->type;
		if (f != TYPE_STRING && !place_flat(p, f))
			return false;
		if (f != TYPE_STRING && type_of(types, f)->kind == TYPE_LIST)
			return false;
	}
	return true;
}

void place_report_not_carried(struct placing *p, const struct datum *d, const struct graph_put *put)
{
	struct compilation *c = p->c;
	const char *word = medium_row(graph_medium(put->medium))->word;
	report(p, CF302, put->span, "`%s` carries values of a fixed size, and `%s` is %s: %s", word, name_of(c, put->name),
		    type_text(&c->types, d->type), place_not_flat(p, d->type));
	diag_note(c->diags, d->span, "this makes it");
	bool near_enough = d->node != PLAN_NONE && !put->staged && place_would_reach(p, d, GRAPH_MEDIUM(MEDIUM_SCRATCH, 0));
	if (near_enough)
		diag_fix(c->diags, put->span, "scratch", "write `scratch`: the pod's own volume carries anything");
	diag_fix(c->diags, put->span, "network", "%s `network`: it carries anything, everywhere", near_enough ? "or" : "write");
	if (only_strings(p, d->type))
		diag_help(c->diags, "or give its strings a size, as in `string[32]`");
}

void place_report_copy(struct placing *p, const struct datum *d, const struct graph_put *put)
{
	struct compilation *c = p->c;
	uint32_t first = PLAN_NONE;
	for (uint32_t t = d->first_touch; t != PLAN_NONE; t = p->touch[t].next)
		first = t;
	report(p, CF305, put->span, "no step that takes `%s` reaches a copy of it in `%s`", name_of(c, put->name), medium_text(p, put->medium));
	if (d->node != PLAN_NONE)
		note_place(p, d->node, "makes");
	else
		diag_note(c->diags, d->span, "it stands here");
	if (first != PLAN_NONE)
		note_place(p, p->touch[first].node, "takes");
	note_set(p);
	diag_fix(c->diags, put->span, "network", "copy it to `network`: every step reaches it");
}

/* ---- states ---- */

void place_report_state(struct placing *p, const struct state *st, uint32_t func, struct span use, uint32_t first, struct span first_use)
{
	struct compilation *c = p->c;
	const uint32_t group[] = { p->g->group_of[first], p->g->group_of[func] };
	const char *medium = name_of(c, st->medium), *f = name_of(c, c->program.func[func].name);
	bool spread = p->s->workers.most > 1;
	if (func == first)
		report(p, CF301, use, "the %u workers of `%s` cannot share state `%s`: `%s` ends at the pod", p->s->workers.most, f, name_of(c, st->name), medium);
	else
		report(p, CF301, use, "`%s` cannot reach state `%s`: `%s` ends at the pod", f, name_of(c, st->name), medium);
	diag_note(c->diags, st->span, "`%s` stands at `%s`, for one pod", name_of(c, st->name), medium);
	if (func != first)
		diag_note(c->diags, first_use, "`%s` uses it too, in %s", name_of(c, c->program.func[first].name), place_text_of(p, group[0]));
	note_set(p);
	if (func == first)
		diag_fix(c->diags, p->s->workers.span, "workers 1", "let one worker do all: `workers 1`");
	else if (!spread && joinable(p, group, 2))
		help_together(p, group, 2, "");
	diag_help(c->diags, "let the state stand where all of them reach it: at share \"/states/%s\"", name_of(c, st->name));
}

/* ---- two ponds ---- */

static void note_pull(struct placing *p, const struct pull *why)
{
	struct compilation *c = p->c;
	const char *pond = name_of(c, c->program.pond[why->pond].name);
	diag_note(c->diags, why->span, "pond `%s` is named here", pond);
	if (why->func != PLAN_NONE)
		diag_note(c->diags, why->at, "`%s` %s it here, so its workers stand at pond `%s`", name_of(c, c->program.func[why->func].name), why->what, pond);
}

/* The one thing that pulls there can be left: false when there is more than one, or no statement of a flow says it. */
static bool help_pull(struct placing *p, const struct pull *why, bool more, const char *or)
{
	struct compilation *c = p->c;
	const char *pond = name_of(c, c->program.pond[why->pond].name);
	if (more)
		return false;
	if (why->put != PLAN_NONE)
		diag_fix(c->diags, why->span, "network", "%swrite `network` in place of `pond %s`", or, pond);
	else if (!strcmp(why->what, "near"))
		diag_fix(c->diags, why->span, "", "%sleave `near %s` out", or, pond);
	else
		return false;
	return true;
}

/* Taking a function out of its group is a way out where nothing else holds them together. */
static bool help_split(struct placing *p, uint32_t place)
{
	const struct place_at *at = &p->at[place];
	const struct set_together *t = &p->s->together[p->g->group[place].together];
	if (at->pull.func == at->other.func || at->pull.func == PLAN_NONE || at->other.func == PLAN_NONE || t->members != 2)
		return false;
	for (size_t i = 0; i < p->g->puts; i++)
		if (medium_row(graph_medium(p->g->put[i].medium))->scope != SCOPE_CLUSTER)
			return false;
	diag_fix(p->c->diags, t->span, "", "let each have workers of its own: leave this `together` out");
	return true;
}

void place_report_apart(struct placing *p, uint32_t place)
{
	struct compilation *c = p->c;
	const struct place_at *at = &p->at[place];
	const struct pull *was = &at->pull, *again = &at->other;
	bool group = p->s->plan.on_list && p->g->group[place].together != PLAN_NONE;
	const char *a = name_of(c, c->program.pond[was->pond].name), *b = name_of(c, c->program.pond[again->pond].name);
	report(p, group ? CF304 : CF303, again->at, "%s cannot stand at pond `%s` and at pond `%s`: they are on different nodes", place_text_of(p, place), a, b);
	note_pull(p, was);
	note_pull(p, again);
	if (group)
		diag_note(c->diags, p->s->together[p->g->group[place].together].span, "they are joined here");
	note_set(p);
	bool helped = help_pull(p, again, at->other_more, "");
	helped |= help_pull(p, was, at->more, helped ? "or " : "");
	helped |= group && help_split(p, place);
	if (!helped)
		diag_help(c->diags, "let all data that its steps take stand at one pond, or copy the others to `network` with `stage`");
}
