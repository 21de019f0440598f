/*
 * Gathering images into one. Offsets count from where they stand, so that a block that is copied whole stays right within; only those in
 * the item itself, which goes into the list, change: by how much further its block now lies from it.
 */
#include <string.h>
#include "base/limits.h"
#include "base/mem.h"
#include "runtime/flat.h"
#include "runtime/value.h"

static bool is_reference(const struct plan_type *t)
{
	return t->kind == PLAN_LIST || t->kind == PLAN_BYTES || (t->kind == PLAN_STRING && !t->params);
}

/* Where offsets stand in a value of `type` at `at`. */
static void find_references(struct flat_gather *g, uint32_t type, uint64_t at)
{
	const struct plan *p = g->layout.p;
	const struct plan_type *t = &p->type[type];
	uint64_t within = 0;

	if (is_reference(t)) {
		g->refers = mem_grow(g->refers, &g->cap, g->references + 1, sizeof *g->refers);
		g->refers[g->references++] = at;
	} else if (t->kind == PLAN_OPTIONAL) {
		find_references(g, t->elem, at + flat_size(&g->layout, t->elem).align);
	} else if (t->kind == PLAN_RECORD) {
		for (uint32_t i = 0; i < t->count; i++) {
			uint32_t field = p->field[t->first + i].type;

			find_references(g, field, at + flat_place(&within, flat_size(&g->layout, field)));
		}
	}
}

/* `bytes` more at the end, zeroed. */
static bool append(struct flat_gather *g, uint64_t bytes, struct buf *error)
{
	if (bytes > LIMIT_DATA || g->out->len - g->base + bytes > LIMIT_DATA) {
		buf_addstr(error, "is larger than 1 GiB in the flat layout");
		return false;
	}
	buf_reserve(g->out, (size_t)bytes + 1);
	memset(g->out->p + g->out->len, 0, (size_t)bytes + 1);
	g->out->len += (size_t)bytes;
	return true;
}

bool flat_gather_begin(struct flat_gather *g, const struct plan *p, uint32_t list, uint32_t count, struct buf *out, struct buf *error)
{
	struct flat_header head = { .magic = FLAT_MAGIC, .version = FLAT_VERSION, .header = FLAT_HEADER };
	uint32_t type = value_present(p, list);
	struct { int64_t offset; uint64_t count; } root = { 0, count };
	struct flat_size one;

	*g = (struct flat_gather){ .out = out, .base = out->len, .count = count };
	flat_layout_init(&g->layout, p);
	g->elem = p->type[type].elem;
	g->item = value_present(p, g->elem);
	one = flat_size(&g->layout, g->elem);
	find_references(g, g->item, 0);
	head.type = flat_hash(p, type);
	g->first = FLAT_HEADER + sizeof root;
	root.offset = count ? (int64_t)sizeof root : 0;
	if (one.size > LIMIT_DATA || !append(g, g->first + count * one.size, error))
		return false;
	memcpy(out->p + g->base, &head, sizeof head);
	memcpy(out->p + g->base + FLAT_HEADER, &root, sizeof root);
	return true;
}

/* The references of an item that was copied from FLAT_HEADER to `at`, its block by `moved` bytes (modulo 2^64) towards the end. */
static void move_references(struct flat_gather *g, char *item, uint64_t moved)
{
	for (size_t i = 0; i < g->references; i++) {
		uint64_t offset, count;

		memcpy(&offset, item + g->refers[i], sizeof offset);
		memcpy(&count, item + g->refers[i] + 8, sizeof count);
		offset += moved;
		if (count)
			memcpy(item + g->refers[i], &offset, sizeof offset);
	}
}

bool flat_gather_add(struct flat_gather *g, const char *image, size_t len, struct buf *error)
{
	struct flat_size one = flat_size(&g->layout, g->elem), inner = flat_size(&g->layout, g->item);
	uint64_t at = g->first + g->next++ * one.size, block = FLAT_HEADER + inner.size, end;
	bool optional = g->elem != g->item;

	if (len == 0) {
		if (!optional)
			buf_addstr(error, "an item of a list is absent");
		return optional;
	}
	if (len < block) {
		buf_addstr(error, "an item of a list is no image of its type");
		return false;
	}
	if (optional)
		g->out->p[g->base + at] = 1;
	at += optional ? inner.align : 0;
	memcpy(g->out->p + g->base + at, image + FLAT_HEADER, (size_t)inner.size);
	if (g->references == 0)
		return true;
	end = g->out->len - g->base;
	if (!append(g, (block - end) & (FLAT_MOST_ALIGN - 1), error) || !append(g, len - block, error))
		return false;
	end = g->out->len - g->base - (len - block);
	memcpy(g->out->p + g->base + end, image + block, (size_t)(len - block));
	move_references(g, g->out->p + g->base + at, (end - block) - (at - FLAT_HEADER));
	return true;
}

void flat_gather_end(struct flat_gather *g)
{
	uint64_t length = g->out->len - g->base;

	if (length >= FLAT_HEADER)
		memcpy(g->out->p + g->base + offsetof(struct flat_header, length), &length, sizeof length);
	flat_layout_release(&g->layout);
	mem_free(g->refers);
	g->refers = NULL;
}
