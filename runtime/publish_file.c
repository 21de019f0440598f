/*
 * Files on shares. The temporary name follows from the final one, so that what a kill left is met and removed by the next
 * try; it is linked through its descriptor, so that only our own bytes can get the final name.
 */
#include "runtime/publish_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/buf.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/mem.h"
#include "runtime/share.h"

enum { PART = 1 << 18 };

static void close_quietly(int fd)
{
	int why = errno;

	if (fd >= 0)
		close(fd);
	errno = why;
}

static ssize_t read_part(int fd, char *part)
{
	size_t got = 0;

	while (got < PART) {
		ssize_t n = read(fd, part + got, PART - got);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		got += (size_t)n;
	}
	return (ssize_t)got;
}

static enum publish_seen compare_open(int a, int b, int pulse)
{
	char *parts = mem_alloc(2 * PART);
	enum publish_seen seen = PUBLISH_EQUAL;
	ssize_t n = 1;

	while (seen == PUBLISH_EQUAL && n > 0) {
		ssize_t m;

		n = read_part(a, parts);
		m = read_part(b, parts + PART);
		if (n < 0 || m < 0)
			seen = PUBLISH_UNREADABLE;
		else if (n != m || memcmp(parts, parts + PART, (size_t)n) != 0)
			seen = PUBLISH_OTHER;
		share_pulse(pulse);
	}
	mem_free(parts);
	return seen;
}

enum publish_seen publish_compare(const char *from, const char *to, int pulse)
{
	int a = open(from, O_RDONLY | O_CLOEXEC), b;
	struct stat sa, sb;
	enum publish_seen seen;

	if (a < 0)
		return PUBLISH_UNREADABLE;
	b = open(to, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW);
	if (b < 0)
		seen = errno == ENOENT ? PUBLISH_ABSENT : errno == ELOOP || errno == ENXIO ? PUBLISH_OTHER : PUBLISH_UNREADABLE;
	else if (fstat(a, &sa) != 0 || fstat(b, &sb) != 0)
		seen = PUBLISH_UNREADABLE;
	else if (!S_ISREG(sb.st_mode) || sa.st_size != sb.st_size)
		seen = PUBLISH_OTHER;
	else
		seen = compare_open(a, b, pulse);
	close_quietly(a);
	close_quietly(b);
	return seen;
}

/* ---- temporary files ---- */

static void temporary_name(const char *to, struct buf *temp)
{
	const char *slash = strrchr(to, '/');
	uint8_t digest[32];
	char hex[65];

	sha256_of(to, strlen(to), digest);
	sha256_hex(digest, hex);
	buf_printf(temp, "%.*s/.calc-publish.%.24s", slash ? (int)(slash - to) : 1, slash ? to : ".", hex);
}

static int open_temporary(const char *temp)
{
	int fd = open(temp, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);

	if (fd < 0 && errno == EEXIST && unlink(temp) == 0)
		fd = open(temp, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
	return fd;
}

/* `fd` is open at `temp`, written to its end. Closes it; errno says what failed. */
static bool sync_and_link(int fd, const char *temp, const char *to)
{
	char self[40];
	int why = 0;

	snprintf(self, sizeof self, "/proc/self/fd/%d", fd);
	if (fsync(fd) != 0 || linkat(AT_FDCWD, self, AT_FDCWD, to, AT_SYMLINK_FOLLOW) != 0)
		why = errno;
	if (close(fd) != 0 && why == 0) {	/* a network file system may say only now that it has no room */
		why = errno;
		unlink(to);
	}
	unlink(temp);
	errno = why;
	return why == 0;
}

static bool copy_open(int in, int out, int pulse)
{
	char *part = mem_alloc(PART);
	ssize_t n;
	bool ok = true;

	while (ok && (n = read_part(in, part)) != 0) {
		ok = n > 0 && file_write_all(out, part, (size_t)n);
		share_pulse(pulse);
	}
	mem_free(part);
	return ok;
}

void publish_clear(const char *to)
{
	struct buf temp = BUF_INIT;

	temporary_name(to, &temp);
	unlink(temp.p);
	buf_release(&temp);
}

enum publish_seen publish_copy(const char *from, const char *to, int pulse)
{
	struct buf temp = BUF_INIT;
	int in = open(from, O_RDONLY | O_CLOEXEC), out = -1;
	enum publish_seen seen = PUBLISH_UNREADABLE;

	temporary_name(to, &temp);
	if (in >= 0)
		out = open_temporary(temp.p);
	if (out >= 0 && !copy_open(in, out, pulse)) {
		int why = errno;

		close(out);
		unlink(temp.p);
		errno = why;
	} else if (out >= 0) {
		if (sync_and_link(out, temp.p, to))
			seen = PUBLISH_EQUAL;
		else if (errno == EEXIST)
			seen = publish_compare(from, to, pulse);
	}
	close_quietly(in);
	buf_release(&temp);
	return seen;
}

/* `fd` is open at `temp`, and everything was written unless !ok. Closes it; errno says what failed. */
static bool sync_and_rename(int fd, const char *temp, const char *to, bool ok)
{
	int why;

	ok = ok && fsync(fd) == 0;
	why = errno;
	if (close(fd) != 0 && ok) {
		ok = false;
		why = errno;
	}
	if (ok && rename(temp, to) != 0) {
		ok = false;
		why = errno;
	}
	if (!ok) {
		unlink(temp);
		errno = why;
	}
	return ok;
}

bool publish_replace(const char *from, const char *to, int pulse)
{
	struct buf temp = BUF_INIT;
	int in = open(from, O_RDONLY | O_CLOEXEC), out = -1;
	bool ok;

	temporary_name(to, &temp);
	if (in >= 0)
		out = open_temporary(temp.p);
	ok = out >= 0 && sync_and_rename(out, temp.p, to, copy_open(in, out, pulse));
	close_quietly(in);
	buf_release(&temp);
	return ok;
}

bool publish_text_again(const char *to, const char *text, size_t len)
{
	struct buf temp = BUF_INIT;
	int out;
	bool ok;

	temporary_name(to, &temp);
	out = open_temporary(temp.p);
	ok = out >= 0 && sync_and_rename(out, temp.p, to, file_write_all(out, text, len)) && publish_sync_parent(to);
	buf_release(&temp);
	return ok;
}

bool publish_text(const char *to, const char *text, size_t len)
{
	struct buf temp = BUF_INIT;
	int out;
	bool ok = false;

	temporary_name(to, &temp);
	out = open_temporary(temp.p);
	if (out >= 0 && !file_write_all(out, text, len)) {
		close_quietly(out);
		unlink(temp.p);
	} else if (out >= 0) {
		ok = sync_and_link(out, temp.p, to);
		if (!ok && errno == EEXIST) {
			struct buf there = BUF_INIT;

			ok = file_read(to, len, &there) && there.len == len && memcmp(there.p, text, len) == 0;
			buf_release(&there);
			errno = EEXIST;
		}
	}
	ok = ok && publish_sync_parent(to);
	buf_release(&temp);
	return ok;
}

bool publish_digest(const char *path, int pulse, char sha[65], uint64_t *size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct sha256 *h;
	char *part;
	uint8_t digest[32];
	ssize_t n = 0;

	if (fd < 0)
		return false;
	h = sha256_new();
	part = mem_alloc(PART);
	*size = 0;
	while ((n = read_part(fd, part)) > 0) {
		sha256_add(h, part, (size_t)n);
		*size += (uint64_t)n;
		share_pulse(pulse);
	}
	sha256_end(h, digest);
	sha256_hex(digest, sha);
	mem_free(part);
	close_quietly(fd);
	return n == 0;
}

/* ---- folders ---- */

bool publish_parents(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *folder;
	bool ok;

	if (!slash || slash == path)
		return true;
	folder = mem_strndup(path, (size_t)(slash - path));
	ok = file_exists(folder) || file_mkdirs(folder, 0777);
	mem_free(folder);
	return ok;
}

bool publish_sync(const char *folder)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool ok = fd >= 0 && fsync(fd) == 0;

	close_quietly(fd);
	return ok;
}

bool publish_sync_parent(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *folder = slash ? mem_strndup(path, slash == path ? 1 : (size_t)(slash - path)) : mem_strdup(".");
	bool ok = publish_sync(folder);

	mem_free(folder);
	return ok;
}

bool publish_move_aside(const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	struct buf to = BUF_INIT;
	struct stat st;
	unsigned n = 1;
	bool ok;

	do {
		buf_clear(&to);
		buf_printf(&to, "%.*s.%s.replaced-%u", (int)(name - path), path, name, n++);
	} while (lstat(to.p, &st) == 0);
	ok = rename(path, to.p) == 0;
	buf_release(&to);
	return ok;
}
