/* Interned strings: texts in an arena, ids in an open-addressed table that is at most half full. */
#include "base/sym.h"

#include "base/arena.h"
#include "base/hash.h"
#include "base/mem.h"

struct entry {
	const char *text;
	uint32_t len;
	uint32_t hash;	/* upper half of the hash; the lower one chose the slot */
};

struct symtab {
	struct arena texts;
	struct entry *entries;
	size_t count, cap;
	sym_t *slots;	/* 0 = free; the empty string is never in the table */
	size_t mask;
};

enum { FIRST_SLOTS = 256 };

struct symtab *symtab_new(void)
{
	struct symtab *t = mem_zalloc(1, sizeof *t);

	arena_init(&t->texts);
	t->entries = mem_grow(t->entries, &t->cap, 64, sizeof *t->entries);
	t->entries[0] = (struct entry){ "", 0, 0 };
	t->count = 1;
	t->slots = mem_zalloc(FIRST_SLOTS, sizeof *t->slots);
	t->mask = FIRST_SLOTS - 1;
	return t;
}

void symtab_free(struct symtab *t)
{
	if (!t)
		return;
	arena_release(&t->texts);
	mem_free(t->entries);
	mem_free(t->slots);
	mem_free(t);
}

/* The slot that holds the string, or the free one where it belongs. */
static sym_t *slot_of(const struct symtab *t, const char *s, size_t len, uint64_t hash)
{
	size_t i = (size_t)hash & t->mask;

	for (;; i = (i + 1) & t->mask) {
		const struct entry *e = &t->entries[t->slots[i]];

		if (!t->slots[i])
			return &t->slots[i];
		if (e->hash == (uint32_t)(hash >> 32) && e->len == len && memcmp(e->text, s, len) == 0)
			return &t->slots[i];
	}
}

static void enlarge(struct symtab *t)
{
	size_t slots = (t->mask + 1) * 2;

	mem_free(t->slots);
	t->slots = mem_zalloc(slots, sizeof *t->slots);
	t->mask = slots - 1;
	for (size_t id = 1; id < t->count; id++) {
		const struct entry *e = &t->entries[id];

		*slot_of(t, e->text, e->len, hash_bytes(e->text, e->len)) = (sym_t)id;
	}
}

sym_t sym_intern(struct symtab *t, const char *s, size_t len)
{
	uint64_t hash;
	sym_t *slot;

	if (len == 0)
		return 0;
	hash = hash_bytes(s, len);
	slot = slot_of(t, s, len, hash);
	if (*slot)
		return *slot;
	if (t->count * 2 > t->mask) {
		enlarge(t);
		slot = slot_of(t, s, len, hash);
	}
	t->entries = mem_grow(t->entries, &t->cap, t->count + 1, sizeof *t->entries);
	t->entries[t->count] = (struct entry){ arena_strndup(&t->texts, s, len), (uint32_t)len, (uint32_t)(hash >> 32) };
	*slot = (sym_t)t->count++;
	return *slot;
}

sym_t sym_cstr(struct symtab *t, const char *s)
{
	return sym_intern(t, s, strlen(s));
}

sym_t sym_find(const struct symtab *t, const char *s, size_t len)
{
	return len ? *slot_of(t, s, len, hash_bytes(s, len)) : 0;
}

const char *sym_text(const struct symtab *t, sym_t s)
{
	return t->entries[s].text;
}

size_t sym_len(const struct symtab *t, sym_t s)
{
	return t->entries[s].len;
}

uint32_t sym_count(const struct symtab *t)
{
	return (uint32_t)t->count;
}
