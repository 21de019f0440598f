/*
 * Points, edges and the loop: how the end of one thing decides others. Everything that follows from an event is
 * taken from one queue, first in first out, so depth costs no stack and the order is that of the plan's text.
 */
#include "runtime/engine_parts.h"

#include "base/mem.h"

/* ---- the queue ---- */

void engine_ring_push(struct ring *r, uint32_t value)
{
	if (r->tail - r->head == r->cap) {
		size_t cap = r->cap ? r->cap * 2 : 64;
		uint32_t *at = mem_resize(NULL, cap, sizeof *at);

		for (size_t i = r->head; i != r->tail; i++)
			at[i & (cap - 1)] = r->at[i & (r->cap - 1)];
		mem_free(r->at);
		r->at = at;
		r->cap = cap;
	}
	r->at[r->tail++ & (r->cap - 1)] = value;
}

void flow_work(struct engine *e, enum work kind, uint32_t id)
{
	engine_ring_push(&e->work, tagged(kind, id));
}

/* ---- points ---- */

struct point *flow_point(struct engine *e, uint32_t target)
{
	uint32_t id = target & (ENGINE_MAX_IDS - 1);

	switch ((enum target)(target >> 29)) {
	case TO_STEP: return &e->step[id].in;
	case TO_GATE: return &e->inst[id].gate;
	case TO_PORT: return &e->port[id].in;
	case TO_END: return &e->inst[id].end;
	case TO_ROW: return &e->row[id].gate;
	case TO_RESULT: return &e->row[id].result;
	case TO_SINKS: break;
	}
	return &e->sinks;
}

static void note(struct point *to, struct ending how)
{
	if (how.level > to->level)
		to->level = how.level & INT32_MAX;
	if (how.bad && !to->bad) {
		to->bad = true;
		to->cause = how.cause;
	}
}

void flow_note(struct engine *e, uint32_t target, struct ending how)
{
	note(flow_point(e, target), how);
}

static const uint8_t decided[] = { [TO_STEP] = WORK_STEP, [TO_GATE] = WORK_GATE, [TO_PORT] = WORK_PORT_END,
	[TO_END] = WORK_INST_END, [TO_ROW] = WORK_ROW, [TO_RESULT] = WORK_RESULT };

void flow_arrive(struct engine *e, uint32_t target, struct ending how)
{
	struct point *to = flow_point(e, target);

	note(to, how);
	if (--to->waits == 0 && target >> 29 != TO_SINKS)
		flow_work(e, (enum work)decided[target >> 29], target & (ENGINE_MAX_IDS - 1));
}

static void frame_arrive(struct engine *e, uint32_t frame, struct ending how)
{
	struct point *end = &e->frame[frame].end;

	note(end, how);
	if (--end->waits == 0)
		flow_work(e, WORK_FRAME_END, frame);
}

/* ---- edges: rings, of which the owner knows the last ---- */

static void add_edge(struct engine *e, uint32_t *last, uint32_t target)
{
	uint32_t at = e->free_edge;

	if (at != PLAN_NONE) {
		e->free_edge = e->edge[at].next;
	} else {
		e->edge = engine_room(e->edge, &e->edge_cap, e->edges, 1, sizeof *e->edge);
		at = (uint32_t)e->edges++;
	}
	e->edge[at].target = target;
	e->edge[at].next = *last == PLAN_NONE ? at : e->edge[*last].next;
	if (*last != PLAN_NONE)
		e->edge[*last].next = at;
	*last = at;
	flow_point(e, target)->waits++;
}

/* Tell all that wait, in the order in which they came; the edges are free again. */
static void tell(struct engine *e, uint32_t *edges, struct ending how)
{
	uint32_t last = *edges, at;

	if (last == PLAN_NONE)
		return;
	*edges = PLAN_NONE;
	at = last;
	do {
		at = e->edge[at].next;
		flow_arrive(e, e->edge[at].target, how);
	} while (at != last);
	at = e->edge[last].next;
	e->edge[last].next = e->free_edge;
	e->free_edge = at;
}

static struct ending step_ending(const struct engine *e, uint32_t s)
{
	const struct step *step = &e->step[s];

	if (step->state == STEP_FINISHED)
		return (struct ending){ step->in.level + 1, PLAN_NONE, false };
	return (struct ending){ step->in.level + 1, step->state == STEP_FAILED ? s : step->in.cause, true };
}

static struct ending point_ending(const struct point *p)
{
	return (struct ending){ p->level, p->cause, p->bad };
}

static void need_step(struct engine *e, uint32_t s, uint32_t target)
{
	uint8_t state = e->step[s].state;

	if (state == STEP_FINISHED || state == STEP_FAILED || state == STEP_SKIPPED)
		note(flow_point(e, target), step_ending(e, s));
	else
		add_edge(e, &e->step[s].edges, target);
}

void flow_need_port(struct engine *e, uint32_t node, uint32_t port, uint32_t frame, uint32_t target)
{
	uint32_t at = frame_node(e, frame, node);

	if (e->p->node[node].kind == NODE_CALL) {
		need_step(e, at, target);
		return;
	}
	at = e->inst[at].first_port + port;
	if (e->port[at].ended)
		note(flow_point(e, target), point_ending(&e->port[at].in));
	else
		add_edge(e, &e->port[at].edges, target);
}

void flow_need_value(struct engine *e, uint32_t value, uint32_t frame, uint32_t target)
{
	const struct plan_value *v = &e->p->value[value];

	if (v->kind == VALUE_PORT)
		flow_need_port(e, v->a, v->b, frame, target);
	if (v->kind == VALUE_LIST)
		for (uint32_t i = 0; i < v->b; i++)
			flow_need_value(e, e->p->item[v->a + i], frame, target);
}

void flow_need_end(struct engine *e, uint32_t node, uint32_t frame, uint32_t target)
{
	uint32_t at = frame_node(e, frame, node);

	if (e->p->node[node].kind == NODE_CALL)
		need_step(e, at, target);
	else if (e->inst[at].ended)
		note(flow_point(e, target), point_ending(&e->inst[at].end));
	else
		add_edge(e, &e->inst[at].edges, target);
}

/* ---- what follows from an end ---- */

void flow_step_ended(struct engine *e, uint32_t s)
{
	flow_work(e, WORK_STEP_END, s);
}

static void step_end(struct engine *e, uint32_t s)
{
	struct ending how = step_ending(e, s);
	uint32_t frame = e->step[s].frame, node;

	engine_step_node(e, s, &node);
	roles_step(e, node, true);
	tell(e, &e->step[s].edges, how);
	if (!how.bad || e->shape->block[e->frame[frame].block].absorbed)
		release_args(e, s);
	if (!how.bad && e->step[s].refs == 0)
		engine_act(e, ENGINE_RELEASE, s, 0);
	frame_arrive(e, frame, how);
}

static void tell_rows(struct engine *e, uint32_t row, const uint32_t *start, const uint32_t *to, struct ending how)
{
	const struct inst *i = &e->inst[e->row[row].inst];
	uint32_t first = inst_row_of(e, e->row[row].inst, 0), body = first + row - i->first_row;

	for (uint32_t k = start[body]; k < start[body + 1]; k++)
		flow_arrive(e, tagged(TO_ROW, i->first_row + to[k] - first), how);
}

static void frame_end(struct engine *e, uint32_t f)
{
	struct ending how = point_ending(&e->frame[f].end);
	uint32_t i = e->frame[f].inst;
	const struct plan_region *g;
	const struct shape_inner *s;

	if (i == PLAN_NONE) {
		e->root_ended = true;
		return;
	}
	if (e->p->node[e->inst[i].node].kind == NODE_CYCLE) {
		flow_arrive(e, tagged(TO_GATE, i), how);
		return;
	}
	g = &e->p->region[e->inst[i].region];
	s = inst_shape(e, i);
	if (s->child_start && e->inst[i].first_row != PLAN_NONE)
		tell_rows(e, e->inst[i].first_row + e->frame[f].item, s->child_start, s->child, how);
	if (g->partial && g->input_start && e->inst[i].first_row != PLAN_NONE)
		flow_arrive(e, tagged(TO_RESULT, e->inst[i].first_row + e->frame[f].item), how);
	release_row(e, f);
	if (!e->frame[f].dead)
		e->inst[i].live--;
	if (g->limit)
		inst_more(e, i);
	flow_arrive(e, tagged(TO_END, i), g->partial ? (struct ending){ how.level, PLAN_NONE, false } : how);
}

static void inst_end(struct engine *e, uint32_t i)
{
	struct ending how = point_ending(&e->inst[i].end);

	e->inst[i].ended = true;
	roles_inner(e, e->inst[i].node, true);
	if (!e->inst[i].killed && e->inst[i].region != PLAN_NONE && e->p->region[e->inst[i].region].partial)
		inst_ports(e, i);
	tell(e, &e->inst[i].edges, how);
	frame_arrive(e, e->inst[i].frame, how);
	release_inst(e, i);
}

static void port_end(struct engine *e, uint32_t port)
{
	struct port *p = &e->port[port];

	p->ended = true;
	if (!p->in.bad && e->p->node[e->inst[p->inst].node].kind != NODE_CYCLE) {
		p->fingerprint = print_port(e, port);
		p->value = value_of_port(e, port);
	}
	tell(e, &p->edges, point_ending(&p->in));
}

static void gate_end(struct engine *e, uint32_t i)
{
	enum plan_node_kind kind = (enum plan_node_kind)e->p->node[e->inst[i].node].kind;

	if (kind == NODE_CYCLE && e->inst[i].made)
		cycle_round_end(e, i);
	else if (e->inst[i].gate.bad)
		inst_kill(e, i);
	else if (kind == NODE_CYCLE)
		cycle_begin(e, i);
	else if (kind == NODE_MATCH)
		match_begin(e, i);
	else if (kind == NODE_LAUNCH)
		launch_begin(e, i);
	else if (e->p->region[e->inst[i].region].run_time)
		each_begin(e, i);
	else
		inst_open(e, i, inst_items(e, i));
}

static void result_end(struct engine *e, uint32_t row)
{
	const struct shape_inner *s = inst_shape(e, e->row[row].inst);

	tell_rows(e, row, s->user_start, s->user, point_ending(&e->row[row].result));
}

void flow_drop(struct engine *e, uint32_t port)
{
	engine_ring_push(&e->drops, port);
}

static void run_drops(struct engine *e)
{
	while (e->drops.head != e->drops.tail)
		release_port_now(e, e->drops.at[e->drops.head++ & (e->drops.cap - 1)]);
}

void flow_run(struct engine *e)
{
	struct ring *r = &e->work;

	run_drops(e);
	while (r->head != r->tail) {
		uint32_t work = r->at[r->head++ & (r->cap - 1)], id = work & (ENGINE_MAX_IDS - 1);

		switch ((enum work)(work >> 29)) {
		case WORK_STEP: step_on(e, id, e->step[id].in.bad ? STEP_ON_MISSING : STEP_ON_COMPLETE); break;
		case WORK_STEP_END: step_end(e, id); break;
		case WORK_FRAME_END: frame_end(e, id); break;
		case WORK_GATE: gate_end(e, id); break;
		case WORK_INST_END: inst_end(e, id); break;
		case WORK_PORT_END: port_end(e, id); break;
		case WORK_ROW: inst_row(e, id); break;
		case WORK_RESULT: result_end(e, id); break;
		}
		run_drops(e);
	}
}
