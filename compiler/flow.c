/* Flows → graph: blocks, bindings and values. Calls are in call.c, regions in each.c and steps.c. */
#include "compiler/declare.h"
#include "compiler/elaborate.h"
#include "compiler/place.h"
#include "compiler/mend.h"

#include <stdio.h>

#include "base/mem.h"

struct res res_error(struct compilation *c, struct span at)
{
	return (struct res){ .x = expr_error(c, at), .type = TYPE_ERROR, .span = at };
}

struct res res_value(struct scope *s, struct graph_value v)
{
	return (struct res){ .value = graph_value(s->e->g, v), .type = v.type, .span = v.span };
}

bool elab_enter(struct elab *e, const struct node *n)
{
	if (e->full)
		return false;
	if (++e->level <= LIMIT_DEMAND)
		return true;
	diag_report(e->c->diags, CF008, n->span, "values need each other more than %d deep", LIMIT_DEMAND);
	e->full = true;
	return false;
}

/* ---- compile-time values become constants of the graph ---- */

/* What depends on no row is evaluated now; what does and cannot fail waits for the planner; check.c tries the rest. */
static struct expr *folded(struct compilation *c, struct expr *x)
{
	struct eval ev = { .c = c };
	word_t w;
	if (x->kind == X_ERROR || x->kind == X_WORD || x->row)
		return x;
	return expr_eval(&ev, x, &w) ? expr_word(c, x->type, w, x->span) : expr_error(c, x->span);
}

/* The value of the graph under another type that it fits as it is. */
static struct res relabelled(struct scope *s, struct res r, type_t type)
{
	struct graph_value v = s->e->g->value[r.value];
	v.type = type;
	struct res out = res_value(s, v);
	out.span = r.span;
	return out;
}

static void report_misfit(struct scope *s, const struct res *r, type_t want, const char *what)
{
	struct compilation *c = s->e->c;
	bool absent = type_of(&c->types, r->type)->kind == TYPE_OPTIONAL && type_fits(&c->types, type_of(&c->types, r->type)->elem, want);
	diag_report(c->diags, absent ? CF204 : CF201, r->span, "%s: expected %s, found %s", what, type_text(&c->types, want), type_text(&c->types, r->type));
	const struct graph_value *v = &s->e->g->value[r->value];
	if (v->span.at && v->span.at != r->span.at)
		diag_note(c->diags, v->span, "this makes it");
	if (!absent)
		mend_misfit(c, r->span, want, r->type);
	else
		diag_help(c->diags, "say what stands for an absent value: `x else default`, or `match` it; or let the parameter be `%s`: the function then gets no path where the value is absent",
			  type_text(&c->types, r->type));
}

/* A flow may stand where a function of its types is wanted: both are called alike. */
static bool same_shape(const struct types *t, type_t is, type_t want)
{
	const struct type *a = type_of(t, is), *b = type_of(t, want);
	if (a->kind != TYPE_FUNCTION || b->kind != TYPE_FUNCTION || b->is_flow || a->params != b->params || a->count != b->count)
		return false;
	for (uint32_t i = 0; i < a->count; i++)
		if (type_field_at(t, is, i)->type != type_field_at(t, want, i)->type)
			return false;
	return true;
}

struct res elab_fit(struct scope *s, struct res r, type_t want, const char *what)
{
	struct compilation *c = s->e->c;
	if (r.x && r.x->kind == X_ERROR)
		return r;
	if (r.callable) {
		if (r.type == want || !want || same_shape(&c->types, r.type, want))
			return r;
		diag_report(c->diags, CF201, r.span, "%s: expected %s, found %s", what, type_text(&c->types, want), type_text(&c->types, r.type));
		return res_error(c, r.span);
	}
	if (r.x) {
		r.x = want ? expr_fit(c, r.x, want, what) : r.x;
		r.type = r.x->type;
		return r;
	}
	if (r.type == TYPE_ERROR)
		return res_error(c, r.span);
	if (r.type == TYPE_VOID) {
		diag_report(c->diags, CF201, r.span, "%s: this step has no result", what);
		return res_error(c, r.span);
	}
	if (!want || r.type == want)
		return r;
	if (type_fits(&c->types, r.type, want))
		return relabelled(s, r, want);
	if (type_arm(&c->types, r.type, want) != UINT32_MAX) {
		return res_expr(s, expr_fit(c, expr_of_value(c, r.value, r.type, r.span), want, what), sym_cstr(c->syms, "choice"), r.span);
	}
	report_misfit(s, &r, want, what);
	return res_error(c, r.span);
}

uint32_t elab_to_value(struct scope *s, struct res r, type_t want, const char *what)
{
	struct compilation *c = s->e->c;
	r = elab_fit(s, r, want, what);
	if (r.callable) {
		diag_report(c->diags, CF201, r.span, "%s: %s is no data; it can be called, or given to a flow", what, type_text(&c->types, r.type));
		return PLAN_NONE;
	}
	if (!r.x)
		return r.value;
	struct expr *x = folded(c, r.x);
	if (x->kind == X_ERROR)
		return PLAN_NONE;
	if (type_of(&c->types, x->type)->kind == TYPE_MAP) {
		diag_report(c->diags, CF201, r.span, "%s: a map is known to the compiler only; index it by a key", what);
		return PLAN_NONE;
	}
	return graph_value(s->e->g, (struct graph_value){ VALUE_CONST, x->type, graph_constant(s->e->g, x), s->block, r.span });
}

/* ---- bindings ---- */

static void bind_results(struct scope *s, struct binding *first, uint32_t group, const struct node *bind, struct results *r)
{
	struct compilation *c = s->e->c;
	const struct node *targets = kid(bind, 0);
	uint32_t n = list_len(targets);

	if (!r->bad && r->count != n && !(n == 1 && r->count == 0)) {
		diag_report(c->diags, CF203, bind->span, "%u name%s for %u result%s", n, n == 1 ? "" : "s", r->count, r->count == 1 ? "" : "s");
		r->bad = true;
	}
	for (uint32_t t = 0; t < n; t++) {
		const struct node *target = list_at(targets, t);
		struct res one = r->bad ? res_error(c, bind->span) : r->count ? r->at[t] : (struct res){ .type = TYPE_VOID };
		one.span = bind->span;
		if (kid(target, 0) && !r->bad) {
			one = elab_fit(s, one, declare_type_of(c, kid(target, 0), NULL), "the declared type");
		}
		if (kid(target, 1) && !r->bad && !place_target(s, target, bind->span, one))
			one = res_error(c, bind->span);
		/* by name: a binding whose name was taken has no place of its own */
		uint32_t slot = name_map_get(&s->by_name, target->sym);
		struct binding *b = slot ? &s->binding[slot - 1] : NULL;
		if (!b || b->node != bind || b->group != group)
			continue;
		b->res = one;
		b->state = BINDING_DONE;
	}
	elab_time_bound(s);
	(void)first;
}

/* The type written at the only target, for what it is bound to. */
static type_t declared_type(struct compilation *c, const struct node *bind)
{
	const struct node *targets = kid(bind, 0);
	const struct node *type = list_len(targets) == 1 ? kid(list_at(targets, 0), 0) : NULL;
	return type ? declare_type_of(c, type, NULL) : TYPE_ERROR;
}

/* `let`: a compile-time value, whatever it is bound to. */
static struct res let(struct scope *s, const struct node *n)
{
	struct compilation *c = s->e->c;
	type_t want = kid(n, 0) ? declare_type_of(c, kid(n, 0), NULL) : TYPE_ERROR;
	struct expr_scope xs = scope_exprs(s);
	struct expr *x = expr_check(c, &xs, kid(n, 1), want);
	if (want)
		x = expr_fit(c, x, want, "the declared type");
	x = expr_known(c, x, "`let`");
	return (struct res){ .x = x, .type = x->type, .span = n->span };
}

bool elab_binding(struct scope *s, struct binding *b)
{
	if (b->state == BINDING_DONE || s->e->full)
		return b->state == BINDING_DONE;
	if (b->state == BINDING_BUSY) {
		report_loop(s, b);
		return false;
	}
	if (!elab_enter(s->e, b->node))
		return false;
	struct results r;
	const struct node *bind = b->node;
	uint32_t group = b->group, first = (uint32_t)s->e->g->nodes;

	for (uint32_t i = group; i < s->bindings && s->binding[i].group == group; i++)
		s->binding[i].state = BINDING_BUSY;
	results_init(&r);
	if (bind->kind == N_LET) {
		struct res one = let(s, bind);
		s->binding[group].res = one;
	} else {
		elab_results(s, kid(bind, 1), declared_type(s->e->c, bind), s->binding[group].name, &r);
		bind_results(s, b, group, bind, &r);
	}
	for (uint32_t i = group; i < s->bindings && s->binding[i].group == group; i++) {
		s->binding[i].state = BINDING_DONE;
		s->binding[i].first_node = first;
		s->binding[i].end_node = (uint32_t)s->e->g->nodes;
	}
	s->e->level--;
	return true;
}

/* ---- values ---- */

enum { TURN_WORK = 100 };	/* what a turn of `for` counts for: its names, its scope */

static bool is_pattern(enum node_kind kind)
{
	switch (kind) {
	case N_EACH: case N_STEPS: case N_MATCH: case N_WHEN: case N_CYCLE: case N_RING: case N_WALK: case N_LAUNCH:
	case N_GATHER: case N_HOLD: case N_PREVIOUS:
		return true;
	default:
		return false;
	}
}

/* Does this syntax need something that is known only at run time? Elaborates the bindings that it names. */
static bool at_run_time(struct scope *s, const struct node *n)
{
	struct scope *where;
	struct binding *b;
	const struct decl *d;
	if (!n)
		return false;
	switch (n->kind) {
	case N_NAME:
		b = scope_find(s, n->sym, &where);
		if (!b || !elab_binding(where, b))
			return false;
		b = scope_find(s, n->sym, NULL);
		return !b->res.x && b->res.type != TYPE_ERROR;
	case N_CALL:
		d = elab_callable(s, n->sym);
		if (d)
			return true;
		break;
	case N_AFTER:
		return true;
	default:
		if (is_pattern(n->kind))
			return true;
		break;
	}
	for (uint32_t i = 0; i < n->nkids; i++)
		if (at_run_time(s, n->kids[i]))
			return true;
	return false;
}

static struct res list_value(struct scope *s, const struct node *n, type_t want, sym_t base)
{
	struct compilation *c = s->e->c;
	const struct node *list = kid(n, 0);
	uint32_t len = list_len(list);
	type_t elem = type_of(&c->types, want)->kind == TYPE_LIST ? type_of(&c->types, want)->elem : TYPE_ERROR;
	uint32_t *item = arena_alloc(&c->arena, (len + 1) * sizeof *item);
	bool ok = true;

	for (uint32_t i = 0; i < len; i++) {
		struct res r = elab_value(s, list_at(list, i), elem, base);
		if (elem == TYPE_ERROR)
			elem = r.type;
		item[i] = elab_to_value(s, r, elem, "an item of this list");
		ok &= item[i] != PLAN_NONE;
	}
	if (!ok)
		return res_error(c, n->span);
	return res_value(s, (struct graph_value){ VALUE_LIST, type_list(&c->types, elem), graph_items(s->e->g, item, len), len, n->span });
}

static struct res name_value(struct scope *s, const struct node *n, type_t want, sym_t base)
{
	struct compilation *c = s->e->c;
	struct scope *where;
	struct binding *b = scope_find(s, n->sym, &where);
	const struct decl *d = program_callable(&c->program, n->sym);
	if (!b && d && type_of(&c->types, want)->kind == TYPE_FUNCTION)
		return elab_callable_value(s, d, n);
	if (!b) {
		struct expr_scope xs = scope_exprs(s);
		return res_expr(s, expr_check(c, &xs, n, want), base, n->span);
	}
	if (!elab_binding(where, b))
		return res_error(c, n->span);
	struct res r = scope_find(s, n->sym, NULL)->res;
	r.span = n->span;
	if (r.x)
		r.x = expr_at(c, r.x, n->span);
	return r;
}

static bool is_graph_syntax(struct scope *s, const struct node *n)
{
	return n->kind == N_AFTER || is_pattern(n->kind) || (n->kind == N_CALL && elab_callable(s, n->sym));
}

struct res elab_value(struct scope *s, const struct node *n, type_t want, sym_t base)
{
	struct compilation *c = s->e->c;
	if (n->kind == N_NAME)
		return name_value(s, n, want, base);
	if (n->kind == N_LIST_EXPR && at_run_time(s, n))
		return list_value(s, n, want, base);
	if (is_graph_syntax(s, n)) {
		struct results r;
		results_init(&r);
		elab_results(s, n, TYPE_ERROR, base, &r);
		if (r.bad)
			return res_error(c, n->span);
		if (r.count == 1) {
			r.at[0].span = n->span;
			return r.at[0];
		}
		diag_report(c->diags, CF203, n->span, "one value is wanted here, this gives %u", r.count);
		if (r.count > 1)
			diag_help(c->diags, "bind them first: `a, b = …`");
		return res_error(c, n->span);
	}
	struct expr_scope xs = scope_exprs(s);
	return res_expr(s, expr_check(c, &xs, n, want), base, n->span);
}

/* ---- `after` ---- */

static void after(struct scope *s, const struct node *n, sym_t base, struct results *out)
{
	struct compilation *c = s->e->c;
	const struct node *names = kid(n, 1);
	uint32_t *node = NULL;
	size_t count = 0, cap = 0;

	for (uint32_t i = 0; i < list_len(names); i++) {
		const struct node *name = list_at(names, i);
		struct scope *where;
		struct binding *b = scope_find(s, name->sym, &where);
		if (!b) {
			struct expr_scope xs = scope_exprs(s);
			struct expr *x = expr_check(c, &xs, name, TYPE_ERROR);
			if (x->kind != X_ERROR)
				diag_report(c->diags, CF205, name->span, "`after` needs a step; `%s` is known before the run", name_of(c, name->sym));
			out->bad = true;
			continue;
		}
		if (!elab_binding(where, b)) {
			out->bad = true;
			continue;
		}
		b = scope_find(s, name->sym, &where);
		for (uint32_t k = b->first_node; k < b->end_node; k++) {
			if (s->e->g->node[k].block != where->block)
				continue;
			node = mem_grow(node, &cap, count + 1, sizeof *node);
			node[count++] = k;
		}
		if (b->first_node == b->end_node && b->res.type != TYPE_ERROR && b->node) {
			diag_report(c->diags, CF205, name->span, "`after` needs a step; `%s` makes none", name_of(c, name->sym));
			out->bad = true;
		}
	}
	const uint32_t *saved = s->after;
	uint32_t saved_count = s->afters;
	uint32_t *all = arena_alloc(&c->arena, (count + saved_count + 1) * sizeof *all);
	for (uint32_t i = 0; i < saved_count; i++)
		all[i] = saved[i];
	for (size_t i = 0; i < count; i++)
		all[saved_count + i] = node[i];
	mem_free(node);
	/* what the call needs is elaborated first, so that only its own nodes wait */
	at_run_time(s, kid(n, 0));
	s->after = all;
	s->afters = saved_count + (uint32_t)count;
	elab_results(s, kid(n, 0), TYPE_ERROR, base, out);
	s->after = saved;
	s->afters = saved_count;
}

void elab_results(struct scope *s, const struct node *n, type_t want, sym_t base, struct results *out)
{
	switch (n->kind) {
	case N_CALL:
		if (elab_callable(s, n->sym)) {
			elab_call(s, n, base, out);
			return;
		}
		break;
	case N_AFTER: after(s, n, base, out); return;
	case N_EACH: elab_each(s, n, base, out); return;
	case N_STEPS: elab_steps(s, n, base, out); return;
	case N_MATCH: case N_WHEN: elab_match(s, n, base, out); return;
	case N_CYCLE: elab_cycle(s, n, base, out); return;
	case N_RING: elab_ring(s, n, base, out); return;
	case N_WALK: elab_walk(s, n, base, out); return;
	case N_LAUNCH: elab_launch(s, n, base, out); return;
	case N_GATHER: case N_HOLD: case N_PREVIOUS: elab_time(s, n, base, out); return;
	default: break;
	}
	out->at[0] = elab_value(s, n, want, base);
	out->count = 1;
	out->bad = out->at[0].x && out->at[0].x->kind == X_ERROR;
}

/* ---- blocks ---- */

static void bind_names(struct scope *s, const struct node *bind)
{
	const struct node *targets = kid(bind, 0);
	uint32_t group = (uint32_t)s->bindings;
	for (uint32_t t = 0; t < list_len(targets); t++) {
		const struct node *target = list_at(targets, t);
		struct binding *b = scope_bind(s, target->sym, target->name_span.at ? target->name_span : target->span);
		if (!b)
			continue;
		b->node = bind;
		b->target = t;
		b->group = group;
	}
}

static sym_t own_name(struct compilation *c, const struct node *n)
{
	const struct node *v = n->kind == N_AFTER ? kid(n, 0) : n;
	return v->kind == N_CALL ? v->sym : sym_cstr(c->syms, node_kind_name(v->kind));
}

/* ---- statements ---- */

/* The statements of a block, those of the branches of `if` that were taken among them. */
struct statements { const struct node **at; size_t count, cap; };

static void bind_statement(struct scope *s, const struct node *n)
{
	if (n->kind == N_BIND) {
		bind_names(s, n);
	} else if (n->kind == N_LET) {
		struct binding *b = scope_bind(s, n->sym, n->name_span.at ? n->name_span : n->span);
		if (!b)
			return;
		b->node = n;
		b->group = (uint32_t)s->bindings - 1;
	}
}

static void add_statements(struct scope *s, struct statements *all, const struct node *block)
{
	const struct node *items = kid(block, 0);
	for (uint32_t i = 0; i < list_len(items); i++) {
		all->at = mem_grow(all->at, &all->cap, all->count + 1, sizeof *all->at);
		all->at[all->count++] = list_at(items, i);
		bind_statement(s, list_at(items, i));
	}
}

/* A condition that the compiler knows; PLAN_NONE after a report. */
static uint32_t known_condition(struct scope *s, const struct node *n)
{
	struct compilation *c = s->e->c;
	struct expr_scope xs = scope_exprs(s);
	struct eval ev = { .c = c };
	word_t w;
	struct expr *x = expr_known(c, expr_fit(c, expr_check(c, &xs, n, TYPE_BOOL), TYPE_BOOL, "the condition"), "the condition of `if`");
	if (x->kind == X_ERROR)
		return PLAN_NONE;
	if (x->row) {
		if (!s->e->detached) {
			diag_report(c->diags, CF205, n->span, "`if` decides once, before the run; this differs from row to row");
			diag_help(c->diags, "`when` and `match` decide for each item");
		}
		return PLAN_NONE;
	}
	return expr_eval(&ev, x, &w) ? (uint32_t)w : PLAN_NONE;
}

/* The names of a branch of which nobody knows whether it is taken: their uses report nothing. */
static void bind_unknown(struct scope *s, const struct node *branch)
{
	const struct node *items;
	if (branch && branch->kind == N_IF) {
		bind_unknown(s, kid(branch, 1));
		bind_unknown(s, kid(branch, 2));
		return;
	}
	items = branch ? kid(branch, 0) : NULL;
	for (uint32_t i = 0; i < list_len(items); i++) {
		const struct node *n = list_at(items, i);
		const struct node *targets = n->kind == N_BIND ? kid(n, 0) : NULL;
		for (uint32_t t = 0; t < list_len(targets); t++)
			if (!name_map_get(&s->by_name, list_at(targets, t)->sym))
				scope_bind_value(s, list_at(targets, t)->sym, n->span, res_error(s->e->c, n->span));
		if (n->kind == N_LET && !name_map_get(&s->by_name, n->sym))
			scope_bind_value(s, n->sym, n->span, res_error(s->e->c, n->span));
	}
}

/* Puts the branch that is taken in the place of the `if` at `at`; its names are those of the block. false after a report. */
static bool take_branch(struct scope *s, struct statements *all, size_t at)
{
	const struct node *n = all->at[at];
	uint32_t w = known_condition(s, kid(n, 0));
	const struct node *branch = w == PLAN_NONE ? NULL : w ? kid(n, 1) : kid(n, 2);
	struct statements rest = { 0 };

	for (size_t i = at + 1; i < all->count; i++) {
		rest.at = mem_grow(rest.at, &rest.cap, rest.count + 1, sizeof *rest.at);
		rest.at[rest.count++] = all->at[i];
	}
	all->count = at;
	if (w == PLAN_NONE) {
		bind_unknown(s, kid(n, 1));
		bind_unknown(s, kid(n, 2));
	}
	if (branch && branch->kind == N_IF) {
		all->at[all->count++] = branch;
	} else if (branch) {
		add_statements(s, all, branch);
	}
	all->at = mem_grow(all->at, &all->cap, all->count + rest.count + 1, sizeof *all->at);
	for (size_t i = 0; i < rest.count; i++)
		all->at[all->count++] = rest.at[i];
	mem_free(rest.at);
	return w != PLAN_NONE;
}

/* `for x in xs { … }`: the statements once for each item; their names are the turn's own. */
static bool turns(struct scope *s, const struct node *n)
{
	struct compilation *c = s->e->c;
	struct expr_scope xs = scope_exprs(s);
	struct eval ev = { .c = c };
	word_t list = 0;
	struct expr *x = expr_known(c, expr_check(c, &xs, kid(n, 0), TYPE_ERROR), "the list of `for`");
	if (x->kind == X_ERROR || (x->row && s->e->detached))
		return false;
	if (type_of(&c->types, x->type)->kind != TYPE_LIST || x->row) {
		diag_report(c->diags, x->row ? CF205 : CF201, kid(n, 0)->span, "`for … in` needs a list that is known before the run, found %s%s", type_text(&c->types, x->type),
			    x->row ? ", which differs from row to row" : "");
		diag_help(c->diags, "`each` goes over any list");
		return false;
	}
	if (!expr_eval(&ev, x, &list))
		return false;
	for (uint32_t i = 0; i < list_count(list) && !s->e->full; i++) {
		struct scope turn = { .e = s->e, .up = s, .block = s->block, .after = s->after, .afters = s->afters, .bodies = s->bodies };
		char number[24];
		struct results r;
		if (!compile_work(c, TURN_WORK)) {
			diag_report(c->diags, CF008, n->span, "compile-time loops go through more than %d items", LIMIT_WORK);
			return false;
		}
		snprintf(number, sizeof number, ".%u/", i);
		turn.prefix = join_names(s->e, name_of(c, s->prefix), name_of(c, n->sym), number);
		type_t elem = type_of(&c->types, x->type)->elem;
		scope_bind_value(&turn, n->sym, n->name_span.at ? n->name_span : n->span,
				 (struct res){ .x = expr_word(c, elem, list_item(&c->store, list, i), n->span), .type = elem, .span = n->span });
		results_init(&r);
		elab_block(&turn, kid(n, 1), &r);
		scope_release(&turn);
		if (r.bad)
			return false;	/* one report, not one for each turn */
	}
	return true;
}

/* One statement that is neither a binding nor the end; false after a report. */
static bool statement(struct scope *s, const struct node *k)
{
	struct compilation *c = s->e->c;
	struct results r;
	switch (k->kind) {
	case N_EXPR_STMT:
		results_init(&r);
		elab_results(s, kid(k, 0), TYPE_ERROR, own_name(c, kid(k, 0)), &r);
		return true;
	case N_FOR: return turns(s, k);
	case N_STAGE: return place_stage(s, k);
	case N_PERSIST: return place_persist(s, k);
	default: return true;
	}
}

static bool is_end(const struct node *k, bool last)
{
	return k->kind == N_RETURN || k->kind == N_VALUE || (k->kind == N_EXPR_STMT && last);
}

/* What the flow declares for value i of `count` after `return`. */
static type_t returns_type(const struct scope *s, const struct node *end, uint32_t i, uint32_t count)
{
	const struct signature *sig = s->e->returns;
	return end->kind == N_RETURN && sig && sig->results == count ? sig->result[i].type : TYPE_ERROR;
}

/* Several values, each of one thing. */
static void block_values(struct scope *s, const struct node *end, sym_t base, struct results *out)
{
	const struct node *list = kid(end, 0);
	uint32_t n = list_len(list);
	out->count = 0;
	for (uint32_t i = 0; i < n && i < RES_MAX; i++) {
		const struct node *k = list_at(list, i);
		out->at[i] = elab_value(s, k, returns_type(s, end, i, n), k->kind == N_CALL ? k->sym : base);
		out->bad |= out->at[i].x && out->at[i].x->kind == X_ERROR;
		out->count++;
	}
}

static void end_of_block(struct scope *s, const struct node *end, struct results *out)
{
	struct compilation *c = s->e->c;
	const struct node *values = kid(end, 0);
	if (end->kind == N_EXPR_STMT)
		elab_results(s, values, TYPE_ERROR, own_name(c, values), out);
	else if (list_len(values) == 1)
		elab_results(s, list_at(values, 0), returns_type(s, end, 0, 1), own_name(c, list_at(values, 0)), out);
	else
		block_values(s, end, sym_cstr(c->syms, "value"), out);
}

void elab_block(struct scope *s, const struct node *block, struct results *out)
{
	struct compilation *c = s->e->c;
	struct statements all = { 0 };
	const struct node *end = NULL;
	bool bad = false;

	add_statements(s, &all, block);
	for (size_t i = 0; i < all.count && !s->e->full;)
		if (all.at[i]->kind == N_IF)
			bad |= !take_branch(s, &all, i);	/* what stands there now is looked at next */
		else
			i++;
	/* what others need first: on demand alone, the machine's stack would be as deep as the longest chain */
	uint32_t *order = scope_order(s);
	for (size_t i = 0; i < s->bindings && !s->e->full; i++)
		if (s->binding[order[i]].node)
			elab_binding(s, &s->binding[order[i]]);
	mem_free(order);
	for (size_t i = 0; i < all.count; i++) {
		const struct node *k = all.at[i];
		if (!is_end(k, i + 1 == all.count)) {
			bad |= !statement(s, k);
			continue;
		}
		if (i + 1 != all.count) {
			diag_report(c->diags, CF603, all.at[i + 1]->span, "nothing may follow %s", k->kind == N_RETURN ? "`return`" : "the value of a block");
			diag_note(c->diags, k->span, "it stands here");
			bad = true;
			break;
		}
		end = k;
	}
	mem_free(all.at);
	if (end)
		end_of_block(s, end, out);
	out->end = end;		/* not those of blocks within it */
	out->bad |= bad;
}
