/* Types of a graph's values, from what they refer to. */
#include "compiler/graph_json_inner.h"

uint32_t graph_results(const struct compilation *c, const struct graph *g, uint32_t node)
{
	const struct graph_node *n = &g->node[node];
	switch (n->kind) {
	case NODE_CALL: return c->program.func[n->of].sig.results;
	case GRAPH_COMPUTE: return 1;
	case NODE_LAUNCH: return type_of(&c->types, n->of)->count - type_of(&c->types, n->of)->params;
	case NODE_MATCH:
		for (uint32_t i = 0; i < n->arms; i++)
			if (g->region[n->of + i].body != PLAN_NONE)
				return g->region[n->of + i].results;
		return 0;
	case NODE_CYCLE: return n->args;
	default: return g->region[n->of].results;
	}
}

/* What both types are: the one that the other fits. */
static type_t join(const struct types *t, type_t a, type_t b)
{
	return !a || type_fits(t, a, b) ? b : type_fits(t, b, a) ? a : TYPE_ERROR;
}

/* What all arms give; absent where one has no body. */
static type_t match_type(struct compilation *c, const struct graph *g, const struct graph_node *n, uint32_t k)
{
	type_t type = TYPE_ERROR;
	bool absent = false;
	for (uint32_t i = 0; i < n->arms; i++) {
		const struct graph_region *r = &g->region[n->of + i];
		absent |= r->body == PLAN_NONE;
		if (k < r->results && !(type = join(&c->types, type, g->value[g->item[r->first_result + k]].type)))
			return TYPE_ERROR;
	}
	return absent ? type_optional(&c->types, type) : type;
}

static type_t carried_type(struct compilation *c, const struct graph *g, const struct graph_node *n, uint32_t k)
{
	return k < n->args ? type_unsized(&c->types, g->value[g->item[n->first_arg + k]].type) : TYPE_ERROR;
}

static type_t result_type(struct compilation *c, const struct graph *g, uint32_t node, uint32_t k)
{
	const struct graph_node *n = &g->node[node];
	if (k >= graph_results(c, g, node))
		return TYPE_ERROR;
	switch (n->kind) {
	case NODE_CALL: return c->program.func[n->of].sig.result[k].type;
	case GRAPH_COMPUTE: return g->formula[n->of].x->type;
	case NODE_LAUNCH: return type_field_at(&c->types, n->of, type_of(&c->types, n->of)->params + k)->type;
	case NODE_MATCH: return match_type(c, g, n, k);
	case NODE_CYCLE: return carried_type(c, g, n, k);
	default: break;
	}
	const struct graph_region *r = &g->region[n->of];
	type_t t = g->value[g->item[r->first_result + k]].type;
	return type_list(&c->types, r->partial ? type_optional(&c->types, t) : t);
}

type_t graph_natural_type(struct compilation *c, const struct graph *g, const struct graph_value *v)
{
	switch (v->kind) {
	case VALUE_SOURCE:
		return v->a == GRAPH_IMPLIED ? type_list(&c->types, TYPE_FILE) : c->program.outside[v->a].type;
	case VALUE_PORT:
		return result_type(c, g, v->a, v->b);
	case VALUE_ITEM: {
		const struct graph_node *n = &g->node[g->region[v->a].node];
		return v->b < n->args ? type_of(&c->types, g->value[g->item[n->first_arg + v->b]].type)->elem : TYPE_ERROR;
	}
	case VALUE_CARRY:
		return carried_type(c, g, &g->node[g->region[v->a].node], v->b);
	case VALUE_INPUTS:
		return type_list(&c->types, TYPE_FILE);
	case VALUE_LIST:
		return v->b ? type_list(&c->types, g->value[g->item[v->a]].type) : TYPE_ERROR;
	default:
		return TYPE_ERROR;
	}
}
