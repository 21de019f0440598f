/*
 * The quarterback proper: reads the plan from its chunks, refuses one that is not the plan it was started for, runs it with the
 * host core over the slots' sockets, and commits the last word.
 */
#include "tools/quarterback.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/buf.h"
#include "base/exit.h"
#include "base/file.h"
#include "base/mem.h"
#include "compiler/launch.h"
#include "runtime/host.h"
#include "runtime/last_word.h"
#include "runtime/plan_images.h"
#include "runtime/plan_load.h"
#include "runtime/plan_places.h"

enum { STEP_GRACE_PART = 2 };

struct run {
	const struct quarterback *q;
	struct quarterback_news *news;
	struct quarterback_locks *locks;
	struct quarterback_roles *roles;	/* NULL: no slot gets another image */
	struct host_binding *share;
	size_t shares, share_cap;
};

static int commit(const struct quarterback *q, enum last_word w, const char *message)
{
	quarterback_say("last word: %s", message);
	if (last_word_commit(quarterback_path(q, "ctl/last-word"), w, q->hash, message))
		return CALC_EXIT_DONE;
	quarterback_say("%s: %s", quarterback_path(q, "ctl/last-word"), strerror(errno));
	return CALC_EXIT_IO;
}

/* Every folder in there is a share under its name; of pond/, under PLAN_POND and its name. */
static void find_volumes(struct run *r, const char *folder, const char *prefix)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		struct buf path = BUF_INIT, name = BUF_INIT;

		if (entry->d_name[0] == '.')
			continue;
		buf_printf(&path, "%s/%s", folder, entry->d_name);
		buf_printf(&name, "%s%s", prefix, entry->d_name);
		r->share = mem_grow(r->share, &r->share_cap, r->shares + 1, sizeof(*r->share));
		r->share[r->shares++] = (struct host_binding){ .name = name.p, .dir = path.p };
	}
	if (dir)
		closedir(dir);
}

static void free_volumes(struct run *r)
{
	for (size_t i = 0; i < r->shares; i++) {
		mem_free((char *)(uintptr_t)r->share[i].name);
		mem_free((char *)(uintptr_t)r->share[i].dir);
	}
	mem_free(r->share);
}

/* ---- what the container's log says ---- */

static void on_event(void *ctx, const struct host_event *e)
{
	struct run *r = ctx;

	switch (e->kind) {
	case HOST_SLOT_READY:
		quarterback_say("slot %u is ready", (unsigned)e->slot);
		break;
	case HOST_SWAPPED:
		r->news->progress++;
		quarterback_say("slot %u: %s", (unsigned)e->slot, e->message);
		break;
	case HOST_SLOT_LOST:
		quarterback_say("slot %u is lost: %s", (unsigned)e->slot, e->message);
		break;
	case HOST_FINISHED:
		r->news->progress++;
		break;
	case HOST_ATTEMPT_FAILED:
		r->news->progress++;
		quarterback_say("%s: attempt %u failed: %s", e->path, (unsigned)e->attempt, e->message);
		break;
	case HOST_PUBLISHED:
		r->news->progress++;
		quarterback_say("published %s", e->message);
		break;
	case HOST_DRAINING:
	case HOST_NOTICE:
		quarterback_say("%s", e->message);
		break;
	default:
		break;
	}
}

static void describe_failures(const struct host_report *r, struct buf *b)
{
	uint32_t i;

	for (i = 0; i < r->failures && b->len < LAST_WORD_MOST / 8; i++) {
		const struct host_failure *f = &r->failure[i];

		buf_printf(b, "%s%s (%s), attempt %u: %s", b->len ? "\n" : "", f->path, f->loc, (unsigned)f->attempt, f->message);
		if (f->tail && *f->tail)
			buf_printf(b, "\n%.*s", (int)(strlen(f->tail) - (f->tail[strlen(f->tail) - 1] == '\n')), f->tail);
	}
	if (i < r->failures)
		buf_printf(b, "\nand %u more", (unsigned)(r->failures - i));
}

static enum last_word word_of(enum host_outcome outcome)
{
	switch (outcome) {
	case HOST_DONE: return LAST_WORD_DONE;
	case HOST_UNCERTAIN: return LAST_WORD_UNCERTAIN;
	case HOST_DRAINED: return LAST_WORD_DRAINED;
	case HOST_REFUSED: return LAST_WORD_REFUSED;
	case HOST_FAILED:
	case HOST_WRONG_INPUT:
	case HOST_IO: break;
	}
	return LAST_WORD_FAILED;
}

static int conclude(const struct run *r, enum host_outcome outcome, struct host_report *report)
{
	struct buf b = BUF_INIT;
	int status;

	describe_failures(report, &b);
	if (report->message.len)
		buf_printf(&b, "%s%s", b.len ? "\n" : "", report->message.p);
	if (report->swaps)
		quarterback_say("%u images changed in %.2f s", (unsigned)report->swaps, (double)report->swap_us / 1e6);
	buf_printf(&b, "%s%u steps finished, %u failed, %u skipped", b.len ? "\n" : "", (unsigned)report->steps.finished,
		   (unsigned)report->steps.failed, (unsigned)report->steps.skipped);
	r->news->starved = report->starved;
	if (report->absent.len && !file_replace(quarterback_path(r->q, QUARTERBACK_ABSENT), report->absent.p, report->absent.len, 0640, NULL))
		quarterback_say("%s: %s", quarterback_path(r->q, QUARTERBACK_ABSENT), strerror(errno));
	status = commit(r->q, word_of(outcome), b.p);
	buf_release(&b);
	return status;
}

static void out_of_memory(void)
{
	quarterback_say("memory ran out");
	file_temp_remove_all();
	_exit(CALC_EXIT_IO);
}

static void on_begun(void *ctx, struct host *h, struct loop *l)
{
	struct run *r = ctx;

	(void)h;
	r->roles = quarterback_roles_new(l, r->q);
}

static void on_ended(void *ctx)
{
	quarterback_roles_free(((struct run *)ctx)->roles);
}

static void on_swap(void *ctx, struct host *h, const struct host_change *c)
{
	quarterback_swap(((struct run *)ctx)->roles, h, c);
}

static bool on_keep(void *ctx, const int *fd, uint32_t count)
{
	return quarterback_locks_keep(((struct run *)ctx)->locks, fd, count);
}

int quarterback_run(const struct quarterback *q, struct quarterback_news *news, struct quarterback_locks *locks)
{
	struct run r = { .q = q, .news = news, .locks = locks };
	struct host_options o = { .launch = compile_launch, .ctl = quarterback_path(q, "ctl"), .data = quarterback_path(q, "data"), .resume = true,
		.in_pod = true, .slots = q->slots, .listen_dir = quarterback_path(q, "link"), .uid_base = q->uid_base,
		.group = getegid(), .search_path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
		.grace_ms = q->grace_ms / STEP_GRACE_PART, .start_limit_ms = q->start_limit_ms, .run = getenv("CALC_RUN"), .keep = on_keep, .event = on_event, .ctx = &r };
	struct host_report report;
	struct buf error = BUF_INIT;
	struct plan *plan;
	int status;

	if (strcmp(q->root, QUARTERBACK_ROOT) == 0)
		o.slot_tmp = "/tmp";	/* the slots are containers; elsewhere that folder is everybody's */
	o.kept = quarterback_locks_kept(locks, &o.kepts);
	mem_on_failure(out_of_memory);
	plan = plan_load(q->plan_dir, q->hash, &error);
	if (!plan)
		return commit(q, LAST_WORD_REFUSED, buf_str(&error));
	if (!plan_places_load(plan, q->hash, quarterback_path(q, "places"), &error))
		quarterback_say("%s", buf_str(&error));
	buf_clear(&error);
	if (!quarterback_bind(q, plan, &error)) {
		plan_free(plan);
		return commit(q, LAST_WORD_REFUSED, buf_str(&error));
	}
	o.plan = plan;
	o.image_mounts = quarterback_path(q, "image");
	if (plan_swaps(plan)) {
		o.begun = on_begun;
		o.ended = on_ended;
		o.swap = on_swap;
	}
	find_volumes(&r, quarterback_path(q, "share"), "");
	find_volumes(&r, quarterback_path(q, "pond"), PLAN_POND);
	o.share = r.share;
	o.shares = (uint32_t)r.shares;
	status = conclude(&r, host_run(&o, &report), &report);
	quarterback_locks_leave(locks);
	host_report_release(&report);
	plan_free(plan);
	free_volumes(&r);
	return status;
}
