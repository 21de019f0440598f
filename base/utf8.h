/* UTF-8: strict decoding (no overlong forms, no surrogates, at most U+10FFFF), encoding, and width on a terminal. */
#ifndef CALC_BASE_UTF8_H
#define CALC_BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* Length of the valid character at s (1 to 4, at most `len`), its code point in *c; 0 when it is not valid. */
unsigned utf8_decode(const char *s, size_t len, uint32_t *c);
/* Bytes written to out (1 to 4); c is a valid scalar value. */
unsigned utf8_encode(uint32_t c, char out[4]);
/* Offset of the first byte that is not part of a valid character; `len` when all are. */
size_t utf8_valid_prefix(const char *s, size_t len);
/* Terminal columns of a printable character: 0, 1 or 2. */
unsigned utf8_width(uint32_t c);

#endif
