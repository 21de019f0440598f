/*
 * Expressions: checked once into a typed tree. What needs no value of the run is evaluated by the compiler, for every row where it
 * depends on one; what does becomes a step of the host (compute.c). The tree knows no names any more: a name became a constant, a
 * row's variable, a local of a comprehension, or a value of the graph.
 */
#ifndef CALC_COMPILER_EXPR_H
#define CALC_COMPILER_EXPR_H

#include <stdbool.h>
#include <stdint.h>
#include "base/source.h"
#include "compiler/type.h"
#include "compiler/word.h"
#include "grammar/ast.h"

struct compilation;

enum expr_kind {
	X_ERROR,
	X_WORD,		/* word */
	X_ROW,		/* the item of region a, lockstep list b, at the row of the block in which it is evaluated */
	X_LOCAL,	/* a = slot of a comprehension's variable */
	X_FIELD,	/* kid[0].field a */
	X_INDEX,	/* kid[0][kid[1]] of a list */
	X_KEY,		/* kid[0][kid[1]] of a map */
	X_LIST,		/* [kid…] */
	X_FOR,		/* [kid[1] for local a in kid[0] if kid[2]] */
	X_RECORD,	/* record of type, kid… in the fields' order */
	X_SOME,		/* kid[0] as T? */
	X_ABSENT,
	X_ELSE,		/* kid[0] else kid[1] */
	X_NOT, X_NEG,
	X_BINARY,	/* op on kids of one type */
	X_TEXT,		/* interpolation: texts of the kids joined */
	X_LEN, X_RANGE, X_SECONDS, X_CHUNKS, X_GROUPS,	/* GROUPS: kid[0] by field a */
	X_CHOICE,	/* kid[0] as arm a of the choice that is its type */
	X_ARM,		/* kid[0], a choice, which is its arm a: what is in it */
	X_VALUE,	/* a = value of the graph: known at run time only */
	X_ARG,		/* a = argument of a node: stands for an X_VALUE, or a part that is known before, once it is a formula */
	X_GATHER, X_HOLD,	/* kid[0] in window a: steps of the host (elab_time.c), never evaluated here */
	X_PREVIOUS	/* the value before of graph value b, which may be made later: no argument, so that the graph has no loop */
};

struct expr {
	uint8_t kind, op;
	bool row;		/* depends on a row */
	bool run;		/* depends on a value of the run */
	bool local;		/* names a variable of a comprehension that stands around it */
	bool fails;		/* its evaluation can fail */
	type_t type;
	uint32_t a, b;
	uint32_t kids;
	struct span span;
	word_t word;
	struct expr **kid;
};

/* What a name means where an expression stands. Chained; NULL ends. */
struct local { sym_t name; uint32_t slot; type_t type; const struct local *up; };

/*
 * Check `n` against the wanted type (TYPE_ERROR: none wanted; literals then take their natural one). `look` gives the
 * compile-time meaning of names; it returns false for a name that it does not know, and reports a name that is known only at
 * run time itself, leaving X_ERROR. Never NULL; after a reported mistake X_ERROR of the error type.
 */
struct expr_scope {
	bool (*look)(void *ctx, const struct node *name, struct expr **out);
	void (*offer)(void *ctx, void *suggest);	/* names for did-you-mean */
	/* A call of a function or flow, as a value of the run; false: it is neither. NULL: there are no steps here */
	bool (*call)(void *ctx, const struct node *call, struct expr **out);
	void *ctx;
	const struct local *locals;
	uint32_t slots;			/* locals in use */
};
struct expr *expr_check(struct compilation *c, struct expr_scope *scope, const struct node *n, type_t want);

/* Make x fit the wanted type: T to T?, A to A | B; reports CF201/CF204 otherwise. `what` says for what ("argument `limit` of `stats`"). */
struct expr *expr_fit(struct compilation *c, struct expr *x, type_t want, const char *what);

/* x as it is, or X_ERROR after CF205 where it is known at run time only: `what` needs it before. */
struct expr *expr_known(struct compilation *c, struct expr *x, const char *what);

struct expr *expr_word(struct compilation *c, type_t type, word_t w, struct span span);
struct expr *expr_new(struct compilation *c, enum expr_kind kind, type_t type, struct span span);
struct expr *expr_error(struct compilation *c, struct span span);
struct expr *expr_at(struct compilation *c, const struct expr *x, struct span span);	/* the same, used in another place */

/* Evaluate. `row_of` gives the word of an X_ROW (NULL: the expression has none). false after a report; the report notes `at`, the
 * data row's place, where it is one. Without a report it is false for what depends on a row, where no row is known: a parameter of a flow
 * or a set that nothing runs. */
struct eval {
	struct compilation *c;
	word_t (*row_of)(void *ctx, uint32_t region, uint32_t which);
	void *ctx;
	struct span at;
};
bool expr_eval(struct eval *ev, const struct expr *x, word_t *out);

/* Check and evaluate at once what must be known without any row. */
bool expr_constant(struct compilation *c, struct expr_scope *scope, const struct node *n, type_t want, const char *what, word_t *out);

#endif
