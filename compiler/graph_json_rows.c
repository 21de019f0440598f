/*
 * Rows of a graph document: how many each row around them has, and for `steps` their ids, parents and files. These are checked by
 * rows.c, as those of a text are: what it evaluates is here a column.
 */
#include "compiler/graph_json_inner.h"

#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "compiler/rows.h"

/* row_start of the region; `all`: so many rows when there is one row around and nothing is said. */
static bool row_starts(struct reader *r, const struct json_block *outer, uint32_t region, tape_t said, uint32_t all)
{
	struct compilation *c = r->c;
	struct graph *g = r->g;
	uint32_t around = g->block[outer->block].rows;
	bool one = said == TAPE_NONE || tape_kind(&r->t, said) == JSON_NUMBER;
	tape_t v = one ? said : tape_first(said);
	uint64_t rows = 0, n = all;

	if (one ? around != 1 : tape_kind(&r->t, said) != JSON_ARRAY || tape_at(&r->t, said)->len != around) {
		diag_report(c->diags, CF027, tape_span(&r->t, said == TAPE_NONE ? 0 : said), "%u rows stand around this: say how many rows each of them has, as in [2, 0, 3]", around);
		return false;
	}
	g->region[region].row_start = mem_zalloc((size_t)around + 1, sizeof(uint32_t));
	for (uint32_t i = 0; i < around; i++) {
		if (v != TAPE_NONE && !tape_u64(&r->t, v, UINT32_MAX, &n)) {
			if (tape_kind(&r->t, v) == JSON_NUMBER)
				diag_report(c->diags, CF213, tape_span(&r->t, v), "rows are a whole number, from 0 to %d", LIMIT_ROWS);
			else
				report_shape(r, v, "a number of rows");
			return false;
		}
		g->region[region].row_start[i] = (uint32_t)rows;
		rows += n;
		if (rows > LIMIT_ROWS || !compile_work(c, n)) {
			diag_report(c->diags, CF008, tape_span(&r->t, v == TAPE_NONE ? 0 : v), "more than %d rows", LIMIT_ROWS);
			return false;
		}
		v = one ? v : tape_next(&r->t, v);
	}
	g->region[region].row_start[around] = (uint32_t)rows;
	g->block[g->region[region].body].rows = (uint32_t)rows;
	return true;
}

static void row_parents(struct graph *g, const struct json_block *outer, uint32_t region)
{
	const struct graph_region *r = &g->region[region];
	uint32_t around = g->block[outer->block].rows, *up = mem_alloc(((size_t)r->row_start[around] + 1) * sizeof *up);
	for (uint32_t o = 0; o < around; o++)
		for (uint32_t i = r->row_start[o]; i < r->row_start[o + 1]; i++)
			up[i] = o;
	g->block[r->body].up_row = up;
}

bool read_row_counts(struct reader *r, const struct json_block *outer, uint32_t region, tape_t rows)
{
	if (tape_kind(&r->t, rows) != JSON_NUMBER && tape_kind(&r->t, rows) != JSON_ARRAY) {
		report_shape(r, rows, "a number of rows, or an array of them");
		return false;
	}
	if (!row_starts(r, outer, region, rows, 0))
		return false;
	row_parents(r->g, outer, region);
	return true;
}

/* ---- steps ---- */

/* One column of the rows, as many as there are ids; its words, or NULL after a report. */
static word_t *row_words(struct reader *r, tape_t v, type_t type, uint32_t rows)
{
	word_t list, *word;
	if (!read_words(r, v, type_list(&r->c->types, type), SPAN_NONE, &list))
		return NULL;
	if (list_count(list) != rows) {
		diag_report(r->c->diags, CF027, tape_span(&r->t, v), "%u values for %u rows", list_count(list), rows);
		return NULL;
	}
	word = mem_alloc(((size_t)rows + 1) * sizeof *word);
	if (rows)
		memcpy(word, r->c->store.word + word_hi(list), rows * sizeof *word);
	return word;
}

/* The list of ids as each row around sees it. */
static struct expr *ids_of(struct reader *r, const struct json_block *outer, const uint32_t *row_start, word_t ids, struct span at)
{
	type_t strings = type_list(&r->c->types, TYPE_STRING);
	uint32_t around = r->g->block[outer->block].rows;
	if (outer->region == PLAN_NONE)
		return expr_word(r->c, strings, ids, at);
	word_t *word = mem_alloc(((size_t)around + 1) * sizeof *word);
	for (uint32_t o = 0; o < around; o++)
		word[o] = word_pair(word_hi(ids) + row_start[o], row_start[o + 1] - row_start[o]);
	return region_column(r, outer->region, strings, word, at);
}

bool read_steps(struct reader *r, struct json_block *outer, uint32_t region, tape_t steps)
{
	struct compilation *c = r->c;
	tape_t by, after, from, to, in, counts;
	const struct member m[] = { { "by", &by, true }, { "after", &after, false }, { "from", &from, false }, { "to", &to, false }, { "in", &in, false },
				    { "rows", &counts, false } };
	type_t strings = type_list(&c->types, TYPE_STRING);
	struct span at = tape_span(&r->t, steps);
	struct node *node;
	word_t ids;
	bool unmade;

	if (!read_members(r, steps, "\"steps\"", m, 6))
		return false;
	if ((from == TAPE_NONE) != (to == TAPE_NONE) || (in != TAPE_NONE && from == TAPE_NONE)) {
		diag_report(c->diags, CF026, at, "\"from\" and \"to\" stand together, and \"in\" with them");
		return false;
	}
	if (!read_words(r, by, strings, SPAN_NONE, &ids) || !row_starts(r, outer, region, counts, list_count(ids)))
		return false;
	uint32_t *row_start = r->g->region[region].row_start, around = r->g->block[outer->block].rows, rows = row_start[around];
	if (list_count(ids) != rows) {
		diag_report(c->diags, CF027, tape_span(&r->t, by), "%u ids for %u rows", list_count(ids), rows);
		return false;
	}
	node = tree_node(r, N_STEPS, at, 0, NULL, 0);
	struct steps_says says = { .node = node, .rows = ids_of(r, outer, row_start, ids, at) };
	r->g->region[region].row_start = NULL;
	mem_free(row_start);
	says.id = region_column(r, region, TYPE_STRING, NULL, at);	/* its words are the items: rows.c puts them there */
	const struct { tape_t v; struct expr **to; } part[] = { { after, &says.after }, { from, &says.from }, { to, &says.to } };
	for (unsigned i = 0; i < 3; i++) {
		word_t *word = part[i].v == TAPE_NONE ? NULL : row_words(r, part[i].v, strings, rows);
		if (part[i].v != TAPE_NONE && !word)
			return false;
		if (word)
			*part[i].to = region_column(r, region, strings, word, at);
	}
	struct elab e = { .c = c, .g = r->g };
	struct scope s = { .e = &e, .block = outer->block };
	if (!rows_make(&s, region, &says, &unmade))
		return false;
	if (in != TAPE_NONE) {
		const struct wanted w = { .what = "the files after \"in\"" };
		uint32_t given = read_value(r, outer, in, type_list(&c->types, TYPE_FILE), &w);
		r->g->region[region].given = given;
		return given != PLAN_NONE;
	}
	if (unmade)
		r->g->region[region].given = graph_value(r->g, (struct graph_value){ VALUE_SOURCE, type_list(&c->types, TYPE_FILE), GRAPH_IMPLIED, 0, at });
	return true;
}
