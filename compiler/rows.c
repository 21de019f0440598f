/* The rows of `steps`: evaluated, named, joined. Reads the region's expressions; leaves its columns. */
#include "compiler/rows.h"

#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "compiler/rows_loop.h"

/* MISTAKES: of one kind, then the rest is counted by nobody, for the data are wrong anyway; AHEAD: rows between a fetch and its use */
enum { MISTAKES = 20, AHEAD = 16 };

struct maker {
	struct scope *s;
	struct compilation *c;
	uint32_t region;
	const struct steps_says *says;
	size_t key_cap, item_cap, parent_cap, from_cap, name_cap, out_cap, up_cap, list_cap;
	size_t pstart_cap, istart_cap, ostart_cap;
	uint32_t rows;
	uint32_t *up;
	unsigned mistakes;
	bool unmade;
};

static struct graph_region *region_of(struct maker *m) { return &m->s->e->g->region[m->region]; }

static bool mistake(struct maker *m) { return ++m->mistakes < MISTAKES; }

/* Where a text of the data stands; a text that the compiler made stands nowhere: then the row's place. */
static struct span place_of(struct maker *m, word_t text, uint32_t row)
{
	const struct graph_region *r = region_of(m);
	struct span at = string_span(text);
	if (at.at && at.len)
		return at;
	at = word_place(&m->c->store, &m->c->types, r->list_type[0], r->list_word[0][row]);
	return at.at ? at : m->says->node->span;
}

static int shown(word_t text) { return (int)(word_lo(text) < 200 ? word_lo(text) : 200); }

/* An id or a name may be any scalar; the tables work on texts. */
static bool as_text(struct maker *m, type_t type, word_t w, word_t *out)
{
	if (type == TYPE_STRING) {
		*out = w;
		return true;
	}
	struct buf b = BUF_INIT;
	word_text(&m->c->store, &m->c->types, type, w, &b);
	*out = string_new(&m->c->store, buf_str(&b), b.len, m->says->node->span);
	buf_release(&b);
	return true;
}

static bool eval_row(struct maker *m, uint32_t row, const struct expr *x, word_t *out)
{
	return graph_eval(m->c, m->s->e->g, region_of(m)->body, row, x, out);
}

/* ---- items and ids ---- */

static bool add_items(struct maker *m, uint32_t outer)
{
	struct graph_region *r = region_of(m);
	word_t list = 0;
	if (!graph_eval(m->c, m->s->e->g, m->s->block, outer, m->says->rows, &list))
		return false;
	uint32_t n = list_count(list), first = m->rows;
	if (first + (size_t)n > LIMIT_ROWS) {
		diag_report(m->c->diags, CF008, m->says->node->span, "more than %d rows", LIMIT_ROWS);
		return false;
	}
	r->list_word[0] = mem_grow(r->list_word[0], &m->list_cap, first + n + 1, sizeof *r->list_word[0]);
	if (n)
		memcpy(r->list_word[0] + first, m->c->store.word + word_hi(list), n * sizeof(word_t));
	r->key = mem_grow(r->key, &m->key_cap, first + n + 1, sizeof *r->key);
	if (m->s->e->g->block[m->s->block].rows > 1) {
		m->up = mem_grow(m->up, &m->up_cap, first + n + 1, sizeof *m->up);
		for (uint32_t i = 0; i < n; i++)
			m->up[first + i] = outer;
	}
	m->rows = first + n;
	return true;
}

static bool add_ids(struct maker *m, uint32_t first, struct string_index *ids)
{
	type_t type = m->says->id->type;
	string_index_init(ids, m->rows - first);
	for (uint32_t row = first; row < m->rows; row++) {
		word_t w;
		if (!eval_row(m, row, m->says->id, &w) || !as_text(m, type, w, &region_of(m)->key[row]))
			return false;
	}
	for (uint32_t row = first; row < m->rows; row++) {
		word_t text = region_of(m)->key[row];
		if (row + AHEAD < m->rows)
			string_index_soon(ids, &m->c->store, region_of(m)->key[row + AHEAD]);
		if (!word_lo(text)) {
			diag_report(m->c->diags, CF604, place_of(m, text, row), "an empty id");
			diag_help(m->c->diags, "every row of `steps` needs an id of its own");
			if (!mistake(m))
				return false;
			continue;
		}
		if (memchr(string_bytes(&m->c->store, text), 0, word_lo(text))) {
			diag_report(m->c->diags, CF604, place_of(m, text, row), "an id with a NUL byte");
			if (!mistake(m))
				return false;
			continue;
		}
		uint32_t had = string_index_put(ids, &m->c->store, text, row - first);
		if (had == row - first)
			continue;
		diag_report(m->c->diags, CF604, place_of(m, text, row), "id \"%.*s\" stands twice", shown(text), string_bytes(&m->c->store, text));
		diag_note(m->c->diags, place_of(m, ids->key[had], first + had), "it stands here first");
		if (!mistake(m))
			return false;
	}
	return true;
}

/* ---- after ---- */

static bool add_parents(struct maker *m, uint32_t first, const struct string_index *ids, uint32_t *fill)
{
	type_t elem = type_of(&m->c->types, m->says->after->type)->elem;
	for (uint32_t row = first; row < m->rows; row++) {
		struct graph_region *r;
		word_t list, text;
		if (!eval_row(m, row, m->says->after, &list))
			return false;
		r = region_of(m);
		r->parent_start = mem_grow(r->parent_start, &m->pstart_cap, (size_t)row + 2, sizeof *r->parent_start);
		r->parent_start[row] = *fill;
		r->parents = mem_grow(r->parents, &m->parent_cap, (size_t)*fill + list_count(list) + 1, sizeof *r->parents);
		for (uint32_t i = 0; i < list_count(list); i++) {
			if (!as_text(m, elem, list_item(&m->c->store, list, i), &text))
				return false;
			uint32_t parent = string_index_find(ids, &m->c->store, text);
			if (parent != UINT32_MAX) {
				r->parents[(*fill)++] = first + parent;
				continue;
			}
			diag_report(m->c->diags, CF606, place_of(m, text, row), "no row has the id \"%.*s\"", shown(text), string_bytes(&m->c->store, text));
			diag_note(m->c->diags, place_of(m, r->key[row], row), "it is a parent of this row");
			if (!mistake(m))
				return false;
		}
		r->parent_start[row + 1] = *fill;
	}
	return true;
}

/* ---- from … to ---- */

static bool add_outputs(struct maker *m, uint32_t first, uint32_t *fill)
{
	for (uint32_t row = first; row < m->rows; row++) {
		struct graph_region *r;
		word_t list;
		if (!eval_row(m, row, m->says->to, &list))
			return false;
		r = region_of(m);
		uint32_t n = list_count(list);
		r->output_start = mem_grow(r->output_start, &m->ostart_cap, (size_t)row + 2, sizeof *r->output_start);
		r->output_list[row] = list;
		r->output_start[row] = *fill;
		r->output_name = mem_grow(r->output_name, &m->out_cap, (size_t)*fill + n + 1, sizeof *r->output_name);
		if (n)
			memcpy(r->output_name + *fill, m->c->store.word + word_hi(list), n * sizeof(word_t));
		*fill += n;
		r->output_start[row + 1] = *fill;
	}
	return true;
}

/* Row (from `first`) of output number i, counted from output_start[first]. */
static bool index_outputs(struct maker *m, uint32_t first, struct string_index *made, uint32_t *row_of_output)
{
	const struct graph_region *r = region_of(m);
	uint32_t base = r->output_start[first];
	for (uint32_t row = first; row < m->rows; row++) {
		for (uint32_t i = r->output_start[row]; i < r->output_start[row + 1]; i++) {
			word_t name = r->output_name[i];
			row_of_output[i - base] = row;
			if (!word_lo(name) || memchr(string_bytes(&m->c->store, name), 0, word_lo(name))) {
				diag_report(m->c->diags, CF604, place_of(m, name, row), word_lo(name) ? "a file's name with a NUL byte" : "a file without a name");
				if (!mistake(m))
					return false;
				continue;
			}
			uint32_t had = string_index_put(made, &m->c->store, name, i - base);
			if (had == i - base)
				continue;
			diag_report(m->c->diags, CF605, place_of(m, name, row), "two steps make \"%.*s\"", shown(name), string_bytes(&m->c->store, name));
			diag_note(m->c->diags, place_of(m, made->key[had], row_of_output[had]), "it is made here first");
			if (!mistake(m))
				return false;
		}
	}
	return true;
}

static bool add_inputs(struct maker *m, uint32_t first, const struct string_index *made, const uint32_t *row_of_output, uint32_t *fill)
{
	for (uint32_t row = first; row < m->rows; row++) {
		struct graph_region *r;
		word_t list;
		if (!eval_row(m, row, m->says->from, &list))
			return false;
		r = region_of(m);
		uint32_t n = list_count(list);
		r->input_start = mem_grow(r->input_start, &m->istart_cap, (size_t)row + 2, sizeof *r->input_start);
		r->input_start[row] = *fill;
		r->input_from = mem_grow(r->input_from, &m->from_cap, (size_t)*fill + n + 1, sizeof *r->input_from);
		r->input_name = mem_grow(r->input_name, &m->name_cap, (size_t)*fill + n + 1, sizeof *r->input_name);
		for (uint32_t i = 0; i < n; i++, (*fill)++) {
			word_t name = list_item(&m->c->store, list, i);
			if (!word_lo(name) || memchr(string_bytes(&m->c->store, name), 0, word_lo(name))) {
				diag_report(m->c->diags, CF604, place_of(m, name, row), word_lo(name) ? "a file's name with a NUL byte" : "a file without a name");
				if (!mistake(m))
					return false;
			}
			uint32_t out = string_index_find(made, &m->c->store, name);
			r->input_name[*fill] = name;
			r->input_from[*fill] = out == UINT32_MAX ? PLAN_NONE : row_of_output[out];
			m->unmade |= out == UINT32_MAX;
		}
		r->input_start[row + 1] = *fill;
	}
	return true;
}

static bool join_files(struct maker *m, uint32_t first, uint32_t *outs, uint32_t *ins)
{
	struct string_index made = { 0 };
	uint32_t from = *outs;
	if (!add_outputs(m, first, outs))
		return false;
	if (first == m->rows)
		return true;
	uint32_t *row_of_output = mem_alloc(((size_t)*outs - from + 1) * sizeof *row_of_output);
	string_index_init(&made, *outs - from);
	bool ok = index_outputs(m, first, &made, row_of_output) && add_inputs(m, first, &made, row_of_output, ins);
	string_index_release(&made);
	mem_free(row_of_output);
	return ok;
}

/* ---- all of it ---- */

static bool one_outer_row(struct maker *m, uint32_t outer, uint32_t fill[3])
{
	struct string_index ids = { 0 };
	uint32_t first = m->rows;
	region_of(m)->row_start[outer] = first;
	if (!add_items(m, outer))
		return false;
	m->s->e->g->block[region_of(m)->body].rows = m->rows;
	m->s->e->g->block[region_of(m)->body].up_row = m->up;
	if (m->says->to)
		region_of(m)->output_list = mem_resize(region_of(m)->output_list, (size_t)m->rows + 1, sizeof(word_t));
	bool ok = add_ids(m, first, &ids);
	if (ok && m->says->after)
		ok = add_parents(m, first, &ids, &fill[0]);
	if (ok && m->says->to)
		ok = join_files(m, first, &fill[1], &fill[2]);
	string_index_release(&ids);
	return ok;
}

/* A region without rows has columns all the same. */
static void at_least_empty(uint32_t **start)
{
	if (!*start)
		*start = mem_zalloc(1, sizeof **start);
}

bool rows_make(struct scope *s, uint32_t region, const struct steps_says *says, bool *unmade)
{
	struct maker m = { .s = s, .c = s->e->c, .region = region, .says = says };
	uint32_t outer = s->e->g->block[s->block].rows, fill[3] = { 0, 0, 0 };
	struct graph_region *r = region_of(&m);
	bool ok = true;

	r->row_start = mem_zalloc((size_t)outer + 1, sizeof *r->row_start);
	for (uint32_t o = 0; o < outer && ok; o++)
		ok = one_outer_row(&m, o, fill);
	r = region_of(&m);
	r->row_start[outer] = m.rows;
	s->e->g->block[r->body].rows = m.rows;
	s->e->g->block[r->body].up_row = m.up;
	if (says->after)
		at_least_empty(&r->parent_start);
	if (says->to) {
		at_least_empty(&r->input_start);
		at_least_empty(&r->output_start);
	}
	*unmade = m.unmade;
	return ok && !m.mistakes && rows_acyclic(s, region);
}
