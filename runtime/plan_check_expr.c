/*
 * plan_check: expressions, as far as places and numbers go, and the functions that are one: a kid stands before its node, every index
 * is in its table, and a function's tree is not larger than a budget, however often its parts are shared. What types the kinds take and
 * give is compute_check's.
 */
#include "runtime/plan_check.h"

#include "base/mem.h"

/* size: of the trees below each place, counted as often as they are shared; saturating. */
static bool check_expr(struct check *c, uint32_t i, uint32_t *size)
{
	const struct plan *p = c->p;
	const struct plan_expr *x = &p->expr[i];
	uint64_t below = 1;

	if (x->kind > EXPR_HAS || x->op > PLAN_OP_OR)
		return check_fail(c, "exprs[%u].kind: unknown", i);
	if (x->type >= p->types || !x->loc)
		return check_fail(c, "exprs[%u].type: out of range", i);
	if (x->kind == EXPR_CONST && x->a >= p->consts)
		return check_fail(c, "exprs[%u].a: constant out of range", i);
	if (!check_slice(x->first, x->kids, p->items))
		return check_fail(c, "exprs[%u]: kids out of range", i);
	c->uses += x->kids;
	if (c->uses > PLAN_MAX_USES)
		return check_fail(c, "exprs: too many kids in all");
	for (uint32_t k = x->first; k < x->first + x->kids; k++) {
		if (p->item[k] >= i)
			return check_fail(c, "exprs[%u]: a kid does not come before it", i);
		below += size[p->item[k]];
	}
	size[i] = below < PLAN_MAX_USES ? (uint32_t)below : PLAN_MAX_USES;
	return true;
}

static bool check_func_expr(struct check *c, uint32_t i, const uint32_t *size)
{
	const struct plan_func *f = &c->p->func[i];

	if (f->expr == PLAN_NONE)
		return true;
	if (f->expr >= c->p->exprs)
		return check_fail(c, "funcs[%u].expr: out of range", i);
	if (f->results != 1)
		return check_fail(c, "funcs[%u]: an expression has one result", i);
	if (f->words || f->envs || f->secrets || f->image[0] || f->stdin_param != PLAN_NONE || f->stdout_result != PLAN_NONE)
		return check_fail(c, "funcs[%u]: an expression has no command, image or environment", i);
	if (f->effect != EFFECT_PURE || f->retries || f->group != PLAN_NONE)
		return check_fail(c, "funcs[%u]: an expression is pure, is not tried again, and is in no group", i);
	if (!check_fits(c, c->p->expr[f->expr].type, c->p->port[f->first_result].type))
		return check_fail(c, "funcs[%u]: its expression is of another type than its result", i);
	c->uses += size[f->expr];
	return c->uses <= PLAN_MAX_USES || check_fail(c, "funcs[%u]: too large an expression", i);
}

bool check_exprs(struct check *c)
{
	uint32_t *size = mem_zalloc(c->p->exprs, sizeof *size);
	bool ok = true;

	for (uint32_t i = 0; ok && i < c->p->exprs; i++)
		ok = check_expr(c, i, size);
	for (uint32_t i = 0; ok && i < c->p->funcs; i++)
		ok = check_func_expr(c, i, size);
	mem_free(size);
	return ok;
}
