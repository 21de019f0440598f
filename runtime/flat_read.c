/*
 * Image → natural text, or checked alone. Whoever made the image is not trusted: every offset is looked at before it is followed,
 * and what lists and texts take in all must fit into the image, so that no list stands in two places and the work is linear.
 */
#include "runtime/flat.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>
#include "base/base64.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/number.h"
#include "base/rfc3339.h"
#include "base/utf8.h"
#include "runtime/value.h"

enum { DEEPEST = 3 * PLAN_MAX_DEPTH, NO_FIELD = -1 };

struct reader {
	const struct plan *p;
	struct flat_layout layout;
	const char *image;
	uint64_t len, taken;		/* taken: by the root and all lists so far */
	struct buf *out, *error;	/* out NULL: only checked */
	struct { const char *field; uint64_t item; } path[DEEPEST];
	unsigned depth;
};

static bool misfit(struct reader *r, const char *what)
{
	for (unsigned i = 0; i < r->depth; i++)
		if (r->path[i].field)
			buf_printf(r->error, "%sfield `%s`", i ? ", " : "", r->path[i].field);
		else
			buf_printf(r->error, "%sitem %" PRIu64, i ? ", " : "", r->path[i].item);
	buf_printf(r->error, "%s%s", r->depth ? ": " : "", what);
	return false;
}

static uint64_t word_at(const struct reader *r, uint64_t at)
{
	uint64_t v;

	memcpy(&v, r->image + at, sizeof v);
	return v;
}

static uint32_t half_at(const struct reader *r, uint64_t at)
{
	uint32_t v;

	memcpy(&v, r->image + at, sizeof v);
	return v;
}

static void say(struct reader *r, const char *text, size_t len)
{
	if (r->out)
		buf_add(r->out, text, len);
}

/* The list or text that the 16 bytes at `at` lead to. */
static bool follow(struct reader *r, uint64_t at, struct flat_size one, uint64_t *first, uint64_t *count)
{
	uint64_t size;

	*first = at + word_at(r, at);		/* wraps where the offset is negative */
	*count = word_at(r, at + 8);
	if (*count == 0)
		return true;
	if (__builtin_mul_overflow(*count, one.size, &size) || size > r->len || *first < FLAT_HEADER || *first > r->len - size)
		return misfit(r, "leads out of its image");
	if (*first % one.align)
		return misfit(r, "is not on its alignment");
	r->taken += size;
	if (r->taken > r->len)
		return misfit(r, "shares its place with another list: each needs room of its own");
	return true;
}

/* ---- single values ---- */

static bool read_float(struct reader *r, uint32_t kind, uint64_t at)
{
	double number;
	float single;
	char text[32];

	if (kind == PLAN_F32) {
		memcpy(&single, r->image + at, sizeof single);
		number = (double)single;
	} else {
		memcpy(&number, r->image + at, sizeof number);
	}
	if (!isfinite(number))
		return misfit(r, isnan(number) ? "NaN, which no value may be" : "an infinity, which no value may be");
	if (!r->out)
		return true;
	if (kind == PLAN_F32)
		number_f32_text(text, single);
	else
		number_f64_text(text, number);
	buf_addstr(r->out, text);
	return true;
}

static bool read_text(struct reader *r, const char *text, uint64_t len)
{
	if (utf8_valid_prefix(text, len) < len)
		return misfit(r, "not UTF-8, which a string must be");
	if (r->out)
		json_quote(r->out, text, len);
	return true;
}

static bool read_string(struct reader *r, const struct plan_type *t, uint64_t at)
{
	uint64_t first, count;

	if (!t->params)
		return follow(r, at, (struct flat_size){ 1, 1 }, &first, &count) && read_text(r, count ? r->image + first : "", count);
	count = half_at(r, at);
	if (count > t->params)
		return misfit(r, "a string that is longer than its type");
	return read_text(r, r->image + at + 4, count);
}

static bool read_bytes(struct reader *r, uint64_t at)
{
	uint64_t first, count;

	if (!follow(r, at, (struct flat_size){ 1, 1 }, &first, &count))
		return false;
	say(r, "\"", 1);
	if (r->out && count)
		base64_text(r->image + first, count, r->out);
	say(r, "\"", 1);
	return true;
}

static bool read_enum(struct reader *r, const struct plan_type *t, uint64_t at)
{
	uint32_t member = half_at(r, at);

	if (member >= t->count)
		return misfit(r, "no member of its enum");
	if (r->out)
		json_quote(r->out, r->p->field[t->first + member].name, strlen(r->p->field[t->first + member].name));
	return true;
}

static void say_number(struct reader *r, uint32_t kind, uint64_t at)
{
	if (!r->out)
		return;
	switch (kind) {
	case PLAN_I32: buf_printf(r->out, "%" PRId32, (int32_t)half_at(r, at)); break;
	case PLAN_U32: buf_printf(r->out, "%" PRIu32, half_at(r, at)); break;
	case PLAN_I64: buf_printf(r->out, "%" PRId64, (int64_t)word_at(r, at)); break;
	case PLAN_U64: buf_printf(r->out, "%" PRIu64, word_at(r, at)); break;
	case PLAN_DURATION: duration_text((int64_t)word_at(r, at), r->out); break;
	default:
		buf_addch(r->out, '"');
		rfc3339_text(rfc3339_from_ns((int64_t)word_at(r, at)), r->out);
		buf_addch(r->out, '"');
	}
}

/* ---- values of values ---- */

static bool read_value(struct reader *r, uint32_t type, uint64_t at);

static bool read_byte(struct reader *r, uint64_t at)
{
	return (unsigned char)r->image[at] <= 1 || misfit(r, "a truth that is neither 0 nor 1");
}

static bool enter(struct reader *r, const char *field)
{
	if (r->depth >= DEEPEST)
		return misfit(r, "nested too deep");
	r->path[r->depth].field = field;
	r->path[r->depth++].item = 0;
	return true;
}

static bool is_absent(const struct reader *r, uint32_t type, uint64_t at)
{
	return r->p->type[type].kind == PLAN_OPTIONAL && r->image[at] == 0;
}

static bool read_record(struct reader *r, const struct plan_type *t, uint64_t at)
{
	uint64_t within = 0;
	const char *before = "{";

	for (uint32_t i = 0; i < t->count; i++) {
		const struct plan_field *f = &r->p->field[t->first + i];
		uint64_t place = at + flat_place(&within, flat_size(&r->layout, f->type));

		if (is_absent(r, f->type, place))
			continue;
		if (r->out) {
			buf_addstr(r->out, before);
			json_quote(r->out, f->name, strlen(f->name));
			buf_addch(r->out, ':');
		}
		before = ",";
		if (!enter(r, f->name) || !read_value(r, f->type, place))
			return false;
		r->depth--;
	}
	say(r, "{}", before[0] == '{' ? 2 : 0);
	say(r, "}", before[0] == ',');
	return true;
}

/* Types any bits of which are a value need no look at each item. */
static bool is_any_bits(uint8_t kind)
{
	return kind == PLAN_I32 || kind == PLAN_U32 || kind == PLAN_I64 || kind == PLAN_U64 || kind == PLAN_TIME;
}

/* between, after: what stands between the items, and after each. */
static bool read_items(struct reader *r, uint32_t elem, uint64_t at, const char *between, const char *after)
{
	struct flat_size one = flat_size(&r->layout, elem);
	uint64_t first, count;

	if (!follow(r, at, one, &first, &count))
		return false;
	if (!r->out && is_any_bits(r->p->type[elem].kind))
		return true;
	if (count && !enter(r, NULL))
		return false;
	for (uint64_t i = 0; i < count; i++) {
		r->path[r->depth - 1].item = i;
		say(r, between, i ? strlen(between) : 0);
		if (!read_value(r, elem, first + i * one.size))
			return false;
		say(r, after, strlen(after));
	}
	r->depth -= count > 0;
	return true;
}

static bool read_list(struct reader *r, const struct plan_type *t, uint64_t at)
{
	say(r, "[", 1);
	if (!read_items(r, t->elem, at, ",", ""))
		return false;
	say(r, "]", 1);
	return true;
}

static bool read_optional(struct reader *r, const struct plan_type *t, uint64_t at)
{
	if (!read_byte(r, at))
		return false;
	if (r->image[at])
		return read_value(r, t->elem, at + flat_size(&r->layout, t->elem).align);
	say(r, "null", 4);
	return true;
}

static bool read_value(struct reader *r, uint32_t type, uint64_t at)
{
	const struct plan_type *t = &r->p->type[type];

	switch ((enum plan_type_kind)t->kind) {
	case PLAN_BOOL:
		if (!read_byte(r, at))
			return false;
		say(r, r->image[at] ? "true" : "false", r->image[at] ? 4 : 5);
		return true;
	case PLAN_F32:
	case PLAN_F64: return read_float(r, t->kind, at);
	case PLAN_STRING: return read_string(r, t, at);
	case PLAN_BYTES: return read_bytes(r, at);
	case PLAN_ENUM: return read_enum(r, t, at);
	case PLAN_RECORD: return read_record(r, t, at);
	case PLAN_LIST: return read_list(r, t, at);
	case PLAN_OPTIONAL: return read_optional(r, t, at);
	case PLAN_FILE:
	case PLAN_CHOICE:
	case PLAN_FLOW: return misfit(r, "has no flat form");
	case PLAN_DURATION:
		if (word_at(r, at) == (uint64_t)INT64_MIN)
			return misfit(r, "out of the range of duration (292 years)");
		say_number(r, t->kind, at);
		return true;
	default: say_number(r, t->kind, at); return true;
	}
}

/* ---- the whole ---- */

static bool check_head(struct reader *r, uint32_t type)
{
	struct flat_header head;

	if (r->len < sizeof head)
		return misfit(r, "no flat image: it is shorter than a header");
	memcpy(&head, r->image, sizeof head);
	if (memcmp(head.magic, FLAT_MAGIC, sizeof head.magic) != 0)
		return misfit(r, "no flat image: it does not begin with \"" FLAT_MAGIC "\"");
	if (head.version != FLAT_VERSION || head.header != FLAT_HEADER)
		return misfit(r, "an image of another version of the flat layout (this is 1)");
	if (head.type != flat_hash(r->p, type))
		return misfit(r, "an image of another type: build its program again with the header of this plan");
	if (head.length != r->len)
		return misfit(r, "a torn image: it is not as long as its header says");
	r->taken = FLAT_HEADER + flat_size(&r->layout, type).size;
	return r->taken <= r->len || misfit(r, "a torn image: its value is not all there");
}

/* string and bytes stand raw, lists of records line by line, all else as JSON with a newline. */
static bool read_natural(struct reader *r, uint32_t type)
{
	const struct plan_type *t = &r->p->type[type];
	uint64_t first = FLAT_HEADER + 4, count;

	switch (value_natural_format(r->p, type)) {
	case FORMAT_JSONL: return read_items(r, t->elem, FLAT_HEADER, "", "\n");
	case FORMAT_RAW:
		if (t->kind == PLAN_STRING && t->params) {
			count = half_at(r, FLAT_HEADER);
			if (count > t->params)
				return misfit(r, "a string that is longer than its type");
		} else if (!follow(r, FLAT_HEADER, (struct flat_size){ 1, 1 }, &first, &count)) {
			return false;
		}
		if (t->kind == PLAN_STRING && count && utf8_valid_prefix(r->image + first, count) < count)
			return misfit(r, "not UTF-8, which a string must be");
		if (count)
			say(r, r->image + first, count);
		return true;
	default: break;
	}
	if (!read_value(r, type, FLAT_HEADER))
		return false;
	say(r, "\n", 1);
	return true;
}

bool flat_to_natural(const struct plan *p, uint32_t type, const char *image, size_t len, struct buf *out, struct buf *error)
{
	struct reader *r = mem_zalloc(1, sizeof *r);
	bool ok;

	type = value_present(p, type);
	r->p = p;
	r->image = image;
	r->len = len;
	r->out = out;
	r->error = error;
	flat_layout_init(&r->layout, p);
	ok = check_head(r, type) && read_natural(r, type);
	flat_layout_release(&r->layout);
	mem_free(r);
	return ok;
}
