/* Open addressing over a power of two that is at most half full. */
#include "emitters/names.h"

#include <string.h>
#include "base/arena.h"
#include "base/hash.h"
#include "base/mem.h"

enum { FIRST_SIZE = 64 };

struct names {
	struct arena arena;
	struct name *slot;
	size_t count, size;
};

void names_free(struct names *n)
{
	if (!n)
		return;
	arena_release(&n->arena);
	mem_free(n->slot);
	mem_free(n);
}

const char *names_keep(struct names *n, const char *text)
{
	return arena_strdup(&n->arena, text);
}

static struct name *slot_of(struct names *n, const char *key)
{
	size_t at = (size_t)hash_bytes(key, strlen(key)) & (n->size - 1);

	while (n->slot[at].key && strcmp(n->slot[at].key, key) != 0)
		at = (at + 1) & (n->size - 1);
	return &n->slot[at];
}

static void grow(struct names *n)
{
	struct name *old = n->slot;
	size_t size = n->size;

	n->size = size ? size * 2 : FIRST_SIZE;
	n->slot = mem_zalloc(n->size, sizeof *n->slot);
	for (size_t i = 0; i < size; i++)
		if (old[i].key)
			*slot_of(n, old[i].key) = old[i];
	mem_free(old);
}

struct name *names_find(struct names **names, const char *key)
{
	struct names *n = *names;
	struct name *slot;

	if (!n) {
		n = *names = mem_zalloc(1, sizeof *n);
		arena_init(&n->arena);
	}
	if (n->count * 2 >= n->size)
		grow(n);
	slot = slot_of(n, key);
	if (!slot->key) {
		slot->key = names_keep(n, key);
		n->count++;
	}
	return slot;
}
