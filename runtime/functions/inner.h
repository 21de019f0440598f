/* What the files of libcalcflow-functions share; it knows nothing of the rest of CalcFlow but wire.h and the flat layout. */
#ifndef CALC_RUNTIME_FUNCTIONS_INNER_H
#define CALC_RUNTIME_FUNCTIONS_INNER_H

#include <stdbool.h>
#include <stdint.h>
#include "runtime/functions/calc_functions.h"
#include "runtime/functions/wire.h"

enum { FLAT_HEAD = 64, FLAT_IS = 1, PAGE = 4096, MOST_IMAGE = 1 << 30 };

struct flat_head {
	char magic[8];
	uint32_t version, header;
	uint64_t type, length;
	uint64_t zero[4];
};

/* ---- results.c: images that are being made ---- */
struct result {
	char *base;			/* of its image; unless in back: reserved addresses, MOST_IMAGE and a page */
	bool reserved;			/* `base` is ours to map files at; its first FIRST_ROOM bytes are memory */
	int fd;				/* -1: in back, or in that memory yet */
	const char *path;		/* where it goes when it grows; NULL: in back */
	bool absent;
	uint64_t used, mapped;		/* mapped: may be written */
	uint64_t type;
	struct guard { uint64_t at; } *guard;	/* behind each list: words that must not change */
	size_t guards, guard_cap;
};
struct results {
	struct result *all;
	uint32_t count, cap;
};

/* Result `i` in memory, and in a file that is made there as soon as it is large; or in `room` bytes at `place`. Zeroed, its value
 * begun. `path` lives as long as the call. */
enum wire_end results_begin_file(struct results *r, uint32_t i, const char *path, const calc_port *port);
enum wire_end results_begin_place(struct results *r, uint32_t i, char *place, uint64_t room, const calc_port *port);
void *results_value(const struct results *r, uint32_t i);
/* Whole, at `place` (then *placed) where it fits into `room` bytes, else in its file, closed: nothing of this process can write there
 * any more. Absent ones are nowhere. */
enum wire_end results_end(struct results *r, uint32_t i, char *place, uint64_t room, bool *placed);
void results_drop(struct results *r);	/* all of this call, whatever became of them */
/* The result in which `p` lies; NULL. */
struct result *results_of(const struct results *r, const void *p);
/* guarded: words behind it tell whether somebody wrote too far. NULL: there is no room. */
void *results_room(struct result *r, uint64_t bytes, uint64_t align, bool guarded);

/* ---- inputs.c: images that others made ---- */
struct input {
	char *path;			/* NULL: free */
	const char *image;
	uint64_t length, used;
	uint64_t dev, ino, changed;
};
enum { INPUTS_KEPT = 16 };
struct inputs {
	struct input kept[INPUTS_KEPT];
	struct input *more;		/* of this call, beyond those */
	size_t mores, more_cap;
	uint64_t clock;
};
/* Its value, or NULL with what is wrong said on stderr. Valid until inputs_end. */
const void *inputs_value(const char *image, uint64_t length, const calc_port *port);
const void *inputs_open(struct inputs *in, const char *path, const calc_port *port);
void inputs_end(struct inputs *in);
bool inputs_has(const struct inputs *in, const void *p);	/* lies there: for a message */

/* ---- main.c ---- */
struct calc {
	const char *function, *step, *scratch;
	uint32_t attempt;
	bool refused;			/* it was told that there is no room: what it made cannot be whole */
	struct results results;
	struct inputs inputs;
	const char *feed, *views;	/* read-only */
	char *back;
};
void say(const char *text);		/* a line on stderr, safe in a signal handler */

#endif
