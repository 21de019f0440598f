/*
 * Titles of frames in a picture that is laid out: Graphviz puts them to the left, whatever lines go through there. It knows of Graphviz only the
 * functions below, and the attributes that a layout is written as (bb, pos, lp, lwidth, lheight).
 */
#ifndef CALC_TOOLS_LAYOUT_TITLES_H
#define CALC_TOOLS_LAYOUT_TITLES_H

#include <stdbool.h>

/* Of libcgraph: how a graph's parts are walked, and its attributes read and set. */
struct layout_graph {
	void *(*first_frame)(void *graph), *(*next_frame)(void *frame);
	void *(*first_node)(void *graph), *(*next_node)(void *graph, void *node);
	void *(*first_line)(void *graph, void *node), *(*next_line)(void *graph, void *line);
	char *(*get)(void *object, char *name);
	int (*set)(void *object, char *name, char *value);
	void *(*node)(void *graph, char *name, int make);
};

/*
 * Moves every title that a line crosses along the edge of its frame to where none does, nearest to the left. Where there is no such place the
 * title becomes a node without a border, which hides what is behind it when nodes are drawn last. Returns whether any was mended. What would take
 * long, or has no such attributes, is left as it is.
 */
bool layout_titles(const struct layout_graph *of, void *graph);

#endif
