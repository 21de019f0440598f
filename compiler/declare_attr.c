/* Attributes: what their arguments are, read or reported in one way for functions, sets, sources and sinks. */
#include "compiler/declare.h"

#include <string.h>

#include "base/image_name.h"
#include "base/suggest.h"
#include "compiler/text.h"

const struct node *attr_arg(const struct node *a, uint32_t i)
{
	return a->nkids && i < list_len(kid(a, 0)) ? list_at(kid(a, 0), i) : NULL;
}

bool attr_once(struct compilation *c, const struct node *a, const struct node **seen)
{
	if (!*seen) {
		*seen = a;
		return true;
	}
	diag_report(c->diags, CF608, a->span, "`%s` is said twice", name_of(c, a->sym));
	diag_note(c->diags, (*seen)->span, "the first stands here");
	return false;
}

bool attr_quantity(struct compilation *c, const struct node *a, int q, uint64_t *out)
{
	const struct node *n = attr_arg(a, 0);
	struct expr_scope top = declare_scope(c);
	int64_t v = 0;
	word_t w;
	if (!n)
		return false;
	if (n->kind == N_QUANTITY || n->kind == N_INT || n->kind == N_FLOAT) {
		enum text_result r = text_quantity(name_of(c, n->sym), sym_len(c->syms, n->sym), (enum quantity)q, &v);
		if (r == TEXT_OK && v >= (q == QUANTITY_TIME ? 1000000 : 1)) {
			*out = (uint64_t)v;
			return true;
		}
		diag_report(c->diags, r == TEXT_BAD ? CF209 : CF213, n->span, r == TEXT_BAD ? "`%s` is no quantity for `%s`" : "`%s` is out of range for `%s`",
			    name_of(c, n->sym), name_of(c, a->sym));
		diag_help(c->diags, "units allowed here: %s", quantity_units((enum quantity)q));
		return false;
	}
	/* a compile-time value: a duration, a number of bytes or of thousandths of a core */
	type_t want = q == QUANTITY_TIME ? TYPE_DURATION : TYPE_I64;
	if (!expr_constant(c, &top, n, want, "the quantity", &w))
		return false;
	if ((int64_t)w < (q == QUANTITY_TIME ? 1000000 : 1)) {
		diag_report(c->diags, CF213, n->span, "the quantity for `%s` must be positive", name_of(c, a->sym));
		return false;
	}
	*out = w;
	return true;
}

bool attr_count(struct compilation *c, const struct node *a, uint64_t least, uint64_t most, uint64_t *out)
{
	const struct node *n = attr_arg(a, 0);
	struct expr_scope top = declare_scope(c);
	struct eval ev = { .c = c };
	struct expr *x = n ? expr_check(c, &top, n, TYPE_I64) : NULL;
	word_t w;
	if (x && !type_is_integer(x->type))
		x = expr_fit(c, x, TYPE_I64, "the number");
	if (!x || x->kind == X_ERROR || !expr_eval(&ev, x, &w))
		return false;
	bool negative = (int64_t)w < 0 && x->type != TYPE_U64;
	if (!negative && w >= least && w <= most) {
		*out = w;
		return true;
	}
	diag_report(c->diags, CF213, n->span, "`%s` is from %llu to %llu, found %lld", name_of(c, a->sym), (unsigned long long)least,
		    (unsigned long long)most, (long long)w);
	return false;
}

bool attr_string(struct compilation *c, const struct node *n, const char **out)
{
	struct expr_scope top = declare_scope(c);
	word_t w;
	if (!n || !expr_constant(c, &top, n, TYPE_STRING, "this text", &w))
		return false;
	if (memchr(string_bytes(&c->store, w), 0, word_lo(w))) {
		diag_report(c->diags, CF006, n->span, "a NUL byte cannot stand here");
		return false;
	}
	*out = arena_strndup(&c->arena, string_bytes(&c->store, w), word_lo(w));
	return true;
}

void attr_image(struct compilation *c, const struct node *a, const char **out)
{
	const struct node *text = attr_arg(a, 0);

	if (!attr_string(c, text, out))
		return;
	if (!**out)
		diag_report(c->diags, CF607, a->span, "an image has a name");
	else if (!image_name_ok(*out)) {
		diag_report(c->diags, CF607, text->span, "`%s` cannot be the name of an image", *out);
		diag_help(c->diags, "it is `[registry/]name[:tag]`, as `registry.example/plant/stats:2.0`: small letters and digits, with `.`, `_`, `-` and `/` within");
	}
}

bool attr_word(struct compilation *c, const struct node *a, const struct node *n, const sym_t *allowed, const char *listed, uint32_t *which)
{
	struct suggest s;
	if (!n)
		return false;
	suggest_init(&s, n->kind == N_NAME ? name_of(c, n->sym) : "");
	for (uint32_t i = 0; allowed[i]; i++) {
		if (n->kind == N_NAME && n->sym == allowed[i]) {
			*which = i;
			return true;
		}
		suggest_offer(&s, name_of(c, allowed[i]));
	}
	if (n->kind == N_NAME)
		diag_report(c->diags, CF107, n->span, "`%s` is nothing that `%s` can be", name_of(c, n->sym), name_of(c, a->sym));
	else
		diag_report(c->diags, CF107, n->span, "`%s` needs one of its words", name_of(c, a->sym));
	if (s.best && n->kind == N_NAME)
		diag_fix(c->diags, n->span, s.best, "did you mean `%s`? (it is one of %s)", s.best, listed);
	else
		diag_help(c->diags, "it is one of %s", listed);
	return false;
}

bool attr_device(struct compilation *c, const struct node *a, struct device *out)
{
	struct expr_scope top = declare_scope(c);
	word_t w;
	*out = (struct device){ .span = a->span };
	if (!attr_string(c, attr_arg(a, 0), &out->name) || !expr_constant(c, &top, attr_arg(a, 1), TYPE_I64, "the number", &w))
		return false;
	if ((int64_t)w < 1 || (int64_t)w > 1024) {
		diag_report(c->diags, CF213, attr_arg(a, 1)->span, "`device` is from 1 to 1024, found %lld", (long long)w);
		return false;
	}
	out->count = (uint32_t)w;
	return true;
}

void *attr_one_more(struct compilation *c, const void *had, uint32_t count, size_t size)
{
	if (count & (count - 1))
		return (void *)had;	/* room was made when the count was last a power of two */
	char *at = arena_zalloc(&c->arena, count ? (size_t)count * 2 : 1, size);
	if (count)
		memcpy(at, had, count * size);
	return at;
}
