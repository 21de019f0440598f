/* The meanings of exit statuses, from the table. */
#include "base/exit.h"

#include <stddef.h>

const char *calc_exit_meaning(int status)
{
	switch (status) {
#define EXIT(name, status, meaning) case status: return meaning;
#include "base/exit.def"
#undef EXIT
	default: return NULL;
	}
}
