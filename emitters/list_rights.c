/*
 * Rights on the cluster's API in a set on a list: a worker group whose functions have some runs under an account of its own, with
 * exactly those in a Role. The token is mounted into the containers of these functions; all others have none.
 */
#include "emitters/list.h"

#include "base/mem.h"
#include "compiler/planner.h"

static void find_group_rights(struct list *l, struct list_group *g)
{
	struct func f;

	for (uint32_t i = 0; i < g->functions; i++) {
		struct list_function *at = &l->function[g->first + i];

		at->account = kube_function(&l->k, at->plan, &f) && kube_add_rights(&l->k, &f);
	}
	kube_settle_rights(&l->k);
	g->rights = l->k.rights;
	g->right = arena_alloc(l->arena, ((size_t)g->rights + 1) * sizeof *g->right);
	for (uint32_t i = 0; i < g->rights; i++)
		g->right[i] = l->k.right[i];
	l->k.rights = 0;
}

void list_find_rights(struct list *l)
{
	for (uint32_t i = 0; i < l->groups; i++)
		find_group_rights(l, &l->group[i]);
	mem_free(l->k.right);
	l->k.right = NULL;
	l->k.right_cap = 0;
	l->failed |= l->k.failed;
}

const char *list_account(const struct list *l, const struct list_group *g)
{
	return g->rights ? g->name : l->name;
}

static void take(struct list *l, const struct kube_object *o)
{
	if (!kube_take(l->files, l->in->diags, o))
		l->failed = true;
}

static void write_group(struct list *l, struct yaml_writer *w, const struct list_group *g)
{
	struct kube_object account = list_object(l, g, "v1", "ServiceAccount", g->name);
	struct kube_object role = list_object(l, g, "rbac.authorization.k8s.io/v1", "Role", g->name), binding = role;
	struct kube k = l->k;		/* as the writer of Roles wants it; what it points to is not changed */

	binding.kind = "RoleBinding";
	list_begin(l, w, &account);
	yaml_pair_bool(w, "automountServiceAccountToken", false);
	yaml_map_end(w);
	take(l, &role);
	take(l, &binding);
	k.right = g->right;
	k.rights = g->rights;
	yaml_next_document(w);
	kube_write_rights(&k, w, &role, g->name);
}

void list_add_rights(struct list *l)
{
	const char *name = arena_printf(l->arena, "%s.roles.yaml", l->name);
	struct yaml_writer *w = NULL;

	for (uint32_t i = 0; i < l->groups; i++) {
		if (!l->group[i].rights)
			continue;
		if (w)
			yaml_next_document(w);
		else
			w = emit_yaml_begin(l->files, name);
		write_group(l, w, &l->group[i]);
	}
	if (w && !emit_yaml_end(l->files, w))
		list_report(l, CF802, place_text(l->c, l->s->span), "two things would be written to %s", name);
}
