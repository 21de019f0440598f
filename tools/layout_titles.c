/* Titles that no line crosses: of each frame's upper edge, what lines take of it, and the first gap that is wide enough; else a cover. */
#include "tools/layout_titles.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { PIECES = 24 /* straight ones of a curve */, MOST_WORK = 100000000 /* pieces times frames */, MOST_DEEP = 64 };
static const double BESIDE = 3, EDGE = 8, BORDER = 3;	/* points: between a line and a title, a title and its frame's edges */

struct point { double x, y; };
struct piece { struct point a, b; };
struct taken { double from, to; };
struct titles {
	const struct layout_graph *of;
	struct piece *piece;	size_t pieces, pieces_cap;
	struct taken *taken;	size_t takens, takens_cap;
	unsigned covers;
	void *graph;
	bool mended;
};

static const char *attribute(const struct titles *t, void *object, const char *name)
{
	const char *value = t->of->get(object, (char *)(uintptr_t)name);	/* it changes neither */
	return value ? value : "";
}

/* ---- lines ---- */

static void add_piece(struct titles *t, struct point a, struct point b)
{
	t->piece = mem_grow(t->piece, &t->pieces_cap, t->pieces + 1, sizeof *t->piece);
	t->piece[t->pieces++] = (struct piece){ a, b };
}

static struct point on_curve(const struct point p[4], double s)
{
	double r = 1 - s, w[4] = { r * r * r, 3 * r * r * s, 3 * r * s * s, s * s * s };
	return (struct point){ w[0] * p[0].x + w[1] * p[1].x + w[2] * p[2].x + w[3] * p[3].x, w[0] * p[0].y + w[1] * p[1].y + w[2] * p[2].y + w[3] * p[3].y };
}

static bool read_point(const char **at, struct point *p)
{
	char *end;
	p->x = strtod(*at, &end);
	if (end == *at || *end != ',')
		return false;
	*at = end + 1;
	p->y = strtod(*at, &end);
	if (end == *at)
		return false;
	*at = end + (*end == ' ');
	return true;
}

/* "e,X,Y s,X,Y X,Y X,Y X,Y X,Y …": ends of heads, then the points of curves, three for each after the first. */
static void read_line(struct titles *t, const char *text)
{
	struct point end = { 0, 0 }, p[4];
	bool head = false;
	while ((*text == 'e' || *text == 's') && text[1] == ',') {
		head = head || *text == 'e';
		struct point q;
		bool is_head = *text == 'e';
		text += 2;
		if (!read_point(&text, &q))
			return;
		if (is_head)
			end = q;
	}
	if (!read_point(&text, &p[0]))
		return;
	while (read_point(&text, &p[1]) && read_point(&text, &p[2]) && read_point(&text, &p[3])) {
		struct point a = p[0];
		for (int i = 1; i <= PIECES; i++) {
			struct point b = on_curve(p, (double)i / PIECES);
			add_piece(t, a, b);
			a = b;
		}
		p[0] = p[3];
	}
	if (head)
		add_piece(t, p[0], end);
}

static void read_lines(struct titles *t, void *graph)
{
	for (void *n = t->of->first_node(graph); n; n = t->of->next_node(graph, n))
		for (void *l = t->of->first_line(graph, n); l; l = t->of->next_line(graph, l))
			if (strcmp(attribute(t, l, "style"), "invis") != 0)
				read_line(t, attribute(t, l, "pos"));
}

/* ---- frames ---- */

struct box { double left, low, right, high; };

static int by_start(const void *a, const void *b)
{
	const struct taken *x = a, *y = b;
	return (x->from > y->from) - (x->from < y->from);
}

/* What lines take of the strip, sorted. */
static void find_taken(struct titles *t, const struct box *strip)
{
	t->takens = 0;
	for (size_t i = 0; i < t->pieces; i++) {
		const struct piece *p = &t->piece[i];
		double low = p->a.y < p->b.y ? p->a.y : p->b.y, high = p->a.y < p->b.y ? p->b.y : p->a.y;
		double left = p->a.x < p->b.x ? p->a.x : p->b.x, right = p->a.x < p->b.x ? p->b.x : p->a.x;
		if (high < strip->low || low > strip->high || right < strip->left || left > strip->right)
			continue;
		t->taken = mem_grow(t->taken, &t->takens_cap, t->takens + 1, sizeof *t->taken);
		t->taken[t->takens++] = (struct taken){ left - BESIDE, right + BESIDE };
	}
	if (t->takens)
		qsort(t->taken, t->takens, sizeof *t->taken, by_start);
}

/* The leftmost place of a gap so wide; `right` where there is none. */
static double find_gap(const struct titles *t, double left, double right, double wide)
{
	for (size_t i = 0; i < t->takens && left + wide <= right; i++) {
		if (t->taken[i].from >= left + wide)
			return left;
		if (t->taken[i].to > left)
			left = t->taken[i].to;
	}
	return left + wide <= right ? left : right;
}

static bool set(const struct titles *t, void *object, const char *name, const char *value)
{
	return t->of->set(object, (char *)(uintptr_t)name, (char *)(uintptr_t)value) == 0;
}

/* The title as a node, in the colour of what it stands on. */
static void cover(struct titles *t, void *frame, struct box at, const char *fill)
{
	const struct { const char *name, *value; } looks[] = {
		{ "shape", "box" }, { "style", "filled" }, { "fillcolor", fill }, { "penwidth", "0" }, { "margin", "0,0" }, { "tooltip", "" },
		{ "fontsize", attribute(t, frame, "fontsize") }, { "label", attribute(t, frame, "label") },
	};
	char name[32], place[64];
	snprintf(name, sizeof name, "title_%u", t->covers++);
	snprintf(place, sizeof place, "%.2f,%.2f", (at.left + at.right) / 2, (at.low + at.high) / 2);
	void *node = t->of->node(t->graph, name, 1);
	if (!node || !set(t, node, "pos", place))
		return;
	snprintf(place, sizeof place, "%.4f", (at.right - at.left) / 72);
	set(t, node, "width", place);
	snprintf(place, sizeof place, "%.4f", (at.high - at.low) / 72);
	set(t, node, "height", place);
	for (size_t i = 0; i < sizeof looks / sizeof looks[0]; i++)
		set(t, node, looks[i].name, looks[i].value);
	set(t, frame, "label", "");
	t->mended = true;
}

/* fill: of the frame, or of what it stands on. */
static void mend_title(struct titles *t, void *frame, const char *fill)
{
	struct box b;
	struct point middle;
	double wide = strtod(attribute(t, frame, "lwidth"), NULL) * 72, high = strtod(attribute(t, frame, "lheight"), NULL) * 72;
	const char *at = attribute(t, frame, "lp");
	if (sscanf(attribute(t, frame, "bb"), "%lf,%lf,%lf,%lf", &b.left, &b.low, &b.right, &b.high) != 4 || wide <= 0 || !read_point(&at, &middle))
		return;
	double left = b.left + EDGE, right = b.right - EDGE, now = middle.x - wide / 2;
	struct box strip = { b.left, middle.y - high / 2, b.right, middle.y + high / 2 };
	if (strip.high > b.high - BORDER)
		strip.high = b.high - BORDER;	/* a line that leads to the frame ends there */
	find_taken(t, &strip);
	if (!t->takens)
		return;
	double to = find_gap(t, now < left ? now : left, right, wide);
	if (to >= right) {
		cover(t, frame, (struct box){ now, middle.y - high / 2, now + wide, middle.y + high / 2 }, fill);
	} else if (to - now > 1 || now - to > 1) {
		char text[64];
		snprintf(text, sizeof text, "%.2f,%.2f", to + wide / 2, middle.y);
		t->mended = set(t, frame, "lp", text) || t->mended;
	}
}

static size_t count_frames(const struct titles *t, void *graph, unsigned depth)
{
	size_t count = 0;
	for (void *f = t->of->first_frame(graph); f && depth < MOST_DEEP; f = t->of->next_frame(f))
		count += 1 + count_frames(t, f, depth + 1);
	return count;
}

static void mend_titles(struct titles *t, void *graph, const char *around, unsigned depth)
{
	for (void *f = t->of->first_frame(graph); f && depth < MOST_DEEP; f = t->of->next_frame(f)) {
		const char *fill = attribute(t, f, "fillcolor");
		fill = *fill ? fill : around;
		mend_title(t, f, fill);
		mend_titles(t, f, fill, depth + 1);
	}
}

bool layout_titles(const struct layout_graph *of, void *graph)
{
	struct titles t = { .of = of, .graph = graph };
	read_lines(&t, graph);
	if (t.pieces * count_frames(&t, graph, 0) <= MOST_WORK)
		mend_titles(&t, graph, "#ffffff", 0);
	mem_free(t.piece);
	mem_free(t.taken);
	return t.mended;
}
