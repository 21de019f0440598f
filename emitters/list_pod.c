/*
 * The Deployment of a worker group: a container for each function, started with the static calc-worker, which an init container puts
 * into a volume. A changed function changes the ConfigMap's name, so this group's pods are replaced and no others.
 */
#include "emitters/list.h"

#include <string.h>

enum { BIN_BYTES = 64 << 20, INSTALL_CPU_MILLI = 100, INSTALL_MEMORY = 32 << 20 };

static uint32_t uid_base(const struct list *l)
{
	return l->in->options->uid_base ? l->in->options->uid_base : KUBE_UID_BASE;
}

/* ---- a container ---- */

static void write_mount(struct yaml_writer *w, const char *volume, const char *path, const char *sub, bool read_only)
{
	yaml_map(w);
	yaml_pair(w, "name", volume);
	yaml_pair(w, "mountPath", path);
	if (sub)
		yaml_pair(w, "subPath", sub);
	if (read_only)
		yaml_pair_bool(w, "readOnly", true);
	yaml_map_end(w);
}

static const char *mount_path(struct list *l, const struct list_volume *v)
{
	return arena_printf(l->arena, "/calc/%s/%s", v->pond ? "pond" : "share", v->name);
}

static void write_mounts(struct list *l, struct yaml_writer *w, const struct list_group *g, const struct list_function *f)
{
	yaml_key_list(w, "volumeMounts");
	write_mount(w, "bin", "/calc/bin", NULL, true);
	write_mount(w, arena_printf(l->arena, "plan-%u", f->port - LIST_PORT), "/calc/plan", NULL, true);
	write_mount(w, "work", "/calc/work", f->container, false);
	write_mount(w, "tmp", "/tmp", f->container, false);
	for (uint32_t v = 0; v < l->volumes; v++)
		if (g->reads[v] || g->writes[v])
			write_mount(w, l->volume[v].volume, mount_path(l, &l->volume[v]), NULL, !g->writes[v]);
	if (f->account)
		kube_mount_account(w);
	yaml_list_end(w);
}

static void write_command(struct list *l, struct yaml_writer *w, const struct list_group *g, const struct list_function *f)
{
	const char **word = arena_alloc(l->arena, (2 * (size_t)l->volumes + 16) * sizeof *word);
	size_t n = 0;

	word[n++] = "/calc/bin/calc-worker";
	word[n++] = "--serve";
	word[n++] = arena_printf(l->arena, "%u", f->port);
	word[n++] = "--plan";
	word[n++] = "/calc/plan/plan.json";
	word[n++] = "--slots";
	word[n++] = arena_printf(l->arena, "%u", l->p->set.slots);
	word[n++] = "--work";
	word[n++] = "/calc/work";
	word[n++] = "--tmp";
	word[n++] = "/tmp";
	for (uint32_t v = 0; v < l->volumes; v++) {
		const struct list_volume *at = &l->volume[v];

		if (!g->reads[v] && !g->writes[v])
			continue;
		word[n++] = "--share";
		word[n++] = arena_printf(l->arena, "%s%s=%s", at->pond ? "pond/" : "", at->name, mount_path(l, at));
	}
	word[n] = NULL;
	yaml_pair_words(w, "command", word);
}

static void write_secrets(const struct list *l, struct yaml_writer *w, const struct list_function *f)
{
	const struct plan_func *of = &l->p->func[f->plan];

	if (!of->secrets)
		return;
	yaml_key_list(w, "env");
	for (uint32_t i = 0; i < of->secrets; i++)
		kube_secret(w, &l->p->secret[of->first_secret + i]);
	yaml_list_end(w);
}

static void write_probe(struct yaml_writer *w, const char *probe, const char *path, const char *port, uint64_t failures)
{
	yaml_key_map(w, probe);
	yaml_key_map(w, "httpGet");
	yaml_pair(w, "path", path);
	yaml_pair(w, "port", port);
	yaml_map_end(w);
	yaml_pair_number(w, "periodSeconds", 5);
	yaml_pair_number(w, "timeoutSeconds", 5);
	yaml_pair_number(w, "failureThreshold", failures);
	yaml_map_end(w);
}

static void write_ports(struct yaml_writer *w, const struct list_function *f)
{
	yaml_key_list(w, "ports");
	yaml_map(w);
	yaml_pair(w, "name", f->port_name);
	yaml_pair_number(w, "containerPort", f->port);
	yaml_pair(w, "protocol", "TCP");
	yaml_map_end(w);
	yaml_list_end(w);
}

static void write_container(struct list *l, struct yaml_writer *w, const struct list_group *g, const struct list_function *f)
{
	yaml_map(w);
	yaml_pair(w, "name", f->container);
	yaml_pair(w, "image", f->image);
	yaml_pair(w, "imagePullPolicy", "IfNotPresent");
	write_command(l, w, g, f);
	write_secrets(l, w, f);
	write_ports(w, f);
	write_probe(w, "readinessProbe", "/readyz", f->port_name, 2);
	write_probe(w, "livenessProbe", "/healthz", f->port_name, 6);
	kube_security(w, uid_base(l) + 1 + (f->port - LIST_PORT));
	kube_resources_of(w, f->cpu_milli, f->memory, f->device, f->devices);
	write_mounts(l, w, g, f);
	yaml_map_end(w);
}

static void write_install(struct list *l, struct yaml_writer *w)
{
	yaml_key_list(w, "initContainers");
	yaml_map(w);
	yaml_pair(w, "name", "install");
	yaml_pair(w, "image", l->k.runtime_image);
	yaml_pair(w, "imagePullPolicy", "IfNotPresent");
	yaml_pair_words(w, "command", (const char *const[]){ "/calcflow/calc-worker", "--install", "/calc/bin", NULL });
	kube_security(w, uid_base(l));
	kube_resources(w, INSTALL_CPU_MILLI, INSTALL_MEMORY);
	yaml_key_list(w, "volumeMounts");
	write_mount(w, "bin", "/calc/bin", NULL, false);
	yaml_list_end(w);
	yaml_map_end(w);
	yaml_list_end(w);
}

/* ---- volumes ---- */

static void write_volumes(struct list *l, struct yaml_writer *w, const struct list_group *g)
{
	const struct plan_set *set = &l->p->set;

	yaml_key_list(w, "volumes");
	kube_empty_dir(w, "bin", false, BIN_BYTES);
	kube_empty_dir(w, "work", set->scratch_memory, set->scratch);
	kube_empty_dir(w, "tmp", false, set->scratch);
	for (uint32_t i = 0; i < g->functions; i++) {
		yaml_map(w);
		yaml_pair(w, "name", arena_printf(l->arena, "plan-%u", i));
		yaml_key_map(w, "configMap");
		yaml_pair(w, "name", l->function[g->first + i].config);
		yaml_pair_number(w, "defaultMode", 0440);
		yaml_map_end(w);
		yaml_map_end(w);
	}
	if (g->rights)
		kube_write_account_volume(w);
	for (uint32_t v = 0; v < l->volumes; v++) {
		if (!g->reads[v] && !g->writes[v])
			continue;
		yaml_map(w);
		yaml_pair(w, "name", l->volume[v].volume);
		yaml_key_map(w, "persistentVolumeClaim");
		yaml_pair(w, "claimName", l->volume[v].claim_name);
		yaml_map_end(w);
		yaml_map_end(w);
	}
	yaml_list_end(w);
}

/* ---- where it stands ---- */

/* Of the ponds whose volumes it has, labels that say so. */
static struct kube_own *pond_labels(struct list *l, const struct list_group *g, size_t *count)
{
	struct kube_own *label = arena_alloc(l->arena, ((size_t)l->volumes + 1) * sizeof *label);

	*count = 0;
	for (uint32_t v = 0; v < l->volumes; v++)
		if (l->volume[v].pond && (g->reads[v] || g->writes[v]))
			label[(*count)++] = (struct kube_own){ kube_pond_label(l->arena, l->volume[v].volume), "here" };
	return label;
}

static bool at_pond(const struct list *l, const struct list_group *g)
{
	for (uint32_t v = 0; v < l->volumes; v++)
		if (l->volume[v].pond && (g->reads[v] || g->writes[v]))
			return true;
	return false;
}

/* Several workers for the sake of staying up: not all on one node. */
static void write_spread(struct list *l, struct yaml_writer *w, const struct list_group *g)
{
	struct kube_object o = list_object(l, g, "apps/v1", "Deployment", g->name);

	if (g->of->most < 2 || at_pond(l, g))
		return;
	yaml_key_list(w, "topologySpreadConstraints");
	yaml_map(w);
	yaml_pair_number(w, "maxSkew", 1);
	yaml_pair(w, "topologyKey", "kubernetes.io/hostname");
	yaml_pair(w, "whenUnsatisfiable", "ScheduleAnyway");
	kube_label_selector(w, "labelSelector", &o);
	yaml_map_end(w);
	yaml_list_end(w);
}

static void write_pod(struct list *l, struct yaml_writer *w, const struct list_group *g)
{
	size_t ponds;
	const struct kube_own *pond = pond_labels(l, g, &ponds);

	yaml_key_map(w, "spec");
	yaml_pair(w, "serviceAccountName", list_account(l, g));
	yaml_pair_bool(w, "automountServiceAccountToken", false);
	yaml_pair_bool(w, "enableServiceLinks", false);
	yaml_pair_number(w, "terminationGracePeriodSeconds", LIST_GRACE);
	kube_pull_secrets(w, l->in->options);
	kube_pod_security(w, uid_base(l));
	kube_write_pond_affinity(w, pond, ponds);
	write_spread(l, w, g);
	write_install(l, w);
	yaml_key_list(w, "containers");
	for (uint32_t i = 0; i < g->functions; i++)
		write_container(l, w, g, &l->function[g->first + i]);
	yaml_list_end(w);
	write_volumes(l, w, g);
	yaml_map_end(w);
}

/* ---- the Deployment ---- */

/* The template's labels: those of all objects, and the ponds. Its revision is of the pods alone. */
static void write_template(struct list *l, struct yaml_writer *w, const struct list_group *g)
{
	struct kube_object o = list_object(l, g, "apps/v1", "Deployment", g->name);

	o.revision = g->revision;
	o.plan = NULL;
	o.label = pond_labels(l, g, &o.labels);
	yaml_key_map(w, "template");
	kube_template(w, &o);
	write_pod(l, w, g);
	yaml_map_end(w);
}

static void find_revision(struct list *l, struct list_group *g)
{
	struct buf text = BUF_INIT;
	struct yaml_writer *w = yaml_begin(&text);

	yaml_map(w);
	write_pod(l, w, g);
	yaml_map_end(w);
	yaml_end(w);
	g->revision = kube_revision(l->arena, text.p, text.len);
	if (text.len * 2 > KUBE_OBJECT)
		list_report(l, CF804, l->p->set.loc, "the Deployment of `%s` would be %zu bytes with what the server adds, more than the %d of an object",
			    g->called, text.len * 2, KUBE_OBJECT);
	buf_release(&text);
}

/* A claim that calcc makes for one pod: on another node its successor would wait for it, and it for its successor. */
static bool has_claim_of_one_pod(const struct list *l, const struct list_group *g)
{
	for (uint32_t v = 0; v < l->volumes; v++)
		if ((g->reads[v] || g->writes[v]) && l->volume[v].claim && l->volume[v].claim->size && strcmp(l->volume[v].mode, "ReadWriteOnce") == 0)
			return true;
	return false;
}

/* A worker with devices, one that stands at a pond, or that has a claim for itself cannot have its successor beside it. */
static void write_strategy(const struct list *l, struct yaml_writer *w, const struct list_group *g)
{
	bool alone = at_pond(l, g) || has_claim_of_one_pod(l, g);

	for (uint32_t i = 0; i < g->functions; i++)
		alone |= l->function[g->first + i].devices > 0;
	yaml_key_map(w, "strategy");
	yaml_pair(w, "type", "RollingUpdate");
	yaml_key_map(w, "rollingUpdate");
	yaml_pair_number(w, "maxSurge", alone ? 0 : 1);
	yaml_pair_number(w, "maxUnavailable", alone ? 1 : 0);
	yaml_map_end(w);
	yaml_map_end(w);
}

void list_write_deployment(struct list *l, struct yaml_writer *w, struct list_group *g)
{
	struct kube_object o = list_object(l, g, "apps/v1", "Deployment", g->name);

	find_revision(l, g);
	o.revision = g->revision;
	list_begin(l, w, &o);
	yaml_key_map(w, "spec");
	if (g->of->least == g->of->most || g->of->least == 0)	/* else an autoscaler says it */
		yaml_pair_number(w, "replicas", g->of->least);
	yaml_pair_number(w, "revisionHistoryLimit", 2);
	kube_label_selector(w, "selector", &o);
	write_strategy(l, w, g);
	write_template(l, w, g);
	yaml_map_end(w);
	yaml_map_end(w);
}
