/* The store of compile-time values: words, texts by their places, maps. It knows no syntax and reports nothing. */
#include "compiler/word.h"

#include <string.h>

#include "base/hash.h"
#include "base/mem.h"

void data_store_init(struct data_store *s, struct sources *sources)
{
	*s = (struct data_store){ .sources = sources };
}

void data_store_release(struct data_store *s)
{
	for (size_t i = 0; i < s->maps; i++)
		string_index_release(&s->map[i].index);
	mem_free(s->map);
	mem_free(s->word);
	*s = (struct data_store){ 0 };
}

uint32_t data_store_put(struct data_store *s, const word_t *w, size_t n)
{
	if (n >= UINT32_MAX - s->words)
		return UINT32_MAX;
	s->word = mem_grow(s->word, &s->words_cap, s->words + n + 1, sizeof *s->word);
	if (n)
		memcpy(s->word + s->words, w, n * sizeof *w);
	s->words += n;
	return (uint32_t)(s->words - n);
}

const char *string_bytes(const struct data_store *s, word_t w)
{
	const char *p = word_lo(w) ? source_bytes(s->sources, word_hi(w)) : "";
	return p ? p : "";
}

word_t string_new(struct data_store *s, const char *bytes, size_t len, struct span origin)
{
	if (!len)
		return word_pair(origin.at, 0);
	uint32_t at = sources_decoded(s->sources, bytes, len, origin);
	return at ? word_pair(at, (uint32_t)len) : word_pair(origin.at, 0);
}

struct span word_place(const struct data_store *s, const struct types *t, type_t type, word_t w)
{
	const struct type *ty = type_of(t, type);
	switch (ty->kind) {
	case TYPE_STRING: case TYPE_BYTES: case TYPE_SIZED: return string_span(w);
	case TYPE_CHOICE: return word_place(s, t, type_field_at(t, type, word_hi(w))->type, s->word[word_lo(w)]);
	case TYPE_RECORD: return (struct span){ word_lo(w), 1 };
	case TYPE_LIST: return list_count(w) ? word_place(s, t, ty->elem, list_item(s, w, 0)) : SPAN_NONE;
	case TYPE_OPTIONAL: return optional_here(w) ? word_place(s, t, ty->elem, optional_value(s, w)) : SPAN_NONE;
	default: return SPAN_NONE;
	}
}

enum { PAGES_FROM = (2 << 20) / sizeof(uint64_t) };	/* slots of one large page */

void string_index_init(struct string_index *x, uint32_t rows)
{
	uint32_t n = 16;
	while (n < rows + rows / 2 && n < (1u << 31))
		n *= 2;
	*x = (struct string_index){ .mask = n - 1 };
	if (n >= PAGES_FROM) {	/* looked at in no order: few large pages */
		x->slot = mem_alloc_pages(n * sizeof *x->slot);
		memset(x->slot, 0, n * sizeof *x->slot);
	} else {
		x->slot = mem_zalloc(n, sizeof *x->slot);
	}
	x->key = mem_zalloc((size_t)rows + 1, sizeof *x->key);
}

void string_index_release(struct string_index *x)
{
	mem_free(x->slot);
	mem_free(x->key);
	*x = (struct string_index){ 0 };
}

static uint64_t *index_slot(const struct string_index *x, const struct data_store *s, word_t text, uint64_t *hash)
{
	const char *p = string_bytes(s, text);
	uint32_t len = word_lo(text), i;
	uint64_t h = hash_bytes(p, len);

	*hash = h & ~(uint64_t)UINT32_MAX;
	for (i = (uint32_t)h & x->mask; x->slot[i]; i = (i + 1) & x->mask) {
		if ((x->slot[i] ^ *hash) >> 32)
			continue;
		word_t k = x->key[(uint32_t)x->slot[i] - 1];
		if (word_lo(k) == len && !memcmp(string_bytes(s, k), p, len))
			break;
	}
	return &x->slot[i];
}

void string_index_soon(const struct string_index *x, const struct data_store *s, word_t text)
{
	if (x->slot && x->mask >= PAGES_FROM)
		__builtin_prefetch(&x->slot[(uint32_t)hash_bytes(string_bytes(s, text), word_lo(text)) & x->mask]);
}

uint32_t string_index_put(struct string_index *x, const struct data_store *s, word_t text, uint32_t row)
{
	uint64_t hash, *slot = index_slot(x, s, text, &hash);
	if (!*slot) {
		*slot = hash | (row + 1);
		x->key[row] = text;
	}
	return (uint32_t)*slot - 1;
}

uint32_t string_index_find(const struct string_index *x, const struct data_store *s, word_t text)
{
	uint64_t hash;
	return x->slot ? (uint32_t)*index_slot(x, s, text, &hash) - 1 : UINT32_MAX;
}

bool map_get(const struct data_store *s, word_t map, word_t key, word_t *record)
{
	const struct data_map *m = &s->map[map];
	uint32_t row = string_index_find(&m->index, s, key);
	if (row == UINT32_MAX)
		return false;
	*record = list_item(s, m->list, row);
	return true;
}

int string_compare(const struct data_store *s, word_t a, word_t b)
{
	uint32_t la = word_lo(a), lb = word_lo(b);
	int c = memcmp(string_bytes(s, a), string_bytes(s, b), la < lb ? la : lb);
	return c ? c : (la > lb) - (la < lb);
}

bool word_equal(const struct data_store *s, const struct types *t, type_t type, word_t a, word_t b, uint64_t *left)
{
	const struct type *ty = type_of(t, type);
	if (!*left)
		return false;
	--*left;
	switch (ty->kind) {
	case TYPE_CHOICE:
		return word_hi(a) == word_hi(b) && word_equal(s, t, type_field_at(t, type, word_hi(a))->type, s->word[word_lo(a)], s->word[word_lo(b)], left);
	case TYPE_STRING: case TYPE_BYTES: case TYPE_SIZED:
		return word_lo(a) == word_lo(b) && !string_compare(s, a, b);
	case TYPE_F32: case TYPE_F64:
		return f64_word(a) == f64_word(b);
	case TYPE_RECORD:
		for (uint32_t i = 0; i < ty->count; i++)
			if (!word_equal(s, t, type_field_at(t, type, i)->type, record_field(s, a, i), record_field(s, b, i), left))
				return false;
		return true;
	case TYPE_LIST:
		if (list_count(a) != list_count(b))
			return false;
		for (uint32_t i = 0; i < list_count(a); i++)
			if (!word_equal(s, t, ty->elem, list_item(s, a, i), list_item(s, b, i), left))
				return false;
		return true;
	case TYPE_OPTIONAL:
		if (!optional_here(a) || !optional_here(b))
			return optional_here(a) == optional_here(b);
		return word_equal(s, t, ty->elem, optional_value(s, a), optional_value(s, b), left);
	default:
		return a == b;
	}
}
