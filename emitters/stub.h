/* What the files of the stub's emitter share: the native functions with their types, and what all of them are called in C. */
#ifndef CALC_EMITTERS_STUB_H
#define CALC_EMITTERS_STUB_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/sym.h"
#include "runtime/flat.h"
#include "runtime/plan.h"

struct stub {
	const struct plan *p;		/* native functions alone */
	struct arena arena;
	struct flat_layout layout;
	struct symtab *taken;		/* names that stand for something already */
	const char *program;		/* "plant": what begins the names of its files */
	const char *prefix;		/* and of its types: the same, unless C or the runtime library have such names */
	const char *shown;		/* "plant.cf", fit for a comment */
	const char *target;		/* "plant-functions": the program, as whoever runs it looks for it */
	const char **type;		/* by type: its C name; NULL: not needed, or not named yet */
	uint32_t *same;			/* by type: the first type of equal structure and name */
	uint32_t *order, orders;	/* types in the order in which C wants them */
	uint32_t *func, funcs;		/* one for each C function, sorted by its name */
};

void stub_init(struct stub *s, const struct plan *p);
void stub_release(struct stub *s);

/* stub_name.c */
/* The types of the functions' signatures, in order and named. */
void stub_name_types(struct stub *s);
/* A field, member or parameter: `count` of them get names that differ, in the arena. */
const char **stub_names(struct stub *s, const char *const *wanted, uint32_t count, const char *prefix);
uint32_t stub_bare(const struct stub *s, uint32_t type);	/* without T?, and the first of its equals */

/* stub_header.c, stub_glue.c, stub_skeleton.c */
void stub_header(struct stub *s, struct buf *out);
void stub_prototype(struct stub *s, const struct plan_func *f, struct buf *out);	/* without its semicolon */
void stub_glue(struct stub *s, struct buf *out);
void stub_skeleton(struct stub *s, struct buf *out);
void stub_makefile(struct stub *s, struct buf *out);

#endif
