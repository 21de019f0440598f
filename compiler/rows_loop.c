/*
 * Loops among rows: Kahn's algorithm (1962) over parents and files' makers together; what is left holds the loops. The shortest is
 * looked for breadth first from the first 64 rows left, so that a large tangle costs no square.
 */
#include "compiler/rows_loop.h"

#include <string.h>

#include "base/mem.h"

enum { TRIES = 64, NAMES_SHOWN = 8 };

/* What each row waits for, without doubles: CSR. */
struct waits { uint32_t *start, *on; uint32_t rows; };

static void add_wait(struct waits *w, uint32_t *mark, uint32_t row, uint32_t on, uint32_t *fill)
{
	if (on == PLAN_NONE || mark[on] == row + 1)
		return;
	mark[on] = row + 1;
	w->on[(*fill)++] = on;
}

static struct waits collect(const struct graph_region *r, uint32_t rows)
{
	struct waits w = { .rows = rows };
	size_t most = (r->parent_start ? r->parent_start[rows] : 0) + (size_t)(r->input_start ? r->input_start[rows] : 0);
	uint32_t *mark = mem_zalloc((size_t)rows + 1, sizeof *mark), fill = 0;
	w.start = mem_alloc(((size_t)rows + 1) * sizeof *w.start);
	w.on = mem_alloc((most + 1) * sizeof *w.on);
	for (uint32_t row = 0; row < rows; row++) {
		w.start[row] = fill;
		for (uint32_t i = r->parent_start ? r->parent_start[row] : 0; r->parent_start && i < r->parent_start[row + 1]; i++)
			add_wait(&w, mark, row, r->parents[i], &fill);
		for (uint32_t i = r->input_start ? r->input_start[row] : 0; r->input_start && i < r->input_start[row + 1]; i++)
			add_wait(&w, mark, row, r->input_from[i], &fill);
	}
	w.start[rows] = fill;
	mem_free(mark);
	return w;
}

/* left[row] = 1 for rows that no order can reach. The number of them. */
static uint32_t unreachable(const struct waits *w, uint8_t *left)
{
	uint32_t n = w->rows, head = 0, tail = 0;
	uint32_t *need = mem_zalloc((size_t)n + 1, sizeof *need), *queue = mem_alloc(((size_t)n + 1) * sizeof *queue);
	uint32_t *start = mem_zalloc((size_t)n + 2, sizeof *start), *to = mem_alloc(((size_t)w->start[n] + 1) * sizeof *to);

	for (uint32_t i = 0; i < w->start[n]; i++)
		start[w->on[i] + 2]++;
	for (uint32_t i = 0; i < n; i++)
		start[i + 2] += start[i + 1];
	for (uint32_t row = 0; row < n; row++) {
		need[row] = w->start[row + 1] - w->start[row];
		for (uint32_t i = w->start[row]; i < w->start[row + 1]; i++)
			to[start[w->on[i] + 1]++] = row;
		left[row] = 1;
		if (!need[row])
			queue[tail++] = row;
	}
	while (head < tail) {
		uint32_t row = queue[head++];
		left[row] = 0;
		for (uint32_t i = start[row]; i < start[row + 1]; i++)
			if (!--need[to[i]])
				queue[tail++] = to[i];
	}
	mem_free(need);
	mem_free(queue);
	mem_free(start);
	mem_free(to);
	return n - tail;
}

/* Breadth first along what rows wait for, from `from` back to it: the loop's length, 0 when there is none; came[] leads back. */
static uint32_t loop_through(const struct waits *w, uint32_t from, uint32_t *came, uint32_t *queue)
{
	uint32_t head = 0, tail = 0;
	memset(came, 0xff, (size_t)w->rows * sizeof *came);
	queue[tail++] = from;
	while (head < tail) {
		uint32_t row = queue[head++];
		for (uint32_t i = w->start[row]; i < w->start[row + 1]; i++) {
			uint32_t on = w->on[i];
			if (came[on] != UINT32_MAX)
				continue;
			came[on] = row;
			if (on == from) {
				uint32_t len = 1;
				for (uint32_t at = row; at != from; at = came[at])
					len++;
				return len;
			}
			queue[tail++] = on;
		}
	}
	return 0;
}

static void report(struct compilation *c, const struct graph_region *r, const struct waits *w, uint32_t from, uint32_t *came, uint32_t *queue)
{
	uint32_t len = loop_through(w, from, came, queue), at = from;
	uint32_t *path = mem_alloc(((size_t)len + 1) * sizeof *path);
	struct buf text = BUF_INIT;
	for (uint32_t i = 0; i < len; i++) {	/* came[] runs against the waiting */
		path[len - 1 - i] = at;
		at = came[at];
	}
	/* path[len-1] = from; from waits for path[0], which waits for path[1] … */
	for (uint32_t i = 0; i <= len && i <= NAMES_SHOWN; i++) {
		word_t key = r->key[path[(i + len - 1) % len]];
		buf_printf(&text, "%s\"%.*s\"", i ? " needs " : "", (int)(word_lo(key) < 80 ? word_lo(key) : 80), string_bytes(&c->store, key));
	}
	if (len > NAMES_SHOWN)
		buf_printf(&text, " … (%u rows)", len);
	diag_report(c->diags, CF601, string_span(r->key[from]), "loop: %s", buf_str(&text));
	for (uint32_t i = 0; i + 1 < len && i < 3; i++)
		diag_note(c->diags, string_span(r->key[path[i]]), "which needs this row");
	diag_help(c->diags, "take one of these out of the data: a step cannot wait for itself");
	buf_release(&text);
	mem_free(path);
}

bool rows_acyclic(struct scope *s, uint32_t region)
{
	struct graph *g = s->e->g;
	struct graph_region *r = &g->region[region];
	uint32_t rows = g->block[r->body].rows, best = 0, best_len = UINT32_MAX, tries = 0;
	struct waits w = collect(r, rows);
	uint8_t *left = mem_zalloc((size_t)rows + 1, 1);
	bool ok = !unreachable(&w, left);

	r->edges = w.start[rows];
	if (!ok) {
		uint32_t *came = mem_alloc(((size_t)rows + 1) * sizeof *came), *queue = mem_alloc(((size_t)rows + 1) * sizeof *queue);
		for (uint32_t row = 0; row < rows && tries < TRIES; row++) {
			if (!left[row])
				continue;
			tries++;
			uint32_t len = loop_through(&w, row, came, queue);
			if (len && len < best_len) {
				best = row;
				best_len = len;
			}
		}
		/* rows that only wait for a loop may come first: then walk back into it */
		for (uint32_t row = 0; row < rows && best_len == UINT32_MAX; row++) {
			if (!left[row])
				continue;
			uint32_t at = row;
			for (uint32_t i = 0; i < rows; i++) {
				uint32_t k = w.start[at];
				while (!left[w.on[k]])
					k++;
				at = w.on[k];
			}
			best = at;
			best_len = loop_through(&w, at, came, queue);
		}
		report(s->e->c, r, &w, best, came, queue);
		mem_free(came);
		mem_free(queue);
	}
	mem_free(w.start);
	mem_free(w.on);
	mem_free(left);
	return ok;
}
