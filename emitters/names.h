/* Names and what has them, in the order of nothing: a table that finds or makes. */
#ifndef CALC_EMITTERS_NAMES_H
#define CALC_EMITTERS_NAMES_H

#include <stddef.h>

struct names;
struct name {
	const char *key;
	const char *of;		/* what has it; NULL: nothing yet */
	size_t at;
};
/* The name, made when it is not there (*n is made when it is NULL). Good until the next call. */
struct name *names_find(struct names **n, const char *key);
const char *names_keep(struct names *n, const char *text);	/* a copy that lives as long as the table */
void names_free(struct names *n);

#endif
