/*
 * Network policies of a set on a list: a policy for each worker group, and one for all pods of the set that allows nothing. Workers
 * take data from the groups that make them, and are asked by who runs the set; routes come from the Gateway.
 */
#include "emitters/list.h"

#include "emitters/kubernetes_network.h"

/* Where whoever runs CalculationSets stands. */
static const char runner_namespace[] = "calcflow-system";

static struct kube_object pods_of(const struct list *l, const struct list_group *g)
{
	return list_object(l, g, "v1", "Pod", g->name);
}

static bool is_routed(const struct list *l, uint32_t program)
{
	for (uint32_t i = 0; i < l->s->routes; i++)
		if (l->s->route[i].of.func == program)
			return true;
	return false;
}

/* Of a gateway in the set's own namespace nothing is known but that it stands there; who applies the files may have chosen that. */
static struct kube_peer gateway(const struct list *l, uint32_t port)
{
	const struct emit_options *o = l->in->options;

	return (struct kube_peer){ .namespace = o->gateway_namespace ? o->gateway_namespace : o->namespace, .port = port, .ports = 1 };
}

static void write_group(struct list *l, struct yaml_writer *w, const struct list_group *g)
{
	struct kube_object self = pods_of(l, g), o = list_object(l, g, "networking.k8s.io/v1", "NetworkPolicy", g->name);
	struct kube_object *other = arena_alloc(l->arena, ((size_t)l->groups + 1) * sizeof *other);
	struct kube_peer *in = arena_zalloc(l->arena, (size_t)l->groups + g->functions + 1, sizeof *in),
			 *out = arena_zalloc(l->arena, (size_t)l->groups + 1, sizeof *out);
	struct kube_traffic t = { .in = in, .out = out };

	in[t.ins++] = (struct kube_peer){ .namespace = runner_namespace, .port = LIST_PORT, .ports = g->functions };
	for (uint32_t i = 0; i < l->groups; i++) {
		const struct list_group *maker = &l->group[i];

		other[i] = pods_of(l, maker);
		if (g->feeds[i])
			in[t.ins++] = (struct kube_peer){ .pods = &other[i], .port = LIST_PORT, .ports = g->functions };
		if (maker->feeds[g - l->group])
			out[t.outs++] = (struct kube_peer){ .pods = &other[i], .port = LIST_PORT, .ports = maker->functions };
	}
	for (uint32_t i = 0; i < g->functions; i++)
		if (is_routed(l, l->function[g->first + i].program))
			in[t.ins++] = gateway(l, l->function[g->first + i].port);
	t.api = g->rights > 0;
	t.dns = t.outs > 0 || t.api;
	if (!kube_take(l->files, l->in->diags, &o))
		l->failed = true;
	kube_write_network(w, &o, &self, &t, l->in->options);
}

/* For pods of the set that no group's policy selects. */
static void write_denial(struct list *l, struct yaml_writer *w)
{
	struct kube_object o = list_object(l, NULL, "networking.k8s.io/v1", "NetworkPolicy", l->name);

	list_begin(l, w, &o);
	yaml_key_map(w, "spec");
	yaml_key_map(w, "podSelector");
	yaml_key_map(w, "matchLabels");
	yaml_pair(w, "app.kubernetes.io/instance", l->name);
	yaml_pair(w, "app.kubernetes.io/name", l->name);
	yaml_map_end(w);
	yaml_map_end(w);
	yaml_pair_words(w, "policyTypes", (const char *const[]){ "Ingress", "Egress", NULL });
	yaml_map_end(w);
	yaml_map_end(w);
}

void list_add_network(struct list *l)
{
	const char *name = arena_printf(l->arena, "%s.network.yaml", l->name);
	struct yaml_writer *w = emit_yaml_begin(l->files, name);

	write_denial(l, w);
	for (uint32_t i = 0; i < l->groups; i++) {
		yaml_next_document(w);
		write_group(l, w, &l->group[i]);
	}
	if (!emit_yaml_end(l->files, w))
		list_report(l, CF802, place_text(l->c, l->s->span), "two things would be written to %s", name);
}
