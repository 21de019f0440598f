/*
 * Does a flow that is data fit where it is launched? It has the parameters and results that the launch's type names, nothing
 * from outside, and functions that have workers. Both plans are accepted by plan_check.
 */
#include "runtime/plan_check.h"

#include "base/mem.h"

static bool refuse(struct buf *error, const char *fmt, uint32_t number)
{
	buf_addstr(error, "flow refused: ");
	buf_printf(error, fmt, number + 1);
	return false;
}

static bool check_signature(const struct check *p, const struct plan_type *wanted, const struct check *flow, struct buf *error)
{
	const struct plan *f = flow->p;

	if (f->params != wanted->params || f->results != wanted->count - wanted->params) {
		buf_printf(error, "flow refused: it has %u parameters and %u results; wanted are %u and %u", f->params, f->results, wanted->params,
			   wanted->count - wanted->params);
		return false;
	}
	for (uint32_t i = 0; i < f->params; i++)
		if (!check_fits_across(p, p->p->field[wanted->first + i].type, flow, f->item[f->first_param + i]))
			return refuse(error, "its parameter %u is of another type", i);
	for (uint32_t i = 0; i < f->results; i++)
		if (!check_fits_across(flow, f->value[f->item[f->first_result + i]].type, p, p->p->field[wanted->first + wanted->params + i].type))
			return refuse(error, "its result %u is of another type", i);
	return true;
}

uint32_t plan_group_named(const struct plan *p, const char *name)
{
	uint32_t g = 0;

	while (g < p->groups && strcmp(p->group[g].name, name) != 0)
		g++;
	return g < p->groups ? g : PLAN_NONE;
}

static bool check_workers(const struct plan *p, const struct plan *flow, struct buf *error)
{
	for (uint32_t n = 0; p->set.on_list && n < flow->nodes; n++) {
		const struct plan_func *f = flow->node[n].kind == NODE_CALL ? &flow->func[flow->node[n].of] : NULL;

		if (f && f->expr == PLAN_NONE && (f->group == PLAN_NONE || plan_group_named(p, flow->group[f->group].name) == PLAN_NONE)) {
			buf_printf(error, "flow refused: `%s` has no workers in this set", f->name);
			return false;
		}
	}
	return true;
}

bool plan_check_launch(const struct plan *p, uint32_t type, const struct plan *flow, struct buf *error)
{
	struct check a = { .p = p, .error = error }, b = { .p = flow, .error = error };
	bool ok = check_types(&a) && check_types(&b);

	if (ok && (flow->sources || flow->sinks)) {
		buf_addstr(error, "flow refused: it has sources or sinks of its own");
		ok = false;
	}
	ok = ok && check_signature(&a, &p->type[type], &b, error) && check_workers(p, flow, error);
	mem_free(a.type);
	mem_free(b.type);
	return ok;
}
