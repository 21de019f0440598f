/* Network policies of both scopes: nothing comes in or goes out but what is named here. */
#ifndef CALC_EMITTERS_KUBERNETES_NETWORK_H
#define CALC_EMITTERS_KUBERNETES_NETWORK_H

#include <stdbool.h>
#include <stdint.h>
#include "emitters/kubernetes_object.h"

/* Pods that may reach ports, or be reached at them. */
struct kube_peer {
	const struct kube_object *pods;	/* by kube_selector, in this namespace; NULL: as follows */
	const char *namespace;		/* all pods of it; NULL with pods NULL: anybody */
	const char *label, *value;	/* with namespace: those with this label; NULL: all */
	uint32_t port, ports;		/* port, port + 1, … */
};

/* What the pods of one kind talk to. */
struct kube_traffic {
	const struct kube_peer *in;	uint32_t ins;
	const struct kube_peer *out;	uint32_t outs;
	bool dns;			/* they look up names of Services */
	bool api;			/* they have a token of the API server */
};

/* A policy for the pods that `pods` selects, named and headed as `o`: exactly this traffic. One map. */
void kube_write_network(struct yaml_writer *w, const struct kube_object *o, const struct kube_object *pods, const struct kube_traffic *t,
			const struct emit_options *options);

#endif
