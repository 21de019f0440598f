/*
 * Pods at a pond stand on one node: that of the claim's volume where it is a local one, and of each other in any case. The first pod
 * finds none of its kind, and may stand anywhere.
 */
#include "emitters/kubernetes_part.h"

#include <inttypes.h>
#include "compiler/program.h"

const char *kube_pond_label(struct arena *a, const char *volume)
{
	return arena_printf(a, "pond.calcflow.dev/%s", volume);
}

void kube_write_pond_affinity(struct yaml_writer *w, const struct kube_own *label, size_t labels)
{
	if (!labels)
		return;
	yaml_key_map(w, "affinity");
	yaml_key_map(w, "podAffinity");
	yaml_key_list(w, "requiredDuringSchedulingIgnoredDuringExecution");
	for (size_t i = 0; i < labels; i++) {
		yaml_map(w);
		yaml_key_map(w, "labelSelector");
		yaml_key_map(w, "matchLabels");
		yaml_pair(w, label[i].key, label[i].value);
		yaml_map_end(w);
		yaml_map_end(w);
		yaml_pair(w, "topologyKey", "kubernetes.io/hostname");
		yaml_map_end(w);
	}
	yaml_list_end(w);
	yaml_map_end(w);
	yaml_map_end(w);
}

const char *kube_pond_size(struct arena *a, const struct pond *p)
{
	static const char *const units[] = { "", "Ki", "Mi", "Gi", "Ti" };
	uint64_t bytes = p->size;
	unsigned unit = 0;

	for (; unit < 4 && bytes && bytes % 1024 == 0; bytes /= 1024)
		unit++;
	return arena_printf(a, "%" PRIu64 "%s", bytes, units[unit]);
}
