/* Claims that are to be made: of shares, with the access mode that follows from who reads and writes, and of ponds. */
#include "emitters/list.h"

#include <string.h>

struct use {
	bool pod, list, written;	/* pod sets that name it, list sets, and whether one of these writes */
};

/* The sets of the program but this one, also those that are not emitted now: a claim's mode cannot be changed later. */
static struct use used_elsewhere(const struct list *l, const char *share)
{
	const struct program *p = &l->c->program;
	struct use use = { false, false, false };

	for (size_t i = 0; i < p->sets; i++) {
		const struct set *s = &p->set[i];
		const struct graph *g = &l->c->graph[i];
		bool reads = false, writes = false;

		if (!set_has_graph(s) || s == l->s)
			continue;
		for (size_t k = 0; k < g->values; k++)
			reads |= g->value[k].kind == VALUE_SOURCE && g->value[k].a < p->outsides && p->outside[g->value[k].a].share &&
				 strcmp(p->outside[g->value[k].a].share, share) == 0;
		for (size_t k = 0; k < g->sinks; k++)
			writes |= p->outside[g->sink[k]].share && strcmp(p->outside[g->sink[k]].share, share) == 0;
		*(s->plan.on_list ? &use.list : &use.pod) |= reads || writes;
		use.written |= writes;
	}
	return use;
}

/*
 * A share that workers only read is ReadOnlyMany; one that a single pod alone writes and reads ReadWriteOnce; else ReadWriteMany. A claim may
 * be of several sets, and is one object: pod sets mount what they name for writing, whatever they do. A pond is of one node:
 * ReadWriteOnce, however many pods stand there.
 */
const char *list_claim_mode(const struct list *l, const struct list_volume *v)
{
	struct use other;

	if (v->pond)
		return "ReadWriteOnce";
	other = used_elsewhere(l, v->name);
	if (!other.pod && !other.written && !v->written)
		return "ReadOnlyMany";
	return !other.pod && !other.list && v->pods <= 1 ? "ReadWriteOnce" : "ReadWriteMany";
}

static void add_claim(struct list *l, const struct list_volume *v)
{
	struct emit_claim c = v->claim ? *v->claim : (struct emit_claim){ v->name, v->claim_name, NULL, NULL };
	struct kube_object o;
	struct yaml_writer *w;
	const char *file = arena_printf(l->arena, "claim-%s.yaml", c.claim);

	if (!c.size)
		c.size = kube_pond_size(l->arena, v->pond);
	o = kube_of_claim(l->arena, &c);
	if (!kube_take(l->files, l->in->diags, &o)) {
		l->failed = true;
		return;
	}
	w = emit_yaml_begin(l->files, file);
	kube_write_claim(w, &o, &c, v->mode, l->in->options);
	if (!emit_yaml_end(l->files, w)) {
		list_report(l, CF802, v->loc, "two sets want claim %s in different ways", c.claim);
		diag_help(l->in->diags, "give the share a claim that exists: --claim %s=%s", v->name, c.claim);
	}
}

void list_add_claims(struct list *l)
{
	for (uint32_t i = 0; i < l->volumes; i++) {
		const struct list_volume *v = &l->volume[i];

		if (v->claim ? v->claim->size != NULL : v->pond != NULL)
			add_claim(l, v);
	}
}
