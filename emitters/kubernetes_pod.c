/*
 * The pod: quarterback and slots as sidecars in this order, then the verdict. Every container has a user of its own (the
 * quarterback the first, then the slots, then the verdict) and one group; roots are read-only.
 */
#include <inttypes.h>
#include "emitters/kubernetes.h"

enum who { QUARTERBACK, SLOT, VERDICT };

static const struct { const char *name; bool memory; uint64_t size; } volumes[] = {
#define VOLUME(name, memory, size) { name, memory, size },
#define MOUNT(who, volume, path, sub, read_only)
#define RESOURCES(who, cpu_milli, memory)
#include "emitters/kubernetes_pod.def"
#undef VOLUME
#undef MOUNT
};
static const struct { enum who who; const char *volume, *path, *sub; bool read_only; } mounts[] = {
#define VOLUME(name, memory, size)
#define MOUNT(who, volume, path, sub, read_only) { who, volume, path, sub, read_only },
#include "emitters/kubernetes_pod.def"
#undef MOUNT
#undef RESOURCES
};
static const struct { uint64_t cpu_milli, memory; } resources[] = {
#define MOUNT(who, volume, path, sub, read_only)
#define RESOURCES(who, cpu_milli, memory) [who] = { cpu_milli, memory },
#include "emitters/kubernetes_pod.def"
};

static uint32_t uid_base(struct kube *k)
{
	return k->in->options->uid_base ? k->in->options->uid_base : KUBE_UID_BASE;
}

/* ---- parts of a container ---- */

/* The table's text with the slot's number in it. */
static void put_path(struct yaml_writer *w, const char *key, const char *pattern, uint32_t slot)
{
	const char *at = strstr(pattern, "%u");
	struct buf text = BUF_INIT;

	if (at)
		buf_printf(&text, "%.*s%u%s", (int)(at - pattern), pattern, slot, at + 2);
	else
		buf_addstr(&text, pattern);
	yaml_pair(w, key, text.p);
	buf_release(&text);
}

static void write_mount(struct yaml_writer *w, const char *volume, const char *path, bool read_only)
{
	yaml_map(w);
	yaml_pair(w, "name", volume);
	yaml_pair(w, "mountPath", path);
	if (read_only)
		yaml_pair_bool(w, "readOnly", true);
	yaml_map_end(w);
}

static void write_mounts(struct kube *k, struct yaml_writer *w, enum who who, uint32_t slot)
{
	yaml_key_list(w, "volumeMounts");
	for (size_t i = 0; i < sizeof mounts / sizeof mounts[0]; i++) {
		if (mounts[i].who != who)
			continue;
		yaml_map(w);
		yaml_pair(w, "name", mounts[i].volume);
		put_path(w, "mountPath", mounts[i].path, slot);
		if (mounts[i].sub[0])
			put_path(w, "subPath", mounts[i].sub, slot);
		if (mounts[i].read_only)
			yaml_pair_bool(w, "readOnly", true);
		yaml_map_end(w);
	}
	if (who == SLOT && k->slot[slot].live) {
		yaml_map(w);
		yaml_pair(w, "name", "data");
		yaml_pair(w, "mountPath", "/calc/data/live");
		yaml_pair(w, "subPath", "live");
		yaml_map_end(w);
	}
	for (uint32_t i = 0; i < k->shares; i++) {
		const struct kube_share *s = &k->share[i];
		const char *path;

		if (who == VERDICT || (who == SLOT && !k->slot[slot].reads[i]))
			continue;
		path = arena_printf(&k->arena, "/calc/%s%s", s->pond ? "" : "share/", s->share);
		write_mount(w, s->volume, path, who == SLOT || !s->written);
	}
	if (who == SLOT)
		kube_mount_images(k, w, slot);
	if ((who == QUARTERBACK && k->swaps) || (who == SLOT && k->slot[slot].account))
		kube_mount_account(w);
	yaml_list_end(w);
}

static void begin_container(struct yaml_writer *w, const char *name, const char *image, bool sidecar)
{
	yaml_map(w);
	yaml_pair(w, "name", name);
	yaml_pair(w, "image", image);
	yaml_pair(w, "imagePullPolicy", "IfNotPresent");
	if (sidecar)
		yaml_pair(w, "restartPolicy", "Always");
}

/* ---- the containers ---- */

static void write_hook(struct yaml_writer *w, const char *hook, const char *option)
{
	yaml_key_map(w, hook);
	yaml_key_map(w, "exec");
	yaml_pair_words(w, "command", (const char *const[]){ "/calcflow/calc-quarterback", option, NULL });
	yaml_map_end(w);
	yaml_map_end(w);
}

/* Seconds for the next slot to come. With half of the set's timeout at most the pod still has time to say what is wrong. */
static uint64_t start_limit(const struct kube *k)
{
	uint64_t half = k->p->set.timeout_ms / 2000;

	if (k->in->options->start_limit)
		return k->in->options->start_limit;
	return half == 0 ? 1 : half < KUBE_START_LIMIT ? half : KUBE_START_LIMIT;
}

/* What the Job writes on its pods. */
static void write_label(struct yaml_writer *w, const char *variable, const char *label)
{
	struct buf path = BUF_INIT;

	buf_printf(&path, "metadata.labels['batch.kubernetes.io/%s']", label);
	yaml_map(w);
	yaml_pair(w, "name", variable);
	yaml_key_map(w, "valueFrom");
	yaml_key_map(w, "fieldRef");
	yaml_pair(w, "apiVersion", "v1");	/* as the server fills it in */
	yaml_pair(w, "fieldPath", path.p);
	buf_release(&path);
	yaml_map_end(w);
	yaml_map_end(w);
	yaml_map_end(w);
}

static void write_quarterback(struct kube *k, struct yaml_writer *w)
{
	struct arena *a = &k->arena;
	const char *slots = arena_printf(a, "%u", k->p->set.slots), *first_slot = arena_printf(a, "%u", uid_base(k) + 1);
	uint64_t plan = (k->memory * 6 >> 20) + 1;	/* what a plan takes in memory, beside its text: measured, rounded up */

	const char *word[16] = { "/calcflow/calc-quarterback", "--plan", "/calc/plan", "--hash", k->hash, "--slots", slots, "--uid-base", first_slot,
		"--start-limit", arena_printf(a, "%" PRIu64, start_limit(k)) };
	unsigned words = 11;
	bool one_run = !kube_is_windowed(k) && plan_publishes_states(k->p);	/* all pods of the Job are one run to the states */

	if (kube_is_windowed(k))
		word[words++] = "--window=job";
	if (k->swaps && k->in->options->registry) {
		word[words++] = "--registry";
		word[words++] = k->in->options->registry;
	}
	begin_container(w, "quarterback", k->runtime_image, true);
	yaml_pair_words(w, "command", word);
	if (kube_is_windowed(k) || k->swaps || one_run) {
		yaml_key_list(w, "env");
		if (kube_is_windowed(k))
			write_label(w, "CALC_JOB", "job-name");	/* it says for which time a CronJob made it */
		if (one_run)
			write_label(w, "CALC_RUN", "controller-uid");
		if (k->swaps)
			kube_write_pod_names(w);
		yaml_list_end(w);
	}
	kube_security(w, uid_base(k));
	yaml_key_map(w, "lifecycle");
	write_hook(w, "postStart", "--wait-ready");
	write_hook(w, "preStop", "--drain");
	yaml_map_end(w);
	kube_resources(w, resources[QUARTERBACK].cpu_milli, resources[QUARTERBACK].memory + (plan << 20));
	write_mounts(k, w, QUARTERBACK, 0);
	yaml_map_end(w);
}

static void write_secrets(struct yaml_writer *w, const struct kube_slot *s)
{
	if (!s->secrets)
		return;
	yaml_key_list(w, "env");
	for (uint32_t i = 0; i < s->secrets; i++)
		kube_secret(w, s->secret[i]);
	yaml_list_end(w);
}

static void write_slot(struct kube *k, struct yaml_writer *w, uint32_t slot)
{
	struct arena *a = &k->arena;
	const struct kube_slot *s = &k->slot[slot];

	begin_container(w, arena_printf(a, "slot-%u", slot), s->image, true);
	yaml_pair_words(w, "command", (const char *const[]){ "/calc/bin/calc-worker", "--slot", arena_printf(a, "%u", slot), "--hash",
		k->hash, NULL });
	write_secrets(w, s);
	kube_security(w, uid_base(k) + 1 + slot);
	kube_resources_of(w, s->cpu_milli, s->memory, s->device, s->devices);
	write_mounts(k, w, SLOT, slot);
	yaml_map_end(w);
}

static void write_verdict(struct kube *k, struct yaml_writer *w)
{
	begin_container(w, "verdict", k->runtime_image, false);
	yaml_pair_words(w, "command", (const char *const[]){ "/calcflow/calc-verdict", NULL });
	kube_security(w, uid_base(k) + 1 + k->p->set.slots);
	kube_resources(w, resources[VERDICT].cpu_milli, resources[VERDICT].memory);
	write_mounts(k, w, VERDICT, 0);
	yaml_map_end(w);
}

/* ---- volumes ---- */

static void write_volume(struct kube *k, struct yaml_writer *w, size_t i)
{
	bool memory = volumes[i].memory || (strcmp(volumes[i].name, "data") == 0 && k->p->set.scratch_memory);
	uint64_t size = volumes[i].size ? volumes[i].size : k->p->set.scratch;

	kube_empty_dir(w, volumes[i].name, memory, size);
}

/* All chunks in one folder: NAME.000, NAME.001, … */
static void write_projected(struct yaml_writer *w, const char *name, const struct kube_chunk *chunk, uint32_t chunks, bool optional)
{
	yaml_map(w);
	yaml_pair(w, "name", name);
	yaml_key_map(w, "projected");
	yaml_pair_number(w, "defaultMode", 0440);
	yaml_key_list(w, "sources");
	for (uint32_t i = 0; i < chunks; i++) {
		yaml_map(w);
		yaml_key_map(w, "configMap");
		yaml_pair(w, "name", chunk[i].name);
		if (optional)
			yaml_pair_bool(w, "optional", true);
		yaml_map_end(w);
		yaml_map_end(w);
	}
	yaml_list_end(w);
	yaml_map_end(w);
	yaml_map_end(w);
}

static void write_volumes(struct kube *k, struct yaml_writer *w)
{
	yaml_key_list(w, "volumes");
	for (size_t i = 0; i < sizeof volumes / sizeof volumes[0]; i++)
		write_volume(k, w, i);
	write_projected(w, "plan", k->chunk, k->chunks, false);
	write_projected(w, "places", k->part, k->parts, true);	/* a folder of its own: it changes under a running pod, the plan's must not */
	if (k->rights)
		kube_write_account_volume(w);
	kube_write_image_volumes(k, w);
	for (uint32_t i = 0; i < k->shares; i++) {
		yaml_map(w);
		yaml_pair(w, "name", k->share[i].volume);
		yaml_key_map(w, "persistentVolumeClaim");
		yaml_pair(w, "claimName", k->share[i].claim->claim);
		yaml_map_end(w);
		yaml_map_end(w);
	}
	yaml_list_end(w);
}

/* ---- the pod ---- */

struct kube_own *kube_pond_labels(struct kube *k, size_t *count)
{
	struct kube_own *label = arena_alloc(&k->arena, ((size_t)k->shares + 1) * sizeof *label);

	*count = 0;
	for (uint32_t i = 0; i < k->shares; i++)
		if (k->share[i].pond)
			label[(*count)++] = (struct kube_own){ kube_pond_label(&k->arena, k->share[i].volume), "here" };
	return label;
}

void kube_write_pod(struct kube *k, struct yaml_writer *w)
{
	size_t ponds;
	const struct kube_own *pond = kube_pond_labels(k, &ponds);

	yaml_key_map(w, "spec");
	yaml_pair(w, "restartPolicy", "Never");
	yaml_pair(w, "serviceAccountName", k->account);
	yaml_pair_bool(w, "automountServiceAccountToken", false);
	yaml_pair_bool(w, "enableServiceLinks", false);
	yaml_pair_number(w, "terminationGracePeriodSeconds", KUBE_GRACE);
	kube_pull_secrets(w, k->in->options);
	kube_pod_security(w, uid_base(k));
	kube_write_pond_affinity(w, pond, ponds);
	yaml_key_list(w, "initContainers");
	write_quarterback(k, w);
	for (uint32_t i = 0; i < k->p->set.slots; i++)
		write_slot(k, w, i);
	yaml_list_end(w);
	yaml_key_list(w, "containers");
	write_verdict(k, w);
	yaml_list_end(w);
	write_volumes(k, w);
	yaml_map_end(w);
}
