/*
 * What shows only at run time, once: which arm of a match runs, which flow a launch is. A match asks for the outcome of its
 * selector; the other arms never come to be. Both are then a region of one item.
 */
#include "runtime/engine_parts.h"

/* ---- match ---- */

static uint32_t selector(const struct engine *e, uint32_t i)
{
	return e->p->item[e->p->node[e->inst[i].node].first_arg];
}

void match_begin(struct engine *e, uint32_t i)
{
	uint32_t value = selector(e, i);

	if (asked_wait(e, value_handle(e, value, e->inst[i].frame), e->p->value[value].type, i))
		e->inst[i].gate.waits = 1;
	else
		match_open(e, i);
}

void match_open(struct engine *e, uint32_t i)
{
	const struct plan_node *n = &e->p->node[e->inst[i].node];
	engine_value v = value_handle(e, selector(e, i), e->inst[i].frame);
	uint32_t row = e->frame[e->inst[i].frame].row, body, outcome;

	if (!asked_get(e, v, e->p->value[selector(e, i)].type, &outcome) || outcome >= n->arms) {
		inst_fail(e, i, REGION_SELECTOR, v);
		return;
	}
	e->inst[i].region = n->of + outcome;
	body = e->p->region[e->inst[i].region].body;
	e->known -= shape_inner_steps(e->shape, e->inst[i].node, row);
	if (body != PLAN_NONE)
		e->known += shape_steps(e->shape, body, row);
	inst_open(e, i, body != PLAN_NONE);
}

/* ---- launch ---- */

void launch_begin(struct engine *e, uint32_t i)
{
	e->inst[i].asked = true;
	e->asking++;
	engine_act(e, ENGINE_LAUNCH, i, value_handle(e, selector(e, i), e->inst[i].frame));
}

bool launch_refused(struct engine *e, uint32_t i)
{
	if (i >= e->insts || !e->inst[i].asked)
		return false;
	e->inst[i].asked = false;
	e->asking--;
	inst_fail(e, i, REGION_FLOW, value_handle(e, selector(e, i), e->inst[i].frame));
	return true;
}
