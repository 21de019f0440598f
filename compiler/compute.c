/*
 * Expressions on values of the run: each becomes a step of the host, whose arguments are those values and the parts that are known
 * before the run. It computes nothing itself.
 */
#include "compiler/elaborate.h"

#include "base/mem.h"

struct formula {
	struct scope *s;
	uint32_t *arg;		size_t args, cap;	/* graph values */
	bool bad;
};

static struct expr *leaf(struct formula *f, uint32_t value, type_t type, struct span span)
{
	struct expr *x = expr_new(f->s->e->c, X_ARG, type, span);
	uint32_t at = 0;
	while (at < f->args && f->arg[at] != value)
		at++;
	if (at == f->args) {
		f->arg = mem_grow(f->arg, &f->cap, f->args + 1, sizeof *f->arg);
		f->arg[f->args++] = value;
	}
	x->a = at;
	x->run = true;
	return x;
}

/* A copy of x in which what is no part of the computing has become an argument. */
static struct expr *formula(struct formula *f, struct expr *x)
{
	struct compilation *c = f->s->e->c;
	if (x->kind == X_VALUE)
		return leaf(f, x->a, x->type, x->span);
	if (!x->run && !x->local && x->kind != X_WORD) {
		struct res r = { .x = x, .type = x->type, .span = x->span };
		uint32_t value = elab_to_value(f->s, r, TYPE_ERROR, "this part of the expression");
		f->bad |= value == PLAN_NONE;
		return leaf(f, value, x->type, x->span);
	}
	struct expr *copy = arena_alloc(&c->arena, sizeof *copy);
	*copy = *x;
	copy->kid = arena_alloc(&c->arena, (x->kids + 1) * sizeof *copy->kid);
	for (uint32_t i = 0; i < x->kids; i++)
		copy->kid[i] = x->kid[i] ? formula(f, x->kid[i]) : NULL;
	return copy;
}

struct res res_expr(struct scope *s, struct expr *x, sym_t base, struct span at)
{
	struct elab *e = s->e;
	if (x->type == TYPE_ERROR)
		return res_error(e->c, at);
	if (!x->run)
		return (struct res){ .x = x, .type = x->type, .span = at };
	if (x->kind == X_VALUE)
		return (struct res){ .value = x->a, .type = x->type, .span = at };
	if (++e->calls > LIMIT_NODES) {
		diag_report(e->c->diags, CF702, at, "the flows have more than %d steps and calls", LIMIT_NODES);
		e->full = true;
		return res_error(e->c, at);
	}
	struct formula f = { .s = s };
	struct graph_node node = { .kind = GRAPH_COMPUTE, .name = scope_step_name(s, base), .block = s->block, .afters = s->afters, .span = at };
	node.of = graph_formula(e->g, (struct graph_formula){ formula(&f, x) });
	node.args = (uint32_t)f.args;
	node.first_arg = graph_items(e->g, f.arg, node.args);
	node.first_after = graph_items(e->g, s->after, s->afters);
	mem_free(f.arg);
	if (f.bad)
		return res_error(e->c, at);
	uint32_t n = graph_node(e->g, node);
	return res_value(s, (struct graph_value){ VALUE_PORT, x->type, n, 0, at });
}

uint32_t value_at_run_time(struct scope *s, uint32_t value, sym_t base)
{
	struct elab *e = s->e;
	struct graph_value v = e->g->value[value];
	struct expr *x = expr_new(e->c, X_ARG, v.type, v.span);
	struct graph_node node = { .kind = GRAPH_COMPUTE, .name = scope_step_name(s, base), .block = s->block, .args = 1, .afters = s->afters, .span = v.span };
	x->run = true;
	node.of = graph_formula(e->g, (struct graph_formula){ x });
	node.first_arg = graph_items(e->g, &value, 1);
	node.first_after = graph_items(e->g, s->after, s->afters);
	uint32_t n = graph_node(e->g, node);
	return graph_value(e->g, (struct graph_value){ VALUE_PORT, v.type, n, 0, v.span });
}

struct res res_arm(struct scope *s, uint32_t value, uint32_t arm, struct span at, sym_t base)
{
	struct compilation *c = s->e->c;
	struct expr *of = expr_of_value(c, value, s->e->g->value[value].type, at);
	struct expr *x = expr_new(c, X_ARM, type_field_at(&c->types, of->type, arm)->type, at);
	x->run = true;
	x->a = arm;
	x->kid = arena_alloc(&c->arena, sizeof *x->kid);
	x->kid[0] = of;
	x->kids = 1;
	return res_expr(s, x, base, at);
}
