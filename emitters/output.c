/*
 * Writing what was emitted. Order of events: what is there is looked at, and refused if it is not ours; everything new is
 * written under temporary names; `.calcflow` is written to own both the old and the new content; then the names change,
 * stale files go, and `.calcflow` owns the new content alone. An end at any moment leaves whole files that we still own.
 */
#include "emitters/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/file.h"
#include "base/hash.h"
#include "base/mem.h"

enum { LIST_LIMIT = 1 << 24, DIGITS = 64, NAME_LIMIT = 255 };
static const char list_name[] = ".calcflow", list_head[] = "# Files that calcc wrote here, with their SHA-256.\n";

/* A name with the content that is ours under it; a name can stand twice after a run that was cut short. */
struct owned {
	char hash[DIGITS + 1];
	char *name;
};
/* A file to be: where its new content waits. */
struct staged {
	const struct emit_file *file;
	char hash[DIGITS + 1];
	char *temp;		/* path; NULL: the content is there already */
};
struct output {
	const char *dir;
	int dirfd;		/* holds the lock */
	struct owned *owned;
	size_t owned_count, owned_cap;
	struct staged *staged;
	size_t staged_count;
	struct emit_written *done;
	struct buf *error;
};

/* "cannot write DIR/NAME: reason" */
static bool fail_io(struct output *o, const char *what, const char *name)
{
	buf_printf(o->error, "cannot %s %s%s%s: %s", what, o->dir, name ? "/" : "", name ? name : "", strerror(errno));
	return false;
}

static void hash_of(const void *p, size_t len, char out[DIGITS + 1])
{
	uint8_t digest[32];

	sha256_of(p, len, digest);
	sha256_hex(digest, out);
}

static char *path_of(const struct output *o, const char *name)
{
	struct buf path = BUF_INIT;

	buf_printf(&path, "%s/%s", o->dir, name);
	return path.p;
}

/* ---- the list of what is ours ---- */

static bool is_base_name(const char *name, size_t len)
{
	return len > 0 && len <= NAME_LIMIT && name[0] != '.' && !memchr(name, '/', len) && !memchr(name, '\0', len);
}

static bool read_line(struct output *o, const char *line, size_t len)
{
	struct owned *w;

	if (len == 0 || line[0] == '#')
		return true;
	if (len < DIGITS + 3 || strspn(line, "0123456789abcdef") != DIGITS || memcmp(line + DIGITS, "  ", 2) != 0 ||
	    !is_base_name(line + DIGITS + 2, len - DIGITS - 2))
		return false;
	o->owned = mem_grow(o->owned, &o->owned_cap, o->owned_count + 1, sizeof *o->owned);
	w = &o->owned[o->owned_count++];
	memcpy(w->hash, line, DIGITS);
	w->hash[DIGITS] = '\0';
	w->name = mem_strndup(line + DIGITS + 2, len - DIGITS - 2);
	return true;
}

static bool read_list(struct output *o)
{
	struct buf text = BUF_INIT;
	bool ok = file_readat(o->dirfd, list_name, LIST_LIMIT, &text) || (errno == ENOENT && !text.len);

	if (!ok)
		fail_io(o, "read", list_name);
	for (const char *at = buf_str(&text), *end = at + text.len; ok && at < end;) {
		size_t len = strcspn(at, "\n");

		ok = read_line(o, at, len);
		if (!ok)
			buf_printf(o->error, "%s/%s is damaged: it should list the files that calcc wrote there; move it away, and "
				   "the files that are named like new ones", o->dir, list_name);
		at += len + 1;
	}
	buf_release(&text);
	return ok;
}

static void list_line(struct buf *out, const char *hash, const char *name)
{
	buf_printf(out, "%s  %s\n", hash, name);
}

static bool write_list(struct output *o, bool old_too)
{
	struct buf text = BUF_INIT;
	char *path = path_of(o, list_name);
	bool ok;

	buf_addstr(&text, list_head);
	for (size_t i = 0; i < o->staged_count; i++)
		list_line(&text, o->staged[i].hash, o->staged[i].file->name);
	for (size_t i = 0; old_too && i < o->owned_count; i++)
		list_line(&text, o->owned[i].hash, o->owned[i].name);
	ok = file_replace(path, text.p, text.len, 0666, NULL);
	if (!ok)
		fail_io(o, "write", list_name);
	mem_free(path);
	buf_release(&text);
	return ok;
}

/* ---- what is there ---- */

enum found { FOUND_NOTHING, FOUND_OURS, FOUND_CHANGED, FOUND_FOREIGN, FOUND_ERROR };

static enum found look_at(struct output *o, const char *name, char hash[DIGITS + 1])
{
	enum found found = FOUND_FOREIGN;
	struct buf text = BUF_INIT;
	struct stat st;

	if (fstatat(o->dirfd, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return errno == ENOENT ? FOUND_NOTHING : FOUND_ERROR;
	if (!S_ISREG(st.st_mode))
		return FOUND_FOREIGN;
	if (!file_readat(o->dirfd, name, SIZE_MAX / 2, &text)) {
		buf_release(&text);
		return FOUND_ERROR;
	}
	hash_of(buf_str(&text), text.len, hash);
	buf_release(&text);
	for (size_t i = 0; i < o->owned_count && found != FOUND_OURS; i++)
		if (strcmp(o->owned[i].name, name) == 0)
			found = strcmp(o->owned[i].hash, hash) == 0 ? FOUND_OURS : FOUND_CHANGED;
	return found;
}

static bool may_replace(struct output *o, const char *name, enum found found)
{
	switch (found) {
	case FOUND_NOTHING:
	case FOUND_OURS: return true;
	case FOUND_ERROR: return fail_io(o, "read", name);
	case FOUND_CHANGED:
		buf_printf(o->error, "%s/%s was changed since calcc wrote it: move it away, or remove it", o->dir, name);
		return false;
	case FOUND_FOREIGN: break;
	}
	buf_printf(o->error, "%s/%s is there and was not written by calcc: move it away, or write to another folder", o->dir, name);
	return false;
}

/* ---- staging ---- */

static bool write_temp(struct output *o, const struct staged *s)
{
	int fd = open(s->temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
	bool ok;

	if (fd < 0)
		return fail_io(o, "write", s->file->name);
	ok = file_write_all(fd, s->file->text.p, s->file->text.len);
	if (!ok)
		fail_io(o, "write", s->file->name);
	if (close(fd) != 0 && ok)
		ok = fail_io(o, "write", s->file->name);
	return ok;
}

static bool stage(struct output *o, const struct emit_file *f)
{
	struct staged *s = &o->staged[o->staged_count++];
	char there[DIGITS + 1] = "";
	struct buf temp = BUF_INIT;
	enum found found;

	*s = (struct staged){ .file = f };
	if (!is_base_name(f->name, strlen(f->name))) {
		buf_printf(o->error, "`%s` cannot be the name of a file that calcc writes", f->name);
		return false;
	}
	hash_of(buf_str((struct buf *)&f->text), f->text.len, s->hash);
	found = look_at(o, f->name, there);
	if (strcmp(there, s->hash) == 0 && found != FOUND_ERROR)
		return true;	/* whoever wrote it: it has the content that it should have */
	if (!may_replace(o, f->name, found))
		return false;
	buf_printf(&temp, "%s/.calcflow-%ld-%zu", o->dir, (long)getpid(), o->staged_count);
	s->temp = temp.p;
	file_temp_note(s->temp);
	return write_temp(o, s);
}

static void drop_temps(struct output *o)
{
	for (size_t i = 0; i < o->staged_count; i++) {
		struct staged *s = &o->staged[i];

		if (!s->temp)
			continue;
		if (unlink(s->temp) != 0 && errno != ENOENT && !o->error->len)
			fail_io(o, "remove a temporary file of", s->file->name);
		file_temp_done(s->temp);
		mem_free(s->temp);
		s->temp = NULL;
	}
}

/* ---- the names change ---- */

static bool show_staged(struct output *o)
{
	for (size_t i = 0; i < o->staged_count; i++) {
		struct staged *s = &o->staged[i];
		char *path;
		bool ok;

		if (!s->temp) {
			o->done->same++;
			continue;
		}
		path = path_of(o, s->file->name);
		ok = rename(s->temp, path) == 0;
		mem_free(path);
		if (!ok)
			return fail_io(o, "write", s->file->name);
		file_temp_done(s->temp);
		mem_free(s->temp);
		s->temp = NULL;
		o->done->written++;
	}
	return true;
}

static bool is_wanted(const struct output *o, const char *name)
{
	for (size_t i = 0; i < o->staged_count; i++)
		if (strcmp(o->staged[i].file->name, name) == 0)
			return true;
	return false;
}

/* Ours of an earlier run that this one does not make. One that was changed is somebody's now, and stays. */
static bool remove_stale(struct output *o)
{
	for (size_t i = 0; i < o->owned_count; i++) {
		char hash[DIGITS + 1];
		const char *name = o->owned[i].name;

		if (is_wanted(o, name) || look_at(o, name, hash) != FOUND_OURS)
			continue;
		if (unlinkat(o->dirfd, name, 0) != 0)
			return fail_io(o, "remove", name);
		o->done->removed++;
	}
	return true;
}

static bool nothing_to_do(const struct output *o)
{
	if (o->owned_count != o->staged_count)
		return false;
	for (size_t i = 0; i < o->staged_count; i++)
		if (o->staged[i].temp || strcmp(o->staged[i].file->name, o->owned[i].name) != 0 ||
		    strcmp(o->staged[i].hash, o->owned[i].hash) != 0)
			return false;
	return true;
}

static bool write_all(struct output *o, const struct emit_files *files)
{
	if (!read_list(o))
		return false;
	o->staged = mem_zalloc(files->count + 1, sizeof *o->staged);
	for (size_t i = 0; i < files->count; i++)
		if (!stage(o, &files->file[i]))
			return false;
	if (nothing_to_do(o)) {
		o->done->same = (unsigned)files->count;
		return true;
	}
	return write_list(o, true) && show_staged(o) && remove_stale(o) && write_list(o, false);
}

/* The folder, locked against another calcc. */
static bool open_folder(struct output *o)
{
	if (!file_mkdirs(o->dir, 0777))
		return fail_io(o, "make folder", NULL);
	o->dirfd = open(o->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (o->dirfd < 0)
		return fail_io(o, "open folder", NULL);
	if (flock(o->dirfd, LOCK_EX | LOCK_NB) == 0)
		return true;
	if (errno != EWOULDBLOCK)
		return fail_io(o, "lock folder", NULL);
	buf_printf(o->error, "another calcc is writing to %s", o->dir);
	return false;
}

bool emit_write(const char *dir, const struct emit_files *files, struct emit_written *done, struct buf *error)
{
	struct output o = { .dir = dir, .dirfd = -1, .done = done, .error = error };
	bool ok;

	*done = (struct emit_written){ 0, 0, 0 };
	ok = open_folder(&o) && write_all(&o, files);
	drop_temps(&o);
	if (o.dirfd >= 0 && close(o.dirfd) != 0 && ok)
		ok = fail_io(&o, "close folder", NULL);
	for (size_t i = 0; i < o.owned_count; i++)
		mem_free(o.owned[i].name);
	mem_free(o.owned);
	mem_free(o.staged);
	return ok;
}
