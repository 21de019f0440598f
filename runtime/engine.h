/*
 * The engine: a pure state machine that walks a plan. Events in, actions out; no I/O, no clock, no randomness: the same
 * plan and the same events give the same actions. It knows nothing of processes, files or sockets; hosts do.
 *
 * A host feeds events with engine_event and, after each batch, drains actions with engine_next until it returns false.
 *
 * Life of a step (an instance of a CALL node in a frame):
 *   WAITING → ASKED (inputs complete: ENGINE_RECALL is emitted; the host looks into its journal and answers RECALLED with
 *   finished or not) → READY (queued by the set's order) → RUNNING (ENGINE_START in a slot) → FINISHED | FAILED (after the last
 *   attempt) | BACKOFF (ENGINE_TIMER, then READY again) | SKIPPED (something that it needs failed) | UNCERTAIN.
 *
 * What is needed: a call's values and its `after`; a port of an each or steps is there as soon as every item's value is
 * (of one that is `partial`: as soon as every item has ended, for an item with a failed step is absent in all its ports), its
 * `after` when every step in it has ended. A row of steps starts when the rows named by its `after` have ended and
 * its inputs are there. `partial` takes in only failures within an item: when something from outside that an item uses
 * fails, the whole each fails. A failure that no `partial` takes in gives VERDICT_FAILED, also when nobody uses the result.
 *
 * A step whose function is an expression needs no slot: ENGINE_COMPUTE in place of ENGINE_START, as many at a time as are
 * ready (one at a time in the sequential orders), answered by EVENT_DONE or EVENT_FAILED as any step.
 *
 * Choices at run time: a match asks for the outcome of its selector (ENGINE_OUTCOME), then the chosen arm's steps come to
 * be, and no others ever do. A cycle runs its rounds one after another: a round begins when the one before has ended, its values are there
 * and its `until` was asked for and is false. A launch waits for its flow and arguments, then for engine_launch.
 *
 * A slot may come to run other images' functions (plan.role, options.by_image): from a mount at any time, or by ENGINE_SWAP: it is
 * not there until its SLOT_READY says that it has the role. (That the worker before is lost need not be said, and changes nothing.)
 * A swap that fails is tried again later, and in other slots first; when no slot is left that could come to an image, its steps fail
 * (ENGINE_STRANDED). A slot that lost its image to a failed swap is given another one.
 *
 * A slot is idle from SLOT_READY on, and again from the DONE, FAILED or LOST of its step: no second SLOT_READY is needed.
 */
#ifndef CALC_RUNTIME_ENGINE_H
#define CALC_RUNTIME_ENGINE_H

#include <stdbool.h>
#include <stdint.h>
#include "base/buf.h"
#include "runtime/plan.h"

typedef uint32_t engine_step;	/* dense from 0, in the order in which steps came to be; stable during one engine's life */

struct engine;

struct engine_options {
	uint32_t slots;			/* how many slots may ever be ready; order other than parallel uses one at a time */
	uint32_t first_backoff_ms;	/* 1,000 by default (0): doubles with each retry, at most 60 s */
	bool by_image;			/* obey plan.set.slot_image and plan.role: a function runs only in slots of its image */
	const uint32_t *slot_group;	/* for each slot: its group in plan.group, whose functions alone run there, and those of one item
					 * (of the nearest each or steps) all in one worker; NULL: not by group */
	const uint32_t *slot_worker;	/* for each slot: its worker, from 0 within the group (`rotate` counts these); NULL: each slot is one */
};

enum engine_event_kind {
	EVENT_BEGIN,		/* once, first */
	EVENT_SLOT_READY,	/* slot, incarnation (higher than any before), role: a worker is there and idle */
	EVENT_SLOT_LOST,	/* slot, incarnation: it is known dead; what it ran is over (counts as a lost attempt) */
	EVENT_UNSWAPPED,	/* slot, role: of ENGINE_SWAP, which failed; ok: it may be tried again; kept: the slot still has the image
				 * from before, and its worker is there and idle (false: it may have none) */
	EVENT_SWAP_TIMER,	/* slot, role: of ENGINE_SWAP_TIMER */
	EVENT_RECALLED,		/* step; ok: the journal has it finished (its outputs are in place), attempt: attempts used so far
				 * (the next one gets the next number; `retries` counts the failures that this engine saw) */
	EVENT_COUNTED,		/* value: the list has `count` items; ok=false: it cannot be read (the each fails) */
	EVENT_OUTCOME,		/* value, type: its outcome is `count`; ok=false: it cannot be read (the match or cycle fails) */
	EVENT_UNLAUNCHED,	/* region: of ENGINE_LAUNCH; its flow is refused (the launch fails). What is launched: engine_launch */
	EVENT_DONE,		/* step, attempt: outputs complete, in place, recorded */
	EVENT_FAILED,		/* step, attempt, ok = may be retried (false: e.g. the program does not exist) */
	EVENT_LOST,		/* step, attempt: started, and its fate is unknown (resume finds `once` begun without done) */
	EVENT_TIMER,		/* step: its back-off is over */
	EVENT_DRAIN,		/* nothing new starts; the engine finishes with ENGINE_DRAINED when nothing runs */
	EVENT_PUBLISHED,	/* sink; ok=false: failed; all sinks of the set in one action, sink = PLAN_NONE */
	EVENT_KINDS
};
struct engine_event {
	enum engine_event_kind kind;
	uint32_t slot, incarnation;
	engine_step step;
	uint32_t attempt, value, count, type, region;
	uint32_t role;			/* 0: the slot has the image that it starts with; else 1 + place in plan.role, of its own rows */
	bool ok, kept;
};

/* Why a region fails by itself, and not because a step in it did. */
enum engine_region_failure {
	REGION_LIST,		/* each: its list `value` cannot be read, is too long, or has another length than the first (lockstep) */
	REGION_SELECTOR,	/* match: its selector `value` cannot be read */
	REGION_UNTIL,		/* cycle: its `until`, `value`, cannot be read */
	REGION_ROUNDS,		/* cycle: went through all its rounds without `until` being true, and that fails */
	REGION_STEPS,		/* cycle: more steps than an engine can number */
	REGION_FLOW		/* launch: its flow was refused */
};

enum engine_action_kind {
	ENGINE_RECALL,		/* step: is it finished already? Answer EVENT_RECALLED */
	ENGINE_COUNT,		/* value: how many items has this list? Answer EVENT_COUNTED */
	ENGINE_OUTCOME,		/* value, type: which outcome has this value, seen as a selector of `type` (NODE_MATCH in plan.h; the
				 * value itself may be of T where type is T?)? Answer EVENT_OUTCOME with the same value and type */
	ENGINE_LAUNCH,		/* region, node, value: compile this flow as data and call engine_launch, or answer EVENT_UNLAUNCHED */
	ENGINE_START,		/* step, attempt (from 1), slot: run it */
	ENGINE_COMPUTE,		/* step, attempt: evaluate its function's expression */
	ENGINE_SWAP,		/* slot, role (as in EVENT_SLOT_READY; never one that is mounted): give it that image. Answer SLOT_READY with it,
				 * or EVENT_UNSWAPPED */
	ENGINE_SWAP_TIMER,	/* slot, role, delay_ms: it failed; send EVENT_SWAP_TIMER then */
	ENGINE_STRANDED,	/* step, attempt: no slot will ever have its image again, for swaps failed; answer EVENT_FAILED, ok=false */
	ENGINE_TIMER,		/* step, delay_ms: send EVENT_TIMER then */
	ENGINE_RELEASE,		/* step: no step that is still to run reads its outputs, and no sink does (what a step read that failed
				 * beyond `partial`, or was skipped, is not released: a resumed run reads it again) */
	ENGINE_SKIPPED,		/* step: will never run, because `cause` failed (for reports; PLAN_NONE: a region that failed) */
	ENGINE_REGION_FAILED,	/* region (engine_region_path), node, why, value where `why` names one: it fails by itself */
	ENGINE_PUBLISH,		/* every step is finished and all sinks' values are there: publish them. Answer EVENT_PUBLISHED */
	ENGINE_FINISHED		/* last action; verdict says how */
};
enum engine_verdict { VERDICT_DONE, VERDICT_FAILED, VERDICT_UNCERTAIN, VERDICT_DRAINED };
struct engine_action {
	enum engine_action_kind kind;
	engine_step step, cause;
	uint32_t attempt, slot, value, type, delay_ms, role;
	uint32_t node, region;
	enum engine_region_failure why;
	enum engine_verdict verdict;
};

struct engine *engine_new(const struct plan *p, const struct engine_options *o);	/* keeps p, and what *o points to */
void engine_free(struct engine *e);

/* The plan as it stands: that of engine_new, and what was launched since. The address stays; arrays in it move with a launch, rows keep
 * their indices. What actions and values name are rows of this one. */
const struct plan *engine_plan(const struct engine *e);

/*
 * Answers ENGINE_LAUNCH: `flow` (accepted by plan_check; with the parameters and results that the node's type names; no sources, no
 * sinks) becomes part of the plan, and runs. It must live as long as the engine. false with a message when it does not fit, and
 * then the host answers EVENT_UNLAUNCHED. Drain actions afterwards, as with events.
 */
bool engine_launch(struct engine *e, uint32_t region, const struct plan *flow, struct buf *error);

/*
 * Before EVENT_BEGIN, what an earlier run did with slots, in order: it began to give it this role (changing; SLOT_READY, EVENT_UNSWAPPED,
 * which may come before EVENT_BEGIN, or another call is to follow), or the slot has it. Images that a slot has not had yet are preferred.
 */
bool engine_had(struct engine *e, uint32_t slot, uint32_t role, bool changing);

/* An event that does not fit the state (a stale attempt or incarnation, a second DONE) is ignored: returns false. */
bool engine_event(struct engine *e, const struct engine_event *ev);
bool engine_next(struct engine *e, struct engine_action *out);

/* ---- steps, as the host sees them (valid from their ENGINE_RECALL on) ---- */
const struct plan_node *engine_node(const struct engine *e, engine_step s);		/* a CALL node */
const struct plan_func *engine_func(const struct engine *e, engine_step s);
uint32_t engine_steps(const struct engine *e);		/* that came to be so far: each has a path and a function */
bool engine_gave_up(const struct engine *e, engine_step s);	/* it failed, and will not be tried again */
/* Path that survives edits elsewhere: "per[3]/stats", "done[t.id]/task", "digest/parse", "launched/step"; [n] item or round from 0, [key]
 * percent-encoded row id (file_encode_key), [outcome] of a match: its number. Appended to out. */
void engine_path(const struct engine *e, engine_step s, struct buf *out);
void engine_region_path(const struct engine *e, uint32_t region, struct buf *out);	/* of ENGINE_REGION_FAILED: "per[3]/inner" */
/*
 * Fingerprint of what decides the step's results: digest of its function, constants, and the fingerprints of all its inputs
 * (Merkle), 16 bytes. Sources' fingerprints come from the host (set before EVENT_BEGIN).
 */
void engine_fingerprint(const struct engine *e, engine_step s, uint8_t out[16]);
void engine_source_fingerprint(struct engine *e, uint32_t source, const uint8_t fp[16]);
/*
 * The files of a [file] source, in the byte order of their names: what takes one of them depends on that one alone. Names must live as
 * long as the engine. Items of any other source are places in it. Before EVENT_BEGIN.
 */
struct engine_file { const char *name; uint8_t fingerprint[16]; };
void engine_source_files(struct engine *e, uint32_t source, const struct engine_file *file, uint32_t count);
/* `from … to` steps: the names that the result engine_output_port ([file]) must hold. 0 and *names NULL for others: those of
 * which the row's first result is not itself a port. */
uint32_t engine_output_names(const struct engine *e, engine_step s, const char *const **names);
uint32_t engine_output_port(const struct engine *e, engine_step s);	/* PLAN_NONE: none */

/*
 * ---- values: small handles (32 bits), resolved by the host when it starts a step, counts a list or publishes ----
 * The same value has the same handle; handles live as long as the engine. A list that the engine knows the items of
 * (a port of an each or steps, parents, inputs, a list made of values) is EV_LIST; every other list is what its kind says.
 */
typedef uint32_t engine_value;
enum engine_value_kind {
	EV_CONST,	/* constant: index in plan.constant */
	EV_SOURCE,	/* source: index */
	EV_OUTPUT,	/* step, port: a finished step's result */
	EV_ITEM,	/* of (a value that is a list), index; name NULL */
	EV_NAMED,	/* of (a value of type [file]), name: the file with that key in it */
	EV_LIST,	/* count items: engine_value_item(e, v, i) */
	EV_ABSENT
};
struct engine_value_info {
	enum engine_value_kind kind;
	uint32_t type;			/* plan type of the value */
	uint32_t constant, source, port, index, count;
	engine_step step;
	engine_value of;
	const char *name;
};
engine_value engine_arg(const struct engine *e, engine_step s, uint32_t param);	/* value of a parameter */
engine_value engine_sink_value(const struct engine *e, uint32_t sink);		/* once ENGINE_PUBLISH was emitted */
void engine_value_get(const struct engine *e, engine_value v, struct engine_value_info *out);
engine_value engine_value_item(const struct engine *e, engine_value v, uint32_t i);	/* of EV_LIST; EV_ITEM of any other */
/* Key of item i of a list of files made by the engine (`inputs`: the file's key), NULL where it has none. */
const char *engine_value_item_name(const struct engine *e, engine_value v, uint32_t i);

/* ---- progress ---- */
struct engine_progress { uint32_t known, waiting, ready, running, finished, failed, skipped; };
struct engine_progress engine_progress(const struct engine *e);
/* slot_group: ready steps that more slots of this group would start now (of those that one worker must run: if it is not there). Of an
 * order other than parallel: 1 or 0, for the next. */
uint32_t engine_waiting(const struct engine *e, uint32_t group);
/* Those of them that wait for just the worker of this slot, which is not there (order parallel only). */
uint32_t engine_waiting_for(const struct engine *e, uint32_t slot);

#endif
