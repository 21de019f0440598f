/*
 * The engine's values as texts and files: where a value stands, what is in it, how many items it has. Lists that are
 * taken item by item are read once and kept for a while.
 */
#ifndef CALC_RUNTIME_ARGS_VALUE_H
#define CALC_RUNTIME_ARGS_VALUE_H

#include <stdbool.h>
#include <stdint.h>
#include "base/buf.h"
#include "runtime/engine.h"
#include "runtime/share_source.h"
#include "runtime/store.h"

struct resolver;

struct resolver *resolve_new(const struct plan *p, const struct engine *e, struct store *s, const struct share_source *sources);
void resolve_free(struct resolver *v);
const struct plan *resolve_plan(const struct resolver *v);
const struct engine *resolve_engine(const struct resolver *v);

/* One item of a [file]: absent ones (partial) are left out. */
struct value_file { char *name, *path; };
struct value_files {
	struct value_file *file;
	size_t count, cap;
};
void value_files_release(struct value_files *f);
bool value_files_read(const char *folder, struct value_files *out, struct buf *error);	/* its entries, in byte order */

/* All return false with a message; *absent is set instead of a result where the value (a T?) is absent. */

/* Canonical JSON, at most `limit` bytes of source text. */
bool resolve_json(struct resolver *v, engine_value value, size_t limit, struct buf *out, bool *absent, struct buf *error);
/* Natural text. */
bool resolve_natural(struct resolver *v, engine_value value, struct buf *out, bool *absent, struct buf *error);
/* The path at which the value already stands whole (a file, a folder of a [file], a natural form); *stands says whether
 * it does: a constant, an item or a list made by the engine stands nowhere. */
bool resolve_place(struct resolver *v, engine_value value, struct buf *path, bool *stands, bool *absent, struct buf *error);
/* The path of its image in the flat layout, where a step made one and its type is that of `type` (and nothing is to be converted). */
bool resolve_flat(struct resolver *v, engine_value value, uint32_t type, struct buf *path, bool *stands, struct buf *error);
/* The same, in memory: *image is valid until its step is released, *len 0: absent. false: it is not there, or not of that type. */
bool resolve_image(struct resolver *v, engine_value value, uint32_t type, const char **image, uint32_t *len);
/* The items of a [file], in the list's order. */
bool resolve_files(struct resolver *v, engine_value value, struct value_files *out, bool *absent, struct buf *error);
bool resolve_count(struct resolver *v, engine_value value, uint32_t *count, struct buf *error);

uint32_t resolve_bare_type(const struct plan *p, uint32_t type);	/* without T? */
/* The key (one folder name) of a step. */
void resolve_key(const struct engine *e, engine_step s, struct buf *key);

#endif
