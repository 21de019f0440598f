/*
 * `gather x over W`, `hold x in W`, `previous x`: how a value crosses from one window to another. Each is a step of the host, typed
 * here; whether the windows fit is seen when the whole graph is known (clock.c). `previous` is the one way to close a loop: what it
 * names may be made later, and is joined when it is.
 */
#include "compiler/elaborate.h"

#include "base/mem.h"
#include "compiler/declare_outside.h"

/* A step of the host of one argument, or of none yet (PLAN_NONE). */
static struct res time_step(struct scope *s, const struct node *n, enum expr_kind kind, type_t type, uint32_t arg, sym_t base)
{
	struct elab *e = s->e;
	struct graph_node node = { .kind = GRAPH_COMPUTE, .name = scope_step_name(s, base), .block = s->block, .afters = s->afters, .span = n->span };
	struct expr *x = expr_new(e->c, kind, type, n->span);

	if (++e->calls > LIMIT_NODES) {
		diag_report(e->c->diags, CF702, n->span, "the flows have more than %d steps and calls", LIMIT_NODES);
		e->full = true;
		return res_error(e->c, n->span);
	}
	x->run = true;
	x->b = PLAN_NONE;
	if (kind != X_PREVIOUS) {
		struct expr *leaf = expr_new(e->c, X_ARG, e->g->value[arg].type, n->span);
		leaf->run = true;
		x->kid = arena_alloc(&e->c->arena, sizeof *x->kid);
		x->kid[0] = leaf;
		x->kids = 1;
		node.first_arg = graph_items(e->g, &arg, 1);
		node.args = 1;
	}
	node.of = graph_formula(e->g, (struct graph_formula){ x });
	node.first_after = graph_items(e->g, s->after, s->afters);
	return res_value(s, (struct graph_value){ VALUE_PORT, type, graph_node(e->g, node), 0, n->span });
}

static struct expr *formula_of(struct scope *s, const struct res *r)
{
	return s->e->g->formula[s->e->g->node[s->e->g->value[r->value].a].of].x;
}

/* A value of the run, which can have a window; PLAN_NONE after a report. */
static uint32_t windowed(struct scope *s, const struct node *n, struct res r, const char *what)
{
	struct compilation *c = s->e->c;
	if (r.type == TYPE_ERROR || (r.x && r.x->kind == X_ERROR))
		return PLAN_NONE;
	if (r.x && !s->e->detached) {
		diag_report(c->diags, CF505, n->span, "%s: this is known before the run, and the same in every window", what);
		diag_help(c->diags, "use it as it is");
		return PLAN_NONE;
	}
	return elab_to_value(s, r, r.type, what);
}

static struct res cross(struct scope *s, const struct node *n, sym_t base)
{
	struct compilation *c = s->e->c;
	bool gather = n->kind == N_GATHER;
	uint32_t window = window_named(c, kid(n, 1));
	struct res r = elab_value(s, kid(n, 0), TYPE_ERROR, base);
	uint32_t value = windowed(s, kid(n, 0), r, gather ? "`gather`" : "`hold`");
	if (window == PLAN_NONE || value == PLAN_NONE)
		return res_error(c, n->span);
	type_t type = s->e->g->value[value].type;
	struct res out = time_step(s, n, gather ? X_GATHER : X_HOLD, gather ? type_list(&c->types, type) : type, value, base);
	if (!out.x)
		formula_of(s, &out)->a = window;
	return out;
}

/* ---- previous ---- */

/* The type of target k of a binding from its syntax alone: it may need what is being made. */
static type_t bound_type(struct compilation *c, const struct node *bind, uint32_t k)
{
	const struct node *target = list_at(kid(bind, 0), k), *value = kid(bind, 1);
	if (kid(target, 0))
		return declare_type_of(c, kid(target, 0), NULL);
	return value_syntax_type(c, value, k);
}

static struct res previous(struct scope *s, const struct node *n, sym_t base)
{
	struct compilation *c = s->e->c;
	const struct node *of = kid(n, 0);
	struct scope *where = NULL;
	struct binding *b = of->kind == N_NAME ? scope_find(s, of->sym, &where) : NULL;
	if (!b || b->state == BINDING_DONE) {
		struct res r = elab_value(s, of, TYPE_ERROR, base);
		uint32_t value = windowed(s, of, r, "`previous`");
		if (value == PLAN_NONE)
			return res_error(c, n->span);
		struct res out = time_step(s, n, X_PREVIOUS, type_optional(&c->types, s->e->g->value[value].type), PLAN_NONE, base);
		if (!out.x)
			formula_of(s, &out)->b = value;
		return out;
	}
	type_t type = bound_type(c, b->node, b->target);
	if (type == TYPE_ERROR || type == TYPE_VOID) {
		diag_report(c->diags, CF212, n->span, "`%s` is made of its own previous value: nothing says yet of what type it is", name_of(c, of->sym));
		diag_note(c->diags, b->span, "it is made here");
		diag_help(c->diags, "write its type there: `%s: TYPE = …`", name_of(c, of->sym));
		return res_error(c, n->span);
	}
	struct res out = time_step(s, n, X_PREVIOUS, type_optional(&c->types, type), PLAN_NONE, base);
	if (out.x)
		return out;
	struct elab *e = s->e;
	e->back = mem_grow(e->back, &e->back_cap, e->backs + 1, sizeof *e->back);
	e->back[e->backs++] = (struct elab_back){ where, of->sym, formula_of(s, &out), type };
	return out;
}

void elab_time_bound(struct scope *s)
{
	struct elab *e = s->e;
	for (size_t i = 0; i < e->backs;) {
		struct elab_back *k = &e->back[i];
		uint32_t slot = k->where == s ? name_map_get(&s->by_name, k->name) : 0;
		struct binding *b = slot ? &s->binding[slot - 1] : NULL;
		if (!b || b->state != BINDING_DONE) {
			i++;
			continue;
		}
		struct expr *x = k->x;
		type_t type = k->type;
		*k = e->back[--e->backs];
		uint32_t value = elab_to_value(s, b->res, type, "the value that `previous` names");
		if (value != PLAN_NONE)
			x->b = value;
	}
}

void elab_time(struct scope *s, const struct node *n, sym_t base, struct results *out)
{
	struct compilation *c = s->e->c;
	out->at[0] = n->kind == N_PREVIOUS ? previous(s, n, base) : cross(s, n, base);
	out->count = 1;
	out->bad = out->at[0].x && out->at[0].x->kind == X_ERROR;
	later(c, n->span, arena_printf(&c->arena, "`%s`", node_kind_name(n->kind)));
}
