/*
 * Where the rows of a plan were written ("flow.cf:12"), in a text of its own beside the plan: calc-plan(5), "Places". It changes with every line
 * that moves; the plan, its hash and what is named by that do not. Nobody vouches for it: what is not the places of this very plan
 * is passed over with a word, and messages then name the program alone.
 */
#ifndef CALC_RUNTIME_PLAN_PLACES_H
#define CALC_RUNTIME_PLAN_PLACES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/buf.h"
#include "runtime/plan.h"

enum {
	PLACES_VERSION = 1,
	PLACES_PART = 192 * 1024,	/* bytes of a part, places.000, places.001, …, at most */
	PLACES_TABLES = 64		/* what can be left out: the set, and each table of the plan */
};

/* In how many parts they stand: as the plan's rows say and nothing else, so that who names the parts need not change when lines do. */
uint32_t plan_places_parts(const struct plan *p);
size_t plan_places_most(const struct plan *p);		/* bytes of their text; a longer one is refused */
uint64_t plan_places_rows(const struct plan *p);	/* rows that may have a place */

/* The places of the plan with that hash (64 hex digits), as canonical JSON; without those of the tables whose bits are set. */
void plan_places_write(const struct plan *p, const char *hash, uint64_t without, struct buf *out);
/* The largest table with places that is not left out yet, as a bit of `without`; 0: none is. */
uint64_t plan_places_largest(const struct plan *p, uint64_t without);

/* The text behind joined parts, which are the text or its gzip: replaced in *bytes. false with a message behind *error. */
bool plan_places_unpack(const struct plan *p, struct buf *bytes, struct buf *error);
/* Give the plan its places. false with a message behind *error, and the plan as it was. */
bool plan_places_read(struct plan *p, const char *hash, const char *json, size_t len, struct buf *error);
/*
 * The same from DIR/places.000, …, which are the text or its gzip, joined. No folder or no places in it: true. What then has no place stands
 * at the program's name.
 */
bool plan_places_load(struct plan *p, const char *hash, const char *dir, struct buf *error);

#endif
