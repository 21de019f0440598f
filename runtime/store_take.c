/*
 * Taking what a step made. First it is moved to its final folder, which no step can write; then it is opened once,
 * beneath that folder, and checked through the descriptor: nothing can be changed between the check and the use.
 * A value is read against its type and stands afterwards in its natural form.
 */
#include "runtime/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"
#include "runtime/flat.h"
#include "runtime/store_inner.h"
#include "runtime/value.h"

int store_open_beneath(int dirfd, const char *path, int flags)
{
	struct open_how how = { .flags = (uint64_t)(unsigned)(flags | O_CLOEXEC | O_NOCTTY),
				.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS };

	return (int)syscall(SYS_openat2, dirfd, path, &how, sizeof how);
}

bool store_keep_log(int fd, int dirfd, const char *path, const char *log_path)
{
	char part[65536];
	ssize_t n;
	int to;
	bool ok = true;

	if (renameat(dirfd, path, AT_FDCWD, log_path) == 0)
		return true;
	if (errno != EXDEV)
		return false;
	to = open(log_path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0640);
	if (to < 0)
		return false;
	while (ok && (n = read(fd, part, sizeof part)) > 0)
		ok = file_write_all(to, part, (size_t)n);
	return close(to) == 0 && ok;
}

/* One result on its way into done/<key>. */
struct taking {
	struct store *s;
	const struct store_take *t;
	const struct plan_port *port;
	bool names_apply;
	struct buf *error;
	const char *what;	/* "result", or "state" */
};

static bool misfit(const struct taking *k, const char *what)
{
	buf_printf(k->error, "its %s `%s` %s", k->what, k->port->name, what);
	return false;
}

static bool is_optional(const struct plan *p, uint32_t type)
{
	return p->type[type].kind == PLAN_OPTIONAL;
}

static const char *kind_of(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFDIR: return "a folder";
	case S_IFLNK: return "a symbolic link";
	case S_IFIFO: return "a named pipe";
	case S_IFSOCK: return "a socket";
	case S_IFREG: return "a regular file";
	default: return "a device";
	}
}

/* Readable for all slots, writable for none. In a pod the file is its slot's: then the group must be able to read it. */
static bool seal(int fd, const struct stat *st, bool in_pod)
{
	if (fchmod(fd, (st->st_mode & 0550) | 0440) == 0)
		return true;
	return errno == EPERM && (!in_pod || (st->st_mode & 0040));
}

/* Opens the regular file with one link that stands at `path`; -1 with a message. `item`: its name in a folder, or NULL. */
static int open_checked(const struct taking *k, const char *path, const char *item, struct stat *st)
{
	int fd = store_open_beneath(k->s->done, path, O_RDONLY | O_NONBLOCK);
	const char *in = item ? " in the folder: " : "", *name = item ? item : "";
	struct stat there;

	if (fd < 0 && (errno == ELOOP || errno == ENXIO) &&
	    fstatat(k->s->done, path, &there, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISREG(there.st_mode)) {
		buf_printf(k->error, "its %s `%s` must be a regular file, and is %s%s%s", k->what, k->port->name,
			   kind_of(there.st_mode), in, name);
		return -1;
	}
	if (fd < 0) {
		buf_printf(k->error, "its %s `%s` cannot be opened%s%s: %s", k->what, k->port->name, in, name, strerror(errno));
		return -1;
	}
	if (fstat(fd, st) == 0 && S_ISREG(st->st_mode) && st->st_nlink == 1 && seal(fd, st, k->s->in_pod))
		return fd;
	if (!S_ISREG(st->st_mode))
		buf_printf(k->error, "its %s `%s` must be a regular file, and is %s%s%s", k->what, k->port->name,
			   kind_of(st->st_mode), in, name);
	else if (st->st_nlink != 1)
		buf_printf(k->error, "its %s `%s` must be a file of its own, and has %lu hard links%s%s", k->what, k->port->name,
			   (unsigned long)st->st_nlink, in, name);
	else
		buf_printf(k->error, "its %s `%s` cannot be read by the group (mode %04o)%s%s", k->what, k->port->name,
			   (unsigned)st->st_mode & 07777, in, name);
	close(fd);
	return -1;
}

/* ---- folders of files ---- */

struct names {
	char **name;
	size_t count, cap;
};

static void names_release(struct names *n)
{
	for (size_t i = 0; i < n->count; i++)
		mem_free(n->name[i]);
	mem_free(n->name);
}

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool read_names(const struct taking *k, const char *path, struct names *out)
{
	int fd = store_open_beneath(k->s->done, path, O_RDONLY | O_DIRECTORY);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!dir) {
		int why = errno;

		if (fd >= 0)
			close(fd);
		return misfit(k, why == ENOTDIR || why == ELOOP ? "must be a folder of files" : strerror(why));
	}
	while ((errno = 0, entry = readdir(dir))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		out->name = mem_grow(out->name, &out->cap, out->count + 1, sizeof *out->name);
		out->name[out->count++] = mem_strdup(entry->d_name);
	}
	closedir(dir);
	if (out->count)
		qsort(out->name, out->count, sizeof *out->name, by_bytes);
	return true;
}

/* Both sorted: every wanted name there, and no other. */
static bool names_are(const struct taking *k, const struct names *have, const struct names *want)
{
	size_t i = 0, j = 0;

	while (i < have->count || j < want->count) {
		int order = i == have->count ? 1 : j == want->count ? -1 : strcmp(have->name[i], want->name[j]);

		if (order == 0) {
			i++;
			j++;
			continue;
		}
		if (order > 0)
			buf_printf(k->error, "it did not make `%s`, which its row says it makes (in the folder of `%s`)",
				   want->name[j], k->port->name);
		else
			buf_printf(k->error, "it made `%s`, which its row does not name (in the folder of `%s`)",
				   have->name[i], k->port->name);
		return false;
	}
	return true;
}

static bool check_names(const struct taking *k, const struct names *have)
{
	struct names want = { 0 };
	struct buf key = BUF_INIT;
	bool ok;

	for (uint32_t i = 0; i < k->t->count; i++) {
		buf_clear(&key);
		file_encode_key(&key, k->t->names[i], strlen(k->t->names[i]));
		want.name = mem_grow(want.name, &want.cap, want.count + 1, sizeof *want.name);
		want.name[want.count++] = mem_strdup(key.p);
	}
	if (want.count)
		qsort(want.name, want.count, sizeof *want.name, by_bytes);
	ok = names_are(k, have, &want);
	names_release(&want);
	buf_release(&key);
	return ok;
}

/* A part of a result: where it stands, what it is to be, and its name in a folder (NULL: the result itself). */
struct part {
	const char *path, *item;
	uint32_t type;
	enum plan_format format;
};

static bool check_part(const struct taking *k, const struct part *part);

/* The items of a list of files, or of such lists. */
static bool check_items(const struct taking *k, const struct part *list, const struct names *have)
{
	uint32_t elem = k->t->plan->type[value_present(k->t->plan, list->type)].elem;
	struct buf path = BUF_INIT;
	bool ok = true;

	for (size_t i = 0; ok && i < have->count; i++) {
		buf_clear(&path);
		buf_printf(&path, "%s/%s", list->path, have->name[i]);
		ok = check_part(k, &(struct part){ path.p, have->name[i], elem, FORMAT_NATURAL });
	}
	buf_release(&path);
	return ok;
}

static bool has_name(const struct names *have, const char *name)
{
	return have->count && bsearch(&name, have->name, have->count, sizeof *have->name, by_bytes);
}

/* A record or choice with files in it: an entry for each field, for the one arm. */
static bool check_fields(const struct taking *k, const struct part *whole, const struct names *have)
{
	const struct plan *p = k->t->plan;
	const struct plan_type *t = &p->type[value_present(p, whole->type)];
	struct buf path = BUF_INIT, name = BUF_INIT;
	size_t found = 0;
	bool ok = true;

	for (uint32_t i = 0; ok && i < t->count; i++) {
		const struct plan_field *f = &p->field[t->first + i];

		buf_clear(&name);
		buf_clear(&path);
		file_encode_key(&name, f->name, strlen(f->name));
		buf_printf(&path, "%s/%s", whole->path, name.p);
		if (has_name(have, name.p)) {
			found++;
			ok = check_part(k, &(struct part){ path.p, name.p, f->type, FORMAT_NATURAL });
		} else if (t->kind == PLAN_RECORD && !is_optional(p, f->type)) {
			buf_printf(k->error, "its %s `%s` does not fit its type: `%s` is missing in its folder", k->what, k->port->name, name.p);
			ok = false;
		}
	}
	if (ok && (found != have->count || (t->kind == PLAN_CHOICE && found != 1))) {
		buf_printf(k->error, "its %s `%s` does not fit its type: its folder has %zu entries, and %zu of them are %s", k->what, k->port->name,
			   have->count, found, t->kind == PLAN_CHOICE ? "arms: there must be one" : "fields");
		ok = false;
	}
	buf_release(&path);
	buf_release(&name);
	return ok;
}

static bool check_folder(const struct taking *k, const struct part *part)
{
	struct names have = { 0 };
	bool ok = read_names(k, part->path, &have);

	if (k->t->plan->type[value_present(k->t->plan, part->type)].kind == PLAN_LIST)
		ok = ok && check_items(k, part, &have) && (part->item || !k->names_apply || check_names(k, &have));
	else
		ok = ok && check_fields(k, part, &have);
	names_release(&have);
	return ok;
}

/* ---- values ---- */

static bool read_whole(const struct taking *k, int fd, const struct stat *st, struct buf *text)
{
	size_t size = (size_t)st->st_size, got = 0;

	if ((uintmax_t)st->st_size > LIMIT_DATA)
		return misfit(k, "is larger than a value may be (1 GiB); a `file` has no such limit");
	buf_reserve(text, size + 1);
	while (got < size) {
		ssize_t n = read(fd, text->p + got, size - got);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return misfit(k, strerror(errno));
		if (n == 0)
			break;
		got += (size_t)n;
	}
	text->len = got;
	text->p[got] = '\0';
	return true;
}

static bool write_natural(const struct taking *k, const struct part *part, const struct buf *text)
{
	struct buf path = BUF_INIT;
	bool ok;

	buf_printf(&path, "%s/done/%s", k->s->data, part->path);
	ok = (unlink(path.p) == 0 || store_failed(k->error, "replace", path.p)) &&
	     store_put(path.p, text->p ? text->p : "", text->len, k->error);
	buf_release(&path);
	return ok;
}

/* Is it the other way to say that a T? is absent? */
static bool is_null(const struct taking *k, const struct part *part, const struct buf *natural)
{
	return is_optional(k->t->plan, part->type) && value_natural_format(k->t->plan, part->type) == FORMAT_JSON &&
	       natural->len == 5 && memcmp(natural->p, "null\n", 5) == 0;
}

static bool check_value(const struct taking *k, const struct part *part)
{
	struct buf text = BUF_INIT, natural = BUF_INIT, why = BUF_INIT;
	struct stat st;
	int fd = open_checked(k, part->path, part->item, &st);
	bool ok = fd >= 0;

	if (!ok)
		return false;
	ok = read_whole(k, fd, &st, &text);
	close(fd);
	if (ok && !value_import(k->t->plan, part->type, part->format, buf_str(&text), text.len, &natural, &why)) {
		buf_printf(k->error, "its %s `%s` does not fit its type: %s%s%s", k->what, k->port->name, part->item ? part->item : "",
			   part->item ? ": " : "", buf_str(&why));
		ok = false;
	}
	if (ok && is_null(k, part, &natural))
		ok = unlinkat(k->s->done, part->path, 0) == 0 || misfit(k, strerror(errno));
	else if (ok && (natural.len != text.len || (text.len && memcmp(natural.p, text.p, text.len) != 0)))
		ok = write_natural(k, part, &natural);
	buf_release(&text);
	buf_release(&natural);
	buf_release(&why);
	return ok;
}

/* ---- images ---- */

/*
 * Can nobody write to it any more? A native program lives on, and a mapping or a descriptor of its own would outlive the seal: the
 * kernel grants a read lease only where there is none. Who opens it for writing in that moment would have us told by SIGIO.
 */
static bool is_settled(int fd)
{
	signal(SIGIO, SIG_IGN);
	return fcntl(fd, F_SETLEASE, F_RDLCK) == 0 && fcntl(fd, F_SETLEASE, F_UNLCK) == 0;
}

static bool check_image(const struct taking *k, const struct part *part, const char *image, size_t len)
{
	struct buf why = BUF_INIT;
	bool ok = flat_to_natural(k->t->plan, part->type, image, len, NULL, &why);

	if (!ok)
		buf_printf(k->error, "its %s `%s` does not fit its type: %s", k->what, k->port->name, why.p);
	buf_release(&why);
	return ok;
}

/* As it stands: it is mapped to be checked, and then renamed. */
static bool keep_image(const struct taking *k, const struct part *part, int fd, const struct stat *st, const char *flat)
{
	size_t len = (size_t)st->st_size;
	void *at = len ? mmap(NULL, len, PROT_READ, MAP_PRIVATE, fd, 0) : NULL;
	bool ok = at != MAP_FAILED || misfit(k, strerror(errno));

	ok = ok && check_image(k, part, len ? at : "", len);
	if (len && at != MAP_FAILED)
		munmap(at, len);
	return ok && (renameat(k->s->done, part->path, k->s->done, flat) == 0 || misfit(k, strerror(errno)));
}

/* A copy of it that is ours alone. */
static bool copy_image(const struct taking *k, const struct part *part, int fd, const struct stat *st, const char *flat)
{
	struct buf text = BUF_INIT, to = BUF_INIT;
	bool ok = read_whole(k, fd, st, &text) && check_image(k, part, buf_str(&text), text.len);

	buf_printf(&to, "%s/done/%s", k->s->data, flat);
	ok = ok && (unlinkat(k->s->done, part->path, 0) == 0 || misfit(k, strerror(errno))) && store_put(to.p, text.p, text.len, k->error);
	buf_release(&text);
	buf_release(&to);
	return ok;
}

/* The natural text of it is made when somebody asks for that (store_natural). */
static bool check_flat(const struct taking *k, const struct part *part)
{
	struct buf flat = BUF_INIT;
	struct stat st;
	int fd = open_checked(k, part->path, part->item, &st);
	bool ok = fd >= 0;

	if (!ok)
		return false;
	buf_printf(&flat, "%s" FLAT_SUFFIX, part->path);
	if (is_settled(fd) && fstat(fd, &st) == 0)
		ok = keep_image(k, part, fd, &st, flat.p);
	else
		ok = copy_image(k, part, fd, &st, flat.p);
	close(fd);
	buf_release(&flat);
	return ok;
}

/* ---- all results ---- */

static bool check_part(const struct taking *k, const struct part *part)
{
	struct stat st;
	int fd;

	if (value_is_folder(k->t->plan, part->type))
		return check_folder(k, part);
	if (part->format == FORMAT_FLAT)
		return check_flat(k, part);
	if (!value_is_file(k->t->plan, part->type))
		return check_value(k, part);
	fd = open_checked(k, part->path, part->item, &st);
	return fd >= 0 && close(fd) == 0;
}

bool store_check_made(struct store *s, const struct store_take *t, const struct store_made *m, struct buf *error)
{
	const struct plan_port port = { m->name, m->type, (uint8_t)m->format };
	const struct taking k = { .s = s, .t = t, .port = &port, .error = error, .what = m->what };

	return check_part(&k, &(struct part){ m->path, NULL, m->type, m->format });
}

/* One that came with the answer. It is kept in memory, or, when there is too much, in its file. */
static bool take_travelled(const struct taking *k, uint32_t r, const char *image, uint32_t len)
{
	struct part part = { .type = k->port->type, .format = FORMAT_FLAT };
	struct buf to = BUF_INIT;
	bool ok;

	if (k->port->format != FORMAT_FLAT || !k->t->func->native)
		return misfit(k, "came as an image, and is none");
	if (len == 0)
		ok = is_optional(k->t->plan, k->port->type) || misfit(k, "was not made");
	else
		ok = check_image(k, &part, image, len);
	if (ok && !store_keep_image(k->s, store_keep(k->s, k->t->key, k->t->func->results), r, image, len)) {
		buf_printf(&to, "%s/done/%s/%s" FLAT_SUFFIX, k->s->data, k->t->key, k->port->name);
		ok = store_put(to.p, image, len, k->error);
		buf_release(&to);
	}
	return ok;
}

/* out: what the attempt's folder has under that name. A slot can put a link there that leads to what others made, so the way to
 * a result is never looked up again. */
static bool take_result(struct store *s, int out, const struct store_take *t, uint32_t r, struct buf *error)
{
	const struct plan_port *port = &t->plan->port[t->func->first_result + r];
	struct buf to = BUF_INIT;
	struct taking k = { s, t, port, t->exact == r, error, "result" };
	bool ok;

	buf_printf(&to, "%s/%s", t->key, port->name);
	if (renameat(out, port->name, s->done, to.p) == 0)
		ok = check_part(&k, &(struct part){ to.p, NULL, port->type, (enum plan_format)port->format });
	else if (errno == ENOENT)
		ok = is_optional(t->plan, port->type) || misfit(&k, "was not made: the command ended well, and nothing stands at its path");
	else
		ok = misfit(&k, strerror(errno));
	buf_release(&to);
	return ok;
}

int store_open_out(const struct store *s, uint32_t slot, struct buf *error)
{
	struct buf path = BUF_INIT;
	int fd;

	buf_printf(&path, "%s/out", s->slot[slot].name);
	fd = store_open_beneath(s->slot[slot].fd, path.p, O_RDONLY | O_DIRECTORY);
	if (fd < 0)
		buf_printf(error, "the folder of its outputs is no longer the one that it was given: %s", strerror(errno));
	buf_release(&path);
	return fd;
}

static bool make_done(const struct taking *k)
{
	const char *key = k->t->key;

	if (mkdirat(k->s->done, key, 0750) == 0 ||
	    (errno == EEXIST && store_discard(k->s, k->s->done, key) && mkdirat(k->s->done, key, 0750) == 0))
		return true;
	return store_failed(k->error, "make the folder of the outputs", key);
}

/* How many did not come with the answer, or may not stay in memory? These have a folder. */
static bool needs_folder(const struct store *s, const struct store_take *t)
{
	struct slot_images images = t->images;
	const char *image;
	uint32_t len;

	for (uint32_t r = 0; r < t->func->results; r++)
		if (!slot_images_next(&images, &image, &len) || len == SLOT_ELSEWHERE)
			return true;
	return s->in_pod || s->kept.bytes + t->images.len + t->func->results * KEPT_BESIDE > s->kept.most;
}

static bool take_results(struct store *s, uint32_t slot, const struct store_take *t, bool folder, struct buf *error)
{
	struct slot_images images = t->images;
	int out = folder ? store_open_out(s, slot, error) : -1;
	bool ok = !folder || out >= 0;

	for (uint32_t r = 0; ok && r < t->func->results; r++) {
		struct taking k = { s, t, &t->plan->port[t->func->first_result + r], t->exact == r, error, "result" };
		const char *image;
		uint32_t len = SLOT_ELSEWHERE;

		if (images.len && !slot_images_next(&images, &image, &len))
			ok = misfit(&k, "came as an image, and is none");
		else if (len == SLOT_ELSEWHERE)
			ok = take_result(s, out, t, r, error);
		else
			ok = take_travelled(&k, r, image, len) && (!s->in_pod || unlinkat(out, k.port->name, 0) == 0 || errno == ENOENT);
	}
	if (out >= 0)
		close(out);
	return ok;
}

bool store_take(struct store *s, uint32_t slot, const struct store_take *t, struct buf *error)
{
	struct taking k = { .s = s, .t = t, .error = error, .what = "result" };
	struct kept_images *kept;
	bool folder, ok;

	if (t->func->results == 0)
		return true;
	store_images_forget(s, t->key);
	folder = needs_folder(s, t);
	ok = (!folder || make_done(&k)) && take_results(s, slot, t, folder, error);
	kept = store_kept(s, t->key);
	if (kept)
		kept->folder = folder;
	if (!ok)
		store_release(s, t->key);
	return ok;
}

void store_output_path(const struct store *s, const char *key, const char *port, struct buf *path)
{
	buf_printf(path, "%s/done/%s/%s", s->data, key, port);
}

static bool has_image(const struct store *s, const char *path)
{
	struct buf flat = BUF_INIT;
	struct stat st;
	bool has;

	buf_printf(&flat, "%s" FLAT_SUFFIX, path);
	has = fstatat(s->done, flat.p, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode);
	buf_release(&flat);
	return has;
}

bool store_has_outputs(const struct store *s, const struct plan *p, const struct plan_func *f, const char *key)
{
	struct buf path = BUF_INIT;
	const char *image;
	uint32_t len;
	struct stat st;
	bool ok = true;

	for (uint32_t r = 0; ok && r < f->results; r++) {
		const struct plan_port *port = &p->port[f->first_result + r];

		buf_clear(&path);
		buf_printf(&path, "%s/%s", key, port->name);
		if (port->format == FORMAT_FLAT && (store_image(s, key, r, &image, &len) || has_image(s, path.p)))
			continue;
		if (fstatat(s->done, path.p, &st, AT_SYMLINK_NOFOLLOW) == 0)
			ok = value_is_folder(p, port->type) ? S_ISDIR(st.st_mode) :
			     S_ISREG(st.st_mode) || (S_ISLNK(st.st_mode) && f->expr != PLAN_NONE);
		else
			ok = errno == ENOENT && is_optional(p, port->type) &&
			     fstatat(s->done, key, &st, AT_SYMLINK_NOFOLLOW) == 0;
	}
	buf_release(&path);
	return ok;
}

void store_release(struct store *s, const char *key)
{
	store_images_forget(s, key);
	store_discard(s, s->done, key);
}
