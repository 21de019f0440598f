/*
 * Loops among rows: Kahn's algorithm (1962) over parents and files' makers together; what is left holds the loops. The shortest is
 * looked for breadth first from each row left, no deeper than the shortest so far.
 */
#include "compiler/rows_loop.h"

#include <string.h>

#include "base/mem.h"

enum { LOOKS = 20000000, NAMES_SHOWN = 8 };	/* LOOKS: along edges; then the shortest so far is good enough */

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

struct search { uint32_t *came, *queue; uint64_t looked; };	/* came: all UINT32_MAX between searches */

/*
 * Breadth first along what rows wait for, from `from` back to it: the length of a shortest loop through it that is shorter than `most`,
 * 0 when there is none. path (may be NULL) receives it: path[0] waits for path[1] … and the last is `from`.
 */
static uint32_t loop_through(const struct waits *w, uint32_t from, uint32_t most, struct search *s, uint32_t *path)
{
	uint32_t head = 0, tail = 0, level_end = 1, len = 1;
	s->queue[tail++] = from;
	for (; head < tail && len < most; head++) {
		uint32_t row = s->queue[head];
		for (uint32_t i = w->start[row]; i < w->start[row + 1] && s->came[from] == UINT32_MAX; i++) {
			uint32_t on = w->on[i];
			s->looked++;
			if (s->came[on] != UINT32_MAX)
				continue;
			s->came[on] = row;
			s->queue[tail++] = on;
		}
		if (s->came[from] != UINT32_MAX)
			break;
		if (head + 1 == level_end) {
			level_end = tail;
			len++;
		}
	}
	bool found = s->came[from] != UINT32_MAX;
	uint32_t at = from;
	for (uint32_t i = len; found && path && i-- > 0; at = s->came[at])
		path[i] = at;
	for (uint32_t i = 0; i < tail; i++)
		s->came[s->queue[i]] = UINT32_MAX;
	return found ? len : 0;
}

static void report(struct compilation *c, const struct graph_region *r, const uint32_t *path, uint32_t len)
{
	struct buf text = BUF_INIT;
	/* path[len-1] = from; from waits for path[0], which waits for path[1] … */
	for (uint32_t i = 0; i <= len && i <= NAMES_SHOWN; i++) {
		word_t key = r->key[path[(i + len - 1) % len]];
		buf_printf(&text, "%s\"%.*s\"", i ? " needs " : "", (int)(word_lo(key) < 80 ? word_lo(key) : 80), string_bytes(&c->store, key));
	}
	if (len > NAMES_SHOWN)
		buf_printf(&text, " … (%u rows)", len);
	diag_report(c->diags, CF601, string_span(r->key[path[len - 1]]), "loop: %s", buf_str(&text));
	for (uint32_t i = 0; i + 1 < len && i < 3; i++)
		diag_note(c->diags, string_span(r->key[path[i]]), "which needs this row");
	diag_help(c->diags, "take one of these out of the data: a step cannot wait for itself");
	buf_release(&text);
}

/* A shortest loop among the rows that are left, into path: rows that only wait for one have none through them. */
static uint32_t shortest(const struct waits *w, const uint8_t *left, uint32_t *path)
{
	struct search s = { .came = mem_alloc(((size_t)w->rows + 1) * sizeof *s.came), .queue = mem_alloc(((size_t)w->rows + 1) * sizeof *s.queue) };
	uint32_t best = UINT32_MAX;
	memset(s.came, 0xff, ((size_t)w->rows + 1) * sizeof *s.came);
	for (uint32_t row = 0; row < w->rows && (s.looked < LOOKS || best == UINT32_MAX); row++) {
		if (!left[row])
			continue;
		if (s.looked >= LOOKS) {	/* looked enough for nothing: walk back into a loop */
			for (uint32_t i = 0; i < w->rows; i++) {
				uint32_t k = w->start[row];
				while (!left[w->on[k]])
					k++;
				row = w->on[k];
			}
		}
		uint32_t len = loop_through(w, row, best, &s, NULL);
		if (len) {
			best = len;
			path[0] = row;
		}
	}
	loop_through(w, path[0], UINT32_MAX, &s, path);
	mem_free(s.came);
	mem_free(s.queue);
	return best;
}

bool rows_acyclic(struct scope *s, uint32_t region)
{
	struct graph *g = s->e->g;
	struct graph_region *r = &g->region[region];
	uint32_t rows = g->block[r->body].rows;
	struct waits w = collect(r, rows);
	uint8_t *left = mem_zalloc((size_t)rows + 1, 1);
	bool ok = !unreachable(&w, left);

	r->edges = w.start[rows];
	if (!ok) {
		uint32_t *path = mem_alloc(((size_t)rows + 1) * sizeof *path);
		report(s->e->c, r, path, shortest(&w, left, path));
		mem_free(path);
	}
	mem_free(w.start);
	mem_free(w.on);
	mem_free(left);
	return ok;
}

uint32_t loop_shortest(uint32_t *start, uint32_t *on, uint32_t n, uint32_t *path)
{
	struct waits w = { start, on, n };
	uint8_t *left = mem_zalloc((size_t)n + 1, 1);
	uint32_t len = unreachable(&w, left) ? shortest(&w, left, path) : 0;
	mem_free(left);
	return len;
}
