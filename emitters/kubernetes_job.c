/*
 * The Job of a pod set: one pod at a time, replaced when it was disrupted, failed for good when the verdict says so. Its
 * name holds a checksum of it, because a Job's template cannot change.
 */
#include "emitters/kubernetes.h"

#include "compiler/compilation.h"

enum { BACKOFF_LIMIT = 6 };

/* The Job fails for good when that container ends with one of the statuses of last_word.def that say so. */
static void fail_job_by(struct yaml_writer *w, const char *container)
{
	yaml_map(w);
	yaml_pair(w, "action", "FailJob");
	yaml_key_map(w, "onExitCodes");
	yaml_pair(w, "containerName", container);
	yaml_pair(w, "operator", "In");
	yaml_key_list(w, "values");
	for (uint64_t status = 1; status <= 3; status++)	/* failed, plan refused, uncertain */
		yaml_number(w, status);
	yaml_list_end(w);
	yaml_map_end(w);
	yaml_map_end(w);
}

/* In this order: the first rule that matches counts. */
static void write_failure_policy(struct yaml_writer *w)
{
	yaml_key_map(w, "podFailurePolicy");
	yaml_key_list(w, "rules");
	yaml_map(w);
	yaml_pair(w, "action", "Ignore");
	yaml_key_list(w, "onPodConditions");
	yaml_map(w);
	yaml_pair(w, "type", "DisruptionTarget");
	yaml_pair(w, "status", "True");	/* left out, the server adds it, and a second apply would see a change */
	yaml_map_end(w);
	yaml_list_end(w);
	yaml_map_end(w);
	fail_job_by(w, "verdict");
	fail_job_by(w, "quarterback");	/* that gave up: the verdict's container never started */
	yaml_list_end(w);
	yaml_map_end(w);
}

void kube_write_job(struct kube *k, struct yaml_writer *w)
{
	const struct emit_options *o = k->in->options;
	struct kube_object head = kube_of_job(k, "batch/v1", "Job", k->job);
	uint64_t timeout = k->p->set.timeout_ms;

	yaml_map(w);
	kube_head(w, &head, o);
	yaml_key_map(w, "spec");
	if (k->in->set && k->in->set->afters)	/* who runs the set of sets that it is in lets it go when its time has come */
		yaml_pair_bool(w, "suspend", true);
	yaml_pair_number(w, "completions", 1);
	yaml_pair_number(w, "parallelism", 1);
	yaml_pair_number(w, "backoffLimit", BACKOFF_LIMIT);
	yaml_pair_number(w, "activeDeadlineSeconds", timeout / 1000 + (timeout % 1000 != 0));
	yaml_pair_number(w, "ttlSecondsAfterFinished", o->ttl_seconds ? o->ttl_seconds : KUBE_TTL);
	yaml_pair(w, "podReplacementPolicy", "Failed");	/* the successor comes when the pod is gone, not while it drains */
	write_failure_policy(w);
	yaml_key_map(w, "template");
	kube_template(w, &head);
	kube_write_pod(k, w);
	yaml_map_end(w);
	yaml_map_end(w);
	yaml_map_end(w);
}
