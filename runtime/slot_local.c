/*
 * Slots on this machine: a guard (guard.h) is forked for each, joined by a socket pair. The stream ends when worker and
 * guard are both gone. Should somebody kill a guard, its orphans come to us (a subreaper), are known by the guard's
 * session, and die before the slot is called lost.
 */
#include "runtime/slot.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "base/mem.h"
#include "runtime/guard.h"
#include "runtime/slot_inner.h"
#include "runtime/worker_clear.h"

enum { FIRST_WAIT_MS = 20, LONGEST_WAIT_MS = 5000, PATIENCE_TRIES = 25000, TRY_NS = 200000 };

static void restart(void *ctx);

static void restart_later(struct slot *s)
{
	loop_timer_cancel(s->timer);
	s->timer = loop_timer(s->all->loop, s->wait_ms, restart, s);
	s->wait_ms = s->wait_ms == 0 ? FIRST_WAIT_MS : s->wait_ms * 2 < LONGEST_WAIT_MS ? s->wait_ms * 2 : LONGEST_WAIT_MS;
}

static pid_t fork_guard(struct slot *s, int fd)
{
	pid_t parent = getpid(), pid;
	sigset_t all, before;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);	/* our handlers must not run in the child */
	pid = fork();
	if (pid == 0)
		guard_local(&(struct guard_child){ .fd = fd, .slot = s->index, .how = s->all->isolation, .parent = parent,
						   .sight = s->sight });
	sigprocmask(SIG_SETMASK, &before, NULL);
	return pid;
}

static bool start(struct slot *s)
{
	int fd[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd) != 0)
		return false;
	s->how = s->all->isolation;
	pid = fork_guard(s, fd[1]);
	close(fd[1]);
	if (pid < 0) {
		close(fd[0]);
		return false;
	}
	s->guard = pid;
	return slot_connect(s, fd[0]);
}

/* The guard is ending, as a rule; one that is not (its worker spoke nonsense) is told to, and in the end killed. */
static int wait_guard(pid_t guard)
{
	int status = 0;

	for (int i = 0; i < PATIENCE_TRIES; i++) {
		pid_t pid = waitpid(guard, &status, WNOHANG);

		if (pid == guard || (pid < 0 && errno != EINTR))
			return status;
		if (i == 1)
			kill(guard, SIGTERM);
		nanosleep(&(struct timespec){ .tv_nsec = TRY_NS }, NULL);
	}
	kill(guard, SIGKILL);
	while (waitpid(guard, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

/* Nothing of the slot lives after this. */
static void end_guard(struct slot *s)
{
	int status;

	if (s->guard <= 0)
		return;
	status = wait_guard(s->guard);
	if (!WIFEXITED(status))
		clear_session(s->guard);
	else if (WEXITSTATUS(status) == GUARD_NOT_PERMITTED && s->all->isolation == s->how && s->how < SLOT_SUBREAPER) {
		s->all->isolation = s->how + 1;
		s->wait_ms = 0;
	}
	s->guard = 0;
}

static void broken(struct slot *s, const char *why)
{
	end_guard(s);
	if (s->how < s->all->isolation)
		s->wait_ms = 0;		/* it was not a death: the next kind is tried at once */
	else if (s->state != SLOT_ABSENT && s->wait_ms > FIRST_WAIT_MS)
		s->wait_ms = FIRST_WAIT_MS;	/* it could live: somebody killed it */
	slot_lose(s, why);
	s->stopping = false;
	if (!s->parked)
		restart_later(s);
}

static void restart(void *ctx)
{
	struct slot *s = ctx;

	s->timer = NULL;
	if (!start(s)) {
		end_guard(s);
		restart_later(s);
	}
}

static void release(struct slots *all)
{
	for (uint32_t i = 0; i < all->count; i++)
		if (all->slot[i].guard > 0)
			kill(all->slot[i].guard, SIGTERM);
	for (uint32_t i = 0; i < all->count; i++) {
		slot_disconnect(&all->slot[i]);
		end_guard(&all->slot[i]);
	}
}

static struct slots *make(struct loop *l, uint32_t count, enum slot_isolation best, const struct slot_events *ev)
{
	struct slots *all = slots_new(l, count, ev);

	all->broken = broken;
	all->release = release;
	all->isolation = best;
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	return all;
}

struct slots *slots_local_as(struct loop *l, uint32_t count, enum slot_isolation best, const struct slot_events *ev)
{
	struct slots *all = make(l, count, best, ev);

	for (uint32_t i = 0; i < count; i++)
		restart(&all->slot[i]);
	return all;
}

struct slots *slots_local_parked(struct loop *l, uint32_t count, enum slot_isolation best, const struct slot_sight *sight,
				 const struct slot_events *ev)
{
	struct slots *all = make(l, count, best, ev);

	for (uint32_t i = 0; i < count; i++) {
		all->slot[i].parked = true;
		all->slot[i].sight = &sight[i];
	}
	return all;
}

/* While its last worker is still ending, the end of that makes the next one. */
void slot_start(struct slots *all, uint32_t slot)
{
	struct slot *s = &all->slot[slot];

	if (!s->parked)
		return;
	s->parked = false;
	s->wait_ms = 0;
	if (s->guard <= 0)
		restart(s);
}

/* Nobody waits for it here: the end of the stream tells when it is gone. */
void slot_stop(struct slots *all, uint32_t slot)
{
	struct slot *s = &all->slot[slot];

	if (s->parked)
		return;
	s->parked = true;
	s->state = SLOT_ABSENT;
	s->instance = s->token = 0;
	s->kill = KILL_NO;
	loop_timer_cancel(s->timer);
	s->timer = NULL;
	if (s->guard > 0) {
		s->stopping = true;
		kill(s->guard, SIGTERM);
	}
}

struct slots *slots_local(struct loop *l, uint32_t count, const struct slot_events *ev)
{
	return slots_local_as(l, count, SLOT_PID_NAMESPACE, ev);
}
