/* Members of families of sources and sinks: made where they are first named. */
#ifndef CALC_COMPILER_OUTSIDE_H
#define CALC_COMPILER_OUTSIDE_H

#include "compiler/compilation.h"

/*
 * The source or sink that `plant` or `plant["north"]` names: its place in program.outside, or PLAN_NONE after a report; *known is
 * false, and nothing was reported, when the name is not that of a source or sink. Keys are compile-time values of c->env. May move
 * program.outside.
 */
uint32_t outside_named(struct compilation *c, const struct node *n, bool *known);

const char *outside_plan_name(const struct compilation *c, const struct outside *o);
const char *outside_plan_share(const struct compilation *c, const struct outside *o);	/* a pond's name where it stands there */
/* The volume that a run finds it in: a share's name, or PLAN_POND and a pond's; and its place there. At a pond that is its name. */
const char *outside_plan_volume(struct compilation *c, const struct outside *o);
const char *outside_plan_path(struct compilation *c, const struct outside *o);
const char *outside_read_path(struct compilation *c, const struct outside *o);	/* in its share; of a sink: as a source reads it */

/* "source", "sink", "pond", "window", "lock", "state": what a name is that stands for no value. */
const char *outside_kind(const struct compilation *c, const struct decl *d);

#endif
