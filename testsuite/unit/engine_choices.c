/*
 * Matches, cycles and launches, one by one: what a host is told and in what order, why regions fail by themselves, what a flow to
 * launch is refused for, and how many outputs a long cycle keeps.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "runtime/engine.h"
#include "testsuite/unit/plan_build.h"
#include "testsuite/unit/test.h"

/* A host that answers at once and writes down what it hears, a line for each action. */
struct host {
	struct engine *e;
	struct buf said;
	uint32_t done_after;		/* outcomes of a bool: false so often, then true */
	uint32_t verdict_outcome;	/* of an enum */
	bool unreadable, refuse;
	const struct plan *flow;
	uint32_t live, most_live;	/* outputs that are not released */
	enum engine_verdict verdict;
};

static void say(struct host *h, const char *what, const struct engine_action *a)
{
	buf_printf(&h->said, "%s ", what);
	if (a->step != PLAN_NONE)
		engine_path(h->e, a->step, &h->said);
	else if (a->region != PLAN_NONE)
		engine_region_path(h->e, a->region, &h->said);
	buf_addch(&h->said, '\n');
}

static void send(struct host *h, struct engine_event ev)
{
	CHECK(engine_event(h->e, &ev));
}

static void answer_outcome(struct host *h, const struct engine_action *a)
{
	struct engine_event ev = { .kind = EVENT_OUTCOME, .value = a->value, .type = a->type, .ok = !h->unreadable };

	if (engine_plan(h->e)->type[a->type].kind == PLAN_ENUM)
		ev.count = h->verdict_outcome;
	else
		ev.count = h->done_after ? h->done_after-- == 1 : 0;
	send(h, ev);
}

static void answer_launch(struct host *h, const struct engine_action *a)
{
	struct buf error = BUF_INIT;

	say(h, "launch", a);
	if (h->flow && engine_launch(h->e, a->region, h->flow, &error))
		return;
	buf_printf(&h->said, "%s\n", buf_str(&error));
	buf_release(&error);
	send(h, (struct engine_event){ .kind = EVENT_UNLAUNCHED, .region = a->region });
}

static void act(struct host *h, const struct engine_action *a)
{
	static const char *const why[] = { [REGION_LIST] = "list", [REGION_SELECTOR] = "selector", [REGION_UNTIL] = "until",
		[REGION_ROUNDS] = "rounds", [REGION_STEPS] = "steps", [REGION_FLOW] = "flow" };

	switch (a->kind) {
	case ENGINE_RECALL: send(h, (struct engine_event){ .kind = EVENT_RECALLED, .step = a->step }); break;
	case ENGINE_OUTCOME: answer_outcome(h, a); break;
	case ENGINE_LAUNCH: answer_launch(h, a); break;
	case ENGINE_START:
	case ENGINE_COMPUTE:
		say(h, a->kind == ENGINE_START ? "start" : "compute", a);
		h->most_live = ++h->live > h->most_live ? h->live : h->most_live;
		send(h, (struct engine_event){ .kind = EVENT_DONE, .step = a->step, .attempt = a->attempt });
		break;
	case ENGINE_RELEASE: h->live--; break;
	case ENGINE_REGION_FAILED: say(h, why[a->why], a); break;
	case ENGINE_PUBLISH: send(h, (struct engine_event){ .kind = EVENT_PUBLISHED, .ok = true }); break;
	case ENGINE_FINISHED: h->verdict = a->verdict; break;
	default: break;
	}
}

static void run(struct host *h, struct plan *p)
{
	struct engine_options o = { .slots = 1 };
	struct buf error = BUF_INIT;
	struct engine_action a = { .kind = ENGINE_RECALL };

	if (!CHECK(plan_check(p, &error)))
		printf("  %s\n", buf_str(&error));
	h->e = engine_new(p, &o);
	send(h, (struct engine_event){ .kind = EVENT_BEGIN });
	send(h, (struct engine_event){ .kind = EVENT_SLOT_READY, .incarnation = 1 });
	while (engine_next(h->e, &a))
		act(h, &a);
	CHECK(a.kind == ENGINE_FINISHED);
	buf_release(&error);
}

static void end(struct host *h, struct plan *p)
{
	engine_free(h->e);
	plan_free(p);
	buf_release(&h->said);
}

static void heard(struct host *h, const char *line)
{
	struct buf whole = BUF_INIT;

	buf_printf(&whole, "%s\n", line);
	if (!CHECK(strstr(buf_str(&h->said), whole.p)))
		printf("  not heard: %s\n", line);
	buf_release(&whole);
}

static bool silent(struct host *h, const char *about)
{
	return !strstr(buf_str(&h->said), about);
}

/* ---- a flow that is data: (file) -> file, one step ---- */

static struct plan *flow_of(uint32_t param, uint32_t result)
{
	struct plan *p = build_begin("flow.cf", "flow", 1);
	uint32_t first = p->ports, arg;
	struct plan_func f = { .name = "inner", .first_param = first, .params = 1, .first_result = first + 1, .results = 1 };

	build_port(p, "in", param);
	build_port(p, "out", result);
	build_func(p, f);
	arg = build_item(p, build_value(p, VALUE_PARAM, param, 0, 0));
	build_node(p, (struct plan_node){ .kind = NODE_CALL, .name = "inner", .loc = "", .first_arg = arg, .args = 1 });
	build_block(p, (struct plan_block){ .node = PLAN_NONE, .nodes = 1, .rows = 1 });
	p->params = p->results = 1;
	p->first_param = build_item(p, param);
	p->first_result = build_item(p, build_value(p, VALUE_PORT, result, 0, 0));
	return p;
}

/* ---- the tests ---- */

static void test_arms(void)
{
	struct plan *flow = flow_of(TYPE_FILE, TYPE_FILE);
	struct host good = { .done_after = 3, .flow = flow }, bad = { .done_after = 1, .verdict_outcome = 1, .flow = flow };
	struct plan *p = build_choices();

	run(&good, p);
	CHECK(good.verdict == VERDICT_DONE && good.live == 0);
	heard(&good, "start chosen[Good]/kept");
	heard(&good, "compute rounds[2]/small");
	heard(&good, "start launched/inner");
	CHECK(silent(&good, "rounds[3]"));
	end(&good, p);
	p = build_choices();
	run(&bad, p);
	CHECK(bad.verdict == VERDICT_DONE && bad.live == 0);
	CHECK(silent(&bad, "chosen"));
	end(&bad, p);
	plan_free(flow);
}

static void test_failures(void)
{
	struct plan *flow = flow_of(TYPE_FILE, TYPE_FILE), *p = build_choices();
	struct host never = { .flow = flow }, unreadable = { .unreadable = true, .flow = flow }, beyond = { .verdict_outcome = 2, .flow = flow };

	run(&never, p);
	heard(&never, "rounds rounds");
	CHECK(never.verdict == VERDICT_FAILED);
	heard(&never, "start rounds[9]/step");
	CHECK(silent(&never, "rounds[10]"));
	end(&never, p);
	p = build_choices();
	run(&unreadable, p);
	heard(&unreadable, "selector chosen");
	heard(&unreadable, "until rounds");
	CHECK(unreadable.verdict == VERDICT_FAILED);
	end(&unreadable, p);
	p = build_choices();
	run(&beyond, p);
	heard(&beyond, "selector chosen");	/* an outcome that the type does not have */
	end(&beyond, p);
	plan_free(flow);
}

static void refused(struct plan *flow, const char *why)
{
	struct host h = { .done_after = 1, .flow = flow };
	struct plan *p = build_choices();

	run(&h, p);
	CHECK(h.verdict == VERDICT_FAILED);
	heard(&h, "flow launched");
	if (!CHECK(!silent(&h, why)))
		printf("  not heard: %s\n", why);
	end(&h, p);
	plan_free(flow);
}

static void test_refusals(void)
{
	struct plan *flow = flow_of(TYPE_FILE, TYPE_FILE);

	refused(NULL, "launch launched");
	refused(flow_of(TYPE_FILES, TYPE_FILE), "its parameter 1 is of another type");
	refused(flow_of(TYPE_FILE, TYPE_FILES), "its result 1 is of another type");
	flow->results = 0;
	refused(flow, "1 parameters and 0 results");
	flow = flow_of(TYPE_FILE, TYPE_FILE);
	build_source(flow, (struct plan_source){ .name = "in", .loc = "", .share = "in", .path = "a", .type = TYPE_FILE });
	refused(flow, "sources or sinks");
}

/* A flow that launches itself ends where bodies may lie no deeper. */
static void test_without_end(void)
{
	struct plan *flow = build_begin("flow.cf", "flow", 1), *p = build_choices();
	struct host h = { .done_after = 1, .flow = flow };
	uint32_t type, *column = arena_zalloc(&flow->arena, 1, sizeof *column), arg;

	type = build_type(flow, (struct plan_type){ .kind = PLAN_FLOW, .elem = PLAN_NONE, .first = 0, .count = 2, .params = 1 });
	build_field(flow, "", TYPE_FILE);
	build_field(flow, "", TYPE_FILE);
	column[0] = build_const(flow, "{}", type);
	build_column(flow, column, 1);
	arg = build_item(flow, build_value(flow, VALUE_CONST, type, 0, 0));
	build_item(flow, build_value(flow, VALUE_PARAM, TYPE_FILE, 0, 0));
	build_node(flow, (struct plan_node){ .kind = NODE_LAUNCH, .name = "again", .loc = "", .of = type, .first_arg = arg, .args = 2 });
	build_block(flow, (struct plan_block){ .node = PLAN_NONE, .nodes = 1, .rows = 1 });
	flow->params = flow->results = 1;
	flow->first_param = build_item(flow, TYPE_FILE);
	flow->first_result = build_item(flow, build_value(flow, VALUE_PORT, TYPE_FILE, 0, 0));
	run(&h, p);
	CHECK(h.verdict == VERDICT_FAILED);
	heard(&h, "launch launched/again/again/again");
	CHECK(!silent(&h, "65 bodies lie within each other; at most 64 may"));
	end(&h, p);
	plan_free(flow);
}

/* Ten thousand rounds keep no more outputs than two rounds have. */
static void test_rounds(void)
{
	struct host h = { 0 };
	struct plan *p = build_rounds(10000, true);

	run(&h, p);
	CHECK(h.verdict == VERDICT_DONE);
	CHECK(h.most_live <= 4 && h.live == 0);
	CHECK(engine_progress(h.e).known == 30000 && engine_progress(h.e).finished == 30000);
	heard(&h, "compute rounds[9999]/small");
	end(&h, p);
}

/* A value that every round hands on as it is keeps its step, and nothing else. */
static void test_handed_on(void)
{
	struct host h = { 0 };
	struct plan *p = build_rounds(100, false);
	uint32_t value = p->item[p->node[1].first_arg], first;

	first = build_item(p, p->item[p->region[0].first_result]);
	build_item(p, build_value(p, VALUE_CARRY, TYPE_FILE, 0, 0));	/* the second value is the first of the round before */
	p->region[0].first_result = first;
	p->region[0].results = p->node[0].args = 2;
	first = build_item(p, p->item[p->node[0].first_arg]);
	build_item(p, p->item[p->node[0].first_arg]);
	p->node[0].first_arg = first;
	CHECK(p->value[value].kind == VALUE_CARRY);
	run(&h, p);
	CHECK(h.verdict == VERDICT_DONE && h.most_live <= 5 && h.live == 0);
	end(&h, p);
}

int main(void)
{
	test_arms();
	test_failures();
	test_refusals();
	test_without_end();
	test_rounds();
	test_handed_on();
	return test_end();
}
