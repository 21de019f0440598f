/* What the files of the list emitter share: a set on a list, with every name decided. Private to emitters/list*.c. */
#ifndef CALC_EMITTERS_LIST_H
#define CALC_EMITTERS_LIST_H

#include <stdbool.h>
#include <stdint.h>
#include "base/arena.h"
#include "compiler/compilation.h"
#include "emitters/emit.h"
#include "emitters/kubernetes.h"
#include "emitters/kubernetes_object.h"
#include "emitters/kubernetes_part.h"

#define LIST_GROUP "calcflow.dev"
#define LIST_VERSION LIST_GROUP "/v1alpha1"

enum {
	LIST_PORT = 8080,		/* of a group's first function; the others follow */
	LIST_FUNCTIONS = 16,		/* of a group: containers of a pod. This and what follows are bounds of the CRD */
	LIST_GROUPS = 128,
	LIST_SHARES = 64,
	LIST_PONDS = 32,
	LIST_ROUTES = 32,
	LIST_TEXT = 128,		/* bytes of a name of the text */
	LIST_EDGES = 1024,
	LIST_OUTSIDES = 500,
	LIST_SETS = 1000,
	LIST_SET_NAME = 40,		/* bytes of the set's name, as of a pod set */
	LIST_NAME = 50,			/* bytes of a Deployment's name: its pods' names are longer */
	LIST_GRACE = 60			/* seconds: requests are still taken for a while, then what runs may end */
};

/* A share that workers mount, with its claim; or a pond, whose claim is made unless one is given. */
struct list_volume {
	const char *name, *volume;	/* in the text; in the pod */
	const struct emit_claim *claim;
	const char *claim_name, *mode;	/* mode: access mode of a claim that is made */
	const char *loc;
	const struct pond *pond;	/* NULL: a share */
	uint32_t pods;			/* that mount it, at most */
	bool written;
};

struct list_function {
	uint32_t plan, program;		/* places in plan.func and program.func */
	const char *name, *container, *config;	/* config: the ConfigMap of its plan */
	const char *port_name;
	uint32_t group, port;
	const char *image;
	uint64_t cpu_milli, memory;
	struct kube_device *device;	uint32_t devices;
	bool account;			/* it has rights on the API: the token is mounted */
	struct buf text;		/* its plan */
};

struct list_group {
	const char *called, *name;	/* of its first function; of its Deployment and Service */
	const char *component, *revision;
	const struct graph_group *of;
	uint32_t first, functions;	/* in list.function */
	bool *reads, *writes;		/* of each volume */
	struct kube_right *right;	/* of its account, which has its name; none: it has the set's, without rights */
	uint32_t rights;
	bool *feeds;			/* of each group: does it hand data to that one over the network? */
};

struct list {
	const struct emit_input *in;
	struct compilation *c;
	const struct set *s;
	const struct graph *g;
	const struct plan *p;
	struct emit_files *files;
	struct arena *arena;
	struct kube k;			/* name, plan text, hash, ConfigMaps: as of a pod set */
	const char *name;
	struct list_function *function;	uint32_t functions;
	struct list_group *group;	uint32_t groups;
	struct list_volume *volume;	uint32_t volumes;
	bool failed;
};

/* As kube_report. */
void list_report(struct list *l, enum diag_code code, const char *loc, const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* An object of the set, or of one of its groups. */
struct kube_object list_object(const struct list *l, const struct list_group *g, const char *api, const char *kind, const char *name);
/* Begin an object's map with its head, after taking its name. */
void list_begin(struct list *l, struct yaml_writer *w, const struct kube_object *o);

/* ---- list_use.c: fills function, group, volume ---- */
void list_find(struct list *l);

/* ---- list_piece.c ---- */
/* The plan of one function that is served: a step `request` with its inputs as results, and the function's step. Appended as text. */
void list_piece(const struct plan *p, uint32_t func, struct buf *text);

/* ---- list_pod.c, list_service.c, list_claim.c ---- */
void list_write_deployment(struct list *l, struct yaml_writer *w, struct list_group *g);
void list_write_service(struct list *l, struct yaml_writer *w, const struct list_group *g);
void list_write_scaling(struct list *l, struct yaml_writer *w, const struct list_group *g);	/* what its `workers` asks for, if anything */
void list_write_routes(struct list *l, struct yaml_writer *w);
void list_add_claims(struct list *l);
const char *list_claim_mode(const struct list *l, const struct list_volume *v);

/* ---- list_set.c: the CalculationSet object ---- */
void list_write_set(struct list *l, struct yaml_writer *w);
void list_write_sets(struct list *l, struct yaml_writer *w);	/* of a set of sets */

/* ---- list_network.c ---- */
void list_add_network(struct list *l);

/* ---- list_rights.c ---- */
void list_find_rights(struct list *l);			/* fills right of groups and account of functions */
const char *list_account(const struct list *l, const struct list_group *g);
void list_add_rights(struct list *l);			/* accounts and Roles of groups that have some: NAME.roles.yaml */

#endif
