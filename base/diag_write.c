/* Places and texts of diagnostics, for programs. What a person sees is diag_print.c's. */
#include "base/diag_write.h"

#include "base/utf8.h"

bool region_of(const struct sources *s, struct span at, struct region *r)
{
	struct span origin = source_origin(s, at);
	struct place from = source_place(s, origin), to;
	size_t rest;

	if (!from.source)
		return false;
	r->source = from.source;
	r->offset = origin.at - from.source->base;
	rest = from.source->len - r->offset;
	r->length = origin.len < rest ? origin.len : rest;
	to = source_place(s, (struct span){ origin.at + (uint32_t)r->length, 0 });
	r->line = from.line;
	r->column = from.column;
	r->end_line = to.line;
	r->end_column = to.column;
	return true;
}

void write_region(struct json_writer *w, const struct region *r, const char *line, const char *column, const char *end_line,
		  const char *end_column)
{
	json_key(w, line);
	json_u64(w, r->line);
	json_key(w, column);
	json_u64(w, r->column);
	json_key(w, end_line);
	json_u64(w, r->end_line);
	json_key(w, end_column);
	json_u64(w, r->end_column);
}

void write_text(struct json_writer *w, const char *text)
{
	static const char replacement[] = "\xEF\xBF\xBD";
	struct buf clean = BUF_INIT;
	size_t len = strlen(text), valid;

	while ((valid = utf8_valid_prefix(text, len)) < len) {
		buf_add(&clean, text, valid);
		buf_addstr(&clean, replacement);
		text += valid + 1;
		len -= valid + 1;
	}
	buf_add(&clean, text, len);
	json_stringn(w, buf_str(&clean), clean.len);
	buf_release(&clean);
}
