/* The head of every object: labels that say what it belongs to, annotations that say where it comes from. */
#include "emitters/kubernetes_object.h"

#include <string.h>

void kube_selector(struct yaml_writer *w, const struct kube_object *o)
{
	yaml_pair(w, "app.kubernetes.io/component", o->component);
	if (o->instance)
		yaml_pair(w, "app.kubernetes.io/instance", o->instance);
	yaml_pair(w, "app.kubernetes.io/name", o->set);
}

void kube_label_selector(struct yaml_writer *w, const char *key, const struct kube_object *o)
{
	yaml_key_map(w, key);
	yaml_key_map(w, "matchLabels");
	kube_selector(w, o);
	yaml_map_end(w);
	yaml_map_end(w);
}

static void write_own(struct yaml_writer *w, const struct kube_own *own, size_t count)
{
	for (size_t i = 0; i < count; i++)
		yaml_pair(w, own[i].key, own[i].value);
}

static void write_labels(struct yaml_writer *w, const struct kube_object *o)
{
	yaml_key_map(w, "labels");
	yaml_pair(w, "app.kubernetes.io/component", o->component);
	yaml_pair(w, "app.kubernetes.io/instance", o->instance);
	yaml_pair(w, "app.kubernetes.io/managed-by", "calcc");
	yaml_pair(w, "app.kubernetes.io/name", o->set);
	yaml_pair(w, "app.kubernetes.io/part-of", o->part_of ? o->part_of : "calcflow");
	yaml_pair(w, "app.kubernetes.io/version", o->revision);
	write_own(w, o->label, o->labels);
	yaml_map_end(w);
}

static void write_annotations(struct yaml_writer *w, const struct kube_object *o)
{
	bool called = o->called && o->name && strcmp(o->called, o->name) != 0;

	bool row = o->row && *o->row;

	if (!called && !row && !o->plan && !o->loc && !o->annotations)
		return;
	yaml_key_map(w, "annotations");
	if (called)
		yaml_pair(w, "calcflow.dev/called", o->called);
	if (row)
		yaml_pair(w, "calcflow.dev/data", o->row);
	if (o->plan)
		yaml_pair(w, "calcflow.dev/plan", o->plan);
	if (o->loc)
		yaml_pair(w, "calcflow.dev/source", o->loc);
	write_own(w, o->annotation, o->annotations);
	yaml_map_end(w);
}

void kube_head(struct yaml_writer *w, const struct kube_object *o, const struct emit_options *options)
{
	yaml_pair(w, "apiVersion", o->api);
	yaml_pair(w, "kind", o->kind);
	yaml_key_map(w, "metadata");
	yaml_pair(w, "name", o->name);
	if (options->namespace && !o->cluster_wide)
		yaml_pair(w, "namespace", options->namespace);
	write_labels(w, o);
	write_annotations(w, o);
	yaml_map_end(w);
}

void kube_template(struct yaml_writer *w, const struct kube_object *o)
{
	struct kube_object pod = *o;

	pod.called = pod.loc = pod.row = NULL;
	yaml_key_map(w, "metadata");
	write_labels(w, &pod);
	write_annotations(w, &pod);
	yaml_map_end(w);
}

void kube_check_size(struct diags *diags, const struct kube_object *o, size_t bytes)
{
	const char *called = o->called ? o->called : o->name, *loc = o->loc ? o->loc : "";

	if (bytes * 2 > KUBE_OBJECT) {	/* the server notes for each field who manages it: as much again */
		diag_report_line(diags, CF804, loc, "the %s of `%s` would be %zu bytes with what the server adds, more than the %d of an object", o->kind, called,
				 bytes * 2, KUBE_OBJECT);
		diag_help(diags, "make it smaller: fewer slots or groups, or several sets, one of which publishes what the next one reads");
	} else if (bytes > KUBE_ANNOTATION) {
		diag_report_line(diags, CF904, loc, "the %s of `%s` is %zu bytes: `kubectl apply` keeps a copy of it in an annotation, which holds %d", o->kind, called,
				 bytes, KUBE_ANNOTATION);
		diag_help(diags, "apply it with `kubectl apply --server-side`, which keeps none");
	}
}
