/*
 * Texts and whole numbers without stdio: vsnprintf makes a stream for each call, which costs several times what there is to
 * copy. Widths, flags, precisions and fractions are left to it.
 */
#include "base/print.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { DIGITS = 20 };	/* of the largest number */

struct printing {
	char *to;
	size_t room, len;	/* len: of the whole text, whether it has room or not */
};

enum whole { INT, LONG, LONG_LONG, SIZE };

/* What stands after a %: its conversion, and what whole number that takes; NULL: one that is not ours. */
static const char *conversion(const char *at, enum whole *whole)
{
	*whole = INT;
	if (*at == 'z' || *at == 'l') {
		*whole = *at == 'z' ? SIZE : at[1] == 'l' ? LONG_LONG : LONG;
		at += *whole == LONG_LONG ? 2 : 1;
		return *at == 'u' ? at : NULL;
	}
	return *at && strchr("scdu%", *at) ? at : NULL;
}

static bool is_ours(const char *fmt)
{
	enum whole whole;

	while ((fmt = strchr(fmt, '%'))) {
		fmt = conversion(fmt + 1, &whole);
		if (!fmt++)
			return false;
	}
	return true;
}

static void put(struct printing *p, const char *text, size_t len)
{
	if (p->len + 1 < p->room) {
		size_t left = p->room - p->len - 1;

		memcpy(p->to + p->len, text, len < left ? len : left);
	}
	p->len += len;
}

static void put_number(struct printing *p, uint64_t n)
{
	char text[DIGITS], *at = text + DIGITS;

	do
		*--at = (char)('0' + n % 10);
	while ((n /= 10));
	put(p, at, (size_t)(text + DIGITS - at));
}

static uint64_t next_number(enum whole whole, va_list *args)
{
	switch (whole) {
	case LONG: return va_arg(*args, unsigned long);
	case LONG_LONG: return va_arg(*args, unsigned long long);
	case SIZE: return va_arg(*args, size_t);
	default: return va_arg(*args, unsigned);
	}
}

int print_text(char *to, size_t room, const char *fmt, va_list ap)
{
	struct printing p = { to, room, 0 };
	va_list args;

	if (!is_ours(fmt))
		return vsnprintf(to, room, fmt, ap);
	va_copy(args, ap);
	for (const char *end; *fmt; fmt = end) {
		const char *text = fmt;
		enum whole whole;
		int n;

		end = strchrnul(fmt, '%');
		put(&p, fmt, (size_t)(end - fmt));
		if (!*end)
			break;
		end = conversion(end + 1, &whole);
		switch (*end++) {
		case 's':
			text = va_arg(args, const char *);
			text = text ? text : "(null)";
			put(&p, text, strlen(text));
			break;
		case 'c':
			put(&p, &(char){ (char)va_arg(args, int) }, 1);
			break;
		case 'd':
			n = va_arg(args, int);
			if (n < 0)
				put(&p, "-", 1);
			put_number(&p, n < 0 ? (uint64_t)-(int64_t)n : (uint64_t)n);
			break;
		case 'u':
			put_number(&p, next_number(whole, &args));
			break;
		default:
			put(&p, "%", 1);
		}
	}
	va_end(args);
	if (room)
		to[p.len < room ? p.len : room - 1] = '\0';
	return p.len <= INT_MAX ? (int)p.len : -1;
}
