/*
 * The host's turn: handlers queue events; at the end of the turn the journal commits, then the engine hears of them and its
 * actions are carried out. So nothing is acknowledged that a kill could take back.
 */
#include "runtime/host.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "base/exit.h"
#include "base/file.h"
#include "base/mem.h"
#include "runtime/host_inner.h"

enum { DEFAULT_GRACE_MS = 10000, TURN_US = 20000 };

static uint64_t monotonic_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

uint64_t host_now_us(const struct host *h)
{
	return (uint64_t)((int64_t)monotonic_us() + h->clock_offset);
}

void host_tell(struct host *h, const struct host_event *ev)
{
	if (h->o->event)
		h->o->event(h->o->ctx, ev);
}

struct host_pending *host_pend(struct host *h, enum engine_event_kind kind)
{
	struct host_pending *p;

	h->pending = mem_grow(h->pending, &h->pending_cap, h->pendings + 1, sizeof *h->pending);
	p = &h->pending[h->pendings++];
	memset(p, 0, sizeof *p);
	p->event.kind = kind;
	return p;
}

void host_fatal(struct host *h, const char *message)
{
	if (h->fatal)
		return;
	h->fatal = true;
	buf_printf(&h->report->message, "%s\n", message);
	if (h->slots)
		slots_kill_all(h->slots, true);
	loop_stop(h->loop);
}

/* ---- draining ---- */

static void kill_now(void *ctx)
{
	struct host *h = ctx;

	h->grace = NULL;
	slots_kill_all(h->slots, true);
}

void host_start_draining(struct host *h, const char *why)
{
	uint64_t grace = h->o->grace_ms ? h->o->grace_ms : DEFAULT_GRACE_MS;

	h->drains = 1;
	host_pend(h, EVENT_DRAIN);
	slots_kill_all(h->slots, false);
	h->grace = loop_timer(h->loop, grace, kill_now, h);
	host_tell(h, &(struct host_event){ .kind = HOST_DRAINING, .message = why });
}

void host_drain(struct host *h, int signo)
{
	if (h->finished || h->fatal)
		return;
	if (h->drains == 0) {
		h->report->signal = signo;
		host_start_draining(h, signo == SIGINT ? "interrupted" : "terminated");
		return;
	}
	h->drains = 2;
	slots_kill_all(h->slots, true);
	if (h->publishing) {
		share_kill(h->publishing);
		h->publishing = NULL;
		host_pend(h, EVENT_PUBLISHED)->event.ok = false;
	}
}

static void on_signal(void *ctx, int signo)
{
	host_drain(ctx, signo);
}

static void on_deadline(void *ctx)
{
	struct host *h = ctx;

	h->deadline = NULL;
	h->timed_out = true;
	buf_printf(&h->report->message, "the set's timeout of %llu s is over\n",
		   (unsigned long long)(h->plan->set.timeout_ms / 1000));
	if (h->drains == 0)
		host_start_draining(h, "timeout");
}

/* ---- actions ---- */

static void on_timer(void *ctx)
{
	struct host_timer *t = ctx, **link = &t->host->timers;

	while (*link != t)
		link = &(*link)->next;
	*link = t->next;
	host_pend(t->host, t->event.kind)->event = t->event;
	mem_free(t);
}

static void set_timer(struct host *h, const struct engine_action *a)
{
	struct host_timer *t = mem_zalloc(1, sizeof *t);
	bool step = a->kind == ENGINE_TIMER;

	t->host = h;
	t->event = (struct engine_event){ .kind = step ? EVENT_TIMER : EVENT_SWAP_TIMER, .step = a->step, .slot = a->slot, .role = a->role };
	t->next = h->timers;
	h->timers = t;
	t->timer = loop_timer(h->loop, a->delay_ms, on_timer, t);
	if (step && h->o->event) {
		struct buf path = BUF_INIT;

		engine_path(h->engine, a->step, &path);
		host_tell(h, &(struct host_event){ .kind = HOST_RETRYING, .step = a->step, .path = path.p, .delay_ms = a->delay_ms,
						   .attempt = a->attempt });
		buf_release(&path);
	}
}

static void region_failed(struct host *h, const struct engine_action *a)
{
	static const char *const why[] = {
		[REGION_LIST] = "its list cannot be read, or has another length than the others of its each",
		[REGION_SELECTOR] = "the value that it branches by cannot be read",
		[REGION_UNTIL] = "the test of its rounds cannot be read",
		[REGION_ROUNDS] = "its test did not hold after",
		[REGION_STEPS] = "its rounds are more steps than can be numbered",
		[REGION_FLOW] = "the flow to launch was refused",
	};
	const struct plan_node *n = &h->plan->node[a->node];
	struct buf path = BUF_INIT;

	engine_region_path(h->engine, a->region, &path);
	buf_printf(&h->report->message, "%s: `%s` failed: %s", n->loc, path.len ? path.p : n->name, why[a->why]);
	if (a->why == REGION_ROUNDS)
		buf_printf(&h->report->message, " %u rounds", engine_plan(h->engine)->region[n->of].rounds);
	buf_addch(&h->report->message, '\n');
	buf_release(&path);
}

static void skipped(struct host *h, const struct engine_action *a)
{
	struct buf path = BUF_INIT, cause = BUF_INIT;

	if (!h->o->event)
		return;
	engine_path(h->engine, a->step, &path);
	if (a->cause != PLAN_NONE)
		engine_path(h->engine, a->cause, &cause);
	host_tell(h, &(struct host_event){ .kind = HOST_SKIPPED, .step = a->step, .path = path.p, .message = buf_str(&cause) });
	buf_release(&path);
	buf_release(&cause);
}

static void act(struct host *h, const struct engine_action *a)
{
	switch (a->kind) {
	case ENGINE_RECALL: host_recall(h, a->step); break;
	case ENGINE_COUNT: host_count(h, a->value); break;
	case ENGINE_START: host_start(h, a); break;
	case ENGINE_SWAP: host_swap(h, a); break;
	case ENGINE_TIMER:
	case ENGINE_SWAP_TIMER: set_timer(h, a); break;
	case ENGINE_STRANDED: host_stranded(h, a); break;
	case ENGINE_RELEASE: host_release(h, a->step); break;
	case ENGINE_SKIPPED: skipped(h, a); break;
	case ENGINE_REGION_FAILED: region_failed(h, a); break;
	case ENGINE_OUTCOME: host_outcome(h, a); break;
	case ENGINE_COMPUTE: host_compute(h, a); break;
	case ENGINE_LAUNCH: host_launch(h, a); break;
	case ENGINE_PUBLISH: host_publish(h); break;
	case ENGINE_FINISHED:
		h->finished = true;
		h->verdict = a->verdict;
		loop_stop(h->loop);
		break;
	}
}

/* ---- the turn ---- */

static void tell_pending(struct host *h, const struct host_pending *p)
{
	struct slot_result computed = { .end = SLOT_EXITED, .wall_us = p->wall_us };
	const struct host_slot *s = p->path ? NULL : &h->slot[p->event.slot];

	host_tell(h, &(struct host_event){ .kind = p->tell, .step = p->event.step, .attempt = p->event.attempt,
					   .slot = p->event.slot, .path = s ? s->path.p : p->path, .message = p->message, .log = p->log,
					   .result = s ? &s->result : &computed });
}

/* In a pod a step that failed for good is remembered. One that the end of the run failed is only undone. */
static void keep_failure(struct host *h, const struct host_pending *p)
{
	if (h->o->in_pod && h->drains == 0 && (p->event.kind == EVENT_FAILED || p->lost) && !p->known &&
	    engine_gave_up(h->engine, p->event.step))
		host_gave_up(h, p->event.step, p->event.attempt, p->message ? p->message : "");
}

static void feed(struct host *h)
{
	struct host_pending *batch = h->pending;
	size_t count = h->pendings;
	struct engine_action action;

	h->pending = NULL;		/* actions queue new ones */
	h->pendings = h->pending_cap = 0;
	for (size_t i = 0; i < count; i++) {
		if (batch[i].told)
			tell_pending(h, &batch[i]);
		engine_event(h->engine, &batch[i].event);
		keep_failure(h, &batch[i]);
		mem_free(batch[i].message);
		mem_free(batch[i].log);
		mem_free(batch[i].path);
	}
	mem_free(batch);
	if (h->groups)
		groups_make_room(h);
	while (!h->fatal && !h->finished && engine_next(h->engine, &action))
		act(h, &action);
}

static void go_on(struct host *h)
{
	host_remove_released(h);
	states_tidy(h->states);
	feed(h);
}

static void woken(void *ctx)
{
	((struct host *)ctx)->wake = NULL;
}

/* What is to be computed goes on in the next turn, when slots and signals were heard. */
static void turn(void *ctx)
{
	struct host *h = ctx;
	uint64_t until_us = monotonic_us() + TURN_US;

	while (!h->fatal && !h->finished && (h->pendings > 0 || h->computing_count > 0 || host_look_for_absent(h))) {
		host_compute_some(h);
		if (!journal_commit(h->journal))
			host_fatal(h, journal_error(h->journal));
		else
			go_on(h);
		if (h->computing_count > 0 && monotonic_us() >= until_us) {
			if (!h->wake)
				h->wake = loop_timer(h->loop, 0, woken, h);
			return;
		}
	}
	if (h->groups && h->slots && !h->fatal && !h->finished)
		groups_turn(h);
	if (!h->fatal && !journal_commit(h->journal))	/* what was recorded without an event: that an image is being changed */
		host_fatal(h, journal_error(h->journal));
}

/* ---- the run ---- */

static void start_slots(struct host *h)
{
	struct slot_events events = { .ready = host_slot_ready, .lost = host_slot_lost, .started = host_step_started,
				      .ended = host_step_ended, .ctx = h };
	struct buf error = BUF_INIT;

	if (h->o->listen_dir)
		h->slots = slots_listen(h->loop, h->o->listen_dir, h->slot_count, h->o->uid_base, h->plan_hash, &events, &error);
	else
		h->slots = h->groups ? groups_slots(h, &events) : slots_local(h->loop, h->slot_count, &events);
	if (!h->slots)
		host_fatal(h, error.len ? error.p : "no slot can be made");
	buf_release(&error);
}

static void run(struct host *h)
{
	loop_each_turn(h->loop, turn, h);
	if (!h->o->keep_signals && (!loop_signal(h->loop, SIGINT, on_signal, h) || !loop_signal(h->loop, SIGTERM, on_signal, h) ||
				    !loop_signal(h->loop, SIGHUP, on_signal, h)))
		host_fatal(h, "signals cannot be watched");
	if (h->plan->set.timeout_ms)
		h->deadline = loop_timer(h->loop, h->plan->set.timeout_ms, on_deadline, h);
	if (h->o->begun)
		h->o->begun(h->o->ctx, h, h->loop);
	start_slots(h);
	host_await_slots(h);
	host_roles_begin(h);
	host_pend(h, EVENT_BEGIN);
	while (!h->fatal && !h->finished)
		loop_run(h->loop);
	if (h->o->ended)
		h->o->ended(h->o->ctx);
}

static enum host_outcome outcome_of(const struct host *h)
{
	if (h->fatal)
		return HOST_IO;
	if (h->verdict == VERDICT_UNCERTAIN || h->report->outcome == HOST_UNCERTAIN)
		return HOST_UNCERTAIN;
	if (h->verdict == VERDICT_DONE)
		return HOST_DONE;
	if (h->report->signal)
		return HOST_DRAINED;
	return HOST_FAILED;
}

static const char *outcome_name(enum host_outcome outcome)
{
	static const char *const names[] = {
		[HOST_DONE] = "done", [HOST_FAILED] = "failed", [HOST_UNCERTAIN] = "uncertain", [HOST_DRAINED] = "drained",
		[HOST_REFUSED] = "refused", [HOST_WRONG_INPUT] = "wrong input", [HOST_IO] = "input/output error",
	};

	return names[outcome];
}

static void keep_groups(struct host *h)
{
	struct host_report *r = h->report;

	r->groups = host_groups(h);
	r->group = mem_zalloc(r->groups ? r->groups : 1, sizeof *r->group);
	for (uint32_t i = 0; i < r->groups; i++)
		host_group(h, i, &r->group[i]);
}

/* ---- the timeline ---- */

static void write_timeline(struct host *h, const char *journal, uint64_t ended_us)
{
	struct host_report *r = h->report;
	struct buf path = BUF_INIT, title = BUF_INIT;

	buf_printf(&title, "%s: %s, %" PRIu32 " of %" PRIu32 " steps", h->plan->set.name, outcome_name(r->outcome), r->steps.finished, r->steps.known);
	if (r->recalled)
		buf_printf(&title, ", %" PRIu32 " from an earlier run", r->recalled);
	buf_printf(&path, "%s/timeline.svg", h->o->ctl);
	if (!report_timeline(h, journal, title.p, ended_us, path.p)) {
		buf_clear(&title);
		buf_printf(&title, "cannot write %s: %s", path.p, strerror(errno));
		host_tell(h, &(struct host_event){ .kind = HOST_NOTICE, .message = title.p });
	}
	buf_release(&path);
	buf_release(&title);
}

static void conclude(struct host *h)
{
	struct host_report *r = h->report;
	struct journal_record last = { .kind = JOURNAL_ENDED, .start_us = h->begun_us, .end_us = host_now_us(h) };
	struct buf trace = BUF_INIT, journal = BUF_INIT, error = BUF_INIT;

	r->steps = engine_progress(h->engine);
	r->steps.failed -= h->drain_deaths < r->steps.failed ? h->drain_deaths : r->steps.failed;
	r->outcome = outcome_of(h);
	r->wall_us = last.end_us - h->begun_us;
	last.text = outcome_name(r->outcome);
	if (r->outcome != HOST_IO && (!journal_add(h->journal, &last) || !journal_commit(h->journal)))
		host_tell(h, &(struct host_event){ .kind = HOST_NOTICE, .message = journal_error(h->journal) });
	keep_groups(h);
	host_keep_absent(h);
	report_critical_path(r, &h->log, h->engine, h->plan);
	buf_printf(&trace, "%s/trace.json", h->o->ctl);
	buf_printf(&journal, "%s/journal.db", h->o->ctl);
	write_timeline(h, journal.p, last.end_us);
	if (!report_trace(h, journal.p, trace.p, &error))
		host_tell(h, &(struct host_event){ .kind = HOST_NOTICE, .message = error.p });
	buf_release(&trace);
	buf_release(&journal);
	buf_release(&error);
}

enum host_outcome host_run(const struct host_options *o, struct host_report *r)
{
	struct host h = { .o = o, .plan = o->plan, .report = r, .lock = -1 };
	struct timespec now;

	memset(r, 0, sizeof *r);
	clock_gettime(CLOCK_REALTIME, &now);
	h.clock_offset = (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000 - (int64_t)monotonic_us();
	h.begun_us = host_now_us(&h);
	h.token = h.begun_us << 12;	/* no host before us gave these: a worker may still hold one of theirs */
	h.caller_mask = umask(027);
	if (host_open(&h)) {
		run(&h);
		conclude(&h);
	}
	host_close(&h);
	umask(h.caller_mask);
	return r->outcome;
}

int host_exit_status(const struct host_report *r)
{
	switch (r->outcome) {
	case HOST_DONE: return CALC_EXIT_DONE;
	case HOST_FAILED: return CALC_EXIT_STEP_FAILED;
	case HOST_UNCERTAIN: return CALC_EXIT_UNCERTAIN;
	case HOST_DRAINED: return r->signal == SIGINT ? CALC_EXIT_INTERRUPTED : CALC_EXIT_TERMINATED;
	case HOST_REFUSED: return CALC_EXIT_USAGE;
	case HOST_WRONG_INPUT: return CALC_EXIT_WRONG;
	case HOST_IO: return CALC_EXIT_IO;
	}
	return CALC_EXIT_BUG;
}

/* ---- for those who watch ---- */

void host_progress(const struct host *h, struct host_progress *out)
{
	uint32_t done;

	memset(out, 0, sizeof *out);
	out->steps = engine_progress(h->engine);
	out->slots = h->slot_count;
	out->recalled = h->report->recalled;
	for (uint32_t i = 0; i < h->slot_count; i++) {
		out->ready_slots += h->slot[i].ready;
		out->busy_slots += h->slot[i].busy;
	}
	out->elapsed_us = host_now_us(h) - h->begun_us;
	out->draining = h->drains > 0;
	out->publishing = h->publishing != NULL;
	out->remaining_us = UINT64_MAX;
	done = out->steps.finished + out->steps.failed + out->steps.skipped;
	if (done > out->recalled && out->steps.known >= done)
		out->remaining_us = (uint64_t)((double)out->elapsed_us * (out->steps.known - done) / (done - out->recalled));
}

void host_slot_name(const struct host *h, uint32_t slot, struct buf *out)
{
	if (h->groups && slot < h->slot_count)		/* the records may be of a run that had more */
		groups_slot_name(h->groups, slot, out);
	else
		buf_printf(out, "slot %u", slot);
}

uint32_t host_groups(const struct host *h)
{
	return h->groups ? groups_count(h->groups) : 0;
}

void host_group(const struct host *h, uint32_t group, struct host_group_state *out)
{
	groups_look(h->groups, group, out);
}

const char *host_running(const struct host *h, uint32_t slot)
{
	return slot < h->slot_count && h->slot[slot].busy ? h->slot[slot].path.p : NULL;
}
