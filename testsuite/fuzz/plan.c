/* Fuzz target: a plan from outside. What is accepted is written and read again as the same bytes. */
#include <stdlib.h>
#include <string.h>
#include "runtime/plan.h"
#include "testsuite/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf error = BUF_INIT, once = BUF_INIT, twice = BUF_INIT;
	struct plan *p = plan_read((const char *)data, size, &error), *q;

	if (!p && !error.len)
		abort();	/* refused without a word */
	if (p) {
		plan_write(p, &once);
		plan_count(p);
		q = plan_read(once.p, once.len, &error);
		if (!q)
			abort();
		plan_write(q, &twice);
		if (once.len != twice.len || memcmp(once.p, twice.p, once.len) != 0)
			abort();
		plan_free(q);
		plan_free(p);
	}
	buf_release(&error);
	buf_release(&once);
	buf_release(&twice);
	return 0;
}
