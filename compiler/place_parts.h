/* Parts of place.c, one file each: the data of a graph, who touches them, ponds, media, reports. */
#ifndef CALC_COMPILER_PLACE_PARTS_H
#define CALC_COMPILER_PLACE_PARTS_H

#include "compiler/place.h"

/*
 * A place is a number: on a pod the only one is 0; on a list it is the group, and the last one is the set's host (what it
 * computes, and flows that it launches).
 */
enum place_kind { PLACE_PODS, PLACE_HOST };

/* A datum: what one result of a step is, or a source. It stands in one medium, and perhaps in copies. */
struct datum {
	uint32_t node, result;		/* node PLAN_NONE: the source `result` */
	type_t type;
	struct span span;
	uint32_t put;			/* what the text says of its medium: place in graph.put; PLAN_NONE */
	uint32_t medium;		/* GRAPH_MEDIUM; PLAN_NONE: not yet chosen */
	uint32_t first_copy;		/* in copy[]; PLAN_NONE ends */
	uint32_t first_touch;		/* in touch[]; PLAN_NONE ends */
	bool refused;			/* reported: no more of it */
};
struct copy { uint32_t put, next; };
struct sunk { uint32_t datum, sink; };	/* sink: place in graph.sink, of one at a pond */

/* Steps that touch data alike: of one place, for one item (the nearest each or steps around them), or from another row. */
struct toucher { uint32_t place, home; bool across; };
struct touch { uint32_t toucher, node, next; };	/* node: the first such step */

/* Why a place stands at a pond. */
struct pull {
	uint32_t pond;
	struct span span;		/* what names the pond: a medium, a source, `near` */
	struct span at;			/* the step that this pulls */
	uint32_t func;			/* its function; PLAN_NONE */
	const char *what;		/* "makes", "takes", "publishes", "uses", "near" */
	uint32_t put;			/* place in graph.put, where a statement names the pond; PLAN_NONE */
};
/* A place stands at pull.pond. Where something pulls it to another pond: `other`. `more`: a further cause for the one and the other.
 * `settled`: its pond before data that stand at several were looked at. */
struct place_at { struct pull pull, other; uint32_t settled; bool more, other_more, refused; };

struct placing {
	struct compilation *c;
	struct set *s;
	struct graph *g;
	uint32_t places, host;
	struct place_at *at;			/* by place */
	uint32_t *home;				/* by block: the body of the nearest each or steps around it, or 0 */
	struct datum *datum;		uint32_t data;
	uint32_t *first_datum;			/* by node: of its first result; nodes that only hand on have none */
	uint32_t first_source;			/* datum of source 0; the implied source is the last datum */
	struct toucher *toucher;	size_t touchers, touchers_cap;
	struct touch *touch;		size_t touches, touches_cap;
	struct copy *copy;		size_t copies, copies_cap;
	struct sunk *sunk;		size_t sunks, sunks_cap;
	uint64_t *seen;			size_t seens, seen_mask;	/* (value, toucher) pairs that were gone through */
	uint32_t *work;			size_t work_cap;
	uint8_t *flat;			size_t flat_cap;		/* by type: 0 unknown, 1 yes, 2 no */
	bool stopped;				/* LIMIT_WORK */
};

/* ---- place_data.c ---- */
void place_data(struct placing *p);			/* data, homes, who touches what */
bool place_seen(struct placing *p, uint64_t key);	/* was this key, not 0, given before? */
bool place_is_maker(const struct graph_node *n);	/* it makes data; the others hand them on */
uint32_t place_of_node(const struct placing *p, uint32_t node);
enum place_kind place_kind(const struct placing *p, uint32_t place);
/* Are two steps certainly in one pod? */
bool place_same_pod(const struct placing *p, uint32_t place, uint32_t home, const struct toucher *t);
bool place_touch_same_pod(const struct placing *p, const struct datum *d, const struct toucher *t);

/* ---- place_pond.c ---- */
void place_ponds(struct placing *p);			/* which pond each place stands at; CF303, CF304 */
void place_pull(struct placing *p, uint32_t place, const struct pull *why);

/* ---- place_state.c ---- */
void place_states_pull(struct placing *p);		/* who reads or writes a state at a pond stands there */
void place_states(struct placing *p);			/* states of pods within one pod: CF301, CF302 */

/* ---- place_medium.c ---- */
bool place_flat(struct placing *p, type_t t);
const char *place_not_flat(struct placing *p, type_t t);	/* why: "`name` is a string of any length"; in the arena */
void place_media(struct placing *p);			/* chosen, checked: CF301, CF302, CF305 */
/* Can the toucher use the datum, were it in `medium`, or one of its copies? `by` (may be NULL): the cheapest medium by which. */
bool place_reaches(const struct placing *p, const struct datum *d, uint32_t medium, const struct toucher *t, uint32_t *by);
/* Does every step that touches the datum reach it in `medium`, or in a copy? */
bool place_would_reach(const struct placing *p, const struct datum *d, uint32_t medium);

/* ---- place_report.c ---- */
const char *place_text_of(struct placing *p, uint32_t place);	/* "the workers of `f`" */
const char *place_step_text(struct placing *p, uint32_t node);	/* "`f`" */
void place_report_unreached(struct placing *p, const struct datum *d, const struct touch *t);
void place_report_not_carried(struct placing *p, const struct datum *d, const struct graph_put *put);
void place_report_copy(struct placing *p, const struct datum *d, const struct graph_put *put);
void place_report_state(struct placing *p, const struct state *st, uint32_t func, struct span use, uint32_t first, struct span first_use);
void place_report_apart(struct placing *p, uint32_t place);

#endif
