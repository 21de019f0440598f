/*
 * States: a step that reads or writes one touches it. A state of pods (ipc, scratch) is one pod's: all steps that touch it are in that
 * pod. How steps may share it is not looked at here.
 */
#include "compiler/place_parts.h"

#include "base/mem.h"

struct use { uint32_t func; const struct state_use *at; };
typedef void (*on_use)(struct placing *p, uint32_t place, const struct use *u, void *ctx);

static void uses_of(struct placing *p, uint32_t func, uint32_t place, on_use on, void *ctx)
{
	const struct func *f = &p->c->program.func[func];
	for (uint32_t i = 0; i < f->n_reads; i++)
		on(p, place, &(struct use){ func, &f->reads[i] }, ctx);
	for (uint32_t i = 0; i < f->n_writes; i++)
		on(p, place, &(struct use){ func, &f->writes[i] }, ctx);
}

/* Each use of a state by a function that the set calls, in the functions' order. */
static void each_use(struct placing *p, on_use on, void *ctx)
{
	bool *called = mem_zalloc(p->c->program.funcs + 1, sizeof *called);
	for (size_t i = 0; i < p->g->nodes; i++)
		if (p->g->node[i].kind == NODE_CALL)
			called[p->g->node[i].of] = true;
	for (uint32_t f = 0; f < p->c->program.funcs; f++)
		if (called[f])
			uses_of(p, f, p->s->plan.on_list ? p->g->group_of[f] : 0, on, ctx);
	mem_free(called);
}

static void pull_one(struct placing *p, uint32_t place, const struct use *u, void *ctx)
{
	const struct state *st = &p->c->program.state[u->at->state];
	(void)ctx;
	if (!st->pond)
		return;
	struct pull why = { st->pond - 1, st->medium_at.at ? st->medium_at : st->span, u->at->span, u->func, "uses", PLAN_NONE };
	place_pull(p, place, &why);
}

void place_states_pull(struct placing *p)
{
	if (p->c->program.states)
		each_use(p, pull_one, NULL);
}

struct first_use { uint32_t place, func; struct span span; bool refused; };

static void check_one(struct placing *p, uint32_t place, const struct use *u, void *ctx)
{
	const struct state *st = &p->c->program.state[u->at->state];
	struct first_use *first = &((struct first_use *)ctx)[u->at->state];
	const struct words *w = &p->c->words;
	if ((st->medium != w->ipc && st->medium != w->scratch) || first->refused)
		return;
	if (first->func == PLAN_NONE) {
		*first = (struct first_use){ place, u->func, u->at->span, false };
		if (!p->s->plan.on_list || p->g->group[place].most == 1)
			return;
	} else if (first->place == place) {
		return;
	}
	first->refused = true;
	place_report_state(p, st, u->func, u->at->span, first->func, first->span);
}

static void check_flat(struct placing *p, const struct state *st)
{
	if (st->medium != p->c->words.ipc || !st->type || !st->used || place_flat(p, st->type))
		return;
	diag_report(p->c->diags, CF302, st->medium_at.at ? st->medium_at : st->span, "`ipc` carries values of a fixed size, and `%s` is %s: %s", name_of(p->c, st->name),
		    type_text(&p->c->types, st->type), place_not_flat(p, st->type));
	diag_help(p->c->diags, "let it stand `at scratch`: the pod's own volume carries anything");
}

void place_states(struct placing *p)
{
	size_t n = p->c->program.states;
	if (!n)
		return;
	struct first_use *first = mem_zalloc(n, sizeof *first);
	for (size_t i = 0; i < n; i++) {
		first[i].func = PLAN_NONE;
		check_flat(p, &p->c->program.state[i]);
	}
	each_use(p, check_one, first);
	mem_free(first);
}
