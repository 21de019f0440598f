/*
 * Values in memory from where they stand: JSON of the store and of constants, lists that the engine made, folders of files. A value that
 * holds files stands as a folder (value.h): its parts are found by their names there.
 */
#include "runtime/args_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/file.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "runtime/flat.h"
#include "runtime/value.h"

struct building_tree {
	struct resolver *v;
	const struct plan *p;
	const struct engine *engine;
	struct compute *c;
	struct buf *error;
};

static bool from_value(struct building_tree *b, engine_value value, uint32_t type, struct value_node *out);
static bool from_path(struct building_tree *b, const char *path, uint32_t type, struct value_node *out);

static struct value_node *room(struct building_tree *b, size_t count)
{
	struct arena *a = compute_arena(b->c);

	if (a->total <= COMPUTE_MEMORY && count <= (COMPUTE_MEMORY - a->total) / sizeof(struct value_node))
		return arena_alloc(a, (count ? count : 1) * sizeof(struct value_node));
	buf_printf(b->error, "takes more than %d MiB of memory", COMPUTE_MEMORY >> 20);
	return NULL;
}

static bool is_absent(struct building_tree *b, uint32_t type, struct value_node *out)
{
	*out = value_node_word(0);
	if (b->p->type[type].kind == PLAN_OPTIONAL)
		return true;
	buf_addstr(b->error, "is absent");
	return false;
}

/* The value around what was read: T? where it is wanted. */
static bool wrap(struct building_tree *b, uint32_t type, struct value_node inner, struct value_node *out)
{
	struct value_node *part;

	*out = inner;
	for (; b->p->type[type].kind == PLAN_OPTIONAL; type = b->p->type[type].elem) {
		part = room(b, 1);
		if (!part)
			return false;
		*part = *out;
		*out = (struct value_node){ { .part = part }, 1 };
	}
	return true;
}

static struct value_node file_at(struct building_tree *b, const char *path, const char *name)
{
	struct arena *a = compute_arena(b->c);
	struct value_ref *f = arena_alloc(a, sizeof *f);
	const char *slash = strrchr(path, '/');

	f->path = arena_strdup(a, path);
	f->name = arena_strdup(a, name ? name : slash ? slash + 1 : path);
	return (struct value_node){ { .file = f }, 0 };
}

/* ---- below a folder ---- */

static bool path_text(struct building_tree *b, const char *path, uint32_t type, struct value_node *out)
{
	struct buf text = BUF_INIT, json = BUF_INIT;
	bool ok = file_read(path, LIMIT_INLINE_VALUE, &text);

	if (!ok)
		buf_printf(b->error, "%s: %s", path, strerror(errno));
	ok = ok && value_to_json(b->p, resolve_bare_type(b->p, type), buf_str(&text), text.len, &json, b->error) &&
	     compute_load(b->c, type, buf_str(&json), json.len, out, b->error);
	buf_release(&text);
	buf_release(&json);
	return ok;
}

static bool files_list(struct building_tree *b, const struct value_files *files, uint32_t elem, struct value_node *out)
{
	struct value_node *part = room(b, files->count);
	bool ok = part != NULL;

	for (size_t i = 0; ok && i < files->count; i++)
		ok = from_path(b, files->file[i].path, elem, &part[i]);
	*out = (struct value_node){ { .part = part }, (uint32_t)files->count };
	return ok;
}

static bool path_list(struct building_tree *b, const char *path, uint32_t elem, struct value_node *out)
{
	struct value_files files = { 0 };
	bool ok = value_files_read(path, &files, b->error) && files_list(b, &files, elem, out);

	value_files_release(&files);
	return ok;
}

static bool path_record(struct building_tree *b, const char *path, const struct plan_type *t, struct value_node *out)
{
	struct value_node *part = room(b, t->count);
	struct buf at = BUF_INIT;
	bool ok = part != NULL;

	for (uint32_t i = 0; ok && i < t->count; i++) {
		const struct plan_field *f = &b->p->field[t->first + i];

		buf_clear(&at);
		buf_printf(&at, "%s/", path);
		file_encode_key(&at, f->name, strlen(f->name));
		ok = from_path(b, at.p, f->type, &part[i]);
	}
	buf_release(&at);
	*out = (struct value_node){ { .part = part }, t->count };
	return ok;
}

/* The arm of a choice that stands as a folder: the one entry that is there. */
static bool path_arm(const struct plan *p, const char *path, const struct plan_type *t, struct buf *at, uint32_t *arm)
{
	for (*arm = 0; *arm < t->count; ++*arm) {
		const char *name = p->field[t->first + *arm].name;

		buf_clear(at);
		buf_printf(at, "%s/", path);
		file_encode_key(at, name, strlen(name));
		if (file_exists(at->p))
			return true;
	}
	return false;
}

static bool path_choice(struct building_tree *b, const char *path, const struct plan_type *t, struct value_node *out)
{
	struct value_node *part = room(b, 1);
	struct buf at = BUF_INIT;
	uint32_t arm = 0;
	bool ok = part && path_arm(b->p, path, t, &at, &arm);

	if (part && !ok)
		buf_printf(b->error, "%s: no arm of the choice stands there", path);
	ok = ok && from_path(b, at.p, b->p->field[t->first + arm].type, part);
	buf_release(&at);
	*out = (struct value_node){ { .part = part }, arm };
	return ok;
}

static bool from_path(struct building_tree *b, const char *path, uint32_t type, struct value_node *out)
{
	uint32_t bare = resolve_bare_type(b->p, type);
	const struct plan_type *t = &b->p->type[bare];
	struct value_node inner;
	struct stat st;
	bool ok;

	if (bare != type && lstat(path, &st) != 0 && errno == ENOENT)
		return is_absent(b, type, out);
	if (!value_holds_file(b->p, bare))
		return path_text(b, path, type, out);
	if (t->kind == PLAN_FILE) {
		inner = file_at(b, path, NULL);
		return wrap(b, type, inner, out);
	}
	if (t->kind == PLAN_LIST)
		ok = path_list(b, path, t->elem, &inner);
	else if (t->kind == PLAN_RECORD)
		ok = path_record(b, path, t, &inner);
	else
		ok = path_choice(b, path, t, &inner);
	return ok && wrap(b, type, inner, out);
}

/* ---- of the engine ---- */

static bool value_json(struct building_tree *b, engine_value value, uint32_t type, struct value_node *out)
{
	struct buf json = BUF_INIT;
	bool absent = false, ok = resolve_json(b->v, value, LIMIT_INLINE_VALUE, &json, &absent, b->error);

	if (ok)
		ok = absent ? is_absent(b, type, out) : compute_load(b->c, type, json.p, json.len, out, b->error);
	buf_release(&json);
	return ok;
}

/* A list that the engine knows the items of. */
static bool value_items_of(struct building_tree *b, engine_value value, uint32_t count, uint32_t elem, struct value_node *out)
{
	struct value_node *part = room(b, count);
	bool ok = part != NULL;

	for (uint32_t i = 0; ok && i < count; i++)
		ok = from_value(b, engine_value_item(b->engine, value, i), elem, &part[i]);
	*out = (struct value_node){ { .part = part }, count };
	return ok;
}

static bool value_list(struct building_tree *b, engine_value value, uint32_t type, struct value_node *out)
{
	uint32_t bare = resolve_bare_type(b->p, type);
	struct value_files files = { 0 };
	struct engine_value_info info;
	struct value_node inner;
	bool absent = false, ok;

	engine_value_get(b->engine, value, &info);
	if (info.kind == EV_LIST)
		return value_items_of(b, value, info.count, b->p->type[bare].elem, &inner) && wrap(b, type, inner, out);
	ok = resolve_files(b->v, value, &files, &absent, b->error);
	if (ok && absent)
		ok = is_absent(b, type, out);
	else if (ok)
		ok = files_list(b, &files, b->p->type[bare].elem, &inner) && wrap(b, type, inner, out);
	value_files_release(&files);
	return ok;
}

static bool value_at_place(struct building_tree *b, engine_value value, uint32_t type, struct value_node *out)
{
	struct buf path = BUF_INIT;
	bool stands = false, absent = false, ok = resolve_place(b->v, value, &path, &stands, &absent, b->error);

	if (ok && absent) {
		ok = is_absent(b, type, out);
	} else if (ok && stands) {
		ok = from_path(b, path.p, type, out);
	} else if (ok) {
		buf_addstr(b->error, "a file that stands nowhere");
		ok = false;
	}
	buf_release(&path);
	return ok;
}

static bool from_value(struct building_tree *b, engine_value value, uint32_t type, struct value_node *out)
{
	uint32_t bare = resolve_bare_type(b->p, type);

	if (!value_holds_file(b->p, bare))
		return value_json(b, value, type, out);
	return b->p->type[bare].kind == PLAN_LIST ? value_list(b, value, type, out) : value_at_place(b, value, type, out);
}

bool resolve_tree(struct resolver *v, struct compute *c, engine_value value, uint32_t type, struct value_node *out, struct buf *error)
{
	struct building_tree b = { .v = v, .p = resolve_plan(v), .engine = resolve_engine(v), .c = c, .error = error };

	return from_value(&b, value, type, out);
}

/* ---- outcomes ---- */

enum { HEAD = 65536 };	/* bytes that hold the longest name of a member or arm */

/* Of an image in memory, which is small, all of it. false: there is none. */
static bool image_head(struct resolver *v, engine_value value, struct buf *head, bool *absent, struct buf *error, bool *ok)
{
	const struct plan *p = resolve_plan(v);
	struct engine_value_info info;
	const char *image;
	uint32_t len;

	engine_value_get(resolve_engine(v), value, &info);
	if (!resolve_image(v, value, info.type, &image, &len))
		return false;
	*absent = len == 0;
	*ok = *absent || flat_to_natural(p, resolve_bare_type(p, info.type), image, len, head, error);
	return true;
}

/* The beginning of the canonical JSON of a value. */
static bool read_head(struct resolver *v, engine_value value, struct buf *head, bool *absent, struct buf *error)
{
	struct buf path = BUF_INIT;
	bool stands = false, ok;

	if (image_head(v, value, head, absent, error, &ok))
		return ok;
	ok = resolve_place(v, value, &path, &stands, absent, error);
	if (ok && stands) {
		int fd = open(path.p, O_RDONLY | O_CLOEXEC);
		ssize_t n;

		buf_reserve(head, HEAD);
		n = fd < 0 ? -1 : pread(fd, head->p, HEAD - 1, 0);
		ok = n >= 0;
		if (!ok)
			buf_printf(error, "%s: %s", path.p, strerror(errno));
		head->len = ok ? (size_t)n : 0;
		head->p[head->len] = '\0';
		if (fd >= 0)
			close(fd);
	} else if (ok && !*absent) {
		ok = resolve_json(v, value, LIMIT_DATA, head, absent, error);
	}
	buf_release(&path);
	return ok;
}

/* The member or arm whose quoted name stands at `s`. */
static uint32_t named(const struct plan *p, const struct plan_type *t, const char *s)
{
	struct buf name = BUF_INIT;
	uint32_t i = 0;

	for (; i < t->count; i++) {
		buf_clear(&name);
		json_quote(&name, p->field[t->first + i].name, strlen(p->field[t->first + i].name));
		if (strncmp(s, name.p, name.len) == 0)
			break;
	}
	buf_release(&name);
	return i < t->count ? i : PLAN_NONE;
}

static bool folder_arm(struct resolver *v, engine_value value, const struct plan_type *t, uint32_t *outcome, struct buf *error)
{
	struct buf path = BUF_INIT, at = BUF_INIT;
	bool stands = false, absent = false, ok = resolve_place(v, value, &path, &stands, &absent, error);

	ok = ok && stands && path_arm(resolve_plan(v), path.p, t, &at, outcome);
	if (!ok && !error->len)
		buf_addstr(error, "no arm of the choice is there");
	buf_release(&path);
	buf_release(&at);
	return ok;
}

static bool text_outcome(struct resolver *v, engine_value value, const struct plan_type *t, uint32_t *outcome, struct buf *error)
{
	struct buf head = BUF_INIT;
	bool absent = false, ok = read_head(v, value, &head, &absent, error);

	if (ok)
		*outcome = t->kind == PLAN_BOOL ? head.len && head.p[0] == 't' :
			   named(resolve_plan(v), t, buf_str(&head) + (t->kind == PLAN_CHOICE && head.len));
	if (ok && *outcome == PLAN_NONE) {
		buf_addstr(error, "its value is none that its type has");
		ok = false;
	}
	buf_release(&head);
	return ok;
}

/* Is a T? there? A place says so; a source may also hold JSON's null. */
static bool is_there(struct resolver *v, engine_value value, uint32_t type, bool *there, struct buf *error)
{
	struct buf path = BUF_INIT, head = BUF_INIT;
	bool stands = false, absent = false, ok;
	const char *image;
	uint32_t len;

	if (resolve_image(v, value, type, &image, &len)) {
		*there = len > 0;
		return true;
	}
	ok = resolve_place(v, value, &path, &stands, &absent, error);
	if (ok && stands && value_natural_format(resolve_plan(v), type) == FORMAT_JSON) {
		ok = read_head(v, value, &head, &absent, error);
		absent |= ok && strcmp(buf_str(&head), "null\n") == 0;
	}
	*there = ok && !absent;
	buf_release(&path);
	buf_release(&head);
	return ok;
}

bool resolve_outcome(struct resolver *v, engine_value value, uint32_t type, uint32_t *outcome, struct buf *error)
{
	const struct plan *p = resolve_plan(v);
	const struct plan_type *t = &p->type[resolve_bare_type(p, type)];
	bool optional = p->type[type].kind == PLAN_OPTIONAL, there = true, ok = true;

	*outcome = 0;
	if (optional)
		ok = is_there(v, value, type, &there, error);
	if (!ok || !there)
		return ok;
	if (t->kind == PLAN_CHOICE && value_holds_file(p, type))
		ok = folder_arm(v, value, t, outcome, error);
	else if (t->kind == PLAN_BOOL || t->kind == PLAN_ENUM || t->kind == PLAN_CHOICE)
		ok = text_outcome(v, value, t, outcome, error);
	*outcome += optional;
	return ok;
}
