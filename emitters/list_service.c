/*
 * What stands before and beside a worker group: its Service, and what its `workers` and `route` ask for. `workers 2..` and more is to
 * stay up, so a PodDisruptionBudget keeps all but one; `workers a..b` with a of 1 and more is to grow, so a HorizontalPodAutoscaler
 * follows the load; `workers 0..b` begins with none, which no autoscaler of the cluster's own does: whoever runs the set scales it.
 */
#include "emitters/list.h"

enum { LOAD_PERCENT = 80 };

void list_write_service(struct list *l, struct yaml_writer *w, const struct list_group *g)
{
	struct kube_object o = list_object(l, g, "v1", "Service", g->name);

	list_begin(l, w, &o);
	yaml_key_map(w, "spec");
	yaml_pair(w, "type", "ClusterIP");
	yaml_key_map(w, "selector");
	kube_selector(w, &o);
	yaml_map_end(w);
	yaml_key_list(w, "ports");
	for (uint32_t i = 0; i < g->functions; i++) {
		const struct list_function *f = &l->function[g->first + i];

		yaml_map(w);
		yaml_pair(w, "name", f->port_name);
		yaml_pair(w, "appProtocol", "http");
		yaml_pair_number(w, "port", f->port);
		yaml_pair(w, "targetPort", f->port_name);
		yaml_pair(w, "protocol", "TCP");
		yaml_map_end(w);
	}
	yaml_list_end(w);
	yaml_map_end(w);
	yaml_map_end(w);
}

static void write_budget(struct list *l, struct yaml_writer *w, const struct list_group *g)
{
	struct kube_object o = list_object(l, g, "policy/v1", "PodDisruptionBudget", g->name);

	list_begin(l, w, &o);
	yaml_key_map(w, "spec");
	yaml_pair_number(w, "maxUnavailable", 1);
	kube_label_selector(w, "selector", &o);
	yaml_map_end(w);
	yaml_map_end(w);
}

static void write_autoscaler(struct list *l, struct yaml_writer *w, const struct list_group *g)
{
	struct kube_object o = list_object(l, g, "autoscaling/v2", "HorizontalPodAutoscaler", g->name);

	list_begin(l, w, &o);
	yaml_key_map(w, "spec");
	yaml_key_map(w, "scaleTargetRef");
	yaml_pair(w, "apiVersion", "apps/v1");
	yaml_pair(w, "kind", "Deployment");
	yaml_pair(w, "name", g->name);
	yaml_map_end(w);
	yaml_pair_number(w, "minReplicas", g->of->least);
	yaml_pair_number(w, "maxReplicas", g->of->most);
	yaml_key_list(w, "metrics");
	yaml_map(w);
	yaml_pair(w, "type", "Resource");
	yaml_key_map(w, "resource");
	yaml_pair(w, "name", "cpu");
	yaml_key_map(w, "target");
	yaml_pair(w, "type", "Utilization");
	yaml_pair_number(w, "averageUtilization", LOAD_PERCENT);
	yaml_map_end(w);
	yaml_map_end(w);
	yaml_map_end(w);
	yaml_list_end(w);
	yaml_map_end(w);
	yaml_map_end(w);
}

void list_write_scaling(struct list *l, struct yaml_writer *w, const struct list_group *g)
{
	if (g->of->least >= 2) {
		yaml_next_document(w);
		write_budget(l, w, g);
	}
	if (g->of->least >= 1 && g->of->least < g->of->most) {
		yaml_next_document(w);
		write_autoscaler(l, w, g);
	}
}

/* ---- routes ---- */

static const struct list_function *function_of(const struct list *l, uint32_t program)
{
	for (uint32_t i = 0; i < l->functions; i++)
		if (l->function[i].program == program)
			return &l->function[i];
	return NULL;
}

static void write_parent(const struct list *l, struct yaml_writer *w)
{
	const struct emit_options *o = l->in->options;

	yaml_key_list(w, "parentRefs");
	yaml_map(w);
	yaml_pair(w, "group", "gateway.networking.k8s.io");
	yaml_pair(w, "kind", "Gateway");
	yaml_pair(w, "name", o->gateway);
	if (o->gateway_namespace)
		yaml_pair(w, "namespace", o->gateway_namespace);
	yaml_map_end(w);
	yaml_list_end(w);
}

/* POST at the route's path is POST at the function's. */
static void write_rule(struct list *l, struct yaml_writer *w, const struct set_route *r, const struct list_function *f)
{
	yaml_key_list(w, "rules");
	yaml_map(w);
	yaml_key_list(w, "matches");
	yaml_map(w);
	yaml_key_map(w, "path");
	yaml_pair(w, "type", "Exact");
	yaml_pair(w, "value", r->path);
	yaml_map_end(w);
	yaml_pair(w, "method", "POST");
	yaml_map_end(w);
	yaml_list_end(w);
	yaml_key_list(w, "filters");
	yaml_map(w);
	yaml_pair(w, "type", "URLRewrite");
	yaml_key_map(w, "urlRewrite");
	yaml_key_map(w, "path");
	yaml_pair(w, "type", "ReplaceFullPath");
	yaml_pair(w, "replaceFullPath", arena_printf(l->arena, "/%s", f->name));
	yaml_map_end(w);
	yaml_map_end(w);
	yaml_map_end(w);
	yaml_list_end(w);
	yaml_key_list(w, "backendRefs");
	yaml_map(w);
	yaml_pair(w, "group", "");
	yaml_pair(w, "kind", "Service");
	yaml_pair(w, "name", l->group[f->group].name);
	yaml_pair_number(w, "port", f->port);
	yaml_pair_number(w, "weight", 1);
	yaml_map_end(w);
	yaml_list_end(w);
	yaml_map_end(w);
	yaml_list_end(w);
}

void list_write_routes(struct list *l, struct yaml_writer *w)
{
	for (uint32_t i = 0; i < l->s->routes; i++) {
		const struct set_route *r = &l->s->route[i];
		const struct list_function *f = function_of(l, r->of.func);
		struct kube_object o;

		if (!f)
			continue;	/* a warning said so: the set does not call it */
		o = list_object(l, &l->group[f->group], "gateway.networking.k8s.io/v1", "HTTPRoute",
				kube_name(l->arena, arena_printf(l->arena, "%s-%s", l->name, f->name), KUBE_NAME));
		o.called = r->path;
		o.loc = place_text(l->c, r->path_span);
		yaml_next_document(w);
		list_begin(l, w, &o);
		yaml_key_map(w, "spec");
		write_parent(l, w);
		write_rule(l, w, r, f);
		yaml_map_end(w);
		yaml_map_end(w);
	}
}
