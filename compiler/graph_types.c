/* Types of a graph's values, from what they refer to. */
#include "compiler/graph_json_inner.h"

uint32_t graph_results(const struct compilation *c, const struct graph *g, uint32_t node)
{
	const struct graph_node *n = &g->node[node];
	switch (n->kind) {
	case NODE_CALL: return c->program.func[n->of].sig.results;
	case NODE_EACH: case NODE_STEPS: return g->region[n->of].results;
	default: return 0;
	}
}

static type_t result_type(struct compilation *c, const struct graph *g, uint32_t node, uint32_t k)
{
	const struct graph_node *n = &g->node[node];
	if (k >= graph_results(c, g, node))
		return TYPE_ERROR;
	if (n->kind == NODE_CALL)
		return c->program.func[n->of].sig.result[k].type;
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
	case VALUE_INPUTS:
		return type_list(&c->types, TYPE_FILE);
	case VALUE_LIST:
		return v->b ? type_list(&c->types, g->value[g->item[v->a]].type) : TYPE_ERROR;
	default:
		return TYPE_ERROR;
	}
}
