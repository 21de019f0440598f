/*
 * Results, made in place, at addresses that stay, so that a list can grow the image without moving what is there. The first part is
 * memory that serves every call: a small result never sees a file. What is larger goes on in a file, which is given room before it
 * is written (a full disk is an error, not a signal) and mapped behind; the first part is written there at the end. Behind each
 * list stand words that must not change, behind what is mapped nothing: who writes too far is told, or stopped.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "runtime/functions/inner.h"

enum { FIRST_ROOM = 16 * PAGE, GUARD_WORDS = 4, GUARD = GUARD_WORDS * 8, FILE_MODE = 0640 };
static const char flat_magic[8] = { 'C', 'A', 'L', 'C', 'F', 'L', 'A', 'T' };

static uint64_t guard_word(uint64_t at)
{
	return (at + 1) * 0x9e3779b97f4a7c15u;
}

/* ---- room ---- */

static bool reserve(struct result *r)
{
	void *at;

	if (r->reserved)
		return true;
	at = mmap(NULL, (size_t)MOST_IMAGE + PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (at == MAP_FAILED)
		return false;
	if (mmap(at, FIRST_ROOM, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED) {
		munmap(at, (size_t)MOST_IMAGE + PAGE);
		return false;
	}
	r->base = at;
	r->reserved = true;
	return true;
}

static bool open_file(struct result *r)
{
	if (r->fd < 0)
		r->fd = open(r->path, O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, FILE_MODE);
	return r->fd >= 0;
}

static bool grow(struct result *r, uint64_t need)
{
	uint64_t to = r->mapped * 2;

	if (need <= r->mapped)
		return true;
	if (!r->path || need > MOST_IMAGE || !open_file(r))
		return false;
	if (to < need)
		to = (need + PAGE - 1) & ~(uint64_t)(PAGE - 1);
	if (to > MOST_IMAGE)
		to = MOST_IMAGE;
	while (fallocate(r->fd, 0, 0, (off_t)to) != 0) {
		if (errno == EINTR)
			continue;
		if (errno != EOPNOTSUPP || ftruncate(r->fd, (off_t)to) != 0)
			return false;
		break;
	}
	if (mmap(r->base + r->mapped, (size_t)(to - r->mapped), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, r->fd,
		 (off_t)r->mapped) == MAP_FAILED)
		return false;
	r->mapped = to;
	return true;
}

static bool set_guard(struct result *r)
{
	uint64_t at = (r->used + 7) & ~(uint64_t)7, word = guard_word(at);

	if (!grow(r, at + GUARD))
		return false;
	if (r->guards == r->guard_cap) {
		size_t cap = r->guard_cap ? r->guard_cap * 2 : 16;
		struct guard *more = realloc(r->guard, cap * sizeof *more);

		if (!more)
			return false;
		r->guard = more;
		r->guard_cap = cap;
	}
	memset(r->base + r->used, 0, (size_t)(at - r->used));
	for (int i = 0; i < GUARD_WORDS; i++)
		memcpy(r->base + at + i * 8, &word, sizeof word);
	r->guard[r->guards++].at = at;
	r->used = at + GUARD;
	return true;
}

void *results_room(struct result *r, uint64_t bytes, uint64_t align, bool guarded)
{
	uint64_t at = (r->used + align - 1) & ~(align - 1);

	if (bytes > MOST_IMAGE || !grow(r, at + bytes))
		return NULL;
	memset(r->base + r->used, 0, (size_t)(at + bytes - r->used));
	r->used = at + bytes;
	return !guarded || set_guard(r) ? r->base + at : NULL;
}

/* ---- one result ---- */

static struct result *result_at(struct results *r, uint32_t i)
{
	if (i >= r->cap) {
		uint32_t cap = i + 8;
		struct result *more = realloc(r->all, cap * sizeof *more);

		if (!more)
			return NULL;
		memset(more + r->cap, 0, (cap - r->cap) * sizeof *more);
		r->all = more;
		r->cap = cap;
	}
	if (i >= r->count)
		r->count = i + 1;
	return &r->all[i];
}

static enum wire_end begin(struct result *r, const calc_port *port)
{
	r->absent = false;
	r->type = port->type;
	r->used = r->guards = 0;
	if (!grow(r, FLAT_HEAD + port->size))
		return WIRE_NO_ROOM;
	memset(r->base, 0, FLAT_HEAD + port->size);
	r->used = FLAT_HEAD + port->size;
	return set_guard(r) ? WIRE_DONE : WIRE_NO_ROOM;
}

enum wire_end results_begin_file(struct results *all, uint32_t i, const char *path, const calc_port *port)
{
	struct result *r = result_at(all, i);

	if (!r)
		return WIRE_NO_ROOM;
	r->fd = -1;
	r->path = path;
	r->mapped = FIRST_ROOM;
	return reserve(r) ? begin(r, port) : WIRE_NO_ROOM;
}

enum wire_end results_begin_place(struct results *all, uint32_t i, char *place, uint64_t room, const calc_port *port)
{
	struct result *r = result_at(all, i);

	if (!r)
		return WIRE_NO_ROOM;
	if (r->reserved && munmap(r->base, (size_t)MOST_IMAGE + PAGE) != 0)
		return WIRE_NO_ROOM;
	r->reserved = false;
	r->fd = -1;
	r->path = NULL;
	r->base = place;
	r->mapped = room;
	return begin(r, port);
}

void *results_value(const struct results *r, uint32_t i)
{
	return r->all[i].base + FLAT_HEAD;
}

/* The addresses stay ours, with nothing behind them but the first part. */
static bool close_file(struct result *r)
{
	bool ok = true;

	if (r->fd < 0)
		return true;
	if (r->mapped > FIRST_ROOM)
		ok = mmap(r->base + FIRST_ROOM, (size_t)(r->mapped - FIRST_ROOM), PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED,
			  -1, 0) != MAP_FAILED;
	r->mapped = FIRST_ROOM;
	ok = close(r->fd) == 0 && ok;
	r->fd = -1;
	return ok;
}

static bool guards_hold(struct result *r)
{
	for (size_t k = 0; k < r->guards; k++) {
		uint64_t at = r->guard[k].at, word;

		for (int i = 0; i < GUARD_WORDS; i++) {
			memcpy(&word, r->base + at + i * 8, sizeof word);
			if (word != guard_word(at))
				return false;
		}
		memset(r->base + at, 0, GUARD);
	}
	return true;
}

static bool write_first(const struct result *r)
{
	uint64_t left = r->used < FIRST_ROOM ? r->used : FIRST_ROOM, done = 0;

	while (done < left) {
		ssize_t n = pwrite(r->fd, r->base + done, (size_t)(left - done), (off_t)done);

		if (n < 0 && errno != EINTR)
			return false;
		done += n > 0 ? (uint64_t)n : 0;
	}
	return true;
}

static bool write_file(struct result *r)
{
	return open_file(r) && write_first(r) && ftruncate(r->fd, (off_t)r->used) == 0 && close_file(r);
}

enum wire_end results_end(struct results *all, uint32_t i, char *place, uint64_t room, bool *placed)
{
	struct result *r = &all->all[i];
	struct flat_head head = { .version = FLAT_IS, .header = FLAT_HEAD, .type = r->type, .length = r->used };

	if (!guards_hold(r))
		return WIRE_OVERRUN;
	memcpy(head.magic, flat_magic, sizeof head.magic);
	memcpy(r->base, &head, sizeof head);
	if (r->absent)
		r->used = 0;
	*placed = !r->path || (room && r->fd < 0 && r->used <= room);
	if (!r->path)
		return WIRE_DONE;
	if (r->absent && !*placed)
		return close_file(r) && (unlink(r->path) == 0 || errno == ENOENT) ? WIRE_DONE : WIRE_NO_ROOM;
	if (*placed) {
		memcpy(place, r->base, (size_t)r->used);
		return WIRE_DONE;
	}
	return write_file(r) ? WIRE_DONE : WIRE_NO_ROOM;
}

void results_drop(struct results *all)
{
	for (uint32_t i = 0; i < all->count; i++)
		if (!close_file(&all->all[i]))
			say("calc: a result's file cannot be closed");
	all->count = 0;
}

struct result *results_of(const struct results *all, const void *p)
{
	for (uint32_t i = 0; i < all->count; i++) {
		struct result *r = &all->all[i];
		uint64_t limit = r->reserved ? (uint64_t)MOST_IMAGE + PAGE : r->mapped;

		if ((uintptr_t)p >= (uintptr_t)r->base && (uintptr_t)p - (uintptr_t)r->base < limit)
			return r;
	}
	return NULL;
}
