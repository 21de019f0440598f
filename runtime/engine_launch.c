/*
 * A launched flow becomes part of the plan: its rows are appended to the engine's copy of the tables, with their indices moved, and
 * a region joins its first block to the node that launches it. From then on it is a body like any other. What the running state
 * refers to keeps its index; the shape is made again.
 */
#include "runtime/engine_parts.h"

#include "base/mem.h"

/* Where the rows of the flow begin in the tables. */
struct moved {
	struct engine *e;
	const struct plan *from;
	struct plan *to;
	uint32_t node;		/* that launches it */
	uint32_t type, field, port, part, word, env, secret, func, value, region, block, column, constant, expr, first_node;
};

/* Tables have room for a power of two of rows, at least 64, and double in the engine's arena: what a host still points to stays. */
static size_t room_for(size_t rows)
{
	size_t cap = 64;

	while (cap < rows)
		cap *= 2;
	return cap;
}

static void *room(struct engine *e, void *rows, uint32_t count, size_t more, size_t size)
{
	void *out;

	if (e->owns_plan && count + more <= room_for(count))
		return rows;
	out = arena_alloc(&e->launched, room_for(count + more) * size);
	if (count)
		memcpy(out, rows, count * size);
	return out;
}

#define ROOM(array, count, more) m->to->array = room(m->e, m->to->array, m->to->count, more, sizeof *m->to->array)

/* Until the first launch, the tables are those of engine_new's plan. */
static void own_tables(struct moved *m)
{
	ROOM(type, types, 0);
	ROOM(field, fields, 0);
	ROOM(port, ports, 0);
	ROOM(part, parts, 0);
	ROOM(word, words, 0);
	ROOM(env, envs, 0);
	ROOM(secret, secrets, 0);
	ROOM(func, funcs, 0);
	ROOM(value, values, 0);
	ROOM(item, items, 0);
	ROOM(node, nodes, 0);
	ROOM(region, regions, 0);
	ROOM(block, blocks, 0);
	ROOM(column, columns, 0);
	ROOM(constant, consts, 0);
	ROOM(expr, exprs, 0);
	for (uint32_t n = 0; n < m->to->nodes; n++)
		m->to->node[n].order = m->e->shape->text[n];
	m->e->owns_plan = true;
}

/* Appends rows of one table as they are; their indices are moved afterwards. */
#define APPEND(array, count, begin) \
	m->begin = m->to->count; \
	ROOM(array, count, m->from->count); \
	if (m->from->count) \
		memcpy(m->to->array + m->to->count, m->from->array, m->from->count * sizeof *m->to->array); \
	m->to->count += m->from->count

static void append_tables(struct moved *m)
{
	APPEND(type, types, type);
	APPEND(field, fields, field);
	APPEND(port, ports, port);
	APPEND(part, parts, part);
	APPEND(word, words, word);
	APPEND(env, envs, env);
	APPEND(secret, secrets, secret);
	APPEND(func, funcs, func);
	APPEND(value, values, value);
	APPEND(node, nodes, first_node);
	APPEND(region, regions, region);
	APPEND(block, blocks, block);
	APPEND(column, columns, column);
	APPEND(constant, consts, constant);
	APPEND(expr, exprs, expr);
}

/* Indices of a stretch of the flow's pool, each moved by `by`, at the pool's end. */
static uint32_t move_items(struct moved *m, uint32_t first, uint32_t count, uint32_t by)
{
	uint32_t at = m->to->items;

	ROOM(item, items, count);
	for (uint32_t i = 0; i < count; i++)
		m->to->item[at + i] = m->from->item[first + i] + by;
	m->to->items += count;
	return at;
}

static uint32_t moved(uint32_t index, uint32_t by)
{
	return index == PLAN_NONE ? PLAN_NONE : index + by;
}

static void move_types(struct moved *m)
{
	for (uint32_t i = m->type; i < m->to->types; i++) {
		struct plan_type *t = &m->to->type[i];

		if (t->kind == PLAN_LIST || t->kind == PLAN_OPTIONAL)
			t->elem += m->type;
		t->first += m->field;
	}
	for (uint32_t i = m->field; i < m->to->fields; i++)
		m->to->field[i].type = moved(m->to->field[i].type, m->type);
	for (uint32_t i = m->port; i < m->to->ports; i++)
		m->to->port[i].type += m->type;
	for (uint32_t i = m->constant; i < m->to->consts; i++)
		m->to->constant[i].type += m->type;
}

static void move_funcs(struct moved *m)
{
	for (uint32_t i = m->word; i < m->to->words; i++)
		m->to->word[i].first += m->part;
	for (uint32_t i = m->env; i < m->to->envs; i++)
		m->to->env[i].value.first += m->part;
	for (uint32_t i = m->func; i < m->to->funcs; i++) {
		struct plan_func *f = &m->to->func[i];

		f->first_param += m->port;
		f->first_result += m->port;
		f->first_word += m->word;
		f->first_env += m->env;
		f->first_secret += m->secret;
		f->expr = moved(f->expr, m->expr);
		f->group = f->group == PLAN_NONE ? PLAN_NONE : plan_group_named(m->to, m->from->group[f->group].name);
	}
	for (uint32_t i = m->expr; i < m->to->exprs; i++) {
		struct plan_expr *x = &m->to->expr[i];

		x->type += m->type;
		x->a += x->kind == EXPR_CONST ? m->constant : 0;
		x->first = move_items(m, x->first, x->kids, m->expr);
	}
}

static bool is_list(const struct plan *p, const struct plan_value *v)
{
	return v->b <= p->items && v->a <= p->items - v->b;
}

static void move_values(struct moved *m)
{
	for (uint32_t i = m->value; i < m->to->values; i++) {
		struct plan_value *v = &m->to->value[i];

		v->type += m->type;
		switch (v->kind) {
		case VALUE_CONST: v->a += m->column; break;
		case VALUE_LIST:
			if (!is_list(m->from, v))
				v->b = 0;	/* nobody uses it, so nobody checked it */
			v->a = move_items(m, v->a, v->b, m->value);
			break;
		case VALUE_PARAM: v->b = m->block; break;
		case VALUE_SOURCE:
		case VALUE_ABSENT: break;
		default: v->a += m->first_node; break;
		}
	}
	for (uint32_t i = m->column; i < m->to->columns; i++) {
		struct plan_column *c = &m->to->column[i];
		uint32_t *value = arena_alloc(&m->e->launched, c->count * sizeof *value);

		for (uint32_t k = 0; k < c->count; k++)
			value[k] = c->value[k] + m->constant;
		c->value = value;
	}
}

static void move_node(struct moved *m, struct plan_node *n, const struct plan_node *launch)
{
	uint32_t media = n->first_medium == PLAN_NONE ? 0 : plan_node_results(m->from, n);

	n->block += m->block;
	n->of += n->kind == NODE_CALL ? m->func : n->kind == NODE_LAUNCH ? m->type : m->region;
	n->first_arg = move_items(m, n->first_arg, n->args, m->value);
	n->first_after = move_items(m, n->first_after, n->afters, m->first_node);
	if (n->first_medium != PLAN_NONE)
		n->first_medium = move_items(m, n->first_medium, media, 0);
	n->rank = n->rank > UINT64_MAX - launch->rank ? UINT64_MAX : n->rank + launch->rank;
}

static void move_regions(struct moved *m)
{
	for (uint32_t i = m->region; i < m->to->regions; i++) {
		struct plan_region *g = &m->to->region[i];

		g->node += m->first_node;
		g->body = moved(g->body, m->block);
		g->until = moved(g->until, m->value);
		g->given = moved(g->given, m->value);
		g->first_result = move_items(m, g->first_result, g->results, m->value);
	}
	for (uint32_t i = m->block; i < m->to->blocks; i++) {
		struct plan_block *b = &m->to->block[i];

		b->first_node += m->first_node;
		b->node = i == m->block ? m->node : b->node + m->first_node;
	}
}

/* Returns the region whose body the flow is. */
static uint32_t splice(struct engine *e, uint32_t node, const struct plan *flow)
{
	struct moved own = { .e = e, .from = flow, .to = &e->plan, .node = node }, *m = &own;
	struct shape *of_flow = shape_new(flow);
	uint32_t region;

	if (!e->owns_plan)
		own_tables(m);
	append_tables(m);
	move_types(m);
	move_funcs(m);
	move_values(m);
	for (uint32_t n = m->first_node; n < m->to->nodes; n++) {
		move_node(m, &m->to->node[n], &m->to->node[node]);
		m->to->node[n].order = of_flow->text[n - m->first_node];
	}
	move_regions(m);
	shape_free(of_flow);
	ROOM(region, regions, 1);
	region = m->to->regions++;
	m->to->region[region] = (struct plan_region){ .node = node, .body = m->block, .until = PLAN_NONE, .given = PLAN_NONE,
		.first_result = move_items(m, flow->first_result, flow->results, m->value), .results = flow->results };
	return region;
}

/* ---- may it? ---- */

/* Blocks around a block, and itself. */
static uint32_t depth_of(const struct plan *p, uint32_t block)
{
	uint32_t deep = 1;

	for (; p->block[block].node != PLAN_NONE; block = p->node[p->block[block].node].block)
		deep++;
	return deep;
}

/* The pool is shared by stretches of one kind, and copied for each of them. */
static uint64_t items_of(const struct plan *p)
{
	uint64_t items = p->results;

	for (uint32_t n = 0; n < p->nodes; n++)
		items += UINT64_C(2) * p->node[n].args + p->node[n].afters + plan_node_results(p, &p->node[n]);
	for (uint32_t r = 0; r < p->regions; r++)
		items += p->region[r].results;
	for (uint32_t x = 0; x < p->exprs; x++)
		items += p->expr[x].kids;
	for (uint32_t v = 0; v < p->values; v++)
		items += p->value[v].kind == VALUE_LIST && is_list(p, &p->value[v]) ? p->value[v].b : 0;
	return items;
}

static bool has_room(const struct engine *e, uint32_t node, const struct plan *flow, struct buf *error)
{
	uint32_t deep = 0, around = depth_of(e->p, e->p->node[node].block);

	for (uint32_t b = 0; b < flow->blocks; b++) {
		uint32_t own = depth_of(flow, b);

		deep = own > deep ? own : deep;
	}
	if (around + deep > PLAN_MAX_DEPTH)
		buf_printf(error, "flow refused: with it, %u bodies lie within each other; at most %d may", around + deep, PLAN_MAX_DEPTH);
	else if (e->p->nodes + (uint64_t)flow->nodes > PLAN_MAX_STEPS || e->p->values + (uint64_t)flow->values > PLAN_MAX_USES ||
		 e->p->types + (uint64_t)flow->types > PLAN_MAX_USES || e->p->consts + (uint64_t)flow->consts > PLAN_MAX_USES ||
		 e->p->items + items_of(flow) > PLAN_MAX_USES)
		buf_addstr(error, "flow refused: what was launched is more than a plan can hold");
	else
		return true;
	return false;
}

static bool has_slots(const struct engine *e, const struct plan *flow, struct buf *error)
{
	for (uint32_t n = 0; n < flow->nodes; n++) {
		const struct plan_func *f = flow->node[n].kind == NODE_CALL ? &flow->func[flow->node[n].of] : NULL;

		if (f && f->expr == PLAN_NONE && !ready_has_slot(e, f, f->group == PLAN_NONE ? NULL : flow->group[f->group].name)) {
			buf_printf(error, "flow refused: no slot has the image of `%s`", f->name);
			return false;
		}
	}
	return true;
}

bool engine_launch(struct engine *e, uint32_t i, const struct plan *flow, struct buf *error)
{
	uint32_t node;

	if (e->state == RUN_ENDING || e->state == RUN_OVER || i >= e->insts || !e->inst[i].asked) {
		buf_addstr(error, "flow refused: nothing waits for it");
		return false;
	}
	node = e->inst[i].node;
	if (!plan_check_launch(e->p, e->p->node[node].of, flow, error) || !has_room(e, node, flow, error) || !has_slots(e, flow, error))
		return false;
	e->inst[i].asked = false;
	e->asking--;
	e->inst[i].region = splice(e, node, flow);
	shape_free(e->shape);
	e->shape = shape_new(e->p);
	for (uint32_t n = 0; n < e->p->nodes; n++)
		e->shape->text[n] = e->p->node[n].order;	/* each flow has positions of its own (engine_ready.c) */
	print_more(e);
	ready_more(e);
	e->known += shape_steps(e->shape, e->p->region[e->inst[i].region].body, 0);
	inst_open(e, i, 1);
	flow_run(e);
	return true;
}
