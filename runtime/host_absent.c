/*
 * Slots that never came: the container of a slot whose image cannot be had never starts, and holds up those behind it. After the
 * start limit the host says which slots and images these are, and goes on with the others; when no other slot could run what
 * is left, the run ends.
 */
#include <string.h>
#include "base/mem.h"
#include "runtime/host_inner.h"
#include "runtime/plan_images.h"

static const char *image_of_slot(const struct host *h, uint32_t slot, const char *only)
{
	return h->plan->set.slot_image ? h->plan->set.slot_image[slot] : only;
}

static uint32_t first_absent(const struct host *h)
{
	uint32_t slot = 0;

	while (slot < h->slot_count && h->slot[slot].came)
		slot++;
	return slot;
}

/* The container of a slot needs them, too. */
static void add_mounted(const struct host *h, uint32_t slot, struct buf *out)
{
	const char *before = "; it mounts";

	for (uint32_t i = 0; i < h->plan->roles; i++)
		if (h->plan->role[i].slot == slot && h->plan->role[i].way == ROLE_MOUNTED) {
			buf_printf(out, "%s `%s`", before, h->plan->role[i].image);
			before = ",";
		}
}

/* Containers of slots start in their order: what is wrong is the first one's, the others wait behind it. */
static void describe(const struct host *h, struct buf *out)
{
	uint32_t count, first = first_absent(h), behind = 0;
	const char **images = plan_images(h->plan, &count);
	const char *image = image_of_slot(h, first, count ? images[0] : "");

	for (uint32_t i = first + 1; i < h->slot_count; i++)
		behind += !h->slot[i].came;
	buf_printf(out, "slot %u has never started", first);
	if (*image)
		buf_printf(out, ": its image is `%s`", image);
	add_mounted(h, first, out);
	if (behind)
		buf_printf(out, "; %u more %s behind it", behind, behind == 1 ? "waits" : "wait");
	mem_free(images);
}

/* Does nothing go on, but steps that no slot of those that are there may run? One that was there may come back. */
static bool is_starved(const struct host *h)
{
	struct engine_progress p;

	if (!h->late || h->drains || h->finished || h->fatal || h->pendings || h->timers || h->computing_count || h->publishing)
		return false;
	p = engine_progress(h->engine);
	if (p.running || !p.ready)
		return false;
	for (uint32_t i = 0; i < h->slot_count; i++)
		if (h->slot[i].busy || (h->slot[i].came != h->slot[i].ready && !host_role_bare(h, i)))
			return false;
	return first_absent(h) < h->slot_count;
}

bool host_look_for_absent(struct host *h)
{
	if (!is_starved(h))
		return false;
	h->report->starved = true;
	describe(h, &h->report->message);
	buf_addstr(&h->report->message, "\nno other slot could run what is left (`kubectl describe pod` says why it does not start)\n");
	host_start_draining(h, "a slot has never started");
	return true;
}

static void on_limit(void *ctx)
{
	struct host *h = ctx;
	struct buf text = BUF_INIT;

	h->start_limit = NULL;
	h->late = true;
	describe(h, &text);
	buf_printf(&text, " (%llu s)", (unsigned long long)(h->o->start_limit_ms / 1000));
	host_tell(h, &(struct host_event){ .kind = HOST_NOTICE, .message = text.p });
	buf_release(&text);
}

void host_await_slots(struct host *h)
{
	if (!h->o->start_limit_ms)
		return;
	loop_timer_cancel(h->start_limit);
	h->late = false;
	h->start_limit = first_absent(h) < h->slot_count ? loop_timer(h->loop, h->o->start_limit_ms, on_limit, h) : NULL;
}

void host_slot_came(struct host *h, uint32_t slot)
{
	if (h->slot[slot].came)
		return;
	h->slot[slot].came = true;
	host_await_slots(h);
}

void host_keep_absent(struct host *h)
{
	if (h->o->start_limit_ms && first_absent(h) < h->slot_count)
		describe(h, &h->report->absent);
}
