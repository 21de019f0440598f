/*
 * Diagnostics: the only writer of messages about the user's input. A report has a code (diag.def; codes are
 * permanent), a place with its line and a caret span, a message that says what was expected and found,
 * secondary places, and a help line that can be acted on. Reports are collected in order and printed by
 * diag_print; at most DIAG_SHOWN errors are shown, the rest counted. The same code at the same place twice is one.
 */
#ifndef CALC_BASE_DIAG_H
#define CALC_BASE_DIAG_H

#include <stdbool.h>
#include <stdio.h>
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
void diag_note(struct diags *d, struct span at, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void diag_help(struct diags *d, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

unsigned diag_errors(const struct diags *d);	/* errors so far, repeats not counted */
bool diag_full(const struct diags *d);		/* 1,000 errors: a pass may stop looking for more */

/* Text form, to a stream: `file:line:column: error[CF101]: message`, the line, carets; colour when asked. */
void diag_print(const struct diags *d, FILE *to, bool colour);

const char *diag_code_name(enum diag_code code);	/* "CF101" */
const char *diag_code_title(enum diag_code code);
enum diag_severity diag_code_severity(enum diag_code code);

#endif
