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

/* What stands after a %: its conversion, and what whole number that takes. */
static const char *conversion(const char *at, enum whole *whole)
{
	*whole = INT;
	if (*at == 'z') {
		*whole = SIZE;
		at++;
	} else if (*at == 'l') {
		*whole = at[1] == 'l' ? LONG_LONG : LONG;
		at += *whole == LONG_LONG ? 2 : 1;
	}
	return at;
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

/* false: a conversion that is not ours; what was printed does not count. */
static bool print_one(struct printing *p, char kind, enum whole whole, va_list *args)
{
	const char *text;
	int n;

	if (whole != INT && kind != 'u')
		return false;
	switch (kind) {
	case 's':
		text = va_arg(*args, const char *);
		text = text ? text : "(null)";
		put(p, text, strlen(text));
		return true;
	case 'c':
		put(p, &(char){ (char)va_arg(*args, int) }, 1);
		return true;
	case 'd':
		n = va_arg(*args, int);
		if (n < 0)
			put(p, "-", 1);
		put_number(p, n < 0 ? (uint64_t)-(int64_t)n : (uint64_t)n);
		return true;
	case 'u':
		put_number(p, next_number(whole, args));
		return true;
	case '%':
		put(p, "%", 1);
		return true;
	default:
		return false;
	}
}

int print_text(char *to, size_t room, const char *fmt, va_list ap)
{
	struct printing p = { to, room, 0 };
	const char *at = fmt;
	bool ours = true;
	va_list args;

	va_copy(args, ap);
	while (ours && *at) {
		const char *percent = strchrnul(at, '%');
		enum whole whole;

		put(&p, at, (size_t)(percent - at));
		at = percent;
		if (*at) {
			at = conversion(at + 1, &whole);
			ours = print_one(&p, *at, whole, &args);
			at += ours;
		}
	}
	va_end(args);
	if (!ours)
		return vsnprintf(to, room, fmt, ap);
	if (room)
		to[p.len < room ? p.len : room - 1] = '\0';
	return p.len <= INT_MAX ? (int)p.len : -1;
}
