/*
 * Clocks: the window that each value of a graph is of, or once. A step's inputs share one, so that everything derived comes from one
 * snapshot; what crosses says so, and its windows divide and align. Reads a whole graph; leaves nothing but reports.
 */
#include "compiler/compilation.h"

#include <string.h>

#include "base/mem.h"

/* A place in program.window, or: */
enum { CLOCK_UNSEEN = UINT32_MAX - 2, CLOCK_ANY, CLOCK_ONCE };

/*
 * Nodes come in preorder: whoever uses the result of an each, match or cycle comes behind all that is in it. So a value's clock can be
 * found from what was seen before it, and is kept.
 */
struct clocks {
	struct compilation *c;
	const struct graph *g;
	uint32_t *node;		/* what a node's inputs, and what decides whether it runs, are of */
	uint32_t *value;
	unsigned depth;
};

static uint32_t value_clock(struct clocks *k, uint32_t value);

static uint32_t join(uint32_t a, uint32_t b) { return a == CLOCK_ANY ? b : a; }

static bool has_regions(const struct graph_node *n)
{
	return n->kind == NODE_EACH || n->kind == NODE_STEPS || n->kind == NODE_CYCLE || n->kind == NODE_MATCH;
}
static uint32_t regions_of(const struct graph_node *n) { return n->kind == NODE_MATCH ? n->arms : 1; }

/* Result `which` of a node: what the node is of, or what its regions give. */
static uint32_t port_clock(struct clocks *k, uint32_t node, uint32_t which)
{
	const struct graph *g = k->g;
	const struct graph_node *n = &g->node[node];
	uint32_t clock = k->node[node];
	for (uint32_t i = 0; has_regions(n) && i < regions_of(n) && clock == CLOCK_ANY; i++) {
		const struct graph_region *r = &g->region[n->of + i];
		if (r->body != PLAN_NONE && which < r->results)
			clock = value_clock(k, g->item[r->first_result + which]);
		if (n->kind == NODE_CYCLE && r->until != PLAN_NONE)
			clock = join(clock, value_clock(k, r->until));
	}
	return clock;
}

static uint32_t find_clock(struct clocks *k, uint32_t value)
{
	const struct graph *g = k->g;
	const struct graph_value *v = &g->value[value];
	uint32_t clock = CLOCK_ANY, window;
	switch (v->kind) {
	case VALUE_SOURCE:
		window = v->a == GRAPH_IMPLIED ? 0 : k->c->program.outside[v->a].window;
		return window ? window - 1 : CLOCK_ONCE;
	case VALUE_PORT:
		return port_clock(k, v->a, v->b);
	case VALUE_LIST:
		for (uint32_t i = 0; i < v->b && clock == CLOCK_ANY; i++)
			clock = value_clock(k, g->item[v->a + i]);
		return clock;
	case VALUE_ITEM: case VALUE_CARRY: {
		const struct graph_node *n = &g->node[g->region[v->a].node];
		return v->b < n->args ? value_clock(k, g->item[n->first_arg + v->b]) : CLOCK_ANY;
	}
	case VALUE_INPUTS:
		/* files that no row makes may come from a window; those that rows make are of what these rows are of */
		clock = g->region[v->a].given == PLAN_NONE ? CLOCK_ANY : value_clock(k, g->region[v->a].given);
		return clock == CLOCK_ONCE ? CLOCK_ANY : clock;
	default:
		return CLOCK_ANY;
	}
}

static uint32_t value_clock(struct clocks *k, uint32_t value)
{
	if (k->value[value] != CLOCK_UNSEEN)
		return k->value[value];
	if (k->depth >= LIMIT_DEMAND)
		return CLOCK_ANY;
	k->depth++;
	uint32_t clock = find_clock(k, value);
	k->depth--;
	return k->value[value] = clock;
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

static void help_crossing(struct clocks *k)
{
	diag_help(k->c->diags, "say how one crosses: `hold x in W` is the last value of a longer window or of one that is read once, `gather x over W` all those of a shorter one");
}

/*
 * What a step waits for without taking data of it. What is read once is there before every window; that a step of one window waits for
 * a step of another has no meaning.
 */
static uint32_t after_clock(struct clocks *k, const struct graph_node *n, uint32_t clock)
{
	struct compilation *c = k->c;
	for (uint32_t i = 0; i < n->afters; i++) {
		uint32_t node = k->g->item[n->first_after + i], one = k->node[node];
		if (one >= CLOCK_ANY || one == clock)
			continue;
		if (clock == CLOCK_ANY) {
			clock = one;
			continue;
		}
		diag_report(c->diags, CF503, n->span, "`%s` is %s, and waits for a step of another window", name_of(c, n->name), clock_text(k, clock));
		diag_note(c->diags, k->g->node[node].span, "`%s` is %s", name_of(c, k->g->node[node].name), clock_text(k, one));
		diag_help(c->diags, "leave `after` out, or take a value of it that crosses: `gather x over W`, `hold x in W`");
		break;
	}
	return clock;
}

/* The clock that all inputs of a node share, and what decides whether it runs; reports the first that does not. */
static uint32_t inputs_clock(struct clocks *k, const struct graph_node *n)
{
	struct compilation *c = k->c;
	uint32_t around = k->g->block[n->block].node, clock = around == PLAN_NONE ? CLOCK_ANY : k->node[around];
	struct span first = around == PLAN_NONE ? SPAN_NONE : k->g->node[around].span;
	bool decided = clock != CLOCK_ANY;
	for (uint32_t i = 0; i < n->args; i++) {
		uint32_t value = k->g->item[n->first_arg + i], one = value_clock(k, value);
		if (clock == CLOCK_ANY) {
			clock = one;
			first = k->g->value[value].span;
		}
		if (one == CLOCK_ANY || one == clock)
			continue;
		if (decided)
			diag_report(c->diags, CF503, n->span, "an input of `%s` is of another window than what it stands in", name_of(c, n->name));
		else
			diag_report(c->diags, CF503, n->span, "the inputs of `%s` are of different windows", name_of(c, n->name));
		diag_note(c->diags, first, decided ? "it stands in this, which is %s" : "this is %s", clock_text(k, clock));
		diag_note(c->diags, k->g->value[value].span, "this is %s", clock_text(k, one));
		help_crossing(k);
		return clock;
	}
	return after_clock(k, n, clock);
}

/* What a region gives, one way or another, is of one window: of the other arms, of what decides, of the round before. */
static void check_results(struct clocks *k, uint32_t node)
{
	const struct graph *g = k->g;
	const struct graph_node *n = &g->node[node];
	for (uint32_t i = 0; i < regions_of(n); i++) {
		const struct graph_region *r = &g->region[n->of + i];
		bool until = n->kind == NODE_CYCLE && r->until != PLAN_NONE;
		for (uint32_t which = 0; r->body != PLAN_NONE && which < r->results + until; which++) {
			uint32_t value = which < r->results ? g->item[r->first_result + which] : r->until;
			uint32_t wanted = port_clock(k, node, which < r->results ? which : 0), one = value_clock(k, value);
			if (wanted == CLOCK_ANY || one == CLOCK_ANY || one == wanted)
				continue;
			diag_report(k->c->diags, CF503, n->span, "what `%s` gives is of different windows", name_of(k->c, n->name));
			diag_note(k->c->diags, g->value[value].span, "this is %s, and the rest is %s", clock_text(k, one), clock_text(k, wanted));
			help_crossing(k);
			return;
		}
	}
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

static void find_all(struct clocks *k, struct compilation *c, const struct graph *g)
{
	*k = (struct clocks){ .c = c, .g = g };
	k->node = mem_alloc((g->nodes + 1) * sizeof *k->node);
	k->value = mem_alloc((g->values + 1) * sizeof *k->value);
	for (size_t i = 0; i < g->nodes; i++)
		k->node[i] = CLOCK_ANY;
	for (size_t i = 0; i < g->values; i++)
		k->value[i] = CLOCK_UNSEEN;
	for (size_t i = 0; i < g->nodes && !diag_full(c->diags); i++) {
		const struct graph_node *n = &g->node[i];
		const struct expr *x = n->kind == GRAPH_COMPUTE ? g->formula[n->of].x : NULL;
		if (x && (x->kind == X_GATHER || x->kind == X_HOLD || x->kind == X_PREVIOUS)) {
			k->node[i] = time_clock(k, n, x);
			continue;
		}
		k->node[i] = inputs_clock(k, n);
	}
}

void check_clocks(struct compilation *c, const struct graph *g)
{
	struct clocks k;
	if (!c->program.windows)
		return;
	find_all(&k, c, g);
	for (uint32_t i = 0; i < g->nodes && !diag_full(c->diags); i++)
		if (has_regions(&g->node[i]))
			check_results(&k, i);
	check_sinks(&k);
	check_previous(&k);
	mem_free(k.node);
	mem_free(k.value);
}

uint32_t *graph_clocks(struct compilation *c, const struct graph *g)
{
	struct clocks k;
	find_all(&k, c, g);
	mem_free(k.value);
	for (size_t i = 0; i < g->nodes; i++)
		if (k.node[i] >= CLOCK_ANY)
			k.node[i] = PLAN_NONE;
	return k.node;
}
