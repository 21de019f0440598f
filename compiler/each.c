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

bool elab_ends(struct compilation *c, const struct node *n, const struct node *block, const struct results *values)
{
	const struct node *items = kid(block, 0);
	uint32_t len = list_len(items);
	if (values->bad || values->end)
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

uint32_t elab_count(struct scope *s, const struct node *n, const char *what, uint32_t most)
{
	struct compilation *c = s->e->c;
	struct expr_scope xs = scope_exprs(s);
	struct eval ev = { .c = c };
	word_t w = 0;
	if (!n)
		return 0;
	struct expr *x = expr_fit(c, expr_check(c, &xs, n, TYPE_I64), TYPE_I64, what);
	x = expr_known(c, x, what);
	if (x->kind == X_ERROR || (x->row && s->e->detached))
		return 0;
	if (x->row) {
		diag_report(c->diags, CF205, n->span, "%s is one number: it cannot differ from row to row", what);
		return 0;
	}
	if (!expr_eval(&ev, x, &w))
		return 0;
	if ((int64_t)w >= 1 && (int64_t)w <= most)
		return (uint32_t)w;
	diag_report(c->diags, CF213, n->span, "%s is from 1 to %u, found %lld", what, most, (long long)w);
	return 0;
}

/* The items of the lists become the body's variables. */
static void bind_items(struct scope *s, uint32_t region, const struct each_list *list, uint32_t lists, struct scope *body)
{
	struct compilation *c = s->e->c;
	bool run_time = s->e->g->region[region].run_time;
	for (uint32_t i = 0; i < lists; i++) {
		type_t elem = type_of(&c->types, list[i].from.type)->elem;
		struct res v;
		if (run_time) {
			v = res_value(s, (struct graph_value){ VALUE_ITEM, elem, region, i, list[i].at });
		} else {
			struct expr *x = expr_new(c, X_ROW, elem, list[i].at);
			x->a = region;
			x->b = i;
			x->row = true;
			v = (struct res){ .x = x, .type = elem, .span = list[i].at };
		}
		scope_bind_value(body, list[i].name, list[i].at, v);
	}
}

bool elab_each_open(struct scope *s, const struct node *n, const struct each_list *list, uint32_t lists, struct each_open *each, struct scope *body)
{
	struct compilation *c = s->e->c;
	struct graph *g = s->e->g;
	struct graph_region r = each->region;
	bool ok = true;

	each->arg = arena_zalloc(&c->arena, lists + 1, sizeof *each->arg);
	for (uint32_t i = 0; i < lists; i++)
		r.run_time |= !list[i].from.x;
	r.body = graph_block(g, (struct graph_block){ .node = UINT32_MAX - 1, .region = (uint32_t)g->regions, .up = s->block, .rows = g->block[s->block].rows });
	each->at = graph_region(g, r);
	each->args = r.run_time ? lists : 0;
	if (r.run_time) {
		for (uint32_t i = 0; i < lists; i++) {
			each->arg[i] = elab_to_value(s, list[i].from, TYPE_ERROR, "the list");
			ok &= each->arg[i] != PLAN_NONE;
		}
	} else {
		struct expr **x = arena_zalloc(&c->arena, lists + 1, sizeof *x);
		struct graph_region *at = &g->region[each->at];
		at->lists = lists;
		at->list_word = mem_zalloc(lists + 1, sizeof *at->list_word);
		at->list_type = mem_zalloc(lists + 1, sizeof *at->list_type);
		for (uint32_t i = 0; i < lists; i++) {
			x[i] = list[i].from.x;
			at->list_type[i] = type_of(&c->types, list[i].from.type)->elem;
		}
		ok = rows_of(s, at, x, n);
	}
	ok &= elab_body(s, n, body);
	body->block = g->region[each->at].body;
	bind_items(s, each->at, list, lists, body);
	return ok;
}

bool elab_is_list(struct compilation *c, const struct res *r, struct span at)
{
	if ((r->x && r->x->kind == X_ERROR) || r->type == TYPE_ERROR)
		return false;
	if (type_of(&c->types, r->type)->kind == TYPE_LIST)
		return true;
	diag_report(c->diags, CF201, at, "`each … in` needs a list, found %s", type_text(&c->types, r->type));
	return false;
}

void elab_each(struct scope *s, const struct node *n, sym_t base, struct results *out)
{
	struct compilation *c = s->e->c;
	const struct node *items = kid(n, 0);
	uint32_t lists = list_len(items);
	struct each_list *list = arena_zalloc(&c->arena, lists + 1, sizeof *list);
	struct each_open each = { .region = { .partial = n->flags & NODE_PARTIAL, .given = PLAN_NONE, .until = PLAN_NONE } };
	struct scope body;
	struct results values;
	bool ok = true;

	sym_t name = scope_step_name(s, base);
	for (uint32_t i = 0; i < lists; i++) {
		const struct node *item = list_at(items, i);
		list[i].name = item->sym;
		list[i].at = item->name_span.at ? item->name_span : item->span;
		list[i].from = elab_value(s, kid(item, 0), TYPE_ERROR, nested_base(s->e, base, kid(item, 0)));
		ok &= elab_is_list(c, &list[i].from, kid(item, 0)->span);
	}
	each.region.limit = elab_count(s, kid(n, 1), "the limit of an `each`", LIMIT_ROWS);
	each.region.rotate = elab_count(s, kid(n, 2), "the number after `rotate`", PLAN_MAX_SLOTS);
	if (!ok) {
		out->bad = true;
		return;
	}
	ok = elab_each_open(s, n, list, lists, &each, &body);
	results_init(&values);
	if (!s->e->full)
		elab_block(&body, kid(n, 3), &values);
	values.bad |= !ok || !elab_ends(c, n, kid(n, 3), &values);
	elab_region_done(s, each.at, NODE_EACH, name, n, each.arg, each.args, &body, &values, out);
	scope_release(&body);
}
