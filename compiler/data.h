/*
 * Data from JSON and YAML, read against a declared type. Events, no tree: memory is what the type keeps. Text stays where it
 * stands in the file, so that every string of the data knows its line.
 */
#ifndef CALC_COMPILER_DATA_H
#define CALC_COMPILER_DATA_H

#include "base/diag.h"
#include "base/json.h"
#include "compiler/word.h"

/*
 * A format other than JSON: it gives its text as the events of JSON. Which ones exist is said by the program (compile_options), so
 * that one which reads no YAML does not need its library.
 */
struct data_reader;
struct data_format {
	/* The whole of src as events. false after a report, or once the reader wants no more. */
	bool (*read)(const struct source *src, struct data_reader *to, struct diags *d);
};
extern const struct data_format data_yaml;	/* data_yaml.c */

/* ---- for formats ---- */
/* The kind of type that the value which comes next is wanted as (T of T?): it decides what a bare word is. TYPE_VOID: none, the value
 * is passed over. */
enum type_kind data_reader_wants(const struct data_reader *r);
/* false: give no more; it was reported. Spans are of `at` and `width`; a text in place is never copied. */
bool data_reader_take(struct data_reader *r, const struct json_event *ev);

struct data_target {
	struct data_store *store;
	struct types *types;
	struct diags *diags;
	const struct data_format *format;	/* NULL: JSON */
};

/*
 * Read the value at the path (n keys from the top; 0 = the whole) of src as a value of `type`. `declared` is the place in the
 * program to point at besides. false after reporting what does not fit, at its place in the data.
 */
bool data_read(struct data_target *t, const struct source *src, const sym_t *path, uint32_t n, type_t type,
	       struct span declared, word_t *out);

/* A map from a list of records by its string field; reports keys that stand twice. */
bool data_index(struct data_target *t, word_t list, type_t record, uint32_t key_field, word_t *out);

/* One scalar from its bare text (-D name=value): strings raw, the rest as in JSON without quotes; lists and records as JSON. */
bool data_parse_scalar(struct data_target *t, const struct source *src, type_t type, word_t *out);

#endif
