/* `cycle` and `ring`: a body that runs round after round on the values that it gave the round before. */
#include "compiler/elaborate.h"

#include "base/mem.h"

enum { ROUNDS_MOST = 1 << 24 };

struct cycle {
	const struct node *n;
	sym_t node_name;
	sym_t *name;			/* of its values */
	struct span *at;
	uint32_t vars;
	type_t *type;
	uint32_t *first;		/* graph values before the first round */
	uint32_t region;
	struct scope body;
};

static bool cycle_open(struct scope *s, struct cycle *y, struct graph_region r)
{
	struct graph *g = s->e->g;
	bool ok = elab_body(s, y->n, &y->body);
	r.run_time = true;
	r.given = PLAN_NONE;
	r.until = PLAN_NONE;
	r.body = y->body.block = graph_block(g, (struct graph_block){ .node = UINT32_MAX - 1, .region = (uint32_t)g->regions, .up = s->block, .rows = g->block[s->block].rows });
	y->region = graph_region(g, r);
	for (uint32_t k = 0; k < y->vars; k++)
		scope_bind_value(&y->body, y->name[k], y->at[k], res_value(&y->body, (struct graph_value){ VALUE_CARRY, y->type[k], y->region, k, y->at[k] }));
	return ok;
}

/* The values of a round against those that the next one takes, and `until`, which sees them. */
static bool cycle_rounds(struct scope *s, struct cycle *y, struct results *got, const struct node *until)
{
	struct elab *e = s->e;
	struct compilation *c = e->c;
	struct scope after = { .e = e, .up = s, .names = &y->body, .block = y->body.block, .prefix = y->body.prefix, .bodies = y->body.bodies };
	uint32_t *value = arena_alloc(&c->arena, (y->vars + 1) * sizeof *value);
	bool ok = !got->bad;

	if (ok && got->count != y->vars) {
		diag_report(c->diags, CF203, y->n->span, "a round gives %u value%s for %u name%s", got->count, got->count == 1 ? "" : "s", y->vars, y->vars == 1 ? "" : "s");
		diag_help(c->diags, "the block ends in the next value of each name, in order");
		ok = false;
	}
	for (uint32_t k = 0; ok && k < y->vars; k++) {
		unsigned before = diag_errors(c->diags);
		value[k] = elab_to_value(&y->body, got->at[k], y->type[k], arena_printf(&c->arena, "the next value of `%s`", name_of(c, y->name[k])));
		if (value[k] == PLAN_NONE && diag_errors(c->diags) > before)
			diag_note(c->diags, e->g->value[y->first[k]].span, "its first value stands here");
		ok &= value[k] != PLAN_NONE;
	}
	for (uint32_t k = 0; k < y->vars; k++)
		scope_bind_value(&after, y->name[k], y->at[k], ok ? res_value(&after, (struct graph_value){ e->g->value[value[k]].kind, y->type[k],
				 e->g->value[value[k]].a, e->g->value[value[k]].b, y->at[k] }) : res_error(c, y->at[k]));
	if (until) {
		uint32_t v = elab_to_value(&after, elab_value(&after, until, TYPE_BOOL, sym_cstr(c->syms, "until")), TYPE_BOOL, "the test after `until`");
		e->g->region[y->region].until = v;
		ok &= v != PLAN_NONE;
	}
	scope_release(&after);
	if (!ok)
		return false;
	e->g->region[y->region].results = y->vars;
	uint32_t first = graph_items(e->g, value, y->vars);
	e->g->region[y->region].first_result = first;
	return true;
}

static void cycle_close(struct scope *s, struct cycle *y, bool ok, struct results *out)
{
	struct graph *g = s->e->g;
	struct graph_node node = { .kind = NODE_CYCLE, .name = y->node_name, .block = s->block, .of = y->region, .args = y->vars, .afters = s->afters, .span = y->n->span };
	node.first_arg = graph_items(g, y->first, y->vars);
	node.first_after = graph_items(g, s->after, s->afters);
	uint32_t at = graph_node(g, node);
	g->region[y->region].node = g->block[g->region[y->region].body].node = at;
	scope_release(&y->body);
	out->bad = !ok;
	out->count = y->vars < RES_MAX ? y->vars : RES_MAX;
	for (uint32_t k = 0; k < out->count; k++)
		out->at[k] = ok ? res_value(s, (struct graph_value){ VALUE_PORT, y->type[k], at, k, y->n->span }) : res_error(s->e->c, y->n->span);
}

static bool first_values(struct scope *s, struct cycle *y, const struct node *from, sym_t base)
{
	struct compilation *c = s->e->c;
	bool ok = true;
	for (uint32_t k = 0; k < y->vars; k++) {
		struct res r = elab_value(s, list_at(from, k), TYPE_ERROR, nested_base(s->e, base, list_at(from, k)));
		y->first[k] = elab_to_value(s, r, TYPE_ERROR, arena_printf(&c->arena, "the first value of `%s`", name_of(c, y->name[k])));
		ok &= y->first[k] != PLAN_NONE;
		if (y->first[k] != PLAN_NONE)	/* a size is a promise for one value, not for what follows it */
			y->type[k] = type_unsized(&c->types, s->e->g->value[y->first[k]].type);
	}
	return ok;
}

static void cycle_names(struct compilation *c, struct cycle *y, uint32_t vars)
{
	y->vars = vars;
	y->name = arena_zalloc(&c->arena, vars + 1, sizeof *y->name);
	y->at = arena_zalloc(&c->arena, vars + 1, sizeof *y->at);
	y->type = arena_zalloc(&c->arena, vars + 1, sizeof *y->type);
	y->first = arena_zalloc(&c->arena, vars + 1, sizeof *y->first);
}

/* How a cycle ends; rounds = 0 after a report. */
static struct graph_region ends(struct scope *s, const struct node *n)
{
	struct compilation *c = s->e->c;
	const struct node *count = kid(n, 2), *until = kid(n, 3), *max = kid(n, 4);
	struct graph_region r = { .fails = !count };
	if (count && max) {
		diag_report(c->diags, CF620, max->span, "`for` says already how many rounds there are at most");
		diag_help(c->diags, "`for n until c` keeps the last value after n rounds; `until c max n` fails there");
	} else if (!count && !max) {
		diag_report(c->diags, CF620, n->span, until ? "nothing bounds this cycle: `until` may never be true" : "nothing ends this cycle");
		diag_help(c->diags, until ? "say how many rounds it may take: `until … max 1000`" : "say how many rounds it has: `for 10`, or `until … max 1000`");
	} else if (max && !until) {
		diag_report(c->diags, CF620, max->span, "`max` is for a cycle with `until`");
		diag_help(c->diags, "write `for` for a fixed number of rounds");
	} else {
		r.rounds = elab_count(s, count ? count : max, count ? "the number of rounds" : "the number after `max`", ROUNDS_MOST);
	}
	return r;
}

void elab_cycle(struct scope *s, const struct node *n, sym_t base, struct results *out)
{
	struct compilation *c = s->e->c;
	const struct node *vars = kid(n, 0), *from = kid(n, 1), *until = kid(n, 3), *block = kid(n, 5);
	struct cycle y = { .n = n, .node_name = scope_step_name(s, base) };
	struct graph_region r = ends(s, n);
	struct results got;
	bool ok;

	out->bad = true;
	cycle_names(c, &y, list_len(vars));
	for (uint32_t k = 0; k < y.vars; k++) {
		y.name[k] = list_at(vars, k)->sym;
		y.at[k] = list_at(vars, k)->span;
	}
	if (list_len(from) != y.vars || y.vars > RES_MAX) {
		diag_report(c->diags, CF203, n->span, "%u name%s for %u first value%s", y.vars, y.vars == 1 ? "" : "s", list_len(from), list_len(from) == 1 ? "" : "s");
		return;
	}
	ok = first_values(s, &y, from, base);
	if (!ok || (!r.rounds && !s->e->detached))
		return;
	ok = cycle_open(s, &y, r);
	results_init(&got);
	if (!s->e->full)
		elab_block(&y.body, block, &got);
	got.bad |= !elab_ends(c, n, block, &got);
	ok &= cycle_rounds(s, &y, &got, until);
	cycle_close(s, &y, ok, out);
}

/* ---- ring ---- */

/* Syntax that no text has: with one child, or none. */
static struct node *made(struct compilation *c, enum node_kind kind, sym_t sym, struct span at, struct node *child)
{
	struct node *n = arena_zalloc(&c->arena, 1, sizeof *n + sizeof *n->kids);
	n->kind = (uint8_t)kind;
	n->sym = sym;
	n->span = n->name_span = at;
	n->nkids = child ? 1 : 0;
	n->kids[0] = child;
	return n;
}

/* One turn of an item: the stages, each on what the one before gave. */
static struct res stages(struct scope *s, const struct node *n, struct res item)
{
	struct compilation *c = s->e->c;
	const struct node *list = kid(n, 1);
	for (uint32_t i = 0; i < list_len(list); i++) {
		const struct node *stage = list_at(list, i);
		struct scope at = { .e = s->e, .up = s, .names = s, .block = s->block, .prefix = s->prefix, .bodies = s->bodies };
		struct node *arg = made(c, N_NAME, n->sym, stage->span, NULL);
		struct node *call = made(c, N_CALL, stage->sym, stage->span, made(c, N_LIST, 0, stage->span, arg));
		type_t type = item.type;

		scope_bind_value(&at, n->sym, stage->span, item);
		item = elab_value(&at, call, type, stage->sym);
		scope_release(&at);
		if ((item.x && item.x->kind == X_ERROR) || (!item.x && item.type == TYPE_ERROR))
			return item;
		item = elab_fit(s, item, type, arena_printf(&c->arena, "what stage `%s` gives", name_of(c, stage->sym)));
	}
	return item;
}

/* The rounds of one item, as a cycle of its own in the body of the each. */
static void ring_item(struct scope *s, const struct node *n, uint32_t rounds, struct results *out)
{
	struct compilation *c = s->e->c;
	struct cycle y = { .n = n, .node_name = scope_step_name(s, sym_cstr(c->syms, "turn")) };
	struct results got;
	const struct node name = { .kind = N_NAME, .sym = n->sym, .span = n->span };
	struct res item = elab_value(s, &name, TYPE_ERROR, n->sym);
	bool ok;

	cycle_names(c, &y, 1);
	y.name[0] = n->sym;
	y.at[0] = n->name_span.at ? n->name_span : n->span;
	y.first[0] = elab_to_value(s, item, TYPE_ERROR, "the item of the ring");
	out->bad = true;
	if (y.first[0] == PLAN_NONE)
		return;
	y.type[0] = s->e->g->value[y.first[0]].type;
	ok = cycle_open(s, &y, (struct graph_region){ .rounds = rounds ? rounds : 1, .fails = true });
	results_init(&got);
	const struct binding *b = scope_find(&y.body, n->sym, NULL);
	got.at[0] = s->e->full ? res_error(c, n->span) : stages(&y.body, n, b->res);
	got.count = 1;
	got.bad = (got.at[0].x && got.at[0].x->kind == X_ERROR) || (!got.at[0].x && got.at[0].type == TYPE_ERROR);
	ok &= cycle_rounds(s, &y, &got, kid(n, 2));
	cycle_close(s, &y, ok, out);
}

void elab_ring(struct scope *s, const struct node *n, sym_t base, struct results *out)
{
	struct compilation *c = s->e->c;
	struct each_list list = { .name = n->sym, .at = n->name_span.at ? n->name_span : n->span };
	struct each_open each = { .region = { .partial = n->flags & NODE_PARTIAL, .given = PLAN_NONE, .until = PLAN_NONE } };
	struct scope body;
	struct results values;
	sym_t name = scope_step_name(s, base);
	uint32_t rounds = elab_count(s, kid(n, 3), "the number after `max`", ROUNDS_MOST);

	list.from = elab_value(s, kid(n, 0), TYPE_ERROR, nested_base(s->e, base, kid(n, 0)));
	out->bad = true;
	if (!elab_is_list(c, &list.from, kid(n, 0)->span) || (!rounds && !s->e->detached))
		return;
	bool ok = elab_each_open(s, n, &list, 1, &each, &body);
	results_init(&values);
	if (!s->e->full)
		ring_item(&body, n, rounds, &values);
	values.bad |= !ok;
	elab_region_done(s, each.at, NODE_EACH, name, n, each.arg, each.args, &body, &values, out);
	scope_release(&body);
}
