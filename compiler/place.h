/*
 * Place and locality: where a step runs, where a datum stands, and whether the one can reach the other (calcflow(7)). Runs over the
 * finished graph of a set; leaves groups, ponds and media in it.
 */
#ifndef CALC_COMPILER_PLACE_H
#define CALC_COMPILER_PLACE_H

#include "compiler/elaborate.h"

/*
 * Groups, ponds and media of a set's graph. Reads the graph and what the text says of media (graph.put); needs a graph without
 * errors; leaves graph.group, group_of, pond, node.first_medium, edge and use; breaks nothing. Reports CF3xx, CF903.
 */
void place_graph(struct compilation *c, struct set *s, struct graph *g);

/* The table media.def. */
enum medium_scope { SCOPE_POD, SCOPE_NODE, SCOPE_CLUSTER };
struct medium_row { const char *word; uint8_t medium, scope; bool flat, inferred; };
enum { MEDIA = 6 };
const struct medium_row *medium_at(unsigned i);			/* the cheapest first */
const struct medium_row *medium_row(enum plan_medium m);

/* ---- place_write.c: what the text says of media ---- */
/* `at M` of a binding's target: the value stands there. false after a report. */
bool place_target(struct scope *s, const struct node *target, struct span statement, struct res r);
bool place_stage(struct scope *s, const struct node *stage);
bool place_persist(struct scope *s, const struct node *persist);

/* ---- place_data.c ---- */
uint32_t place_results(const struct compilation *c, const struct graph *g, const struct graph_node *n);	/* how many a node has */

/* ---- place_group.c ---- */
void place_groups(struct compilation *c, const struct set *s, struct graph *g);

/* ---- place_slots.c ---- */
/* `slots auto`: the most steps that one depth of the graph has, from 1 to LIMIT_SLOTS_AUTO. */
uint32_t place_slots(const struct graph *g);

/* ---- place_print.c: --dump=place ---- */
void place_print(struct compilation *c, const struct set *s, const struct graph *g, struct buf *out);

#endif
