/* The host and its shares: results published at the end, records of `once` steps on the way. Shares are met in children. */
#include <errno.h>
#include <string.h>
#include <time.h>
#include "base/file.h"
#include "base/mem.h"
#include "runtime/host_inner.h"
#include "runtime/publish.h"
#include "runtime/share_record.h"
#include "runtime/value.h"
#include "runtime/window.h"

enum { DEFAULT_DEADLINE_MS = 60000 };

static uint64_t deadline(const struct host *h)
{
	return h->o->share_deadline_ms ? h->o->share_deadline_ms : DEFAULT_DEADLINE_MS;
}

/* ---- what is published ---- */

static void add_file(struct publish_target *t, const char *from, const char *name)
{
	t->file = mem_resize(t->file, t->files + 1, sizeof *t->file);
	t->file[t->files++] = (struct publish_file){ .from = mem_strdup(from), .name = mem_strdup(name) };
}

static bool folder_target(struct host *h, engine_value value, struct publish_target *t, struct buf *error)
{
	struct value_files files = { 0 };
	bool ok = resolve_files(h->values, value, &files, &t->absent, error);

	t->folder = true;
	t->files = ok ? files.count : 0;
	t->file = mem_zalloc(t->files ? t->files : 1, sizeof *t->file);
	for (size_t i = 0; i < t->files; i++)
		t->file[i] = (struct publish_file){ .from = mem_strdup(files.file[i].path), .name = mem_strdup(files.file[i].name) };
	value_files_release(&files);
	return ok;
}

static bool text_target(struct host *h, uint32_t sink, engine_value value, struct publish_target *t, struct buf *error)
{
	const struct plan_sink *s = &h->plan->sink[sink];
	uint32_t type = resolve_bare_type(h->plan, s->type);
	enum plan_format format = share_format((enum plan_format)s->format, s->path);
	struct buf natural = BUF_INIT, text = BUF_INIT, path = BUF_INIT;
	bool ok = resolve_natural(h->values, value, &natural, &t->absent, error);

	buf_printf(&path, "%s/in/sink.%u", store_data(h->store), sink);
	if (ok && !t->absent) {
		ok = value_export(h->plan, type, format, buf_str(&natural), natural.len, &text, error) &&
		     store_put(path.p, buf_str(&text), text.len, error);
		add_file(t, path.p, "");
	}
	buf_release(&natural);
	buf_release(&text);
	buf_release(&path);
	return ok;
}

static bool file_target(struct host *h, engine_value value, struct publish_target *t, struct buf *error)
{
	struct buf path = BUF_INIT;
	bool stands = false, ok = resolve_place(h->values, value, &path, &stands, &t->absent, error);

	if (ok && stands)
		add_file(t, path.p, "");
	buf_release(&path);
	return ok && (stands || t->absent);
}

static bool make_target(struct host *h, uint32_t sink, struct publish_target *t, struct buf *error)
{
	const struct plan_sink *s = &h->plan->sink[sink];
	engine_value value = engine_sink_value(h->engine, sink);
	uint32_t type = resolve_bare_type(h->plan, s->type);
	struct buf folder = BUF_INIT;

	share_folder(h->o->share, h->o->shares, s->share, &folder);
	*t = (struct publish_target){ .sink = s->name, .share = mem_strdup(folder.p), .path = s->path };
	buf_release(&folder);
	if (value_is_folder(h->plan, type) && !(h->plan->type[type].kind == PLAN_LIST && value_is_file(h->plan, h->plan->type[type].elem))) {
		buf_addstr(error, "of what holds files, only a file and a list of files can be published");
		return false;
	}
	if (value_is_folder(h->plan, type))
		return folder_target(h, value, t, error);
	return value_is_file(h->plan, type) ? file_target(h, value, t, error) : text_target(h, sink, value, t, error);
}

void host_publish_free(struct host *h)
{
	struct publish_job *job = h->publication;

	for (size_t i = 0; job && i < job->targets; i++) {
		struct publish_target *t = &job->target[i];

		for (size_t k = 0; k < t->files; k++) {
			mem_free((char *)(uintptr_t)t->file[k].from);
			mem_free((char *)(uintptr_t)t->file[k].name);
		}
		mem_free(t->file);
		mem_free((char *)(uintptr_t)t->share);
	}
	if (job) {
		states_publish_free(job);
		mem_free(job->target);
	}
	mem_free(job);
	h->publication = NULL;
}

/* ---- publishing ---- */

static void tell_published(struct host *h)
{
	for (size_t i = 0; i < h->publication->targets; i++) {
		const struct publish_target *t = &h->publication->target[i];
		struct buf path = BUF_INIT;

		buf_printf(&path, "%s/%s", t->share, t->path);
		host_tell(h, &(struct host_event){ .kind = HOST_PUBLISHED, .message = t->sink, .path = path.p });
		buf_release(&path);
	}
	h->report->published = (uint32_t)h->publication->targets;
}

static void published(void *ctx, enum share_status status, const char *message)
{
	struct host *h = ctx;
	struct journal_record r = { .kind = JOURNAL_PUBLISHED, .start_us = host_now_us(h), .end_us = host_now_us(h) };
	struct host_pending *p;

	h->publishing = NULL;
	if (status != SHARE_DONE)
		buf_printf(&h->report->message, "%s\n", message);
	if (status == SHARE_UNCERTAIN)
		h->report->outcome = HOST_UNCERTAIN;
	if (status == SHARE_STUCK)
		buf_addstr(&h->report->message, "  help: look at the share, then resume (--resume): publishing again does no harm\n");
	if (status == SHARE_DONE && !journal_add(h->journal, &r)) {
		host_fatal(h, journal_error(h->journal));
		return;
	}
	if (status == SHARE_DONE)
		tell_published(h);
	p = host_pend(h, EVENT_PUBLISHED);
	p->event.ok = status == SHARE_DONE;
	p->event.step = 0;
}

static void not_published(struct host *h, const char *why)
{
	buf_printf(&h->report->message, "%s\n", why);
	host_pend(h, EVENT_PUBLISHED)->event.ok = false;
}

void host_publish(struct host *h)
{
	struct publish_job *job = mem_zalloc(1, sizeof *job);
	struct buf error = BUF_INIT;
	bool ok = true;

	h->publication = job;
	job->set = h->plan->set.name;
	job->target = mem_zalloc(h->plan->sinks ? h->plan->sinks : 1, sizeof *job->target);
	job->replace = h->o->replace;
	job->record_folder = h->record_folder.p;
	job->epoch = h->epoch;
	job->time_us = host_now_us(h);
	job->run = h->run_name.p;
	for (uint32_t i = 0; ok && i < h->plan->sinks; i++) {
		ok = make_target(h, i, &job->target[i], &error);
		job->targets = i + 1;
		if (!ok) {
			struct buf why = BUF_INIT;

			buf_printf(&why, "%s: sink `%s`: %s", h->plan->sink[i].loc, h->plan->sink[i].name, buf_str(&error));
			not_published(h, why.p);
			buf_release(&why);
		}
	}
	if (ok && !journal_published(h->journal)) {	/* since that, others may have changed them */
		struct buf in = BUF_INIT;

		buf_printf(&in, "%s/in", store_data(h->store));
		ok = states_publish(h->states, in.p, job, &error);
		if (!ok)
			not_published(h, buf_str(&error));
		buf_release(&in);
	}
	if (ok && job->targets == 0 && job->states == 0) {
		host_pend(h, EVENT_PUBLISHED)->event.ok = true;
	} else if (ok) {
		host_tell(h, &(struct host_event){ .kind = HOST_PUBLISHING });
		h->publishing = share_run(h->loop, deadline(h), h->caller_mask, publish_run, job);
		if (h->publishing)
			share_when_done(h->publishing, published, h);
		else
			not_published(h, "no process can be made to publish the results");
	}
	buf_release(&error);
}

/* ---- once ---- */

struct once {
	struct host *host;
	uint32_t slot;
	const char *folder;
	char *key;
	uint64_t epoch;
	struct share_record record;
};

static enum share_status write_once(void *arg, int pulse, struct buf *message)
{
	struct once *o = arg;

	(void)pulse;
	if (o->record.state == RECORD_BEGUN && !share_epoch_is_ours(o->folder, o->epoch, message))
		return SHARE_UNCERTAIN;
	return share_record_add(o->folder, o->key, &o->record, message) ? SHARE_DONE : SHARE_FAILED;
}

static void once_recorded(void *ctx, enum share_status status, const char *message)
{
	struct once *o = ctx;
	struct host *h = o->host;
	uint32_t slot = o->slot;
	bool begun = o->record.state == RECORD_BEGUN;

	h->slot[slot].task = NULL;
	mem_free(o->key);
	mem_free(o);
	if (status == SHARE_DONE && begun && h->drains) {
		host_step_failed(h, slot, "the run ends", true, "", "");
	} else if (status == SHARE_DONE && begun) {
		host_step_run(h, slot);
	} else if (status == SHARE_DONE) {
		host_step_finished(h, slot);
	} else if (begun && status == SHARE_FAILED) {
		host_step_failed(h, slot, message, false, "", "");
	} else {
		h->report->outcome = HOST_UNCERTAIN;
		buf_printf(&h->report->message, "the `once` step %s has no sure record: %s\n", h->slot[slot].path.p, message);
		host_step_failed(h, slot, message, false, "", "");
	}
}

/* A step of another window is another one: it happens once in each. */
static char *once_key(const struct host *h, const char *key)
{
	const struct plan *p = h->o->plan;
	struct buf text = BUF_INIT;

	buf_addstr(&text, key);
	if (p->slice.bound) {
		buf_addch(&text, '@');
		window_part_text(&p->window[p->set.window], p->slice.start, "", &text);
	}
	return text.p;		/* handed over */
}

static bool record_once(struct host *h, uint32_t slot, enum share_record_state state)
{
	struct host_slot *s = &h->slot[slot];
	struct once *o = mem_zalloc(1, sizeof *o);

	o->host = h;
	o->slot = slot;
	o->folder = h->record_folder.p;
	o->key = once_key(h, s->key.p);
	o->epoch = h->epoch;
	o->record = (struct share_record){ .state = state, .attempt = s->attempt, .time_us = host_now_us(h) };
	engine_fingerprint(h->engine, s->step, o->record.fingerprint);
	s->task = share_run(h->loop, deadline(h), h->caller_mask, write_once, o);
	if (s->task) {
		share_when_done(s->task, once_recorded, o);
	} else {
		mem_free(o->key);
		mem_free(o);
	}
	return s->task != NULL;
}

bool host_once_begin(struct host *h, uint32_t slot)
{
	return record_once(h, slot, RECORD_BEGUN);
}

bool host_once_done(struct host *h, uint32_t slot)
{
	return record_once(h, slot, RECORD_DONE);
}

/* Not finished by the journal: does the share know it? Begun without done, or done without its outputs: a person decides. */
void host_once_recall(struct host *h, engine_step s, const char *key, struct journal_found *found, bool *lost)
{
	const struct plan_func *f = engine_func(h->engine, s);
	struct share_record r = { 0 };
	struct buf error = BUF_INIT;
	char when[32] = "", *word = once_key(h, key);
	time_t seconds;
	struct tm tm;

	if (!share_record_find(h->record_folder.p, word, &r, &error)) {
		*lost = true;
		buf_printf(&h->report->message, "%s\n", error.p);
	} else if (r.state == RECORD_DONE && f->results == 0) {
		found->finished = true;
		found->attempt = r.attempt;
	} else if (r.state != RECORD_NONE) {
		seconds = (time_t)(r.time_us / 1000000);
		if (gmtime_r(&seconds, &tm))
			strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", &tm);
		*lost = true;
		buf_printf(&h->report->message, "the `once` step `%s` %s at %s, and %s. Look at what it did; to let it run (again), remove "
			   "its line from %s/record\n", word, r.state == RECORD_BEGUN ? "began" : "was done", when,
			   r.state == RECORD_BEGUN ? "nobody knows whether it ended" : "its outputs are gone", h->record_folder.p);
	}
	buf_release(&error);
	mem_free(word);
}
