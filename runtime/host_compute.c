/*
 * What the host answers by itself: expressions, which are steps without a slot, outcomes that the engine branches by, and flows to be
 * launched. A computed step is recorded, recalled and reported as any other. Many are evaluated in one turn of the loop, but never so
 * many that slots and signals wait.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"
#include "runtime/args_tree.h"
#include "runtime/compute.h"
#include "runtime/host_inner.h"
#include "runtime/value.h"

enum { MADE_MOST = 1000000, SOME_US = 5000 };

/* ---- results ---- */

struct making {
	struct host *h;
	uint32_t made;		/* files and folders so far: a small value can share its parts, its files cannot */
	struct buf json, natural;
	struct buf path;
	struct buf *error;
};

static bool make_value(struct making *m, uint32_t type, const struct value_node *v);

static bool make_text(struct making *m, uint32_t type, const struct value_node *v)
{
	const struct plan *p = m->h->plan;

	buf_clear(&m->json);
	buf_clear(&m->natural);
	if (!value_node_json(p, type, v, LIMIT_INLINE_VALUE, &m->json)) {
		buf_printf(m->error, "the result is larger than %d bytes: compute this in a function with a command", (int)LIMIT_INLINE_VALUE);
		return false;
	}
	return value_from_json(p, type, m->json.p, m->json.len, &m->natural, m->error) &&
	       store_put(m->path.p, buf_str(&m->natural), m->natural.len, m->error);
}

/* A part below the path of the whole. */
static bool make_part(struct making *m, const char *name, uint32_t type, const struct value_node *v)
{
	size_t len = m->path.len;
	bool ok;

	buf_printf(&m->path, "/%s", name);
	ok = make_value(m, type, v);
	m->path.len = len;
	m->path.p[len] = '\0';
	return ok;
}

/* Files keep their names where these give the list's order; else, as other items, they are named by their position. */
static bool keep_names(const struct plan *p, uint32_t elem, const struct value_node *v)
{
	if (p->type[elem].kind != PLAN_FILE)
		return false;
	for (uint32_t i = 1; i < v->count; i++)
		if (strcmp(v->part[i - 1].file->name, v->part[i].file->name) >= 0)
			return false;
	return true;
}

static bool make_list(struct making *m, uint32_t elem, const struct value_node *v)
{
	bool names = keep_names(m->h->plan, elem, v), ok = store_make_below(m->path.p, m->error);
	int digits = snprintf(NULL, 0, "%u", v->count ? v->count - 1 : 0);
	char name[16];

	for (uint32_t i = 0; ok && i < v->count; i++) {
		snprintf(name, sizeof name, "%0*u", digits, i);
		ok = make_part(m, names ? v->part[i].file->name : name, elem, &v->part[i]);
	}
	return ok;
}

static bool make_field(struct making *m, const struct plan_field *f, const struct value_node *v)
{
	struct buf name = BUF_INIT;
	bool ok;

	file_encode_key(&name, f->name, strlen(f->name));
	ok = make_part(m, name.p, f->type, v);
	buf_release(&name);
	return ok;
}

static bool make_record(struct making *m, const struct plan_type *t, const struct value_node *v)
{
	bool ok = store_make_below(m->path.p, m->error);

	for (uint32_t i = 0; ok && i < t->count; i++)
		ok = make_field(m, &m->h->plan->field[t->first + i], &v->part[i]);
	return ok;
}

static bool make_choice(struct making *m, const struct plan_type *t, const struct value_node *v)
{
	return store_make_below(m->path.p, m->error) && make_field(m, &m->h->plan->field[t->first + v->count], v->part);
}

static bool make_value(struct making *m, uint32_t type, const struct value_node *v)
{
	const struct plan_type *t = &m->h->plan->type[type];

	if (t->kind == PLAN_OPTIONAL)
		return v->count == 0 || make_value(m, t->elem, v->part);
	if (++m->made > MADE_MOST) {
		buf_printf(m->error, "the result has more than %d files", (int)MADE_MOST);
		return false;
	}
	if (t->kind == PLAN_FILE)
		return store_refer(m->h->store, v->file->path, m->path.p, m->error);
	if (!value_holds_file(m->h->plan, type))
		return make_text(m, type, v);
	if (t->kind == PLAN_LIST)
		return make_list(m, t->elem, v);
	return t->kind == PLAN_RECORD ? make_record(m, t, v) : make_choice(m, t, v);
}

/* ---- a step ---- */

struct computing {
	struct host *h;
	engine_step step;
	uint32_t attempt;
	const struct plan_func *f;
	uint64_t start_us, end_us;
	struct buf path, key, error;
	const char *loc;	/* of what failed */
	bool known;		/* it had failed before the quarterback was killed */
};

static bool load_argument(struct computing *k, uint32_t param, struct value_node *out, struct buf *why)
{
	struct host *h = k->h;
	engine_value value = engine_arg(h->engine, k->step, param);

	if (!compute_counts_only(h->plan, k->f, param))
		return resolve_tree(h->values, h->compute, value, h->plan->port[k->f->first_param + param].type, out, why);
	*out = value_node_word(0);
	return resolve_count(h->values, value, &out->count, why);
}

static bool load_arguments(struct computing *k, struct value_node *arg)
{
	struct host *h = k->h;
	struct buf why = BUF_INIT;
	bool ok = true;

	for (uint32_t i = 0; ok && i < k->f->params; i++) {
		const struct plan_port *port = &h->plan->port[k->f->first_param + i];

		ok = load_argument(k, i, &arg[i], &why);
		if (!ok)
			buf_printf(&k->error, "its input `%s`: %s", port->name, buf_str(&why));
	}
	buf_release(&why);
	return ok;
}

static bool make_result(struct computing *k, const struct value_node *v)
{
	struct host *h = k->h;
	struct making m = { .h = h, .error = &k->error };
	bool ok = store_make(h->store, k->key.p, &k->error);

	store_output_path(h->store, k->key.p, h->plan->port[k->f->first_result].name, &m.path);
	ok = ok && make_value(&m, h->plan->expr[k->f->expr].type, v);
	if (!ok)
		store_release(h->store, k->key.p);
	buf_release(&m.json);
	buf_release(&m.natural);
	buf_release(&m.path);
	return ok;
}

static bool evaluate(struct computing *k)
{
	struct host *h = k->h;
	struct value_node *arg, result;

	compute_begin(h->compute);
	arg = arena_zalloc(compute_arena(h->compute), k->f->params + (size_t)1, sizeof *arg);
	return load_arguments(k, arg) && compute_run(h->compute, k->f, arg, &result, &k->loc, &k->error) && make_result(k, &result);
}

static bool write_record(struct computing *k, enum journal_kind kind)
{
	struct journal_record r = { .kind = kind, .step = k->path.p, .attempt = k->attempt, .slot = HOST_NO_SLOT, .start_us = k->start_us,
				    .end_us = k->end_us, .text = buf_str(&k->error) };

	if (kind == JOURNAL_DONE)
		engine_fingerprint(k->h->engine, k->step, r.fingerprint);
	if (journal_add(k->h->journal, &r))
		return true;
	host_fatal(k->h, journal_error(k->h->journal));
	return false;
}

static void conclude(struct computing *k, bool ok)
{
	struct host *h = k->h;
	const char *loc = k->loc[0] ? k->loc : engine_node(h->engine, k->step)->loc;
	struct host_failure failure = { .path = k->path.p, .loc = loc, .attempt = k->attempt, .slot = HOST_NO_SLOT,
					.message = buf_str(&k->error) };
	struct host_pending *p;

	if (!k->known && !write_record(k, ok ? JOURNAL_DONE : JOURNAL_FAILED))
		return;
	if (ok)
		h->report->computed++;
	else
		report_failed(h->report, &h->log, k->step, &failure);
	p = host_pend(h, ok ? EVENT_DONE : EVENT_FAILED);
	p->event.step = k->step;
	p->event.attempt = k->attempt;
	p->event.slot = HOST_NO_SLOT;
	p->event.ok = ok;
	p->known = k->known;
	p->told = h->o->event != NULL && !k->known;
	p->tell = ok ? HOST_FINISHED : HOST_ATTEMPT_FAILED;
	p->message = ok ? NULL : mem_strdup(buf_str(&k->error));
	if (p->told) {
		p->path = mem_strdup(k->path.p);
		p->wall_us = k->end_us - k->start_us;
	}
}

static void compute_step(struct host *h, engine_step step, uint32_t attempt)
{
	struct computing k = { .h = h, .step = step, .attempt = attempt, .f = engine_func(h->engine, step), .start_us = host_now_us(h), .loc = "" };
	struct journal_found found;
	bool ok;

	if (!h->compute)
		h->compute = compute_new(h->plan);
	engine_path(h->engine, step, &k.path);
	file_encode_key(&k.key, k.path.p, k.path.len);
	if (h->report->failures)
		report_runs_again(h->report, &h->log, step);
	k.known = host_has_given_up(h, k.path.p, k.key.p, &found);
	if (k.known)
		buf_addstr(&k.error, found.why);
	ok = !k.known && evaluate(&k);
	k.end_us = host_now_us(h);
	report_ran(&h->log, step, k.start_us, k.end_us);
	timeline_ran(&h->timeline, HOST_NO_SLOT, "expression", step, k.start_us, k.end_us);
	if (!ok)
		timeline_failed(&h->timeline, HOST_NO_SLOT);
	conclude(&k, ok);
	buf_release(&k.path);
	buf_release(&k.key);
	buf_release(&k.error);
}

/* The run ends: it is undone, not failed. */
static void leave_step(struct host *h, engine_step step, uint32_t attempt)
{
	struct host_pending *p = host_pend(h, EVENT_FAILED);

	p->event.step = step;
	p->event.attempt = attempt;
	p->event.slot = HOST_NO_SLOT;
	h->drain_deaths++;
}

void host_compute(struct host *h, const struct engine_action *a)
{
	if (h->computing_count == 0)
		h->computing_first = 0;
	h->computing = mem_grow(h->computing, &h->computing_cap, h->computing_first + h->computing_count + 1, sizeof *h->computing);
	h->computing[h->computing_first + h->computing_count++] = (struct host_computing){ a->step, a->attempt };
}

void host_compute_some(struct host *h)
{
	uint64_t until_us = host_now_us(h) + SOME_US;

	while (h->computing_count > 0 && !h->fatal && host_now_us(h) < until_us) {
		struct host_computing next = h->computing[h->computing_first++];

		h->computing_count--;
		if (h->drains)
			leave_step(h, next.step, next.attempt);
		else
			compute_step(h, next.step, next.attempt);
	}
}

/* ---- launches ---- */

static void refused(struct host *h, const struct engine_action *a, const char *why)
{
	const struct plan_node *n = &h->plan->node[a->node];
	struct buf path = BUF_INIT;

	engine_region_path(h->engine, a->region, &path);
	buf_printf(&h->report->message, "%s: `%s` cannot be launched: %s\n", n->loc, path.len ? path.p : n->name, why);
	buf_release(&path);
	host_pend(h, EVENT_UNLAUNCHED)->event.region = a->region;
}

static void keep_launched(struct host *h, struct plan *flow)
{
	h->launched = mem_grow(h->launched, &h->launched_cap, h->launches + 1, sizeof *h->launched);
	h->launched[h->launches++] = flow;
}

/* What was compiled is checked as any plan from outside, and must be able to run here. */
static bool launch(struct host *h, const struct engine_action *a, const struct plan *flow, struct buf *error)
{
	struct host_options here = *h->o;

	here.plan = flow;
	return plan_check(flow, error) && args_possible(&here, error) && engine_launch(h->engine, a->region, flow, error);
}

void host_launch(struct host *h, const struct engine_action *a)
{
	struct buf spec = BUF_INIT, error = BUF_INIT;
	struct plan *flow = NULL;
	bool ok;

	if (!h->o->launch) {
		buf_addstr(&error, "flows as data cannot be compiled here");
	} else if (host_spec(h, a, &spec, &error)) {
		flow = h->o->launch(h->o->launch_ctx, h->plan, buf_str(&spec), spec.len, h->plan->node[a->node].of, &error);
		if (!flow && !error.len)
			buf_addstr(&error, "it is no flow");
	}
	if (flow)
		keep_launched(h, flow);
	ok = flow && launch(h, a, flow, &error);
	if (!ok)
		refused(h, a, buf_str(&error));
	buf_release(&spec);
	buf_release(&error);
}
