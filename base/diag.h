/*
 * Diagnostics: the only writer of messages about the user's input. A report has a code (diag.def; codes are
 * permanent), a place with its line and a caret span, a message that says what was expected and found,
 * secondary places, and a help line that can be acted on, with the edit that mends it where that is known. Reports are
 * collected in order and written by one of the writers below; at most DIAG_SHOWN errors and as many warnings are shown, the rest
 * counted, in every form. The same code at the same place twice is one.
 */
#ifndef CALC_BASE_DIAG_H
#define CALC_BASE_DIAG_H

#include <stdbool.h>
#include <stdio.h>
#include "base/buf.h"
#include "base/source.h"

enum diag_code {
#define DIAG(code, severity, title) code,
#include "base/diag.def"
#undef DIAG
	DIAG_CODES
};
enum diag_severity { DIAG_ERROR, DIAG_WARNING };
enum { DIAG_SHOWN = 20 };

struct diags;

struct diags *diags_new(const struct sources *s);
void diags_free(struct diags *d);

/* Report; then diag_note and diag_help add to the report made last (they do nothing when that was a repeat). */
void diag_report(struct diags *d, enum diag_code code, struct span at, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* The same, at a place that is known by its text "file:line" (of a plan); where that leads to no text, it stands before the message. */
void diag_vreport_line(struct diags *d, enum diag_code code, const char *loc, const char *fmt, va_list ap);
void diag_report_line(struct diags *d, enum diag_code code, const char *loc, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
void diag_note(struct diags *d, struct span at, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void diag_help(struct diags *d, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/*
 * A help line with the edit that follows it: what stands at `at` is replaced by `text` (at.len 0: the text is put in there).
 * diag_fix_also adds an edit to the fix made last. Say it only where the mend is known: a program applies it without asking, and
 * the report must be gone after it. Where `at` is no place of a text as it stands (a decoded string), the help line alone is kept.
 */
void diag_fix(struct diags *d, struct span at, const char *text, const char *fmt, ...) __attribute__((format(printf, 4, 5)));
void diag_fix_also(struct diags *d, struct span at, const char *text);
/* Where the word stands in the text of `at`, if it stands there once; else nowhere: a fix there is the help line alone. */
struct span diag_word(const struct diags *d, struct span at, const char *word);

unsigned diag_errors(const struct diags *d);	/* errors so far, repeats not counted */
bool diag_full(const struct diags *d);		/* 1,000 errors: a pass may stop looking for more */

/*
 * The forms. Columns count characters (code points) from 1 in all of them; an end is the place after the last character.
 * Text: `file:line:column: error[CF101]: message`, the line, carets; colour when asked; or within the
 * columns of a terminal (0: lines are not broken).
 * JSON: a line for each report and one for their number (the schema: base/diagnostics.schema.json). SARIF: one log, version 2.1.0.
 */
void diag_print(const struct diags *d, FILE *to, bool colour);
void diag_print_within(const struct diags *d, FILE *to, bool colour, unsigned columns);
void diag_json(const struct diags *d, struct buf *out);
void diag_sarif(const struct diags *d, struct buf *out);

const char *diag_code_name(enum diag_code code);	/* "CF101" */
const char *diag_code_title(enum diag_code code);
enum diag_severity diag_code_severity(enum diag_code code);

#endif
