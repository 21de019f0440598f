/* Heads of a pod set's objects, and the small ones: a ServiceAccount without rights, claims that are to be made. */
#include <string.h>
#include "emitters/kubernetes.h"

struct kube_object kube_of_job(const struct kube *k, const char *api, const char *kind, const char *name)
{
	return (struct kube_object){ .api = api, .kind = kind, .name = name, .called = k->p->set.name, .set = k->name, .instance = k->job,
		.component = k->component, .revision = k->revision, .part_of = k->part_of, .plan = k->hash, .loc = k->p->set.loc, .row = k->p->set.row };
}

struct kube_object kube_of_set(const struct kube *k, const char *api, const char *kind, const char *name)
{
	return (struct kube_object){ .api = api, .kind = kind, .name = name, .called = k->p->set.name, .set = k->name, .instance = k->name,
		.component = k->component, .revision = k->lasting, .part_of = k->part_of, .loc = k->p->set.loc, .row = k->p->set.row };
}

void kube_write_account(const struct kube *k, struct yaml_writer *w)
{
	struct kube_object o = kube_of_set(k, "v1", "ServiceAccount", k->account);

	yaml_map(w);
	kube_head(w, &o, k->in->options);
	yaml_pair_bool(w, "automountServiceAccountToken", false);
	yaml_map_end(w);
}

struct kube_object kube_of_claim(struct arena *a, const struct emit_claim *c)
{
	const char *is = arena_printf(a, "%s=%s,%s,%s", c->share, c->claim, c->size ? c->size : "", c->storage_class ? c->storage_class : "");
	struct kube_own *share = arena_alloc(a, sizeof *share);
	const char *name = kube_name(a, c->claim, KUBE_NAME);

	*share = (struct kube_own){ "calcflow.dev/share", c->share };
	return (struct kube_object){ .api = "v1", .kind = "PersistentVolumeClaim", .name = c->claim, .set = name, .instance = name,
		.component = "claim", .revision = kube_revision(a, is, strlen(is)), .annotation = share, .annotations = 1 };
}

void kube_write_claim(struct yaml_writer *w, const struct kube_object *o, const struct emit_claim *c, const char *mode,
		      const struct emit_options *options)
{
	yaml_map(w);
	kube_head(w, o, options);
	yaml_key_map(w, "spec");
	yaml_pair_words(w, "accessModes", (const char *const[]){ mode, NULL });
	if (c->storage_class)
		yaml_pair(w, "storageClassName", c->storage_class);
	yaml_key_map(w, "resources");
	yaml_key_map(w, "requests");
	yaml_pair(w, "storage", c->size);
	yaml_map_end(w);
	yaml_map_end(w);
	yaml_map_end(w);
	yaml_map_end(w);
}
