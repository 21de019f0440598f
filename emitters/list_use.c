/*
 * What a set on a list needs, found in its plan and its graph: worker groups and their functions with images, resources and plans;
 * the volumes (shares, ponds) that each group reads or writes; which group hands data to which.
 */
#include "emitters/list.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"
#include "compiler/planner.h"
#include "runtime/value.h"

enum {
	DEFAULT_CPU_MILLI = 250, DEFAULT_MEMORY = 128 << 20,
	/* What the server takes beside its steps, for each request that it may hold: a body of 4 MiB as text, taken apart, and as files. */
	SERVER_MEMORY = 16 << 20, REQUEST_MEMORY = 12 << 20
};

/* ---- functions ---- */

static bool has_port(const struct plan *p, uint32_t first, uint32_t count, const char *name)
{
	for (uint32_t i = first; i < first + count; i++)
		if (strcmp(p->port[i].name, name) == 0)
			return true;
	return false;
}

/* Its present value comes with a request and the next one goes with the answer, beside parameters and results. */
static void check_state(struct list *l, const struct plan_func *f, const struct plan_state *s)
{
	if (f->native) {
		list_report(l, CF607, f->loc, "function `%s` is native and touches state `%s`: a C function has parameters and results", f->name, s->name);
		diag_help(l->in->diags, "take the state as a parameter and give the next one as a result, or let a command touch it");
	}
	if (has_port(l->p, f->first_param, f->params, s->name) || has_port(l->p, f->first_result, f->results, s->name)) {
		list_report(l, CF802, f->loc, "`%s` is a parameter or a result of function `%s` and a state that it touches: a request has one member of that name",
			    s->name, f->name);
		diag_help(l->in->diags, "give one of the two another name");
	}
	if (value_is_folder(l->p, s->type)) {
		list_report(l, CF302, f->loc, "state `%s`, which function `%s` touches, is a folder of files: a request carries a state as one file", s->name, f->name);
		diag_help(l->in->diags, "make it a `file` that holds them, as an archive");
	}
}

static void check_function(struct list *l, const struct plan_func *f, const struct func *own)
{
	const char *image = f->image[0] ? f->image : l->p->set.image;

	if (!f->words && !own->native) {
		list_report(l, CF607, f->loc, "function `%s` leaves it to its image what runs, and a worker cannot ask the image", f->name);
		diag_help(l->in->diags, "say it: `command [\"/path/of/program\", …]`");
	}
	if (!*image) {
		list_report(l, CF805, f->loc, "function `%s` has no image to run in", f->name);
		diag_help(l->in->diags, "write `image \"NAME:TAG\"` in the function, or `default image \"NAME:TAG\"` in calcset %s", l->p->set.name);
	}
	for (uint32_t i = 0; i < f->uses; i++)
		check_state(l, f, &l->p->state[l->p->use[f->first_use + i].state]);
	for (uint32_t i = 0; i < f->secrets; i++) {
		const struct plan_secret *secret = &l->p->secret[f->first_secret + i];

		if (!kube_is_subdomain(secret->secret) || !kube_is_label_value(secret->key) || !*secret->key)
			list_report(l, CF801, f->loc, "`%s/%s`, a secret of function `%s`, is not a valid name and key of a Secret",
				    secret->secret, secret->key, f->name);
	}
}

static void find_devices(struct list *l, struct list_function *out, const struct func *own)
{
	out->devices = own->devices;
	out->device = arena_alloc(l->arena, ((size_t)own->devices + 1) * sizeof *out->device);
	for (uint32_t i = 0; i < own->devices; i++)
		out->device[i] = (struct kube_device){ own->device[i].name, own->device[i].count * l->p->set.slots };
}

/* The ConfigMap of its plan is named by the content. */
static void name_config(struct list *l, struct list_function *f)
{
	uint8_t digest[32];
	char hex[65];

	list_piece(l->p, f->plan, &f->text);
	sha256_of(f->text.p, f->text.len, digest);
	sha256_hex(digest, hex);
	f->config = kube_name(l->arena, arena_printf(l->arena, "%s-%s-%.*s", l->name, f->name, KUBE_REVISION, hex), KUBE_NAME);
	if (f->text.len > KUBE_CHUNK)
		list_report(l, CF804, l->p->func[f->plan].loc, "the plan of function `%s` alone is %zu bytes; a ConfigMap holds %d", f->name,
			    f->text.len, KUBE_CHUNK);
}

static void find_function(struct list *l, uint32_t plan)
{
	const struct plan_func *f = &l->p->func[plan];
	const struct plan_set *set = &l->p->set;
	uint32_t own_at = plan_program_func(l->c, f);
	struct list_function *out = &l->function[l->functions];
	struct func own;
	uint64_t cpu = f->cpu_milli ? f->cpu_milli : set->cpu_milli, memory = f->memory ? f->memory : set->memory;

	if (f->group == PLAN_NONE || own_at == PLAN_NONE)
		return;		/* an expression: the set's host evaluates it */
	own = plan_with_defaults(l->c, l->s, &l->c->program.func[own_at]);
	check_function(l, f, &own);
	*out = (struct list_function){ .plan = plan, .program = own_at, .name = f->name, .group = f->group };
	out->container = kube_name(l->arena, f->name, KUBE_NAME);
	out->image = kube_image(l->arena, f->image[0] ? f->image : set->image, l->in->options->registry);
	out->cpu_milli = (cpu ? cpu : DEFAULT_CPU_MILLI) * set->slots;
	out->memory = (memory ? memory : DEFAULT_MEMORY) * set->slots + SERVER_MEMORY + REQUEST_MEMORY * (2 * set->slots + 1);
	if (set->scratch_memory)	/* its pages are charged to who touches them first */
		out->memory += set->scratch;
	find_devices(l, out, &own);
	if (!out->container) {
		list_report(l, CF801, f->loc, "function `%s` has no letter or digit that a Kubernetes name could be made of", f->name);
		return;
	}
	name_config(l, out);
	l->functions++;
}

static int by_group(const void *a, const void *b)
{
	const struct list_function *x = a, *y = b;

	if (x->group != y->group)
		return x->group < y->group ? -1 : 1;
	return x->plan < y->plan ? -1 : x->plan > y->plan;
}

/* ---- groups ---- */

static void check_containers(struct list *l, const struct list_group *g)
{
	const struct list_function *f = &l->function[g->first];

	for (uint32_t i = 0; i < g->functions; i++)
		for (uint32_t k = 0; k < i; k++)
			if (strcmp(f[i].container, f[k].container) == 0)
				list_report(l, CF802, l->p->func[f[i].plan].loc, "functions `%s` and `%s` would both be container %s", f[k].name, f[i].name,
					    f[i].container);
}

static void name_group(struct list *l, uint32_t i)
{
	struct list_group *g = &l->group[i];
	const char *whole;

	g->called = l->p->group[i].name;
	g->of = &l->g->group[i];
	whole = arena_printf(l->arena, "%s-%s", l->name, g->called);
	if (whole[0] >= '0' && whole[0] <= '9')		/* a Service's name begins with a letter */
		whole = arena_printf(l->arena, "set-%s", whole);
	g->name = kube_name(l->arena, whole, LIST_NAME);
	g->component = kube_name(l->arena, arena_printf(l->arena, "workers-%s", g->called), KUBE_NAME);
	g->reads = arena_zalloc(l->arena, (size_t)l->volumes + 1, sizeof *g->reads);
	g->writes = arena_zalloc(l->arena, (size_t)l->volumes + 1, sizeof *g->writes);
	g->feeds = arena_zalloc(l->arena, (size_t)l->groups + 1, sizeof *g->feeds);
}

static void fill_group(struct list *l, uint32_t i)
{
	struct list_group *g = &l->group[i];

	while (g->first < l->functions && l->function[g->first].group != i)
		g->first++;
	for (uint32_t f = g->first; f < l->functions && l->function[f].group == i; f++) {
		struct list_function *at = &l->function[f];

		at->port = LIST_PORT + g->functions;
		at->port_name = g->functions ? arena_printf(l->arena, "http-%u", g->functions) : "http";
		g->functions++;
	}
	if (g->functions > LIST_FUNCTIONS) {
		list_report(l, CF804, l->p->set.loc, "%u functions of calcset `%s` are together; a pod takes %d", g->functions, l->p->set.name,
			    LIST_FUNCTIONS);
		diag_help(l->in->diags, "write several `together` groups");
	} else {
		check_containers(l, g);
	}
}

/* ---- volumes ---- */

static uint32_t volume_of(struct list *l, const char *name, const struct pond *pond, const char *loc)
{
	uint32_t i = 0;

	while (i < l->volumes && !(l->volume[i].pond == pond && strcmp(l->volume[i].name, name) == 0))
		i++;
	if (i == l->volumes)
		l->volume[l->volumes++] = (struct list_volume){ .name = name, .pond = pond, .loc = loc };
	return i;
}

static const char *outside_loc(struct list *l, const struct outside *o)
{
	return place_text(l->c, o->span);
}

/* The volume of a source or sink; PLAN_NONE where it has none (a window's file on this machine). */
static uint32_t outside_volume(struct list *l, uint32_t outside)
{
	const struct outside *o = &l->c->program.outside[outside];

	if (o->pond)
		return volume_of(l, name_of(l->c, l->c->program.pond[o->pond - 1].name), &l->c->program.pond[o->pond - 1], outside_loc(l, o));
	return o->share ? volume_of(l, o->share, NULL, outside_loc(l, o)) : PLAN_NONE;
}

static uint32_t medium_volume(struct list *l, uint32_t medium)
{
	uint32_t where = graph_medium_where(medium);

	if (graph_medium(medium) == MEDIUM_POND)
		return volume_of(l, name_of(l->c, l->c->program.pond[where].name), &l->c->program.pond[where],
				 place_text(l->c, l->c->program.pond[where].span));
	if (graph_medium(medium) != MEDIUM_SHARE)
		return PLAN_NONE;
	return where == GRAPH_IMPLIED ? volume_of(l, "inputs", NULL, l->p->set.loc) : outside_volume(l, where);
}

/* All names of volumes first, so that each group has room for a word on each. */
static void name_volumes(struct list *l)
{
	size_t most = l->g->uses + l->g->groups + l->p->sources + l->p->sinks + 2 * l->g->sinks + 1;

	l->volume = arena_zalloc(l->arena, most, sizeof *l->volume);
	for (size_t i = 0; i < l->g->uses; i++)
		medium_volume(l, l->g->use[i].medium);
	for (size_t i = 0; i < l->g->groups; i++)
		if (l->g->group[i].pond != PLAN_NONE)
			medium_volume(l, GRAPH_MEDIUM(MEDIUM_POND, l->g->group[i].pond));
	for (size_t i = 0; i < l->g->sinks; i++)
		outside_volume(l, l->g->sink[i]);
}

/* ---- who writes a sink: the groups whose steps make its value ---- */

struct walk {
	struct list *l;
	uint32_t *seen;		/* of each value: the sink, from 1, that came to it last */
	uint32_t sink, volume;
};

static void mark_writer(struct walk *w, uint32_t value)
{
	const struct graph *g = w->l->g;
	const struct graph_value *v = &g->value[value];
	const struct graph_node *n;

	if (w->seen[value] == w->sink)
		return;
	w->seen[value] = w->sink;
	if (v->kind == VALUE_LIST) {
		for (uint32_t i = 0; i < v->b; i++)
			mark_writer(w, g->item[v->a + i]);
		return;
	}
	if (v->kind != VALUE_PORT && v->kind != VALUE_CARRY)
		return;
	n = &g->node[v->a];
	if (n->kind == NODE_CALL) {
		if (g->group_of[n->of] != PLAN_NONE)
			w->l->group[g->group_of[n->of]].writes[w->volume] = true;
		return;
	}
	if (n->kind == GRAPH_COMPUTE || n->kind == NODE_LAUNCH)
		return;		/* the set's host publishes what it made itself */
	for (uint32_t arm = 0; arm < (n->kind == NODE_MATCH ? n->arms : 1); arm++)
		if (g->region[n->of + arm].body != PLAN_NONE && v->b < g->region[n->of + arm].results)
			mark_writer(w, g->item[g->region[n->of + arm].first_result + v->b]);
}

static void mark_sinks(struct list *l)
{
	struct walk w = { .l = l, .seen = mem_zalloc(l->g->values + 1, sizeof *w.seen) };

	for (size_t i = 0; i < l->g->sinks; i++) {
		w.volume = outside_volume(l, l->g->sink[i]);
		if (w.volume == PLAN_NONE)
			continue;
		l->volume[w.volume].written = true;
		w.sink = (uint32_t)i + 1;
		mark_writer(&w, l->g->sink_value[i]);
	}
	mem_free(w.seen);
}

static void mark_uses(struct list *l)
{
	for (size_t i = 0; i < l->g->uses; i++) {
		const struct graph_use *u = &l->g->use[i];
		uint32_t v = medium_volume(l, u->medium);

		if (v == PLAN_NONE)
			continue;
		l->volume[v].written |= u->writes;
		if (u->place != PLAN_NONE)
			(u->writes ? l->group[u->place].writes : l->group[u->place].reads)[v] = true;
	}
	for (uint32_t i = 0; i < l->groups; i++) {
		uint32_t pond = l->group[i].of->pond;

		if (pond != PLAN_NONE)	/* it stands there because it has the pond's volume */
			l->group[i].reads[medium_volume(l, GRAPH_MEDIUM(MEDIUM_POND, pond))] = true;
	}
}

/* ---- claims and access modes ---- */

static const struct emit_claim *claim_of(const struct list *l, const struct list_volume *v)
{
	const struct emit_options *o = l->in->options;
	const struct emit_claim *found = NULL;

	for (uint32_t i = 0; i < o->claims; i++) {
		const char *name = o->claim[i].share;

		if (v->pond ? strncmp(name, "pond/", 5) == 0 && strcmp(name + 5, v->name) == 0 : strcmp(name, v->name) == 0)
			found = &o->claim[i];
	}
	return found;
}

static void choose_mode(struct list *l, uint32_t v)
{
	struct list_volume *at = &l->volume[v];

	for (uint32_t i = 0; i < l->groups; i++)
		if (l->group[i].reads[v] || l->group[i].writes[v])
			at->pods += l->group[i].of->most;
	at->mode = list_claim_mode(l, at);
}

static void bind_volume(struct list *l, uint32_t i)
{
	struct list_volume *v = &l->volume[i];

	v->claim = claim_of(l, v);
	v->volume = kube_name(l->arena, arena_printf(l->arena, "%s-%s", v->pond ? "pond" : "share", v->name), KUBE_NAME);
	v->claim_name = v->claim ? v->claim->claim : arena_printf(l->arena, "pond-%s", v->name);
	if (v->pond && !v->claim)
		v->claim_name = kube_name(l->arena, v->claim_name, KUBE_NAME);
	if (!v->claim && !v->pond) {
		list_report(l, CF806, v->loc, "share `%s` has no claim that a pod could mount", v->name);
		diag_help(l->in->diags, "say which PersistentVolumeClaim it is: --claim %s=NAME, or --claim %s=NAME,10Gi to have one made", v->name,
			  v->name);
	} else if (!v->claim && v->pond->memory) {
		list_report(l, CF806, place_text(l->c, v->pond->span), "pond `%s` is in memory, and no claim says which volume of a node that is", v->name);
		diag_help(l->in->diags, "name a claim of such a volume, --claim pond/%s=NAME, or write `medium disk`", v->name);
	} else if (!kube_is_subdomain(v->claim_name)) {
		list_report(l, CF801, v->loc, "`%s`, the claim of %s `%s`, is not a valid name of a PersistentVolumeClaim", v->claim_name,
			    v->pond ? "pond" : "share", v->name);
	}
	for (uint32_t k = 0; k < i; k++)
		if (strcmp(l->volume[k].volume, v->volume) == 0)
			list_report(l, CF802, v->loc, "`%s` and `%s` would both be volume %s", l->volume[k].name, v->name, v->volume);
	choose_mode(l, i);
}

static int by_name(const void *a, const void *b)
{
	const struct list_volume *x = a, *y = b;

	if ((x->pond != NULL) != (y->pond != NULL))
		return x->pond ? 1 : -1;
	return strcmp(x->name, y->name);
}

/* ---- what a CalculationSet holds ---- */

static void check_bound(struct list *l, size_t count, size_t most, const char *what)
{
	if (count <= most)
		return;
	list_report(l, CF804, l->p->set.loc, "calcset `%s` has %zu %s; a CalculationSet holds %zu", l->p->set.name, count, what, most);
	diag_help(l->in->diags, "write several sets, and a set of sets that runs them");
}

static void check_name(struct list *l, const char *name, const char *loc)
{
	if (strlen(name) > LIST_TEXT)
		list_report(l, CF804, loc, "the name `%.40s…` has %zu bytes; a CalculationSet holds names of %d", name, strlen(name), LIST_TEXT);
}

static void check_bounds(struct list *l)
{
	uint32_t ponds = 0;

	for (uint32_t i = 0; i < l->volumes; i++) {
		ponds += l->volume[i].pond != NULL;
		check_name(l, l->volume[i].name, l->volume[i].loc);
	}
	for (uint32_t i = 0; i < l->functions; i++)
		check_name(l, l->function[i].name, l->p->func[l->function[i].plan].loc);
	check_bound(l, l->volumes - ponds, LIST_SHARES, "shares");
	check_bound(l, ponds, LIST_PONDS, "ponds");
	check_bound(l, l->s->routes, LIST_ROUTES, "routes");
}

/* ---- edges ---- */

/* Workers take what they need from the Service of the group that made it. */
static void mark_edges(struct list *l)
{
	for (size_t i = 0; i < l->g->edges; i++) {
		const struct graph_edge *e = &l->g->edge[i];
		const struct graph_node *from = e->from == PLAN_NONE ? NULL : &l->g->node[e->from], *to = &l->g->node[e->to];

		if (graph_medium(e->medium) != MEDIUM_NETWORK || !from || from->kind != NODE_CALL || to->kind != NODE_CALL)
			continue;
		l->group[l->g->group_of[from->of]].feeds[l->g->group_of[to->of]] = true;
	}
}

void list_find(struct list *l)
{
	l->groups = (uint32_t)l->g->groups;
	if (l->groups > LIST_GROUPS) {
		list_report(l, CF804, l->p->set.loc, "calcset `%s` has %u worker groups; a CalculationSet holds %d", l->p->set.name, l->groups, LIST_GROUPS);
		diag_help(l->in->diags, "join functions by `together`, or write several sets");
		return;
	}
	if (!l->groups) {
		list_report(l, CF812, l->p->set.loc, "calcset `%s` calls no function: on a list there is nothing for a worker to do", l->p->set.name);
		diag_help(l->in->diags, "write `on pod`: the pod's quarterback evaluates expressions; `calcc run` does at either scope");
		return;
	}
	l->function = arena_zalloc(l->arena, (size_t)l->p->funcs + 1, sizeof *l->function);
	for (uint32_t i = 0; i < l->p->funcs; i++)
		find_function(l, i);
	qsort(l->function, l->functions, sizeof *l->function, by_group);
	name_volumes(l);
	qsort(l->volume, l->volumes, sizeof *l->volume, by_name);
	l->group = arena_zalloc(l->arena, (size_t)l->groups + 1, sizeof *l->group);
	for (uint32_t i = 0; i < l->groups; i++)
		name_group(l, i);
	for (uint32_t i = 0; i < l->groups; i++)
		fill_group(l, i);
	mark_uses(l);
	mark_sinks(l);
	check_bounds(l);
	for (uint32_t i = 0; i < l->volumes; i++)
		bind_volume(l, i);
	mark_edges(l);
	list_find_rights(l);
}
