/*
 * Lists whose length shows only at run time. Lists of unequal length, unreadable ones and ones that exceed what the engine
 * can number fail their each.
 */
#include "runtime/engine_parts.h"

/* The length of one of its lists, once all are known; false: it has none. */
static bool list_count(const struct engine *e, engine_value v, uint32_t *count)
{
	return value_count(e, v, count) || asked_get(e, v, PLAN_NONE, count);
}

void each_open(struct engine *e, uint32_t i)
{
	const struct plan_region *g = &e->p->region[e->inst[i].region];
	const struct plan_node *n = &e->p->node[g->node];
	uint64_t below = shape_steps(e->shape, g->body, e->frame[e->inst[i].frame].row);
	uint32_t items = 0;

	for (uint32_t k = 0; k < n->args; k++) {
		struct list *list = &e->list[e->inst[i].first_list + k];
		uint32_t count;

		if (!list_count(e, list->value, &count) || (k && count != items) || e->known + count * below > ENGINE_MAX_IDS ||
		    e->frames + count > ENGINE_MAX_IDS) {
			inst_fail(e, i, REGION_LIST, list->value);
			return;
		}
		items = count;
		list->fingerprint = engine_print_value(e, e->p->item[n->first_arg + k], e->inst[i].frame);
	}
	e->known += items * below - below;
	inst_open(e, i, items);
}

void each_begin(struct engine *e, uint32_t i)
{
	const struct plan_node *n = &e->p->node[e->inst[i].node];
	uint32_t unknown;

	e->inst[i].first_list = (uint32_t)e->lists;
	e->list = engine_room(e->list, &e->list_cap, e->lists, n->args, sizeof *e->list);
	e->lists += n->args;
	e->inst[i].gate.waits = 1;
	for (uint32_t k = 0; k < n->args; k++) {
		engine_value v = value_handle(e, e->p->item[n->first_arg + k], e->inst[i].frame);

		e->list[e->inst[i].first_list + k].value = v;
		if (!value_count(e, v, &unknown) && asked_wait(e, v, PLAN_NONE, i))
			e->inst[i].gate.waits++;
	}
	if (--e->inst[i].gate.waits == 0)
		each_open(e, i);
}
