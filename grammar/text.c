/* The text that a string stands for. Braces stay, for whoever fills them in; escaped ones are marked. */
#include "base/utf8.h"
#include "grammar/parser_internal.h"

static void report_escape(struct parser *p, uint32_t at, size_t len, const char *what)
{
	diag_report(p->context->diags, CF006, (struct span){ at, (uint32_t)len }, "%s", what);
	diag_help(p->context->diags, "the escapes are \\n \\t \\r \\\\ \\\" \\{ \\} and \\u{…}; a string in '…' has none");
}

/* `\u{…}` at s, of which `len` bytes are left; returns its length, 0 when it is wrong. */
static size_t decode_unicode(const char *s, size_t len, struct buf *out)
{
	uint32_t c = 0;
	size_t i = 3;
	char bytes[4];

	if (len < 5 || s[2] != '{')
		return 0;
	for (; i < len && s[i] != '}'; i++) {
		static const char digits[] = "0123456789abcdef";
		const char *digit = s[i] ? strchr(digits, s[i] >= 'A' && s[i] <= 'F' ? s[i] + 32 : s[i]) : NULL;

		if (!digit || i > 8)
			return 0;
		c = c << 4 | (uint32_t)(digit - digits);
	}
	/* U+0000 ends texts, and U+0001 marks braces */
	if (i == len || i == 3 || c < 2 || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF))
		return 0;
	buf_add(out, bytes, utf8_encode(c, bytes));
	return i + 1;
}

static size_t decode_escape(struct parser *p, uint32_t at, const char *s, size_t len, struct buf *out)
{
	size_t n;

	switch (s[1]) {
	case 'n': buf_addch(out, '\n'); return 2;
	case 't': buf_addch(out, '\t'); return 2;
	case 'r': buf_addch(out, '\r'); return 2;
	case '\\':
	case '"': buf_addch(out, s[1]); return 2;
	case '{':
	case '}': buf_addch(out, 1); buf_addch(out, s[1]); return 2;
	case 'u':
		n = decode_unicode(s, len, out);
		if (n)
			return n;
		report_escape(p, at, 2, "`\\u` is followed by `{`, up to six hexadecimal digits of a character, and `}`");
		return 2;
	default:
		report_escape(p, at, 2, "unknown escape");
		return 2;
	}
}

sym_t decode_string(struct parser *p, struct span at, sym_t raw)
{
	const char *s = sym_text(p->context->syms, raw);
	size_t len = sym_len(p->context->syms, raw), plain = 0;
	struct buf out = BUF_INIT;
	sym_t decoded;

	while (plain < len && s[plain] != '\\' && ((unsigned char)s[plain] >= 0x20 || s[plain] == '\t'))
		plain++;
	if (plain == len)
		return raw;
	buf_add(&out, s, plain);
	for (size_t i = plain; i < len;) {
		if (s[i] == '\\' && i + 1 < len) {
			i += decode_escape(p, at.at + 1 + (uint32_t)i, s + i, len - i, &out);
		} else if ((unsigned char)s[i] < 0x20 && s[i] != '\t' && s[i] != '\r') {
			report_escape(p, at.at + 1 + (uint32_t)i, 1, "a control character in a string");
			i++;
		} else {
			buf_addch(&out, s[i++]);
		}
	}
	decoded = sym_intern(p->context->syms, buf_str(&out), out.len);
	buf_release(&out);
	return decoded;
}
