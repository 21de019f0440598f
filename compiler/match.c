/* `match` and `when`: a node with an arm for each outcome of a value, of which one runs. */
#include "compiler/elaborate.h"

#include "base/mem.h"
#include "base/suggest.h"

/* What a value may turn out to be, in the order of plan.h's outcomes. */
struct outcome {
	sym_t name;
	type_t inside;		/* what its variable holds; TYPE_ERROR: there is nothing to hold */
	uint32_t arm;		/* of the choice; PLAN_NONE: the value itself */
	const struct node *rule;	/* ARM; or the BLOCK of a `when`; NULL: nothing runs */
	struct scope body;
	struct res *got;
	uint32_t count, region;
	bool bad;
};

static uint32_t outcomes_of(struct compilation *c, type_t type, struct outcome *out)
{
	const struct type *ty = type_of(&c->types, type);
	uint32_t n = 0;
	switch (ty->kind) {
	case TYPE_OPTIONAL:
		if (out)
			out[0].name = sym_cstr(c->syms, "absent");
		return 1 + outcomes_of(c, ty->elem, out ? out + 1 : NULL);
	case TYPE_ENUM: case TYPE_CHOICE:
		for (n = 0; out && n < ty->count; n++) {
			const struct type_field *f = type_field_at(&c->types, type, n);
			out[n].name = f->name;
			out[n].inside = f->type;
			out[n].arm = ty->kind == TYPE_CHOICE ? n : PLAN_NONE;
		}
		return ty->count;
	default:
		if (out) {
			const char *text = type_text(&c->types, type);
			out[0].name = sym_cstr(c->syms, text);
			out[0].inside = type;
			out[0].arm = PLAN_NONE;
		}
		return 1;
	}
}

static struct outcome *outcome_named(struct outcome *o, uint32_t n, sym_t name)
{
	for (uint32_t i = 0; i < n; i++)
		if (o[i].name == name)
			return &o[i];
	return NULL;
}

static void unknown_arm(struct compilation *c, const struct node *arm, const struct outcome *o, uint32_t n, type_t type)
{
	struct suggest s;
	suggest_init(&s, name_of(c, arm->sym));
	for (uint32_t i = 0; i < n; i++)
		suggest_offer(&s, name_of(c, o[i].name));
	diag_report(c->diags, CF618, arm->name_span.at ? arm->name_span : arm->span, "a value of type %s is never `%s`", type_text(&c->types, type), name_of(c, arm->sym));
	if (s.best)
		diag_help(c->diags, "did you mean `%s`?", s.best);
	else
		diag_help(c->diags, "it is `%s`%s", name_of(c, o[0].name), n > 1 ? ", or one of the others" : "");
}

/* Which rule is for which outcome; false after a report. */
static bool place_arms(struct compilation *c, const struct node *n, type_t type, struct outcome *o, uint32_t count)
{
	const struct node *arms = kid(n, 1);
	bool ok = true;
	for (uint32_t i = 0; i < list_len(arms); i++) {
		const struct node *arm = list_at(arms, i);
		struct outcome *of = outcome_named(o, count, arm->sym);
		if (!of) {
			unknown_arm(c, arm, o, count, type);
			ok = false;
		} else if (of->rule) {
			diag_report(c->diags, CF618, arm->span, "`%s` has an arm already", name_of(c, arm->sym));
			diag_note(c->diags, of->rule->span, "the first stands here");
			ok = false;
		} else {
			of->rule = arm;
			if (arm->sym2 && of->inside == TYPE_ERROR) {
				diag_report(c->diags, CF618, arm->span, "there is nothing in `%s` that `%s` could hold", name_of(c, arm->sym), name_of(c, arm->sym2));
				diag_help(c->diags, "write `%s => …`", name_of(c, arm->sym));
				ok = false;
			}
		}
	}
	struct buf missing = BUF_INIT;
	unsigned left = 0;
	for (uint32_t i = 0; ok && i < count; i++) {
		if (o[i].rule)
			continue;
		if (left++ < 5)
			buf_printf(&missing, "%s`%s`", left > 1 ? ", " : "", name_of(c, o[i].name));
	}
	if (left) {
		diag_report(c->diags, CF619, n->span, "this `match` has no arm for %s%s", buf_str(&missing), left > 5 ? " and others" : "");
		diag_help(c->diags, "every case is decided: write an arm for each");
		ok = false;
	}
	buf_release(&missing);
	return ok;
}

/* ---- arms ---- */

static void bind_inside(struct scope *s, struct outcome *o, uint32_t selector, type_t type)
{
	const struct node *arm = o->rule;
	struct compilation *c = s->e->c;
	struct span at = arm->span;
	struct res r;
	if (arm->kind != N_ARM || !arm->sym2)
		return;
	if (o->arm == PLAN_NONE) {	/* it is there: the value itself, under its type without `?` */
		struct graph_value v = s->e->g->value[selector];
		v.type = o->inside;
		r = res_value(&o->body, v);
	} else {
		uint32_t of = selector;
		if (type_of(&c->types, type)->kind == TYPE_OPTIONAL) {
			struct graph_value v = s->e->g->value[selector];
			v.type = type_of(&c->types, type)->elem;
			of = graph_value(s->e->g, v);
		}
		r = res_arm(&o->body, of, o->arm, at, arm->sym2);
	}
	scope_bind_value(&o->body, arm->sym2, at, r);
}

static void elab_arm(struct scope *s, const struct node *n, struct outcome *o, uint32_t selector, type_t type, uint32_t number)
{
	struct elab *e = s->e;
	struct results r;
	const struct node *value = o->rule && o->rule->kind == N_ARM ? kid(o->rule, 0) : o->rule;

	e->g->region[o->region].body = PLAN_NONE;
	if (!o->rule)
		return;
	if (!elab_body(s, n, &o->body)) {
		o->bad = true;
		return;
	}
	o->body.block = graph_block(e->g, (struct graph_block){ .node = UINT32_MAX - 1, .region = o->region, .up = s->block, .rows = e->g->block[s->block].rows });
	e->g->region[o->region].body = o->body.block;
	(void)number;
	bind_inside(s, o, selector, type);
	results_init(&r);
	if (value->kind == N_BLOCK)
		elab_block(&o->body, value, &r);
	else
		elab_results(&o->body, value, TYPE_ERROR, value->kind == N_CALL ? value->sym : sym_cstr(e->c->syms, "value"), &r);
	o->bad = r.bad;
	o->count = r.count == 1 && !r.at[0].x && r.at[0].type == TYPE_VOID ? 0 : r.count;
	o->got = arena_alloc(&e->c->arena, (r.count + 1) * sizeof *o->got);
	for (uint32_t i = 0; i < r.count; i++)
		o->got[i] = r.at[i];
}

/* ---- what all arms give ---- */

/* The one type that both fit; TYPE_ERROR when there is none. */
static type_t join(struct types *t, type_t a, type_t b)
{
	if (a == b || !a || !b)
		return a ? a : b;
	if (type_fits(t, a, b) || type_arm(t, a, b) != UINT32_MAX)
		return b;
	if (type_fits(t, b, a) || type_arm(t, b, a) != UINT32_MAX)
		return a;
	bool a_sized = type_of(t, a)->kind == TYPE_SIZED, b_sized = type_of(t, b)->kind == TYPE_SIZED;
	return a_sized && b_sized ? TYPE_STRING : TYPE_ERROR;
}

static const char *of_arm(struct compilation *c, const struct node *n, const struct outcome *o)
{
	if (n->kind == N_WHEN)
		return o->name == sym_cstr(c->syms, "false") ? "the block after `else`" : "the block after `when`";
	return arena_printf(&c->arena, "the arm `%s`", name_of(c, o->name));
}

/* How many values the arms give, and of which types; false after a report. */
static bool join_arms(struct compilation *c, const struct node *n, struct outcome *o, uint32_t count, type_t *type, uint32_t *values)
{
	const struct outcome *first = NULL;
	bool absent = false;
	for (uint32_t i = 0; i < count; i++) {
		absent |= !o[i].rule;
		if (!o[i].rule)
			continue;
		if (o[i].bad)
			return false;
		if (first && o[i].count != first->count) {
			diag_report(c->diags, CF203, o[i].rule->span, "%s gives %u value%s, %s gives %u", of_arm(c, n, &o[i]), o[i].count, o[i].count == 1 ? "" : "s",
				    of_arm(c, n, first), first->count);
			diag_note(c->diags, first->rule->span, "it stands here");
			return false;
		}
		for (uint32_t k = 0; k < o[i].count; k++) {
			if (o[i].got[k].type == TYPE_ERROR)	/* reported where it is declared */
				return false;
			type_t t = first ? join(&c->types, type[k], o[i].got[k].type) : o[i].got[k].type;
			if (t == TYPE_ERROR) {
				diag_report(c->diags, CF201, o[i].rule->span, "%s gives %s, %s gives %s", of_arm(c, n, &o[i]), type_text(&c->types, o[i].got[k].type),
					    of_arm(c, n, first), type_text(&c->types, type[k]));
				diag_note(c->diags, first->rule->span, "it stands here");
				return false;
			}
			type[k] = t;
		}
		first = first ? first : &o[i];
	}
	*values = first ? first->count : 0;
	for (uint32_t k = 0; absent && k < *values; k++)
		type[k] = type_optional(&c->types, type[k]);
	return true;
}

static bool settle_arm(struct scope *s, struct outcome *o, const type_t *type, uint32_t values)
{
	struct graph *g = s->e->g;
	uint32_t value[RES_MAX];
	bool ok = true;
	if (!o->rule)
		return true;
	for (uint32_t k = 0; k < values; k++) {
		value[k] = elab_to_value(&o->body, o->got[k], type[k], "the value of this arm");
		ok &= value[k] != PLAN_NONE;
	}
	if (!ok)
		return false;
	g->region[o->region].results = values;
	g->region[o->region].first_result = graph_items(g, value, values);
	return true;
}

static void elab_outcomes(struct scope *s, const struct node *n, uint32_t selector, struct outcome *o, uint32_t count, sym_t name, struct results *out)
{
	struct compilation *c = s->e->c;
	struct graph *g = s->e->g;
	type_t type[RES_MAX] = { TYPE_ERROR }, of = g->value[selector].type;
	uint32_t values = 0, first = (uint32_t)g->regions;
	bool ok;

	for (uint32_t i = 0; i < count; i++)
		o[i].region = graph_region(g, (struct graph_region){ .given = PLAN_NONE, .until = PLAN_NONE, .run_time = true });
	for (uint32_t i = 0; i < count && !s->e->full; i++)
		elab_arm(s, n, &o[i], selector, of, i);
	ok = !s->e->full && join_arms(c, n, o, count, type, &values);
	for (uint32_t i = 0; ok && i < count; i++)
		ok = settle_arm(s, &o[i], type, values);
	struct graph_node node = { .kind = NODE_MATCH, .name = name, .block = s->block, .of = first, .arms = count, .args = 1, .afters = s->afters, .span = n->span };
	node.first_arg = graph_items(g, &selector, 1);
	node.first_after = graph_items(g, s->after, s->afters);
	uint32_t at = graph_node(g, node);
	for (uint32_t i = 0; i < count; i++) {
		g->region[o[i].region].node = at;
		if (g->region[o[i].region].body != PLAN_NONE)
			g->block[g->region[o[i].region].body].node = at;
		scope_release(&o[i].body);
	}
	out->bad = !ok;
	out->count = ok ? values : 0;
	for (uint32_t k = 0; k < out->count; k++)
		out->at[k] = res_value(s, (struct graph_value){ VALUE_PORT, type[k], at, k, n->span });
}

void elab_match(struct scope *s, const struct node *n, sym_t base, struct results *out)
{
	struct compilation *c = s->e->c;
	sym_t name = scope_step_name(s, base);
	bool when = n->kind == N_WHEN;
	struct res r = elab_value(s, kid(n, 0), when ? TYPE_BOOL : TYPE_ERROR, nested_base(s->e, base, kid(n, 0)));
	uint32_t selector = elab_to_value(s, r, when ? TYPE_BOOL : TYPE_ERROR, when ? "the condition" : "the value of `match`");
	struct outcome *o;

	out->bad = true;
	if (selector == PLAN_NONE)
		return;
	type_t type = s->e->g->value[selector].type;
	enum type_kind kind = type_of(&c->types, type)->kind;
	if (when) {
		o = arena_zalloc(&c->arena, 2, sizeof *o);
		o[0].name = sym_cstr(c->syms, "false");
		o[1].name = sym_cstr(c->syms, "true");
		o[0].rule = kid(n, 2);
		o[1].rule = kid(n, 1);
		elab_outcomes(s, n, selector, o, 2, name, out);
		return;
	}
	if (kind != TYPE_OPTIONAL && kind != TYPE_ENUM && kind != TYPE_CHOICE) {
		diag_report(c->diags, CF201, kid(n, 0)->span, "`match` needs an enum, a choice, or a value that may be absent; found %s", type_text(&c->types, type));
		diag_help(c->diags, kind == TYPE_BOOL ? "for a bool write `when c { … } else { … }`" : "compare it, and write `when x == … { … } else { … }`");
		return;
	}
	if (kind != TYPE_ENUM && s->e->g->value[selector].kind == VALUE_CONST)
		selector = value_at_run_time(s, selector, base);
	uint32_t count = outcomes_of(c, type, NULL);
	o = arena_zalloc(&c->arena, count + 1, sizeof *o);
	outcomes_of(c, type, o);
	if (place_arms(c, n, type, o, count))
		elab_outcomes(s, n, selector, o, count, name, out);
}
