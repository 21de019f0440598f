/* Flows → graph: blocks, bindings and values. Calls are in call.c, regions in each.c and steps.c. */
#include "compiler/declare.h"
#include "compiler/elaborate.h"
#include "compiler/mend.h"

#include "base/mem.h"

struct res res_error(struct compilation *c, struct span at)
{
	return (struct res){ .x = expr_error(c, at), .type = TYPE_ERROR, .span = at };
}

struct res res_value(struct scope *s, struct graph_value v)
{
	return (struct res){ .value = graph_value(s->e->g, v), .type = v.type, .span = v.span };
}

static struct res res_expr(struct expr *x, struct span at)
{
	return (struct res){ .x = x, .type = x->type, .span = at };
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

uint32_t elab_to_value(struct scope *s, struct res r, type_t want, const char *what)
{
	struct compilation *c = s->e->c;
	if (r.x) {
		struct expr *x = folded(c, want ? expr_fit(c, r.x, want, what) : r.x);
		if (x->kind == X_ERROR)
			return PLAN_NONE;
		if (type_of(&c->types, x->type)->kind == TYPE_MAP) {
			diag_report(c->diags, CF201, r.span, "%s: a map is known to the compiler only; index it by a key", what);
			return PLAN_NONE;
		}
		return graph_value(s->e->g, (struct graph_value){ VALUE_CONST, x->type, graph_constant(s->e->g, x), s->block, r.span });
	}
	if (r.type == TYPE_ERROR)
		return PLAN_NONE;
	if (r.type == TYPE_VOID) {
		diag_report(c->diags, CF201, r.span, "%s: this step has no result", what);
		return PLAN_NONE;
	}
	if (type_fits(&c->types, r.type, want))
		return r.value;
	bool absent = type_of(&c->types, r.type)->kind == TYPE_OPTIONAL && type_of(&c->types, r.type)->elem == want;
	diag_report(c->diags, absent ? CF204 : CF201, r.span, "%s: expected %s, found %s", what, type_text(&c->types, want), type_text(&c->types, r.type));
	const struct graph_value *v = &s->e->g->value[r.value];
	if (v->span.at && v->span.at != r.span.at)
		diag_note(c->diags, v->span, "this makes it");
	if (!absent)
		mend_misfit(c, r.span, want, r.type);
	else
		diag_help(c->diags, "let the parameter be `%s`: the function then gets no path where the value is absent", type_text(&c->types, r.type));
	return PLAN_NONE;
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
		if (kid(target, 1))
			refuse(c, target, "a medium written on data between steps");
		if (kid(target, 0) && !r->bad) {
			type_t want = declare_type_of(c, kid(target, 0), NULL);
			if (one.x)
				one = res_expr(expr_fit(c, one.x, want, "the declared type"), bind->span);
			else if (want && elab_to_value(s, one, want, "the declared type") == PLAN_NONE)
				one = res_error(c, bind->span);
		}
		/* by name: a binding whose name was taken has no place of its own */
		uint32_t slot = name_map_get(&s->by_name, target->sym);
		struct binding *b = slot ? &s->binding[slot - 1] : NULL;
		if (!b || b->node != bind || b->group != group)
			continue;
		b->res = one;
		b->state = BINDING_DONE;
	}
	(void)first;
}

/* The type written at the only target, for what it is bound to. */
static type_t declared_type(struct compilation *c, const struct node *bind)
{
	const struct node *targets = kid(bind, 0);
	const struct node *type = list_len(targets) == 1 ? kid(list_at(targets, 0), 0) : NULL;
	return type ? declare_type_of(c, type, NULL) : TYPE_ERROR;
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
	elab_results(s, kid(bind, 1), declared_type(s->e->c, bind), s->binding[group].name, &r);
	bind_results(s, b, group, bind, &r);
	for (uint32_t i = group; i < s->bindings && s->binding[i].group == group; i++) {
		s->binding[i].state = BINDING_DONE;
		s->binding[i].first_node = first;
		s->binding[i].end_node = (uint32_t)s->e->g->nodes;
	}
	s->e->level--;
	return true;
}

/* ---- values ---- */

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
		d = program_callable(&s->e->c->program, n->sym);
		if (d)
			return true;
		break;
	case N_EACH: case N_STEPS: case N_AFTER:
		return true;
	default:
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

static struct res name_value(struct scope *s, const struct node *n, type_t want)
{
	struct compilation *c = s->e->c;
	struct scope *where;
	struct binding *b = scope_find(s, n->sym, &where);
	if (!b) {
		struct expr_scope xs = scope_exprs(s);
		return res_expr(expr_check(c, &xs, n, want), n->span);
	}
	if (!elab_binding(where, b))
		return res_error(c, n->span);
	struct res r = scope_find(s, n->sym, NULL)->res;
	r.span = n->span;
	if (r.x)
		r.x = expr_at(c, r.x, n->span);
	return r;
}

static bool is_graph_syntax(const struct scope *s, const struct node *n)
{
	return n->kind == N_EACH || n->kind == N_STEPS || n->kind == N_AFTER ||
	       (n->kind == N_CALL && program_callable(&s->e->c->program, n->sym));
}

struct res elab_value(struct scope *s, const struct node *n, type_t want, sym_t base)
{
	struct compilation *c = s->e->c;
	if (n->kind == N_NAME)
		return name_value(s, n, want);
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
	return res_expr(expr_check(c, &xs, n, want), n->span);
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
	struct compilation *c = s->e->c;
	switch (n->kind) {
	case N_CALL:
		if (program_callable(&c->program, n->sym)) {
			elab_call(s, n, base, out);
			return;
		}
		break;
	case N_AFTER: after(s, n, base, out); return;
	case N_EACH: elab_each(s, n, base, out); return;
	case N_STEPS: elab_steps(s, n, base, out); return;
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

/* A name that a refused statement makes: known, so that its uses report nothing. */
static void bind_refused(struct scope *s, const struct node *n)
{
	struct span at = n->name_span.at ? n->name_span : n->span;
	scope_bind_value(s, n->sym, at, res_error(s->e->c, at));
}

static const char *statement_refused(const struct node *n)
{
	switch (n->kind) {
	case N_LET: return "`let` in a flow";
	case N_FOR: return "`for` in a flow";
	case N_IF: return "`if` in a flow";
	case N_STAGE: return "`stage`";
	case N_PERSIST: return "`persist`";
	default: return NULL;
	}
}

static void block_values(struct scope *s, const struct node *list, sym_t base, struct results *out)
{
	struct compilation *c = s->e->c;
	out->count = 0;
	if (list_len(list) == 1) {
		const struct node *only = list_at(list, 0);
		elab_results(s, only, TYPE_ERROR, only->kind == N_CALL ? only->sym : base, out);
		return;
	}
	for (uint32_t i = 0; i < list_len(list) && i < RES_MAX; i++) {
		const struct node *k = list_at(list, i);
		out->at[i] = elab_value(s, k, TYPE_ERROR, k->kind == N_CALL ? k->sym : base);
		out->bad |= out->at[i].x && out->at[i].x->kind == X_ERROR;
		out->count++;
	}
	(void)c;
}

static sym_t own_name(struct compilation *c, const struct node *n)
{
	const struct node *v = n->kind == N_AFTER ? kid(n, 0) : n;
	return v->kind == N_CALL ? v->sym : sym_cstr(c->syms, node_kind_name(v->kind));
}

void elab_block(struct scope *s, const struct node *block, struct results *out)
{
	struct compilation *c = s->e->c;
	const struct node *items = kid(block, 0), *end = NULL;
	uint32_t n = list_len(items);

	for (uint32_t i = 0; i < n; i++)
		if (list_at(items, i)->kind == N_BIND)
			bind_names(s, list_at(items, i));
		else if (list_at(items, i)->kind == N_LET)
			bind_refused(s, list_at(items, i));
	/* what others need first: on demand alone, the machine's stack would be as deep as the longest chain */
	uint32_t *order = scope_order(s);
	for (size_t i = 0; i < s->bindings && !s->e->full; i++)
		if (s->binding[order[i]].node)
			elab_binding(s, &s->binding[order[i]]);
	mem_free(order);
	for (uint32_t i = 0; i < n; i++) {
		const struct node *k = list_at(items, i);
		const char *refused = statement_refused(k);
		if (refused) {
			refuse(c, k, refused);
			out->bad = true;
		} else if (k->kind == N_RETURN || k->kind == N_VALUE || (k->kind == N_EXPR_STMT && i + 1 == n)) {
			if (i + 1 != n) {
				diag_report(c->diags, CF603, list_at(items, i + 1)->span, "nothing may follow %s", k->kind == N_RETURN ? "`return`" : "the value of a block");
				diag_note(c->diags, k->span, "it stands here");
				out->bad = true;
				break;
			}
			end = k;
		} else if (k->kind == N_EXPR_STMT) {
			struct results r;
			results_init(&r);
			elab_results(s, kid(k, 0), TYPE_ERROR, own_name(c, kid(k, 0)), &r);
		}
	}
	if (!end)
		return;
	bool bad = out->bad;
	if (end->kind == N_EXPR_STMT)
		elab_results(s, kid(end, 0), TYPE_ERROR, own_name(c, kid(end, 0)), out);
	else if (list_len(kid(end, 0)) == 1)
		elab_results(s, list_at(kid(end, 0), 0), TYPE_ERROR, own_name(c, list_at(kid(end, 0), 0)), out);
	else
		block_values(s, kid(end, 0), sym_cstr(c->syms, "value"), out);
	out->bad |= bad;
}
