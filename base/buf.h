/* A growing byte string, always NUL-terminated once something was added. */
#ifndef CALC_BASE_BUF_H
#define CALC_BASE_BUF_H

#include <stdarg.h>
#include <stddef.h>

struct buf {
	char *p;
	size_t len, cap;
};
#define BUF_INIT { 0, 0, 0 }

void buf_release(struct buf *b);	/* back to BUF_INIT */
void buf_clear(struct buf *b);		/* empty, memory kept */
void buf_reserve(struct buf *b, size_t more);
void buf_add(struct buf *b, const void *p, size_t len);
void buf_addstr(struct buf *b, const char *s);
void buf_addch(struct buf *b, char c);
void buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void buf_vprintf(struct buf *b, const char *fmt, va_list ap);
const char *buf_str(struct buf *b);	/* "" when empty; never NULL */

#endif
