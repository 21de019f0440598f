/* The fast hash for tables in memory: xxHash, compiled in from its header. Knows nothing of SHA-256 (sha256.c). */
#include "base/hash.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

uint64_t hash_bytes(const void *p, size_t len)
{
	return XXH3_64bits(p, len);
}
