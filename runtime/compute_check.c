/*
 * plan_check: the types of expressions. Each function's tree is walked from its root, with the variables that are bound on the way; the
 * budget of check_exprs bounds the walk also where trees share their parts.
 */
#include "runtime/compute_check.h"

#include "runtime/compute.h"

struct walk {
	struct check *c;
	const struct plan *p;
	const struct plan_func *f;
	uint32_t local[COMPUTE_LOCALS];		/* types of the bound variables; PLAN_NONE: not bound */
	unsigned depth;
};

static bool check_node(struct walk *w, uint32_t i);

static bool refuse(struct walk *w, const struct plan_expr *x, const char *why)
{
	return check_fail(w->c, "exprs[%u]: %s", (unsigned)(x - w->p->expr), why);
}

static const struct plan_expr *kid(const struct walk *w, const struct plan_expr *x, uint32_t i)
{
	return &w->p->expr[w->p->item[x->first + i]];
}

static const struct plan_type *kid_type(const struct walk *w, const struct plan_expr *x, uint32_t i)
{
	return &w->p->type[kid(w, x, i)->type];
}

static bool same(const struct walk *w, uint32_t a, uint32_t b)
{
	return w->c->type[a].a == w->c->type[b].a && w->c->type[a].b == w->c->type[b].b;
}

static bool is(const struct walk *w, uint32_t type, enum plan_type_kind kind)
{
	return w->p->type[type].kind == kind;
}

static bool is_integer(const struct walk *w, uint32_t type)
{
	return w->p->type[type].kind >= PLAN_I32 && w->p->type[type].kind <= PLAN_U64;
}

static bool is_number(const struct walk *w, uint32_t type)
{
	return w->p->type[type].kind >= PLAN_I32 && w->p->type[type].kind <= PLAN_F64;
}

static bool is_scalar(const struct walk *w, uint32_t type)
{
	return w->p->type[type].kind <= PLAN_DURATION || is(w, type, PLAN_ENUM);
}

/* Does a value of the type hold a file or a flow, which nothing compares? Types are acyclic and at most PLAN_MAX_DEPTH high. */
static bool holds_opaque(const struct walk *w, uint32_t type)
{
	const struct plan_type *t = &w->p->type[type];

	switch ((enum plan_type_kind)t->kind) {
	case PLAN_FILE:
	case PLAN_FLOW: return true;
	case PLAN_LIST:
	case PLAN_OPTIONAL: return holds_opaque(w, t->elem);
	case PLAN_RECORD:
	case PLAN_CHOICE:
		for (uint32_t i = 0; i < t->count; i++)
			if (holds_opaque(w, w->p->field[t->first + i].type))
				return true;
		return false;
	default: return false;
	}
}

/* ---- operators ---- */

static bool arithmetic_fits(const struct walk *w, enum plan_op op, const uint32_t side[2], uint32_t result)
{
	bool left_time = is(w, side[0], PLAN_TIME), left_long = is(w, side[0], PLAN_DURATION), right_long = is(w, side[1], PLAN_DURATION);

	if (is_number(w, side[0]))
		return (same(w, side[0], side[1]) && same(w, side[0], result) && (op != PLAN_OP_MOD || is_integer(w, side[0]))) ||
		       (op == PLAN_OP_MUL && is(w, side[0], PLAN_I64) && right_long && is(w, result, PLAN_DURATION));
	if (op == PLAN_OP_SUB && left_time && is(w, side[1], PLAN_TIME))
		return is(w, result, PLAN_DURATION);
	if ((op == PLAN_OP_ADD || op == PLAN_OP_SUB) && (left_time || left_long) && right_long)
		return same(w, side[0], result);
	return (op == PLAN_OP_MUL || op == PLAN_OP_DIV) && left_long && is(w, side[1], PLAN_I64) && is(w, result, PLAN_DURATION);
}

static bool binary_fits(const struct walk *w, const struct plan_expr *x)
{
	uint32_t side[2] = { kid(w, x, 0)->type, kid(w, x, 1)->type };
	enum plan_op op = (enum plan_op)x->op;
	bool truth = is(w, x->type, PLAN_BOOL);

	if (op < PLAN_OP_EQ)
		return arithmetic_fits(w, op, side, x->type);
	if (!truth || !same(w, side[0], side[1]))
		return false;
	if (op == PLAN_OP_AND || op == PLAN_OP_OR)
		return is(w, side[0], PLAN_BOOL);
	if (op == PLAN_OP_EQ || op == PLAN_OP_NE)
		return !holds_opaque(w, side[0]);
	return is_number(w, side[0]) || is(w, side[0], PLAN_TIME) || is(w, side[0], PLAN_DURATION) || is(w, side[0], PLAN_STRING);
}

/* ---- kinds ---- */

static bool list_fits(const struct walk *w, const struct plan_expr *x)
{
	if (!is(w, x->type, PLAN_LIST))
		return false;
	for (uint32_t i = 0; i < x->kids; i++)
		if (!same(w, kid(w, x, i)->type, w->p->type[x->type].elem))
			return false;
	return true;
}

static bool record_fits(const struct walk *w, const struct plan_expr *x)
{
	const struct plan_type *t = &w->p->type[x->type];

	if (t->kind != PLAN_RECORD || x->kids != t->count)
		return false;
	for (uint32_t i = 0; i < x->kids; i++)
		if (!same(w, kid(w, x, i)->type, w->p->field[t->first + i].type))
			return false;
	return true;
}

static bool text_fits(const struct walk *w, const struct plan_expr *x)
{
	for (uint32_t i = 0; i < x->kids; i++)
		if (!is_scalar(w, kid(w, x, i)->type))
			return false;
	return is(w, x->type, PLAN_STRING) && w->p->type[x->type].params == 0;
}

static bool range_fits(const struct walk *w, const struct plan_expr *x)
{
	for (uint32_t i = 0; i < x->kids; i++)
		if (!is(w, kid(w, x, i)->type, PLAN_I64))
			return false;
	return is(w, x->type, PLAN_LIST) && is(w, w->p->type[x->type].elem, PLAN_I64);
}

static bool lists_of_kid(const struct walk *w, const struct plan_expr *x)
{
	return kid_type(w, x, 0)->kind == PLAN_LIST && is(w, x->type, PLAN_LIST) && same(w, w->p->type[x->type].elem, kid(w, x, 0)->type);
}

static bool groups_fit(const struct walk *w, const struct plan_expr *x)
{
	const struct plan_type *t;

	if (!lists_of_kid(w, x))
		return false;
	t = &w->p->type[kid_type(w, x, 0)->elem];
	return t->kind == PLAN_RECORD && x->a < t->count && is_scalar(w, w->p->field[t->first + x->a].type);
}

/* A part of kid[0]'s type, which has fields: a field of a record, an arm of a choice. */
static bool part_fits(const struct walk *w, const struct plan_expr *x, enum plan_type_kind kind)
{
	const struct plan_type *t = kid_type(w, x, 0);

	return t->kind == kind && x->a < t->count && same(w, w->p->field[t->first + x->a].type, x->type);
}

static bool choice_fits(const struct walk *w, const struct plan_expr *x)
{
	const struct plan_type *t = &w->p->type[x->type];

	return t->kind == PLAN_CHOICE && x->a < t->count && same(w, w->p->field[t->first + x->a].type, kid(w, x, 0)->type);
}

static bool has_fits(const struct walk *w, const struct plan_expr *x)
{
	const struct plan_type *t = kid_type(w, x, 0);

	return is(w, x->type, PLAN_BOOL) && ((t->kind == PLAN_CHOICE && x->a < t->count) || (t->kind == PLAN_OPTIONAL && x->a < 2));
}

static bool optional_of(const struct walk *w, uint32_t optional, uint32_t elem)
{
	return is(w, optional, PLAN_OPTIONAL) && same(w, w->p->type[optional].elem, elem);
}

static bool neg_fits(const struct walk *w, const struct plan_expr *x)
{
	return same(w, x->type, kid(w, x, 0)->type) && (is_number(w, x->type) || is(w, x->type, PLAN_DURATION));
}

static bool leaf_fits(const struct walk *w, const struct plan_expr *x)
{
	switch ((enum plan_expr_kind)x->kind) {
	case EXPR_ARG: return x->a < w->f->params && same(w, w->p->port[w->f->first_param + x->a].type, x->type);
	case EXPR_CONST: return same(w, w->p->constant[x->a].type, x->type);
	case EXPR_LOCAL: return x->a < COMPUTE_LOCALS && w->local[x->a] != PLAN_NONE && same(w, w->local[x->a], x->type);
	default: return is(w, x->type, PLAN_OPTIONAL);	/* ABSENT */
	}
}

/* The kids are there, and of types that were checked. */
static bool node_fits(const struct walk *w, const struct plan_expr *x)
{
	switch ((enum plan_expr_kind)x->kind) {
	case EXPR_ARG:
	case EXPR_CONST:
	case EXPR_LOCAL:
	case EXPR_ABSENT: return leaf_fits(w, x);
	case EXPR_FIELD: return part_fits(w, x, PLAN_RECORD);
	case EXPR_INDEX:
		return kid_type(w, x, 0)->kind == PLAN_LIST && is_integer(w, kid(w, x, 1)->type) && same(w, kid_type(w, x, 0)->elem, x->type);
	case EXPR_LIST: return list_fits(w, x);
	case EXPR_FOR:
		return is(w, x->type, PLAN_LIST) && same(w, w->p->type[x->type].elem, kid(w, x, 1)->type) &&
		       (x->kids < 3 || is(w, kid(w, x, 2)->type, PLAN_BOOL));
	case EXPR_RECORD: return record_fits(w, x);
	case EXPR_SOME: return optional_of(w, x->type, kid(w, x, 0)->type);
	case EXPR_ELSE: return optional_of(w, kid(w, x, 0)->type, x->type) && same(w, kid(w, x, 1)->type, x->type);
	case EXPR_NOT: return is(w, x->type, PLAN_BOOL) && kid_type(w, x, 0)->kind == PLAN_BOOL;
	case EXPR_NEG: return neg_fits(w, x);
	case EXPR_BINARY: return binary_fits(w, x);
	case EXPR_TEXT: return text_fits(w, x);
	case EXPR_LEN: return kid_type(w, x, 0)->kind == PLAN_LIST && is(w, x->type, PLAN_I64);
	case EXPR_RANGE: return range_fits(w, x);
	case EXPR_SECONDS: return kid_type(w, x, 0)->kind == PLAN_DURATION && is(w, x->type, PLAN_F64);
	case EXPR_CHUNKS: return lists_of_kid(w, x) && kid_type(w, x, 1)->kind == PLAN_I64;
	case EXPR_GROUPS: return groups_fit(w, x);
	case EXPR_CHOICE: return choice_fits(w, x);
	case EXPR_ARM: return part_fits(w, x, PLAN_CHOICE);
	case EXPR_HAS: return has_fits(w, x);
	}
	return false;
}

static bool kids_are_as_many(const struct plan_expr *x)
{
	static const struct { uint8_t least, most; } many[] = {
		[EXPR_ARG] = { 0, 0 }, [EXPR_CONST] = { 0, 0 }, [EXPR_LOCAL] = { 0, 0 }, [EXPR_FIELD] = { 1, 1 }, [EXPR_INDEX] = { 2, 2 },
		[EXPR_LIST] = { 0, UINT8_MAX }, [EXPR_FOR] = { 2, 3 }, [EXPR_RECORD] = { 0, UINT8_MAX }, [EXPR_SOME] = { 1, 1 },
		[EXPR_ABSENT] = { 0, 0 }, [EXPR_ELSE] = { 2, 2 }, [EXPR_NOT] = { 1, 1 }, [EXPR_NEG] = { 1, 1 }, [EXPR_BINARY] = { 2, 2 },
		[EXPR_TEXT] = { 0, UINT8_MAX }, [EXPR_LEN] = { 1, 1 }, [EXPR_RANGE] = { 1, 2 }, [EXPR_SECONDS] = { 1, 1 },
		[EXPR_CHUNKS] = { 2, 2 }, [EXPR_GROUPS] = { 1, 1 }, [EXPR_CHOICE] = { 1, 1 }, [EXPR_ARM] = { 1, 1 }, [EXPR_HAS] = { 1, 1 },
	};

	return x->kids >= many[x->kind].least && (x->kids <= many[x->kind].most || many[x->kind].most == UINT8_MAX);
}

static bool check_comprehension(struct walk *w, const struct plan_expr *x)
{
	if (x->a >= COMPUTE_LOCALS || w->local[x->a] != PLAN_NONE)
		return refuse(w, x, "its variable is out of range, or bound around it");
	if (!check_node(w, w->p->item[x->first]))
		return false;
	if (kid_type(w, x, 0)->kind != PLAN_LIST)
		return refuse(w, x, "it goes through what is no list");
	w->local[x->a] = kid_type(w, x, 0)->elem;
	for (uint32_t i = 1; i < x->kids; i++)
		if (!check_node(w, w->p->item[x->first + i]))
			return false;
	w->local[x->a] = PLAN_NONE;
	return true;
}

static bool check_node(struct walk *w, uint32_t i)
{
	const struct plan_expr *x = &w->p->expr[i];

	if (++w->depth > COMPUTE_DEPTH)
		return refuse(w, x, "nested too deeply");
	if (!kids_are_as_many(x))
		return refuse(w, x, "has too few kids for its kind, or too many");
	if (x->kind == EXPR_FOR) {
		if (!check_comprehension(w, x))
			return false;
	} else {
		for (uint32_t k = 0; k < x->kids; k++)
			if (!check_node(w, w->p->item[x->first + k]))
				return false;
	}
	w->depth--;
	return node_fits(w, x) || refuse(w, x, "its kids or its type do not fit its kind");
}

bool compute_check(struct check *c)
{
	for (uint32_t i = 0; i < c->p->funcs; i++) {
		struct walk w = { .c = c, .p = c->p, .f = &c->p->func[i] };

		for (unsigned k = 0; k < COMPUTE_LOCALS; k++)
			w.local[k] = PLAN_NONE;
		if (w.f->expr != PLAN_NONE && !check_node(&w, w.f->expr))
			return false;
	}
	return true;
}
