/*
 * Random plans for the tests of engine and plan_check: nested each (compile-time and run-time, lockstep, rotating), steps with
 * after and with from … to, match, cycle, launch, expressions, partial, limit, after, lists of values, retries, effects, ranks.
 * Every plan is valid.
 */
#ifndef CALC_TESTSUITE_ENGINE_PLANS_H
#define CALC_TESTSUITE_ENGINE_PLANS_H

#include "runtime/plan.h"

struct rng { uint64_t s; };
uint64_t rng_next(struct rng *r);
uint32_t rng_below(struct rng *r, uint32_t n);	/* 0 … n-1; 0 for n = 0 */
bool rng_chance(struct rng *r, uint32_t percent);

struct plans_options {
	enum plan_order order;
	bool failures;		/* functions with retries, effect once, partial regions */
	bool steps_limit;	/* limit on steps, too */
	uint32_t size;		/* about how many nodes */
	bool flow;		/* a flow to be launched: (file, [file]) -> (file, [file]) */
	bool launches;		/* such flows */
	uint32_t number;	/* of the plan: functions of different plans are different */
};
struct plan *plans_flow(uint32_t i);	/* one of the flows that plans with `launches` launch */
struct plan *plans_random(struct rng *r, const struct plans_options *o);

/* Functions of up to six images, of which slots have one, get others, and have some mounted. false: one image serves. */
bool plans_give_roles(struct plan *p, struct rng *r);

#endif
