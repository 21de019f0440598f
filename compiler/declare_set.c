/* Calculation sets on a pod: what they run and how. Leaves a struct set; the flows are elaborated later. */
#include "compiler/declare.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/suggest.h"
#include "compiler/text.h"

enum set_attr { SET_SLOTS, SET_ORDER, SET_SCRATCH, SET_TIMEOUT, SET_DEFAULT_CPU, SET_DEFAULT_MEMORY, SET_DEFAULT_IMAGE, SET_ATTRS };

static void target(struct compilation *c, struct set_run *run, const struct node *t)
{
	const struct decl *d;
	if (t->kind != N_NAME) {
		refuse(c, t, "a member of a family of sinks");
		return;
	}
	d = program_data(&c->program, t->sym);
	if (!d || d->kind != DECL_OUTSIDE || !c->program.outside[d->index].is_sink) {
		struct suggest s;
		suggest_init(&s, name_of(c, t->sym));
		for (size_t i = 0; i < c->program.outsides; i++)
			if (c->program.outside[i].is_sink)
				suggest_offer(&s, name_of(c, c->program.outside[i].name));
		diag_report(c->diags, CF101, t->span, d ? "`%s` is no sink" : "unknown sink `%s`", name_of(c, t->sym));
		if (!suggest_say(&s, c->diags, t->span))
			diag_help(c->diags, "declare it: `sink %s : file at share \"/out/%s\"`", name_of(c, t->sym), name_of(c, t->sym));
		return;
	}
	run->sink_span[run->sinks] = t->span;
	run->sink[run->sinks++] = d->index;
}

static void read_run(struct compilation *c, struct set *s, const struct node *n)
{
	const struct node *value = kid(n, 1);
	struct set_run *run = &s->run[s->runs];
	uint32_t targets = list_len(kid(n, 0));
	if (value->kind != N_CALL) {
		refuse(c, value, value->kind == N_EACH ? "a set of sets" : "anything but a call after `run`");
		return;
	}
	for (size_t i = 0; i < c->program.sets; i++) {
		if (c->program.set[i].name == value->sym && !program_callable(&c->program, value->sym)) {
			refuse(c, value, "a set of sets");
			return;
		}
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
	const sym_t allowed[] = { c->words.memory, sym_cstr(c->syms, "disk"), 0 };
	uint32_t which = 1;
	attr_quantity(c, a, QUANTITY_BYTES, &s->plan.scratch);
	if (medium && attr_word(c, a, medium, allowed, "memory and disk", &which))
		s->plan.scratch_memory = which == 0;
}

static void read_slots(struct compilation *c, struct set *s, const struct node *a)
{
	const struct node *n = attr_arg(a, 0);
	uint64_t v;
	if (attr_arg(a, 1))
		refuse(c, a, "a slot of a function's own (`slots … for`)");
	else if (n && n->kind == N_NAME && !strcmp(name_of(c, n->sym), "auto"))
		refuse(c, a, "`slots auto`");
	else if (attr_count(c, a, 1, 1000, &v))
		s->plan.slots = (uint32_t)v;
}

static bool read_default(struct compilation *c, struct set *s, const struct node *outer, const struct node **seen)
{
	const struct words *w = &c->words;
	const struct node *a = attr_arg(outer, 0);
	if (!a)
		return true;
	if (a->sym == w->cpu && attr_once(c, a, &seen[SET_DEFAULT_CPU]))
		attr_quantity(c, a, QUANTITY_CORES, &s->plan.cpu_milli);
	else if (a->sym == w->memory && attr_once(c, a, &seen[SET_DEFAULT_MEMORY]))
		attr_quantity(c, a, QUANTITY_BYTES, &s->plan.memory);
	else if (a->sym == w->image && !(a->flags & NODE_PORTABLE) && attr_once(c, a, &seen[SET_DEFAULT_IMAGE]))
		attr_string(c, attr_arg(a, 0), &s->plan.image);
	else
		return a->sym == w->cpu || a->sym == w->memory || (a->sym == w->image && !(a->flags & NODE_PORTABLE));
	return true;
}

static void read_item(struct compilation *c, struct set *s, const struct node *n, const struct node **seen)
{
	const struct words *w = &c->words;
	uint64_t ns;
	char construct[64];
	if (n->kind == N_RUN) {
		read_run(c, s, n);
		return;
	}
	if (n->kind == N_ATTR && n->sym == w->attr_default && read_default(c, s, n, seen))
		return;
	if (n->kind == N_ATTR && n->sym == w->slots) {
		if (attr_once(c, n, &seen[SET_SLOTS]))
			read_slots(c, s, n);
	} else if (n->kind == N_ATTR && n->sym == w->order) {
		if (attr_once(c, n, &seen[SET_ORDER]))
			read_order(c, s, n);
	} else if (n->kind == N_ATTR && n->sym == w->scratch) {
		if (attr_once(c, n, &seen[SET_SCRATCH]))
			read_scratch(c, s, n);
	} else if (n->kind == N_ATTR && n->sym == w->timeout) {
		if (attr_once(c, n, &seen[SET_TIMEOUT]) && attr_quantity(c, n, QUANTITY_TIME, &ns))
			s->plan.timeout_ms = ns / 1000000;
	} else {
		snprintf(construct, sizeof construct, "`%.30s` of a calculation set", n->kind == N_ATTR ? name_of(c, n->sym) : node_kind_name(n->kind));
		refuse(c, n, construct);
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

void declare_set(struct compilation *c, struct set *s, const struct node *n)
{
	const struct node *items = kid(n, 1), *seen[SET_ATTRS] = { NULL };
	s->plan = (struct plan_set){ .slots = 1, .timeout_ms = 86400000, .image = "" };
	s->run = arena_zalloc(&c->arena, list_len(items) + 1, sizeof *s->run);
	if (n->flags & NODE_ON_LIST) {
		refuse(c, n, "a calculation set on a list of workers (`on list`)");
		return;
	}
	if (list_len(kid(n, 0))) {
		refuse(c, n, "a calculation set with parameters");
		return;
	}
	check_name(c, s);
	unsigned before = diag_errors(c->diags);
	for (uint32_t i = 0; i < list_len(items); i++)
		read_item(c, s, list_at(items, i), seen);
	if (!s->runs && diag_errors(c->diags) == before) {
		diag_report(c->diags, CF612, s->span, "calculation set `%s` runs nothing", name_of(c, s->name));
		diag_help(c->diags, "say what it runs: `run result <- flow(source)`");
	}
	for (uint32_t i = 0; i < s->runs; i++)
		for (uint32_t k = 0; k < s->run[i].sinks; k++)
			for (uint32_t j = 0; j <= i; j++)
				for (uint32_t l = 0; l < (j == i ? k : s->run[j].sinks); l++)
					if (s->run[i].sink[k] == s->run[j].sink[l])
						diag_report(c->diags, CF611, s->run[i].sink_span[k], "sink `%s` is written twice", name_of(c, c->program.outside[s->run[i].sink[k]].name));
}
