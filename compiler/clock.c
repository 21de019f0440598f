/*
 * Clocks: the window that each value of a graph is of, or once. A step's inputs share one, so that everything derived comes from one
 * snapshot; what crosses says so, and its windows divide and align. Reads a whole graph; leaves nothing but reports.
 */
#include "compiler/compilation.h"

#include <string.h>

#include "base/mem.h"

/* A place in program.window, or: */
enum { CLOCK_ANY = UINT32_MAX - 1, CLOCK_ONCE = UINT32_MAX };

struct clocks {
	struct compilation *c;
	const struct graph *g;
	uint32_t *node;		/* of each node's results */
	unsigned depth;
};

static uint32_t value_clock(struct clocks *k, uint32_t value);

static uint32_t join(uint32_t a, uint32_t b) { return a == CLOCK_ANY ? b : a; }

static uint32_t value_clock(struct clocks *k, uint32_t value)
{
	const struct graph *g = k->g;
	const struct graph_value *v = &g->value[value];
	uint32_t clock = CLOCK_ANY, window;
	switch (v->kind) {
	case VALUE_SOURCE:
		window = v->a == GRAPH_IMPLIED ? 0 : k->c->program.outside[v->a].window;
		return window ? window - 1 : CLOCK_ONCE;
	case VALUE_PORT:
		return k->node[v->a];
	case VALUE_LIST:
		if (++k->depth < LIMIT_DEMAND)
			for (uint32_t i = 0; i < v->b && clock == CLOCK_ANY; i++)
				clock = value_clock(k, g->item[v->a + i]);
		k->depth--;
		return clock;
	case VALUE_ITEM: case VALUE_CARRY: {
		const struct graph_node *n = &g->node[g->region[v->a].node];
		if (++k->depth < LIMIT_DEMAND && v->b < n->args)
			clock = value_clock(k, g->item[n->first_arg + v->b]);
		k->depth--;
		return clock;
	}
	default:
		return CLOCK_ANY;
	}
}

static const char *clock_text(const struct clocks *k, uint32_t clock)
{
	return clock >= CLOCK_ANY ? "read once" : arena_printf(&k->c->arena, "of window `%s`", name_of(k->c, k->c->program.window[clock].name));
}

/* Do windows of `fine` fill those of `coarse`, whole and without rest? */
static bool divides(const struct window *fine, const struct window *coarse)
{
	if (!fine->every_ns || !coarse->every_ns)
		return true;	/* reported */
	return coarse->every_ns > fine->every_ns && coarse->every_ns % fine->every_ns == 0 && (coarse->from_ns - fine->from_ns) % fine->every_ns == 0;
}

static void misfit(struct clocks *k, const struct graph_node *n, uint32_t from, uint32_t to, const char *fine_or_coarse)
{
	struct compilation *c = k->c;
	const struct window *a = &c->program.window[from], *b = &c->program.window[to];
	diag_report(c->diags, CF501, n->span, "from window `%s` to `%s`: %s", name_of(c, a->name), name_of(c, b->name), fine_or_coarse);
	diag_note(c->diags, a->span, "`%s` is declared here", name_of(c, a->name));
	if (a != b)
		diag_note(c->diags, b->span, "`%s` is declared here", name_of(c, b->name));
	diag_help(c->diags, "the longer holds a whole number of the shorter, and begins where one of them begins (`from`)");
}

/* gather, hold, previous. */
static uint32_t time_clock(struct clocks *k, const struct graph_node *n, const struct expr *x)
{
	struct compilation *c = k->c;
	uint32_t from = n->args ? value_clock(k, k->g->item[n->first_arg]) : CLOCK_ANY, to = x->a;
	if (x->kind == X_PREVIOUS)
		return CLOCK_ANY;	/* of what it is used with; see check_previous */
	if (x->kind == X_GATHER && from == CLOCK_ONCE) {
		diag_report(c->diags, CF505, n->span, "`gather` needs a value of a window, this is read once");
		diag_help(c->diags, "say of which window its source is: `in hour`");
	} else if (from < CLOCK_ANY && x->kind == X_GATHER && !divides(&c->program.window[from], &c->program.window[to])) {
		misfit(k, n, from, to, "`gather` goes from a shorter window to a longer one that holds it whole");
	} else if (from < CLOCK_ANY && x->kind == X_HOLD && !divides(&c->program.window[to], &c->program.window[from])) {
		misfit(k, n, from, to, "`hold` goes from a longer window to a shorter one that it holds whole");
	}
	return to;
}

/* The clock that all inputs of a node share; reports the first that does not. */
static uint32_t inputs_clock(struct clocks *k, const struct graph_node *n)
{
	struct compilation *c = k->c;
	uint32_t clock = CLOCK_ANY, first = 0;
	for (uint32_t i = 0; i < n->args; i++) {
		uint32_t value = k->g->item[n->first_arg + i], one = value_clock(k, value);
		if (clock == CLOCK_ANY) {
			clock = one;
			first = value;
		}
		if (one == CLOCK_ANY || one == clock)
			continue;
		diag_report(c->diags, CF503, n->span, "the inputs of `%s` are of different windows", name_of(c, n->name));
		diag_note(c->diags, k->g->value[first].span, "this is %s", clock_text(k, clock));
		diag_note(c->diags, k->g->value[value].span, "this is %s", clock_text(k, one));
		diag_help(c->diags, "say how one crosses: `hold x in W` is the last value of a longer window or of one that is read once, `gather x over W` all those of a shorter one");
		break;
	}
	return clock;
}

static void check_sinks(struct clocks *k)
{
	struct compilation *c = k->c;
	for (size_t i = 0; i < k->g->sinks; i++) {
		const struct outside *o = &c->program.outside[k->g->sink[i]];
		uint32_t clock = value_clock(k, k->g->sink_value[i]), wanted = o->window ? o->window - 1 : CLOCK_ONCE;
		if (clock == CLOCK_ANY || clock == wanted || o->window_unknown)
			continue;
		diag_report(c->diags, CF503, o->span, "sink `%s` is %s, and what is written to it is %s", name_of(c, o->name),
			    wanted == CLOCK_ONCE ? "written once" : clock_text(k, wanted), clock_text(k, clock));
		diag_note(c->diags, k->g->value[k->g->sink_value[i]].span, "this is written");
		if (clock < CLOCK_ANY && !o->window)
			diag_help(c->diags, "declare the sink `in %s`", name_of(c, c->program.window[clock].name));
		else
			diag_help(c->diags, "say how the value crosses: `gather x over W`, `hold x in W`");
	}
}

/* What has no window has no one before. */
static void check_previous(struct clocks *k)
{
	for (size_t i = 0; i < k->g->nodes; i++) {
		const struct graph_node *n = &k->g->node[i];
		const struct expr *x = n->kind == GRAPH_COMPUTE ? k->g->formula[n->of].x : NULL;
		if (!x || x->kind != X_PREVIOUS || x->b == PLAN_NONE || value_clock(k, x->b) != CLOCK_ONCE)
			continue;
		diag_report(k->c->diags, CF505, n->span, "`previous` needs a value of a window, this is read once");
		diag_note(k->c->diags, k->g->value[x->b].span, "it is this");
		diag_help(k->c->diags, "say of which window its source is: `in hour`");
	}
}

void check_clocks(struct compilation *c, const struct graph *g)
{
	struct clocks k = { .c = c, .g = g };
	if (!c->program.windows)
		return;
	k.node = mem_alloc((g->nodes + 1) * sizeof *k.node);
	for (size_t i = 0; i < g->nodes; i++)
		k.node[i] = CLOCK_ANY;
	for (size_t i = 0; i < g->nodes && !diag_full(c->diags); i++) {
		const struct graph_node *n = &g->node[i];
		const struct expr *x = n->kind == GRAPH_COMPUTE ? g->formula[n->of].x : NULL;
		if (x && (x->kind == X_GATHER || x->kind == X_HOLD || x->kind == X_PREVIOUS)) {
			k.node[i] = time_clock(&k, n, x);
			continue;
		}
		k.node[i] = inputs_clock(&k, n);
		bool region = n->kind == NODE_EACH || n->kind == NODE_STEPS || n->kind == NODE_CYCLE;
		for (uint32_t r = 0; region && r < g->region[n->of].results; r++)
			k.node[i] = join(k.node[i], value_clock(&k, g->item[g->region[n->of].first_result + r]));
	}
	check_sinks(&k);
	check_previous(&k);
	mem_free(k.node);
}
