/*
 * Unit tests: CHECK counts and goes on, so that one run shows all that is wrong. A program ends with
 * `return test_end();`, which prints what was counted.
 */
#ifndef CALC_TESTSUITE_TEST_H
#define CALC_TESTSUITE_TEST_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static unsigned test_passed, test_failed;

static inline bool test_check(bool ok, const char *what, const char *file, int line)
{
	if (ok) {
		test_passed++;
	} else {
		test_failed++;
		printf("%s:%d: failed: %s\n", file, line, what);
	}
	return ok;
}

static inline bool test_equal(const char *got, const char *wanted, const char *file, int line)
{
	bool ok = strcmp(got, wanted) == 0;

	if (!test_check(ok, "texts are equal", file, line))
		printf("  wanted: %s\n  got:    %s\n", wanted, got);
	return ok;
}

static inline int test_end(void)
{
	printf("%u passed, %u failed, 0 skipped\n", test_passed, test_failed);
	return test_failed != 0 || test_passed == 0;
}

#define CHECK(condition) test_check((condition), #condition, __FILE__, __LINE__)
#define CHECK_TEXT(got, wanted) test_equal((got), (wanted), __FILE__, __LINE__)

#endif
