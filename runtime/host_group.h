/*
 * Worker groups of a set `on list`, under `calcc run`: each worker stands for a pod of its own. It is a local slot (or a few)
 * that is started when its group has use for it, sees no other worker's folder, and is let go when it has been idle for
 * a while. The engine says which step runs where; here it is decided how many workers there are to choose from.
 */
#ifndef CALC_RUNTIME_HOST_GROUP_H
#define CALC_RUNTIME_HOST_GROUP_H

#include <stdbool.h>
#include <stdint.h>
#include "base/buf.h"
#include "runtime/plan.h"
#include "runtime/slot.h"

struct host;
struct host_groups;
struct host_group_state;

/* h->groups and h->slot_count; false with outcome and message in the report. */
bool groups_open(struct host *h);
void groups_close(struct host *h);
const uint32_t *groups_of_slots(const struct host_groups *g);	/* for the engine */
const uint32_t *groups_workers_of_slots(const struct host_groups *g);

struct slots *groups_slots(struct host *h, const struct slot_events *ev);	/* none started yet */
void groups_ready(struct host *h, uint32_t slot, uint32_t incarnation);
void groups_lost(struct host *h, uint32_t slot);
/* Events were fed, actions not yet taken: slots that are to make room for another group go as soon as their step has ended. */
void groups_make_room(struct host *h);
/* Nothing is pending: start what is wanted, let go what has long been idle. */
void groups_turn(struct host *h);

/* "stats.2": the worker's number counts from 0; "stats.2/1" where a worker has several slots. */
void groups_slot_name(const struct host_groups *g, uint32_t slot, struct buf *out);
uint32_t groups_count(const struct host_groups *g);
void groups_look(const struct host_groups *g, uint32_t group, struct host_group_state *out);

/*
 * Which groups have use for a worker while another one works: feeds[a * groups + b] says that what a step of a makes is, at most
 * `ahead` steps later, needed by one of b. Owned by the caller (mem_free). Linear in the plan for each group.
 */
bool *group_feeds(const struct plan *p);

#endif
