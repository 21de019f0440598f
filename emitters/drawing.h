/*
 * A drawing: nodes of a kind in frames, edges of a kind between them, in columns. Knows nothing of programs, and of formats only
 * their table of looks (drawing_styles.def): drawing_dot.c and drawing_mermaid.c write it.
 */
#ifndef CALC_EMITTERS_DRAWING_H
#define CALC_EMITTERS_DRAWING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/buf.h"

#define NODE_STYLE(kind, ...) DRAW_##kind,
#define FRAME_STYLE(kind, ...)
#define EDGE_STYLE(kind, ...)
enum draw_kind {
#include "emitters/drawing_styles.def"
	DRAW_KINDS
};
#undef NODE_STYLE
#undef FRAME_STYLE
#define NODE_STYLE(kind, ...)
#define FRAME_STYLE(kind, ...) FRAME_##kind,
enum frame_kind {
#include "emitters/drawing_styles.def"
	FRAME_KINDS
};
#undef FRAME_STYLE
#undef EDGE_STYLE
#define FRAME_STYLE(kind, ...)
#define EDGE_STYLE(kind, ...) LINE_##kind,
enum line_kind {
#include "emitters/drawing_styles.def"
	LINE_KINDS
};
#undef NODE_STYLE
#undef FRAME_STYLE
#undef EDGE_STYLE

enum { DRAW_NONE = UINT32_MAX };

struct draw_node { uint8_t kind; uint32_t frame; const char *label, *tip; };
struct draw_frame { uint8_t kind; uint32_t within, depth, deeper; const char *label; };	/* deeper: frames that it has no room for */
/* tail, head: not 0: the line begins, or ends, at this frame around the node. times: how often it was drawn; said where `counted`. */
struct draw_line { uint8_t kind; bool counted; uint32_t from, to, tail, head, times; const char *label; };

struct drawing {
	struct arena arena;
	const char *title;
	struct draw_node *node;		size_t nodes, nodes_cap;
	struct draw_frame *frame;	size_t frames, frames_cap;	/* [0] is the drawing itself; each after the one around it */
	struct draw_line *line;		size_t lines, lines_cap;
	bool plain;		/* so large that only programs read it: shapes and kinds of lines are all of its looks */
	/* private */
	size_t most_nodes, most_lines;
	bool full;
	uint32_t *find, find_mask;	/* places in line + 1, by the nodes and the kind that they join */
	struct buf scratch;
};

/* At most so many nodes and lines; frames count as nodes do. What comes when it is full is left out. */
struct drawing *drawing_new(size_t most_nodes, size_t most_lines);
void drawing_free(struct drawing *d);
static inline bool drawing_full(const struct drawing *d) { return d->full; }

/* Labels: lines separated by \n; any bytes: what cannot be shown is replaced. tip: shown by viewers; NULL: none. */
void drawing_title(struct drawing *d, const char *title);
/* Too deep within others: the one around it. */
uint32_t drawing_frame(struct drawing *d, uint32_t within, enum frame_kind kind, const char *label);
uint32_t drawing_node(struct drawing *d, uint32_t frame, enum draw_kind kind, const char *label, const char *tip);
/* Nothing when an end is DRAW_NONE. The same two ends are joined once in a direction (BACK, beside the others, once more). */
void drawing_line(struct drawing *d, const struct draw_line *line);

/* What the kinds that are there mean, in a frame of its own, and what had no room. Call it last: it is added whatever the limits are. */
void drawing_legend(struct drawing *d);
/* The label of a line, with its number: in `out`, until it is used again. */
const char *draw_line_label(const struct draw_line *line, struct buf *out);
uint32_t *drawing_within(const struct drawing *d);	/* of each frame: how many nodes stand in it, or in frames within; for mem_free */
void draw_count(struct buf *out, uint64_t v);		/* 1,234,567 */

/* Does it fit a page better when it goes down instead of to the right? How many boxes follow on each other; how much of its size is left. */
struct draw_page { bool down; uint32_t ranks; double scale; };
struct draw_page drawing_page(const struct drawing *d);

void drawing_dot(const struct drawing *d, struct buf *out);
void drawing_mermaid(const struct drawing *d, struct buf *out);

#endif
