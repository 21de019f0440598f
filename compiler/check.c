/*
 * What is known only of the whole graph of a set: expressions that can fail, at every row; effects; names and limits of the
 * target. Reads the graph; leaves it as it was.
 */
#include "compiler/elaborate.h"

#include <string.h>

#include "base/limits.h"
#include "base/mem.h"

enum { FAILURES_SHOWN = 5 };

/* An argument that depends on rows and can fail is evaluated at each of them now, so that the planner cannot fail. */
static void check_expressions(struct compilation *c, const struct graph *g)
{
	for (size_t i = 0; i < g->values; i++) {
		const struct graph_value *v = &g->value[i];
		unsigned failures = 0;
		word_t w;
		if (v->kind != VALUE_CONST)
			continue;
		const struct expr *x = g->constant[v->a];
		if (!x->row || !x->fails)
			continue;
		for (uint32_t row = 0; row < g->block[v->b].rows && failures < FAILURES_SHOWN; row++)
			failures += !graph_eval(c, g, v->b, row, x, &w);
	}
}

static bool repeated(const struct graph *g, uint32_t block) { return g->block[block].node != PLAN_NONE; }

static void check_effects(struct compilation *c, const struct set *s, const struct graph *g)
{
	bool share = g->sinks > 0;
	for (size_t i = 0; i < g->nodes; i++) {
		const struct graph_node *n = &g->node[i];
		if (n->kind != NODE_CALL)
			continue;
		const struct func *f = &c->program.func[n->of];
		if (f->effect != EFFECT_ONCE)
			continue;
		if (!share) {
			diag_report(c->diags, CF616, n->span, "`%s` is `effect once`, and set `%s` writes no share that could hold its record", name_of(c, f->name), name_of(c, s->name));
			diag_help(c->diags, "let the set write a sink, or say `effect idempotent`");
		}
		if (repeated(g, n->block)) {
			diag_report(c->diags, CF902, n->span, "`%s` is `effect once` and is repeated here", name_of(c, f->name));
			diag_help(c->diags, "once holds for each item: every one has a record of its own");
		}
	}
}

static void check_scratch(struct compilation *c, const struct set *s, const struct graph *g)
{
	for (size_t i = 0; i < g->nodes; i++) {
		const struct func *f = g->node[i].kind == NODE_CALL ? &c->program.func[g->node[i].of] : NULL;
		if (!f || !s->plan.scratch || f->yields <= s->plan.scratch)
			continue;
		diag_report(c->diags, CF703, g->node[i].span, "`%s` yields more than the scratch of set `%s` holds", name_of(c, f->name), name_of(c, s->name));
		diag_note(c->diags, s->span, "`%s` is declared here", name_of(c, s->name));
		diag_help(c->diags, "make the scratch larger: it holds all results that are still needed");
	}
}

static void check_size(struct compilation *c, const struct set *s, const struct graph *g)
{
	uint64_t rows = 0;
	for (size_t i = 0; i < g->blocks; i++)
		rows += g->block[i].rows;
	if (graph_count(g).steps <= LIMIT_ROWS * 2ull && rows <= LIMIT_ROWS * 2ull)
		return;
	diag_report(c->diags, CF702, s->span, "set `%s` has %llu steps; a plan holds %d", name_of(c, s->name), (unsigned long long)graph_count(g).steps, LIMIT_ROWS * 2);
}

void check_graph(struct compilation *c, const struct set *s, struct graph *g)
{
	check_expressions(c, g);
	check_effects(c, s, g);
	check_sharing(c, g);
	check_scratch(c, s, g);
	check_size(c, s, g);
}
