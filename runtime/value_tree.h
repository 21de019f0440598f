/*
 * Values in memory, for what computes on them: from canonical JSON, compared, as text, to canonical JSON again. A value is read by
 * its type, which stands beside it nowhere. Parts may be shared; nothing changes a value once it is made.
 *
 *   bool, enum           word: 0/1, the member's place
 *   integers, duration   word: two's complement; a duration in nanoseconds
 *   f32, f64             word: the bits of a double
 *   time                 word: seconds since 1970, count: nanoseconds later
 *   string               text, count bytes; bytes: their base64; a flow: its JSON
 *   list, record         part: items, fields in order; count of them
 *   T?                   count 0: absent, 1: part[0]
 *   choice               count: which arm, part[0]
 *   file                 file: opaque, only handed on
 */
#ifndef CALC_RUNTIME_VALUE_TREE_H
#define CALC_RUNTIME_VALUE_TREE_H

#include <stdbool.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/buf.h"
#include "base/rfc3339.h"
#include "runtime/plan.h"

struct value_ref { const char *name, *path; };	/* a file: its name where it stood, and its absolute path */

struct value_node {
	union {
		uint64_t word;
		double number;
		const char *text;
		const struct value_node *part;
		const struct value_ref *file;
	};
	uint32_t count;
};

static inline struct value_node value_node_word(uint64_t word)
{
	return (struct value_node){ { .word = word }, 0 };
}

static inline struct value_node value_node_number(double number)
{
	return (struct value_node){ { .number = number }, 0 };
}

static inline struct value_node value_node_time(struct rfc3339 t)
{
	return (struct value_node){ { .word = (uint64_t)t.seconds }, t.ns };
}

static inline struct rfc3339 value_node_rfc3339(struct value_node v)
{
	return (struct rfc3339){ (int64_t)v.word, v.count };
}

/* JSON of a value (checked against its type) → value, in the arena; types that hold no file. */
struct value_source {
	uint32_t type;
	const char *json;
	size_t len;
	size_t most;		/* bytes that the arena may take in all */
};
struct value_loader;
struct value_loader *value_loader_new(const struct plan *p);
void value_loader_free(struct value_loader *l);
bool value_load(struct value_loader *l, const struct value_source *from, struct arena *arena, struct value_node *out, struct buf *error);

/* Canonical JSON, appended; false when `out` gets longer than `most` bytes: shared parts can make a small value's text very long. */
bool value_node_json(const struct plan *p, uint32_t type, const struct value_node *v, size_t most, struct buf *out);
/* As it stands in a text: strings and enums raw, other scalars as in JSON. */
void value_node_text(const struct plan *p, uint32_t type, const struct value_node *v, struct buf *out);

/* `left` is taken down for every value compared; at 0 the answer is false and means nothing. Types without files. */
bool value_node_equal(const struct plan *p, uint32_t type, const struct value_node *a, const struct value_node *b, uint64_t *left);
/* Of numbers, times, durations, strings: -1, 0 or 1. */
int value_node_compare(const struct plan *p, uint32_t type, const struct value_node *a, const struct value_node *b);

/* The outcome of a selector (plan.h, NODE_MATCH). */
uint32_t value_node_outcome(const struct plan *p, uint32_t type, const struct value_node *v);

#endif
