/* What the files of the Kubernetes emitter share: a set as a pod, with every name decided. Private to emitters/kubernetes*.c. */
#ifndef CALC_EMITTERS_KUBERNETES_H
#define CALC_EMITTERS_KUBERNETES_H

#include <stdbool.h>
#include <stdint.h>
#include "base/arena.h"
#include "compiler/program.h"
#include "emitters/emit.h"
#include "emitters/kubernetes_object.h"
#include "emitters/kubernetes_part.h"
#include "emitters/yaml.h"

enum {
	KUBE_CHUNK = 180 * 1024,	/* bytes of plan in a ConfigMap, as JSON writes them */
	KUBE_UID_BASE = 20000,
	KUBE_START_LIMIT = 600,		/* as a Deployment has to get on, by default */
	KUBE_TTL = 86400,
	KUBE_GRACE = 30
};

/* A share or pond that the plan names, as a volume of the pod. */
struct kube_share {
	const char *share, *volume;
	const struct emit_claim *claim;
	const struct pond *pond;	/* it is one, and has a claim in any case; NULL: a share */
	bool written;			/* by a sink, or because a state stands there */
	const char *loc;		/* of the source or sink that names it, or the function whose state it has */
};
/* A piece of the plan's text, or of its gzip: a ConfigMap. */
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
	struct kube_device *device;	/* what a function in it needs most of, in the order of their names */
	uint32_t devices;
	bool live;			/* it runs functions that touch a `sync` state: the folder of those is mounted to be written */
	bool account;			/* it runs functions with rights on the API: its token is mounted */
};
/* A right on the API: `group` "" is the core group. */
struct kube_right { const char *group, *resource, *verb; };

struct kube {
	const struct emit_input *in;
	const char *component;		/* label of its objects */
	const struct plan *p;
	struct arena arena;
	struct buf plan;		/* its text; once it is cut, what is stored of it */
	size_t memory;			/* bytes of the text with its places, about */
	bool packed;			/* gzip is stored */
	char hash[65];
	const char *name, *job;		/* of the set; with the revision */
	const char *account;		/* who the pod is to the API */
	const char *revision;		/* digits of the checksum of all that the Job is */
	const char *lasting;		/* revision of what is the same for every plan */
	const char *part_of;		/* the program */
	const char *runtime_image;
	struct kube_chunk *chunk;
	uint32_t chunks;
	struct buf places;		/* of the plan's lines, as they are stored; gzip is stored where places_packed */
	bool places_packed;
	struct kube_chunk *part;	/* of the places: named by the plan's hash, and as many as the plan says */
	uint32_t parts;
	struct kube_share *share;
	uint32_t shares;
	struct kube_slot *slot;
	struct kube_right *right;	/* in order, each once */
	uint32_t rights;
	size_t right_cap;
	bool *func_rights;		/* of each function of the plan: it has some */
	bool swaps;			/* slots get other images */
	bool failed;
};

/* Report something that cannot be emitted: `loc` is "file:line". Add help with diag_help(k->in->diags, …). */
void kube_report(struct kube *k, enum diag_code code, const char *loc, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* ---- kubernetes_use.c: fills share and slot ---- */
void kube_find_shares(struct kube *k);
void kube_find_slots(struct kube *k);

/* ---- kubernetes_rights.c: rights on the API ---- */
/* The function of the program with the set's defaults; false: an expression, or the plan was made by no program. */
bool kube_function(const struct kube *k, uint32_t func, struct func *out);
/* What the function says in `system`, appended to k->right; false: nothing. */
bool kube_add_rights(struct kube *k, const struct func *f);
void kube_add_right(struct kube *k, struct kube_right r);
void kube_settle_rights(struct kube *k);		/* in order, each once; CF811 where no namespace is said */
/* A Role of these rights and a RoleBinding that gives them to an account: two objects, a document between them. */
void kube_write_rights(const struct kube *k, struct yaml_writer *w, const struct kube_object *role, const char *account);

/* ---- kubernetes_roles.c: images that slots take on, and the objects for it ---- */
void kube_find_rights(struct kube *k, const bool *called);
bool kube_has_rights(struct kube *k, uint32_t func);
void kube_write_roles(struct kube *k, struct yaml_writer *w, struct emit_files *files);
void kube_mount_account(struct yaml_writer *w);
void kube_write_account_volume(struct yaml_writer *w);
void kube_write_pod_names(struct yaml_writer *w);
void kube_mount_images(struct kube *k, struct yaml_writer *w, uint32_t slot);
void kube_write_image_volumes(struct kube *k, struct yaml_writer *w);

/* ---- kubernetes_config.c ---- */
void kube_cut_plan(struct kube *k);			/* fills chunk */
void kube_cut_places(struct kube *k);			/* fills part */
void kube_write_config(const struct kube *k, struct yaml_writer *w, const struct kube_chunk *c);
void kube_write_places(const struct kube *k, struct yaml_writer *w, const struct kube_chunk *c);

/* ---- kubernetes_small.c: heads of this set's objects, and the small objects ---- */
struct kube_object kube_of_job(const struct kube *k, const char *api, const char *kind, const char *name);	/* gone with the Job's plan */
struct kube_object kube_of_set(const struct kube *k, const char *api, const char *kind, const char *name);	/* the same for every plan */
struct kube_object kube_of_claim(struct arena *a, const struct emit_claim *c);		/* of no set: several may share it */
void kube_write_account(const struct kube *k, struct yaml_writer *w);
void kube_write_claim(struct yaml_writer *w, const struct kube_object *o, const struct emit_claim *c, const char *mode,
		      const struct emit_options *options);

/* ---- kubernetes_job.c, kubernetes_pod.c ---- */
/* A Job with this head; of a set with a window a CronJob that makes one for each. */
void kube_write_job(struct kube *k, struct yaml_writer *w, const struct kube_object *head);
struct kube_object kube_job_head(const struct kube *k);
void kube_check_window(struct kube *k);			/* CF809: no CronJob says it */
static inline bool kube_is_windowed(const struct kube *k) { return k->p->set.window < k->p->windows; }
void kube_write_pod(struct kube *k, struct yaml_writer *w);
struct kube_own *kube_pond_labels(struct kube *k, size_t *count);	/* of the ponds where the pod stands: labels that say so */

#endif
