/*
 * The parts of plan_check, which is the trust boundary for plans from outside. Each part relies on what those
 * before it in this header have established, and on nothing else. Every part returns false with the message said.
 */
#ifndef CALC_RUNTIME_PLAN_CHECK_H
#define CALC_RUNTIME_PLAN_CHECK_H

#include "runtime/fingerprint.h"
#include "runtime/flat.h"
#include "runtime/plan.h"

struct check {
	const struct plan *p;
	struct buf *error;
	struct fingerprint *type;	/* of each type's structure: equal types, equal fingerprints */
	uint32_t *depth;		/* of each block: bodies around it */
	uint32_t *region;		/* of each block but the first: the region whose body it is */
	struct flat_layout flat;	/* once types are checked */
	uint64_t uses;			/* values followed so far */
};

bool check_fail(struct check *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
bool check_slice(uint32_t first, uint32_t count, uint32_t all);		/* first..first+count-1 lie within all */
bool check_word_name(const char *name);		/* printable, without space and [ ] % \ " ; parts between slashes not empty, . or .. */
bool check_volume(const char *share);	/* the name of a share, or pond/NAME */
bool check_path(const char *path);		/* relative; no part empty (but the last), . or .. */
/* No two of `count` texts are equal; NULL or the text that stands twice. Sorts `names`. */
const char *check_twice(const char **names, size_t count);

bool check_types(struct check *c);		/* kinds, ranges, depth and cycles; fills c->type */
bool check_fits(const struct check *c, uint32_t from, uint32_t to);	/* plan.h: equal, T for T?, [T] for [T?] */
bool check_fits_across(const struct check *a, uint32_t from, const struct check *b, uint32_t to);	/* types of two plans */
bool check_funcs(struct check *c);
bool check_states(struct check *c);		/* after functions */
bool check_exprs(struct check *c);		/* places and numbers; what they compute is compute_check's */
bool check_outside(struct check *c);		/* the set, constants, columns, sources, sinks but their values */
bool check_blocks(struct check *c);		/* blocks and nodes as a tree, regions and bodies in pairs; fills c->depth, c->region */
bool check_rows(struct check *c);		/* of every region: starts, keys, parents, inputs, outputs */
bool check_flow(struct check *c);		/* arguments, afters, results, sinks' values */
bool check_roles(struct check *c);		/* images of slots: plan_check_roles.c */
bool check_own_inputs(struct check *c);		/* no result of a row leads to the row's inputs */
uint32_t check_outcomes(const struct plan *p, uint32_t type);	/* of a selector of that type; plan.h: NODE_MATCH */

#endif
