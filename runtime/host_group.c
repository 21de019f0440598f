/*
 * How many workers each group has, decided anew at the end of every turn. A place (a slot of a worker) is PARKED, STARTING (a
 * process is being made, or made again after its death) or UP. With --slots the sum of all is bounded: then an idle worker
 * makes room for a group that has none, and where all are busy, one that has had its share does so when its step ends.
 */
#include "runtime/host_group.h"

#include <string.h>
#include <sys/resource.h>
#include "base/file.h"
#include "base/mem.h"
#include "runtime/host_inner.h"

enum { MOST_SLOTS = 1024, IDLE_MS = 1000, SHARE_MS = 250, FILES_OF_PLACE = 2, FILES_OF_HOST = 128 };

enum place_state { PLACE_PARKED, PLACE_STARTING, PLACE_UP };
struct place {
	enum place_state state;
	bool leaves;			/* when its step ends */
	uint32_t incarnation, group;
	uint64_t begun_ms, idle_ms;	/* started; idle since then (not while it works) */
};
struct worker {
	char *name;			/* "stats.2": its folder */
	char *folder, *memory;		/* absolute */
	uint32_t live;			/* places that are not parked */
};
struct group {
	const struct plan_group *of;
	uint32_t first, places;		/* of all its workers; the first place */
	uint32_t live;			/* places that are not parked */
	uint32_t busy, starting, waiting;	/* of this turn: places; steps that could run in a further place */
	uint32_t bound;			/* of this turn: places that start for steps which wait for just them */
	uint32_t keep;			/* places that it should have without regard to steps that wait */
	uint32_t workers, peak, starts, let_go;
	bool starves;			/* has use for a worker, has none, and there is no room */
};
struct host_groups {
	struct group *group;
	struct place *place;
	struct worker *worker;
	struct slot_sight *sight;
	uint32_t *group_of, *worker_of;	/* by place; the worker's number in its group */
	bool *feeds;
	uint32_t groups, places, per_worker;
	uint32_t live, most;		/* places of all groups */
	uint32_t leaving;
	uint32_t turn;			/* the group that is looked at first: each in its turn */
	struct loop_timer *timer;
	uint64_t timer_ms;
};

/* ---- opening ---- */

/* Never more than --slots could use. */
static uint32_t most_workers(const struct host *h, uint32_t group)
{
	uint32_t per = h->plan->set.slots, most = h->plan->group[group].most, room = (h->o->slots + per - 1) / per;

	return h->o->slots && most > room ? room : most;
}

/* Never more at the same time than this process may have files open for. */
static void bound_by_files(struct host_groups *g)
{
	struct rlimit files;
	rlim_t room;

	if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur == RLIM_INFINITY)
		return;
	room = files.rlim_cur > FILES_OF_HOST + FILES_OF_PLACE ? (files.rlim_cur - FILES_OF_HOST) / FILES_OF_PLACE : 1;
	if (g->most > room)
		g->most = (uint32_t)room;
}

/* Of a set with more workers than one machine should hold, every group gets an equal share. */
static bool count_places(struct host *h, struct host_groups *g)
{
	uint32_t share = g->groups && g->per_worker <= MOST_SLOTS ? MOST_SLOTS / g->per_worker / g->groups : 0;
	uint64_t all = 0;

	if (share == 0) {
		buf_printf(&h->report->message, "%s: set `%s` has %u worker groups, their workers %u slots each: %d slots in all are the most\n",
			   h->plan->set.loc, h->plan->set.name, g->groups, g->per_worker, (int)MOST_SLOTS);
		h->report->outcome = HOST_REFUSED;
		return false;
	}
	for (uint32_t i = 0; i < g->groups; i++)
		all += (uint64_t)most_workers(h, i) * g->per_worker;
	for (uint32_t i = 0; i < g->groups; i++) {
		uint32_t workers = most_workers(h, i);

		if (all > MOST_SLOTS && workers > share)
			workers = share;
		g->group[i].of = &h->plan->group[i];
		g->group[i].first = g->places;
		g->group[i].places = workers * g->per_worker;
		g->places += g->group[i].places;
	}
	g->most = h->o->slots && h->o->slots < g->places ? h->o->slots : g->places;
	bound_by_files(g);
	return true;
}

static void name_worker(const struct host *h, struct worker *w, const char *group, uint32_t number)
{
	struct buf name = BUF_INIT, key = BUF_INIT, folder = BUF_INIT, memory = BUF_INIT;

	buf_printf(&name, "%s.%u", group, number);
	file_encode_key(&key, name.p, name.len);
	buf_printf(&folder, "%s/workers/%s", h->o->data, key.p);
	buf_printf(&memory, "%s/memory", folder.p);
	w->name = key.p;		/* handed over */
	w->folder = folder.p;
	w->memory = memory.p;
	buf_release(&name);
}

static bool is_below(const char *path, const char *folder)
{
	size_t len = strlen(folder);

	return strncmp(path, folder, len) == 0 && path[len] == '/';
}

static void make_places(struct host *h, struct host_groups *g)
{
	const char *hidden = is_below(h->o->data, h->o->ctl) ? h->o->ctl : h->o->data;

	g->place = mem_zalloc(g->places, sizeof *g->place);
	g->worker = mem_zalloc(g->places / g->per_worker, sizeof *g->worker);
	g->sight = mem_zalloc(g->places, sizeof *g->sight);
	g->group_of = mem_zalloc(g->places, sizeof *g->group_of);
	g->worker_of = mem_zalloc(g->places, sizeof *g->worker_of);
	for (uint32_t i = 0; i < g->groups; i++) {
		const struct group *group = &g->group[i];

		for (uint32_t k = 0; k < group->places; k++) {
			struct worker *w = &g->worker[(group->first + k) / g->per_worker];

			if (k % g->per_worker == 0)
				name_worker(h, w, group->of->name, k / g->per_worker);
			g->group_of[group->first + k] = g->place[group->first + k].group = i;
			g->worker_of[group->first + k] = k / g->per_worker;
			g->sight[group->first + k] = (struct slot_sight){ .hidden = hidden, .own = w->folder, .memory = w->memory };
		}
	}
}

bool groups_open(struct host *h)
{
	struct host_groups *g = mem_zalloc(1, sizeof *g);

	h->groups = g;
	g->groups = h->plan->groups;
	g->per_worker = h->plan->set.slots;
	g->group = mem_zalloc(g->groups ? g->groups : 1, sizeof *g->group);
	if (!count_places(h, g))
		return false;
	make_places(h, g);
	g->feeds = group_feeds(h->plan);
	h->slot_count = g->places;
	return true;
}

void groups_close(struct host *h)
{
	struct host_groups *g = h->groups;

	if (!g)
		return;
	loop_timer_cancel(g->timer);
	for (uint32_t i = 0; g->worker && i < g->places / g->per_worker; i++) {
		mem_free(g->worker[i].name);
		mem_free(g->worker[i].folder);
		mem_free(g->worker[i].memory);
	}
	mem_free(g->group);
	mem_free(g->place);
	mem_free(g->worker);
	mem_free(g->sight);
	mem_free(g->group_of);
	mem_free(g->worker_of);
	mem_free(g->feeds);
	mem_free(g);
	h->groups = NULL;
}

const uint32_t *groups_of_slots(const struct host_groups *g)
{
	return g->group_of;
}

const uint32_t *groups_workers_of_slots(const struct host_groups *g)
{
	return g->worker_of;
}

struct slots *groups_slots(struct host *h, const struct slot_events *ev)
{
	return slots_local_parked(h->loop, h->groups->places, SLOT_PID_NAMESPACE, h->groups->sight, ev);
}

/* ---- one place ---- */

static void tell(struct host *h, enum host_event_kind kind, uint32_t place)
{
	struct buf name = BUF_INIT;

	if (!h->o->event)
		return;
	buf_printf(&name, "%s", h->groups->worker[place / h->groups->per_worker].name);
	host_tell(h, &(struct host_event){ .kind = kind, .slot = place, .message = name.p });
	buf_release(&name);
}

static bool start(struct host *h, uint32_t place)
{
	struct host_groups *g = h->groups;
	struct place *p = &g->place[place];
	struct group *group = &g->group[p->group];
	struct worker *w = &g->worker[place / g->per_worker];
	struct buf error = BUF_INIT;

	if (!store_open_slot(h->store, place, w->name, (place - group->first) % g->per_worker, &error)) {
		host_fatal(h, error.p);
		buf_release(&error);
		return false;
	}
	p->state = PLACE_STARTING;
	p->leaves = false;
	p->begun_ms = p->idle_ms = loop_now(h->loop);
	g->live++;
	group->live++;
	if (w->live++ == 0) {
		group->starts++;
		if (++group->workers > group->peak)
			group->peak = group->workers;
		tell(h, HOST_WORKER_STARTED, place);
	}
	slot_start(h->slots, place);
	return true;
}

/* It does nothing now, and the engine has nothing for it. Its data go with the last place of the worker. */
static void let_go(struct host *h, uint32_t place)
{
	struct host_groups *g = h->groups;
	struct place *p = &g->place[place];
	struct group *group = &g->group[p->group];
	struct worker *w = &g->worker[place / g->per_worker];

	if (p->state == PLACE_UP)
		engine_event(h->engine, &(struct engine_event){ .kind = EVENT_SLOT_LOST, .slot = place, .incarnation = p->incarnation });
	h->slot[place].ready = false;
	slot_stop(h->slots, place);
	store_close_slot(h->store, place);
	g->leaving -= p->leaves;
	group->starting -= p->state == PLACE_STARTING;
	p->leaves = false;
	p->state = PLACE_PARKED;
	g->live--;
	group->live--;
	if (--w->live == 0) {
		store_forget_worker(h->store, w->name);
		group->workers--;
		group->let_go++;
		tell(h, HOST_WORKER_LET_GO, place);
	}
}

void groups_ready(struct host *h, uint32_t slot, uint32_t incarnation)
{
	struct place *p = &h->groups->place[slot];

	p->state = PLACE_UP;
	p->incarnation = incarnation;
	p->idle_ms = loop_now(h->loop);
}

/* Another process is made in its place, as a container of a pod is started again: its data are still there. */
void groups_lost(struct host *h, uint32_t slot)
{
	struct place *p = &h->groups->place[slot];

	h->groups->leaving -= p->leaves;
	p->leaves = false;
	p->state = PLACE_STARTING;
	p->idle_ms = loop_now(h->loop);
}

/* ---- what each group wants ---- */

static void measure(struct host *h)
{
	struct host_groups *g = h->groups;

	for (uint32_t i = 0; i < g->groups; i++) {
		struct group *group = &g->group[i];

		group->busy = group->starting = group->bound = 0;
		for (uint32_t k = group->first; group->live && k < group->first + group->places; k++) {
			group->busy += h->slot[k].busy;
			group->starting += g->place[k].state == PLACE_STARTING;
			if (h->slot[k].busy)
				g->place[k].idle_ms = loop_now(h->loop);
		}
		group->waiting = engine_waiting(h->engine, i);
	}
}

static bool is_needed_soon(const struct host_groups *g, uint32_t group)
{
	for (uint32_t i = 0; i < g->groups; i++)
		if (g->group[i].busy && g->feeds[(size_t)i * g->groups + group])
			return true;
	return false;
}

/* What works or is about to; beyond that, one worker ahead of need and the least that the set asks for. */
static void set_keep(struct host_groups *g, uint32_t i)
{
	struct group *group = &g->group[i];
	uint64_t least = (uint64_t)group->of->least * g->per_worker;

	group->keep = group->busy + group->bound + (group->starting < group->waiting ? group->starting : group->waiting);
	if (group->keep == 0 && is_needed_soon(g, i))
		group->keep = 1;
	if (group->keep < least)
		group->keep = least < group->places ? (uint32_t)least : group->places;
}

/* ---- room ---- */

static bool is_idle(const struct host *h, uint32_t place)
{
	return h->groups->place[place].state != PLACE_PARKED && !h->slot[place].busy;
}

/*
 * A place that nobody would miss now: the one that has been idle longest. One that is up and idle is of no use to the steps that
 * wait, or the engine would have taken it.
 */
static uint32_t find_idle(const struct host *h)
{
	const struct host_groups *g = h->groups;
	uint32_t best = PLAN_NONE;

	for (uint32_t k = 0; k < g->places; k++) {
		const struct place *p = &g->place[k];

		if (is_idle(h, k) && (p->state == PLACE_UP || g->group[p->group].starting > g->group[p->group].waiting) &&
		    (best == PLAN_NONE || p->idle_ms < g->place[best].idle_ms))
			best = k;
	}
	return best;
}

/* A busy place whose process is old enough, of the group that has most. */
static void mark_leaving(struct host *h, uint64_t *wake_ms)
{
	struct host_groups *g = h->groups;
	uint64_t now = loop_now(h->loop);
	uint32_t best = PLAN_NONE;

	for (uint32_t k = 0; k < g->places; k++) {
		struct place *p = &g->place[k];

		if (p->state != PLACE_UP || p->leaves)
			continue;
		if (p->begun_ms + SHARE_MS > now) {
			if (p->begun_ms + SHARE_MS < *wake_ms)
				*wake_ms = p->begun_ms + SHARE_MS;
			continue;
		}
		if (best == PLAN_NONE || g->group[p->group].live > g->group[g->place[best].group].live ||
		    (g->group[p->group].live == g->group[g->place[best].group].live && p->begun_ms < g->place[best].begun_ms))
			best = k;
	}
	if (best == PLAN_NONE)
		return;
	g->place[best].leaves = true;
	g->leaving++;
}

void groups_make_room(struct host *h)
{
	struct host_groups *g = h->groups;

	for (uint32_t k = 0; g->leaving && k < g->places; k++)
		if (g->place[k].leaves && !h->slot[k].busy)
			let_go(h, k);
}

/* ---- a turn ---- */

static uint32_t parked_place(const struct host_groups *g, const struct group *group)
{
	for (uint32_t k = group->first; k < group->first + group->places; k++)
		if (g->place[k].state == PLACE_PARKED)
			return k;
	return PLAN_NONE;
}

/* urgent: a step waits for it. false: no more can be started now. */
static bool start_one(struct host *h, struct group *group, uint32_t place, bool urgent)
{
	struct host_groups *g = h->groups;

	if (place == PLAN_NONE)
		return false;
	if (g->live >= g->most) {
		uint32_t idle = urgent ? find_idle(h) : PLAN_NONE;

		if (idle == PLAN_NONE) {
			group->starves = urgent && group->live == 0;
			return false;
		}
		let_go(h, idle);
	}
	group->starting++;
	return start(h, place);
}

/* The workers that an item is bound to, or that it rotates to; what waits for them is no use to others. */
static void start_bound(struct host *h, struct group *group)
{
	const struct host_groups *g = h->groups;

	for (uint32_t k = group->first; group->waiting && k < group->first + group->places; k += g->per_worker) {
		uint32_t steps = engine_waiting_for(h->engine, k);

		group->waiting -= steps < group->waiting ? steps : group->waiting;
		if (!steps)
			continue;
		if (g->place[k].state == PLACE_STARTING || start_one(h, group, k, true)) {
			group->starting--;
			group->bound++;
		} else {
			group->starves = true;
		}
	}
}

static void let_idle_go(struct host *h, struct group *group, uint64_t *wake_ms)
{
	struct host_groups *g = h->groups;
	uint64_t now = loop_now(h->loop), idle = h->o->idle_ms ? h->o->idle_ms : IDLE_MS;

	for (uint32_t k = group->first + group->places; group->live > group->keep && k-- > group->first;) {
		if (!is_idle(h, k))
			continue;
		if (g->place[k].idle_ms + idle <= now)
			let_go(h, k);
		else if (g->place[k].idle_ms + idle < *wake_ms)
			*wake_ms = g->place[k].idle_ms + idle;
	}
}

static void on_timer(void *ctx)
{
	struct host_groups *g = ctx;

	g->timer = NULL;	/* the end of the turn looks */
}

static void wake_at(struct host *h, uint64_t ms)
{
	struct host_groups *g = h->groups;
	uint64_t now = loop_now(h->loop);

	if (ms == UINT64_MAX || (g->timer && g->timer_ms <= ms))
		return;
	loop_timer_cancel(g->timer);
	g->timer_ms = ms;
	g->timer = loop_timer(h->loop, ms > now ? ms - now : 1, on_timer, g);
}

void groups_turn(struct host *h)
{
	struct host_groups *g = h->groups;
	uint64_t wake_ms = UINT64_MAX;
	uint32_t starving = 0;

	if (h->drains)
		return;
	measure(h);
	for (uint32_t i = 0; i < g->groups; i++)
		set_keep(g, i);
	for (uint32_t n = 0; n < g->groups && !h->fatal; n++) {
		uint32_t i = (g->turn + n) % g->groups;
		struct group *group = &g->group[i];

		group->starves = false;
		start_bound(h, group);
		while (group->starting < group->waiting && start_one(h, group, parked_place(g, group), true))
			;
		while (group->live < group->keep && start_one(h, group, parked_place(g, group), false))
			;
		starving += group->starves;
		set_keep(g, i);		/* with what was started */
		let_idle_go(h, group, &wake_ms);
	}
	g->turn = (g->turn + 1) % g->groups;
	if (starving > g->leaving)
		mark_leaving(h, &wake_ms);
	wake_at(h, wake_ms);
}

/* ---- for those who watch ---- */

void groups_slot_name(const struct host_groups *g, uint32_t slot, struct buf *out)
{
	const struct group *group = &g->group[g->group_of[slot]];

	buf_printf(out, "%s.%u", group->of->name, (slot - group->first) / g->per_worker);
	if (g->per_worker > 1)
		buf_printf(out, "/%u", (slot - group->first) % g->per_worker);
}

uint32_t groups_count(const struct host_groups *g)
{
	return g->groups;
}

void groups_look(const struct host_groups *g, uint32_t i, struct host_group_state *out)
{
	const struct group *group = &g->group[i];

	*out = (struct host_group_state){ .name = group->of->name, .most = group->of->most, .workers = group->workers,
					  .peak = group->peak, .starts = group->starts, .let_go = group->let_go };
}
