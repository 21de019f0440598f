/*
 * A plan as canonical JSON: the members of plan_shape.def in their order, defaults left out. The same plan is the same bytes. Places
 * are written for people only: a line that moves changes nothing of what is computed.
 */
#include "runtime/plan.h"

#include <string.h>
#include "base/hash.h"
#include "base/json.h"
#include "runtime/plan_shape.h"

/* Digits by hand: arrays of a plan hold millions of numbers. */
static void write_number(struct json_writer *w, uint64_t v)
{
	char digits[20];
	size_t at = sizeof digits;

	do {
		digits[--at] = (char)('0' + v % 10);
		v /= 10;
	} while (v);
	json_raw(w, digits + at, sizeof digits - at);
}

static void write_index(struct json_writer *w, uint32_t v)
{
	if (v == PLAN_NONE)
		json_raw(w, "-1", 2);
	else
		write_number(w, v);
}

static void write_u32s(struct json_writer *w, const uint32_t *v, size_t count)
{
	json_array(w);
	for (size_t i = 0; i < count; i++)
		write_index(w, v[i]);
	json_array_end(w);
}

static void write_texts(struct json_writer *w, const char *const *v, size_t count)
{
	json_array(w);
	for (size_t i = 0; i < count; i++)
		json_string(w, v[i]);
	json_array_end(w);
}

static size_t array_length(const struct plan *p, const void *row, const struct plan_member *m)
{
	size_t count = 0;

	if (!*(void *const *)((const char *)row + m->at) || !plan_array_length(p, row, m->more, &count))
		return 0;
	return count;
}

static bool has_default(const struct plan *p, const void *row, const struct plan_member *m)
{
	const void *at = (const char *)row + m->at;

	switch ((enum plan_member_kind)m->kind) {
	case TEXT:
	case PLACE: return **(const char *const *)at == '\0';
	case TEXT_OR_NULL:
	case PLACE_OR_NULL: return *(const char *const *)at == NULL;
	case U32: return *(const uint32_t *)at == 0;
	case INDEX: return *(const uint32_t *)at == PLAN_NONE;
	case U64: return *(const uint64_t *)at == 0;
	case FLAG: return !*(const bool *)at;
	case CHOICE: return *(const uint8_t *)at == 0;
	case U32S:
	case TEXTS: return array_length(p, row, m) == 0;
	}
	return false;
}

static void write_member(struct json_writer *w, const struct plan *p, const void *row, const struct plan_member *m)
{
	const void *at = (const char *)row + m->at;

	switch ((enum plan_member_kind)m->kind) {
	case TEXT:
	case TEXT_OR_NULL:
	case PLACE:
	case PLACE_OR_NULL: json_string(w, *(const char *const *)at); break;
	case U32: write_number(w, *(const uint32_t *)at); break;
	case INDEX: write_index(w, *(const uint32_t *)at); break;
	case U64: write_number(w, *(const uint64_t *)at); break;
	case FLAG: json_bool(w, *(const bool *)at); break;
	case CHOICE: json_string(w, plan_choice_names(m->more)[*(const uint8_t *)at]); break;
	case U32S: write_u32s(w, *(const uint32_t *const *)at, array_length(p, row, m)); break;
	case TEXTS: write_texts(w, *(const char *const *const *)at, array_length(p, row, m)); break;
	}
}

struct writing {
	struct json_writer json;
	const struct plan *plan;
	bool places;
};

static bool is_left_out(const struct writing *w, const void *row, const struct plan_member *m)
{
	if (!w->places && (m->kind == PLACE || m->kind == PLACE_OR_NULL))
		return true;
	return !m->needed && has_default(w->plan, row, m);
}

static void write_row(struct writing *to, const struct plan_object *o, const void *row)
{
	struct json_writer *w = &to->json;

	if (o->placed)
		json_array(w);
	else
		json_object(w);
	for (unsigned i = 0; i < o->members; i++) {
		const struct plan_member *m = &o->member[i];

		if (is_left_out(to, row, m))
			continue;
		if (!o->placed)
			json_key(w, m->name);
		write_member(w, to->plan, row, m);
	}
	if (o->placed)
		json_array_end(w);
	else
		json_object_end(w);
}

static void write_table(struct writing *to, const struct plan_object *o)
{
	const char *rows = *(const char *const *)((const char *)to->plan + o->rows_at);
	uint32_t count = *(const uint32_t *)((const char *)to->plan + o->count_at);
	struct json_writer *w = &to->json;

	if (count == 0)
		return;
	json_key(w, o->name);
	json_array(w);
	for (uint32_t i = 0; i < count; i++)
		write_row(to, o, rows + (size_t)i * o->size);
	json_array_end(w);
}

static void write_plan(const struct plan *p, bool places, struct buf *out)
{
	struct writing to = { .plan = p, .places = places };
	struct json_writer *w = &to.json;

	json_writer_init(w, out, 2);
	json_object(w);
	json_key(w, "calcflow_plan");
	write_number(w, PLAN_VERSION);
	json_key(w, "program");
	json_string(w, p->program);
	json_key(w, plan_set_object.name);
	write_row(&to, &plan_set_object, &p->set);
	for (unsigned i = 0; i < plan_table_count; i++)
		write_table(&to, &plan_tables[i]);
	if (p->items) {
		json_key(w, "items");
		w->indent = 1;	/* one line for all of them */
		write_u32s(w, p->item, p->items);
	}
	json_object_end(w);
	buf_addch(out, '\n');
}

void plan_write(const struct plan *p, struct buf *out)
{
	write_plan(p, false, out);
}

void plan_write_placed(const struct plan *p, struct buf *out)
{
	write_plan(p, true, out);
}

void plan_hash(const struct plan *p, char out[65])
{
	struct buf text = BUF_INIT;
	uint8_t digest[32];

	if (p->slice.bound) {
		memcpy(out, p->slice.hash, sizeof p->slice.hash);
		return;
	}
	plan_write(p, &text);
	sha256_of(text.p, text.len, digest);
	sha256_hex(digest, out);
	buf_release(&text);
}
