/*
 * CSV: a header, then a row for each record (RFC 4180). Columns go by the header's names, in any order; those that the
 * record does not name are passed over. An empty cell is an absent value where there may be one, and "" the empty string.
 */
#include "base/json.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "runtime/value_inner.h"

struct cell {
	size_t start, len;	/* in csv.cells */
	bool quoted;
};
struct csv {
	const struct plan *p;
	uint32_t record;
	const char *at, *end;
	size_t line;		/* of `at` */
	struct buf cells;	/* texts of the row's cells, unquoted */
	struct cell *cell;
	size_t count, cell_cap;
	size_t columns;		/* of the header */
	uint32_t *column;	/* of each field: its place in a row, PLAN_NONE when the header lacks it */
	struct buf *error;
};

static bool fits_csv(const struct plan *p, uint32_t type, uint32_t *record, struct buf *error)
{
	const struct plan_type *t;

	type = value_present(p, type);
	*record = p->type[type].kind == PLAN_LIST ? value_present(p, p->type[type].elem) : type;
	t = &p->type[*record];
	if (t->kind != PLAN_RECORD) {
		buf_addstr(error, "csv holds records or a list of records, not ");
		value_type_name(p, type, error);
		return false;
	}
	for (uint32_t i = 0; i < t->count; i++)
		if (!value_is_scalar(p, p->field[t->first + i].type)) {
			buf_printf(error, "field `%s`: csv holds scalar fields only, not ", p->field[t->first + i].name);
			value_type_name(p, p->field[t->first + i].type, error);
			return false;
		}
	if (t->count)
		return true;
	buf_addstr(error, "csv needs a record with fields");
	return false;
}

/* ---- reading ---- */

static bool refuse(struct csv *c, size_t line, const char *why)
{
	buf_printf(c->error, "line %zu: %s", line, why);
	return false;
}

/* A quoted cell from behind its first quote to behind its last. */
static bool read_quoted(struct csv *c)
{
	size_t opened = c->line;

	for (;;) {
		const char *quote = memchr(c->at, '"', (size_t)(c->end - c->at));

		if (!quote)
			return refuse(c, opened, "a quote that is opened here is not closed");
		for (const char *s = c->at; (s = memchr(s, '\n', (size_t)(quote - s))); s++)
			c->line++;
		buf_add(&c->cells, c->at, (size_t)(quote - c->at));
		c->at = quote + 1;
		if (c->at == c->end || *c->at != '"')
			return true;
		buf_addch(&c->cells, '"');
		c->at++;
	}
}

static bool read_cell(struct csv *c)
{
	struct cell *cell;

	c->cell = mem_grow(c->cell, &c->cell_cap, c->count + 1, sizeof *c->cell);
	cell = &c->cell[c->count++];
	cell->start = c->cells.len;
	cell->quoted = c->at < c->end && *c->at == '"';
	if (cell->quoted) {
		c->at++;
		if (!read_quoted(c))
			return false;
	} else {
		const char *from = c->at;

		while (c->at < c->end && *c->at != ',' && *c->at != '\n' && *c->at != '\r' && *c->at != '"')
			c->at++;
		buf_add(&c->cells, from, (size_t)(c->at - from));
	}
	cell->len = c->cells.len - cell->start;
	return true;
}

/* One row into c->cell; *more false when the text is at its end. */
static bool read_row(struct csv *c, bool *more)
{
	c->count = 0;
	buf_clear(&c->cells);
	*more = c->at < c->end;
	if (!*more)
		return true;
	for (;;) {
		if (!read_cell(c))
			return false;
		if (c->at == c->end)
			return true;
		if (*c->at == '\r' && c->end - c->at > 1 && c->at[1] == '\n')
			c->at++;
		if (*c->at == '\n') {
			c->at++;
			return true;
		}
		if (*c->at != ',')
			return refuse(c, c->line, *c->at == '\r' ? "a carriage return without a line feed" :
				      "a quote inside a cell that does not begin with one, or text after its last quote");
		c->at++;
	}
}

static bool read_header(struct csv *c)
{
	const struct plan_type *t = &c->p->type[c->record];
	bool more;

	if (c->end - c->at >= 3 && memcmp(c->at, "\xEF\xBB\xBF", 3) == 0)
		c->at += 3;
	if (!read_row(c, &more))
		return false;
	if (!more)
		return refuse(c, 1, "a header with the names of the columns is missing");
	c->columns = c->count;
	c->column = mem_alloc(t->count * sizeof *c->column);
	for (uint32_t i = 0; i < t->count; i++)
		c->column[i] = PLAN_NONE;
	for (uint32_t i = 0; i < c->count; i++) {
		uint32_t field = value_find_field(c->p, c->record, buf_str(&c->cells) + c->cell[i].start, c->cell[i].len, i);

		if (field == PLAN_NONE)
			continue;
		if (c->column[field] != PLAN_NONE) {
			buf_printf(c->error, "line 1: column `%s` stands twice", c->p->field[t->first + field].name);
			return false;
		}
		c->column[field] = i;
	}
	for (uint32_t i = 0; i < t->count; i++)
		if (c->column[i] == PLAN_NONE && !value_is_optional(c->p, c->p->field[t->first + i].type)) {
			buf_printf(c->error, "line 1: column `%s` is missing", c->p->field[t->first + i].name);
			return false;
		}
	return true;
}

static bool add_field(struct csv *c, size_t line, uint32_t i, bool *first, struct buf *out)
{
	const struct plan_field *f = &c->p->field[c->p->type[c->record].first + i];
	const struct cell *cell = c->column[i] == PLAN_NONE ? NULL : &c->cell[c->column[i]];
	struct buf why = BUF_INIT;
	bool ok;

	if (!cell || (cell->len == 0 && !cell->quoted && value_is_optional(c->p, f->type)))
		return true;
	if (!*first)
		buf_addch(out, ',');
	*first = false;
	json_quote(out, f->name, strlen(f->name));
	buf_addch(out, ':');
	ok = value_read_scalar(c->p, f->type, buf_str(&c->cells) + cell->start, cell->len, out, &why);
	if (!ok)
		buf_printf(c->error, "line %zu, field `%s`: %s", line, f->name, why.p);
	buf_release(&why);
	return ok;
}

static bool add_row(struct csv *c, size_t line, struct buf *out)
{
	bool first = true;

	if (c->count != c->columns) {
		buf_printf(c->error, "line %zu: expected %zu cells, as in the header, found %zu", line, c->columns, c->count);
		return false;
	}
	buf_addch(out, '{');
	for (uint32_t i = 0; i < c->p->type[c->record].count; i++)
		if (!add_field(c, line, i, &first, out))
			return false;
	buf_addstr(out, "}\n");
	return true;
}

static bool read_rows(struct csv *c, bool single, struct buf *out)
{
	size_t rows = 0;

	for (c->line = 2;; rows++) {
		size_t line = c->line;
		bool more;

		if (!read_row(c, &more))
			return false;
		if (!more)
			break;
		if (single && rows)
			return refuse(c, line, "expected a single row");
		if (!add_row(c, line, out))
			return false;
		c->line++;
	}
	return !single || rows || refuse(c, c->line, "expected a row");
}

bool value_from_csv(const struct plan *p, uint32_t type, const char *text, size_t len, struct buf *out, struct buf *error)
{
	struct csv c = { .p = p, .at = text, .end = text + len, .line = 1, .error = error };
	struct value_text whole = { text, len, 1, true };
	size_t valid = utf8_valid_prefix(text, len);
	bool ok;

	if (!fits_csv(p, type, &c.record, error))
		return false;
	if (valid < len)
		return refuse(&c, value_line_at(&whole, valid), "not UTF-8");
	ok = read_header(&c) && read_rows(&c, p->type[value_present(p, type)].kind == PLAN_RECORD, out);
	buf_release(&c.cells);
	mem_free(c.cell);
	mem_free(c.column);
	return ok;
}

/* ---- writing: from JSON Lines in canonical form ---- */

struct row {
	const struct plan *p;
	uint32_t record, next;	/* the field whose cell comes next */
	uint32_t field;		/* of the last name; PLAN_NONE: none of ours */
	unsigned depth;
	struct buf *out;
};

static void put_cell(struct row *w, const char *s, size_t len, bool text)
{
	bool plain = !text || len;	/* an empty cell would be an absent value */
	size_t from = 0;

	for (size_t i = 0; plain && text && i < len; i++)
		plain = s[i] != '"' && s[i] != ',' && s[i] != '\n' && s[i] != '\r';
	if (plain) {
		buf_add(w->out, s, len);
		return;
	}
	buf_addch(w->out, '"');
	for (size_t i = 0; i < len; i++)
		if (s[i] == '"') {
			buf_add(w->out, s + from, i - from);
			buf_addstr(w->out, "\"\"");
			from = i + 1;
		}
	buf_add(w->out, s + from, len - from);
	buf_addch(w->out, '"');
}

/* Empty cells up to the field; then the comma that stands before its own. */
static void advance_to(struct row *w, uint32_t field)
{
	for (; w->next < field; w->next++)
		if (w->next)
			buf_addch(w->out, ',');
	if (field && field < w->p->type[w->record].count)
		buf_addch(w->out, ',');
	w->next = field + 1;
}

static bool on_member(void *ctx, const struct json_event *ev)
{
	struct row *w = ctx;

	switch (ev->kind) {
	case JSON_OBJECT: return w->depth++ == 0;
	case JSON_OBJECT_END: w->depth--; return true;
	case JSON_KEY:
		w->field = value_find_field(w->p, w->record, ev->text, ev->len, w->next);
		return w->field != PLAN_NONE && w->field >= w->next;
	case JSON_STRING:
	case JSON_NUMBER:
	case JSON_BOOL:
		if (w->depth == 0)
			return false;
		advance_to(w, w->field);
		if (ev->kind == JSON_BOOL)
			buf_addstr(w->out, ev->boolean ? "true" : "false");
		else
			put_cell(w, ev->text, ev->len, ev->kind == JSON_STRING);
		return true;
	default: return false;
	}
}

static bool put_row(const struct plan *p, uint32_t record, const struct value_text *line, struct buf *out, struct buf *error)
{
	struct row w = { .p = p, .record = record, .out = out };
	struct json_error err;

	if (!json_read(line->text, line->len, 2, on_member, &w, &err)) {
		buf_printf(error, "line %zu: %s", line->line, err.message[0] ? err.message : "a record that csv cannot hold");
		return false;
	}
	advance_to(&w, p->type[record].count);
	buf_addch(out, '\n');
	return true;
}

bool value_to_csv(const struct plan *p, uint32_t type, const char *text, size_t len, struct buf *out, struct buf *error)
{
	const struct plan_type *t;
	struct row header = { .p = p, .out = out };
	const char *at = text, *end = text + len;
	uint32_t record;
	size_t line = 1;

	if (!fits_csv(p, type, &record, error))
		return false;
	t = &p->type[record];
	for (uint32_t i = 0; i < t->count; i++) {
		if (i)
			buf_addch(out, ',');
		put_cell(&header, p->field[t->first + i].name, strlen(p->field[t->first + i].name), true);
	}
	buf_addch(out, '\n');
	for (; at < end; line++) {
		const char *stop = memchr(at, '\n', (size_t)(end - at));
		size_t bytes = (size_t)((stop ? stop : end) - at);

		if (!put_row(p, record, &(struct value_text){ at, bytes, line, false }, out, error))
			return false;
		at += bytes + 1;
	}
	return true;
}
