/*
 * A step in the host: recalled from the journal, or started in a slot, ended there, its outputs taken and recorded. The
 * engine hears of it only when the turn's commit is done (host.c).
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include "base/file.h"
#include "base/mem.h"
#include "runtime/host_inner.h"
#include "runtime/plan_images.h"
#include "runtime/worker_memory.h"

enum { MEMORY_KILLS_US = 1000000 };

/* ---- recall ---- */

static void recall_images(struct host *h, engine_step s, const char *key, const struct journal_found *found)
{
	const struct plan_func *f = engine_func(h->engine, s);
	struct slot_images images;

	if (f->native && journal_images(h->journal, found->row, &images.p, &images.len))
		store_images_recall(h->store, h->plan, f, key, images);	/* where that fails they are not there, and the step runs again */
}

static bool is_there(struct host *h, engine_step s, const char *key, const struct journal_found *found)
{
	uint8_t fingerprint[16];

	if (!found->finished)
		return false;
	engine_fingerprint(h->engine, s, fingerprint);
	if (memcmp(fingerprint, found->fingerprint, sizeof fingerprint) != 0)
		return false;
	if (found->released)
		return true;
	recall_images(h, s, key, found);
	return store_has_outputs(h->store, h->plan, engine_func(h->engine, s), key);
}

void host_recall(struct host *h, engine_step s)
{
	bool once = engine_func(h->engine, s)->effect == EFFECT_ONCE, lost = false;
	struct journal_found found = { 0 };
	struct host_pending *p;

	if (!h->fresh || once) {
		struct buf path = BUF_INIT, key = BUF_INIT;

		engine_path(h->engine, s, &path);
		file_encode_key(&key, path.p, path.len);
		journal_find(h->journal, path.p, key.p, &found);
		if (found.finished && !(is_there(h, s, key.p, &found) && states_still_hold(h->states, engine_func(h->engine, s)))) {
			found.finished = false;
			lost = !states_can_run_again(h->plan, engine_func(h->engine, s));
			if (lost)
				buf_printf(&h->report->message, "%s: step %s has changed a state that others changed after it, and its function or what it read "
					   "is another now: begin anew, without --resume\n", engine_node(h->engine, s)->loc, path.p);
		}
		if (once && !found.finished && !found.gave_up)
			host_once_recall(h, s, key.p, &found, &lost);
		if (found.finished) {
			h->report->recalled++;
			host_tell(h, &(struct host_event){ .kind = HOST_RECALLED, .step = s, .path = path.p, .attempt = found.attempt });
		}
		buf_release(&path);
		buf_release(&key);
	}
	p = host_pend(h, lost ? EVENT_LOST : EVENT_RECALLED);
	p->event.step = s;
	p->event.ok = found.finished;
	p->event.attempt = found.finished ? found.attempt : found.used;
}

/* ---- start ---- */

static bool prepare(struct host *h, struct host_slot *s, uint32_t slot, struct buf *error)
{
	struct args_step step = { .step = s->step, .slot = slot, .attempt = s->attempt, .path = s->path.p, .key = s->key.p };
	struct buf folder = BUF_INIT;
	bool ok = store_begin(h->store, slot, s->key.p, s->attempt, &folder, error);

	if (!ok) {
		host_fatal(h, error->p);
	} else {
		step.folder = folder.p;
		ok = args_build(h->args, &step, &s->job, error);
		if (!ok)
			store_abandon(h->store, slot);	/* results' folders may stand in it */
	}
	buf_release(&folder);
	return ok;
}

/* As of a second ago at most: to ask costs as much as a tenth of a short step. */
static uint64_t recent_memory_kills(struct host *h, uint64_t now_us)
{
	if (now_us - h->memory_kills_us >= MEMORY_KILLS_US) {
		h->memory_kills = memory_kills_of_machine();
		h->memory_kills_us = now_us;
	}
	return h->memory_kills;
}

void host_step_run(struct host *h, uint32_t slot)
{
	struct host_slot *s = &h->slot[slot];

	s->start_us = host_now_us(h);
	s->job.job.token = s->token = ++h->token;
	s->memory_kills = recent_memory_kills(h, s->start_us);
	if (!slot_run(h->slots, slot, &s->job.job)) {
		host_step_failed(h, slot, "its command cannot be handed to a worker: it is too large, or the worker is gone", true, "", "");
		return;
	}
	h->report->attempts++;
	host_tell(h, &(struct host_event){ .kind = HOST_STARTED, .step = s->step, .path = s->path.p, .attempt = s->attempt, .slot = slot });
}

void host_start(struct host *h, const struct engine_action *a)
{
	struct host_slot *s = &h->slot[a->slot];
	struct journal_found found;
	struct buf error = BUF_INIT;

	s->busy = true;
	s->step = a->step;
	s->attempt = a->attempt;
	s->token = 0;
	memset(&s->result, 0, sizeof s->result);
	s->stays_failed = false;
	buf_clear(&s->path);
	buf_clear(&s->key);
	args_job_clear(&s->job);
	engine_path(h->engine, a->step, &s->path);
	file_encode_key(&s->key, s->path.p, s->path.len);
	s->start_us = s->end_us = host_now_us(h);
	if (h->report->failures)
		report_runs_again(h->report, &h->log, a->step);
	if (host_has_given_up(h, s->path.p, s->key.p, &found)) {
		s->stays_failed = true;
		buf_addstr(&error, found.why);
		host_step_failed(h, a->slot, buf_str(&error), false, "", "");
	} else if (!states_begin(h->states, engine_func(h->engine, a->step), s->key.p, &error)) {
		s->result.end = SLOT_NOT_STARTED;
		host_step_failed(h, a->slot, error.p, false, "", "");
	} else if (!prepare(h, s, a->slot, &error)) {
		s->result.end = SLOT_NOT_STARTED;
		if (!h->fatal)
			host_step_failed(h, a->slot, error.p, false, "", "");
	} else if (engine_func(h->engine, a->step)->effect != EFFECT_ONCE) {
		host_step_run(h, a->slot);
	} else if (!host_once_begin(h, a->slot)) {
		host_step_failed(h, a->slot, "no process can be made for its record", true, "", "");
	}
	buf_release(&error);
}

/* ---- the end of an attempt ---- */

static void clean_up(struct host *h, uint32_t slot, struct buf *tail, struct buf *log)
{
	struct host_slot *s = &h->slot[slot];
	bool logged = false;

	buf_printf(log, "%s/logs/%s.%u", h->o->ctl, s->key.p, s->attempt);
	store_end(h->store, slot, engine_func(h->engine, s->step)->results > 0, log->p, tail, &logged);
	if (!logged)
		buf_clear(log);
	if (s->job.made_inputs)
		store_drop_inputs(h->store, slot, s->key.p, s->attempt);
	s->job.made_inputs = false;
}

static void count_up(struct host *h, const struct host_slot *s)
{
	struct host_report *r = h->report;

	r->busy_us += s->end_us - s->start_us;
	r->cpu_us += s->result.cpu_us;
	if (s->result.max_rss > r->max_rss)
		r->max_rss = s->result.max_rss;
	report_ran(&h->log, s->step, s->start_us, s->end_us);
	timeline_ran(&h->timeline, (uint32_t)(s - h->slot), engine_func(h->engine, s->step)->name, s->step, s->start_us, s->end_us);
}

static bool write_record(struct host *h, uint32_t slot, enum journal_kind kind, const char *text)
{
	const struct host_slot *s = &h->slot[slot];
	struct journal_record r = { .kind = kind, .step = s->path.p, .attempt = s->attempt, .slot = slot, .start_us = s->start_us,
				    .end_us = s->end_us, .cpu_us = s->result.cpu_us, .max_rss = s->result.max_rss,
				    .end = (int)s->result.end, .status = s->result.status, .text = text };

	struct buf images = BUF_INIT;
	bool ok;

	if (kind == JOURNAL_DONE) {
		engine_fingerprint(h->engine, s->step, r.fingerprint);
		store_images_tell(h->store, s->key.p, &images);
		r.images = images.p;
		r.images_len = images.len;
	}
	ok = journal_add(h->journal, &r);
	buf_release(&images);
	if (!ok)
		host_fatal(h, journal_error(h->journal));
	return ok;
}

static struct host_pending *pend_step(struct host *h, uint32_t slot, enum engine_event_kind kind)
{
	struct host_pending *p = host_pend(h, kind);

	p->event.step = h->slot[slot].step;
	p->event.attempt = h->slot[slot].attempt;
	p->event.slot = slot;
	p->event.ok = true;
	return p;
}

void host_step_finished(struct host *h, uint32_t slot)
{
	struct host_slot *s = &h->slot[slot];
	const struct plan_func *f;
	struct buf states = BUF_INIT;
	struct host_pending *p;
	bool ok;

	s->busy = false;
	f = engine_func(h->engine, s->step);
	states_record(h->states, f, &states);
	ok = write_record(h, slot, JOURNAL_DONE, buf_str(&states));
	if (ok)
		states_written(h->states, f, s->key.p, s->attempt);
	buf_release(&states);
	if (!ok)
		return;
	p = pend_step(h, slot, EVENT_DONE);
	p->told = h->o->event != NULL;
	p->tell = HOST_FINISHED;
}

void host_step_failed(struct host *h, uint32_t slot, const char *message, bool may_retry, const char *tail, const char *log)
{
	struct host_slot *s = &h->slot[slot];
	struct host_failure failure = { .path = s->path.p, .loc = engine_node(h->engine, s->step)->loc, .attempt = s->attempt,
					.slot = slot, .result = s->result, .message = message, .tail = tail, .log = log };
	struct host_pending *p;

	s->busy = false;
	timeline_failed(&h->timeline, slot);
	if (h->drains) {	/* a death after the signal is no failure: the step runs again on --resume */
		p = pend_step(h, slot, EVENT_FAILED);
		p->event.ok = false;
		h->drain_deaths++;
		return;
	}
	if (!s->stays_failed && !write_record(h, slot, JOURNAL_FAILED, message))
		return;
	report_failed(h->report, &h->log, s->step, &failure);
	p = pend_step(h, slot, EVENT_FAILED);
	p->event.ok = may_retry;
	p->known = s->stays_failed;
	p->told = h->o->event != NULL && !s->stays_failed;
	p->tell = HOST_ATTEMPT_FAILED;
	p->message = mem_strdup(message);
	p->log = p->told && log && *log ? mem_strdup(log) : NULL;
}

/* ---- what its worker says ---- */

/* A program for another processor is most often that of a whole image; a program that is not there may be of another image, or of
 * one for another processor, of which a node has unpacked nothing. */
static void explain_image(const struct host *h, const struct host_slot *s, struct buf *message)
{
	const char *image = plan_func_image(h->plan, (uint32_t)(engine_func(h->engine, s->step) - h->plan->func));

	if (s->result.end == SLOT_NOT_STARTED && s->result.status == ENOEXEC && *image && !h->o->image_roots)
		buf_printf(message, ": is the image `%s` for another?", image);
	else if (s->result.end == SLOT_NOT_STARTED && s->result.status == ENOENT && *image && h->o->in_pod)
		buf_printf(message, ": the image `%s` has none of that name, or is for another kind of machine", image);
}

static bool take_outputs(struct host *h, uint32_t slot, struct slot_images images, struct buf *error)
{
	struct host_slot *s = &h->slot[slot];
	struct store_take t = { .plan = h->plan, .func = engine_func(h->engine, s->step), .key = s->key.p,
				.exact = PLAN_NONE, .images = images };
	struct buf version = BUF_INIT;
	bool ok;

	if (t.func->results) {
		t.count = engine_output_names(h->engine, s->step, &t.names);
		t.exact = engine_output_port(h->engine, s->step);
	}
	states_version(s->key.p, s->attempt, &version);
	ok = store_take(h->store, slot, &t, error) && store_take_states(h->store, slot, &t, version.p, error);
	buf_release(&version);
	return ok;
}

void host_step_ended(void *ctx, uint32_t slot, const struct slot_result *r)
{
	struct host *h = ctx;
	struct host_slot *s = &h->slot[slot];
	struct buf message = BUF_INIT, tail = BUF_INIT, log = BUF_INIT;
	bool ok, may_retry = true;

	if (!s->busy || s->token != r->token || h->fatal)
		return;
	if (r->end == SLOT_KILLED && h->drains == 0)
		return;		/* not by us: its worker was told to end, and is lost next */
	s->result = *r;
	s->result.images = (struct slot_images){ 0 };
	s->end_us = host_now_us(h);
	s->token = 0;
	ok = r->end == SLOT_EXITED && r->status == 0;
	if (!ok) {
		may_retry = slot_explain(r, engine_func(h->engine, s->step)->timeout_ms, s->job.job.argv[0], &message);
		explain_image(h, s, &message);
	}
	ok = ok && take_outputs(h, slot, r->images, &message);
	clean_up(h, slot, &tail, &log);
	count_up(h, s);
	if (!ok)
		host_step_failed(h, slot, message.p, may_retry, buf_str(&tail), buf_str(&log));
	else if (engine_func(h->engine, s->step)->effect != EFFECT_ONCE)
		host_step_finished(h, slot);
	else if (!host_once_done(h, slot))
		host_fatal(h, "no process can be made for the record of a `once` step");
	buf_release(&message);
	buf_release(&tail);
	buf_release(&log);
}

void host_step_started(void *ctx, uint32_t slot, uint64_t token, int pid)
{
	(void)ctx;	/* the dispatch is what counts as its start: a parent's end lies before it */
	(void)slot;
	(void)token;
	(void)pid;
}

void host_slot_ready(void *ctx, uint32_t slot, uint32_t incarnation)
{
	struct host *h = ctx;
	struct host_pending *p;

	if (h->role) {
		host_slot_came(h, slot);
		host_role_ready(h, slot, incarnation);
		return;
	}
	p = host_pend(h, EVENT_SLOT_READY);
	h->slot[slot].ready = true;
	host_slot_came(h, slot);
	if (h->groups)
		groups_ready(h, slot, incarnation);
	p->event.slot = slot;
	p->event.incarnation = incarnation;
	host_tell(h, &(struct host_event){ .kind = HOST_SLOT_READY, .slot = slot });
}

/* The worker and all that it ran are dead: the attempt is over, whatever it had made is dropped. */
void host_slot_lost(void *ctx, uint32_t slot, uint32_t incarnation, const char *why)
{
	struct host *h = ctx;
	struct host_slot *s = &h->slot[slot];
	struct host_pending *p;
	char *lost = NULL;

	s->ready = false;
	if (h->role && host_role_lost(h, slot))
		return;
	if (h->groups)
		groups_lost(h, slot);
	host_tell(h, &(struct host_event){ .kind = HOST_SLOT_LOST, .slot = slot, .message = why });
	if (h->fatal)
		return;
	if (s->busy && s->token) {
		struct buf tail = BUF_INIT, log = BUF_INIT, message = BUF_INIT;
		struct host_failure failure = { .path = s->path.p, .loc = engine_node(h->engine, s->step)->loc,
						.attempt = s->attempt, .slot = slot };

		buf_printf(&message, "its worker died: %s", why);
		if (memory_kills_of_machine() > s->memory_kills)	/* with its whole container: nobody is left to say of what */
			buf_addstr(&message, "; meanwhile the kernel killed for want of memory: the step may need more than its slot's `memory`");
		s->busy = false;
		s->token = 0;
		s->end_us = host_now_us(h);
		s->result.end = SLOT_SIGNALLED;
		s->result.status = SIGKILL;
		clean_up(h, slot, &tail, &log);
		store_abandon(h->store, slot);
		count_up(h, s);
		timeline_failed(&h->timeline, slot);
		failure.result = s->result;
		failure.message = message.p;
		failure.tail = buf_str(&tail);
		failure.log = buf_str(&log);
		if (!h->drains && write_record(h, slot, JOURNAL_FAILED, message.p))
			report_failed(h->report, &h->log, s->step, &failure);
		lost = mem_strdup(message.p);
		buf_release(&tail);
		buf_release(&log);
		buf_release(&message);
	}
	p = host_pend(h, EVENT_SLOT_LOST);
	p->lost = lost != NULL;
	p->message = lost;
	p->event.step = s->step;
	p->event.attempt = s->attempt;
	p->event.slot = slot;
	p->event.incarnation = incarnation;
}
