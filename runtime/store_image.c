/*
 * Results of native functions that see no file: small images, in memory by their step's key. The journal holds them too, so that they
 * outlive a kill; files of them are made when somebody needs one. Only so many bytes are kept: what comes later gets its file at once.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/file.h"
#include "base/hash.h"
#include "base/mem.h"
#include "runtime/flat.h"
#include "runtime/store.h"
#include "runtime/store_inner.h"

enum { FIRST_ROOM = 256 };

/* ---- the table: open addressing, no gap between a key's place and its row ---- */

static size_t place_of(const struct kept_table *t, const char *key, uint64_t hash)
{
	size_t i = (size_t)hash & (t->room - 1);

	while (t->at[i] && (t->at[i]->hash != hash || strcmp(t->at[i]->key, key) != 0))
		i = (i + 1) & (t->room - 1);
	return i;
}

struct kept_images *store_kept(const struct store *s, const char *key)
{
	const struct kept_table *t = &s->kept;

	return t->room ? t->at[place_of(t, key, hash_bytes(key, strlen(key)))] : NULL;
}

static void widen(struct kept_table *t)
{
	struct kept_table wide = { .room = t->room ? t->room * 2 : FIRST_ROOM, .count = t->count, .bytes = t->bytes, .most = t->most };

	wide.at = mem_zalloc(wide.room, sizeof *wide.at);
	for (size_t i = 0; i < t->room; i++)
		if (t->at[i])
			wide.at[place_of(&wide, t->at[i]->key, t->at[i]->hash)] = t->at[i];
	mem_free(t->at);
	*t = wide;
}

static void free_row(struct kept_table *t, struct kept_images *k)
{
	for (uint32_t i = 0; i < k->count; i++) {
		t->bytes -= k->result[i].here ? k->result[i].len + KEPT_BESIDE : 0;
		mem_free(k->result[i].image);
	}
	mem_free(k->key);
	mem_free(k);
}

/* Rows behind the gap that would not be found across it move into it. */
static void take_out(struct kept_table *t, size_t gap)
{
	t->at[gap] = NULL;
	t->count--;
	for (size_t i = (gap + 1) & (t->room - 1); t->at[i]; i = (i + 1) & (t->room - 1)) {
		size_t home = (size_t)t->at[i]->hash & (t->room - 1);

		if (((i - home) & (t->room - 1)) < ((i - gap) & (t->room - 1)))
			continue;
		t->at[gap] = t->at[i];
		t->at[i] = NULL;
		gap = i;
	}
}

struct kept_images *store_keep(struct store *s, const char *key, uint32_t results)
{
	uint64_t hash = hash_bytes(key, strlen(key));
	struct kept_table *t = &s->kept;
	struct kept_images *k;
	size_t i;

	if ((t->count + 1) * 2 > t->room)
		widen(t);
	i = place_of(t, key, hash);
	if (t->at[i])
		return t->at[i];
	k = mem_zalloc(1, sizeof *k + results * sizeof *k->result);
	k->key = mem_strdup(key);
	k->hash = hash;
	k->count = results;
	t->at[i] = k;
	t->count++;
	return k;
}

bool store_keep_image(struct store *s, struct kept_images *k, uint32_t result, const char *image, uint32_t len)
{
	struct kept_image *at = &k->result[result];

	if (s->kept.bytes + len + KEPT_BESIDE > s->kept.most)
		return false;
	s->kept.bytes += len + KEPT_BESIDE;
	at->image = len ? mem_strndup(image, len) : NULL;
	at->len = len;
	at->here = true;
	return true;
}

void store_images_forget(struct store *s, const char *key)
{
	struct kept_images *k = store_kept(s, key);

	if (!k)
		return;
	take_out(&s->kept, place_of(&s->kept, key, k->hash));
	free_row(&s->kept, k);
}

void store_kept_free(struct store *s)
{
	for (size_t i = 0; i < s->kept.room; i++)
		if (s->kept.at[i])
			free_row(&s->kept, s->kept.at[i]);
	mem_free(s->kept.at);
	s->kept = (struct kept_table){ 0 };
}

bool store_image(const struct store *s, const char *key, uint32_t result, const char **image, uint32_t *len)
{
	const struct kept_images *k = store_kept(s, key);

	if (!k || result >= k->count || !k->result[result].here)
		return false;
	*image = k->result[result].image;
	*len = k->result[result].len;
	return true;
}

/* ---- the journal's ---- */

bool store_images_tell(const struct store *s, const char *key, struct buf *out)
{
	const struct kept_images *k = store_kept(s, key);

	for (uint32_t i = 0; k && i < k->count; i++)
		slot_images_add(out, k->result[i].image, k->result[i].here ? k->result[i].len : SLOT_ELSEWHERE);
	return k != NULL;
}

/* ---- files, for who needs one ---- */

static bool has_folder(struct store *s, const struct store_result *r, struct kept_images *k, struct buf *error)
{
	if (!k->folder)
		k->folder = store_make(s, r->key, error);
	else if (mkdirat(s->done, r->key, 0750) != 0 && errno != EEXIST)
		return store_failed(error, "make the folder of the outputs", r->key);
	return k->folder;
}

/* Whole or not at all: a kill between would leave a part of it, and the next run take that for all. */
static bool put(const char *path, const char *text, size_t len, struct buf *error)
{
	struct buf part = BUF_INIT;
	bool ok;

	buf_printf(&part, "%s.part", path);
	ok = (unlink(part.p) == 0 || errno == ENOENT || store_failed(error, "remove", part.p)) && store_put(part.p, text, len, error) &&
	     (rename(part.p, path) == 0 || store_failed(error, "make", path));
	buf_release(&part);
	return ok;
}

static bool natural_of(const struct store_result *r, const char *image, size_t len, const char *path, struct buf *error)
{
	struct buf natural = BUF_INIT;
	bool ok = flat_to_natural(r->plan, r->plan->port[r->func->first_result + r->result].type, image, len, &natural, error) &&
		  put(path, buf_str(&natural), natural.len, error);

	buf_release(&natural);
	return ok;
}

static bool natural_of_file(const struct store_result *r, const char *path, struct buf *error)
{
	struct buf flat = BUF_INIT, image = BUF_INIT;
	struct stat st;
	bool ok = true;

	buf_printf(&flat, "%s" FLAT_SUFFIX, path);
	if (lstat(path, &st) != 0 && errno == ENOENT && lstat(flat.p, &st) == 0)
		ok = (file_read(flat.p, SIZE_MAX / 2, &image) || store_failed(error, "read", flat.p)) &&
		     natural_of(r, buf_str(&image), image.len, path, error);
	buf_release(&flat);
	buf_release(&image);
	return ok;
}

bool store_natural(struct store *s, const struct store_result *r, const char *path, struct buf *error)
{
	struct kept_images *k = store_kept(s, r->key);
	struct kept_image *at = k && r->result < k->count && k->result[r->result].here ? &k->result[r->result] : NULL;

	if (!at)
		return natural_of_file(r, path, error);
	if (at->len && !at->natural)
		at->natural = has_folder(s, r, k, error) && natural_of(r, at->image, at->len, path, error);
	return !at->len || at->natural;
}

bool store_flat(struct store *s, const struct store_result *r, const char *path, struct buf *error)
{
	struct kept_images *k = store_kept(s, r->key);
	struct kept_image *at = k && r->result < k->count && k->result[r->result].here ? &k->result[r->result] : NULL;
	struct buf flat = BUF_INIT;

	if (!at || !at->len || at->flat)
		return true;
	buf_printf(&flat, "%s" FLAT_SUFFIX, path);
	at->flat = has_folder(s, r, k, error) && put(flat.p, at->image, at->len, error);
	buf_release(&flat);
	return at->flat;
}

/* ---- of an earlier run ---- */

/* There is too much in memory: into its file. */
static bool recall_file(struct store *s, const struct store_result *r, struct kept_images *k, const char *image, uint32_t len, struct buf *error)
{
	struct buf path = BUF_INIT;
	bool ok;

	store_output_path(s, r->key, r->plan->port[r->func->first_result + r->result].name, &path);
	buf_addstr(&path, FLAT_SUFFIX);
	ok = has_folder(s, r, k, error) && put(path.p, image, len, error);
	buf_release(&path);
	return ok;
}

/* Whole, or nothing of it: then the step runs again. */
bool store_images_recall(struct store *s, const struct plan *p, const struct plan_func *f, const char *key, struct slot_images images)
{
	struct store_result r = { p, f, key, 0 };
	struct kept_images *k = store_keep(s, key, f->results);
	struct buf error = BUF_INIT;
	const char *image;
	uint32_t len;
	bool ok = true;

	k->folder = true;	/* larger results stand there */
	for (; ok && r.result < f->results && slot_images_next(&images, &image, &len); r.result++)
		ok = len == SLOT_ELSEWHERE || store_keep_image(s, k, r.result, image, len) || recall_file(s, &r, k, image, len, &error);
	ok = ok && r.result == f->results && images.len == 0;
	if (!ok)
		store_images_forget(s, key);
	buf_release(&error);
	return ok;
}
