/* Pictures, read back by cgraph: what is drawn of each construct, hostile names, and when the many become few. */
#include <graphviz/cgraph.h>
#include <stdlib.h>

#include "compiler/compilation.h"
#include "emitters/picture.h"
#include "testsuite/unit/test.h"

/* ---- reading back ---- */

static Agraph_t *read_dot(const char *text)
{
	Agraph_t *g = agmemread(text);
	CHECK(g != NULL);
	return g;
}

static const char *attr(void *object, const char *name)
{
	char *value = agget(object, (char *)name);
	return value ? value : "";
}

static bool in_legend(Agraph_t *g, Agnode_t *n)
{
	for (Agraph_t *sub = agfstsubg(g); sub; sub = agnxtsubg(sub))
		if (!strcmp(attr(sub, "label"), "legend") && agsubnode(sub, n, 0))
			return true;
	return false;
}

static Agnode_t *node_named(Agraph_t *g, const char *label)
{
	for (Agnode_t *n = agfstnode(g); n; n = agnxtnode(g, n))
		if (!strcmp(attr(n, "label"), label) && !in_legend(g, n))
			return n;
	return NULL;
}

/* Without the legend. */
static int count_nodes(Agraph_t *g)
{
	int count = 0;
	for (Agnode_t *n = agfstnode(g); n; n = agnxtnode(g, n))
		count += !in_legend(g, n);
	return count;
}

/* Those that are seen. */
static int count_edges(Agraph_t *g)
{
	int count = 0;
	for (Agnode_t *n = agfstnode(g); n; n = agnxtnode(g, n))
		for (Agedge_t *e = agfstout(g, n); e; e = agnxtout(g, e))
			count += strcmp(attr(e, "style"), "invis") != 0;
	return count;
}

/* Does the text begin so, whatever stands for its spaces: lines may be broken anywhere? */
static bool begins(const char *text, const char *begin)
{
	for (; *begin; text++, begin++)
		if (*begin == ' ' && text[0] == '\\' && (text[1] == 'l' || text[1] == 'n'))
			text++;
		else if (*text != *begin)
			return false;
	return true;
}

/* The label of a line: without what keeps it from the line. */
static bool labelled(Agedge_t *e, const char *label)
{
	const char *text = attr(e, "label");
	for (; *text; text++) {
		while (*text == ' ' && text[1] == ' ')
			text += 2;
		if (*text != *label++)
			return false;
	}
	return !*label;
}

static Agedge_t *edge_between(Agraph_t *g, const char *from, const char *to)
{
	Agnode_t *a = node_named(g, from), *b = node_named(g, to);
	return a && b ? agedge(g, a, b, NULL, 0) : NULL;
}

/* The frames, at any depth, whose label begins so. */
static int count_frames(Agraph_t *g, const char *begin)
{
	int count = 0;
	for (Agraph_t *sub = agfstsubg(g); sub; sub = agnxtsubg(sub))
		count += begins(attr(sub, "label"), begin) + count_frames(sub, begin);
	return count;
}

/* ---- drawing ---- */

static const struct picture_options usual = { SIZE_MAX, PICTURE_MOST_NODES, PICTURE_MOST_LINES, BY_ROW };

static Agraph_t *draw(const char *text, const struct picture_options *o, enum grain *grain)
{
	static const struct compile_options options = { .no_files = true };
	struct compilation *c = compilation_new();
	struct buf out = BUF_INIT, again = BUF_INIT;
	Agraph_t *g = NULL;
	if (CHECK(compile_text(c, "p.cf", text, strlen(text), &options))) {
		picture_dot(c, o, &out, grain);
		picture_dot(c, o, &again, NULL);
		CHECK(out.len == again.len && !memcmp(out.p, again.p, out.len));	/* the same program is the same bytes */
		g = read_dot(buf_str(&out));
	} else {
		diag_print(c->diags, stdout, false);
	}
	buf_release(&out);
	buf_release(&again);
	compilation_free(c);
	return g;
}

#define FUNCTIONS \
	"function make() -> file { command [\"make\"] stdout out }\n" \
	"function step(x: file) -> file { command [\"step\", \"{x}\"] stdout out }\n" \
	"function two(x: file) -> (left: file, right: file) { command [\"two\", \"{x}\", \"{left}\", \"{right}\"] }\n" \
	"function join(x: [file]) -> file { command [\"join\", \"{x}\"] stdout out }\n" \
	"function size(x: file) -> i64 { command [\"size\", \"{x}\"] stdout out }\n" \
	"sink result : file at share \"/out/result\"\n"

static void test_constructs(void)
{
	Agraph_t *g = draw(FUNCTIONS
			   "source texts : [file] at share \"/in/*.txt\"\n"
			   "function tell(x: file) -> file { command [\"tell\", \"{x}\"] stdout out effect once }\n"
			   "flow inner(x: file) -> file { a = step(x)  return step(a) }\n"
			   "flow f(texts: [file]) -> file {\n"
			   "    all = each t in texts limit 2 { inner(t) }\n"
			   "    left, right = two(join(all))\n"
			   "    n = size(left)\n"
			   "    big = when n > 3 { step(left) } else { right }\n"
			   "    last = cycle w from big until size(w) < 2 max 5 { step(w) }\n"
			   "    told = tell(last)\n"
			   "    end = step(told) after right\n"
			   "    return end\n"
			   "}\n"
			   "calcset s on pod { run result <- f(texts) slots 3 }\n", &usual, NULL);
	Agedge_t *e;
	if (!g)
		return;
	CHECK(count_frames(g, "calcset s: on pod, 3 slots") == 1 && count_frames(g, "legend") == 1);
	CHECK(count_frames(g, "all: each, items known at run time, 2 at the same time") == 1);
	CHECK(count_frames(g, "flow inner") == 1 && count_frames(g, "big: when") == 1 && count_frames(g, "last: cycle until, at most 5 rounds") == 1);
	CHECK(node_named(g, "texts\\n/in/*.txt") && !strcmp(attr(node_named(g, "texts\\n/in/*.txt"), "shape"), "cylinder"));
	CHECK(node_named(g, "told\\ntell()") && !strcmp(attr(node_named(g, "told\\ntell()"), "peripheries"), "2"));
	CHECK(node_named(g, "when") && !strcmp(attr(node_named(g, "when"), "shape"), "diamond"));
	CHECK((e = edge_between(g, "texts\\n/in/*.txt", "a\\nstep()")) && labelled(e, "each item") && !strcmp(attr(e, "arrowhead"), "empty"));
	CHECK((e = edge_between(g, "step", "join")) && labelled(e, "list, scratch"));
	CHECK((e = edge_between(g, "left\\ntwo()", "n\\nsize()")) && labelled(e, "left\\nscratch"));
	CHECK((e = edge_between(g, "end\\nstep()", "result\\n/out/result")) && !strcmp(attr(e, "color"), "#1f5fa8"));
	CHECK(strstr(attr(node_named(g, "n\\nsize()"), "tooltip"), "p.cf:"));
	agclose(g);
}

/* Worker groups, ponds and states, windows, launched flows. */
static void test_places(void)
{
	Agraph_t *g = draw(FUNCTIONS
			   "pond hot { size 1Gi }\n"
			   "lock tally at pond hot\n"
			   "state counts : i64 = 0 at pond hot guarded by tally\n"
			   "function count(x: file) -> i64 { command [\"count\", \"{x}\"] stdout out reads counts writes counts }\n"
			   "sink n : i64 at share \"/out/n\"\n"
			   "flow f() -> (n: i64, r: file) { a = make()  b = step(a)  return count(b), b }\n"
			   "calcset s on list { run n, result <- f() together make, step workers 0..4 near hot }\n", &usual, NULL);
	Agedge_t *e;
	if (!g)
		return;
	CHECK(count_frames(g, "calcset s: on list") == 1 && count_frames(g, "pod of make, step, ×0 to 4") == 1);
	CHECK(node_named(g, "counts\\nstate at pond hot, guarded by tally"));
	CHECK((e = edge_between(g, "counts\\nstate at pond hot, guarded by tally", "count")) && !strcmp(attr(e, "style"), "dashed"));
	agclose(g);
	g = draw(FUNCTIONS
		 "window hour = every 1h late 2m then drop idle skip\n"
		 "window day = every 1d late 2m then drop idle skip\n"
		 "source raw : file at share \"/raw/{window}\" in hour\n"
		 "sink daily : file at share \"/day/{window}\" in day\n"
		 "flow f(raw: file) -> file { one = step(raw)  all = gather one over day  return join(all) }\n"
		 "calcset s on pod { run daily <- f(raw) }\n", &usual, NULL);
	if (!g)
		return;
	CHECK(count_frames(g, "window hour: every 1h, late 2m then drop") == 1 && count_frames(g, "window day: every 1d") == 1);
	CHECK(node_named(g, "all\\ngather over day") && node_named(g, "raw\\n/raw/{window}\\nin hour"));
	agclose(g);
}

/* Sets of sets: a frame around them, and what one hands to another drawn once. */
static void test_sets(void)
{
	Agraph_t *g = draw(FUNCTIONS
			   "sink middle : file at share \"/out/middle\"\n"
			   "flow first() -> file { return make() }\n"
			   "flow second(x: file) -> file { return step(x) }\n"
			   "calcset a on pod { run middle <- first() }\n"
			   "calcset b on pod { run result <- second(middle) }\n"
			   "calcset all on list { run a()  run b() }\n", &usual, NULL);
	if (!g)
		return;
	CHECK(count_frames(g, "calcset all: 2 sets") == 1 && count_frames(g, "calcset a:") == 1 && count_frames(g, "calcset b:") == 1);
	CHECK(count_nodes(g) == 4 && edge_between(g, "middle\\n/out/middle", "step") && edge_between(g, "make", "middle\\n/out/middle"));
	agclose(g);
}

/* ---- names that would break a text that is not escaped ---- */

static void test_hostile(void)
{
	static const struct { const char *literal, *label; } names[] = {
		{ "a \\\" b", "a \" b" },
		{ "back\\\\slash\\\\", "back\\\\slash\\\\" },
		{ "<b>bold</b>", "<b>bold</b>" },
		{ "&amp; &lt;", "&amp;amp; &amp;lt;" },
		{ "two\\nlines", "two lines" },
		{ "\\\\N \\\\G", "\\\\N \\\\G" },
		{ "\xE2\x80\xAE" "turned", "\xEF\xBF\xBD" "turned" },
		{ "\xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D", "\xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D" },
		{ "tab\\tbed", "tab bed" },
		{ "node", "node" },
		{ "read_0123456789012345678901234567890123456789.map_of_0123456789", "read_\\n0123456789012345678901234567890123456789.\\nmap_of_0123456789" },
		{ "01234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789",
		  "01234567890123456789…01234567890123456789" },
	};
	struct buf text = BUF_INIT;
	buf_addstr(&text, "type Task { id: string, needs: [string] }\n"
			  "function one(x: [file]) -> file { command [\"one\", \"{x}\"] stdout out }\n"
			  "sink all : [file] at share \"/out/all\"\n"
			  "let tasks : [Task] = [\n");
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		buf_printf(&text, "    Task(id: \"%s\", needs: []),\n", names[i].literal);
	buf_addstr(&text, "]\nflow f() -> [file] { return steps t in tasks by t.id after t.needs { one(parents) } }\ncalcset s on pod { run all <- f() }\n");
	Agraph_t *g = draw(buf_str(&text), &usual, NULL);
	for (size_t i = 0; g && i < sizeof names / sizeof names[0]; i++)
		if (!CHECK(node_named(g, names[i].label) != NULL))
			printf("  %s\n", names[i].label);
	if (g)
		agclose(g);
	buf_release(&text);
}

/* ---- how many ---- */

/* A chain of so many steps, and its sink. */
static void chain(struct buf *text, unsigned steps)
{
	buf_addstr(text, FUNCTIONS "flow f() -> file {\n    a0 = make()\n");
	for (unsigned i = 1; i < steps; i++)
		buf_printf(text, "    a%u = step(a%u)\n", i, i - 1);
	buf_printf(text, "    return a%u\n}\ncalcset s on pod { run result <- f() }\n", steps - 1);
}

/* 200 steps, three that take 200, 200 and `third` of them, one that takes those: 404 edges and `third`. */
static void fan(struct buf *text, unsigned third)
{
	unsigned takes[3] = { 200, 200, third };
	buf_addstr(text, FUNCTIONS "flow f() -> file {\n");
	for (unsigned i = 0; i < 200; i++)
		buf_printf(text, "    a%u = make()\n", i);
	for (unsigned k = 0; k < 3; k++) {
		buf_printf(text, "    b%u = join([", k);
		for (unsigned i = 0; i < takes[k]; i++)
			buf_printf(text, "%sa%u", i ? ", " : "", i);
		buf_addstr(text, "])\n");
	}
	buf_addstr(text, "    return join([b0, b1, b2])\n}\ncalcset s on pod { run result <- f() }\n");
}

static void test_bounds(void)
{
	for (unsigned nodes = 499; nodes <= 501; nodes++) {
		struct buf text = BUF_INIT;
		enum grain grain;
		chain(&text, nodes - 1);
		Agraph_t *g = draw(buf_str(&text), &usual, &grain);
		CHECK(g && (grain == BY_ROW) == (nodes <= 500) && count_nodes(g) == (nodes <= 500 ? (int)nodes : 3));
		CHECK(g && (nodes <= 500 || (grain == BY_FUNCTION && node_named(g, "step()\\n499 steps") && node_named(g, "make()\\n1 step"))));
		if (g)
			agclose(g);
		g = draw(buf_str(&text), &(struct picture_options){ SIZE_MAX, SIZE_MAX, SIZE_MAX, BY_ROW }, &grain);
		CHECK(g && grain == BY_ROW && count_nodes(g) == (int)nodes && count_edges(g) == (int)nodes - 1);
		if (g)
			agclose(g);
		buf_release(&text);
	}
	for (unsigned edges = 599; edges <= 601; edges++) {
		struct buf text = BUF_INIT;
		enum grain grain;
		fan(&text, edges - 404);
		Agraph_t *g = draw(buf_str(&text), &usual, &grain);
		CHECK(g && (grain == BY_ROW) == (edges <= 600) && (edges > 600 || count_edges(g) == (int)edges));
		if (g)
			agclose(g);
		buf_release(&text);
	}
}

/* Rows by the thousand: alike ones are one node, and lines say how many they are. */
static void test_alike(void)
{
	struct buf text = BUF_INIT;
	enum grain grain;
	buf_addstr(&text, "type Task { id: string, needs: [string] }\n"
			  "function one(x: [file]) -> file { command [\"one\", \"{x}\"] stdout out }\n"
			  "sink all : [file] at share \"/out/all\"\n"
			  "let tasks : [Task] = [\n");
	for (unsigned i = 0; i < 600; i++)
		buf_printf(&text, "    Task(id: \"read_ID%04u\", needs: []), Task(id: \"map_ID%04u\", needs: [\"read_ID%04u\"]),\n", i, i, i);
	buf_addstr(&text, "]\nflow f() -> [file] { return steps t in tasks by t.id after t.needs { one(parents) } }\ncalcset s on pod { run all <- f() }\n");
	Agraph_t *g = draw(buf_str(&text), &usual, &grain);
	Agedge_t *e = g ? edge_between(g, "read\\n×600", "map\\n×600") : NULL;
	CHECK(grain == BY_ALIKE && e && labelled(e, "×600"));
	if (g)
		agclose(g);
	buf_release(&text);
}

/* Stages of many different rows, in columns that no page holds: what begins alike is one node. A class of one row keeps its number. */
static void test_parts(void)
{
	struct buf text = BUF_INIT;
	enum grain grain;
	buf_addstr(&text, "type Task { id: string, needs: [string] }\n"
			  "function one(x: [file]) -> file { command [\"one\", \"{x}\"] stdout out }\n"
			  "sink all : [file] at share \"/out/all\"\n"
			  "let tasks : [Task] = [ Task(id: \"RUN.PREPARE.INDEX_0\", needs: []), Task(id: \"RUN.GTF2BED_1\", needs: [\"RUN.PREPARE.INDEX_0\"]),\n");
	for (unsigned i = 0; i < 80; i++)
		buf_printf(&text, "    Task(id: \"RUN.ALIGN.%c%c_%u\", needs: [\"RUN.PREPARE.INDEX_0\"]),\n", 'A' + i % 10, 'A' + i / 10, i);
	buf_addstr(&text, "]\nflow f() -> [file] { return steps t in tasks by t.id after t.needs { one(parents) } }\ncalcset s on pod { run all <- f() }\n");
	Agraph_t *g = draw(buf_str(&text), &usual, &grain);
	Agedge_t *e = g ? edge_between(g, "RUN.PREPARE", "RUN.ALIGN\\n×80") : NULL;
	CHECK(grain == BY_PART && e && labelled(e, "×80") && edge_between(g, "RUN.PREPARE", "RUN.GTF2BED"));
	if (g)
		agclose(g);
	buf_release(&text);
}

/* A hundred that are alike in a column that no page holds are one node; a dozen are not. What is asked for whole is whole. */
static void test_page(void)
{
	for (unsigned rows = 12; rows <= 120; rows += 108) {
		struct buf text = BUF_INIT;
		enum grain grain;
		buf_addstr(&text, "type Task { id: string, needs: [string] }\n"
				  "function one(x: [file]) -> file { command [\"one\", \"{x}\"] stdout out }\n"
				  "sink all : [file] at share \"/out/all\"\n"
				  "let tasks : [Task] = [\n");
		for (unsigned i = 0; i < rows; i++)
			buf_printf(&text, "    Task(id: \"read_ID%04u\", needs: []),\n", i);
		buf_printf(&text, "    Task(id: \"join\", needs: [\"read_ID%04u\"]),\n", 0);
		buf_addstr(&text, "]\nflow f() -> [file] { return steps t in tasks by t.id after t.needs { one(parents) } }\ncalcset s on pod { run all <- f() }\n");
		Agraph_t *g = draw(buf_str(&text), &usual, &grain);
		CHECK(g && grain == (rows == 12 ? BY_ROW : BY_ALIKE) && count_nodes(g) == (rows == 12 ? 14 : 3));
		if (g)
			agclose(g);
		g = draw(buf_str(&text), &(struct picture_options){ SIZE_MAX, SIZE_MAX, SIZE_MAX, BY_ROW }, &grain);
		CHECK(g && grain == BY_ROW && count_nodes(g) == (int)rows + 2);
		if (g)
			agclose(g);
		buf_release(&text);
	}
}

/* Frames beyond what can be drawn are counted; a set without steps says so. */
static void test_odd(void)
{
	struct buf text = BUF_INIT;
	buf_addstr(&text, FUNCTIONS "flow f() -> file {\n    a = make()\n    ");
	for (unsigned i = 0; i < 40; i++)
		buf_printf(&text, "%seach i%u in [1] { ", i ? "" : "x = ", i);
	buf_addstr(&text, "step(a)");
	for (unsigned i = 0; i < 40; i++)
		buf_addstr(&text, " }");
	buf_addstr(&text, "\n    return a\n}\ncalcset s on pod { run result <- f() }\n");
	Agraph_t *g = draw(buf_str(&text), &usual, NULL);
	CHECK(g && count_frames(g, "each, 1 item, and 17 more within") == 1);
	if (g)
		agclose(g);
	g = draw("flow nothing() { }\ncalcset s on pod { run nothing() }\n", &usual, NULL);
	CHECK(g && node_named(g, "no steps") && count_frames(g, "calcset s: on pod, 1 slot, 0 steps") == 1);
	if (g)
		agclose(g);
	buf_release(&text);
}

/* A long chain goes down the page, a short one to the right. */
static void test_direction(void)
{
	for (unsigned steps = 2; steps <= 20; steps += 18) {
		struct buf text = BUF_INIT;
		chain(&text, steps);
		Agraph_t *g = draw(buf_str(&text), &usual, NULL);
		CHECK(g && !strcmp(attr(g, "rankdir"), steps == 2 ? "LR" : "TB"));
		if (g)
			agclose(g);
		buf_release(&text);
	}
}

/* Every grain of one program is a picture, and each is no larger than the one before. */
static void test_grains(void)
{
	struct buf text = BUF_INIT;
	int before = 1 << 30;
	chain(&text, 300);
	buf_addstr(&text, "sink other : file at share \"/out/other\"\ncalcset t on list { run other <- f() }\n");
	for (enum grain finest = BY_ROW; finest < GRAINS; finest++) {
		enum grain grain = GRAINS;
		Agraph_t *g = draw(buf_str(&text), &(struct picture_options){ SIZE_MAX, SIZE_MAX, SIZE_MAX, finest }, &grain);
		CHECK(g && grain == finest && count_nodes(g) <= before);
		before = g ? count_nodes(g) : before;
		if (g)
			agclose(g);
	}
	CHECK(before <= 3);
	buf_release(&text);
}

int main(void)
{
	test_constructs();
	test_places();
	test_sets();
	test_hostile();
	test_bounds();
	test_alike();
	test_parts();
	test_page();
	test_direction();
	test_odd();
	test_grains();
	return test_end();
}
