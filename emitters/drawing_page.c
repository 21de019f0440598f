/*
 * How a drawing lies on a page: about how large it becomes when it goes to the right, or down, from how long its lines of boxes are and
 * how long their labels. Only an estimate: what Graphviz makes of it is known after its layout.
 */
#include "emitters/drawing.h"

#include <string.h>

#include "base/mem.h"

/* Pixels, at 96 an inch: of a character, of a line of text, of what stands around a label and between two; a page's short and long side. */
static const double CHAR = 7.5, LINE = 17, AROUND = 20, GAP = 18, SMALL = 5.5, FRAME = 36, SHORT = 720, LONG = 1040;
static const double DOWN_BELOW = 0.55, DOWN_WHERE = 1.2;	/* to the right is how it is read: down only where that is too small, and down gains so much */

struct extent { double wide, high; };

static struct extent text_extent(const char *text, double character)
{
	size_t longest = 0, now = 0, lines = 1;
	for (; *text; text++) {
		if (*text == '\n') {
			lines++;
			now = 0;
		} else if (((unsigned char)*text & 0xC0) != 0x80 && ++now > longest) {
			longest = now;
		}
	}
	return (struct extent){ (double)longest * character, (double)lines * LINE };
}

static struct extent node_extent(const struct draw_node *n)
{
	struct extent e = text_extent(n->label, CHAR);
	bool round = n->kind == DRAW_COMPUTE || n->kind == DRAW_CHOOSE;
	e.wide = e.wide * (round ? 1.3 : 1) + AROUND;
	e.high = e.high * (round ? 1.4 : 1) + 12;
	return e;
}

/* Of each node: how many stand before it on the longest way to it. Those on a loop stay where it was met. Returns how many ranks. */
static uint32_t find_ranks(const struct drawing *d, uint32_t *rank)
{
	uint32_t *start = mem_zalloc(d->nodes + 2, sizeof *start), *head = mem_alloc((d->lines + 1) * sizeof *head);
	uint32_t *waits = mem_zalloc(d->nodes + 1, sizeof *waits), *queue = mem_alloc((d->nodes + 1) * sizeof *queue);
	uint32_t last = 0;
	size_t queued = 0;
	for (size_t i = 0; i < d->lines; i++)
		if (d->line[i].kind != LINE_BACK) {
			start[d->line[i].from + 1]++;
			waits[d->line[i].to]++;
		}
	for (size_t i = 0; i < d->nodes; i++)
		start[i + 1] += start[i];
	uint32_t *at = mem_alloc((d->nodes + 1) * sizeof *at);
	memcpy(at, start, (d->nodes + 1) * sizeof *at);
	for (size_t i = 0; i < d->lines; i++)
		if (d->line[i].kind != LINE_BACK)
			head[at[d->line[i].from]++] = d->line[i].to;
	for (uint32_t i = 0; i < d->nodes; i++)
		if (!waits[i])
			queue[queued++] = i;
	for (size_t q = 0; q < queued; q++)
		for (uint32_t k = start[queue[q]]; k < start[queue[q] + 1]; k++) {
			if (rank[head[k]] <= rank[queue[q]])
				rank[head[k]] = rank[queue[q]] + 1;
			last = rank[head[k]] > last ? rank[head[k]] : last;
			if (!--waits[head[k]])
				queue[queued++] = head[k];
		}
	mem_free(start);
	mem_free(head);
	mem_free(waits);
	mem_free(queue);
	mem_free(at);
	return d->nodes ? last + 1 : 0;
}

static double smaller(double a, double b) { return a < b ? a : b; }
static double larger(double a, double b) { return a > b ? a : b; }

/* How much of its size is left on a page that is turned as it suits. */
static double scale(struct extent e)
{
	return smaller(1, larger(smaller(LONG / e.wide, SHORT / e.high), smaller(SHORT / e.wide, LONG / e.high)));
}

/* Of each rank: the widest and the highest of its nodes, and all of them beside each other and below each other. */
struct rank { double widest, highest, wide, high; };

struct draw_page drawing_page(const struct drawing *d)
{
	uint32_t *of = mem_zalloc(d->nodes + 1, sizeof *of), deepest = 0;
	uint32_t ranks = find_ranks(d, of);
	struct rank *rank = mem_zalloc((size_t)ranks + 1, sizeof *rank);
	uint32_t *within = drawing_within(d);
	struct extent right = { 0, 0 }, down = { 0, 0 };
	for (size_t i = 0; i < d->nodes; i++) {
		struct rank *r = &rank[of[i]];
		if (d->frame[d->node[i].frame].kind == FRAME_LEGEND)
			continue;
		struct extent e = node_extent(&d->node[i]);
		r->widest = larger(r->widest, e.wide);
		for (uint32_t f = d->node[i].frame; f && within[f] == 1; f = d->frame[f].within)	/* its title may be wider */
			r->widest = larger(r->widest, text_extent(d->frame[f].label, CHAR).wide + AROUND);
		r->highest = larger(r->highest, e.high);
		r->wide += e.wide + GAP;
		r->high += e.high + GAP;
		deepest = d->frame[d->node[i].frame].depth > deepest ? d->frame[d->node[i].frame].depth : deepest;
	}
	/* a label stands in the gap before the node that its line leads to */
	double *words = mem_zalloc((size_t)ranks + 1, sizeof *words);
	bool any = false;
	for (size_t i = 0; i < d->lines; i++) {
		double wide = text_extent(d->line[i].label, SMALL).wide, *gap = &words[of[d->line[i].to]];
		*gap = larger(*gap, wide);
		any = any || wide > 0;
	}
	for (uint32_t i = 0; i < ranks; i++) {
		right.wide += rank[i].widest + words[i] + (any ? 4 : 2) * GAP;
		right.high = larger(right.high, rank[i].high);
		down.high += rank[i].highest + (any ? 3 : 2) * GAP;
		down.wide = larger(down.wide, rank[i].wide);
	}
	right = (struct extent){ right.wide + FRAME * deepest, right.high + FRAME * deepest };
	down = (struct extent){ down.wide + FRAME * deepest, down.high + FRAME * deepest };
	mem_free(of);
	mem_free(within);
	mem_free(rank);
	mem_free(words);
	bool goes_down = scale(right) < DOWN_BELOW && scale(down) > scale(right) * DOWN_WHERE;
	return (struct draw_page){ goes_down, ranks, goes_down ? scale(down) : scale(right) };
}
