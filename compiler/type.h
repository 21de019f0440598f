/*
 * Types: hash-consed, so that equal types have equal ids. A record or enum is known by its declaration; a choice and a function's type
 * by what they are made of. Id 0 is the error type: it stands where a mistake was already reported, and fits everything.
 */
#ifndef CALC_COMPILER_TYPE_H
#define CALC_COMPILER_TYPE_H

#include <stdbool.h>
#include <stdint.h>
#include "base/buf.h"
#include "base/source.h"
#include "base/sym.h"

enum type_kind {
	TYPE_ERROR, TYPE_BOOL, TYPE_I32, TYPE_I64, TYPE_U32, TYPE_U64, TYPE_F32, TYPE_F64, TYPE_STRING, TYPE_BYTES,
	TYPE_TIME, TYPE_DURATION, TYPE_FILE, TYPE_VOID,	/* scalars: the id is the kind */
	TYPE_RECORD, TYPE_ENUM, TYPE_LIST, TYPE_OPTIONAL,
	TYPE_MAP,		/* of an import with `by`: from a key to a record; compile time only */
	TYPE_SIZED,		/* string[n]: a string of at most n bytes, which has a place in flat types; `first` is n */
	TYPE_CHOICE,		/* A | B: its fields are the arms, each with the name that is written for it */
	TYPE_FUNCTION,		/* function(A) -> B, flow(A) -> B: its fields are the parameters, then the results; compile time only, but
				 * for a flow that a function gives as data */
	TYPE_VARIABLE,		/* a generic's A, where the flow stands on its own: fits itself only */
	TYPE_ALIAS		/* a name that `type` gives to another type: elem, once it was looked up. No value has it */
};
typedef uint32_t type_t;

struct type_field { sym_t name; type_t type; struct span span; };	/* a field, or a member of an enum (type 0) */

struct type {
	uint8_t kind;
	type_t elem;			/* LIST, OPTIONAL, MAP (the record), SIZED (string), ALIAS; CHOICE, FUNCTION: symbol of its text */
	sym_t name;			/* RECORD, ENUM, VARIABLE, ALIAS */
	uint32_t first, count;		/* RECORD, ENUM, CHOICE, FUNCTION: in types.field; MAP: first = key's field */
	uint32_t params;		/* FUNCTION: so many of its fields are parameters */
	bool is_flow;			/* FUNCTION */
	bool holds_file;		/* RECORD, CHOICE: set once its fields are known to be acyclic */
	struct span span;		/* of the declaration */
};

struct types {
	struct type *at;		size_t count, cap;
	struct type_field *field;	size_t fields, fields_cap;
	struct symtab *syms;
	uint32_t *slot;			/* of the constructed ones, by kind, elem and first: id, 0 = free */
	uint32_t slots, constructed;
};

void types_init(struct types *t, struct symtab *syms);
void types_release(struct types *t);

type_t type_list(struct types *t, type_t elem);
type_t type_optional(struct types *t, type_t elem);	/* T?? is T? */
type_t type_map(struct types *t, type_t record, uint32_t key_field);
type_t type_sized(struct types *t, uint32_t bytes);
type_t type_choice(struct types *t, const struct type_field *arm, uint32_t n);
type_t type_function(struct types *t, bool is_flow, const type_t *param, uint32_t params, const type_t *result, uint32_t results);
type_t type_declared(struct types *t, enum type_kind kind, sym_t name, struct span span);	/* a new RECORD or ENUM, no fields */
void type_add_fields(struct types *t, type_t of, const struct type_field *f, uint32_t n);

static inline const struct type *type_of(const struct types *t, type_t id) { return &t->at[id]; }
type_t type_scalar_named(const char *name);		/* "f64" → TYPE_F64; 0 when there is none */
/* Field or member by name: its place from 0, or UINT32_MAX. */
uint32_t type_field_find(const struct types *t, type_t of, sym_t name);
const struct type_field *type_field_at(const struct types *t, type_t of, uint32_t i);

bool type_is_integer(type_t id);
bool type_is_number(type_t id);
bool type_is_scalar(const struct types *t, type_t id);	/* bool … duration, or an enum */
bool type_has_file(const struct types *t, type_t id);
/* A sized string as a string; any other type as it is. */
static inline type_t type_unsized(const struct types *t, type_t id) { return t->at[id].kind == TYPE_SIZED ? TYPE_STRING : id; }
/* Place of the arm of the choice `to` (or of what the T? `to` may hold) that a value of `from` becomes; UINT32_MAX. */
uint32_t type_arm(const struct types *t, type_t from, type_t to);
/*
 * May a value of `from` stand as it is where `to` is wanted? Equal, or T for T?, or string[n] for string, or either is the error type.
 * (A for A | B is no such case: the value changes its form.)
 */
bool type_fits(const struct types *t, type_t from, type_t to);

/* As it is written: "[Reading]", "i64?". The text is interned. */
const char *type_text(struct types *t, type_t id);

#endif
