/* What the files of the evaluator share; nobody else includes this. */
#ifndef CALC_RUNTIME_COMPUTE_INNER_H
#define CALC_RUNTIME_COMPUTE_INNER_H

#include "runtime/compute.h"

/* A constant of the plan that was loaded; kept for all steps. */
struct compute_constant {
	uint32_t index;		/* + 1; 0: free */
	struct value_node value;
};
struct compute {
	const struct plan *p;
	struct value_loader *loader;
	struct arena arena, kept;
	struct compute_constant *constant;	/* by hash of the index */
	uint32_t constants, slots;
	struct buf text;
};

struct run {
	struct compute *c;
	const struct plan *p;
	const struct value_node *arg;
	struct value_node local[COMPUTE_LOCALS];
	uint64_t work;			/* left */
	const char *loc;
	struct buf *error;
};

bool compute_eval(struct run *r, uint32_t x, struct value_node *out);
bool compute_failed(struct run *r, const struct plan_expr *x, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
bool compute_work(struct run *r, const struct plan_expr *x, uint64_t n);
/* Room for `count` values; NULL when it would be too much: then the failure was said. Never NULL for 0. */
struct value_node *compute_room(struct run *r, const struct plan_expr *x, uint64_t count);

static inline uint32_t compute_kid(const struct run *r, const struct plan_expr *x, uint32_t i)
{
	return r->p->item[x->first + i];
}
static inline enum plan_type_kind compute_kind(const struct run *r, uint32_t type)
{
	return (enum plan_type_kind)r->p->type[type].kind;
}

/* compute_list.c */
bool compute_comprehension(struct run *r, const struct plan_expr *x, struct value_node *out);
bool compute_range(struct run *r, const struct plan_expr *x, struct value_node *out);
bool compute_chunks(struct run *r, const struct plan_expr *x, struct value_node *out);
bool compute_groups(struct run *r, const struct plan_expr *x, struct value_node *out);

#endif
