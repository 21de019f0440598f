/* The head of every object, and the small objects: a ServiceAccount without rights, claims that are to be made. */
#include "emitters/kubernetes.h"

void kube_write_labels(const struct kube *k, struct yaml_writer *w)
{
	yaml_key_map(w, "labels");
	yaml_pair(w, "app.kubernetes.io/component", "pod-set");
	yaml_pair(w, "app.kubernetes.io/instance", k->job);
	yaml_pair(w, "app.kubernetes.io/managed-by", "calcc");
	yaml_pair(w, "app.kubernetes.io/name", k->name);
	yaml_pair(w, "app.kubernetes.io/part-of", "calcflow");
	yaml_map_end(w);
}

static void write_annotations(const struct kube *k, struct yaml_writer *w)
{
	yaml_key_map(w, "annotations");
	yaml_pair(w, "calcflow.dev/plan", k->hash);
	yaml_pair(w, "calcflow.dev/source", k->p->set.loc);
	yaml_map_end(w);
}

void kube_write_metadata(const struct kube *k, struct yaml_writer *w, const char *name)
{
	yaml_key_map(w, "metadata");
	if (name)
		yaml_pair(w, "name", name);
	kube_write_labels(k, w);
	write_annotations(k, w);
	yaml_map_end(w);
}

void kube_write_head(const struct kube *k, struct yaml_writer *w, const char *version, const char *kind, const char *name)
{
	yaml_pair(w, "apiVersion", version);
	yaml_pair(w, "kind", kind);
	kube_write_metadata(k, w, name);
}

/* Named by the set alone: the same for every plan of it, so it says nothing of one. */
static void write_lasting_head(struct yaml_writer *w, const char *version, const char *kind, const char *name)
{
	yaml_pair(w, "apiVersion", version);
	yaml_pair(w, "kind", kind);
	yaml_key_map(w, "metadata");
	yaml_pair(w, "name", name);
	yaml_key_map(w, "labels");
	yaml_pair(w, "app.kubernetes.io/managed-by", "calcc");
	yaml_pair(w, "app.kubernetes.io/part-of", "calcflow");
	yaml_map_end(w);
	yaml_map_end(w);
}

void kube_write_account(const struct kube *k, struct yaml_writer *w)
{
	yaml_map(w);
	write_lasting_head(w, "v1", "ServiceAccount", k->name);
	yaml_pair_bool(w, "automountServiceAccountToken", false);
	yaml_map_end(w);
}

void kube_write_claim(const struct kube *k, struct yaml_writer *w, const struct emit_claim *c)
{
	(void)k;
	yaml_map(w);
	write_lasting_head(w, "v1", "PersistentVolumeClaim", c->claim);
	yaml_key_map(w, "spec");
	yaml_pair_words(w, "accessModes", (const char *const[]){ "ReadWriteMany", NULL });
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
