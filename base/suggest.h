/* Did-you-mean: the candidate nearest to a misspelt name, by edit distance (Damerau-Levenshtein, restricted). */
#ifndef CALC_BASE_SUGGEST_H
#define CALC_BASE_SUGGEST_H

#include <stdbool.h>
#include "base/diag.h"

struct suggest {
	const char *wanted;	/* what was written */
	const char *best;	/* nearest so far; NULL when none is near enough */
	unsigned distance;
};

/* Usage: suggest_init, suggest_offer for each candidate, then read `best`. Near enough: at most a third of the
 * length, rounded, one at least and three at most; plural or case differences always. */
void suggest_init(struct suggest *s, const char *wanted);
void suggest_offer(struct suggest *s, const char *candidate);

/*
 * "did you mean `best`?", added to the report made last, with the edit of the misspelt word where that stands once in the text of
 * `at`; false when nothing is near.
 */
bool suggest_say(const struct suggest *s, struct diags *d, struct span at);

#endif
