/*
 * Place and locality: where a step runs, where a datum stands, and whether the one can reach the other (calcflow(7)). Runs over the
 * finished graph of a set; leaves groups, ponds and media in it.
 */
#ifndef CALC_COMPILER_PLACE_H
#define CALC_COMPILER_PLACE_H

#include "compiler/elaborate.h"

/* Groups, ponds and media of a set's graph. Reports CF3xx. */
void place_graph(struct compilation *c, struct set *s, struct graph *g);

/* ---- place_group.c ---- */
void place_groups(struct compilation *c, const struct set *s, struct graph *g);

/* ---- place_slots.c ---- */
/* `slots auto`: the most steps that one depth of the graph has, from 1 to LIMIT_SLOTS_AUTO. */
uint32_t place_slots(const struct graph *g);

#endif
