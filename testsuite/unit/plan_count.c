/* plan_count, plan_func_memory_max; and fingerprints, which journals keep and which must never change. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include "runtime/fingerprint.h"
#include "testsuite/unit/plan_build.h"

#define CHECK(what) do { if (!(what)) fail(#what, __LINE__); } while (0)

static void fail(const char *what, int line)
{
	fprintf(stderr, "plan_count.c:%d: not true: %s\n", line, what);
	exit(1);
}

static void counts(struct plan *p, uint64_t steps, uint64_t edges, bool more)
{
	struct plan_count c = plan_count(p);

	if (c.steps != steps || c.edges != edges || c.more_at_run_time != more) {
		fprintf(stderr, "%s: %" PRIu64 " steps, %" PRIu64 " edges\n", p->program, c.steps, c.edges);
		exit(1);
	}
	plan_free(p);
}

static void fingerprints(void)
{
	struct fingerprint_state s;
	struct fingerprint empty, one, two;

	fingerprint_begin(&s, 1);
	empty = fingerprint_end(&s);
	fingerprint_begin(&s, 1);
	fingerprint_bytes(&s, "abcdefghi", 9);
	one = fingerprint_end(&s);
	fingerprint_begin(&s, 1);
	fingerprint_bytes(&s, "abcdefghi\0", 10);
	two = fingerprint_end(&s);
	CHECK(one.a != two.a && one.b != two.b && one.a != empty.a);
	if (empty.a != UINT64_C(0x8fa031a5f2b9bfc9) || empty.b != UINT64_C(0xfada2bd15b4ed0c8) || one.a != UINT64_C(0x48a43253c79710bc) || one.b != UINT64_C(0xa28b504060e4df8b)) {
		fprintf(stderr, "fingerprints changed: %016" PRIx64 " %016" PRIx64 ", %016" PRIx64 " %016" PRIx64 "\n", empty.a, empty.b,
			one.a, one.b);
		exit(1);
	}
}

int main(void)
{
	struct plan *p = build_text();

	CHECK(plan_func_memory_max(p) == PLAN_NONE);
	p->func[1].memory = 5;
	p->func[2].memory = 9;
	CHECK(plan_func_memory_max(p) == 2);
	counts(p, 3, 2, true);				/* chunks → each item → merged */
	counts(build_workflow(6, 2, 2), 6, 8, false);	/* four rows with two makers each */
	counts(build_nested(4), 8, 6, false);		/* two chains of four */
	counts(build_choices(), 7, 4, true);		/* judged → the arm, spec → what is launched, a round of three */
	fingerprints();
	return 0;
}
