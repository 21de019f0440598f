/*
 * Locks that outlive the quarterback's process: descriptors travel through a pair of sockets of which the guard has both ends. What a child
 * sends stands there until the guard takes it, which it does when that child is dead; so it has nothing to do meanwhile.
 */
#include "tools/quarterback.h"

#include <errno.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <unistd.h>
#include "base/mem.h"

enum { AT_ONCE = 200 };		/* descriptors in a message: the kernel takes 253 */

struct quarterback_locks {
	int send, receive;
	int *fd;
	uint32_t count;
	size_t cap;
};
union control {
	struct cmsghdr head;	/* aligns it */
	char bytes[CMSG_SPACE(AT_ONCE * sizeof(int))];
};

struct quarterback_locks *quarterback_locks_new(void)
{
	struct quarterback_locks *l;
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0)
		return NULL;
	l = mem_zalloc(1, sizeof *l);
	l->send = ends[0];
	l->receive = ends[1];
	return l;
}

void quarterback_locks_free(struct quarterback_locks *l)
{
	if (!l)
		return;
	for (uint32_t i = 0; i < l->count; i++)
		close(l->fd[i]);
	close(l->send);
	close(l->receive);
	mem_free(l->fd);
	mem_free(l);
}

static bool send_some(const struct quarterback_locks *l, const int *fd, uint32_t count)
{
	union control control = { .bytes = { 0 } };
	char byte = 0;
	struct iovec text = { &byte, 1 };
	struct msghdr m = { .msg_iov = &text, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = CMSG_SPACE(count * sizeof *fd) };
	struct cmsghdr *head = CMSG_FIRSTHDR(&m);

	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	head->cmsg_len = CMSG_LEN(count * sizeof *fd);
	memcpy(CMSG_DATA(head), fd, count * sizeof *fd);
	return sendmsg(l->send, &m, MSG_NOSIGNAL) == 1;
}

bool quarterback_locks_keep(struct quarterback_locks *l, const int *fd, uint32_t count)
{
	for (uint32_t at = 0; at < count; at += AT_ONCE)
		if (!send_some(l, fd + at, count - at < AT_ONCE ? count - at : AT_ONCE))
			return false;
	return true;
}

void quarterback_locks_take(struct quarterback_locks *l)
{
	for (;;) {
		union control control;
		char byte;
		struct iovec text = { &byte, 1 };
		struct msghdr m = { .msg_iov = &text, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes };
		ssize_t n = recvmsg(l->receive, &m, MSG_CMSG_CLOEXEC);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return;
		for (struct cmsghdr *head = CMSG_FIRSTHDR(&m); head; head = CMSG_NXTHDR(&m, head)) {
			size_t count = (head->cmsg_len - CMSG_LEN(0)) / sizeof *l->fd;

			if (head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS)
				continue;
			l->fd = mem_grow(l->fd, &l->cap, l->count + count, sizeof *l->fd);
			memcpy(l->fd + l->count, CMSG_DATA(head), count * sizeof *l->fd);
			l->count += (uint32_t)count;
		}
	}
}

void quarterback_locks_leave(struct quarterback_locks *l)
{
	for (uint32_t i = 0; i < l->count; i++)
		(void)!flock(l->fd[i], LOCK_UN);	/* those that the run still used, it has closed */
}

const int *quarterback_locks_kept(const struct quarterback_locks *l, uint32_t *count)
{
	*count = l->count;
	return l->fd;
}
