/*
 * Files that are written once and are the user's from then on: what stands there is never read as ours, replaced or removed. One that is
 * missing appears whole. Of one that is there it is only told which names no source of the folder has.
 */
#include "emitters/output.h"
#include "emitters/emit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/file.h"
#include "base/mem.h"

enum { SOURCE_MOST = 64 << 20 };

static bool fail(struct buf *error, const char *what, const char *path)
{
	buf_printf(error, "cannot %s %s: %s", what, path, strerror(errno));
	return false;
}

/* The file, or the same one in another language: "plant_functions.cpp". */
static bool stands(const char *dir, const struct emit_once *f)
{
	const char *dot = strrchr(f->name, '.');
	struct buf path = BUF_INIT;
	bool found;

	buf_printf(&path, "%s/%s", dir, f->name);
	found = access(path.p, F_OK) == 0 || errno != ENOENT;
	for (const char *at = f->instead; *at && !found;) {
		size_t len = strcspn(at, " ");

		buf_clear(&path);
		buf_printf(&path, "%s/%.*s%.*s", dir, dot ? (int)(dot - f->name) : (int)strlen(f->name), f->name, (int)len, at);
		found = access(path.p, F_OK) == 0;
		at += len + (at[len] == ' ');
	}
	buf_release(&path);
	return found;
}

/* Another name first, then a link: it appears whole, and never over what came there meanwhile. */
static bool write_new(const char *dir, const struct emit_once *f, struct buf *error)
{
	struct buf path = BUF_INIT, temp = BUF_INIT;
	bool ok;
	int fd;

	buf_printf(&path, "%s/%s", dir, f->name);
	buf_printf(&temp, "%s/.calcflow-%ld-once", dir, (long)getpid());
	fd = open(temp.p, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
	ok = fd >= 0 || fail(error, "write", path.p);
	if (fd >= 0) {
		file_temp_note(temp.p);
		ok = file_write_all(fd, f->text.p, f->text.len) || fail(error, "write", path.p);
		if (close(fd) != 0 && ok)
			ok = fail(error, "write", path.p);
		if (ok && link(temp.p, path.p) != 0 && errno != EEXIST)
			ok = fail(error, "write", path.p);
		if (unlink(temp.p) != 0 && ok)
			ok = fail(error, "remove", temp.p);
		file_temp_done(temp.p);
	}
	buf_release(&path);
	buf_release(&temp);
	return ok;
}

/* ---- what the user's sources lack ---- */

static bool is_source(const char *name)
{
	static const char *const ends[] = { ".c", ".cc", ".cpp", ".cxx", ".rs", ".go" };
	const char *dot = strrchr(name, '.');

	for (unsigned i = 0; dot && dot > name && i < sizeof ends / sizeof *ends; i++)
		if (strcmp(dot, ends[i]) == 0)
			return true;
	return false;
}

static bool is_ours(const char *name, const struct emit_files *files)
{
	for (size_t i = 0; i < files->count; i++)
		if (strcmp(files->file[i].name, name) == 0)
			return true;
	return false;
}

static void read_sources(const char *dir, const struct emit_files *files, struct buf *all)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	struct buf path = BUF_INIT;

	while (d && (e = readdir(d))) {
		if (!is_source(e->d_name) || is_ours(e->d_name, files))
			continue;
		buf_clear(&path);
		buf_printf(&path, "%s/%s", dir, e->d_name);
		if (file_read(path.p, SOURCE_MOST, all))
			buf_addch(all, '\n');
	}
	if (d)
		closedir(d);
	buf_release(&path);
}

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static bool occurs(struct buf *all, const char *name)
{
	size_t len = strlen(name);

	for (const char *at = buf_str(all); (at = strstr(at, name)); at++)
		if ((at == all->p || !is_word(at[-1])) && !is_word(at[len]))
			return true;
	return false;
}

static void tell_missing(const char *dir, const struct emit_files *files, const struct emit_once *f, struct buf *missing)
{
	struct buf all = BUF_INIT;

	read_sources(dir, files, &all);
	for (const char *name = buf_str((struct buf *)(uintptr_t)&f->names); *name; name += strlen(name) + 1)
		if (!occurs(&all, name))
			buf_printf(missing, "%s%s", missing->len ? ", " : "", name);
	buf_release(&all);
}

bool emit_write_once(const char *dir, const struct emit_files *files, struct emit_written *done, struct buf *missing, struct buf *error)
{
	for (size_t i = 0; i < files->onces; i++) {
		const struct emit_once *f = &files->once[i];

		if (!stands(dir, f)) {
			if (!write_new(dir, f, error))
				return false;
			done->written++;
		} else {
			tell_missing(dir, files, f, missing);
		}
	}
	return true;
}
