/*
 * The engine alone: a host that answers at once, over a steps region of n rows (after, three parents each), an each
 * over a run-time list of n items, and a cycle with n steps in its rounds, with and without a test after each. Prints steps and events per second of processor time, and bytes a step; all must be linear.
 */
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "base/mem.h"
#include "runtime/engine.h"
#include "testsuite/unit/plan_build.h"

enum { SLOTS = 16 };

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static long resident_kib(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return u.ru_maxrss;
}

static uint64_t answer(struct engine *e, const struct engine_action *a, uint32_t items, bool *over)
{
	struct engine_event ev = { .step = a->step, .attempt = a->attempt, .ok = true };

	switch (a->kind) {
	case ENGINE_RECALL:
		ev.kind = EVENT_RECALLED;
		ev.ok = false;
		break;
	case ENGINE_COUNT:
		ev.kind = EVENT_COUNTED;
		ev.value = a->value;
		ev.count = items;
		break;
	case ENGINE_OUTCOME:
		ev.kind = EVENT_OUTCOME;
		ev.value = a->value;
		ev.type = a->type;
		break;
	case ENGINE_COMPUTE:
	case ENGINE_START: ev.kind = EVENT_DONE; break;
	case ENGINE_PUBLISH: ev.kind = EVENT_PUBLISHED; break;
	case ENGINE_FINISHED:
		*over = true;
		if (a->verdict != VERDICT_DONE)
			abort();
		return 0;
	default: return 0;
	}
	return engine_event(e, &ev);
}

static void bench_here(const char *what, struct plan *p, uint32_t items)
{
	struct engine_options o = { .slots = SLOTS };
	struct buf error = BUF_INIT;
	struct engine *e;
	struct engine_action a;
	bool over = false;
	uint64_t events = 0;
	long before;
	double start, shaped;
	struct engine_progress done;

	if (!plan_check(p, &error)) {
		fprintf(stderr, "%s\n", buf_str(&error));
		abort();
	}
	before = resident_kib();
	start = now();
	e = engine_new(p, &o);
	engine_event(e, &(struct engine_event){ .kind = EVENT_BEGIN });
	for (uint32_t s = 0; s < SLOTS; s++)
		engine_event(e, &(struct engine_event){ .kind = EVENT_SLOT_READY, .slot = s, .incarnation = 1 });
	shaped = now();
	while (!over && engine_next(e, &a))
		events += answer(e, &a, items, &over);
	done = engine_progress(e);
	printf("%-10s %8u steps  %6.3f s (%.3f s to begin)  %9.0f steps/s  %9.0f events/s  %4.0f bytes/step\n", what, done.finished,
	       now() - start, shaped - start, done.finished / (now() - start), (double)events / (now() - start),
	       (double)(resident_kib() - before) * 1024 / done.finished);
	engine_free(e);
	plan_free(p);
}

/* In a process of its own, so that the largest memory is this one's. */
static void bench(const char *what, struct plan *p, uint32_t items)
{
	int status;
	pid_t child;

	fflush(stdout);
	child = fork();
	if (child == 0) {
		bench_here(what, p, items);
		exit(0);
	}
	if (child < 0 || waitpid(child, &status, 0) != child || status != 0)
		abort();
	plan_free(p);
}

int main(int argc, char **argv)
{
	uint32_t most = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 1000000;

	for (uint32_t n = 10000; n <= most; n *= 10) {
		bench("workflow", build_workflow(n, n / 10, 3), 0);
		bench("chain", build_nested(n / 2), 0);
		bench("each", build_text(), n);
		bench("rounds", build_rounds(n / 3, false), 0);
		bench("until", build_rounds(n / 3, true), 0);
	}
	return 0;
}
