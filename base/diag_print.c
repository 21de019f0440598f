/*
 * Diagnostics as text. A line of the source is shown through a window around the carets; what a terminal would
 * act on (control bytes, bidirectional overrides, bytes that are not UTF-8) is spelt out, here and in messages.
 */
#include "base/diag.h"

#include "base/buf.h"
#include "base/diag_report.h"
#include "base/utf8.h"

enum { WINDOW = 110, NARROWEST = 40, BEFORE_CARET = 60, TAB = 4, NAME_MOST = 400, INDENT = 5 };

struct printer {
	struct buf out;
	const struct sources *sources;
	bool colour;
	unsigned columns;	/* of the terminal; 0: lines are not broken */
	unsigned at;		/* column that was reached, while a message is written */
};

static void paint(struct printer *p, const char *sgr)
{
	if (p->colour)
		buf_printf(&p->out, "\033[%sm", sgr);
}

static const char bold[] = "1", red[] = "1;31", yellow[] = "1;33", blue[] = "1;34", green[] = "1;32", plain[] = "0";

static bool steers_terminal(uint32_t c)
{
	return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x061C || c == 0x200E || c == 0x200F ||
	       (c >= 0x2028 && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c == 0xFEFF;
}

/* One character of s, made visible, appended; its bytes in *used. Returns its columns. */
static unsigned show_character(struct buf *out, const char *s, size_t len, size_t *used)
{
	size_t start = out->len;
	uint32_t c = 0;
	unsigned n = utf8_decode(s, len, &c);

	*used = n ? n : 1;
	if (n == 0) {
		buf_printf(out, "\\x%02x", (unsigned char)*s);
	} else if (c == '\t') {
		buf_add(out, "    ", TAB);
	} else if (steers_terminal(c)) {
		buf_printf(out, c < 0x80 ? "\\x%02x" : "\\u{%x}", (unsigned)c);
	} else {
		buf_add(out, s, n);
		return utf8_width(c);
	}
	return (unsigned)(out->len - start);
}

/* Words that do not fit on the line any more go to the next. */
static void show_word(struct printer *p, const struct buf *word, unsigned width)
{
	if (p->columns && p->at + width > p->columns && p->at > INDENT) {
		while (p->out.len && p->out.p[p->out.len - 1] == ' ')
			p->out.len--;
		buf_printf(&p->out, "\n%*s", INDENT, "");
		p->at = INDENT;
	}
	if (word->len)
		buf_add(&p->out, word->p, word->len);
	p->at += width;
}

/* A message or a name: visible, and cut when somebody made it absurdly long. */
static void show_text(struct printer *p, const char *s)
{
	size_t start = p->out.len, len = strlen(s), used;
	struct buf word = BUF_INIT;
	unsigned width = 0;

	for (size_t i = 0; i < len; i += used) {
		if (p->out.len + word.len - start > 4 * NAME_MOST) {
			buf_addstr(&word, "…");
			width++;
			break;
		}
		width += show_character(&word, s + i, len - i, &used);
		if (s[i] == ' ') {
			show_word(p, &word, width - 1);	/* a blank may stand behind the last column */
			p->at++;
			buf_clear(&word);
			width = 0;
		}
	}
	show_word(p, &word, width);
	buf_release(&word);
}

/* A part that is not broken. */
static void show_part(struct printer *p, const char *text)
{
	buf_addstr(&p->out, text);
	p->at += (unsigned)strlen(text);
}

static void show_gutter(struct printer *p, unsigned width, uint32_t line)
{
	paint(p, blue);
	if (line)
		buf_printf(&p->out, " %*u |", (int)width, line);
	else
		buf_printf(&p->out, " %*s |", (int)width, "");
	paint(p, plain);
}

/* Does the line fit from its beginning to the end of what is marked? */
static bool fits_from_start(const struct place *at, size_t upto, unsigned window)
{
	struct buf scratch = BUF_INIT;
	unsigned columns = 0;
	size_t used;

	if (upto > at->line_len)
		upto = at->line_len;
	for (size_t i = 0; i < upto && columns <= window; i += used) {
		buf_clear(&scratch);
		columns += show_character(&scratch, at->line_text + i, at->line_len - i, &used);
	}
	buf_release(&scratch);
	return columns <= window;
}

/* Where the window on the line begins: a character's first byte, at most BEFORE_CARET columns before the caret. */
static size_t window_start(const struct place *at, size_t caret, unsigned before)
{
	struct buf scratch = BUF_INIT;
	unsigned columns = 0;
	size_t from = caret < at->line_len ? caret : at->line_len, used;

	while (from) {
		size_t back = from - 1;

		while (back && from - back < 4 && ((unsigned char)at->line_text[back] & 0xC0) == 0x80)
			back--;
		buf_clear(&scratch);
		columns += show_character(&scratch, at->line_text + back, from - back, &used);
		if (columns > before)
			break;
		from = back + used < from ? from - 1 : back;	/* bytes that are no character stand alone */
	}
	buf_release(&scratch);
	return from;
}

static void show_line(struct printer *p, const struct place *at, size_t caret, size_t caret_len, const char *colour)
{
	struct buf marks = BUF_INIT;
	unsigned width = (unsigned)snprintf(NULL, 0, "%u", at->line), columns = 0;
	unsigned window = p->columns ? p->columns - width - 6 : WINDOW;
	size_t from = fits_from_start(at, caret + caret_len, window) ? 0 : window_start(at, caret, window / 2 < BEFORE_CARET ? window / 2 : BEFORE_CARET);
	size_t used;
	bool cut = false;

	show_gutter(p, width, 0);
	buf_addch(&p->out, '\n');
	show_gutter(p, width, at->line);
	buf_addch(&p->out, ' ');
	if (from) {
		buf_addstr(&p->out, "…");
		buf_addch(&marks, ' ');
	}
	for (size_t i = from; i < at->line_len; i += used) {
		bool marked = i >= caret && (i < caret + caret_len || i == caret);
		unsigned n;

		if (columns >= window) {
			cut = true;
			break;
		}
		if (at->line_text[i] == '\r' && i + 1 == at->line_len)
			break;
		n = show_character(&p->out, at->line_text + i, at->line_len - i, &used);
		columns += n;
		for (unsigned k = 0; k < n; k++)
			buf_addch(&marks, marked ? '^' : ' ');
	}
	if (cut)
		buf_addstr(&p->out, "…");
	if (caret >= at->line_len)
		buf_addch(&marks, '^');
	while (marks.len && marks.p[marks.len - 1] == ' ')
		marks.len--;
	buf_addch(&p->out, '\n');
	show_gutter(p, width, 0);
	buf_addch(&p->out, ' ');
	paint(p, colour);
	buf_add(&p->out, buf_str(&marks), marks.len);
	paint(p, plain);
	buf_addch(&p->out, '\n');
	buf_release(&marks);
}

static void show_place(struct printer *p, const struct place *at)
{
	char numbers[32];

	if (!at->source)
		return;
	paint(p, bold);
	show_text(p, at->source->name);
	snprintf(numbers, sizeof numbers, ":%u:%u: ", at->line, at->column);
	show_part(p, numbers);
	paint(p, plain);
}

static void show_excerpt(struct printer *p, struct span sp, const struct place *at, const char *colour)
{
	size_t caret;

	if (!at->source)
		return;
	sp = source_origin(p->sources, sp);
	caret = sp.at - at->source->base - (size_t)(at->line_text - at->source->text);
	show_line(p, at, caret, sp.len, colour);
}

static void show_note(struct printer *p, const struct diag_line *line)
{
	struct place at = source_place(p->sources, line->at);

	p->at = 0;
	if (line->is_help || !at.source)
		show_part(p, "   = ");
	show_place(p, &at);
	paint(p, line->is_help ? green : blue);
	show_part(p, line->is_help ? "help: " : "note: ");
	paint(p, plain);
	show_text(p, line->text);
	buf_addch(&p->out, '\n');
	show_excerpt(p, line->at, &at, blue);
}

static void show_report(struct printer *p, const struct diag_report *r)
{
	bool is_error = diag_code_severity(r->code) == DIAG_ERROR;
	struct diag_line general = { .is_help = true, .text = diag_general_help(r) };
	struct place at = source_place(p->sources, r->at);

	p->at = 0;
	show_place(p, &at);
	paint(p, is_error ? red : yellow);
	show_part(p, is_error ? "error[" : "warning[");
	show_part(p, diag_code_name(r->code));
	show_part(p, "]");
	paint(p, plain);
	show_part(p, ": ");
	paint(p, bold);
	show_text(p, r->message);
	paint(p, plain);
	buf_addch(&p->out, '\n');
	show_excerpt(p, r->at, &at, is_error ? red : yellow);
	for (const struct diag_line *line = r->lines; line; line = line->next) {
		if (!line->is_help)
			show_note(p, line);
	}
	for (const struct diag_line *line = r->lines; line; line = line->next) {
		if (line->is_help)
			show_note(p, line);
	}
	if (general.text)
		show_note(p, &general);
	buf_addch(&p->out, '\n');
}

static void show_rest(struct printer *p, unsigned hidden, const char *what)
{
	if (hidden)
		buf_printf(&p->out, "%u more %s%s\n", hidden, what, hidden == 1 ? "" : "s");
}

void diag_print(const struct diags *d, FILE *to, bool colour)
{
	diag_print_within(d, to, colour, 0);
}

void diag_print_within(const struct diags *d, FILE *to, bool colour, unsigned columns)
{
	struct printer p = { .out = BUF_INIT, .sources = d->sources, .colour = colour,
			     .columns = columns && columns < NARROWEST ? NARROWEST : columns };
	struct diag_tally shown = { 0 };

	for (size_t i = 0; i < d->nreports; i++) {
		if (diag_is_shown(&shown, &d->reports[i]))
			show_report(&p, &d->reports[i]);
	}
	show_rest(&p, d->errors - shown.errors, "error");
	show_rest(&p, d->warnings - shown.warnings, "warning");
	fwrite(buf_str(&p.out), 1, p.out.len, to);
	fflush(to);
	buf_release(&p.out);
}
