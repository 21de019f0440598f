/* Base64 (RFC 4648, with padding). Strict: one value has one text. */
#ifndef CALC_BASE_BASE64_H
#define CALC_BASE_BASE64_H

#include <stdbool.h>
#include <stddef.h>
#include "base/buf.h"

bool base64_read(const char *s, size_t len, struct buf *out);	/* out may be NULL: only checked */
void base64_text(const char *s, size_t len, struct buf *out);

#endif
