/*
 * Rights on the cluster's API: what functions say in `system` becomes a Role, exactly; where slots get other images the quarterback may
 * read and patch pods, and a ValidatingAdmissionPolicy narrows that to slots of its own pod and images of the plan. A token is
 * mounted where it is needed and nowhere else.
 */
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "compiler/compilation.h"
#include "emitters/kubernetes.h"
#include "runtime/plan_images.h"

static const struct { const char *plural, *group; } known[] = {
#define RESOURCE(plural, group) { plural, group },
#include "emitters/kubernetes_resources.def"
#undef RESOURCE
};

static void add(struct kube *k, struct kube_right r)
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
	if (k->swaps && changes_pods(&r)) {
		kube_report(k, CF803, place_text(c, said->span), "function `%s` may %s pods, and the slots of calcset `%s` are fewer than its images", name_of(c, f->name),
			    r.verb, k->p->set.name);
		diag_help(k->in->diags, "a policy lets this pod change nothing but the images of its slots: write `slots` for each image, or give this "
			  "function's work to a set of its own");
		return;
	}
	add(k, r);
}

static const struct func *in_program(struct kube *k, const char *name)
{
	const struct program *p = &k->in->program->program;

	for (size_t i = 0; i < p->funcs; i++)
		if (strcmp(name_of(k->in->program, p->func[i].name), name) == 0)
			return &p->func[i];
	return NULL;
}

static int by_right(const void *x, const void *y)
{
	const struct kube_right *a = x, *b = y;
	int group = strcmp(a->group, b->group), resource = group ? group : strcmp(a->resource, b->resource);

	return resource ? resource : strcmp(a->verb, b->verb);
}

bool kube_has_rights(struct kube *k, uint32_t func)
{
	return k->func_rights && k->func_rights[func];
}

void kube_find_rights(struct kube *k, const bool *called)
{
	uint32_t kept = 0;

	k->swaps = plan_swaps(k->p);
	k->func_rights = arena_zalloc(&k->arena, (size_t)k->p->funcs + 1, sizeof *k->func_rights);
	for (uint32_t i = 0; k->in->program && i < k->p->funcs; i++) {
		const struct func *f = called[i] ? in_program(k, k->p->func[i].name) : NULL;

		for (uint32_t r = 0; f && r < f->rights; r++)
			one_right(k, f, &f->right[r]);
		k->func_rights[i] = f && f->rights;
	}
	if (k->swaps) {
		add(k, (struct kube_right){ "", "pods", "get" });
		add(k, (struct kube_right){ "", "pods", "patch" });
	}
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

static void write_role(struct kube *k, struct yaml_writer *w, const struct kube_object *o)
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

static void write_binding(struct kube *k, struct yaml_writer *w, const struct kube_object *o)
{
	yaml_map(w);
	kube_head(w, o, k->in->options);
	yaml_key_map(w, "roleRef");
	yaml_pair(w, "apiGroup", "rbac.authorization.k8s.io");
	yaml_pair(w, "kind", "Role");
	yaml_pair(w, "name", k->name);
	yaml_map_end(w);
	yaml_key_list(w, "subjects");
	yaml_map(w);
	yaml_pair(w, "kind", "ServiceAccount");
	yaml_pair(w, "name", k->name);
	yaml_pair(w, "namespace", k->in->options->namespace);
	yaml_map_end(w);
	yaml_list_end(w);
	yaml_map_end(w);
}

/* ---- the policy ---- */

/* 'a', 'b': as CEL writes texts. Images have no quotes: what has one could not be pulled. */
static void add_images(struct kube *k, struct buf *out)
{
	const struct plan *p = k->p;
	const char **image = mem_alloc(((size_t)p->set.slots + p->roles + 1) * sizeof *image);
	uint32_t count = 0;

	for (uint32_t i = 0; i < p->set.slots + p->roles; i++) {
		const char *one = i < p->set.slots ? p->set.slot_image[i] : p->role[i - p->set.slots].image;
		uint32_t seen = 0;

		if (i >= p->set.slots && p->role[i - p->set.slots].way != ROLE_SWAP)
			continue;
		while (seen < count && strcmp(image[seen], one) != 0)
			seen++;
		if (seen == count)
			image[count++] = one;
	}
	for (uint32_t i = 0; i < count; i++) {
		buf_addstr(out, i ? ", '" : "'");
		for (const char *at = kube_image(&k->arena, image[i], k->in->options->registry); *at; at++)
			if (*at != '\'' && *at != '\\')
				buf_addch(out, *at);
		buf_addch(out, '\'');
	}
	mem_free(image);
}

static void validation(struct yaml_writer *w, const char *expression, const char *message)
{
	yaml_map(w);
	yaml_pair(w, "expression", expression);
	yaml_pair(w, "message", message);
	yaml_map_end(w);
}

static void write_validations(struct kube *k, struct yaml_writer *w)
{
	struct buf images = BUF_INIT;

	yaml_key_list(w, "validations");
	validation(w, "request.userInfo.extra[?'authentication.kubernetes.io/pod-name'].orValue([]) == [request.name]",
		   "a quarterback may change its own pod only");
	buf_addstr(&images, "object.spec.initContainers.all(c, !c.name.startsWith('slot-') || c.image in [");
	add_images(k, &images);
	buf_addstr(&images, "])");
	validation(w, images.p, "a slot may be given images of its plan only");
	validation(w, "object.spec.initContainers.filter(c, !c.name.startsWith('slot-')) == oldObject.spec.initContainers.filter(c, "
		      "!c.name.startsWith('slot-')) && object.spec.containers == oldObject.spec.containers",
		   "nothing may be changed but slots");
	validation(w, "object.metadata.?labels == oldObject.metadata.?labels && object.metadata.?annotations == oldObject.metadata.?annotations && "
		      "object.metadata.?finalizers == oldObject.metadata.?finalizers && object.metadata.?ownerReferences == "
		      "oldObject.metadata.?ownerReferences",
		   "nothing may be changed but images");
	validation(w, "object.spec.?activeDeadlineSeconds == oldObject.spec.?activeDeadlineSeconds && object.spec.?tolerations == "
		      "oldObject.spec.?tolerations && object.spec.?terminationGracePeriodSeconds == oldObject.spec.?terminationGracePeriodSeconds",
		   "nothing may be changed but images of slots");
	yaml_list_end(w);
	buf_release(&images);
}

static void write_policy(struct kube *k, struct yaml_writer *w, const struct kube_object *o)
{
	struct buf who = BUF_INIT;

	yaml_map(w);
	kube_head(w, o, k->in->options);
	yaml_key_map(w, "spec");
	yaml_pair(w, "failurePolicy", "Fail");
	yaml_key_map(w, "matchConstraints");
	yaml_key_list(w, "resourceRules");
	yaml_map(w);
	yaml_pair_words(w, "apiGroups", (const char *const[]){ "", NULL });
	yaml_pair_words(w, "apiVersions", (const char *const[]){ "v1", NULL });
	yaml_pair_words(w, "operations", (const char *const[]){ "UPDATE", NULL });
	yaml_pair_words(w, "resources", (const char *const[]){ "pods", NULL });
	yaml_map_end(w);
	yaml_list_end(w);
	yaml_map_end(w);
	buf_printf(&who, "request.userInfo.username == 'system:serviceaccount:' + request.namespace + ':%s'", k->name);
	yaml_key_list(w, "matchConditions");
	yaml_map(w);
	yaml_pair(w, "name", "by-this-set");
	yaml_pair(w, "expression", who.p);
	yaml_map_end(w);
	yaml_list_end(w);
	write_validations(k, w);
	yaml_map_end(w);
	yaml_map_end(w);
	buf_release(&who);
}

static void write_policy_binding(struct kube *k, struct yaml_writer *w, const struct kube_object *o)
{
	yaml_map(w);
	kube_head(w, o, k->in->options);
	yaml_key_map(w, "spec");
	yaml_pair(w, "policyName", o->name);
	yaml_pair_words(w, "validationActions", (const char *const[]){ "Deny", NULL });
	yaml_map_end(w);
	yaml_map_end(w);
}

/* ---- the file ---- */

/*
 * A policy lies in no namespace: its name holds a checksum of what it says, so that one set in two namespaces has the same policy twice,
 * and never another's.
 */
static const char *policy_name(struct kube *k)
{
	struct buf is = BUF_INIT;
	const char *name;

	buf_printf(&is, "%s ", k->name);
	add_images(k, &is);
	name = arena_printf(&k->arena, "%s-roles-%s", k->name, kube_revision(&k->arena, is.p, is.len));
	buf_release(&is);
	return name;
}

bool kube_write_roles(struct kube *k, struct yaml_writer *w, bool (*take)(struct kube *k, const struct kube_object *o))
{
	struct kube_object role = kube_of_set(k, "rbac.authorization.k8s.io/v1", "Role", k->name), binding = role, policy, bound;
	bool ok;

	binding.kind = "RoleBinding";
	ok = take(k, &role) && take(k, &binding);
	write_role(k, w, &role);
	yaml_next_document(w);
	write_binding(k, w, &binding);
	if (!k->swaps)
		return ok;
	policy = kube_of_set(k, "admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy", policy_name(k));
	policy.cluster_wide = true;
	bound = policy;
	bound.kind = "ValidatingAdmissionPolicyBinding";
	ok = ok && take(k, &policy) && take(k, &bound);
	yaml_next_document(w);
	write_policy(k, w, &policy);
	yaml_next_document(w);
	write_policy_binding(k, w, &bound);
	return ok;
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

static void write_field(struct yaml_writer *w, const char *name, const char *path)
{
	yaml_map(w);
	yaml_pair(w, "name", name);
	yaml_key_map(w, "valueFrom");
	yaml_key_map(w, "fieldRef");
	yaml_pair(w, "fieldPath", path);
	yaml_map_end(w);
	yaml_map_end(w);
	yaml_map_end(w);
}

void kube_write_pod_names(struct yaml_writer *w)
{
	write_field(w, "CALC_NAMESPACE", "metadata.namespace");
	write_field(w, "CALC_POD", "metadata.name");
}

static const char *mount_name(struct kube *k, const char *image)
{
	return arena_printf(&k->arena, "image-%u", plan_mount_of(k->p, image));
}

void kube_mount_images(struct kube *k, struct yaml_writer *w, uint32_t slot)
{
	for (uint32_t i = 0; i < k->p->roles; i++) {
		const struct plan_role *r = &k->p->role[i];

		if (r->slot != slot || r->way != ROLE_MOUNTED)
			continue;
		yaml_map(w);
		yaml_pair(w, "name", mount_name(k, r->image));
		yaml_pair(w, "mountPath", arena_printf(&k->arena, "/calc/image/%u", plan_mount_of(k->p, r->image)));
		yaml_pair_bool(w, "readOnly", true);
		yaml_map_end(w);
	}
}

void kube_write_image_volumes(struct kube *k, struct yaml_writer *w)
{
	for (uint32_t i = 0; i < k->p->roles; i++) {
		const struct plan_role *r = &k->p->role[i];

		if (r->way != ROLE_MOUNTED || plan_mount_of(k->p, r->image) != i)
			continue;
		yaml_map(w);
		yaml_pair(w, "name", mount_name(k, r->image));
		yaml_key_map(w, "image");
		yaml_pair(w, "reference", kube_image(&k->arena, r->image, k->in->options->registry));
		yaml_pair(w, "pullPolicy", "IfNotPresent");
		yaml_map_end(w);
		yaml_map_end(w);
	}
}
