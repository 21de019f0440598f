/*
 * Reading and writing the graph document of a flow of 100,000 rows, beside reading its JSON and doing nothing with it. The best of five,
 * in CPU time. Goals: reading within 6 times the bare JSON, writing within 3 times.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/json.h"
#include "compiler/graph_json.h"

enum { ROWS = 100000, TIMES = 5 };

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static bool nothing(void *ctx, const struct json_event *ev)
{
	size_t *events = ctx;
	(void)ev;
	++*events;
	return true;
}

/* Rows that wait for one or two of those before them, with a text and a number each. */
static void document(struct buf *b)
{
	buf_addstr(b, "{\"calcflow-graph\":1,\"functions\":{\"task\":{\"params\":{\"name\":\"string\",\"size\":\"i64\",\"parents\":\"[file]\"},"
		      "\"results\":\"file\",\"command\":[\"task\",\"{name}\",\"{size}\",\"{parents}\"],\"stdout\":\"out\"}},"
		      "\"sinks\":{\"all\":{\"type\":\"[file]\",\"share\":\"/out/all\"}},\"sets\":{\"s\":{\"nodes\":[{\"name\":\"done\",\"steps\":{\"by\":[");
	for (int i = 0; i < ROWS; i++)
		buf_printf(b, "%s\"task_%07d\"", i ? "," : "", i);
	buf_addstr(b, "],\"after\":[");
	for (int i = 0; i < ROWS; i++)
		buf_printf(b, i < 2 ? "%s[]" : "%s[\"task_%07d\",\"task_%07d\"]", i ? "," : "", i / 2, i - 1);
	buf_addstr(b, "]},\"block\":{\"nodes\":[{\"name\":\"task\",\"call\":\"task\",\"args\":{\"name\":{\"column\":[");
	for (int i = 0; i < ROWS; i++)
		buf_printf(b, "%s\"name of the task %d\"", i ? "," : "", i);
	buf_addstr(b, "]},\"size\":{\"column\":[");
	for (int i = 0; i < ROWS; i++)
		buf_printf(b, "%s%d", i ? "," : "", i * 7919);
	buf_addstr(b, "]},\"parents\":{\"parents\":\"done\"}}}],\"results\":[{\"step\":\"task\"}]}}],\"sinks\":{\"all\":{\"step\":\"done\"}}}}}");
}

int main(void)
{
	static const struct compile_options options = { .no_files = true };
	double bare = 1e9, read = 1e9, write = 1e9;
	struct buf text = BUF_INIT;
	document(&text);
	for (int i = 0; i < TIMES; i++) {
		struct json_error err;
		size_t events = 0;
		double from = now();
		if (!json_read(text.p, text.len, 256, nothing, &events, &err))
			return 1;
		bare = now() - from < bare ? now() - from : bare;
		struct compilation *c = compilation_new();
		struct buf out = BUF_INIT;
		from = now();
		if (!compile_text(c, "graph.json", text.p, text.len, &options)) {
			diag_print(c->diags, stderr, false);
			return 1;
		}
		read = now() - from < read ? now() - from : read;
		from = now();
		if (!graph_json_write(c, true, &out))
			return 1;
		write = now() - from < write ? now() - from : write;
		buf_release(&out);
		compilation_free(c);
	}
	printf("graph: %d rows, %.1f MB: bare JSON %.0f ms, read and checked %.0f ms (%.1fx, goal 6x), written %.0f ms (%.1fx, goal 3x)\n", ROWS,
	       (double)text.len / 1e6, bare * 1e3, read * 1e3, read / bare, write * 1e3, write / bare);
	buf_release(&text);
	return read > 6 * bare || write > 3 * bare;
}
