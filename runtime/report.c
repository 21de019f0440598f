/* Collecting the report. It reads the engine's values only to find what a step waited for. */
#include "runtime/report.h"

#include <string.h>
#include "base/mem.h"

enum { CHAIN_MOST = 100000, VISITS_MOST = 1 << 20, NEST_MOST = 16 };

void report_ran(struct report_log *l, engine_step s, uint64_t start_us, uint64_t end_us)
{
	if (s >= l->steps) {
		l->step = mem_grow(l->step, &l->cap, (size_t)s + 1, sizeof *l->step);
		memset(l->step + l->steps, 0, ((size_t)s + 1 - l->steps) * sizeof *l->step);
		l->steps = (size_t)s + 1;
	}
	l->step[s] = (struct report_times){ start_us, end_us };
}

void report_log_release(struct report_log *l)
{
	mem_free(l->step);
	mem_free(l->failed_step);
	*l = (struct report_log){ 0 };
}

/* ---- failures ---- */

static void failure_release(struct host_failure *f)
{
	mem_free((char *)(uintptr_t)f->path);
	mem_free((char *)(uintptr_t)f->loc);
	mem_free((char *)(uintptr_t)f->message);
	mem_free((char *)(uintptr_t)f->tail);
	mem_free((char *)(uintptr_t)f->log);
}

void report_failed(struct host_report *r, struct report_log *l, engine_step s, const struct host_failure *f)
{
	struct host_failure *to;

	report_runs_again(r, l, s);
	if (r->failures >= HOST_FAILURES)
		return;
	if (!r->failure) {
		r->failure = mem_zalloc(HOST_FAILURES, sizeof *r->failure);
		l->failed_step = mem_zalloc(HOST_FAILURES, sizeof *l->failed_step);
	}
	l->failed_step[r->failures] = s;
	to = &r->failure[r->failures++];
	*to = *f;
	to->path = mem_strdup(f->path);
	to->loc = mem_strdup(f->loc);
	to->message = mem_strdup(f->message);
	to->tail = mem_strdup(f->tail ? f->tail : "");
	to->log = mem_strdup(f->log ? f->log : "");
}

void report_runs_again(struct host_report *r, struct report_log *l, engine_step s)
{
	uint32_t i = 0;

	while (i < r->failures && l->failed_step[i] != s)
		i++;
	if (i == r->failures)
		return;
	failure_release(&r->failure[i]);
	r->failures--;
	memmove(r->failure + i, r->failure + i + 1, (r->failures - i) * sizeof *r->failure);
	memmove(l->failed_step + i, l->failed_step + i + 1, (r->failures - i) * sizeof *l->failed_step);
}

void host_report_release(struct host_report *r)
{
	for (uint32_t i = 0; i < r->failures; i++)
		failure_release(&r->failure[i]);
	for (uint32_t i = 0; i < r->criticals; i++)
		mem_free((char *)(uintptr_t)r->critical[i].path);
	mem_free(r->failure);
	mem_free(r->critical);
	mem_free(r->group);
	buf_release(&r->message);
	buf_release(&r->absent);
	*r = (struct host_report){ 0 };
}

/* ---- the critical path ---- */

struct search {
	const struct report_log *log;
	const struct engine *engine;
	uint64_t before_us;	/* start of the step that waited */
	engine_step best;
	uint64_t best_end;	/* 0: none yet */
	unsigned visits;
};

static void look_at(struct search *s, engine_value v, unsigned depth)
{
	struct engine_value_info info;

	if (depth > NEST_MOST || ++s->visits > VISITS_MOST)
		return;
	engine_value_get(s->engine, v, &info);
	switch (info.kind) {
	case EV_OUTPUT:
		if (info.step < s->log->steps && s->log->step[info.step].end_us > s->best_end &&
		    s->log->step[info.step].end_us <= s->before_us) {
			s->best = info.step;
			s->best_end = s->log->step[info.step].end_us;
		}
		break;
	case EV_ITEM:
	case EV_NAMED: look_at(s, info.of, depth + 1); break;
	case EV_LIST:
		for (uint32_t i = 0; i < info.count; i++)
			look_at(s, engine_value_item(s->engine, v, i), depth + 1);
		break;
	case EV_CONST:
	case EV_SOURCE:
	case EV_ABSENT: break;
	}
}

/* What ended last before it began: for a step that waits without data (`after`). */
static void look_at_times(struct search *s)
{
	for (size_t i = 0; i < s->log->steps; i++) {
		if (s->log->step[i].end_us > s->best_end && s->log->step[i].end_us <= s->before_us) {
			s->best = (engine_step)i;
			s->best_end = s->log->step[i].end_us;
		}
	}
}

static bool step_before(const struct report_log *l, const struct engine *e, engine_step of, unsigned *visits, engine_step *out)
{
	const struct plan_func *f = engine_func(e, of);
	struct search s = { .log = l, .engine = e, .before_us = l->step[of].start_us, .visits = *visits };

	for (uint32_t i = 0; i < f->params; i++)
		look_at(&s, engine_arg(e, of, i), 0);
	if (!s.best_end && engine_node(e, of)->afters && s.visits + l->steps < VISITS_MOST) {
		s.visits += (unsigned)l->steps;
		look_at_times(&s);
	}
	*visits = s.visits;
	*out = s.best;
	return s.best_end > 0;
}

static void reverse(struct host_path_step *p, uint32_t count)
{
	for (uint32_t i = 0; i < count / 2; i++) {
		struct host_path_step swap = p[i];

		p[i] = p[count - 1 - i];
		p[count - 1 - i] = swap;
	}
}

void report_critical_path(struct host_report *r, const struct report_log *l, const struct engine *e, const struct plan *p)
{
	engine_step at = 0;
	size_t cap = 0;
	unsigned visits = 0;

	(void)p;
	for (size_t i = 0; i < l->steps; i++)
		if (l->step[i].end_us > l->step[at].end_us)
			at = (engine_step)i;
	if (l->steps == 0 || l->step[at].end_us == 0)
		return;
	do {
		struct buf path = BUF_INIT;

		engine_path(e, at, &path);
		r->critical = mem_grow(r->critical, &cap, (size_t)r->criticals + 1, sizeof *r->critical);
		r->critical[r->criticals++] =
			(struct host_path_step){ mem_strdup(buf_str(&path)), l->step[at].end_us - l->step[at].start_us, at };
		buf_release(&path);
	} while (r->criticals < CHAIN_MOST && visits < VISITS_MOST && step_before(l, e, at, &visits, &at));
	reverse(r->critical, r->criticals);
}
