/*
 * Writing what was emitted. Order of events: what differs from what is there is written in `.calcflow-new`; what is there is looked at,
 * and refused if it is not ours; `.calcflow` is written to own both the old and the new content; then the names change, the old content
 * kept as a second link in `.calcflow-old`, stale files go there too, and `.calcflow` owns the new content alone. A failure before that is
 * undone from there. An end of the process at any moment leaves whole files that we still own.
 */
#include "emitters/output_inner.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/file.h"
#include "base/hash.h"
#include "base/mem.h"
#include "emitters/emit.h"

enum { PART = 1 << 16 };

bool output_fail(struct output *o, const char *what, const char *name)
{
	int why = errno;

	if (!o->failed)
		buf_printf(o->error, "cannot %s %s%s%s: %s", what, o->dir, name ? "/" : "", name ? name : "", strerror(why));
	o->failed = true;
	return false;
}

bool output_refuse(struct output *o, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (!o->failed)
		buf_vprintf(o->error, fmt, ap);
	va_end(ap);
	o->failed = true;
	return false;
}

/* ---- the folder ---- */

static bool remove_tree(struct output *o, const char *name)
{
	return file_remove_tree(o->dirfd, name) || output_fail(o, "remove", name);
}

/* What a write that was cut short left behind: nobody else's, for we hold the lock. Nothing is removed where nothing is there. */
static bool remove_left(struct output *o)
{
	struct stat st;

	for (unsigned i = 0; i < 2; i++) {
		const char *name = i ? OLD_NAME : NEW_NAME;

		if (fstatat(o->dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && !remove_tree(o, name))
			return false;
	}
	return true;
}

static bool lock_folder(struct output *o)
{
	int how = o->mode == OUTPUT_WRITE ? LOCK_EX : LOCK_SH;

	if (flock(o->dirfd, how | LOCK_NB) == 0)
		return true;
	if (errno != EWOULDBLOCK)
		return output_fail(o, "lock folder", NULL);
	return output_refuse(o, "another calcc is writing to %s: try again when it has ended", o->dir);
}

static bool open_folder(struct output *o)
{
	if (o->mode == OUTPUT_WRITE) {
		o->made = !file_exists(o->dir);
		if (!file_mkdirs(o->dir, 0777))
			return output_fail(o, "make folder", NULL);
	}
	o->dirfd = open(o->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (o->dirfd < 0)
		return (o->mode == OUTPUT_SHOW && errno == ENOENT) || output_fail(o, "open folder", NULL);
	return lock_folder(o) && (o->mode == OUTPUT_SHOW || remove_left(o)) && output_read_list(o);
}

static void output_lost(void *what);

struct output *output_open(const char *dir, enum output_mode mode, struct buf *error)
{
	struct output *o = mem_zalloc(1, sizeof *o);
	size_t len = strlen(dir);

	o->dirfd = o->newfd = o->oldfd = -1;
	o->error = error;
	mem_hold(output_lost, o);
	while (len > 1 && dir[len - 1] == '/')
		len--;
	o->dir = mem_strndup(dir, len);
	o->mode = mode;
	if (open_folder(o))
		return o;
	output_close(o);
	return NULL;
}

bool output_was_cut_short(const struct output *o)
{
	return o->cut_short;
}

static void shut(struct output *o, int *fd, const char *name)
{
	if (*fd >= 0 && close(*fd) != 0)
		output_fail(o, "close", name);
	*fd = -1;
}

static void free_file(struct output_file *f)
{
	if (f->sum)
		hash128_end(f->sum, f->hash);
	shut(f->o, &f->have, f->name);
	shut(f->o, &f->temp, f->name);
	buf_release(&f->text);
	mem_free(f->name);
	mem_free(f);
}

void output_close(struct output *o)
{
	if (!o)
		return;
	mem_let_go(o);
	for (size_t i = 0; i < o->count; i++)
		free_file(o->file[i]);
	if (o->newfd >= 0)
		remove_tree(o, NEW_NAME);
	if (o->oldfd >= 0)
		remove_tree(o, OLD_NAME);
	shut(o, &o->newfd, NEW_NAME);
	shut(o, &o->oldfd, OLD_NAME);
	shut(o, &o->dirfd, NULL);
	if (o->made && rmdir(o->dir) != 0 && errno != ENOTEMPTY && errno != EEXIST)
		output_fail(o, "remove", NULL);
	for (size_t i = 0; i < o->owned_count; i++)
		mem_free(o->owned[i].name);
	mem_free(o->owned);
	mem_free(o->file);
	mem_free(o->dir);
	mem_free(o);
}

/* A folder of ours within, made when it is needed first. */
static bool make_within(struct output *o, int *fd, const char *name)
{
	if (*fd >= 0)
		return true;
	if (mkdirat(o->dirfd, name, 0777) != 0)
		return output_fail(o, "make folder", name);
	*fd = openat(o->dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return *fd >= 0 || output_fail(o, "open folder", name);
}

/* ---- a file, as it is made ---- */

struct output_file *output_begin(struct output *o, const char *name)
{
	struct output_file *f = mem_zalloc(1, sizeof *f);

	*f = (struct output_file){ .o = o, .name = mem_strdup(name), .sum = hash128_new(), .have = -1, .temp = -1 };
	snprintf(f->made, sizeof f->made, "%zu", ++o->begun);
	o->file = mem_grow(o->file, &o->cap, o->count + 1, sizeof *o->file);
	o->file[o->count++] = f;
	if (!output_is_name(name, strlen(name)))
		output_refuse(o, "`%s` cannot be the name of a file that calcc writes", name);
	else if (o->dirfd >= 0 && o->mode == OUTPUT_WRITE)
		f->have = openat(o->dirfd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	return f;
}

/* Copies the first f->at bytes of what is there. */
static bool copy_same(struct output_file *f, char *part)
{
	for (uint64_t at = 0; at < f->at;) {
		size_t want = f->at - at < PART ? (size_t)(f->at - at) : PART;
		ssize_t n = pread(f->have, part, want, (off_t)at);

		if (n <= 0 || !file_write_all(f->temp, part, (size_t)n))
			return false;
		at += (uint64_t)n;
	}
	return true;
}

/* From here on it is another than what is there. */
static void part_ways(struct output_file *f)
{
	char *part = mem_alloc(PART);
	struct output *o = f->o;

	f->differs = true;
	if (!o->failed && make_within(o, &o->newfd, NEW_NAME)) {
		f->temp = openat(o->newfd, f->made, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
		if (f->temp < 0 || !copy_same(f, part))
			output_fail(o, "write", f->name);
	}
	mem_free(part);
	shut(o, &f->have, f->name);
}

/* Is [at, at + len) of what is there the same? Whole parts, or it differs. */
static bool goes_on_same(const struct output_file *f, const char *p, size_t len)
{
	char *part = mem_alloc(PART);
	bool same = f->have >= 0;

	for (size_t done = 0; same && done < len;) {
		size_t want = len - done < PART ? len - done : PART;
		ssize_t n = pread(f->have, part, want, (off_t)(f->at + done));

		same = n > 0 && memcmp(part, p + done, (size_t)n) == 0;
		done += same ? (size_t)n : 0;
	}
	mem_free(part);
	return same;
}

void output_add(struct output_file *f, const void *p, size_t len)
{
	hash128_add(f->sum, p, len);
	if (f->o->mode == OUTPUT_SHOW) {
		buf_add(&f->text, p, len);
		return;
	}
	if (!f->differs && !goes_on_same(f, p, len))
		part_ways(f);
	if (f->temp >= 0 && !f->o->failed && !file_write_all(f->temp, p, len))
		output_fail(f->o, "write", f->name);
	f->at += len;
}

const char *output_end(struct output_file *f)
{
	struct stat st;

	hash128_end(f->sum, f->hash);
	f->sum = NULL;
	if (f->o->mode == OUTPUT_SHOW)
		output_show_file(f);
	else if (!f->differs && (f->have < 0 || fstat(f->have, &st) != 0 || !S_ISREG(st.st_mode) || (uint64_t)st.st_size != f->at))
		part_ways(f);
	shut(f->o, &f->have, f->name);
	if (f->temp >= 0 && close(f->temp) != 0)
		output_fail(f->o, "write", f->name);
	f->temp = -1;
	return f->hash;
}

void output_drop(struct output_file *f)
{
	struct output *o = f->o;
	size_t i = o->count - 1;

	while (o->file[i] != f)
		i--;
	o->file[i] = o->file[--o->count];
	if (f->differs && o->newfd >= 0 && unlinkat(o->newfd, f->made, 0) != 0 && errno != ENOENT)
		output_fail(o, "remove", f->name);
	free_file(f);
}

/* ---- may it be written? ---- */

static bool may_replace(struct output *o, const char *name)
{
	switch (output_look(o, name)) {
	case FOUND_NOTHING:
	case FOUND_OURS: return true;
	case FOUND_ERROR: return output_fail(o, "read", name);
	case FOUND_CHANGED: return output_refuse(o, "%s/%s was changed since calcc wrote it: move it away, or remove it", o->dir, name);
	case FOUND_FOREIGN: break;
	}
	return output_refuse(o, "%s/%s is there and was not written by calcc: move it away, or write to another folder", o->dir, name);
}

static int by_name(const void *a, const void *b)
{
	return strcmp((*(struct output_file *const *)a)->name, (*(struct output_file *const *)b)->name);
}

/* In the order of names; true when nothing of them is refused. */
static bool look_at_all(struct output *o)
{
	if (o->count)
		qsort(o->file, o->count, sizeof *o->file, by_name);
	for (size_t i = 0; i < o->count && !o->failed; i++)
		if (o->file[i]->differs && o->dirfd >= 0)
			may_replace(o, o->file[i]->name);
	return !o->failed;
}

/* ---- the names change ---- */

static bool put_list(struct output *o, bool old_too, const char *temp)
{
	struct buf text = BUF_INIT;
	int fd;
	bool ok;

	output_list_text(o, old_too, &text);
	fd = openat(o->newfd, temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
	ok = fd >= 0 && file_write_all(fd, text.p, text.len);
	if (!ok)
		output_fail(o, "write", LIST_NAME);
	if (fd >= 0 && close(fd) != 0)
		ok = output_fail(o, "write", LIST_NAME);
	buf_release(&text);
	return ok;
}

/* What is there is kept in `.calcflow-old`: as a second link, or, where the disk has none, under that name alone. */
static bool keep_old(struct output *o, const char *name)
{
	if (linkat(o->dirfd, name, o->oldfd, name, 0) == 0 || errno == ENOENT)
		return true;
	return renameat(o->dirfd, name, o->oldfd, name) == 0;
}

static bool move_file(struct output_file *f)
{
	struct output *o = f->o;

	if (!keep_old(o, f->name))
		return output_fail(o, "write", f->name);
	f->moved = MOVED_KEPT;
	if (renameat(o->newfd, f->made, o->dirfd, f->name) != 0)
		return output_fail(o, "write", f->name);
	f->moved = MOVED_DONE;
	return true;
}

static bool undo_file(struct output_file *f)
{
	struct output *o = f->o;

	if (f->moved == MOVED_NOT || renameat(o->oldfd, f->name, o->dirfd, f->name) == 0)
		return true;
	return errno == ENOENT && (f->moved == MOVED_KEPT || unlinkat(o->dirfd, f->name, 0) == 0);
}

/* The old content comes back; where there was none, the new one goes. */
static bool undo(struct output *o)
{
	bool ok = true;

	for (size_t i = 0; i < o->count; i++)
		ok &= undo_file(o->file[i]);
	for (size_t i = 0; i < o->owned_count; i++)
		ok &= renameat(o->oldfd, o->owned[i].name, o->dirfd, o->owned[i].name) == 0 || errno == ENOENT;
	if (!ok)
		return false;
	return renameat(o->oldfd, LIST_NAME, o->dirfd, LIST_NAME) == 0 || (errno == ENOENT && unlinkat(o->dirfd, LIST_NAME, 0) == 0);
}

/* Memory is out: nobody hears of failures any more, `error` may be gone. */
static void output_lost(void *what)
{
	struct output *o = what;

	o->failed = true;
	if (o->moving)
		undo(o);
	output_close(o);
}

static bool move_all(struct output *o, struct emit_written *done)
{
	if (renameat(o->newfd, "mixed", o->dirfd, LIST_NAME) != 0)
		return output_fail(o, "write", LIST_NAME);
	for (size_t i = 0; i < o->count; i++)
		if (o->file[i]->differs && !move_file(o->file[i]))
			return false;
	for (size_t i = 0; i < o->owned_count; i++) {
		if (!output_is_stale(o, i))
			continue;
		if (renameat(o->dirfd, o->owned[i].name, o->oldfd, o->owned[i].name) != 0)
			return output_fail(o, "remove", o->owned[i].name);
		done->removed++;
	}
	return renameat(o->newfd, "list", o->dirfd, LIST_NAME) == 0 || output_fail(o, "write", LIST_NAME);
}

bool output_commit(struct output *o, struct emit_written *done)
{
	*done = (struct emit_written){ 0, 0, 0 };
	if (o->failed || !look_at_all(o))
		return false;
	for (size_t i = 0; i < o->count; i++)
		*(o->file[i]->differs ? &done->written : &done->same) += 1;
	if (!done->written && output_list_same(o)) {
		o->made = false;
		return true;
	}
	if (!make_within(o, &o->newfd, NEW_NAME) || !make_within(o, &o->oldfd, OLD_NAME) || !put_list(o, true, "mixed") ||
	    !put_list(o, false, "list"))
		return false;
	if (!keep_old(o, LIST_NAME))
		return output_fail(o, "write", LIST_NAME);
	o->moving = true;
	if (move_all(o, done)) {
		o->made = o->moving = false;
		return true;
	}
	o->moving = false;
	if (!undo(o))
		buf_printf(o->error, "; %s has old and new files now, which %s/%s lists: write once more to mend it", o->dir, o->dir, LIST_NAME);
	*done = (struct emit_written){ 0, 0, 0 };
	return false;
}

bool output_show(struct output *o, struct buf *out, struct emit_written *done)
{
	size_t f = 0;

	*done = (struct emit_written){ 0, 0, 0 };
	if (o->failed || !look_at_all(o))
		return false;
	for (size_t i = 0; i < o->owned_count || f < o->count;) {	/* both in the order of their names */
		if (i == o->owned_count || (f < o->count && strcmp(o->file[f]->name, o->owned[i].name) <= 0)) {
			*(o->file[f]->differs ? &done->written : &done->same) += 1;
			buf_add(out, o->file[f]->text.p, o->file[f]->text.len);
			f++;
		} else {
			if (output_is_stale(o, i)) {
				output_show_stale(o, o->owned[i].name, out);
				done->removed++;
			}
			i++;
		}
	}
	return !o->failed;
}

bool emit_write(const char *dir, const struct emit_files *files, struct emit_written *done, struct buf *error)
{
	struct output *o = output_open(dir, OUTPUT_WRITE, error);
	bool ok = o != NULL;

	*done = (struct emit_written){ 0, 0, 0 };
	for (size_t i = 0; ok && i < files->count; i++) {
		struct output_file *f = output_begin(o, files->file[i].name);

		output_add(f, files->file[i].text.p, files->file[i].text.len);
		output_end(f);
	}
	ok = ok && output_commit(o, done);
	output_close(o);
	return ok;
}
