/*
 * Columns: neighbouring lines of one kind are written below each other (the types of sources, the arrows of a
 * match), and so are the comments behind neighbouring lines. Widths are known only after the lines are printed:
 * each column reserves a pad, in the order of the text, and pads_apply copies the text with them.
 */
#include "base/mem.h"
#include "grammar/printer.h"

enum { JUMP_MOST = 12, COMMENT_JUMP_MOST = 40 };	/* columns that differ more than that are not worth aligning */

void print_column(struct printer *p, const struct node *n)
{
	if (p->row == n && p->ncolumns < COLUMNS_MOST)
		p->columns[p->ncolumns++] = p->out->len;
}

static void reserve(struct printer *p, size_t at)
{
	p->pads = mem_grow(p->pads, &p->pads_cap, p->npads + 1, sizeof *p->pads);
	p->pads[p->npads++] = (struct pad){ at, 0 };
}

void rows_add(struct printer *p, struct rows *rows, const struct row *given)
{
	struct row whole = *given, *made;
	const struct row *row = &whole;

	while (whole.columns && p->columns[whole.columns - 1] == whole.end)
		whole.columns--;	/* nothing stands in it: `sink daily : Report` */
	if (row->columns == 0 && !row->comment) {	/* nothing to align in it, and it parts what is */
		rows_align(p, rows);
		return;
	}
	rows->at = mem_grow(rows->at, &rows->cap, rows->count + 1, sizeof *rows->at);
	made = &rows->at[rows->count++];
	*made = *row;
	made->pads = p->npads;
	for (unsigned i = 0; i < row->columns; i++)
		reserve(p, p->columns[i]);
	if (row->comment)
		reserve(p, row->comment);
}

static size_t characters(const struct printer *p, size_t from, size_t to)
{
	size_t n = 0;

	for (; from < to; from++)
		n += (p->out->p[from] & 0xC0) != 0x80;
	return n;
}

/* The width of column i of a row, from the end of the one before. */
static size_t width(const struct printer *p, const struct row *row, unsigned i)
{
	return characters(p, i ? p->pads[row->pads + i - 1].at : row->begin, p->pads[row->pads + i].at);
}

static bool alike(const struct printer *p, const struct row *a, const struct row *b)
{
	if (a->columns != b->columns || a->columns == 0)
		return false;
	for (unsigned i = 0; i < a->columns; i++) {
		size_t wa = width(p, a, i), wb = width(p, b, i);

		if (wa > wb + JUMP_MOST || wb > wa + JUMP_MOST)
			return false;
	}
	return true;
}

static size_t row_width(const struct printer *p, const struct row *row)
{
	size_t w = characters(p, row->begin, row->end);

	for (unsigned i = 0; i < row->columns; i++)
		w += p->pads[row->pads + i].spaces;
	return w;
}

/* Rows n of one kind: all columns below each other, unless a line would be too long. */
static void align_columns(struct printer *p, struct row *rows, size_t n)
{
	bool fits = true;

	for (unsigned i = 0; i < rows->columns; i++) {
		size_t widest = 0;

		for (size_t k = 0; k < n; k++)
			widest = width(p, &rows[k], i) > widest ? width(p, &rows[k], i) : widest;
		for (size_t k = 0; k < n; k++)
			p->pads[rows[k].pads + i].spaces = (unsigned)(widest - width(p, &rows[k], i));
	}
	for (size_t k = 0; k < n; k++)
		fits = fits && row_width(p, &rows[k]) + p->indent * INDENT <= WIDTH;
	for (size_t k = 0; k < n && !fits; k++) {
		for (unsigned i = 0; i < rows->columns; i++)
			p->pads[rows[k].pads + i].spaces = 0;
	}
}

static void align_comments(struct printer *p, struct row *rows, size_t n)
{
	size_t widest = 0;

	for (size_t k = 0; k < n; k++)
		widest = row_width(p, &rows[k]) > widest ? row_width(p, &rows[k]) : widest;
	for (size_t k = 0; k < n; k++)
		p->pads[rows[k].pads + rows[k].columns].spaces = (unsigned)(widest - row_width(p, &rows[k]));
}

static bool comments_alike(const struct printer *p, const struct row *a, const struct row *b)
{
	size_t wa = row_width(p, a), wb = row_width(p, b);

	return wa <= wb + COMMENT_JUMP_MOST && wb <= wa + COMMENT_JUMP_MOST;
}

void rows_align(struct printer *p, struct rows *rows)
{
	size_t i, end;

	for (i = 0; i < rows->count; i = end) {
		for (end = i + 1; end < rows->count && alike(p, &rows->at[end - 1], &rows->at[end]);)
			end++;
		align_columns(p, rows->at + i, end - i);
	}
	for (i = 0; i < rows->count; i = end) {
		end = i + 1;
		if (!rows->at[i].comment)
			continue;
		while (end < rows->count && rows->at[end].comment && comments_alike(p, &rows->at[end - 1], &rows->at[end]))
			end++;
		align_comments(p, rows->at + i, end - i);
	}
	rows->count = 0;
}

void pads_apply(const struct printer *p, struct buf *out)
{
	size_t from = 0;

	buf_reserve(out, p->out->len);
	for (size_t i = 0; i < p->npads; i++) {
		const struct pad *pad = &p->pads[i];

		if (pad->spaces == 0)
			continue;
		buf_add(out, p->out->p + from, pad->at - from);
		for (unsigned k = 0; k < pad->spaces; k++)
			buf_addch(out, ' ');
		from = pad->at;
	}
	buf_add(out, buf_str(p->out) + from, p->out->len - from);
}
