/* Claims that are to be made: of shares, with the access mode that follows from who reads and writes, and of ponds. */
#include "emitters/list.h"

#include <string.h>

/*
 * A claim may be of several sets of the program, and then it is one object: pod sets mount what they name for writing, so the mode of a share
 * that one of them names is theirs.
 */
static bool pod_set_uses(const struct list *l, const char *share)
{
	const struct program *p = &l->c->program;

	for (size_t i = 0; i < p->sets; i++) {
		const struct set *s = &p->set[i];
		const struct graph *g = &l->c->graph[i];

		if (!set_has_graph(s) || s->plan.on_list)
			continue;
		for (size_t k = 0; k < g->values; k++)
			if (g->value[k].kind == VALUE_SOURCE && g->value[k].a < p->outsides && p->outside[g->value[k].a].share &&
			    strcmp(p->outside[g->value[k].a].share, share) == 0)
				return true;
		for (size_t k = 0; k < g->sinks; k++)
			if (p->outside[g->sink[k]].share && strcmp(p->outside[g->sink[k]].share, share) == 0)
				return true;
	}
	return false;
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
	kube_write_claim(w, &o, &c, v->pond || !pod_set_uses(l, v->name) ? v->mode : "ReadWriteMany", l->in->options);
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
