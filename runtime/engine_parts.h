/*
 * What the files of the engine share, and nobody else may include but its tests. The state of a run is a net of
 * *points*. A point waits for a number of others; when all of them have ended, it is decided: well or badly. What
 * follows is done by one loop over a queue (engine_flow.c), never by recursion. Points stand in steps, rows, ports and
 * region instances; edges lead from what ends to what waits.
 */
#ifndef CALC_RUNTIME_ENGINE_PARTS_H
#define CALC_RUNTIME_ENGINE_PARTS_H

#include "runtime/engine.h"
#include "runtime/engine_shape.h"
#include "runtime/fingerprint.h"

enum { ENGINE_MAX_IDS = 1 << 29 };	/* steps, frames, …: the upper three bits of an id say what it is of */

#define STEP_STATE(name) STEP_##name,
enum step_state {
#include "runtime/engine_states.def"
	STEP_STATES
};
#define STEP_EVENT(name) STEP_ON_##name,
enum step_event {
#include "runtime/engine_states.def"
	STEP_EVENTS
};
#define SLOT_STATE(name) SLOT_##name,
enum slot_state {
#include "runtime/engine_states.def"
	SLOT_STATES
};
#define SLOT_EVENT(name) SLOT_ON_##name,
enum slot_event {
#include "runtime/engine_states.def"
	SLOT_EVENTS
};
#define RUN_STATE(name) RUN_##name,
enum run_state {
#include "runtime/engine_states.def"
	RUN_STATES
};
#define RUN_EVENT(name) RUN_ON_##name,
enum run_event {
#include "runtime/engine_states.def"
	RUN_EVENTS
};

/* How often each cell was used: the tests' proof. */
struct engine_hits {
	uint64_t step[STEP_STATES][STEP_EVENTS], slot[SLOT_STATES][SLOT_EVENTS], run[RUN_STATES][RUN_EVENTS];
};

struct point {
	uint32_t waits;			/* for so many others */
	uint32_t level : 31, bad : 1;	/* highest level of those; one of them failed */
	uint32_t cause;			/* if bad: the step that failed, or PLAN_NONE */
};

struct step {
	struct point in;
	uint32_t frame;
	uint32_t edges;		/* the last of a ring; PLAN_NONE */
	uint32_t refs;		/* who may still read its outputs */
	uint32_t attempt, slot;
	uint8_t state, losses;
	uint16_t fails;
	struct fingerprint fingerprint;	/* from ASKED on */
};

/* A running block: one item of a region instance; frame 0 is the flow. */
struct frame {
	uint32_t block, inst, item, row;
	uint32_t first_step, first_inst;	/* in the order of the block's nodes */
	uint32_t first_carry;			/* of a cycle: the values that the round begins with, in engine.list */
	struct point end;			/* of its steps and region instances */
	bool dead;				/* made only to be skipped */
};

/* An inner node in a frame. */
struct inst {
	uint32_t node, frame;
	uint32_t region;	/* whose body runs; PLAN_NONE: of a match before the choice, of a launch before its flow is there */
	uint32_t items, made, live, frames;	/* frames: of its items, in engine.item_frame */
	uint32_t first_port, first_row, first_list;
	uint32_t queue, queue_head, queue_tail;	/* rows that wait for `limit`, in engine.item_frame */
	uint32_t edges, undropped;		/* edges: who comes after it; ports that are still read */
	struct point gate, end;
	bool ended, released, killed;
	bool asked;		/* of a launch: ENGINE_LAUNCH was emitted */
	bool carries;		/* of a cycle: the values of the round hold their steps (not those of the first) */
};

struct port {		/* a result of an inner node: of an each or steps, the list over all items */
	struct point in;
	uint32_t inst, edges, refs;
	bool ended;
	engine_value value;		/* once ended: of a match, cycle or launch; PLAN_NONE: absent */
	struct fingerprint fingerprint;
};

struct row {		/* of a steps instance, before and beside its frame */
	uint32_t inst, readers;
	struct point gate, result;
};

/* Files of a source, by name; none where it is no [file]. */
struct source_files { uint32_t count; const char **name; struct fingerprint *print; };
struct list { engine_value value; struct fingerprint fingerprint; };	/* of a run-time each; a value that a cycle carries */
struct edge { uint32_t target, next; };

enum target { TO_STEP, TO_GATE, TO_PORT, TO_END, TO_ROW, TO_RESULT, TO_SINKS };	/* what waits: an edge's target */
enum work { WORK_STEP, WORK_STEP_END, WORK_FRAME_END, WORK_GATE, WORK_INST_END, WORK_PORT_END, WORK_ROW, WORK_RESULT };

struct ring { uint32_t *at; size_t head, tail, cap; };		/* free-running; cap a power of two */

struct queued { uint64_t key; uint32_t text, step; };
struct heap { struct queued *at; size_t count, cap; };

struct slot {
	uint32_t incarnation, step;
	uint32_t kind;		/* by its group and image: what functions may run there */
	uint32_t spot;		/* by its kind and worker: what `rotate` counts */
	uint8_t state;
	bool seen;
};

struct action { uint8_t kind, why; uint32_t a, b; };

struct values;		/* engine_value.c */
struct place;		/* engine_ready.c */
struct binds;		/* engine_bind.c */
struct locks;		/* engine_locks.c */
struct asked;		/* engine_asked.c */
struct roles;		/* engine_roles.h */

struct engine {
	struct plan plan;		/* a copy, which grows with launches; its rows are still the caller's */
	const struct plan *p;		/* &plan */
	struct arena launched;		/* tables of the plan once it has grown */
	bool owns_plan;
	struct shape *shape;
	struct engine_options options;
	enum plan_order order;
	uint8_t state;
	bool root_ended;
	enum engine_verdict verdict;

	struct step *step;	size_t steps, step_cap;
	struct frame *frame;	size_t frames, frame_cap;
	struct inst *inst;	size_t insts, inst_cap;
	struct port *port;	size_t ports, port_cap;
	struct row *row;	size_t rows, row_cap;
	struct list *list;	size_t lists, list_cap;
	uint32_t *item_frame;	size_t item_frames, item_frame_cap;
	struct edge *edge;	size_t edges, edge_cap;
	uint32_t free_edge;
	struct point sinks;

	struct ring work, drops;	/* drops: ports that nobody reads any more */
	struct action *action;	size_t action_head, action_tail, action_cap;

	struct heap *ready;	/* one for each kind of slot, one for what needs no slot, one for each spot (for items that rotate) */
	struct slot *slot;
	uint64_t *idle;		/* bits, kind by kind: idle_words each; of a slot with mounted images, in each of those kinds, too */
	uint32_t *mounted_start, *mounted;	/* of each slot, and one more: kinds that it has mounted; NULL: none */
	struct roles *roles;			/* NULL: no slot gets another image */
	uint32_t kinds, idle_words;
	struct place *place;		/* of each slot, and images that slots may have, in order (engine_ready.c) */
	uint32_t places;
	uint32_t *kind_of_func;		/* e->kinds: needs no slot */
	size_t kind_cap;
	uint32_t kind_funcs;
	uint32_t *spot_start;		/* of each kind, and one more: its spots, by worker */
	uint32_t *group_ready;		/* of each group: steps of its functions that wait for any of its slots */
	bool rotates;			/* some each does */
	uint32_t rotating;		/* steps that wait for their spot: an item's that rotates, or one that is bound */
	struct binds *binds;		/* NULL: not by group */
	struct locks *locks;		/* NULL: none, or one step at a time */
	bool publishes;			/* it has sinks, or states that outlive the run */

	uint64_t known, count[STEP_STATES], failures, starts;
	uint32_t asking;	/* ENGINE_COUNT, ENGINE_OUTCOME and ENGINE_LAUNCH that are not answered */
	struct fingerprint *source_fingerprint, *func_fingerprint;
	struct source_files *source_files;
	uint32_t source_counts;		/* as many as the plan had at first: a launched flow has none */
	struct fingerprint *const_fingerprint;	/* made when first used; zero before */
	size_t const_cap, func_cap;
	uint32_t const_prints, func_prints;
	struct values *values;
	struct asked *asked;
	struct engine_hits hits;
};

static inline uint32_t tagged(unsigned kind, uint32_t id)
{
	return kind << 29 | id;
}

void engine_ring_push(struct ring *r, uint32_t value);
/* Room for `more` rows after `used` ones. */
void *engine_room(void *rows, size_t *cap, size_t used, size_t more, size_t size);

/* ---- engine_flow.c: points, edges and the loop ---- */
struct ending { uint32_t level, cause; bool bad; };
void flow_arrive(struct engine *e, uint32_t target, struct ending how);
void flow_note(struct engine *e, uint32_t target, struct ending how);	/* it ends so, without an arrival */
void flow_work(struct engine *e, enum work kind, uint32_t id);
void flow_drop(struct engine *e, uint32_t port);		/* nobody reads it any more: release_port_now is called soon */
void flow_need_value(struct engine *e, uint32_t value, uint32_t frame, uint32_t target);
void flow_need_port(struct engine *e, uint32_t node, uint32_t port, uint32_t frame, uint32_t target);
void flow_need_end(struct engine *e, uint32_t node, uint32_t frame, uint32_t target);	/* `after` */
void flow_run(struct engine *e);
void flow_step_ended(struct engine *e, uint32_t step);
struct point *flow_point(struct engine *e, uint32_t target);

/* ---- engine_frame.c: frames, region instances, rows ---- */
uint32_t frame_around(const struct engine *e, uint32_t frame, uint32_t block);	/* the frame of that block, from one within */
uint32_t frame_node(const struct engine *e, uint32_t frame, uint32_t node);	/* its step, or region instance */
int frame_compare(const struct engine *e, uint32_t f, uint32_t g);		/* by their items, from the outermost on */
void frame_root(struct engine *e);
void frame_make(struct engine *e, uint32_t inst, uint32_t item, struct ending gate);
void inst_open(struct engine *e, uint32_t inst, uint32_t items);
void inst_kill(struct engine *e, uint32_t inst);		/* its gate ended badly, or it failed */
void inst_row(struct engine *e, uint32_t row);			/* the row's gate is decided */
void inst_more(struct engine *e, uint32_t inst);		/* below the limit again */
void inst_ports(struct engine *e, uint32_t inst);		/* of a partial one: decide them */
uint32_t inst_items(const struct engine *e, uint32_t inst);	/* of one with rows of its own */
uint32_t inst_row_of(const struct engine *e, uint32_t inst, uint32_t item);	/* body row */
const struct shape_inner *inst_shape(const struct engine *e, uint32_t inst);
void inst_failed(struct engine *e, uint32_t inst, enum engine_region_failure why, engine_value value);	/* by itself: said and counted */
void inst_fail(struct engine *e, uint32_t inst, enum engine_region_failure why, engine_value value);	/* likewise, and killed */

/* ---- engine_asked.c: what only the host can read of a value; type PLAN_NONE: its length, else its outcome ---- */
struct asked *asked_new(void);
void asked_free(struct asked *a);
bool asked_wait(struct engine *e, engine_value v, uint32_t type, uint32_t inst);	/* its gate must wait for the answer */
bool asked_get(const struct engine *e, engine_value v, uint32_t type, uint32_t *count);	/* false: it cannot be read */
bool asked_answer(struct engine *e, const struct engine_event *ev, uint32_t type);

/* ---- engine_each.c: lists whose length shows at run time ---- */
void each_begin(struct engine *e, uint32_t inst);
void each_open(struct engine *e, uint32_t inst);		/* the lengths are there */

/* ---- engine_choice.c, engine_cycle.c ---- */
void match_begin(struct engine *e, uint32_t inst);
void match_open(struct engine *e, uint32_t inst);		/* the outcome is there */
void launch_begin(struct engine *e, uint32_t inst);
bool launch_refused(struct engine *e, uint32_t inst);
void cycle_begin(struct engine *e, uint32_t inst);
void cycle_join(struct engine *e, uint32_t frame);		/* what the end of the round waits for */
void cycle_round_end(struct engine *e, uint32_t inst);		/* frame and values are decided */
void cycle_next(struct engine *e, uint32_t inst);		/* the outcome of `until` is there */

/* ---- engine_step.c, engine_slot.c, engine_run.c: state tables ---- */
bool step_on(struct engine *e, uint32_t step, enum step_event ev);
bool slot_on(struct engine *e, uint32_t slot, enum slot_event ev);
bool run_on(struct engine *e, enum run_event ev);
bool step_cell_used(unsigned state, unsigned event, bool *never);	/* what the tables say, for the tests */
bool slot_cell_used(unsigned state, unsigned event, bool *never);
bool run_cell_used(unsigned state, unsigned event, bool *never);

/* ---- engine_ready.c: queues and slots ---- */
void ready_init(struct engine *e);
void ready_free(struct engine *e);
void ready_push(struct engine *e, uint32_t step);
bool ready_must_wait(const struct engine *e);	/* one after another: which comes next is not certain yet */
uint32_t ready_take(struct engine *e, uint32_t heap);	/* its first step */
bool ready_pop(struct engine *e, uint32_t *step, uint32_t *slot);	/* the next that may start now, and where; slot PLAN_NONE: needs none */
void ready_idle(struct engine *e, uint32_t slot, bool idle);
void ready_more(struct engine *e);		/* the plan has grown */
bool ready_has_slot(const struct engine *e, const struct plan_func *f, const char *group);	/* of a function yet to come; group: name or NULL */
uint32_t ready_kind_of(const struct engine *e, const char *image);	/* one that a slot has or may have */
bool ready_before(const struct engine *e, uint32_t heap, uint32_t other);	/* the first step of one, and that of the other */
bool ready_needs_slot(const struct engine *e, uint32_t step);

/* ---- engine_roles.c: images that slots change for ---- */
void roles_init(struct engine *e);
void roles_free(struct engine *e);
void roles_more(struct engine *e);		/* the plan has grown */
void roles_step(struct engine *e, uint32_t node, bool ends);		/* a step of the node is there, or has ended */
void roles_inner(struct engine *e, uint32_t node, bool ends);		/* likewise an instance of an inner node */
bool roles_came(struct engine *e, uint32_t slot, uint32_t role);	/* a worker; false: it cannot have that role */
void roles_started(struct engine *e, uint32_t slot);
bool roles_unswapped(struct engine *e, const struct engine_event *ev);	/* false: it does not fit */
bool roles_again(struct engine *e, uint32_t slot, uint32_t role);	/* likewise */
uint32_t roles_delay_ms(uint32_t fails);	/* of ENGINE_SWAP_TIMER; fails: `why` of the action */
bool roles_next(struct engine *e);		/* engine_swaps.c: a swap was decided, or that a step has no place */

/* ---- engine_bind.c: one worker for an item ---- */
struct binds *binds_new(void);
void binds_free(struct binds *b);
uint32_t bind_spot(const struct engine *e, uint32_t step, uint32_t kind);	/* where its item runs; PLAN_NONE: nowhere yet */
void bind_to(struct engine *e, uint32_t step, uint32_t kind, uint32_t spot);	/* the first time */

/* ---- engine_locks.c: locks of states ---- */
void locks_init(struct engine *e);
void locks_free(struct engine *e);
bool locks_take(struct engine *e, uint32_t step);	/* false: it waits, and is queued to start when it has them all */
void locks_leave(struct engine *e, uint32_t step);

/* ---- engine_release.c: who still reads what ---- */
void release_step(struct engine *e, uint32_t step);		/* one reader less */
void release_args(struct engine *e, uint32_t step);		/* the step reads no more */
void release_frame(struct engine *e, uint32_t frame);		/* made: drop results that nobody reads */
void release_row(struct engine *e, uint32_t frame);		/* a row of steps ended */
void release_inst(struct engine *e, uint32_t inst);		/* ended, or no longer read */
void release_port_now(struct engine *e, uint32_t port);		/* nobody reads it */
void release_value(struct engine *e, uint32_t value, uint32_t frame);	/* one reader less of what stands in the frame */
void release_round(struct engine *e, uint32_t frame);		/* of a cycle: its results and `until` are read no more */
void release_hold(struct engine *e, engine_value v);		/* the steps that a value comes from have one reader more … */
void release_held(struct engine *e, engine_value v);		/* … or less */
void release_sinks(struct engine *e);

/* ---- engine_value.c, engine_print.c: handles and fingerprints ---- */
struct values *values_new(void);
void values_free(struct values *v);
engine_value value_handle(const struct engine *e, uint32_t value, uint32_t frame);
bool value_count(const struct engine *e, engine_value v, uint32_t *count);	/* true for lists that the engine knows */
/* What the items of a list are: plan values from *a on in plan.items, seen from frame *b; results of port *a. */
enum known_list { LIST_OF_VALUES, LIST_OF_RESULTS, LIST_OTHER };
engine_value value_of_port(const struct engine *e, uint32_t port);	/* ended; of a match or launch; PLAN_NONE: absent */
enum known_list value_known(const struct engine *e, engine_value v, uint32_t *a, uint32_t *b);
bool value_is_source(engine_value v, uint32_t *source);	/* is it a source as a whole? */
struct fingerprint engine_print_value(const struct engine *e, uint32_t value, uint32_t frame);
struct fingerprint print_port(const struct engine *e, uint32_t port);
struct fingerprint print_step(const struct engine *e, uint32_t step);
void print_free(struct engine *e);
void print_init(struct engine *e);
void print_more(struct engine *e);		/* the plan has grown */

void engine_act(struct engine *e, enum engine_action_kind kind, uint32_t a, uint32_t b);
const struct plan_node *engine_step_node(const struct engine *e, uint32_t step, uint32_t *node);

#endif
