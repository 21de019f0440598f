/*
 * Fuzz target: graph documents, and flows that are launched. What is accepted is written, and what is written reads back as the same
 * bytes with the same plans. What is refused says why.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "compiler/graph_json.h"
#include "compiler/launch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct compilation *compiled(const char *text, size_t len, bool *ok)
{
	static const struct compile_options options = { .no_files = true };
	struct compilation *c = compilation_new();
	*ok = compile_text(c, "graph.json", text, len, &options);
	if (!*ok && !diag_errors(c->diags))
		abort();
	return c;
}

static void plans(struct compilation *c, struct buf *out)
{
	for (size_t i = 0; i < c->program.sets; i++) {
		struct plan *p = set_has_graph(&c->program.set[i]) ? compile_plan(c, i) : NULL;
		if (p)
			plan_write(p, out);
		plan_free(p);
	}
}

/* {"flow": …} against a plan with one function and a flow's type. */
static void launch(const char *text, size_t len)
{
	static const char host[] = "{\"calcflow-graph\":1,\"types\":{\"R\":{\"record\":{\"n\":\"i64\"}}},\"functions\":{"
		"\"f\":{\"params\":{\"n\":\"i64\",\"o\":\"i64?\"},\"results\":\"i64\",\"command\":[\"f\",\"{n}\",\"{out}\"]},"
		"\"g\":{\"params\":{\"l\":\"[i64]\",\"r\":\"R\"},\"results\":{\"a\":\"file\",\"b\":\"[i64]\"},\"command\":[\"g\",\"{l}\",\"{a}\",\"{b}\"]},"
		"\"spec\":{\"results\":\"flow(i64) -> i64\",\"command\":[\"s\",\"{out}\"]}},\"sinks\":{\"o\":{\"type\":\"i64\",\"share\":\"/o/o\"}},"
		"\"sets\":{\"s\":{\"nodes\":[{\"name\":\"x\",\"call\":\"spec\"},{\"name\":\"l\",\"launch\":{\"step\":\"x\"},\"args\":[3]}],"
		"\"sinks\":{\"o\":{\"step\":\"l\"}}}}}";
	struct buf error = BUF_INIT;
	bool ok;
	struct compilation *c = compiled(host, sizeof host - 1, &ok);
	struct plan *p = ok ? compile_plan(c, 0) : NULL, *flow;
	uint32_t type = 0;
	if (!p)
		abort();
	while (type < p->types && p->type[type].kind != PLAN_FLOW)
		type++;
	flow = compile_launch(NULL, p, text, len, type, &error);
	if (!flow && !error.len)
		abort();
	plan_free(flow);
	plan_free(p);
	buf_release(&error);
	compilation_free(c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct buf first = BUF_INIT, second = BUF_INIT, plan = BUF_INIT, again = BUF_INIT;
	const struct source src = { .text = text, .len = size };
	bool ok;
	if (!graph_json_is(&src))
		return 0;
	if (size > 9 && !memcmp(text, "{\"flow\":", 8))
		launch(text, size);
	struct compilation *c = compiled(text, size, &ok), *d = NULL;
	if (ok && graph_json_write(c, true, &first)) {
		plans(c, &plan);
		d = compiled(buf_str(&first), first.len, &ok);
		if (!ok || !graph_json_write(d, true, &second) || first.len != second.len || memcmp(first.p, second.p, first.len))
			abort();
		plans(d, &again);
		if (plan.len != again.len || (plan.len && memcmp(plan.p, again.p, plan.len)))
			abort();
	}
	buf_release(&first);
	buf_release(&second);
	buf_release(&plan);
	buf_release(&again);
	compilation_free(c);
	compilation_free(d);
	return 0;
}
