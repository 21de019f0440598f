/*
 * Kubernetes manifests of a set on a pod: NAME.yaml with ServiceAccount and Job, NAME.plan.yaml with the plan's ConfigMaps, NAME.places.yaml
 * with where its lines stand, a file for each claim that is to be made. Decides names here; what the objects hold is in the files beside this one.
 */
#include "emitters/kubernetes.h"

#include "base/hash.h"
#include "base/mem.h"
#include "compiler/compilation.h"
#include "compiler/share_users.h"
#include "emitters/kubernetes_network.h"

enum { NAME_BYTES = 40, MOST_SLOTS = 500 };

void kube_report(struct kube *k, enum diag_code code, const char *loc, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	diag_vreport_line(k->in->diags, code, loc, fmt, ap);
	va_end(ap);
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
	k->part_of = kube_part_of(&k->arena, k->in->program);
	k->lasting = kube_revision(&k->arena, k->p->set.name, strlen(k->p->set.name));
	if (!k->name) {
		kube_report(k, CF801, k->p->set.loc, "calcset `%s` has no letter or digit that a Kubernetes name could be made of",
			    k->p->set.name);
		return;
	}
	if (k->p->set.slots > MOST_SLOTS)
		kube_report(k, CF804, k->p->set.loc, "calcset `%s` has %u slots; a pod holds %d at most", k->p->set.name,
			    k->p->set.slots, MOST_SLOTS);
	for (uint32_t i = 0; i < o->pull_secrets; i++)
		if (!kube_is_subdomain(o->pull_secret[i])) {
			kube_report(k, CF801, "", "`%s` is not a valid name of an image pull secret", o->pull_secret[i]);
			diag_help(k->in->diags, "a Secret's name has small letters, digits, `-` and `.`, with a letter or a digit at both ends");
		}
}

/* Slots write nowhere beyond the pod. */
static void check_states(struct kube *k)
{
	for (uint32_t f = 0; f < k->p->funcs; f++)
		for (uint32_t i = k->p->func[f].first_use; i < k->p->func[f].first_use + k->p->func[f].uses; i++) {
			const struct plan_state *s = &k->p->state[k->p->use[i].state];

			if (s->mode != PLAN_SYNC || !plan_state_outlives(s))
				continue;
			kube_report(k, CF030, k->p->func[f].loc, "function `%s` touches state `%s`, which is `sync` and outlives the pod: a pod cannot do that yet",
				    k->p->func[f].name, s->name);
			diag_help(k->in->diags, "run it here (calcc run), let it stand `at scratch`, or let steps take turns: `lock l at pod`, and behind the state "
				  "`guarded by l`");
		}
}

/* Takes the writer; what it wrote is checked, and the file added. */
static void end_file(struct kube *k, struct yaml_writer *w, struct emit_files *files, const char *name)
{
	if (emit_yaml_end(files, w))
		return;
	kube_report(k, CF802, k->p->set.loc, "two things would be written to %s", name);
	diag_help(k->in->diags, "give one of the sets another name, or write each to a folder of its own");
}

static void take(struct kube *k, struct emit_files *files, const struct kube_object *o)
{
	if (!kube_take(files, k->in->diags, o))
		k->failed = true;
}

static void add_plan(struct kube *k, struct emit_files *files)
{
	const char *name = arena_printf(&k->arena, "%s.plan.yaml", k->name);
	struct yaml_writer *w = emit_yaml_begin(files, name);

	for (uint32_t i = 0; i < k->chunks; i++) {
		struct kube_object o = kube_of_job(k, "v1", "ConfigMap", k->chunk[i].name);

		if (i)
			yaml_next_document(w);
		take(k, files, &o);
		kube_write_config(k, w, &k->chunk[i]);
	}
	end_file(k, w, files, name);
}

static void add_places(struct kube *k, struct emit_files *files)
{
	const char *name = arena_printf(&k->arena, "%s.places.yaml", k->name);
	struct yaml_writer *w = emit_yaml_begin(files, name);

	for (uint32_t i = 0; i < k->parts; i++) {
		struct kube_object o = kube_of_job(k, "v1", "ConfigMap", k->part[i].name);

		if (i)
			yaml_next_document(w);
		take(k, files, &o);
		kube_write_places(k, w, &k->part[i]);
	}
	end_file(k, w, files, name);
}

/*
 * The Job's name holds a checksum of all that it is: of the plan, and of what options say. A Job cannot be changed, so another one
 * gets another name; the same one is left alone. Made of the Job as it is written, without that name, and without where it stands in the
 * text: that is said in annotations of its own, which can be changed.
 */
static void name_job(struct kube *k)
{
	struct buf text = BUF_INIT;
	struct yaml_writer *w = yaml_begin(&text);
	struct kube_object job;
	size_t bytes;

	k->job = k->revision = "";
	job = kube_job_head(k);
	job.loc = job.row = NULL;
	kube_write_job(k, w, &job);
	bytes = yaml_json_size(w);
	yaml_end(w);
	k->revision = kube_revision(&k->arena, text.p, text.len);
	k->job = kube_is_windowed(k) ? k->name : arena_printf(&k->arena, "%s-%s", k->name, k->revision);	/* a CronJob can be changed */
	job = kube_job_head(k);
	kube_check_size(k->in->diags, &job, bytes);
	k->failed |= bytes * 2 > KUBE_OBJECT;
	buf_release(&text);
}

static void add_job(struct kube *k, struct emit_files *files)
{
	const char *name = arena_printf(&k->arena, "%s.yaml", k->name);
	struct kube_object account = kube_of_set(k, "v1", "ServiceAccount", k->account), job = kube_job_head(k);
	struct yaml_writer *w = emit_yaml_begin(files, name);

	take(k, files, &account);
	take(k, files, &job);
	kube_write_account(k, w);
	yaml_next_document(w);
	kube_write_job(k, w, &job);
	end_file(k, w, files, name);
}

/* Whether a step may look for the API server by its name; the quarterback, which asks for images, goes by its address. */
static bool looks_names_up(const struct kube *k)
{
	for (uint32_t i = 0; i < k->p->set.slots; i++)
		if (k->slot[i].account)
			return true;
	return false;
}

/* The pod's parts talk over its own volumes and addresses: nobody else reaches it, and it reaches the API server where it has a token. */
static void add_network(struct kube *k, struct emit_files *files)
{
	const char *name = arena_printf(&k->arena, "%s.network.yaml", k->name);
	struct kube_object policy = kube_of_set(k, "networking.k8s.io/v1", "NetworkPolicy", k->name), pods = policy;
	struct kube_traffic t = { .api = k->rights > 0, .dns = looks_names_up(k) };
	struct yaml_writer *w = emit_yaml_begin(files, name);

	pods.instance = NULL;
	take(k, files, &policy);
	kube_write_network(w, &policy, &pods, &t, k->in->options);
	end_file(k, w, files, name);
}

/* Who may what on the API: nothing, for most sets. */
static void add_roles(struct kube *k, struct emit_files *files)
{
	const char *name = arena_printf(&k->arena, "%s.roles.yaml", k->name);
	struct yaml_writer *w;

	if (!k->rights)
		return;
	w = emit_yaml_begin(files, name);
	kube_write_roles(k, w, files);
	end_file(k, w, files, name);
}

/*
 * One pod needs a volume of one node only, which any storage class can make; when the next Job comes, it waits there until the last has
 * gone. Where another set of the program has the share too, they may run at once, on two nodes.
 */
static const char *claim_mode(const struct kube *k, const struct kube_share *s)
{
	struct share_users users;

	if (s->pond)
		return "ReadWriteOnce";
	if (!k->in->program)
		return "ReadWriteMany";
	users = share_users(k->in->program, s->share);
	return users.pods + users.lists <= 1 ? "ReadWriteOnce" : "ReadWriteMany";
}

static void add_claims(struct kube *k, struct emit_files *files)
{
	for (uint32_t i = 0; i < k->shares; i++) {
		const struct emit_claim *c = k->share[i].claim;
		struct kube_object o;
		const char *name;
		struct yaml_writer *w;

		if (!c->size)
			continue;
		o = kube_of_claim(&k->arena, c);
		take(k, files, &o);
		name = arena_printf(&k->arena, "claim-%s.yaml", c->claim);
		w = emit_yaml_begin(files, name);
		kube_write_claim(w, &o, c, claim_mode(k, &k->share[i]), k->in->options);
		end_file(k, w, files, name);
	}
}

bool emit_kubernetes(const struct emit_input *in, struct emit_files *files)
{
	struct kube k = { .in = in, .p = in->plan, .component = "pod-set" };

	if (in->set && in->set->is_group)
		return emit_set_of_sets(in, files);
	if (in->plan->set.on_list)
		return emit_list(in, files);
	arena_init(&k.arena);
	check_states(&k);
	choose_names(&k);
	if (!k.failed) {
		kube_find_shares(&k);
		kube_find_slots(&k);
	}
	if (!k.failed)
		kube_check_window(&k);
	if (!k.failed)
		kube_cut_plan(&k);
	if (!k.failed)
		kube_cut_places(&k);
	if (!k.failed)
		name_job(&k);
	if (!k.failed) {
		add_job(&k, files);
		add_plan(&k, files);
		add_places(&k, files);
		add_roles(&k, files);
		add_claims(&k, files);
		add_network(&k, files);
	}
	mem_free(k.right);
	buf_release(&k.plan);
	buf_release(&k.places);
	arena_release(&k.arena);
	return !k.failed;
}
