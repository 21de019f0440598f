/* Parts of the writer of graph documents: declarations, and the graphs of sets. */
#ifndef CALC_COMPILER_GRAPH_JSON_WRITE_H
#define CALC_COMPILER_GRAPH_JSON_WRITE_H

#include "compiler/graph_json_inner.h"

struct writer {
	struct compilation *c;
	struct json_writer w;
	struct buf scratch;
	bool places, failed;
	const struct graph *g;		/* of the set that is being written */
};

void write_place(struct writer *w, struct span at);	/* "at": …, unless places are left out */
void write_place_as(struct writer *w, const char *member, struct span at);
/* A constant's JSON as the next value; false, after CF702, when it is too long. */
bool write_words(struct writer *w, type_t type, word_t value, struct span at);
/* A part of the document begins with its first member: empty ones are left out. */
void begin_part(struct writer *w, const char *member, bool *any);
void type_value(struct writer *w, type_t type, uint8_t format);
/* ---- graph_json_write_more.c ---- */
void write_more_of(struct writer *w, const struct func *f);	/* portable, device, reads, writes, system */
void write_standing(struct writer *w, const struct outside *o);	/* share or pond, window, lateness */
void write_windows(struct writer *w);
void write_locks(struct writer *w);
void write_states(struct writer *w);

void write_variables(struct writer *w, const struct env_pair *env, uint32_t envs, const struct secret_ref *secret, uint32_t secrets);
void write_pond(struct writer *w, const struct pond *p);
void write_set(struct writer *w, const struct set *s, const struct graph *g);
/* Members "nodes" and "sinks" of a set. */
void write_graph(struct writer *w, const struct graph *g);

#endif
