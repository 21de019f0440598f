/*
 * Diffs of random texts: applied to the old text they give the new one, whatever the texts; where the texts are small they are as short as
 * a table of all common subsequences says; and two long texts without a line in common take no time.
 */
#include "emitters/diff.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "testsuite/unit/test.h"

enum { SMALL = 24 };

static uint64_t seed = 1;

static unsigned draw(unsigned most)
{
	seed = seed * 6364136223846793005U + 1442695040888963407U;
	return (unsigned)(seed >> 33) % most;
}

/* ---- a plain reader of diffs ---- */

static const char *line_end(const char *p)
{
	const char *end = strchr(p, '\n');

	return end ? end + 1 : p + strlen(p);
}

/* Hunks of `d` applied to `old`; counts what goes and comes. */
static void apply(const char *old, const char *d, struct buf *out, unsigned *edits)
{
	unsigned long at = 1;

	d = line_end(line_end(d));	/* the names */
	while (*d) {
		unsigned long from;
		char *end;

		CHECK(strncmp(d, "@@ -", 4) == 0);
		from = strtoul(d + 4, &end, 10);
		if (strncmp(end, ",0 ", 3) == 0)
			from++;
		for (d = line_end(d); at < from; at++) {
			buf_add(out, old, (size_t)(line_end(old) - old));
			old = line_end(old);
		}
		for (; *d && *d != '@'; d = line_end(d)) {
			size_t len = (size_t)(line_end(d) - d) - 1;
			bool ends = line_end(d)[0] != '\\';

			if (*d == '\\')
				continue;
			len -= !ends;	/* the line has no end of its own */
			if (*d != '+') {
				CHECK((size_t)(line_end(old) - old) == len && memcmp(old, d + 1, len) == 0);
				old = line_end(old);
				at++;
			}
			if (*d != '-')
				buf_add(out, d + 1, len);
			*edits += *d != ' ';
		}
	}
	buf_addstr(out, old);
}

/* ---- what a diff must do ---- */

static unsigned least_edits(const char *a, unsigned n, const char *b, unsigned m)
{
	unsigned same[SMALL + 1][SMALL + 1] = { { 0 } };

	for (unsigned i = 1; i <= n; i++)
		for (unsigned j = 1; j <= m; j++)
			same[i][j] = a[i - 1] == b[j - 1] ? same[i - 1][j - 1] + 1 :
				same[i - 1][j] > same[i][j - 1] ? same[i - 1][j] : same[i][j - 1];
	return n + m - 2 * same[n][m];
}

static unsigned check_pair(struct buf *a, struct buf *b)
{
	struct buf d = BUF_INIT, again = BUF_INIT;
	unsigned edits = 0;

	diff_unified(&(struct diff_text){ "a", buf_str(a), a->len }, &(struct diff_text){ "b", buf_str(b), b->len }, &d);
	CHECK((d.len == 0) == (a->len == b->len && memcmp(buf_str(a), buf_str(b), a->len) == 0));
	if (d.len)
		apply(buf_str(a), d.p, &again, &edits);
	else
		buf_addstr(&again, buf_str(a));
	CHECK(again.len == b->len && memcmp(buf_str(&again), buf_str(b), b->len) == 0);
	buf_release(&d);
	buf_release(&again);
	return edits;
}

static void fill(struct buf *text, const char *letters, unsigned n, bool ends)
{
	buf_clear(text);
	for (unsigned i = 0; i < n; i++)
		buf_printf(text, "%c%s", letters[i], i + 1 < n || ends ? "\n" : "");
}

static void test_small(void)
{
	struct buf a = BUF_INIT, b = BUF_INIT;

	for (int round = 0; round < 20000; round++) {
		char old[SMALL], new[SMALL];
		unsigned n = draw(SMALL), m = draw(SMALL), kinds = 1 + draw(6);
		bool ends = draw(4) != 0;

		for (unsigned i = 0; i < SMALL; i++) {
			old[i] = (char)('a' + draw(kinds));
			new[i] = (char)('a' + draw(kinds));
		}
		fill(&a, old, n, true);
		fill(&b, new, m, ends);
		if (ends)
			CHECK(check_pair(&a, &b) == least_edits(old, n, new, m));
		else
			check_pair(&a, &b);
	}
	buf_release(&a);
	buf_release(&b);
}

/* Long texts: edited here and there, moved, or wholly others. */
static void test_large(void)
{
	struct buf a = BUF_INIT, b = BUF_INIT;

	for (unsigned kind = 0; kind < 4; kind++) {
		unsigned lines = 60000;

		buf_clear(&a);
		buf_clear(&b);
		for (unsigned i = 0; i < lines; i++) {
			buf_printf(&a, "%u\n", kind == 3 ? draw(50) : i);
			if (kind == 0 && draw(1000) == 0)
				buf_printf(&b, "other %u\n", i);
			else if (kind != 0 || draw(1000) != 0)
				buf_printf(&b, "%u\n", kind == 1 ? i + lines : kind == 2 ? (i + lines / 2) % lines : kind == 3 ? draw(50) : i);
		}
		check_pair(&a, &b);
	}
	buf_release(&a);
	buf_release(&b);
}

int main(void)
{
	test_small();
	test_large();
	return test_end();
}
