/* A growing byte string. */
#include "base/buf.h"

#include <stdint.h>
#include "base/mem.h"
#include "base/print.h"

enum { USUAL_PRINT = 100 };	/* bytes: what is longer is printed twice, the first time to measure it */

void buf_release(struct buf *b)
{
	mem_free(b->p);
	*b = (struct buf)BUF_INIT;
}

void buf_clear(struct buf *b)
{
	b->len = 0;
	if (b->p)
		b->p[0] = '\0';
}

void buf_reserve(struct buf *b, size_t more)
{
	size_t need;

	if (__builtin_add_overflow(b->len, more, &need) || need == SIZE_MAX)
		need = SIZE_MAX - 1;	/* which cannot be had: the allocation reports it */
	b->p = mem_grow(b->p, &b->cap, need + 1, 1);
}

void buf_add(struct buf *b, const void *p, size_t len)
{
	buf_reserve(b, len);
	if (len)
		memcpy(b->p + b->len, p, len);
	b->len += len;
	b->p[b->len] = '\0';
}

void buf_addstr(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void buf_addch(struct buf *b, char c)
{
	if (b->len + 1 >= b->cap)
		buf_reserve(b, 1);
	b->p[b->len++] = c;
	b->p[b->len] = '\0';
}

void buf_vprintf(struct buf *b, const char *fmt, va_list ap)
{
	va_list again;
	int len;

	va_copy(again, ap);
	buf_reserve(b, USUAL_PRINT);
	len = print_text(b->p + b->len, b->cap - b->len, fmt, ap);
	if (len > 0 && (size_t)len >= b->cap - b->len) {	/* it was cut off */
		buf_reserve(b, (size_t)len);
		print_text(b->p + b->len, (size_t)len + 1, fmt, again);
	}
	if (len > 0)
		b->len += (size_t)len;
	else
		b->p[b->len] = '\0';
	va_end(again);
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(b, fmt, ap);
	va_end(ap);
}

const char *buf_str(struct buf *b)
{
	return b->p ? b->p : "";
}
