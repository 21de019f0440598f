/* Evaluation of typed expressions. Knows no syntax; every failure is reported at the expression, with the data row's place. */
#include "compiler/expr.h"

#include <stdio.h>

#include "base/arith.h"
#include "base/limits.h"
#include "base/mem.h"
#include "compiler/compilation.h"

struct run {
	struct eval *ev;
	struct compilation *c;
	word_t local[LIMIT_NESTING + 1];
};

static bool eval(struct run *r, const struct expr *x, word_t *out);

static bool fail(struct run *r, enum diag_code code, const struct expr *x, const char *message)
{
	diag_report(r->c->diags, code, x->span, "%s", message);
	if (r->ev->at.at)
		diag_note(r->c->diags, r->ev->at, "for the data that stand here");
	return false;
}

static bool work(struct run *r, const struct expr *x, uint64_t n)
{
	if (compile_work(r->c, n))
		return true;
	diag_report(r->c->diags, CF008, x->span, "compile-time values take more than %d steps to compute", LIMIT_WORK);
	diag_help(r->c->diags, "compute this in a function, at run time");
	return false;
}

static bool put_list(struct run *r, const struct expr *x, const word_t *w, size_t n, word_t *out)
{
	uint32_t first = n <= UINT32_MAX ? data_store_put(&r->c->store, w, n) : UINT32_MAX;
	if (first == UINT32_MAX)
		return fail(r, CF008, x, "the program's values take more room than there is");
	*out = word_pair(first, (uint32_t)n);
	return true;
}

static bool number_op(struct run *r, const struct expr *x, enum node_op op, word_t a, word_t b, word_t *out)
{
	bool is_float = x->type == TYPE_F32 || x->type == TYPE_F64;
	enum number_kind kind = type_is_number(x->type) ? (enum number_kind)(x->type - TYPE_I32) : NUMBER_I64;
	double d = 0;
	enum arith_result result = is_float ? arith_float(kind, (enum arith_op)(op - OP_ADD), f64_word(a), f64_word(b), &d)
					    : arith_integer(kind, (enum arith_op)(op - OP_ADD), a, b, out);
	if (result != ARITH_OK)
		return fail(r, CF207, x, arith_message(result));
	if (is_float)
		*out = word_f64(d);
	return true;
}

static int compare(const struct data_store *s, type_t type, word_t a, word_t b)
{
	switch (type) {
	case TYPE_F32: case TYPE_F64: return arith_compare_float(f64_word(a), f64_word(b));
	case TYPE_STRING: return string_compare(s, a, b);
	default: return arith_compare(type_is_number(type) ? (enum number_kind)(type - TYPE_I32) : NUMBER_I64, a, b);
	}
}

static bool binary(struct run *r, const struct expr *x, word_t *out)
{
	word_t a, b;
	type_t type = x->kid[0]->type;
	if (!eval(r, x->kid[0], &a))
		return false;
	if (x->op == OP_AND || x->op == OP_OR) {	/* the right side only where it matters */
		*out = a;
		return (x->op == OP_AND) == !a ? true : eval(r, x->kid[1], out);
	}
	if (!eval(r, x->kid[1], &b))
		return false;
	if (x->op == OP_EQ || x->op == OP_NE) {
		uint64_t left = LIMIT_WORK + 1 - (r->c->work <= LIMIT_WORK ? r->c->work : LIMIT_WORK), had = left;
		*out = word_equal(&r->c->store, &r->c->types, type, a, b, &left) == (x->op == OP_EQ);
		return work(r, x, had - left);
	}
	if (x->op >= OP_LT && x->op <= OP_GE) {
		int v = compare(&r->c->store, type, a, b);
		*out = x->op == OP_LT ? v < 0 : x->op == OP_LE ? v <= 0 : x->op == OP_GT ? v > 0 : v >= 0;
		return true;
	}
	return number_op(r, x, (enum node_op)x->op, a, b, out);
}

static bool items(struct run *r, const struct expr *x, word_t *out)
{
	word_t *w = mem_alloc((x->kids + 1) * sizeof *w);
	bool ok = true;
	for (uint32_t i = 0; i < x->kids && ok; i++)
		ok = eval(r, x->kid[i], &w[i]);
	if (ok && x->kind == X_RECORD) {
		uint32_t first = data_store_put(&r->c->store, w, x->kids);
		ok = first != UINT32_MAX || fail(r, CF008, x, "the program's values take more room than there is");
		*out = word_pair(first, x->span.at);
	} else if (ok) {
		ok = put_list(r, x, w, x->kids, out);
	}
	mem_free(w);
	return ok;
}

static bool comprehension(struct run *r, const struct expr *x, word_t *out)
{
	word_t list, cond, *w;
	size_t n = 0;
	bool ok = true;
	if (!eval(r, x->kid[0], &list))
		return false;
	w = mem_alloc(((size_t)list_count(list) + 1) * sizeof *w);
	ok = work(r, x, list_count(list));
	for (uint32_t i = 0; i < list_count(list) && ok; i++) {
		r->local[x->a] = list_item(&r->c->store, list, i);
		cond = 1;
		if (x->kids > 2)
			ok = eval(r, x->kid[2], &cond);
		if (ok && cond)
			ok = eval(r, x->kid[1], &w[n++]);
	}
	ok = ok && put_list(r, x, w, n, out);
	mem_free(w);
	return ok;
}

static bool range(struct run *r, const struct expr *x, word_t *out)
{
	word_t from = 0, to;
	if (x->kids == 2 && !eval(r, x->kid[0], &from))
		return false;
	if (!eval(r, x->kid[x->kids - 1], &to))
		return false;
	int64_t a = (int64_t)from, b = (int64_t)to;
	uint64_t n = b > a ? (uint64_t)b - (uint64_t)a : 0;
	if (n > LIMIT_ROWS)
		return fail(r, CF008, x, "the range has more than 5,000,000 items");
	if (!work(r, x, n))
		return false;
	word_t *w = mem_alloc((n + 1) * sizeof *w);
	for (uint64_t i = 0; i < n; i++)
		w[i] = (word_t)(a + (int64_t)i);
	bool ok = put_list(r, x, w, n, out);
	mem_free(w);
	return ok;
}

static bool chunks(struct run *r, const struct expr *x, word_t *out)
{
	word_t list, size;
	if (!eval(r, x->kid[0], &list) || !eval(r, x->kid[1], &size))
		return false;
	if ((int64_t)size < 1)
		return fail(r, CF207, x->kid[1], "chunks have at least one item");
	uint32_t n = list_count(list), step = size > n ? (n ? n : 1) : (uint32_t)size, k = 0;
	if (!work(r, x, n / step))
		return false;
	word_t *w = mem_alloc(((size_t)n / step + 2) * sizeof *w);
	for (uint32_t i = 0; i < n; i += step)
		w[k++] = word_pair(word_hi(list) + i, n - i < step ? n - i : step);	/* the items stay where they stand */
	bool ok = put_list(r, x, w, k, out);
	mem_free(w);
	return ok;
}

/* By first appearance. Keys are compared through their canonical JSON, in one table: linear. */
static bool groups(struct run *r, const struct expr *x, word_t *out)
{
	struct compilation *c = r->c;
	word_t list;
	if (!eval(r, x->kid[0], &list))
		return false;
	type_t elem = type_of(&c->types, x->kid[0]->type)->elem, key_type = type_field_at(&c->types, elem, x->a)->type;
	uint32_t n = list_count(list), k = 0, at = 0;
	if (!work(r, x, n))
		return false;
	struct symtab *keys = symtab_new();
	uint32_t *group = mem_zalloc((size_t)n + 1, sizeof *group), *count = mem_zalloc((size_t)n + 2, sizeof *count);
	word_t *w = mem_alloc(((size_t)n + 1) * sizeof *w), *sorted = mem_alloc(((size_t)n + 1) * sizeof *sorted);
	struct buf b = BUF_INIT;

	for (uint32_t i = 0; i < n; i++) {
		buf_clear(&b);
		buf_addch(&b, ' ');	/* never the empty string: symbol 0 */
		/* a key is a scalar, so its text is short */
		word_json(&c->store, &c->types, key_type, record_field(&c->store, list_item(&c->store, list, i), x->a), &b);
		group[i] = sym_intern(keys, buf_str(&b), b.len) - 1;
		count[group[i]]++;
		k = group[i] + 1 > k ? group[i] + 1 : k;
	}
	uint32_t *start = mem_zalloc((size_t)k + 1, sizeof *start);
	for (uint32_t g = 0; g < k; g++) {
		start[g] = at;
		at += count[g];
	}
	for (uint32_t i = 0; i < n; i++)
		sorted[start[group[i]]++] = list_item(&c->store, list, i);
	uint32_t first = data_store_put(&c->store, sorted, n);
	at = 0;
	for (uint32_t g = 0; g < k; g++) {
		w[g] = word_pair(first + at, count[g]);
		at += count[g];
	}
	bool ok = first != UINT32_MAX ? put_list(r, x, w, k, out) : fail(r, CF008, x, "the program's values take more room than there is");
	mem_free(start);
	mem_free(group);
	mem_free(count);
	mem_free(w);
	mem_free(sorted);
	buf_release(&b);
	symtab_free(keys);
	return ok;
}

static bool new_string(struct run *r, const struct expr *x, struct buf *b, word_t *out)
{
	*out = string_new(&r->c->store, buf_str(b), b->len, x->span);
	return word_lo(*out) == b->len || fail(r, CF008, x, "the program's texts take more room than there is");
}

static bool text(struct run *r, const struct expr *x, word_t *out)
{
	struct buf b = BUF_INIT;
	bool ok = true;
	for (uint32_t i = 0; i < x->kids && ok; i++) {
		word_t w;
		ok = eval(r, x->kid[i], &w);
		if (ok)
			word_text(&r->c->store, &r->c->types, x->kid[i]->type, w, &b);
		if (ok && b.len > LIMIT_TOKEN)
			ok = fail(r, CF008, x, "a text of more than 1 MiB");
	}
	ok = ok && work(r, x, b.len / 8 + 1) && new_string(r, x, &b, out);
	buf_release(&b);
	return ok;
}

static bool index_or_key(struct run *r, const struct expr *x, word_t *out)
{
	word_t from, at;
	char message[200];
	if (!eval(r, x->kid[0], &from) || !eval(r, x->kid[1], &at))
		return false;
	if (x->kind == X_KEY) {
		if (map_get(&r->c->store, from, at, out))
			return true;
		snprintf(message, sizeof message, "key \"%.*s\" is not in the data", (int)(word_lo(at) < 100 ? word_lo(at) : 100),
			 string_bytes(&r->c->store, at));
		fail(r, CF208, x, message);
		if (word_hi(at))
			diag_note(r->c->diags, string_span(at), "the key stands here");
		return false;
	}
	bool is_unsigned = x->kid[1]->type == TYPE_U32 || x->kid[1]->type == TYPE_U64;
	if ((!is_unsigned && (int64_t)at < 0) || at >= list_count(from)) {
		snprintf(message, sizeof message, "index %lld is not in a list of %u item%s", (long long)at, list_count(from),
			 list_count(from) == 1 ? "" : "s");
		return fail(r, CF208, x, message);
	}
	*out = list_item(&r->c->store, from, (uint32_t)at);
	return true;
}

static bool one_kid(struct run *r, const struct expr *x, word_t *out)
{
	word_t w;
	if (!eval(r, x->kid[0], &w))
		return false;
	switch (x->kind) {
	case X_FIELD: *out = record_field(&r->c->store, w, x->a); return true;
	case X_CHOICE: {
		uint32_t i = data_store_put(&r->c->store, &w, 1);
		*out = word_pair(x->a, i);
		return i != UINT32_MAX || fail(r, CF008, x, "the program's values take more room than there is");
	}
	case X_ARM:
		if (word_hi(w) != x->a)
			return fail(r, CF207, x, "the value is another arm of its choice");
		*out = r->c->store.word[word_lo(w)];
		return true;
	case X_NOT: *out = !w; return true;
	case X_LEN: *out = list_count(w); return true;
	case X_SECONDS: *out = word_f64((double)(int64_t)w / 1e9); return true;
	case X_SOME: {
		uint32_t i = data_store_put(&r->c->store, &w, 1);
		*out = (word_t)i + 1;
		return i != UINT32_MAX || fail(r, CF008, x, "the program's values take more room than there is");
	}
	case X_ELSE:
		if (!optional_here(w))
			return eval(r, x->kid[1], out);
		*out = optional_value(&r->c->store, w);
		return true;
	default: return number_op(r, x, OP_SUB, word_f64(0), w, out);	/* X_NEG: 0 has one word in all types */
	}
}

static bool eval(struct run *r, const struct expr *x, word_t *out)
{
	switch (x->kind) {
	case X_ERROR: case X_VALUE: case X_ARG: return false;
	case X_WORD: *out = x->word; return true;
	case X_ROW: *out = r->ev->row_of(r->ev->ctx, x->a, x->b); return true;
	case X_LOCAL: *out = r->local[x->a]; return true;
	case X_ABSENT: *out = 0; return true;
	case X_INDEX: case X_KEY: return index_or_key(r, x, out);
	case X_LIST: case X_RECORD: return items(r, x, out);
	case X_FOR: return comprehension(r, x, out);
	case X_BINARY: return binary(r, x, out);
	case X_TEXT: return text(r, x, out);
	case X_RANGE: return range(r, x, out);
	case X_CHUNKS: return chunks(r, x, out);
	case X_GROUPS: return groups(r, x, out);
	default: return one_kid(r, x, out);
	}
}

bool expr_eval(struct eval *ev, const struct expr *x, word_t *out)
{
	if (x->kind == X_WORD) {	/* the common case, without the locals */
		*out = x->word;
		return true;
	}
	if (x->row && !ev->row_of)
		return false;	/* a parameter of what nothing runs: it has a type and no value */
	if (x->kind == X_ROW) {
		*out = ev->row_of(ev->ctx, x->a, x->b);
		return true;
	}
	struct run r;
	r.ev = ev;
	r.c = ev->c;
	return eval(&r, x, out);
}
