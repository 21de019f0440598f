/*
 * Lines are numbered by their text, and the numbers compared by Myers' algorithm (1986) in linear space: the middle of a shortest
 * path is found from both ends, then each half is done likewise. A search that has taken MOST_EDITS edits splits where it came
 * farthest: then the diff may be longer than it had to be, but two texts without a line in common take no more than lines times that.
 * Own code and not the program `diff`: where calcc runs there may be none (it is an image of one file).
 */
#include "emitters/diff.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include "base/hash.h"
#include "base/mem.h"

enum { MOST_EDITS = 256, CONTEXT = 3 };

struct line { const char *p; size_t len; };	/* with its end, if it has one */
struct side {
	struct line *line;
	uint32_t *id;
	bool *marked;		/* from: it goes; to: it comes */
	long count;
};
struct diff {
	struct side a, b;
	long *front, *back;	/* of each diagonal x - y: the farthest x from either end; index 0 is diagonal -(lines of b) - 1 */
};
struct box { long x0, x1, y0, y1; };

/* ---- lines ---- */

static void split(struct side *s, const struct diff_text *t)
{
	size_t cap = 0;

	for (size_t at = 0; at < t->len;) {
		const char *line = t->p + at, *end = memchr(line, '\n', t->len - at);
		size_t len = end ? (size_t)(end - line) + 1 : t->len - at;

		s->line = mem_grow(s->line, &cap, (size_t)s->count + 1, sizeof *s->line);
		s->line[s->count++] = (struct line){ line, len };
		at += len;
	}
	s->id = mem_zalloc((size_t)s->count + 1, sizeof *s->id);
	s->marked = mem_zalloc((size_t)s->count + 1, sizeof *s->marked);
}

/* Equal lines get equal numbers. `table` has lines by hash: number + 1, 0 is free. */
static void number_lines(struct side *s, uint32_t *table, size_t size, struct line *known, uint32_t *count)
{
	for (long i = 0; i < s->count; i++) {
		const struct line *l = &s->line[i];
		size_t at = (size_t)hash_bytes(l->p, l->len) & (size - 1);

		while (table[at] && (known[table[at] - 1].len != l->len || memcmp(known[table[at] - 1].p, l->p, l->len) != 0))
			at = (at + 1) & (size - 1);
		if (!table[at]) {
			known[*count] = *l;
			table[at] = ++*count;
		}
		s->id[i] = table[at];
	}
}

static void number_all(struct diff *d)
{
	size_t lines = (size_t)(d->a.count + d->b.count), size = 64;
	struct line *known = mem_zalloc(lines + 1, sizeof *known);
	uint32_t *table, count = 0;

	while (size < lines * 2)
		size *= 2;
	table = mem_zalloc(size, sizeof *table);
	number_lines(&d->a, table, size, known, &count);
	number_lines(&d->b, table, size, known, &count);
	mem_free(table);
	mem_free(known);
}

/* ---- the path ---- */

struct reach { long low, high; };	/* diagonals that a search has come to */

/* One more edit on every diagonal. Beyond the box a diagonal has nothing to give. */
static void widen(struct reach *r, long *v, long least, long most, long nothing)
{
	if (r->low > least)
		v[--r->low - 1] = nothing;
	else
		r->low++;
	if (r->high < most)
		v[++r->high + 1] = nothing;
	else
		r->high--;
}

/* Where the box is split, by a shortest path through its middle, or by how far a long search came. */
static void find_middle(struct diff *d, const struct box *x, long *mid_x, long *mid_y)
{
	const uint32_t *a = d->a.id, *b = d->b.id;
	long *f = d->front + d->b.count + 1, *r = d->back + d->b.count + 1;
	long least = x->x0 - x->y1, most = x->x1 - x->y0, start = x->x0 - x->y0, end = x->x1 - x->y1;
	struct reach fore = { start, start }, rear = { end, end };
	bool odd = (start - end) & 1;

	f[start] = x->x0;
	r[end] = x->x1;
	for (int edits = 1;; edits++) {
		long best = -1, best_x = x->x0, worst = -1, worst_x = x->x1;

		widen(&fore, f, least, most, -1);
		for (long k = fore.high; k >= fore.low; k -= 2) {
			long at = f[k - 1] < f[k + 1] ? f[k + 1] : f[k - 1] + 1, y = at - k;

			while (at < x->x1 && y < x->y1 && a[at] == b[y])
				at++, y++;
			f[k] = at;
			if (odd && k >= rear.low && k <= rear.high && r[k] <= at) {
				*mid_x = at;
				*mid_y = y;
				return;
			}
			if (at <= x->x1 && y <= x->y1 && at + y > best) {
				best = at + y;
				best_x = at;
			}
		}
		widen(&rear, r, least, most, x->x1 + 1);
		for (long k = rear.high; k >= rear.low; k -= 2) {
			long at = r[k - 1] < r[k + 1] ? r[k - 1] : r[k + 1] - 1, y = at - k;

			while (at > x->x0 && y > x->y0 && a[at - 1] == b[y - 1])
				at--, y--;
			r[k] = at;
			if (!odd && k >= fore.low && k <= fore.high && at <= f[k]) {
				*mid_x = at;
				*mid_y = y;
				return;
			}
			if (at >= x->x0 && y >= x->y0 && (worst < 0 || at + y < worst)) {
				worst = at + y;
				worst_x = at;
			}
		}
		if (edits < MOST_EDITS || best < 0 || worst < 0)
			continue;
		if (best - (x->x0 + x->y0) >= x->x1 + x->y1 - worst) {
			*mid_x = best_x;
			*mid_y = best - best_x;
		} else {
			*mid_x = worst_x;
			*mid_y = worst - worst_x;
		}
		return;
	}
}

static void mark(struct side *s, long from, long to)
{
	memset(s->marked + from, true, (size_t)(to - from));
}

/* The smaller half first, the other in this loop: the depth is the logarithm of the lines. */
static void compare(struct diff *d, struct box x)
{
	for (;;) {
		struct box low, high;
		long mx, my;

		while (x.x0 < x.x1 && x.y0 < x.y1 && d->a.id[x.x0] == d->b.id[x.y0])
			x.x0++, x.y0++;
		while (x.x0 < x.x1 && x.y0 < x.y1 && d->a.id[x.x1 - 1] == d->b.id[x.y1 - 1])
			x.x1--, x.y1--;
		if (x.x0 == x.x1 || x.y0 == x.y1) {
			mark(&d->a, x.x0, x.x1);
			mark(&d->b, x.y0, x.y1);
			return;
		}
		find_middle(d, &x, &mx, &my);
		low = (struct box){ x.x0, mx, x.y0, my };
		high = (struct box){ mx, x.x1, my, x.y1 };
		if (mx - x.x0 + my - x.y0 < x.x1 - mx + x.y1 - my) {
			compare(d, low);
			x = high;
		} else {
			compare(d, high);
			x = low;
		}
	}
}

/* ---- hunks ---- */

static void put_line(struct buf *out, char sign, const struct line *l)
{
	buf_addch(out, sign);
	buf_add(out, l->p, l->len);
	if (l->p[l->len - 1] != '\n')
		buf_addstr(out, "\n\\ No newline at end of file\n");
}

/* Lines of a side are counted from 1; an empty part stands behind the line before it. */
static void put_range(struct buf *out, char sign, long from, long count)
{
	buf_printf(out, "%c%ld", sign, count ? from + 1 : from);
	if (count != 1)
		buf_printf(out, ",%ld", count);
}

/* Both sides from (x, y) on, up to the end of the change that ends the hunk: where a run of unmarked lines is longer than two contexts. */
static void end_of_hunk(const struct diff *d, long *x, long *y)
{
	long i = *x, j = *y, same = 0;

	while ((i < d->a.count || j < d->b.count) && same <= 2 * CONTEXT) {
		if (i < d->a.count && d->a.marked[i]) {
			i++;
			same = 0;
		} else if (j < d->b.count && d->b.marked[j]) {
			j++;
			same = 0;
		} else {
			i++;
			j++;
			same++;
		}
		if (!same) {
			*x = i;
			*y = j;
		}
	}
}

static void put_hunk(const struct diff *d, const struct box *x, struct buf *out)
{
	long i = x->x0, j = x->y0;

	buf_addstr(out, "@@ ");
	put_range(out, '-', x->x0, x->x1 - x->x0);
	buf_addch(out, ' ');
	put_range(out, '+', x->y0, x->y1 - x->y0);
	buf_addstr(out, " @@\n");
	while (i < x->x1 || j < x->y1) {
		if (i < x->x1 && d->a.marked[i]) {
			put_line(out, '-', &d->a.line[i++]);
		} else if (j < x->y1 && d->b.marked[j]) {
			put_line(out, '+', &d->b.line[j++]);
		} else {
			put_line(out, ' ', &d->a.line[i++]);
			j++;
		}
	}
}

static void put_hunks(const struct diff *d, struct buf *out)
{
	for (long i = 0, j = 0; i < d->a.count || j < d->b.count;) {
		long before = i < CONTEXT ? i : CONTEXT, after;
		struct box x;

		if (!(i < d->a.count && d->a.marked[i]) && !(j < d->b.count && d->b.marked[j])) {
			i++;
			j++;
			continue;
		}
		x = (struct box){ i - before, i, j - before, j };
		end_of_hunk(d, &x.x1, &x.y1);
		i = x.x1;
		j = x.y1;
		after = d->a.count - i < CONTEXT ? d->a.count - i : CONTEXT;
		x.x1 += after;
		x.y1 += after;
		put_hunk(d, &x, out);
	}
}

static void release_side(struct side *s)
{
	mem_free(s->line);
	mem_free(s->id);
	mem_free(s->marked);
}

void diff_unified(const struct diff_text *from, const struct diff_text *to, struct buf *out)
{
	struct diff d = { 0 };
	size_t diagonals;

	if (from->len == to->len && (!to->len || memcmp(from->p, to->p, to->len) == 0))
		return;
	split(&d.a, from);
	split(&d.b, to);
	number_all(&d);
	diagonals = (size_t)(d.a.count + d.b.count) + 3;
	d.front = mem_zalloc(diagonals, sizeof *d.front);
	d.back = mem_zalloc(diagonals, sizeof *d.back);
	compare(&d, (struct box){ 0, d.a.count, 0, d.b.count });
	buf_printf(out, "--- %s\n+++ %s\n", from->name, to->name);
	put_hunks(&d, out);
	mem_free(d.front);
	mem_free(d.back);
	release_side(&d.a);
	release_side(&d.b);
}
