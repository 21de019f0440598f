/*
 * What a native step costs in a hot worker: this process is the worker, its child (itself, with the argument that native_ready does not
 * give: it sees the ring's descriptors) the program. A request is posted, the function is found, checked and called, its result made and
 * answered. Then hand-overs: one function makes a list, the next one gets a view of it; beside a copy of as many bytes.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "runtime/flat.h"
#include "runtime/functions/calc_functions.h"
#include "runtime/native.h"
#include "runtime/worker_step.h"

enum { BATCHES = 4000, DEEP = 32, NUMBER = 1, LIST = 2 };
enum { FEED_IN = WIRE_FEED_SIZE - 4096, BACK_A = 1 << 20, BACK_ROOM = 24 << 20 };

/* ---- the program ---- */

static int add_up(calc *c, const void *const *in, void *const *out)
{
	(void)c;
	*(double *)out[0] = *(const double *)in[0] + *(const double *)in[1];
	return 0;
}

static int make(calc *c, const void *const *in, void *const *out)
{
	uint64_t count = (uint64_t)*(const double *)in[0];
	double *item = calc_list_new(c, out[0], count, sizeof *item, 8);

	if (!item)
		return 1;
	item[0] = item[count - 1] = 1;
	return 0;
}

static int take(calc *c, const void *const *in, void *const *out)
{
	const calc_list *list = in[0];
	const double *item = (const double *)(const void *)((const char *)list + list->offset);

	(void)c;
	*(double *)out[0] = item[0] + item[list->count - 1];
	return 0;
}

static const calc_port add_ports[] = { { NUMBER, 8, 8 }, { NUMBER, 8, 8 }, { NUMBER, 8, 8 } };
static const calc_port make_ports[] = { { NUMBER, 8, 8 }, { LIST, 16, 8 } };
static const calc_port take_ports[] = { { LIST, 16, 8 }, { NUMBER, 8, 8 } };
static const calc_function functions[] = { { "add", 1, 2, 1, add_ports, add_up }, { "make", 1, 1, 1, make_ports, make },
					   { "take", 1, 1, 1, take_ports, take } };

/* ---- the worker ---- */

static double now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void put_number(struct native *n, uint64_t at, double value)
{
	struct flat_header head = { .magic = FLAT_MAGIC, .version = FLAT_VERSION, .header = FLAT_HEADER, .type = NUMBER, .length = FLAT_HEADER + 8 };

	memcpy((char *)n->feed + at, &head, sizeof head);
	memcpy((char *)n->feed + at + sizeof head, &value, sizeof value);
}

static void answer(struct native *n, struct wire_answer *a)
{
	while (!native_answered(n, a)) {
		if (!native_wait_a_little(n))
			poll(&(struct pollfd){ .fd = n->bell, .events = POLLIN }, 1, -1);
		native_clear_bell(n);
	}
	if (a->end != WIRE_DONE) {
		fprintf(stderr, "bench_native: a call ended with %u\n", a->end);
		exit(1);
	}
}

static struct native_request request(const char *function, const struct native_value *in, uint32_t inputs, const struct native_value *out)
{
	return (struct native_request){ .token = 1, .layout = 1, .function = function, .step = "bench/step", .input = in, .inputs = inputs,
					.output = out, .outputs = 1 };
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Of many batches the best one and the one in the middle: on a machine that does other things too they lie far apart. */
struct figures { double best, middle; };

static struct figures figures_of(double *took, int count)
{
	qsort(took, (size_t)count, sizeof *took, by_size);
	return (struct figures){ took[0], took[count / 2] };
}

/* ns for a step, `deep` of them under way at a time. */
static struct figures batches(struct native *n, const struct native_request *q, int deep)
{
	static double took[BATCHES];
	struct wire_answer a;

	for (int i = 0; i < BATCHES; i++) {
		double began = now_ns();

		for (int k = 0; k < deep; k++)
			if (!native_ask(n, q))
				exit(1);
		for (int k = 0; k < deep; k++)
			answer(n, &a);
		took[i] = (now_ns() - began) / deep;
	}
	return figures_of(took, BATCHES);
}

static struct figures steps(struct native *n, int deep)
{
	struct native_value in[2] = { { WIRE_IN_FEED, NULL, FEED_IN, FLAT_HEADER + 8 }, { WIRE_IN_FEED, NULL, FEED_IN + 128, FLAT_HEADER + 8 } };
	struct native_value out = { WIRE_IN_BACK, NULL, WIRE_HEAD, 4096 };
	struct native_request q = request("add", in, 2, &out);

	return batches(n, &q, deep);
}

/* The list stands where the first function made it: what the second one costs. */
static struct figures hand_over(struct native *n, uint64_t bytes)
{
	struct native_value number = { WIRE_IN_FEED, NULL, FEED_IN + 256, FLAT_HEADER + 8 };
	struct native_value list = { WIRE_IN_BACK, NULL, BACK_A, BACK_ROOM }, out = { WIRE_IN_BACK, NULL, WIRE_HEAD, 4096 };
	struct native_request q = request("make", &number, 1, &list);
	struct wire_answer a;

	put_number(n, FEED_IN + 256, (double)(bytes / 8));
	if (!native_ask(n, &q))
		exit(1);
	answer(n, &a);
	list.length = a.span[0].length;
	q = request("take", &list, 1, &out);
	return batches(n, &q, DEEP);
}

static struct figures copy(uint64_t bytes)
{
	static double took[BATCHES];
	char *from = malloc(bytes), *to = malloc(bytes);
	int times = bytes > 65536 ? BATCHES / 10 : BATCHES;

	if (!from || !to)
		exit(1);
	memset(from, 1, bytes);
	memset(to, 2, bytes);
	for (int i = 0; i < times; i++) {
		double began = now_ns();

		from[i % 4096] = (char)i;
		memcpy(to, from, bytes);
		__asm__ volatile("" : : "r"(to) : "memory");
		took[i] = now_ns() - began;
	}
	free(from);
	free(to);
	return figures_of(took, times);
}

static void row(const char *what, struct figures f)
{
	printf("%-52s %10.0f ns %10.0f ns\n", what, f.best, f.middle);
}

int main(int argc, char **argv)
{
	char self[4096];
	ssize_t len = readlink("/proc/self/exe", self, sizeof self - 1);
	const char *job_argv[] = { self, NULL }, *envp[] = { "CALC_BENCH=program", NULL };
	struct slot_job job = { .argv = job_argv, .envp = envp, .cwd = "/tmp" };
	struct native n;
	struct figures small, large;

	if (getenv("CALC_BENCH"))
		return calc_functions_main(argc, argv, functions, 3);
	self[len > 0 ? len : 0] = '\0';
	native_init(&n);
	if (native_ready(&n, &job) != 0)
		return 1;
	put_number(&n, FEED_IN, 1);
	put_number(&n, FEED_IN + 128, 2);
	printf("%-52s %13s %13s\n", "", "best", "median");
	row("a native step, one at a time (to and fro)", steps(&n, 1));
	row("a native step, 32 under way, dispatch included", steps(&n, DEEP));
	small = hand_over(&n, 4096);
	large = hand_over(&n, 1 << 20);
	row("hand-over of 4 KiB to the next function", small);
	row("hand-over of 1 MiB", large);
	row("memcpy of 4 KiB", copy(4096));
	row("memcpy of 1 MiB", copy(1 << 20));
	printf("hand-over, 1 MiB against 4 KiB: %.2fx (goal 1x); a step: %.2f us (goal 1 us)\n", large.best / small.best, steps(&n, DEEP).best / 1000);
	native_end(&n);
	return 0;
}
