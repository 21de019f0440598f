/* Base64, there and back. */
#include "base/base64.h"

#include <stdint.h>

static int digit_of(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

bool base64_read(const char *s, size_t len, struct buf *out)
{
	size_t padding = 0;

	if (len % 4)
		return false;
	while (padding < 2 && padding < len && s[len - 1 - padding] == '=')
		padding++;
	for (size_t at = 0; at < len; at += 4) {
		size_t digits = at + 4 == len ? 4 - padding : 4;
		uint32_t bits = 0;

		for (size_t i = 0; i < 4; i++) {
			int digit = i < digits ? digit_of(s[at + i]) : 0;

			if (digit < 0)
				return false;
			bits = bits << 6 | (uint32_t)digit;
		}
		if (digits < 4 && (bits & (digits == 3 ? 0xFF : 0xFFFF)))
			return false;	/* bits that no byte has: two texts would be one value */
		for (size_t i = 0; out && i + 1 < digits; i++)
			buf_addch(out, (char)(bits >> (16 - 8 * i) & 0xFF));
	}
	return true;
}

void base64_text(const char *s, size_t len, struct buf *out)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	buf_reserve(out, len / 3 * 4 + 4);
	for (size_t at = 0; at < len; at += 3) {
		size_t bytes = len - at < 3 ? len - at : 3;
		uint32_t bits = 0;

		for (size_t i = 0; i < 3; i++)
			bits = bits << 8 | (i < bytes ? (unsigned char)s[at + i] : 0);
		for (size_t i = 0; i < 4; i++)
			buf_addch(out, i <= bytes ? digits[bits >> (18 - 6 * i) & 63] : '=');
	}
}
