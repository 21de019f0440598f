/* A set's graph: its runs are elaborated into block 0, its sinks get their values. Also flows that no set uses, for their mistakes. */
#include "compiler/declare.h"
#include "compiler/declare_set.h"
#include "compiler/elaborate.h"

#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "compiler/graph_order.h"
#include "compiler/outside.h"

/* A sink that this set reads: another one writes it. */
static void add_read(struct compilation *c, uint32_t sink, struct span at)
{
	struct set *set = c->set;
	set->read = attr_one_more(c, set->read, set->reads, sizeof *set->read);
	set->read[set->reads++] = (struct set_read){ sink, at };
}

/* A source becomes a value of the graph, under its name: `plant`, or `plant[north]`, which no name of the text is. */
static void bind_source(struct scope *s, uint32_t place, struct span at)
{
	struct compilation *c = s->e->c;
	struct outside *o = &c->program.outside[place];
	o->used = true;
	if (o->is_sink && !name_map_get(&s->by_name, o->name))
		add_read(c, place, at);
	if (!name_map_get(&s->by_name, o->name))
		scope_bind_value(s, o->name, o->span,
				 o->type ? res_value(s, (struct graph_value){ VALUE_SOURCE, o->type, place, 0, o->span }) : res_error(c, o->span));
}

static const struct node *with_sources(struct scope *s, const struct node *n);

/* `[report[p.name] for p in plants]`: a list of members, whose keys the compiler knows. NULL: it is none. */
static const struct node *with_members(struct scope *s, const struct node *n)
{
	struct compilation *c = s->e->c;
	const struct node *value = kid(n, 0);
	const struct decl *d = value->kind == N_INDEX && kid(value, 0)->kind == N_NAME ? program_data(&c->program, kid(value, 0)->sym) : NULL;
	const struct env *around = c->env;
	struct expr_scope scope = declare_scope(c);
	word_t list;
	if (!d || d->kind != DECL_OUTSIDE)
		return NULL;
	struct expr *x = expr_known(c, expr_check(c, &scope, kid(n, 1), TYPE_ERROR), "the list of keys");
	struct eval ev = { .c = c };
	type_t type = x->type;
	if (x->kind != X_ERROR && type_of(&c->types, type)->kind != TYPE_LIST)
		diag_report(c->diags, CF201, kid(n, 1)->span, "`for … in` needs a list, found %s", type_text(&c->types, type));
	uint32_t count = 0, kept = 0;
	bool any = c->pattern && x->row && type_of(&c->types, type)->kind == TYPE_LIST;	/* one stands for all */
	if (any)
		count = 1;
	else if (type_of(&c->types, type)->kind == TYPE_LIST && expr_eval(&ev, x, &list))
		count = list_count(list);
	struct node *items = arena_zalloc(&c->arena, 1, sizeof *items + (count + 1) * sizeof *items->kids);
	struct node *out = arena_zalloc(&c->arena, 1, sizeof *out + sizeof *out->kids);
	for (uint32_t i = 0; i < count && compile_work(c, 1); i++) {
		struct env one = { n->sym, n->span, type_of(&c->types, type)->elem, any ? 0 : list_item(&c->store, list, i), around, any };
		word_t taken = 1;
		c->env = &one;
		if (!kid(n, 2) || (expr_constant(c, &scope, kid(n, 2), TYPE_BOOL, "the condition", &taken) && taken) || any)
			items->kids[kept++] = (struct node *)with_sources(s, value);
	}
	c->env = around;
	*items = (struct node){ .kind = N_LIST, .depth = 2, .span = n->span, .nkids = kept };
	*out = (struct node){ .kind = N_LIST_EXPR, .depth = 3, .span = n->span, .nkids = 1 };
	out->kids[0] = items;
	return out;
}

/* The call with a name where it says a member of a family; sources that it names are bound. The syntax stays as it is: what changes is
 * copied. */
static const struct node *with_sources(struct scope *s, const struct node *n)
{
	struct compilation *c = s->e->c;
	bool known = false;
	if (!n)
		return NULL;
	if (n->kind == N_NAME || n->kind == N_INDEX) {
		uint32_t place = outside_named(c, n, &known);
		struct node *name;
		if (!known)
			return n;
		if (place != PLAN_NONE)
			bind_source(s, place, n->span);
		if (n->kind == N_NAME && place != PLAN_NONE)
			return n;
		name = arena_zalloc(&c->arena, 1, sizeof *name);
		*name = (struct node){ .kind = N_NAME, .depth = 1, .span = n->span, .sym = place != PLAN_NONE ? c->program.outside[place].name : c->words.window };
		if (place == PLAN_NONE && !name_map_get(&s->by_name, name->sym))
			scope_bind_value(s, name->sym, n->span, res_error(c, n->span));	/* reported */
		return name;
	}
	struct node *copy = NULL;
	const struct node *members = n->kind == N_COMPREHENSION ? with_members(s, n) : NULL;
	if (members)
		return members;
	for (uint32_t i = 0; i < n->nkids; i++) {
		const struct node *k = with_sources(s, n->kids[i]);
		if (k == n->kids[i])
			continue;
		if (!copy) {
			copy = arena_alloc(&c->arena, sizeof *n + n->nkids * sizeof *n->kids);
			memcpy(copy, n, sizeof *n + n->nkids * sizeof *n->kids);
		}
		copy->kids[i] = (struct node *)k;
	}
	return copy ? copy : n;
}

static void put_sink(struct compilation *c, struct graph *g, uint32_t outside, uint32_t value)
{
	struct outside *o = &c->program.outside[outside];
	o->used = true;
	graph_sink(g, outside, value);
}

static void elaborate_run(struct scope *s, const struct set_run *run)
{
	struct compilation *c = s->e->c;
	struct results r;

	results_init(&r);
	const struct node *call = with_sources(s, run->call);
	if (!program_callable(&c->program, run->call->sym)) {
		struct res one = elab_value(s, call, TYPE_ERROR, run->call->sym);	/* reports what is not declared */
		if (one.x && one.x->kind != X_ERROR)
			diag_report(c->diags, CF607, run->call->span, "`%s` is computed by the compiler: there is nothing to run", name_of(c, run->call->sym));
		return;
	}
	elab_call(s, call, call->sym, &r);
	if (r.bad)
		return;
	if (run->sinks != r.count) {
		diag_report(c->diags, CF203, run->call->span, "`%s` gives %u result%s for %u sink%s", name_of(c, run->call->sym), r.count, r.count == 1 ? "" : "s",
			    run->sinks, run->sinks == 1 ? "" : "s");
		if (r.count)
			diag_help(c->diags, "name a sink for each, in order: `run a, b <- …`");
		else
			diag_fix(c->diags, (struct span){ run->sink_span[0].at, run->call->span.at - run->sink_span[0].at }, "",
				 "leave the `<-` out: `run %s(…)`", name_of(c, run->call->sym));
		return;
	}
	for (uint32_t i = 0; i < r.count; i++) {
		const struct outside *o = &c->program.outside[run->sink[i]];
		uint32_t v = o->type ? elab_to_value(s, r.at[i], o->type, arena_printf(&c->arena, "sink `%s`", name_of(c, o->name))) : PLAN_NONE;
		if (v != PLAN_NONE)
			put_sink(c, s->e->g, run->sink[i], v);
		else if (o->type)
			diag_note(c->diags, o->span, "`%s: %s` is declared here", name_of(c, o->name), type_text(&c->types, o->type));
	}
}

bool elaborate_set(struct compilation *c, struct set *set, struct graph *g)
{
	struct elab e = { .c = c, .g = g, .many = set->runs > 1 };
	struct scope s = { .e = &e };
	unsigned before = diag_errors(c->diags);
	graph_block(g, (struct graph_block){ .node = PLAN_NONE, .region = PLAN_NONE, .rows = 1 });
	for (uint32_t i = 0; i < set->runs; i++)
		elaborate_run(&s, &set->run[i]);
	scope_release(&s);
	buf_release(&e.name);
	mem_free(e.back);
	return diag_errors(c->diags) == before;
}

/* ---- what nothing runs ---- */

/* Any instance of a set with parameters: what stands for it is taken away again. */
static void elaborate_pattern(struct compilation *c, uint32_t pattern)
{
	struct program *p = &c->program;
	const struct set *of = &p->set[pattern];
	struct set any = { .name = of->name, .of = pattern + 1, .span = of->span, .node = of->node, .imported = of->imported, .around = of->around };
	for (uint32_t i = 0; i < of->params; i++) {
		struct env *e = arena_alloc(&c->arena, sizeof *e);
		*e = (struct env){ of->param[i].name, of->param[i].span, of->param[i].type, 0, any.around, true };
		any.around = e;
	}
	p->set = mem_grow(p->set, &p->sets_cap, p->sets + 1, sizeof *p->set);
	struct set *s = &p->set[p->sets++];
	*s = any;
	c->pattern = true;
	c->env = s->around;
	unsigned before = diag_errors(c->diags);
	declare_set(c, s, s->node);
	c->set = s;
	if (s->is_group) {
		declare_group(c, (uint32_t)(p->sets - 1));
	} else {
		struct graph g;
		graph_init(&g);
		struct elab e = { .c = c, .g = &g, .many = s->runs > 1, .detached = true, .calls = c->calls_alone };
		struct scope scope = { .e = &e };
		graph_block(&g, (struct graph_block){ .node = PLAN_NONE, .region = 0 });
		graph_region(&g, (struct graph_region){ .given = PLAN_NONE, .until = PLAN_NONE, .body = PLAN_NONE });
		for (uint32_t i = 0; i < s->runs; i++)
			elaborate_run(&scope, &s->run[i]);
		c->calls_alone = e.calls;
		if (diag_errors(c->diags) == before && graph_canonical(c, &g))
			check_clocks(c, &g);
		scope_release(&scope);
		buf_release(&e.name);
		mem_free(e.back);
		graph_release(&g);
	}
	s = &p->set[--p->sets];
	for (uint32_t i = 0; i < s->runs; i++)
		for (uint32_t k = 0; k < s->run[i].sinks; k++)
			p->outside[s->run[i].sink[k]].target_of = 0;
	c->pattern = false;
	c->set = NULL;
	c->env = NULL;
}

void elaborate_unused_patterns(struct compilation *c)
{
	for (uint32_t i = 0; i < c->program.sets && c->calls_alone <= LIMIT_NODES && !diag_full(c->diags); i++) {
		const struct set *s = &c->program.set[i];
		bool typed = s->params && !s->of && !s->used;
		for (uint32_t k = 0; typed && k < s->params; k++)
			typed = s->param[k].type != TYPE_ERROR;
		if (typed)
			elaborate_pattern(c, i);
	}
}

/* A flow on its own: parameters stand for what will come; a block without rows, so that nothing is evaluated. */
static void elaborate_detached(struct compilation *c, struct flow *f)
{
	struct graph g;
	graph_init(&g);
	struct elab e = { .c = c, .g = &g, .detached = true, .calls = c->calls_alone };
	struct scope s = { .e = &e };
	struct results r;
	results_init(&r);
	const struct generic *generics = NULL, *saved = c->generics;
	const struct signature *sig = f->generics ? generic_alone(c, f, &generics) : &f->sig;
	uint32_t n = sig->params;

	graph_block(&g, (struct graph_block){ .node = PLAN_NONE, .region = 0 });
	struct graph_region region = { .given = PLAN_NONE, .until = PLAN_NONE, .lists = n };
	region.list_word = mem_zalloc((size_t)n + 1, sizeof *region.list_word);
	region.list_type = mem_zalloc((size_t)n + 1, sizeof *region.list_type);
	graph_region(&g, region);
	for (uint32_t i = 0; i < n; i++) {
		const struct port *p = &sig->param[i];
		struct res v = res_error(c, p->span);
		if (p->type && type_of(&c->types, p->type)->kind == TYPE_FUNCTION) {
			struct decl *d = arena_zalloc(&c->arena, 1, sizeof *d);
			*d = (struct decl){ .kind = DECL_PARAMETER, .index = p->type, .span = p->span };
			v = (struct res){ .type = p->type, .span = p->span, .callable = d };
		} else if (p->type && type_has_file(&c->types, p->type)) {
			v = res_value(&s, (struct graph_value){ VALUE_SOURCE, p->type, GRAPH_IMPLIED, 0, p->span });
		} else if (p->type) {
			struct expr *x = expr_new(c, X_ROW, p->type, p->span);
			x->b = i;
			x->row = true;
			v = (struct res){ .x = x, .type = p->type, .span = p->span };
		}
		scope_bind_value(&s, p->name, p->span, v);
	}
	f->used = true;
	c->generics = generics;
	c->env = f->around;
	e.returns = sig;
	e.open[e.depth] = f;
	e.open_at[e.depth++] = f->span;
	elab_block(&s, kid(f->node, 3), &r);
	c->calls_alone = e.calls;
	if (!r.bad)
		scope_unused(&s);
	flow_returned(&s, f, sig, &r);
	c->generics = saved;
	c->env = NULL;
	scope_release(&s);
	buf_release(&e.name);
	mem_free(e.back);
	graph_release(&g);
}

void check_outside_used(struct compilation *c)
{
	for (size_t i = 0; i < c->program.outsides && c->program.sets; i++) {
		const struct outside *o = &c->program.outside[i];
		if (!o->used && !o->of)
			diag_report(c->diags, CF901, o->span, o->is_sink ? "no set writes sink `%s`" : "no set reads source `%s`", name_of(c, o->name));
	}
}

static void unused(struct compilation *c, bool used, sym_t name, struct span at, const char *what)
{
	if (!used)
		diag_report(c->diags, CF901, at, "nothing uses %s `%s`", what, name_of(c, name));
}

void check_declared_used(struct compilation *c)
{
	const struct program *p = &c->program;
	for (size_t i = 0; i < p->windows; i++)
		unused(c, p->window[i].used, p->window[i].name, p->window[i].span, "window");
	for (size_t i = 0; i < p->locks; i++)
		unused(c, p->lock[i].used, p->lock[i].name, p->lock[i].span, "lock");
	for (size_t i = 0; i < p->states; i++)
		unused(c, p->state[i].used, p->state[i].name, p->state[i].span, "state");
}

void elaborate_unused_flows(struct compilation *c)
{
	for (size_t i = 0; i < c->program.flows && c->calls_alone <= LIMIT_NODES; i++)
		if (!c->program.flow[i].used && !c->program.flow[i].refused)
			elaborate_detached(c, &c->program.flow[i]);
}
