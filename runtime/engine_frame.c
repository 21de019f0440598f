/*
 * Frames, region instances and rows: how they come to be. A frame is made when its gate is open (and `limit` has
 * room), so that a body costs nothing before; or when it is clear that it will never run, so that its steps are
 * reported as skipped. Run-time lists are engine_each.c's; what follows from an end is engine_flow.c's.
 */
#include "runtime/engine_parts.h"

static const struct ending well = { 0, PLAN_NONE, false };

uint32_t frame_around(const struct engine *e, uint32_t frame, uint32_t block)
{
	while (e->frame[frame].block != block)
		frame = e->inst[e->frame[frame].inst].frame;
	return frame;
}

uint32_t frame_node(const struct engine *e, uint32_t frame, uint32_t node)
{
	const struct plan_node *n = &e->p->node[node];
	const struct frame *f = &e->frame[frame_around(e, frame, n->block)];

	return e->shape->place[node] + (n->kind == NODE_CALL ? f->first_step : f->first_inst);
}

static uint32_t frame_depth(const struct engine *e, uint32_t f)
{
	uint32_t deep = 0;

	for (; e->frame[f].inst != PLAN_NONE; f = e->inst[e->frame[f].inst].frame)
		deep++;
	return deep;
}

static int compare_level(const struct engine *e, uint32_t f, uint32_t g)
{
	const struct frame *a = &e->frame[f], *b = &e->frame[g];
	int outer;

	if (f == g)
		return 0;
	outer = a->inst == b->inst ? 0 : compare_level(e, e->inst[a->inst].frame, e->inst[b->inst].frame);
	return outer ? outer : a->item < b->item ? -1 : a->item > b->item;
}

int frame_compare(const struct engine *e, uint32_t f, uint32_t g)
{
	uint32_t a, b;

	if (e->frame[f].block == e->frame[g].block)
		return compare_level(e, f, g);
	a = frame_depth(e, f);
	b = frame_depth(e, g);
	for (; a > b; a--)
		f = e->inst[e->frame[f].inst].frame;
	for (; b > a; b--)
		g = e->inst[e->frame[g].inst].frame;
	return compare_level(e, f, g);
}

uint32_t inst_items(const struct engine *e, uint32_t inst)
{
	const struct inst *i = &e->inst[inst];
	const uint32_t *start = e->p->region[i->region].row_start;
	uint32_t outer = e->frame[i->frame].row;

	return start[outer + 1] - start[outer];
}

uint32_t inst_row_of(const struct engine *e, uint32_t inst, uint32_t item)
{
	const struct inst *i = &e->inst[inst];
	const struct plan_region *g = &e->p->region[i->region];
	uint32_t outer = e->frame[i->frame].row;

	if (e->p->node[i->node].kind == NODE_LAUNCH)
		return 0;
	return g->row_start ? g->row_start[outer] + item : outer;
}

const struct shape_inner *inst_shape(const struct engine *e, uint32_t inst)
{
	return &e->shape->inner[e->shape->inner_of[e->inst[inst].node]];
}

/* ---- the nodes of a frame ---- */

static void make_step(struct engine *e, uint32_t frame, uint32_t node, struct ending gate)
{
	const struct plan_node *n = &e->p->node[node];
	uint32_t s = e->frame[frame].first_step + e->shape->place[node];

	roles_step(e, node, false);
	e->step[s] = (struct step){ .frame = frame, .edges = PLAN_NONE, .refs = e->shape->readers[node], .state = STEP_WAITING,
		.slot = PLAN_NONE, .in = { 1, gate.level & INT32_MAX, gate.bad, gate.cause } };
	if (!gate.bad) {
		for (uint32_t i = 0; i < n->args; i++)
			flow_need_value(e, e->p->item[n->first_arg + i], frame, tagged(TO_STEP, s));
		for (uint32_t i = 0; i < n->afters; i++)
			flow_need_end(e, e->p->item[n->first_after + i], frame, tagged(TO_STEP, s));
	}
	flow_arrive(e, tagged(TO_STEP, s), well);
}

static void make_ports(struct engine *e, uint32_t i)
{
	const struct shape_inner *s = inst_shape(e, i);
	uint32_t first = (uint32_t)e->ports;

	e->port = engine_room(e->port, &e->port_cap, e->ports, s->ports, sizeof *e->port);
	e->ports += s->ports;
	e->inst[i].first_port = first;
	for (uint32_t k = 0; k < s->ports; k++) {
		e->port[first + k] = (struct port){ .inst = i, .edges = PLAN_NONE, .refs = e->shape->port_readers[s->first_port + k],
			.in = { 1, 0, false, PLAN_NONE } };
		e->inst[i].undropped += e->port[first + k].refs > 0;
	}
}

static void make_inst(struct engine *e, uint32_t frame, uint32_t node, struct ending gate)
{
	const struct plan_node *n = &e->p->node[node];
	uint32_t i = e->frame[frame].first_inst + e->shape->place[node];
	bool later = n->kind == NODE_MATCH || n->kind == NODE_LAUNCH;

	roles_inner(e, node, false);
	e->inst[i] = (struct inst){ .node = node, .region = later ? PLAN_NONE : n->of, .frame = frame, .edges = PLAN_NONE,
		.first_row = PLAN_NONE, .first_list = PLAN_NONE, .gate = { 1, gate.level & INT32_MAX, gate.bad, gate.cause } };
	make_ports(e, i);
	if (!gate.bad) {
		for (uint32_t k = 0; k < n->args; k++)
			flow_need_value(e, e->p->item[n->first_arg + k], frame, tagged(TO_GATE, i));
		for (uint32_t k = 0; k < n->afters; k++)
			flow_need_end(e, e->p->item[n->first_after + k], frame, tagged(TO_GATE, i));
	}
	flow_arrive(e, tagged(TO_GATE, i), well);
}

static void make_nodes(struct engine *e, uint32_t frame, struct ending gate)
{
	uint32_t block = e->frame[frame].block;
	const struct plan_block *b = &e->p->block[block];
	const struct shape_block *s = &e->shape->block[block];

	e->frame[frame].first_step = (uint32_t)e->steps;
	e->step = engine_room(e->step, &e->step_cap, e->steps, s->calls, sizeof *e->step);
	e->steps += s->calls;
	e->count[STEP_WAITING] += s->calls;
	e->frame[frame].first_inst = (uint32_t)e->insts;
	e->inst = engine_room(e->inst, &e->inst_cap, e->insts, s->inner, sizeof *e->inst);
	e->insts += s->inner;
	for (uint32_t n = b->first_node; n < b->first_node + b->nodes; n++)
		if (e->p->node[n].kind == NODE_CALL)
			make_step(e, frame, n, gate);
		else
			make_inst(e, frame, n, gate);
}

static uint32_t new_frame(struct engine *e, struct frame f)
{
	e->frame = engine_room(e->frame, &e->frame_cap, e->frames, 1, sizeof *e->frame);
	e->frame[e->frames] = f;
	return (uint32_t)e->frames++;
}

static void end_made(struct engine *e, uint32_t frame)
{
	if (--e->frame[frame].end.waits == 0)
		flow_work(e, WORK_FRAME_END, frame);
}

void frame_root(struct engine *e)
{
	uint32_t f = new_frame(e, (struct frame){ .inst = PLAN_NONE, .end = { e->p->block[0].nodes + 1, 0, false, PLAN_NONE } });

	make_nodes(e, f, well);
	for (uint32_t i = 0; i < e->p->sinks; i++)
		flow_need_value(e, e->p->sink[i].value, f, tagged(TO_SINKS, 0));
	end_made(e, f);
}

/* ---- items ---- */

static void join_result(struct engine *e, uint32_t value, uint32_t frame, uint32_t target, struct ending gate)
{
	if (gate.bad)
		flow_note(e, target, gate);
	else
		flow_need_value(e, value, frame, target);
}

/* What the ports of the instance, and the rows that take its inputs from this one, wait for in the frame. */
static void join_results(struct engine *e, uint32_t frame, struct ending gate)
{
	uint32_t i = e->frame[frame].inst;
	const struct plan_region *g = &e->p->region[e->inst[i].region];

	if (e->inst[i].killed)
		return;
	for (uint32_t k = 0; k < g->results; k++) {
		uint32_t value = e->p->item[g->first_result + k];

		if (!g->partial)
			join_result(e, value, frame, tagged(TO_PORT, e->inst[i].first_port + k), gate);
		if (g->input_start && k == 0) {
			uint32_t row = tagged(TO_RESULT, e->inst[i].first_row + e->frame[frame].item);

			join_result(e, value, frame, row, gate);
			if (!g->partial)	/* else it is decided with the frame, which may yet make the item absent */
				flow_arrive(e, row, well);
		}
	}
}

/* All items of the instance have a frame: its ports wait for nothing that is still to come. */
static void all_made(struct engine *e, uint32_t i)
{
	const struct plan_region *g = &e->p->region[e->inst[i].region];

	if (e->inst[i].killed || g->partial)
		return;
	for (uint32_t k = 0; k < inst_shape(e, i)->ports; k++)
		flow_arrive(e, tagged(TO_PORT, e->inst[i].first_port + k), well);
}

void frame_make(struct engine *e, uint32_t i, uint32_t item, struct ending gate)
{
	uint32_t body = e->p->region[e->inst[i].region].body, f;
	bool cycle = e->p->node[e->inst[i].node].kind == NODE_CYCLE;

	f = new_frame(e, (struct frame){ .block = body, .inst = i, .item = item, .row = inst_row_of(e, i, item), .dead = gate.bad,
		.end = { e->p->block[body].nodes + 1, gate.level & INT32_MAX, gate.bad, gate.cause }, .first_carry = e->inst[i].first_list });
	e->item_frame[e->inst[i].frames + (cycle ? 0 : item)] = f;
	e->inst[i].live += !gate.bad;
	make_nodes(e, f, gate);
	if (cycle) {
		cycle_join(e, f);
	} else {
		join_results(e, f, gate);
		release_frame(e, f);
	}
	end_made(e, f);
	if (++e->inst[i].made == e->inst[i].items && !cycle)
		all_made(e, i);
}

void inst_more(struct engine *e, uint32_t i)
{
	const struct plan_region *g = &e->p->region[e->inst[i].region];

	while (!e->inst[i].killed && e->inst[i].live < g->limit) {
		struct inst *inst = &e->inst[i];
		struct ending gate = { inst->gate.level, PLAN_NONE, false };
		uint32_t item = inst->made;

		if (inst->first_row == PLAN_NONE) {
			if (item == inst->items)
				return;
		} else {
			if (inst->queue_head == inst->queue_tail)
				return;
			item = e->item_frame[inst->queue + inst->queue_head++];
			gate.level = e->row[inst->first_row + item].gate.level;
		}
		frame_make(e, i, item, gate);
	}
}

void inst_row(struct engine *e, uint32_t row)
{
	uint32_t i = e->row[row].inst, item = row - e->inst[i].first_row, limit = e->p->region[e->inst[i].region].limit;
	const struct point *gate = &e->row[row].gate;

	if (gate->bad || !limit) {
		frame_make(e, i, item, (struct ending){ gate->level, gate->cause, gate->bad });
		return;
	}
	e->item_frame[e->inst[i].queue + e->inst[i].queue_tail++] = item;
	inst_more(e, i);
}

static void make_row(struct engine *e, uint32_t i, uint32_t item)
{
	const struct plan_region *g = &e->p->region[e->inst[i].region];
	const struct shape_inner *s = inst_shape(e, i);
	uint32_t body = inst_row_of(e, i, item), row = e->inst[i].first_row + item, waits = 1, readers = s->keeps;

	for (uint32_t k = g->input_start ? g->input_start[body] : 0; g->input_start && k < g->input_start[body + 1]; k++)
		waits += g->input_from[k] != PLAN_NONE;
	if (g->parent_start)
		waits += g->parent_start[body + 1] - g->parent_start[body];
	if (s->uses_parents)
		readers += s->child_start[body + 1] - s->child_start[body];
	if (s->uses_inputs)
		readers += s->user_start[body + 1] - s->user_start[body];
	e->row[row] = (struct row){ .inst = i, .readers = readers, .gate = { waits, e->inst[i].gate.level, false, PLAN_NONE },
		.result = { 1, e->inst[i].gate.level, false, PLAN_NONE } };
	for (uint32_t k = g->input_start ? g->input_start[body] : 0; g->input_start && k < g->input_start[body + 1]; k++)
		if (g->input_from[k] == PLAN_NONE) {
			flow_need_value(e, g->given, e->inst[i].frame, tagged(TO_ROW, row));
			break;
		}
}

static void make_rows(struct engine *e, uint32_t i)
{
	uint32_t items = e->inst[i].items;

	e->inst[i].first_row = (uint32_t)e->rows;
	e->row = engine_room(e->row, &e->row_cap, e->rows, items, sizeof *e->row);
	e->rows += items;
	for (uint32_t k = 0; k < items; k++)
		make_row(e, i, k);
	for (uint32_t k = 0; k < items; k++)
		flow_arrive(e, tagged(TO_ROW, e->inst[i].first_row + k), well);
}

static uint32_t new_items(struct engine *e, uint32_t items)
{
	uint32_t first = (uint32_t)e->item_frames;

	e->item_frame = engine_room(e->item_frame, &e->item_frame_cap, e->item_frames, items, sizeof *e->item_frame);
	e->item_frames += items;
	for (uint32_t k = 0; k < items; k++)
		e->item_frame[first + k] = PLAN_NONE;
	return first;
}

/* A partial region fails with what its items use from outside: its end waits for that, too. */
static void need_captures(struct engine *e, uint32_t i)
{
	const struct shape_inner *s = inst_shape(e, i);

	if (!e->p->region[e->inst[i].region].partial)
		return;
	for (uint32_t k = 0; k < s->captures; k++) {
		const struct capture *c = &e->shape->capture[s->first_capture + k];
		uint32_t target = tagged(TO_END, i);

		if (!c->gate)
			continue;
		if (c->port == PLAN_NONE)
			flow_need_end(e, c->node, e->inst[i].frame, target);
		else
			flow_need_port(e, c->node, c->port, e->inst[i].frame, target);
	}
}

void inst_open(struct engine *e, uint32_t i, uint32_t items)
{
	const struct plan_region *g = &e->p->region[e->inst[i].region];
	struct ending gate = { e->inst[i].gate.level, PLAN_NONE, false };

	e->inst[i].items = items;
	e->inst[i].frames = new_items(e, items);
	e->inst[i].end = (struct point){ items + 1, gate.level & INT32_MAX, false, PLAN_NONE };
	need_captures(e, i);
	if (items == 0)
		all_made(e, i);
	if (e->p->node[g->node].kind == NODE_STEPS) {
		e->inst[i].queue = g->limit ? new_items(e, items) : 0;
		make_rows(e, i);
	} else if (g->limit) {
		inst_more(e, i);
	} else {
		for (uint32_t k = 0; k < items; k++)
			frame_make(e, i, k, gate);
	}
	flow_arrive(e, tagged(TO_END, i), well);
}

void inst_ports(struct engine *e, uint32_t i)
{
	bool cycle = e->p->node[e->inst[i].node].kind == NODE_CYCLE;
	const struct point *how = e->inst[i].killed || cycle ? &e->inst[i].gate : &e->inst[i].end;

	for (uint32_t k = 0; k < inst_shape(e, i)->ports; k++)
		flow_arrive(e, tagged(TO_PORT, e->inst[i].first_port + k), (struct ending){ how->level, how->cause, how->bad });
}

void inst_failed(struct engine *e, uint32_t i, enum engine_region_failure why, engine_value value)
{
	engine_act(e, ENGINE_REGION_FAILED, i, value);
	e->action[e->action_tail - 1].why = (uint8_t)why;
	if (!e->shape->block[e->frame[e->inst[i].frame].block].absorbed)
		e->failures++;
	e->inst[i].gate.bad = true;
	e->inst[i].gate.cause = PLAN_NONE;
}

void inst_fail(struct engine *e, uint32_t i, enum engine_region_failure why, engine_value value)
{
	inst_failed(e, i, why, value);
	inst_kill(e, i);
}

void inst_kill(struct engine *e, uint32_t i)
{
	const struct plan_region *g = e->inst[i].region == PLAN_NONE ? NULL : &e->p->region[e->inst[i].region];
	struct ending gate = { e->inst[i].gate.level, e->inst[i].gate.cause, true };
	uint32_t items = 0;

	e->inst[i].gate.bad = true;
	e->inst[i].gate.cause = gate.cause;
	e->inst[i].killed = true;
	if (!g || !g->row_start)
		e->known -= shape_inner_steps(e->shape, e->inst[i].node, e->frame[e->inst[i].frame].row);
	else
		items = inst_items(e, i);
	e->inst[i].items = items;
	e->inst[i].frames = new_items(e, items);
	e->inst[i].end = (struct point){ items + 1, gate.level & INT32_MAX, true, gate.cause };
	inst_ports(e, i);
	for (uint32_t k = 0; k < items; k++)
		frame_make(e, i, k, gate);
	flow_arrive(e, tagged(TO_END, i), well);
}
