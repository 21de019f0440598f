/* The places of a set on a list: workers of their own for each function, or for those that `together` joins. */
#include "compiler/place.h"

#include "base/mem.h"

/* What the set calls, and what a flow that it launches may call: whatever the program declares and a worker can run. */
static bool *called(const struct compilation *c, const struct graph *g)
{
	bool *used = mem_zalloc(c->program.funcs + 1, sizeof *used), launches = false;
	for (size_t i = 0; i < g->nodes; i++) {
		if (g->node[i].kind == NODE_CALL)
			used[g->node[i].of] = true;
		launches |= g->node[i].kind == NODE_LAUNCH;
	}
	for (size_t f = 0; launches && f < c->program.funcs; f++)
		used[f] |= !c->program.func[f].refused && (c->program.func[f].words > 0 || c->program.func[f].native);
	return used;
}

static void unused(struct compilation *c, const struct set *s, const bool *used, const struct set_member *m, const char *what)
{
	if (used[m->func])
		return;
	diag_report(c->diags, CF903, m->span, "`%s` names `%s`, which set `%s` does not call", what, name_of(c, c->program.func[m->func].name), name_of(c, s->name));
	diag_note(c->diags, c->program.func[m->func].span, "it is declared here");
}

/* What a set says of functions that it does not call has no effect. */
static void check_named(struct compilation *c, const struct set *s, const bool *used)
{
	for (uint32_t t = 0; t < s->togethers; t++)
		for (uint32_t i = 0; i < s->together[t].members; i++)
			unused(c, s, used, &s->together[t].member[i], "together");
	for (uint32_t i = 0; i < s->routes; i++)
		unused(c, s, used, &s->route[i].of, "route");
	for (uint32_t i = 0; i < s->owns; i++)
		unused(c, s, used, &s->own[i].of, "slots");
}

void place_groups(struct compilation *c, const struct set *s, struct graph *g)
{
	size_t funcs = c->program.funcs;
	bool *used = called(c, g);
	check_named(c, s, used);
	if (s->plan.on_list) {
		uint32_t *together = mem_alloc((funcs + 1) * sizeof *together), *group = mem_alloc(((size_t)s->togethers + 1) * sizeof *group);
		g->group_of = mem_alloc((funcs + 1) * sizeof *g->group_of);
		for (size_t f = 0; f < funcs; f++)
			together[f] = g->group_of[f] = PLAN_NONE;
		for (uint32_t t = 0; t < s->togethers; t++) {
			group[t] = PLAN_NONE;
			for (uint32_t i = 0; i < s->together[t].members; i++)
				together[s->together[t].member[i].func] = t;
		}
		for (uint32_t f = 0; f < funcs; f++) {
			uint32_t t = together[f];
			if (!used[f])
				continue;
			uint32_t at = t == PLAN_NONE ? PLAN_NONE : group[t];
			if (at == PLAN_NONE)
				at = graph_group(g, (struct graph_group){ f, s->workers.least, s->workers.most, t, s->near.pond });
			if (t != PLAN_NONE)
				group[t] = at;
			g->group_of[f] = at;
		}
		mem_free(together);
		mem_free(group);
	}
	mem_free(used);
}
