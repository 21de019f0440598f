/*
 * The ring of native functions: this program is the worker, and, started by it, the program of functions. Random requests, as many under
 * way as the ring takes, are answered in order and as a model says; then answers that no honest program gives, and its death.
 */
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include "runtime/flat.h"
#include "runtime/functions/calc_functions.h"
#include "runtime/native.h"
#include "testsuite/unit/test.h"

enum { REQUESTS = 3000, NUMBER = 1, LIST = 2, IMAGE = FLAT_HEADER + 8, ROOM = 65536, IN_AT = WIRE_FEED_SIZE - 65536 };

/* ---- the program ---- */

static int add_up(calc *c, const void *const *in, void *const *out)
{
	if (!in[0])
		calc_absent(c, out[0]);
	else
		*(double *)out[0] = *(const double *)in[0] + (in[1] ? *(const double *)in[1] : 0);
	return 0;
}

static int refuse(calc *c, const void *const *in, void *const *out)
{
	(void)in;
	(void)out;
	return calc_fail(c, "%s says no", calc_step(c));
}

static int spill(calc *c, const void *const *in, void *const *out)
{
	double *item = calc_list_new(c, out[0], 3, sizeof *item, 8);
	volatile int beyond = 4;

	(void)in;
	if (!item)
		return 1;
	item[beyond] = 1;
	return 0;
}

static int large(calc *c, const void *const *in, void *const *out)
{
	double *item = calc_list_new(c, out[0], (uint64_t)*(const double *)in[0], sizeof *item, 8);

	if (!item)
		return calc_fail(c, "no room");
	item[0] = 1;
	return 0;
}

static int die(calc *c, const void *const *in, void *const *out)
{
	(void)c;
	(void)in;
	(void)out;
	abort();
}

static const calc_port add_ports[] = { { NUMBER, 8, 8 }, { NUMBER, 8, 8 }, { NUMBER, 8, 8 } };
static const calc_port list_ports[] = { { NUMBER, 8, 8 }, { LIST, 16, 8 } };
static const calc_function functions[] = { { "add", 11, 2, 1, add_ports, add_up }, { "die", 12, 1, 1, list_ports, die },
	{ "large", 13, 1, 1, list_ports, large }, { "refuse", 14, 1, 1, list_ports, refuse }, { "spill", 15, 1, 1, list_ports, spill } };

/* ---- the worker ---- */

static uint64_t state = 77;

static uint32_t below(uint32_t n)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(state >> 33) % n;
}

static void put_number(struct native *n, uint64_t at, double value, uint64_t type)
{
	struct flat_header head = { .magic = FLAT_MAGIC, .version = FLAT_VERSION, .header = FLAT_HEADER, .type = type, .length = IMAGE };

	memcpy((char *)n->feed + at, &head, sizeof head);
	memcpy((char *)n->feed + at + sizeof head, &value, sizeof value);
}

static bool wait_answer(struct native *n, struct wire_answer *a)
{
	for (int i = 0; i < 1000; i++) {
		if (native_answered(n, a))
			return true;
		if (!native_wait_a_little(n))
			poll(&(struct pollfd){ .fd = n->bell, .events = POLLIN }, 1, 10);
		native_clear_bell(n);
	}
	return false;
}

/* What one request asks for, and how it must end. */
struct asked { uint64_t token; enum wire_end end; uint64_t at; double sum; bool absent; };

static bool ask(struct native *n, uint32_t k, struct asked *want)
{
	static const char *const names[] = { "add", "large", "refuse", "spill", "none", "" };
	uint32_t which = below(12);
	double a = below(1000), b = below(1000);
	uint64_t at = IN_AT + (k % WIRE_RING) * 512;
	struct native_value in[2] = { { WIRE_IN_FEED, NULL, at, IMAGE }, { WIRE_IN_FEED, NULL, at + 256, IMAGE } };
	struct native_value out = { WIRE_IN_BACK, NULL, WIRE_HEAD + (k % WIRE_RING) * ROOM, ROOM };
	struct native_request q = { .token = 1000 + k, .step = "s[3]", .input = in, .output = &out, .outputs = 1, .inputs = 1 };

	which = which < 6 ? which : 0;
	q.function = names[which];
	q.layout = which == 0 ? 11 : which == 1 ? 13 : which == 2 ? 14 : 15;
	*want = (struct asked){ .token = q.token, .at = out.at };
	put_number(n, at, a, NUMBER);
	put_number(n, at + 256, b, NUMBER);
	switch (which) {
	case 0:
		q.inputs = 2;
		want->sum = a + b;
		if (below(6) == 0) {
			in[1].where = WIRE_ABSENT;
			want->sum = a;
		} else if (below(6) == 0) {
			in[0].where = WIRE_ABSENT;
			want->absent = true;
		} else if (below(6) == 0) {
			put_number(n, at + 256, b, LIST);
			want->end = WIRE_BAD_INPUT;
		} else if (below(6) == 0) {
			in[1].at = below(2) ? WIRE_FEED_SIZE : at + 255;
			want->end = WIRE_BAD_INPUT;
		} else if (below(6) == 0) {
			q.layout++;
			want->end = WIRE_OTHER_LAYOUT;
		} else if (below(6) == 0) {
			out.length = below(64);
			want->end = WIRE_NO_ROOM;
		} else if (below(6) == 0) {
			out.at = below(2) ? 64 : WIRE_BACK_SIZE + 8;
			want->end = WIRE_BAD_REQUEST;
		}
		break;
	case 1:
		put_number(n, at, below(2) ? 1 + below(7000) : 9000 + below(1000000), NUMBER);
		want->end = *(double *)(void *)((char *)n->feed + at + FLAT_HEADER) < 8000 ? WIRE_DONE : WIRE_FAILED;
		break;
	case 2: want->end = WIRE_FAILED; break;
	case 3: want->end = WIRE_OVERRUN; break;
	default: want->end = WIRE_NO_FUNCTION;
	}
	return native_ask(n, &q);
}

static void check_answer(const struct native *n, const struct wire_answer *a, const struct asked *want)
{
	double sum;

	CHECK(a->token == want->token);
	if (!CHECK(a->end == want->end))
		printf("  wanted end %d, got %u\n", (int)want->end, a->end);
	if (a->end != WIRE_DONE || want->sum == 0)
		return;
	if (want->absent) {
		CHECK(a->span[0].length == 0);
		return;
	}
	CHECK(a->span[0].at == want->at && a->span[0].length >= IMAGE);
	memcpy(&sum, (const char *)n->back + a->span[0].at + FLAT_HEADER, sizeof sum);
	CHECK(sum == want->sum);
}

static void random_requests(struct native *n)
{
	struct asked want[WIRE_RING];
	uint32_t asked = 0, answered = 0;
	struct wire_answer a;

	while (answered < REQUESTS) {
		uint32_t burst = 1 + below(WIRE_RING + 8);

		while (burst-- && asked < REQUESTS && asked - answered < WIRE_RING && CHECK(ask(n, asked, &want[asked % WIRE_RING])))
			asked++;
		if (asked - answered == WIRE_RING) {
			struct native_request q = { .function = "add" };

			CHECK(!native_ask(n, &q));	/* the ring is full */
		}
		for (burst = 1 + below(WIRE_RING); burst-- && answered < asked; answered++) {
			if (!CHECK(wait_answer(n, &a)))
				return;
			check_answer(n, &a, &want[answered % WIRE_RING]);
		}
	}
}

/* What a program writes is not believed: no answer that was not asked for, none that leads out of back. */
static void false_answers(void)
{
	struct wire_back *back = calloc(1, WIRE_HEAD);
	struct wire_feed *feed = calloc(1, WIRE_HEAD);
	struct native n;
	struct wire_answer a;

	native_init(&n);
	n.feed = feed;
	n.back = back;
	n.asked = 2;
	CHECK(!native_answered(&n, &a));
	for (uint32_t lie = 3; lie < 200; lie += 13) {
		atomic_store(&back->answered, lie);
		CHECK(!native_answered(&n, &a));
	}
	atomic_store(&back->answered, 2);
	back->answer[0].end = 4000000;
	back->answer[0].span[0].at = WIRE_BACK_SIZE - 8;
	back->answer[0].span[0].length = 16;
	back->answer[0].span[1].length = UINT64_MAX;
	CHECK(native_answered(&n, &a) && a.end == WIRE_BAD_REQUEST && a.span[0].length == 0 && a.span[1].length == 0);
	CHECK(native_answered(&n, &a) && !native_answered(&n, &a));
	free(back);
	free(feed);
}

static void death(struct native *n)
{
	struct native_value in = { WIRE_IN_FEED, NULL, IN_AT, IMAGE }, out = { WIRE_IN_BACK, NULL, WIRE_HEAD, ROOM };
	struct native_request q = { .token = 5, .layout = 12, .function = "die", .step = "s", .input = &in, .output = &out, .inputs = 1, .outputs = 1 };
	struct wire_answer a;
	int status = 0;

	put_number(n, IN_AT, 1, NUMBER);
	CHECK(native_ask(n, &q));
	CHECK(waitpid(n->pid, &status, __WALL) == n->pid && WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	CHECK(!native_answered(n, &a));
	native_gone(n);
	CHECK(n->pid == 0 && n->feed == NULL);
}

int main(int argc, char **argv)
{
	char self[4096];
	ssize_t len = readlink("/proc/self/exe", self, sizeof self - 1);
	const char *job_argv[] = { self, NULL }, *envp[] = { "CALC_TEST=program", NULL };
	struct slot_job job = { .argv = job_argv, .envp = envp, .cwd = "/tmp" };
	struct native n;

	if (getenv("CALC_TEST"))
		return calc_functions_main(argc, argv, functions, sizeof functions / sizeof *functions);
	self[len > 0 ? len : 0] = '\0';
	native_init(&n);
	CHECK(native_ready(&n, &job) == 0 && n.pid > 0);
	random_requests(&n);
	CHECK(native_has_begun(&n));
	death(&n);
	CHECK(native_ready(&n, &job) == 0 && n.pid > 0);	/* anew */
	native_end(&n);
	false_answers();
	return test_end();
}
