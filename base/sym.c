/*
 * Interned strings: texts in an arena, ids in an open-addressed table that is at most half full. Most texts are short
 * words: one of at most 8 bytes is its own key in the table, and is found without a hash and without looking at texts.
 */
#include "base/sym.h"

#include <stdbool.h>
#include "base/arena.h"
#include "base/hash.h"
#include "base/mem.h"

enum { WORD = 8, FIRST_SLOTS = 256 };

struct entry {
	const char *text;
	uint32_t len;
};
struct slot {
	uint64_t key;	/* the bytes of a text of at most WORD bytes, the first in the lowest place; the hash of a longer one */
	sym_t id;	/* 0 = free; the empty string is never in the table */
	uint32_t len;
};

struct symtab {
	struct arena texts;
	struct entry *entries;
	size_t count, cap;
	struct slot *slots;
	size_t mask;
};

struct symtab *symtab_new(void)
{
	struct symtab *t = mem_zalloc(1, sizeof *t);

	arena_init(&t->texts);
	t->entries = mem_grow(t->entries, &t->cap, 64, sizeof *t->entries);
	t->entries[0] = (struct entry){ "", 0 };
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

static size_t place_of(uint64_t key, size_t mask)
{
	key *= 0x9E3779B97F4A7C15;
	return (size_t)(key ^ key >> 32) & mask;
}

/* The slot that holds the string, or the free one where it belongs. */
static inline struct slot *slot_of(const struct symtab *t, const char *s, size_t len, uint64_t key)
{
	for (size_t i = place_of(key, t->mask);; i = (i + 1) & t->mask) {
		struct slot *slot = &t->slots[i];

		if (!slot->id ||
		    (slot->key == key && slot->len == len && (len <= WORD || memcmp(t->entries[slot->id].text, s, len) == 0)))
			return slot;
	}
}

/* All texts differ: none is looked at. */
static void enlarge(struct symtab *t)
{
	struct slot *old = t->slots;
	size_t slots = t->mask + 1;

	t->slots = mem_zalloc(slots * 2, sizeof *t->slots);
	t->mask = slots * 2 - 1;
	for (size_t k = 0; k < slots; k++) {
		size_t i = place_of(old[k].key, t->mask);

		if (!old[k].id)
			continue;
		while (t->slots[i].id)
			i = (i + 1) & t->mask;
		t->slots[i] = old[k];
	}
	mem_free(old);
}

static __attribute__((noinline)) sym_t add(struct symtab *t, const char *s, size_t len, uint64_t key)
{
	sym_t id = (sym_t)t->count;

	if (t->count * 2 > t->mask)
		enlarge(t);
	t->entries = mem_grow(t->entries, &t->cap, t->count + 1, sizeof *t->entries);
	t->entries[t->count++] = (struct entry){ arena_strndup(&t->texts, s, len), (uint32_t)len };
	*slot_of(t, s, len, key) = (struct slot){ key, id, (uint32_t)len };
	return id;
}

static uint64_t key_of(const char *s, size_t len)
{
	uint64_t key = 0;

	if (len > WORD)
		return hash_bytes(s, len);
	for (size_t i = 0; i < len; i++)
		key |= (uint64_t)(unsigned char)s[i] << 8 * i;
	return key;
}

static inline sym_t intern(struct symtab *t, const char *s, size_t len, uint64_t key)
{
	sym_t id = slot_of(t, s, len, key)->id;

	return id ? id : add(t, s, len, key);
}

sym_t sym_intern(struct symtab *t, const char *s, size_t len)
{
	return len ? intern(t, s, len, key_of(s, len)) : 0;
}

sym_t sym_intern_word(struct symtab *t, const char *s, size_t len)
{
	uint64_t key;

	if (len > WORD || __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__)
		return sym_intern(t, s, len);
	memcpy(&key, s + len - WORD, WORD);
	return intern(t, s, len, key >> 8 * (WORD - len));
}

sym_t sym_cstr(struct symtab *t, const char *s)
{
	return sym_intern(t, s, strlen(s));
}

sym_t sym_find(const struct symtab *t, const char *s, size_t len)
{
	return len ? slot_of(t, s, len, key_of(s, len))->id : 0;
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
