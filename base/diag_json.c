/*
 * Diagnostics as JSON Lines: an object for each report that is shown, then one that counts them all. The form is published as
 * base/diagnostics.schema.json; fields are added, never changed.
 */
#include "base/diag.h"

#include "base/diag_report.h"
#include "base/diag_write.h"

static void write_place(struct json_writer *w, const struct sources *sources, struct span at)
{
	struct region r;

	if (!region_of(sources, at, &r))
		return;
	json_key(w, "place");
	json_object(w);
	json_key(w, "file");
	write_text(w, r.source->name);
	write_region(w, &r, "line", "column", "endLine", "endColumn");
	json_key(w, "offset");
	json_u64(w, r.offset);
	json_key(w, "length");
	json_u64(w, r.length);
	json_object_end(w);
}

static void write_notes(struct json_writer *w, const struct sources *sources, const struct diag_report *r)
{
	json_key(w, "notes");
	json_array(w);
	for (const struct diag_line *line = r->lines; line; line = line->next) {
		if (line->is_help)
			continue;
		json_object(w);
		json_key(w, "message");
		write_text(w, line->text);
		write_place(w, sources, line->at);
		json_object_end(w);
	}
	json_array_end(w);
}

static void write_help(struct json_writer *w, const struct diag_report *r)
{
	json_key(w, "help");
	json_array(w);
	for (const struct diag_line *line = r->lines; line; line = line->next) {
		if (line->is_help)
			write_text(w, line->text);
	}
	if (diag_general_help(r))
		write_text(w, diag_general_help(r));
	json_array_end(w);
}

static void write_fixes(struct json_writer *w, const struct sources *sources, const struct diag_report *r)
{
	json_key(w, "fixes");
	json_array(w);
	for (const struct diag_line *line = r->lines; line; line = line->next) {
		if (!line->edits)
			continue;
		json_object(w);
		json_key(w, "title");
		write_text(w, line->text);
		json_key(w, "edits");
		json_array(w);
		for (const struct diag_edit *e = line->edits; e; e = e->next) {
			json_object(w);
			write_place(w, sources, e->at);
			json_key(w, "text");
			write_text(w, e->text);
			json_object_end(w);
		}
		json_array_end(w);
		json_object_end(w);
	}
	json_array_end(w);
}

static void write_report(struct buf *out, const struct sources *sources, const struct diag_report *r)
{
	struct json_writer w;

	json_writer_init(&w, out, 0);
	json_object(&w);
	json_key(&w, "code");
	json_string(&w, diag_code_name(r->code));
	json_key(&w, "severity");
	json_string(&w, diag_code_severity(r->code) == DIAG_ERROR ? "error" : "warning");
	json_key(&w, "title");
	json_string(&w, diag_code_title(r->code));
	json_key(&w, "message");
	write_text(&w, r->message);
	write_place(&w, sources, r->at);
	write_notes(&w, sources, r);
	write_help(&w, r);
	write_fixes(&w, sources, r);
	json_object_end(&w);
	buf_addch(out, '\n');
}

void diag_json(const struct diags *d, struct buf *out)
{
	struct diag_tally shown = { 0 };
	struct json_writer w;

	for (size_t i = 0; i < d->nreports; i++) {
		if (diag_is_shown(&shown, &d->reports[i]))
			write_report(out, d->sources, &d->reports[i]);
	}
	json_writer_init(&w, out, 0);
	json_object(&w);
	json_key(&w, "errors");
	json_u64(&w, d->errors);
	json_key(&w, "warnings");
	json_u64(&w, d->warnings);
	json_key(&w, "hidden");
	json_u64(&w, d->errors - shown.errors + d->warnings - shown.warnings);
	json_object_end(&w);
	buf_addch(out, '\n');
}
