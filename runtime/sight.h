/*
 * What a local worker sees of the run's folders: its own and no other's, as in a pod of its own. Works in a mount namespace
 * that is the caller's alone; knows nothing of what stands in the folders.
 */
#ifndef CALC_RUNTIME_SIGHT_H
#define CALC_RUNTIME_SIGHT_H

#include <stdbool.h>
#include "runtime/slot.h"

/* false: mounts are not permitted here, and all is as it was. */
bool sight_limit(const struct slot_sight *s);

#endif
