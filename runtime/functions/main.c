/*
 * The program's main: it waits for the worker's requests, finds the function, gives it its views and answers. It looks at the ring for
 * some microseconds before it sleeps. What a function prints goes to the step's log; one that crashes says where before it dies.
 */
#include <errno.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include "runtime/functions/inner.h"

enum { EXIT_USAGE = 2, EXIT_BROKEN = 70, SPIN_NS = 30000, SPINS = 64, MESSAGE = 1024, STACK = 65536, FEW = 16 };

struct program {
	const calc_function *function;
	unsigned functions;
	const struct wire_feed *feed;
	struct wire_back *back;
	uint64_t feed_size, back_size;
	uint32_t done;
	struct wire_patience patience;
	const volatile char *own;	/* not 0, and 0 in a process that was forked from this one; NULL: the kernel cannot tell */
	struct calc call;
};

/* For the signal handler alone: which call runs. */
static struct calc *running;

/* ---- saying ---- */

void say(const char *text)
{
	char line[MESSAGE + 2];
	size_t len = strnlen(text, MESSAGE);

	memcpy(line, text, len);
	line[len] = '\n';
	if (write(STDERR_FILENO, line, len + 1) < 0)
		return;		/* there is nobody else to tell */
}

static void add(char *to, size_t *len, const char *text)
{
	for (; *text && *len < MESSAGE - 1; text++)
		to[(*len)++] = *text;
	to[*len] = '\0';
}

static const char *what_is_there(const void *address)
{
	if (!address)
		return "a null pointer";
	if (results_of(&running->results, address))
		return "behind what was made of a result: a list is longer than the room asked for it";
	if (inputs_has(&running->inputs, address) ||
	    ((uintptr_t)address - (uintptr_t)running->feed < WIRE_FEED_SIZE) || ((uintptr_t)address - (uintptr_t)running->views < WIRE_BACK_SIZE))
		return "an input, which is read-only";
	return "no memory of this call";
}

static void on_crash(int signo, siginfo_t *info, void *context)
{
	char text[MESSAGE] = "";
	size_t len = 0;

	(void)context;
	if (running) {
		add(text, &len, "calc: `");
		add(text, &len, running->function);
		add(text, &len, "` touched ");
		add(text, &len, what_is_there(info->si_addr));
		add(text, &len, signo == SIGBUS ? " (its file was cut short, or the disk is full)" : "");
		say(text);
	}
	signal(signo, SIG_DFL);
	raise(signo);
}

static void watch_crashes(void)
{
	static char stack[STACK];
	struct sigaction on = { .sa_sigaction = on_crash, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESETHAND };
	stack_t alternative = { .ss_sp = stack, .ss_size = sizeof stack };

	sigaltstack(&alternative, NULL);
	sigaction(SIGSEGV, &on, NULL);
	sigaction(SIGBUS, &on, NULL);
}

/* ---- what functions call ---- */

void *calc_list_new(calc *c, calc_list *list, uint64_t count, size_t size, size_t align)
{
	struct result *r = results_of(&c->results, list);
	bool refused = c->refused;
	uint64_t bytes;
	char *at;

	list->offset = 0;
	list->count = 0;
	c->refused = true;		/* unless there is room */
	if (!r || __builtin_mul_overflow(count, (uint64_t)size, &bytes)) {
		say(r ? "calc: a list that is larger than 1 GiB" : "calc: calc_list_new of a list that is in no result of this call");
		return NULL;
	}
	at = count ? results_room(r, bytes, align < 8 ? 8 : align, true) : (char *)list;
	if (!at) {
		say("calc: no room for a list: the disk is full, or the result is larger than 1 GiB");
		return NULL;
	}
	c->refused = refused;
	list->offset = at - (char *)list;
	list->count = count;
	return at;
}

int calc_text_set(calc *c, calc_text *to, const char *text, uint64_t length)
{
	struct result *r = results_of(&c->results, to);
	char *at;

	to->offset = 0;
	to->length = 0;
	if (length == 0)
		return 0;
	at = r && length < MOST_IMAGE ? results_room(r, length + 1, 1, false) : NULL;
	if (!at) {
		c->refused = true;
		say(r ? "calc: no room for a text: the disk is full, or the result is larger than 1 GiB" : "calc: calc_text_set of a text that is in no result of this call");
		return 1;
	}
	memcpy(at, text, (size_t)length);
	to->offset = at - (char *)to;
	to->length = length;
	return 0;
}

void calc_absent(calc *c, void *result)
{
	struct result *r = results_of(&c->results, result);

	if (r)
		r->absent = true;
}

int calc_fail(calc *c, const char *format, ...)
{
	char text[MESSAGE];
	va_list ap;

	(void)c;
	va_start(ap, format);
	vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	say(text);
	return 1;
}

const char *calc_step(const calc *c) { return c->step; }
uint32_t calc_attempt(const calc *c) { return c->attempt; }
const char *calc_scratch(const calc *c) { return c->scratch; }

/* ---- a request ---- */

struct request {
	struct wire_request r;
	const char *at;			/* in feed */
	const struct wire_input *in;
	const struct wire_output *out;
};

/* A text of the request; "" for none, NULL when it leads out of it. */
static const char *text_of(const struct request *q, uint32_t offset)
{
	if (offset == 0)
		return "";
	if (offset >= q->r.length || !memchr(q->at + offset, '\0', q->r.length - offset))
		return NULL;
	return q->at + offset;
}

static bool read_request(const struct program *p, struct request *q)
{
	uint64_t at = p->feed->at[p->done % WIRE_RING], need;

	memset(q, 0, sizeof *q);
	if (at < WIRE_HEAD || at % 8 || at > p->feed_size - sizeof q->r)
		return false;
	q->at = (const char *)p->feed + at;
	memcpy(&q->r, q->at, sizeof q->r);
	if (q->r.inputs > WIRE_MOST_PORTS || q->r.outputs > WIRE_MOST_PORTS || q->r.length > p->feed_size - at)
		return false;
	need = sizeof q->r + q->r.inputs * sizeof *q->in + q->r.outputs * sizeof *q->out;
	q->in = (const void *)(q->at + sizeof q->r);
	q->out = (const void *)(q->at + sizeof q->r + q->r.inputs * sizeof *q->in);
	return need <= q->r.length && text_of(q, q->r.function) && text_of(q, q->r.step) && text_of(q, q->r.scratch);
}

static const calc_function *find(const struct program *p, const char *name)
{
	unsigned low = 0, high = p->functions;

	while (low < high) {
		unsigned mid = (low + high) / 2;
		int order = strcmp(name, p->function[mid].name);

		if (order == 0)
			return &p->function[mid];
		if (order < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return NULL;
}

static enum wire_end bad_input(uint32_t i, const char *path)
{
	char text[MESSAGE];

	snprintf(text, sizeof text, "calc: input %u is no image of its type: %s", i + 1, *path ? path : "in shared memory");
	say(text);
	return WIRE_BAD_INPUT;
}

static enum wire_end take_input(struct program *p, const struct request *q, const calc_function *f, uint32_t i, const void **value)
{
	struct wire_input in = q->in[i];
	uint64_t size = in.where == WIRE_IN_FEED ? p->feed_size : p->back_size;
	const char *path = text_of(q, in.path);

	*value = NULL;
	if (in.where == WIRE_ABSENT)
		return WIRE_DONE;
	if (in.where == WIRE_IN_FILE) {
		if (path && *path)
			*value = inputs_open(&p->call.inputs, path, &f->port[i]);
	} else if (in.at >= WIRE_HEAD && in.at % 8 == 0 && in.at <= size && in.length <= size - in.at) {
		*value = inputs_value((in.where == WIRE_IN_FEED ? p->call.feed : p->call.views) + in.at, in.length, &f->port[i]);
	}
	return *value ? WIRE_DONE : bad_input(i, path ? path : "?");
}

static enum wire_end begin_output(struct program *p, const struct request *q, const calc_function *f, uint32_t i)
{
	struct wire_output out = q->out[i];
	const calc_port *port = &f->port[f->params + i];
	const char *path = text_of(q, out.path);

	if (!path || out.at > p->back_size || out.room > p->back_size - out.at || (out.room && (out.at < WIRE_HEAD || out.at % 8)))
		return WIRE_BAD_REQUEST;
	if (*path)
		return results_begin_file(&p->call.results, i, path, port);
	return results_begin_place(&p->call.results, i, p->call.back + out.at, out.room, port);
}

static enum wire_end end_outputs(struct program *p, const struct request *q, struct wire_answer *a)
{
	for (uint32_t i = 0; i < q->r.outputs; i++) {
		const struct result *r = &p->call.results.all[i];
		uint64_t at = q->out[i].at, room = i < WIRE_SPANS ? q->out[i].room : 0;
		bool placed = false;
		enum wire_end end = results_end(&p->call.results, i, p->call.back + at, room, &placed);

		if (end == WIRE_OVERRUN) {
			char text[MESSAGE];

			snprintf(text, sizeof text, "calc: `%s` wrote beyond a list that it made for result %u", p->call.function, i + 1);
			say(text);
		}
		if (end != WIRE_DONE)
			return end;
		if (i < WIRE_SPANS && placed) {
			a->span[i].at = at;
			a->span[i].length = r->used;
		}
	}
	a->results = q->r.outputs;
	return WIRE_DONE;
}

static enum wire_end run(struct program *p, const struct request *q, const calc_function *f, struct wire_answer *a)
{
	const void *few_in[FEW], **in = few_in;
	void *few_out[FEW], **out = few_out;
	enum wire_end end = WIRE_DONE;
	int status;

	if (f->params > FEW)
		in = calloc(f->params, sizeof *in);
	if (f->results > FEW)
		out = calloc(f->results, sizeof *out);
	if (!in || !out)
		end = WIRE_NO_ROOM;
	for (uint32_t i = 0; end == WIRE_DONE && i < f->params; i++)
		end = take_input(p, q, f, i, &in[i]);
	for (uint32_t i = 0; end == WIRE_DONE && i < f->results; i++) {
		end = begin_output(p, q, f, i);
		out[i] = end == WIRE_DONE ? results_value(&p->call.results, i) : NULL;
	}
	if (end == WIRE_DONE) {
		running = &p->call;
		p->call.refused = false;
		status = f->call(&p->call, in, out);
		if (p->own && !*p->own) {
			say("calc: a process that a native function forked returned from it: it ends here, and what it made is not taken");
			_exit(EXIT_BROKEN);
		}
		running = NULL;
		end = status || p->call.refused ? WIRE_FAILED : end_outputs(p, q, a);
	}
	if (in != few_in)
		free(in);
	if (out != few_out)
		free(out);
	return end;
}

static enum wire_end serve_one(struct program *p, struct wire_answer *a)
{
	struct request q;
	const calc_function *f;
	enum wire_end end;

	if (!read_request(p, &q))
		return WIRE_BAD_REQUEST;
	a->token = q.r.token;
	p->call.function = text_of(&q, q.r.function);
	p->call.step = text_of(&q, q.r.step);
	p->call.scratch = text_of(&q, q.r.scratch);
	p->call.attempt = q.r.attempt;
	f = find(p, p->call.function);
	if (!f)
		return WIRE_NO_FUNCTION;
	if (f->layout != q.r.layout || f->params != q.r.inputs || f->results != q.r.outputs)
		return WIRE_OTHER_LAYOUT;
	end = run(p, &q, f, a);
	results_drop(&p->call.results);
	inputs_end(&p->call.inputs);
	return end;
}

/* ---- the ring ---- */

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static inline void pause_a_little(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("yield");
#endif
}

static bool is_asked(struct program *p)
{
	return atomic_load_explicit(&p->feed->asked, memory_order_acquire) != p->done;
}

static bool look_for_request(struct program *p)
{
	uint64_t until = 0;

	for (;;) {
		for (int i = 0; i < SPINS; i++) {
			pause_a_little();
			if (is_asked(p))
				return true;
		}
		if (!until)
			until = now_ns() + SPIN_NS;
		else if (now_ns() >= until)
			return false;
	}
}

static void wait_for_request(struct program *p)
{
	bool found;

	if (is_asked(p))
		return;
	if (wire_looks(&p->patience)) {
		found = look_for_request(p);
		wire_looked(&p->patience, found);
	}
	while (!is_asked(p)) {
		atomic_store(&p->back->sleeping, 1);
		if (!is_asked(p))
			syscall(SYS_futex, &p->feed->asked, FUTEX_WAIT, p->done, NULL, NULL, 0);
		atomic_store(&p->back->sleeping, 0);
	}
}

static void ring_bell(void)
{
	uint64_t one = 1;

	while (write(WIRE_BELL_FD, &one, sizeof one) < 0) {
		if (errno == EINTR)
			continue;
		say("calc: a native function closed a descriptor that is not its own: the worker cannot be answered");
		_exit(EXIT_BROKEN);
	}
}

static void answer(struct program *p, const struct wire_answer *a)
{
	p->back->answer[p->done % WIRE_RING] = *a;
	p->done++;
	atomic_store(&p->back->answered, p->done);
	if (atomic_load(&p->feed->listening))
		ring_bell();
}

static void *map_piece(int fd, int protection, uint64_t *size)
{
	struct stat st;
	void *at;

	if (fstat(fd, &st) != 0 || st.st_size < WIRE_HEAD)
		return NULL;
	*size = (uint64_t)st.st_size;
	at = mmap(NULL, (size_t)st.st_size, protection, MAP_SHARED, fd, 0);
	return at == MAP_FAILED ? NULL : at;
}

/* A page that is empty in every process that is forked. */
static const volatile char *own_page(void)
{
	char *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED)
		return NULL;
	*page = 1;
	return madvise(page, PAGE, MADV_WIPEONFORK) == 0 ? page : NULL;
}

/* 0, or the status to leave with. */
static int connect_worker(struct program *p)
{
	p->feed = map_piece(WIRE_FEED_FD, PROT_READ, &p->feed_size);
	p->back = map_piece(WIRE_BACK_FD, PROT_READ | PROT_WRITE, &p->back_size);
	p->call.views = map_piece(WIRE_BACK_FD, PROT_READ, &p->back_size);
	p->call.feed = (const char *)p->feed;
	p->call.back = (char *)p->back;
	if (!p->feed || !p->back || !p->call.views || p->feed->magic != WIRE_MAGIC) {
		say("a program of native functions: calc-worker, or calcc run, starts it");
		return EXIT_USAGE;
	}
	p->back->magic = WIRE_MAGIC;
	p->back->version = WIRE_VERSION;
	if (p->feed->version != WIRE_VERSION) {
		say("calc: the worker is of another version of CalcFlow than libcalcflow-functions: build the program again");
		return EXIT_BROKEN;
	}
	atomic_store(&p->back->ready, 1);
	ring_bell();
	return 0;
}

int calc_functions_main(int argc, char **argv, const calc_function *function, unsigned count)
{
	static struct program p;
	int status;

	(void)argc;
	(void)argv;
	p.function = function;
	p.functions = count;
	p.call.inputs.clock = 1;
	status = connect_worker(&p);
	if (status)
		return status;
	watch_crashes();
	p.own = own_page();
	for (;;) {
		struct wire_answer a = { 0 };

		wait_for_request(&p);
		a.end = (uint32_t)serve_one(&p, &a);
		fflush(stdout);
		answer(&p, &a);
	}
}
