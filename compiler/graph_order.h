/*
 * One graph, one form: blocks, nodes and regions numbered in the order in which a document holds them (each node, then what is in it),
 * values that are equal made one. So the same graph is the same plan, whether it came from text, from a document or from a program.
 */
#ifndef CALC_COMPILER_GRAPH_ORDER_H
#define CALC_COMPILER_GRAPH_ORDER_H

#include "compiler/compilation.h"

/* Renumber a graph without errors. Reports CF702 where lists of lists are longer, written out, than a graph may be. */
bool graph_canonical(struct compilation *c, struct graph *g);

#endif
