/*
 * Memory that cannot fail to its caller. Every allocation of the programs goes through here or through an
 * arena. When the machine has no more, the handler of the program runs (it removes temporary files and ends
 * the process with status 74); a run that ends so resumes like one that was killed.
 */
#ifndef CALC_BASE_MEM_H
#define CALC_BASE_MEM_H

#include <stddef.h>
#include <stdint.h>

/* Never NULL; size 0 gives a unique pointer. Release with mem_free. mem_zalloc and mem_resize check overflow. */
void *mem_alloc(size_t size);
void *mem_zalloc(size_t count, size_t size);
/* `size` is a multiple of 2 MiB: aligned to that, and in huge pages where the machine has them. */
void *mem_alloc_pages(size_t size);
void *mem_resize(void *p, size_t count, size_t size);
char *mem_strdup(const char *s);
char *mem_strndup(const char *s, size_t len);
void mem_free(void *p);

/*
 * Grow an array for at least `need` elements of `size` bytes: *cap (in elements) at least doubles when it is
 * too small. Returns the array, perhaps moved. Old content is kept, new content is undefined.
 */
void *mem_grow(void *p, size_t *cap, size_t need, size_t size);

/* For those who compute sizes themselves: a size that no machine has. Ends like a failed allocation. */
void mem_overflow(void) __attribute__((noreturn));

/* What to do when memory is out: must not return. Default: a line on stderr and _exit(74). */
void mem_on_failure(void (*handler)(void));

/*
 * For a library, whose caller goes on when memory is out (built with CALC_LEDGER; programs end, and have no need of it): all that a
 * thread allocates while it uses a ledger is in that, until it is freed. mem_drop frees what is left, after mem_hold's things.
 */
struct mem_ledger {
	struct mem_entry *last;
	struct mem_held *held;
};
#ifdef CALC_LEDGER
struct mem_ledger *mem_use(struct mem_ledger *l);	/* returns the one before; NULL: none */
void mem_drop(struct mem_ledger *l);
/* What is no memory of ours (a descriptor, a library's object) while an allocation could fail: mem_drop calls `release` for it. */
void mem_hold(void (*release)(void *what), void *what);
void mem_let_go(const void *what);			/* it is released as usual */
#else
static inline void mem_hold(void (*release)(void *what), void *what)
{
	(void)release;
	(void)what;
}
static inline void mem_let_go(const void *what)
{
	(void)what;
}
#endif

/* Test hook: let the nth allocation from now on (1 = next) fail; 0 switches it off. CALC_FAIL_ALLOC=n in the
 * environment of a program sets it at start where the build has fault injection (--enable-faults). */
void mem_fail_at(uint64_t nth);

#endif
