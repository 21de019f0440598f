/*
 * `walk`: a hierarchy with data going down and results coming up, as in an attribute grammar. The levels of a tree are known, so
 * it becomes eaches within eaches: at a level the rule's value is computed from what came down and from the list of what the
 * level below gave.
 */
#include "compiler/elaborate.h"

#include "base/mem.h"
#include "base/suggest.h"

struct walk {
	const struct node *n;
	const struct tree *tree;
	uint32_t top;				/* level at which it begins */
	sym_t *down;				/* names of what goes down */
	uint32_t downs;
	const struct node **pass;		/* rule of each, NULL: it goes on as it came */
	const struct node **rule;		/* of each level: its ON */
	struct scope *around;			/* the names that rules see besides their own */
};

static bool names(const struct node *n, sym_t name)
{
	if (!n)
		return false;
	if (n->kind == N_NAME && n->sym == name)
		return true;
	for (uint32_t i = 0; i < n->nkids; i++)
		if (names(n->kids[i], name))
			return true;
	return false;
}

/* ---- the rules ---- */

static bool find_tree(struct compilation *c, type_t type, struct walk *w)
{
	const struct program *p = &c->program;
	for (size_t t = 0; t < p->trees; t++)
		for (uint32_t l = 0; l < p->tree[t].levels; l++)
			if (p->tree[t].level[l].node == type) {
				w->tree = &p->tree[t];
				w->top = l;
				return true;
			}
	return false;
}

static uint32_t level_named(const struct tree *t, sym_t name)
{
	for (uint32_t l = 0; l < t->levels; l++)
		if (t->level[l].name == name)
			return l;
	return UINT32_MAX;
}

static bool read_on(struct compilation *c, struct walk *w, const struct node *on)
{
	const struct node *levels = kid(on, 0);
	bool ok = true, applies = false;
	for (uint32_t i = 0; i < list_len(levels); i++) {
		const struct node *name = list_at(levels, i);
		uint32_t l = level_named(w->tree, name->sym);
		if (l == UINT32_MAX) {
			struct suggest s;
			suggest_init(&s, name_of(c, name->sym));
			for (uint32_t k = 0; k < w->tree->levels; k++)
				suggest_offer(&s, name_of(c, w->tree->level[k].name));
			diag_report(c->diags, CF621, name->span, "tree `%s` has no level `%s`", name_of(c, w->tree->name), name_of(c, name->sym));
			diag_note(c->diags, w->tree->span, "it is declared here");
			if (s.best)
				diag_help(c->diags, "did you mean `%s`?", s.best);
			ok = false;
		} else if (w->rule[l]) {
			diag_report(c->diags, CF621, name->span, "level `%s` has a rule already", name_of(c, name->sym));
			diag_note(c->diags, w->rule[l]->span, "the first stands here");
			ok = false;
		} else {
			w->rule[l] = on;
			applies |= l >= w->top;
		}
	}
	if (ok && !applies) {
		diag_report(c->diags, CF621, on->span, "this rule never applies: the walk begins at level `%s`", name_of(c, w->tree->level[w->top].name));
		ok = false;
	}
	return ok;
}

static bool read_pass(struct compilation *c, struct walk *w, const struct node *pass)
{
	struct span at = pass->name_span.at ? pass->name_span : pass->span;
	for (uint32_t k = 0; k < w->downs; k++) {
		if (w->down[k] != pass->sym)
			continue;
		if (w->pass[k]) {
			diag_report(c->diags, CF621, at, "`pass %s` stands twice", name_of(c, pass->sym));
			diag_note(c->diags, w->pass[k]->span, "the first stands here");
			return false;
		}
		w->pass[k] = pass;
		if (names(kid(pass, 0), c->words.children)) {
			diag_report(c->diags, CF622, pass->span, "`pass %s` needs `children`, the results of the nodes below, and these need what is passed", name_of(c, pass->sym));
			diag_help(c->diags, "what goes down can depend on the node (`%s`), on what came down, and on `child`", name_of(c, w->n->sym));
			return false;
		}
		if (w->top + 1 == w->tree->levels) {
			diag_report(c->diags, CF621, at, "this `pass` never applies: there is no level below `%s`", name_of(c, w->tree->level[w->top].name));
			return false;
		}
		return true;
	}
	diag_report(c->diags, CF621, at, "nothing named `%s` goes down", name_of(c, pass->sym));
	diag_help(c->diags, "say what the root gets: `down %s = …`", name_of(c, pass->sym));
	return false;
}

static bool read_rules(struct scope *s, struct walk *w)
{
	struct compilation *c = s->e->c;
	const struct node *rules = kid(w->n, 2), *down = kid(w->n, 1);
	bool ok = true;
	w->downs = list_len(down);
	w->down = arena_zalloc(&c->arena, w->downs + 1, sizeof *w->down);
	w->pass = arena_zalloc(&c->arena, w->downs + 1, sizeof *w->pass);
	w->rule = arena_zalloc(&c->arena, w->tree->levels + 1, sizeof *w->rule);
	for (uint32_t k = 0; k < w->downs; k++)
		w->down[k] = list_at(down, k)->sym;
	for (uint32_t i = 0; i < list_len(rules); i++) {
		const struct node *r = list_at(rules, i);
		ok &= r->kind == N_PASS ? read_pass(c, w, r) : read_on(c, w, r);
	}
	for (uint32_t l = w->top; ok && l < w->tree->levels; l++) {
		if (w->rule[l])
			continue;
		diag_report(c->diags, CF621, w->n->span, "level `%s` of tree `%s` has no rule", name_of(c, w->tree->level[l].name), name_of(c, w->tree->name));
		diag_help(c->diags, "say what is done there: `on %s => …`", name_of(c, w->tree->level[l].name));
		ok = false;
	}
	return ok;
}

/* ---- the levels ---- */

static struct expr *as_expr(struct compilation *c, const struct res *r)
{
	return r->x ? r->x : expr_of_value(c, r->value, r->type, r->span);
}

static struct expr *field_of(struct compilation *c, struct expr *of, uint32_t field, struct span at)
{
	struct expr *x = expr_new(c, X_FIELD, type_field_at(&c->types, of->type, field)->type, at);
	x->kid = arena_alloc(&c->arena, sizeof *x->kid);
	x->kid[0] = of;
	x->kids = 1;
	x->a = field;
	x->row = of->row;
	x->run = of->run;
	return x;
}

/* The node of a level as the level's record: without its children. */
static struct res record_of(struct scope *s, const struct walk *w, uint32_t level, const struct res *node, sym_t name)
{
	struct compilation *c = s->e->c;
	const struct tree_level *l = &w->tree->level[level];
	struct expr *of = as_expr(c, node), *x;
	if (l->record == l->node || of->kind == X_ERROR)
		return *node;
	x = expr_new(c, X_RECORD, l->record, w->n->span);
	x->kids = type_of(&c->types, l->record)->count;
	x->kid = arena_alloc(&c->arena, (x->kids + 1) * sizeof *x->kid);
	x->row = of->row;
	x->run = of->run;
	for (uint32_t i = 0; i < x->kids; i++)
		x->kid[i] = field_of(c, of, i, w->n->span);
	return res_expr(s, x, name, w->n->span);
}

static struct scope within(struct scope *s, struct scope *up)
{
	return (struct scope){ .e = s->e, .up = up, .names = s, .block = s->block, .prefix = s->prefix, .after = s->after, .afters = s->afters, .bodies = s->bodies };
}

static bool is_bad(const struct res *r)
{
	return (r->x && r->x->kind == X_ERROR) || (!r->x && r->type == TYPE_ERROR);
}

static void walk_level(struct scope *s, struct walk *w, uint32_t level, struct res node, const struct res *came, struct results *out);

/* What each child gets: `pass` evaluated where u and what came down are the parent's. */
static bool pass_down(struct scope *at, struct walk *w, const struct res *came, bool for_each_child, struct res *goes)
{
	struct compilation *c = at->e->c;
	bool ok = true;
	for (uint32_t k = 0; k < w->downs; k++) {
		const struct node *value = w->pass[k] ? kid(w->pass[k], 0) : NULL;
		if (!value) {
			goes[k] = came[k];
			continue;
		}
		if (names(value, c->words.child) != for_each_child)
			continue;
		goes[k] = elab_fit(at, elab_value(at, value, came[k].type, w->down[k]), came[k].type, arena_printf(&c->arena, "what `pass %s` gives", name_of(c, w->down[k])));
		ok &= !is_bad(&goes[k]);
	}
	return ok;
}

/* The list of the results of the nodes below. */
static void walk_children(struct scope *s, struct scope *own, struct walk *w, uint32_t level, const struct res *node, const struct res *came, struct results *out)
{
	struct compilation *c = s->e->c;
	const struct tree_level *l = &w->tree->level[level];
	struct each_list list = { .name = c->words.child, .at = w->n->span };
	struct each_open each = { .region = { .given = PLAN_NONE, .until = PLAN_NONE } };
	struct res *goes = arena_zalloc(&c->arena, w->downs + 1, sizeof *goes);
	struct scope body;
	struct results values;
	uint32_t children = type_of(&c->types, l->node)->count - 1;
	sym_t name = scope_step_name(s, w->tree->level[level + 1].name);
	bool ok = pass_down(own, w, came, false, goes), own_child = false;

	list.from = res_expr(s, field_of(c, as_expr(c, node), children, w->n->span), c->words.children, w->n->span);
	for (uint32_t k = 0; k < w->downs; k++)
		own_child |= w->pass[k] && names(kid(w->pass[k], 0), c->words.child);
	ok &= elab_each_open(s, w->n, &list, 1, &each, &body);
	results_init(&values);
	if (ok && !s->e->full) {
		struct res child = scope_find(&body, c->words.child, NULL)->res;
		struct scope at = within(&body, own);
		if (own_child) {
			struct res record = record_of(&body, w, level + 1, &child, c->words.child);
			scope_bind_value(&at, c->words.child, w->n->span, record);
			ok = pass_down(&at, w, came, true, goes);
		}
		if (ok)
			walk_level(&body, w, level + 1, child, goes, &values);
		scope_release(&at);
	}
	values.bad |= !ok;
	elab_region_done(s, each.at, NODE_EACH, name, w->n, each.arg, each.args, &body, &values, out);
	scope_release(&body);
}

/* The rule's value at one node, elaborated into the block of s. */
static void walk_level(struct scope *s, struct walk *w, uint32_t level, struct res node, const struct res *came, struct results *out)
{
	struct compilation *c = s->e->c;
	const struct node *rule = w->rule[level], *value = kid(rule, 1);
	struct scope own = within(s, w->around);
	bool leaf = level + 1 == w->tree->levels, uses_node = names(value, w->n->sym), ok = true;

	for (uint32_t k = 0; k < w->downs; k++)
		uses_node |= w->pass[k] && !leaf && names(kid(w->pass[k], 0), w->n->sym);
	if (uses_node) {
		struct res record = record_of(s, w, level, &node, w->n->sym);
		scope_bind_value(&own, w->n->sym, w->n->name_span.at ? w->n->name_span : w->n->span, record);
		ok = !is_bad(&record);
	}
	for (uint32_t k = 0; k < w->downs; k++)
		scope_bind_value(&own, w->down[k], list_at(kid(w->n, 1), k)->span, came[k]);
	if (!leaf) {
		struct results below;
		results_init(&below);
		walk_children(s, &own, w, level, &node, came, &below);
		ok &= !below.bad;
		if (below.count == 1)
			scope_bind_value(&own, c->words.children, w->n->span, below.at[0]);
		else if (!below.bad)
			diag_report(c->diags, CF203, w->rule[level + 1]->span, "a rule gives one value, this gives %u", below.count);
		ok &= below.count == 1;
	}
	if (ok && !s->e->full && value->kind == N_BLOCK) {
		elab_block(&own, value, out);
		out->bad |= !elab_ends(c, w->n, value, out);
	} else if (ok && !s->e->full) {
		elab_results(&own, value, TYPE_ERROR, value->kind == N_CALL ? value->sym : w->tree->level[level].name, out);
	}
	out->bad |= !ok;
	scope_release(&own);
}

void elab_walk(struct scope *s, const struct node *n, sym_t base, struct results *out)
{
	struct compilation *c = s->e->c;
	struct walk w = { .n = n, .around = s };
	struct res root = elab_value(s, kid(n, 0), TYPE_ERROR, nested_base(s->e, base, kid(n, 0)));
	bool ok = true;

	out->bad = true;
	if (is_bad(&root))
		return;
	if (!find_tree(c, root.type, &w)) {
		diag_report(c->diags, CF201, kid(n, 0)->span, "`walk` needs a tree, found %s", type_text(&c->types, root.type));
		diag_help(c->diags, "declare the hierarchy: `tree Org = company: Company > store: Store`");
		return;
	}
	if (!read_rules(s, &w))
		return;
	struct res *came = arena_zalloc(&c->arena, w.downs + 1, sizeof *came);
	for (uint32_t k = 0; k < w.downs; k++) {
		const struct node *value = kid(list_at(kid(n, 1), k), 0);
		came[k] = elab_value(s, value, TYPE_ERROR, w.down[k]);
		if (type_of(&c->types, came[k].type)->kind == TYPE_SIZED)
			came[k] = elab_fit(s, came[k], TYPE_STRING, "what goes down");
		ok &= !is_bad(&came[k]);
	}
	if (!ok)
		return;
	/* a prefix of its own: the steps of the root stand beside those of the flow */
	struct scope top = within(s, s);
	top.names = NULL;
	top.prefix = join_names(s->e, name_of(c, scope_step_name(s, base)), "/", "");
	out->bad = false;
	walk_level(&top, &w, w.top, root, came, out);
	scope_release(&top);
	if (out->bad || out->count == 1)
		return;
	diag_report(c->diags, CF203, w.rule[w.top]->span, "a rule gives one value, this gives %u", out->count);
	out->bad = true;
}
