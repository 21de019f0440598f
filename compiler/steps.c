/* `steps`: a region whose rows are data and wait for each other. The rows themselves are made by rows.c. */
#include "compiler/elaborate.h"
#include "compiler/rows.h"

#include "base/mem.h"

/* The type of a block's k-th value from its syntax alone: needed for `parents`, whose type is the block's own. */
static type_t syntax_type(struct compilation *c, const struct node *block, const struct node *n, uint32_t k, unsigned depth)
{
	const struct decl *d;
	type_t t;
	if (depth > 32)
		return TYPE_ERROR;
	switch (n->kind) {
	case N_AFTER: return syntax_type(c, block, kid(n, 0), k, depth + 1);
	case N_EACH: case N_STEPS:
		t = block_value_type(c, kid(n, n->kind == N_EACH ? 3 : 6), k);
		return type_list(&c->types, n->flags & NODE_PARTIAL ? type_optional(&c->types, t) : t);
	case N_CALL:
		d = program_callable(&c->program, n->sym);
		if (!d)
			return TYPE_ERROR;
		const struct signature *sig = d->kind == DECL_FLOW ? &c->program.flow[d->index].sig : &c->program.func[d->index].sig;
		return k < sig->results ? sig->result[k].type : TYPE_ERROR;
	case N_NAME:
		for (uint32_t i = 0; block && i < list_len(kid(block, 0)); i++) {
			const struct node *b = list_at(kid(block, 0), i);
			if (b->kind != N_BIND)
				continue;
			for (uint32_t t2 = 0; t2 < list_len(kid(b, 0)); t2++)
				if (list_at(kid(b, 0), t2)->sym == n->sym)
					return syntax_type(c, block, kid(b, 1), t2, depth + 1);
		}
		return TYPE_ERROR;
	default:
		return TYPE_ERROR;
	}
}

type_t value_syntax_type(struct compilation *c, const struct node *value, uint32_t k)
{
	return syntax_type(c, NULL, value, k, 0);
}

type_t block_value_type(struct compilation *c, const struct node *block, uint32_t k)
{
	const struct node *items = kid(block, 0);
	if (!list_len(items))
		return TYPE_ERROR;
	const struct node *last = list_at(items, list_len(items) - 1);
	if (last->kind == N_EXPR_STMT)
		return syntax_type(c, block, kid(last, 0), k, 0);
	if (last->kind != N_VALUE && last->kind != N_RETURN)
		return TYPE_ERROR;
	if (list_len(kid(last, 0)) == 1)
		return syntax_type(c, block, list_at(kid(last, 0), 0), k, 0);
	return k < list_len(kid(last, 0)) ? syntax_type(c, block, list_at(kid(last, 0), k), 0, 0) : TYPE_ERROR;
}

/* One of the row's expressions: a scalar, or a list of scalars or of strings. */
static struct expr *row_expr(struct scope *body, const struct node *n, const char *what, bool list, bool names)
{
	struct compilation *c = body->e->c;
	struct expr_scope xs = scope_exprs(body);
	if (!n)
		return NULL;
	struct expr *x = expr_check(c, &xs, n, list ? type_list(&c->types, TYPE_STRING) : TYPE_STRING);
	const struct type *ty = type_of(&c->types, x->type);
	type_t elem = list ? (ty->kind == TYPE_LIST ? ty->elem : TYPE_ERROR) : x->type;
	if (x->kind == X_ERROR)
		return x;
	if (names ? elem == TYPE_STRING : elem == TYPE_STRING || type_is_integer(elem) || type_of(&c->types, elem)->kind == TYPE_ENUM)
		return x;
	diag_report(c->diags, CF201, x->span, "%s: expected %s, found %s", what,
		    names ? "[string]" : list ? "a list of ids (strings or integers)" : "an id (a string or an integer)", type_text(&c->types, x->type));
	return expr_error(c, x->span);
}

static bool checked(const struct expr *x) { return !x || x->kind != X_ERROR; }

/* `parents`, `inputs` and `outputs`: names within the block. */
static void bind_row_names(struct scope *body, uint32_t region, const struct node *n, const struct steps_says *says)
{
	struct compilation *c = body->e->c;
	if (says->after) {
		type_t t = block_value_type(c, kid(n, 6), 0);
		struct res r = t ? res_value(body, (struct graph_value){ VALUE_PARENTS, type_list(&c->types, t), region, 0, kid(n, 2)->span })
				 : (struct res){ .type = TYPE_VOID, .span = kid(n, 2)->span };
		scope_bind_value(body, c->words.parents, kid(n, 2)->span, r);
	}
	if (!says->from)
		return;
	scope_bind_value(body, c->words.inputs, kid(n, 3)->span,
			 res_value(body, (struct graph_value){ VALUE_INPUTS, type_list(&c->types, TYPE_FILE), region, 0, kid(n, 3)->span }));
	struct expr *outputs = expr_new(c, X_ROW, type_list(&c->types, TYPE_STRING), kid(n, 5)->span);
	outputs->a = region;
	outputs->b = UINT32_MAX;	/* the row's `to` */
	outputs->row = true;
	scope_bind_value(body, c->words.outputs, kid(n, 5)->span, (struct res){ .x = outputs, .type = outputs->type, .span = outputs->span });
}

/* The files that no row makes: from `in given`, else from share "inputs". */
static uint32_t given_files(struct scope *s, const struct node *n, bool unmade, bool *ok)
{
	struct compilation *c = s->e->c;
	type_t files = type_list(&c->types, TYPE_FILE);
	if (kid(n, 4)) {
		uint32_t v = elab_to_value(s, elab_value(s, kid(n, 4), files, c->words.inputs), files, "the files after `in`");
		*ok &= v != PLAN_NONE;
		return v;
	}
	if (!unmade)
		return PLAN_NONE;
	return graph_value(s->e->g, (struct graph_value){ VALUE_SOURCE, files, GRAPH_IMPLIED, 0, kid(n, 3)->span });
}

static bool makes_files(struct compilation *c, const struct node *n, const struct results *values)
{
	type_t files = type_list(&c->types, TYPE_FILE);
	if (values->bad || (values->count && values->at[0].type == files))
		return true;
	diag_report(c->diags, CF201, n->span, "a block of `steps … from … to …` gives [file] first (the files named by `to`), this gives %s",
		    values->count ? type_text(&c->types, values->at[0].type) : "nothing");
	return false;
}

void elab_steps(struct scope *s, const struct node *n, sym_t base, struct results *out)
{
	struct compilation *c = s->e->c;
	struct graph *g = s->e->g;
	const struct node *item = kid(n, 0);
	struct span at = item->name_span.at ? item->name_span : item->span;
	sym_t name = scope_step_name(s, base);
	struct res rows = elab_value(s, kid(item, 0), TYPE_ERROR, base);
	bool unmade = false, ok = true;

	out->bad = true;
	if ((rows.x && rows.x->kind == X_ERROR) || rows.type == TYPE_ERROR)
		return;
	if (!rows.x || type_of(&c->types, rows.type)->kind != TYPE_LIST) {
		diag_report(c->diags, rows.x ? CF201 : CF205, kid(item, 0)->span, "`steps` needs a list that is known before the run, found %s%s",
			    type_text(&c->types, rows.type), rows.x ? "" : " from a step");
		if (!rows.x)
			diag_help(c->diags, "for a list that a step makes, write `each`");
		return;
	}
	type_t elem = type_of(&c->types, rows.type)->elem;
	struct graph_region r = { .given = PLAN_NONE, .until = PLAN_NONE, .lists = 1 };
	r.body = graph_block(g, (struct graph_block){ .node = UINT32_MAX - 1, .region = (uint32_t)g->regions, .up = s->block });
	r.list_word = mem_zalloc(1, sizeof *r.list_word);
	r.list_type = mem_zalloc(1, sizeof *r.list_type);
	r.list_type[0] = elem;
	uint32_t region = graph_region(g, r);
	struct expr *row = expr_new(c, X_ROW, elem, at);
	row->a = region;
	row->row = true;
	struct scope body;
	ok = elab_body(s, n, &body);
	body.block = r.body;
	scope_bind_value(&body, item->sym, at, (struct res){ .x = row, .type = elem, .span = at });
	struct steps_says says = { n, rows.x, row_expr(&body, kid(n, 1), "after `by`", false, false), row_expr(&body, kid(n, 2), "after `after`", true, false),
				   row_expr(&body, kid(n, 3), "after `from`", true, true), row_expr(&body, kid(n, 5), "after `to`", true, true) };
	ok = ok && checked(says.id) && checked(says.after) && checked(says.from) && checked(says.to);
	if (ok && !s->e->detached)
		ok = rows_make(s, region, &says, &unmade);
	else
		g->region[region].row_start = mem_zalloc((size_t)g->block[s->block].rows + 1, sizeof(uint32_t));
	if (says.from) {
		uint32_t given = given_files(s, n, unmade, &ok);
		g->region[region].given = given;
	}
	bind_row_names(&body, region, n, &says);
	struct results values;
	results_init(&values);
	if (!s->e->full)
		elab_block(&body, kid(n, 6), &values);
	if (says.to)
		ok &= makes_files(c, n, &values);
	values.bad |= !ok;
	elab_region_done(s, region, NODE_STEPS, name, n, NULL, 0, &body, &values, out);
	scope_release(&body);
}
