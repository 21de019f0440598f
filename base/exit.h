/* Exit statuses of every program of the project, from one table. */
#ifndef CALC_BASE_EXIT_H
#define CALC_BASE_EXIT_H

enum calc_exit {
#define EXIT(name, status, meaning) CALC_##name = status,
#include "base/exit.def"
#undef EXIT
};

/* What a status means, as the manual says it; NULL for one that no program of the project gives. */
const char *calc_exit_meaning(int status);

#endif
