/*
 * Kubernetes manifests of a set on a list: NAME.yaml with the CalculationSet, the ServiceAccount, and Deployment, Service and what
 * belongs to them for each worker group; NAME.plan.yaml with ConfigMaps of the plan and of the functions; NAME.places.yaml; NAME.network.yaml; the
 * claims, and once for all sets the CustomResourceDefinition and what kustomize must know of it. Decides names here; what objects hold is in the files beside this one.
 */
#include "emitters/list.h"

#include <string.h>

#include "base/hash.h"

static const char *const definition[] = {
#include "emitters/calculationset.h"
};
static const char *const kustomization_names[] = {
#include "emitters/kustomization_names.h"
};

void list_report(struct list *l, enum diag_code code, const char *loc, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	diag_vreport_line(l->in->diags, code, loc, fmt, ap);
	va_end(ap);
	l->failed = true;
}

struct kube_object list_object(const struct list *l, const struct list_group *g, const char *api, const char *kind, const char *name)
{
	const char *called = g ? g->called : name_of(l->c, l->s->name);

	return (struct kube_object){ .api = api, .kind = kind, .name = name, .called = called, .set = l->name, .instance = l->name,
		.component = g ? g->component : "list-set", .revision = l->k.lasting, .part_of = l->k.part_of,
		.loc = g && l->p ? l->p->func[l->function[g->first].plan].loc : place_text(l->c, l->s->span),
		.row = place_text(l->c, l->s->row) };
}

void list_begin(struct list *l, struct yaml_writer *w, const struct kube_object *o)
{
	if (!kube_take(l->files, l->in->diags, o))
		l->failed = true;
	yaml_map(w);
	kube_head(w, o, l->in->options);
}

static struct yaml_writer *begin_file(struct list *l, const char *ending, const char **name)
{
	*name = arena_printf(l->arena, "%s%s.yaml", l->name, ending);
	return emit_yaml_begin(l->files, *name);
}

static void end_file(struct list *l, struct yaml_writer *w, const char *name)
{
	if (emit_yaml_end(l->files, w))
		return;
	list_report(l, CF802, place_text(l->c, l->s->span), "two things would be written to %s", name);
	diag_help(l->in->diags, "give one of the sets another name, or write each to a folder of its own");
}

/* ---- files ---- */

static void add_lines(struct list *l, const char *name, const char *const *line, size_t lines)
{
	struct buf text = BUF_INIT;

	for (size_t i = 0; i < lines; i++)
		buf_addstr(&text, line[i]);
	emit_files_add(l->files, name, &text);
	buf_release(&text);
}

/* The kind, and what kustomize must know of it. */
static void add_definition(struct list *l)
{
	add_lines(l, "crd-calculationsets.yaml", definition, sizeof definition / sizeof *definition);
	add_lines(l, EMIT_KUSTOMIZATION_NAMES, kustomization_names, sizeof kustomization_names / sizeof *kustomization_names);
}

static void write_account(struct list *l, struct yaml_writer *w)
{
	struct kube_object o = list_object(l, NULL, "v1", "ServiceAccount", l->name);

	list_begin(l, w, &o);
	yaml_pair_bool(w, "automountServiceAccountToken", false);
	yaml_map_end(w);
}

static void add_objects(struct list *l)
{
	const char *name;
	struct yaml_writer *w = begin_file(l, "", &name);

	list_write_set(l, w);
	yaml_next_document(w);
	write_account(l, w);
	for (uint32_t i = 0; i < l->groups; i++) {
		struct list_group *g = &l->group[i];

		yaml_next_document(w);
		list_write_deployment(l, w, g);
		yaml_next_document(w);
		list_write_service(l, w, g);
		list_write_scaling(l, w, g);
	}
	list_write_routes(l, w);
	end_file(l, w, name);
}

static void write_function_config(struct list *l, struct yaml_writer *w, const struct list_function *f)
{
	struct kube_object o = list_object(l, &l->group[f->group], "v1", "ConfigMap", f->config);

	o.called = f->name;
	o.loc = l->p->func[f->plan].loc;
	list_begin(l, w, &o);
	yaml_pair_bool(w, "immutable", true);
	yaml_key_map(w, "data");
	yaml_string(w, "plan.json");
	yaml_text(w, f->text.p, f->text.len);
	yaml_map_end(w);
	yaml_map_end(w);
}

static void add_plans(struct list *l)
{
	const char *name;
	struct yaml_writer *w = begin_file(l, ".plan", &name);

	for (uint32_t i = 0; i < l->k.chunks; i++) {
		if (i)
			yaml_next_document(w);
		kube_write_config(&l->k, w, &l->k.chunk[i]);
	}
	for (uint32_t i = 0; i < l->functions; i++) {
		yaml_next_document(w);
		write_function_config(l, w, &l->function[i]);
	}
	end_file(l, w, name);
}

static void add_places(struct list *l)
{
	const char *name;
	struct yaml_writer *w = begin_file(l, ".places", &name);

	for (uint32_t i = 0; i < l->k.parts; i++) {
		if (i)
			yaml_next_document(w);
		kube_write_places(&l->k, w, &l->k.part[i]);
	}
	end_file(l, w, name);
}

/* ---- names ---- */

static void choose_names(struct list *l)
{
	const struct emit_options *o = l->in->options;
	const char *name = name_of(l->c, l->s->name);
	uint8_t digest[32];

	l->k.in = l->in;
	l->k.p = l->p;
	l->k.component = "list-set";
	l->k.part_of = kube_part_of(l->arena, l->c);
	l->k.lasting = kube_revision(l->arena, name, strlen(name));
	l->k.runtime_image = kube_image(l->arena, o->runtime_image ? o->runtime_image : "calcflow/runtime:" CALC_VERSION, o->registry);
	l->name = l->k.name = kube_name(l->arena, name, LIST_SET_NAME);
	if (!l->name)
		list_report(l, CF801, place_text(l->c, l->s->span), "calcset `%s` has no letter or digit that a Kubernetes name could be made of", name);
	for (uint32_t i = 0; i < o->pull_secrets; i++)
		if (!kube_is_subdomain(o->pull_secret[i])) {
			list_report(l, CF801, "", "`%s` is not a valid name of an image pull secret", o->pull_secret[i]);
			diag_help(l->in->diags, "a Secret's name has small letters, digits, `-` and `.`, with a letter or a digit at both ends");
		}
	if (!l->p || l->failed)
		return;
	plan_write(l->p, &l->k.plan);
	sha256_of(l->k.plan.p, l->k.plan.len, digest);
	sha256_hex(digest, l->k.hash);
	l->k.job = l->name;
	l->k.revision = arena_printf(l->arena, "%.*s", KUBE_REVISION, l->k.hash);
}

static void check_gateway(struct list *l)
{
	if (!l->s->routes || l->in->options->gateway)
		return;
	list_report(l, CF807, place_text(l->c, l->s->route[0].path_span), "route \"%s\" needs a Gateway to lead through", l->s->route[0].path);
	diag_help(l->in->diags, "say which: --gateway NAME, or --gateway NAMESPACE/NAME for one of another namespace");
}

static struct list begin(const struct emit_input *in, struct emit_files *files)
{
	struct list l = { .in = in, .c = in->program, .s = in->set, .p = in->plan, .files = files };

	if (in->plan)
		l.g = &l.c->graph[in->set - l.c->program.set];
	arena_init(&l.k.arena);
	return l;
}

static void finish(struct list *l)
{
	for (uint32_t i = 0; i < l->functions; i++)
		buf_release(&l->function[i].text);
	buf_release(&l->k.plan);
	buf_release(&l->k.places);
	arena_release(&l->k.arena);
}

bool emit_list(const struct emit_input *in, struct emit_files *files)
{
	struct list l = begin(in, files);

	l.arena = &l.k.arena;
	choose_names(&l);
	check_gateway(&l);
	if (!l.failed)
		list_find(&l);
	if (!l.failed)
		kube_cut_plan(&l.k);
	l.failed |= l.k.failed;
	if (!l.failed) {
		kube_cut_places(&l.k);
		add_definition(&l);
		add_objects(&l);
		add_plans(&l);
		add_places(&l);
		list_add_rights(&l);
		list_add_claims(&l);
		list_add_network(&l);
	}
	finish(&l);
	return !l.failed;
}

bool emit_set_of_sets(const struct emit_input *in, struct emit_files *files)
{
	struct list l = begin(in, files);
	struct yaml_writer *w;
	const char *name;

	l.arena = &l.k.arena;
	choose_names(&l);
	if (!l.failed) {
		add_definition(&l);
		w = begin_file(&l, "", &name);
		list_write_sets(&l, w);
		end_file(&l, w, name);
	}
	finish(&l);
	return !l.failed;
}
