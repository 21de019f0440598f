/*
 * Ranks: the length of the longest path from a node's start to the end of the run, by `takes` (upward rank of HEFT, Topcuoglu,
 * Hariri and Wu 2002, without communication). Inner blocks first for their lengths, then outer ones for what follows them. Linear in
 * nodes and arguments; the nesting of blocks multiplies what an inner node takes from outer ones.
 */
#include "compiler/planner_parts.h"

#include "base/mem.h"

enum { TAKES_UNSAID_MS = 1000 };
#define LONGEST (UINT64_C(1) << 40)	/* so that no sum of what stands behind each other overflows */

struct ranks {
	struct plan *p;
	uint64_t *own;		/* by node: its own length */
	uint64_t *tail;		/* by node: longest path behind it, within its block */
	uint64_t *length;	/* by block: its longest path */
	/* what nodes within a region's body take from outside it: joined when the region's own tail is known */
	struct taken { uint32_t maker, next; } *taken;
	size_t takens, taken_cap;
	uint32_t *first_taken;	/* by node: place in taken + 1 */
};

static uint32_t regions_of(const struct plan_node *n) { return n->kind == NODE_MATCH ? n->arms : 1; }

/* The node of `block` that is, or holds, something in block `from`. */
static uint32_t seen_from(const struct plan *p, uint32_t node, uint32_t block)
{
	while (p->node[node].block != block) {
		uint32_t up = p->block[p->node[node].block].node;
		if (up == PLAN_NONE)
			return PLAN_NONE;
		node = up;
	}
	return node;
}

/* `user` waits for `maker`: the maker's path goes on through the user, or through what holds it. */
static void join(struct ranks *r, uint32_t maker, uint32_t user)
{
	uint32_t u = seen_from(r->p, user, r->p->node[maker].block);
	if (u == PLAN_NONE || u == maker)
		return;
	if (u != user) {
		r->taken = mem_grow(r->taken, &r->taken_cap, r->takens + 1, sizeof *r->taken);
		r->taken[r->takens++] = (struct taken){ maker, r->first_taken[u] };
		r->first_taken[u] = (uint32_t)r->takens;
		return;
	}
	uint64_t through = r->own[u] + r->tail[u];
	if (through > r->tail[maker])
		r->tail[maker] = through;
}

static void join_value(struct ranks *r, uint32_t value, uint32_t user)
{
	const struct plan_value *v = &r->p->value[value];
	if (v->kind == VALUE_PORT)
		join(r, v->a, user);
	for (uint32_t i = 0; v->kind == VALUE_LIST && i < v->b; i++)
		join_value(r, r->p->item[v->a + i], user);
}

static void join_node(struct ranks *r, uint32_t n)
{
	const struct plan_node *node = &r->p->node[n];
	for (uint32_t i = r->first_taken[n]; i; i = r->taken[i - 1].next)
		join(r, r->taken[i - 1].maker, n);
	for (uint32_t i = 0; i < node->args; i++)
		join_value(r, r->p->item[node->first_arg + i], n);
	for (uint32_t i = 0; i < node->afters; i++)
		join(r, r->p->item[node->first_after + i], n);
	if (node->kind == NODE_CALL || node->kind == NODE_LAUNCH)
		return;
	for (uint32_t arm = 0; arm < regions_of(node); arm++) {
		const struct plan_region *region = &r->p->region[node->of + arm];
		for (uint32_t i = 0; i < region->results; i++)
			join_value(r, r->p->item[region->first_result + i], n);
		if (region->given != PLAN_NONE)
			join_value(r, region->given, n);
		if (region->until != PLAN_NONE)
			join_value(r, region->until, n);
	}
}

/* How long a node takes: a call as it says, a region as its longest body, a cycle as all the rounds that it may have. */
static uint64_t own_length(const struct ranks *r, const struct plan_node *node)
{
	const struct plan *p = r->p;
	uint64_t most = 0;
	if (node->kind == NODE_CALL)
		return p->func[node->of].expr != PLAN_NONE ? 1 : p->func[node->of].takes_ms ? p->func[node->of].takes_ms : TAKES_UNSAID_MS;
	if (node->kind == NODE_LAUNCH)
		return TAKES_UNSAID_MS;
	for (uint32_t arm = 0; arm < regions_of(node); arm++) {
		const struct plan_region *region = &p->region[node->of + arm];
		uint64_t length = region->body == PLAN_NONE ? 0 : r->length[region->body];
		if (node->kind == NODE_CYCLE && __builtin_mul_overflow(length, (uint64_t)region->rounds, &length))
			length = LONGEST;
		most = length > most ? length : most;
	}
	return most < LONGEST ? most : LONGEST;
}

void plan_ranks(struct plan *p)
{
	struct ranks r = { .p = p };
	r.own = mem_zalloc((size_t)p->nodes + 1, sizeof *r.own);
	r.tail = mem_zalloc((size_t)p->nodes + 1, sizeof *r.tail);
	r.length = mem_zalloc((size_t)p->blocks + 1, sizeof *r.length);
	r.first_taken = mem_zalloc((size_t)p->nodes + 1, sizeof *r.first_taken);
	/* a body's number is above that of the block around it: from the last, every inner block is ready */
	for (uint32_t b = p->blocks; b-- > 0;) {
		const struct plan_block *block = &p->block[b];
		for (uint32_t i = block->nodes; i-- > 0;) {
			uint32_t n = block->first_node + i;
			const struct plan_node *node = &p->node[n];
			r.own[n] = own_length(&r, node);
			if (r.own[n] + r.tail[n] > r.length[b])
				r.length[b] = r.own[n] + r.tail[n];
			join_node(&r, n);
		}
	}
	for (uint32_t b = 0; b < p->blocks; b++) {
		const struct plan_block *block = &p->block[b];
		uint64_t behind = block->node == PLAN_NONE ? 0 : p->node[block->node].rank - r.own[block->node];
		for (uint32_t i = 0; i < block->nodes; i++) {
			uint32_t n = block->first_node + i;
			p->node[n].rank = r.own[n] + r.tail[n] + behind;
		}
	}
	mem_free(r.taken);
	mem_free(r.first_taken);
	mem_free(r.own);
	mem_free(r.tail);
	mem_free(r.length);
}
