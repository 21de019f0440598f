/* A plan as a pod gets it: a folder of chunks, as they stand in ConfigMaps, and the SHA-256 of the plan's text. */
#ifndef CALC_RUNTIME_PLAN_LOAD_H
#define CALC_RUNTIME_PLAN_LOAD_H

#include <stdbool.h>
#include "base/buf.h"
#include "runtime/plan.h"

enum { PLAN_CHUNKS = 1000 };	/* plan.000 to plan.999 */

/*
 * The text behind joined chunks, which are the text or its gzip: replaced in *bytes. Refused, before memory is spent on it, when it is not
 * the text of that hash (64 hex digits; NULL: any), or too large. false with a message behind *error.
 */
bool plan_unpack(struct buf *bytes, const char *hash, struct buf *error);
/* The plan in DIR/plan.000, plan.001, …; NULL with a message behind *error. */
struct plan *plan_load(const char *dir, const char *hash, struct buf *error);

#endif
