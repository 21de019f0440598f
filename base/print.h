/* vsnprintf for what a program says thousands of times a second: paths, variables, numbers, one after another. */
#ifndef CALC_BASE_PRINT_H
#define CALC_BASE_PRINT_H

#include <stdarg.h>
#include <stddef.h>

/* The contract of vsnprintf, which gets every format that has more in it than %s %c %d %u %lu %llu %zu %%. `fmt` is a literal of a caller
 * whose own format attribute was checked. */
int print_text(char *to, size_t room, const char *fmt, va_list ap) __attribute__((format(printf, 3, 0)));

#endif
