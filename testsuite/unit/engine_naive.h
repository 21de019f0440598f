/*
 * What a run must come to, by the meaning of a plan and nothing else: a recursive walk over blocks, rows and items
 * that takes from the run only when steps started and how they ended. It shares no code with the engine.
 * Also the symbolic values of both sides: a step's outputs are a hash of its function and inputs.
 */
#ifndef CALC_TESTSUITE_ENGINE_NAIVE_H
#define CALC_TESTSUITE_ENGINE_NAIVE_H

#include "runtime/plan.h"

/* ---- symbols ---- */
enum symbol { OF_CONST = 1, OF_SOURCE, OF_ABSENT, OF_OUTPUT, OF_ITEM, OF_NAMED, OF_LIST, OF_STEP };
uint64_t symbol_mix(uint64_t a, uint64_t b);
uint64_t symbol_text(const char *s);
/* How many items a list has that exists only at run time; false: it cannot be read. */
bool symbol_count(uint64_t list, uint32_t *count);
/* Likewise which outcome a value has, seen as a selector of a type. */
/* Which of FLOWS flows to launch a value is; the later half launch others, and are not launched by others. */
enum { FLOWS = 6 };
bool symbol_flow(uint64_t value, bool launched, uint32_t *which);
bool symbol_outcome(const struct plan *p, uint64_t value, uint32_t type, uint32_t *outcome);

/* ---- what happened, by path ---- */
enum fate { FATE_NONE, FATE_FINISHED, FATE_FAILED, FATE_SKIPPED };
struct happened {
	char *path;
	enum fate fate;
	uint32_t start, end;	/* ticks; start 0: never started in this run */
	uint64_t fingerprint, symbol;	/* of its inputs, when it was asked for last */
	bool touched;		/* in this run */
	bool checked;		/* the reference expects it, too */
};
struct history {
	struct happened *at;	/* open addressing by path */
	size_t cap, count;
};
struct happened *history_at(struct history *h, const char *path);	/* made when missing */
void history_release(struct history *h);

/* Compares; prints what differs and returns false. `ordered`: starts came one at a time, ticks count them, and
 * each was the first of those that could start. */
struct expected { bool failed; uint64_t sinks; };
bool naive_check(const struct plan *p, const struct plan *const *flows, struct history *h, bool ordered, struct expected *out);

#endif
