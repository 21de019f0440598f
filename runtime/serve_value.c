/*
 * Requests' values to files and back. Every text is taken apart along its type, one level at a time; what holds no file is left to
 * value.c. What a request names on a share is opened beneath that share, follows no link, and must be a regular file.
 */
#include "runtime/serve_value.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/base64.h"
#include "base/file.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "runtime/args_value.h"
#include "runtime/store.h"
#include "runtime/store_inner.h"
#include "runtime/value.h"

enum { PARTS_MOST = 100000 };	/* each takes more memory than its text may */

/* ---- taking JSON apart ---- */

struct apart {
	struct serve_parts *out;
	unsigned depth;
	bool in_part;
	struct buf *error;
};

static bool has_room(struct apart *a)
{
	if (a->out->count < PARTS_MOST)
		return true;
	buf_printf(a->error, "more than %d items or members", PARTS_MOST);
	return false;
}

static bool begin_part(struct apart *a, size_t at)
{
	struct serve_parts *p = a->out;

	if (p->is_array) {
		if (!has_room(a))
			return false;
		p->part = mem_grow(p->part, &p->cap, p->count + 1, sizeof *p->part);
		p->part[p->count++] = (struct serve_part){ .key = NULL };
	}
	p->part[p->count - 1].start = at;
	return true;
}

static bool add_key(struct apart *a, const struct json_event *ev)
{
	struct serve_parts *p = a->out;

	if (!has_room(a))
		return false;
	if (memchr(ev->text, 0, ev->len)) {
		buf_addstr(a->error, "a name holds a NUL");
		return false;
	}
	p->part = mem_grow(p->part, &p->cap, p->count + 1, sizeof *p->part);
	p->part[p->count] = (struct serve_part){ .key = mem_strndup(ev->text, ev->len) };
	p->count++;
	return true;
}

static bool on_event(void *ctx, const struct json_event *ev)
{
	struct apart *a = ctx;
	bool opens = ev->kind == JSON_OBJECT || ev->kind == JSON_ARRAY, closes = ev->kind == JSON_OBJECT_END || ev->kind == JSON_ARRAY_END;

	if (closes)
		a->depth--;
	if (ev->kind == JSON_KEY && a->depth == 1)
		return add_key(a, ev);
	if (a->depth == 1 && !closes && !begin_part(a, ev->at))
		return false;
	if (a->depth == 1 && !opens)	/* a scalar, or the end of what was opened */
		a->out->part[a->out->count - 1].end = ev->at + (closes ? 1 : ev->width);
	if (a->depth == 0 && opens) {
		a->out->is_object = ev->kind == JSON_OBJECT;
		a->out->is_array = ev->kind == JSON_ARRAY;
	}
	if (opens)
		a->depth++;
	return true;
}

static int by_key(const void *a, const void *b)
{
	return strcmp((*(const struct serve_part *const *)a)->key, (*(const struct serve_part *const *)b)->key);
}

static bool keys_differ(const struct serve_parts *p, struct buf *error)
{
	const struct serve_part **sorted = mem_alloc((p->count + 1) * sizeof *sorted);
	bool ok = true;

	for (size_t i = 0; i < p->count; i++)
		sorted[i] = &p->part[i];
	qsort(sorted, p->count, sizeof *sorted, by_key);
	for (size_t i = 1; ok && i < p->count; i++)
		if (strcmp(sorted[i - 1]->key, sorted[i]->key) == 0) {
			buf_printf(error, "`%s` stands there twice", sorted[i]->key);
			ok = false;
		}
	mem_free(sorted);
	return ok;
}

bool serve_take_apart(const char *json, size_t len, struct serve_parts *out, struct buf *error)
{
	struct apart a = { .out = out, .error = error };
	struct json_error failed;

	*out = (struct serve_parts){ 0 };
	if (!json_read(json, len, LIMIT_NESTING, on_event, &a, &failed)) {
		if (!error->len)
			buf_printf(error, "byte %zu: %s", failed.at, failed.message);
		return false;
	}
	return !out->is_object || keys_differ(out, error);
}

void serve_parts_release(struct serve_parts *p)
{
	for (size_t i = 0; i < p->count; i++)
		mem_free(p->part[i].key);
	mem_free(p->part);
	*p = (struct serve_parts){ 0 };
}

static const struct serve_part *part_named(const struct serve_parts *p, const char *key)
{
	for (size_t i = 0; i < p->count; i++)
		if (strcmp(p->part[i].key, key) == 0)
			return &p->part[i];
	return NULL;
}

static bool is_null(const char *json, size_t len)
{
	return len == 4 && memcmp(json, "null", 4) == 0;
}

static bool on_string(void *ctx, const struct json_event *ev)
{
	if (ev->kind != JSON_STRING)
		return false;
	buf_add(ctx, ev->text, ev->len);
	return true;
}

/* The text of a string; false when it is anything else. */
static bool read_string(const char *json, size_t len, struct buf *out)
{
	struct json_error failed;

	return json_read(json, len, 1, on_string, out, &failed);
}

/* ---- a file of a request ---- */

struct file_form {
	struct buf name, text, data, share, path;
	bool has_name, has_text, has_data, has_share, has_path;
};

static void form_release(struct file_form *f)
{
	buf_release(&f->name);
	buf_release(&f->text);
	buf_release(&f->data);
	buf_release(&f->share);
	buf_release(&f->path);
}

static bool read_form(const char *json, size_t len, struct file_form *f, struct buf *error)
{
	struct { const char *key; struct buf *to; bool *has; } members[] = { { "name", &f->name, &f->has_name }, { "text", &f->text, &f->has_text },
		{ "data", &f->data, &f->has_data }, { "share", &f->share, &f->has_share }, { "path", &f->path, &f->has_path } };
	struct serve_parts parts;
	bool ok = serve_take_apart(json, len, &parts, error);

	if (ok && !parts.is_object) {
		f->has_data = read_string(json, len, &f->data);
		ok = f->has_data;
	}
	for (size_t i = 0; ok && parts.is_object && i < parts.count; i++) {
		const struct serve_part *p = &parts.part[i];
		size_t k = 0;

		while (k < sizeof members / sizeof members[0] && strcmp(members[k].key, p->key) != 0)
			k++;
		ok = k < sizeof members / sizeof members[0] && read_string(json + p->start, p->end - p->start, members[k].to);
		if (ok)
			*members[k].has = true;
	}
	serve_parts_release(&parts);
	if (ok && f->has_text + f->has_data + f->has_share == 1 && f->has_share == f->has_path)
		return true;
	if (!error->len)
		buf_addstr(error, "expected a file: {\"text\": \"…\"}, {\"data\": \"BASE64\"} or {\"share\": \"NAME\", \"path\": \"a/b\"}");
	return false;
}

static bool put_bytes(const struct serve_values *v, const struct buf *text, const char *path, struct buf *error)
{
	return v->only_check || store_put(path, text->p ? text->p : "", text->len, error);
}

static bool has_nul(const struct buf *b)
{
	return b->len && memchr(b->p, 0, b->len);
}

/* A regular file beneath the share; the command reads it in its place. */
static bool put_reference(const struct serve_values *v, struct file_form *f, const char *path, struct buf *error)
{
	struct buf from = BUF_INIT;
	struct stat st;
	uint32_t i = 0;
	int folder, fd;
	bool ok;

	while (i < v->shares && (has_nul(&f->share) || strcmp(v->share[i].name, buf_str(&f->share)) != 0))
		i++;
	if (i == v->shares || has_nul(&f->path)) {
		buf_printf(error, "no share `%s` is mounted here", buf_str(&f->share));
		return false;
	}
	folder = open(v->share[i].dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	fd = folder >= 0 ? store_open_beneath(folder, buf_str(&f->path), O_RDONLY | O_NONBLOCK) : -1;
	ok = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
	if (!ok)
		buf_printf(error, "share `%s` has no file `%s`: %s", buf_str(&f->share), buf_str(&f->path),
			   fd >= 0 ? "not a regular file" : errno == EXDEV || errno == ELOOP ? "it leads out of the share, or over a link" : strerror(errno));
	if (fd >= 0)
		close(fd);
	if (folder >= 0)
		close(folder);
	buf_printf(&from, "%s/%s", v->share[i].dir, buf_str(&f->path));
	if (ok && !v->only_check && symlink(from.p, path) != 0) {
		buf_printf(error, "cannot link to %s: %s", from.p, strerror(errno));
		ok = false;
	}
	buf_release(&from);
	return ok;
}

static bool put_form(const struct serve_values *v, struct file_form *f, const char *path, struct buf *error)
{
	struct buf bytes = BUF_INIT;
	bool ok;

	if (f->has_text)
		return put_bytes(v, &f->text, path, error);
	if (f->has_share)
		return put_reference(v, f, path, error);
	ok = base64_read(buf_str(&f->data), f->data.len, &bytes);
	if (!ok)
		buf_addstr(error, "its data are not base64");
	ok = ok && put_bytes(v, &bytes, path, error);
	buf_release(&bytes);
	return ok;
}

static bool put_file(const struct serve_values *v, const char *json, size_t len, const char *path, struct buf *error)
{
	struct file_form f = { 0 };
	bool ok = read_form(json, len, &f, error) && put_form(v, &f, path, error);

	form_release(&f);
	return ok;
}

/* ---- what holds files: folders ---- */

static bool make_folder(const struct serve_values *v, const char *path, struct buf *error)
{
	return v->only_check || store_make_below(path, error);
}

static void child_path(struct buf *path, const char *folder, const char *name)
{
	buf_clear(path);
	buf_printf(path, "%s/", folder);
	file_encode_key(path, name, strlen(name));
}

/* In front of a message that is about a part of the value. */
static bool within(struct buf *error, const char *form, const char *key, size_t at)
{
	struct buf whole = BUF_INIT;

	if (key)
		buf_printf(&whole, form, key);
	else
		buf_printf(&whole, "[%zu]", at);
	if (error->len && error->p[0] != '[' && error->p[0] != '.')
		buf_addstr(&whole, ": ");
	buf_add(&whole, buf_str(error), error->len);
	buf_clear(error);
	buf_add(error, whole.p, whole.len);
	buf_release(&whole);
	return false;
}

/*
 * The name that a file of a list has in its folder: as it stands, so that an answer's names are those of the next request, unless no file
 * of a list can be called that.
 */
static void file_name(struct buf *out, struct buf *name)
{
	const char *text = buf_str(name);

	if (name->len > 0 && name->len <= NAME_MAX && strcmp(text, ".") != 0 && strcmp(text, "..") != 0 && !memchr(text, '/', name->len) && !has_nul(name))
		buf_add(out, text, name->len);
	else
		file_encode_key(out, text, name->len);
}

/* A file of a list: its name decides its place, so names ascend. Without names they are numbers. */
static bool put_item(const struct serve_values *v, const char *json, size_t len, const char *folder, struct buf *last, uint32_t number,
		     int digits, struct buf *error)
{
	struct file_form f = { 0 };
	struct buf name = BUF_INIT, path = BUF_INIT;
	bool ok = read_form(json, len, &f, error);

	if (ok && f.has_name)
		file_name(&name, &f.name);
	else
		buf_printf(&name, "%0*u", digits, number);
	if (ok && number && strcmp(buf_str(last), name.p) >= 0) {
		buf_printf(error, "the name `%s` does not come after `%s`: files of a list stand in the order of their names", name.p, buf_str(last));
		ok = false;
	}
	buf_printf(&path, "%s/%s", folder, buf_str(&name));
	ok = ok && put_form(v, &f, path.p, error);
	buf_clear(last);
	buf_add(last, buf_str(&name), name.len);
	buf_release(&name);
	buf_release(&path);
	form_release(&f);
	return ok;
}

static bool put_list(const struct serve_values *v, uint32_t elem, const char *json, const struct serve_parts *parts, const char *folder,
		     struct buf *error)
{
	int digits = snprintf(NULL, 0, "%zu", parts->count ? parts->count - 1 : 0);
	bool files = value_is_file(v->plan, elem) && v->plan->type[elem].kind != PLAN_OPTIONAL, ok = true;
	struct buf last = BUF_INIT, path = BUF_INIT;

	for (size_t i = 0; ok && i < parts->count; i++) {
		const char *item = json + parts->part[i].start;
		size_t len = parts->part[i].end - parts->part[i].start;

		buf_clear(&path);
		buf_printf(&path, "%s/%0*zu", folder, digits, i);
		ok = files ? put_item(v, item, len, folder, &last, (uint32_t)i, digits, error)
			   : serve_value_put(v, elem, item, len, path.p, error);
		if (!ok)
			within(error, "", NULL, i);
	}
	buf_release(&last);
	buf_release(&path);
	return ok;
}

static bool put_fields(const struct serve_values *v, const struct plan_type *t, const char *json, const struct serve_parts *parts,
		       const char *folder, struct buf *error)
{
	struct buf path = BUF_INIT;
	bool ok = true;

	for (uint32_t i = 0; ok && i < t->count; i++) {
		const struct plan_field *field = &v->plan->field[t->first + i];
		const struct serve_part *p = part_named(parts, field->name);

		child_path(&path, folder, field->name);
		ok = serve_value_put(v, field->type, p ? json + p->start : "null", p ? p->end - p->start : 4, path.p, error) ||
		     within(error, ".%s", field->name, 0);
	}
	buf_release(&path);
	return ok;
}

static bool put_arm(const struct serve_values *v, const struct plan_type *t, const char *json, const struct serve_parts *parts,
		    const char *folder, struct buf *error)
{
	struct buf path = BUF_INIT;
	bool ok = false;

	for (uint32_t i = 0; parts->count == 1 && i < t->count; i++) {
		const struct plan_field *arm = &v->plan->field[t->first + i];
		const struct serve_part *p = parts->part;

		if (strcmp(arm->name, p->key) != 0)
			continue;
		child_path(&path, folder, arm->name);
		ok = serve_value_put(v, arm->type, json + p->start, p->end - p->start, path.p, error) || within(error, ".%s", arm->name, 0);
		buf_release(&path);
		return ok;
	}
	buf_addstr(error, "expected an object with the name of one arm");
	return false;
}

static bool put_folder(const struct serve_values *v, uint32_t type, const char *json, size_t len, const char *path, struct buf *error)
{
	const struct plan_type *t = &v->plan->type[type];
	struct serve_parts parts;
	bool ok = serve_take_apart(json, len, &parts, error);

	if (ok && !(t->kind == PLAN_LIST ? parts.is_array : parts.is_object)) {
		buf_printf(error, "expected %s", t->kind == PLAN_LIST ? "an array" : "an object");
		ok = false;
	}
	ok = ok && make_folder(v, path, error);
	if (ok && t->kind == PLAN_LIST)
		ok = put_list(v, t->elem, json, &parts, path, error);
	else if (ok && t->kind == PLAN_RECORD)
		ok = put_fields(v, t, json, &parts, path, error);
	else if (ok)
		ok = put_arm(v, t, json, &parts, path, error);
	serve_parts_release(&parts);
	return ok;
}

/* ---- any value ---- */

static bool put_plain(const struct serve_values *v, uint32_t type, const char *json, size_t len, const char *path, struct buf *error)
{
	struct buf natural = BUF_INIT;
	bool ok = value_import(v->plan, type, FORMAT_JSON, json, len, &natural, error) && put_bytes(v, &natural, path, error);

	buf_release(&natural);
	return ok;
}

bool serve_value_put(const struct serve_values *v, uint32_t type, const char *json, size_t len, const char *path, struct buf *error)
{
	uint32_t bare = resolve_bare_type(v->plan, type);

	if (is_null(json, len)) {
		if (bare != type)
			return true;
		buf_addstr(error, "missing");
		return false;
	}
	if (value_is_file(v->plan, bare))
		return put_file(v, json, len, path, error);
	if (value_is_folder(v->plan, bare))
		return put_folder(v, bare, json, len, path, error);
	return put_plain(v, bare, json, len, path, error);
}

/* ---- answers ---- */

struct getting {
	const struct plan *plan;
	size_t left;
	struct buf *out, *error;
};

static bool get_value(struct getting *g, uint32_t type, const char *path);

static bool read_part(struct getting *g, const char *path, struct buf *text)
{
	if (file_read(path, g->left, text)) {
		g->left -= text->len;
		return true;
	}
	if (errno == EFBIG)
		buf_addstr(g->error, "the results are larger than an answer may be");
	else
		buf_printf(g->error, "%s: %s", path, strerror(errno));
	return false;
}

static bool get_file(struct getting *g, const char *path, const char *name)
{
	struct buf bytes = BUF_INIT;
	bool ok = read_part(g, path, &bytes);

	buf_addstr(g->out, "{");
	if (name) {
		buf_addstr(g->out, "\"name\":");
		json_quote(g->out, name, strlen(name));
		buf_addstr(g->out, ",");
	}
	buf_addstr(g->out, "\"data\":\"");
	base64_text(buf_str(&bytes), bytes.len, g->out);
	buf_addstr(g->out, "\"}");
	buf_release(&bytes);
	return ok;
}

static bool get_list(struct getting *g, uint32_t elem, const char *folder)
{
	struct value_files items = { 0 };
	bool ok = value_files_read(folder, &items, g->error), files = value_is_file(g->plan, elem);

	buf_addstr(g->out, "[");
	for (size_t i = 0; ok && i < items.count; i++) {
		buf_addstr(g->out, i ? "," : "");
		ok = files ? get_file(g, items.file[i].path, items.file[i].name) : get_value(g, elem, items.file[i].path);
	}
	buf_addstr(g->out, "]");
	value_files_release(&items);
	return ok;
}

/* Fields of a record, or the one arm of a choice that stands there. */
static bool get_members(struct getting *g, const struct plan_type *t, const char *folder)
{
	struct buf path = BUF_INIT;
	bool ok = true, any = false;

	buf_addstr(g->out, "{");
	for (uint32_t i = 0; ok && i < t->count; i++) {
		const struct plan_field *f = &g->plan->field[t->first + i];
		struct stat st;

		child_path(&path, folder, f->name);
		if (lstat(path.p, &st) != 0)
			continue;	/* absent, or another arm */
		buf_addstr(g->out, any ? "," : "");
		json_quote(g->out, f->name, strlen(f->name));
		buf_addstr(g->out, ":");
		any = true;
		ok = get_value(g, f->type, path.p);
	}
	buf_addstr(g->out, "}");
	buf_release(&path);
	return ok;
}

static bool get_plain(struct getting *g, uint32_t type, const char *path)
{
	struct buf natural = BUF_INIT;
	bool ok = read_part(g, path, &natural) && value_to_json(g->plan, type, buf_str(&natural), natural.len, g->out, g->error);

	buf_release(&natural);
	return ok;
}

static bool get_value(struct getting *g, uint32_t type, const char *path)
{
	uint32_t bare = resolve_bare_type(g->plan, type);
	const struct plan_type *t = &g->plan->type[bare];
	struct stat st;

	if (bare != type && lstat(path, &st) != 0 && errno == ENOENT) {
		buf_addstr(g->out, "null");
		return true;
	}
	if (value_is_file(g->plan, bare))
		return get_file(g, path, NULL);
	if (value_is_folder(g->plan, bare))
		return t->kind == PLAN_LIST ? get_list(g, t->elem, path) : get_members(g, t, path);
	return get_plain(g, bare, path);
}

bool serve_value_get(const struct plan *p, uint32_t type, const char *path, size_t limit, struct buf *out, struct buf *error)
{
	struct getting g = { .plan = p, .left = limit, .out = out, .error = error };

	return get_value(&g, type, path);
}
