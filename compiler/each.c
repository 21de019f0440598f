/* `each`: a region over lists, known before the run (rows) or at run time (the engine counts). */
#include "compiler/elaborate.h"

#include <stdio.h>

#include "base/limits.h"
#include "base/mem.h"

bool elab_body(struct scope *s, const struct node *n, struct scope *body)
{
	*body = (struct scope){ .e = s->e, .up = s, .bodies = s->bodies + 1 };
	if (body->bodies <= LIMIT_BODIES)
		return true;
	diag_report(s->e->c->diags, CF008, n->span, "`each` and `steps` stand within each other more than %d deep", LIMIT_BODIES);
	s->e->full = true;
	return false;
}

static bool check_value(struct compilation *c, const struct node *n, const struct results *values)
{
	const struct node *block = kid(n, n->nkids - 1), *items = kid(block, 0);
	uint32_t len = list_len(items);
	enum node_kind last = len ? list_at(items, len - 1)->kind : N_LIST;
	if (values->bad || last == N_RETURN || last == N_VALUE || last == N_EXPR_STMT)
		return true;
	diag_report(c->diags, CF613, len ? list_at(items, len - 1)->span : block->span, "the block of this `%s` ends without a value", node_kind_name(n->kind));
	diag_help(c->diags, len ? "end it in a call, or in the names of what it gives: `{ a = f(x)  b = g(a)  a, b }`" : "write what is done with each item");
	return false;
}

void elab_region_done(struct scope *s, uint32_t region, enum plan_node_kind kind, sym_t name, const struct node *n,
		      const uint32_t *args, uint32_t n_args, struct scope *body, struct results *values, struct results *out)
{
	struct compilation *c = s->e->c;
	struct graph *g = s->e->g;
	uint32_t result[RES_MAX];

	values->bad |= !check_value(c, n, values);
	out->bad = values->bad;
	out->count = values->count;
	for (uint32_t i = 0; i < values->count; i++) {
		out->at[i] = res_error(c, n->span);
		if (values->bad)
			continue;
		result[i] = elab_to_value(body, values->at[i], TYPE_ERROR, "the value of the block");
		out->bad |= result[i] == PLAN_NONE;
	}
	struct graph_node node = { .kind = (uint8_t)kind, .name = name, .block = s->block, .of = region, .args = n_args, .afters = s->afters, .span = n->span };
	node.first_arg = graph_items(g, args, n_args);
	node.first_after = graph_items(g, s->after, s->afters);
	uint32_t at = graph_node(g, node);
	struct graph_region *r = &g->region[region];
	r->node = g->block[r->body].node = at;
	if (out->bad)
		return;
	r->results = values->count;
	r->first_result = graph_items(g, result, values->count);
	for (uint32_t i = 0; i < values->count; i++) {
		type_t item = g->value[result[i]].type;
		if (g->region[region].partial)
			item = type_optional(&c->types, item);
		out->at[i] = res_value(s, (struct graph_value){ VALUE_PORT, type_list(&c->types, item), at, i, n->span });
	}
}

/* The rows of a region over compile-time lists: for each row around it, the items of the lists in lockstep. */
static bool rows_of(struct scope *s, struct graph_region *r, struct expr **list, const struct node *n)
{
	struct compilation *c = s->e->c;
	struct graph *g = s->e->g;
	uint32_t outer = g->block[s->block].rows;
	size_t rows = 0, up_cap = 0;
	size_t *cap = mem_zalloc(r->lists + 1, sizeof *cap);
	uint32_t *up = NULL;
	bool ok = true;

	r->row_start = mem_zalloc((size_t)outer + 1, sizeof *r->row_start);
	for (uint32_t o = 0; o < outer && ok; o++) {
		uint32_t count = 0;
		r->row_start[o] = (uint32_t)rows;
		for (uint32_t k = 0; k < r->lists && ok; k++) {
			word_t w = 0;
			ok = graph_eval(c, g, s->block, o, list[k], &w);
			if (!ok)
				break;
			if (k && list_count(w) != count) {
				diag_report(c->diags, CF208, n->span, "lockstep needs lists of one length, found %u and %u items", count, list_count(w));
				ok = false;
				break;
			}
			count = list_count(w);
			if (rows + count > LIMIT_ROWS) {
				diag_report(c->diags, CF008, n->span, "more than %d rows", LIMIT_ROWS);
				ok = false;
				break;
			}
			r->list_word[k] = mem_grow(r->list_word[k], &cap[k], rows + count + 1, sizeof *r->list_word[k]);
			for (uint32_t i = 0; i < count; i++)
				r->list_word[k][rows + i] = list_item(&c->store, w, i);
		}
		up = mem_grow(up, &up_cap, rows + count + 1, sizeof *up);
		for (uint32_t i = 0; i < count; i++)
			up[rows + i] = o;
		rows += count;
	}
	r->row_start[outer] = (uint32_t)rows;
	g->block[r->body].rows = (uint32_t)rows;
	g->block[r->body].up_row = up;
	mem_free(cap);
	return ok;
}

static uint32_t limit_of(struct scope *s, const struct node *n)
{
	struct compilation *c = s->e->c;
	struct expr_scope xs = scope_exprs(s);
	struct eval ev = { .c = c };
	word_t w = 0;
	if (!n)
		return 0;
	struct expr *x = expr_fit(c, expr_check(c, &xs, n, TYPE_I64), TYPE_I64, "the limit");
	if (x->kind == X_ERROR || (x->row && s->e->detached))
		return 0;
	if (x->row) {
		diag_report(c->diags, CF205, n->span, "the limit of an `each` is one number, known before the run");
		return 0;
	}
	if (!expr_eval(&ev, x, &w))
		return 0;
	if ((int64_t)w >= 1 && (int64_t)w <= LIMIT_ROWS)
		return (uint32_t)w;
	diag_report(c->diags, CF213, n->span, "a limit is from 1 to %d, found %lld", LIMIT_ROWS, (long long)w);
	return 0;
}


void elab_each(struct scope *s, const struct node *n, sym_t base, struct results *out)
{
	struct compilation *c = s->e->c;
	struct graph *g = s->e->g;
	const struct node *items = kid(n, 0);
	uint32_t lists = list_len(items);
	struct res *src = arena_zalloc(&c->arena, lists + 1, sizeof *src);
	struct expr **list = arena_zalloc(&c->arena, lists + 1, sizeof *list);
	uint32_t *arg = arena_zalloc(&c->arena, lists + 1, sizeof *arg);
	struct graph_region r = { .partial = n->flags & NODE_PARTIAL, .given = PLAN_NONE, .until = PLAN_NONE };
	bool ok = true;

	sym_t name = scope_step_name(s, base);
	if (kid(n, 2)) {
		refuse(c, n, "`rotate`");
		ok = false;
	}
	for (uint32_t i = 0; i < lists; i++) {
		const struct node *item = list_at(items, i);
		src[i] = elab_value(s, kid(item, 0), TYPE_ERROR, nested_base(s->e, base, kid(item, 0)));
		if ((src[i].x && src[i].x->kind == X_ERROR) || src[i].type == TYPE_ERROR) {
			ok = false;
		} else if (type_of(&c->types, src[i].type)->kind != TYPE_LIST) {
			diag_report(c->diags, CF201, kid(item, 0)->span, "`each … in` needs a list, found %s", type_text(&c->types, src[i].type));
			ok = false;
		}
		r.run_time |= !src[i].x;
	}
	r.limit = limit_of(s, kid(n, 1));
	if (!ok) {
		out->bad = true;
		return;
	}
	r.body = graph_block(g, (struct graph_block){ .node = UINT32_MAX - 1, .region = (uint32_t)g->regions, .up = s->block, .rows = g->block[s->block].rows });
	uint32_t region = graph_region(g, r);
	if (r.run_time) {
		for (uint32_t i = 0; i < lists; i++) {
			arg[i] = elab_to_value(s, src[i], TYPE_ERROR, "the list");
			ok &= arg[i] != PLAN_NONE;
		}
	} else {
		struct graph_region *at = &g->region[region];
		at->lists = lists;
		at->list_word = mem_zalloc(lists + 1, sizeof *at->list_word);
		at->list_type = mem_zalloc(lists + 1, sizeof *at->list_type);
		for (uint32_t i = 0; i < lists; i++) {
			list[i] = src[i].x;
			at->list_type[i] = type_of(&c->types, src[i].type)->elem;
		}
		ok = rows_of(s, at, list, n);
	}
	struct scope body;
	ok &= elab_body(s, n, &body);
	body.block = g->region[region].body;
	for (uint32_t i = 0; i < lists; i++) {
		const struct node *item = list_at(items, i);
		struct span at = item->name_span.at ? item->name_span : item->span;
		type_t elem = type_of(&c->types, src[i].type)->elem;
		struct res v;
		if (r.run_time) {
			v = res_value(s, (struct graph_value){ VALUE_ITEM, elem, region, i, at });
		} else {
			struct expr *x = expr_new(c, X_ROW, elem, at);
			x->a = region;
			x->b = i;
			x->row = true;
			v = (struct res){ .x = x, .type = elem, .span = at };
		}
		scope_bind_value(&body, item->sym, at, v);
	}
	struct results values;
	results_init(&values);
	if (!s->e->full)
		elab_block(&body, kid(n, 3), &values);
	values.bad |= !ok;
	elab_region_done(s, region, NODE_EACH, name, n, arg, r.run_time ? lists : 0, &body, &values, out);
	scope_release(&body);
}
