/*
 * Diagnostics: collecting them. How one looks is diag_print.c. Knows no language and no tool.
 */
#include "base/diag.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/diag_report.h"
#include "base/mem.h"

enum { KEPT_MOST = 1000 };

static const struct {
	const char *name, *title;
	enum diag_severity severity;
} codes[] = {
#define DIAG(code, severity, title) [code] = { #code, title, severity },
#include "base/diag.def"
#undef DIAG
};

const char *diag_code_name(enum diag_code code)
{
	return codes[code].name;
}

const char *diag_code_title(enum diag_code code)
{
	return codes[code].title;
}

enum diag_severity diag_code_severity(enum diag_code code)
{
	return codes[code].severity;
}

struct diags *diags_new(const struct sources *s)
{
	struct diags *d = mem_zalloc(1, sizeof *d);

	arena_init(&d->arena);
	d->sources = s;
	return d;
}

void diags_free(struct diags *d)
{
	if (!d)
		return;
	arena_release(&d->arena);
	mem_free(d->reports);
	mem_free(d);
}

static const char *format(struct diags *d, const char *fmt, va_list ap)
{
	struct buf text = BUF_INIT;
	const char *kept;

	buf_vprintf(&text, fmt, ap);
	kept = arena_strndup(&d->arena, buf_str(&text), text.len);
	buf_release(&text);
	return kept;
}

static bool is_repeat(const struct diags *d, enum diag_code code, struct span at)
{
	if (!at.at)
		return false;
	for (size_t i = 0; i < d->nreports; i++) {
		if (d->reports[i].code == code && d->reports[i].at.at == at.at)
			return true;
	}
	return false;
}

void diag_report(struct diags *d, enum diag_code code, struct span at, const char *fmt, ...)
{
	bool is_error = codes[code].severity == DIAG_ERROR;
	va_list ap;

	d->last_dropped = true;
	if (is_repeat(d, code, at))
		return;
	d->errors += is_error;
	d->warnings += !is_error;
	if ((is_error ? d->errors : d->warnings) > KEPT_MOST)
		return;
	d->last_dropped = false;
	d->reports = mem_grow(d->reports, &d->cap, d->nreports + 1, sizeof *d->reports);
	va_start(ap, fmt);
	d->reports[d->nreports++] = (struct diag_report){ .code = code, .at = at, .message = format(d, fmt, ap) };
	va_end(ap);
}

void diag_vreport_line(struct diags *d, enum diag_code code, const char *loc, const char *fmt, va_list ap)
{
	const char *colon = strrchr(loc, ':');
	uint32_t line = colon ? (uint32_t)strtoul(colon + 1, NULL, 10) : 0;
	struct span at = colon && d->sources ? source_line(d->sources, loc, (size_t)(colon - loc), line) : SPAN_NONE;
	struct buf message = BUF_INIT;

	buf_vprintf(&message, fmt, ap);
	if (at.at || !*loc)
		diag_report(d, code, at, "%s", buf_str(&message));
	else
		diag_report(d, code, at, "%s: %s", loc, buf_str(&message));
	buf_release(&message);
}

void diag_report_line(struct diags *d, enum diag_code code, const char *loc, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	diag_vreport_line(d, code, loc, fmt, ap);
	va_end(ap);
}

/* A new line of the report made last. */
static struct diag_line *add_line(struct diags *d)
{
	struct diag_line **end = &d->reports[d->nreports - 1].lines;

	while (*end)
		end = &(*end)->next;
	*end = arena_zalloc(&d->arena, 1, sizeof **end);
	return *end;
}

static bool is_kept(const struct diags *d)
{
	return !d->last_dropped && d->nreports;
}

void diag_note(struct diags *d, struct span at, const char *fmt, ...)
{
	struct diag_line *line;
	va_list ap;

	if (!is_kept(d))
		return;
	line = add_line(d);
	line->at = at;
	va_start(ap, fmt);
	line->text = format(d, fmt, ap);
	va_end(ap);
}

static void add_help(struct diags *d, const char *fmt, va_list ap)
{
	struct diag_line *line = add_line(d);

	line->is_help = true;
	line->text = format(d, fmt, ap);
}

void diag_help(struct diags *d, const char *fmt, ...)
{
	va_list ap;

	if (!is_kept(d))
		return;
	va_start(ap, fmt);
	add_help(d, fmt, ap);
	va_end(ap);
}

/* A part of a decoded string is no place where anything can be put in. */
static bool is_editable(const struct diags *d, struct span at)
{
	return at.at && source_origin(d->sources, at).at == at.at && source_of(d->sources, at.at);
}

void diag_fix(struct diags *d, struct span at, const char *text, const char *fmt, ...)
{
	va_list ap;

	if (!is_kept(d))
		return;
	va_start(ap, fmt);
	add_help(d, fmt, ap);
	va_end(ap);
	diag_fix_also(d, at, text);
}

void diag_fix_also(struct diags *d, struct span at, const char *text)
{
	struct diag_line *line;
	struct diag_edit **end;

	if (!is_kept(d) || !is_editable(d, at))
		return;
	line = d->reports[d->nreports - 1].lines;
	while (line->next)
		line = line->next;
	for (end = &line->edits; *end;)
		end = &(*end)->next;
	*end = arena_zalloc(&d->arena, 1, sizeof **end);
	**end = (struct diag_edit){ .at = at, .text = arena_strdup(&d->arena, text) };
}

static bool is_word_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

struct span diag_word(const struct diags *d, struct span at, const char *word)
{
	enum { SEARCHED_MOST = 4096 };
	const char *text = is_editable(d, at) ? source_bytes(d->sources, at.at) : NULL;
	struct span found = SPAN_NONE;
	size_t len = strlen(word);

	if (!text || len == 0 || at.len > SEARCHED_MOST)
		return SPAN_NONE;
	for (uint32_t i = 0; i + len <= at.len; i++) {
		if (memcmp(text + i, word, len) || (i && is_word_byte(text[i - 1])) || (i + len < at.len && is_word_byte(text[i + len])))
			continue;
		if (found.at)
			return SPAN_NONE;
		found = (struct span){ at.at + i, (uint32_t)len };
	}
	return found;
}

const char *diag_general_help(const struct diag_report *r)
{
	static const char *const help[DIAG_CODES] = {
#define HELP(code, text) [code] = text,
#include "base/diag_help.def"
#undef HELP
	};

	for (const struct diag_line *line = r->lines; line; line = line->next) {
		if (line->is_help)
			return NULL;
	}
	return help[r->code];
}

bool diag_is_shown(struct diag_tally *t, const struct diag_report *r)
{
	unsigned *shown = diag_code_severity(r->code) == DIAG_ERROR ? &t->errors : &t->warnings;

	return *shown < DIAG_SHOWN && ++*shown;
}

unsigned diag_errors(const struct diags *d)
{
	return d->errors;
}

bool diag_full(const struct diags *d)
{
	return d->errors >= KEPT_MOST;
}
