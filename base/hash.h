/*
 * Hashes: SHA-256 for content that is named by it (mbed TLS); fast ones (xxHash) for tables in memory, and to see whether a file is still
 * what it was. The fast ones tell accidents, no adversary's work.
 */
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

struct hash128;	/* XXH3, 128 bits, as `xxhsum -H2` writes it; opaque */
struct hash128 *hash128_new(void);
void hash128_add(struct hash128 *h, const void *p, size_t len);
void hash128_end(struct hash128 *h, char out[33]);	/* 32 hex digits; frees h */

uint64_t hash_bytes(const void *p, size_t len);		/* for tables; not kept, not for adversaries' names alone */

#endif
