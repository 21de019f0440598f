/* Layout: lines, indentation, lists in brackets, comments and blank lines. Knows nodes as items of lists only. */
#include "base/mem.h"
#include "grammar/printer.h"

void print_newline(struct printer *p, bool blank)
{
	if (p->out->len == 0)
		return;
	print_text(p, blank ? "\n\n" : "\n");
	p->line = p->out->len;
	p->lines++;
	buf_reserve(p->out, p->indent * INDENT);
	memset(p->out->p + p->out->len, ' ', p->indent * INDENT);
	p->out->len += p->indent * INDENT;
}

void attempt_begin(struct printer *p, struct attempt *a)
{
	*a = (struct attempt){ p->out->len, p->line, p->lines, p->ncolumns, p->apart, p->one_line || p->trying };
	p->apart = false;
	if (a->inner)
		return;
	p->trying = true;
	p->failed = false;
	p->limit = p->line + WIDTH - p->tail;
}

bool attempt_end(struct printer *p, const struct attempt *a)
{
	bool fits = a->inner || (!p->failed && p->out->len <= p->limit);

	p->apart = a->apart;
	if (a->inner)
		return true;
	p->trying = p->failed = false;
	if (!fits) {
		p->out->len = a->start;
		p->line = a->line;
		p->lines = a->lines;
		p->ncolumns = a->ncolumns;
	}
	return fits;
}

bool print_on_line(struct printer *p, void (*print)(struct printer *, const struct node *), const struct node *n)
{
	struct attempt a;

	attempt_begin(p, &a);
	print(p, n);
	return attempt_end(p, &a);
}

/* ---- comments ---- */

static void print_comment(struct printer *p, const struct trivia *t)
{
	const char *s = source_bytes(p->sources, t->at), *newline = memrchr(s, '\n', t->len);

	buf_add(p->out, s, t->len);
	if (newline) {
		p->line = p->out->len - (size_t)(s + t->len - newline - 1);
		p->lines++;
	}
}

/* Comments, each on its line; true when a blank line is due. Blank lines at the start of a list are dropped. */
static bool print_before(struct printer *p, const struct trivia *t, bool first, bool blank)
{
	for (; t; t = t->next) {
		if (t->len == 0) {
			blank = !first;
			continue;
		}
		print_newline(p, blank);
		print_comment(p, t);
		blank = false;
		first = false;
	}
	return blank;
}

/* Comments behind an item, on its line. Two spaces stand before the first; alignment may put more. */
static void print_behind(struct printer *p, const struct trivia *t, struct row *row)
{
	const char *space = "  ";

	for (; t; t = t->next) {
		if (t->len == 0)
			continue;
		print_text(p, space);
		if (!row->comment)
			row->comment = p->out->len;
		print_comment(p, t);
		space = " ";
	}
}

static bool has_comment(const struct trivia *t)
{
	while (t && t->len == 0)
		t = t->next;
	return t != NULL;
}

static bool holds_comment(const struct node *list)
{
	for (uint32_t i = 0; i < list_len(list); i++) {
		if (has_comment(trivia_before(list_at(list, i))) || has_comment(trivia_after(list_at(list, i))))
			return true;
	}
	return has_comment(trivia_after(list));
}

/* ---- lists ---- */

void print_items(struct printer *p, const struct node *list, const char *behind)
{
	const struct node *outer_row = p->row;
	unsigned outer_tail = p->tail;
	struct rows rows = { 0 };

	p->tail = (unsigned)strlen(behind);
	for (uint32_t i = 0; i < list_len(list); i++) {
		const struct node *item = list_at(list, i);
		size_t lines = p->lines;
		bool blank = print_before(p, trivia_before(item), i == 0, false);
		struct row row = { .item = item };

		if (blank || p->lines != lines)
			rows_align(p, &rows);
		print_newline(p, blank);
		lines = p->lines;
		row.begin = p->out->len;
		p->row = item;
		p->ncolumns = 0;
		print_any(p, item);
		print_text(p, behind);
		row.end = p->out->len;
		row.columns = p->row == item ? p->ncolumns : 0;
		print_behind(p, trivia_after(item), &row);
		if (p->lines == lines)
			rows_add(p, &rows, &row);
		else
			rows_align(p, &rows);
	}
	rows_align(p, &rows);
	mem_free(rows.at);
	p->row = outer_row;
	p->tail = outer_tail;
	print_before(p, trivia_after(list), list_len(list) == 0, false);
}

void print_bracketed_lines(struct printer *p, const struct node *list, const struct brackets *b)
{
	bool apart = p->apart;

	p->apart = false;
	print_text(p, b->open);
	if (list_len(list) || has_comment(trivia_after(list))) {
		p->indent++;
		print_items(p, list, b->behind);
		p->indent--;
		print_newline(p, false);
	}
	print_text(p, b->close);
	p->apart = apart;
}

static void print_flat(struct printer *p, const struct node *list, const struct brackets *b)
{
	bool padded = b->open[0] == '{';

	if (p->trying && holds_comment(list))
		p->failed = true;
	print_text(p, b->open);
	for (uint32_t i = 0; i < list_len(list) && !p->failed; i++) {
		print_text(p, i ? b->between : padded ? " " : "");
		print_any(p, list_at(list, i));
	}
	if (padded && list_len(list))
		print_text(p, " ");
	print_text(p, b->close);
}

/* What takes little place and is read at a glance: many of them may share a line. */
static bool is_plain(const struct node *n)
{
	switch (n->kind) {
	case N_NAME: case N_INT: case N_FLOAT: case N_QUANTITY: case N_BOOL: case N_STRING: case N_RAW_STRING: return true;
	case N_UNARY:
	case N_MEMBER: return is_plain(kid(n, 0));
	default: return false;
	}
}

static bool all_plain(const struct node *list)
{
	for (uint32_t i = 0; i < list_len(list); i++) {
		if (!is_plain(list_at(list, i)))
			return false;
	}
	return true;
}

/* As many items on a line as fit. One with line breaks of its own ends the line that it ends on. */
static void print_filled(struct printer *p, const struct node *list, const struct brackets *b)
{
	unsigned tail = p->tail;
	size_t lines = SIZE_MAX;	/* the first item begins a line */

	print_text(p, b->open);
	p->indent++;
	p->tail = (unsigned)strlen(b->behind);
	for (uint32_t i = 0; i < list_len(list); i++) {
		size_t end = p->out->len;
		bool fresh = p->lines != lines;

		if (fresh)
			print_newline(p, false);
		else
			print_text(p, " ");
		lines = p->lines;
		if (!print_on_line(p, print_any, list_at(list, i))) {
			if (!fresh) {
				p->out->len = end;
				print_newline(p, false);
				lines = p->lines;
			}
			print_any(p, list_at(list, i));
		}
		print_text(p, b->behind);
	}
	p->tail = tail;
	p->indent--;
	print_newline(p, false);
	print_text(p, b->close);
}

/* A single argument needs no lines of its own: what is long in it breaks inside. */
static bool is_close(const struct node *list)
{
	const struct node *only = list_len(list) == 1 ? list_at(list, 0) : NULL;

	return only && only->kind != N_BINARY && only->kind != N_ELSE;
}

void print_bracketed(struct printer *p, const struct node *list, const struct brackets *b)
{
	unsigned tail = p->tail;
	struct attempt a;

	attempt_begin(p, &a);
	print_flat(p, list, b);
	if (attempt_end(p, &a))
		return;
	if (holds_comment(list) || (b->open[0] == '{' && list_len(list))) {
		print_bracketed_lines(p, list, b);
	} else if (list_len(list) == 0) {
		print_flat(p, list, b);
	} else if (is_close(list)) {
		print_text(p, b->open);
		p->tail++;
		print_any(p, list_at(list, 0));
		p->tail = tail;
		print_text(p, b->close);
	} else if (b->open[0] == '[' && all_plain(list)) {
		print_filled(p, list, b);
	} else {
		print_bracketed_lines(p, list, b);
	}
}

void print_body(struct printer *p, const struct node *list)
{
	static const struct brackets braces = { "{", "}", "  ", "" };

	print_text(p, " ");
	if (p->one_line)
		print_flat(p, list, &braces);
	else if (p->trying)
		p->failed = true;
	else
		print_bracketed_lines(p, list, &braces);
}

/* Prints n on a line of its own, when it fits there; else nothing, for it breaks in any case. */
static bool print_on_new_line(struct printer *p, const struct node *n)
{
	size_t start = p->out->len, line = p->line, lines = p->lines, end = start;

	while (end && p->out->p[end - 1] == ' ')
		end--;
	p->out->len = end;
	print_newline(p, false);
	if (print_on_line(p, print_any, n))
		return true;
	memset(p->out->p + end, ' ', start - end);
	p->out->len = start;
	p->line = line;
	p->lines = lines;
	return false;
}

void print_joined(struct printer *p, const struct node *list, const char *between)
{
	unsigned tail = p->tail, indent = p->indent;

	for (uint32_t i = 0; i < list_len(list) && !p->failed; i++) {
		const struct node *item = list_at(list, i);

		if (i)
			print_text(p, between);
		p->tail = i + 1 < list_len(list) ? 1 : tail;
		if (p->one_line || p->trying) {
			print_any(p, item);
			continue;
		}
		p->indent = indent + 1;
		if (!print_on_line(p, print_any, item) && (i == 0 || !print_on_new_line(p, item))) {
			p->indent = indent;	/* it breaks at its brackets, as if it stood alone */
			print_any(p, item);
		}
	}
	p->indent = indent;
	p->tail = tail;
}

/* ---- clauses ---- */

void print_optional(struct printer *p, const char *word, const struct node *n)
{
	if (!n)
		return;
	print_text(p, word);
	print_any(p, n);
}

void print_clause(struct printer *p)
{
	if (p->apart)
		print_newline(p, false);
	else
		print_text(p, " ");
}

void print_optional_clause(struct printer *p, const char *word, const struct node *n)
{
	bool apart = p->apart;

	if (!n)
		return;
	print_clause(p);
	print_text(p, word);
	p->apart = false;
	print_any(p, n);
	p->apart = apart;
}

void print_header(struct printer *p, void (*print)(struct printer *, const struct node *), const struct node *n,
		  unsigned more, unsigned tail)
{
	unsigned outer_tail = p->tail;
	bool apart = p->apart;

	p->tail = tail;
	if (!print_on_line(p, print, n)) {
		p->indent += more;
		p->apart = true;
		print(p, n);
		p->apart = apart;
		p->indent -= more;
	}
	p->tail = outer_tail;
}
