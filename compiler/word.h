/*
 * Compile-time values: every value is one 64-bit word, read by its type.
 *
 *   bool, enum        0/1, the member's place
 *   integers          two's complement; f32, f64: the bits of a double
 *   time, duration    nanoseconds (since 1970 UTC), signed
 *   string, bytes     position in the source space << 32 | length: text of a file stays where it was read, and knows its place
 *   record            index of its first field in store.word (its fields stand in order), << 32 | position of its text / 0
 *   list              index of its first item in store.word << 32 | number of items
 *   T?                0 = absent, else 1 + index in store.word of the value
 *   choice            arm << 32 | index in store.word of the value in it
 *   map               index in store.map
 */
#ifndef CALC_COMPILER_WORD_H
#define CALC_COMPILER_WORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/buf.h"
#include "base/source.h"
#include "compiler/type.h"

typedef uint64_t word_t;

/* Open-addressing table from a string to a row. Made once, of known size. */
struct string_index {
	uint64_t *slot;		/* upper half of the hash << 32 | row + 1; 0 = free. The hash spares a look at most other keys */
	word_t *key;		/* the text of each row that was put in */
	uint32_t mask;
};

struct data_map { word_t list; struct string_index index; };

struct data_store {
	word_t *word;		size_t words, words_cap;
	struct data_map *map;	size_t maps, maps_cap;
	struct sources *sources;
};

void data_store_init(struct data_store *s, struct sources *sources);
void data_store_release(struct data_store *s);

uint32_t data_store_put(struct data_store *s, const word_t *w, size_t n);	/* index of the first; UINT32_MAX when 2^32 words are used up */

static inline word_t word_pair(uint32_t hi, uint32_t lo) { return (word_t)hi << 32 | lo; }
static inline uint32_t word_hi(word_t w) { return (uint32_t)(w >> 32); }
static inline uint32_t word_lo(word_t w) { return (uint32_t)w; }

static inline word_t word_f64(double d) { union { double d; word_t w; } u = { .d = d }; return u.w; }
static inline double f64_word(word_t w) { union { double d; word_t w; } u = { .w = w }; return u.d; }

static inline uint32_t list_count(word_t list) { return word_lo(list); }
static inline word_t list_item(const struct data_store *s, word_t list, uint32_t i) { return s->word[word_hi(list) + i]; }
static inline word_t record_field(const struct data_store *s, word_t rec, uint32_t i) { return s->word[word_hi(rec) + i]; }
static inline bool optional_here(word_t w) { return w != 0; }
static inline word_t optional_value(const struct data_store *s, word_t w) { return s->word[(uint32_t)w - 1]; }
static inline struct span string_span(word_t w) { return (struct span){ word_hi(w), word_lo(w) }; }

const char *string_bytes(const struct data_store *s, word_t w);	/* not NUL-terminated; word_lo(w) bytes */
/* A new string that stands in no file; its place is that of `origin`. */
word_t string_new(struct data_store *s, const char *bytes, size_t len, struct span origin);

/* Where a value stands in the data or the text, as well as its word tells: strings, records, lists of those; else SPAN_NONE. */
struct span word_place(const struct data_store *s, const struct types *t, type_t type, word_t w);

void string_index_init(struct string_index *x, uint32_t rows);
void string_index_release(struct string_index *x);
/* Put the text of a row in; the row that has the same text already, or `row` itself when it is new. */
uint32_t string_index_put(struct string_index *x, const struct data_store *s, word_t text, uint32_t row);
/* This text will be looked for soon: its place in the table comes nearer. */
void string_index_soon(const struct string_index *x, const struct data_store *s, word_t text);
/* The row with this text, or UINT32_MAX. */
uint32_t string_index_find(const struct string_index *x, const struct data_store *s, word_t text);

/* Look a key up in a map: the record, or false. */
bool map_get(const struct data_store *s, word_t map, word_t key, word_t *record);

/* `left` is taken down for every value compared; at 0 the answer is false and means nothing. */
bool word_equal(const struct data_store *s, const struct types *t, type_t type, word_t a, word_t b, uint64_t *left);
int string_compare(const struct data_store *s, word_t a, word_t b);	/* byte order */

/* Canonical JSON of a value (as value.h says). false when it gets longer than WORD_JSON_MOST: values may share their parts, so that
 * a small one can have a very long text. */
enum { WORD_JSON_MOST = 64 << 20 };
bool word_json(const struct data_store *s, const struct types *t, type_t type, word_t w, struct buf *out);
/* As it stands in a text: strings and enums raw, scalars as in JSON, time RFC 3339. */
void word_text(const struct data_store *s, const struct types *t, type_t type, word_t w, struct buf *out);

#endif
