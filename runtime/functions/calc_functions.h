/*
 * calc_functions.h: what a program of native functions is linked with (libcalcflow-functions; pkg-config calcflow-functions). C11 or
 * C++11. `calcc FLOW.cf --emit=stub -o DIR` writes the rest: a header with the flow's types, glue, a skeleton and a Makefile.
 *
 * A function gets its parameters as views on memory that it cannot write, and makes its results in place: what is handed to it as
 * `T *result` is already where the result stays. Lists and texts of a result get their room from the functions here. It returns 0, or
 * what calc_fail returns. Nothing of a call may be kept for the next one.
 */
#ifndef CALC_FUNCTIONS_H
#define CALC_FUNCTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CALC_FUNCTIONS_VERSION 1	/* of this interface and of the flat layout: calc-layout(5) */

typedef struct calc calc;		/* one call */

/* As they stand in memory: from this place, so many bytes on, is the first of `count` items. A copy of it leads elsewhere. */
typedef struct calc_list { int64_t offset; uint64_t count; } calc_list;
typedef struct calc_text { int64_t offset; uint64_t length; } calc_text;

/* What texts and bytes are for a function. A text is UTF-8; what the runtime made has a NUL behind it, which does not count. */
typedef struct calc_text_view { const char *text; uint64_t length; } calc_text_view;

static inline calc_text_view calc_text_get(const calc_text *t)
{
	calc_text_view v = { "", 0 };

	if (t->length) {
		v.text = (const char *)t + t->offset;
		v.length = t->length;
	}
	return v;
}

/* Room for `count` zeroed items of a list within a result of this call; NULL where there is none: return calc_fail(c, …) or 1;
 * the step fails in any case. */
void *calc_list_new(calc *c, calc_list *list, uint64_t count, size_t size, size_t align);
/* A copy of the text there. 0, or not 0 where there is no room. */
int calc_text_set(calc *c, calc_text *to, const char *text, uint64_t length);
/* The result is absent: of a `T?`. `result` is what the function was given. */
void calc_absent(calc *c, void *result);

/* Says why, for the step's message, and returns 1: return calc_fail(c, "no reading of %s", name); */
int calc_fail(calc *c, const char *format, ...)
#ifdef __GNUC__
	__attribute__((format(printf, 2, 3)))
#endif
	;

const char *calc_step(const calc *c);		/* the step's path, "digest/parse[3]" */
uint32_t calc_attempt(const calc *c);
const char *calc_scratch(const calc *c);	/* a folder of this attempt, for files of its own; "" where there is none */

/* ---- for the glue that calcc writes ---- */

typedef struct calc_port {
	uint64_t type;			/* hash of the flat type */
	uint32_t size, align;		/* of the value */
} calc_port;
typedef struct calc_function {
	const char *name;
	uint64_t layout;
	uint32_t params, results;
	const calc_port *port;		/* of the parameters, then of the results */
	int (*call)(calc *c, const void *const *in, void *const *out);	/* in[k] NULL: absent */
} calc_function;

/* Serves the worker that started the program; functions are sorted by name. Returns its exit status. */
int calc_functions_main(int argc, char **argv, const calc_function *function, unsigned count);

#ifdef __cplusplus
}
#endif

#endif
