/*
 * How steps of a set share its states, where that does not depend on luck: a `confined` state has one step, what one step writes in a run
 * has one writer, and what is `frozen` is written before it is read. Reads the graph in its canonical order; leaves it as it was.
 */
#include "compiler/elaborate.h"

#include "base/mem.h"

/* ---- which steps ---- */

static bool repeats(const struct graph *g, uint32_t block)
{
	for (; g->block[block].node != PLAN_NONE; block = g->block[block].up)
		if (g->node[g->block[block].node].kind != NODE_MATCH)
			return true;
	return false;
}

/* Two arms of one match never both run. */
static bool exclusive(const struct graph *g, uint32_t a, uint32_t b)
{
	for (uint32_t x = a; g->block[x].node != PLAN_NONE; x = g->block[x].up)
		for (uint32_t y = b; g->block[y].node != PLAN_NONE; y = g->block[y].up)
			if (g->block[x].node == g->block[y].node && x != y)
				return true;
	return false;
}

static bool in_list(const struct state_use *u, uint32_t count, uint32_t state)
{
	for (uint32_t i = 0; i < count; i++)
		if (u[i].state == state)
			return true;
	return false;
}

/* ---- what surely ends before what begins ---- */

/* behind: of each node, that the writer has ended when it begins, or gives its value; around: the writer is within it */
struct reach { const struct graph *g; bool *behind, *around; };

static bool value_behind(const struct reach *r, uint32_t value)
{
	const struct graph_value *v = &r->g->value[value];
	if (v->kind == VALUE_PORT)
		return r->behind[v->a];
	if (v->kind != VALUE_LIST)
		return false;
	for (uint32_t i = 0; i < v->b; i++)
		if (value_behind(r, r->g->item[v->a + i]))
			return true;
	return false;
}

static bool node_behind(const struct reach *r, uint32_t node)
{
	const struct graph_node *n = &r->g->node[node];
	uint32_t around = r->g->block[n->block].node;
	for (uint32_t i = 0; i < n->args; i++)
		if (value_behind(r, r->g->item[n->first_arg + i]))
			return true;
	for (uint32_t i = 0; i < n->afters; i++)
		if (r->behind[r->g->item[n->first_after + i]])
			return true;
	return around != PLAN_NONE && r->behind[around] && !r->around[around];
}

/* Nodes stand in an order in which one that is needed comes before; where that fails, another turn finds it. */
static void find_behind(struct reach *r, uint32_t writer)
{
	bool more = true;
	r->behind[writer] = true;
	for (uint32_t b = r->g->node[writer].block; r->g->block[b].node != PLAN_NONE; b = r->g->block[b].up)
		r->behind[r->g->block[b].node] = r->around[r->g->block[b].node] = true;
	while (more) {
		more = false;
		for (uint32_t i = 0; i < r->g->nodes; i++)
			if (!r->behind[i] && node_behind(r, i))
				r->behind[i] = more = true;
	}
}

/* ---- rules ---- */

struct touching { struct compilation *c; const struct graph *g; const struct state *s; uint32_t state, writer; };

static void refuse_second(const struct touching *t, uint32_t node, uint32_t first)
{
	const char *name = name_of(t->c, t->s->name), *step = name_of(t->c, t->g->node[node].name);
	if (first == node)
		diag_report(t->c->diags, CF401, t->g->node[node].span, "`%s` is repeated, and state `%s` is %s", step, name,
			    t->s->mode == STATE_CONFINED ? "`confined`: one step touches it, ever" : "written by one step of a run");
	else
		diag_report(t->c->diags, CF401, t->g->node[node].span, "`%s` is another step that %s state `%s`", step, t->s->mode == STATE_CONFINED ? "touches the `confined`" : "writes", name);
	if (first != node)
		diag_note(t->c->diags, t->g->node[first].span, "`%s` is the first", name_of(t->c, t->g->node[first].name));
	diag_note(t->c->diags, t->s->span, "the state is declared here");
	diag_help(t->c->diags, "let one step do it, or let steps take turns: `lock l at pod`, and behind the state `guarded by l`");
}

enum { NO_STEP = PLAN_NONE, REFUSED = PLAN_NONE - 1 };

/* A step that writes the state (touches it, where it is confined); the first is kept in *one. */
static void one_more(struct compilation *c, const struct graph *g, uint32_t state, uint32_t node, uint32_t *one)
{
	const struct touching t = { c, g, &c->program.state[state], state, *one };
	bool again = repeats(g, g->node[node].block);
	if (*one == REFUSED || t.s->mode == STATE_SYNC || t.s->mode == STATE_GUARDED || *one == node)
		return;
	if (!again && *one != NO_STEP && exclusive(g, g->node[node].block, g->node[*one].block))
		return;
	if (again || *one != NO_STEP)
		refuse_second(&t, node, again ? node : *one);
	*one = again || *one != NO_STEP ? REFUSED : node;
}

static void find_ones(struct compilation *c, const struct graph *g, uint32_t *one)
{
	for (uint32_t i = 0; i < g->nodes; i++) {
		const struct func *f = g->node[i].kind == NODE_CALL ? &c->program.func[g->node[i].of] : NULL;
		for (uint32_t k = 0; f && k < f->n_writes; k++)
			one_more(c, g, f->writes[k].state, i, &one[f->writes[k].state]);
		for (uint32_t k = 0; f && k < f->n_reads; k++)
			if (c->program.state[f->reads[k].state].mode == STATE_CONFINED)
				one_more(c, g, f->reads[k].state, i, &one[f->reads[k].state]);
	}
}

static void check_readers(const struct touching *t)
{
	struct reach r = { t->g, mem_zalloc(t->g->nodes, sizeof *r.behind), mem_zalloc(t->g->nodes, sizeof *r.around) };
	find_behind(&r, t->writer);
	for (uint32_t i = 0; i < t->g->nodes; i++) {
		const struct func *f = t->g->node[i].kind == NODE_CALL ? &t->c->program.func[t->g->node[i].of] : NULL;
		if (!f || !in_list(f->reads, f->n_reads, t->state) || in_list(f->writes, f->n_writes, t->state) || r.behind[i])
			continue;
		diag_report(t->c->diags, CF402, t->g->node[i].span, "`%s` reads the `frozen` state `%s`, and may start before it is written", name_of(t->c, t->g->node[i].name),
			    name_of(t->c, t->s->name));
		diag_note(t->c->diags, t->g->node[t->writer].span, "`%s` writes it", name_of(t->c, t->g->node[t->writer].name));
		diag_help(t->c->diags, "let it take a value of that step, or come `after` it");
	}
	mem_free(r.behind);
	mem_free(r.around);
}

void check_sharing(struct compilation *c, const struct graph *g)
{
	uint32_t *one;
	if (!c->program.states)
		return;
	one = mem_alloc(c->program.states * sizeof *one);
	for (uint32_t i = 0; i < c->program.states; i++)
		one[i] = NO_STEP;
	find_ones(c, g, one);
	for (uint32_t i = 0; i < c->program.states; i++)
		if (one[i] != NO_STEP && one[i] != REFUSED && c->program.state[i].mode == STATE_FROZEN)
			check_readers(&(struct touching){ c, g, &c->program.state[i], i, one[i] });
	mem_free(one);
}
