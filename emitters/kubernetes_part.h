/* Parts of a pod that are written alike at both scopes. Private to the manifests' emitters. */
#ifndef CALC_EMITTERS_KUBERNETES_PART_H
#define CALC_EMITTERS_KUBERNETES_PART_H

#include <stdint.h>
#include "base/arena.h"
#include "emitters/emit.h"
#include "emitters/kubernetes_object.h"
#include "emitters/yaml.h"

struct pond;

/* Bytes in the largest unit that says them exactly. */
void kube_bytes(struct yaml_writer *w, const char *key, uint64_t v);

/* A device that a container needs: "nvidia.com/gpu", 1. */
struct kube_device { const char *name; uint32_t count; };
/* `resources`. Requests are limits: memory that was promised is there, and the pod is the last to be killed for want of it. */
void kube_resources(struct yaml_writer *w, uint64_t cpu_milli, uint64_t memory);
void kube_resources_of(struct yaml_writer *w, uint64_t cpu_milli, uint64_t memory, const struct kube_device *device, uint32_t devices);

void kube_security(struct yaml_writer *w, uint32_t user);		/* a container's `securityContext` */
void kube_pod_security(struct yaml_writer *w, uint32_t base);		/* a pod's; the group is `base` */
void kube_empty_dir(struct yaml_writer *w, const char *name, bool memory, uint64_t size);	/* a volume; size 0: unlimited */
void kube_secret(struct yaml_writer *w, const struct plan_secret *s);	/* an entry of a container's `env` */
void kube_pull_secrets(struct yaml_writer *w, const struct emit_options *o);

/* ---- ponds: kubernetes_pond.c ---- */
/* The label of pods at the pond that this volume of theirs is: "pond.calcflow.dev/pond-hot", with the value "here". */
const char *kube_pond_label(struct arena *a, const char *volume);
void kube_write_pond_affinity(struct yaml_writer *w, const struct kube_own *label, size_t labels);	/* a pod's `affinity`; nothing without labels */
const char *kube_pond_size(struct arena *a, const struct pond *p);	/* as the server writes it back: in the largest unit */

#endif
