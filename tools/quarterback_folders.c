/*
 * The folders of a pod. What a slot mounts must be there before its container starts, or the kubelet makes it for all the
 * world to write; and it is ours with 2750, so that no slot can make anything directly in it. One is for all slots: data/live, mounted only
 * where a function touches a `sync` state.
 */
#include "tools/quarterback.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>
#include "base/buf.h"
#include "base/file.h"

enum { FOLDER = 02750, LIVE = 02770, PROGRAM = 0755, PROGRAM_MOST = 64 << 20 };

const char *quarterback_path(const struct quarterback *q, const char *rest)
{
	return arena_printf(q->paths, "%s/%s", q->root, rest);
}

void quarterback_say(const char *fmt, ...)
{
	struct buf b = BUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(&b, fmt, ap);
	va_end(ap);
	buf_addch(&b, '\n');
	(void)!file_write_all(STDERR_FILENO, b.p, b.len);	/* a log that cannot be written has no reader */
	buf_release(&b);
}

/* The mode exactly, whatever umask and the folder around it say. */
static bool make_folder(const char *path, mode_t mode)
{
	struct stat st;

	if (mkdir(path, 0700) != 0 && errno != EEXIST) {
		quarterback_say("%s: %s", path, strerror(errno));
		return false;
	}
	if (stat(path, &st) == 0 && (st.st_mode & 07777) == mode)
		return true;
	if (chmod(path, mode) == 0)
		return true;
	quarterback_say("%s: %s", path, strerror(errno));
	return false;
}

/*
 * What one slot makes there, another may write in place, although steps have umask 027: entries of a default access list take its place
 * (acl(5): a version, then tag, rights and id of each). Where the file system has none, a step that makes a file must say so itself.
 */
static bool make_live(const char *path)
{
	static const uint8_t list[] = { 2, 0, 0, 0, /* owner */ 1, 0, 7, 0, 255, 255, 255, 255, /* group */ 4, 0, 7, 0, 255, 255, 255, 255,
		/* others */ 32, 0, 0, 0, 255, 255, 255, 255 };

	if (!make_folder(path, LIVE))
		return false;
	if (setxattr(path, "system.posix_acl_default", list, sizeof list, 0) == 0 || errno == EOPNOTSUPP)
		return true;
	quarterback_say("%s: %s", path, strerror(errno));
	return false;
}

static bool beside_us(struct buf *path, const char *name)
{
	char self[4096];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash;

	if (n <= 0)
		return false;
	self[n] = '\0';
	slash = strrchr(self, '/');
	buf_printf(path, "%.*s/%s", slash ? (int)(slash - self) : 0, self, name);
	return true;
}

static bool copy_worker(const struct quarterback *q)
{
	const char *to = quarterback_path(q, "bin/calc-worker");
	struct buf from = BUF_INIT, program = BUF_INIT;
	bool ok = true;

	if (q->worker)
		buf_addstr(&from, q->worker);
	else
		ok = beside_us(&from, "calc-worker");
	ok = ok && file_read(from.p, PROGRAM_MOST, &program) && file_replace(to, program.p, program.len, PROGRAM, NULL) &&
	     chmod(to, PROGRAM) == 0;
	if (!ok)
		quarterback_say("cannot copy %s to %s: %s", buf_str(&from), to, strerror(errno));
	buf_release(&from);
	buf_release(&program);
	return ok;
}

static bool make_slot(const struct quarterback *q, const char *where, uint32_t slot)
{
	struct buf b = BUF_INIT;
	bool ok;

	buf_printf(&b, "%s/%s/%u", q->root, where, (unsigned)slot);
	ok = make_folder(b.p, FOLDER);
	buf_release(&b);
	return ok;
}

bool quarterback_make_folders(const struct quarterback *q)
{
	static const char *const shared[] = { "data/done", "data/in", "data/sources", "data/slots", "ipc/slots" };

	if (!copy_worker(q))
		return false;
	for (size_t i = 0; i < sizeof(shared) / sizeof(*shared); i++)
		if (!make_folder(quarterback_path(q, shared[i]), FOLDER))
			return false;
	if (!make_live(quarterback_path(q, "data/live")))
		return false;
	for (uint32_t i = 0; i < q->slots; i++)
		if (!make_slot(q, "link", i) || !make_slot(q, "data/slots", i) || !make_slot(q, "ipc/slots", i))
			return false;
	if (file_replace(quarterback_path(q, "ctl/ready"), "", 0, 0640, NULL))
		return true;
	quarterback_say("%s: %s", quarterback_path(q, "ctl/ready"), strerror(errno));
	return false;
}
