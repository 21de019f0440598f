/*
 * Locks of states: a step holds all locks of the states that it touches from before it may start until its end is told. Each lock is a
 * queue in the order in which steps became ready; its first step holds it, and a step may start when it is the first of all its queues.
 * A step enters all its queues at once, so that any two stand in one order wherever they meet: nothing deadlocks, and nobody is passed.
 * Where one step runs at a time there is nothing to lock.
 */
#include "runtime/engine_parts.h"

#include "base/mem.h"

struct locks {
	struct ring *queue;
	uint32_t count, funcs;
	uint32_t *start, *of;		/* of each function (what is launched touches no state), and one more: its locks */
};

struct named { const char *lock; uint32_t state; };

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct named *)a)->lock, ((const struct named *)b)->lock);
}

/* The lock of each state: PLAN_NONE, or a number. */
static uint32_t *lock_of_states(const struct plan *p, uint32_t *count)
{
	struct named *named = mem_alloc(p->states * sizeof *named);
	uint32_t *lock = mem_alloc(p->states * sizeof *lock), n = 0;

	for (uint32_t i = 0; i < p->states; i++) {
		lock[i] = PLAN_NONE;
		if (p->state[i].mode == PLAN_GUARDED)
			named[n++] = (struct named){ p->state[i].lock, i };
	}
	if (n)
		qsort(named, n, sizeof *named, by_name);
	*count = 0;
	for (uint32_t i = 0; i < n; i++) {
		*count += i == 0 || by_name(&named[i - 1], &named[i]) != 0;
		lock[named[i].state] = *count - 1;
	}
	mem_free(named);
	return lock;
}

/* Each lock of a function once; seen: by lock, the last function that has it, and one more. */
static void find_locks(struct locks *l, const struct plan *p, const uint32_t *lock, uint32_t *seen, uint32_t func)
{
	const struct plan_func *f = &p->func[func];
	uint32_t end = l->start[func];

	for (uint32_t i = f->first_use; i < f->first_use + f->uses; i++) {
		uint32_t wanted = lock[p->use[i].state];

		if (wanted != PLAN_NONE && seen[wanted] != func + 1) {
			seen[wanted] = func + 1;
			l->of[end++] = wanted;
		}
	}
	l->start[func + 1] = end;
}

void locks_init(struct engine *e)
{
	const struct plan *p = e->p;
	uint32_t *lock, *seen, uses = 0, count;
	struct locks *l;

	if (!p->states || e->order != ORDER_PARALLEL)
		return;
	lock = lock_of_states(p, &count);
	if (!count) {
		mem_free(lock);
		return;
	}
	for (uint32_t f = 0; f < p->funcs; f++)
		uses += p->func[f].uses;
	l = e->locks = mem_zalloc(1, sizeof *l);
	l->count = count;
	l->funcs = p->funcs;
	seen = mem_zalloc(count, sizeof *seen);
	l->queue = mem_zalloc(l->count, sizeof *l->queue);
	l->start = mem_zalloc((size_t)p->funcs + 1, sizeof *l->start);
	l->of = mem_zalloc((size_t)uses + 1, sizeof *l->of);
	for (uint32_t f = 0; f < p->funcs; f++)
		find_locks(l, p, lock, seen, f);
	mem_free(seen);
	mem_free(lock);
}

void locks_free(struct engine *e)
{
	struct locks *l = e->locks;

	for (uint32_t i = 0; l && i < l->count; i++)
		mem_free(l->queue[i].at);
	if (l) {
		mem_free(l->queue);
		mem_free(l->start);
		mem_free(l->of);
	}
	mem_free(l);
}

/* The function's locks, as places in locks.of. */
static void locks_of(const struct engine *e, uint32_t step, uint32_t *first, uint32_t *end)
{
	uint32_t node, func = engine_step_node(e, step, &node)->of;

	*first = *end = 0;
	if (func < e->locks->funcs) {
		*first = e->locks->start[func];
		*end = e->locks->start[func + 1];
	}
}

static bool is_first(const struct engine *e, uint32_t step)
{
	uint32_t first, end;

	locks_of(e, step, &first, &end);
	for (uint32_t i = first; i < end; i++) {
		const struct ring *q = &e->locks->queue[e->locks->of[i]];

		if (q->at[q->head & (q->cap - 1)] != step)
			return false;
	}
	return true;
}

bool locks_take(struct engine *e, uint32_t step)
{
	uint32_t first, end;

	if (!e->locks)
		return true;
	locks_of(e, step, &first, &end);
	for (uint32_t i = first; i < end; i++)
		engine_ring_push(&e->locks->queue[e->locks->of[i]], step);
	return is_first(e, step);
}

/* Each turn makes one step the first of one queue: so a step is seen to be the first of all once. */
void locks_leave(struct engine *e, uint32_t step)
{
	uint32_t first, end;

	if (!e->locks)
		return;
	locks_of(e, step, &first, &end);
	for (uint32_t i = first; i < end; i++) {
		struct ring *q = &e->locks->queue[e->locks->of[i]];
		uint32_t next = ++q->head == q->tail ? PLAN_NONE : q->at[q->head & (q->cap - 1)];

		if (next != PLAN_NONE && is_first(e, next))
			ready_push(e, next);
	}
}
