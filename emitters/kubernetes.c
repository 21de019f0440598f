/*
 * Kubernetes manifests of a set on a pod: NAME.yaml with ServiceAccount and Job, NAME.plan.yaml with the plan's ConfigMaps,
 * a file for each claim that is to be made. Decides names here; what the objects hold is in the files beside this one.
 */
#include "emitters/kubernetes.h"

#include "base/hash.h"

enum { NAME_BYTES = 40, HASH_DIGITS = 12, MOST_SLOTS = 500 };

void kube_report(struct kube *k, enum diag_code code, const char *loc, const char *fmt, ...)
{
	struct buf message = BUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(&message, fmt, ap);
	va_end(ap);
	diag_report_line(k->in->diags, code, loc, "%s", message.p);
	buf_release(&message);
	k->failed = true;
}

static void choose_names(struct kube *k)
{
	const struct emit_options *o = k->in->options;
	uint8_t digest[32];

	plan_write(k->p, &k->plan);
	sha256_of(k->plan.p, k->plan.len, digest);
	sha256_hex(digest, k->hash);
	k->runtime_image = kube_image(&k->arena, o->runtime_image ? o->runtime_image : "calcflow/runtime:" CALC_VERSION, o->registry);
	k->name = kube_name(&k->arena, k->p->set.name, NAME_BYTES);
	if (!k->name) {
		kube_report(k, CF801, k->p->set.loc, "calcset `%s` has no letter or digit that a Kubernetes name could be made of",
			    k->p->set.name);
		return;
	}
	k->job = arena_printf(&k->arena, "%s-%.*s", k->name, HASH_DIGITS, k->hash);
	if (k->p->set.slots > MOST_SLOTS)
		kube_report(k, CF804, k->p->set.loc, "calcset `%s` has %u slots; a pod holds %d at most", k->p->set.name,
			    k->p->set.slots, MOST_SLOTS);
	for (uint32_t i = 0; i < o->pull_secrets; i++)
		if (!kube_is_subdomain(o->pull_secret[i]))
			kube_report(k, CF801, "", "`%s` is not a valid name of an image pull secret", o->pull_secret[i]);
}

static bool add_file(struct kube *k, struct emit_files *files, const char *name, struct buf *text)
{
	if (emit_files_add(files, name, text))
		return true;
	kube_report(k, CF802, k->p->set.loc, "two things would be written to %s", name);
	diag_help(k->in->diags, "give one of the sets another name, or write each to a folder of its own");
	buf_release(text);
	return false;
}

static void add_plan(struct kube *k, struct emit_files *files)
{
	struct buf text = BUF_INIT;
	struct yaml_writer *w = yaml_begin(&text);

	kube_write_configs(k, w);
	yaml_end(w);
	add_file(k, files, arena_printf(&k->arena, "%s.plan.yaml", k->name), &text);
}

static void add_job(struct kube *k, struct emit_files *files)
{
	struct buf text = BUF_INIT;
	struct yaml_writer *w = yaml_begin(&text);

	kube_write_account(k, w);
	yaml_next_document(w);
	kube_write_job(k, w);
	yaml_end(w);
	if (text.len * 2 > KUBE_OBJECT) {	/* the server notes for each field who manages it: as much again */
		kube_report(k, CF804, k->p->set.loc, "the Job of calcset `%s` would be %zu bytes with what the server adds, more than "
			    "the %d of an object", k->p->set.name, text.len * 2, KUBE_OBJECT);
		diag_help(k->in->diags, "use fewer slots");
		buf_release(&text);
		return;
	}
	add_file(k, files, arena_printf(&k->arena, "%s.yaml", k->name), &text);
}

static void add_claims(struct kube *k, struct emit_files *files)
{
	for (uint32_t i = 0; i < k->shares; i++) {
		const struct emit_claim *c = k->share[i].claim;
		struct buf text = BUF_INIT;
		struct yaml_writer *w;

		if (!c->size)
			continue;
		w = yaml_begin(&text);
		kube_write_claim(k, w, c);
		yaml_end(w);
		add_file(k, files, arena_printf(&k->arena, "claim-%s.yaml", c->claim), &text);
	}
}

bool emit_kubernetes(const struct emit_input *in, struct emit_files *files)
{
	struct kube k = { .in = in, .p = in->plan };

	if (in->plan->set.on_list) {
		diag_report_line(in->diags, CF030, in->plan->set.loc, "manifests of calcset `%s`, which is on a list, are not supported yet",
			    in->plan->set.name);
		diag_help(in->diags, "`calcc run` runs it on this machine; `--emit=plan` and `calcc dot` show it");
		return false;
	}
	arena_init(&k.arena);
	choose_names(&k);
	if (!k.failed) {
		kube_find_shares(&k);
		kube_find_slots(&k);
	}
	if (!k.failed)
		kube_cut_plan(&k);
	if (!k.failed) {
		add_job(&k, files);
		add_plan(&k, files);
		add_claims(&k, files);
	}
	buf_release(&k.plan);
	arena_release(&k.arena);
	return !k.failed;
}
