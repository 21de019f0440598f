/*
 * Which attempt each slot began last: a row for each in data/begun, overwritten in place, so that it costs one short write where a
 * record of its own in the journal would cost a commit. A row is written before its attempt can start and outlives a kill; it
 * lies in one page, which no kill tears. No slot can write the file.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>
#include "runtime/store.h"
#include "runtime/store_inner.h"

static const char file[] = "begun";

struct row { uint32_t attempt; char key[252]; };	/* attempt 0: none */
_Static_assert(sizeof(struct row) == 256, "rows do not cross pages");

bool begun_open(struct store *s, bool empty, struct buf *error)
{
	if (getrandom(&s->instance, sizeof s->instance, 0) != (ssize_t)sizeof s->instance)
		return store_failed(error, "name the folders of", s->data);
	s->begun = openat(s->top, file, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | (empty ? O_TRUNC : 0), 0640);
	return s->begun >= 0 || store_failed(error, "make", file);
}

bool begun_write(const struct store *s, uint32_t slot, const char *key, uint32_t attempt, struct buf *error)
{
	struct row row = { .attempt = attempt };
	size_t len = strlen(key);
	ssize_t n;

	if (len >= sizeof row.key) {
		errno = ENAMETOOLONG;
		return store_failed(error, "write down the attempt", key);
	}
	memcpy(row.key, key, len);
	n = pwrite(s->begun, &row, sizeof row, (off_t)slot * (off_t)sizeof row);
	if (n >= 0 && n < (ssize_t)sizeof row)
		errno = ENOSPC;
	return n == (ssize_t)sizeof row || store_failed(error, "write", file);
}

/* An earlier run may have had more slots. */
bool begun_each(const struct store *s, void (*found)(void *ctx, const char *key, uint32_t attempt), void *ctx, struct buf *error)
{
	struct row row;
	off_t at = 0;
	ssize_t n;

	while ((n = pread(s->begun, &row, sizeof row, at)) == (ssize_t)sizeof row) {
		at += n;
		row.key[sizeof row.key - 1] = '\0';
		if (row.attempt && row.key[0])
			found(ctx, row.key, row.attempt);
	}
	return n >= 0 || store_failed(error, "read", file);
}

bool begun_clear(const struct store *s, struct buf *error)
{
	return ftruncate(s->begun, 0) == 0 || (error && store_failed(error, "empty", file));
}
