/*
 * One run at a time writes a state on a share: the locks of a run, from before it reads what stands there until its results are published.
 * A lock is the kernel's (flock), on a file beside the state's log: of a process that is killed it is gone, unless the pod's guard keeps the
 * descriptor for the next (host_options.keep).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "base/file.h"
#include "base/mem.h"
#include "runtime/states_inner.h"

enum { TRY_MS = 50 };

/* ---- what an earlier life of the process left with the guard ---- */

/* One of the descriptors, or -1. */
static int kept_for(const struct host_options *o, const struct stat *wanted)
{
	struct stat st;

	for (uint32_t i = 0; i < o->kepts; i++)
		if (fstat(o->kept[i], &st) == 0 && st.st_dev == wanted->st_dev && st.st_ino == wanted->st_ino)
			return o->kept[i];
	return -1;
}

static bool keep(const struct states_opening *op, const int *fd, uint32_t count)
{
	const struct host_options *o = op->o->host;

	if (!o->keep || !count || o->keep(o->ctx, fd, count))
		return true;
	buf_printf(op->error, "locks of states cannot be kept: %s", strerror(errno));
	return false;
}

/* ---- one lock ---- */

/* Other pods may hold it for hours: the pod must be able to end meanwhile. */
static bool wait_for(const struct states_opening *op, int fd, bool *taken)
{
	*taken = false;
	while (!*taken) {
		if (flock(fd, LOCK_EX | (op->o->ends ? LOCK_NB : 0)) == 0)
			*taken = true;
		else if (errno != EINTR && errno != EWOULDBLOCK)
			return false;
		else if (op->o->ends && op->o->ends(op->o->ctx))
			return true;
		else if (op->o->ends)
			nanosleep(&(struct timespec){ .tv_nsec = TRY_MS * 1000000L }, NULL);
	}
	return true;
}

/* The file is open. */
static bool take_lock(const struct states_opening *op, uint32_t state)
{
	struct state *st = &op->s->state[state];
	const char *name = op->s->plan->state[state].name;
	struct buf message = BUF_INIT, path = BUF_INIT;
	bool taken = true, ok = true;

	buf_printf(&path, "%s.lock", st->base);
	if (flock(st->lock, LOCK_EX | LOCK_NB) != 0) {
		ok = errno == EWOULDBLOCK || errno == EINTR || states_failed(op, state, "lock", path.p);
		buf_printf(&message, "state `%s` is in the hands of another run, which is waited for (%s)", name, path.p);
		if (ok && op->o->waits)
			op->o->waits(op->o->ctx, message.p);
		ok = ok && (wait_for(op, st->lock, &taken) || states_failed(op, state, "lock", path.p));
	}
	if (ok && !taken) {
		buf_printf(op->error, "state `%s` was in the hands of another run until this one was to end (%s)", name, path.p);
		*op->outcome = HOST_DRAINED;
	}
	buf_release(&message);
	buf_release(&path);
	return ok && taken;
}

void states_leave_lock(struct state *st)
{
	if (st->lock < 0)
		return;
	(void)!flock(st->lock, LOCK_UN);	/* the guard may have the descriptor, too */
	close(st->lock);
	st->lock = -1;
}

/* ---- all of them ---- */

struct in_order { ino_t ino; dev_t dev; uint32_t state; };

/* The file's number first: it is the same on all machines that have the share. */
static int by_file(const void *va, const void *vb)
{
	const struct in_order *a = va, *b = vb;

	if (a->ino != b->ino)
		return a->ino < b->ino ? -1 : 1;
	if (a->dev != b->dev)
		return a->dev < b->dev ? -1 : 1;
	return a->state < b->state ? -1 : a->state > b->state;
}

static bool open_lock(const struct states_opening *op, uint32_t state, struct in_order *out)
{
	struct state *s = &op->s->state[state];
	struct buf path = BUF_INIT;
	struct stat st;
	int kept;
	bool ok;

	buf_printf(&path, "%.*s", (int)(strrchr(s->base, '/') - s->base), s->base);
	ok = file_mkdirs(path.p, 0777) || states_failed(op, state, "make", path.p);
	buf_clear(&path);
	buf_printf(&path, "%s.lock", s->base);
	if (ok) {
		s->lock = open(path.p, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
		ok = s->lock >= 0 && fstat(s->lock, &st) == 0;
		if (!ok)
			states_failed(op, state, "open", path.p);
	}
	kept = ok ? kept_for(op->o->host, &st) : -1;
	if (kept >= 0) {
		close(s->lock);
		s->lock = kept;
		s->kept = true;
	}
	if (ok)
		*out = (struct in_order){ st.st_ino, st.st_dev, state };
	buf_release(&path);
	return ok;
}

static bool refuse_two(const struct states_opening *op, uint32_t a, uint32_t b)
{
	const struct states *s = op->s;

	buf_printf(op->error, "states `%s` and `%s` both stand at %s", s->plan->state[a].name, s->plan->state[b].name, s->state[b].path);
	*op->outcome = HOST_WRONG_INPUT;
	return false;
}

/* In one order for all runs. Who only reads takes the version that there is, whole. */
bool states_take_locks(const struct states_opening *op)
{
	struct states *s = op->s;
	struct in_order *order = mem_alloc((s->plan->states + 1) * sizeof *order);
	int *fresh = mem_alloc((s->plan->states + 1) * sizeof *fresh);
	uint32_t count = 0, freshes = 0;
	bool ok = true;

	for (uint32_t i = 0; ok && i < s->plan->states; i++)
		if (s->state[i].path && s->state[i].has_writer && s->plan->state[i].mode != PLAN_SYNC)
			ok = open_lock(op, i, &order[count++]);
	if (ok && count)
		qsort(order, count, sizeof *order, by_file);
	for (uint32_t i = 1; ok && i < count; i++)
		if (order[i].ino == order[i - 1].ino && order[i].dev == order[i - 1].dev)
			ok = refuse_two(op, order[i - 1].state, order[i].state);
	for (uint32_t i = 0; ok && i < count; i++) {
		ok = take_lock(op, order[i].state);
		if (ok && !s->state[order[i].state].kept)
			fresh[freshes++] = s->state[order[i].state].lock;
	}
	ok = ok && keep(op, fresh, freshes);
	mem_free(order);
	mem_free(fresh);
	return ok;
}
