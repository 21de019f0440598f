/*
 * Evaluation of expressions on run-time values, one function per kind of node. Types were checked with the plan (compute_check.c), so
 * that nothing is asked here but what only values can tell.
 */
#include "runtime/compute.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>
#include "base/arith.h"
#include "base/limits.h"
#include "base/mem.h"
#include "runtime/compute_inner.h"

struct compute *compute_new(const struct plan *p)
{
	struct compute *c = mem_zalloc(1, sizeof *c);

	c->p = p;
	c->loader = value_loader_new(p);
	arena_init(&c->arena);
	arena_init(&c->kept);
	return c;
}

void compute_free(struct compute *c)
{
	if (!c)
		return;
	value_loader_free(c->loader);
	arena_release(&c->arena);
	arena_release(&c->kept);
	mem_free(c->constant);
	buf_release(&c->text);
	mem_free(c);
}

void compute_begin(struct compute *c)
{
	arena_reset(&c->arena);
}

struct arena *compute_arena(struct compute *c)
{
	return &c->arena;
}

bool compute_load(struct compute *c, uint32_t type, const char *json, size_t len, struct value_node *out, struct buf *error)
{
	return value_load(c->loader, &(struct value_source){ type, json, len, COMPUTE_MEMORY }, &c->arena, out, error);
}

/* ---- what every node can meet ---- */

bool compute_failed(struct run *r, const struct plan_expr *x, const char *fmt, ...)
{
	va_list ap;

	r->loc = x->loc;
	va_start(ap, fmt);
	buf_vprintf(r->error, fmt, ap);
	va_end(ap);
	return false;
}

bool compute_work(struct run *r, const struct plan_expr *x, uint64_t n)
{
	if (n <= r->work) {
		r->work -= n;
		return true;
	}
	return compute_failed(r, x, "the expression takes more than %d steps: compute this in a function with a command", COMPUTE_WORK);
}

static void *room(struct run *r, const struct plan_expr *x, uint64_t count, size_t size)
{
	struct arena *a = &r->c->arena;

	if (a->total <= COMPUTE_MEMORY && count <= (COMPUTE_MEMORY - a->total) / size)
		return arena_alloc(a, (count ? (size_t)count : 1) * size);
	compute_failed(r, x, "the expression takes more than %d MiB of memory: compute this in a function with a command",
		       COMPUTE_MEMORY >> 20);
	return NULL;
}

struct value_node *compute_room(struct run *r, const struct plan_expr *x, uint64_t count)
{
	return room(r, x, count, sizeof(struct value_node));
}

/* ---- constants ---- */

static struct compute_constant *constant_slot(struct compute *c, uint32_t index)
{
	uint32_t i = index * 2654435761u & (c->slots - 1);

	while (c->constant[i].index && c->constant[i].index != index + 1)
		i = (i + 1) & (c->slots - 1);
	return &c->constant[i];
}

static void more_slots(struct compute *c)
{
	struct compute_constant *old = c->constant;
	uint32_t slots = c->slots;

	c->slots = slots ? slots * 2 : 64;
	c->constant = mem_zalloc(c->slots, sizeof *c->constant);
	for (uint32_t i = 0; i < slots; i++)
		if (old[i].index)
			*constant_slot(c, old[i].index - 1) = old[i];
	mem_free(old);
}

static bool constant(struct run *r, const struct plan_expr *x, struct value_node *out)
{
	struct compute *c = r->c;
	const struct plan_const *k = &r->p->constant[x->a];
	struct value_source from = { k->type, k->json, strlen(k->json), SIZE_MAX };
	struct compute_constant *at;

	if (c->constants * 2 >= c->slots)
		more_slots(c);
	at = constant_slot(c, x->a);
	if (!at->index) {
		if (!value_load(c->loader, &from, &c->kept, &at->value, r->error)) {
			r->loc = x->loc;
			return false;
		}
		at->index = x->a + 1;
		c->constants++;
	}
	*out = at->value;
	return true;
}

/* ---- operators ---- */

static enum number_kind number_kind(enum plan_type_kind kind)
{
	return kind >= PLAN_I32 && kind <= PLAN_F64 ? (enum number_kind)(kind - PLAN_I32) : NUMBER_I64;
}

static bool fail_arith(struct run *r, const struct plan_expr *x, enum arith_result result)
{
	return result == ARITH_OK || compute_failed(r, x, "%s", arith_message(result));
}

/* A word of nanoseconds, when one side is a time. */
static bool time_op(struct run *r, const struct plan_expr *x, struct value_node a, struct value_node b, struct value_node *out)
{
	bool both = compute_kind(r, r->p->expr[compute_kid(r, x, 1)].type) == PLAN_TIME;
	int64_t na, nb = (int64_t)b.word;
	uint64_t v = 0;

	if (!rfc3339_to_ns(value_node_rfc3339(a), &na) || (both && !rfc3339_to_ns(value_node_rfc3339(b), &nb)))
		return fail_arith(r, x, ARITH_OVERFLOW);
	if (!fail_arith(r, x, arith_integer(NUMBER_I64, (enum arith_op)(x->op - PLAN_OP_ADD), (uint64_t)na, (uint64_t)nb, &v)))
		return false;
	*out = both ? value_node_word(v) : value_node_time(rfc3339_from_ns((int64_t)v));
	return true;
}

static bool number_op(struct run *r, const struct plan_expr *x, enum arith_op op, const struct value_node side[2], struct value_node *out)
{
	enum number_kind kind = number_kind(compute_kind(r, x->type));

	*out = value_node_word(0);
	if (kind >= NUMBER_F32)
		return fail_arith(r, x, arith_float(kind, op, side[0].number, side[1].number, &out->number));
	return fail_arith(r, x, arith_integer(kind, op, side[0].word, side[1].word, &out->word));
}

static bool compare(struct run *r, const struct plan_expr *x, const struct value_node side[2], struct value_node *out)
{
	uint32_t type = r->p->expr[compute_kid(r, x, 0)].type;
	int c;

	if (x->op == PLAN_OP_EQ || x->op == PLAN_OP_NE) {
		uint64_t had = r->work + 1, left = had;
		bool equal = value_node_equal(r->p, type, &side[0], &side[1], &left);

		*out = value_node_word(equal == (x->op == PLAN_OP_EQ));
		return compute_work(r, x, had - left);
	}
	if (compute_kind(r, type) == PLAN_STRING && !compute_work(r, x, side[0].count / 16))
		return false;
	c = value_node_compare(r->p, type, &side[0], &side[1]);
	*out = value_node_word(x->op == PLAN_OP_LT ? c < 0 : x->op == PLAN_OP_LE ? c <= 0 : x->op == PLAN_OP_GT ? c > 0 : c >= 0);
	return true;
}

static bool binary(struct run *r, const struct plan_expr *x, struct value_node *out)
{
	struct value_node side[2];

	if (!compute_eval(r, compute_kid(r, x, 0), &side[0]))
		return false;
	if (x->op == PLAN_OP_AND || x->op == PLAN_OP_OR) {	/* the right side only where it matters */
		*out = side[0];
		return (x->op == PLAN_OP_AND) == !side[0].word || compute_eval(r, compute_kid(r, x, 1), out);
	}
	if (!compute_eval(r, compute_kid(r, x, 1), &side[1]))
		return false;
	if (x->op >= PLAN_OP_EQ)
		return compare(r, x, side, out);
	if (compute_kind(r, r->p->expr[compute_kid(r, x, 0)].type) == PLAN_TIME)
		return time_op(r, x, side[0], side[1], out);
	return number_op(r, x, (enum arith_op)(x->op - PLAN_OP_ADD), side, out);
}

/* ---- values made of others ---- */

static bool items(struct run *r, const struct plan_expr *x, struct value_node *out)
{
	struct value_node *part = compute_room(r, x, x->kids);

	for (uint32_t i = 0; part && i < x->kids; i++)
		if (!compute_eval(r, compute_kid(r, x, i), &part[i]))
			return false;
	*out = (struct value_node){ { .part = part }, x->kids };
	return part != NULL;
}

/* kid[0] within something: there (count 1), or an arm. */
static bool wrapped(struct run *r, const struct plan_expr *x, uint32_t count, struct value_node *out)
{
	struct value_node *part = compute_room(r, x, 1);

	*out = (struct value_node){ { .part = part }, count };
	return part && compute_eval(r, compute_kid(r, x, 0), part);
}

static bool text(struct run *r, const struct plan_expr *x, struct value_node *out)
{
	struct buf b = BUF_INIT;
	bool ok = true;
	char *copy;

	for (uint32_t i = 0; i < x->kids && ok; i++) {
		uint32_t kid = compute_kid(r, x, i);
		struct value_node v;

		ok = compute_eval(r, kid, &v);
		if (ok)
			value_node_text(r->p, r->p->expr[kid].type, &v, &b);
		if (ok && b.len > LIMIT_TOKEN)
			ok = compute_failed(r, x, "a text of more than 1 MiB");
	}
	ok = ok && compute_work(r, x, b.len / 8 + 1);
	copy = ok ? room(r, x, b.len + 1, 1) : NULL;
	if (copy)
		memcpy(copy, buf_str(&b), b.len + 1);
	*out = (struct value_node){ { .text = copy }, (uint32_t)b.len };
	buf_release(&b);
	return copy != NULL;
}

/* ---- parts of values ---- */

static bool index_of(struct run *r, const struct plan_expr *x, struct value_node *out)
{
	struct value_node from, at;
	uint32_t kid = compute_kid(r, x, 1);
	enum plan_type_kind kind = compute_kind(r, r->p->expr[kid].type);
	bool is_signed = kind == PLAN_I32 || kind == PLAN_I64;

	if (!compute_eval(r, compute_kid(r, x, 0), &from) || !compute_eval(r, kid, &at))
		return false;
	if (is_signed && (int64_t)at.word < 0)
		return compute_failed(r, x, "index %" PRId64 " is not in a list of %u item%s", (int64_t)at.word, from.count,
				      from.count == 1 ? "" : "s");
	if (at.word >= from.count)
		return compute_failed(r, x, "index %" PRIu64 " is not in a list of %u item%s", at.word, from.count,
				      from.count == 1 ? "" : "s");
	*out = from.part[at.word];
	return true;
}

static bool arm(struct run *r, const struct plan_expr *x, struct value_node v, struct value_node *out)
{
	const struct plan_type *t = &r->p->type[r->p->expr[compute_kid(r, x, 0)].type];

	if (v.count != x->a)
		return compute_failed(r, x, "the value is of the arm `%s`, and is used as `%s`", r->p->field[t->first + v.count].name,
				      r->p->field[t->first + x->a].name);
	*out = *v.part;
	return true;
}

static bool one_kid(struct run *r, const struct plan_expr *x, struct value_node *out)
{
	static const struct value_node zero;	/* of any number type */
	struct value_node v;

	if (!compute_eval(r, compute_kid(r, x, 0), &v))
		return false;
	switch ((enum plan_expr_kind)x->kind) {
	case EXPR_FIELD: *out = v.part[x->a]; return true;
	case EXPR_NOT: *out = value_node_word(!v.word); return true;
	case EXPR_LEN: *out = value_node_word(v.count); return true;
	case EXPR_SECONDS: *out = value_node_number((double)(int64_t)v.word / 1e9); return true;
	case EXPR_HAS: *out = value_node_word(v.count == x->a); return true;
	case EXPR_ARM: return arm(r, x, v, out);
	case EXPR_ELSE:
		if (!v.count)
			return compute_eval(r, compute_kid(r, x, 1), out);
		*out = *v.part;
		return true;
	default: return number_op(r, x, ARITH_SUB, (const struct value_node[2]){ zero, v }, out);	/* NEG */
	}
}

bool compute_eval(struct run *r, uint32_t i, struct value_node *out)
{
	const struct plan_expr *x = &r->p->expr[i];

	if (!compute_work(r, x, 1))
		return false;
	switch ((enum plan_expr_kind)x->kind) {
	case EXPR_ARG: *out = r->arg[x->a]; return true;
	case EXPR_CONST: return constant(r, x, out);
	case EXPR_LOCAL: *out = r->local[x->a]; return true;
	case EXPR_ABSENT: *out = value_node_word(0); return true;
	case EXPR_INDEX: return index_of(r, x, out);
	case EXPR_LIST:
	case EXPR_RECORD: return items(r, x, out);
	case EXPR_FOR: return compute_comprehension(r, x, out);
	case EXPR_BINARY: return binary(r, x, out);
	case EXPR_TEXT: return text(r, x, out);
	case EXPR_RANGE: return compute_range(r, x, out);
	case EXPR_CHUNKS: return compute_chunks(r, x, out);
	case EXPR_GROUPS: return compute_groups(r, x, out);
	case EXPR_SOME: return wrapped(r, x, 1, out);
	case EXPR_CHOICE: return wrapped(r, x, x->a, out);
	default: return one_kid(r, x, out);
	}
}

/* How often parameter `param` is used by what `len` does not count; shared parts are looked at again, up to a bound. */
static bool uses_items(const struct plan *p, uint32_t i, uint32_t param, unsigned *left)
{
	const struct plan_expr *x = &p->expr[i];
	bool found = x->kind == EXPR_ARG && x->a == param;

	if (!*left)
		return true;
	--*left;
	for (uint32_t k = 0; k < x->kids && !found; k++) {
		uint32_t kid = p->item[x->first + k];

		found = !(x->kind == EXPR_LEN && p->expr[kid].kind == EXPR_ARG) && uses_items(p, kid, param, left);
	}
	return found;
}

bool compute_counts_only(const struct plan *p, const struct plan_func *f, uint32_t param)
{
	unsigned left = 1000;

	return p->type[p->port[f->first_param + param].type].kind == PLAN_LIST && !uses_items(p, f->expr, param, &left);
}

bool compute_run(struct compute *c, const struct plan_func *f, const struct value_node *arg, struct value_node *out, const char **loc,
		 struct buf *error)
{
	struct run r = { .c = c, .p = c->p, .arg = arg, .work = COMPUTE_WORK, .loc = "", .error = error };
	bool ok = compute_eval(&r, f->expr, out);

	*loc = r.loc;
	return ok;
}
