/* Arena: chunks that grow geometrically to 1 MiB; what is larger gets a chunk of its own. */
#include "base/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include "base/mem.h"
#include "base/print.h"

enum { CHUNK_FIRST = 4096, CHUNK_MOST = 2 << 20, ALIGNMENT = 8, USUAL_PRINT = 256 };

struct arena_chunk {
	struct arena_chunk *older;
	size_t size;	/* of data */
	_Alignas(ALIGNMENT) char data[];
};

void arena_init(struct arena *a)
{
	*a = (struct arena){ 0 };
}

static void free_chunks(struct arena_chunk *c)
{
	while (c) {
		struct arena_chunk *older = c->older;

		mem_free(c);
		c = older;
	}
}

void arena_release(struct arena *a)
{
	free_chunks(a->chunk);
	arena_init(a);
}

void arena_reset(struct arena *a)
{
	if (!a->chunk)
		return;
	free_chunks(a->chunk->older);
	a->chunk->older = NULL;
	a->at = a->chunk->data;
	a->end = a->chunk->data + a->chunk->size;
	a->total = a->chunk->size;
}

/* Chunks of full size are huge pages where the machine has them: large trees would fault once for every 4 KiB. */
static void add_chunk(struct arena *a, size_t need)
{
	size_t size = a->chunk ? sizeof *a->chunk + a->chunk->size : CHUNK_FIRST / 2;
	struct arena_chunk *c;

	size = size < CHUNK_MOST / 2 ? size * 2 : CHUNK_MOST;
	if (size - sizeof *c < need)
		size = sizeof *c + need;
	c = size == CHUNK_MOST ? mem_alloc_pages(size) : mem_alloc(size);
	size -= sizeof *c;
	c->older = a->chunk;
	c->size = size;
	a->chunk = c;
	a->at = c->data;
	a->end = c->data + size;
	a->total += size;
}

void *arena_more(struct arena *a, size_t size)
{
	void *p;

	if (size > SIZE_MAX / 2)
		mem_overflow();
	size = (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
	if ((size_t)(a->end - a->at) < size || !a->chunk)
		add_chunk(a, size);
	p = a->at;
	a->at += size;
	return p;
}

void *arena_zalloc(struct arena *a, size_t count, size_t size)
{
	size_t bytes;
	void *p;

	if (__builtin_mul_overflow(count, size, &bytes))
		bytes = SIZE_MAX;
	p = arena_alloc(a, bytes);
	memset(p, 0, bytes);
	return p;
}

char *arena_strndup(struct arena *a, const char *s, size_t len)
{
	char *copy = arena_alloc(a, len == SIZE_MAX ? len : len + 1);

	memcpy(copy, s, len);
	copy[len] = '\0';
	return copy;
}

char *arena_strdup(struct arena *a, const char *s)
{
	return arena_strndup(a, s, strlen(s));
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	char usual[USUAL_PRINT], *s;
	va_list ap, again;
	int len;

	va_start(ap, fmt);
	va_copy(again, ap);
	len = print_text(usual, sizeof usual, fmt, ap);
	va_end(ap);
	s = arena_alloc(a, len < 0 ? 1 : (size_t)len + 1);
	s[0] = '\0';
	if (len > 0 && (size_t)len < sizeof usual)
		memcpy(s, usual, (size_t)len + 1);
	else if (len > 0)
		print_text(s, (size_t)len + 1, fmt, again);
	va_end(again);
	return s;
}
