/*
 * The picture of a program: of one set, or of all that run together. As fine as it stays readable: above so many nodes or edges what
 * belongs together becomes one node with a count, until it fits.
 */
#ifndef CALC_EMITTERS_PICTURE_H
#define CALC_EMITTERS_PICTURE_H

#include "compiler/compilation.h"
#include "emitters/drawing.h"

enum { PICTURE_MOST_NODES = 500, PICTURE_MOST_LINES = 600, MERMAID_MOST_LINES = 500, MERMAID_MOST_TEXT = 50000 };

/* The finest first. */
enum grain {
	BY_ROW,		/* a node for each step that is known before the run */
	BY_ALIKE,	/* rows of `steps` whose keys differ in their numbers only, or of one depth, are one node */
	BY_PART,	/* rows whose keys begin with the same name, up to a mark (. : /), are one node */
	BY_STEP,	/* a node for each step of the text */
	BY_REGION,	/* an each, steps, cycle or match is one node */
	BY_FUNCTION,	/* a node for each function; families of sources and sinks are one */
	BY_GROUP,	/* a node for each worker group, or pod; sources and sinks by share */
	BY_SET,		/* a node for each set */
	BY_PATTERN,	/* instances of a set with parameters are one node */
	BY_PROGRAM,	/* three nodes: sources, sets, sinks */
	GRAINS
};

struct picture_options {
	size_t set;			/* place in program.set; SIZE_MAX: all that no other set runs */
	size_t most_nodes, most_lines;	/* SIZE_MAX: all of it */
	enum grain finest;		/* no finer than this */
};
/* The caller frees it. *grain: how fine it became. */
struct drawing *picture_draw(struct compilation *c, const struct picture_options *o, enum grain *grain);

/* Fills in `out`; *grain (may be NULL): how fine it became. */
void picture_dot(struct compilation *c, const struct picture_options *o, struct buf *out, enum grain *grain);
void picture_mermaid(struct compilation *c, const struct picture_options *o, struct buf *out);

#endif
