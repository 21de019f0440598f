/*
 * Memory that cannot fail to its caller. The failure handler and the fault counter are the two pieces of process
 * state in this file: memory is a property of the process, and no caller could pass a context here.
 */
#include "base/mem.h"

#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PAGES = 2 << 20 };

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
	void *p = injected_failure() ? NULL : malloc(size ? size : 1);

	if (!p)
		out_of_memory();
	return p;
}

void *mem_alloc_pages(size_t size)
{
	void *p = injected_failure() ? NULL : aligned_alloc(PAGES, size);

	if (!p)
		out_of_memory();
#ifdef MADV_HUGEPAGE
	(void)madvise(p, size, MADV_HUGEPAGE);	/* a wish: without it, things only take longer */
#endif
	return p;
}

void *mem_zalloc(size_t count, size_t size)
{
	void *p = injected_failure() ? NULL : calloc(count ? count : 1, size ? size : 1);

	if (!p)
		out_of_memory();
	return p;
}

void *mem_resize(void *p, size_t count, size_t size)
{
	size_t bytes = product(count, size);

	p = injected_failure() ? NULL : realloc(p, bytes ? bytes : 1);
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

void mem_free(void *p)
{
	free(p);
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
