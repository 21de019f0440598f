/*
 * One function and one run of it: its plan is checked as all plans are, a request's values become outputs of the step `request`, and
 * the function's step is built, run and taken by what builds, runs and takes the steps of every host. Knows no HTTP.
 */
#include <errno.h>
#include <string.h>
#include "base/exit.h"
#include "base/file.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "runtime/args.h"
#include "runtime/args_value.h"
#include "runtime/serve_inner.h"
#include "runtime/serve_value.h"
#include "runtime/store.h"

enum { BAD_REQUEST = 400, FAILED = 500, BUSY = 503, TOO_LATE = 504 };
static const char given_name[] = "request";

struct serve_work {
	const struct serve_options *o;
	struct store *store;
	struct host_options host;
	const struct serve_function *function;
	struct engine *engine;
	struct resolver *values;
	struct args *args;
	struct args_job job;
	engine_step step;
	struct buf key;
	bool begun;
};

/* ---- the plan ---- */

/* Two steps: `request`, which takes nothing, and the function's, which takes all of its results. */
static bool has_form(const struct serve_function *f)
{
	const struct plan *p = f->plan;
	const struct plan_node *given, *call;

	if (p->blocks != 1 || p->nodes != 2 || p->regions || p->sources || p->sinks || p->params)
		return false;
	given = &p->node[0];
	call = &p->node[1];
	if (given->kind != NODE_CALL || call->kind != NODE_CALL || given->args || strcmp(given->name, given_name) != 0)
		return false;
	for (uint32_t i = 0; i < call->args; i++) {
		const struct plan_value *v = &p->value[p->item[call->first_arg + i]];

		if (v->kind != VALUE_PORT || v->a != 0 || v->b != i)
			return false;
	}
	return p->func[given->of].results == call->args && p->func[given->of].expr == PLAN_NONE &&
	       (p->func[call->of].words > 0 || p->func[call->of].native);
}

bool serve_function_read(struct serve_function *f, const char *json, size_t len, struct buf *error)
{
	*f = (struct serve_function){ .plan = plan_read(json, len, error) };
	if (!f->plan)
		return false;
	if (!has_form(f)) {
		buf_addstr(error, "it is not the plan of a function that is served");
		serve_function_release(f);
		return false;
	}
	f->given = f->plan->node[0].of;
	f->func = f->plan->node[1].of;
	f->name = f->plan->func[f->func].name;
	return true;
}

void serve_function_release(struct serve_function *f)
{
	plan_free(f->plan);
	f->plan = NULL;
}

/* ---- a slot's folder ---- */

struct serve_work *serve_work_new(const struct serve_options *o, uint32_t slot, struct buf *error)
{
	struct serve_work *w = mem_zalloc(1, sizeof *w);
	struct buf folder = BUF_INIT;

	buf_printf(&folder, "%s/%u", o->work, slot);
	w->o = o;
	w->host = (struct host_options){ .group = (gid_t)-1, .slot_tmp = o->slots == 1 ? o->tmp : NULL, .grace_ms = o->grace_ms };
	args_job_init(&w->job);
	w->store = store_open(&(struct store_options){ .data = folder.p, .slots = 1, .group = (gid_t)-1, .empty = true }, error);
	buf_release(&folder);
	if (w->store)
		return w;
	serve_work_free(w);
	return NULL;
}

static void end_run(struct serve_work *w)
{
	args_free(w->args);
	resolve_free(w->values);
	engine_free(w->engine);
	args_job_clear(&w->job);
	w->args = NULL;
	w->values = NULL;
	w->engine = NULL;
	w->begun = false;
}

void serve_work_free(struct serve_work *w)
{
	if (!w)
		return;
	end_run(w);
	args_job_release(&w->job);
	store_close(w->store);
	buf_release(&w->key);
	mem_free(w);
}

/* ---- a request's values ---- */

static bool is_parameter(const struct serve_function *f, const char *name)
{
	const struct plan_func *given = &f->plan->func[f->given];

	for (uint32_t i = 0; i < given->results; i++)
		if (strcmp(f->plan->port[given->first_result + i].name, name) == 0)
			return true;
	return false;
}

static const struct serve_part *argument(const struct serve_parts *parts, const char *name)
{
	for (size_t i = 0; i < parts->count; i++)
		if (strcmp(parts->part[i].key, name) == 0)
			return &parts->part[i];
	return NULL;
}

static bool put_arguments(struct serve_work *w, const char *body, const struct serve_parts *parts, struct buf *error)
{
	const struct plan *p = w->function->plan;
	const struct plan_func *given = &p->func[w->function->given];
	struct serve_values values = { .plan = p, .share = w->o->share, .shares = w->o->shares };
	struct buf path = BUF_INIT, why = BUF_INIT;
	bool ok = true;

	for (uint32_t i = 0; ok && i < given->results; i++) {
		const struct plan_port *port = &p->port[given->first_result + i];
		const struct serve_part *a = argument(parts, port->name);

		buf_clear(&path);
		store_output_path(w->store, given_name, port->name, &path);
		ok = serve_value_put(&values, port->type, a ? body + a->start : "null", a ? a->end - a->start : 4, path.p, &why);
		if (!ok)
			buf_printf(error, "input `%s`%s%s", port->name, why.len && (why.p[0] == '[' || why.p[0] == '.') ? "" : ": ", buf_str(&why));
	}
	buf_release(&path);
	buf_release(&why);
	return ok;
}

static bool put_request(struct serve_work *w, const char *body, size_t len, struct buf *error)
{
	struct serve_parts parts;
	struct buf why = BUF_INIT;
	bool ok = serve_take_apart(body, len, &parts, &why);

	if (!ok)
		buf_printf(error, "the request's body: %s", buf_str(&why));
	if (ok && !parts.is_object) {
		buf_addstr(error, "the request's body: expected an object with a member for each input");
		ok = false;
	}
	for (size_t i = 0; ok && i < parts.count; i++)
		if (!is_parameter(w->function, parts.part[i].key)) {
			buf_printf(error, "function `%s` has no input `%s`", w->function->name, parts.part[i].key);
			ok = false;
		}
	ok = ok && put_arguments(w, body, &parts, error);
	serve_parts_release(&parts);
	buf_release(&why);
	return ok;
}

/* ---- a run ---- */

/* The engine of two steps: the first is there already, the second is the one that starts. */
static bool begin_step(struct serve_work *w)
{
	struct engine_action a;
	bool started = false;

	w->engine = engine_new(w->function->plan, &(struct engine_options){ .slots = 1 });
	engine_event(w->engine, &(struct engine_event){ .kind = EVENT_BEGIN });
	engine_event(w->engine, &(struct engine_event){ .kind = EVENT_SLOT_READY, .incarnation = 1 });
	while (!started && engine_next(w->engine, &a)) {
		bool given = a.kind == ENGINE_RECALL && engine_func(w->engine, a.step) == &w->function->plan->func[w->function->given];

		if (a.kind == ENGINE_RECALL)
			engine_event(w->engine, &(struct engine_event){ .kind = EVENT_RECALLED, .step = a.step, .ok = given, .attempt = given });
		started = a.kind == ENGINE_START;
		if (started)
			w->step = a.step;
	}
	return started;
}

static bool build_job(struct serve_work *w, struct buf *error)
{
	struct args_step step = { .step = w->step, .attempt = 1 };
	struct buf path = BUF_INIT, folder = BUF_INIT;
	bool ok;

	engine_path(w->engine, w->step, &path);
	buf_clear(&w->key);
	file_encode_key(&w->key, path.p, path.len);
	w->host.plan = w->function->plan;
	w->values = resolve_new(w->host.plan, w->engine, w->store, NULL);
	w->args = args_new(&w->host, w->engine, w->store, w->values, NULL);
	ok = store_begin(w->store, 0, w->key.p, step.attempt, &folder, error);
	w->begun = ok;
	step.path = path.p;
	step.key = w->key.p;
	step.folder = buf_str(&folder);
	ok = ok && args_build(w->args, &step, &w->job, error);
	buf_release(&path);
	buf_release(&folder);
	return ok;
}

static void clean_up(struct serve_work *w, struct buf *tail)
{
	struct buf log = BUF_INIT;
	bool logged = false;

	buf_printf(&log, "%s/in/stderr", store_data(w->store));		/* of the last one that wrote any */
	if (w->begun)
		store_end(w->store, 0, true, log.p, tail, &logged);
	buf_release(&log);
	if (w->job.made_inputs)
		store_drop_inputs(w->store, 0, w->key.p, 1);
	if (w->key.len)
		store_release(w->store, w->key.p);
	store_release(w->store, given_name);
	buf_clear(&w->key);
	end_run(w);
}

bool serve_work_begin(struct serve_work *w, const struct serve_function *f, const char *body, size_t len, const struct slot_job **job,
		      int *status, struct buf *error)
{
	struct buf tail = BUF_INIT;
	bool ok;

	w->function = f;
	*status = FAILED;
	ok = store_make(w->store, given_name, error);
	if (ok) {
		ok = put_request(w, body, len, error);
		*status = ok ? FAILED : BAD_REQUEST;
	}
	ok = ok && begin_step(w) && build_job(w, error);
	if (ok) {
		*job = &w->job.job;
		return true;
	}
	clean_up(w, &tail);
	buf_release(&tail);
	return false;
}

static bool get_results(struct serve_work *w, struct buf *answer, struct buf *error)
{
	const struct plan *p = w->function->plan;
	const struct plan_func *f = &p->func[w->function->func];
	struct buf path = BUF_INIT;
	bool ok = true;

	buf_addstr(answer, "{");
	for (uint32_t i = 0; ok && i < f->results; i++) {
		const struct plan_port *port = &p->port[f->first_result + i];

		buf_clear(&path);
		store_output_path(w->store, w->key.p, port->name, &path);
		buf_addstr(answer, i ? "," : "");
		json_quote(answer, port->name, strlen(port->name));
		buf_addstr(answer, ":");
		ok = store_natural(w->store, &(struct store_result){ p, f, w->key.p, i }, path.p, error) && serve_value_get(p, port->type, path.p, w->o->body, answer, error);
	}
	buf_addstr(answer, "}\n");
	buf_release(&path);
	return ok;
}

void serve_error(struct buf *answer, const char *message, const char *tail)
{
	buf_clear(answer);
	buf_addstr(answer, "{\"error\":");
	json_quote(answer, message, strlen(message));
	if (tail && *tail) {
		buf_addstr(answer, ",\"stderr\":");
		json_quote(answer, tail, strlen(tail));
	}
	buf_addstr(answer, "}\n");
}

static int status_of(const struct slot_result *r)
{
	switch (r->end) {
	case SLOT_TIMED_OUT: return TOO_LATE;
	case SLOT_KILLED: return BUSY;		/* the worker ends */
	default: return FAILED;
	}
}

int serve_work_end(struct serve_work *w, const struct slot_result *r, struct buf *answer)
{
	const struct plan_func *f = &w->function->plan->func[w->function->func];
	struct store_take take = { .plan = w->function->plan, .func = f, .key = w->key.p, .exact = PLAN_NONE, .images = r->images };
	struct buf message = BUF_INIT, tail = BUF_INIT;
	bool ok = r->end == SLOT_EXITED && r->status == 0;
	int status = status_of(r);

	if (!ok)
		slot_explain(r, f->timeout_ms, w->job.job.argv[0], &message);
	ok = ok && store_take(w->store, 0, &take, &message) && get_results(w, answer, &message);
	clean_up(w, &tail);
	if (ok)
		status = 200;
	else
		serve_error(answer, message.p, buf_str(&tail));
	buf_release(&message);
	buf_release(&tail);
	return status;
}

void serve_work_drop(struct serve_work *w)
{
	struct buf tail = BUF_INIT;

	clean_up(w, &tail);
	buf_release(&tail);
}
