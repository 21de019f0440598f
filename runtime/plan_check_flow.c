/*
 * plan_check: what flows. Every value that a node, a result or a sink uses is followed from there, because what
 * is visible, and which constants a column has, depend on the place of use. A budget over all uses (PLAN_MAX_USES)
 * keeps lists of lists and shared slices of the pool from making that long.
 */
#include "runtime/plan_check.h"

#include "base/mem.h"

enum { LIST_USES = 8 };	/* an item of a list counts for more: the engine walks lists again for every frame */

/* Where a value is used. */
struct use {
	uint32_t block;
	uint32_t before;	/* nodes of this block must come before it; PLAN_NONE: any */
	uint32_t results_of;	/* region whose result it is; PLAN_NONE */
	const char *where;	/* "nodes", "regions", "sinks" */
	uint32_t index;
};

static bool refuse(struct check *c, const struct use *u, uint32_t value, const char *why)
{
	return check_fail(c, "%s[%u]: values[%u]: %s", u->where, u->index, value, why);
}

/* Node n is in the block of use or in one around it, and comes first there. */
static bool is_visible(const struct check *c, const struct use *u, uint32_t n)
{
	const struct plan *p = c->p;
	uint32_t block = u->block, before = u->before;

	while (c->depth[block] > c->depth[p->node[n].block]) {
		before = p->block[block].node;
		block = p->node[before].block;
	}
	return block == p->node[n].block && n < before;
}

/* The block of use is the body of node n, or lies within it. */
static bool is_within(const struct check *c, const struct use *u, uint32_t n)
{
	const struct plan *p = c->p;
	uint32_t block = u->block, body = p->region[p->node[n].of].body;	/* of an each, steps or cycle: it has one */

	while (c->depth[block] > c->depth[body])
		block = p->node[p->block[block].node].block;
	return block == body;
}

static bool is_list(const struct plan *p, uint32_t type)
{
	return p->type[type].kind == PLAN_LIST;
}

static bool is_files(const struct plan *p, uint32_t type)
{
	return is_list(p, type) && p->type[p->type[type].elem].kind == PLAN_FILE;
}

/* Body result k of a region, as an element of a list of type `list`. */
static bool result_fits(const struct check *c, const struct plan_region *g, uint32_t k, uint32_t list, bool absent)
{
	const struct plan *p = c->p;
	uint32_t result;

	if (k >= g->results || !is_list(p, list) || p->item[g->first_result + k] >= p->values)
		return false;
	result = p->value[p->item[g->first_result + k]].type;
	if (result >= p->types || (absent && p->type[p->type[list].elem].kind != PLAN_OPTIONAL))
		return false;
	return check_fits(c, result, p->type[list].elem);
}

static bool value_fits(const struct check *c, uint32_t value, uint32_t type)
{
	const struct plan *p = c->p;

	return value < p->values && p->value[value].type < p->types && check_fits(c, p->value[value].type, type);
}

/* A result of a match: that of whichever arm runs, and absent when that one does nothing. */
static bool check_arms(struct check *c, const struct use *u, uint32_t value, const struct plan_node *n)
{
	const struct plan *p = c->p;
	const struct plan_value *v = &p->value[value];

	c->uses += n->arms;
	for (uint32_t r = n->of; r < n->of + n->arms; r++) {
		if (p->region[r].body == PLAN_NONE && p->type[v->type].kind != PLAN_OPTIONAL)
			return refuse(c, u, value, "may be absent, but is not optional");
		if (p->region[r].body != PLAN_NONE && !value_fits(c, p->item[p->region[r].first_result + v->b], v->type))
			return refuse(c, u, value, "is of another type in an arm");
	}
	return true;
}

static bool check_carry(struct check *c, const struct use *u, uint32_t value)
{
	const struct plan *p = c->p;
	const struct plan_value *v = &p->value[value];

	if (v->a >= p->nodes || p->node[v->a].kind != NODE_CYCLE || !is_within(c, u, v->a))
		return refuse(c, u, value, "is not used within its own cycle");
	if (v->b >= p->region[p->node[v->a].of].results)
		return refuse(c, u, value, "the cycle has no such value");
	return value_fits(c, p->item[p->region[p->node[v->a].of].first_result + v->b], v->type) ||
	       refuse(c, u, value, "is of another type");
}

static bool check_param(struct check *c, const struct use *u, uint32_t value)
{
	const struct plan *p = c->p;
	const struct plan_value *v = &p->value[value];

	if (v->a >= p->params || v->b)
		return refuse(c, u, value, "the plan has no such parameter");
	return check_fits(c, p->item[p->first_param + v->a], v->type) || refuse(c, u, value, "is of another type");
}

static bool check_port(struct check *c, const struct use *u, uint32_t value)
{
	const struct plan *p = c->p;
	const struct plan_value *v = &p->value[value];
	const struct plan_node *n;

	if (v->a >= p->nodes || !is_visible(c, u, v->a))
		return refuse(c, u, value, "refers to a node that does not come before it");
	n = &p->node[v->a];
	c->uses += n->arms;
	if (v->b >= plan_node_results(p, n))
		return refuse(c, u, value, "its node has no such result");
	if (n->kind == NODE_CALL)
		return check_fits(c, p->port[p->func[n->of].first_result + v->b].type, v->type) || refuse(c, u, value, "is of another type");
	if (n->kind == NODE_LAUNCH)
		return check_fits(c, p->field[p->type[n->of].first + p->type[n->of].params + v->b].type, v->type) ||
		       refuse(c, u, value, "is of another type");
	if (n->kind == NODE_MATCH)
		return check_arms(c, u, value, n);
	if (n->kind == NODE_CYCLE)
		return value_fits(c, p->item[p->region[n->of].first_result + v->b], v->type) || refuse(c, u, value, "is of another type");
	return result_fits(c, &p->region[n->of], v->b, v->type, p->region[n->of].partial) ||
	       refuse(c, u, value, "is not a list of that result");
}

static bool check_item(struct check *c, const struct use *u, uint32_t value)
{
	const struct plan *p = c->p;
	const struct plan_value *v = &p->value[value];
	const struct plan_node *n;
	uint32_t list;

	if (v->a >= p->nodes || p->node[v->a].kind != NODE_EACH || !p->region[p->node[v->a].of].run_time || !is_within(c, u, v->a))
		return refuse(c, u, value, "is not used within a run-time each of its own");
	n = &p->node[v->a];
	if (v->b >= n->args || p->item[n->first_arg + v->b] >= p->values)
		return refuse(c, u, value, "the each has no such list");
	list = p->value[p->item[n->first_arg + v->b]].type;
	return (list < p->types && is_list(p, list) && check_fits(c, p->type[list].elem, v->type)) ||
	       refuse(c, u, value, "is of another type");
}

/* VALUE_PARENTS, VALUE_INPUTS */
static bool check_joined(struct check *c, const struct use *u, uint32_t value)
{
	const struct plan *p = c->p;
	const struct plan_value *v = &p->value[value];
	const struct plan_region *g;

	if (v->a >= p->nodes || p->node[v->a].kind != NODE_STEPS || !is_within(c, u, v->a))
		return refuse(c, u, value, "is not used within its own steps");
	if (u->results_of == p->node[v->a].of)
		return refuse(c, u, value, "parents or inputs as a whole are no result");
	g = &p->region[p->node[v->a].of];
	if (v->kind == VALUE_PARENTS)
		return (g->parent_start && result_fits(c, g, v->b, v->type, false)) ||
		       refuse(c, u, value, "there are no parents, or they are of another type");
	return (g->input_start && is_files(p, v->type)) || refuse(c, u, value, "there are no inputs, or they are no [file]");
}

static bool check_column(struct check *c, const struct use *u, uint32_t value)
{
	const struct plan *p = c->p;
	const struct plan_value *v = &p->value[value];
	const struct plan_column *column;

	if (v->a >= p->columns)
		return refuse(c, u, value, "column out of range");
	column = &p->column[v->a];
	if (column->count != 1 && column->count != p->block[u->block].rows)
		return refuse(c, u, value, "its column has neither one row nor the block's");
	c->uses += column->count;
	for (uint32_t i = 0; i < column->count; i++)
		if (!check_fits(c, p->constant[column->value[i]].type, v->type))
			return refuse(c, u, value, "a constant is of another type");
	return true;
}

/* The use lies in an arm of a match on this very value, which may be absent, and there it is not: it has its type without `?`. */
static bool is_there(const struct check *c, const struct use *u, const struct plan_value *v)
{
	const struct plan *p = c->p;

	if (p->type[v->type].kind == PLAN_OPTIONAL || v->kind == VALUE_CONST)
		return false;
	for (uint32_t block = u->block; p->block[block].node != PLAN_NONE; block = p->node[p->block[block].node].block) {
		const struct plan_node *n = &p->node[p->block[block].node];
		const struct plan_value *s;

		if (n->kind != NODE_MATCH || p->region[n->of].body == block || n->args != 1 || p->item[n->first_arg] >= p->values)
			continue;
		s = &p->value[p->item[n->first_arg]];
		if (s->kind == v->kind && s->a == v->a && s->b == v->b && s->type < p->types && p->type[s->type].kind == PLAN_OPTIONAL &&
		    check_fits(c, p->type[s->type].elem, v->type))
			return true;
	}
	return false;
}

static bool check_value(struct check *c, const struct use *u, uint32_t value, unsigned deep)
{
	const struct plan *p = c->p;
	const struct plan_value *v;

	if (value >= p->values)
		return check_fail(c, "%s[%u]: value out of range", u->where, u->index);
	v = &p->value[value];
	if (v->type >= p->types)
		return refuse(c, u, value, "type out of range");
	c->uses += deep ? LIST_USES : 1;
	if (c->uses > PLAN_MAX_USES || deep > PLAN_MAX_DEPTH)
		return refuse(c, u, value, "values are used too often, or nested too deeply");
	if (is_there(c, u, v))
		return true;
	switch (v->kind) {
	case VALUE_CONST: return check_column(c, u, value);
	case VALUE_SOURCE:
		if (v->a >= p->sources)
			return refuse(c, u, value, "source out of range");
		return check_fits(c, p->source[v->a].type, v->type) || refuse(c, u, value, "is of another type");
	case VALUE_PORT: return check_port(c, u, value);
	case VALUE_ITEM: return check_item(c, u, value);
	case VALUE_PARENTS:
	case VALUE_INPUTS: return check_joined(c, u, value);
	case VALUE_ABSENT:
		return p->type[v->type].kind == PLAN_OPTIONAL || refuse(c, u, value, "is absent, but not optional");
	case VALUE_CARRY: return check_carry(c, u, value);
	case VALUE_PARAM: return check_param(c, u, value);
	case VALUE_LIST: break;
	default: return refuse(c, u, value, "unknown kind");
	}
	if (!is_list(p, v->type) || !check_slice(v->a, v->b, p->items))
		return refuse(c, u, value, "not a list, or items out of range");
	for (uint32_t i = v->a; i < v->a + v->b; i++) {
		if (!check_value(c, u, p->item[i], deep + 1))
			return false;
		if (!check_fits(c, p->value[p->item[i]].type, p->type[v->type].elem))
			return refuse(c, u, value, "an item is of another type");
	}
	return true;
}

/* A value that is used where `type` is wanted. */
static bool check_use(struct check *c, const struct use *u, uint32_t value, uint32_t type)
{
	return check_value(c, u, value, 0) &&
	       (check_fits(c, c->p->value[value].type, type) || refuse(c, u, value, "is of another type than the parameter"));
}

static bool check_afters(struct check *c, const struct use *u, const struct plan_node *n)
{
	c->uses += n->afters;
	if (c->uses > PLAN_MAX_USES)
		return check_fail(c, "nodes[%u]: too many afters in all", u->index);
	for (uint32_t i = n->first_after; i < n->first_after + n->afters; i++)
		if (c->p->item[i] >= c->p->nodes || !is_visible(c, u, c->p->item[i]))
			return check_fail(c, "nodes[%u]: comes after a node that does not come before it", u->index);
	return true;
}

/* How many arguments a node takes; PLAN_NONE: one or more. */
static uint32_t wanted_args(const struct plan *p, const struct plan_node *n)
{
	switch (n->kind) {
	case NODE_CALL: return p->func[n->of].params;
	case NODE_EACH: return p->region[n->of].run_time ? PLAN_NONE : 0;
	case NODE_MATCH: return 1;
	case NODE_CYCLE: return p->region[n->of].results;
	case NODE_LAUNCH: return 1 + p->type[n->of].params;
	default: return 0;
	}
}

static bool same_type(const struct check *c, uint32_t a, uint32_t b)
{
	return c->type[a].a == c->type[b].a && c->type[a].b == c->type[b].b;
}

/* Argument i of a node, whose value itself is checked. */
static bool check_arg(struct check *c, const struct use *u, const struct plan_node *n, uint32_t i)
{
	const struct plan *p = c->p;
	uint32_t value = p->item[n->first_arg + i], type = p->value[value].type, next;

	switch (n->kind) {
	case NODE_CALL:
		return check_fits(c, type, p->port[p->func[n->of].first_param + i].type) || refuse(c, u, value, "is of another type");
	case NODE_EACH: return is_list(p, type) || refuse(c, u, value, "an each goes over lists");
	case NODE_MATCH:
		return check_outcomes(p, type) == n->arms || check_fail(c, "nodes[%u].arms: not one for each outcome", u->index);
	case NODE_CYCLE:
		next = p->item[p->region[n->of].first_result + i];
		return (next < p->values && p->value[next].type < p->types && same_type(c, type, p->value[next].type)) ||
		       refuse(c, u, value, "is of another type than the cycle's next value");
	case NODE_LAUNCH:
		return check_fits(c, type, i ? p->field[p->type[n->of].first + i - 1].type : n->of) || refuse(c, u, value, "is of another type");
	default: return true;
	}
}

static bool check_args(struct check *c, const struct use *u, const struct plan_node *n)
{
	uint32_t wanted = wanted_args(c->p, n);

	if (wanted == PLAN_NONE ? n->args == 0 : n->args != wanted)
		return check_fail(c, "nodes[%u]: wrong number of arguments", u->index);
	for (uint32_t i = 0; i < n->args; i++)
		if (!check_value(c, u, c->p->item[n->first_arg + i], 0) || !check_arg(c, u, n, i))
			return false;
	return true;
}

static bool check_results(struct check *c, uint32_t r)
{
	const struct plan *p = c->p;
	const struct plan_region *g = &p->region[r];
	struct use u = { g->body, PLAN_NONE, r, "regions", r };
	uint32_t given = g->given;

	if (g->body == PLAN_NONE)
		return true;
	if (g->until != PLAN_NONE &&
	    (!check_value(c, &u, g->until, 0) || p->type[p->value[g->until].type].kind != PLAN_BOOL))
		return c->error->len ? false : check_fail(c, "regions[%u].until: is no bool", r);
	for (uint32_t i = 0; i < g->results; i++)
		if (!check_value(c, &u, p->item[g->first_result + i], 0))
			return false;
	if (g->output_start && (!g->results || !is_files(p, p->value[p->item[g->first_result]].type)))
		return check_fail(c, "regions[%u]: with from and to, the first result is a [file]", r);
	u = (struct use){ p->node[g->node].block, g->node, PLAN_NONE, "regions", r };
	if (given == PLAN_NONE)
		return true;
	return check_value(c, &u, given, 0) && (is_files(p, p->value[given].type) || refuse(c, &u, given, "is no [file]"));
}

/* On list, every command that is called has workers. */
static bool check_workers(struct check *c)
{
	const struct plan *p = c->p;

	for (uint32_t n = 0; p->set.on_list && n < p->nodes; n++) {
		const struct plan_func *f = p->node[n].kind == NODE_CALL ? &p->func[p->node[n].of] : NULL;

		if (f && f->expr == PLAN_NONE && f->group == PLAN_NONE)
			return check_fail(c, "nodes[%u]: on list, but its function is in no group", n);
	}
	return true;
}

bool check_flow(struct check *c)
{
	const struct plan *p = c->p;

	for (uint32_t n = 0; n < p->nodes; n++) {
		struct use u = { p->node[n].block, n, PLAN_NONE, "nodes", n };

		if (!check_afters(c, &u, &p->node[n]) || !check_args(c, &u, &p->node[n]))
			return false;
	}
	for (uint32_t r = 0; r < p->regions; r++)
		if (!check_results(c, r))
			return false;
	for (uint32_t i = 0; i < p->sinks; i++) {
		struct use u = { 0, PLAN_NONE, PLAN_NONE, "sinks", i };

		if (!check_use(c, &u, p->sink[i].value, p->sink[i].type))
			return false;
	}
	for (uint32_t i = 0; i < p->results; i++)
		if (!check_value(c, &(struct use){ 0, PLAN_NONE, PLAN_NONE, "plan.results", i }, p->item[p->first_result + i], 0))
			return false;
	return check_own_inputs(c) && check_roles(c) && check_workers(c);
}
