/*
 * The graph as data: one JSON document for a whole program after elaboration (calc-graph(5)). What is read is checked as strictly as
 * text is, with diagnostics at its own lines; what is written reads back as the same graph, and as the same bytes.
 */
#ifndef CALC_COMPILER_GRAPH_JSON_H
#define CALC_COMPILER_GRAPH_JSON_H

#include "base/buf.h"
#include "compiler/compilation.h"

enum { GRAPH_JSON_VERSION = 1 };

/* Is it called .json, or does it begin as a graph document does (after white space, `{`)? No program does either. */
bool graph_json_is(const struct source *src);

/* Read c->main: declarations and the graphs of all sets. false after reports. */
bool graph_json_read(struct compilation *c);

/* Write the program and its graphs; `places`: with the place of each part. false after a report (a value is too long). */
bool graph_json_write(struct compilation *c, bool places, struct buf *out);

#endif
