/* The fast hashes: xxHash, compiled in from its header. Knows nothing of SHA-256 (sha256.c). */
#include "base/hash.h"

#define XXH_INLINE_ALL
#include <inttypes.h>
#include <stdio.h>
#include <xxhash.h>
#include "base/mem.h"

enum { STATE_ALIGN = 64 };	/* as XXH3 wants it */
struct hash128 {
	XXH3_state_t *state;	/* within room */
	char room[sizeof(XXH3_state_t) + STATE_ALIGN];
};

struct hash128 *hash128_new(void)
{
	struct hash128 *h = mem_alloc(sizeof *h);

	h->state = (XXH3_state_t *)(((uintptr_t)h->room + STATE_ALIGN - 1) & ~(uintptr_t)(STATE_ALIGN - 1));
	XXH3_128bits_reset(h->state);
	return h;
}

void hash128_add(struct hash128 *h, const void *p, size_t len)
{
	if (len)
		XXH3_128bits_update(h->state, p, len);
}

void hash128_end(struct hash128 *h, char out[33])
{
	XXH128_hash_t sum = XXH3_128bits_digest(h->state);

	snprintf(out, 33, "%016" PRIx64 "%016" PRIx64, sum.high64, sum.low64);
	mem_free(h);
}

uint64_t hash_bytes(const void *p, size_t len)
{
	return XXH3_64bits(p, len);
}
