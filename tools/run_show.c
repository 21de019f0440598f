/*
 * Showing a run to a person. On a terminal the display is redrawn a few times a second, from the loop; elsewhere there is
 * a line for each failure and, now and then, one on progress: ten thousand steps give a page, not a book.
 */
#include "runtime/window.h"
#include "tools/run_show.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "base/mem.h"

enum { TICK_MS = 200, PLAIN_EVERY_US = 10000000, SLOTS_SHOWN = 8, DEFAULT_WIDTH = 80, CHAIN_SHOWN = 10, FAILURES_LIVE = 20, ALIKE_SHOWN = 8 };

/* ---- texts ---- */

void show_time(char out[24], uint64_t us)
{
	uint64_t s = us / 1000000;

	if (us < 1000000)
		snprintf(out, 24, "%.1f ms", (double)us / 1000);
	else if (s < 100)
		snprintf(out, 24, "%.2f s", (double)us / 1000000);
	else if (s < 6000)
		snprintf(out, 24, "%" PRIu64 " m %" PRIu64 " s", s / 60, s % 60);
	else
		snprintf(out, 24, "%" PRIu64 " h %" PRIu64 " m", s / 3600, s / 60 % 60);
}

void show_size(char out[24], uint64_t bytes)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB" };
	double value = (double)bytes;
	int unit = 0;

	for (; value >= 1024 && unit < 4; unit++)
		value /= 1024;
	snprintf(out, 24, unit ? "%.1f %s" : "%.0f %s", value, units[unit]);
}

static bool is_plain(unsigned char c)
{
	return c >= ' ' && c != 0x7f;
}

static void put_part(FILE *to, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (is_plain((unsigned char)text[i]))
			putc(text[i], to);
		else
			fprintf(to, "\\x%02x", (unsigned char)text[i]);
	}
}

void show_text(FILE *to, const char *text, size_t width)
{
	size_t len = strlen(text), head, tail;

	if (len <= width || width < 8) {
		put_part(to, text, len);
		return;
	}
	head = width / 2;
	tail = width - 1 - head;
	while (head && ((unsigned char)text[head] & 0xC0) == 0x80)
		head--;
	while (tail && ((unsigned char)text[len - tail] & 0xC0) == 0x80)
		tail--;
	put_part(to, text, head);
	fputs("\u2026", to);
	put_part(to, text + len - tail, tail);
}

/* ---- the live display ---- */

static size_t terminal_width(void)
{
	struct winsize size;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20)
		return size.ws_col;
	return DEFAULT_WIDTH;
}

void show_clear(struct show *s)
{
	for (; s->lines; s->lines--)
		fputs("\033[A\033[2K", s->to);
}

static void put_summary(struct show *s, const struct host_progress *p)
{
	const struct engine_progress *n = &p->steps;
	char time[24];
	double seconds = (double)p->elapsed_us / 1e6;

	fprintf(s->to, "%" PRIu32 "/%" PRIu32 " done", n->finished, n->known);
	if (n->running)
		fprintf(s->to, ", %" PRIu32 " running", n->running);
	if (n->failed)
		fprintf(s->to, ", %s%" PRIu32 " failed%s", s->colour ? "\033[31m" : "", n->failed, s->colour ? "\033[0m" : "");
	if (n->skipped)
		fprintf(s->to, ", %" PRIu32 " skipped", n->skipped);
	if (p->recalled)
		fprintf(s->to, ", %" PRIu32 " from before", p->recalled);
	show_time(time, p->elapsed_us);
	fprintf(s->to, "; %s", time);
	if (seconds > 0.5 && n->finished > p->recalled)
		fprintf(s->to, ", %.1f steps/s", (n->finished - p->recalled) / seconds);
	if (p->remaining_us != UINT64_MAX && n->finished + n->failed + n->skipped < n->known) {
		show_time(time, p->remaining_us);
		fprintf(s->to, ", about %s to go", time);
	}
	fputs(p->draining ? "; draining" : p->publishing ? "; publishing" : "", s->to);
	putc('\n', s->to);
}

/* On list: how many workers each group has now, of how many. */
static void put_groups(struct show *s, size_t width)
{
	struct buf line = BUF_INIT;

	for (uint32_t i = 0; i < host_groups(s->host); i++) {
		struct host_group_state g;

		host_group(s->host, i, &g);
		buf_printf(&line, "%s%s %" PRIu32 "/%" PRIu32, i ? ", " : "workers: ", g.name, g.workers, g.most);
	}
	if (!line.len)
		return;
	fputs("  ", s->to);
	show_text(s->to, line.p, width - 3);
	putc('\n', s->to);
	s->lines++;
	buf_release(&line);
}

static void redraw(struct show *s)
{
	struct host_progress p;
	size_t width = terminal_width();
	uint32_t shown = 0;

	host_progress(s->host, &p);
	show_clear(s);
	put_summary(s, &p);
	s->lines = 1;
	put_groups(s, width);
	for (uint32_t i = 0; i < p.slots && shown < SLOTS_SHOWN; i++) {
		const char *path = host_running(s->host, i);
		struct buf name = BUF_INIT;

		if (!path)
			continue;
		host_slot_name(s->host, i, &name);
		fprintf(s->to, "  %-8s ", name.p);
		show_text(s->to, path, width - (name.len > 8 ? name.len : 8) - 5);
		buf_release(&name);
		putc('\n', s->to);
		s->lines++;
		shown++;
	}
	fflush(s->to);
}

static void on_tick(void *ctx)
{
	struct show *s = ctx;

	redraw(s);
	s->tick = loop_timer(s->loop, TICK_MS, on_tick, s);
}

/* ---- events ---- */

void show_init(struct show *s, const struct plan *plan, const struct run_options *o, const char *work)
{
	const char *term = getenv("TERM"), *no_colour = getenv("NO_COLOR");

	memset(s, 0, sizeof *s);
	s->o = o;
	s->plan = plan;
	s->work = work;
	s->to = stderr;
	s->live = !o->json && !o->quiet && isatty(STDERR_FILENO) && term && strcmp(term, "dumb") != 0;
	s->colour = s->live && !(no_colour && *no_colour);
}

void show_begun(void *ctx, struct host *h, struct loop *l)
{
	struct show *s = ctx;

	s->host = h;
	s->loop = l;
	if (s->live)
		on_tick(s);
}

static void plain_progress(struct show *s)
{
	struct host_progress p;

	if (s->live || s->o->quiet || s->o->json)
		return;
	host_progress(s->host, &p);
	if (p.elapsed_us < s->last_line_us + PLAIN_EVERY_US)
		return;
	s->last_line_us = p.elapsed_us;
	put_summary(s, &p);
}

static void put_step(struct show *s, const char *what, const struct host_event *ev)
{
	char time[24];

	fprintf(s->to, "%s ", what);
	show_text(s->to, ev->path ? ev->path : "", SIZE_MAX);
	if (ev->attempt > 1)
		fprintf(s->to, " (attempt %" PRIu32 ")", ev->attempt);
	if (ev->result && ev->result->wall_us) {
		show_time(time, ev->result->wall_us);
		fprintf(s->to, " in %s", time);
	}
	if (ev->message && *ev->message) {
		fputs(": ", s->to);
		show_text(s->to, ev->message, SIZE_MAX);
	}
	putc('\n', s->to);
}

static void put_failure(struct show *s, const struct host_event *ev)
{
	if (!s->o->verbose && s->failures_shown++ >= FAILURES_LIVE) {
		if (s->failures_shown == FAILURES_LIVE + 1)
			fputs("further failures are only counted here (-v shows all)\n", s->to);
		return;
	}
	put_step(s, "failed ", ev);
}

static void put_notice(struct show *s, const struct host_event *ev)
{
	struct buf name = BUF_INIT;

	if (ev->kind == HOST_SLOT_LOST && host_groups(s->host)) {
		host_slot_name(s->host, ev->slot, &name);
		fprintf(s->to, "worker %s: ", name.p);
	} else if (ev->kind == HOST_SLOT_LOST) {
		fputs("a worker died: ", s->to);
	} else if (ev->kind == HOST_DRAINING) {
		fputs("draining: running steps are told to end (again: kill them now): ", s->to);
	}
	fprintf(s->to, "%s\n", ev->message ? ev->message : "");
	buf_release(&name);
}

void show_event(void *ctx, const struct host_event *ev)
{
	struct show *s = ctx;

	if (s->o->json) {
		show_json_event(s, ev);
		return;
	}
	if (s->o->quiet && ev->kind != HOST_ATTEMPT_FAILED && ev->kind != HOST_NOTICE)
		return;
	switch (ev->kind) {
	case HOST_ATTEMPT_FAILED:
		show_clear(s);
		put_failure(s, ev);
		break;
	case HOST_NOTICE:
	case HOST_SLOT_LOST:
	case HOST_SWAPPED:
	case HOST_DRAINING:
		show_clear(s);
		put_notice(s, ev);
		break;
	case HOST_STARTED:
	case HOST_FINISHED:
	case HOST_RECALLED:
	case HOST_SKIPPED:
		if (s->o->verbose) {
			show_clear(s);
			put_step(s, ev->kind == HOST_STARTED ? "started" : ev->kind == HOST_FINISHED ? "done   " :
				    ev->kind == HOST_RECALLED ? "kept   " : "skipped", ev);
		} else if (ev->kind == HOST_FINISHED) {
			plain_progress(s);
		}
		break;
	case HOST_WORKER_STARTED:
	case HOST_WORKER_LET_GO:
		if (s->o->verbose) {
			show_clear(s);
			fprintf(s->to, "worker %s %s\n", ev->message, ev->kind == HOST_WORKER_STARTED ? "started" : "let go");
		}
		break;
	case HOST_SLOT_READY:
	case HOST_RETRYING:
	case HOST_PUBLISHING:
	case HOST_PUBLISHED: break;
	}
}

/* ---- the report ---- */

static void put_tail(struct show *s, const char *tail)
{
	while (*tail) {
		size_t len = strcspn(tail, "\n");

		fputs("    | ", s->to);
		put_part(s->to, tail, len);
		putc('\n', s->to);
		tail += len + (tail[len] == '\n');
	}
}

static bool fails_alike(const struct host_failure *a, const struct host_failure *b)
{
	return !strcmp(a->loc, b->loc) && !strcmp(a->message, b->message) && !strcmp(a->tail, b->tail);
}

/* Those that failed as `first` did, in one line: an `each` of which every item fails the same way is one failure to who reads. */
static void put_alike(struct show *s, const struct host_report *r, uint32_t first)
{
	uint32_t alike = 0;

	for (uint32_t i = first + 1; i < r->failures; i++)
		alike += fails_alike(&r->failure[first], &r->failure[i]);
	if (!alike)
		return;
	fprintf(s->to, "    so did %" PRIu32 " more: ", alike);
	for (uint32_t i = first + 1, shown = 0; i < r->failures && shown < ALIKE_SHOWN; i++) {
		if (!fails_alike(&r->failure[first], &r->failure[i]))
			continue;
		fputs(shown++ ? ", " : "", s->to);
		show_text(s->to, r->failure[i].path, SIZE_MAX);
	}
	fputs(alike > ALIKE_SHOWN ? ", ...\n" : "\n", s->to);
}

static void put_failures(struct show *s, const struct host_report *r)
{
	for (uint32_t i = 0; i < r->failures; i++) {
		const struct host_failure *f = &r->failure[i];
		uint32_t like = 0;

		while (!s->o->verbose && like < i && !fails_alike(&r->failure[like], f))
			like++;
		if (like < i && !s->o->verbose)
			continue;
		fprintf(s->to, "%s: step `", f->loc);
		show_text(s->to, f->path, SIZE_MAX);
		fprintf(s->to, "` failed (attempt %" PRIu32 "): ", f->attempt);
		show_text(s->to, f->message, SIZE_MAX);
		putc('\n', s->to);
		put_tail(s, f->tail);
		if (*f->log)
			fprintf(s->to, "    log: %s\n", f->log);
		if (!s->o->verbose)
			put_alike(s, r, i);
	}
	if (r->failures < r->steps.failed)
		fprintf(s->to, "and %" PRIu32 " more failed: calcc journal %s\n", r->steps.failed - r->failures, s->work);
}

static void put_chain(struct show *s, const struct host_report *r)
{
	uint64_t sum = 0;
	char time[24];

	if (r->criticals < 2)
		return;
	for (uint32_t i = 0; i < r->criticals; i++)
		sum += r->critical[i].wall_us;
	show_time(time, sum);
	fprintf(s->to, "critical path: %" PRIu32 " steps, %s\n", r->criticals, time);
	for (uint32_t i = 0; i < r->criticals; i++) {
		if (r->criticals > CHAIN_SHOWN && i == CHAIN_SHOWN / 2) {
			fprintf(s->to, "    (%" PRIu32 " more)\n", r->criticals - CHAIN_SHOWN);
			i = r->criticals - CHAIN_SHOWN / 2;
		}
		show_time(time, r->critical[i].wall_us);
		fprintf(s->to, "    %10s  ", time);
		show_text(s->to, r->critical[i].path, SIZE_MAX);
		putc('\n', s->to);
	}
}

static void put_outcome(struct show *s, const struct host_report *r)
{
	static const char *const words[] = {
		[HOST_DONE] = "done", [HOST_FAILED] = "failed", [HOST_UNCERTAIN] = "uncertain", [HOST_DRAINED] = "stopped",
		[HOST_REFUSED] = "refused", [HOST_WRONG_INPUT] = "wrong input", [HOST_IO] = "input/output error",
	};
	char time[24];

	show_time(time, r->wall_us);
	fputs(s->plan->set.name, s->to);
	if (s->plan->slice.bound) {
		struct buf window = BUF_INIT;

		window_part_text(&s->plan->window[s->plan->set.window], s->plan->slice.start, "", &window);
		fprintf(s->to, " of %s", window.p);
		buf_release(&window);
	}
	fprintf(s->to, ": %s: %" PRIu32 " of %" PRIu32 " steps", words[r->outcome], r->steps.finished, r->steps.known);
	if (r->recalled)
		fprintf(s->to, " (%" PRIu32 " from an earlier run)", r->recalled);
	if (r->steps.failed)
		fprintf(s->to, ", %" PRIu32 " failed", r->steps.failed);
	if (r->steps.skipped)
		fprintf(s->to, ", %" PRIu32 " skipped", r->steps.skipped);
	fprintf(s->to, ", in %s", time);
	if (r->max_rss) {
		show_size(time, r->max_rss);
		fprintf(s->to, "; largest step %s", time);
	}
	putc('\n', s->to);
}

static void put_workers(struct show *s, const struct host_report *r)
{
	for (uint32_t i = 0; i < r->groups; i++) {
		const struct host_group_state *g = &r->group[i];

		fprintf(s->to, "  workers of %s: %" PRIu32 " at once (of %" PRIu32 "), %" PRIu32 " started, %" PRIu32 " let go\n", g->name,
			g->peak, g->most, g->starts, g->let_go);
	}
}

static void put_published(struct show *s)
{
	for (uint32_t i = 0; i < s->plan->sinks; i++) {
		const struct plan_sink *k = &s->plan->sink[i];
		struct buf folder = BUF_INIT;
		const char *dir = NULL;

		for (uint32_t b = 0; b < s->o->shares; b++)
			if (strcmp(s->o->share[b].name, k->share) == 0)
				dir = s->o->share[b].dir;
		buf_printf(&folder, "%s%s", dir ? "" : "./", dir ? dir : k->share);
		fprintf(s->to, "  %s: %s/%s\n", k->name, folder.p, k->path);
		buf_release(&folder);
	}
}

void show_report(struct show *s, const struct host_report *r)
{
	bool started = r->outcome != HOST_REFUSED && r->outcome != HOST_WRONG_INPUT;

	if (!started || r->message.len)
		fprintf(s->to, "%s", r->message.p ? r->message.p : "");
	if (!started || r->idle || (s->o->json && r->outcome == HOST_DONE))
		return;
	put_failures(s, r);
	if (!s->o->quiet && !s->o->json)
		put_chain(s, r);
	put_outcome(s, r);
	if (!s->o->quiet && !s->o->json)
		put_workers(s, r);
	if (r->outcome == HOST_DONE && !s->o->quiet)
		put_published(s);
	if (r->outcome != HOST_DONE && r->outcome != HOST_IO && r->steps.finished)
		fprintf(s->to, "  what is finished is kept: --resume goes on from there (work folder %s)\n", s->work);
}
