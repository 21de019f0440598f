/*
 * Images of slots: the engine asks for another one, the caller of host_run has it done (by the API server), and the slot is there again
 * when its container is another than before *and* a worker of another guard has said hello: what the server knows of a pod lags behind, so
 * that the container "before" may be the one before that. What was begun, done and given up stands in the journal:
 * a host that takes up the run knows which image each slot has, goes on with what was begun, and counts visits and failures of images.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/file.h"
#include "base/mem.h"
#include "runtime/host_inner.h"
#include "runtime/plan_images.h"

/* A way for a slot to come to an image. */
struct host_way {
	char *why;			/* why it could not be given it, when that was tried last */
	bool had;			/* it was to have it once */
};

struct host_role {
	uint32_t role;			/* as in EVENT_SLOT_READY: that it has, or is to get */
	uint32_t had;			/* changing: the one before that */
	bool bare;			/* to give it that failed, and the container from before has gone; but it may still come */
	bool was_bare;			/* changing: before that */
	bool changing, again;		/* again: to an image that it had before */
	bool container;			/* changing: it has the new one */
	bool hello;			/* a worker is there, `incarnation`; what it is of is not certain while the slot is changing */
	uint32_t incarnation;
	uint64_t guard, before;		/* of the last worker's container (slot_guard); before: when the change began, 0: not known */
	char *id;			/* of the container before; NULL: not known yet */
	uint64_t since_us;
	struct host_way *way;		/* to each image that it may have, in the order of its rows, its own last; NULL: none was gone */
};

static const char *image_of(const struct host *h, uint32_t slot, uint32_t role)
{
	const struct plan *p = h->o->plan;

	return role ? p->role[role - 1].image : p->set.slot_image[slot];
}

/* Rows of plan.role are few for one slot, but their first one must be found. */
static struct host_way *way_of(struct host *h, uint32_t slot, uint32_t role)
{
	const struct plan *p = h->o->plan;
	struct host_role *s = &h->role[slot];
	uint32_t first = 0, count = 0;

	while (first < p->roles && p->role[first].slot < slot)
		first++;
	while (first + count < p->roles && p->role[first + count].slot == slot)
		count++;
	if (!s->way) {
		s->way = mem_zalloc((size_t)count + 1, sizeof *s->way);
		s->way[count].had = true;
	}
	return &s->way[role ? role - 1 - first : count];
}

static void keep(struct host *h, enum journal_kind kind, uint32_t slot, const char *text, int status)
{
	struct journal_record r = { .kind = kind, .step = "", .slot = slot, .start_us = h->role[slot].since_us, .end_us = host_now_us(h),
		.text = text, .status = status };

	if (!journal_add(h->journal, &r))
		host_fatal(h, journal_error(h->journal));
}

/* ---- what the journal knows ---- */

static void take_up_failure(struct host *h, const struct journal_record *r, uint32_t role)
{
	struct host_role *s = &h->role[r->slot];
	struct engine_event ev = { .kind = EVENT_UNSWAPPED, .slot = r->slot, .role = role, .ok = r->status & JOURNAL_MAY_RETRY };
	size_t len = strcspn(r->text, "\n");
	struct host_way *way = way_of(h, r->slot, role);

	mem_free(way->why);
	way->why = mem_strdup(r->text[len] ? r->text + len + 1 : "");
	s->changing = false;
	s->bare = s->was_bare || !(r->status & JOURNAL_KEPT);
	engine_event(h->engine, &ev);
	if (r->status & JOURNAL_KEPT)
		s->role = s->had;
	if (!s->bare)
		engine_had(h->engine, r->slot, s->role, false);
}

/* What the slot had comes back where nothing was changed. */
static void begin_change(struct host_role *s, uint32_t role)
{
	s->had = s->role;
	s->was_bare = s->bare;
	s->role = role;
	s->bare = false;
}

static void take_up_container(struct host_role *s, const char *text)
{
	size_t len = text ? strcspn(text, "\n") : 0;

	mem_free(s->id);
	s->id = text ? mem_strndup(text, len) : NULL;
	s->before = text && text[len] ? strtoull(text + len + 1, NULL, 16) : 0;
}

/* JOURNAL_SWAP: "image\ncontainer\nguard"; JOURNAL_SWAPPED: "image"; JOURNAL_UNSWAPPED: "image\nwhy". */
static bool take_up(void *ctx, const struct journal_record *r)
{
	struct host *h = ctx;
	size_t len = strcspn(r->text, "\n");
	struct host_role *s = r->slot < h->slot_count ? &h->role[r->slot] : NULL;
	char *image;
	uint32_t role;

	if ((r->kind != JOURNAL_SWAP && r->kind != JOURNAL_SWAPPED && r->kind != JOURNAL_UNSWAPPED) || !s)
		return true;
	image = mem_strndup(r->text, len);
	role = plan_role_of(h->o->plan, r->slot, image);
	h->slot[r->slot].came = true;		/* or it would not have been given another */
	mem_free(image);
	if (role == PLAN_NONE)
		return true;
	if (r->kind == JOURNAL_UNSWAPPED) {
		take_up_failure(h, r, role);
		return true;
	}
	way_of(h, r->slot, role)->had = true;
	s->again = r->status;
	if (r->kind == JOURNAL_SWAP)
		begin_change(s, role);
	s->changing = r->kind == JOURNAL_SWAP;
	take_up_container(s, s->changing && r->text[len] ? r->text + len + 1 : NULL);
	engine_had(h->engine, r->slot, role, s->changing);
	return true;
}

bool host_roles_open(struct host *h)
{
	struct buf path = BUF_INIT, error = BUF_INIT;
	bool ok = true;

	if (!h->o->in_pod || !plan_swaps(h->o->plan))
		return true;
	h->role = mem_zalloc(h->slot_count, sizeof *h->role);
	buf_printf(&path, "%s/journal.db", h->o->ctl);
	if (h->o->resume && !journal_read(path.p, take_up, h, &error)) {
		buf_printf(&h->report->message, "%s\n", buf_str(&error));
		ok = false;
	}
	buf_release(&path);
	buf_release(&error);
	return ok;
}

void host_roles_free(struct host *h)
{
	const struct plan *p = h->o->plan;

	for (uint32_t i = 0; h->role && i < h->slot_count; i++) {
		struct host_role *s = &h->role[i];

		for (uint32_t r = 0; s->way && r < p->roles; r++)
			if (p->role[r].slot == i)
				mem_free(way_of(h, i, r + 1)->why);
		if (s->way)
			mem_free(way_of(h, i, 0)->why);
		mem_free(s->way);
		mem_free(s->id);
	}
	mem_free(h->role);
}

/* ---- a change ---- */

static void ask(struct host *h, uint32_t slot)
{
	struct host_role *s = &h->role[slot];

	struct host_change c = { slot, image_of(h, slot, s->role), s->id, s->again };

	s->since_us = host_now_us(h);
	if (h->o->swap)
		h->o->swap(h->o->ctx, h, &c);
	else
		host_swapped(h, slot, &(struct host_unswapped){ .why = "this quarterback knows no API server", .kept = true });
}

void host_roles_begin(struct host *h)
{
	for (uint32_t i = 0; h->role && i < h->slot_count; i++)
		if (h->role[i].changing)
			ask(h, i);
}

void host_swap(struct host *h, const struct engine_action *a)
{
	struct host_role *s = &h->role[a->slot];

	h->slot[a->slot].ready = false;
	begin_change(s, a->role);
	s->again = way_of(h, a->slot, a->role)->had;
	way_of(h, a->slot, a->role)->had = true;
	s->changing = true;
	s->container = false;
	s->before = s->guard;
	mem_free(s->id);
	s->id = NULL;
	ask(h, a->slot);
}

void host_swap_begun(struct host *h, uint32_t slot, const char *container)
{
	struct host_role *s = &h->role[slot];
	struct buf text = BUF_INIT;

	mem_free(s->id);
	s->id = mem_strdup(container);
	buf_printf(&text, "%s\n%s\n%" PRIx64, image_of(h, slot, s->role), container, s->before);
	keep(h, JOURNAL_SWAP, slot, text.p, s->again);
	buf_release(&text);
}

static void pend_ready(struct host *h, uint32_t slot)
{
	struct host_pending *p = host_pend(h, EVENT_SLOT_READY);

	h->slot[slot].ready = true;
	h->role[slot].bare = false;	/* it came after all */
	p->event.slot = slot;
	p->event.incarnation = h->role[slot].incarnation;
	p->event.role = h->role[slot].role;
	host_tell(h, &(struct host_event){ .kind = HOST_SLOT_READY, .slot = slot });
}

static bool complete(struct host *h, uint32_t slot)
{
	struct host_role *s = &h->role[slot];
	struct buf text = BUF_INIT;

	if (!s->container || !s->hello || (s->before && s->guard == s->before))
		return false;
	s->changing = false;
	keep(h, JOURNAL_SWAPPED, slot, image_of(h, slot, s->role), 0);
	h->report->swaps++;
	h->report->swap_us += host_now_us(h) - s->since_us;
	buf_printf(&text, "it has the image %s after %.2f s", image_of(h, slot, s->role), (double)(host_now_us(h) - s->since_us) / 1e6);
	host_tell(h, &(struct host_event){ .kind = HOST_SWAPPED, .slot = slot, .message = text.p });
	buf_release(&text);
	pend_ready(h, slot);
	return true;
}

/* An image of which no way is left is said once more with the steps that wait for it. */
static void unswapped(struct host *h, uint32_t slot, const struct host_unswapped *failed)
{
	struct host_role *s = &h->role[slot];
	const char *image = image_of(h, slot, s->role);
	struct host_way *way = way_of(h, slot, s->role);
	struct buf text = BUF_INIT;
	struct host_pending *p;

	mem_free(way->why);
	way->why = mem_strdup(failed->why);
	buf_printf(&text, "%s\n%s", image, failed->why);
	keep(h, JOURNAL_UNSWAPPED, slot, text.p, (failed->may_retry ? JOURNAL_MAY_RETRY : 0) | (failed->kept ? JOURNAL_KEPT : 0));
	buf_clear(&text);
	buf_printf(&text, "slot %u cannot be given the image %s: %s", slot, image, failed->why);
	host_tell(h, &(struct host_event){ .kind = HOST_NOTICE, .message = text.p });
	buf_release(&text);
	p = host_pend(h, EVENT_UNSWAPPED);
	p->event.slot = slot;
	p->event.role = s->role;
	p->event.ok = failed->may_retry;
	p->event.kept = failed->kept && !s->was_bare && s->hello;	/* that worker may have died meanwhile, and is to come again */
	s->changing = false;
	s->bare = !failed->kept || s->was_bare;
	if (failed->kept)
		s->role = s->had;
	h->slot[slot].ready = p->event.kept;
}

bool host_swapped(struct host *h, uint32_t slot, const struct host_unswapped *failed)
{
	struct host_role *s = &h->role[slot];

	if (h->finished || h->fatal || !s->changing)
		return true;
	s->container = !failed;
	if (failed)
		unswapped(h, slot, failed);
	return failed || complete(h, slot);
}

/* ---- steps without a place ---- */

/* Why no slot can have the image, slot by slot. */
static void say_reasons(struct host *h, const char *image, struct buf *out)
{
	const char *last = NULL;

	buf_printf(out, "no slot can be given its image %s: ", image);
	for (uint32_t i = 0; i < h->slot_count; i++) {
		uint32_t role = plan_role_of(h->o->plan, i, image);
		const char *why = role == PLAN_NONE ? NULL : way_of(h, i, role)->why;

		if (!why)
			continue;
		buf_printf(out, "%sslot %u: %s", last ? "; " : "", i, last && strcmp(last, why) == 0 ? "likewise" : why);
		last = why;
	}
}

void host_stranded(struct host *h, const struct engine_action *a)
{
	struct buf path = BUF_INIT, key = BUF_INIT, message = BUF_INIT;
	struct journal_record r = { .kind = JOURNAL_FAILED, .attempt = a->attempt, .slot = HOST_NO_SLOT, .start_us = host_now_us(h), .end_us = host_now_us(h) };
	struct host_failure failure = { .loc = engine_node(h->engine, a->step)->loc, .attempt = a->attempt, .slot = HOST_NO_SLOT };
	uint32_t func = (uint32_t)(engine_func(h->engine, a->step) - h->plan->func);
	struct journal_found found;
	struct host_pending *p = host_pend(h, EVENT_FAILED);

	p->event.step = a->step;
	p->event.attempt = a->attempt;
	p->event.slot = HOST_NO_SLOT;
	if (h->drains) {		/* undone, not failed */
		h->drain_deaths++;
		return;
	}
	engine_path(h->engine, a->step, &path);
	file_encode_key(&key, path.p, path.len);
	p->known = host_has_given_up(h, path.p, key.p, &found);
	if (p->known)
		buf_addstr(&message, found.why);
	else
		say_reasons(h, plan_func_image(h->plan, func), &message);
	failure.path = r.step = path.p;
	failure.message = r.text = buf_str(&message);
	if (!p->known && !journal_add(h->journal, &r))
		host_fatal(h, journal_error(h->journal));
	if (h->report->failures)
		report_runs_again(h->report, &h->log, a->step);
	report_failed(h->report, &h->log, a->step, &failure);
	p->told = h->o->event != NULL && !p->known;
	p->tell = HOST_ATTEMPT_FAILED;
	p->message = mem_strdup(failure.message);
	p->path = mem_strdup(path.p);
	buf_release(&path);
	buf_release(&key);
	buf_release(&message);
}

/* ---- workers ---- */

void host_role_ready(struct host *h, uint32_t slot, uint32_t incarnation)
{
	struct host_role *s = &h->role[slot];

	s->hello = true;
	s->incarnation = incarnation;
	s->guard = slot_guard(h->slots, slot);
	if (s->changing)
		complete(h, slot);
	else
		pend_ready(h, slot);
}

bool host_role_lost(struct host *h, uint32_t slot)
{
	h->role[slot].hello = false;
	return h->role[slot].changing;
}

bool host_role_bare(const struct host *h, uint32_t slot)
{
	return h->role && h->role[slot].bare;
}
