/*
 * What `calcc explain` says of a code, made from base/explain/CODE.txt: the rule, and what breaks and mends it. Kept apart from
 * diag.c, so that the daemons do not carry these texts.
 */
#ifndef CALC_BASE_EXPLAIN_H
#define CALC_BASE_EXPLAIN_H

#include "base/diag.h"

/* The rule, some sentences in lines of at most 80 columns; "" when the code has no text (a test finds such codes). */
const char *explain_rule(enum diag_code code);
/* The examples, with a line before each that says what it is; each line indented by four blanks. */
const char *explain_examples(enum diag_code code);

#endif
