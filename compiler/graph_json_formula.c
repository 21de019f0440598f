/* Expressions of compute nodes, in a graph document: their shape and their types; what operations do with types plan_check says. */
#include "compiler/graph_json_inner.h"

#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "compiler/declare_outside.h"

static const struct op_row rows[] = {
#define GRAPH_OP(kind, op, name, least, most, more) { kind, op, name, least, most, more },
#include "compiler/graph_json.def"
#undef GRAPH_OP
};
enum { ROWS = sizeof rows / sizeof *rows };

const struct op_row *op_row(uint8_t kind, uint8_t op)
{
	for (unsigned i = 0; i < ROWS; i++)
		if (rows[i].kind == kind && (kind != X_BINARY || rows[i].op == op))
			return &rows[i];
	return NULL;
}

struct formula {
	struct reader *r;
	struct json_block *b;
	const uint32_t *arg;
	uint32_t args;
	struct span span;	/* of the node: what says no place has its */
};

static struct expr *read_expr(struct formula *f, tape_t v, unsigned depth);

static struct expr *leaf(struct formula *f, enum expr_kind kind, type_t type, struct span at)
{
	struct expr *x = expr_new(f->r->c, kind, type, at);
	x->run = kind == X_ARG;
	x->local = kind == X_LOCAL;
	return x;
}

static bool small(struct formula *f, tape_t v, const char *what, uint32_t most, uint32_t *out)
{
	uint64_t n = 0;
	if (v != TAPE_NONE && tape_u64(&f->r->t, v, most, &n)) {
		*out = (uint32_t)n;
		return true;
	}
	diag_report(f->r->c->diags, CF026, tape_span(&f->r->t, v == TAPE_NONE ? 0 : v), "\"%s\" is a number from 0 to %u here", what, most);
	return false;
}

/* The field of the record, or of the records in the list, that the operand is. */
static bool field_of(struct formula *f, const struct expr *x, tape_t field, uint32_t *out)
{
	struct compilation *c = f->r->c;
	type_t type = x->kid[0]->type;
	if (x->kind == X_GROUPS && type_of(&c->types, type)->kind == TYPE_LIST)
		type = type_of(&c->types, type)->elem;
	sym_t name;
	if (!read_string(f->r, field, "a field's name", &name))
		return false;
	*out = type_of(&c->types, type)->kind == TYPE_RECORD ? type_field_find(&c->types, type, name) : UINT32_MAX;
	if (*out != UINT32_MAX)
		return true;
	diag_report(c->diags, CF105, tape_span(&f->r->t, field), "%s has no field `%s`", type_text(&c->types, type), name_of(c, name));
	return false;
}

static bool window_of(struct formula *f, struct expr *x, tape_t window)
{
	struct compilation *c = f->r->c;
	struct node *name = name_node(f->r, window, "a window's name");
	uint32_t at = name ? window_named(c, name) : PLAN_NONE;
	x->a = at;
	if (at != PLAN_NONE)
		later(c, x->span, x->kind == X_HOLD ? "`hold`" : "`gather`");
	return at != PLAN_NONE;
}

static struct expr *operation(struct formula *f, tape_t v, tape_t op, tape_t of, tape_t type, const tape_t more[5], struct span at, unsigned depth)
{
	struct reader *r = f->r;
	const struct op_row *row = NULL;
	uint32_t kids = of == TAPE_NONE ? 0 : tape_at(&r->t, of)->len;
	for (unsigned i = 0; i < ROWS && !row; i++)
		if (tape_is(&r->t, op, rows[i].name))
			row = &rows[i];
	if (!row) {
		diag_report(r->c->diags, CF026, tape_span(&r->t, op), "this is no operation");
		diag_help(r->c->diags, "calc-graph(5) lists them");
		return NULL;
	}
	if (of != TAPE_NONE && tape_kind(&r->t, of) != JSON_ARRAY) {
		report_shape(r, of, "an array of expressions");
		return NULL;
	}
	if (kids < row->least || kids > row->most || type == TAPE_NONE) {
		diag_report(r->c->diags, CF026, tape_span(&r->t, v), type == TAPE_NONE ? "an operation needs a member \"type\"" : "wrong number of operands of \"%s\"", row->name);
		return NULL;
	}
	struct expr *x = leaf(f, row->kind, read_type(r, type), at);
	x->op = row->op;
	x->kid = arena_alloc(&r->c->arena, ((size_t)kids + 1) * sizeof *x->kid);
	tape_t k = of == TAPE_NONE ? TAPE_NONE : tape_first(of);
	for (; x->kids < kids; k = tape_next(&r->t, k)) {
		if (!(x->kid[x->kids] = read_expr(f, k, depth + 1)))
			return NULL;
		x->run |= x->kid[x->kids]->run;
		x->kids++;
	}
	for (unsigned i = 0; i < 5; i++) {
		static const unsigned flag[] = { MORE_FIELD, MORE_LOCAL, MORE_ARM, MORE_WINDOW, MORE_VALUE };
		static const char *const name[] = { "field", "local", "arm", "window", "before" };
		if (more[i] != TAPE_NONE && !(row->more & flag[i])) {
			diag_report(r->c->diags, CF026, tape_span(&r->t, more[i]), "\"%s\" does not stand beside \"%s\"", name[i], row->name);
			return NULL;
		}
		if (more[i] != TAPE_NONE || !(row->more & flag[i]))
			continue;
		diag_report(r->c->diags, CF026, tape_span(&r->t, v), "this operation needs a member \"%s\"", name[i]);
		return NULL;
	}
	if (row->more && depth && row->more >= MORE_WINDOW) {
		diag_report(r->c->diags, CF026, tape_span(&r->t, op), "\"%s\" is a whole expression, and no part of one", row->name);
		return NULL;
	}
	if (row->more & MORE_WINDOW)
		return x->type && window_of(f, x, more[3]) ? x : NULL;
	if (row->more & MORE_VALUE) {
		x->run = true;
		x->b = PLAN_NONE;
		r->previous = mem_grow(r->previous, &r->previous_cap, r->previouses + 1, sizeof *r->previous);
		r->previous[r->previouses++] = (struct previous){ x, f->b, more[4] };
		return x->type ? x : NULL;
	}
	bool ok = row->more & MORE_FIELD ? field_of(f, x, more[0], &x->a) : row->more & MORE_LOCAL ? small(f, more[1], "local", LIMIT_NESTING, &x->a) :
		  row->more & MORE_ARM ? small(f, more[2], "arm", LIMIT_MEMBERS, &x->a) : true;
	return ok && x->type ? x : NULL;
}

static struct expr *read_expr(struct formula *f, tape_t v, unsigned depth)
{
	struct reader *r = f->r;
	tape_t arg, local, value, type, op, of, field, arm, window, before, at;
	const struct member m[] = { { "arg", &arg, false }, { "local", &local, false }, { "value", &value, false }, { "type", &type, false }, { "op", &op, false },
				    { "of", &of, false }, { "field", &field, false }, { "arm", &arm, false }, { "window", &window, false }, { "before", &before, false }, { "at", &at, false } };
	uint32_t n;
	if (depth > LIMIT_NESTING / 2) {
		diag_report(r->c->diags, CF008, tape_span(&r->t, v), "expressions stand within each other more than %d deep", LIMIT_NESTING / 2);
		return NULL;
	}
	if (!read_members(r, v, "an expression", m, sizeof m / sizeof *m))
		return NULL;
	struct span place = at == TAPE_NONE ? f->span : read_place(r, at, v);
	if (op != TAPE_NONE)
		return operation(f, v, op, of, type, (const tape_t[]){ field, local, arm, window, before }, place, depth);
	if (arg != TAPE_NONE) {
		if (!small(f, arg, "arg", f->args ? f->args - 1 : 0, &n) || n >= f->args)
			return NULL;
		struct expr *x = leaf(f, X_ARG, type == TAPE_NONE ? r->g->value[f->arg[n]].type : read_type(r, type), place);
		x->a = n;
		return x->type ? x : NULL;
	}
	type_t t = type == TAPE_NONE ? TYPE_ERROR : read_type(r, type);
	if (!t) {
		diag_report(r->c->diags, CF212, tape_span(&r->t, v), "nothing says the type of this expression");
		return NULL;
	}
	if (local != TAPE_NONE) {
		struct expr *x = leaf(f, X_LOCAL, t, place);
		return small(f, local, "local", LIMIT_NESTING, &x->a) ? x : NULL;
	}
	word_t w;
	if (value != TAPE_NONE)
		return read_words(r, value, t, SPAN_NONE, &w) ? expr_word(r->c, t, w, place) : NULL;
	diag_report(r->c->diags, CF026, tape_span(&r->t, v), "this object says no expression");
	diag_help(r->c->diags, "for example {\"op\": \"+\", \"of\": [{\"arg\": 0}, {\"value\": 1, \"type\": \"i64\"}], \"type\": \"i64\"}");
	return NULL;
}

struct expr *read_formula(struct reader *r, struct json_block *b, tape_t v, const uint32_t *arg, uint32_t args, struct span at)
{
	struct formula f = { r, b, arg, args, at };
	return read_expr(&f, v, 0);
}

bool read_previous(struct reader *r, struct json_block *b)
{
	struct compilation *c = r->c;
	size_t kept = 0;
	bool ok = true;
	for (size_t i = 0; i < r->previouses; i++) {
		struct previous p = r->previous[i];
		const struct wanted w = { .what = "the value before" };
		if (p.b != b) {
			r->previous[kept++] = p;
			continue;
		}
		p.x->b = read_value(r, b, p.of, TYPE_ERROR, &w);
		ok &= p.x->b != PLAN_NONE;
		if (p.x->b == PLAN_NONE)
			continue;
		later(c, p.x->span, "`previous`");
		type_t type = type_optional(&c->types, r->g->value[p.x->b].type);
		if (type == p.x->type)
			continue;
		diag_report(c->diags, CF201, tape_span(&r->t, p.of), "the value before is of type %s, and %s is said", type_text(&c->types, type), type_text(&c->types, p.x->type));
		ok = false;
	}
	r->previouses = kept;
	return ok;
}
