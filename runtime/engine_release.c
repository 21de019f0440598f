/*
 * Who still reads what. A step's outputs are read by calls of its own frame, by region instances of it (for whatever
 * their bodies use), by the lists of the region whose item the frame is, by rows that come after it, and by sinks;
 * engine_shape.c has counted them. Each reader is taken off once, when it will not read again; at none, ENGINE_RELEASE.
 * A reader that failed for good is not taken off: a later run that resumes will want its inputs.
 */
#include "runtime/engine_parts.h"

void release_step(struct engine *e, uint32_t s)
{
	if (--e->step[s].refs == 0 && e->step[s].state == STEP_FINISHED)
		engine_act(e, ENGINE_RELEASE, s, 0);
}

/* One reader less of a node's result, in a frame of the node's block. */
static void release_port(struct engine *e, uint32_t frame, uint32_t node, uint32_t port)
{
	uint32_t at = frame_node(e, frame, node);

	if (e->p->node[node].kind == NODE_CALL) {
		release_step(e, at);
		return;
	}
	at = e->inst[at].first_port + port;
	if (--e->port[at].refs == 0)
		flow_drop(e, at);	/* not by recursion: matches that hand on each other's results form long chains */
}

/* What stands outside the frame is held by the region, not by those within. */
void release_value(struct engine *e, uint32_t value, uint32_t frame)
{
	const struct plan_value *v = &e->p->value[value];

	if (v->kind == VALUE_PORT && e->p->node[v->a].block == e->frame[frame].block)
		release_port(e, frame, v->a, v->b);
	if (v->kind == VALUE_LIST)
		for (uint32_t i = 0; i < v->b; i++)
			release_value(e, e->p->item[v->a + i], frame);
}

void release_args(struct engine *e, uint32_t s)
{
	uint32_t n, frame = e->step[s].frame;
	const struct plan_node *node = engine_step_node(e, s, &n);

	for (uint32_t i = 0; i < node->args; i++)
		release_value(e, e->p->item[node->first_arg + i], frame);
}

void release_sinks(struct engine *e)
{
	for (uint32_t i = 0; i < e->p->sinks; i++)
		release_value(e, e->p->sink[i].value, 0);
}

/* ---- results of items ---- */

/* Other rows may still read result k of this item. */
static bool joined(const struct engine *e, uint32_t i, uint32_t item, uint32_t k)
{
	return e->inst[i].first_row != PLAN_NONE && e->shape->port_joined[inst_shape(e, i)->first_port + k] &&
	       e->row[e->inst[i].first_row + item].readers > 0;
}

static void drop_result(struct engine *e, uint32_t frame, uint32_t k)
{
	release_value(e, e->p->item[e->p->region[e->inst[e->frame[frame].inst].region].first_result + k], frame);
}

void release_port_now(struct engine *e, uint32_t port)
{
	uint32_t i = e->port[port].inst, k = port - e->inst[i].first_port;

	e->inst[i].undropped--;
	if (e->p->node[e->inst[i].node].kind == NODE_CYCLE) {
		if (e->port[port].ended && !e->port[port].in.bad)
			release_held(e, e->port[port].value);
		return;
	}
	for (uint32_t item = 0; item < e->inst[i].items; item++) {
		uint32_t frame = e->item_frame[e->inst[i].frames + item];

		if (frame != PLAN_NONE && !joined(e, i, item, k))
			drop_result(e, frame, k);
	}
	release_inst(e, i);
}

void release_frame(struct engine *e, uint32_t frame)
{
	uint32_t i = e->frame[frame].inst;

	for (uint32_t k = 0; k < e->p->region[e->inst[i].region].results; k++)
		if (e->port[e->inst[i].first_port + k].refs == 0 && !joined(e, i, e->frame[frame].item, k))
			drop_result(e, frame, k);
}

/* ---- rows ---- */

static void release_reader(struct engine *e, uint32_t i, uint32_t item)
{
	const struct shape_inner *s = inst_shape(e, i);

	if (--e->row[e->inst[i].first_row + item].readers)
		return;
	for (uint32_t k = 0; k < e->p->region[e->inst[i].region].results; k++)
		if (e->shape->port_joined[s->first_port + k] && e->port[e->inst[i].first_port + k].refs == 0)
			drop_result(e, e->item_frame[e->inst[i].frames + item], k);
}

void release_row(struct engine *e, uint32_t frame)
{
	uint32_t i = e->frame[frame].inst, body = e->frame[frame].row, first;
	const struct plan_region *g = &e->p->region[e->inst[i].region];
	const struct shape_inner *s = inst_shape(e, i);

	if (e->inst[i].first_row == PLAN_NONE)
		return;
	if (e->frame[frame].end.bad && !e->shape->block[e->frame[frame].block].absorbed)
		return;
	first = inst_row_of(e, i, 0);
	if (s->uses_parents && g->parent_start)
		for (uint32_t k = g->parent_start[body]; k < g->parent_start[body + 1]; k++)
			release_reader(e, i, g->parents[k] - first);
	if (s->uses_inputs && g->input_start)
		for (uint32_t k = g->input_start[body]; k < g->input_start[body + 1]; k++)
			if (g->input_from[k] != PLAN_NONE)
				release_reader(e, i, g->input_from[k] - first);
}

/* ---- what a region reads from around it ---- */

void release_inst(struct engine *e, uint32_t i)
{
	const struct shape_inner *s = inst_shape(e, i);
	uint32_t frame = e->inst[i].frame;

	if (!e->inst[i].ended || e->inst[i].released || ((s->passes || s->keeps) && e->inst[i].undropped))
		return;
	if (e->inst[i].end.bad && !e->shape->block[e->frame[frame].block].absorbed)
		return;
	e->inst[i].released = true;
	for (uint32_t k = 0; k < s->captures; k++) {
		const struct capture *c = &e->shape->capture[s->first_capture + k];

		if (c->hold)
			release_port(e, frame, c->node, c->port);
	}
	if (s->keeps && e->inst[i].first_row != PLAN_NONE)
		for (uint32_t item = 0; item < e->inst[i].items; item++)
			release_reader(e, i, item);
}

/* ---- cycles ---- */

void release_round(struct engine *e, uint32_t frame)
{
	const struct plan_region *g = &e->p->region[e->inst[e->frame[frame].inst].region];

	for (uint32_t k = 0; k < g->results; k++)
		drop_result(e, frame, k);
	if (g->until != PLAN_NONE)
		release_value(e, g->until, frame);
}

/* As deep as types are; a list is walked as a whole. */
static void hold(struct engine *e, engine_value v, bool more)
{
	struct engine_value_info info;

	engine_value_get(e, v, &info);
	switch (info.kind) {
	case EV_OUTPUT:
		if (more)
			e->step[info.step].refs++;
		else
			release_step(e, info.step);
		break;
	case EV_ITEM:
	case EV_NAMED: hold(e, info.of, more); break;
	case EV_LIST:
		for (uint32_t i = 0; i < info.count; i++)
			hold(e, engine_value_item(e, v, i), more);
		break;
	default: break;
	}
}

void release_hold(struct engine *e, engine_value v)
{
	hold(e, v, true);
}

void release_held(struct engine *e, engine_value v)
{
	hold(e, v, false);
}
