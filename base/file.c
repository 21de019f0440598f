/*
 * Files. The registry of temporary files is process state on purpose: a signal handler has no context. Its slots
 * are written whole (one pointer), so that the handler sees a path or none.
 */
#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/hash.h"
#include "base/mem.h"

enum { TEMP_SLOTS = 64, READ_STEP = 1 << 16, KEY_WHOLE = 200, KEY_CUT = 160, KEY_HASH = 32 };

#ifdef CALC_LEDGER
static _Thread_local char *volatile temp_paths[TEMP_SLOTS];	/* of a library's calls: its threads have each their own */
#else
static char *volatile temp_paths[TEMP_SLOTS];
#endif

static int close_keeping_errno(int fd)
{
	int why = errno, status = close(fd);

	errno = why;
	return status;
}

bool file_readfd(int fd, size_t limit, struct buf *out)
{
	size_t start = out->len;
	struct stat st;

	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0) {
		if ((uintmax_t)st.st_size > limit) {
			errno = EFBIG;
			return false;
		}
		buf_reserve(out, (size_t)st.st_size + 1);
	}
	for (;;) {
		ssize_t n;

		if (out->cap - out->len < 2)
			buf_reserve(out, READ_STEP);
		else
			buf_reserve(out, 1);
		n = read(fd, out->p + out->len, out->cap - out->len - 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		out->len += (size_t)n;
		out->p[out->len] = '\0';
		if (n == 0)
			return true;
		if (out->len - start > limit) {
			errno = EFBIG;
			return false;
		}
	}
}

void file_close(void *held)
{
	(void)close((int)(intptr_t)held);
}

static bool read_and_close(int fd, size_t limit, struct buf *out)
{
	bool ok;

	if (fd < 0)
		return false;
	mem_hold(file_close, file_held(fd));
	ok = file_readfd(fd, limit, out);
	mem_let_go(file_held(fd));
	return close_keeping_errno(fd) == 0 && ok;
}

bool file_read(const char *path, size_t limit, struct buf *out)
{
	return read_and_close(open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY), limit, out);
}

/* Not waiting for the other end of a pipe that has the name. */
bool file_readat(int dirfd, const char *name, size_t limit, struct buf *out)
{
	int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;

	if (fd >= 0 && fstat(fd, &st) == 0 && !S_ISREG(st.st_mode)) {
		close(fd);
		errno = S_ISDIR(st.st_mode) ? EISDIR : ELOOP;
		return false;
	}
	return read_and_close(fd, limit, out);
}

bool file_write_all(int fd, const void *p, size_t len)
{
	const char *at = p;

	while (len) {
		ssize_t n = write(fd, at, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		at += n;
		len -= (size_t)n;
	}
	return true;
}

static bool write_and_close(int fd, const void *p, size_t len)
{
	if (!file_write_all(fd, p, len)) {
		close_keeping_errno(fd);
		return false;
	}
	return close(fd) == 0;
}

static bool has_content(const char *path, const void *p, size_t len)
{
	struct buf old = BUF_INIT;
	bool equal = file_read(path, len, &old) && old.len == len && (len == 0 || memcmp(old.p, p, len) == 0);

	buf_release(&old);
	return equal;
}

static bool replace_regular(const char *path, const void *p, size_t len, mode_t mode)
{
	struct buf temp = BUF_INIT;
	const char *slash = strrchr(path, '/');
	int fd, why = 0;

	if (slash)
		buf_add(&temp, path, (size_t)(slash - path) + 1);
	buf_printf(&temp, ".calc-tmp.%ld.%zx", (long)getpid(), (size_t)hash_bytes(path, strlen(path)));
	file_temp_note(temp.p);
	fd = open(temp.p, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, mode);
	if (fd < 0 || !write_and_close(fd, p, len) || rename(temp.p, path) != 0) {
		why = errno;
		if (fd >= 0)
			unlink(temp.p);
	}
	file_temp_done(temp.p);
	buf_release(&temp);
	errno = why;
	return why == 0;
}

bool file_replace(const char *path, const void *p, size_t len, mode_t mode, bool *same)
{
	struct stat st;
	char *target;
	bool ok;

	if (same)
		*same = false;
	if (stat(path, &st) != 0)
		return replace_regular(path, p, len, mode);
	if (!S_ISREG(st.st_mode)) {	/* a device or a pipe is written, never renamed over */
		int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);

		return fd >= 0 && write_and_close(fd, p, len);
	}
	if ((uintmax_t)st.st_size == len && has_content(path, p, len)) {
		if (same)
			*same = true;
		return true;
	}
	target = realpath(path, NULL);	/* a link stays a link */
	if (!target)
		return false;
	mem_hold(free, target);
	ok = replace_regular(target, p, len, mode);
	mem_let_go(target);
	free(target);
	return ok;
}

static bool make_dir(const char *path, mode_t mode)
{
	struct stat st;

	if (mkdir(path, mode) == 0)
		return true;
	if (errno != EEXIST && errno != EISDIR)
		return false;
	if (stat(path, &st) != 0)
		return false;
	if (!S_ISDIR(st.st_mode)) {
		errno = ENOTDIR;
		return false;
	}
	return true;
}

bool file_mkdirs(const char *path, mode_t mode)
{
	char *copy = mem_strdup(path);
	bool ok = true;

	for (char *p = copy + 1; ok && copy[0] && *p; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		ok = make_dir(copy, mode);
		*p = '/';
	}
	ok = ok && make_dir(path, mode);
	mem_free(copy);
	return ok;
}

/*
 * Removing a tree. Somebody's step may have made it deeper than descriptors reach: what lies below DEEPEST levels is
 * moved up into the tree's root, and is removed in a later turn.
 */
enum { DEEPEST = 32 };

struct removal {
	int root;		/* the folder that the tree hangs in */
	uint64_t mount;		/* its mount: what is mounted below is somebody else's, and is left alone */
	unsigned long moved;
};

static uint64_t mount_of(int fd)
{
#ifdef STATX_MNT_ID
	struct statx stx;

	if (statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &stx) == 0 && (stx.stx_mask & STATX_MNT_ID))
		return stx.stx_mnt_id;
#endif
	return 0;
}

static bool remove_entry(struct removal *r, int dirfd, const char *name, unsigned depth);

/* Opens a folder for removal, also one that its maker closed to himself; -1: it is none, or cannot be. */
static int open_folder(int dirfd, const char *name)
{
	int fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0 && errno == EACCES && fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode) &&
	    fchmodat(dirfd, name, 0700, 0) == 0)
		fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd >= 0 && fchmod(fd, 0700) != 0 && errno != EPERM) {
		close_keeping_errno(fd);
		return -1;
	}
	return fd;
}

/* Removes what is inside; fd is closed. */
static bool empty_folder(struct removal *r, int fd, unsigned depth)
{
	DIR *dir = fdopendir(fd);
	struct dirent *entry;
	bool ok = true;
	int why;

	if (!dir) {
		close_keeping_errno(fd);
		return false;
	}
	while (ok && (errno = 0, entry = readdir(dir))) {
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			ok = remove_entry(r, dirfd(dir), entry->d_name, depth);
	}
	ok = ok && errno == 0;
	why = errno;
	closedir(dir);
	errno = why;
	return ok;
}

static bool move_up(struct removal *r, int dirfd, const char *name)
{
	char unique[64];

	do
		snprintf(unique, sizeof unique, ".calc-removed.%ld.%lu", (long)getpid(), r->moved++);
	while (faccessat(r->root, unique, F_OK, AT_SYMLINK_NOFOLLOW) == 0);
	return renameat(dirfd, name, r->root, unique) == 0;
}

static bool remove_entry(struct removal *r, int dirfd, const char *name, unsigned depth)
{
	int fd;

	if (unlinkat(dirfd, name, 0) == 0 || errno == ENOENT)
		return true;
	if (errno != EISDIR && errno != EPERM && errno != EACCES)
		return false;
	if (unlinkat(dirfd, name, AT_REMOVEDIR) == 0)
		return true;
	if (depth > DEEPEST)
		return move_up(r, dirfd, name);
	fd = open_folder(dirfd, name);
	if (fd < 0)
		return false;
	if (mount_of(fd) != r->mount) {
		close(fd);
		errno = EBUSY;
		return false;
	}
	if (!empty_folder(r, fd, depth + 1))
		return false;
	return unlinkat(dirfd, name, AT_REMOVEDIR) == 0 || errno == ENOENT;
}

bool file_remove_tree(int dirfd, const char *name)
{
	struct removal r = { 0 };
	unsigned long moved;
	const char *last = strrchr(name, '/');

	last = last ? last + 1 : name;
	if (!*last || strcmp(last, ".") == 0 || strcmp(last, "..") == 0) {	/* never what a caller means to remove */
		errno = EINVAL;
		return false;
	}
	if (unlinkat(dirfd, name, 0) == 0 || errno == ENOENT)
		return true;
	if (errno != EISDIR && errno != EPERM && errno != EACCES)
		return false;
	r.root = open_folder(dirfd, name);
	if (r.root < 0)
		return false;
	r.mount = mount_of(r.root);
	do {
		int fd = openat(r.root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		moved = r.moved;
		if (fd < 0 || !empty_folder(&r, fd, 1)) {
			close_keeping_errno(r.root);
			return false;
		}
	} while (r.moved != moved);
	if (close(r.root) != 0)
		return false;
	return unlinkat(dirfd, name, AT_REMOVEDIR) == 0 || errno == ENOENT;
}

bool file_exists(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0;
}

static bool plain_in_key(unsigned char c, bool first)
{
	if ((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
		return true;
	return c && strchr(first ? "_-+=@," : "._-+=@,", c);
}

void file_encode_key(struct buf *out, const char *key, size_t len)
{
	static const char hex_digit[] = "0123456789ABCDEF";
	size_t start = out->len;
	uint8_t digest[32];
	char hex[65];

	if (len == 0)
		buf_addch(out, '%');
	for (size_t i = 0; i < len; i++) {
		if (plain_in_key((unsigned char)key[i], i == 0))
			buf_addch(out, key[i]);
		else
			buf_add(out, (char[]){ '%', hex_digit[(unsigned char)key[i] >> 4], hex_digit[key[i] & 15] }, 3);
	}
	if (out->len - start <= KEY_WHOLE)
		return;
	sha256_of(key, len, digest);
	sha256_hex(digest, hex);
	out->len = start + KEY_CUT;
	buf_addch(out, '~');
	buf_add(out, hex, KEY_HASH);
}

static void remove_temp(void *noted)
{
	for (int i = 0; i < TEMP_SLOTS; i++)
		if (temp_paths[i] == noted)
			temp_paths[i] = NULL;
	unlink(noted);
}

void file_temp_note(const char *path)
{
	char *copy = mem_strdup(path);

	for (int i = 0; i < TEMP_SLOTS; i++) {
		if (!temp_paths[i]) {
			temp_paths[i] = copy;
			mem_hold(remove_temp, copy);
			return;
		}
	}
	mem_free(copy);		/* more at once than any program writes: left to its own failure path */
}

void file_temp_done(const char *path)
{
	for (int i = 0; i < TEMP_SLOTS; i++) {
		char *noted = temp_paths[i];

		if (noted && strcmp(noted, path) == 0) {
			temp_paths[i] = NULL;
			mem_let_go(noted);
			mem_free(noted);
			return;
		}
	}
}

void file_temp_remove_all(void)
{
	for (int i = 0; i < TEMP_SLOTS; i++) {
		if (temp_paths[i])
			unlink(temp_paths[i]);
	}
}
