/*
 * Arena: memory that is freed all at once. Nothing in an arena is freed singly. Chunks grow geometrically to
 * 2 MiB; allocation is 8-byte aligned; size arithmetic is checked.
 */
#ifndef CALC_BASE_ARENA_H
#define CALC_BASE_ARENA_H

#include <stddef.h>

struct arena_chunk;
struct arena {
	struct arena_chunk *chunk;	/* newest first */
	char *at, *end;			/* free part of the newest chunk */
	size_t total;			/* bytes obtained */
};

void arena_init(struct arena *a);
void arena_release(struct arena *a);
void arena_reset(struct arena *a);	/* keep one chunk, forget the content */

void *arena_more(struct arena *a, size_t size);				/* arena_alloc when the chunk is used up */

/* Uninitialised, never NULL. Sizes near SIZE_MAX round to 0, which the chunk is never asked for. */
static inline void *arena_alloc(struct arena *a, size_t size)
{
	size_t rounded = (size + 7) & ~(size_t)7;
	void *p = a->at;

	if (rounded == 0 || rounded > (size_t)(a->end - a->at))
		return arena_more(a, size);
	a->at += rounded;
	return p;
}
void *arena_zalloc(struct arena *a, size_t count, size_t size);		/* zeroed, checked */
char *arena_strndup(struct arena *a, const char *s, size_t len);	/* NUL-terminated */
char *arena_strdup(struct arena *a, const char *s);
char *arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
