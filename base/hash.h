/* Hashes: SHA-256 for content that is named or kept (mbed TLS), a fast one for tables in memory (xxHash). */
#ifndef CALC_BASE_HASH_H
#define CALC_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

struct sha256;	/* state; opaque */
struct sha256 *sha256_new(void);
void sha256_add(struct sha256 *h, const void *p, size_t len);
void sha256_end(struct sha256 *h, uint8_t out[32]);	/* frees h */
void sha256_of(const void *p, size_t len, uint8_t out[32]);
void sha256_hex(const uint8_t digest[32], char out[65]);

uint64_t hash_bytes(const void *p, size_t len);		/* for tables; not kept, not for adversaries' names alone */

#endif
