/* Did-you-mean by restricted Damerau-Levenshtein distance, without regard to case at half the price. */
#include "base/suggest.h"

#include <ctype.h>
#include <stdbool.h>

enum { LONGEST = 64, FARTHEST = 3 };	/* longer words are not compared */

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

static bool same_letter(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/* Distance of two words; letters that differ in case only count as equal. */
static unsigned distance(const char *a, size_t alen, const char *b, size_t blen)
{
	unsigned rows[3][LONGEST + 1];
	unsigned *before = rows[0], *last = rows[1], *row = rows[2];

	for (size_t j = 0; j <= blen; j++)
		row[j] = (unsigned)j;
	for (size_t i = 1; i <= alen; i++) {
		unsigned *oldest = before;

		before = last;
		last = row;
		row = oldest;
		row[0] = (unsigned)i;
		for (size_t j = 1; j <= blen; j++) {
			unsigned d = last[j - 1] + !same_letter(a[i - 1], b[j - 1]);

			d = least(d, least(last[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && same_letter(a[i - 1], b[j - 2]) && same_letter(a[i - 2], b[j - 1]))
				d = least(d, before[j - 2] + 1);
			row[j] = d;
		}
	}
	return row[blen];
}

static bool plural_of(const char *a, size_t alen, const char *b, size_t blen)
{
	return alen == blen + 1 && a[blen] == 's' && memcmp(a, b, blen) == 0;
}

void suggest_init(struct suggest *s, const char *wanted)
{
	s->wanted = wanted;
	s->best = NULL;
	s->distance = 0;
}

void suggest_offer(struct suggest *s, const char *candidate)
{
	size_t wlen = strlen(s->wanted), clen = strlen(candidate);
	unsigned d, near;

	if (wlen == 0 || clen == 0 || wlen > LONGEST || clen > LONGEST)
		return;
	if (plural_of(s->wanted, wlen, candidate, clen) || plural_of(candidate, clen, s->wanted, wlen))
		d = 1;
	else
		d = distance(s->wanted, wlen, candidate, clen);
	near = least((unsigned)(wlen / 3 ? (wlen + 1) / 3 : 1), FARTHEST);
	if (wlen < 3 && d >= wlen)	/* nothing of a word of one or two letters would remain */
		return;
	if (d <= near && (!s->best || d < s->distance)) {
		s->best = candidate;
		s->distance = d;
	}
}

bool suggest_say(const struct suggest *s, struct diags *d, struct span at)
{
	if (s->best)
		diag_fix(d, diag_word(d, at, s->wanted), s->best, "did you mean `%s`?", s->best);
	return s->best != NULL;
}
