/*
 * Checking of compile-time expressions: syntax → typed trees. Reads names through the scope only; evaluates nothing (eval.c does).
 * What needs no row and cannot fail is folded by expr_constant's callers.
 */
#include "compiler/expr.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/suggest.h"
#include "compiler/compilation.h"
#include "compiler/expr_ops.h"
#include "compiler/interp.h"
#include "compiler/mend.h"
#include "compiler/text.h"

struct expr *expr_new(struct compilation *c, enum expr_kind kind, type_t type, struct span span)
{
	struct expr *x = arena_zalloc(&c->arena, 1, sizeof *x);
	x->kind = (uint8_t)kind;
	x->type = type;
	x->span = span;
	return x;
}

struct expr *expr_error(struct compilation *c, struct span span) { return expr_new(c, X_ERROR, TYPE_ERROR, span); }

struct expr *expr_word(struct compilation *c, type_t type, word_t w, struct span span)
{
	struct expr *x = expr_new(c, X_WORD, type, span);
	x->word = w;
	return x;
}

struct expr *expr_at(struct compilation *c, const struct expr *x, struct span span)
{
	struct expr *here = arena_alloc(&c->arena, sizeof *here);
	*here = *x;
	here->span = span;
	return here;
}

/* A node with n children, whose flags it takes over. */
static struct expr *expr_with(struct compilation *c, enum expr_kind kind, type_t type, const struct node *n, struct expr **kid, uint32_t kids)
{
	struct expr *x = expr_new(c, kind, type, n->span);
	x->kid = arena_alloc(&c->arena, (kids + 1) * sizeof *x->kid);
	x->kids = kids;
	for (uint32_t i = 0; i < kids; i++) {
		x->kid[i] = kid[i];
		x->row |= kid[i] && kid[i]->row;
		x->run |= kid[i] && kid[i]->run;
		x->local |= kid[i] && kid[i]->local;
		x->fails |= kid[i] && kid[i]->fails;
		if (kid[i] && kid[i]->kind == X_ERROR) {
			x->kind = X_ERROR;
			x->type = TYPE_ERROR;
		}
	}
	return x;
}

struct expr *expr_fit(struct compilation *c, struct expr *x, type_t want, const char *what)
{
	const struct type *w = type_of(&c->types, want);
	if (x->type == want || x->type == TYPE_ERROR || want == TYPE_ERROR)
		return x;
	uint32_t arm = type_arm(&c->types, x->type, want);
	struct node at = { .span = x->span };
	if (arm != UINT32_MAX) {
		x = expr_with(c, X_CHOICE, w->kind == TYPE_OPTIONAL ? w->elem : want, &at, &x, 1);
		x->a = arm;
		if (x->type == want)
			return x;
	}
	if (w->kind == TYPE_OPTIONAL && type_fits(&c->types, x->type, w->elem))
		return expr_with(c, X_SOME, want, &at, &x, 1);
	if (type_fits(&c->types, x->type, want) && want == TYPE_STRING)
		return x;
	if (type_of(&c->types, want)->kind == TYPE_SIZED && x->kind == X_WORD && x->type == TYPE_STRING) {
		if (word_lo(x->word) <= w->first)
			return expr_word(c, want, x->word, x->span);
		diag_report(c->diags, CF213, x->span, "%s: a text of %u bytes does not fit in %s", what, word_lo(x->word), type_text(&c->types, want));
		return expr_error(c, x->span);
	}
	if (type_of(&c->types, x->type)->kind == TYPE_OPTIONAL && type_of(&c->types, x->type)->elem == want) {
		diag_report(c->diags, CF204, x->span, "%s must be present: expected %s, found %s", what, type_text(&c->types, want),
			    type_text(&c->types, x->type));
		mend_absent(c, x->span);
	} else {
		diag_report(c->diags, CF201, x->span, "%s: expected %s, found %s", what, type_text(&c->types, want),
			    type_text(&c->types, x->type));
		mend_misfit(c, x->span, want, x->type);
	}
	return expr_error(c, x->span);
}

struct expr *expr_known(struct compilation *c, struct expr *x, const char *what)
{
	if (!x->run)
		return x;
	diag_report(c->diags, CF205, x->span, "%s must be known before the run; this is known only at run time", what);
	return expr_error(c, x->span);
}

/* ---- literals ---- */

static type_t opened(const struct compilation *c, type_t want)
{
	return type_of(&c->types, want)->kind == TYPE_OPTIONAL ? type_of(&c->types, want)->elem : want;
}

static struct expr *number(struct compilation *c, const struct node *n, const char *text, size_t len, type_t want, struct span span)
{
	type_t type = type_is_number(want) ? want : n->kind == N_FLOAT ? TYPE_F64 : TYPE_I64;
	word_t w = 0;
	if (n->kind == N_FLOAT && type_is_integer(type))
		type = TYPE_F64;
	enum text_result r = text_number(text, len, type, &w);
	if (r == TEXT_OK)
		return expr_word(c, type, w, span);
	diag_report(c->diags, r == TEXT_RANGE ? CF213 : CF007, span, r == TEXT_RANGE ? "%.*s does not fit in %s" : "`%.*s` is no number of type %s",
		    (int)len, text, type_text(&c->types, type));
	return expr_error(c, span);
}

static struct expr *quantity(struct compilation *c, const struct node *n, type_t want)
{
	const char *p = name_of(c, n->sym);
	size_t len = sym_len(c->syms, n->sym);
	enum quantity q = type_is_integer(want) ? QUANTITY_BYTES : QUANTITY_TIME;
	int64_t v = 0;
	enum text_result r = text_quantity(p, len, q, &v);

	if (r == TEXT_BAD && want == TYPE_ERROR) {
		q = QUANTITY_BYTES;
		r = text_quantity(p, len, q, &v);
	}
	if (r == TEXT_OK)
		return expr_word(c, q == QUANTITY_TIME ? TYPE_DURATION : type_is_integer(want) ? want : TYPE_I64, (word_t)v, n->span);
	diag_report(c->diags, r == TEXT_RANGE ? CF213 : CF209, n->span,
		    r == TEXT_RANGE ? "`%s` is too large" : "`%s` has the wrong dimension here", p);
	diag_help(c->diags, "units allowed here: %s", quantity_units(q));
	return expr_error(c, n->span);
}

/* A path ".a[1]" of braces, as MEMBER and INDEX of x. */
static struct expr *follow_path(struct compilation *c, struct expr *x, const struct node *n, const char *p, size_t len)
{
	for (size_t i = 0; i < len && x->kind != X_ERROR;) {
		size_t from = ++i;
		bool member = p[from - 1] == '.';
		while (i < len && p[i] != '.' && p[i] != '[' && p[i] != ']')
			i++;
		if (member) {
			x = expr_member(c, x, sym_intern(c->syms, p + from, i - from), n->span);
		} else {
			word_t w = 0;
			if (text_number(p + from, i - from, TYPE_I64, &w) != TEXT_OK)
				w = (word_t)INT64_MAX;
			x = expr_index(c, x, expr_word(c, TYPE_I64, w, n->span), n);
			i++;
		}
	}
	return x;
}

static struct expr *interpolated(struct compilation *c, struct expr_scope *scope, const struct node *n, const char *s, size_t len)
{
	struct interp_piece piece;
	const char *error;
	struct expr **kid = NULL;
	size_t kids = 0, cap = 0, at = 0;
	struct interp_places places = interp_places(c->sources, n->span, s, len);
	struct expr *x = NULL;

	while (interp_next(s, len, &at, &piece, &error)) {
		struct expr *k;
		if (piece.reference) {
			struct node name = { .kind = N_NAME, .sym = sym_intern(c->syms, piece.text, piece.len), .span = interp_place(&places) };
			k = follow_path(c, expr_check(c, scope, &name, TYPE_ERROR), &name, piece.path, piece.path_len);
			if (k->kind != X_ERROR && !type_is_scalar(&c->types, k->type)) {
				diag_report(c->diags, CF201, name.span, "`{%.*s}` is of type %s: only scalars stand in a string", (int)piece.len,
					    piece.text, type_text(&c->types, k->type));
				k = expr_error(c, name.span);
			}
		} else {
			k = expr_word(c, TYPE_STRING, string_new(&c->store, piece.text, piece.len, n->span), n->span);
		}
		kid = mem_grow(kid, &cap, kids + 1, sizeof *kid);
		kid[kids++] = k;
	}
	if (error) {
		diag_report(c->diags, CF006, interp_place(&places), "%s", error);
		x = expr_error(c, n->span);
	} else {
		x = expr_with(c, X_TEXT, TYPE_STRING, n, kid, (uint32_t)kids);
	}
	mem_free(kid);
	return x;
}

static struct expr *string(struct compilation *c, struct expr_scope *scope, const struct node *n, type_t want)
{
	const char *s = name_of(c, n->sym);
	size_t len = sym_len(c->syms, n->sym);
	int64_t ns;

	if (n->kind == N_STRING && interp_has_reference(s, len))
		return interpolated(c, scope, n, s, len);
	if (want == TYPE_TIME) {
		if (text_time(s, len, &ns) == TEXT_OK)
			return expr_word(c, TYPE_TIME, (word_t)ns, n->span);
		diag_report(c->diags, CF007, n->span, "\"%s\" is no time", s);
		diag_help(c->diags, "write it as \"2025-03-01T14:00:00Z\"");
		return expr_error(c, n->span);
	}
	struct buf plain = BUF_INIT;	/* without the marks before escaped braces */
	for (size_t i = 0; i < len; i++)
		if (s[i] != 1 || n->kind == N_RAW_STRING)
			buf_addch(&plain, s[i]);
	word_t w = string_new(&c->store, buf_str(&plain), plain.len, n->span);
	buf_release(&plain);
	return expr_word(c, want == TYPE_BYTES ? TYPE_BYTES : TYPE_STRING, w, n->span);
}

/* ---- names, fields, indices ---- */

static const struct local *local_find(const struct local *l, sym_t name)
{
	while (l && l->name != name)
		l = l->up;
	return l;
}

static struct expr *unknown_name(struct compilation *c, struct expr_scope *scope, const struct node *n)
{
	struct suggest s;
	if (c->program.open || mend_was_missed(c, n, MEND_DATA))
		return expr_error(c, n->span);
	suggest_init(&s, name_of(c, n->sym));
	for (const struct local *l = scope->locals; l; l = l->up)
		suggest_offer(&s, name_of(c, l->name));
	if (scope->offer)
		scope->offer(scope->ctx, &s);
	diag_report(c->diags, CF101, n->span, "unknown name `%s`", name_of(c, n->sym));
	if (!mend_unknown_name(c, n) && !mend_missing_import(c, n, MEND_DATA))
		suggest_say(&s, c->diags, n->span);
	return expr_error(c, n->span);
}

static struct expr *name(struct compilation *c, struct expr_scope *scope, const struct node *n, type_t want)
{
	const struct local *l = local_find(scope->locals, n->sym);
	struct expr *x = NULL;
	if (l) {
		x = expr_new(c, X_LOCAL, l->type, n->span);
		x->a = l->slot;
		x->local = true;
		return x;
	}
	if (scope->look && scope->look(scope->ctx, n, &x))
		return x;
	if (type_of(&c->types, want)->kind == TYPE_ENUM) {
		uint32_t m = type_field_find(&c->types, want, n->sym);
		if (m != UINT32_MAX)
			return expr_word(c, want, m, n->span);
		struct suggest s;
		suggest_init(&s, name_of(c, n->sym));
		for (uint32_t i = 0; i < type_of(&c->types, want)->count; i++)
			suggest_offer(&s, name_of(c, type_field_at(&c->types, want, i)->name));
		diag_report(c->diags, CF101, n->span, "`%s` is no member of enum %s", name_of(c, n->sym), type_text(&c->types, want));
		suggest_say(&s, c->diags, n->span);
		return expr_error(c, n->span);
	}
	return unknown_name(c, scope, n);
}

struct expr *expr_member(struct compilation *c, struct expr *x, sym_t field, struct span span)
{
	if (x->kind == X_ERROR)
		return x;
	const struct type *ty = type_of(&c->types, x->type);
	if (ty->kind != TYPE_RECORD) {
		bool optional = ty->kind == TYPE_OPTIONAL;
		diag_report(c->diags, optional ? CF204 : CF105, span, "field `%s` of %s%s", name_of(c, field), type_text(&c->types, x->type),
			    optional ? ", which may be absent" : ", which is no record");
		if (optional)
			diag_help(c->diags, "say what stands for an absent value first: `(x else default).%s`", name_of(c, field));
		return expr_error(c, span);
	}
	uint32_t i = type_field_find(&c->types, x->type, field);
	if (i == UINT32_MAX) {
		struct suggest s;
		suggest_init(&s, name_of(c, field));
		for (uint32_t k = 0; k < ty->count; k++)
			suggest_offer(&s, name_of(c, type_field_at(&c->types, x->type, k)->name));
		diag_report(c->diags, CF105, span, "%s has no field `%s`", type_text(&c->types, x->type), name_of(c, field));
		diag_note(c->diags, ty->span, "%s is declared here", type_text(&c->types, x->type));
		suggest_say(&s, c->diags, span);
		return expr_error(c, span);
	}
	struct node at = { .span = span };
	struct expr *m = expr_with(c, X_FIELD, type_field_at(&c->types, x->type, i)->type, &at, &x, 1);
	m->a = i;
	return m;
}

struct expr *expr_index(struct compilation *c, struct expr *x, struct expr *at, const struct node *n)
{
	if (x->kind == X_ERROR || at->kind == X_ERROR)
		return expr_error(c, n->span);
	const struct type *ty = type_of(&c->types, x->type);
	struct expr *kid[2] = { x, at };
	if (ty->kind == TYPE_MAP) {
		if (at->type != TYPE_STRING) {
			diag_report(c->diags, CF201, at->span, "this map has string keys, found %s", type_text(&c->types, at->type));
			return expr_error(c, n->span);
		}
	} else if (ty->kind != TYPE_LIST || !type_is_integer(at->type)) {
		if (ty->kind == TYPE_LIST) {
			diag_report(c->diags, CF201, at->span, "a list is indexed by an integer, found %s", type_text(&c->types, at->type));
			if (at->type == TYPE_STRING && n->kind == N_INDEX)
				mend_missing_by(c, n->kids[0], x->type);
		} else
			diag_report(c->diags, CF206, n->span, "%s has no items to index", type_text(&c->types, x->type));
		return expr_error(c, n->span);
	}
	struct expr *r = expr_with(c, ty->kind == TYPE_MAP ? X_KEY : X_INDEX, ty->elem, n, kid, 2);
	r->fails = true;
	return r;
}

/* ---- lists ---- */

static struct expr *list(struct compilation *c, struct expr_scope *scope, const struct node *n, type_t want)
{
	const struct node *items = kid(n, 0);
	uint32_t len = list_len(items);
	type_t elem = type_of(&c->types, want)->kind == TYPE_LIST ? type_of(&c->types, want)->elem : TYPE_ERROR;
	struct expr **k = arena_alloc(&c->arena, (len + 1) * sizeof *k);

	for (uint32_t i = 0; i < len; i++) {
		k[i] = expr_check(c, scope, list_at(items, i), elem);
		if (elem == TYPE_ERROR)
			elem = k[i]->type;
		k[i] = expr_fit(c, k[i], elem, "an item of this list");
	}
	if (!len && elem == TYPE_ERROR) {
		diag_report(c->diags, CF212, n->span, "nothing says what an empty list holds");
		diag_help(c->diags, "use it where a type is declared, as in `param xs: [string] = []`");
		return expr_error(c, n->span);
	}
	return expr_with(c, X_LIST, type_list(&c->types, elem), n, k, len);
}

static struct expr *comprehension(struct compilation *c, struct expr_scope *scope, const struct node *n, type_t want)
{
	type_t elem = type_of(&c->types, want)->kind == TYPE_LIST ? type_of(&c->types, want)->elem : TYPE_ERROR;
	struct expr *k[3] = { expr_check(c, scope, kid(n, 1), TYPE_ERROR), NULL, NULL };
	const struct type *src = type_of(&c->types, k[0]->type);

	if (k[0]->kind == X_ERROR)
		return k[0];
	if (src->kind != TYPE_LIST) {
		diag_report(c->diags, CF201, kid(n, 1)->span, "`for … in` needs a list, found %s", type_text(&c->types, k[0]->type));
		return expr_error(c, n->span);
	}
	struct local l = { n->sym, scope->slots, src->elem, scope->locals };
	const struct local *saved = scope->locals;
	scope->locals = &l;
	scope->slots++;
	k[1] = expr_check(c, scope, kid(n, 0), elem);
	if (elem != TYPE_ERROR)
		k[1] = expr_fit(c, k[1], elem, "the items");
	if (kid(n, 2))
		k[2] = expr_fit(c, expr_check(c, scope, kid(n, 2), TYPE_BOOL), TYPE_BOOL, "the condition");
	scope->locals = saved;
	scope->slots--;
	struct expr *x = expr_with(c, X_FOR, type_list(&c->types, k[1]->type), n, k, k[2] ? 3 : 2);
	x->a = l.slot;
	x->local = k[0]->local || scope->slots;	/* its own variable is none that stands around it; others may be */
	return x;
}

/* ---- calls: built in, and records ---- */

static struct expr *record(struct compilation *c, struct expr_scope *scope, const struct node *n, type_t type)
{
	const struct node *args = kid(n, 0);
	uint32_t fields = type_of(&c->types, type)->count;
	struct expr **k = arena_zalloc(&c->arena, fields + 1, sizeof *k);
	bool ok = true;

	for (uint32_t i = 0; i < list_len(args); i++) {
		const struct node *a = list_at(args, i);
		uint32_t f = i;
		if (a->kind == N_ARG) {
			f = type_field_find(&c->types, type, a->sym);
			if (f == UINT32_MAX) {	/* says so, with did-you-mean */
				expr_member(c, expr_word(c, type, 0, a->span), a->sym, a->name_span.at ? a->name_span : a->span);
				ok = false;
				continue;
			}
			a = kid(a, 0);
		}
		if (f >= fields || k[f]) {
			if (f >= fields)
				diag_report(c->diags, CF202, a->span, "%s has only %u field%s", type_text(&c->types, type), fields, fields == 1 ? "" : "s");
			else
				diag_report(c->diags, CF211, a->span, "field `%s` is given twice", name_of(c, type_field_at(&c->types, type, f)->name));
			ok = false;
			continue;
		}
		type_t ft = type_field_at(&c->types, type, f)->type;
		k[f] = expr_fit(c, expr_check(c, scope, a, ft), ft, "this field");
	}
	for (uint32_t f = 0; f < fields && ok; f++) {
		const struct type_field *tf = type_field_at(&c->types, type, f);
		if (k[f])
			continue;
		if (type_of(&c->types, tf->type)->kind == TYPE_OPTIONAL) {
			k[f] = expr_new(c, X_ABSENT, tf->type, n->span);
			continue;
		}
		diag_report(c->diags, CF202, n->span, "field `%s` of %s is not given", name_of(c, tf->name), type_text(&c->types, type));
		diag_note(c->diags, tf->span, "it is declared here");
		ok = false;
	}
	return ok ? expr_with(c, X_RECORD, type, n, k, fields) : expr_error(c, n->span);
}

static bool arity(struct compilation *c, const struct node *n, uint32_t least, uint32_t most)
{
	uint32_t got = list_len(kid(n, 0));
	for (uint32_t i = 0; i < got; i++) {
		if (list_at(kid(n, 0), i)->kind == N_ARG) {
			diag_report(c->diags, CF106, list_at(kid(n, 0), i)->span, "`%s` takes its arguments by position", name_of(c, n->sym));
			return false;
		}
	}
	if (got >= least && got <= most)
		return true;
	diag_report(c->diags, CF202, n->span, "`%s` takes %u%s argument%s, found %u", name_of(c, n->sym), least, most > least ? " or 2" : "",
		    most == 1 ? "" : "s", got);
	return false;
}

/* The list argument of a built-in; NULL after a report. */
static struct expr *list_argument(struct compilation *c, struct expr_scope *scope, const struct node *n)
{
	struct expr *x = expr_check(c, scope, list_at(kid(n, 0), 0), TYPE_ERROR);
	if (x->kind == X_ERROR || type_of(&c->types, x->type)->kind == TYPE_LIST)
		return x->kind == X_ERROR ? NULL : x;
	diag_report(c->diags, CF201, x->span, "`%s` needs a list, found %s", name_of(c, n->sym), type_text(&c->types, x->type));
	return NULL;
}

static struct expr *builtin(struct compilation *c, struct expr_scope *scope, const struct node *n)
{
	const struct words *w = &c->words;
	const struct node *args = kid(n, 0);
	struct expr *k[2] = { NULL, NULL };
	struct expr *x;

	if (n->sym == w->range) {
		if (!arity(c, n, 1, 2))
			return expr_error(c, n->span);
		for (uint32_t i = 0; i < list_len(args); i++)
			k[i] = expr_fit(c, expr_check(c, scope, list_at(args, i), TYPE_I64), TYPE_I64, "an end of the range");
		x = expr_with(c, X_RANGE, type_list(&c->types, TYPE_I64), n, k, list_len(args));
		x->fails = true;
		return x;
	}
	if (n->sym == w->seconds) {
		if (!arity(c, n, 1, 1))
			return expr_error(c, n->span);
		k[0] = expr_fit(c, expr_check(c, scope, list_at(args, 0), TYPE_DURATION), TYPE_DURATION, "the argument of `seconds`");
		return expr_with(c, X_SECONDS, TYPE_F64, n, k, 1);
	}
	bool two = n->sym != w->len;
	if (!arity(c, n, 1 + two, 1 + two) || !(k[0] = list_argument(c, scope, n)))
		return expr_error(c, n->span);
	if (n->sym == w->len)
		return expr_with(c, X_LEN, TYPE_I64, n, k, 1);
	type_t lists = type_list(&c->types, k[0]->type);
	if (n->sym == w->chunks) {
		k[1] = expr_fit(c, expr_check(c, scope, list_at(args, 1), TYPE_I64), TYPE_I64, "the size of the chunks");
		x = expr_with(c, X_CHUNKS, lists, n, k, 2);
		x->fails = true;
		return x;
	}
	/* groups(xs, key): the key is a field of the items */
	const struct node *key = list_at(args, 1);
	struct expr *field = key->kind == N_NAME
		? expr_member(c, expr_word(c, type_of(&c->types, k[0]->type)->elem, 0, key->span), key->sym, key->span) : NULL;
	if (!field)
		diag_report(c->diags, CF201, key->span, "`groups(xs, key)` needs the name of a field of the items");
	if (!field || field->kind == X_ERROR)
		return expr_error(c, n->span);
	if (!type_is_scalar(&c->types, field->type)) {
		diag_report(c->diags, CF201, key->span, "`groups` needs a scalar key, `%s` is of type %s", name_of(c, key->sym), type_text(&c->types, field->type));
		return expr_error(c, n->span);
	}
	x = expr_with(c, X_GROUPS, lists, n, k, 1);
	x->a = field->a;
	return x;
}

static struct expr *call(struct compilation *c, struct expr_scope *scope, const struct node *n)
{
	const struct words *w = &c->words;
	struct expr *step = NULL;
	if (scope->call && scope->call(scope->ctx, n, &step))
		return step;
	const struct decl *d = program_callable(&c->program, n->sym);
	if (d) {
		diag_report(c->diags, CF205, n->span, "`%s` is a %s: its result is known only at run time", name_of(c, n->sym),
			    d->kind == DECL_FLOW ? "flow" : "function");
		diag_note(c->diags, d->span, "it is declared here");
		diag_help(c->diags, "bind its result to a name first, or compute with it inside a function");
		return expr_error(c, n->span);
	}
	d = program_type(&c->program, n->sym);
	if (d && type_of(&c->types, d->index)->kind == TYPE_ERROR)
		return expr_error(c, n->span);
	if (d && type_of(&c->types, d->index)->kind == TYPE_RECORD)
		return record(c, scope, n, d->index);
	if (n->sym == w->len || n->sym == w->range || n->sym == w->seconds || n->sym == w->chunks || n->sym == w->groups)
		return builtin(c, scope, n);
	struct expr *value = NULL;
	if (scope->look && scope->look(scope->ctx, n, &value)) {
		if (value->kind != X_ERROR)
			diag_report(c->diags, CF104, n->name_span.at ? n->name_span : n->span, "`%s` is a value: it cannot be called", name_of(c, n->sym));
		return expr_error(c, n->span);
	}
	report_unknown_callable(c, n);
	return expr_error(c, n->span);
}

void report_unknown_callable(struct compilation *c, const struct node *n)
{
	static const char *const builtin_names[] = { "len", "range", "seconds", "chunks", "groups" };
	struct span at = n->name_span.at ? n->name_span : n->span;
	struct suggest s;
	if (c->program.open || mend_was_missed(c, n, MEND_CALLABLE))
		return;
	suggest_init(&s, name_of(c, n->sym));
	for (size_t i = 0; suggest_wanted(c) && i < c->program.funcs; i++)
		suggest_offer(&s, name_of(c, c->program.func[i].name));
	for (size_t i = 0; suggest_wanted(c) && i < c->program.flows; i++)
		suggest_offer(&s, name_of(c, c->program.flow[i].name));
	for (size_t i = 0; i < sizeof builtin_names / sizeof *builtin_names; i++)
		suggest_offer(&s, builtin_names[i]);
	diag_report(c->diags, CF104, at, "unknown function or flow `%s`", name_of(c, n->sym));
	if (!mend_missing_import(c, n, MEND_CALLABLE) && !suggest_say(&s, c->diags, at))
		diag_help(c->diags, "declare it: `function %s(…) -> … { command [\"…\"] }`", name_of(c, n->sym));
}

/* ---- operators ---- */

static bool is_literal(const struct node *n)
{
	return n->kind == N_INT || n->kind == N_FLOAT || n->kind == N_QUANTITY || (n->kind == N_UNARY && n->op == OP_NEG && is_literal(kid(n, 0)));
}

/* The type of `l op r`, or TYPE_ERROR when the operator does not fit. */
static type_t binary_type(struct compilation *c, enum node_op op, type_t l, type_t r)
{
	bool time = l == TYPE_TIME || l == TYPE_DURATION;
	if (op == OP_AND || op == OP_OR)
		return l == TYPE_BOOL && r == TYPE_BOOL ? TYPE_BOOL : TYPE_ERROR;
	if (op == OP_EQ || op == OP_NE)
		return l == r && !type_has_file(&c->types, l) && type_of(&c->types, l)->kind != TYPE_MAP ? TYPE_BOOL : TYPE_ERROR;
	if (op >= OP_LT && op <= OP_GE)
		return l == r && (type_is_number(l) || time || l == TYPE_STRING) ? TYPE_BOOL : TYPE_ERROR;
	if (l == r && type_is_number(l))
		return op == OP_MOD && !type_is_integer(l) ? TYPE_ERROR : l;
	if (op == OP_SUB && l == TYPE_TIME && r == TYPE_TIME)
		return TYPE_DURATION;
	if ((op == OP_ADD || op == OP_SUB) && time && r == TYPE_DURATION)
		return l;
	if (((op == OP_MUL || op == OP_DIV) && l == TYPE_DURATION && r == TYPE_I64) || (op == OP_MUL && l == TYPE_I64 && r == TYPE_DURATION))
		return TYPE_DURATION;
	return TYPE_ERROR;
}

static struct expr *binary(struct compilation *c, struct expr_scope *scope, const struct node *n, type_t want)
{
	const struct node *ln = kid(n, 0), *rn = kid(n, 1);
	bool arithmetic = n->op >= OP_ADD;
	struct expr *k[2];

	if (rn->kind == N_QUANTITY && n->op == OP_MUL) {	/* `2 * 5m` */
		k[1] = expr_check(c, scope, rn, want);
		k[0] = expr_check(c, scope, ln, k[1]->type == TYPE_DURATION ? TYPE_I64 : k[1]->type);
	} else if (is_literal(ln) && !is_literal(rn)) {
		k[1] = expr_check(c, scope, rn, TYPE_ERROR);
		k[0] = expr_check(c, scope, ln, k[1]->type);
	} else {
		k[0] = expr_check(c, scope, ln, arithmetic && is_literal(rn) && is_literal(ln) ? want : TYPE_ERROR);
		if (k[0]->kind == X_ERROR && rn->kind == N_NAME)
			return k[0];	/* a member of an enum, perhaps: nothing tells of which */
		bool scaled = k[0]->type == TYPE_DURATION && (n->op == OP_MUL || n->op == OP_DIV);
		k[1] = expr_check(c, scope, rn, k[0]->type == TYPE_TIME ? TYPE_DURATION : scaled ? TYPE_I64 : k[0]->type);
	}
	if (k[0]->kind == X_ERROR || k[1]->kind == X_ERROR)
		return expr_error(c, n->span);
	type_t type = binary_type(c, n->op, k[0]->type, k[1]->type);
	if (type == TYPE_ERROR) {
		diag_report(c->diags, CF206, n->span, "`%s` does not fit %s and %s", node_op_text(n->op), type_text(&c->types, k[0]->type),
			    type_text(&c->types, k[1]->type));
		if (k[0]->type == TYPE_STRING && n->op == OP_ADD)
			diag_help(c->diags, "join texts in a string: \"{a}{b}\"");
		else if (type_is_number(k[0]->type) && type_is_number(k[1]->type))
			diag_help(c->diags, "nothing converts implicitly: declare both with one type");
		return expr_error(c, n->span);
	}
	struct expr *x = expr_with(c, X_BINARY, type, n, k, 2);
	x->op = n->op;
	x->fails |= arithmetic;
	return x;
}

static struct expr *unary(struct compilation *c, struct expr_scope *scope, const struct node *n, type_t want)
{
	const struct node *on = kid(n, 0);
	if (n->op == OP_NEG && (on->kind == N_INT || on->kind == N_FLOAT)) {
		struct buf b = BUF_INIT;
		buf_printf(&b, "-%s", name_of(c, on->sym));
		struct expr *x = number(c, on, buf_str(&b), b.len, want, n->span);
		buf_release(&b);
		return x;
	}
	struct expr *k = expr_check(c, scope, on, n->op == OP_NOT ? TYPE_BOOL : want);
	if (k->kind == X_ERROR)
		return k;
	if (n->op == OP_NOT ? k->type != TYPE_BOOL : !type_is_number(k->type) && k->type != TYPE_DURATION) {
		diag_report(c->diags, CF206, n->span, "`%s` does not fit %s", node_op_text(n->op), type_text(&c->types, k->type));
		return expr_error(c, n->span);
	}
	struct expr *x = expr_with(c, n->op == OP_NOT ? X_NOT : X_NEG, k->type, n, &k, 1);
	x->fails |= n->op == OP_NEG;
	return x;
}

static struct expr *orelse(struct compilation *c, struct expr_scope *scope, const struct node *n, type_t want)
{
	struct expr *k[2] = { expr_check(c, scope, kid(n, 0), TYPE_ERROR), NULL };
	const struct type *ty = type_of(&c->types, k[0]->type);
	(void)want;
	if (k[0]->kind == X_ERROR)
		return k[0];
	if (ty->kind != TYPE_OPTIONAL) {
		diag_report(c->diags, CF206, n->span, "`else` needs a value that may be absent, found %s", type_text(&c->types, k[0]->type));
		diag_help(c->diags, "leave the `else` out: this value is always there");
		return expr_error(c, n->span);
	}
	k[1] = expr_fit(c, expr_check(c, scope, kid(n, 1), ty->elem), ty->elem, "the value after `else`");
	return expr_with(c, X_ELSE, ty->elem, n, k, 2);
}

static struct expr *check(struct compilation *c, struct expr_scope *scope, const struct node *n, type_t want)
{
	switch (n->kind) {
	case N_INT: case N_FLOAT: return number(c, n, name_of(c, n->sym), sym_len(c->syms, n->sym), want, n->span);
	case N_QUANTITY: return quantity(c, n, want);
	case N_BOOL: return expr_word(c, TYPE_BOOL, !strcmp(name_of(c, n->sym), "true"), n->span);
	case N_STRING: case N_RAW_STRING: return string(c, scope, n, want);
	case N_NAME: return name(c, scope, n, want);
	case N_MEMBER: return expr_member(c, expr_check(c, scope, kid(n, 0), TYPE_ERROR), n->sym, n->span);
	case N_INDEX: {
		struct expr *x = expr_check(c, scope, kid(n, 0), TYPE_ERROR);
		return expr_index(c, x, expr_check(c, scope, kid(n, 1), TYPE_ERROR), n);
	}
	case N_LIST_EXPR: return list(c, scope, n, want);
	case N_COMPREHENSION: return comprehension(c, scope, n, want);
	case N_CALL: return call(c, scope, n);
	case N_UNARY: return unary(c, scope, n, want);
	case N_BINARY: return binary(c, scope, n, want);
	case N_ELSE: return orelse(c, scope, n, want);
	default: {
		char construct[40];
		snprintf(construct, sizeof construct, "`%.30s`", node_kind_name(n->kind));
		refuse(c, n, construct);
		return expr_error(c, n->span);
	}
	}
}

struct expr *expr_check(struct compilation *c, struct expr_scope *scope, const struct node *n, type_t want)
{
	struct expr *x = check(c, scope, n, opened(c, want));
	/* a size is a promise of where a text stands, not of what is computed with it */
	if (type_of(&c->types, x->type)->kind == TYPE_SIZED && x->type != want && x->type != opened(c, want)) {
		struct expr *plain = arena_alloc(&c->arena, sizeof *plain);
		*plain = *x;
		plain->type = TYPE_STRING;
		return plain;
	}
	return x;
}

bool expr_constant(struct compilation *c, struct expr_scope *scope, const struct node *n, type_t want, const char *what, word_t *out)
{
	struct expr *x = expr_check(c, scope, n, want);
	struct eval ev = { .c = c };
	if (want != TYPE_ERROR)
		x = expr_fit(c, x, want, what);
	x = expr_known(c, x, what ? what : "this value");
	return x->kind != X_ERROR && expr_eval(&ev, x, out);
}
