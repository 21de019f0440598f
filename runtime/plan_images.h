/* Which image a function has in a pod, which slot has which image, and which others it may take. */
#ifndef CALC_RUNTIME_PLAN_IMAGES_H
#define CALC_RUNTIME_PLAN_IMAGES_H

#include <stdbool.h>
#include "runtime/plan.h"

/* The function's image, or that of the set; "" when neither names one. */
const char *plan_func_image(const struct plan *p, uint32_t func);

/*
 * Images of the functions that are called, each once, in the order of their first call; array and count are the
 * caller's (mem_free). An image "" counts too.
 */
const char **plan_images(const struct plan *p, uint32_t *count);

/*
 * Fill set.slot_image and plan.role where the functions that are called have more than one image (and the set is on a pod). The first
 * `common` slots share `image` (in the order of their first call, each once); slots behind them have `own`, an image each, and keep it.
 * The cheapest way is taken that gives every image a place:
 *   mounted, if `mounts` are to be had and every function of the image is portable: in all common slots;
 *   own: slot i starts with the i-th of the others, modulo their number;
 *   swap, where those are more than the common slots: each of these slots may take any of them.
 */
struct plan_places {
	const char *const *image;	uint32_t images;
	const char *const *own;		/* of the slots from `common` on */
	uint32_t common;
	bool mounts;
};
void plan_place_images(struct plan *p, const struct plan_places *at);

/* The same for a plan without slots of functions' own. */
void plan_assign_images(struct plan *p, bool mounts);

/* The image as a node asks for it: with the prefix, if it names no registry of its own. Appended; prefix NULL: as it is. */
void plan_image_from(const char *image, const char *registry, struct buf *out);

bool plan_swaps(const struct plan *p);			/* some slot may be given another image */

/* How slot comes to run functions of the image: 0: it starts with it; else 1 + place in plan.role; PLAN_NONE: never. */
uint32_t plan_role_of(const struct plan *p, uint32_t slot, const char *image);
/* The number under which a mounted image stands in every slot that has it: its first row in plan.role. PLAN_NONE: not mounted. */
uint32_t plan_mount_of(const struct plan *p, const char *image);

#endif
