/*
 * The timeline of a work folder: attempts of this run as they were collected, before them those of earlier runs out of the journal. The
 * time between two runs is left out, or one that resumes a day later would be a hair's breadth of its own picture.
 */
#include "runtime/report.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "base/file.h"
#include "base/mem.h"
#include "runtime/host_inner.h"
#include "runtime/journal.h"

enum { MOST_RUNS = 1000 };	/* earlier ones that are told apart */

struct telling {
	const struct host *host;
	struct timeline all;
	struct symtab *path;		/* of earlier attempts: a bar's step is one of these until they are looked up */
	uint32_t *step;			/* of each path: engine_step; PLAN_NONE: the program has it no more */
	uint64_t run[MOST_RUNS + 1];	/* where each began, on an axis without the time between them */
	size_t runs;
	uint64_t begun_us, first_us, length_us;	/* of the run that is read: by the clock, and on that axis; all of them */
};

/* ---- earlier runs ---- */

static void begin_run(struct telling *t, const struct journal_record *r)
{
	t->begun_us = r->start_us;
	t->first_us = t->length_us;
	if (t->runs && t->run[t->runs - 1] == t->first_us)
		return;		/* the one before did nothing */
	if (t->runs < MOST_RUNS)
		t->run[t->runs++] = t->first_us;
}

static bool take_record(void *ctx, const struct journal_record *r)
{
	struct telling *t = ctx;

	if (r->kind == JOURNAL_RUN && r->start_us == t->host->begun_us)
		return false;	/* this one: it knows more of itself */
	if (r->kind == JOURNAL_RUN)
		begin_run(t, r);
	if ((r->kind != JOURNAL_DONE && r->kind != JOURNAL_FAILED) || !t->runs)
		return true;
	uint64_t start = t->first_us + (r->start_us > t->begun_us ? r->start_us - t->begun_us : 0);
	uint64_t end = start + (r->end_us > r->start_us ? r->end_us - r->start_us : 0);
	bool room = t->all.bars < TIMELINE_BARS;	/* else it is counted to another, and nobody asks for its name */
	timeline_ran(&t->all, r->slot, "", room ? sym_cstr(t->path, r->step) : 0, start, end);
	if (r->kind == JOURNAL_FAILED)
		timeline_failed(&t->all, r->slot);
	t->length_us = end > t->length_us ? end : t->length_us;
	return true;
}

/* Which steps they are of: paths survive edits elsewhere. */
static void find_steps(struct telling *t)
{
	const struct engine *e = t->host->engine;
	struct buf path = BUF_INIT;

	t->step = mem_alloc(((size_t)sym_count(t->path) + 1) * sizeof *t->step);
	memset(t->step, 0xff, ((size_t)sym_count(t->path) + 1) * sizeof *t->step);
	for (engine_step s = 0; s < engine_steps(e); s++) {
		buf_clear(&path);
		engine_path(e, s, &path);
		t->step[sym_find(t->path, buf_str(&path), path.len)] = s;	/* 0: none of them */
	}
	t->step[0] = PLAN_NONE;
	buf_release(&path);
}

/* Their functions; and they move to right before this run. */
static void settle(struct telling *t)
{
	const struct host *h = t->host;

	find_steps(t);
	for (size_t i = 0; i < t->all.bars; i++) {
		struct timeline_bar *b = &t->all.bar[i];
		uint32_t step = t->step[b->step];
		const char *function = b->slot == HOST_NO_SLOT ? "expression" : step != PLAN_NONE ? engine_func(h->engine, step)->name : "of an earlier program";

		b->function = sym_cstr(t->all.functions, function);
		b->start_us += h->begun_us - t->length_us;
		b->end_us += h->begun_us - t->length_us;
	}
	for (size_t i = 0; i < t->runs; i++)
		t->run[i] += h->begun_us - t->length_us;
}

/* false: this is the first run, or nothing is known of an earlier one. */
static bool read_earlier(struct telling *t, const char *journal)
{
	struct buf error = BUF_INIT;

	t->path = symtab_new();
	bool read = journal_read(journal, take_record, t, &error);	/* what is wrong with it is said of the trace */
	buf_release(&error);
	if (!read || !t->all.bars || t->length_us > t->host->begun_us)
		return false;
	settle(t);
	if (t->run[t->runs - 1] != t->host->begun_us)
		t->run[t->runs++] = t->host->begun_us;
	return true;
}

/* ---- words ---- */

/* Steps of this run come after the paths of earlier ones. */
static void name_step(void *ctx, uint32_t step, struct buf *out)
{
	const struct telling *t = ctx;
	uint32_t paths = t->path ? (uint32_t)sym_count(t->path) + 1 : 0;

	if (step >= paths)
		engine_path(t->host->engine, step - paths, out);
	else if (step)
		buf_addstr(out, sym_text(t->path, step));
}

static void name_slot(void *ctx, uint32_t slot, struct buf *out)
{
	host_slot_name(((struct telling *)ctx)->host, slot, out);
}

bool report_timeline(const struct host *h, const char *journal, const char *title, uint64_t ended_us, const char *path)
{
	const struct host_report *r = h->report;
	struct telling *t = mem_zalloc(1, sizeof *t);
	struct buf picture = BUF_INIT;
	uint32_t *critical = mem_alloc(((size_t)r->criticals + 1) * sizeof *critical);

	t->host = h;
	bool earlier = read_earlier(t, journal);
	uint32_t paths = earlier ? (uint32_t)sym_count(t->path) + 1 : 0;
	if (!earlier) {
		symtab_free(t->path);
		t->path = NULL;
	}
	for (uint32_t i = 0; i < r->criticals; i++)
		critical[i] = paths + r->critical[i].step;
	if (earlier)
		timeline_append(&t->all, &h->timeline, paths);
	timeline_svg(earlier ? &t->all : &h->timeline,
		     &(struct timeline_words){ .title = title, .critical = critical, .criticals = r->criticals, .step = name_step, .slot = name_slot, .ctx = t,
					       .begun_us = earlier ? t->run[0] : h->begun_us, .ended_us = ended_us,
					       .run = t->run, .runs = earlier ? t->runs : 0 }, &picture);
	bool ok = file_replace(path, picture.p, picture.len, 0644, NULL);
	timeline_release(&t->all);
	symtab_free(t->path);
	mem_free(t->step);
	mem_free(t);
	mem_free(critical);
	buf_release(&picture);
	return ok;
}
