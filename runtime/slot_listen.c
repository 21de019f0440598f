/*
 * Slots of a pod: a socket for each, to which the worker of that container connects. Who connects is not trusted: its uid is
 * asked of the kernel, its HELLO must come soon and name the slot and the plan, and while a worker is connected nobody
 * else is heard. When a connection ends the slot is deaf for a moment: its guard needs less to kill whoever, of the
 * same uid, might have killed the worker in order to speak for it.
 */
#include "runtime/slot.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include "base/mem.h"
#include "runtime/slot_inner.h"

enum { BACKLOG = 8, MOST_PENDING = 4, HELLO_MS = 5000, DEAF_MS = 20, LOST_MS = 5000, SOCKET_MODE = 0660 };

struct pending {
	struct pending *next;
	struct slot *slot;
	int fd;
	struct loop_watch *watch;
	struct loop_timer *timer;
	struct proto_reader in;
};

/* ---- connections that have not said who they are ---- */

/* Takes it from the list; its descriptor and reader are the caller's to close or to keep. */
static void unlink_pending(struct pending *p)
{
	struct pending **at = &p->slot->all->pending;

	while (*at != p)
		at = &(*at)->next;
	*at = p->next;
	loop_unwatch(p->watch);
	loop_timer_cancel(p->timer);
}

static void drop_pending(struct pending *p)
{
	unlink_pending(p);
	close(p->fd);
	proto_reader_release(&p->in);
	mem_free(p);
}

static void drop_all_pending(struct slots *all, const struct slot *of)
{
	struct pending *p = all->pending, *next;

	for (; p; p = next) {
		next = p->next;
		if (!of || p->slot == of)
			drop_pending(p);
	}
}

static void on_hello_missing(void *ctx)
{
	struct pending *p = ctx;

	p->timer = NULL;
	drop_pending(p);
}

static void listen_again(void *ctx);

static void be_deaf(struct slot *s)
{
	drop_all_pending(s->all, s);
	loop_watch_set(s->listener_watch, 0);
	loop_timer_cancel(s->timer);
	s->timer = loop_timer(s->all->loop, DEAF_MS, listen_again, s);
}

static bool is_for(const struct slot *s, const struct proto_message *hello)
{
	return hello->kind == PROTO_HELLO && hello->slot == s->index && strcmp(hello->plan_hash, s->all->plan_hash) == 0 &&
	       hello->instance != 0;
}

/* The connection becomes the slot's. What came after HELLO comes with it. */
static void welcome(struct pending *p, const struct proto_message *hello)
{
	struct slot *s = p->slot;
	struct proto_reader in;

	unlink_pending(p);
	if (!slot_connect(s, p->fd)) {
		proto_reader_release(&p->in);
		mem_free(p);
		return;
	}
	in = s->in;
	s->in = p->in;		/* hello lies in its memory */
	proto_reader_release(&in);
	mem_free(p);
	drop_all_pending(s->all, s);
	loop_timer_cancel(s->timer);
	s->timer = NULL;
	slot_greet(s, hello);
	slot_handle_rest(s);
}

static void on_pending(void *ctx, int fd, int events)
{
	struct pending *p = ctx;
	struct proto_message m;
	const char *why;
	size_t room;
	void *at = proto_reader_room(&p->in, &room);
	ssize_t n = recv(fd, at, room, MSG_DONTWAIT);

	(void)events;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		drop_pending(p);
		return;
	}
	proto_reader_add(&p->in, (size_t)n);
	switch (proto_next(&p->in, &m, &why)) {
	case PROTO_MORE:
		return;
	case PROTO_GOT:
		if (is_for(p->slot, &m) && p->slot->fd < 0) {
			welcome(p, &m);
			return;
		}
		break;
	case PROTO_BAD:
		break;
	}
	drop_pending(p);
}

static bool may_connect(const struct slot *s, int fd)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);
	uint32_t pending = 0;

	for (const struct pending *p = s->all->pending; p; p = p->next)
		pending += p->slot == s;
	if (s->fd >= 0 || pending >= MOST_PENDING)
		return false;
	if (s->all->uid_base == UINT32_MAX)
		return true;
	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.uid == s->all->uid_base + s->index;
}

static void on_listener(void *ctx, int fd, int events)
{
	struct slot *s = ctx;
	int peer = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct pending *p;

	(void)events;
	if (peer < 0) {
		if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
			be_deaf(s);	/* no descriptors left: do not spin */
		return;
	}
	if (!may_connect(s, peer)) {
		close(peer);
		return;
	}
	p = mem_zalloc(1, sizeof(*p));
	p->slot = s;
	p->fd = peer;
	proto_reader_init(&p->in, PROTO_TO_HOST);
	p->next = s->all->pending;
	s->all->pending = p;
	p->timer = loop_timer(s->all->loop, HELLO_MS, on_hello_missing, p);
	p->watch = loop_watch(s->all->loop, peer, LOOP_READ, on_pending, p);
	if (!p->watch)
		drop_pending(p);
}

/* ---- a worker that has gone ---- */

static void on_lost(void *ctx)
{
	struct slot *s = ctx;

	s->timer = NULL;
	slot_lose(s, "the worker died and did not come back");
}

static void listen_again(void *ctx)
{
	struct slot *s = ctx;

	s->timer = s->state == SLOT_BUSY && s->fd < 0 ? loop_timer(s->all->loop, LOST_MS, on_lost, s) : NULL;
	loop_watch_set(s->listener_watch, LOOP_READ);
}

/* A worker that ran a step may come back with it. Otherwise whoever connects next says by its instance that the one before is
 * dead, as its guard makes no second one while anything of the first lives; or nobody comes for LOST_MS: then its
 * container is gone. */
static void broken(struct slot *s, const char *why)
{
	if (s->state != SLOT_BUSY)
		slot_lose(s, why);
	be_deaf(s);
}

/* ---- making ---- */

static bool listen_at(struct slot *s, const char *dir, struct buf *error)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int len = snprintf(at.sun_path, sizeof(at.sun_path), "%s/%u/socket", dir, (unsigned)s->index);

	if (len < 0 || (size_t)len >= sizeof(at.sun_path)) {
		buf_printf(error, "%s/%u/socket: longer than the name of a socket may be", dir, (unsigned)s->index);
		return false;
	}
	s->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (unlink(at.sun_path) != 0 && errno != ENOENT)
		goto failed;
	if (s->listener < 0 || bind(s->listener, (struct sockaddr *)&at, sizeof(at)) != 0 ||
	    chmod(at.sun_path, SOCKET_MODE) != 0 || listen(s->listener, BACKLOG) != 0)
		goto failed;
	s->listener_watch = loop_watch(s->all->loop, s->listener, LOOP_READ, on_listener, s);
	if (s->listener_watch)
		return true;
failed:
	buf_printf(error, "%s: %s", at.sun_path, strerror(errno));
	return false;
}

static void release(struct slots *all)
{
	drop_all_pending(all, NULL);
	for (uint32_t i = 0; i < all->count; i++) {
		loop_unwatch(all->slot[i].listener_watch);
		if (all->slot[i].listener >= 0)
			close(all->slot[i].listener);
	}
}

struct slots *slots_listen(struct loop *l, const char *dir, uint32_t count, uint32_t uid_base, const char *plan_hash,
			   const struct slot_events *ev, struct buf *error)
{
	struct slots *all = slots_new(l, count, ev);

	all->broken = broken;
	all->release = release;
	all->dir = mem_strdup(dir);
	all->plan_hash = mem_strdup(plan_hash);
	all->uid_base = uid_base;
	all->isolation = SLOT_PID_NAMESPACE;	/* a container is one */
	for (uint32_t i = 0; i < count; i++) {
		if (!listen_at(&all->slot[i], dir, error)) {
			slots_free(all);
			return NULL;
		}
	}
	return all;
}
