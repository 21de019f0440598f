/*
 * What a worker and a program of native functions share: two pieces of memory, each written by one side alone. *feed* is the worker's:
 * the program maps it read-only and cannot map it otherwise (sealed). *back* is the program's; the worker maps it read-only. A request
 * is a place in feed; the counters run freely and are never set back. What the other side wrote is read once, and checked.
 */
#ifndef CALC_RUNTIME_FUNCTIONS_WIRE_H
#define CALC_RUNTIME_FUNCTIONS_WIRE_H

#include <stdatomic.h>
#include <stdint.h>

enum {
	WIRE_VERSION = 2,
	WIRE_RING = 64,			/* requests that may wait: a power of two */
	WIRE_FEED_FD = 3, WIRE_BACK_FD = 4, WIRE_BELL_FD = 5,	/* as the program finds them */
	WIRE_HEAD = 16384,		/* where the arena of each piece begins */
	WIRE_FEED_SIZE = 8 << 20, WIRE_BACK_SIZE = 64 << 20,
	WIRE_MOST_PORTS = 4096,
	WIRE_SPANS = 8			/* results in back's arena, of one request */
};
#define WIRE_MAGIC 0x31434e5546434c43u	/* "CLCFUNC1" */

/*
 * Looking at the ring before sleeping pays while the other side is quick, and is a waste of its processor where it is not: who looked in
 * vain a few times sleeps at once, and looks again now and then.
 */
enum { WIRE_PATIENCE = 4, WIRE_TRY_AGAIN = 64 };
struct wire_patience { uint32_t vain, passed; };

static inline int wire_looks(struct wire_patience *p)
{
	return p->vain < WIRE_PATIENCE || ++p->passed % WIRE_TRY_AGAIN == 0;
}

static inline void wire_looked(struct wire_patience *p, int found)
{
	p->vain = found ? 0 : p->vain < WIRE_PATIENCE ? p->vain + 1 : p->vain;
}

/* Written by the worker. */
struct wire_feed {
	uint64_t magic;
	uint32_t version, ring;
	uint64_t feed_size, back_size;
	_Alignas(64) _Atomic uint32_t asked;		/* requests so far; a futex */
	_Alignas(64) _Atomic uint32_t listening;	/* the worker sleeps: ring the bell after an answer */
	_Alignas(64) uint64_t at[WIRE_RING];		/* of request n: its place in feed, at n mod ring */
};

/* How a call ended. */
enum wire_end {
	WIRE_DONE,
	WIRE_FAILED,			/* its function said so */
	WIRE_NO_FUNCTION,		/* the program has none of that name */
	WIRE_OTHER_LAYOUT,		/* it has, built from another signature */
	WIRE_BAD_INPUT,			/* an image cannot be opened, or is of another type or torn */
	WIRE_NO_ROOM,			/* a result cannot be written: disk, memory */
	WIRE_OVERRUN,			/* it wrote beyond a list of its results */
	WIRE_BAD_REQUEST,
	WIRE_ENDS
};

struct wire_answer {
	uint64_t token;
	uint32_t end;
	uint32_t results;
	struct { uint64_t at, length; } span[WIRE_SPANS];	/* of results in back: their images, 0 bytes: absent. at 0: in its file */
};

/* Written by the program. */
struct wire_back {
	uint64_t magic;
	uint32_t version;
	_Atomic uint32_t ready;				/* 1: it waits for requests */
	_Alignas(64) _Atomic uint32_t answered;
	_Alignas(64) _Atomic uint32_t sleeping;		/* in the futex: wake it after a request */
	_Alignas(64) struct wire_answer answer[WIRE_RING];
};

/* In feed's arena; texts are offsets from the request, NUL-terminated, 0: none. */
enum wire_where { WIRE_ABSENT, WIRE_IN_FEED, WIRE_IN_BACK, WIRE_IN_FILE };
struct wire_input {
	uint32_t where;
	uint32_t path;			/* IN_FILE */
	uint64_t at, length;		/* IN_FEED, IN_BACK */
	uint64_t type;			/* the image's flat_hash */
};
struct wire_output {
	uint32_t path;			/* 0: into back, where it gets `room` bytes at `at`; else into this file, unless it fits there */
	uint32_t spare;
	uint64_t at, room;
	uint64_t type;
};
struct wire_request {
	uint64_t token, layout;
	uint32_t length;		/* with its texts */
	uint32_t function, step, scratch;
	uint32_t attempt;
	uint32_t inputs, outputs;
	uint32_t spare;
	/* then struct wire_input [inputs], struct wire_output [outputs], texts */
};

_Static_assert(sizeof(struct wire_feed) <= WIRE_HEAD && sizeof(struct wire_back) <= WIRE_HEAD, "heads fit");

#endif
