/* Volumes, variables, resources and security contexts: what the *restricted* profile asks for, and requests that are limits. */
#include "emitters/kubernetes_part.h"

#include <inttypes.h>
#include <stdio.h>

static void write_quantity(struct yaml_writer *w, const char *key, uint64_t v, const char *unit)
{
	char text[32];

	snprintf(text, sizeof text, "%" PRIu64 "%s", v, unit);
	yaml_pair(w, key, text);
}

void kube_bytes(struct yaml_writer *w, const char *key, uint64_t v)
{
	static const char *const units[] = { "", "Ki", "Mi", "Gi", "Ti" };
	unsigned unit = 0;

	while (unit < 4 && v && v % 1024 == 0) {
		v /= 1024;
		unit++;
	}
	write_quantity(w, key, v, units[unit]);
}

void kube_resources_of(struct yaml_writer *w, uint64_t cpu_milli, uint64_t memory, const struct kube_device *device, uint32_t devices)
{
	static const char *const kinds[] = { "limits", "requests" };

	yaml_key_map(w, "resources");
	for (size_t i = 0; i < 2; i++) {
		yaml_key_map(w, kinds[i]);
		if (cpu_milli % 1000 == 0)	/* as the server writes it back */
			write_quantity(w, "cpu", cpu_milli / 1000, "");
		else
			write_quantity(w, "cpu", cpu_milli, "m");
		kube_bytes(w, "memory", memory);
		for (uint32_t k = 0; k < devices; k++)
			write_quantity(w, device[k].name, device[k].count, "");
		yaml_map_end(w);
	}
	yaml_map_end(w);
}

void kube_resources(struct yaml_writer *w, uint64_t cpu_milli, uint64_t memory)
{
	kube_resources_of(w, cpu_milli, memory, NULL, 0);
}

void kube_security(struct yaml_writer *w, uint32_t user)
{
	yaml_key_map(w, "securityContext");
	yaml_pair_number(w, "runAsUser", user);
	yaml_pair_bool(w, "allowPrivilegeEscalation", false);
	yaml_pair_bool(w, "readOnlyRootFilesystem", true);
	yaml_key_map(w, "capabilities");
	yaml_pair_words(w, "drop", (const char *const[]){ "ALL", NULL });
	yaml_map_end(w);
	yaml_map_end(w);
}

void kube_pod_security(struct yaml_writer *w, uint32_t base)
{
	yaml_key_map(w, "securityContext");
	yaml_pair_bool(w, "runAsNonRoot", true);
	yaml_pair_number(w, "runAsUser", base);		/* beside runAsGroup, or the sandbox is refused */
	yaml_pair_number(w, "runAsGroup", base);
	yaml_pair_number(w, "fsGroup", base);
	yaml_pair(w, "fsGroupChangePolicy", "OnRootMismatch");
	yaml_key_map(w, "seccompProfile");
	yaml_pair(w, "type", "RuntimeDefault");
	yaml_map_end(w);
	yaml_map_end(w);
}

void kube_empty_dir(struct yaml_writer *w, const char *name, bool memory, uint64_t size)
{
	yaml_map(w);
	yaml_pair(w, "name", name);
	yaml_key_map(w, "emptyDir");
	if (memory)
		yaml_pair(w, "medium", "Memory");
	if (size)
		kube_bytes(w, "sizeLimit", size);
	yaml_map_end(w);
	yaml_map_end(w);
}

void kube_secret(struct yaml_writer *w, const struct plan_secret *s)
{
	yaml_map(w);
	yaml_pair(w, "name", s->name);
	yaml_key_map(w, "valueFrom");
	yaml_key_map(w, "secretKeyRef");
	yaml_pair(w, "name", s->secret);
	yaml_pair(w, "key", s->key);
	yaml_map_end(w);
	yaml_map_end(w);
	yaml_map_end(w);
}

void kube_pull_secrets(struct yaml_writer *w, const struct emit_options *o)
{
	if (!o->pull_secrets)
		return;
	yaml_key_list(w, "imagePullSecrets");
	for (uint32_t i = 0; i < o->pull_secrets; i++) {
		yaml_map(w);
		yaml_pair(w, "name", o->pull_secret[i]);
		yaml_map_end(w);
	}
	yaml_list_end(w);
}
