/* The CalculationSet: what the plan and the graph say of a set on a list, or which sets a set of sets runs, for who runs it. */
#include "emitters/list.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "compiler/outside.h"
#include "compiler/place.h"

static void pair_if(struct yaml_writer *w, const char *key, uint64_t v)
{
	if (v)
		yaml_pair_number(w, key, v);
}

static void write_plan(const struct list *l, struct yaml_writer *w)
{
	yaml_key_map(w, "plan");
	yaml_pair(w, "hash", l->k.hash);
	yaml_key_list(w, "configMaps");
	for (uint32_t i = 0; i < l->k.chunks; i++)
		yaml_string(w, l->k.chunk[i].name);
	yaml_list_end(w);
	yaml_key_list(w, "places");
	for (uint32_t i = 0; i < l->k.parts; i++)
		yaml_string(w, l->k.part[i].name);
	yaml_list_end(w);
	yaml_map_end(w);
}

static void write_function(const struct list *l, struct yaml_writer *w, const struct list_function *f)
{
	static const char *const effects[] = { "Pure", "Idempotent", "Once" };
	const struct plan_func *of = &l->p->func[f->plan];

	yaml_map(w);
	yaml_pair(w, "name", f->name);
	yaml_pair(w, "container", f->container);
	yaml_pair_number(w, "port", f->port);
	yaml_pair(w, "effect", effects[of->effect]);
	yaml_pair_number(w, "retries", of->retries);	/* also 0: what a server fills in within a list, a client's apply takes for a change */
	pair_if(w, "timeoutMilliseconds", of->timeout_ms);
	yaml_map_end(w);
}

static void write_groups(const struct list *l, struct yaml_writer *w)
{
	yaml_key_list(w, "groups");
	for (uint32_t i = 0; i < l->groups; i++) {
		const struct list_group *g = &l->group[i];

		yaml_map(w);
		yaml_pair(w, "name", g->called);
		yaml_pair(w, "deployment", g->name);
		yaml_pair(w, "service", g->name);
		if (g->of->pond != PLAN_NONE)
			yaml_pair(w, "near", name_of(l->c, l->c->program.pond[g->of->pond].name));
		yaml_key_map(w, "workers");
		yaml_pair_number(w, "min", g->of->least);
		yaml_pair_number(w, "max", g->of->most);
		yaml_map_end(w);
		yaml_key_list(w, "functions");
		for (uint32_t f = 0; f < g->functions; f++)
			write_function(l, w, &l->function[g->first + f]);
		yaml_list_end(w);
		yaml_map_end(w);
	}
	yaml_list_end(w);
}

/* ---- edges: one for each two groups, medium and name ---- */

struct edge { uint32_t from, to; enum plan_medium medium; const char *name; };

static int by_edge(const void *a, const void *b)
{
	const struct edge *x = a, *y = b;

	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	if (x->to != y->to)
		return x->to < y->to ? -1 : 1;
	if (x->medium != y->medium)
		return x->medium < y->medium ? -1 : 1;
	return strcmp(x->name, y->name);
}

static const char *medium_name(const struct list *l, uint32_t medium)
{
	uint32_t where = graph_medium_where(medium);

	if (graph_medium(medium) == MEDIUM_POND)
		return name_of(l->c, l->c->program.pond[where].name);
	if (graph_medium(medium) == MEDIUM_SHARE && where < l->c->program.outsides && l->c->program.outside[where].share)
		return l->c->program.outside[where].share;
	return "";
}

static size_t find_edges(const struct list *l, struct edge *edge)
{
	size_t n = 0, kept = 0;

	for (size_t i = 0; i < l->g->edges; i++) {
		const struct graph_edge *e = &l->g->edge[i];
		const struct graph_node *from = e->from == PLAN_NONE ? NULL : &l->g->node[e->from], *to = &l->g->node[e->to];

		if (from && from->kind == NODE_CALL && to->kind == NODE_CALL)
			edge[n++] = (struct edge){ l->g->group_of[from->of], l->g->group_of[to->of], graph_medium(e->medium), medium_name(l, e->medium) };
	}
	qsort(edge, n, sizeof *edge, by_edge);
	for (size_t i = 0; i < n; i++)
		if (!kept || by_edge(&edge[kept - 1], &edge[i]) != 0)
			edge[kept++] = edge[i];
	return kept;
}

static void write_edges(struct list *l, struct yaml_writer *w)
{
	static const char *const media[] = { [MEDIUM_SCRATCH] = "Scratch", [MEDIUM_IPC] = "IPC", [MEDIUM_LOOPBACK] = "Loopback",
		[MEDIUM_POND] = "Pond", [MEDIUM_SHARE] = "Share", [MEDIUM_NETWORK] = "Network" };
	struct edge *edge = mem_alloc((l->g->edges + 1) * sizeof *edge);
	size_t count = find_edges(l, edge);

	if (count > LIST_EDGES)
		list_report(l, CF804, l->p->set.loc, "the groups of calcset `%s` are joined by %zu edges; a CalculationSet holds %d", l->p->set.name,
			    count, LIST_EDGES);
	if (count)
		yaml_key_list(w, "edges");
	for (size_t i = 0; i < count; i++) {
		yaml_map(w);
		yaml_pair(w, "from", l->group[edge[i].from].called);
		yaml_pair(w, "to", l->group[edge[i].to].called);
		yaml_pair(w, "medium", media[edge[i].medium]);
		if (*edge[i].name)
			yaml_pair(w, "name", edge[i].name);
		yaml_map_end(w);
	}
	if (count)
		yaml_list_end(w);
	mem_free(edge);
}

/* ---- outside ---- */

static void write_outside(const struct list *l, struct yaml_writer *w, uint32_t at, bool sink)
{
	const struct outside *o = &l->c->program.outside[at];

	yaml_map(w);
	yaml_pair(w, "name", o->plan_name ? o->plan_name : name_of(l->c, o->name));
	if (o->pond)
		yaml_pair(w, "pond", name_of(l->c, l->c->program.pond[o->pond - 1].name));
	else
		yaml_pair(w, "share", o->share);
	yaml_pair(w, "path", sink ? outside_plan_path(l->c, o) : outside_read_path(l->c, o));
	if (o->row.at)
		yaml_pair(w, "data", place_text(l->c, o->row));
	yaml_map_end(w);
}

/* Sources or sinks, each once, in the order of the program. */
static void write_outsides(struct list *l, struct yaml_writer *w, const char *key, bool sinks)
{
	size_t outsides = l->c->program.outsides, count = 0;
	bool *used = mem_zalloc(outsides + 1, sizeof *used);

	for (size_t i = 0; !sinks && i < l->g->values; i++)
		if (l->g->value[i].kind == VALUE_SOURCE && l->g->value[i].a < outsides)
			used[l->g->value[i].a] = true;
	for (size_t i = 0; sinks && i < l->g->sinks; i++)
		used[l->g->sink[i]] = true;
	for (uint32_t i = 0; i < outsides; i++) {
		if (!used[i] || !(l->c->program.outside[i].pond || l->c->program.outside[i].share))
			continue;
		if (count++ == 0)
			yaml_key_list(w, key);
		write_outside(l, w, i, sinks);
	}
	if (count)
		yaml_list_end(w);
	if (count > LIST_OUTSIDES)
		list_report(l, CF804, l->p->set.loc, "calcset `%s` has %zu %s; a CalculationSet holds %d", l->p->set.name, count, key, LIST_OUTSIDES);
	mem_free(used);
}

static void write_volumes(const struct list *l, struct yaml_writer *w, bool ponds)
{
	bool any = false;

	for (uint32_t i = 0; i < l->volumes; i++) {
		const struct list_volume *v = &l->volume[i];

		if ((v->pond != NULL) != ponds)
			continue;
		if (!any)
			yaml_key_list(w, ponds ? "ponds" : "shares");
		any = true;
		yaml_map(w);
		yaml_pair(w, "name", v->name);
		yaml_pair(w, "claim", v->claim_name);
		if (!ponds)
			yaml_pair_bool(w, "writes", v->written);
		if (ponds) {
			yaml_pair(w, "medium", v->pond->memory ? "Memory" : "Disk");
			pair_if(w, "size", v->pond->size);
		}
		if (ponds && v->pond->share)
			yaml_pair(w, "persist", arena_printf(l->arena, "%s/%s", v->pond->share, v->pond->path));
		yaml_map_end(w);
	}
	if (any)
		yaml_list_end(w);
}

static void write_routes(const struct list *l, struct yaml_writer *w)
{
	bool any = false;

	for (uint32_t i = 0; i < l->s->routes; i++) {
		const struct set_route *r = &l->s->route[i];

		if (l->g->group_of[r->of.func] == PLAN_NONE)
			continue;
		if (!any)
			yaml_key_list(w, "routes");
		any = true;
		yaml_map(w);
		yaml_pair(w, "path", r->path);
		yaml_pair(w, "function", name_of(l->c, l->c->program.func[r->of.func].name));
		yaml_map_end(w);
	}
	if (any)
		yaml_list_end(w);
}

/* ---- time ---- */

static const char *seconds(const struct list *l, int64_t ns)
{
	if (ns % 1000000000 == 0)
		return arena_printf(l->arena, "%" PRId64 "s", ns / 1000000000);
	return arena_printf(l->arena, "%" PRId64 ".%09" PRId64 "s", ns / 1000000000, ns % 1000000000);
}

static void write_window(const struct list *l, struct yaml_writer *w)
{
	const struct program *p = &l->c->program;
	uint32_t window = 0;

	for (size_t i = 0; i < l->g->sinks && !window; i++)
		window = p->outside[l->g->sink[i]].window;
	for (size_t i = 0; i < l->g->values && !window; i++)
		if (l->g->value[i].kind == VALUE_SOURCE && l->g->value[i].a < p->outsides)
			window = p->outside[l->g->value[i].a].window;
	if (!window)
		return;
	yaml_key_map(w, "window");
	yaml_pair(w, "name", name_of(l->c, p->window[window - 1].name));
	yaml_pair(w, "every", seconds(l, p->window[window - 1].every_ns));
	if (p->window[window - 1].from_ns)
		yaml_pair(w, "from", seconds(l, p->window[window - 1].from_ns));
	if (p->window[window - 1].lateness.late_ns)
		yaml_pair(w, "late", seconds(l, (int64_t)p->window[window - 1].lateness.late_ns));
	yaml_map_end(w);
}

/* ---- the objects ---- */

static void begin_spec(struct list *l, struct yaml_writer *w)
{
	struct kube_object o = list_object(l, NULL, LIST_VERSION, "CalculationSet", l->name);

	list_begin(l, w, &o);
	yaml_key_map(w, "spec");
	yaml_pair(w, "program", l->c->program_name);
	yaml_pair(w, "source", place_text(l->c, l->s->span));
	if (l->s->row.at)
		yaml_pair(w, "data", place_text(l->c, l->s->row));
	yaml_pair(w, "set", name_of(l->c, l->s->name));
}

void list_write_set(struct list *l, struct yaml_writer *w)
{
	static const char *const orders[] = { "Parallel", "DepthFirst", "BreadthFirst", "Dependency" };
	const struct plan_set *set = &l->p->set;

	begin_spec(l, w);
	write_plan(l, w);
	yaml_pair(w, "order", orders[set->order]);
	yaml_pair_number(w, "ahead", set->ahead);
	yaml_pair_number(w, "slots", set->slots);
	yaml_pair_number(w, "timeoutSeconds", set->timeout_ms / 1000 + (set->timeout_ms % 1000 != 0));
	if (set->scratch || set->scratch_memory) {
		yaml_key_map(w, "scratch");
		yaml_pair(w, "medium", set->scratch_memory ? "Memory" : "Disk");
		pair_if(w, "size", set->scratch);
		yaml_map_end(w);
	}
	write_window(l, w);
	write_groups(l, w);
	write_edges(l, w);
	write_outsides(l, w, "sources", false);
	write_outsides(l, w, "sinks", true);
	write_volumes(l, w, false);
	write_volumes(l, w, true);
	write_routes(l, w);
	yaml_map_end(w);
	yaml_map_end(w);
}

static const char *set_name(const struct list *l, uint32_t set)
{
	return kube_name(l->arena, name_of(l->c, l->c->program.set[set].name), LIST_SET_NAME);
}

void list_write_sets(struct list *l, struct yaml_writer *w)
{
	begin_spec(l, w);
	yaml_key_list(w, "sets");
	for (uint32_t i = 0; i < l->s->parts; i++) {
		const struct set *part = &l->c->program.set[l->s->part[i].set];

		yaml_map(w);
		yaml_pair(w, "name", set_name(l, l->s->part[i].set));
		yaml_pair(w, "scope", part->is_group ? "Sets" : part->plan.on_list ? "List" : "Pod");
		if (part->afters)
			yaml_key_list(w, "after");
		for (uint32_t k = 0; k < part->afters; k++)
			yaml_string(w, set_name(l, part->after[k]));
		if (part->afters)
			yaml_list_end(w);
		yaml_map_end(w);
	}
	yaml_list_end(w);
	yaml_map_end(w);
	yaml_map_end(w);
}
