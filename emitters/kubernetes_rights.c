/*
 * Rights on the cluster's API, of both scopes: what functions say in `system` becomes a Role, exactly, and an account has it by a
 * RoleBinding. A token is mounted where it is needed and nowhere else.
 */
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "compiler/compilation.h"
#include "compiler/planner.h"
#include "emitters/kubernetes.h"

static const struct { const char *plural, *group; bool cluster; } known[] = {
#define RESOURCE(plural, group) { plural, group, false },
#define CLUSTER_RESOURCE(plural, group) { plural, group, true },
#include "emitters/kubernetes_resources.def"
#undef RESOURCE
#undef CLUSTER_RESOURCE
};

void kube_add_right(struct kube *k, struct kube_right r)
{
	k->right = mem_grow(k->right, &k->right_cap, (size_t)k->rights + 1, sizeof *k->right);
	k->right[k->rights++] = r;
}

/* "pods", "apps/deployments", "example.org/widgets": a first part that names no resource is the group. */
static bool find_group(struct kube *k, const char *text, struct kube_right *out)
{
	const char *slash = strchr(text, '/');

	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		if (strcmp(known[i].plural, text) == 0) {
			out->group = known[i].group;
			out->resource = known[i].plural;
			return true;
		}
	for (size_t i = 0; slash && i < sizeof known / sizeof known[0]; i++)
		if (strlen(known[i].plural) == (size_t)(slash - text) && strncmp(known[i].plural, text, (size_t)(slash - text)) == 0)
			return false;		/* a part of a resource that has none of that name */
	if (!slash || slash == text || !slash[1])
		return false;
	out->group = strncmp(text, "core/", 5) == 0 ? "" : arena_strndup(&k->arena, text, (size_t)(slash - text));
	out->resource = arena_strdup(&k->arena, slash + 1);
	return true;
}

static bool is_of_cluster(const struct kube_right *r)
{
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		if (known[i].cluster && strcmp(known[i].plural, r->resource) == 0 && strcmp(known[i].group, r->group) == 0)
			return true;
	return false;
}

static bool changes_pods(const struct kube_right *r)
{
	return r->group[0] == '\0' && strcmp(r->resource, "pods") == 0 && (strcmp(r->verb, "patch") == 0 || strcmp(r->verb, "update") == 0);
}

static void one_right(struct kube *k, const struct func *f, const struct right *said)
{
	struct compilation *c = k->in->program;
	struct kube_right r = { .verb = arena_strdup(&k->arena, name_of(c, said->verb)) };

	if (!find_group(k, name_of(c, said->resource), &r)) {
		kube_report(k, CF808, place_text(c, said->span), "`%s`, which function `%s` asks rights on, is no resource that is known here",
			    name_of(c, said->resource), name_of(c, f->name));
		diag_help(k->in->diags, "write its group before it: \"example.org/widgets\" (\"core/…\" for the core group)");
		return;
	}
	if (is_of_cluster(&r)) {
		kube_report(k, CF808, place_text(c, said->span), "function `%s` asks rights on `%s`, which lie in no namespace: a Role is of one, and gives none",
			    name_of(c, f->name), r.resource);
		diag_help(k->in->diags, "leave it out, and let an administrator give a ClusterRole to the set's account");
		return;
	}
	if (k->swaps && changes_pods(&r)) {
		kube_report(k, CF803, place_text(c, said->span), "function `%s` may %s pods, and the slots of calcset `%s` are fewer than its images", name_of(c, f->name),
			    r.verb, k->p->set.name);
		diag_help(k->in->diags, "a policy lets this pod change nothing but the images of its slots: write `slots` for each image, or give this "
			  "function's work to a set of its own");
		return;
	}
	kube_add_right(k, r);
}

bool kube_function(const struct kube *k, uint32_t func, struct func *out)
{
	struct compilation *c = k->in->program;
	uint32_t at = c && k->in->set ? plan_program_func(c, &k->p->func[func]) : PLAN_NONE;

	if (at == PLAN_NONE)
		return false;
	*out = plan_with_defaults(c, k->in->set, &c->program.func[at]);
	return true;
}

bool kube_add_rights(struct kube *k, const struct func *f)
{
	for (uint32_t i = 0; i < f->rights; i++)
		one_right(k, f, &f->right[i]);
	return f->rights > 0;
}

static int by_right(const void *x, const void *y)
{
	const struct kube_right *a = x, *b = y;
	int group = strcmp(a->group, b->group), resource = group ? group : strcmp(a->resource, b->resource);

	return resource ? resource : strcmp(a->verb, b->verb);
}

void kube_settle_rights(struct kube *k)
{
	uint32_t kept = 0;

	if (k->rights)
		qsort(k->right, k->rights, sizeof *k->right, by_right);
	for (uint32_t i = 0; i < k->rights; i++)
		if (kept == 0 || by_right(&k->right[kept - 1], &k->right[i]) != 0)
			k->right[kept++] = k->right[i];
	k->rights = kept;
	if (k->rights && !k->in->options->namespace) {
		kube_report(k, CF811, k->p->set.loc, "calcset `%s` needs rights on the cluster's API%s, and those are given to an account in a namespace",
			    k->p->set.name, k->swaps ? " to change the images of its slots" : "");
		diag_help(k->in->diags, "say which: --namespace NAME%s", k->swaps ? "; or write `slots` for each image" : "");
	}
}

/* ---- Role and RoleBinding ---- */

static void write_rule(struct yaml_writer *w, const struct kube_right *r, uint32_t count)
{
	yaml_map(w);
	yaml_pair_words(w, "apiGroups", (const char *const[]){ r->group, NULL });
	yaml_pair_words(w, "resources", (const char *const[]){ r->resource, NULL });
	yaml_key_list(w, "verbs");
	for (uint32_t i = 0; i < count; i++)
		yaml_string(w, r[i].verb);
	yaml_list_end(w);
	yaml_map_end(w);
}

static void write_role(const struct kube *k, struct yaml_writer *w, const struct kube_object *o)
{
	yaml_map(w);
	kube_head(w, o, k->in->options);
	yaml_key_list(w, "rules");
	for (uint32_t i = 0, n; i < k->rights; i += n) {
		const struct kube_right *r = &k->right[i];

		for (n = 1; i + n < k->rights && strcmp(r[n].group, r->group) == 0 && strcmp(r[n].resource, r->resource) == 0;)
			n++;
		write_rule(w, r, n);
	}
	yaml_list_end(w);
	yaml_map_end(w);
}

static void write_binding(const struct kube *k, struct yaml_writer *w, const struct kube_object *role, const char *account)
{
	struct kube_object o = *role;

	o.kind = "RoleBinding";
	yaml_map(w);
	kube_head(w, &o, k->in->options);
	yaml_key_map(w, "roleRef");
	yaml_pair(w, "apiGroup", "rbac.authorization.k8s.io");
	yaml_pair(w, "kind", "Role");
	yaml_pair(w, "name", role->name);
	yaml_map_end(w);
	yaml_key_list(w, "subjects");
	yaml_map(w);
	yaml_pair(w, "kind", "ServiceAccount");
	yaml_pair(w, "name", account);
	yaml_pair(w, "namespace", k->in->options->namespace);
	yaml_map_end(w);
	yaml_list_end(w);
	yaml_map_end(w);
}

void kube_write_rights(const struct kube *k, struct yaml_writer *w, const struct kube_object *role, const char *account)
{
	write_role(k, w, role);
	yaml_next_document(w);
	write_binding(k, w, role, account);
}

/* ---- the pod's part ---- */

static const char account_path[] = "/var/run/secrets/kubernetes.io/serviceaccount";

void kube_mount_account(struct yaml_writer *w)
{
	yaml_map(w);
	yaml_pair(w, "name", "account");
	yaml_pair(w, "mountPath", account_path);
	yaml_pair_bool(w, "readOnly", true);
	yaml_map_end(w);
}

/* The token as the kubelet would mount it everywhere. An hour and seven seconds: what a cluster may lengthen. */
void kube_write_account_volume(struct yaml_writer *w)
{
	yaml_map(w);
	yaml_pair(w, "name", "account");
	yaml_key_map(w, "projected");
	yaml_pair_number(w, "defaultMode", 0440);
	yaml_key_list(w, "sources");
	yaml_map(w);
	yaml_key_map(w, "serviceAccountToken");
	yaml_pair_number(w, "expirationSeconds", 3607);
	yaml_pair(w, "path", "token");
	yaml_map_end(w);
	yaml_map_end(w);
	yaml_map(w);
	yaml_key_map(w, "configMap");
	yaml_pair(w, "name", "kube-root-ca.crt");
	yaml_map_end(w);
	yaml_map_end(w);
	yaml_map(w);
	yaml_key_map(w, "downwardAPI");
	yaml_key_list(w, "items");
	yaml_map(w);
	yaml_pair(w, "path", "namespace");
	yaml_key_map(w, "fieldRef");
	yaml_pair(w, "apiVersion", "v1");	/* as the server fills it in */
	yaml_pair(w, "fieldPath", "metadata.namespace");
	yaml_map_end(w);
	yaml_map_end(w);
	yaml_list_end(w);
	yaml_map_end(w);
	yaml_map_end(w);
	yaml_list_end(w);
	yaml_map_end(w);
	yaml_map_end(w);
}
