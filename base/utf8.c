/* UTF-8, strictly. Without the C library's locale: output must not depend on it. */
#include "base/utf8.h"

unsigned utf8_decode(const char *s, size_t len, uint32_t *c)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned char first;
	unsigned n;

	if (len == 0)
		return 0;
	first = (unsigned char)s[0];
	if (first < 0x80) {
		*c = first;
		return 1;
	}
	n = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
	if (first < 0xC2 || first > 0xF4 || n > len)
		return 0;
	*c = first & (0x7Fu >> n);
	for (unsigned i = 1; i < n; i++) {
		if (((unsigned char)s[i] & 0xC0) != 0x80)
			return 0;
		*c = *c << 6 | ((unsigned char)s[i] & 0x3F);
	}
	if (*c < least[n] || *c > 0x10FFFF || (*c >= 0xD800 && *c <= 0xDFFF))
		return 0;
	return n;
}

unsigned utf8_encode(uint32_t c, char out[4])
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xC0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3F));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xE0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 0x3F));
		out[2] = (char)(0x80 | (c & 0x3F));
		return 3;
	}
	out[0] = (char)(0xF0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 0x3F));
	out[2] = (char)(0x80 | (c >> 6 & 0x3F));
	out[3] = (char)(0x80 | (c & 0x3F));
	return 4;
}

size_t utf8_valid_prefix(const char *s, size_t len)
{
	const uint64_t high_bits = UINT64_C(0x8080808080808080);
	size_t i = 0;

	while (i < len) {
		uint64_t eight;
		uint32_t c;
		unsigned n;

		if (len - i >= sizeof eight) {
			memcpy(&eight, s + i, sizeof eight);
			if (!(eight & high_bits)) {
				i += sizeof eight;
				continue;
			}
		}
		n = utf8_decode(s + i, len - i, &c);
		if (n == 0)
			return i;
		i += n;
	}
	return len;
}

unsigned utf8_width(uint32_t c)
{
	static const struct { uint32_t first, last; unsigned width; } ranges[] = {
		{ 0x0300, 0x036F, 0 }, { 0x1100, 0x115F, 2 }, { 0x200B, 0x200D, 0 }, { 0x20D0, 0x20FF, 0 },
		{ 0x2E80, 0xA4CF, 2 }, { 0xAC00, 0xD7A3, 2 }, { 0xF900, 0xFAFF, 2 }, { 0xFE00, 0xFE0F, 0 },
		{ 0xFE30, 0xFE6F, 2 }, { 0xFF00, 0xFF60, 2 }, { 0xFFE0, 0xFFE6, 2 }, { 0x1F300, 0x1FAFF, 2 },
		{ 0x20000, 0x3FFFD, 2 },
	};

	for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
		if (c >= ranges[i].first && c <= ranges[i].last)
			return ranges[i].width;
	}
	return 1;
}
