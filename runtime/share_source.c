/*
 * Finding and reading sources. A pattern is walked part by part (`**` is any number of folders); links and dotfiles are
 * no matches. It knows shares as folders and nothing of how they are mounted.
 */
#include "runtime/share_source.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/file.h"
#include "base/hash.h"
#include "base/limits.h"
#include "base/mem.h"
#include "runtime/host.h"
#include "runtime/store.h"
#include "runtime/value.h"
#include "runtime/window.h"

enum { MOST_FOLDERS = 64 };	/* depth of `**` */

/* A source while it is being found. */
struct finding {
	const struct plan *plan;
	const struct plan_source *source;
	struct share_source *out;
	size_t cap;
	struct buf at;		/* path of the folder or file that is looked at */
	size_t fixed;		/* length of `at` before the first part with a wildcard */
	struct buf *error;
};

void share_folder(const struct host_binding *bound, uint32_t count, const char *share, struct buf *path)
{
	for (uint32_t i = 0; i < count; i++) {
		if (strcmp(bound[i].name, share) == 0) {
			buf_addstr(path, bound[i].dir);
			return;
		}
	}
	buf_printf(path, "./%s", share);
}

bool share_match(const char *pattern, const char *name)
{
	const char *star = NULL, *resume = NULL;

	if (name[0] == '.' && pattern[0] != '.')
		return false;
	for (;;) {
		if (*pattern == '*') {
			star = pattern++;
			resume = name;
		} else if (*name && (*pattern == '?' || *pattern == *name)) {
			pattern++;
			name++;
		} else if (!*name) {
			return !*pattern;
		} else if (star) {
			pattern = star + 1;
			name = ++resume;
		} else {
			return false;
		}
	}
}

static bool failed(struct finding *f, const char *what, const char *why)
{
	bool implied = !f->source->loc[0];	/* the files that no row of the data makes: no line of the program names it */

	buf_printf(f->error, "%s%ssource `%s`%s: %s: %s\n", f->source->loc, implied ? "" : ": ", f->source->name,
		   implied ? " (files that no row makes)" : "", what, why);
	return false;
}

/* Nothing came for the window: whether that is a failure, the source says. */
static bool nothing(struct finding *f, const char *what, const char *why)
{
	if (f->source->window == PLAN_NONE || f->source->file || f->source->idle != PLAN_IDLE_SKIP)
		return failed(f, what, why);
	f->out->idle = true;
	return true;
}

static void add_file(struct finding *f, const char *name)
{
	f->out->file = mem_grow(f->out->file, &f->cap, f->out->files + 1, sizeof *f->out->file);
	f->out->file[f->out->files].name = mem_strdup(name);
	f->out->file[f->out->files++].path = mem_strdup(f->at.p);
}

static void add_match(struct finding *f)
{
	const char *below = f->at.p + f->fixed;
	struct buf name = BUF_INIT;

	while (*below == '/')
		below++;
	if (strchr(below, '/'))
		file_encode_key(&name, below, strlen(below));
	else
		buf_addstr(&name, below);
	add_file(f, name.p);
	buf_release(&name);
}

/* ---- patterns ---- */

static bool walk(struct finding *f, const char *pattern, unsigned depth);

/* One entry of the folder `at` against the part `part`; `rest` is the pattern after it, "" at its end. */
static bool walk_entry(struct finding *f, const char *part, const char *rest, const struct dirent *entry, unsigned depth)
{
	size_t len = f->at.len;
	bool any = strcmp(part, "**") == 0, last = !*rest, ok = true;
	struct stat st;

	if (entry->d_name[0] == '.' && (any || part[0] != '.'))
		return true;
	if (!any && !share_match(part, entry->d_name))
		return true;
	buf_printf(&f->at, "/%s", entry->d_name);
	if (lstat(f->at.p, &st) != 0)
		ok = errno == ENOENT || failed(f, f->at.p, strerror(errno));
	else if (S_ISDIR(st.st_mode) && any)
		ok = walk(f, last ? "**" : part, depth + 1);
	else if (S_ISDIR(st.st_mode) && !last)
		ok = walk(f, rest, depth + 1);
	else if (S_ISREG(st.st_mode) && last)
		add_match(f);
	f->at.len = len;
	f->at.p[len] = '\0';
	return ok;
}

static bool walk_folder(struct finding *f, const char *part, const char *rest, unsigned depth)
{
	DIR *dir = opendir(f->at.p);
	struct dirent *entry;
	bool ok = true;

	if (!dir && errno == ENOENT && f->at.len == f->fixed)
		return nothing(f, f->at.p, strerror(errno));
	if (!dir)
		return failed(f, f->at.p, strerror(errno));
	while (ok && (errno = 0, entry = readdir(dir)))
		ok = walk_entry(f, part, rest, entry, depth);
	closedir(dir);
	return ok;
}

/* Everything below the folder `at` that matches the rest of the pattern. */
static bool walk(struct finding *f, const char *pattern, unsigned depth)
{
	size_t len = strcspn(pattern, "/");
	char *part = mem_strndup(pattern, len);
	const char *rest = pattern + len + (pattern[len] == '/');
	bool ok = true;

	if (depth > MOST_FOLDERS) {
		ok = failed(f, f->at.p, "folders are nested too deep");
	} else if (strcmp(part, "**") == 0 && *rest) {
		ok = walk(f, rest, depth + 1);		/* no folder at all */
		if (ok) {
			DIR *dir = opendir(f->at.p);
			struct dirent *entry;

			if (!dir)
				ok = errno == ENOENT && f->at.len == f->fixed ? nothing(f, f->at.p, strerror(errno)) : failed(f, f->at.p, strerror(errno));
			while (ok && (entry = readdir(dir))) {
				size_t here = f->at.len;
				struct stat st;

				if (entry->d_name[0] == '.')
					continue;
				buf_printf(&f->at, "/%s", entry->d_name);
				if (lstat(f->at.p, &st) == 0 && S_ISDIR(st.st_mode))
					ok = walk(f, pattern, depth + 1);
				f->at.len = here;
				f->at.p[here] = '\0';
			}
			if (dir)
				closedir(dir);
		}
	} else {
		ok = walk_folder(f, *part ? part : "*", rest, depth);
	}
	mem_free(part);
	return ok;
}

static bool has_wildcard(const char *path)
{
	size_t len = strlen(path);

	return strpbrk(path, "*?") || len == 0 || path[len - 1] == '/';
}

static bool find_pattern(struct finding *f, const char *pattern)
{
	const char *first = strpbrk(pattern, "*?"), *part;

	if (!first)
		first = pattern + strlen(pattern);
	for (part = first; part > pattern && part[-1] != '/'; part--)
		;
	if (part > pattern) {
		buf_addch(&f->at, '/');
		buf_add(&f->at, pattern, (size_t)(part - pattern) - 1);
	}
	f->fixed = f->at.len;
	if (!walk(f, part, 0))
		return false;
	return f->out->files > 0 || f->out->idle || nothing(f, f->at.p, "no file there matches its pattern");
}

static bool find_one(struct finding *f)
{
	const char *slash = strrchr(f->at.p, '/');
	struct stat st;

	if (stat(f->at.p, &st) != 0)
		return errno == ENOENT ? nothing(f, f->at.p, strerror(errno)) : failed(f, f->at.p, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return failed(f, f->at.p, "is not a regular file");
	if (access(f->at.p, R_OK) != 0)
		return failed(f, f->at.p, strerror(errno));
	add_file(f, slash ? slash + 1 : f->at.p);
	return true;
}

static bool make_absolute(struct finding *f)
{
	char *whole = realpath(f->at.p, NULL);

	if (!whole)
		return failed(f, f->at.p, errno == ENOENT ? "there is no such file or folder" : strerror(errno));
	buf_clear(&f->at);
	buf_addstr(&f->at, strcmp(whole, "/") == 0 ? "" : whole);
	free(whole);
	return true;
}

static bool find_files(struct finding *f, const struct host_binding *bound, uint32_t count)
{
	const struct plan_source *s = f->source;
	bool list = f->plan->type[s->type].kind == PLAN_LIST;
	struct stat st;

	if (s->file) {		/* --data */
		buf_addstr(&f->at, s->file);
		if (!make_absolute(f))
			return false;
		if (list && stat(f->at.p, &st) == 0 && S_ISDIR(st.st_mode))
			return find_pattern(f, "*");
		return find_one(f);
	}
	share_folder(bound, count, s->share, &f->at);
	if (!make_absolute(f)) {
		buf_printf(f->error, "  help: bind the share to a folder with --share %s=DIR\n", s->share);
		return false;
	}
	if (list && has_wildcard(s->path))
		return find_pattern(f, s->path);
	buf_printf(&f->at, "/%s", s->path);
	return find_one(f);
}

/* ---- names and fingerprint ---- */

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct share_file *)a)->name, ((const struct share_file *)b)->name);
}

static bool sort_files(struct finding *f)
{
	struct share_source *s = f->out;

	if (s->files)
		qsort(s->file, s->files, sizeof *s->file, by_name);
	for (uint32_t i = 1; i < s->files; i++)
		if (strcmp(s->file[i - 1].name, s->file[i].name) == 0)
			return failed(f, s->file[i].path, "has the same name in the list as another file");
	return true;
}

static void one_fingerprint(const struct finding *f, struct share_file *file, const int64_t numbers[3])
{
	struct sha256 *h = sha256_new();
	uint8_t digest[32];

	sha256_add(h, file->name, strlen(file->name) + 1);
	sha256_add(h, numbers, 3 * sizeof *numbers);
	sha256_add(h, &f->source->format, sizeof f->source->format);
	sha256_end(h, digest);
	memcpy(file->fingerprint, digest, sizeof file->fingerprint);
}

static bool fingerprint(struct finding *f)
{
	struct sha256 *h = sha256_new();
	uint8_t digest[32];
	bool ok = true;

	for (uint32_t i = 0; ok && i < f->out->files; i++) {
		struct share_file *file = &f->out->file[i];
		struct stat st;

		if (stat(file->path, &st) != 0) {
			ok = failed(f, file->path, strerror(errno));
		} else {
			int64_t numbers[3] = { st.st_size, st.st_mtim.tv_sec, st.st_mtim.tv_nsec };

			sha256_add(h, file->name, strlen(file->name) + 1);
			sha256_add(h, numbers, sizeof numbers);
			one_fingerprint(f, file, numbers);
		}
	}
	sha256_add(h, &f->source->format, sizeof f->source->format);
	sha256_end(h, digest);
	memcpy(f->out->fingerprint, digest, sizeof f->out->fingerprint);
	return ok;
}

/* ---- values ---- */

enum plan_format share_format(enum plan_format said, const char *path)
{
	const char *dot = strrchr(path, '.');

	if (said != FORMAT_NATURAL || !dot)
		return said;
	if (strcmp(dot, ".json") == 0)
		return FORMAT_JSON;
	if (strcmp(dot, ".jsonl") == 0 || strcmp(dot, ".ndjson") == 0)
		return FORMAT_JSONL;
	return strcmp(dot, ".csv") == 0 ? FORMAT_CSV : FORMAT_NATURAL;
}

/* Append one file's items to a natural text: lines to lines, and arrays within one pair of brackets. */
static void join(struct buf *all, struct buf *one, bool array, bool first)
{
	size_t len = one->len;

	if (!array) {
		buf_add(all, buf_str(one), len);
		return;
	}
	while (len && (one->p[len - 1] == '\n' || one->p[len - 1] == ']'))
		len--;
	buf_addstr(all, first ? "[" : "");
	if (!first && len > 1 && all->len > 1)
		buf_addch(all, ',');
	if (len > 1)
		buf_add(all, one->p + 1, len - 1);
}

/* The rows of the window; of none, nothing came. */
static bool slice(struct finding *f, struct buf *all, struct buf *why)
{
	const struct plan *p = f->plan;
	const struct plan_type *list = &p->type[f->source->type];
	struct buf kept = BUF_INIT;
	bool ok = true;

	if (f->source->by != PLAN_NONE) {
		ok = window_slice(p, list->elem, f->source->by, buf_str(all), all->len, &kept, &f->out->other_rows, why);
		buf_clear(all);
		buf_add(all, buf_str(&kept), kept.len);
		buf_release(&kept);
	}
	if (!ok)
		return failed(f, f->at.p, buf_str(why));
	if (f->source->window != PLAN_NONE && list->kind == PLAN_LIST && (!all->len || strcmp(buf_str(all), "[]\n") == 0))
		return nothing(f, f->at.p, "there are no rows for the window");
	return true;
}

static bool read_value(struct finding *f, const char *to)
{
	const struct plan *p = f->plan;
	uint32_t type = f->source->type;
	bool array = p->type[type].kind == PLAN_LIST && value_natural_format(p, type) == FORMAT_JSON && f->out->files > 1;
	struct buf all = BUF_INIT, text = BUF_INIT, one = BUF_INIT, why = BUF_INIT;
	bool ok = true;

	for (uint32_t i = 0; ok && i < f->out->files; i++) {
		const char *from = f->out->file[i].path;

		buf_clear(&text);
		buf_clear(&one);
		if (!file_read(from, LIMIT_DATA, &text))
			ok = failed(f, from, errno == EFBIG ? "is larger than data may be (1 GiB)" : strerror(errno));
		else if (!value_import(p, type, share_format((enum plan_format)f->source->format, from), buf_str(&text), text.len, &one, &why))
			ok = failed(f, from, buf_str(&why));
		else
			join(&all, &one, array, i == 0);
	}
	if (array)
		buf_addstr(&all, "]\n");
	ok = ok && slice(f, &all, &why);
	if (ok && !f->out->idle && !store_put(to, buf_str(&all), all.len, &why))
		ok = failed(f, to, buf_str(&why));
	f->out->natural = ok ? mem_strdup(to) : NULL;
	buf_release(&all);
	buf_release(&text);
	buf_release(&one);
	buf_release(&why);
	return ok;
}

static void forget_files(struct share_source *s)
{
	for (uint32_t k = 0; k < s->files; k++) {
		mem_free(s->file[k].name);
		mem_free(s->file[k].path);
	}
	mem_free(s->file);
	s->file = NULL;
	s->files = 0;
}

static bool open_source(struct finding *f, const struct share_bound *bound, uint32_t source, const char *in)
{
	bool is_value = !value_is_file(f->plan, f->source->type) && !value_is_folder(f->plan, f->source->type), ok;
	struct buf natural = BUF_INIT;

	buf_printf(&natural, "%s/source.%u", in, source);
	ok = bound->kept(bound->ctx, source, is_value ? natural.p : NULL, f->out) ||
	     (find_files(f, bound->share, bound->shares) && sort_files(f) && fingerprint(f) &&
	      (!is_value || f->out->idle || read_value(f, natural.p)));
	buf_release(&natural);
	return ok;
}

struct share_source *share_sources_open(const struct plan *p, const struct share_bound *bound, const char *in, struct buf *error)
{
	struct share_source *all = mem_zalloc(p->sources ? p->sources : 1, sizeof *all);
	bool ok = true;

	for (uint32_t i = 0; i < p->sources; i++) {
		struct finding f = { .plan = p, .source = &p->source[i], .out = &all[i], .error = error };

		ok = open_source(&f, bound, i, in) && ok;
		buf_release(&f.at);
	}
	if (ok)
		return all;
	share_sources_free(all, p->sources);
	return NULL;
}

void share_sources_free(struct share_source *s, uint32_t count)
{
	if (!s)
		return;
	for (uint32_t i = 0; i < count; i++) {
		forget_files(&s[i]);
		mem_free(s[i].natural);
	}
	mem_free(s);
}

void share_source_tell(const struct share_source *s, struct buf *text)
{
	for (uint32_t i = 0; i < s->files; i++) {
		const struct share_file *file = &s->file[i];

		buf_printf(text, "%zu:%s%zu:%s%zu:", strlen(file->name), file->name, strlen(file->path), file->path, 2 * sizeof file->fingerprint);
		for (size_t k = 0; k < sizeof file->fingerprint; k++)
			buf_printf(text, "%02x", file->fingerprint[k]);
	}
}

/* One text with its length before it; NULL: it is torn. */
static char *recall_text(const char **at, const char *end)
{
	char *rest, *out;
	unsigned long len;

	if (*at >= end || **at < '0' || **at > '9')
		return NULL;
	len = strtoul(*at, &rest, 10);
	if (rest >= end || *rest != ':' || len > (size_t)(end - rest - 1))
		return NULL;
	out = mem_strndup(rest + 1, len);
	*at = rest + 1 + len;
	return out;
}

static bool recall_fingerprint(const char **at, const char *end, uint8_t out[16])
{
	char *hex = recall_text(at, end);
	bool ok = hex && strlen(hex) == 32 && strspn(hex, "0123456789abcdef") == 32;

	for (int i = 0; ok && i < 16; i++) {
		char byte[3] = { hex[2 * i], hex[2 * i + 1], '\0' };

		out[i] = (uint8_t)strtoul(byte, NULL, 16);
	}
	mem_free(hex);
	return ok;
}

bool share_source_recall(const char *text, size_t len, struct share_source *out)
{
	const char *at = text, *end = text + len;
	size_t cap = 0;

	while (at < end) {
		struct share_file one = { .name = recall_text(&at, end) };

		if (one.name)
			one.path = recall_text(&at, end);
		if (!one.path || !recall_fingerprint(&at, end, one.fingerprint)) {
			mem_free(one.name);
			mem_free(one.path);
			forget_files(out);
			return false;
		}
		out->file = mem_grow(out->file, &cap, out->files + 1, sizeof *out->file);
		out->file[out->files++] = one;
	}
	return true;
}

const char *share_source_find(const struct share_source *s, const char *name)
{
	uint32_t low = 0, high = s->files;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		int order = strcmp(s->file[middle].name, name);

		if (order == 0)
			return s->file[middle].path;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}
