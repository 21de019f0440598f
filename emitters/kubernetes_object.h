/*
 * What stands at the head of every object, of both scopes: names, labels, where it comes from. Labels are the recommended ones;
 * annotations calcflow.dev/source, data, plan and called say from which line, for which row of data, of which plan, and what the text
 * calls it.
 */
#ifndef CALC_EMITTERS_KUBERNETES_OBJECT_H
#define CALC_EMITTERS_KUBERNETES_OBJECT_H

#include <stdbool.h>
#include <stddef.h>
#include "base/arena.h"
#include "emitters/emit.h"
#include "emitters/yaml.h"

enum {
	KUBE_NAME = 63,			/* bytes of a label or a name */
	KUBE_OBJECT = 1500000,		/* bytes of an object, as JSON */
	KUBE_ANNOTATION = 256 * 1024,	/* bytes of all annotations of an object */
	KUBE_REVISION = 12		/* digits of a checksum in names and labels */
};

/* A label or annotation of the object's own, beside those that all have. */
struct kube_own { const char *key, *value; };

struct kube_object {
	const char *api, *kind, *name;	/* "apps/v1", "Deployment", … */
	const char *called;		/* in the text; an annotation where the name is another. NULL: as the name */
	const char *set;		/* label name: the calculation set's name, as kube_name() makes it */
	const char *instance;		/* label instance: the Job of one plan; on a list, the set */
	const char *component;		/* label component: "pod-set", "claim", a worker group … */
	const char *revision;		/* label version: digits of the checksum of what the object is made from */
	const char *part_of;		/* label part-of: the program. NULL: calcflow */
	const char *plan;		/* the plan's whole hash. NULL: it depends on no plan */
	const char *loc;		/* "file:line" of what declared it; NULL: nothing did */
	const char *row;		/* "file:line" of the data that it was made for; NULL or "": of none */
	const struct kube_own *label, *annotation;	/* in the order of their keys; they follow the others */
	size_t labels, annotations;
	bool cluster_wide;		/* lies in no namespace */
};

/* apiVersion, kind and metadata, into a map that is open. */
void kube_head(struct yaml_writer *w, const struct kube_object *o, const struct emit_options *options);
/*
 * The metadata of a pod template: the labels, and the plan's hash where the object has one. It has no line, and the revision must be that
 * of what the pods need: what changes here restarts them.
 */
void kube_template(struct yaml_writer *w, const struct kube_object *o);
/*
 * Hold an object of so many bytes (yaml_json_size) against the limits of the target: CF804 where the API server refuses it, the warning CF904
 * where `kubectl apply` does.
 */
void kube_check_size(struct diags *diags, const struct kube_object *o, size_t bytes);
/* The labels that never change while the object lives: name, instance (without one: the pods of all Jobs of the set), component. As a map's entries. */
void kube_selector(struct yaml_writer *w, const struct kube_object *o);
void kube_label_selector(struct yaml_writer *w, const char *key, const struct kube_object *o);	/* the same below `matchLabels` */

/* ---- names: kubernetes_name.c ---- */
/*
 * A valid name (DNS label) of at most `max` bytes (at least 24) from any text: lower case, one '-' for what is neither letter nor digit. What
 * is too long, or holds letters beyond ASCII, ends in 16 digits of the text's hash. The same text is always the same name. NULL: nothing is left.
 */
const char *kube_name(struct arena *a, const char *text, size_t max);
/* An image with the registry's prefix, if it names no registry of its own. */
const char *kube_image(struct arena *a, const char *image, const char *registry);
bool kube_is_label(const char *name);			/* valid as a name of any object: a DNS label */
bool kube_is_subdomain(const char *name);		/* valid as a name of most objects */
bool kube_is_label_value(const char *value);
/* Label part-of: the program's file without folder and ending, as a name; "calcflow" without a program. */
const char *kube_part_of(struct arena *a, const struct compilation *program);
/* SHA-256 of the bytes: the first KUBE_REVISION digits. */
const char *kube_revision(struct arena *a, const void *p, size_t len);

/* ---- kubernetes_taken.c ---- */
/*
 * Take a name of this kind for what the text calls `called`, over all sets that are emitted together. Once more for the same thing is fine;
 * for another, CF802 is reported at `loc` ("file:line"), and the answer is false.
 */
bool kube_take(struct emit_files *files, struct diags *diags, const struct kube_object *o);

#endif
