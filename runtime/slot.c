/*
 * Slots: the protocol of a host, the state of each slot, and the calls of slot.h. A worker's word is taken only for the
 * dispatch that it was given, told by token and nonce; whoever says anything else loses its connection.
 */
#include "runtime/slot.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>
#include "base/mem.h"
#include "runtime/slot_inner.h"

struct slots *slots_new(struct loop *l, uint32_t count, const struct slot_events *ev)
{
	struct slots *all = mem_zalloc(1, sizeof(*all));

	all->loop = l;
	all->ev = *ev;
	all->count = count;
	all->slot = mem_zalloc(count, sizeof(*all->slot));
	for (uint32_t i = 0; i < count; i++) {
		struct slot *s = &all->slot[i];

		s->all = all;
		s->index = i;
		s->fd = s->listener = -1;
		proto_reader_init(&s->in, PROTO_TO_HOST);
	}
	return all;
}

void slots_free(struct slots *all)
{
	if (!all)
		return;
	all->release(all);
	for (uint32_t i = 0; i < all->count; i++) {
		struct slot *s = &all->slot[i];

		slot_disconnect(s);
		loop_timer_cancel(s->timer);
		proto_reader_release(&s->in);
		buf_release(&s->out);
	}
	mem_free(all->slot);
	mem_free(all->dir);
	mem_free(all->plan_hash);
	mem_free(all);
}

/* ---- the connection ---- */

void slot_disconnect(struct slot *s)
{
	loop_unwatch(s->watch);
	s->watch = NULL;
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
	buf_clear(&s->out);
}

static void breaks(struct slot *s, const char *why)
{
	slot_disconnect(s);
	s->all->broken(s, why);
}

/* A broken pipe is found out by reading, where what came before it is still got. */
static void flush(struct slot *s)
{
	size_t done = 0;

	while (s->fd >= 0 && done < s->out.len) {
		ssize_t n = send(s->fd, s->out.p + done, s->out.len - done, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n >= 0)
			done += (size_t)n;
		else if (errno != EINTR)
			break;
	}
	if (done == s->out.len) {
		buf_clear(&s->out);
	} else {
		memmove(s->out.p, s->out.p + done, s->out.len - done);
		s->out.len -= done;
	}
	if (s->watch)
		loop_watch_set(s->watch, s->out.len > 0 ? LOOP_READ | LOOP_WRITE : LOOP_READ);
}

static bool say(struct slot *s, const struct proto_message *m)
{
	if (!proto_write(m, &s->out))
		return false;
	flush(s);
	return true;
}

static void say_kill(struct slot *s)
{
	if (s->fd >= 0 && s->kill != KILL_NO)
		say(s, &(struct proto_message){ .kind = PROTO_KILL, .token = s->token, .now = s->kill == KILL_NOW });
}

/* ---- what a worker says ---- */

static void become_idle(struct slot *s)
{
	s->state = SLOT_IDLE;
	s->token = 0;
	s->kill = KILL_NO;
	s->all->ev.ready(s->all->ev.ctx, s->index, s->incarnation);
}

void slot_lose(struct slot *s, const char *why)
{
	bool known = s->state == SLOT_IDLE || s->state == SLOT_BUSY;

	s->state = SLOT_ABSENT;
	s->instance = s->token = 0;
	s->kill = KILL_NO;
	if (known)
		s->all->ev.lost(s->all->ev.ctx, s->index, s->incarnation, why);
}

static bool adopts(const struct slot *s, uint64_t token)
{
	const struct slot_events *ev = &s->all->ev;

	return token && ev->adopt && ev->adopt(ev->ctx, s->index, s->incarnation, token);
}

/* A worker that we do not know: one just made, or one whose host was another. */
static void greet_new(struct slot *s, const struct proto_message *hello)
{
	uint64_t claim = hello->token ? hello->token : hello->last;

	s->instance = hello->instance;
	s->home = hello->guard;
	s->incarnation++;
	s->said_started = false;
	s->kill = KILL_NO;
	s->token = claim;
	s->any_nonce = true;
	if (adopts(s, claim)) {
		s->state = SLOT_BUSY;
	} else if (hello->token) {
		s->state = SLOT_CLEARING;
		s->kill = KILL_NOW;
		say_kill(s);
	} else {
		s->repeated = hello->last;
		become_idle(s);
	}
}

/* It was away; what it ran went on, has ended (and it will say so), or never reached it: then the dispatch is lost. */
static void greet_again(struct slot *s, const struct proto_message *hello)
{
	if (s->state == SLOT_BUSY && hello->token != s->token && (hello->token || hello->last != s->token)) {
		slot_lose(s, "the step did not reach its worker");
		greet_new(s, hello);
		return;
	}
	say_kill(s);
}

void slot_greet(struct slot *s, const struct proto_message *hello)
{
	s->repeated = 0;
	say(s, &(struct proto_message){ .kind = PROTO_WELCOME, .version = PROTO_VERSION, .incarnation = s->incarnation });
	if (s->instance && s->instance == hello->instance) {
		greet_again(s, hello);
		return;
	}
	if (s->instance)
		slot_lose(s, "the worker died");
	greet_new(s, hello);
}

uint64_t slot_guard(const struct slots *s, uint32_t slot)
{
	return s->slot[slot].home;
}

static bool is_ours(const struct slot *s, const struct proto_message *m)
{
	return (s->state == SLOT_BUSY || s->state == SLOT_CLEARING) && m->token == s->token &&
	       (s->any_nonce || m->nonce == s->nonce);
}

static bool on_started(struct slot *s, const struct proto_message *m)
{
	if (!is_ours(s, m))
		return false;
	if (s->state == SLOT_BUSY && !s->said_started)
		s->all->ev.started(s->all->ev.ctx, s->index, m->token, (int)m->pid);
	s->said_started = true;
	return true;
}

static bool on_ended(struct slot *s, const struct proto_message *m)
{
	struct slot_result r;

	if (!is_ours(s, m)) {
		bool known = m->token == s->repeated;

		s->repeated = 0;
		return known;
	}
	if (s->state == SLOT_CLEARING) {
		become_idle(s);
		return true;
	}
	proto_result_of_ended(&r, m);
	s->state = SLOT_IDLE;
	s->token = 0;
	s->kill = KILL_NO;
	s->wait_ms = 0;		/* it works: a death after this is a new one */
	s->all->ev.ended(s->all->ev.ctx, s->index, &r);
	return true;
}

static bool handle(struct slot *s, const struct proto_message *m)
{
	if (s->stopping)
		return true;
	switch (m->kind) {
	case PROTO_HELLO:
		if (s->instance || s->all->dir)		/* of a listening slot it came before */
			return false;
		slot_greet(s, m);
		return true;
	case PROTO_STARTED:
		return on_started(s, m);
	case PROTO_ENDED:
		return on_ended(s, m);
	case PROTO_BYE:		/* the end of the stream follows; nothing runs there, nor will what it did not read */
		if (s->state == SLOT_BUSY)
			slot_lose(s, "the worker was told to end");
		return true;
	default:
		return false;
	}
}

void slot_handle_rest(struct slot *s)
{
	struct proto_message m;
	const char *why = "the worker spoke out of turn";
	int fd = s->fd;

	while (s->fd == fd) {
		enum proto_got got = proto_next(&s->in, &m, &why);

		if (got == PROTO_MORE)
			return;
		if (got == PROTO_BAD || !handle(s, &m)) {
			breaks(s, why);
			return;
		}
	}
}

static void read_worker(struct slot *s)
{
	size_t room;
	void *at = proto_reader_room(&s->in, &room);
	ssize_t n = recv(s->fd, at, room, MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		breaks(s, "the worker died");
		return;
	}
	proto_reader_add(&s->in, (size_t)n);
	slot_handle_rest(s);
}

static void on_events(void *ctx, int fd, int events)
{
	struct slot *s = ctx;

	(void)fd;
	if (events & LOOP_WRITE)
		flush(s);
	if (events & LOOP_READ)
		read_worker(s);
}

bool slot_connect(struct slot *s, int fd)
{
	s->fd = fd;
	proto_reader_clear(&s->in);
	buf_clear(&s->out);
	s->watch = loop_watch(s->all->loop, fd, LOOP_READ, on_events, s);
	if (!s->watch)
		slot_disconnect(s);
	return s->watch != NULL;
}

/* ---- what a host asks for ---- */

/* Nobody who has not read the RUN can say that it ended. */
static uint64_t new_nonce(void)
{
	uint64_t nonce = 0;

	(void)!getrandom(&nonce, sizeof(nonce), 0);
	return nonce;
}

bool slot_run(struct slots *all, uint32_t slot, const struct slot_job *job)
{
	struct slot *s = slot < all->count ? &all->slot[slot] : NULL;
	struct proto_message m;

	if (!s || s->state != SLOT_IDLE || !job->token) {
		errno = EBUSY;
		return false;
	}
	proto_run_of_job(&m, job);
	m.nonce = new_nonce();
	if (!say(s, &m)) {
		errno = E2BIG;
		return false;
	}
	s->state = SLOT_BUSY;
	s->token = job->token;
	s->nonce = m.nonce;
	s->any_nonce = s->said_started = false;
	s->kill = KILL_NO;
	return true;
}

void slot_kill(struct slots *all, uint32_t slot, uint64_t token, bool now)
{
	struct slot *s = slot < all->count ? &all->slot[slot] : NULL;

	if (!s || s->state != SLOT_BUSY || s->token != token || s->kill == KILL_NOW)
		return;
	s->kill = now ? KILL_NOW : KILL_TERM;
	say_kill(s);
}

void slots_kill_all(struct slots *all, bool now)
{
	for (uint32_t i = 0; i < all->count; i++)
		slot_kill(all, i, all->slot[i].token, now);
}

void slots_drain(struct slots *all)
{
	for (uint32_t i = 0; i < all->count; i++)
		if (all->slot[i].fd >= 0 && all->slot[i].state != SLOT_ABSENT)
			say(&all->slot[i], &(struct proto_message){ .kind = PROTO_DRAIN });
}

uint32_t slots_idle(const struct slots *all)
{
	uint32_t idle = 0;

	for (uint32_t i = 0; i < all->count; i++)
		idle += all->slot[i].state == SLOT_IDLE;
	return idle;
}

enum slot_isolation slots_isolation(const struct slots *all)
{
	return all->isolation;
}
