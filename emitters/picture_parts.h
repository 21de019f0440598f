/* What the files that draw a program share. Private to emitters/picture*.c. */
#ifndef CALC_EMITTERS_PICTURE_PARTS_H
#define CALC_EMITTERS_PICTURE_PARTS_H

#include "emitters/picture.h"

/* Many that are drawn as one: how many they are is known, and said, at the end. */
struct tally { uint32_t node; uint64_t count, steps; const char *name, *of_one, *of_many; bool called; };

struct scene {
	struct compilation *c;
	struct drawing *d;
	enum grain grain;
	struct symtab *keys;		/* of what is drawn once: see scene_once */
	uint32_t *once;			size_t once_cap;	/* by symbol of `keys`: node, or place in tally, + 1 */
	struct tally *tally;		size_t tallies, tallies_cap;
	bool *drawn;			/* by place in program.set */
	struct buf text, key;
};

/* How a region's body is drawn. */
enum region_look { LOOK_BODY, LOOK_ROWS, LOOK_ALIKE, LOOK_ONE };

/* Rows of a region that are one node each: row → class. */
struct alike { uint32_t *of, classes; uint32_t *rows; char **label; };


/* One set of the scene. */
struct picture {
	struct scene *s;
	struct compilation *c;
	struct drawing *d;
	const struct graph *g;
	const struct set *set;
	enum grain grain;
	uint32_t set_frame;
	uint32_t *first;		/* of each node: what is drawn for it, the first of its rows' */
	uint32_t *frame;		/* of each region: its frame, 0: none */
	uint8_t *look;			/* of each region: enum region_look */
	struct alike *alike;		/* of each region */
	bool *given;			/* of each region: its given files have their line */
	uint32_t *block_start, *block_node;	/* the nodes of each block, in their order */
	uint32_t *clock;		/* of each node; NULL without windows */
	uint32_t *edge;			/* places in graph.edge, sorted */
	struct visited *visited;
};

/* ---- picture_label.c ---- */
void label_short(struct buf *out, const char *s, size_t len);	/* cut to what one line can show */
void label_whole(struct buf *out, const char *s, size_t len);	/* on as many lines as it takes, up to four */
const char *label_part(const char *name);	/* "step" of "flow/step" */
bool label_made_up(const char *part);		/* the compiler made it: "step.argument" */
void label_step(struct picture *pic, uint32_t node, struct buf *out);
void label_region(const struct picture *pic, const struct graph_node *n, struct buf *out);
void label_outcome(const struct picture *pic, type_t type, uint32_t outcome, struct buf *out);
void label_medium(const struct picture *pic, uint32_t medium, struct buf *out);
void label_duration(int64_t ns, struct buf *out);
void label_window(struct compilation *c, const struct window *w, struct buf *out);
void label_set(struct compilation *c, const struct set *s, const struct graph *g, struct buf *out);
void label_title(struct scene *s, struct buf *out);
const char *tip_of(struct picture *pic, const char *name, struct span at);	/* in the arena */

/* ---- picture_formula.c ---- */
void formula_text(const struct picture *pic, const struct graph_node *n, struct buf *out);	/* "last.moved < 0.001", of a computed node */

/* ---- picture_rows.c ---- */
bool rows_can_part(const struct picture *pic, const struct graph_region *r);	/* may its rows be nodes? */
bool rows_alike(const struct picture *pic, const struct graph_region *r, struct alike *out);	/* false: they are too different */
/* What all keys of the rows begin with, up to a mark between words: nobody needs to read it in every node. */
size_t rows_prefix(const struct picture *pic, const struct graph_region *r);
void alike_release(struct alike *a);

/* ---- picture_outside.c ---- */
uint32_t scene_source(struct scene *s, uint32_t outside);
uint32_t scene_sink(struct scene *s, uint32_t outside);
uint32_t picture_state(struct picture *pic, uint32_t state, uint32_t touched_by);	/* the node of a step */
/* The node of a tally: key names it; the label becomes "name", and how many there are. */
uint32_t scene_tally(struct scene *s, const char *key, uint32_t frame, enum draw_kind kind, const char *name, const char *of_one, const char *of_many,
		     uint64_t count, uint64_t steps);
uint32_t *scene_once(struct scene *s, const char *key);		/* 0 until it was drawn; one more than the node */
void scene_end(struct scene *s);				/* labels of tallies */

/* ---- picture_set.c ---- */
void picture_set(struct scene *s, uint32_t frame, const struct set *set);
/* What is drawn for a node, in this row where its rows are nodes; DRAW_NONE: nothing. */
uint32_t picture_node(const struct picture *pic, uint32_t node, uint32_t row);
/* The region whose rows are nodes that the block is the body of; PLAN_NONE: rows of it are not told apart. */
uint32_t picture_parted(const struct picture *pic, uint32_t block);
enum line_kind line_of_medium(enum plan_medium m);

/* ---- picture_edges.c ---- */
void picture_edges(struct picture *pic);

#endif
