/* Versions of states while a run goes on; how they come from a share and get there is states_share.c, and states_lock.c that one run at a time does. */
#include "runtime/states.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/file.h"
#include "base/mem.h"
#include "runtime/states_inner.h"

const struct plan_use *states_uses(const struct states *s, const struct plan_func *f)
{
	return s->plan->use + f->first_use;
}

/* Of a function that is served the states are parameters and results. */
static bool is_port(const struct plan_use *u)
{
	return u->param != PLAN_NONE;
}

void states_file(const struct states *s, uint32_t state, const char *name, struct buf *path)
{
	store_state_path(s->store, s->plan->state[state].name, name, path);
}

void states_version(const char *key, uint32_t attempt, struct buf *out)
{
	buf_printf(out, "%s.%u", key, attempt);
}

/* ---- what a step gets ---- */

/* Who reads a snapshot, and who makes the one version that there is, sees what there was when the run began. */
static const char *version_for(const struct states *s, uint32_t state, bool writes)
{
	const struct state *st = &s->state[state];
	uint8_t mode = s->plan->state[state].mode;
	bool latest = mode == PLAN_GUARDED || (mode == PLAN_FROZEN && !writes);

	return latest && st->now ? st->now : "start";
}

void states_look(const struct states *s, uint32_t state, bool writes, struct states_view *out, struct buf *path)
{
	*out = (struct states_view){ .natural = true };
	if (s->plan->state[state].mode == PLAN_SYNC) {
		out->live = true;
		out->natural = false;
		states_live(s, state, path);
	} else {
		states_file(s, state, version_for(s, state, writes), path);
	}
	out->there = file_exists(path->p);
}

static bool one_writer(uint8_t mode)
{
	return mode == PLAN_SNAPSHOT || mode == PLAN_FROZEN;
}

static bool refuse_second(const struct plan_state *ps, const struct state *st, struct buf *error)
{
	static const char *const how[] = { [PLAN_SNAPSHOT] = "one step of a run writes it", [PLAN_CONFINED] = "`confined`: one step alone touches it",
					   [PLAN_FROZEN] = "`frozen`: one step writes it, once" };

	buf_printf(error, "state `%s` is %s, and `%s` did: let one step do it all, or guard the state by a lock", ps->name, how[ps->mode], st->toucher);
	return false;
}

static bool may_touch(struct states *s, const struct plan_use *u, const char *key, struct buf *error)
{
	const struct plan_state *ps = &s->plan->state[u->state];
	struct state *st = &s->state[u->state];
	struct states_view view;
	struct buf path = BUF_INIT;
	bool ok = true;

	if (ps->mode == PLAN_CONFINED || (one_writer(ps->mode) && u->writes)) {
		if (st->toucher && strcmp(st->toucher, key) != 0)
			return refuse_second(ps, st, error);
		if (!st->toucher)
			st->toucher = mem_strdup(key);
		st->again = true;
	}
	if (u->writes || ps->mode == PLAN_SYNC)
		return true;
	states_look(s, u->state, false, &view, &path);
	if (ps->mode == PLAN_FROZEN && st->has_writer && !st->now) {
		buf_printf(error, "state `%s` is `frozen`, and this step reads it before a step has written it: let it come after (`after`, or a value of that step)",
			   ps->name);
		ok = false;
	} else if (!view.there && s->plan->type[ps->type].kind != PLAN_OPTIONAL) {
		buf_printf(error, "state `%s` holds nothing yet: give it a first value, or let a step write it before", ps->name);
		ok = false;
	}
	buf_release(&path);
	return ok;
}

bool states_begin(struct states *s, const struct plan_func *f, const char *key, struct buf *error)
{
	bool ok = true;

	for (uint32_t i = 0; ok && i < f->uses; i++)
		ok = is_port(&states_uses(s, f)[i]) || may_touch(s, &states_uses(s, f)[i], key, error);
	return ok;
}

/* ---- what a step leaves ---- */

static bool makes_version(const struct states *s, const struct plan_use *u)
{
	return u->writes && !is_port(u) && s->plan->state[u->state].mode != PLAN_SYNC;
}

void states_record(const struct states *s, const struct plan_func *f, struct buf *record)
{
	for (uint32_t i = 0; i < f->uses; i++)
		if (makes_version(s, &states_uses(s, f)[i]))
			buf_printf(record, "%s%s", record->len ? " " : STATES_RECORD, s->plan->state[states_uses(s, f)[i].state].name);
}

void states_set(struct states *s, uint32_t state, const char *version)
{
	struct state *st = &s->state[state];

	if (st->now && strcmp(st->now, version) == 0)
		return;
	if (st->now) {
		s->old = mem_grow(s->old, &s->old_cap, s->olds + 1, sizeof *s->old);
		s->old[s->olds++] = (struct old_version){ state, st->now };
	}
	st->now = mem_strdup(version);
}

void states_written(struct states *s, const struct plan_func *f, const char *key, uint32_t attempt)
{
	struct buf version = BUF_INIT;

	states_version(key, attempt, &version);
	for (uint32_t i = 0; i < f->uses; i++)
		if (makes_version(s, &states_uses(s, f)[i]))
			states_set(s, states_uses(s, f)[i].state, version.p);
	buf_release(&version);
}

void states_tidy(struct states *s)
{
	for (size_t i = 0; i < s->olds; i++) {
		store_drop_state(s->store, s->plan->state[s->old[i].state].name, s->old[i].version);
		mem_free(s->old[i].version);
	}
	s->olds = 0;
}

/* ---- a run that is taken up ---- */

bool states_still_hold(const struct states *s, const struct plan_func *f)
{
	for (uint32_t i = 0; i < f->uses; i++) {
		const struct plan_use *u = &states_uses(s, f)[i];

		if (!is_port(u) && s->plan->state[u->state].mode == PLAN_FROZEN && !u->writes && s->state[u->state].again)
			return false;
	}
	return true;
}

bool states_can_run_again(const struct plan *p, const struct plan_func *f)
{
	for (uint32_t i = f->first_use; i < f->first_use + f->uses; i++)
		if (p->use[i].writes && !is_port(&p->use[i]) && p->state[p->use[i].state].mode == PLAN_GUARDED)
			return false;
	return true;
}

void states_close(struct states *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->olds; i++)
		mem_free(s->old[i].version);
	mem_free(s->old);
	for (uint32_t i = 0; s->state && i < s->plan->states; i++) {
		states_leave_lock(&s->state[i]);
		mem_free(s->state[i].now);
		mem_free(s->state[i].toucher);
		mem_free(s->state[i].path);
		mem_free(s->state[i].base);
	}
	mem_free(s->state);
	mem_free(s);
}
