/*
 * gzip (RFC 1952) in memory, by zlib. What is read is not trusted: its size and its SHA-256 are known before a byte of it is kept.
 * One member, and nothing behind it.
 */
#ifndef CALC_BASE_GZIP_H
#define CALC_BASE_GZIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/buf.h"

/* Appends; without name and time: the same bytes give the same bytes. */
void gzip_pack(const void *p, size_t len, struct buf *out);
bool gzip_is(const void *p, size_t len);	/* begins as gzip does */
/*
 * Unpacks into nothing: how many bytes it is, and their SHA-256. false with a reason in *why (a constant) when it is damaged, cut off,
 * followed by something, or more than `most` bytes (it stops there). Memory: some kilobytes, whatever it says.
 */
bool gzip_measure(const void *p, size_t len, uint64_t most, uint64_t *size, uint8_t digest[32], const char **why);
/* Appends what was measured; `size` as gzip_measure said. */
bool gzip_unpack(const void *p, size_t len, uint64_t size, struct buf *out, const char **why);

#endif
