/* Native functions: what may stand in their signatures, and how they may be called. */
#ifndef CALC_COMPILER_NATIVE_H
#define CALC_COMPILER_NATIVE_H

#include "compiler/compilation.h"

/* The innermost part of the type that has no flat form (calc-layout(5)): a file, a choice, a flow; 0 where all has one. */
type_t native_misfit(struct compilation *c, type_t type);

/* Name, types and streams of a function that is native; reports at `at`, where it says so. */
void declare_native(struct compilation *c, struct func *f, struct span at);

/* Is it a word that no C or C++ program can use as it is, or that the stub's header or the runtime library takes? */
bool native_reserved(const char *name);
bool native_is_library(const char *name);	/* a function of the C library or of POSIX */

#endif
