/*
 * The picture of 100,000 nodes and 200,000 edges as DOT, beside bare cgraph: the same nodes, labels and edges, from arrays, sorted by
 * where edges begin. And a tenth of it: growth. The best of five, in CPU time.
 * Goals: within 1.3 times the bare one, and growing as that grows.
 */
#include <graphviz/cgraph.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "compiler/compilation.h"
#include "emitters/picture.h"

enum { ROWS = 100000, TIMES = 5 };

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Rows that wait for two of those before them. */
static void document(struct buf *b, int rows)
{
	buf_addstr(b, "{\"calcflow-graph\":1,\"functions\":{\"task\":{\"params\":{\"parents\":\"[file]\"},\"results\":\"file\","
		      "\"command\":[\"task\",\"{parents}\"],\"stdout\":\"out\"}},"
		      "\"sinks\":{\"all\":{\"type\":\"[file]\",\"share\":\"/out/all\"}},\"sets\":{\"s\":{\"nodes\":[{\"name\":\"done\",\"steps\":{\"by\":[");
	for (int i = 0; i < rows; i++)
		buf_printf(b, "%s\"task_%07d\"", i ? "," : "", i);
	buf_addstr(b, "],\"after\":[");
	for (int i = 0; i < rows; i++)
		buf_printf(b, i < 2 ? "%s[]" : "%s[\"task_%07d\",\"task_%07d\"]", i ? "," : "", (i - 1) / 2, i - 1);
	buf_addstr(b, "]},\"block\":{\"nodes\":[{\"name\":\"task\",\"call\":\"task\",\"args\":{\"parents\":{\"parents\":\"done\"}}}],"
		      "\"results\":[{\"step\":\"task\"}]}}],\"sinks\":{\"all\":{\"step\":\"done\"}}}}}");
}

/* The drawing's nodes and edges through cgraph, with what cgraph takes for itself: names, its own numbers, attributes by name. */
static size_t bare(const struct drawing *d, const uint32_t *order)
{
	Agraph_t *g = agopen((char *)"flow", Agdirected, NULL);
	Agnode_t **node = malloc(d->nodes * sizeof *node);
	char *text = NULL, name[32];
	size_t len = 0;
	agattr(g, AGNODE, (char *)"label", (char *)"");
	agattr(g, AGNODE, (char *)"tooltip", (char *)"");
	agattr(g, AGEDGE, (char *)"label", (char *)"");
	for (size_t i = 0; i < d->nodes; i++) {
		snprintf(name, sizeof name, "n%zu", i);
		node[i] = agnode(g, name, 1);
		agset(node[i], (char *)"label", (char *)d->node[i].label);
		agset(node[i], (char *)"tooltip", (char *)d->node[i].tip);
	}
	for (size_t i = 0; i < d->lines; i++)
		agedge(g, node[d->line[order[i]].from], node[d->line[order[i]].to], NULL, 1);
	FILE *out = open_memstream(&text, &len);
	agwrite(g, out);
	fclose(out);
	agclose(g);
	free(node);
	free(text);
	return len;
}

static const struct drawing *sorted;
static int by_tail(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b, fx = sorted->line[x].from, fy = sorted->line[y].from;
	return fx != fy ? (fx < fy ? -1 : 1) : (x > y) - (x < y);
}

struct times { double bare, drawn, written; size_t nodes, lines, bare_len, len; };

static bool measure(int rows, struct times *t)
{
	static const struct compile_options options = { .no_files = true };
	struct picture_options all = { SIZE_MAX, SIZE_MAX, SIZE_MAX, BY_ROW };
	struct compilation *c = compilation_new();
	struct buf text = BUF_INIT, out = BUF_INIT;
	document(&text, rows);
	if (!compile_text(c, "graph.json", text.p, text.len, &options)) {
		diag_print(c->diags, stderr, false);
		return false;
	}
	*t = (struct times){ .bare = 1e9, .drawn = 1e9, .written = 1e9 };
	for (int i = 0; i < TIMES; i++) {
		double from = now(), took;
		struct drawing *d = picture_draw(c, &all, NULL);
		took = now() - from;
		t->drawn = took < t->drawn ? took : t->drawn;
		t->nodes = d->nodes;
		t->lines = d->lines;
		from = now();
		buf_clear(&out);
		drawing_dot(d, &out);
		took = now() - from;
		t->written = took < t->written ? took : t->written;
		t->len = out.len;
		uint32_t *order = malloc((d->lines + 1) * sizeof *order);
		for (size_t k = 0; k < d->lines; k++)
			order[k] = (uint32_t)k;
		sorted = d;
		qsort(order, d->lines, sizeof *order, by_tail);
		from = now();
		t->bare_len = bare(d, order);
		took = now() - from;
		t->bare = took < t->bare ? took : t->bare;
		free(order);
		drawing_free(d);
	}
	buf_release(&text);
	buf_release(&out);
	compilation_free(c);
	return true;
}

int main(void)
{
	struct times small, large;
	if (!measure(ROWS / 10, &small) || !measure(ROWS, &large))
		return 1;
	double small_all = small.drawn + small.written, all = large.drawn + large.written;
	printf("dot: %zu nodes, %zu edges: bare cgraph %.0f ms (%.1f MB), drawn %.0f ms and written %.0f ms (%.1f MB): %.2fx (goal 1.3x)\n", large.nodes,
	       large.lines, large.bare * 1e3, (double)large.bare_len / 1e6, large.drawn * 1e3, large.written * 1e3, (double)large.len / 1e6, all / large.bare);
	printf("     a tenth of it: bare %.0f ms, drawn and written %.0f ms: growth %.1fx for 10x, bare %.1fx (goal: 1.15 times that)\n", small.bare * 1e3,
	       small_all * 1e3, all / small_all, large.bare / small.bare);
	return all > 1.3 * large.bare || all / small_all > 1.15 * large.bare / small.bare;
}
