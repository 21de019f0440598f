/*
 * inotify, a watch for each folder and a list of the names in it that count. The kernel gives one descriptor for one folder however
 * often it is asked; names are compared, and nothing is read from disk here.
 */
#include "runtime/file_watch.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/mem.h"

enum { EVENTS = IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE | IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR };

struct watched {
	int folder;	/* watch descriptor */
	char *name;
};

struct file_watch {
	int fd;
	struct watched *file;
	size_t files, cap;
};

struct file_watch *file_watch_new(void)
{
	struct file_watch *w;
	int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);

	if (fd < 0)
		return NULL;
	w = mem_zalloc(1, sizeof *w);
	w->fd = fd;
	return w;
}

void file_watch_free(struct file_watch *w)
{
	if (!w)
		return;
	for (size_t i = 0; i < w->files; i++)
		mem_free(w->file[i].name);
	close(w->fd);
	mem_free(w->file);
	mem_free(w);
}

static bool is_folder(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* Splits the path, in place, into an existing folder and the name in it that something will happen to. */
static const char *existing_part(char *path, const char **folder)
{
	for (;;) {
		char *slash = strrchr(path, '/');

		while (slash && slash > path && !slash[1]) {	/* a/b/ is b in a */
			*slash = '\0';
			slash = strrchr(path, '/');
		}
		if (!slash) {
			*folder = ".";
			return path;
		}
		if (slash == path) {
			*folder = "/";
			return path + 1;
		}
		*slash = '\0';
		if (is_folder(path)) {
			*folder = path;
			return slash + 1;
		}
	}
}

static bool is_watched(const struct file_watch *w, int folder, const char *name)
{
	for (size_t i = 0; i < w->files; i++) {
		if (w->file[i].folder == folder && strcmp(w->file[i].name, name) == 0)
			return true;
	}
	return false;
}

static bool add_name(struct file_watch *w, const char *path, bool *is_new)
{
	char *parts = mem_strdup(path);
	const char *folder, *name = existing_part(parts, &folder);
	int at = inotify_add_watch(w->fd, folder, EVENTS);

	if (at >= 0 && !is_watched(w, at, name)) {
		*is_new = true;
		w->file = mem_grow(w->file, &w->cap, w->files + 1, sizeof *w->file);
		w->file[w->files++] = (struct watched){ .folder = at, .name = mem_strdup(name) };
	}
	mem_free(parts);
	return at >= 0;
}

/* Does the path lead through a symbolic link? Then what it leads to is watched as well. */
static bool is_link(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISLNK(st.st_mode);
}

bool file_watch_add(struct file_watch *w, const char *path, bool *is_new)
{
	char *real = is_link(path) ? realpath(path, NULL) : NULL;
	bool added = false, ok = *path && add_name(w, path, &added);

	if (ok && real)
		ok = add_name(w, real, &added);
	free(real);
	if (is_new)
		*is_new = added;
	return ok;
}

static bool counts(const struct file_watch *w, const struct inotify_event *e)
{
	if (e->mask & IN_Q_OVERFLOW)
		return true;
	for (size_t i = 0; i < w->files; i++) {
		if (w->file[i].folder != e->wd)
			continue;
		if (e->mask & (IN_DELETE_SELF | IN_MOVE_SELF))
			return true;
		if (e->len && strcmp(e->name, w->file[i].name) == 0)
			return true;
	}
	return false;
}

/* Reads what there is; true when some of it counts. */
static bool take_events(struct file_watch *w)
{
	union {
		struct inotify_event aligned;
		char bytes[64 * (sizeof(struct inotify_event) + NAME_MAX + 1)];
	} room;
	bool changed = false;
	ssize_t n;

	while ((n = read(w->fd, room.bytes, sizeof room.bytes)) > 0) {
		for (ssize_t at = 0; at < n;) {
			const struct inotify_event *e = (const struct inotify_event *)(const void *)(room.bytes + at);

			changed |= counts(w, e);
			at += (ssize_t)(sizeof *e + e->len);
		}
	}
	return changed;
}

enum file_watch_result file_watch_wait(struct file_watch *w, int timeout_ms)
{
	for (;;) {
		struct pollfd p = { .fd = w->fd, .events = POLLIN };
		int n = poll(&p, 1, timeout_ms);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return FILE_WATCH_FAILED;
		if (n == 0)
			return FILE_WATCH_TIME_OVER;
		if (take_events(w))
			return FILE_WATCH_CHANGED;
	}
}
