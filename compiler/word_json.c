/* Compile-time values as canonical JSON and as text, in the forms that the runtime's values have. */
#include "compiler/word.h"

#include <inttypes.h>

#include "base/base64.h"
#include "base/json.h"
#include "compiler/text.h"

static void float_text(double d, type_t type, struct buf *out)
{
	char text[32];
	if (type == TYPE_F32)
		number_f32_text(text, (float)d);
	else
		number_f64_text(text, d);
	buf_addstr(out, text);
}

static void scalar_text(const struct types *t, type_t type, word_t w, struct buf *out)
{
	switch (type_of(t, type)->kind) {
	case TYPE_BOOL: buf_addstr(out, w ? "true" : "false"); break;
	case TYPE_I32: case TYPE_I64: buf_printf(out, "%" PRId64, (int64_t)w); break;
	case TYPE_U32: case TYPE_U64: buf_printf(out, "%" PRIu64, w); break;
	case TYPE_F32: case TYPE_F64: float_text(f64_word(w), type, out); break;
	case TYPE_TIME: rfc3339_text(rfc3339_from_ns((int64_t)w), out); break;
	case TYPE_DURATION: duration_text((int64_t)w, out); break;
	case TYPE_ENUM: buf_addstr(out, sym_text(t->syms, type_field_at(t, type, (uint32_t)w)->name)); break;
	default: break;
	}
}

static bool record_json(const struct data_store *s, const struct types *t, type_t type, word_t w, struct buf *out)
{
	bool first = true;
	buf_addch(out, '{');
	for (uint32_t i = 0; i < type_of(t, type)->count; i++) {
		const struct type_field *f = type_field_at(t, type, i);
		word_t v = record_field(s, w, i);
		if (type_of(t, f->type)->kind == TYPE_OPTIONAL && !optional_here(v))
			continue;
		if (!first)
			buf_addch(out, ',');
		first = false;
		json_quote(out, sym_text(t->syms, f->name), sym_len(t->syms, f->name));
		buf_addch(out, ':');
		if (!word_json(s, t, f->type, v, out))
			return false;
	}
	buf_addch(out, '}');
	return true;
}

bool word_json(const struct data_store *s, const struct types *t, type_t type, word_t w, struct buf *out)
{
	const struct type *ty = type_of(t, type);
	struct buf b = BUF_INIT;
	if (out->len > WORD_JSON_MOST)
		return false;
	switch (ty->kind) {
	case TYPE_STRING: case TYPE_SIZED:
		json_quote(out, string_bytes(s, w), word_lo(w));
		return true;
	case TYPE_BYTES:
		base64_text(string_bytes(s, w), word_lo(w), &b);
		json_quote(out, buf_str(&b), b.len);
		buf_release(&b);
		return true;
	case TYPE_TIME: case TYPE_ENUM:
		scalar_text(t, type, w, &b);
		json_quote(out, buf_str(&b), b.len);
		buf_release(&b);
		return true;
	case TYPE_OPTIONAL:
		if (optional_here(w))
			return word_json(s, t, ty->elem, optional_value(s, w), out);
		buf_addstr(out, "null");
		return true;
	case TYPE_LIST:
		buf_addch(out, '[');
		for (uint32_t i = 0; i < list_count(w); i++) {
			if (i)
				buf_addch(out, ',');
			if (!word_json(s, t, ty->elem, list_item(s, w, i), out))
				return false;
		}
		buf_addch(out, ']');
		return true;
	case TYPE_RECORD:
		return record_json(s, t, type, w, out);
	case TYPE_CHOICE: {
		const struct type_field *arm = type_field_at(t, type, word_hi(w));
		buf_addch(out, '{');
		json_quote(out, sym_text(t->syms, arm->name), sym_len(t->syms, arm->name));
		buf_addch(out, ':');
		if (!word_json(s, t, arm->type, s->word[word_lo(w)], out))
			return false;
		buf_addch(out, '}');
		return true;
	}
	default:
		scalar_text(t, type, w, out);
		return true;
	}
}

void word_text(const struct data_store *s, const struct types *t, type_t type, word_t w, struct buf *out)
{
	const struct type *ty = type_of(t, type);
	if (ty->kind == TYPE_STRING || ty->kind == TYPE_SIZED)
		buf_add(out, string_bytes(s, w), word_lo(w));
	else if (ty->kind == TYPE_BYTES)
		base64_text(string_bytes(s, w), word_lo(w), out);
	else if (ty->kind == TYPE_OPTIONAL && optional_here(w))
		word_text(s, t, ty->elem, optional_value(s, w), out);
	else if (type_is_scalar(t, type))
		scalar_text(t, type, w, out);
	else
		word_json(s, t, type, w, out);
}
