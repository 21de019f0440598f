/*
 * Everything before the first step: the lock, what can run here, sources, shares, journal, store. Whatever is wrong is
 * said before anything starts. And the end, in the opposite order.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "base/file.h"
#include "base/mem.h"
#include "runtime/compute.h"
#include "runtime/host_inner.h"
#include "runtime/publish.h"
#include "runtime/share_record.h"
#include "runtime/value.h"
#include "runtime/window.h"

enum { MOST_SLOTS = 1024, LOCK_TRIES = 500, LOCK_TRY_NS = 20000000 };

static bool stop(struct host *h, enum host_outcome outcome)
{
	h->report->outcome = outcome;
	return false;
}

static bool stop_at(struct host *h, enum host_outcome outcome, const char *doing, const char *path)
{
	buf_printf(&h->report->message, "cannot %s %s: %s\n", doing, path, strerror(errno));
	return stop(h, outcome);
}

/* ---- the work folder ---- */

/* A folder that holds something and never was ours is not emptied. */
static bool is_strange(const char *folder)
{
	struct buf lock = BUF_INIT;
	DIR *dir = opendir(folder);
	struct dirent *entry;
	bool strange = false;

	buf_printf(&lock, "%s/lock", folder);
	if (dir && !file_exists(lock.p))
		while (!strange && (entry = readdir(dir)))
			strange = strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
	if (dir)
		closedir(dir);
	buf_release(&lock);
	return strange;
}

static long holder_of(int lock)
{
	char text[32] = "";
	ssize_t n = pread(lock, text, sizeof text - 1, 0);

	return n > 0 ? strtol(text, NULL, 10) : 0;
}

/* A run that was killed holds the lock until the last of its workers is gone: that is waited for. */
static bool take_lock(struct host *h, const char *path)
{
	char text[32];
	int n, tries = 0;

	h->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (h->lock < 0)
		return stop_at(h, HOST_IO, "make", path);
	while (flock(h->lock, LOCK_EX | LOCK_NB) != 0) {
		if (errno == EINTR)
			continue;
		if (errno != EWOULDBLOCK)
			return stop_at(h, HOST_IO, "lock", path);
		/* in a pod there is never another run, only what is left of a killed one: it ends soon */
		long pid = holder_of(h->lock);
		bool alive = !h->o->in_pod && pid > 0 && (kill((pid_t)pid, 0) == 0 || errno == EPERM);
		if (++tries > LOCK_TRIES || alive) {
			buf_printf(&h->report->message, "another run (process %ld) is at work in %s: wait for it, or choose another folder "
				   "with --work-dir\n", pid, h->o->ctl);
			return stop(h, HOST_REFUSED);
		}
		nanosleep(&(struct timespec){ .tv_nsec = LOCK_TRY_NS }, NULL);
	}
	n = snprintf(text, sizeof text, "%ld\n", (long)getpid());
	if (ftruncate(h->lock, 0) != 0 || pwrite(h->lock, text, (size_t)n, 0) != n)
		return stop_at(h, HOST_IO, "write", path);
	return true;
}

static bool open_folder(struct host *h)
{
	struct buf path = BUF_INIT;
	bool ok = true;

	if (!h->o->in_pod && is_strange(h->o->ctl)) {
		buf_printf(&h->report->message, "%s is not empty, and is no work folder of calcc: choose another one with --work-dir\n",
			   h->o->ctl);
		return stop(h, HOST_REFUSED);
	}
	if (!file_mkdirs(h->o->ctl, 0750)) {
		if (errno != ENOTDIR || h->o->in_pod)
			return stop_at(h, HOST_IO, "make the folder", h->o->ctl);
		buf_printf(&h->report->message, "cannot make the folder %s, a file stands in its way: choose another one with --work-dir\n", h->o->ctl);
		return stop(h, HOST_REFUSED);
	}
	buf_printf(&path, "%s/lock", h->o->ctl);
	ok = take_lock(h, path.p);
	buf_clear(&path);
	buf_printf(&path, "%s/logs", h->o->ctl);
	if (ok && !h->o->resume && !file_remove_tree(AT_FDCWD, path.p))
		ok = stop_at(h, HOST_IO, "empty", path.p);
	if (ok && !file_mkdirs(path.p, 0750))
		ok = stop_at(h, HOST_IO, "make the folder", path.p);
	buf_release(&path);
	return ok;
}

/* ---- journal and store ---- */

static void attempt_begun(void *ctx, const char *key, uint32_t attempt)
{
	struct host *h = ctx;
	struct journal_record r = { .kind = JOURNAL_BEGUN, .step = key, .attempt = attempt };
	struct journal_found found;

	journal_find(h->journal, key, key, &found);
	if (attempt > found.used && !journal_add(h->journal, &r))
		h->fatal = true;
}

static bool open_journal(struct host *h, struct buf *notice)
{
	struct buf path = BUF_INIT, error = BUF_INIT;
	bool ok = true;

	buf_printf(&path, "%s/journal.db", h->o->ctl);
	h->journal = journal_open(path.p, h->o->resume, notice, &error);
	if (!h->journal) {
		buf_printf(&h->report->message, "%s\n", error.p);
		ok = stop(h, HOST_IO);
	}
	plan_hash(h->plan, h->plan_hash);
	if (ok && h->o->in_pod && journal_plan_hash(h->journal)[0] && strcmp(journal_plan_hash(h->journal), h->plan_hash) != 0) {
		buf_printf(&h->report->message, "the journal %s is of another plan (%.12s; this one is %.12s)\n", path.p,
			   journal_plan_hash(h->journal), h->plan_hash);
		ok = stop(h, HOST_REFUSED);
	} else if (ok && h->o->in_pod && journal_published(h->journal)) {
		ok = stop(h, HOST_DONE);	/* all was said but the last word; outputs that were released are not made again */
	}
	buf_release(&path);
	buf_release(&error);
	return ok;
}

static bool open_store(struct host *h)
{
	struct store_options o = { .data = h->o->data, .slots = h->slot_count, .in_pod = h->o->in_pod, .group = h->o->group,
				   .empty = !h->o->resume, .apart = h->groups != NULL };
	struct buf error = BUF_INIT;
	bool ok;

	h->store = store_open(&o, &error);
	ok = h->store && (!h->o->resume || store_stale(h->store, attempt_begun, h, &error));
	if (ok && (h->fatal || !journal_commit(h->journal))) {
		buf_addstr(&error, journal_error(h->journal));
		ok = false;
	}
	ok = ok && store_clear(h->store, &error);
	if (!ok) {
		buf_printf(&h->report->message, "%s\n", error.p);
		stop(h, HOST_IO);
	}
	buf_release(&error);
	return ok;
}

static bool record_run(struct host *h)
{
	struct journal_record r = { .kind = JOURNAL_RUN, .text = h->plan_hash, .start_us = h->begun_us, .end_us = h->begun_us };

	if (!h->fatal && journal_add(h->journal, &r) && journal_commit(h->journal))
		return true;
	buf_printf(&h->report->message, "%s\n", journal_error(h->journal));
	return stop(h, HOST_IO);
}

/* ---- states ---- */

static void state_waits(void *ctx, const char *message)
{
	host_tell(ctx, &(struct host_event){ .kind = HOST_NOTICE, .message = message });
}

static bool state_ends(void *ctx)
{
	sigset_t pending;

	(void)ctx;
	return sigpending(&pending) == 0 && (sigismember(&pending, SIGTERM) || sigismember(&pending, SIGINT));
}

/* A run of a window is the same whoever begins it: its number in time says which it is. */
static bool name_run(const struct host *h, struct buf *out)
{
	const struct plan *p = h->plan;
	struct buf word = BUF_INIT;

	if (!h->o->in_pod || (!p->slice.bound && !h->o->run))
		return false;
	buf_printf(&word, "%s@", p->set.name);
	if (p->slice.bound)
		window_part_text(&p->window[p->set.window], p->slice.start, "", &word);
	else
		buf_addstr(&word, h->o->run);
	file_encode_key(out, word.p, word.len);
	buf_release(&word);
	return true;
}

/* In a pod a lock may be waited for until the pod ends: the signal is seen, and does not kill. */
static bool open_states(struct host *h)
{
	struct buf journal = BUF_INIT, error = BUF_INIT;
	struct states_options o = { .host = h->o, .store = h->store, .waits = state_waits, .ctx = h };
	enum host_outcome outcome;
	sigset_t ends, before;

	buf_printf(&journal, "%s/journal.db", h->o->ctl);
	o.journal = journal.p;
	if (name_run(h, &h->run_name))
		o.run = h->run_name.p;
	sigemptyset(&ends);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGINT);
	if (h->o->in_pod) {
		o.ends = state_ends;
		sigprocmask(SIG_BLOCK, &ends, &before);
	} else {	/* there all of it is for the slots */
		umask(h->caller_mask);
	}
	h->states = states_open(&o, &error, &outcome);
	umask(027);
	if (!h->states) {
		buf_printf(&h->report->message, "%s\n", error.p);
		stop(h, outcome);
	}
	if (h->o->in_pod && h->states)	/* else the last word is still to be said */
		sigprocmask(SIG_SETMASK, &before, NULL);
	buf_release(&journal);
	buf_release(&error);
	return h->states != NULL;
}

/* ---- shares ---- */

static bool has_once(const struct plan *p)
{
	for (uint32_t i = 0; i < p->funcs; i++)
		if (p->func[i].effect == EFFECT_ONCE)
			return true;
	return false;
}

static bool probe_sinks(struct host *h)
{
	bool ok = true;

	for (uint32_t i = 0; ok && i < h->plan->sinks; i++) {
		const struct plan_sink *s = &h->plan->sink[i];
		struct buf folder = BUF_INIT, error = BUF_INIT;
		bool seen = false;

		for (uint32_t k = 0; k < i; k++)
			seen = seen || strcmp(h->plan->sink[k].share, s->share) == 0;
		share_folder(h->o->share, h->o->shares, s->share, &folder);
		umask(h->caller_mask);
		if (!seen && !share_probe(folder.p, &error)) {
			buf_printf(&h->report->message, "%s: sink `%s`: %s\n", s->loc, s->name, error.p);
			ok = stop(h, HOST_WRONG_INPUT);
		}
		umask(027);
		buf_release(&folder);
		buf_release(&error);
	}
	return ok;
}

/* Where records of `once` steps and publications go: the share of the first sink, else of the first source. */
static bool open_records(struct host *h)
{
	const struct plan *p = h->plan;
	struct buf folder = BUF_INIT, error = BUF_INIT;
	bool ok = true;

	if ((!h->o->in_pod && !has_once(p)) || (p->sinks == 0 && (p->sources == 0 || !has_once(p))))
		return true;
	share_folder(h->o->share, h->o->shares, p->sinks ? p->sink[0].share : p->source[0].share, &folder);
	umask(h->caller_mask);
	ok = share_record_folder(folder.p, p->set.name, &h->record_folder, &error) &&
	     share_epoch_claim(h->record_folder.p, &h->epoch, &error);
	umask(027);
	if (!ok) {
		buf_printf(&h->report->message, "%s\n", error.p);
		stop(h, HOST_IO);
	}
	buf_release(&folder);
	buf_release(&error);
	return ok;
}

static bool is_given(const struct host *h, const struct plan_region *r, const struct plan_value *given, uint32_t input)
{
	struct buf key = BUF_INIT;
	bool found;

	file_encode_key(&key, r->input_name[input], strlen(r->input_name[input]));
	found = share_source_find(&h->sources[given->a], key.p) != NULL;
	if (!found)
		buf_printf(&h->report->message, "%s: `%s`: no step makes `%s`, and the source `%s` has no file of that name (%s)\n",
			   h->plan->node[r->node].loc, h->plan->node[r->node].name, r->input_name[input],
			   h->plan->source[given->a].name, key.p);
	buf_release(&key);
	return found;
}

/* Files that rows use and no row makes must be in their source. */
static bool check_given(struct host *h)
{
	const struct plan *p = h->plan;
	unsigned missing = 0;

	for (uint32_t i = 0; i < p->regions; i++) {
		const struct plan_region *r = &p->region[i];

		if (!r->input_start || r->given == PLAN_NONE || p->value[r->given].kind != VALUE_SOURCE)
			continue;
		for (uint32_t k = 0; missing < 20 && k < r->input_start[p->block[r->body].rows]; k++)
			if (r->input_from[k] == PLAN_NONE)
				missing += !is_given(h, r, &p->value[r->given], k);
	}
	return missing == 0 || stop(h, HOST_WRONG_INPUT);
}

/* What the window brought. */
static void tell_window(struct host *h)
{
	for (uint32_t i = 0; h->plan->slice.bound && i < h->plan->sources; i++) {
		const struct plan_source *s = &h->plan->source[i];
		struct buf text = BUF_INIT;

		if (h->sources[i].other_rows) {
			buf_printf(&text, "source `%s`: %" PRIu64 " rows are of other windows", s->name, h->sources[i].other_rows);
			host_tell(h, &(struct host_event){ .kind = HOST_NOTICE, .message = text.p });
		}
		if (h->sources[i].idle && !h->report->idle) {
			h->report->idle = true;
			buf_printf(&h->report->message, "nothing came for source `%s`: the window is passed over\n", s->name);
		}
		buf_release(&text);
	}
}

static bool open_sources(struct host *h)
{
	struct share_bound bound = { .share = h->o->share, .shares = h->o->shares, .kept = host_source_kept, .ctx = h };
	struct buf in = BUF_INIT;

	buf_printf(&in, "%s/%s", h->o->data, h->o->in_pod ? "sources" : "in");
	if (h->o->in_pod && !file_mkdirs(in.p, 0750))
		return stop_at(h, HOST_IO, "make the folder", in.p);
	h->sources = share_sources_open(h->plan, &bound, in.p, &h->report->message);
	buf_release(&in);
	if (!h->sources)
		return stop(h, HOST_WRONG_INPUT);
	tell_window(h);
	if (h->report->idle)
		return stop(h, HOST_DONE);
	host_keep_sources(h);
	return check_given(h);
}

/* ---- all of it ---- */

/* What a step takes of a [file] source is one file of it, or all. */
static void tell_source(struct host *h, uint32_t i)
{
	const struct share_source *s = &h->sources[i];
	struct engine_file *file;

	engine_source_fingerprint(h->engine, i, s->fingerprint);
	if (!value_is_folder(h->plan, h->plan->source[i].type))
		return;
	file = mem_zalloc((size_t)s->files + 1, sizeof *file);
	for (uint32_t k = 0; k < s->files; k++) {
		file[k].name = s->file[k].name;
		memcpy(file[k].fingerprint, s->file[k].fingerprint, sizeof file[k].fingerprint);
	}
	engine_source_files(h->engine, i, file, s->files);
	mem_free(file);
}

static void make_engine(struct host *h)
{
	struct engine_options o = { .slots = h->slot_count, .first_backoff_ms = h->o->first_backoff_ms, .by_image = h->o->in_pod };

	if (h->groups) {
		o.slot_group = groups_of_slots(h->groups);
		o.slot_worker = groups_workers_of_slots(h->groups);
	}
	h->engine = engine_new(h->plan, &o);
	for (uint32_t i = 0; i < h->plan->sources; i++)
		tell_source(h, i);
	h->plan = engine_plan(h->engine);
	h->values = resolve_new(h->plan, h->engine, h->store, h->sources);
	h->args = args_new(h->o, h->engine, h->store, h->values, h->sources);
	args_states(h->args, h->states);
}

bool host_open(struct host *h)
{
	struct buf notice = BUF_INIT;
	bool ok;

	h->slot_count = h->o->slots ? h->o->slots : h->plan->set.slots;
	if (h->plan->set.on_list && h->plan->groups && !h->o->in_pod && !groups_open(h))
		return false;
	if (h->plan->set.window != PLAN_NONE && !h->plan->slice.bound) {
		buf_printf(&h->report->message, "nobody says of which window `%s` the run is\n", h->plan->window[h->plan->set.window].name);
		return stop(h, HOST_REFUSED);
	}
	if (h->slot_count > MOST_SLOTS) {
		buf_printf(&h->report->message, "%u slots are too many: %d is the most\n", h->slot_count, (int)MOST_SLOTS);
		return stop(h, HOST_REFUSED);
	}
	h->slot = mem_zalloc(h->slot_count, sizeof *h->slot);
	for (uint32_t i = 0; i < h->slot_count; i++)
		args_job_init(&h->slot[i].job);
	ok = args_possible(h->o, &h->report->message);
	if (!args_native_possible(h->o, &h->report->message) || !ok)
		return stop(h, HOST_REFUSED);
	ok = open_folder(h) && open_journal(h, &notice) && open_store(h) && open_sources(h) && open_states(h) && probe_sinks(h) && open_records(h) &&
	     record_run(h);
	if (ok) {
		h->loop = loop_new();
		ok = h->loop || stop_at(h, HOST_IO, "make", "the loop");
	}
	if (ok) {
		h->fresh = !h->o->resume;
		make_engine(h);
		ok = host_roles_open(h) || stop(h, HOST_IO);
		if (notice.len)
			host_tell(h, &(struct host_event){ .kind = HOST_NOTICE, .message = notice.p });
	}
	buf_release(&notice);
	return ok;
}

static void free_slots(struct host *h)
{
	for (uint32_t i = 0; h->slot && i < h->slot_count; i++) {
		if (h->slot[i].task)
			share_kill(h->slot[i].task);
		args_job_release(&h->slot[i].job);
		buf_release(&h->slot[i].path);
		buf_release(&h->slot[i].key);
	}
	mem_free(h->slot);
}

void host_close(struct host *h)
{
	if (h->publishing)
		share_kill(h->publishing);
	if (h->loop)
		loop_each_turn(h->loop, NULL, NULL);
	if (h->slots)
		slots_free(h->slots);
	groups_close(h);
	host_roles_free(h);
	free_slots(h);
	host_publish_free(h);
	host_kept_free(h);
	while (h->timers) {
		struct host_timer *t = h->timers;

		h->timers = t->next;
		loop_timer_cancel(t->timer);
		mem_free(t);
	}
	if (h->loop)
		loop_free(h->loop);
	args_free(h->args);
	resolve_free(h->values);
	compute_free(h->compute);
	h->plan = h->o->plan;
	if (h->engine)
		engine_free(h->engine);
	for (size_t i = 0; i < h->launches; i++)
		plan_free(h->launched[i]);
	mem_free(h->launched);
	mem_free(h->computing);
	share_sources_free(h->sources, h->plan->sources);
	states_close(h->states);
	store_close(h->store);
	journal_close(h->journal);
	for (size_t i = 0; i < h->pendings; i++) {
		mem_free(h->pending[i].message);
		mem_free(h->pending[i].log);
		mem_free(h->pending[i].path);
	}
	mem_free(h->pending);
	report_log_release(&h->log);
	timeline_release(&h->timeline);
	buf_release(&h->record_folder);
	buf_release(&h->run_name);
	if (h->lock >= 0)
		close(h->lock);
}
