/*
 * What a calculation set says of functions and workers: `together`, `near`, `workers`, `route`, `slots n for f`. Whether data can be
 * reached from where they put a step is place.c's.
 */
#include "compiler/declare_set.h"

#include <string.h>

#include "base/limits.h"
#include "base/suggest.h"

/* false, after a report, when a set has as many as it may. */
static bool room(struct compilation *c, uint32_t count, struct span at, const char *what)
{
	if (count == LIMIT_MEMBERS)
		diag_report(c->diags, CF008, at, "a set has at most %d %s", LIMIT_MEMBERS, what);
	return count < LIMIT_MEMBERS;
}

/* A list in the arena that is one longer: sets say few of each. */
static void *one_more(struct compilation *c, const void *had, uint32_t count, size_t size)
{
	char *at = arena_zalloc(&c->arena, (size_t)count + 1, size);
	if (count)
		memcpy(at, had, count * size);
	return at;
}

/* The function of a name, or a report. */
static bool member(struct compilation *c, const struct node *n, const char *of, struct set_member *out)
{
	const struct program *p = &c->program;
	const struct decl *d = n->kind == N_NAME ? program_callable(p, n->sym) : NULL;
	if (d && d->kind == DECL_FUNC) {
		*out = (struct set_member){ d->index, n->span };
		return true;
	}
	struct suggest s;
	suggest_init(&s, n->kind == N_NAME ? name_of(c, n->sym) : "");
	for (size_t i = 0; suggest_wanted(c) && i < p->funcs; i++)
		suggest_offer(&s, name_of(c, p->func[i].name));
	if (d) {
		diag_report(c->diags, CF104, n->span, "`%s` is a flow; `%s` names functions", name_of(c, n->sym), of);
		diag_note(c->diags, d->span, "it is declared here");
		diag_help(c->diags, "name the functions that it calls");
	} else {
		diag_report(c->diags, CF104, n->span, "unknown function `%s`", n->kind == N_NAME ? name_of(c, n->sym) : "?");
		if (!suggest_say(&s, c->diags, n->span))
			diag_help(c->diags, "`%s` names functions of the program", of);
	}
	return false;
}

void declare_own_slots(struct compilation *c, struct set *s, const struct node *a)
{
	struct set_own own;
	uint64_t v;
	if (s->plan.on_list) {
		diag_report(c->diags, CF306, a->span, "`slots … for` belongs to a set on a pod, and `%s` is on a list: its functions have workers of their own", name_of(c, s->name));
		diag_fix(c->diags, a->span, "", "leave it out");
		diag_help(c->diags, "or let all functions share one pod: `calcset %s on pod`", name_of(c, s->name));
		return;
	}
	bool counted = attr_count(c, a, 1, LIMIT_SLOTS, &v);
	if (!member(c, attr_arg(a, 1), "slots … for", &own.of) || !counted)
		return;
	for (uint32_t i = 0; i < s->owns; i++) {
		if (s->own[i].of.func != own.of.func)
			continue;
		diag_report(c->diags, CF608, a->span, "`slots … for %s` is said twice", name_of(c, c->program.func[own.of.func].name));
		diag_note(c->diags, s->own[i].of.span, "the first stands here");
		return;
	}
	if (!room(c, s->owns, a->span, "functions with slots of their own"))
		return;
	own.slots = (uint32_t)v;
	s->own = one_more(c, s->own, s->owns, sizeof own);
	s->own[s->owns++] = own;
}

/* A function stands in one `together` at most: its steps have one place. */
static bool joined_before(struct compilation *c, const struct set *s, const struct set_together *t, const struct set_member *m)
{
	const struct set_member *old = NULL;
	for (uint32_t g = 0; g < s->togethers && !old; g++)
		for (uint32_t i = 0; i < s->together[g].members && !old; i++)
			if (s->together[g].member[i].func == m->func)
				old = &s->together[g].member[i];
	for (uint32_t i = 0; i < t->members && !old; i++)
		if (t->member[i].func == m->func)
			old = &t->member[i];
	if (!old)
		return false;
	diag_report(c->diags, CF608, m->span, "`%s` stands in `together` twice", name_of(c, c->program.func[m->func].name));
	diag_note(c->diags, old->span, "the first stands here");
	diag_help(c->diags, "a function's steps have one place: write all that share it in one `together`");
	return true;
}

static void read_together(struct compilation *c, struct set *s, const struct node *a)
{
	uint32_t n = list_len(kid(a, 0)), joined = 0;
	for (uint32_t i = 0; i < s->togethers; i++)
		joined += s->together[i].members;
	if (!room(c, s->togethers, a->span, "groups"))
		return;
	struct set_together t = { .span = a->span, .member = arena_alloc(&c->arena, (n + 1) * sizeof *t.member) };
	for (uint32_t i = 0; i < n; i++) {
		struct set_member m;
		if (!room(c, joined + t.members, attr_arg(a, i)->span, "functions together"))
			break;
		if (member(c, attr_arg(a, i), "together", &m) && !joined_before(c, s, &t, &m))
			t.member[t.members++] = m;
	}
	s->together = one_more(c, s->together, s->togethers, sizeof t);
	s->together[s->togethers++] = t;
}

static void read_workers(struct compilation *c, struct set *s, const struct node *a)
{
	uint64_t least, most;
	if (!attr_count(c, a, 0, LIMIT_WORKERS, &least))
		return;
	most = a->flags & NODE_OPEN ? LIMIT_WORKERS_OPEN : least;
	if (attr_arg(a, 1)) {
		struct expr_scope top = declare_scope(c);
		word_t w;
		if (!expr_constant(c, &top, attr_arg(a, 1), TYPE_I64, "the number", &w))
			return;
		most = w;
	}
	s->workers.span = a->span;
	if (most < 1 || most > LIMIT_WORKERS || most < least) {
		if (most && most < least)
			diag_report(c->diags, CF213, a->span, "`workers` goes from few to many, found %llu..%lld", (unsigned long long)least, (long long)most);
		else
			diag_report(c->diags, CF213, a->span, "`workers` is at most from 1 to %d, found %lld", LIMIT_WORKERS, (long long)most);
		diag_help(c->diags, "`workers 3` is always three; `workers 0..3` none when idle, three at most");
		return;
	}
	s->workers.least = (uint32_t)least;
	s->workers.most = (uint32_t)most;
}

/* The path of a route: "/a/b", of letters, digits, `-`, `.`, `_`, `~`. */
static const char *bad_route(const char *path)
{
	if (*path != '/')
		return "it begins with `/`";
	for (const char *p = path + 1; *p; p++) {
		bool name = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9') || strchr("-._~/", *p);
		if (!name)
			return "letters, digits, `-`, `.`, `_`, `~` and `/` stand in it";
		if (p[0] == '/' && p[-1] == '/')
			return "it has an empty part";
		if (p[-1] == '/' && p[0] == '.')
			return "no part of it begins with `.`";
	}
	return strlen(path) > 200 ? "it has at most 200 characters" : NULL;
}

static void read_route(struct compilation *c, struct set *s, const struct node *a)
{
	struct set_route r = { .path_span = attr_arg(a, 1)->span };
	bool known = member(c, attr_arg(a, 0), "route", &r.of);
	if (!attr_string(c, attr_arg(a, 1), &r.path) || !known)
		return;
	if (!room(c, s->routes, a->span, "routes"))
		return;
	const char *wrong = bad_route(r.path);
	if (wrong) {
		diag_report(c->diags, CF614, r.path_span, "bad path \"%s\" of a route: %s", r.path, wrong);
		diag_help(c->diags, "for example: route %s at \"/plant/%s\"", name_of(c, c->program.func[r.of.func].name), name_of(c, c->program.func[r.of.func].name));
		return;
	}
	for (uint32_t i = 0; i < s->routes; i++) {
		bool same_func = s->route[i].of.func == r.of.func, same_path = !strcmp(s->route[i].path, r.path);
		if (!same_func && !same_path)
			continue;
		if (same_path)
			diag_report(c->diags, CF608, r.path_span, "two routes have the path \"%s\"", r.path);
		else
			diag_report(c->diags, CF608, r.of.span, "`%s` has two routes", name_of(c, c->program.func[r.of.func].name));
		diag_note(c->diags, same_path ? s->route[i].path_span : s->route[i].of.span, "the first stands here");
		return;
	}
	s->route = one_more(c, s->route, s->routes, sizeof r);
	s->route[s->routes++] = r;
}

static void read_near(struct compilation *c, struct set *s, const struct node *a)
{
	uint32_t pond = declare_pond_named(c, attr_arg(a, 0));
	if (pond == PLAN_NONE)
		return;
	s->near.pond = pond;
	s->near.span = a->span;
}

/* On a pod all steps share the pod: there is nothing to join, and nothing to spread. */
static bool on_pod(struct compilation *c, const struct set *s, const struct node *a)
{
	const struct words *w = &c->words;
	if (s->plan.on_list)
		return false;
	const char *why = a->sym == w->together ? "all functions share its pod already" : a->sym == w->near ? "sources, states and data at a pond bring its pod there" :
			  a->sym == w->workers ? "its pod has slots, not workers" : "a route leads to a function's own workers";
	diag_report(c->diags, CF306, a->span, "`%s` belongs to a set on a list, and `%s` is on a pod: %s", name_of(c, a->sym), name_of(c, s->name), why);
	diag_fix(c->diags, a->span, "", "leave it out");
	diag_help(c->diags, "or give each function workers of its own: `calcset %s on list`", name_of(c, s->name));
	return true;
}

bool declare_list_attribute(struct compilation *c, struct set *s, const struct node *a, const struct node **seen)
{
	const struct words *w = &c->words;
	if (a->sym != w->together && a->sym != w->near && a->sym != w->workers && a->sym != w->route)
		return false;
	if (on_pod(c, s, a))
		return true;
	if (a->sym == w->together)
		read_together(c, s, a);
	else if (a->sym == w->route)
		read_route(c, s, a);
	else if (a->sym == w->near && attr_once(c, a, &seen[SET_NEAR]))
		read_near(c, s, a);
	else if (a->sym == w->workers && attr_once(c, a, &seen[SET_WORKERS]))
		read_workers(c, s, a);
	return true;
}

void declare_set_finish(struct compilation *c, struct set *s)
{
	uint64_t total = s->plan.slots;
	for (uint32_t i = 0; i < s->owns; i++)
		total += s->own[i].slots;
	if (total <= LIMIT_SLOTS)
		return;
	diag_report(c->diags, CF213, s->own[s->owns - 1].of.span, "a pod has at most %d slots, these are %llu", LIMIT_SLOTS, (unsigned long long)total);
	s->owns = 0;
}
