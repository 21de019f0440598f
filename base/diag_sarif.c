/*
 * Diagnostics as a SARIF 2.1.0 log: one run, a rule for every code that there is, a result for each report that is shown.
 * Columns count code points, and the log says so. What the forms below may hold stands in the OASIS standard; the tests validate
 * logs against its schema.
 */
#include "base/diag.h"

#include "base/diag_report.h"
#include "base/diag_write.h"
#include "base/explain.h"

enum { INDENT = 9 };	/* levels down to a result's own members */

static void write_member(struct json_writer *w, const char *key, const char *text)
{
	json_key(w, key);
	write_text(w, text);
}

static void write_message(struct json_writer *w, const char *key, const char *text)
{
	json_key(w, key);
	json_object(w);
	write_member(w, "text", text);
	json_object_end(w);
}

/* A path as a URI reference: relative as the user gave it, or of the scheme `file`. */
static void write_artifact(struct json_writer *w, const struct source *source)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/+=@,";
	struct buf uri = BUF_INIT;

	if (source->name[0] == '/')
		buf_addstr(&uri, "file://");
	for (const char *p = source->name; *p; p++) {
		if (strchr(plain, *p))
			buf_addch(&uri, *p);
		else
			buf_printf(&uri, "%%%02X", (unsigned char)*p);
	}
	json_key(w, "artifactLocation");
	json_object(w);
	write_member(w, "uri", buf_str(&uri));
	json_object_end(w);
	buf_release(&uri);
}

static void write_bounds(struct json_writer *w, const char *key, const struct region *r)
{
	json_key(w, key);
	json_object(w);
	write_region(w, r, "startLine", "startColumn", "endLine", "endColumn");
	json_object_end(w);
}

static void write_location(struct json_writer *w, const struct region *r, const char *message)
{
	json_object(w);
	json_key(w, "physicalLocation");
	json_object(w);
	write_artifact(w, r->source);
	write_bounds(w, "region", r);
	json_object_end(w);
	if (message)
		write_message(w, "message", message);
	json_object_end(w);
}

/* The message, and below it what has no place of its own: help, and notes about no text. */
static void write_result_message(struct json_writer *w, const struct sources *s, const struct diag_report *r)
{
	struct buf text = BUF_INIT;
	struct region region;

	buf_addstr(&text, r->message);
	for (const struct diag_line *line = r->lines; line; line = line->next) {
		if (line->is_help || !region_of(s, line->at, &region))
			buf_printf(&text, "\n%s: %s", line->is_help ? "help" : "note", line->text);
	}
	if (diag_general_help(r))
		buf_printf(&text, "\nhelp: %s", diag_general_help(r));
	write_message(w, "message", buf_str(&text));
	buf_release(&text);
}

static void write_related(struct json_writer *w, const struct sources *s, const struct diag_report *r)
{
	struct region region;

	json_key(w, "relatedLocations");
	json_array(w);
	for (const struct diag_line *line = r->lines; line; line = line->next) {
		if (!line->is_help && region_of(s, line->at, &region))
			write_location(w, &region, line->text);
	}
	json_array_end(w);
}

/* The edits of a fix that are of one text. */
static void write_change(struct json_writer *w, const struct sources *s, const struct diag_edit *first)
{
	const struct source *source = source_of(s, first->at.at);

	json_object(w);
	write_artifact(w, source);
	json_key(w, "replacements");
	json_array(w);
	for (const struct diag_edit *e = first; e; e = e->next) {
		struct region region;

		if (source_of(s, e->at.at) != source || !region_of(s, e->at, &region))
			continue;
		json_object(w);
		write_bounds(w, "deletedRegion", &region);
		write_message(w, "insertedContent", e->text);
		json_object_end(w);
	}
	json_array_end(w);
	json_object_end(w);
}

static bool is_first_of_its_text(const struct sources *s, const struct diag_edit *edits, const struct diag_edit *e)
{
	while (edits != e && source_of(s, edits->at.at) != source_of(s, e->at.at))
		edits = edits->next;
	return edits == e;
}

static void write_fixes(struct json_writer *w, const struct sources *s, const struct diag_report *r)
{
	json_key(w, "fixes");
	json_array(w);
	for (const struct diag_line *line = r->lines; line; line = line->next) {
		if (!line->edits)
			continue;
		json_object(w);
		write_message(w, "description", line->text);
		json_key(w, "artifactChanges");
		json_array(w);
		for (const struct diag_edit *e = line->edits; e; e = e->next) {
			if (is_first_of_its_text(s, line->edits, e))
				write_change(w, s, e);
		}
		json_array_end(w);
		json_object_end(w);
	}
	json_array_end(w);
}

static void write_result(struct json_writer *w, const struct sources *s, const struct diag_report *r)
{
	struct region region;

	json_object(w);
	write_member(w, "ruleId", diag_code_name(r->code));
	json_key(w, "ruleIndex");
	json_u64(w, r->code);
	write_member(w, "level", diag_code_severity(r->code) == DIAG_ERROR ? "error" : "warning");
	write_result_message(w, s, r);
	json_key(w, "locations");
	json_array(w);
	if (region_of(s, r->at, &region))
		write_location(w, &region, NULL);
	json_array_end(w);
	write_related(w, s, r);
	write_fixes(w, s, r);
	json_object_end(w);
}

static void write_rule(struct json_writer *w, enum diag_code code)
{
	const char *rule = explain_rule(code), *examples = explain_examples(code);

	json_object(w);
	write_member(w, "id", diag_code_name(code));
	write_message(w, "shortDescription", diag_code_title(code));
	write_message(w, "fullDescription", *rule ? rule : diag_code_title(code));
	if (*examples)
		write_message(w, "help", examples);
	json_key(w, "defaultConfiguration");
	json_object(w);
	write_member(w, "level", diag_code_severity(code) == DIAG_ERROR ? "error" : "warning");
	json_object_end(w);
	json_object_end(w);
}

static void write_tool(struct json_writer *w)
{
	json_key(w, "tool");
	json_object(w);
	json_key(w, "driver");
	json_object(w);
	write_member(w, "name", "calcc");
	write_member(w, "fullName", "CalcFlow's compiler");
	write_member(w, "version", CALC_VERSION);
	json_key(w, "rules");
	json_array(w);
	for (unsigned code = 0; code < DIAG_CODES; code++)
		write_rule(w, (enum diag_code)code);
	json_array_end(w);
	json_object_end(w);
	json_object_end(w);
}

static void write_counts(struct json_writer *w, const struct diags *d, const struct diag_tally *shown)
{
	json_key(w, "properties");
	json_object(w);
	json_key(w, "errors");
	json_u64(w, d->errors);
	json_key(w, "warnings");
	json_u64(w, d->warnings);
	json_key(w, "hidden");
	json_u64(w, d->errors - shown->errors + d->warnings - shown->warnings);
	json_object_end(w);
}

static void write_run(struct json_writer *w, const struct diags *d)
{
	struct diag_tally shown = { 0 };

	json_object(w);
	write_tool(w);
	write_member(w, "columnKind", "unicodeCodePoints");
	json_key(w, "results");
	json_array(w);
	for (size_t i = 0; i < d->nreports; i++) {
		if (diag_is_shown(&shown, &d->reports[i]))
			write_result(w, d->sources, &d->reports[i]);
	}
	json_array_end(w);
	write_counts(w, d, &shown);
	json_object_end(w);
}

void diag_sarif(const struct diags *d, struct buf *out)
{
	struct json_writer w;

	json_writer_init(&w, out, INDENT);
	json_object(&w);
	write_member(&w, "$schema", "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json");
	write_member(&w, "version", "2.1.0");
	json_key(&w, "runs");
	json_array(&w);
	write_run(&w, d);
	json_array_end(&w);
	json_object_end(&w);
	buf_addch(out, '\n');
}
