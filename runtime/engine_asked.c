/*
 * Questions about values that only the host can answer: the length of a list, the outcome of a selector. Each is asked once
 * for each value, however many wait for it; lists that the engine made itself need no question.
 */
#include "runtime/engine_parts.h"

#include "base/mem.h"

struct answer {
	engine_value value;
	uint32_t type;			/* seen as a selector of it; PLAN_NONE: its length */
	uint32_t count, waiting;	/* waiting: first in waiter; PLAN_NONE */
	uint8_t used, known, bad;
};
struct waiter { uint32_t inst, next; };

struct asked {
	struct answer *at;	/* open addressing; cap a power of two, at most half full */
	size_t cap, used;
	struct waiter *waiter;
	size_t waiters, waiter_cap;
	uint32_t free_waiter;
};

struct asked *asked_new(void)
{
	struct asked *a = mem_zalloc(1, sizeof *a);

	a->free_waiter = PLAN_NONE;
	return a;
}

void asked_free(struct asked *a)
{
	if (!a)
		return;
	mem_free(a->at);
	mem_free(a->waiter);
	mem_free(a);
}

static struct answer *place_of(struct answer *at, size_t cap, engine_value v, uint32_t type)
{
	size_t i = ((v ^ (uint64_t)type << 32) * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (cap - 1);

	while (at[i].used && (at[i].value != v || at[i].type != type))
		i = (i + 1) & (cap - 1);
	return &at[i];
}

static void grow(struct asked *a)
{
	size_t cap = a->cap ? a->cap * 2 : 64;
	struct answer *at = mem_zalloc(cap, sizeof *at);

	for (size_t i = 0; i < a->cap; i++)
		if (a->at[i].used)
			*place_of(at, cap, a->at[i].value, a->at[i].type) = a->at[i];
	mem_free(a->at);
	a->at = at;
	a->cap = cap;
}

static struct answer *find(const struct asked *a, engine_value v, uint32_t type)
{
	struct answer *at = a->cap ? place_of(a->at, a->cap, v, type) : NULL;

	return at && at->used ? at : NULL;
}

static struct answer *add(struct asked *a, engine_value v, uint32_t type)
{
	struct answer *at;

	if (a->used * 2 >= a->cap)
		grow(a);
	at = place_of(a->at, a->cap, v, type);
	*at = (struct answer){ .value = v, .type = type, .used = 1, .waiting = PLAN_NONE };
	a->used++;
	return at;
}

static void wait_for(struct asked *a, struct answer *at, uint32_t inst)
{
	uint32_t w = a->free_waiter;

	if (w == PLAN_NONE) {
		a->waiter = mem_grow(a->waiter, &a->waiter_cap, a->waiters + 1, sizeof *a->waiter);
		w = (uint32_t)a->waiters++;
	} else {
		a->free_waiter = a->waiter[w].next;
	}
	a->waiter[w] = (struct waiter){ inst, at->waiting };
	at->waiting = w;
}

bool asked_wait(struct engine *e, engine_value v, uint32_t type, uint32_t inst)
{
	struct answer *at = find(e->asked, v, type);

	if (!at) {
		at = add(e->asked, v, type);
		engine_act(e, type == PLAN_NONE ? ENGINE_COUNT : ENGINE_OUTCOME, v, type);
		e->asking++;
	}
	if (!at->known)
		wait_for(e->asked, at, inst);
	return !at->known;
}

bool asked_get(const struct engine *e, engine_value v, uint32_t type, uint32_t *count)
{
	const struct answer *at = find(e->asked, v, type);

	if (!at || !at->known || at->bad)
		return false;
	*count = at->count;
	return true;
}

static void answered(struct engine *e, uint32_t inst)
{
	switch (e->p->node[e->inst[inst].node].kind) {
	case NODE_MATCH: match_open(e, inst); break;
	case NODE_CYCLE: cycle_next(e, inst); break;
	default: each_open(e, inst); break;
	}
}

bool asked_answer(struct engine *e, const struct engine_event *ev, uint32_t type)
{
	struct answer *at = find(e->asked, ev->value, type);
	uint32_t w;

	if (!at || at->known)
		return false;
	at->known = 1;
	at->bad = !ev->ok;
	at->count = ev->count;
	e->asking--;
	w = at->waiting;
	while (w != PLAN_NONE) {	/* what follows may ask again, and move the tables */
		struct waiter one = e->asked->waiter[w];

		e->asked->waiter[w].next = e->asked->free_waiter;
		e->asked->free_waiter = w;
		if (--e->inst[one.inst].gate.waits == 0)
			answered(e, one.inst);
		w = one.next;
	}
	return true;
}
