/*
 * What the pod of a set needs, found in the plan: shares with their claims, and for each slot the image, the resources,
 * the shares that its functions may read in place, and their secrets.
 */
#include <stdlib.h>
#include "base/mem.h"
#include "compiler/compilation.h"
#include "emitters/kubernetes.h"
#include "emitters/kubernetes_part.h"
#include "runtime/plan_images.h"
#include "runtime/value.h"

enum { DEFAULT_CPU_MILLI = 250, DEFAULT_MEMORY = 128 << 20 };

/* ---- shares ---- */

static void note_share(struct kube *k, const char *share, const char *loc, bool written)
{
	uint32_t i = 0;

	while (i < k->shares && strcmp(k->share[i].share, share) != 0)
		i++;
	if (i == k->shares)
		k->share[k->shares++] = (struct kube_share){ .share = share, .loc = loc };
	k->share[i].written |= written;
}

static int by_share(const void *a, const void *b)
{
	return strcmp(((const struct kube_share *)a)->share, ((const struct kube_share *)b)->share);
}

static const struct pond *pond_of(const struct kube *k, const char *share)
{
	const struct compilation *c = k->in->program;

	for (size_t i = 0; c && strncmp(share, PLAN_POND, strlen(PLAN_POND)) == 0 && i < c->program.ponds; i++)
		if (strcmp(name_of(c, c->program.pond[i].name), share + strlen(PLAN_POND)) == 0)
			return &c->program.pond[i];
	return NULL;
}

/* A pond's claim is made in any case: the text says how large it is. */
static const struct emit_claim *pond_claim(struct kube *k, const struct kube_share *s)
{
	struct emit_claim *claim = arena_zalloc(&k->arena, 1, sizeof *claim);
	const char *name = kube_name(&k->arena, arena_printf(&k->arena, "pond-%s", s->share + strlen(PLAN_POND)), KUBE_NAME);

	*claim = s->claim ? *s->claim : (struct emit_claim){ s->share + strlen(PLAN_POND), name, NULL, NULL };
	if (!s->claim)
		claim->size = kube_pond_size(&k->arena, s->pond);
	return claim;
}

static void bind_share(struct kube *k, struct kube_share *s)
{
	const struct emit_options *o = k->in->options;
	bool claimed;

	for (uint32_t i = 0; i < o->claims; i++)
		if (strcmp(o->claim[i].share, s->share) == 0)
			s->claim = &o->claim[i];
	claimed = s->claim != NULL;
	s->pond = pond_of(k, s->share);
	if (s->pond)
		s->claim = pond_claim(k, s);
	if (!s->claim) {
		kube_report(k, CF806, s->loc, "share `%s` has no claim that a pod could mount", s->share);
		diag_help(k->in->diags, "say which PersistentVolumeClaim it is: --claim %s=NAME, or --claim %s=NAME,10Gi to have one made",
			  s->share, s->share);
	} else if (s->pond && s->pond->memory && !claimed) {
		kube_report(k, CF806, s->loc, "pond `%s` is in memory, and no claim says which volume of a node that is", name_of(k->in->program, s->pond->name));
		diag_help(k->in->diags, "name a claim of such a volume, --claim %s=NAME, or write `medium disk`", s->share);
	} else if (!kube_is_subdomain(s->claim->claim)) {
		kube_report(k, CF801, s->loc, "`%s`, the claim of %s `%s`, is not a valid name of a PersistentVolumeClaim",
			    s->claim->claim, s->pond ? "pond" : "share", s->share);
	}
	s->volume = kube_name(&k->arena, arena_printf(&k->arena, "%s%s", s->pond ? "" : "share-", s->share), KUBE_NAME);
}

/* The quarterback reads a state there, and replaces its file when the run is over: slots have no need of the share. */
static void note_states(struct kube *k)
{
	const struct plan *p = k->p;

	for (uint32_t f = 0; f < p->funcs; f++)
		for (uint32_t i = p->func[f].first_use; i < p->func[f].first_use + p->func[f].uses; i++) {
			const struct plan_state *s = &p->state[p->use[i].state];
			const char *slash = s->at[0] == '/' ? strchr(s->at + 1, '/') : NULL;

			if (plan_state_outlives(s))
				note_share(k, slash ? arena_printf(&k->arena, "%.*s", (int)(slash - s->at - 1), s->at + 1) : s->at, p->func[f].loc, p->use[i].writes);
		}
}

void kube_find_shares(struct kube *k)
{
	const struct plan *p = k->p;

	const struct graph *g = k->in->set && !k->in->set->is_group ? &k->in->program->graph[k->in->set - k->in->program->program.set] : NULL;

	k->share = arena_zalloc(&k->arena, (size_t)p->sources + p->sinks + p->states + 1, sizeof *k->share);
	for (uint32_t i = 0; i < p->sources; i++)
		note_share(k, p->source[i].share, p->source[i].loc, false);
	for (uint32_t i = 0; i < p->sinks; i++)
		note_share(k, p->sink[i].share, p->sink[i].loc, true);
	note_states(k);
	if (g && g->pond != PLAN_NONE)	/* it stands there, whatever it reads */
		note_share(k, arena_printf(&k->arena, PLAN_POND "%s", name_of(k->in->program, k->in->program->program.pond[g->pond].name)), p->set.loc, false);
	if (k->shares)
		qsort(k->share, k->shares, sizeof *k->share, by_share);
	for (uint32_t i = 0; i < k->shares; i++)
		bind_share(k, &k->share[i]);
	for (uint32_t i = 0; i < k->shares; i++)
		for (uint32_t j = 0; j < i; j++)
			if (strcmp(k->share[i].volume, k->share[j].volume) == 0)
				kube_report(k, CF802, k->share[i].loc, "shares `%s` and `%s` would both be volume %s",
					    k->share[j].share, k->share[i].share, k->share[i].volume);
}

/* ---- which shares a function reads: the sources behind the arguments of its calls ---- */

struct walk {
	struct kube *k;
	uint32_t *stamp;	/* of each value: the call that reached it last */
	uint32_t call;
	bool *reads;
};

static void reach(struct walk *w, uint32_t value)
{
	const struct plan *p = w->k->p;
	const struct plan_value *v = &p->value[value];
	const struct plan_node *n;

	if (w->stamp[value] == w->call + 1)
		return;
	w->stamp[value] = w->call + 1;
	switch ((enum plan_value_kind)v->kind) {
	case VALUE_SOURCE:
		for (uint32_t i = 0; i < w->k->shares; i++)
			if (strcmp(w->k->share[i].share, p->source[v->a].share) == 0)
				w->reads[i] = true;
		return;
	case VALUE_LIST:
		for (uint32_t i = 0; i < v->b; i++)
			reach(w, p->item[v->a + i]);
		return;
	case VALUE_ITEM: reach(w, p->item[p->node[v->a].first_arg + v->b]); return;
	case VALUE_INPUTS:
		if (p->region[p->node[v->a].of].given != PLAN_NONE)
			reach(w, p->region[p->node[v->a].of].given);
		return;
	case VALUE_PORT:
	case VALUE_PARENTS:
		n = &p->node[v->a];
		/* an expression hands files through: what it makes may stand on the share that its arguments came from */
		for (uint32_t i = 0; n->kind == NODE_CALL && p->func[n->of].expr != PLAN_NONE && value_holds_file(p, v->type) && i < n->args; i++)
			reach(w, p->item[n->first_arg + i]);
		if (n->kind == NODE_CALL || n->kind == NODE_LAUNCH)
			return;
		for (uint32_t arm = 0; arm < (n->kind == NODE_MATCH ? n->arms : 1); arm++)
			if (v->b < p->region[n->of + arm].results)
				reach(w, p->item[p->region[n->of + arm].first_result + v->b]);
		return;
	case VALUE_CARRY:
		n = &p->node[v->a];
		reach(w, p->item[n->first_arg + v->b]);
		reach(w, p->item[p->region[n->of].first_result + v->b]);
		return;
	case VALUE_CONST:
	case VALUE_PARAM:
	case VALUE_ABSENT: return;
	}
}

/* ---- slots ---- */

static void note_secret(struct kube *k, struct kube_slot *s, const struct plan_func *f, const struct plan_secret *secret)
{
	for (uint32_t i = 0; i < s->secrets; i++) {
		const struct plan_secret *have = s->secret[i];

		if (strcmp(have->name, secret->name) != 0)
			continue;
		if (strcmp(have->secret, secret->secret) != 0 || strcmp(have->key, secret->key) != 0) {
			kube_report(k, CF802, f->loc, "variable %s of function `%s` comes from secret %s/%s, and that of another function "
				    "in the same slot from %s/%s", secret->name, f->name, secret->secret, secret->key, have->secret,
				    have->key);
			diag_help(k->in->diags, "give one of the variables another name: a container's environment cannot change");
		}
		return;
	}
	if (!kube_is_subdomain(secret->secret) || !kube_is_label_value(secret->key) || !*secret->key)
		kube_report(k, CF801, f->loc, "`%s/%s`, a secret of function `%s`, is not a valid name and key of a Secret",
			    secret->secret, secret->key, f->name);
	s->secret[s->secrets++] = secret;
}

static int by_device(const void *a, const void *b)
{
	return strcmp(((const struct kube_device *)a)->name, ((const struct kube_device *)b)->name);
}

/* A slot runs one step at a time, so it needs as many of a device as the function that needs most. */
static void add_devices(struct kube *k, struct kube_slot *s, uint32_t func)
{
	struct kube_device *grown;
	struct func own;

	if (!kube_function(k, func, &own) || !own.devices)
		return;
	grown = arena_alloc(&k->arena, ((size_t)s->devices + own.devices) * sizeof *grown);
	for (uint32_t i = 0; i < s->devices; i++)
		grown[i] = s->device[i];
	s->device = grown;
	for (uint32_t i = 0; i < own.devices; i++) {
		uint32_t at = 0;

		while (at < s->devices && strcmp(s->device[at].name, own.device[i].name) != 0)
			at++;
		if (at == s->devices)
			s->device[s->devices++] = (struct kube_device){ own.device[i].name, 0 };
		if (s->device[at].count < own.device[i].count)
			s->device[at].count = own.device[i].count;
	}
	qsort(s->device, s->devices, sizeof *s->device, by_device);
}

static bool touches_live(const struct plan *p, const struct plan_func *f)
{
	for (uint32_t i = f->first_use; i < f->first_use + f->uses; i++)
		if (p->state[p->use[i].state].mode == PLAN_SYNC)
			return true;
	return false;
}

static void add_func(struct kube *k, struct kube_slot *s, uint32_t func, const bool *reads)
{
	const struct plan_func *f = &k->p->func[func];
	const struct plan_set *set = &k->p->set;
	uint64_t cpu = f->cpu_milli ? f->cpu_milli : set->cpu_milli, memory = f->memory ? f->memory : set->memory;

	if (cpu > s->cpu_milli)
		s->cpu_milli = cpu;
	if (memory > s->memory)
		s->memory = memory;
	for (uint32_t i = 0; i < k->shares; i++)
		s->reads[i] |= reads[i];
	for (uint32_t i = 0; i < f->secrets; i++)
		note_secret(k, s, f, &k->p->secret[f->first_secret + i]);
	add_devices(k, s, func);
	s->live |= touches_live(k->p, f);
}

static bool runs_in(const struct kube *k, uint32_t func, uint32_t slot)
{
	return plan_role_of(k->p, slot, plan_func_image(k->p, func)) != PLAN_NONE;
}

/* For each function that is called, the shares it may read: funcs times shares. */
static bool *find_reads(struct kube *k, bool *called)
{
	const struct plan *p = k->p;
	bool *reads = arena_zalloc(&k->arena, (size_t)p->funcs * k->shares + 1, sizeof *reads);
	struct walk w = { .k = k, .stamp = mem_zalloc(p->values, sizeof *w.stamp) };

	for (w.call = 0; w.call < p->nodes; w.call++) {
		const struct plan_node *n = &p->node[w.call];

		/* a flow that is launched may call any function, and hand it whatever the launch gets */
		for (uint32_t f = 0; n->kind == NODE_LAUNCH && f < p->funcs; f++) {
			called[f] |= p->func[f].words > 0 || p->func[f].native;
			w.reads = reads + (size_t)f * k->shares;
			for (uint32_t i = 1; i < n->args; i++)
				reach(&w, p->item[n->first_arg + i]);
			memset(w.stamp, 0, (size_t)p->values * sizeof *w.stamp);
		}
		if (n->kind != NODE_CALL || p->func[n->of].expr != PLAN_NONE)	/* the quarterback computes; it has all shares */
			continue;
		called[n->of] = true;
		w.reads = reads + (size_t)n->of * k->shares;
		for (uint32_t i = 0; i < n->args; i++)
			reach(&w, p->item[n->first_arg + i]);
	}
	mem_free(w.stamp);
	return reads;
}

static void check_images(struct kube *k, const bool *called)
{
	const struct plan *p = k->p;

	for (uint32_t f = 0; f < p->funcs; f++) {
		if (called[f] && !p->func[f].words && !p->func[f].native) {	/* a slot's own command is the worker */
			kube_report(k, CF607, p->func[f].loc, "function `%s` leaves it to its image what runs, and a slot cannot ask the image",
				    p->func[f].name);
			diag_help(k->in->diags, "say it: `command [\"/path/of/program\", …]`");
		}
		if (called[f] && !*plan_func_image(p, f)) {
			kube_report(k, CF805, p->func[f].loc, "function `%s` has no image to run in", p->func[f].name);
			diag_help(k->in->diags, "write `image \"NAME:TAG\"` in the function, or `default image \"NAME:TAG\"` in calcset %s",
				  p->set.name);
		}
	}
}

void kube_find_slots(struct kube *k)
{
	const struct plan *p = k->p;
	bool *called = arena_zalloc(&k->arena, (size_t)p->funcs + 1, sizeof *called), *reads;
	uint32_t count;
	const char **images;

	reads = find_reads(k, called);
	check_images(k, called);
	kube_find_rights(k, called);
	images = plan_images(p, &count);
	k->slot = arena_zalloc(&k->arena, p->set.slots, sizeof *k->slot);
	for (uint32_t i = 0; i < p->set.slots && !k->failed; i++) {
		struct kube_slot *s = &k->slot[i];

		s->image = p->set.slot_image ? p->set.slot_image[i] : count ? images[0] : k->runtime_image;
		s->image = kube_image(&k->arena, s->image, k->in->options->registry);
		s->reads = arena_zalloc(&k->arena, (size_t)k->shares + 1, sizeof *s->reads);
		s->secret = arena_zalloc(&k->arena, (size_t)p->secrets + 1, sizeof *s->secret);
		for (uint32_t f = 0; f < p->funcs; f++)
			if (called[f] && runs_in(k, f, i)) {
				add_func(k, s, f, reads + (size_t)f * k->shares);
				s->account |= kube_has_rights(k, f);
			}
		if (!s->cpu_milli)
			s->cpu_milli = DEFAULT_CPU_MILLI;
		if (!s->memory)
			s->memory = DEFAULT_MEMORY;
		if (p->set.scratch_memory)	/* its pages are charged to the slot that touches them first */
			s->memory += p->set.scratch;
	}
	mem_free(images);
}
