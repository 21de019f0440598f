/* What place left, for people and tests: a line for each group, step and edge of a set. */
#include "compiler/place.h"

#include "base/mem.h"

static void medium(struct compilation *c, uint32_t word, struct buf *out)
{
	enum plan_medium m = graph_medium(word);
	buf_addstr(out, medium_row(m)->word);
	if (m == MEDIUM_POND)
		buf_printf(out, " %s", name_of(c, c->program.pond[graph_medium_where(word)].name));
}

static void at_pond(struct compilation *c, uint32_t pond, struct buf *out)
{
	if (pond != PLAN_NONE)
		buf_printf(out, " at pond %s", name_of(c, c->program.pond[pond].name));
}

static void print_groups(struct compilation *c, const struct graph *g, struct buf *out)
{
	uint32_t *next = mem_alloc((c->program.funcs + 1) * sizeof *next), *last = mem_alloc((g->groups + 1) * sizeof *last);
	for (size_t i = 0; i < g->groups; i++)
		last[i] = PLAN_NONE;
	for (uint32_t f = 0; f < c->program.funcs && g->groups; f++) {	/* the functions of each group, chained in order */
		uint32_t at = g->group_of[f];
		next[f] = PLAN_NONE;
		if (at != PLAN_NONE && last[at] != PLAN_NONE)
			next[last[at]] = f;
		if (at != PLAN_NONE)
			last[at] = f;
	}
	for (uint32_t i = 0; i < g->groups; i++) {
		buf_addstr(out, "\tworkers of");
		for (uint32_t f = g->group[i].first; f != PLAN_NONE; f = next[f])
			buf_printf(out, "%s %s", f == g->group[i].first ? "" : ",", name_of(c, c->program.func[f].name));
		buf_printf(out, ": %u..%u", g->group[i].least, g->group[i].most);
		at_pond(c, g->group[i].pond, out);
		buf_addch(out, '\n');
	}
	mem_free(next);
	mem_free(last);
}

static void print_edge(struct compilation *c, const struct graph *g, const struct graph_edge *e, struct buf *out)
{
	buf_addstr(out, "\tedge ");
	if (e->from != PLAN_NONE)
		buf_printf(out, "%s.%u", name_of(c, g->node[e->from].name), e->result);
	else
		buf_printf(out, "source %s", e->result == GRAPH_IMPLIED ? "inputs" : name_of(c, c->program.outside[e->result].name));
	buf_printf(out, " -> %s: ", name_of(c, g->node[e->to].name));
	medium(c, e->medium, out);
	buf_addch(out, '\n');
}

static void print_use(struct compilation *c, const struct graph *g, const struct graph_use *u, struct buf *out)
{
	buf_printf(out, "\t%s %s ", u->place == PLAN_NONE ? g->group_of ? "host" : "pod" : name_of(c, c->program.func[g->group[u->place].first].name),
		   u->writes ? "writes" : "reads");
	medium(c, u->medium, out);
	if (graph_medium(u->medium) == MEDIUM_SHARE && c->program.outside[graph_medium_where(u->medium)].share)
		buf_printf(out, " /%s", c->program.outside[graph_medium_where(u->medium)].share);
	buf_addch(out, '\n');
}

void place_print(struct compilation *c, const struct set *s, const struct graph *g, struct buf *out)
{
	buf_printf(out, "set %s on %s", name_of(c, s->name), s->plan.on_list ? "list" : "pod");
	at_pond(c, g->pond, out);
	if (g->refused >= 0)
		buf_printf(out, ": refused %s", diag_code_name((enum diag_code)g->refused));
	buf_addch(out, '\n');
	if (g->refused >= 0)
		return;
	print_groups(c, g, out);
	for (uint32_t i = 0; i < g->nodes; i++) {
		const struct graph_node *n = &g->node[i];
		if (n->first_medium == PLAN_NONE)
			continue;
		buf_printf(out, "\tstep %s:", name_of(c, n->name));
		for (uint32_t k = 0; k < place_results(c, g, n); k++) {
			buf_addstr(out, k ? ", " : " ");
			medium(c, g->item[n->first_medium + k], out);
		}
		buf_addch(out, '\n');
	}
	for (size_t i = 0; i < g->edges; i++)
		print_edge(c, g, &g->edge[i], out);
	for (size_t i = 0; i < g->uses; i++)
		print_use(c, g, &g->use[i], out);
}
