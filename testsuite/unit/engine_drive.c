/* A host without processes; see engine_drive.h. */
#include "testsuite/unit/engine_drive_inner.h"

static struct known *know(struct drive *d, uint32_t s)
{
	while (d->steps <= s) {
		d->step = mem_grow(d->step, &d->step_cap, d->steps + 1, sizeof *d->step);
		d->step[d->steps++] = (struct known){ 0 };
	}
	return &d->step[s];
}

static void be_ready(struct drive *d, struct known *k)
{
	k->state = IS_READY;
	k->queued = ++d->queued;
}

static struct happened *happened(struct drive *d, uint32_t s)
{
	struct buf path = BUF_INIT;
	struct happened *at;

	engine_path(d->e, s, &path);
	at = history_at(d->h, path.p);
	at->touched = true;
	buf_release(&path);
	return at;
}

/* ---- what a value is; every output on the way must be there ---- */

static uint64_t symbol_of(struct drive *d, engine_value v)
{
	struct engine_value_info i;
	uint64_t h;

	engine_value_get(d->e, v, &i);
	switch (i.kind) {
	case EV_CONST: return symbol_mix(OF_CONST, symbol_text(d->p->constant[i.constant].json));
	case EV_SOURCE: return symbol_mix(OF_SOURCE, i.source);
	case EV_OUTPUT:
		if (know(d, i.step)->fate != FATE_FINISHED)
			wrong(d, "is read, but not finished", i.step);
		if (know(d, i.step)->released)
			wrong(d, "is read after its release", i.step);
		return symbol_mix(symbol_mix(OF_OUTPUT, know(d, i.step)->symbol), i.port);
	case EV_ITEM: return symbol_mix(symbol_mix(OF_ITEM, symbol_of(d, i.of)), i.index);
	case EV_NAMED: return symbol_mix(symbol_mix(OF_NAMED, symbol_of(d, i.of)), symbol_text(i.name));
	case EV_LIST:
		h = symbol_mix(OF_LIST, i.count);
		for (uint32_t k = 0; k < i.count; k++)
			h = symbol_mix(h, symbol_of(d, engine_value_item(d->e, v, k)));
		return h;
	case EV_ABSENT: break;
	}
	return OF_ABSENT;
}

static uint64_t step_symbol(struct drive *d, uint32_t s)
{
	uint64_t h = symbol_mix(OF_STEP, symbol_text(engine_func(d->e, s)->digest));

	for (uint32_t i = 0; i < engine_node(d->e, s)->args; i++)
		h = symbol_mix(h, symbol_of(d, engine_arg(d->e, s, i)));
	return h;
}

/* ---- actions ---- */

static void pend(struct drive *d, uint32_t s)
{
	d->pending = mem_grow(d->pending, &d->pending_cap, d->pendings + 1, sizeof *d->pending);
	d->pending[d->pendings++] = s;
}

/* A step has the same fingerprint in every run exactly when it has the same inputs; with others, it is not done. */
static void check_fingerprint(struct drive *d, uint32_t s)
{
	uint8_t bytes[16];
	uint64_t f = 0, symbol = know(d, s)->symbol;
	struct happened *at = happened(d, s);

	engine_fingerprint(d->e, s, bytes);
	memcpy(&f, bytes, sizeof f);
	if (at->symbol && (at->fingerprint == f) != (at->symbol == symbol))
		wrong(d, "has another fingerprint than before, or should have", s);
	if (at->symbol != symbol)
		at->fate = FATE_NONE;
	at->fingerprint = f;
	at->symbol = symbol;
}

static void on_start(struct drive *d, const struct engine_action *a)
{
	struct known *k = know(d, a->step);
	struct happened *at = happened(d, a->step);

	d->tick++;
	if (k->state != IS_READY)
		wrong(d, "starts, but is not ready", a->step);
	if (a->attempt != k->attempt + 1)
		wrong(d, "starts with a wrong attempt", a->step);
	if ((a->kind == ENGINE_COMPUTE) != (engine_func(d->e, a->step)->expr != PLAN_NONE) || (a->kind == ENGINE_COMPUTE && a->slot != PLAN_NONE))
		wrong(d, "is computed in place of started, or the other way round", a->step);
	if (a->kind == ENGINE_START)
		watch_slot(d, a);
	k->stranded = a->kind == ENGINE_STRANDED;
	if (k->stranded)
		watch_stranded(d, a);
	if (d->drained || d->doubtful)
		wrong(d, "starts after a drain or a doubt", a->step);
	if (d->sequential && d->running)
		wrong(d, "starts while another runs", a->step);
	if (symbol_mix(1, k->symbol) != symbol_mix(1, step_symbol(d, a->step)))
		wrong(d, "has other inputs than when asked", a->step);
	if (at->fate == FATE_FINISHED)
		wrong(d, "starts, but was finished", a->step);
	if (!at->start || !d->sequential)
		at->start = d->tick;
	d->swaps = d->unswaps = 0;
	k->state = IS_RUNNING;
	k->attempt = a->attempt;
	k->slot = a->slot;
	if (!k->started)
		k->first_slot = a->slot;
	k->started = a->slot != PLAN_NONE;
	d->running++;
	pend(d, a->step);
	watch_limits(d, a->step);
	watch_locks(d, a->step);
	d->out->locked += engine_func(d->e, a->step)->uses > 0;
}

static void on_swap(struct drive *d, const struct engine_action *a)
{
	const struct plan_role *r = a->role ? &d->p->role[a->role - 1] : NULL;

	if (a->slot >= d->slots || d->there[a->slot] == d->bare[a->slot] || d->swapping[a->slot] || a->role > d->p->roles ||
	    (a->role == d->role[a->slot] && !d->bare[a->slot]) || (r && (r->slot != a->slot || r->way != ROLE_SWAP)) ||
	    d->way[a->slot][a->role].aside || d->way[a->slot][a->role].closed) {
		wrong(d, "a swap that cannot be", PLAN_NONE);
		return;
	}
	for (uint32_t t = 0; t < d->steps; t++)
		if (d->step[t].state == IS_RUNNING && d->step[t].slot == a->slot)
			wrong(d, "a busy slot is swapped", t);
	if (d->drained || d->doubtful)
		wrong(d, "a swap after a drain or a doubt", PLAN_NONE);
	if (++d->swaps > 3 * d->slots + 2 * d->unswaps)
		wrong(d, "swaps without gain", PLAN_NONE);
	d->out->swaps++;
	d->swapping[a->slot] = true;
	d->there[a->slot] = d->bare[a->slot] = false;
	d->role[a->slot] = a->role;
}

static void on_swap_timer(struct drive *d, const struct engine_action *a)
{
	if (a->slot >= d->slots || a->role >= ROLES || d->way[a->slot][a->role].aside || d->way[a->slot][a->role].closed ||
	    a->delay_ms != d->way[a->slot][a->role].delay_ms)
		wrong(d, "a swap is to be tried again that did not fail, or too soon", PLAN_NONE);
	else
		d->way[a->slot][a->role].aside = true;
}

static void on_finished(struct drive *d, const struct engine_action *a)
{
	d->over = true;
	d->out->verdict = a->verdict;
	if (d->running)
		wrong(d, "finished, but steps run", PLAN_NONE);
	if (a->verdict == VERDICT_DONE)
		for (uint32_t s = 0; s < d->steps; s++)
			if (d->step[s].fate == FATE_FINISHED && !d->step[s].released)
				wrong(d, "was never released", s);
}

static void on_publish(struct drive *d)
{
	d->publishing = true;
	d->out->sinks = 0;
	for (uint32_t i = 0; i < d->p->sinks; i++)
		d->out->sinks = symbol_mix(d->out->sinks, symbol_of(d, engine_sink_value(d->e, i)));
}

static void on_action(struct drive *d, const struct engine_action *a)
{
	struct known *k = a->step == PLAN_NONE ? NULL : know(d, a->step);

	switch (a->kind) {
	case ENGINE_RECALL:
		if (k->state != NOT_ASKED)
			wrong(d, "is asked for twice", a->step);
		k->state = ASKED_FOR;
		k->symbol = step_symbol(d, a->step);
		check_fingerprint(d, a->step);
		pend(d, a->step);
		break;
	case ENGINE_COUNT:
	case ENGINE_OUTCOME:
		symbol_of(d, a->value);
		d->counts = mem_grow(d->counts, &d->count_cap, d->count + 1, sizeof *d->counts);
		d->counts[d->count++] = (struct question){ a->value, a->kind == ENGINE_COUNT ? PLAN_NONE : a->type };
		break;
	case ENGINE_COMPUTE:
	case ENGINE_STRANDED:
	case ENGINE_START: on_start(d, a); break;
	case ENGINE_SWAP: on_swap(d, a); break;
	case ENGINE_SWAP_TIMER: on_swap_timer(d, a); break;
	case ENGINE_TIMER:
		if (k->state != IS_WAITING)
			wrong(d, "backs off without a failure", a->step);
		pend(d, a->step);
		break;
	case ENGINE_RELEASE:
		if (k->released || k->fate != FATE_FINISHED)
			wrong(d, "is released twice, or unfinished", a->step);
		k->released = true;
		break;
	case ENGINE_SKIPPED:
		if (k->state != NOT_ASKED)
			wrong(d, "is skipped, but was asked for", a->step);
		if (a->cause != PLAN_NONE && know(d, a->cause)->fate != FATE_FAILED)
			wrong(d, "is skipped for no failure", a->step);
		know(d, a->step)->state = IS_OVER;
		know(d, a->step)->fate = FATE_SKIPPED;
		happened(d, a->step)->fate = FATE_SKIPPED;
		break;
	case ENGINE_LAUNCH:
		symbol_of(d, a->value);
		d->launching = mem_grow(d->launching, &d->launch_cap, d->launches + 1, sizeof *d->launching);
		d->launching[d->launches++] = (struct launching){ a->region, a->value };
		break;
	case ENGINE_REGION_FAILED: break;
	case ENGINE_PUBLISH: on_publish(d); break;
	case ENGINE_FINISHED: on_finished(d, a); break;
	}
}

/* ---- events ---- */

static bool send(struct drive *d, struct engine_event ev)
{
	d->out->events++;
	if (!d->sequential)
		d->tick++;
	return engine_event(d->e, &ev);
}

static void over(struct drive *d, uint32_t s, enum fate fate)
{
	struct known *k = know(d, s);

	k->state = IS_OVER;
	k->fate = fate;
	happened(d, s)->fate = fate;
	happened(d, s)->end = d->tick;
}

static void unpend(struct drive *d, size_t at)
{
	d->pending[at] = d->pending[--d->pendings];
}

static void answer_recall(struct drive *d, uint32_t s)
{
	struct known *k = know(d, s);
	struct happened *at = happened(d, s);
	bool earlier = at->fate == FATE_FINISHED || (d->o->recall_some && symbol_text(at->path) % 5 == 0);
	struct engine_event ev = { .kind = EVENT_RECALLED, .step = s, .ok = earlier, .attempt = rng_below(&d->r, 3) };

	if (d->o->doubt && rng_chance(&d->r, 3)) {
		ev = (struct engine_event){ .kind = EVENT_LOST, .step = s };
		d->doubtful = true;
		k->state = IS_OVER;
		if (!send(d, ev) || send(d, ev))
			wrong(d, "the engine ignored a doubt, or took it twice", s);
		return;
	}
	k->attempt = ev.attempt;
	be_ready(d, k);
	if (!send(d, ev))
		wrong(d, "the engine ignored an answer", s);
	if (earlier)
		over(d, s, FATE_FINISHED);
}

static void answer_running(struct drive *d, uint32_t s)
{
	struct known *k = know(d, s);
	struct engine_event ev = { .kind = EVENT_DONE, .step = s, .attempt = k->attempt };

	d->running--;
	if (k->stranded) {
		ev.kind = EVENT_FAILED;
	} else if (d->o->doubt && rng_chance(&d->r, 2)) {
		ev.kind = EVENT_LOST;
		d->doubtful = true;
		k->state = IS_OVER;
	} else if (rng_chance(&d->r, d->o->fail_percent)) {
		ev.kind = EVENT_FAILED;
		ev.ok = d->o->retry && rng_chance(&d->r, 70) && engine_func(d->e, s)->expr == PLAN_NONE;
		k->state = IS_WAITING;
	}
	if (!send(d, ev))
		wrong(d, "the engine ignored an end", s);
	if (ev.kind == EVENT_DONE)
		over(d, s, FATE_FINISHED);
	if (ev.kind == EVENT_FAILED && (!ev.ok || ++k->fails > engine_func(d->e, s)->retries))
		over(d, s, FATE_FAILED);
}

static void answer(struct drive *d, size_t at)
{
	uint32_t s = d->pending[at];

	unpend(d, at);
	if (know(d, s)->state == ASKED_FOR) {
		answer_recall(d, s);
	} else if (know(d, s)->state == IS_RUNNING) {
		answer_running(d, s);
	} else {
		be_ready(d, know(d, s));
		if (!send(d, (struct engine_event){ .kind = EVENT_TIMER, .step = s }))
			wrong(d, "the engine ignored a timer", s);
	}
}

static void answer_count(struct drive *d)
{
	size_t at = rng_below(&d->r, (uint32_t)d->count);
	struct engine_event ev = { .kind = EVENT_COUNTED, .value = d->counts[at].value, .type = d->counts[at].type };

	if (ev.type == PLAN_NONE) {
		ev.ok = symbol_count(symbol_of(d, ev.value), &ev.count);
	} else {
		ev.kind = EVENT_OUTCOME;
		ev.ok = symbol_outcome(d->p, symbol_of(d, ev.value), ev.type, &ev.count);
	}
	d->counts[at] = d->counts[--d->count];
	if (!send(d, ev))
		wrong(d, "the engine ignored a count", PLAN_NONE);
	if (send(d, ev))
		wrong(d, "the engine took a count twice", PLAN_NONE);
}

static bool is_launched(const struct engine *e, uint32_t inst)
{
	for (uint32_t f = e->inst[inst].frame; e->frame[f].inst != PLAN_NONE; f = e->inst[e->frame[f].inst].frame)
		if (e->p->node[e->inst[e->frame[f].inst].node].kind == NODE_LAUNCH)
			return true;
	return false;
}

static void answer_launch(struct drive *d)
{
	size_t at = rng_below(&d->r, (uint32_t)d->launches);
	struct launching one = d->launching[at];
	struct buf error = BUF_INIT;
	uint32_t which;

	d->launching[at] = d->launching[--d->launches];
	d->out->events++;
	d->tick += !d->sequential;
	if (symbol_flow(symbol_of(d, one.value), is_launched(d->e, one.region), &which)) {
		if (!engine_launch(d->e, one.region, d->o->flows[which], &error)) {
			fprintf(stderr, "%s\n", buf_str(&error));
			wrong(d, "the engine refused a flow", PLAN_NONE);
		}
	} else if (!send(d, (struct engine_event){ .kind = EVENT_UNLAUNCHED, .region = one.region })) {
		wrong(d, "the engine ignored a refused flow", PLAN_NONE);
	}
	if (engine_launch(d->e, one.region, d->o->flows[0], &error))
		wrong(d, "the engine took two flows for one", PLAN_NONE);
	buf_release(&error);
}

static void lose_slot(struct drive *d, uint32_t slot, bool silently)
{
	uint32_t s = 0;
	struct engine_event ev = { .kind = EVENT_SLOT_LOST, .slot = slot, .incarnation = d->incarnation[slot] };

	while (s < d->steps && (d->step[s].state != IS_RUNNING || d->step[s].slot != slot))
		s++;
	d->there[slot] = false;
	if (s < d->steps) {
		struct known *k = know(d, s);

		d->running--;
		d->out->losses = true;
		for (size_t i = 0; i < d->pendings; i++)
			if (d->pending[i] == s)
				unpend(d, i--);
		if (engine_func(d->e, s)->effect == EFFECT_ONCE) {
			k->state = IS_OVER;
			d->doubtful = true;
		} else {
			be_ready(d, k);
			if (!d->drained && ++k->losses == 2)
				over(d, s, FATE_FAILED);
		}
	}
	if (silently) {
		ev = (struct engine_event){ .kind = EVENT_SLOT_READY, .slot = slot, .incarnation = ++d->incarnation[slot],
					    .role = d->role[slot] };
		d->there[slot] = true;
	}
	if (!send(d, ev))
		wrong(d, "the engine ignored a loss", PLAN_NONE);
	if (!silently && send(d, ev))
		wrong(d, "the engine took a loss twice", PLAN_NONE);
	if (s < d->steps && d->step[s].fate == FATE_FAILED)
		happened(d, s)->end = d->tick;
}

/* Something that cannot fit: it must be refused and change nothing. */
static void noise(struct drive *d)
{
	struct engine_event ev = { .kind = (enum engine_event_kind)rng_below(&d->r, EVENT_KINDS), .slot = rng_below(&d->r, 10),
		.step = rng_below(&d->r, (uint32_t)d->e->steps + 3), .value = (uint32_t)rng_next(&d->r), .count = 3,
		.type = rng_below(&d->r, d->p->types), .region = 1 << 24 | rng_below(&d->r, 9),
		.ok = rng_chance(&d->r, 50) };
	struct known *k = ev.step < d->e->steps ? know(d, ev.step) : NULL;

	switch (ev.kind) {
	case EVENT_DRAIN: return;
	case EVENT_PUBLISHED:
		if (d->publishing)
			return;
		break;
	case EVENT_SLOT_READY:
		if (ev.slot < d->slots && !d->incarnation[ev.slot])
			return;
		break;
	case EVENT_UNSWAPPED:
		if (ev.slot < d->slots && d->swapping[ev.slot] && d->role[ev.slot] == ev.role)
			return;
		break;
	case EVENT_SWAP_TIMER:
		if (ev.slot < d->slots && d->way[ev.slot][ev.role].aside)
			return;
		break;
	case EVENT_SLOT_LOST: ev.incarnation = (uint32_t)rng_next(&d->r) | 1 << 20; break;
	case EVENT_RECALLED:
		if (k && k->state == ASKED_FOR)
			return;
		break;
	case EVENT_TIMER:
		if (k && k->state == IS_WAITING)
			return;
		break;
	case EVENT_LOST:
		if (k && k->state == ASKED_FOR)
			return;
		ev.attempt = k ? k->attempt + (k->state == IS_RUNNING) : 0;
		break;
	case EVENT_DONE:
	case EVENT_FAILED:
		ev.attempt = k ? k->attempt + (k->state == IS_RUNNING) : 0;
		break;
	default: break;
	}
	if (send(d, ev))
		wrong(d, "the engine took what cannot fit", ev.step);
}

/* The image cannot be had, or nothing was changed. */
static void fail_swap(struct drive *d, uint32_t slot)
{
	uint32_t role = d->role[slot];
	struct engine_event ev = { .kind = EVENT_UNSWAPPED, .slot = slot, .role = role, .ok = rng_chance(&d->r, 60),
		.kept = d->incarnation[slot] && rng_chance(&d->r, 40) };

	d->out->unswaps++;
	d->unswaps++;
	d->swapping[slot] = false;
	d->bare[slot] = !ev.kept;
	d->there[slot] = ev.kept;
	d->way[slot][role].fails++;
	d->way[slot][role].delay_ms = 10000u << (d->way[slot][role].fails - 1);
	d->way[slot][role].closed = !ev.ok || d->way[slot][role].fails >= TRIES;
	if (ev.kept)
		d->role[slot] = d->before[slot];
	if (!send(d, ev))
		wrong(d, "the engine ignored a swap that failed", PLAN_NONE);
	if (send(d, ev))
		wrong(d, "the engine took the end of a swap twice", PLAN_NONE);
	if (d->bare[slot] && d->incarnation[slot] &&
	    send(d, (struct engine_event){ .kind = EVENT_SLOT_LOST, .slot = slot, .incarnation = d->incarnation[slot] }))
		wrong(d, "the engine took the loss of a worker that a swap had ended", PLAN_NONE);
}

static bool wake_way(struct drive *d)
{
	for (uint32_t slot = 0; slot < d->slots; slot++)
		for (uint32_t role = 0; role <= d->p->roles; role++)
			if (d->way[slot][role].aside) {
				d->way[slot][role].aside = false;
				if (!send(d, (struct engine_event){ .kind = EVENT_SWAP_TIMER, .slot = slot, .role = role }))
					wrong(d, "the engine ignored the timer of a swap", PLAN_NONE);
				return true;
			}
	return false;
}

static void finish_swap(struct drive *d, uint32_t slot)
{
	if (d->swapping[slot] && rng_chance(&d->r, d->o->unswap_percent)) {
		fail_swap(d, slot);
		return;
	}
	if (d->swapping[slot] && d->incarnation[slot] && rng_chance(&d->r, 50) &&
	    !send(d, (struct engine_event){ .kind = EVENT_SLOT_LOST, .slot = slot, .incarnation = d->incarnation[slot] }))
		wrong(d, "the engine ignored the end of a swapped slot's worker", PLAN_NONE);
	d->there[slot] = true;
	d->swapping[slot] = d->bare[slot] = false;
	d->before[slot] = d->role[slot];
	d->way[slot][d->role[slot]].fails = 0;
	d->way[slot][d->role[slot]].closed = false;
	if (!send(d, (struct engine_event){ .kind = EVENT_SLOT_READY, .slot = slot, .incarnation = ++d->incarnation[slot], .role = d->role[slot] }))
		wrong(d, "the engine ignored a slot", PLAN_NONE);
}

static void slot_event(struct drive *d)
{
	uint32_t slot = rng_below(&d->r, d->slots);

	if (d->there[slot])
		lose_slot(d, slot, rng_chance(&d->r, 30));
	else
		finish_swap(d, slot);
}

/* One event, of those that are due. A sequential order needs all answers but the running step's first. */
static bool one_event(struct drive *d)
{
	if (d->publishing) {
		d->publishing = false;
		d->out->published = rng_chance(&d->r, 95);
		return send(d, (struct engine_event){ .kind = EVENT_PUBLISHED, .ok = d->out->published }) &&
		       !send(d, (struct engine_event){ .kind = EVENT_PUBLISHED, .ok = rng_chance(&d->r, 50) }) &&
		       !send(d, (struct engine_event){ .kind = EVENT_DRAIN });
	}
	if (rng_chance(&d->r, d->o->noise_percent))
		noise(d);
	if (rng_chance(&d->r, d->o->loss_percent)) {
		slot_event(d);
		return true;
	}
	for (uint32_t s = 0; s < d->slots; s++)
		if (d->swapping[s] && rng_chance(&d->r, 20)) {
			finish_swap(d, s);
			return true;
		}
	if (rng_chance(&d->r, 5) && wake_way(d))
		return true;
	if (d->launches && (rng_chance(&d->r, 30) || (!d->count && !d->pendings))) {
		answer_launch(d);
		return true;
	}
	if (d->count && rng_chance(&d->r, 50)) {
		answer_count(d);
		return true;
	}
	if (d->pendings) {
		answer(d, rng_below(&d->r, (uint32_t)d->pendings));
		return true;
	}
	if (d->count) {
		answer_count(d);
		return true;
	}
	for (uint32_t s = 0; s < d->slots; s++)
		if (!d->there[s] && !d->bare[s]) {	/* a bare one may come, but need not */
			finish_swap(d, s);
			return true;
		}
	return wake_way(d);
}

static void check_progress(struct drive *d)
{
	struct engine_progress p = engine_progress(d->e);
	uint32_t finished = 0, failed = 0, skipped = 0;

	for (uint32_t s = 0; s < d->steps; s++) {
		finished += d->step[s].fate == FATE_FINISHED;
		failed += d->step[s].fate == FATE_FAILED;
		skipped += d->step[s].fate == FATE_SKIPPED;
	}
	if (p.finished != finished || p.failed != failed || p.skipped != skipped || p.running != d->running)
		wrong(d, "counts its steps wrongly", PLAN_NONE);
	if ((d->out->verdict == VERDICT_DONE || d->out->verdict == VERDICT_FAILED) && p.known != finished + failed + skipped)
		wrong(d, "knows other steps than there are", PLAN_NONE);
}

static void turn(struct drive *d)
{
	struct engine_action a;

	while (!d->over && engine_next(d->e, &a))
		on_action(d, &a);
	if (d->over || d->wrong)
		return;
	if (d->o->drain_after && d->out->events >= d->o->drain_after && !d->drained && !d->publishing) {
		d->drained = true;
		if (!send(d, (struct engine_event){ .kind = EVENT_DRAIN }) && !d->doubtful)
			wrong(d, "the engine ignored a drain", PLAN_NONE);
		return;
	}
	if (!one_event(d))
		wrong(d, "stands still", PLAN_NONE);
	if (d->out->events > 200000)
		wrong(d, "does not end", PLAN_NONE);
}

/* As a journal tells it: a swap was begun; and it was done, or failed. */
static void take_up(struct drive *d, uint32_t slot, uint32_t role)
{
	if (d->swapping[slot] || !engine_had(d->e, slot, role, true))
		return;
	d->role[slot] = role;
	d->swapping[slot] = true;
	d->bare[slot] = false;
	if (rng_chance(&d->r, d->o->unswap_percent)) {
		fail_swap(d, slot);
	} else if (rng_chance(&d->r, 60)) {
		if (!engine_had(d->e, slot, role, false))
			wrong(d, "the engine does not take up a swap that was done", PLAN_NONE);
		d->swapping[slot] = false;
		d->before[slot] = role;
	}
}

bool drive(const struct plan *p, const struct drive_options *o, struct history *h, struct driven *out, struct engine_hits *hits)
{
	struct drive d = { .p = p, .o = o, .h = h, .r = { o->seed }, .slots = p->set.slots, .out = out };
	struct engine_options options = { .slots = d.slots, .first_backoff_ms = 10, .by_image = o->by_image, .slot_group = o->slot_group };

	*out = (struct driven){ 0 };
	d.sequential = p->set.order != ORDER_PARALLEL;
	d.placed = o->by_image || o->slot_group || p->uses;
	for (uint32_t r = 0; r < p->regions; r++)
		d.placed = d.placed || p->region[r].rotate;
	d.e = engine_new(p, &options);
	d.p = engine_plan(d.e);
	for (uint32_t i = 0; o->by_image && i < p->roles; i++)	/* what an earlier run left */
		if (p->role[i].way == ROLE_SWAP && rng_chance(&d.r, 10))
			take_up(&d, p->role[i].slot, i + 1);
	engine_source_fingerprint(d.e, 0, (const uint8_t *)"0123456789abcdef");
	if (rng_chance(&d.r, 50))
		slot_event(&d);
	send(&d, (struct engine_event){ .kind = EVENT_BEGIN });
	if (send(&d, (struct engine_event){ .kind = EVENT_BEGIN }))
		wrong(&d, "the engine began twice", PLAN_NONE);
	while (!d.over && !d.wrong && !out->killed) {
		turn(&d);
		out->killed = !d.over && o->kill_after && out->events >= o->kill_after;
	}
	if (!d.wrong && !out->killed) {
		check_progress(&d);
		for (int i = 0; i < 20; i++)
			noise(&d);
	}
	for (unsigned s = 0; hits && s < STEP_STATES * STEP_EVENTS; s++)
		(&hits->step[0][0])[s] += (&d.e->hits.step[0][0])[s];
	for (unsigned s = 0; hits && s < SLOT_STATES * SLOT_EVENTS; s++)
		(&hits->slot[0][0])[s] += (&d.e->hits.slot[0][0])[s];
	for (unsigned s = 0; hits && s < RUN_STATES * RUN_EVENTS; s++)
		(&hits->run[0][0])[s] += (&d.e->hits.run[0][0])[s];
	engine_free(d.e);
	mem_free(d.step);
	mem_free(d.pending);
	mem_free(d.counts);
	mem_free(d.launching);
	return !d.wrong;
}
