/*
 * Memory that cannot fail to its caller. The failure handler and the fault counter are the two pieces of process
 * state in this file: memory is a property of the process, and no caller could pass a context here.
 */
#include "base/mem.h"

#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef CALC_LEDGER
enum { PAGES = 2 << 20 };
#endif

static void (*failure_handler)(void);

static void __attribute__((noreturn)) out_of_memory(void)
{
	static const char message[] = "out of memory\n";

	if (failure_handler)
		failure_handler();
	if (write(STDERR_FILENO, message, sizeof message - 1) < 0)
		_exit(74);
	_exit(74);
}

#ifdef CALC_FAULTS
static uint64_t fail_countdown;
static int fail_from_environment = 1;

static int injected_failure(void)
{
	if (fail_from_environment) {
		const char *nth = getenv("CALC_FAIL_ALLOC");

		fail_from_environment = 0;
		if (nth)
			fail_countdown = strtoull(nth, NULL, 10);
	}
	return fail_countdown && --fail_countdown == 0;
}

void mem_fail_at(uint64_t nth)
{
	fail_from_environment = 0;
	fail_countdown = nth;
}
#else
static int injected_failure(void)
{
	return 0;
}

void mem_fail_at(uint64_t nth)
{
	(void)nth;
}
#endif

/* ---- where memory comes from ---- */

#ifdef CALC_LEDGER
struct mem_entry {
	struct mem_entry *before, *after;	/* in the ledger's list */
	struct mem_ledger *in;			/* NULL: none */
	max_align_t bytes[];
};
struct mem_held {
	struct mem_held *before;
	void (*release)(void *what);
	void *what;
};

static _Thread_local struct mem_ledger *ledger;

static void enter(struct mem_entry *e, struct mem_ledger *l)
{
	e->in = l;
	e->after = NULL;
	e->before = l ? l->last : NULL;
	if (e->before)
		e->before->after = e;
	if (l)
		l->last = e;
}

static void leave(struct mem_entry *e)
{
	if (e->before)
		e->before->after = e->after;
	if (e->after)
		e->after->before = e->before;
	else if (e->in)
		e->in->last = e->before;
}

static struct mem_entry *entry_of(void *p)
{
	return (struct mem_entry *)((char *)p - offsetof(struct mem_entry, bytes));
}

static void *take(size_t size, int zero)
{
	size_t whole;
	struct mem_entry *e;

	if (__builtin_add_overflow(size, sizeof *e, &whole))
		return NULL;
	e = zero ? calloc(1, whole) : malloc(whole);
	if (!e)
		return NULL;
	enter(e, ledger);
	return e->bytes;
}

static void *take_pages(size_t size)
{
	return take(size, 0);
}

static void *take_more(void *p, size_t size)
{
	struct mem_entry *e = p ? entry_of(p) : NULL, *moved;
	struct mem_ledger *l = e ? e->in : ledger;
	size_t whole;

	if (__builtin_add_overflow(size, sizeof *e, &whole))
		return NULL;
	if (e)
		leave(e);
	moved = realloc(e, whole);
	if (moved || e)
		enter(moved ? moved : e, l);
	return moved ? moved->bytes : NULL;
}

void mem_free(void *p)
{
	if (!p)
		return;
	leave(entry_of(p));
	free(entry_of(p));
}

struct mem_ledger *mem_use(struct mem_ledger *l)
{
	struct mem_ledger *before = ledger;

	ledger = l;
	return before;
}

void mem_drop(struct mem_ledger *l)
{
	while (l->held) {
		struct mem_held *h = l->held;

		l->held = h->before;
		h->release(h->what);
		free(h);
	}
	while (l->last)
		mem_free(l->last->bytes);
}

void mem_hold(void (*release)(void *what), void *what)
{
	struct mem_held *h;

	if (!ledger)
		return;
	h = injected_failure() ? NULL : malloc(sizeof *h);
	if (!h) {
		release(what);
		out_of_memory();
	}
	*h = (struct mem_held){ ledger->held, release, what };
	ledger->held = h;
}

void mem_let_go(const void *what)
{
	for (struct mem_held **h = ledger ? &ledger->held : NULL; h && *h; h = &(*h)->before)
		if ((*h)->what == what) {
			struct mem_held *gone = *h;

			*h = gone->before;
			free(gone);
			return;
		}
}
#else
static void *take(size_t size, int zero)
{
	return zero ? calloc(1, size) : malloc(size);
}

static void *take_pages(size_t size)
{
	return aligned_alloc(PAGES, size);
}

static void *take_more(void *p, size_t size)
{
	return realloc(p, size);
}

void mem_free(void *p)
{
	free(p);
}
#endif

/* ---- what callers see ---- */

void mem_overflow(void)
{
	out_of_memory();
}

static size_t product(size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes))
		out_of_memory();
	return bytes;
}

void *mem_alloc(size_t size)
{
	void *p = injected_failure() ? NULL : take(size ? size : 1, 0);

	if (!p)
		out_of_memory();
	return p;
}

void *mem_alloc_pages(size_t size)
{
	void *p = injected_failure() ? NULL : take_pages(size);

	if (!p)
		out_of_memory();
#ifdef MADV_HUGEPAGE
	(void)madvise(p, size, MADV_HUGEPAGE);	/* a wish: without it, things only take longer */
#endif
	return p;
}

void *mem_zalloc(size_t count, size_t size)
{
	size_t bytes = product(count, size);
	void *p = injected_failure() ? NULL : take(bytes ? bytes : 1, 1);

	if (!p)
		out_of_memory();
	return p;
}

void *mem_resize(void *p, size_t count, size_t size)
{
	size_t bytes = product(count, size);

	p = injected_failure() ? NULL : take_more(p, bytes ? bytes : 1);
	if (!p)
		out_of_memory();
	return p;
}

char *mem_strndup(const char *s, size_t len)
{
	char *copy;

	if (len == SIZE_MAX)
		out_of_memory();
	copy = mem_alloc(len + 1);
	memcpy(copy, s, len);
	copy[len] = '\0';
	return copy;
}

char *mem_strdup(const char *s)
{
	return mem_strndup(s, strlen(s));
}

void *mem_grow(void *p, size_t *cap, size_t need, size_t size)
{
	size_t wanted = *cap < 8 ? 8 : *cap;

	if (need <= *cap)
		return p;
	if (*cap > 4 && __builtin_mul_overflow(*cap, 2, &wanted))
		out_of_memory();
	if (wanted < need)
		wanted = need;
	p = mem_resize(p, wanted, size);
	*cap = wanted;
	return p;
}

void mem_on_failure(void (*handler)(void))
{
	failure_handler = handler;
}
