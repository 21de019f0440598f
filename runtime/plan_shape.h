/*
 * The members of a plan's structs, as the reader and the writer walk over them: made from plan_shape.def. Private to
 * plan_shape.c, plan_read.c, plan_write.c and plan_places.c.
 */
#ifndef CALC_RUNTIME_PLAN_SHAPE_H
#define CALC_RUNTIME_PLAN_SHAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "runtime/plan.h"

enum plan_member_kind {
	TEXT,		/* const char *, never NULL */
	TEXT_OR_NULL,	/* const char * */
	PLACE,		/* as TEXT: where something was written. No part of what is computed, nor of the hash */
	PLACE_OR_NULL,
	U32,
	INDEX,		/* uint32_t; PLAN_NONE is -1 in JSON */
	U64,
	FLAG,		/* bool */
	CHOICE,		/* uint8_t; a name in JSON */
	U32S,		/* uint32_t *, PLAN_NONE is -1; NULL or empty: left out */
	TEXTS		/* const char **; NULL or empty: left out */
};
enum plan_choice { CHOICE_ORDER, CHOICE_TYPE, CHOICE_FORMAT, CHOICE_PART, CHOICE_EFFECT, CHOICE_VALUE, CHOICE_NODE, CHOICE_EXPR, CHOICE_OP, CHOICE_ROLE, CHOICE_IDLE, CHOICE_STATE, CHOICES };
enum plan_length {
	LENGTH_SLOTS, LENGTH_COUNT,
	LENGTH_OUTER_ROWS_AND_ONE, LENGTH_ROWS, LENGTH_ROWS_AND_ONE,	/* of the block around the region's node; of its body */
	LENGTH_OF_PARENTS, LENGTH_OF_INPUTS, LENGTH_OF_OUTPUTS		/* last entry of the CSR's starts */
};
struct plan_member {
	const char *name;
	uint8_t kind;		/* enum plan_member_kind */
	uint8_t more;		/* CHOICE: enum plan_choice; arrays: enum plan_length */
	bool needed;
	size_t at;		/* offset in the struct */
};
struct plan_object {
	const char *name;	/* member of the plan in JSON */
	const struct plan_member *member;
	unsigned members;	/* at most 64 */
	bool placed;		/* a row is an array, its members by place */
	size_t size;		/* of the struct */
	size_t rows_at, count_at;	/* tables: offsets of the array and its length in struct plan */
};

extern const struct plan_object plan_set_object;
extern const struct plan_object plan_tables[];
extern const unsigned plan_table_count;

/* Names of a choice in the order of its enum, ended by NULL. */
const char *const *plan_choice_names(enum plan_choice c);

/*
 * How many entries an array of a row must have, seen from the plan's other tables. False when those do not say so: an
 * index out of range, starts that are missing.
 */
bool plan_array_length(const struct plan *p, const void *row, enum plan_length rule, size_t *out);

#endif
