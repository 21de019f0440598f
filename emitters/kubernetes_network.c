/*
 * A policy names both directions, so what it does not allow is denied to the pods that it selects. Names are looked up at the cluster's
 * DNS; the API server has no label that a policy could name, so who has a token may reach its ports anywhere.
 */
#include "emitters/kubernetes_network.h"

enum { DNS_PORT = 53, API_PORTS = 2 };
static const uint32_t api_port[API_PORTS] = { 443, 6443 };	/* of its Service, and where that leads on most clusters */

static void write_port(struct yaml_writer *w, const char *protocol, uint32_t port)
{
	yaml_map(w);
	yaml_pair_number(w, "port", port);
	yaml_pair(w, "protocol", protocol);
	yaml_map_end(w);
}

static void write_namespace(struct yaml_writer *w, const char *namespace)
{
	yaml_key_map(w, "namespaceSelector");
	yaml_key_map(w, "matchLabels");
	yaml_pair(w, "kubernetes.io/metadata.name", namespace);
	yaml_map_end(w);
	yaml_map_end(w);
}

static void write_peer(struct yaml_writer *w, const char *direction, const struct kube_peer *p)
{
	if (!p->pods && !p->namespace)
		return;
	yaml_key_list(w, direction);
	yaml_map(w);
	if (p->namespace)
		write_namespace(w, p->namespace);
	if (p->pods)
		kube_label_selector(w, "podSelector", p->pods);
	if (p->label) {
		yaml_key_map(w, "podSelector");
		yaml_key_map(w, "matchLabels");
		yaml_pair(w, p->label, p->value);
		yaml_map_end(w);
		yaml_map_end(w);
	}
	yaml_map_end(w);
	yaml_list_end(w);
}

static void write_rule(struct yaml_writer *w, const char *direction, const struct kube_peer *p)
{
	yaml_map(w);
	write_peer(w, direction, p);
	yaml_key_list(w, "ports");
	for (uint32_t i = 0; i < p->ports; i++)
		write_port(w, "TCP", p->port + i);
	yaml_list_end(w);
	yaml_map_end(w);
}

static void write_dns(struct yaml_writer *w)
{
	const struct kube_peer dns = { .namespace = "kube-system", .label = "k8s-app", .value = "kube-dns" };

	yaml_map(w);
	write_peer(w, "to", &dns);
	yaml_key_list(w, "ports");
	write_port(w, "UDP", DNS_PORT);
	write_port(w, "TCP", DNS_PORT);
	yaml_list_end(w);
	yaml_map_end(w);
}

static void write_api(struct yaml_writer *w)
{
	yaml_map(w);
	yaml_key_list(w, "ports");
	for (uint32_t i = 0; i < API_PORTS; i++)
		write_port(w, "TCP", api_port[i]);
	yaml_list_end(w);
	yaml_map_end(w);
}

void kube_write_network(struct yaml_writer *w, const struct kube_object *o, const struct kube_object *pods, const struct kube_traffic *t,
			const struct emit_options *options)
{
	yaml_map(w);
	kube_head(w, o, options);
	yaml_key_map(w, "spec");
	kube_label_selector(w, "podSelector", pods);
	yaml_pair_words(w, "policyTypes", (const char *const[]){ "Ingress", "Egress", NULL });
	if (t->ins) {
		yaml_key_list(w, "ingress");
		for (uint32_t i = 0; i < t->ins; i++)
			write_rule(w, "from", &t->in[i]);
		yaml_list_end(w);
	}
	if (t->outs || t->dns || t->api) {
		yaml_key_list(w, "egress");
		for (uint32_t i = 0; i < t->outs; i++)
			write_rule(w, "to", &t->out[i]);
		if (t->dns)
			write_dns(w);
		if (t->api)
			write_api(w);
		yaml_list_end(w);
	}
	yaml_map_end(w);
	yaml_map_end(w);
}
