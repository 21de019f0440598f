/*
 * A YAML writer for manifests: block style, maps and lists nested by calls, scalars quoted when a reader of YAML 1.1 or
 * 1.2 would take them for anything but a string. No anchors, no line folding.
 */
#ifndef CALC_EMITTERS_YAML_H
#define CALC_EMITTERS_YAML_H

#include <stdbool.h>
#include <stdint.h>
#include "base/buf.h"

struct yaml_writer;
struct yaml_writer *yaml_begin(struct buf *out);	/* appends to out */
void yaml_end(struct yaml_writer *w);
void yaml_next_document(struct yaml_writer *w);		/* between two values at the top */
/* Called behind each document, when `out` may be emptied. */
typedef void (*yaml_drain)(void *ctx);
void yaml_on_document(struct yaml_writer *w, yaml_drain drain, void *ctx);
/* Bytes of the document that is open, or was written last, as JSON without spaces: what an API server is sent. */
size_t yaml_json_size(const struct yaml_writer *w);
void *yaml_context(const struct yaml_writer *w);	/* NULL: there is none */

void yaml_map(struct yaml_writer *w);
void yaml_map_end(struct yaml_writer *w);
void yaml_list(struct yaml_writer *w);
void yaml_list_end(struct yaml_writer *w);
void yaml_string(struct yaml_writer *w, const char *s);			/* also a key */
void yaml_text(struct yaml_writer *w, const char *s, size_t len);	/* a long string as it stands, in a block of its own */
void yaml_number(struct yaml_writer *w, uint64_t v);
void yaml_bool(struct yaml_writer *w, bool v);

void yaml_key_map(struct yaml_writer *w, const char *key);	/* the key, and its map begins */
void yaml_key_list(struct yaml_writer *w, const char *key);
void yaml_pair(struct yaml_writer *w, const char *key, const char *value);
void yaml_pair_number(struct yaml_writer *w, const char *key, uint64_t v);
void yaml_pair_bool(struct yaml_writer *w, const char *key, bool v);
/* A list on one line, for commands. Ended by NULL. */
void yaml_pair_words(struct yaml_writer *w, const char *key, const char *const *words);

#endif
