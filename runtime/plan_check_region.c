/*
 * plan_check: the tree of blocks, nodes and regions: who lies in what, which body is whose, and what each kind of node may say of
 * its regions. Rows are plan_check_rows.c's, values plan_check_flow.c's.
 */
#include "runtime/plan_check.h"

#include "base/mem.h"

uint32_t check_outcomes(const struct plan *p, uint32_t type)
{
	uint32_t absent = 0;

	for (; p->type[type].kind == PLAN_OPTIONAL; type = p->type[type].elem)
		absent++;
	switch (p->type[type].kind) {
	case PLAN_BOOL: return absent + 2;
	case PLAN_ENUM:
	case PLAN_CHOICE: return absent + p->type[type].count;
	default: return absent + 1;
	}
}

uint32_t plan_node_results(const struct plan *p, const struct plan_node *n)
{
	switch (n->kind) {
	case NODE_CALL: return p->func[n->of].results;
	case NODE_LAUNCH: return p->type[n->of].count - p->type[n->of].params;
	case NODE_MATCH:
		for (uint32_t i = 0; i < n->arms; i++)
			if (p->region[n->of + i].body != PLAN_NONE)
				return p->region[n->of + i].results;
		return 0;
	default: return p->region[n->of].results;
	}
}

/* How many regions a node has, from node->of on. */
static uint32_t regions_of(const struct plan_node *n)
{
	return n->kind == NODE_MATCH ? n->arms : n->kind == NODE_CALL || n->kind == NODE_LAUNCH ? 0 : 1;
}

static bool check_of(struct check *c, uint32_t n)
{
	const struct plan *p = c->p;
	const struct plan_node *node = &p->node[n];
	uint32_t results;

	if (node->kind == NODE_CALL)
		return node->of < p->funcs || check_fail(c, "nodes[%u].of: out of range", n);
	if (node->kind == NODE_LAUNCH)
		return (node->of < p->types && p->type[node->of].kind == PLAN_FLOW) || check_fail(c, "nodes[%u].of: not a flow's type", n);
	if (!check_slice(node->of, regions_of(node), p->regions))
		return check_fail(c, "nodes[%u].of: out of range", n);
	results = plan_node_results(p, node);
	for (uint32_t r = node->of; r < node->of + regions_of(node); r++) {
		if (p->region[r].body == PLAN_NONE && node->kind != NODE_MATCH)
			return check_fail(c, "regions[%u].body: out of range", r);
		if (p->region[r].results != (p->region[r].body == PLAN_NONE ? 0 : results))
			return check_fail(c, "regions[%u]: the arms of a match have equally many results, or no body and none", r);
		if (p->region[r].node != n)
			return check_fail(c, "nodes[%u]: its region is another node's", n);
		if (p->region[r].body != PLAN_NONE && (p->region[r].body >= p->blocks || p->block[p->region[r].body].node != n))
			return check_fail(c, "nodes[%u]: its body is another node's", n);
	}
	return true;
}

static bool check_media(struct check *c, uint32_t n)
{
	const struct plan *p = c->p;
	uint32_t first = p->node[n].first_medium, ports = first == PLAN_NONE ? 0 : plan_node_results(p, &p->node[n]);

	if (first == PLAN_NONE)
		return true;
	if (!check_slice(first, ports, p->items))
		return check_fail(c, "nodes[%u].first_medium: out of range", n);
	c->uses += ports;
	for (uint32_t i = first; i < first + ports; i++)
		if (p->item[i] > MEDIUM_NETWORK)
			return check_fail(c, "nodes[%u].first_medium: no such medium", n);
	return c->uses <= PLAN_MAX_USES || check_fail(c, "nodes[%u]: too many media in all", n);
}

static bool check_node(struct check *c, uint32_t n)
{
	const struct plan *p = c->p;
	const struct plan_node *node = &p->node[n];

	if (node->kind > NODE_LAUNCH)
		return check_fail(c, "nodes[%u].kind: unknown", n);
	if (!check_word_name(node->name) || !node->loc)
		return check_fail(c, "nodes[%u]: not a name", n);
	if (node->block >= p->blocks || n < p->block[node->block].first_node ||
	    n - p->block[node->block].first_node >= p->block[node->block].nodes)
		return check_fail(c, "nodes[%u]: does not lie in its block", n);
	if ((node->kind == NODE_MATCH) != (node->arms > 0))
		return check_fail(c, "nodes[%u].arms: a match has some, and nothing else", n);
	if (!check_slice(node->first_arg, node->args, p->items) || !check_slice(node->first_after, node->afters, p->items))
		return check_fail(c, "nodes[%u]: arguments or afters out of range", n);
	return check_of(c, n);
}

static bool check_cycle(struct check *c, uint32_t r)
{
	const struct plan_region *g = &c->p->region[r];

	if (c->p->node[g->node].kind != NODE_CYCLE)
		return (!g->rounds && !g->fails && g->until == PLAN_NONE) || check_fail(c, "regions[%u]: only a cycle has rounds", r);
	if (!g->rounds || g->rounds > PLAN_MAX_ROUNDS)
		return check_fail(c, "regions[%u].rounds: not from 1 to %d", r, PLAN_MAX_ROUNDS);
	if (g->until != PLAN_NONE && g->until >= c->p->values)
		return check_fail(c, "regions[%u].until: out of range", r);
	return !g->fails || g->until != PLAN_NONE || check_fail(c, "regions[%u]: a cycle without `until` does not fail", r);
}

static bool check_region(struct check *c, uint32_t r)
{
	const struct plan *p = c->p;
	const struct plan_region *g = &p->region[r];
	const struct plan_node *n;

	if (g->node >= p->nodes || r < p->node[g->node].of || r - p->node[g->node].of >= regions_of(&p->node[g->node]))
		return check_fail(c, "regions[%u].node: not a node of this region", r);
	n = &p->node[g->node];
	if (!check_slice(g->first_result, g->results, p->items))
		return check_fail(c, "regions[%u]: results out of range", r);
	if (g->given != PLAN_NONE && g->given >= p->values)
		return check_fail(c, "regions[%u].given: out of range", r);
	if (n->kind != NODE_EACH && (g->rotate || g->run_time))
		return check_fail(c, "regions[%u]: a run-time list and a rotation are an each's", r);
	if (n->kind != NODE_EACH && n->kind != NODE_STEPS && (g->partial || g->limit))
		return check_fail(c, "regions[%u]: only an each or steps is partial, or has a limit", r);
	return check_cycle(c, r);
}

static bool check_block(struct check *c, uint32_t b)
{
	const struct plan *p = c->p;
	const struct plan_block *block = &p->block[b];
	const char **names, *twice;

	if (!check_slice(block->first_node, block->nodes, p->nodes))
		return check_fail(c, "blocks[%u]: nodes out of range", b);
	if ((block->node == PLAN_NONE) != (b == 0))
		return check_fail(c, "blocks[%u].node: the first block is the flow, every other one a body", b);
	if (b && (c->region[b] == PLAN_NONE || p->region[c->region[b]].node != block->node))
		return check_fail(c, "blocks[%u].node: not a node whose body this is", b);
	for (uint32_t i = 0; i < block->nodes; i++)
		if (p->node[block->first_node + i].block != b)
			return check_fail(c, "nodes[%u]: does not lie in its block", block->first_node + i);
	names = mem_zalloc(block->nodes, sizeof *names);
	for (uint32_t i = 0; i < block->nodes; i++)
		names[i] = p->node[block->first_node + i].name;
	twice = check_twice(names, block->nodes);
	mem_free(names);
	return !twice || check_fail(c, "blocks[%u]: `%s` stands twice", b, twice);
}

/* ---- the tree ---- */

struct reached { uint32_t block; uint64_t times; };	/* times: that its rows run, by rounds that are known */

static bool reach(struct check *c, const struct reached *outer, struct reached *queue, uint32_t *tail, uint32_t n)
{
	const struct plan_node *node = &c->p->node[n];

	for (uint32_t r = node->of; r < node->of + regions_of(node); r++) {
		const struct plan_region *g = &c->p->region[r];
		bool counted = node->kind == NODE_CYCLE && g->until == PLAN_NONE;

		if (g->body == PLAN_NONE)
			continue;
		c->depth[g->body] = c->depth[outer->block] + 1;
		if (c->depth[g->body] >= PLAN_MAX_DEPTH)
			return check_fail(c, "blocks[%u]: nested too deeply", g->body);
		/* each body has one region: never more than there are blocks. times <= STEPS, rounds <= 2^24: no overflow */
		queue[(*tail)++] = (struct reached){ g->body, outer->times * (counted ? g->rounds : 1) };
	}
	return true;
}

/* From block 0 outwards; every block must be reached, which also says that no body lies within itself. */
static bool check_tree(struct check *c)
{
	const struct plan *p = c->p;
	struct reached *queue = mem_zalloc(p->blocks, sizeof *queue);
	uint32_t head = 0, tail = 1;
	uint64_t steps = 0;
	bool ok = true;

	queue[0].times = 1;
	c->depth = mem_zalloc(p->blocks, sizeof *c->depth);
	while (ok && head < tail) {
		const struct reached *at = &queue[head++];
		const struct plan_block *b = &p->block[at->block];
		uint64_t below = b->nodes ? b->nodes : 1;

		for (uint32_t n = b->first_node; n < b->first_node + b->nodes; n++)
			below += p->node[n].arms;	/* looked at one by one, row by row */
		if (b->rows > PLAN_MAX_STEPS || at->times > PLAN_MAX_STEPS || below > PLAN_MAX_STEPS ||
		    b->rows * below > PLAN_MAX_STEPS || (steps += b->rows * below * at->times) > PLAN_MAX_STEPS)
			ok = check_fail(c, "more than %d steps", PLAN_MAX_STEPS);
		for (uint32_t n = b->first_node; ok && n < b->first_node + b->nodes; n++)
			ok = reach(c, at, queue, &tail, n);
	}
	if (ok && tail != p->blocks)
		ok = check_fail(c, "blocks: %u of them lie in no other", p->blocks - tail);
	mem_free(queue);
	return ok;
}

static bool find_regions(struct check *c)
{
	const struct plan *p = c->p;

	c->region = mem_zalloc(p->blocks, sizeof *c->region);
	for (uint32_t b = 0; b < p->blocks; b++)
		c->region[b] = PLAN_NONE;
	for (uint32_t r = 0; r < p->regions; r++) {
		uint32_t body = p->region[r].body;

		if (body >= p->blocks)
			continue;
		if (c->region[body] != PLAN_NONE)
			return check_fail(c, "regions[%u].body: another region's, too", r);
		c->region[body] = r;
	}
	return true;
}

bool check_blocks(struct check *c)
{
	const struct plan *p = c->p;
	uint64_t nodes = 0;

	if (!p->blocks || p->block[0].rows != 1)
		return check_fail(c, "blocks: the first one has one row");
	for (uint32_t n = 0; n < p->nodes; n++)
		if (!check_node(c, n))
			return false;
	for (uint32_t r = 0; r < p->regions; r++)
		if (!check_region(c, r))
			return false;
	for (uint32_t n = 0; n < p->nodes; n++)
		if (!check_media(c, n))
			return false;
	if (!find_regions(c))
		return false;
	for (uint32_t b = 0; b < p->blocks; b++) {
		nodes += p->block[b].nodes;
		if (nodes > p->nodes)
			return check_fail(c, "blocks: their nodes overlap");
		if (!check_block(c, b))
			return false;
	}
	if (nodes != p->nodes)
		return check_fail(c, "blocks: a node lies in none");
	return check_tree(c);
}
