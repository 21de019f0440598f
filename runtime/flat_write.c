/*
 * Natural text → image. A list is written item by item, so that no more than one item of the outermost list stands in memory as a
 * tree. What a value refers to is appended behind it; the image is zero where nothing stands.
 */
#include "runtime/flat.h"

#include <string.h>
#include "base/base64.h"
#include "base/limits.h"
#include "base/mem.h"
#include "runtime/value.h"
#include "runtime/value_tree.h"

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the flat layout is written as the machine has it: little-endian"
#endif

struct writer {
	const struct plan *p;
	struct flat_layout layout;
	struct buf *out, text;
	size_t base;			/* of the image in out */
	struct buf *error;
};

/* Room for `count` of them, zeroed; its offset in the image in *at. */
static bool append(struct writer *w, uint64_t count, struct flat_size one, uint64_t *at)
{
	uint64_t end = w->out->len - w->base, size;

	*at = (end + one.align - 1) & ~(uint64_t)(one.align - 1);
	if (__builtin_mul_overflow(count, one.size, &size) || __builtin_add_overflow(*at, size, &size) || size > LIMIT_DATA) {
		buf_addstr(w->error, "is larger than 1 GiB in the flat layout");
		return false;
	}
	buf_reserve(w->out, (size_t)(size - end) + 1);
	memset(w->out->p + w->base + end, 0, (size_t)(size - end) + 1);
	w->out->len = w->base + (size_t)size;
	return true;
}

static void put(struct writer *w, uint64_t at, const void *from, size_t len)
{
	memcpy(w->out->p + w->base + at, from, len);
}

static void put_list(struct writer *w, uint64_t at, uint64_t first, uint64_t count)
{
	int64_t offset = count ? (int64_t)(first - at) : 0;

	put(w, at, &offset, sizeof offset);
	put(w, at + 8, &count, sizeof count);
}

/* Texts are followed by a NUL, which does not count. */
static bool put_text(struct writer *w, uint64_t at, const char *text, size_t len)
{
	uint64_t first;

	if (!append(w, (uint64_t)len + 1, (struct flat_size){ 1, 1 }, &first))
		return false;
	if (len)
		put(w, first, text, len);
	put_list(w, at, first, len);
	return true;
}

static bool put_value(struct writer *w, uint32_t type, const struct value_node *v, uint64_t at);

static bool put_record(struct writer *w, const struct plan_type *t, const struct value_node *v, uint64_t at)
{
	uint64_t within = 0;

	for (uint32_t i = 0; i < t->count; i++) {
		uint32_t type = w->p->field[t->first + i].type;

		if (!put_value(w, type, &v->part[i], at + flat_place(&within, flat_size(&w->layout, type))))
			return false;
	}
	return true;
}

static bool put_items(struct writer *w, uint32_t elem, const struct value_node *v, uint64_t at)
{
	struct flat_size one = flat_size(&w->layout, elem);
	uint64_t first;

	if (!append(w, v->count, one, &first))
		return false;
	put_list(w, at, first, v->count);
	for (uint32_t i = 0; i < v->count; i++)
		if (!put_value(w, elem, &v->part[i], first + i * one.size))
			return false;
	return true;
}

static bool put_time(struct writer *w, const struct value_node *v, uint64_t at)
{
	int64_t ns;

	if (!rfc3339_to_ns(value_node_rfc3339(*v), &ns)) {
		buf_addstr(w->error, "a time before 1677 or after 2262 has no flat form: ");
		rfc3339_text(value_node_rfc3339(*v), w->error);
		return false;
	}
	put(w, at, &ns, sizeof ns);
	return true;
}

static bool put_string(struct writer *w, const struct plan_type *t, const struct value_node *v, uint64_t at)
{
	if (!t->params)
		return put_text(w, at, v->text, v->count);
	put(w, at, &v->count, 4);
	if (v->count)
		put(w, at + 4, v->text, v->count);
	return true;
}

static bool put_bytes(struct writer *w, const struct value_node *v, uint64_t at)
{
	buf_clear(&w->text);
	return base64_read(v->text, v->count, &w->text) && put_text(w, at, buf_str(&w->text), w->text.len);
}

static bool put_value(struct writer *w, uint32_t type, const struct value_node *v, uint64_t at)
{
	const struct plan_type *t = &w->p->type[type];
	float single;

	switch ((enum plan_type_kind)t->kind) {
	case PLAN_BOOL: put(w, at, &(uint8_t){ v->word != 0 }, 1); return true;
	case PLAN_I32:
	case PLAN_U32:
	case PLAN_ENUM: put(w, at, &(uint32_t){ (uint32_t)v->word }, 4); return true;
	case PLAN_F32:
		single = (float)v->number;
		put(w, at, &single, 4);
		return true;
	case PLAN_F64: put(w, at, &v->number, 8); return true;
	case PLAN_TIME: return put_time(w, v, at);
	case PLAN_STRING: return put_string(w, t, v, at);
	case PLAN_BYTES: return put_bytes(w, v, at);
	case PLAN_RECORD: return put_record(w, t, v, at);
	case PLAN_LIST: return put_items(w, t->elem, v, at);
	case PLAN_OPTIONAL:
		if (v->count == 0)
			return true;
		put(w, at, &(uint8_t){ 1 }, 1);
		return put_value(w, t->elem, v->part, at + flat_size(&w->layout, t->elem).align);
	case PLAN_FILE:
	case PLAN_CHOICE:
	case PLAN_FLOW: return false;		/* flat_has_form said so */
	default: put(w, at, &v->word, 8); return true;
	}
}

/* ---- the whole ---- */

struct loading {
	struct value_loader *loader;
	struct arena arena;
};

static bool put_json(struct writer *w, struct loading *l, uint32_t type, const char *json, size_t len, uint64_t at)
{
	struct value_source from = { type, json, len, SIZE_MAX };
	struct value_node v;
	bool ok = value_load(l->loader, &from, &l->arena, &v, w->error) && put_value(w, type, &v, at);

	arena_reset(&l->arena);
	return ok;
}

static bool put_natural_list(struct writer *w, struct loading *l, uint32_t type, const char *text, size_t len, uint64_t root)
{
	uint32_t elem = w->p->type[type].elem;
	struct flat_size one = flat_size(&w->layout, elem);
	struct value_items items;
	uint64_t first = 0;
	bool ok = value_items(w->p, type, text, len, &items, w->error) && append(w, items.count, one, &first);

	if (ok)
		put_list(w, root, first, items.count);
	for (uint32_t i = 0; ok && i < items.count; i++) {
		size_t before = w->error->len;

		ok = put_json(w, l, elem, text + items.start[i], items.end[i] - items.start[i], first + i * one.size);
		if (!ok && w->error->len == before)
			buf_printf(w->error, "item %u has no flat form", i);
	}
	value_items_release(&items);
	return ok;
}

static bool put_natural(struct writer *w, uint32_t type, const char *text, size_t len, uint64_t root)
{
	struct loading l = { .loader = value_loader_new(w->p) };
	struct value_node v = { { .text = text }, (uint32_t)len };
	bool ok;

	arena_init(&l.arena);
	if (w->p->type[type].kind == PLAN_STRING)
		ok = put_string(w, &w->p->type[type], &v, root);
	else if (w->p->type[type].kind == PLAN_BYTES)
		ok = put_text(w, root, text, len);
	else if (w->p->type[type].kind == PLAN_LIST)
		ok = put_natural_list(w, &l, type, text, len, root);
	else
		ok = put_json(w, &l, type, text, len, root);
	arena_release(&l.arena);
	value_loader_free(l.loader);
	return ok;
}

bool flat_from_natural(const struct plan *p, uint32_t type, const char *text, size_t len, struct buf *out, struct buf *error)
{
	struct writer w = { .p = p, .out = out, .text = BUF_INIT, .base = out->len, .error = error };
	struct flat_header head = { .magic = FLAT_MAGIC, .version = FLAT_VERSION, .header = FLAT_HEADER };
	uint64_t at;
	bool ok;

	type = value_present(p, type);
	head.type = flat_hash(p, type);
	flat_layout_init(&w.layout, p);
	ok = append(&w, 1, (struct flat_size){ FLAT_HEADER, 1 }, &at) && append(&w, 1, flat_size(&w.layout, type), &at) &&
	     put_natural(&w, type, text, len, at);
	head.length = out->len - w.base;
	if (ok)
		put(&w, 0, &head, sizeof head);
	flat_layout_release(&w.layout);
	buf_release(&w.text);
	return ok;
}
