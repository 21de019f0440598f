/*
 * What a set says of its functions and workers, in the plan: worker groups and the functions in them, slots of a function's own, and
 * defaults merged into the functions that do not say it themselves.
 */
#include "compiler/place.h"
#include "compiler/planner.h"
#include "compiler/planner_parts.h"
#include "runtime/plan_images.h"

#include <string.h>

#include "base/mem.h"

void plan_groups(struct planner *pl)
{
	const struct graph *g = pl->g;
	pl->p->group = arena_zalloc(&pl->p->arena, g->groups + 1, sizeof *pl->p->group);
	pl->p->groups = (uint32_t)g->groups;
	for (size_t i = 0; i < g->groups; i++) {
		const struct func *f = &pl->c->program.func[g->group[i].first];
		pl->p->group[i] = (struct plan_group){ arena_strdup(&pl->p->arena, name_of(pl->c, f->name)), g->group[i].least, g->group[i].most };
	}
}

uint32_t plan_media(struct planner *pl, const struct graph_node *n)
{
	const struct graph *g = pl->g;
	uint32_t count = place_results(pl->c, g, n);
	uint32_t medium[RES_MAX];
	bool other = false;
	if (n->first_medium == PLAN_NONE || count > RES_MAX)
		return PLAN_NONE;
	for (uint32_t k = 0; k < count; k++) {
		medium[k] = graph_medium(g->item[n->first_medium + k]);
		other |= medium[k] != MEDIUM_SCRATCH;
	}
	return other ? items_in_plan(pl, medium, count) : PLAN_NONE;
}

static bool has_env(const struct func *f, const char *name)
{
	for (uint32_t i = 0; i < f->envs; i++)
		if (!strcmp(f->env[i].name, name))
			return true;
	for (uint32_t i = 0; i < f->secrets; i++)
		if (!strcmp(f->secret[i].name, name))
			return true;
	return false;
}

struct func plan_with_defaults(struct compilation *c, const struct set *s, const struct func *own)
{
	const struct set_defaults *d = &s->defaults;
	struct func f = *own;
	if (!*f.image && !f.native)
		f.portable = d->portable;
	if (!f.devices) {
		f.device = d->device;
		f.devices = d->devices;
	}
	if (!f.retries && f.effect != EFFECT_ONCE)
		f.retries = d->retries;
	if (!f.timeout_ms)
		f.timeout_ms = d->timeout_ms;
	if (!*f.image)
		f.portable = d->portable;
	if (d->envs) {
		f.env = arena_alloc(&c->arena, ((size_t)own->envs + d->envs) * sizeof *f.env);
		if (own->envs)
			memcpy(f.env, own->env, own->envs * sizeof *f.env);
		for (uint32_t i = 0; i < d->envs; i++)
			if (!has_env(own, d->env[i].name))
				f.env[f.envs++] = d->env[i];
	}
	if (d->secrets) {
		f.secret = arena_alloc(&c->arena, ((size_t)own->secrets + d->secrets) * sizeof *f.secret);
		if (own->secrets)
			memcpy(f.secret, own->secret, own->secrets * sizeof *f.secret);
		for (uint32_t i = 0; i < d->secrets; i++)
			if (!has_env(own, d->secret[i].name))
				f.secret[f.secrets++] = d->secret[i];
	}
	return f;
}

uint32_t plan_program_func(const struct compilation *c, const struct plan_func *f)
{
	const struct decl *d = f->expr == PLAN_NONE ? program_callable(&c->program, sym_find(c->syms, f->name, strlen(f->name))) : NULL;
	return d && d->kind == DECL_FUNC ? d->index : PLAN_NONE;
}

static const struct set_own *own_slots(const struct set *s, uint32_t func)
{
	for (uint32_t i = 0; i < s->owns; i++)
		if (s->own[i].of.func == func)
			return &s->own[i];
	return NULL;
}

/*
 * Slots of a function's own come after the common ones. Where images differ each slot has one, and the common ones may take on others
 * (plan_images.h); a slot of a function's own keeps its image.
 */
void plan_own_slots(struct planner *pl)
{
	const struct set *s = pl->set;
	struct plan *p = pl->p;
	struct plan_places at = { .common = p->set.slots, .mounts = pl->c->options && pl->c->options->mounted_images };
	const char **image, **own;
	bool differ = false;
	if (!s->owns)
		return;
	for (uint32_t i = 0; i < s->owns; i++)
		p->set.slots += pl->func_map[s->own[i].of.func] == PLAN_NONE ? 0 : s->own[i].slots;
	image = mem_zalloc(p->funcs + 1, sizeof *image);
	own = mem_zalloc((size_t)p->set.slots + 1, sizeof *own);
	for (uint32_t f = 0; f < pl->c->program.funcs; f++) {
		uint32_t in_plan = pl->func_map[f], k = 0;
		if (in_plan == PLAN_NONE)
			continue;
		differ |= strcmp(plan_func_image(p, in_plan), plan_func_image(p, 0)) != 0;
		while (k < at.images && strcmp(image[k], plan_func_image(p, in_plan)) != 0)
			k++;
		if (k == at.images && !own_slots(s, f))
			image[at.images++] = plan_func_image(p, in_plan);
	}
	for (uint32_t i = 0, slot = 0; i < s->owns; i++)
		for (uint32_t k = 0; pl->func_map[s->own[i].of.func] != PLAN_NONE && k < s->own[i].slots; k++)
			own[slot++] = plan_func_image(p, pl->func_map[s->own[i].of.func]);
	at.image = image;
	at.own = own;
	if (differ && (at.images || p->set.slots > at.common))
		plan_place_images(p, &at);
	mem_free(image);
	mem_free(own);
}
