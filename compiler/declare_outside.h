/* Parts of the declaration of sources, sinks and windows, one file each. */
#ifndef CALC_COMPILER_DECLARE_OUTSIDE_H
#define CALC_COMPILER_DECLARE_OUTSIDE_H

#include "compiler/declare.h"

/* ---- declare_outside.c ---- */
void outside_attributes(struct compilation *c, struct outside *o);
const char *outside_data_file(const struct compilation *c, const struct outside *o);	/* --data NAME=FILE; NULL */

/* ---- declare_path.c ---- */
/* The text of a path: compile-time names in braces are written out, {window…} stays, and sets o->names_window. false after a report. */
bool outside_path(struct compilation *c, struct outside *o, const struct node *n, const char **out);
/* Is this ".year" or the like a part of a window's name in a path or a command? Reports CF504. */
bool window_part(struct compilation *c, const char *path, size_t len, struct span at);

/* ---- declare_family.c ---- */
void outside_family(struct compilation *c, struct outside *o);	/* its parameters, and its path for keys of any value */

/* ---- declare_window.c ---- */
uint32_t window_named(struct compilation *c, const struct node *name);	/* place in program.window; PLAN_NONE after a report */
void window_read_late(struct compilation *c, struct lateness *l, const struct node *a);
void window_read_idle(struct compilation *c, struct lateness *l, const struct node *a);

#endif
