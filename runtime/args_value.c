/*
 * Resolving values. First it is decided where a value *stands*: nowhere (absent), at a path, as JSON in memory, or as a
 * list of other values; then that is turned into what is asked for. It reads files of the store and of sources only.
 */
#include "runtime/args_value.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"
#include "runtime/flat.h"
#include "runtime/value.h"

enum { LISTS = 8, DEPTH = 64 };

/* A list that stands in a file or folder, taken apart. */
struct loaded {
	engine_value of;
	uint64_t used;			/* 0: free */
	struct buf text;
	struct value_items items;	/* of a text */
	struct value_files files;	/* of a folder */
};
struct resolver {
	const struct plan *plan;
	const struct engine *engine;
	struct store *store;
	const struct share_source *sources;
	struct loaded list[LISTS];
	uint64_t clock;
	unsigned depth;			/* nested look-ups: a hostile plan ends with an error */
};

enum standing { STANDS_ABSENT, STANDS_AT_PATH, STANDS_AS_IMAGE, STANDS_AS_JSON, STANDS_AS_LIST };
struct place {
	enum standing how;
	uint32_t type;			/* bare */
	struct buf path;		/* AT_PATH: of the natural form, or of the file or folder; "" for a source of files */
	const char *image;		/* AS_IMAGE: in memory, of the output of `value` */
	const struct share_source *source;
	const char *json;		/* AS_JSON: borrowed from plan or list; valid until another list is loaded */
	size_t len;			/* of json or image */
	engine_value value;		/* AS_LIST, AS_IMAGE */
	uint32_t count;
};

static bool load_list(struct resolver *v, engine_value value, struct loaded **out, struct buf *error);

struct resolver *resolve_new(const struct plan *p, const struct engine *e, struct store *s, const struct share_source *sources)
{
	struct resolver *v = mem_zalloc(1, sizeof *v);

	v->plan = p;
	v->engine = e;
	v->store = s;
	v->sources = sources;
	return v;
}

const struct plan *resolve_plan(const struct resolver *v)
{
	return v->plan;
}

const struct engine *resolve_engine(const struct resolver *v)
{
	return v->engine;
}

void value_files_release(struct value_files *f)
{
	for (size_t i = 0; i < f->count; i++) {
		mem_free(f->file[i].name);
		mem_free(f->file[i].path);
	}
	mem_free(f->file);
	*f = (struct value_files){ 0 };
}

static void files_add(struct value_files *f, const char *name, const char *path)
{
	f->file = mem_grow(f->file, &f->cap, f->count + 1, sizeof *f->file);
	f->file[f->count++] = (struct value_file){ mem_strdup(name), mem_strdup(path) };
}

static void unload(struct loaded *l)
{
	if (l->items.start)
		value_items_release(&l->items);
	buf_release(&l->text);
	value_files_release(&l->files);
	*l = (struct loaded){ 0 };
}

void resolve_free(struct resolver *v)
{
	if (!v)
		return;
	for (int i = 0; i < LISTS; i++)
		unload(&v->list[i]);
	mem_free(v);
}

uint32_t resolve_bare_type(const struct plan *p, uint32_t type)
{
	while (p->type[type].kind == PLAN_OPTIONAL)
		type = p->type[type].elem;
	return type;
}

void resolve_key(const struct engine *e, engine_step s, struct buf *key)
{
	struct buf path = BUF_INIT;

	engine_path(e, s, &path);
	file_encode_key(key, buf_str(&path), path.len);
	buf_release(&path);
}

/* ---- where a value stands ---- */

static bool stands_as_json(struct place *at, const char *json, size_t len)
{
	at->how = len == 4 && memcmp(json, "null", 4) == 0 ? STANDS_ABSENT : STANDS_AS_JSON;
	at->json = json;
	at->len = len;
	return true;
}

static struct store_result result_of(const struct resolver *v, const struct engine_value_info *info, const char *key)
{
	return (struct store_result){ v->plan, engine_func(v->engine, info->step), key, info->port };
}

static bool stands_output(struct resolver *v, engine_value value, const struct engine_value_info *info, struct place *at, struct buf *error)
{
	const struct plan_func *f = engine_func(v->engine, info->step);
	const struct plan_port *port = &v->plan->port[f->first_result + info->port];
	struct buf key = BUF_INIT;
	struct store_result r;
	struct stat st;
	uint32_t len;
	bool ok = true;

	resolve_key(v->engine, info->step, &key);
	store_output_path(v->store, key.p, port->name, &at->path);
	at->how = STANDS_AT_PATH;
	if (port->format == FORMAT_FLAT && store_image(v->store, key.p, info->port, &at->image, &len)) {
		at->how = len ? STANDS_AS_IMAGE : STANDS_ABSENT;
		at->len = len;
		at->value = value;
	} else if (port->format == FORMAT_FLAT) {
		r = result_of(v, info, key.p);
		ok = store_natural(v->store, &r, at->path.p, error);
	}
	buf_release(&key);
	if (!ok || at->how != STANDS_AT_PATH || v->plan->type[port->type].kind != PLAN_OPTIONAL || lstat(at->path.p, &st) == 0)
		return ok;
	at->how = STANDS_ABSENT;
	if (errno == ENOENT)
		return true;
	buf_printf(error, "%s: %s", at->path.p, strerror(errno));
	return false;
}

/* What is in memory gets its file. */
static bool give_path(struct resolver *v, struct place *at, struct buf *error)
{
	struct engine_value_info info;
	struct buf key = BUF_INIT;
	struct store_result r;
	bool ok;

	if (at->how != STANDS_AS_IMAGE)
		return true;
	engine_value_get(v->engine, at->value, &info);
	resolve_key(v->engine, info.step, &key);
	r = result_of(v, &info, key.p);
	ok = store_natural(v->store, &r, at->path.p, error);
	buf_release(&key);
	at->how = STANDS_AT_PATH;
	return ok;
}

static bool find_place(struct resolver *v, engine_value value, struct place *at, struct buf *error);

static bool stands_item(struct resolver *v, const struct engine_value_info *info, struct place *at, struct buf *error)
{
	struct engine_value_info list;
	struct loaded *l;

	engine_value_get(v->engine, info->of, &list);
	if (list.kind == EV_LIST) {
		if (info->index < list.count)
			return find_place(v, engine_value_item(v->engine, info->of, info->index), at, error);
		buf_printf(error, "item %u of a list of %u", info->index, list.count);
		return false;
	}
	if (!load_list(v, info->of, &l, error))
		return false;
	if (info->index < l->files.count) {
		at->how = STANDS_AT_PATH;
		buf_addstr(&at->path, l->files.file[info->index].path);
		return true;
	}
	if (info->index < l->items.count)
		return stands_as_json(at, l->text.p + l->items.start[info->index],
				      l->items.end[info->index] - l->items.start[info->index]);
	buf_printf(error, "item %u of a list that has %zu", info->index, (size_t)l->items.count + l->files.count);
	return false;
}

static bool stands_named(struct resolver *v, const struct engine_value_info *info, struct place *at, struct buf *error)
{
	struct place folder = { 0 };
	struct buf name = BUF_INIT;
	bool ok = find_place(v, info->of, &folder, error);

	file_encode_key(&name, info->name, strlen(info->name));
	at->how = STANDS_AT_PATH;
	if (ok && folder.source) {
		const char *path = share_source_find(folder.source, name.p);

		ok = path != NULL;
		if (ok)
			buf_addstr(&at->path, path);
		else
			buf_printf(error, "the source has no file `%s`", name.p);
	} else if (ok && folder.how == STANDS_AT_PATH) {
		buf_printf(&at->path, "%s/%s", folder.path.p, name.p);
	} else if (ok) {
		struct value_files files = { 0 };
		bool absent;
		size_t i = 0;

		ok = resolve_files(v, info->of, &files, &absent, error);
		while (ok && i < files.count && strcmp(files.file[i].name, name.p) != 0)
			i++;
		ok = ok && i < files.count;
		if (ok)
			buf_addstr(&at->path, files.file[i].path);
		else if (!error->len)
			buf_printf(error, "a list of files has no `%s`", name.p);
		value_files_release(&files);
	}
	buf_release(&folder.path);
	buf_release(&name);
	return ok;
}

static bool find_place_of(struct resolver *v, engine_value value, const struct engine_value_info *info, struct place *at,
			  struct buf *error)
{
	switch (info->kind) {
	case EV_CONST:
		return stands_as_json(at, v->plan->constant[info->constant].json, strlen(v->plan->constant[info->constant].json));
	case EV_SOURCE:
		at->how = STANDS_AT_PATH;
		if (v->sources[info->source].natural)
			buf_addstr(&at->path, v->sources[info->source].natural);
		else if (value_is_file(v->plan, at->type))
			buf_addstr(&at->path, v->sources[info->source].file[0].path);
		else
			at->source = &v->sources[info->source];
		return true;
	case EV_OUTPUT: return stands_output(v, value, info, at, error);
	case EV_ITEM: return stands_item(v, info, at, error);
	case EV_NAMED: return stands_named(v, info, at, error);
	case EV_LIST:
		at->how = STANDS_AS_LIST;
		at->value = value;
		at->count = info->count;
		return true;
	case EV_ABSENT:
		at->how = STANDS_ABSENT;
		return true;
	}
	buf_addstr(error, "a value of an unknown kind");
	return false;
}

static bool find_place(struct resolver *v, engine_value value, struct place *at, struct buf *error)
{
	struct engine_value_info info;
	bool ok;

	engine_value_get(v->engine, value, &info);
	at->type = resolve_bare_type(v->plan, info.type);
	if (v->depth >= DEPTH) {
		buf_addstr(error, "values are nested too deep");
		return false;
	}
	v->depth++;
	ok = find_place_of(v, value, &info, at, error);
	v->depth--;
	return ok;
}

/* ---- lists that are taken apart ---- */

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct value_file *)a)->name, ((const struct value_file *)b)->name);
}

bool value_files_read(const char *path, struct value_files *out, struct buf *error)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	struct buf item = BUF_INIT;

	if (!dir) {
		buf_printf(error, "%s: %s", path, strerror(errno));
		return false;
	}
	while ((entry = readdir(dir))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		buf_clear(&item);
		buf_printf(&item, "%s/%s", path, entry->d_name);
		files_add(out, entry->d_name, item.p);
	}
	closedir(dir);
	buf_release(&item);
	if (out->count)
		qsort(out->file, out->count, sizeof *out->file, by_name);
	return true;
}

static bool load_into(struct resolver *v, engine_value value, struct loaded *l, struct buf *error)
{
	struct engine_value_info info;
	bool absent = false;

	engine_value_get(v->engine, value, &info);
	if (value_is_folder(v->plan, resolve_bare_type(v->plan, info.type)))
		return resolve_files(v, value, &l->files, &absent, error);
	if (!resolve_natural(v, value, &l->text, &absent, error))
		return false;
	return absent || value_items(v->plan, resolve_bare_type(v->plan, info.type), buf_str(&l->text), l->text.len,
				     &l->items, error);
}

static bool load_list(struct resolver *v, engine_value value, struct loaded **out, struct buf *error)
{
	struct loaded *oldest = &v->list[0], fresh = { .of = value };

	for (int i = 0; i < LISTS; i++) {
		struct loaded *l = &v->list[i];

		if (l->used && l->of == value) {
			l->used = ++v->clock;
			*out = l;
			return true;
		}
		if (l->used < oldest->used)
			oldest = l;
	}
	if (!load_into(v, value, &fresh, error)) {	/* it may itself load lists: only then a place is taken */
		unload(&fresh);
		return false;
	}
	oldest = &v->list[0];
	for (int i = 1; i < LISTS; i++)
		if (v->list[i].used < oldest->used)
			oldest = &v->list[i];
	unload(oldest);
	*oldest = fresh;
	oldest->used = ++v->clock;
	*out = oldest;
	return true;
}

/* ---- texts ---- */

static bool read_place(const struct place *at, size_t limit, struct buf *out, struct buf *error)
{
	if (file_read(at->path.p, limit, out))
		return true;
	if (errno == EFBIG)
		buf_printf(error, "%s: is larger than the %zu bytes that may stand in a command or be computed with: hand it to a function by its path",
			   at->path.p, limit);
	else
		buf_printf(error, "%s: %s", at->path.p, strerror(errno));
	return false;
}

/* Natural text. An image is one of at most SLOT_MOST_IMAGE bytes, and its text not much more than ten times as long. */
static bool natural_place(const struct resolver *v, const struct place *at, size_t limit, struct buf *out, struct buf *error)
{
	return at->how == STANDS_AS_IMAGE ? flat_to_natural(v->plan, at->type, at->image, at->len, out, error) : read_place(at, limit, out, error);
}

static bool list_json(struct resolver *v, const struct place *at, size_t limit, struct buf *out, struct buf *error)
{
	size_t start = out->len;
	bool ok = true;

	buf_addch(out, '[');
	for (uint32_t i = 0; ok && i < at->count; i++) {
		bool absent = false;

		if (i)
			buf_addch(out, ',');
		ok = resolve_json(v, engine_value_item(v->engine, at->value, i), limit, out, &absent, error);
		if (absent)
			buf_addstr(out, "null");
		if (ok && out->len - start > limit) {
			buf_printf(error, "a list of %u items is larger than the %zu bytes that may stand in a command or be computed with: "
				   "hand it to a function by its path", at->count, limit);
			ok = false;
		}
	}
	buf_addch(out, ']');
	return ok;
}

bool resolve_json(struct resolver *v, engine_value value, size_t limit, struct buf *out, bool *absent, struct buf *error)
{
	struct place at = { 0 };
	struct buf text = BUF_INIT;
	bool ok = find_place(v, value, &at, error);

	*absent = ok && at.how == STANDS_ABSENT;
	if (ok && at.how == STANDS_AS_JSON)
		buf_add(out, at.json, at.len);
	else if (ok && at.how == STANDS_AS_LIST)
		ok = list_json(v, &at, limit, out, error);
	else if (ok && (at.how == STANDS_AT_PATH || at.how == STANDS_AS_IMAGE))
		ok = natural_place(v, &at, limit, &text, error) &&
		     value_to_json(v->plan, at.type, buf_str(&text), text.len, out, error);
	buf_release(&at.path);
	buf_release(&text);
	return ok;
}

bool resolve_natural(struct resolver *v, engine_value value, struct buf *out, bool *absent, struct buf *error)
{
	struct place at = { 0 };
	struct buf json = BUF_INIT;
	bool ok = find_place(v, value, &at, error);

	*absent = ok && at.how == STANDS_ABSENT;
	if (ok && (at.how == STANDS_AT_PATH || at.how == STANDS_AS_IMAGE))
		ok = natural_place(v, &at, LIMIT_DATA, out, error);
	else if (ok && at.how == STANDS_AS_JSON)
		ok = value_from_json(v->plan, at.type, at.json, at.len, out, error);
	else if (ok && at.how == STANDS_AS_LIST)
		ok = list_json(v, &at, LIMIT_DATA, &json, error) &&
		     value_from_json(v->plan, at.type, json.p, json.len, out, error);
	buf_release(&at.path);
	buf_release(&json);
	return ok;
}

/* ---- files ---- */

bool resolve_place(struct resolver *v, engine_value value, struct buf *path, bool *stands, bool *absent, struct buf *error)
{
	struct place at = { 0 };
	bool ok = find_place(v, value, &at, error) && give_path(v, &at, error);

	*absent = ok && at.how == STANDS_ABSENT;
	*stands = ok && at.how == STANDS_AT_PATH && !at.source;
	if (*stands)
		buf_add(path, at.path.p, at.path.len);
	buf_release(&at.path);
	return ok;
}

/* Does a step make it as an image of this type? */
static bool is_flat_output(const struct resolver *v, engine_value value, uint32_t type, struct engine_value_info *info)
{
	const struct plan_port *port;

	engine_value_get(v->engine, value, info);
	while (info->kind == EV_ITEM) {		/* of a list that the engine knows the items of */
		struct engine_value_info list;

		engine_value_get(v->engine, info->of, &list);
		if (list.kind != EV_LIST || info->index >= list.count)
			return false;
		engine_value_get(v->engine, engine_value_item(v->engine, info->of, info->index), info);
	}
	if (info->kind != EV_OUTPUT)
		return false;
	port = &v->plan->port[engine_func(v->engine, info->step)->first_result + info->port];
	return port->format == FORMAT_FLAT && (value_present(v->plan, port->type) == value_present(v->plan, type) ||
					       flat_hash(v->plan, port->type) == flat_hash(v->plan, type));
}

bool resolve_image(struct resolver *v, engine_value value, uint32_t type, const char **image, uint32_t *len)
{
	struct engine_value_info info;
	struct buf key = BUF_INIT;
	bool there;

	if (!is_flat_output(v, value, type, &info))
		return false;
	resolve_key(v->engine, info.step, &key);
	there = store_image(v->store, key.p, info.port, image, len);
	buf_release(&key);
	return there;
}

bool resolve_flat(struct resolver *v, engine_value value, uint32_t type, struct buf *path, bool *stands, struct buf *error)
{
	struct engine_value_info info;
	struct store_result r;
	struct buf key = BUF_INIT;
	struct stat st;

	*stands = false;
	if (!is_flat_output(v, value, type, &info))
		return true;
	resolve_key(v->engine, info.step, &key);
	r = result_of(v, &info, key.p);
	store_output_path(v->store, key.p, v->plan->port[r.func->first_result + r.result].name, path);
	if (store_flat(v->store, &r, path->p, error)) {
		buf_addstr(path, FLAT_SUFFIX);
		*stands = lstat(path->p, &st) == 0;
		if (!*stands && errno != ENOENT)
			buf_printf(error, "%s: %s", path->p, strerror(errno));
	}
	buf_release(&key);
	if (*stands)
		return true;
	buf_clear(path);
	return !error->len;
}

/* Items without a key are named by their position, in as many digits as make byte order the list's order. */
static bool list_files(struct resolver *v, const struct place *at, struct value_files *out, struct buf *error)
{
	struct buf name = BUF_INIT, path = BUF_INIT;
	int digits = snprintf(NULL, 0, "%u", at->count ? at->count - 1 : 0);
	bool ok = true;

	for (uint32_t i = 0; ok && i < at->count; i++) {
		const char *key = engine_value_item_name(v->engine, at->value, i);
		bool stands = false, absent = false;

		buf_clear(&name);
		buf_clear(&path);
		if (key)
			file_encode_key(&name, key, strlen(key));
		else
			buf_printf(&name, "%0*u", digits, i);
		ok = resolve_place(v, engine_value_item(v->engine, at->value, i), &path, &stands, &absent, error);
		if (ok && stands)
			files_add(out, name.p, path.p);
		else if (ok && !absent) {
			buf_printf(error, "item %u of a list of files is no file", i);
			ok = false;
		}
	}
	buf_release(&name);
	buf_release(&path);
	return ok;
}

bool resolve_files(struct resolver *v, engine_value value, struct value_files *out, bool *absent, struct buf *error)
{
	struct place at = { 0 };
	bool ok = find_place(v, value, &at, error);

	*absent = ok && at.how == STANDS_ABSENT;
	if (ok && at.source) {
		for (uint32_t i = 0; i < at.source->files; i++)
			files_add(out, at.source->file[i].name, at.source->file[i].path);
	} else if (ok && at.how == STANDS_AS_LIST) {
		ok = list_files(v, &at, out, error);
	} else if (ok && at.how == STANDS_AT_PATH) {
		ok = value_files_read(at.path.p, out, error);
	} else if (ok && at.how == STANDS_AS_JSON && !(at.len == 2 && memcmp(at.json, "[]", 2) == 0)) {
		buf_addstr(error, "a list of files that is a constant");
		ok = false;
	}
	buf_release(&at.path);
	return ok;
}

bool resolve_count(struct resolver *v, engine_value value, uint32_t *count, struct buf *error)
{
	struct engine_value_info info;
	struct loaded *l;

	engine_value_get(v->engine, value, &info);
	if (info.kind == EV_LIST) {
		*count = info.count;
		return true;
	}
	if (!load_list(v, value, &l, error))
		return false;
	if (l->files.count >= UINT32_MAX) {
		buf_addstr(error, "a list of more than 4 billion files");
		return false;
	}
	*count = l->files.count ? (uint32_t)l->files.count : l->items.count;
	return true;
}
