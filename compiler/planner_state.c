/* States in a plan: each that a function touches once, with where it stands, how it may be shared and what it begins with. */
#include "compiler/planner_parts.h"

#include <string.h>

static const char *standing(struct planner *pl, const struct state *s)
{
	struct compilation *c = pl->c;
	if (s->pond)
		return arena_printf(&pl->p->arena, "pond/%s", name_of(c, c->program.pond[s->pond - 1].name));
	if (s->share)
		return arena_printf(&pl->p->arena, "/%s/%s", s->share, s->path);
	return settled(pl, s->medium ? name_of(c, s->medium) : "");
}

static const char *first_value(struct planner *pl, const struct state *s)
{
	struct buf text = BUF_INIT;
	const char *json = NULL;
	if (!s->has_init)
		return NULL;
	if (word_json(&pl->c->store, &pl->c->types, s->type, s->init, &text)) {
		json = arena_strndup(&pl->p->arena, buf_str(&text), text.len);
	} else {
		diag_report(pl->c->diags, CF702, s->span, "the first value of state `%s` makes the plan too large", name_of(pl->c, s->name));
		diag_help(pl->c->diags, "let a function write it first");
		pl->failed = true;
	}
	buf_release(&text);
	return json;
}

static uint32_t state_in_plan(struct planner *pl, uint32_t state)
{
	const struct state *s = &pl->c->program.state[state];
	struct plan_state one = { .name = settled(pl, name_of(pl->c, s->name)), .format = s->format, .lock = "" };
	if (pl->state_map[state] != PLAN_NONE)
		return pl->state_map[state];
	one.type = type_in_plan(pl, s->type);
	one.mode = s->mode;		/* enum state_mode and enum plan_state_mode have one order */
	one.at = standing(pl, s);
	if (s->mode == STATE_GUARDED)
		one.lock = settled(pl, name_of(pl->c, pl->c->program.lock[s->lock - 1].name));
	one.init = first_value(pl, s);
	return pl->state_map[state] = pool_add(&pl->state, sizeof one, &one);
}

uint32_t plan_use_of(const struct planner *pl, const struct plan_func *f, uint32_t state)
{
	for (uint32_t i = 0; i < f->uses; i++)
		if (((const struct plan_use *)pl->use.at)[f->first_use + i].state == pl->state_map[state])
			return i;
	return PLAN_NONE;
}

void plan_uses(struct planner *pl, const struct func *f, struct plan_func *out)
{
	out->first_use = (uint32_t)pl->use.count;
	for (uint32_t i = 0; i < f->n_reads + f->n_writes; i++) {
		bool writes = i >= f->n_reads;
		uint32_t state = writes ? f->writes[i - f->n_reads].state : f->reads[i].state, in_plan = state_in_plan(pl, state), had;
		struct plan_use one = { in_plan, writes, PLAN_NONE, PLAN_NONE };
		had = plan_use_of(pl, out, state);
		if (had != PLAN_NONE) {
			((struct plan_use *)pl->use.at)[out->first_use + had].writes |= writes;
			continue;
		}
		pool_add(&pl->use, sizeof one, &one);
		out->uses++;
	}
}
