/*
 * A drawing in DOT: nodes of a kind in groups, edges of a kind between them. Knows the looks (dot_styles.def) and the
 * graph library, nothing of plans. Nodes are named by ids; equal edges are one.
 */
#ifndef CALC_EMITTERS_DOT_DRAW_H
#define CALC_EMITTERS_DOT_DRAW_H

#include <stdbool.h>
#include <stdint.h>
#include "base/buf.h"

enum draw_node {
#define NODE_STYLE(kind, shape, style, fill, width, borders) DRAW_##kind,
#define EDGE_STYLE(kind, style, colour, head)
#include "emitters/dot_styles.def"
#undef NODE_STYLE
#undef EDGE_STYLE
	DRAW_NODES
};
enum draw_edge {
#define NODE_STYLE(kind, shape, style, fill, width, borders)
#define EDGE_STYLE(kind, style, colour, head) DRAW_##kind,
#include "emitters/dot_styles.def"
#undef NODE_STYLE
#undef EDGE_STYLE
	DRAW_EDGES
};

struct drawing;
typedef uint32_t draw_group;		/* 0: the drawing itself */

struct drawing *drawing_begin(const char *title);
/* A frame around nodes and groups; `open` frames (dashed) repeat over what is only known at run time. */
draw_group drawing_group(struct drawing *d, draw_group within, const char *label, bool open);
/* label: lines separated by \n. tip: shown by viewers ("file:line"). */
void drawing_node(struct drawing *d, draw_group within, const char *id, enum draw_node kind, const char *label, const char *tip);
/* Between nodes; nothing when one of them does not exist. */
struct draw_line {
	const char *from, *to;
	enum draw_edge kind;
	const char *label;		/* NULL or "": none */
	draw_group tail, head;		/* not 0: from, or to, the whole frame around the node */
};
void drawing_edge(struct drawing *d, const struct draw_line *line);
void drawing_end(struct drawing *d, struct buf *out);	/* appends the text */

#endif
