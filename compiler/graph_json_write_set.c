/* Writing calculation sets and ponds: what they say, then the graph. */
#include "compiler/graph_json_write.h"

static void write_defaults(struct writer *w, const struct set *s)
{
	const struct plan_set *p = &s->plan;
	const struct set_defaults *d = &s->defaults;
	if (!p->cpu_milli && !p->memory && !(p->image && *p->image) && !d->devices && !d->envs && !d->secrets && !d->retries && !d->timeout_ms)
		return;
	json_key(&w->w, "default");
	json_object(&w->w);
	write_attrs(&w->w, OWNED_BY_set_default, p);
	if (d->portable) {
		json_key(&w->w, "portable");
		json_bool(&w->w, true);
	}
	write_attrs(&w->w, OWNED_BY_set_more, d);
	write_variables(w, d->env, d->envs, d->secret, d->secrets);
	if (d->devices) {
		json_key(&w->w, "device");
		json_object(&w->w);
		for (uint32_t i = 0; i < d->devices; i++) {
			json_key(&w->w, d->device[i].name);
			json_u64(&w->w, d->device[i].count);
		}
		json_object_end(&w->w);
	}
	json_object_end(&w->w);
}

static const char *func_name(const struct writer *w, uint32_t func) { return name_of(w->c, w->c->program.func[func].name); }

static void write_slots(struct writer *w, const struct set *s)
{
	if (s->slots_auto || s->plan.slots != 1) {
		json_key(&w->w, "slots");
		if (s->slots_auto)
			json_string(&w->w, "auto");
		else
			json_u64(&w->w, s->plan.slots);
	}
	if (!s->owns)
		return;
	json_key(&w->w, "own_slots");
	json_object(&w->w);
	for (uint32_t i = 0; i < s->owns; i++) {
		json_key(&w->w, func_name(w, s->own[i].of.func));
		json_u64(&w->w, s->own[i].slots);
	}
	json_object_end(&w->w);
}

static void write_list_attrs(struct writer *w, const struct set *s)
{
	if (s->togethers) {
		json_key(&w->w, "together");
		json_array(&w->w);
		for (uint32_t i = 0; i < s->togethers; i++) {
			json_array(&w->w);
			for (uint32_t k = 0; k < s->together[i].members; k++)
				json_string(&w->w, func_name(w, s->together[i].member[k].func));
			json_array_end(&w->w);
		}
		json_array_end(&w->w);
	}
	if (s->near.pond != PLAN_NONE) {
		json_key(&w->w, "near");
		json_string(&w->w, name_of(w->c, w->c->program.pond[s->near.pond].name));
	}
	if (s->workers.span.at) {
		json_key(&w->w, "workers");
		if (s->workers.least != s->workers.most)
			json_array(&w->w);
		json_u64(&w->w, s->workers.least);
		if (s->workers.least != s->workers.most) {
			json_u64(&w->w, s->workers.most);
			json_array_end(&w->w);
		}
	}
	if (!s->routes)
		return;
	json_key(&w->w, "route");
	json_object(&w->w);
	for (uint32_t i = 0; i < s->routes; i++) {
		json_key(&w->w, func_name(w, s->route[i].of.func));
		json_string(&w->w, s->route[i].path);
	}
	json_object_end(&w->w);
}

void write_set(struct writer *w, const struct set *s, const struct graph *g)
{
	json_key(&w->w, name_of(w->c, s->name));
	json_object(&w->w);
	if (s->plan.on_list) {
		json_key(&w->w, "on");
		json_string(&w->w, "list");
	}
	write_slots(w, s);
	write_attrs(&w->w, OWNED_BY_set, &s->plan);
	if (s->plan.scratch_memory) {
		json_key(&w->w, "scratch_in");
		json_string(&w->w, "memory");
	}
	write_list_attrs(w, s);
	write_defaults(w, s);
	write_place(w, s->span);
	write_place_as(w, "row", s->row);
	if (s->is_group) {
		json_key(&w->w, "sets");
		json_array(&w->w);
		for (uint32_t i = 0; i < s->parts; i++)
			json_string(&w->w, name_of(w->c, w->c->program.set[s->part[i].set].name));
		json_array_end(&w->w);
	} else {
		write_graph(w, g);
	}
	json_object_end(&w->w);
}

void write_pond(struct writer *w, const struct pond *p)
{
	json_key(&w->w, name_of(w->c, p->name));
	json_object(&w->w);
	write_attrs(&w->w, OWNED_BY_pond, p);
	if (p->share) {
		json_key(&w->w, "persist");
		buf_clear(&w->scratch);
		buf_printf(&w->scratch, "/%s/%s", p->share, p->path);
		json_string(&w->w, buf_str(&w->scratch));
	}
	write_place(w, p->span);
	json_object_end(&w->w);
}
