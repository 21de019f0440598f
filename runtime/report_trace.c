/* The trace: records of a journal as Chrome's trace events, one line each, times in microseconds since the first. */
#include "runtime/report.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "base/json.h"
#include "base/mem.h"
#include "runtime/journal.h"

enum { HOST_THREAD = 1000000 };	/* above all slots: what the host computed itself */

struct tracing {
	FILE *to;
	struct buf line;
	uint64_t first_us;
	uint64_t events;
	uint32_t slots;
	bool computed;
	struct buf name;
	const struct host *host;
};

static bool trace_record(void *ctx, const struct journal_record *r)
{
	struct tracing *t = ctx;

	if (r->kind == JOURNAL_RUN && t->first_us == 0)
		t->first_us = r->start_us;
	if (r->kind != JOURNAL_DONE && r->kind != JOURNAL_FAILED)
		return true;
	buf_clear(&t->name);
	json_quote(&t->name, r->step, strlen(r->step));
	buf_clear(&t->line);
	buf_printf(&t->line, "%s\n{\"name\":%s,\"cat\":\"%s\",\"ph\":\"X\",\"ts\":%" PRIu64 ",\"dur\":%" PRIu64
		",\"pid\":1,\"tid\":%u,\"args\":{\"attempt\":%u,\"status\":%d,\"cpu_us\":%" PRIu64 ",\"max_rss\":%" PRIu64 "}}",
		t->events++ ? "," : "", t->name.p, journal_kind_name(r->kind),
		r->start_us > t->first_us ? r->start_us - t->first_us : 0, r->end_us > r->start_us ? r->end_us - r->start_us : 0,
		r->slot == HOST_NO_SLOT ? HOST_THREAD : r->slot, r->attempt, r->status, r->cpu_us, r->max_rss);
	fwrite_unlocked(t->line.p, 1, t->line.len, t->to);
	t->computed |= r->slot == HOST_NO_SLOT;
	if (r->slot >= t->slots && r->slot != HOST_NO_SLOT)
		t->slots = r->slot + 1;
	return true;
}

static void name_slots(struct tracing *t)
{
	for (uint32_t i = 0; i < t->slots; i++) {
		buf_clear(&t->name);
		host_slot_name(t->host, i, &t->name);
		fprintf(t->to, "%s\n{\"name\":\"thread_name\",\"ph\":\"M\",\"pid\":1,\"tid\":%u,\"args\":{\"name\":\"%s\"}}",
			t->events++ ? "," : "", i, t->name.p);
	}
	if (t->computed)
		fprintf(t->to, "%s\n{\"name\":\"thread_name\",\"ph\":\"M\",\"pid\":1,\"tid\":%d,\"args\":{\"name\":\"host\"}}",
			t->events++ ? "," : "", (int)HOST_THREAD);
}

bool report_trace(const struct host *h, const char *journal, const char *path, struct buf *error)
{
	struct tracing t = { .host = h };
	struct buf temp = BUF_INIT;
	bool ok;

	buf_printf(&temp, "%s.new", path);
	t.to = fopen(temp.p, "we");
	ok = t.to != NULL;
	if (ok) {
		fputs("{\"displayTimeUnit\":\"ms\",\"traceEvents\":[", t.to);
		ok = journal_read(journal, trace_record, &t, error);
		name_slots(&t);
		fputs("\n]}\n", t.to);
		ok = !ferror(t.to) && ok;
		ok = fclose(t.to) == 0 && ok;
		ok = ok && rename(temp.p, path) == 0;
	}
	if (!ok) {
		if (!error->len)
			buf_printf(error, "cannot write %s: %s", path, strerror(errno));
		unlink(temp.p);
	}
	buf_release(&temp);
	buf_release(&t.name);
	buf_release(&t.line);
	return ok;
}
