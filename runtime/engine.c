/*
 * The engine as its hosts see it: a life, events in, actions out, and what can be asked about steps. What happens stands
 * in the tables (engine_states.def) and in engine_flow.c.
 */
#include "runtime/engine_parts.h"

#include "base/file.h"
#include "base/mem.h"

void *engine_room(void *rows, size_t *cap, size_t used, size_t more, size_t size)
{
	if (used + more > ENGINE_MAX_IDS)
		mem_overflow();
	return mem_grow(rows, cap, used + more, size);
}

struct engine *engine_new(const struct plan *p, const struct engine_options *o)
{
	struct engine *e = mem_zalloc(1, sizeof *e);

	e->plan = *p;
	arena_init(&e->launched);
	e->p = &e->plan;
	e->options = *o;
	e->order = (enum plan_order)p->set.order;
	e->shape = shape_new(p);
	e->free_edge = PLAN_NONE;
	e->sinks = (struct point){ 0, 0, false, PLAN_NONE };
	e->values = values_new();
	e->asked = asked_new();
	ready_init(e);
	locks_init(e);
	e->publishes = p->sinks || plan_publishes_states(p);
	print_init(e);
	return e;
}

void engine_free(struct engine *e)
{
	if (!e)
		return;
	shape_free(e->shape);
	arena_release(&e->launched);
	values_free(e->values);
	asked_free(e->asked);
	roles_free(e);
	ready_free(e);
	locks_free(e);
	mem_free(e->step);
	mem_free(e->frame);
	mem_free(e->inst);
	mem_free(e->port);
	mem_free(e->row);
	mem_free(e->list);
	mem_free(e->item_frame);
	mem_free(e->edge);
	mem_free(e->work.at);
	mem_free(e->drops.at);
	mem_free(e->action);
	print_free(e);
	mem_free(e);
}

/* ---- events ---- */

static bool on_slot(struct engine *e, const struct engine_event *ev)
{
	struct slot *s;

	if (ev->slot >= e->options.slots)
		return false;
	s = &e->slot[ev->slot];
	if (ev->kind == EVENT_UNSWAPPED)
		return roles_unswapped(e, ev);
	if (ev->kind == EVENT_SWAP_TIMER)
		return roles_again(e, ev->slot, ev->role);
	if (ev->kind == EVENT_SLOT_LOST)
		return s->seen && ev->incarnation == s->incarnation && slot_on(e, ev->slot, SLOT_ON_GO);
	if (s->seen && ev->incarnation <= s->incarnation)
		return false;
	if (!roles_came(e, ev->slot, ev->role))
		return false;
	s->seen = true;
	s->incarnation = ev->incarnation;
	return slot_on(e, ev->slot, SLOT_ON_COME);
}

static bool on_step(struct engine *e, const struct engine_event *ev)
{
	struct step *s;

	if (ev->step >= e->steps)
		return false;
	s = &e->step[ev->step];
	switch (ev->kind) {
	case EVENT_RECALLED:
		if (s->state == STEP_ASKED)
			s->attempt = ev->attempt;
		return step_on(e, ev->step, ev->ok ? STEP_ON_KNOWN : STEP_ON_UNKNOWN);
	case EVENT_DONE: return ev->attempt == s->attempt && step_on(e, ev->step, STEP_ON_DONE);
	case EVENT_FAILED: return ev->attempt == s->attempt && step_on(e, ev->step, ev->ok ? STEP_ON_FAIL : STEP_ON_FAIL_LAST);
	case EVENT_LOST:
		return (s->state != STEP_RUNNING || ev->attempt == s->attempt) && step_on(e, ev->step, STEP_ON_LOST);
	default: return step_on(e, ev->step, STEP_ON_TIMER);
	}
}

static bool dispatch(struct engine *e, const struct engine_event *ev)
{
	switch (ev->kind) {
	case EVENT_BEGIN: return run_on(e, RUN_ON_BEGIN);
	case EVENT_DRAIN: return run_on(e, RUN_ON_DRAIN);
	case EVENT_PUBLISHED: return run_on(e, ev->ok ? RUN_ON_PUBLISHED : RUN_ON_UNPUBLISHED);
	case EVENT_SLOT_READY:
	case EVENT_SLOT_LOST:
	case EVENT_UNSWAPPED:
	case EVENT_SWAP_TIMER: return on_slot(e, ev);
	case EVENT_COUNTED: return asked_answer(e, ev, PLAN_NONE);
	case EVENT_OUTCOME: return ev->type != PLAN_NONE && asked_answer(e, ev, ev->type);
	case EVENT_UNLAUNCHED: return launch_refused(e, ev->region);
	case EVENT_RECALLED:
	case EVENT_DONE:
	case EVENT_FAILED:
	case EVENT_LOST:
	case EVENT_TIMER: return on_step(e, ev);
	case EVENT_KINDS: break;
	}
	return false;
}

bool engine_event(struct engine *e, const struct engine_event *ev)
{
	bool over = e->state == RUN_ENDING || e->state == RUN_OVER, fits;

	/* Steps and slots may still be in states that would take an event; the run is not. */
	if (over && ev->kind != EVENT_BEGIN && ev->kind != EVENT_DRAIN && ev->kind != EVENT_PUBLISHED)
		return false;
	fits = dispatch(e, ev);
	flow_run(e);
	return fits;
}

/* ---- actions ---- */

void engine_act(struct engine *e, enum engine_action_kind kind, uint32_t a, uint32_t b)
{
	if (e->action_tail == e->action_cap && e->action_head > e->action_cap / 2) {
		memmove(e->action, e->action + e->action_head, (e->action_tail - e->action_head) * sizeof *e->action);
		e->action_tail -= e->action_head;
		e->action_head = 0;
	}
	e->action = mem_grow(e->action, &e->action_cap, e->action_tail + 1, sizeof *e->action);
	e->action[e->action_tail++] = (struct action){ (uint8_t)kind, 0, a, b };
}

static struct engine_action action_of(const struct engine *e, struct action a)
{
	struct engine_action out = { .kind = (enum engine_action_kind)a.kind, .step = PLAN_NONE, .cause = PLAN_NONE,
		.slot = PLAN_NONE, .node = PLAN_NONE, .region = PLAN_NONE };

	switch (out.kind) {
	case ENGINE_COMPUTE:
	case ENGINE_STRANDED:
	case ENGINE_START:
		out.slot = e->step[a.a].slot;
		out.attempt = e->step[a.a].attempt;
		out.step = a.a;
		break;
	case ENGINE_SWAP_TIMER:
		out.delay_ms = roles_delay_ms(a.why);	/* fallthrough */
	case ENGINE_SWAP:
		out.slot = a.a;
		out.role = a.b;
		break;
	case ENGINE_TIMER:
		out.attempt = e->step[a.a].attempt;
		out.delay_ms = a.b;
		out.step = a.a;
		break;
	case ENGINE_SKIPPED:
		out.cause = a.b;
		out.step = a.a;
		break;
	case ENGINE_RECALL:
	case ENGINE_RELEASE: out.step = a.a; break;
	case ENGINE_COUNT: out.value = a.a; break;
	case ENGINE_OUTCOME:
		out.value = a.a;
		out.type = a.b;
		break;
	case ENGINE_LAUNCH:
	case ENGINE_REGION_FAILED:
		out.region = a.a;
		out.node = e->inst[a.a].node;
		out.value = a.b;
		out.why = (enum engine_region_failure)a.why;
		break;
	case ENGINE_PUBLISH: break;
	case ENGINE_FINISHED: out.verdict = e->verdict; break;
	}
	return out;
}

/* No actions wait: start a step, or swap an image, or see whether the run is at an end. */
static void decide(struct engine *e)
{
	uint32_t step, slot;

	if (e->state == RUN_GOING && ready_pop(e, &step, &slot)) {
		e->step[step].slot = slot;
		if (slot != PLAN_NONE) {
			e->slot[slot].step = step;
			slot_on(e, slot, SLOT_ON_TAKE);
			roles_started(e, slot);
		}
		step_on(e, step, STEP_ON_START);
	} else if (e->state == RUN_GOING && e->root_ended) {
		run_on(e, e->publishes && !e->failures && !e->sinks.bad ? RUN_ON_PUBLISH : RUN_ON_END);
	} else if ((e->state == RUN_DRAINING || e->state == RUN_STOPPING) && !e->count[STEP_RUNNING]) {
		run_on(e, RUN_ON_END);
	} else if (e->state == RUN_GOING) {
		roles_next(e);
	}
}

bool engine_next(struct engine *e, struct engine_action *out)
{
	if (e->action_head == e->action_tail)
		decide(e);
	if (e->action_head == e->action_tail)
		return false;
	*out = action_of(e, e->action[e->action_head++]);
	if (e->action_head == e->action_tail)
		e->action_head = e->action_tail = 0;
	if (out->kind == ENGINE_FINISHED)
		run_on(e, RUN_ON_LAST);
	return true;
}

struct engine_progress engine_progress(const struct engine *e)
{
	struct engine_progress p = { .known = (uint32_t)e->known, .ready = (uint32_t)e->count[STEP_READY],
		.running = (uint32_t)e->count[STEP_RUNNING], .finished = (uint32_t)e->count[STEP_FINISHED],
		.failed = (uint32_t)e->count[STEP_FAILED], .skipped = (uint32_t)e->count[STEP_SKIPPED] };

	p.waiting = p.known - p.ready - p.running - p.finished - p.failed - p.skipped;
	return p;
}

const struct plan *engine_plan(const struct engine *e)
{
	return e->p;
}

/* ---- steps ---- */

const struct plan_node *engine_step_node(const struct engine *e, uint32_t s, uint32_t *node)
{
	const struct frame *f = &e->frame[e->step[s].frame];

	*node = e->shape->call_node[e->shape->block[f->block].first_call + s - f->first_step];
	return &e->p->node[*node];
}

const struct plan_node *engine_node(const struct engine *e, engine_step s)
{
	uint32_t node;

	return engine_step_node(e, s, &node);
}

const struct plan_func *engine_func(const struct engine *e, engine_step s)
{
	return &e->p->func[engine_node(e, s)->of];
}

/* An outcome by the name that the text gives it. */
static void add_outcome(const struct plan *p, uint32_t type, uint32_t outcome, struct buf *out)
{
	const struct plan_type *t = &p->type[type];

	for (; t->kind == PLAN_OPTIONAL && outcome; outcome--)
		t = &p->type[t->elem];
	if (t->kind == PLAN_BOOL)
		buf_addstr(out, outcome ? "true" : "false");
	else if (t->kind == PLAN_ENUM || t->kind == PLAN_CHOICE)
		file_encode_key(out, p->field[t->first + outcome].name, strlen(p->field[t->first + outcome].name));
	else
		buf_addstr(out, t->kind == PLAN_OPTIONAL ? "absent" : "there");
}

static void add_frame_path(const struct engine *e, uint32_t frame, struct buf *out)
{
	const struct frame *f = &e->frame[frame];
	const struct plan_region *g;
	const struct plan_node *n;

	if (f->inst == PLAN_NONE)
		return;
	engine_region_path(e, f->inst, out);
	g = &e->p->region[e->inst[f->inst].region];
	n = &e->p->node[e->inst[f->inst].node];
	if (n->kind == NODE_LAUNCH) {
		buf_addch(out, '/');
	} else if (g->key) {
		buf_addch(out, '[');
		file_encode_key(out, g->key[f->row], strlen(g->key[f->row]));
		buf_addstr(out, "]/");
	} else if (n->kind == NODE_MATCH) {
		buf_addch(out, '[');
		add_outcome(e->p, e->p->value[e->p->item[n->first_arg]].type, e->inst[f->inst].region - n->of, out);
		buf_addstr(out, "]/");
	} else {
		buf_printf(out, "[%u]/", f->item);
	}
}

void engine_region_path(const struct engine *e, uint32_t region, struct buf *out)
{
	add_frame_path(e, e->inst[region].frame, out);
	buf_addstr(out, e->p->node[e->inst[region].node].name);
}

bool engine_gave_up(const struct engine *e, engine_step s)
{
	return e->step[s].state == STEP_FAILED;
}

uint32_t engine_steps(const struct engine *e)
{
	return (uint32_t)e->steps;
}

void engine_path(const struct engine *e, engine_step s, struct buf *out)
{
	add_frame_path(e, e->step[s].frame, out);
	buf_addstr(out, engine_node(e, s)->name);
}

uint32_t engine_output_port(const struct engine *e, engine_step s)
{
	const struct frame *f = &e->frame[e->step[s].frame];
	const struct plan_region *g = f->inst == PLAN_NONE ? NULL : &e->p->region[e->inst[f->inst].region];
	const struct plan_value *v;
	uint32_t node;

	if (!g || !g->output_start)
		return PLAN_NONE;
	v = &e->p->value[e->p->item[g->first_result]];
	engine_step_node(e, s, &node);
	return v->kind == VALUE_PORT && v->a == node ? v->b : PLAN_NONE;
}

uint32_t engine_output_names(const struct engine *e, engine_step s, const char *const **names)
{
	const struct frame *f = &e->frame[e->step[s].frame];
	const struct plan_region *g;

	*names = NULL;
	if (engine_output_port(e, s) == PLAN_NONE)
		return 0;
	g = &e->p->region[e->inst[f->inst].region];
	*names = (const char *const *)g->output_name + g->output_start[f->row];
	return g->output_start[f->row + 1] - g->output_start[f->row];
}
