/*
 * Folders of the store. A slot keeps its last attempt's folder: when a step left nothing in it, the next attempt takes it
 * over as it stands instead of making and removing five folders. That nothing was left is seen at the times of the
 * folders, which are set to 1970 when they are empty: any entry that comes or goes changes them. No two folders ever have one name.
 *
 * What is removed goes to data/trash by a rename; a child process empties that, off the loop.
 */
#include "runtime/store.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <time.h>
#include <sys/wait.h>
#include <dirent.h>
#include <unistd.h>
#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"
#include "runtime/store_inner.h"

enum { TRASH_BATCH = 64, STALE_TRIES = 20, STALE_WAIT_NS = 5000000 };

static const char *const attempt_folders[] = { "out", "cwd", "home", "tmp" };
enum { ATTEMPT_FOLDERS = sizeof attempt_folders / sizeof *attempt_folders };

bool store_failed(struct buf *error, const char *doing, const char *what)
{
	buf_printf(error, "cannot %s %s: %s", doing, what, strerror(errno));
	return false;
}

/* ---- removing ---- */

static void empty_trash(int trash)
{
	int copy = openat(trash, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *entry;

	if (!dir)
		return;
	while ((entry = readdir(dir)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			file_remove_tree(trash, entry->d_name);	/* what resists is tried again by the next sweep */
	closedir(dir);
}

static bool sweeper_runs(struct store *s)
{
	if (s->sweeper > 0 && waitpid(s->sweeper, NULL, WNOHANG) == 0)
		return true;
	s->sweeper = 0;
	return false;
}

static void sweep(struct store *s)
{
	pid_t host = getpid();

	if (s->trashed < TRASH_BATCH || sweeper_runs(s))
		return;
	s->trashed = 0;
	s->sweeper = fork();
	if (s->sweeper != 0)
		return;		/* not possible now: the next batch tries again */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	if (getppid() == host) {
		int trash = dup2(s->trash, 3);

		close_range(4, ~0U, 0);
		if (trash >= 0)
			empty_trash(trash);
	}
	_exit(0);
}

bool store_discard(struct store *s, int dirfd, const char *name)
{
	char to[32];

	snprintf(to, sizeof to, "%llu", (unsigned long long)++s->trash_count);
	if (renameat(dirfd, name, s->trash, to) != 0)
		return errno == ENOENT || file_remove_tree(dirfd, name);
	s->trashed++;
	sweep(s);
	return true;
}

/* ---- opening ---- */

int store_make_folder(int dirfd, const char *name, struct buf *error)
{
	int fd;

	if (mkdirat(dirfd, name, 0750) != 0 && errno != EEXIST) {
		store_failed(error, "make the folder", name);
		return -1;
	}
	fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		store_failed(error, "open the folder", name);
	return fd;
}

static bool open_slots(struct store *s, struct buf *error)
{
	char name[16];
	int all = store_make_folder(s->top, "slots", error);
	bool ok = all >= 0;

	for (uint32_t i = 0; ok && i < s->slots; i++) {
		struct buf path = BUF_INIT;

		snprintf(name, sizeof name, "%u", i);
		buf_printf(&path, "slots/%u", i);
		s->slot[i].path = path.p;
		s->slot[i].fd = store_make_folder(all, name, error);
		ok = s->slot[i].fd >= 0;
	}
	if (all >= 0)
		close(all);
	return ok;
}

struct store *store_open(const struct store_options *o, struct buf *error)
{
	static const char *const parts[] = { "done", "in", "sources", "slots", "workers", "trash" };
	struct store *s = mem_zalloc(1, sizeof *s);
	bool ok;

	s->data = mem_strdup(o->data);
	s->slots = o->slots;
	s->in_pod = o->in_pod;
	s->apart = o->apart;
	s->kept.most = o->in_pod ? KEPT_MOST_IN_POD : KEPT_MOST;
	s->group = o->group;
	s->slot = mem_zalloc(o->slots ? o->slots : 1, sizeof *s->slot);
	s->done = s->in = s->trash = s->top = s->workers = s->begun = -1;
	for (uint32_t i = 0; i < o->slots; i++)
		s->slot[i].fd = -1;
	ok = file_mkdirs(o->data, 0750) || store_failed(error, "make", o->data);
	if (ok) {
		s->top = open(o->data, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		ok = s->top >= 0 || store_failed(error, "open", o->data);
	}
	/* In a pod the folders of slots/ are mounted in containers: they are emptied (store_stale), never replaced. */
	for (size_t i = 0; ok && o->empty && i < sizeof parts / sizeof *parts; i++)
		if (!(o->in_pod && strcmp(parts[i], "slots") == 0))
			ok = file_remove_tree(s->top, parts[i]) || store_failed(error, "empty", o->data);
	ok = ok && begun_open(s, o->empty, error);
	ok = ok && (s->done = store_make_folder(s->top, "done", error)) >= 0;
	ok = ok && (s->trash = store_make_folder(s->top, "trash", error)) >= 0;
	ok = ok && (file_remove_tree(s->top, "in") || store_failed(error, "empty", o->data));
	ok = ok && (s->in = store_make_folder(s->top, "in", error)) >= 0;
	if (s->apart)
		ok = ok && (s->workers = store_make_folder(s->top, "workers", error)) >= 0;
	else
		ok = ok && open_slots(s, error);
	if (ok) {
		empty_trash(s->trash);
		return s;
	}
	store_close(s);
	return NULL;
}

static void close_fd(int fd)
{
	if (fd >= 0)
		close(fd);
}

void store_close(struct store *s)
{
	if (!s)
		return;
	for (uint32_t i = 0; i < s->slots; i++) {
		if (s->slot[i].name && s->slot[i].fd >= 0)
			file_remove_tree(s->slot[i].fd, s->slot[i].name);
		mem_free(s->slot[i].name);
		mem_free(s->slot[i].path);
		close_fd(s->slot[i].fd);
	}
	if (s->workers >= 0)
		file_remove_tree(s->top, "workers");
	if (s->sweeper > 0) {
		kill(s->sweeper, SIGKILL);
		waitpid(s->sweeper, NULL, 0);
	}
	if (s->trash >= 0)
		empty_trash(s->trash);
	close_fd(s->done);
	close_fd(s->in);
	close_fd(s->trash);
	close_fd(s->workers);
	if (s->cleared)
		begun_clear(s, NULL);
	close_fd(s->begun);
	close_fd(s->top);
	store_kept_free(s);
	mem_free(s->slot);
	mem_free(s->data);
	mem_free(s);
}

const char *store_data(const struct store *s)
{
	return s->data;
}

/*
 * In a pod a step of the quarterback before may still write there, until its worker has noticed that this one is gone. What cannot be
 * removed because of that is left: no other attempt has its name, and nothing is taken from there.
 */
static bool remove_stale(const struct store *s, int slot_fd, const char *name)
{
	for (int tries = 0; !file_remove_tree(slot_fd, name); tries++) {
		if (!s->in_pod || errno != ENOTEMPTY)
			return false;
		if (tries == STALE_TRIES)
			return true;
		nanosleep(&(struct timespec){ .tv_nsec = STALE_WAIT_NS }, NULL);
	}
	return true;
}

static bool clear_folder(const struct store *s, int fd, struct buf *error)
{
	int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *entry;
	bool ok = true;

	if (!dir)
		return store_failed(error, "read", s->data);
	while (ok && (entry = readdir(dir)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			ok = remove_stale(s, fd, entry->d_name) || store_failed(error, "remove the attempt", entry->d_name);
	closedir(dir);
	return ok;
}

bool store_stale(struct store *s, void (*found)(void *ctx, const char *key, uint32_t attempt), void *ctx, struct buf *error)
{
	return begun_each(s, found, ctx, error);
}

bool store_clear(struct store *s, struct buf *error)
{
	bool ok = !s->apart || clear_folder(s, s->workers, error);

	for (uint32_t i = 0; ok && !s->apart && i < s->slots; i++)
		ok = clear_folder(s, s->slot[i].fd, error);
	s->cleared = ok && begun_clear(s, error);
	return s->cleared;
}

/* ---- attempts ---- */

static bool mark_empty(int dirfd, const char *path)
{
	static const struct timespec long_ago[2] = { { 0, UTIME_OMIT }, { 0, 0 } };

	return utimensat(dirfd, path, long_ago, AT_SYMLINK_NOFOLLOW) == 0;
}

static bool is_marked(int dirfd, const char *path)
{
	struct stat st;

	return fstatat(dirfd, path, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode) && st.st_mtim.tv_sec == 0 &&
	       st.st_mtim.tv_nsec == 0;
}

/* mode is set apart from mkdir: the setgid bit and the group's write do not pass a umask */
bool store_open_to_slot(const struct store *s, int dirfd, const char *path, mode_t mode)
{
	if (!s->in_pod)
		return true;
	return (s->group == (gid_t)-1 || fchownat(dirfd, path, (uid_t)-1, s->group, AT_SYMLINK_NOFOLLOW) == 0) &&
	       fchmodat(dirfd, path, mode, 0) == 0;
}

static bool make_attempt(const struct store *s, int slot_fd, const char *name)
{
	struct buf path = BUF_INIT;
	int fd;
	bool ok = mkdirat(slot_fd, name, 0750) == 0 && store_open_to_slot(s, slot_fd, name, 02770);

	for (int i = 0; ok && i < ATTEMPT_FOLDERS; i++) {
		buf_clear(&path);
		buf_printf(&path, "%s/%s", name, attempt_folders[i]);
		ok = mkdirat(slot_fd, path.p, 0750) == 0 && store_open_to_slot(s, slot_fd, path.p, 02770) &&
		     mark_empty(slot_fd, path.p);
	}
	buf_clear(&path);
	buf_printf(&path, "%s/stderr", name);
	fd = ok ? openat(slot_fd, path.p, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640) : -1;
	ok = fd >= 0 && close(fd) == 0 && store_open_to_slot(s, slot_fd, path.p, 0660) && mark_empty(slot_fd, name);
	buf_release(&path);
	return ok;
}

static bool begin_in_new(struct store *s, struct store_slot *at, struct buf *error)
{
	struct buf name = BUF_INIT;
	bool ok;

	buf_printf(&name, "%" PRIx64 "-%" PRIu64, s->instance, ++s->folders);
	ok = make_attempt(s, at->fd, name.p);
	if (!ok) {
		int why = errno;

		file_remove_tree(at->fd, name.p);
		errno = why;
		store_failed(error, "make the folder of an attempt", name.p);
		buf_release(&name);
	}
	at->name = name.p;
	return ok;
}

bool store_begin(struct store *s, uint32_t slot, const char *key, uint32_t attempt, struct buf *path, struct buf *error)
{
	struct store_slot *at = &s->slot[slot];
	bool ok = begun_write(s, slot, key, attempt, error) && (at->name || begin_in_new(s, at, error));

	at->folders = false;
	if (ok)
		buf_printf(path, "%s/%s/%s", s->data, at->path, at->name);
	return ok;
}

bool store_begin_file(struct store *s, uint32_t slot, const char *port, struct buf *error)
{
	struct store_slot *at = &s->slot[slot];
	struct buf path = BUF_INIT;
	int fd;
	bool ok;

	buf_printf(&path, "%s/out/%s", at->name, port);
	fd = openat(at->fd, path.p, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0640);
	ok = fd >= 0 && close(fd) == 0 && store_open_to_slot(s, at->fd, path.p, 0660);
	if (!ok)
		store_failed(error, "make the file", path.p);
	at->folders = true;
	buf_release(&path);
	return ok;
}

bool store_begin_folder(struct store *s, uint32_t slot, const char *port, struct buf *error)
{
	struct store_slot *at = &s->slot[slot];
	struct buf path = BUF_INIT;
	bool ok;

	buf_printf(&path, "%s/out/%s", at->name, port);
	ok = (mkdirat(at->fd, path.p, 0750) == 0 && store_open_to_slot(s, at->fd, path.p, 02770)) ||
	     store_failed(error, "make the folder", path.p);
	at->folders = true;
	buf_release(&path);
	return ok;
}

static bool folder_is_empty(int dirfd, const char *path)
{
	int fd = openat(dirfd, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	bool empty = true;

	if (!dir) {
		close_fd(fd);
		return false;
	}
	while (empty && (entry = readdir(dir)))
		empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
	closedir(dir);
	return empty;
}

/* Is the attempt's folder as it was made? Outputs were taken from `out` by ourselves: that one is looked into. */
static bool attempt_is_clean(struct store *s, struct store_slot *at, bool used_out)
{
	struct buf path = BUF_INIT;
	struct stat st;
	bool ok;

	(void)s;
	buf_printf(&path, "%s/stderr", at->name);
	ok = is_marked(at->fd, at->name) && fstatat(at->fd, path.p, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	     S_ISREG(st.st_mode) && st.st_nlink == 1 && st.st_size == 0;
	for (int i = 0; ok && i < ATTEMPT_FOLDERS; i++) {
		buf_clear(&path);
		buf_printf(&path, "%s/%s", at->name, attempt_folders[i]);
		ok = is_marked(at->fd, path.p) ||
		     (i == 0 && (used_out || at->folders) && folder_is_empty(at->fd, path.p) && mark_empty(at->fd, path.p));
	}
	buf_release(&path);
	return ok;
}

static void keep_tail(int fd, off_t size, struct buf *tail)
{
	char last[LIMIT_STDERR_TAIL];
	off_t from = size > (off_t)sizeof last ? size - (off_t)sizeof last : 0;
	ssize_t n = pread(fd, last, sizeof last, from);

	if (n > 0)
		buf_add(tail, last, (size_t)n);
}

void store_end(struct store *s, uint32_t slot, bool used_out, const char *log_path, struct buf *tail, bool *logged)
{
	struct store_slot *at = &s->slot[slot];
	struct buf path = BUF_INIT;
	struct stat st;
	int fd;

	*logged = false;
	if (!at->name)
		return;
	if (attempt_is_clean(s, at, used_out))
		return;
	buf_printf(&path, "%s/stderr", at->name);
	fd = store_open_beneath(at->fd, path.p, O_RDONLY | O_NONBLOCK);
	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_nlink == 1 && st.st_size > 0) {
		if (tail)
			keep_tail(fd, st.st_size, tail);
		*logged = store_keep_log(fd, at->fd, path.p, log_path);
	}
	close_fd(fd);
	buf_release(&path);
	store_abandon(s, slot);
}

void store_abandon(struct store *s, uint32_t slot)
{
	struct store_slot *at = &s->slot[slot];

	if (!at->name)
		return;
	store_discard(s, at->fd, at->name);
	mem_free(at->name);
	at->name = NULL;
}

/* ---- made inputs ---- */

/* Where made inputs stand: all in one folder, or each in its worker's. */
static int inputs_folder(const struct store *s, uint32_t slot)
{
	return s->apart ? s->slot[slot].fd : s->in;
}

static void inputs_name(const struct store *s, const char *key, uint32_t attempt, struct buf *name)
{
	buf_printf(name, "%s%s.%u", s->apart ? "in/" : "", key, attempt);
}

void store_inputs_path(const struct store *s, uint32_t slot, const char *key, uint32_t attempt, struct buf *path)
{
	buf_printf(path, "%s/%s/", s->data, s->apart ? s->slot[slot].path : "in");
	inputs_name(s, key, attempt, path);
}

bool store_inputs(struct store *s, uint32_t slot, const char *key, uint32_t attempt, struct buf *path, struct buf *error)
{
	struct buf name = BUF_INIT;
	bool ok;

	inputs_name(s, key, attempt, &name);
	ok = mkdirat(inputs_folder(s, slot), name.p, 0750) == 0 || errno == EEXIST ||
	     store_failed(error, "make the folder of inputs", name.p);
	if (ok)
		store_inputs_path(s, slot, key, attempt, path);
	buf_release(&name);
	return ok;
}

void store_drop_inputs(struct store *s, uint32_t slot, const char *key, uint32_t attempt)
{
	struct buf name = BUF_INIT;

	inputs_name(s, key, attempt, &name);
	store_discard(s, inputs_folder(s, slot), name.p);
	buf_release(&name);
}

bool store_put(const char *path, const char *text, size_t len, struct buf *error)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0440);
	int why;
	bool ok;

	if (fd < 0)
		return store_failed(error, "make", path);
	ok = file_write_all(fd, text, len);
	why = errno;
	if (close(fd) != 0 && ok) {
		ok = false;
		why = errno;
	}
	if (!ok) {
		unlink(path);
		errno = why;
		store_failed(error, "write", path);
	}
	return ok;
}
