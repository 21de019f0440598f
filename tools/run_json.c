/* Events and the report as JSON lines on stdout: one object a line, "event" first. */
#include <string.h>
#include "base/json.h"
#include "base/rfc3339.h"
#include "tools/run_show.h"

static const char *event_name(enum host_event_kind kind)
{
	static const char *const names[] = {
		[HOST_SLOT_READY] = "slot_ready", [HOST_SLOT_LOST] = "slot_lost", [HOST_STARTED] = "started",
		[HOST_FINISHED] = "finished", [HOST_RECALLED] = "recalled", [HOST_ATTEMPT_FAILED] = "attempt_failed",
		[HOST_RETRYING] = "retrying", [HOST_SKIPPED] = "skipped", [HOST_PUBLISHING] = "publishing",
		[HOST_PUBLISHED] = "published", [HOST_SWAPPED] = "swapped", [HOST_DRAINING] = "draining", [HOST_NOTICE] = "notice",
		[HOST_WORKER_STARTED] = "worker_started", [HOST_WORKER_LET_GO] = "worker_let_go",
	};

	return names[kind];
}

static const char *end_name(enum slot_end end)
{
	static const char *const names[] = {
		[SLOT_EXITED] = "exited", [SLOT_SIGNALLED] = "signalled", [SLOT_TIMED_OUT] = "timed_out", [SLOT_KILLED] = "killed",
		[SLOT_NOT_STARTED] = "not_started", [SLOT_OUT_OF_MEMORY] = "out_of_memory",
		[SLOT_FUNCTION_FAILED] = "function_failed", [SLOT_NO_FUNCTION] = "no_function", [SLOT_OTHER_LAYOUT] = "other_layout",
		[SLOT_BAD_INPUT] = "bad_input", [SLOT_NO_ROOM] = "no_room", [SLOT_OVERRUN] = "overrun", [SLOT_NO_ANSWER] = "no_answer",
	};

	return names[end];
}

static void member(struct json_writer *w, const char *key, const char *text)
{
	if (!text)
		return;
	json_key(w, key);
	json_string(w, text);
}

static void number(struct json_writer *w, const char *key, uint64_t value)
{
	json_key(w, key);
	json_u64(w, value);
}

static void time_member(struct json_writer *w, const char *key, int64_t ns)
{
	struct buf text = BUF_INIT;

	rfc3339_text(rfc3339_from_ns(ns), &text);
	member(w, key, text.p);
	buf_release(&text);
}

static void result(struct json_writer *w, const struct slot_result *r)
{
	member(w, "end", end_name(r->end));
	json_key(w, "status");
	json_i64(w, r->status);
	number(w, "wall_us", r->wall_us);
	number(w, "cpu_us", r->cpu_us);
	number(w, "max_rss", r->max_rss);
}

static void put_line(struct show *s, struct buf *line)
{
	buf_addch(line, '\n');
	if (!s->broken && (fwrite(line->p, 1, line->len, stdout) != line->len || fflush(stdout) != 0))
		s->broken = true;
	buf_release(line);
}

/* On list: whose slot it is. */
static void worker(const struct show *s, struct json_writer *w, uint32_t slot)
{
	struct buf name = BUF_INIT;

	if (!s->host || host_groups(s->host) == 0)
		return;
	host_slot_name(s->host, slot, &name);
	member(w, "worker", name.p);
	buf_release(&name);
}

void show_json_event(struct show *s, const struct host_event *ev)
{
	bool of_step = ev->kind >= HOST_STARTED && ev->kind <= HOST_SKIPPED;
	bool of_worker = ev->kind == HOST_WORKER_STARTED || ev->kind == HOST_WORKER_LET_GO;
	struct buf line = BUF_INIT;
	struct json_writer w;

	json_writer_init(&w, &line, 0);
	json_object(&w);
	member(&w, "event", event_name(ev->kind));
	member(&w, of_step ? "step" : "path", ev->path);
	if (of_step && ev->attempt)
		number(&w, "attempt", ev->attempt);
	if (((ev->kind <= HOST_ATTEMPT_FAILED && ev->kind != HOST_RECALLED) || of_worker) && ev->slot != HOST_NO_SLOT)
		number(&w, "slot", ev->slot);
	if (ev->kind <= HOST_ATTEMPT_FAILED && ev->kind != HOST_RECALLED && ev->slot != HOST_NO_SLOT)
		worker(s, &w, ev->slot);
	if (ev->kind == HOST_RETRYING)
		number(&w, "delay_ms", ev->delay_ms);
	if (ev->result && ev->slot == HOST_NO_SLOT)
		number(&w, "wall_us", ev->result->wall_us);
	else if (ev->result)
		result(&w, ev->result);
	member(&w, ev->kind == HOST_PUBLISHED ? "sink" : of_worker ? "worker" : "message", ev->message);
	member(&w, "log", ev->log);
	json_object_end(&w);
	put_line(s, &line);
}

static void failures(struct json_writer *w, const struct host_report *r)
{
	json_key(w, "failures");
	json_array(w);
	for (uint32_t i = 0; i < r->failures; i++) {
		const struct host_failure *f = &r->failure[i];

		json_object(w);
		member(w, "step", f->path);
		member(w, "loc", f->loc);
		number(w, "attempt", f->attempt);
		if (f->slot != HOST_NO_SLOT)
			result(w, &f->result);
		member(w, "message", f->message);
		member(w, "stderr", f->tail);
		member(w, "log", f->log);
		json_object_end(w);
	}
	json_array_end(w);
}

static void workers(struct json_writer *w, const struct host_report *r)
{
	json_key(w, "workers");
	json_array(w);
	for (uint32_t i = 0; i < r->groups; i++) {
		json_object(w);
		member(w, "group", r->group[i].name);
		number(w, "most", r->group[i].most);
		number(w, "at_once", r->group[i].peak);
		number(w, "starts", r->group[i].starts);
		number(w, "let_go", r->group[i].let_go);
		json_object_end(w);
	}
	json_array_end(w);
}

void show_json_report(struct show *s, const struct host_report *r)
{
	static const char *const outcomes[] = {
		[HOST_DONE] = "done", [HOST_FAILED] = "failed", [HOST_UNCERTAIN] = "uncertain", [HOST_DRAINED] = "drained",
		[HOST_REFUSED] = "refused", [HOST_WRONG_INPUT] = "wrong_input", [HOST_IO] = "io",
	};
	struct buf line = BUF_INIT, message = BUF_INIT;
	struct json_writer w;

	buf_add(&message, r->message.p ? r->message.p : "", r->message.len);
	json_writer_init(&w, &line, 0);
	json_object(&w);
	member(&w, "event", "report");
	member(&w, "outcome", outcomes[r->outcome]);
	json_key(&w, "exit");
	json_i64(&w, host_exit_status(r));
	if (s->plan->slice.bound) {
		time_member(&w, "window_start", s->plan->slice.start);
		time_member(&w, "window_end", s->plan->slice.end);
	}
	if (r->idle) {
		json_key(&w, "idle");
		json_bool(&w, true);
	}
	number(&w, "steps", r->steps.known);
	number(&w, "finished", r->steps.finished);
	number(&w, "failed", r->steps.failed);
	number(&w, "skipped", r->steps.skipped);
	number(&w, "recalled", r->recalled);
	number(&w, "attempts", r->attempts);
	number(&w, "computed", r->computed);
	number(&w, "wall_us", r->wall_us);
	number(&w, "busy_us", r->busy_us);
	number(&w, "cpu_us", r->cpu_us);
	number(&w, "max_rss", r->max_rss);
	if (r->groups)
		workers(&w, r);
	failures(&w, r);
	member(&w, "message", buf_str(&message));
	json_object_end(&w);
	put_line(s, &line);
	buf_release(&message);
}
