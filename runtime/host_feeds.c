/*
 * Who needs a worker soon: the plan as a graph of worker groups. Vertices are the groups, and between them what data pass
 * through: values, results of regions and of expressions, and the gates of regions, which their bodies wait for.
 */
#include <string.h>
#include "base/mem.h"
#include "runtime/host_group.h"

enum { MOST_VISITS = 100000000 };	/* of a graph beyond all reason: then nothing is prepared ahead */

struct feeds {
	const struct plan *p;
	uint32_t vertices;
	uint32_t *start, *to;		/* edges, CSR; while they are counted `to` is NULL */
	uint32_t *fill;
};

static uint32_t value_vertex(const struct plan *p, uint32_t value)
{
	return p->groups + 2 * p->nodes + value;
}

static uint32_t gate_vertex(const struct plan *p, uint32_t node)
{
	return p->groups + p->nodes + node;
}

static uint32_t out_vertex(const struct plan *p, uint32_t node)
{
	const struct plan_node *n = &p->node[node];

	if (n->kind == NODE_CALL && p->func[n->of].group != PLAN_NONE)
		return p->func[n->of].group;
	return p->groups + node;
}

static void edge(struct feeds *f, uint32_t from, uint32_t to)
{
	if (f->to)
		f->to[f->fill[from]++] = to;
	else
		f->start[from + 1]++;
}

static void add_value(struct feeds *f, uint32_t value)
{
	const struct plan *p = f->p;
	const struct plan_value *v = &p->value[value];
	uint32_t to = value_vertex(p, value);

	switch ((enum plan_value_kind)v->kind) {
	case VALUE_PORT:
	case VALUE_PARENTS:
	case VALUE_INPUTS: edge(f, out_vertex(p, v->a), to); break;
	case VALUE_ITEM: edge(f, gate_vertex(p, v->a), to); break;
	case VALUE_CARRY:
		edge(f, gate_vertex(p, v->a), to);
		edge(f, out_vertex(p, v->a), to);
		break;
	case VALUE_LIST:
		for (uint32_t i = 0; i < v->b; i++)
			edge(f, value_vertex(p, p->item[v->a + i]), to);
		break;
	case VALUE_CONST:
	case VALUE_SOURCE:
	case VALUE_ABSENT:
	case VALUE_PARAM: break;
	}
}

static void add_region(struct feeds *f, uint32_t region)
{
	const struct plan *p = f->p;
	const struct plan_region *g = &p->region[region];

	for (uint32_t i = 0; i < g->results; i++)
		edge(f, value_vertex(p, p->item[g->first_result + i]), out_vertex(p, g->node));
	if (g->input_start && g->given != PLAN_NONE)
		edge(f, value_vertex(p, g->given), gate_vertex(p, g->node));
	if (p->node[g->node].kind == NODE_CYCLE && g->until != PLAN_NONE)
		edge(f, value_vertex(p, g->until), out_vertex(p, g->node));
}

static void add_node(struct feeds *f, uint32_t node)
{
	const struct plan *p = f->p;
	const struct plan_node *n = &p->node[node];
	uint32_t around = p->block[n->block].node;
	uint32_t to = n->kind == NODE_CALL ? out_vertex(p, node) : gate_vertex(p, node);

	for (uint32_t i = 0; i < n->args; i++)
		edge(f, value_vertex(p, p->item[n->first_arg + i]), to);
	for (uint32_t i = 0; i < n->afters; i++)
		edge(f, out_vertex(p, p->item[n->first_after + i]), to);
	if (around != PLAN_NONE)
		edge(f, gate_vertex(p, around), to);
	if (n->kind != NODE_CALL)
		edge(f, gate_vertex(p, node), out_vertex(p, node));
}

static void add_all(struct feeds *f)
{
	for (uint32_t i = 0; i < f->p->values; i++)
		add_value(f, i);
	for (uint32_t i = 0; i < f->p->regions; i++)
		add_region(f, i);
	for (uint32_t i = 0; i < f->p->nodes; i++)
		add_node(f, i);
}

static void build(struct feeds *f)
{
	f->vertices = value_vertex(f->p, f->p->values);
	f->start = mem_zalloc((size_t)f->vertices + 1, sizeof *f->start);
	add_all(f);
	for (uint32_t v = 0; v < f->vertices; v++)
		f->start[v + 1] += f->start[v];
	f->fill = mem_zalloc((size_t)f->vertices + 1, sizeof *f->fill);
	memcpy(f->fill, f->start, f->vertices * sizeof *f->fill);
	f->to = mem_zalloc((size_t)f->start[f->vertices] + 1, sizeof *f->to);
	add_all(f);
	mem_free(f->fill);
}

/* Steps away from group g, one after another; what lies between two groups costs nothing. */
static void search(const struct feeds *f, uint32_t g, uint32_t *seen, uint32_t *queue, bool *out)
{
	uint32_t groups = f->p->groups, head = 0, tail = 0, level = 0;
	size_t later = 0, cap = 0;
	uint32_t *next = NULL;

	queue[tail++] = g;
	seen[g] = g + 1;
	while (head < tail) {
		uint32_t v = queue[head++];

		for (uint32_t i = f->start[v]; i < f->start[v + 1]; i++) {
			uint32_t to = f->to[i];

			if (seen[to] == g + 1)
				continue;
			seen[to] = g + 1;
			if (to >= groups) {
				queue[tail++] = to;
			} else if (level < f->p->set.ahead) {
				out[to] = true;
				next = mem_grow(next, &cap, later + 1, sizeof *next);
				next[later++] = to;
			}
		}
		if (head == tail && later) {
			memcpy(queue + tail, next, later * sizeof *next);
			tail += (uint32_t)later;
			later = 0;
			level++;
		}
	}
	mem_free(next);
}

bool *group_feeds(const struct plan *p)
{
	bool *out = mem_zalloc((size_t)p->groups * p->groups + 1, sizeof *out);
	struct feeds f = { .p = p };
	uint32_t *seen, *queue;

	if (p->set.ahead == 0 || p->groups < 2)
		return out;
	build(&f);
	if (((uint64_t)f.vertices + f.start[f.vertices]) * p->groups <= MOST_VISITS) {
		seen = mem_zalloc(f.vertices, sizeof *seen);
		queue = mem_zalloc(f.vertices, sizeof *queue);
		for (uint32_t g = 0; g < p->groups; g++)
			search(&f, g, seen, queue, out + (size_t)g * p->groups);
		mem_free(seen);
		mem_free(queue);
	}
	mem_free(f.start);
	mem_free(f.to);
	return out;
}
