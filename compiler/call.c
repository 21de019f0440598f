/* Calls: a function becomes a node, a flow is inlined under a name of its own. */
#include "compiler/elaborate.h"

#include <stdio.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/suggest.h"
#include "compiler/mend.h"

static const struct port *port_named(const struct signature *sig, sym_t name, uint32_t *at)
{
	for (uint32_t i = 0; i < sig->params; i++) {
		if (sig->param[i].name == name) {
			*at = i;
			return &sig->param[i];
		}
	}
	return NULL;
}

static void unknown_parameter(struct compilation *c, const struct signature *sig, const struct node *arg, sym_t callee, struct span declared)
{
	struct suggest s;
	suggest_init(&s, name_of(c, arg->sym));
	for (uint32_t i = 0; i < sig->params; i++)
		suggest_offer(&s, name_of(c, sig->param[i].name));
	diag_report(c->diags, CF106, arg->name_span.at ? arg->name_span : arg->span, "`%s` has no parameter `%s`", name_of(c, callee), name_of(c, arg->sym));
	diag_note(c->diags, declared, "`%s` is declared here", name_of(c, callee));
	suggest_say(&s, c->diags, arg->name_span.at ? arg->name_span : arg->span);
}

bool call_arguments(struct compilation *c, const struct signature *sig, const struct node *call, struct span declared, const struct node **arg)
{
	const struct node *args = kid(call, 0);
	bool ok = true, named = false;

	for (uint32_t i = 0; i < list_len(args); i++) {
		const struct node *a = list_at(args, i), *value = a;
		uint32_t at = i;
		if (a->kind == N_ARG) {
			named = true;
			value = kid(a, 0);
			if (!port_named(sig, a->sym, &at)) {
				unknown_parameter(c, sig, a, call->sym, declared);
				ok = false;
				continue;
			}
		} else if (named) {
			diag_report(c->diags, CF202, a->span, "an argument by position cannot follow one by name");
			mend_position_after_name(c, sig, a, arg);
			ok = false;
			continue;
		} else if (i >= sig->params) {
			diag_report(c->diags, CF202, a->span, "`%s` takes %u argument%s, found %u", name_of(c, call->sym), sig->params,
				    sig->params == 1 ? "" : "s", list_len(args));
			diag_note(c->diags, declared, "`%s` is declared here", name_of(c, call->sym));
			return false;
		}
		if (arg[at]) {
			diag_report(c->diags, CF211, a->span, "parameter `%s` is given twice", name_of(c, sig->param[at].name));
			diag_note(c->diags, arg[at]->span, "the first stands here");
			ok = false;
			continue;
		}
		arg[at] = value;
	}
	return ok;
}

static bool look_top(void *ctx, const struct node *n, struct expr **out)
{
	struct compilation *c = ctx;
	const struct decl *d = program_data(&c->program, n->sym);
	if (!d || d->kind != DECL_CONSTANT)
		return false;
	const struct constant *k = &c->program.constant[d->index];
	*out = k->ok ? expr_word(c, k->type, k->value, n->span) : expr_error(c, n->span);
	return true;
}

/* The value of parameter i: what was given, its default, or absent. */
static struct res argument(struct scope *s, const struct signature *sig, uint32_t i, const struct node *given, const struct node *call, sym_t base, struct span declared)
{
	struct compilation *c = s->e->c;
	const struct port *p = &sig->param[i];
	if (given)
		return elab_value(s, given, p->type, base);
	if (p->init) {
		struct expr_scope top = { .look = look_top, .ctx = c };
		struct expr *x = expr_check(c, &top, p->init, p->type);
		return (struct res){ .x = x, .type = x->type, .span = p->init->span };
	}
	if (type_of(&c->types, p->type)->kind == TYPE_OPTIONAL)
		return res_value(s, (struct graph_value){ VALUE_ABSENT, p->type, 0, 0, call->span });
	diag_report(c->diags, CF202, call->span, "`%s` needs a value for `%s`", name_of(c, call->sym), name_of(c, p->name));
	diag_note(c->diags, p->span, "`%s: %s` is declared here", name_of(c, p->name), type_text(&c->types, p->type));
	(void)declared;
	return res_error(c, call->span);
}

sym_t nested_base(struct elab *e, sym_t base, const struct node *arg)
{
	const struct node *n = arg && arg->kind == N_AFTER ? kid(arg, 0) : arg;
	if (n && (n->kind == N_NAME || n->kind == N_INT))	/* no step is made of it: it needs no name, and there are many */
		return base;
	return join_names(e, name_of(e->c, base), ".", n && n->kind == N_CALL ? name_of(e->c, n->sym) : n ? node_kind_name(n->kind) : "");
}

/* What a value is for, in a report; one that fits as it is gets none, and there are many of these. */
static const char *argument_text(struct compilation *c, const struct res *r, const struct port *p, sym_t callee)
{
	if (r->type == p->type && !r->callable)
		return "";
	return arena_printf(&c->arena, "argument `%s` of `%s`", name_of(c, p->name), name_of(c, callee));
}

/* An argument that does not fit, where another by position does and would fit here: one mistake, reported as one. */
static bool swapped(struct scope *s, const struct signature *sig, const struct node *call, uint32_t i, const struct res *r, sym_t base)
{
	struct compilation *c = s->e->c;
	const struct node *args = kid(call, 0);
	type_t want = sig->param[i].type;
	if (i >= list_len(args) || list_at(args, i)->kind == N_ARG || !want || r->type == TYPE_VOID || type_fits(&c->types, r->type, want) ||
	    type_arm(&c->types, r->type, want) != UINT32_MAX || r->callable)
		return false;
	for (uint32_t j = i + 1; j < sig->params && j < list_len(args) && list_at(args, j)->kind != N_ARG; j++) {
		type_t other = sig->param[j].type;
		if (!other || !type_fits(&c->types, r->type, other))
			continue;
		struct res q = elab_value(s, list_at(args, j), other, nested_base(s->e, base, list_at(args, j)));
		if (q.type == TYPE_ERROR || q.type == TYPE_VOID || type_fits(&c->types, q.type, other) || !type_fits(&c->types, q.type, want))
			continue;
		report_swapped(c, sig, call, i, j, r->type);
		return true;
	}
	return false;
}

static void result_types_only(struct compilation *c, const struct signature *sig, const struct node *call, struct results *out)
{
	out->bad = true;
	out->count = sig->results < RES_MAX ? sig->results : RES_MAX;
	for (uint32_t i = 0; i < out->count; i++)
		out->at[i] = res_error(c, call->span);
}

static void call_function(struct scope *s, uint32_t func, const struct node *call, sym_t base, struct results *out)
{
	struct compilation *c = s->e->c;
	struct graph *g = s->e->g;
	const struct func *f = &c->program.func[func];
	const struct signature *sig = &f->sig;
	const struct node **arg = arena_zalloc(&c->arena, sig->params + 1, sizeof *arg);
	uint32_t *value = arena_alloc(&c->arena, (sig->params + 1) * sizeof *value);
	bool ok = call_arguments(c, sig, call, f->span, arg);
	sym_t name = scope_step_name(s, base);

	for (uint32_t i = 0; i < sig->params && ok; i++) {
		const struct port *p = &sig->param[i];
		struct res r = argument(s, sig, i, arg[i], call, nested_base(s->e, base, arg[i]), f->span);
		if (arg[i] && swapped(s, sig, call, i, &r, base)) {
			ok = false;
			break;
		}
		value[i] = p->type ? elab_to_value(s, r, p->type, argument_text(c, &r, p, call->sym)) : PLAN_NONE;
		if (value[i] == PLAN_NONE && !(r.x && r.x->kind == X_ERROR) && r.type != TYPE_ERROR && p->type)
			diag_note(c->diags, p->span, "`%s: %s` is declared here", name_of(c, p->name), type_text(&c->types, p->type));
	}
	for (uint32_t i = 0; i < sig->params && ok; i++)
		ok = value[i] != PLAN_NONE;
	if (!ok) {
		result_types_only(c, sig, call, out);
		return;
	}
	struct graph_node node = { .kind = NODE_CALL, .name = name, .block = s->block, .of = func, .args = sig->params, .afters = s->afters, .span = call->span };
	node.first_arg = graph_items(g, value, sig->params);
	node.first_after = graph_items(g, s->after, s->afters);
	uint32_t at = graph_node(g, node);
	out->count = sig->results < RES_MAX ? sig->results : RES_MAX;
	for (uint32_t i = 0; i < out->count; i++)
		out->at[i] = res_value(s, (struct graph_value){ VALUE_PORT, sig->result[i].type, at, i, call->span });
}

/* ---- flows ---- */

static bool recursion(struct scope *s, const struct flow *f, const struct node *call)
{
	struct elab *e = s->e;
	struct compilation *c = e->c;
	bool given = false;	/* a flow that gets functions may stand in what it calls: then only the depth tells */
	for (uint32_t i = 0; i < f->sig.params; i++)
		given |= f->sig.param[i].is_function;
	for (unsigned i = 0; i < e->depth && !given; i++) {
		if (e->open[i] != f)
			continue;
		diag_report(c->diags, CF602, call->span, "flow `%s` calls itself", name_of(c, f->name));
		for (unsigned k = i + 1; k < e->depth; k++)
			diag_note(c->diags, e->open_at[k], "by way of `%s`, called here", name_of(c, e->open[k]->name));
		diag_help(c->diags, "repetition is written with `each`, `steps` or `cycle`");
		return true;
	}
	if (e->depth < LIMIT_CALLS)
		return false;
	diag_report(c->diags, CF008, call->span, "flows call flows more than %d deep", LIMIT_CALLS);
	e->full = true;
	return true;
}

/* The values of a flow's body against its declared results. */
static void returned(struct scope *s, const struct flow *f, const struct signature *sig, struct scope *body, const struct node *call, struct results *got,
		     struct results *out)
{
	struct compilation *c = s->e->c;
	bool has_return = got->end && got->end->kind == N_RETURN;

	result_types_only(c, sig, call, out);
	if (got->bad)
		return;
	if (sig->results && !has_return) {
		diag_report(c->diags, CF603, f->span, "flow `%s` promises %u result%s and has no `return` at its end", name_of(c, f->name), sig->results,
			    sig->results == 1 ? "" : "s");
		mend_missing_return(c, kid(kid(f->node, 3), 0), sig->results);
		return;
	}
	uint32_t n = has_return ? got->count : 0;
	if (n != sig->results) {
		diag_report(c->diags, CF203, got->end->span, "flow `%s` returns %u value%s, and declares %u", name_of(c, f->name), n, n == 1 ? "" : "s", sig->results);
		diag_note(c->diags, f->span, "`%s` is declared here", name_of(c, f->name));
		return;
	}
	bool ok = true;
	for (uint32_t i = 0; i < out->count; i++) {
		type_t want = sig->result[i].type;
		struct res r = want ? elab_fit(body, got->at[i], want, "a result of the flow") : res_error(c, call->span);
		ok &= !(r.x && r.x->kind == X_ERROR);
		r.span = call->span;
		out->at[i] = r;
	}
	out->bad = !ok;
}

void flow_returned(struct scope *body, const struct flow *f, const struct signature *sig, struct results *got)
{
	struct results out;
	struct node here = { .span = f->span };
	results_init(&out);
	returned(body, f, sig, body, &here, got, &out);
}

/* The argument for parameter i of a flow, as the body sees it; false: it and another are swapped (reported). */
static bool bind_argument(struct scope *s, struct scope *body, const struct signature *sig, uint32_t i, struct res r, const struct node *given,
			  const struct node *call, sym_t base)
{
	struct compilation *c = s->e->c;
	const struct port *p = &sig->param[i];
	bool reported = (r.x && r.x->kind == X_ERROR) || (!r.x && r.type == TYPE_ERROR) || !p->type;
	if (!reported && given && swapped(s, sig, call, i, &r, base))
		return false;
	if (reported) {
		r = res_error(c, r.span);
	} else {
		struct res fits = elab_fit(s, r, p->type, argument_text(c, &r, p, call->sym));
		if (!r.x && fits.x)
			diag_note(c->diags, p->span, "`%s: %s` is declared here", name_of(c, p->name), type_text(&c->types, p->type));
		r = fits;
	}
	scope_bind_value(body, p->name, p->span, r);
	return true;
}

static void inline_body(struct scope *s, struct flow *f, const struct signature *sig, const struct generic *generics, struct scope *body,
			const struct node *call, struct results *out)
{
	struct elab *e = s->e;
	struct compilation *c = e->c;
	const struct generic *saved_generics = c->generics;
	const struct env *saved_env = c->env;
	const struct signature *saved_returns = e->returns;
	struct results got;

	e->open[e->depth] = f;
	e->open_at[e->depth++] = call->span;
	c->generics = generics;
	c->env = f->around;
	e->returns = sig;
	results_init(&got);
	elab_block(body, kid(f->node, 3), &got);
	if (!got.bad)
		scope_unused(body);
	returned(s, f, sig, body, call, &got, out);
	c->generics = saved_generics;
	c->env = saved_env;
	e->returns = saved_returns;
	e->depth--;
}

static void call_flow(struct scope *s, uint32_t flow, const struct node *call, sym_t base, struct results *out)
{
	struct elab *e = s->e;
	struct compilation *c = e->c;
	struct flow *f = &c->program.flow[flow];
	const struct signature *sig = &f->sig;
	const struct generic *generics = NULL;
	const struct node **arg = arena_zalloc(&c->arena, sig->params + 1, sizeof *arg);
	struct res *given = arena_zalloc(&c->arena, sig->params + 1, sizeof *given);
	struct scope body = { .e = e, .block = s->block, .after = s->after, .afters = s->afters, .bodies = s->bodies };

	f->used = true;
	result_types_only(c, sig, call, out);
	if (recursion(s, f, call) || !call_arguments(c, sig, call, f->span, arg))
		return;
	sym_t name = scope_step_name(s, base);
	body.prefix = e->depth || e->many || s->prefix ? join_names(e, name_of(c, name), "/", "") : 0;
	for (uint32_t i = 0; i < sig->params; i++)
		given[i] = argument(s, sig, i, arg[i], call, nested_base(e, base, arg[i]), f->span);
	if (f->generics && !(sig = generic_signature(c, f, call, given, &generics)))
		return;
	bool ok = true;
	for (uint32_t i = 0; i < sig->params; i++) {
		if (!bind_argument(s, &body, sig, i, given[i], arg[i], call, base)) {
			scope_release(&body);
			return;
		}
		ok &= !(body.bindings && body.binding[body.bindings - 1].res.x && body.binding[body.bindings - 1].res.x->kind == X_ERROR);
	}
	inline_body(s, f, sig, generics, &body, call, out);
	out->bad |= !ok;
	scope_release(&body);
}

/* ---- callables ---- */

const struct decl *elab_callable(struct scope *s, sym_t name)
{
	const struct decl *d = program_callable(&s->e->c->program, name);
	struct scope *where;
	struct binding *b;
	for (struct scope *at = s; at; at = at->up) {
		uint32_t slot = name_map_get(&at->by_name, name);
		if (!slot)
			continue;
		b = &at->binding[slot - 1];
		if (b->state == BINDING_DONE && b->res.callable) {
			b->used = true;
			return b->res.callable;
		}
		break;
	}
	if (d)
		return d;
	b = scope_find(s, name, &where);
	if (!b || b->state == BINDING_BUSY || !elab_binding(where, b))
		return NULL;
	return scope_find(s, name, NULL)->res.callable;
}

struct res elab_callable_value(struct scope *s, const struct decl *d, const struct node *use)
{
	struct compilation *c = s->e->c;
	const struct program *p = &c->program;
	const struct signature *sig = d->kind == DECL_FLOW ? &p->flow[d->index].sig : &p->func[d->index].sig;
	type_t param[LIMIT_FIELDS], result[LIMIT_FIELDS];
	if (d->kind == DECL_FLOW && p->flow[d->index].generics) {
		diag_report(c->diags, CF201, use->span, "`%s` is generic: nothing says for which types it is meant here", name_of(c, use->sym));
		diag_help(c->diags, "give a flow that calls it with the types that you want");
		return res_error(c, use->span);
	}
	for (uint32_t i = 0; i < sig->params; i++)
		if (!(param[i] = sig->param[i].type))
			return res_error(c, use->span);
	for (uint32_t i = 0; i < sig->results; i++)
		if (!(result[i] = sig->result[i].type))
			return res_error(c, use->span);
	type_t type = type_function(&c->types, d->kind == DECL_FLOW, param, sig->params, result, sig->results);
	return (struct res){ .type = type, .span = use->span, .callable = d };
}

/* A flow on its own calls a parameter: the results are there in their types only. */
static void call_parameter(struct scope *s, const struct decl *d, const struct node *call, sym_t base, struct results *out)
{
	struct compilation *c = s->e->c;
	const struct node *args = kid(call, 0);
	type_t type = d->index;
	uint32_t params = type_of(&c->types, type)->params, n = list_len(args);
	if (n != params)
		diag_report(c->diags, CF202, call->span, "`%s` takes %u argument%s, found %u", name_of(c, call->sym), params, params == 1 ? "" : "s", n);
	for (uint32_t i = 0; i < n && i < params; i++) {
		const struct node *a = list_at(args, i)->kind == N_ARG ? kid(list_at(args, i), 0) : list_at(args, i);
		type_t want = type_field_at(&c->types, type, i)->type;
		elab_fit(s, elab_value(s, a, want, nested_base(s->e, base, a)), want, arena_printf(&c->arena, "argument %u of `%s`", i + 1, name_of(c, call->sym)));
	}
	out->bad = n != params;
	out->count = type_of(&c->types, type)->count - params;
	for (uint32_t i = 0; i < out->count; i++)
		out->at[i] = res_value(s, (struct graph_value){ VALUE_SOURCE, type_field_at(&c->types, type, params + i)->type, GRAPH_IMPLIED, 0, call->span });
}

/* Every call is a node or an inlined body: both are counted, before anything is made. */
static bool enter(struct elab *e, const struct node *call)
{
	if (++e->calls > LIMIT_NODES) {
		diag_report(e->c->diags, CF702, call->span, "the flows have more than %d steps and calls once every flow call is inlined", LIMIT_NODES);
		diag_help(e->c->diags, "repetition over data is written `each` or `steps`, and costs nothing here");
		e->full = true;
		return false;
	}
	return elab_enter(e, call);
}

void elab_call(struct scope *s, const struct node *call, sym_t base, struct results *out)
{
	const struct decl *d = elab_callable(s, call->sym);
	const struct program *p = &s->e->c->program;
	bool refused = d->kind == DECL_FLOW ? p->flow[d->index].refused : d->kind == DECL_FUNC && p->func[d->index].refused;
	out->bad = true;
	if (refused || s->e->full || !enter(s->e, call))
		return;
	out->bad = false;
	if (d->kind == DECL_FLOW)
		call_flow(s, d->index, call, base, out);
	else if (d->kind == DECL_PARAMETER)
		call_parameter(s, d, call, base, out);
	else
		call_function(s, d->index, call, base, out);
	s->e->level--;
}
