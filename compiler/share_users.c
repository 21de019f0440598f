/*
 * One pass over the graphs notes each set's sources, sinks and states that stand at a share; sorted by share, they are counted once. The
 * sort is n log n over what is named, which is far less than what runs.
 */
#include "compiler/share_users.h"

#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "compiler/compilation.h"
#include "compiler/graph.h"

struct noted { const char *share; size_t set; bool writes; };
struct notes { struct noted *p; size_t n, cap; };

static void note(struct notes *all, const char *share, size_t set, bool writes)
{
	if (!share)
		return;
	all->p = mem_grow(all->p, &all->cap, all->n + 1, sizeof *all->p);
	all->p[all->n++] = (struct noted){ share, set, writes };
}

static void note_states(struct notes *all, const struct program *p, size_t set, const struct func *f)
{
	for (uint32_t i = 0; i < f->n_reads; i++)
		note(all, p->state[f->reads[i].state].share, set, false);
	for (uint32_t i = 0; i < f->n_writes; i++)
		note(all, p->state[f->writes[i].state].share, set, true);
}

static void note_set(struct notes *all, const struct program *p, size_t set, const struct graph *g)
{
	for (size_t i = 0; i < g->values; i++)
		if (g->value[i].kind == VALUE_SOURCE && g->value[i].a < p->outsides)
			note(all, p->outside[g->value[i].a].share, set, false);
	for (size_t i = 0; i < g->sinks; i++)
		note(all, p->outside[g->sink[i]].share, set, true);
	for (size_t i = 0; i < g->nodes; i++)
		if (g->node[i].kind == NODE_CALL)
			note_states(all, p, set, &p->func[g->node[i].of]);
}

static int by_share(const void *x, const void *y)
{
	const struct noted *a = x, *b = y;
	int order = strcmp(a->share, b->share);

	return order ? order : (a->set > b->set) - (a->set < b->set);
}

static void count(struct compilation *c, const struct notes *all)
{
	const struct program *p = &c->program;
	struct share_users *to = NULL;

	c->share_users = arena_zalloc(&c->arena, all->n + 1, sizeof *c->share_users);
	for (size_t i = 0, same; i < all->n; i = same) {
		bool writes = false;

		for (same = i; same < all->n && all->p[same].set == all->p[i].set && strcmp(all->p[same].share, all->p[i].share) == 0; same++)
			writes |= all->p[same].writes;
		if (!to || strcmp(to->share, all->p[i].share) != 0) {
			to = &c->share_users[c->shares_used++];
			to->share = all->p[i].share;
		}
		++*(p->set[all->p[i].set].plan.on_list ? &to->lists : &to->pods);
		to->writers += writes;
	}
}

static int by_name(const void *name, const void *users)
{
	return strcmp(name, ((const struct share_users *)users)->share);
}

struct share_users share_users(struct compilation *c, const char *share)
{
	const struct share_users *found;

	if (!c->share_users) {
		struct notes all = { NULL, 0, 0 };

		for (size_t i = 0; i < c->program.sets; i++)
			if (set_has_graph(&c->program.set[i]))
				note_set(&all, &c->program, i, &c->graph[i]);
		if (all.n)
			qsort(all.p, all.n, sizeof *all.p, by_share);
		count(c, &all);
		mem_free(all.p);
	}
	found = bsearch(share, c->share_users, c->shares_used, sizeof *found, by_name);
	return found ? *found : (struct share_users){ share, 0, 0, 0 };
}
