/* `.calcflow`: a line for each file that calcc wrote into the folder, with a hash of it; and what stands there, held against it. */
#include "emitters/output_inner.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/file.h"
#include "base/hash.h"
#include "base/mem.h"

enum { LIST_LIMIT = 1 << 26, NAME_LIMIT = 255, PART = 1 << 16 };
static const char list_head[] = "# Files that calcc wrote here, with their XXH128 (xxhsum -H2).\n";
static const char mixed_head[] = "# Mixed: a write was cut short. What is listed twice is old or new; write once more to mend it.\n";

bool output_is_name(const char *name, size_t len)
{
	return len > 0 && len <= NAME_LIMIT && name[0] != '.' && !memchr(name, '/', len) && !memchr(name, '\0', len) && !memchr(name, '\n', len);
}

static bool read_line(struct output *o, const char *line, size_t len)
{
	struct owned *w;

	if (len == sizeof mixed_head - 2 && memcmp(line, mixed_head, len) == 0)
		o->cut_short = true;
	if (len == 0 || line[0] == '#')
		return true;
	if (len < DIGITS + 3 || strspn(line, "0123456789abcdef") != DIGITS || memcmp(line + DIGITS, "  ", 2) != 0 ||
	    !output_is_name(line + DIGITS + 2, len - DIGITS - 2))
		return false;
	o->owned = mem_grow(o->owned, &o->owned_cap, o->owned_count + 1, sizeof *o->owned);
	w = &o->owned[o->owned_count++];
	memcpy(w->hash, line, DIGITS);
	w->hash[DIGITS] = '\0';
	w->name = mem_strndup(line + DIGITS + 2, len - DIGITS - 2);
	return true;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct owned *)a)->name, ((const struct owned *)b)->name);
}

bool output_read_list(struct output *o)
{
	struct buf text = BUF_INIT;
	bool ok = file_readat(o->dirfd, LIST_NAME, LIST_LIMIT, &text) || (errno == ENOENT && !text.len);

	if (!ok && errno == EISDIR)
		output_refuse(o, "%s/%s is a folder, of a `calcc run` here: write to another folder than %s", o->dir, LIST_NAME, o->dir);
	else if (!ok && errno == ELOOP)
		output_refuse(o, "%s/%s is no file of ours: it should list the files that calcc wrote there; move it away", o->dir, LIST_NAME);
	else if (!ok)
		output_fail(o, "read", LIST_NAME);
	for (const char *at = buf_str(&text), *end = at + text.len; ok && at < end;) {
		size_t len = strcspn(at, "\n");

		ok = read_line(o, at, len) ||
			output_refuse(o, "%s/%s is damaged: it should list the files that calcc wrote there; move it away, and the files "
				      "that are named like new ones", o->dir, LIST_NAME);
		at += len + 1;
	}
	if (o->owned_count)
		qsort(o->owned, o->owned_count, sizeof *o->owned, by_name);
	buf_release(&text);
	return ok;
}

static void list_line(struct buf *out, const char *hash, const char *name)
{
	buf_addstr(out, hash);
	buf_add(out, "  ", 2);
	buf_addstr(out, name);
	buf_addch(out, '\n');
}

void output_list_text(const struct output *o, bool old_too, struct buf *text)
{
	buf_addstr(text, list_head);
	if (old_too)
		buf_addstr(text, mixed_head);
	for (size_t i = 0; i < o->count; i++)
		list_line(text, o->file[i]->hash, o->file[i]->name);
	for (size_t i = 0; old_too && i < o->owned_count; i++)
		list_line(text, o->owned[i].hash, o->owned[i].name);
}

bool output_list_same(const struct output *o)
{
	if (o->cut_short || o->owned_count != o->count)
		return false;
	for (size_t i = 0; i < o->count; i++)
		if (strcmp(o->file[i]->name, o->owned[i].name) != 0 || strcmp(o->file[i]->hash, o->owned[i].hash) != 0)
			return false;
	return true;
}

/* The first of owned with this name, or where it would be. */
static size_t find_owned(const struct output *o, const char *name)
{
	size_t low = 0, high = o->owned_count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (strcmp(o->owned[mid].name, name) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static bool hash_file(int fd, char hash[DIGITS + 1])
{
	struct hash128 *sum = hash128_new();
	char *part = mem_alloc(PART);
	ssize_t n;

	do {
		n = read(fd, part, PART);
		if (n > 0)
			hash128_add(sum, part, (size_t)n);
	} while (n > 0 || (n < 0 && errno == EINTR));
	hash128_end(sum, hash);
	mem_free(part);
	return n == 0;
}

enum found output_look(struct output *o, const char *name)
{
	enum found found = FOUND_FOREIGN;
	char hash[DIGITS + 1];
	struct stat st;
	bool ok;
	int fd;

	if (fstatat(o->dirfd, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return errno == ENOENT ? FOUND_NOTHING : FOUND_ERROR;
	if (!S_ISREG(st.st_mode))
		return FOUND_FOREIGN;
	fd = openat(o->dirfd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return FOUND_ERROR;
	ok = hash_file(fd, hash);
	if (close(fd) != 0 || !ok)
		return FOUND_ERROR;
	for (size_t i = find_owned(o, name); i < o->owned_count && strcmp(o->owned[i].name, name) == 0 && found != FOUND_OURS; i++)
		found = strcmp(o->owned[i].hash, hash) == 0 ? FOUND_OURS : FOUND_CHANGED;
	return found;
}

static int name_to_file(const void *name, const void *file)
{
	return strcmp(name, (*(struct output_file *const *)file)->name);
}

bool output_is_stale(struct output *o, size_t i)
{
	const char *name = o->owned[i].name;

	if (i && strcmp(o->owned[i - 1].name, name) == 0)
		return false;	/* once is enough */
	if (o->count && bsearch(name, o->file, o->count, sizeof *o->file, name_to_file))
		return false;
	return output_look(o, name) == FOUND_OURS;
}
