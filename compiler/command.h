/* Words of commands, and what else puts compile-time values into a text that is no expression. */
#ifndef CALC_COMPILER_COMMAND_H
#define CALC_COMPILER_COMMAND_H

#include "compiler/compilation.h"
#include "compiler/interp.h"

/* The compile-time scalar that a piece of the string n names, appended as text; false after a report. */
bool command_constant(struct compilation *c, const struct interp_piece *p, const struct node *n, struct buf *text);

#endif
