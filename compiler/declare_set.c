/*
 * Calculation sets: what they run and how, on a pod or on a list. Leaves a struct set; the flows are elaborated later. What names
 * functions is in declare_set_list.c, defaults are in declare_set_default.c.
 */
#include "compiler/declare.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/suggest.h"
#include "compiler/declare_set.h"
#include "compiler/outside.h"
#include "compiler/text.h"

static void unknown_sink(struct compilation *c, const struct node *t)
{
	while (t->kind == N_INDEX)
		t = kid(t, 0);
	const char *name = t->kind == N_NAME ? name_of(c, t->sym) : "?";
	bool other = t->kind == N_NAME && program_data(&c->program, t->sym);
	struct suggest s;
	suggest_init(&s, name);
	for (size_t i = 0; i < c->program.outsides; i++)
		if (c->program.outside[i].is_sink && !c->program.outside[i].of)
			suggest_offer(&s, name_of(c, c->program.outside[i].name));
	diag_report(c->diags, CF101, t->span, other ? "`%s` is no sink" : "unknown sink `%s`", name);
	if (!suggest_say(&s, c->diags, t->span))
		diag_help(c->diags, "declare it: `sink %s : file at share \"/out/%s\"`", name, name);
}

static void target(struct compilation *c, struct set_run *run, const struct node *t)
{
	bool known;
	uint32_t sink = outside_named(c, t, &known);
	if (known && sink != PLAN_NONE && !c->program.outside[sink].is_sink) {
		diag_report(c->diags, CF101, t->span, "`%s` is no sink", name_of(c, c->program.outside[sink].name));
		diag_note(c->diags, c->program.outside[sink].span, "it is declared here");
		return;
	}
	if (!known)
		unknown_sink(c, t);
	if (sink == PLAN_NONE)
		return;
	run->sink_span[run->sinks] = t->span;
	run->sink[run->sinks++] = sink;
}

/* Does `run` name a calculation set? */
static bool names_set(const struct compilation *c, const struct node *call)
{
	if (call->kind != N_CALL || program_callable(&c->program, call->sym))
		return false;
	for (size_t i = 0; i < c->program.sets; i++)
		if (c->program.set[i].name == call->sym && !c->program.set[i].of)
			return true;
	return false;
}

static void read_run(struct compilation *c, struct set *s, const struct node *n)
{
	const struct node *value = kid(n, 1);
	struct set_run *run = &s->run[s->runs];
	uint32_t targets = list_len(kid(n, 0));
	if (value->kind == N_EACH || (n->flags & NODE_OF_SETS) || names_set(c, value)) {
		if (targets) {
			diag_report(c->diags, CF624, list_at(kid(n, 0), 0)->span, "a calculation set has no results");
			diag_help(c->diags, "its own `run` names the sinks: leave the `<-` out here");
		}
		s->group_run = attr_one_more(c, s->group_run, s->group_runs, sizeof *s->group_run);
		s->group_run[s->group_runs++] = value;
		return;
	}
	if (value->kind != N_CALL) {
		diag_report(c->diags, CF624, value->span, "`run` runs a flow, a function or a set, found `%s`", node_kind_name(value->kind));
		diag_help(c->diags, "write a flow around it, and run that: `flow f() { … }`, `run f()`");
		return;
	}
	*run = (struct set_run){ .call = value };
	run->sink = arena_alloc(&c->arena, (targets + 1) * sizeof *run->sink);
	run->sink_span = arena_alloc(&c->arena, (targets + 1) * sizeof *run->sink_span);
	for (uint32_t i = 0; i < targets; i++)
		target(c, run, list_at(kid(n, 0), i));
	if (run->sinks == targets)
		s->runs++;
}

static void read_order(struct compilation *c, struct set *s, const struct node *a)
{
	const struct words *w = &c->words;
	const sym_t allowed[] = { w->parallel, w->depth_first, w->breadth_first, w->dependency, 0 };	/* as in enum plan_order */
	uint32_t which;
	if (attr_word(c, a, attr_arg(a, 0), allowed, "parallel, depth_first, breadth_first and dependency", &which))
		s->plan.order = (uint8_t)which;
}

static void read_scratch(struct compilation *c, struct set *s, const struct node *a)
{
	const struct node *medium = attr_arg(a, 1);
	const sym_t allowed[] = { c->words.memory, c->words.disk, 0 };
	uint32_t which = 1;
	attr_quantity(c, a, QUANTITY_BYTES, &s->plan.scratch);
	if (medium && attr_word(c, a, medium, allowed, "memory and disk", &which))
		s->plan.scratch_memory = which == 0;
}

static void read_slots(struct compilation *c, struct set *s, const struct node *a, const struct node **seen)
{
	const struct node *n = attr_arg(a, 0);
	uint64_t v;
	if (attr_arg(a, 1))
		declare_own_slots(c, s, a);
	else if (!attr_once(c, a, seen))
		return;
	else if (n && n->kind == N_NAME && n->sym == c->words.auto_)
		s->slots_auto = true;
	else if (attr_count(c, a, 1, LIMIT_SLOTS, &v))
		s->plan.slots = (uint32_t)v;
}

static void read_attribute(struct compilation *c, struct set *s, const struct node *a, const struct node **seen)
{
	const struct words *w = &c->words;
	uint64_t v;
	if (a->sym == w->attr_default) {
		declare_default(c, s, a, seen);
	} else if (a->sym == w->slots) {
		read_slots(c, s, a, &seen[SET_SLOTS]);
	} else if (a->sym == w->order) {
		if (attr_once(c, a, &seen[SET_ORDER]))
			read_order(c, s, a);
	} else if (a->sym == w->scratch) {
		if (attr_once(c, a, &seen[SET_SCRATCH]))
			read_scratch(c, s, a);
	} else if (a->sym == w->timeout) {
		if (attr_once(c, a, &seen[SET_TIMEOUT]) && attr_quantity(c, a, QUANTITY_TIME, &v))
			s->plan.timeout_ms = v / 1000000;
	} else if (a->sym == w->ahead) {
		if (attr_once(c, a, &seen[SET_AHEAD]) && attr_count(c, a, 0, LIMIT_WORKERS, &v))
			s->plan.ahead = (uint32_t)v;
	} else if (!declare_list_attribute(c, s, a, seen)) {
		diag_report(c->diags, CF107, a->name_span, "`%s` is no attribute of a calculation set", name_of(c, a->sym));
	}
}

/* A set's name as a Kubernetes object's: lower case, `_` as `-`. */
static void check_name(struct compilation *c, struct set *s)
{
	char *k = arena_strdup(&c->arena, name_of(c, s->name));
	size_t len = strlen(k);
	for (char *p = k; *p; p++)
		*p = *p == '_' ? '-' : (char)tolower((unsigned char)*p);
	if (k[0] == '-' || k[len - 1] == '-') {
		diag_report(c->diags, CF801, s->span, "`%s` cannot be the name of a Kubernetes object: it begins and ends with a letter or a digit", name_of(c, s->name));
		diag_help(c->diags, "leave the underscores at its ends out");
	}
	for (const struct set *o = c->program.set; o < s; o++) {
		const char *a = name_of(c, o->name), *b = name_of(c, s->name);
		size_t i = 0;
		while (a[i] && tolower((unsigned char)a[i]) == tolower((unsigned char)b[i]))
			i++;
		if (o->name == s->name || a[i] || b[i])
			continue;
		diag_report(c->diags, CF802, s->span, "`%s` and `%s` get one Kubernetes name, `%s`", a, b, k);
		diag_note(c->diags, o->span, "`%s` is declared here", a);
	}
	s->plan.name = k;
}

/* A sink gets one value. */
static void check_targets(struct compilation *c, const struct set *s)
{
	uint32_t me = (uint32_t)(s - c->program.set) + 1;
	for (uint32_t i = 0; i < s->runs; i++) {
		for (uint32_t k = 0; k < s->run[i].sinks; k++) {
			struct outside *o = &c->program.outside[s->run[i].sink[k]];
			if (o->families)
				continue;	/* a pattern's: some member */
			if (o->target_of == me)
				diag_report(c->diags, CF611, s->run[i].sink_span[k], "sink `%s` is written twice", name_of(c, o->name));
			o->target_of = me;
		}
	}
}

void declare_set(struct compilation *c, struct set *s, const struct node *n)
{
	const struct node *items = kid(n, n->nkids - 1u), *seen[SET_ATTRS] = { NULL };
	uint32_t count = list_len(items);
	struct set *outer = c->set;
	c->set = s;
	s->plan = (struct plan_set){ .slots = 1, .timeout_ms = 86400000, .image = "", .ahead = 1, .on_list = n->flags & NODE_ON_LIST };
	s->run = arena_zalloc(&c->arena, count + 1, sizeof *s->run);
	s->workers.least = s->workers.most = 1;
	s->near.pond = PLAN_NONE;
	if (count)
		s->body = (struct span){ list_at(items, count - 1)->span.at + list_at(items, count - 1)->span.len, 0 };
	if (!s->of && list_len(kid(n, n->nkids - 2u))) {
		s->param = declare_set_params(c, kid(n, n->nkids - 2u), &s->params);
		c->set = outer;
		return;	/* what it says depends on them: its instances are read */
	}
	check_name(c, s);
	unsigned before = diag_errors(c->diags);
	for (uint32_t i = 0; i < count; i++) {
		const struct node *item = list_at(items, i);
		if (item->kind == N_RUN)
			read_run(c, s, item);
		else
			read_attribute(c, s, item, seen);
	}
	s->is_group = s->group_runs > 0;
	if (s->is_group)
		declare_group_alone(c, s, n);
	if (!s->runs && !s->is_group && diag_errors(c->diags) == before) {
		diag_report(c->diags, CF612, s->span, "calculation set `%s` runs nothing", name_of(c, s->name));
		diag_help(c->diags, "say what it runs: `run result <- flow(source)`");
	}
	check_targets(c, s);
	declare_set_finish(c, s);
	c->set = outer;
}
