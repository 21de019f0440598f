/* What the files of the Kubernetes emitter share: a set as a pod, with every name decided. Private to emitters/kubernetes*.c. */
#ifndef CALC_EMITTERS_KUBERNETES_H
#define CALC_EMITTERS_KUBERNETES_H

#include <stdbool.h>
#include <stdint.h>
#include "base/arena.h"
#include "emitters/emit.h"
#include "emitters/yaml.h"

enum {
	KUBE_NAME = 63,			/* bytes of a label or a name */
	KUBE_OBJECT = 1500000,		/* bytes of an object, as JSON */
	KUBE_CHUNK = 180 * 1024,	/* bytes of plan in a ConfigMap, as JSON writes them */
	KUBE_CHUNKS = 1000,		/* plan.000 to plan.999 */
	KUBE_UID_BASE = 20000,
	KUBE_TTL = 86400,
	KUBE_GRACE = 30
};

/* A share that the plan names, as a volume of the pod. */
struct kube_share {
	const char *share, *volume;
	const struct emit_claim *claim;
	bool written;			/* by a sink */
	const char *loc;		/* of the source or sink that names it */
};
/* A piece of the plan's text: a ConfigMap. */
struct kube_chunk {
	const char *name, *key;
	size_t start, end;
};
/* What a slot offers and needs, over all functions that may run in it. */
struct kube_slot {
	const char *image;
	uint64_t cpu_milli, memory;
	bool *reads;			/* of each share */
	const struct plan_secret **secret;
	uint32_t secrets;
};

struct kube {
	const struct emit_input *in;
	const struct plan *p;
	struct arena arena;
	struct buf plan;		/* its text */
	char hash[65];
	const char *name, *job;		/* of the set; with the plan's hash */
	const char *runtime_image;
	struct kube_chunk *chunk;
	uint32_t chunks;
	struct kube_share *share;
	uint32_t shares;
	struct kube_slot *slot;
	bool failed;
};

/* Report something that cannot be emitted: `loc` is "file:line". Add help with diag_help(k->in->diags, …). */
void kube_report(struct kube *k, enum diag_code code, const char *loc, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* ---- kubernetes_name.c ---- */
/* A valid name (DNS label) of at most `max` bytes from any text: what does not fit is shortened by a hash. NULL: nothing is left. */
const char *kube_name(struct arena *a, const char *text, size_t max);
/* An image with the registry's prefix, if it names no registry of its own. */
const char *kube_image(struct arena *a, const char *image, const char *registry);
bool kube_is_subdomain(const char *name);		/* valid as a name of most objects */
bool kube_is_label_value(const char *value);

/* ---- kubernetes_use.c: fills share and slot ---- */
void kube_find_shares(struct kube *k);
void kube_find_slots(struct kube *k);

/* ---- kubernetes_config.c ---- */
void kube_cut_plan(struct kube *k);			/* fills chunk */
void kube_write_configs(const struct kube *k, struct yaml_writer *w);

/* ---- kubernetes_object.c ---- */
void kube_write_head(const struct kube *k, struct yaml_writer *w, const char *version, const char *kind, const char *name);
void kube_write_metadata(const struct kube *k, struct yaml_writer *w, const char *name);
void kube_write_labels(const struct kube *k, struct yaml_writer *w);
void kube_write_account(const struct kube *k, struct yaml_writer *w);
void kube_write_claim(const struct kube *k, struct yaml_writer *w, const struct emit_claim *c);

/* ---- kubernetes_job.c, kubernetes_pod.c ---- */
void kube_write_job(struct kube *k, struct yaml_writer *w);
void kube_write_pod(struct kube *k, struct yaml_writer *w);

#endif
