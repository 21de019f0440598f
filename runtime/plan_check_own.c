/*
 * plan_check: the result of a `from … to` row does not lead to the row's own inputs, neither as it stands nor through the items
 * of an each, the arms of a match or the values of a cycle. Otherwise what a row makes would be what another made, and so on
 * along a chain as long as the data: who resolves such a value would follow it by recursion.
 */
#include "runtime/plan_check.h"

#include "base/mem.h"

struct search {
	struct check *c;
	uint32_t *seen, *stack;		/* of each value: the region for which it was looked at last, + 1 */
	uint32_t deep, mark;
};

static void look_at(struct search *s, uint32_t first, uint32_t count)
{
	for (uint32_t i = first; i < first + count; i++) {
		uint32_t value = s->c->p->item[i];

		if (s->seen[value] == s->mark)
			continue;
		s->seen[value] = s->mark;
		s->stack[s->deep++] = value;	/* each value once: never more than there are */
	}
}

static void follow_port(struct search *s, const struct plan_value *v)
{
	const struct plan *p = s->c->p;
	const struct plan_node *n = &p->node[v->a];
	uint32_t regions = n->kind == NODE_MATCH ? n->arms : 1;

	if (n->kind == NODE_CALL || n->kind == NODE_LAUNCH)
		return;
	s->c->uses += regions;
	for (uint32_t r = n->of; r < n->of + regions; r++)
		if (p->region[r].body != PLAN_NONE)
			look_at(s, p->region[r].first_result + v->b, 1);
	if (n->kind == NODE_CYCLE)
		look_at(s, n->first_arg + v->b, 1);
}

static bool leads_to_inputs(struct search *s, uint32_t node)
{
	const struct plan *p = s->c->p;

	while (s->deep) {
		const struct plan_value *v = &p->value[s->stack[--s->deep]];

		s->c->uses++;
		switch (v->kind) {
		case VALUE_INPUTS:
			if (v->a == node)
				return true;
			break;
		case VALUE_PORT:
		case VALUE_CARRY: follow_port(s, v); break;
		case VALUE_ITEM: look_at(s, p->node[v->a].first_arg + v->b, 1); break;
		case VALUE_LIST:
			s->c->uses += v->b;
			look_at(s, v->a, v->b);
			break;
		default: break;
		}
	}
	return false;
}

bool check_own_inputs(struct check *c)
{
	const struct plan *p = c->p;
	struct search s = { .c = c, .seen = mem_zalloc(p->values, sizeof *s.seen), .stack = mem_zalloc(p->values, sizeof *s.stack) };
	bool ok = true;

	for (uint32_t r = 0; ok && r < p->regions; r++) {
		const struct plan_region *g = &p->region[r];

		if (!g->input_start)
			continue;
		s.mark = r + 1;
		look_at(&s, g->first_result, g->results);
		if (leads_to_inputs(&s, g->node))
			ok = check_fail(c, "regions[%u]: a result leads to its own inputs", r);
		else if (c->uses > PLAN_MAX_USES)
			ok = check_fail(c, "regions[%u]: results that lead too far", r);
	}
	mem_free(s.seen);
	mem_free(s.stack);
	return ok;
}
