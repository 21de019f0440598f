/* What diag.c collects and the writers (diag_print.c, diag_json.c, diag_sarif.c) read, and who gives reports on: launch.c, lib/calcc.c. */
#ifndef CALC_BASE_DIAG_REPORT_H
#define CALC_BASE_DIAG_REPORT_H

#include "base/arena.h"
#include "base/diag.h"

struct diag_edit {
	struct diag_edit *next;
	struct span at;
	const char *text;
};

struct diag_line {	/* a note, or a help when is_help */
	struct diag_line *next;
	bool is_help;
	struct span at;
	const char *text;
	struct diag_edit *edits;	/* of a help that can be applied; in the order they were added */
};

struct diag_report {
	enum diag_code code;
	struct span at;
	const char *message;
	struct diag_line *lines;	/* in the order they were added */
};

struct diags {
	const struct sources *sources;
	struct arena arena;
	struct diag_report *reports;
	size_t nreports, cap;
	unsigned errors, warnings;	/* counted; those kept are fewer when there are very many */
	bool last_dropped;		/* the report made last was a repeat or one too many */
};

/* How many of the reports are shown: count with it, in order, what a writer writes. */
struct diag_tally {
	unsigned errors, warnings;
};
bool diag_is_shown(struct diag_tally *t, const struct diag_report *r);
/* The help of its code (diag_help.def), when the report has no line of help; else NULL. */
const char *diag_general_help(const struct diag_report *r);

#endif
