/*
 * Images of slots: the engine asks for another one, the caller of host_run has it done (by the API server), and the slot is there again
 * when its container is another than before *and* a worker has said hello since. What was begun and done stands in the journal: a host
 * that takes up the run knows which image each slot has, goes on with what was begun, and counts how often an image was visited.
 */
#include <stdio.h>
#include <string.h>
#include "base/mem.h"
#include "runtime/host_inner.h"
#include "runtime/plan_images.h"

struct host_role {
	uint32_t role;			/* as in EVENT_SLOT_READY: that it has, or is to get */
	bool changing;
	bool container;			/* changing: it has the new one */
	bool hello;			/* a worker is there, `incarnation`; what it is of is not certain while the slot is changing */
	uint32_t incarnation, before;	/* before: of the worker when the change began */
	char *id;			/* of the container before; NULL: not known yet */
	uint64_t since_us;
};

static const char *image_of(const struct host *h, uint32_t slot, uint32_t role)
{
	const struct plan *p = h->o->plan;

	return role ? p->role[role - 1].image : p->set.slot_image[slot];
}

static void keep(struct host *h, enum journal_kind kind, uint32_t slot, const char *text)
{
	struct journal_record r = { .kind = kind, .step = "", .slot = slot, .start_us = h->role[slot].since_us, .end_us = host_now_us(h),
		.text = text };

	if (!journal_add(h->journal, &r))
		host_fatal(h, journal_error(h->journal));
}

/* ---- what the journal knows ---- */

/* JOURNAL_SWAP: "image\ncontainer"; JOURNAL_SWAPPED: "image". */
static bool take_up(void *ctx, const struct journal_record *r)
{
	struct host *h = ctx;
	size_t len = strcspn(r->text, "\n");
	struct host_role *s = r->slot < h->slot_count ? &h->role[r->slot] : NULL;
	char *image;
	uint32_t role;

	if ((r->kind != JOURNAL_SWAP && r->kind != JOURNAL_SWAPPED) || !s)
		return true;
	image = mem_strndup(r->text, len);
	role = plan_role_of(h->o->plan, r->slot, image);
	mem_free(image);
	if (role == PLAN_NONE)
		return true;
	s->role = role;
	s->changing = r->kind == JOURNAL_SWAP;
	mem_free(s->id);
	s->id = s->changing && r->text[len] ? mem_strdup(r->text + len + 1) : NULL;
	if (s->changing)
		engine_visited(h->engine, r->slot, role);
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
	for (uint32_t i = 0; h->role && i < h->slot_count; i++)
		mem_free(h->role[i].id);
	mem_free(h->role);
}

/* ---- a change ---- */

static void ask(struct host *h, uint32_t slot)
{
	struct host_role *s = &h->role[slot];

	s->since_us = host_now_us(h);
	if (h->o->swap)
		h->o->swap(h->o->ctx, h, slot, image_of(h, slot, s->role), s->id);
	else
		host_swapped(h, slot, "this quarterback knows no API server");
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
	s->role = a->role;
	s->changing = true;
	s->container = false;
	s->before = s->incarnation;
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
	buf_printf(&text, "%s\n%s", image_of(h, slot, s->role), container);
	keep(h, JOURNAL_SWAP, slot, text.p);
	buf_release(&text);
}

static void pend_ready(struct host *h, uint32_t slot)
{
	struct host_pending *p = host_pend(h, EVENT_SLOT_READY);

	h->slot[slot].ready = true;
	p->event.slot = slot;
	p->event.incarnation = h->role[slot].incarnation;
	p->event.role = h->role[slot].role;
	host_tell(h, &(struct host_event){ .kind = HOST_SLOT_READY, .slot = slot });
}

static void complete(struct host *h, uint32_t slot)
{
	struct host_role *s = &h->role[slot];
	struct buf text = BUF_INIT;

	if (!s->container || !s->hello || s->incarnation == s->before)
		return;
	s->changing = false;
	keep(h, JOURNAL_SWAPPED, slot, image_of(h, slot, s->role));
	h->report->swaps++;
	h->report->swap_us += host_now_us(h) - s->since_us;
	buf_printf(&text, "it has the image %s after %.2f s", image_of(h, slot, s->role), (double)(host_now_us(h) - s->since_us) / 1e6);
	host_tell(h, &(struct host_event){ .kind = HOST_SWAPPED, .slot = slot, .message = text.p });
	buf_release(&text);
	pend_ready(h, slot);
}

void host_swapped(struct host *h, uint32_t slot, const char *why)
{
	struct host_role *s = &h->role[slot];

	if (h->finished || h->fatal || !s->changing)
		return;
	if (!why) {
		s->container = true;
		complete(h, slot);
		return;
	}
	buf_printf(&h->report->message, "slot %u cannot be given the image %s: %s\n", slot, image_of(h, slot, s->role), why);
	if (h->drains == 0)
		host_start_draining(h, "a slot cannot be given its image");
}

/* ---- workers ---- */

void host_role_ready(struct host *h, uint32_t slot, uint32_t incarnation)
{
	struct host_role *s = &h->role[slot];

	s->hello = true;
	s->incarnation = incarnation;
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
