/*
 * The store of workers that are kept apart: each has a folder of its own, which is all that it sees, and what it is to read is
 * handed over to it. A hard link is as good as a copy, for what is finished never changes. Knows nothing of who may hand over
 * to whom: that the compiler has proven.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/file.h"
#include "base/mem.h"
#include "runtime/store.h"
#include "runtime/store_inner.h"

static const char kept[] = "in/kept";

/* ---- folders ---- */

bool store_is_apart(const struct store *s)
{
	return s->apart;
}

bool store_open_slot(struct store *s, uint32_t slot, const char *worker, uint32_t place, struct buf *error)
{
	struct store_slot *at = &s->slot[slot];
	struct buf path = BUF_INIT;
	int folder = store_make_folder(s->workers, worker, error);
	bool ok = folder >= 0 && (mkdirat(folder, "memory", 0750) == 0 || errno == EEXIST || store_failed(error, "make", "memory"));

	buf_printf(&path, "%u", place);
	at->fd = ok ? store_make_folder(folder, path.p, error) : -1;
	ok = at->fd >= 0 && ((mkdirat(at->fd, "in", 0750) == 0 && mkdirat(at->fd, kept, 0750) == 0) || errno == EEXIST ||
			     store_failed(error, "make the folder of inputs of", worker));
	buf_clear(&path);
	buf_printf(&path, "workers/%s/%u", worker, place);
	at->path = path.p;
	if (folder >= 0)
		close(folder);
	if (!ok)
		store_close_slot(s, slot);
	return ok;
}

void store_close_slot(struct store *s, uint32_t slot)
{
	struct store_slot *at = &s->slot[slot];

	if (at->fd >= 0)
		close(at->fd);
	at->fd = -1;
	mem_free(at->name);
	mem_free(at->path);
	at->name = at->path = NULL;
}

void store_forget_worker(struct store *s, const char *worker)
{
	store_discard(s, s->workers, worker);
}

/* ---- links ---- */

static bool copy_file(const char *from, const char *to, mode_t mode)
{
	int in = open(from, O_RDONLY | O_CLOEXEC), out = in < 0 ? -1 : open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	bool ok = out >= 0;
	char part[65536];
	ssize_t n = 1;
	int why;

	while (ok && n > 0) {
		n = read(in, part, sizeof part);
		ok = n >= 0 ? file_write_all(out, part, (size_t)n) : errno == EINTR;
		n = n < 0 ? 1 : n;
	}
	why = errno;
	if (in >= 0)
		close(in);
	if (out >= 0 && close(out) != 0 && ok) {
		ok = false;
		why = errno;
	}
	if (!ok && out >= 0)
		unlink(to);
	errno = why;
	return ok;
}

bool store_copy(const char *from, const char *to, struct buf *error)
{
	return copy_file(from, to, 0640) || store_failed(error, "copy", from);
}

/* The same name a second time is the same file: what is read never changes. */
bool store_link(const char *from, const char *to, struct buf *error)
{
	if (link(from, to) == 0 || errno == EEXIST)
		return true;
	if ((errno == EMLINK || errno == EPERM || errno == EOPNOTSUPP || errno == EXDEV) && (copy_file(from, to, 0440) || errno == EEXIST))
		return true;
	return store_failed(error, "hand over", from);
}

bool store_link_folder(const char *from, const char *to, struct buf *error)
{
	struct buf old = BUF_INIT, new = BUF_INIT;
	DIR *dir = opendir(from);
	struct dirent *entry;
	bool ok = dir ? mkdir(to, 0750) == 0 || store_failed(error, "make the folder", to) : store_failed(error, "read", from);

	while (ok && (entry = readdir(dir))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		buf_clear(&old);
		buf_clear(&new);
		buf_printf(&old, "%s/%s", from, entry->d_name);
		buf_printf(&new, "%s/%s", to, entry->d_name);
		ok = entry->d_type == DT_DIR ? store_link_folder(old.p, new.p, error) : store_link(old.p, new.p, error);
	}
	if (dir)
		closedir(dir);
	buf_release(&old);
	buf_release(&new);
	return ok;
}

/* ---- handing over ---- */

static const char *below(const struct store *s, const char *path)
{
	size_t len = strlen(s->data);

	return strncmp(path, s->data, len) == 0 && path[len] == '/' ? path + len + 1 : NULL;
}

bool store_must_hand_over(const struct store *s, const char *path)
{
	const char *rest = s->apart ? below(s, path) : NULL;

	return rest && (strncmp(rest, "done/", 5) == 0 || strncmp(rest, "in/", 3) == 0);
}

static bool make(const char *path, struct buf *error)
{
	return mkdir(path, 0750) == 0 || errno == EEXIST || store_failed(error, "make the folder", path);
}

/* Once for the life of the worker, whole or not at all. `to`: its folder. */
static bool hand_over_kept(struct store *s, const struct store_hand *h, const char *path, bool folder, struct buf *to,
			   struct buf *error)
{
	const char *rest = below(s, path), *name = strrchr(path, '/') + 1;
	struct buf part = BUF_INIT, whole = BUF_INIT;
	bool ok;

	buf_printf(&whole, "%s/%s/%s/", s->data, s->slot[h->slot].path, kept);
	file_encode_key(&whole, rest, strlen(rest));
	if (!file_exists(whole.p)) {
		buf_printf(&part, "%s.part", whole.p);
		ok = make(part.p, error);
		buf_printf(&part, "/%s", name);
		ok = ok && (folder ? store_link_folder(path, part.p, error) : store_link(path, part.p, error));
		part.p[part.len - strlen(name) - 1] = '\0';
		if (ok)
			ok = rename(part.p, whole.p) == 0 || store_failed(error, "make the folder", whole.p);
		else
			file_remove_tree(AT_FDCWD, part.p);
	} else {
		ok = true;
	}
	buf_printf(to, "%s/%s", whole.p, name);
	buf_release(&part);
	buf_release(&whole);
	return ok;
}

static bool hand_over_file(struct store *s, const struct store_hand *h, const char *path, struct buf *to, struct buf *error)
{
	bool ok = store_inputs(s, h->slot, h->key, h->attempt, to, error);

	if (ok) {
		buf_printf(to, "/%s.d", h->port);	/* no port is named so */
		ok = make(to->p, error);
	}
	if (ok && h->item != PLAN_NONE) {
		buf_printf(to, "/%u", h->item);
		ok = make(to->p, error);
	}
	buf_addstr(to, strrchr(path, '/'));
	return ok && store_link(path, to->p, error);
}

bool store_hand_over(struct store *s, const struct store_hand *h, const char *path, struct buf *to, struct buf *error)
{
	struct stat st;

	if (lstat(path, &st) != 0)
		return store_failed(error, "read", path);
	if (S_ISDIR(st.st_mode) || strncmp(below(s, path), "in/", 3) == 0)
		return hand_over_kept(s, h, path, S_ISDIR(st.st_mode), to, error);
	return hand_over_file(s, h, path, to, error);
}
