/*
 * The Job of a pod set: one pod at a time, replaced when it was disrupted, failed for good when the verdict says so. Its
 * name holds a checksum of it, because a Job's template cannot change.
 */
#include "emitters/kubernetes.h"

#include "compiler/compilation.h"
#include "runtime/window.h"

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

/* What is in a Job, beneath its head: `spec`. */
static void write_spec(struct kube *k, struct yaml_writer *w, const struct kube_object *head)
{
	const struct emit_options *o = k->in->options;
	uint64_t timeout = k->p->set.timeout_ms;
	struct kube_object pod = *head;

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
	pod.label = kube_pond_labels(k, &pod.labels);
	kube_template(w, &pod);
	kube_write_pod(k, w);
	yaml_map_end(w);
	yaml_map_end(w);
}

/* A Job for each window, when it closes; one at a time. The quarterback knows its window by the Job's name (CALC_JOB). */
static void write_cron(struct kube *k, struct yaml_writer *w, const struct kube_object *head)
{
	struct buf schedule = BUF_INIT;

	if (!window_schedule(&k->p->window[k->p->set.window], &schedule))
		buf_addstr(&schedule, "@yearly");	/* was reported: kube_check_window */
	yaml_map(w);
	kube_head(w, head, k->in->options);
	yaml_key_map(w, "spec");
	yaml_pair(w, "schedule", schedule.p);
	yaml_pair(w, "timeZone", "Etc/UTC");
	yaml_pair(w, "concurrencyPolicy", "Forbid");
	yaml_key_map(w, "jobTemplate");
	kube_template(w, head);
	write_spec(k, w, head);
	yaml_map_end(w);
	yaml_map_end(w);
	yaml_map_end(w);
	buf_release(&schedule);
}

void kube_check_window(struct kube *k)
{
	const struct plan_window *window = kube_is_windowed(k) ? &k->p->window[k->p->set.window] : NULL;
	struct buf schedule = BUF_INIT;

	if (window && !window_schedule(window, &schedule)) {
		kube_report(k, CF809, window->loc, "no line of cron says when the windows of `%s` close", window->name);
		diag_help(k->in->diags, "a period that divides an hour or a day, or 1d or 7d, closes at the same minutes again and again: every 15m, every 1h");
	}
	buf_release(&schedule);
}

struct kube_object kube_job_head(const struct kube *k)
{
	return kube_of_job(k, "batch/v1", kube_is_windowed(k) ? "CronJob" : "Job", k->job);
}

void kube_write_job(struct kube *k, struct yaml_writer *w, const struct kube_object *head)
{
	if (kube_is_windowed(k)) {
		write_cron(k, w, head);
		return;
	}
	yaml_map(w);
	kube_head(w, head, k->in->options);
	write_spec(k, w, head);
	yaml_map_end(w);
}
