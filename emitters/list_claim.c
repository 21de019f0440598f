/* Claims that are to be made: of shares, with the access mode that follows from who reads and writes, and of ponds. */
#include "emitters/list.h"

#include "compiler/share_users.h"

/*
 * A share that workers only read is ReadOnlyMany; one that a single pod alone writes and reads ReadWriteOnce; else ReadWriteMany. A claim may
 * be of several sets, and is one object: pod sets mount what they name for writing, whatever they do. A pond is of one node:
 * ReadWriteOnce, however many pods stand there.
 */
const char *list_claim_mode(const struct list *l, const struct list_volume *v)
{
	struct share_users users;

	if (v->pond)
		return "ReadWriteOnce";
	users = share_users(l->c, v->name);
	if (!users.pods && !users.writers && !v->written)
		return "ReadOnlyMany";
	return !users.pods && users.lists <= 1 && v->pods <= 1 ? "ReadWriteOnce" : "ReadWriteMany";
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
