/* A process that goes on with this program's code, and never outlives its parent. */
#ifndef CALC_RUNTIME_CHILD_H
#define CALC_RUNTIME_CHILD_H

#include <sys/types.h>

/*
 * As fork. The child is a process group of its own (what a user types at a terminal goes to the parent, which passes on what it
 * wants to), has every signal at its default, and is killed when its parent dies. No loop may stand in the parent.
 */
pid_t child_fork(void);

#endif
