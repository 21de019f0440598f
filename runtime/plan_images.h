/* Which image a function has in a pod, and which slot has which image. */
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
 * Fill set.slot_image when the functions that are called have more than one image: slot i gets image i modulo their number,
 * so that every image has a slot and the first calls find theirs first. Nothing changes when one image serves, or when
 * slot_image is there. false when there are more images than slots.
 */
bool plan_assign_images(struct plan *p);

#endif
