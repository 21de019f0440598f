/*
 * Roles of a pod set: that of its account, and where slots get other images the quarterback may read and patch pods, and a
 * ValidatingAdmissionPolicy narrows that to slots of its own pod and images of the plan.
 */
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "compiler/compilation.h"
#include "emitters/kubernetes.h"
#include "runtime/plan_images.h"

bool kube_has_rights(struct kube *k, uint32_t func)
{
	return k->func_rights && k->func_rights[func];
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

/*
 * A policy lies in no namespace, and stays when a set is applied again with other images. Its name, which is the account's too, holds a
 * checksum of what it says and where: it narrows the quarterbacks that it was made for, and no others of that set in another namespace
 * or of another day, which have an account, a Role and a policy of their own.
 */
static const char *swapping_account(struct kube *k)
{
	struct buf is = BUF_INIT;
	const char *name;

	buf_printf(&is, "%s %s ", k->in->options->namespace ? k->in->options->namespace : "", k->name);
	add_images(k, &is);
	name = arena_printf(&k->arena, "%s-roles-%s", k->name, kube_revision(&k->arena, is.p, is.len));
	buf_release(&is);
	return name;
}

void kube_find_rights(struct kube *k, const bool *called)
{
	struct func f;

	k->swaps = plan_swaps(k->p);
	k->func_rights = arena_zalloc(&k->arena, (size_t)k->p->funcs + 1, sizeof *k->func_rights);
	for (uint32_t i = 0; i < k->p->funcs; i++)
		k->func_rights[i] = called[i] && kube_function(k, i, &f) && kube_add_rights(k, &f);
	k->account = k->swaps ? swapping_account(k) : k->name;
	if (k->swaps) {
		kube_add_right(k, (struct kube_right){ "", "pods", "get" });
		kube_add_right(k, (struct kube_right){ "", "pods", "patch" });
	}
	kube_settle_rights(k);
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
	/* The name within: an overlay may put something before and after it. */
	buf_printf(&who, "request.userInfo.username.startsWith('system:serviceaccount:') && request.userInfo.username.contains('%s')", k->account);
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

static void take(struct kube *k, struct emit_files *files, const struct kube_object *o)
{
	if (!kube_take(files, k->in->diags, o))
		k->failed = true;
}

void kube_write_roles(struct kube *k, struct yaml_writer *w, struct emit_files *files)
{
	struct kube_object role = kube_of_set(k, "rbac.authorization.k8s.io/v1", "Role", k->account), binding = role, policy, bound;

	binding.kind = "RoleBinding";
	take(k, files, &role);
	take(k, files, &binding);
	kube_write_rights(k, w, &role, k->account);
	if (!k->swaps)
		return;
	policy = kube_of_set(k, "admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy", k->account);
	policy.cluster_wide = true;
	bound = policy;
	bound.kind = "ValidatingAdmissionPolicyBinding";
	take(k, files, &policy);
	take(k, files, &bound);
	yaml_next_document(w);
	write_policy(k, w, &policy);
	yaml_next_document(w);
	write_policy_binding(k, w, &bound);
}

/* ---- the pod's part ---- */

static void write_field(struct yaml_writer *w, const char *name, const char *path)
{
	yaml_map(w);
	yaml_pair(w, "name", name);
	yaml_key_map(w, "valueFrom");
	yaml_key_map(w, "fieldRef");
	yaml_pair(w, "apiVersion", "v1");	/* as the server fills it in */
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
