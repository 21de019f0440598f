/* Random plans; see engine_plans.h. Nodes are made depth first under provisional numbers and laid out by block at the end. */
#include "testsuite/unit/engine_plans.h"

#include "runtime/plan_images.h"

#include "base/mem.h"
#include "testsuite/unit/engine_naive.h"
#include "testsuite/unit/plan_build.h"

enum { MOST_NODES = 64, ROOM = 128, MOST_BLOCKS = 40, DEEP = 4, MOST_ARMS = 5 };	/* ROOM: what is begun is finished */

struct made_node {
	struct plan_node n;
	uint32_t arg[4], after[2];
	uint32_t result[2], results;	/* CALL, MATCH, CYCLE: types of its ports; EACH, STEPS: values of the body */
	uint32_t value[MOST_ARMS][2];	/* MATCH, CYCLE: results of each region */
};

struct making {
	struct rng *r;
	const struct plans_options *o;
	struct plan *p;
	struct made_node node[ROOM];
	uint32_t nodes, budget;
	uint32_t around[ROOM];		/* region node of each block */
	uint32_t depth[ROOM], rows[ROOM];
	uint32_t blocks;
	uint32_t source;
	uint32_t boolean, colour, flow;	/* types */
};

uint64_t rng_next(struct rng *r)
{
	uint64_t z = r->s += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

uint32_t rng_below(struct rng *r, uint32_t n)
{
	return n ? (uint32_t)(rng_next(r) % n) : 0;
}

bool rng_chance(struct rng *r, uint32_t percent)
{
	return rng_below(r, 100) < percent;
}

/* ---- types ---- */

static uint32_t type_over(struct plan *p, uint8_t kind, uint32_t elem)
{
	for (uint32_t t = 0; t < p->types; t++)
		if (p->type[t].kind == kind && p->type[t].elem == elem)
			return t;
	return build_type(p, (struct plan_type){ .kind = kind, .elem = elem });
}

static uint32_t optional_of(struct plan *p, uint32_t t)
{
	return p->type[t].kind == PLAN_OPTIONAL ? t : type_over(p, PLAN_OPTIONAL, t);
}

/* ---- values ---- */

static uint32_t make_const(struct making *m, uint32_t block, uint32_t type)
{
	uint32_t rows = rng_chance(m->r, 50) ? 1 : m->rows[block];
	uint32_t *column = arena_zalloc(&m->p->arena, rows, sizeof *column);

	for (uint32_t i = 0; i < rows; i++)
		column[i] = build_const(m->p, arena_printf(&m->p->arena, "\"c%u\"", rng_below(m->r, 9)), type);
	return build_value(m->p, VALUE_CONST, type, build_column(m->p, column, rows), 0);
}

static uint32_t node_port(struct making *m, uint32_t n)
{
	struct made_node *node = &m->node[n];
	uint32_t port = rng_below(m->r, node->results), type = node->result[port];

	if (node->n.kind == NODE_EACH || node->n.kind == NODE_STEPS) {
		type = m->p->value[type].type;
		if (m->p->region[node->n.of].partial)
			type = optional_of(m->p, type);
		type = type_over(m->p, PLAN_LIST, type);
	}
	return build_value(m->p, VALUE_PORT, type, n, port);
}

/* A node that may be used in a block, before provisional node `before`; PLAN_NONE if none. */
static uint32_t visible_node(struct making *m, uint32_t block, uint32_t before)
{
	uint32_t found[ROOM], count = 0;

	for (;;) {
		for (uint32_t n = 0; n < m->nodes && n < before; n++)
			if (m->node[n].n.block == block)
				found[count++] = n;
		if (block == 0)
			return count ? found[rng_below(m->r, count)] : PLAN_NONE;
		before = m->around[block];
		block = m->node[before].n.block;
	}
}

static uint32_t around_value(struct making *m, uint32_t block, bool result)
{
	while (block) {
		uint32_t n = m->around[block];
		const struct plan_region *g = &m->p->region[m->node[n].n.of];
		bool own = result;

		result = false;
		block = m->node[n].n.block;
		if (m->node[n].n.kind == NODE_MATCH || rng_chance(m->r, 30))
			continue;
		if (m->node[n].n.kind == NODE_CYCLE) {
			uint32_t k = rng_below(m->r, m->node[n].n.args);

			return build_value(m->p, VALUE_CARRY, m->node[n].result[k], n, k);
		}
		if (g->run_time) {
			uint32_t k = rng_below(m->r, m->node[n].n.args), list = m->p->value[m->node[n].arg[k]].type;

			return build_value(m->p, VALUE_ITEM, m->p->type[list].elem, n, k);
		}
		if (!own && g->input_start)
			return build_value(m->p, VALUE_INPUTS, TYPE_FILES, n, 0);
		if (!own && g->parent_start && m->node[n].results)
			return build_value(m->p, VALUE_PARENTS, type_over(m->p, PLAN_LIST, m->node[n].result[0]), n, 0);
	}
	return PLAN_NONE;
}

static uint32_t make_value(struct making *m, uint32_t block, uint32_t before, bool result);

static uint32_t make_list(struct making *m, uint32_t block, uint32_t before, bool result)
{
	uint32_t item[3], count = 0, type = TYPE_FILE;

	for (uint32_t i = 0; i < 3; i++) {
		uint32_t v = make_value(m, block, before, result);

		if (m->p->value[v].type == TYPE_FILE)
			item[count++] = v;
	}
	for (uint32_t i = 0; i < count; i++)
		item[i] = build_item(m->p, item[i]);
	return build_value(m->p, VALUE_LIST, type_over(m->p, PLAN_LIST, type), count ? item[0] : 0, count);
}

static uint32_t make_value(struct making *m, uint32_t block, uint32_t before, bool result)
{
	uint32_t dice = rng_below(m->r, 100), n, v;

	if (dice < 12)
		return make_const(m, block, rng_chance(m->r, 50) ? TYPE_FILE : TYPE_FILES);
	if (dice < 18 && m->o->flow) {
		n = rng_below(m->r, 2);
		return build_value(m->p, VALUE_PARAM, n ? TYPE_FILES : TYPE_FILE, n, 0);
	}
	if (dice < 18)
		return build_value(m->p, VALUE_SOURCE, TYPE_FILES, m->source, 0);
	if (dice < 21)
		return build_value(m->p, VALUE_ABSENT, optional_of(m->p, TYPE_FILE), 0, 0);
	if (dice < 32)
		return make_list(m, block, before, result);
	if (dice < 52 && (v = around_value(m, block, result)) != PLAN_NONE)
		return v;
	for (int tries = 0; tries < 4; tries++) {
		n = visible_node(m, block, before);
		if (n != PLAN_NONE && m->node[n].results)
			return node_port(m, n);
	}
	return make_const(m, block, TYPE_FILE);
}

static uint32_t make_list_value(struct making *m, uint32_t block, uint32_t before)
{
	for (int tries = 0; tries < 8; tries++) {
		uint32_t v = make_value(m, block, before, false);

		if (m->p->type[m->p->value[v].type].kind == PLAN_LIST)
			return v;
	}
	return make_const(m, block, TYPE_FILES);
}

/* A value of a type, if one is found soon; else a constant. */
static uint32_t value_of_type(struct making *m, uint32_t block, uint32_t before, uint32_t type, bool result)
{
	for (int tries = 0; tries < 12; tries++) {
		uint32_t v = make_value(m, block, before, result);

		if (m->p->value[v].type == type)
			return v;
	}
	return make_const(m, block, type);
}

/* ---- nodes ---- */

static void make_func(struct making *m, struct made_node *node)
{
	struct plan *p = m->p;
	struct plan_func f = { .first_param = p->ports, .params = node->n.args, .results = 1 + rng_chance(m->r, 20) };
	char digits[65];

	for (uint32_t i = 0; i < node->n.args; i++)
		build_port(p, arena_printf(&p->arena, "p%u", i), p->value[node->arg[i]].type);
	f.first_result = p->ports;
	node->results = f.results;
	for (uint32_t i = 0; i < f.results; i++) {
		if (i)
			node->result[i] = m->o->launches && rng_chance(m->r, 30) ? m->flow : rng_chance(m->r, 50) ? TYPE_FILE
				: rng_chance(m->r, 40) ? m->boolean : rng_chance(m->r, 40) ? m->colour : TYPE_FILES;
		build_port(p, arena_printf(&p->arena, "r%u", i), node->result[i]);
	}
	f.name = arena_printf(&p->arena, "f%u", p->funcs);
	if (m->o->failures) {
		f.retries = rng_chance(m->r, 30) ? 1 + rng_below(m->r, 2) : 0;
		f.effect = rng_chance(m->r, 3) && !f.retries ? EFFECT_ONCE : EFFECT_PURE;
	}
	node->n.of = build_func(p, f);
	p->func[node->n.of].expr = p->func[node->n.of].group = PLAN_NONE;
	if (f.results == 1 && !f.retries && f.effect == EFFECT_PURE && rng_chance(m->r, 15))
		p->func[node->n.of].expr = build_expr(p, (struct plan_expr){ .kind = EXPR_CONST, .type = node->result[0], .loc = "",
			.a = build_const(p, "\"x\"", node->result[0]) });
	snprintf(digits, sizeof digits, "%064x", m->o->number << 16 | node->n.of);
	p->func[node->n.of].digest = arena_strdup(&p->arena, digits);
}

static uint32_t begin_node(struct making *m, uint32_t block, enum plan_node_kind kind)
{
	uint32_t n = m->nodes++;
	struct made_node *node = &m->node[n];

	*node = (struct made_node){ .n = { .kind = (uint8_t)kind, .name = arena_printf(&m->p->arena, "n%u", n), .loc = "x.cf:1",
		.block = block, .rank = rng_below(m->r, 4) } };
	m->budget--;
	if (rng_chance(m->r, 15)) {
		uint32_t after = visible_node(m, block, n);

		if (after != PLAN_NONE)
			node->after[node->n.afters++] = after;
	}
	return n;
}

static uint32_t make_call(struct making *m, uint32_t block, bool files, bool any)
{
	uint32_t n = begin_node(m, block, NODE_CALL);
	struct made_node *node = &m->node[n];

	node->n.args = rng_below(m->r, 4);
	for (uint32_t i = 0; i < node->n.args; i++)
		node->arg[i] = make_value(m, block, n, false);
	node->result[0] = files || (any && rng_chance(m->r, 30)) ? TYPE_FILES : TYPE_FILE;
	make_func(m, node);
	return n;
}

/* A step that says when a cycle is done. */
static uint32_t make_test(struct making *m, uint32_t block, uint32_t cycle)
{
	uint32_t n = begin_node(m, block, NODE_CALL);
	struct made_node *node = &m->node[n];

	node->n.args = 1;
	node->arg[0] = rng_chance(m->r, 50) ? build_value(m->p, VALUE_CARRY, m->node[cycle].result[0], cycle, 0)
					    : make_value(m, block, n, false);
	node->result[0] = m->boolean;
	make_func(m, node);
	return build_value(m->p, VALUE_PORT, m->boolean, n, 0);
}

static void fill_parents(struct making *m, struct plan_region *g, uint32_t outer, uint32_t rows)
{
	g->parent_start = arena_zalloc(&m->p->arena, rows + 1, sizeof(uint32_t));
	g->parents = arena_zalloc(&m->p->arena, rows * 2, sizeof(uint32_t));
	for (uint32_t o = 0, at = 0; o < outer; o++)
		for (uint32_t r = g->row_start[o]; r < g->row_start[o + 1]; r++) {
			for (uint32_t k = 0; k < 2 && r > g->row_start[o]; k++)
				if (rng_chance(m->r, 50))
					g->parents[at++] = g->row_start[o] + rng_below(m->r, r - g->row_start[o]);
			g->parent_start[r + 1] = at;
		}
}

static void fill_files(struct making *m, struct plan_region *g, uint32_t outer, uint32_t rows)
{
	struct arena *a = &m->p->arena;

	g->input_start = arena_zalloc(a, rows + 1, sizeof(uint32_t));
	g->input_from = arena_zalloc(a, rows * 2, sizeof(uint32_t));
	g->input_name = arena_zalloc(a, rows * 2, sizeof(char *));
	g->output_start = arena_zalloc(a, rows + 1, sizeof(uint32_t));
	g->output_name = arena_zalloc(a, rows, sizeof(char *));
	for (uint32_t o = 0, at = 0; o < outer; o++)
		for (uint32_t r = g->row_start[o]; r < g->row_start[o + 1]; r++) {
			g->output_name[r] = arena_printf(a, "made%u", r);
			g->output_start[r + 1] = r + 1;
			for (uint32_t k = 0; k < 2; k++) {
				uint32_t from = r > g->row_start[o] && rng_chance(m->r, 70) ? g->row_start[o] + rng_below(m->r, r - g->row_start[o])
											    : PLAN_NONE;

				if (rng_chance(m->r, 40) || (from == PLAN_NONE && g->given == PLAN_NONE))
					continue;
				g->input_from[at] = from;
				g->input_name[at++] = from == PLAN_NONE ? "given" : g->output_name[from];
			}
			g->input_start[r + 1] = at;
		}
}

static void make_block(struct making *m, uint32_t block, bool files);

static void fill_region(struct making *m, uint32_t n, struct plan_region *g, uint32_t outer, uint32_t rows)
{
	uint32_t v;

	g->key = arena_zalloc(&m->p->arena, rows, sizeof *g->key);
	for (uint32_t r = 0; r < rows; r++)
		g->key[r] = arena_printf(&m->p->arena, "k%u", r);
	if (rng_chance(m->r, 60))
		fill_parents(m, g, outer, rows);
	if (g->parent_start && rng_chance(m->r, 70))
		return;
	v = make_list_value(m, m->node[n].n.block, n);
	if (m->p->value[v].type == TYPE_FILES)
		g->given = v;
	fill_files(m, g, outer, rows);
}

static uint32_t new_body(struct making *m, uint32_t n, uint32_t rows)
{
	uint32_t body = m->blocks++;

	m->around[body] = n;
	m->depth[body] = m->depth[m->node[n].n.block] + 1;
	m->rows[body] = rows;
	return body;
}

static uint32_t plain_region(struct making *m)
{
	return build_region(m->p, (struct plan_region){ .body = PLAN_NONE, .until = PLAN_NONE, .given = PLAN_NONE });
}

/* Result k of a body that begins with a call of the first result's type. */
static uint32_t body_result(struct making *m, uint32_t n, uint32_t body, uint32_t first_call, uint32_t k)
{
	uint32_t type = m->node[n].result[k];

	if (m->p->type[type].kind == PLAN_OPTIONAL)
		type = m->p->type[type].elem;
	if (k == 0 && rng_chance(m->r, 60))
		return build_value(m->p, VALUE_PORT, type, first_call, 0);
	return value_of_type(m, body, PLAN_NONE, type, true);
}

static uint32_t selector_arms(const struct making *m, uint32_t type)
{
	uint32_t absent = 0;

	for (; m->p->type[type].kind == PLAN_OPTIONAL; type = m->p->type[type].elem)
		absent++;
	return absent + (type == m->boolean ? 2 : type == m->colour ? 3 : 1);
}

static uint32_t make_selector(struct making *m, uint32_t block, uint32_t before)
{
	for (int tries = 0; tries < 10; tries++) {
		uint32_t v = make_value(m, block, before, false), type = m->p->value[v].type;

		if (selector_arms(m, type) > 1)
			return v;
	}
	return rng_chance(m->r, 50) ? make_const(m, block, rng_chance(m->r, 50) ? m->boolean : m->colour)
		: build_value(m->p, VALUE_ABSENT, optional_of(m->p, m->colour), 0, 0);
}

static uint32_t make_match(struct making *m, uint32_t block)
{
	uint32_t n = begin_node(m, block, NODE_MATCH), arms;
	bool some_absent = false, some_body = false, body[MOST_ARMS];

	m->node[n].n.args = 1;
	m->node[n].arg[0] = make_selector(m, block, n);
	arms = m->node[n].n.arms = selector_arms(m, m->p->value[m->node[n].arg[0]].type);
	m->node[n].results = 1 + rng_chance(m->r, 30);
	for (uint32_t a = 0; a < arms; a++) {
		uint32_t region = plain_region(m);

		if (!a)
			m->node[n].n.of = region;
		body[a] = !rng_chance(m->r, 25) && m->blocks + arms < MOST_BLOCKS && m->nodes + arms - a < MOST_NODES - 1;
		some_absent = some_absent || !body[a];
		some_body = some_body || body[a];
	}
	if (!some_body)
		m->node[n].results = 0;
	for (uint32_t k = 0; k < m->node[n].results; k++) {
		m->node[n].result[k] = rng_chance(m->r, 60) ? TYPE_FILE : TYPE_FILES;
		if (some_absent)
			m->node[n].result[k] = optional_of(m->p, m->node[n].result[k]);
	}
	for (uint32_t a = 0; a < arms; a++) {
		uint32_t type = m->node[n].result[0], first = m->nodes, at;

		if (!body[a])
			continue;
		at = m->p->region[m->node[n].n.of + a].body = new_body(m, n, m->rows[block]);
		make_block(m, at, type == TYPE_FILES || (some_absent && m->p->type[type].elem == TYPE_FILES));
		for (uint32_t k = 0; k < m->node[n].results; k++)
			m->node[n].value[a][k] = body_result(m, n, at, first, k);
	}
	return n;
}

static uint32_t make_cycle(struct making *m, uint32_t block)
{
	uint32_t n = begin_node(m, block, NODE_CYCLE), region = plain_region(m), body, first, until = PLAN_NONE;
	struct plan_region *g;

	m->node[n].n.of = region;
	m->node[n].n.args = m->node[n].results = 1 + rng_chance(m->r, 50);
	for (uint32_t k = 0; k < m->node[n].n.args; k++) {
		m->node[n].result[k] = rng_chance(m->r, 60) ? TYPE_FILE : TYPE_FILES;
		m->node[n].arg[k] = value_of_type(m, block, n, m->node[n].result[k], false);
	}
	body = m->p->region[region].body = new_body(m, n, m->rows[block]);
	first = m->nodes;
	make_block(m, body, m->node[n].result[0] == TYPE_FILES);
	if (rng_chance(m->r, 60) && m->nodes < MOST_NODES - 1)
		until = make_test(m, body, n);
	for (uint32_t k = 0; k < m->node[n].results; k++)
		m->node[n].value[0][k] = body_result(m, n, body, first, k);
	g = &m->p->region[region];
	g->until = until;
	g->rounds = 1 + rng_below(m->r, 5);
	g->fails = until != PLAN_NONE && rng_chance(m->r, 30);
	return n;
}

static uint32_t make_launch(struct making *m, uint32_t block)
{
	uint32_t n = begin_node(m, block, NODE_LAUNCH);
	struct made_node *node = &m->node[n];

	node->n.of = m->flow;
	node->n.args = 3;
	node->arg[0] = value_of_type(m, block, n, m->flow, false);
	node->arg[1] = value_of_type(m, block, n, TYPE_FILE, false);
	node->arg[2] = value_of_type(m, block, n, TYPE_FILES, false);
	node->results = 2;
	node->result[0] = TYPE_FILE;
	node->result[1] = TYPE_FILES;
	return n;
}

static uint32_t make_region(struct making *m, uint32_t block)
{
	bool steps = rng_chance(m->r, 40);
	uint32_t n = begin_node(m, block, steps ? NODE_STEPS : NODE_EACH), outer = m->rows[block], rows = 0, body, used;
	struct plan_region g = { .given = PLAN_NONE, .until = PLAN_NONE, .partial = m->o->failures && rng_chance(m->r, 40) };

	g.run_time = !steps && rng_chance(m->r, 50);
	if (rng_chance(m->r, 30) && (!steps || m->o->steps_limit))
		g.limit = 1 + rng_below(m->r, 3);
	if (g.run_time) {
		m->node[n].n.args = 1 + rng_chance(m->r, 20);
		for (uint32_t i = 0; i < m->node[n].n.args; i++)
			m->node[n].arg[i] = make_list_value(m, block, n);
		rows = outer;
	} else {
		g.row_start = arena_zalloc(&m->p->arena, outer + 1, sizeof(uint32_t));
		for (uint32_t o = 0; o < outer; o++)
			g.row_start[o + 1] = rows += rng_below(m->r, steps ? 6 : 4);
	}
	if (steps)
		fill_region(m, n, &g, outer, rows);
	g.rotate = !steps && rng_chance(m->r, 15) ? 1 + rng_below(m->r, 4) : 0;
	body = g.body = new_body(m, n, rows);
	m->node[n].n.of = build_region(m->p, g);
	m->node[n].result[0] = g.input_start ? TYPE_FILES : TYPE_FILE;	/* what PARENTS will be a list of: the first call's first result */
	m->node[n].results = steps;
	make_block(m, body, g.input_start != NULL);
	used = n + 1;	/* the first node of a body is a call, made right after its region */
	m->node[n].results = 0;
	m->node[n].result[m->node[n].results++] = build_value(m->p, VALUE_PORT, m->node[used].result[0], used, 0);
	if (rng_chance(m->r, 30))
		m->node[n].result[m->node[n].results++] = make_value(m, body, PLAN_NONE, true);
	return n;
}

static void make_inner(struct making *m, uint32_t block)
{
	uint32_t dice = rng_below(m->r, 100);

	if (m->o->launches && dice < 25)
		make_launch(m, block);
	else if (dice < 50)
		make_region(m, block);
	else if (dice < 75)
		make_match(m, block);
	else
		make_cycle(m, block);
}

static void make_block(struct making *m, uint32_t block, bool files)
{
	uint32_t count = 1 + rng_below(m->r, block ? 3 : 8);

	for (uint32_t i = 0; i < count && (i == 0 || (m->budget > 0 && m->nodes < MOST_NODES - 1)); i++)
		if (i == 0 && block)
			make_call(m, block, files, false);
		else if (m->depth[block] < DEEP && m->blocks < MOST_BLOCKS && m->budget > 1 && m->nodes < MOST_NODES - 2 &&
			 rng_chance(m->r, 40))
			make_inner(m, block);
		else
			make_call(m, block, false, true);
}

/* ---- laying out ---- */

/* Of a match or cycle. */
static void lay_out_regions(struct plan *p, const struct made_node *node, uint32_t at)
{
	uint32_t regions = node->n.kind == NODE_MATCH ? node->n.arms : 1;

	for (uint32_t i = 0; i < regions; i++) {
		struct plan_region *g = &p->region[node->n.of + i];

		g->node = at;
		if (g->body == PLAN_NONE)
			continue;
		g->first_result = p->items;
		g->results = node->results;
		for (uint32_t k = 0; k < node->results; k++)
			build_item(p, node->value[i][k]);
	}
}

static void lay_out(struct making *m)
{
	struct plan *p = m->p;
	uint32_t at[ROOM], next = 0;

	for (uint32_t b = 0; b < m->blocks; b++) {
		struct plan_block block = { .first_node = next, .rows = m->rows[b] };

		for (uint32_t n = 0; n < m->nodes; n++)
			if (m->node[n].n.block == b)
				at[n] = next++;
		block.nodes = next - block.first_node;
		build_block(p, block);
	}
	for (uint32_t b = 0; b < m->blocks; b++)
		p->block[b].node = b ? at[m->around[b]] : PLAN_NONE;
	for (uint32_t v = 0; v < p->values; v++)
		if (p->value[v].kind == VALUE_PORT || p->value[v].kind == VALUE_ITEM || p->value[v].kind == VALUE_PARENTS ||
		    p->value[v].kind == VALUE_INPUTS || p->value[v].kind == VALUE_CARRY)
			p->value[v].a = at[p->value[v].a];
	for (uint32_t b = 0; b < m->blocks; b++)
		for (uint32_t n = 0; n < m->nodes; n++) {
			struct plan_node node = m->node[n].n;

			if (node.block != b)
				continue;
			node.first_arg = p->items;
			for (uint32_t i = 0; i < node.args; i++)
				build_item(p, m->node[n].arg[i]);
			node.first_after = p->items;
			for (uint32_t i = 0; i < node.afters; i++)
				build_item(p, at[m->node[n].after[i]]);
			if (node.kind == NODE_MATCH || node.kind == NODE_CYCLE)
				lay_out_regions(p, &m->node[n], at[n]);
			if (node.kind == NODE_EACH || node.kind == NODE_STEPS) {
				p->region[node.of].node = at[n];
				p->region[node.of].first_result = p->items;
				p->region[node.of].results = m->node[n].results;
				for (uint32_t i = 0; i < m->node[n].results; i++)
					build_item(p, m->node[n].result[i]);
			}
			build_node(p, node);
			p->node[p->nodes - 1].order = node.kind == NODE_CALL && rng_chance(m->r, 10) ? rng_below(m->r, 50) : p->nodes;
		}
}

static void make_sinks(struct making *m)
{
	uint32_t sinks = rng_below(m->r, 3);

	for (uint32_t i = 0; i < sinks; i++) {
		uint32_t v = make_value(m, 0, PLAN_NONE, false);

		build_sink(m->p, (struct plan_sink){ .name = arena_printf(&m->p->arena, "s%u", i), .loc = "", .share = "out",
			.path = arena_printf(&m->p->arena, "o%u", i), .type = m->p->value[v].type, .value = v });
	}
}

static struct plan *random_once(struct rng *r, const struct plans_options *o)
{
	struct making *m = mem_zalloc(1, sizeof *m);
	struct plan *p = build_begin("x.cf", "set", 1 + rng_below(r, 4));
	uint32_t result[2] = { 0, 0 };

	p->set.order = (uint8_t)o->order;
	m->r = r;
	m->o = o;
	m->p = p;
	m->budget = o->size;
	m->rows[0] = 1;
	m->blocks = 1;
	m->boolean = build_type(p, (struct plan_type){ .kind = PLAN_BOOL, .elem = PLAN_NONE });
	m->colour = build_type(p, (struct plan_type){ .kind = PLAN_ENUM, .elem = PLAN_NONE, .name = "Colour", .first = p->fields, .count = 3 });
	build_field(p, "Red", PLAN_NONE);
	build_field(p, "Green", PLAN_NONE);
	build_field(p, "Blue", PLAN_NONE);
	m->flow = build_type(p, (struct plan_type){ .kind = PLAN_FLOW, .elem = PLAN_NONE, .first = p->fields, .count = 4, .params = 2 });
	for (uint32_t i = 0; i < 4; i++)
		build_field(p, "", i % 2 ? TYPE_FILES : TYPE_FILE);
	if (!o->flow)
		m->source = build_source(p, (struct plan_source){ .name = "in", .loc = "", .share = "in", .path = "*", .type = TYPE_FILES });
	make_block(m, 0, false);
	if (o->flow) {
		result[0] = value_of_type(m, 0, PLAN_NONE, TYPE_FILE, false);
		result[1] = value_of_type(m, 0, PLAN_NONE, TYPE_FILES, false);
	} else {
		make_sinks(m);
	}
	lay_out(m);
	if (o->flow) {
		p->params = p->results = 2;
		p->first_param = build_item(p, TYPE_FILE);
		build_item(p, TYPE_FILES);
		p->first_result = build_item(p, result[0]);
		build_item(p, result[1]);
	}
	mem_free(m);
	return p;
}

/* Rows that pass on their own inputs are easier to make than to avoid; such plans are refused. */
struct plan *plans_random(struct rng *r, const struct plans_options *o)
{
	for (;;) {
		struct plan *p = random_once(r, o);
		struct buf error = BUF_INIT;
		bool again = !plan_check(p, &error) && strstr(buf_str(&error), "its own inputs");

		buf_release(&error);
		if (!again)
			return p;
		plan_free(p);
	}
}

static bool has_launch(const struct plan *p)
{
	for (uint32_t n = 0; n < p->nodes; n++)
		if (p->node[n].kind == NODE_LAUNCH)
			return true;
	return false;
}

struct plan *plans_flow(uint32_t i)
{
	struct rng r = { i };
	struct plans_options o = { .failures = i % 2, .steps_limit = true, .size = 4 + i, .flow = true, .launches = i >= FLOWS / 2, .number = i + 1 };

	for (;;) {
		struct plan *p = plans_random(&r, &o);

		if (has_launch(p) == o.launches)
			return p;
		plan_free(p);
	}
}

bool plans_give_roles(struct plan *p, struct rng *r)
{
	static const char *const image[] = { "a", "b", "c", "d", "e", "f" };
	uint32_t images = 1 + rng_below(r, 6);
	bool light[6];

	for (uint32_t i = 0; i < 6; i++)
		light[i] = rng_chance(r, 30);
	for (uint32_t f = 0; f < p->funcs; f++) {
		uint32_t which = rng_below(r, images);

		if (p->func[f].expr == PLAN_NONE) {
			p->func[f].image = image[which];
			p->func[f].portable = light[which];
		}
	}
	p->set.ahead = rng_below(r, 3);
	plan_assign_images(p, rng_chance(r, 50));
	return p->set.slot_image != NULL;
}
