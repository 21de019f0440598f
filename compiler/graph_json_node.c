/* Nodes of a graph document: calls, and regions with their blocks. */
#include "compiler/graph_json_inner.h"

#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "runtime/plan_check.h"

enum { MORE_ARGS = 1, MORE_BLOCK = 2, MORE_PARTIAL = 4, MORE_LIMIT = 8, MORE_PLACES = 16 };

/* A node while it is read. */
struct said {
	struct reader *r;
	struct json_block *b;
	tape_t at, main;		/* the whole, and the member that says its kind */
	tape_t name_at, place, after, args, block, partial, limit, places;
	sym_t name;
	struct span span;
};

/* ---- calls ---- */

static const struct func *function_named(struct said *s, uint32_t *index)
{
	struct reader *r = s->r;
	struct compilation *c = r->c;
	sym_t name;
	if (!read_string(r, s->main, "the name of a function", &name))
		return NULL;
	const struct decl *d = program_callable(&c->program, name);
	if (d && d->kind == DECL_FUNC) {
		*index = d->index;
		return &c->program.func[d->index];
	}
	struct suggest near;
	suggest_init(&near, name_of(c, name));
	for (size_t i = 0; i < c->program.funcs && suggest_wanted(c); i++)
		suggest_offer(&near, name_of(c, c->program.func[i].name));
	diag_report(c->diags, CF104, tape_span(&r->t, s->main), "unknown function `%s`", name_of(c, name));
	if (near.best)
		diag_help(c->diags, "did you mean `%s`?", near.best);
	else
		diag_help(c->diags, "declare it under \"functions\"");
	return NULL;
}

static void unknown_parameter(struct reader *r, const struct func *f, tape_t key)
{
	struct compilation *c = r->c;
	struct suggest near;
	char *name = arena_strndup(&c->arena, tape_text(&r->t, key), tape_at(&r->t, key)->len);
	suggest_init(&near, name);
	for (uint32_t i = 0; i < f->sig.params; i++)
		suggest_offer(&near, name_of(c, f->sig.param[i].name));
	diag_report(c->diags, CF106, tape_span(&r->t, key), "`%s` has no parameter `%s`", name_of(c, f->name), name);
	diag_note(c->diags, f->span, "`%s` is declared here", name_of(c, f->name));
	if (near.best)
		diag_help(c->diags, "did you mean `%s`?", near.best);
}

/* Arguments by name: arg[i] = the value said for parameter i. */
static bool place_arguments(struct said *s, const struct func *f, tape_t *arg)
{
	struct reader *r = s->r;
	bool ok = true;
	for (uint32_t i = 0; i < f->sig.params; i++)
		arg[i] = TAPE_NONE;
	if (s->args == TAPE_NONE)
		return true;
	if (tape_kind(&r->t, s->args) != JSON_OBJECT) {
		report_shape(r, s->args, "an object of parameters and values");
		return false;
	}
	tape_t key = tape_first(s->args);
	for (uint32_t k = 0; k < tape_at(&r->t, s->args)->len; k++, key = tape_next(&r->t, tape_next(&r->t, key))) {
		sym_t name = sym_find(r->c->syms, tape_text(&r->t, key), tape_at(&r->t, key)->len);
		uint32_t i = 0;
		while (i < f->sig.params && (!name || f->sig.param[i].name != name))
			i++;
		if (i == f->sig.params) {
			unknown_parameter(r, f, key);
			ok = false;
		} else if (arg[i] != TAPE_NONE) {
			diag_report(r->c->diags, CF211, tape_span(&r->t, key), "parameter `%s` is given twice", name_of(r->c, name));
			diag_note(r->c->diags, tape_span(&r->t, arg[i]), "the first stands here");
			ok = false;
		} else {
			arg[i] = tape_next(&r->t, key);
		}
	}
	return ok;
}

/* What a parameter gets that nothing was said for. */
static uint32_t default_argument(struct said *s, const struct func *f, const struct port *p)
{
	struct reader *r = s->r;
	struct compilation *c = r->c;
	if (p->preset)
		return graph_value(r->g, (struct graph_value){ VALUE_CONST, p->type, graph_constant(r->g, p->preset), s->b->block, p->preset->span });
	if (!p->type)
		return PLAN_NONE;
	if (type_of(&c->types, p->type)->kind == TYPE_OPTIONAL)
		return graph_value(r->g, (struct graph_value){ VALUE_ABSENT, p->type, 0, 0, s->span });
	diag_report(c->diags, CF202, tape_span(&r->t, s->main), "`%s` needs a value for `%s`", name_of(c, f->name), name_of(c, p->name));
	diag_note(c->diags, p->span, "`%s: %s` is declared here", name_of(c, p->name), type_text(&c->types, p->type));
	return PLAN_NONE;
}

static bool call(struct said *s, struct graph_node *n)
{
	struct reader *r = s->r;
	uint32_t func, value[LIMIT_FIELDS];
	tape_t arg[LIMIT_FIELDS];
	const struct func *f = function_named(s, &func);
	if (!f)
		return false;
	bool ok = place_arguments(s, f, arg) && !f->refused;
	for (uint32_t i = 0; i < f->sig.params; i++) {
		const struct port *p = &f->sig.param[i];
		const struct wanted w = { .what = "argument", .name = p->name, .of = f->name, .declared = p->span };
		value[i] = arg[i] == TAPE_NONE ? default_argument(s, f, p) : p->type ? read_value(r, s->b, arg[i], p->type, &w) : PLAN_NONE;
		ok &= value[i] != PLAN_NONE;
	}
	if (!ok)
		return false;
	n->kind = NODE_CALL;
	n->of = func;
	n->args = f->sig.params;
	n->first_arg = graph_items(r->g, value, n->args);
	return true;
}

/* ---- regions ---- */

static bool read_limit(struct said *s, uint32_t *limit)
{
	uint64_t v;
	if (s->limit == TAPE_NONE)
		return true;
	if (tape_u64(&s->r->t, s->limit, LIMIT_ROWS, &v) && v) {
		*limit = (uint32_t)v;
		return true;
	}
	diag_report(s->r->c->diags, CF213, tape_span(&s->r->t, s->limit), "a limit is from 1 to %d", LIMIT_ROWS);
	return false;
}

/* The parents of the rows have the type of the block's result, which is known only now. */
static bool check_parents(struct reader *r, uint32_t region)
{
	struct compilation *c = r->c;
	const struct graph_region *g = &r->g->region[region];
	bool ok = true;
	size_t kept = 0;
	for (size_t i = 0; i < r->checks; i++) {
		const struct value_check *check = &r->check[i];
		const struct graph_value *v = &r->g->value[check->value];
		if (check->region != region) {
			r->check[kept++] = *check;
			continue;
		}
		type_t made = v->b < g->results ? type_list(&c->types, r->g->value[r->g->item[g->first_result + v->b]].type) : TYPE_ERROR;
		if (made && made == v->type)
			continue;
		diag_report(c->diags, made ? CF201 : CF203, tape_span(&r->t, check->at), made ? "the rows give %s, and their parents are wanted as %s" : "the block has no such result for its parents",
			    type_text(&c->types, made), type_text(&c->types, v->type));
		ok = false;
	}
	r->checks = kept;
	return ok;
}

/* The body: nodes, then the values that it gives, which are seen from inside. */
static bool read_body(struct said *s, uint32_t region, bool files)
{
	struct reader *r = s->r;
	struct compilation *c = r->c;
	struct json_block body = { .up = s->b, .block = r->g->region[region].body, .region = region, .node_name = s->name, .depth = s->b->depth + 1 };
	tape_t nodes = TAPE_NONE, results = TAPE_NONE;
	const struct member m[] = { { "nodes", &nodes, true }, { "results", &results, false } };
	uint32_t value[RES_MAX], n = 0;
	bool ok = true;

	if (s->block == TAPE_NONE) {
		diag_report(c->diags, CF026, tape_span(&r->t, s->at), "this node needs a member \"block\"");
		return false;
	}
	if (body.depth > LIMIT_BODIES) {
		diag_report(c->diags, CF008, tape_span(&r->t, s->block), "blocks stand within each other more than %d deep", LIMIT_BODIES);
		return false;
	}
	if (!read_members(r, s->block, "a block", m, 2))
		return false;
	ok = read_nodes(r, &body, nodes);
	if (results != TAPE_NONE && tape_kind(&r->t, results) != JSON_ARRAY) {
		report_shape(r, results, "an array of values");
		ok = false;
	} else if (results != TAPE_NONE) {
		tape_t v = tape_first(results);
		n = tape_at(&r->t, results)->len;
		if (n > RES_MAX) {
			diag_report(c->diags, CF008, tape_span(&r->t, results), "a block gives at most %d values", RES_MAX);
			ok = false;
			n = 0;
		}
		for (uint32_t i = 0; i < n; i++, v = tape_next(&r->t, v)) {
			const struct wanted w = { .what = "the value of the block" };
			value[i] = read_value(r, &body, v, TYPE_ERROR, &w);
			ok &= value[i] != PLAN_NONE;
		}
	}
	json_block_release(&body);
	if (ok && files && (!n || r->g->value[value[0]].type != type_list(&c->types, TYPE_FILE))) {
		diag_report(c->diags, CF201, tape_span(&r->t, s->block), "a block with \"from\" and \"to\" gives [file] first (the files named by \"to\"), this gives %s",
			    n ? type_text(&c->types, r->g->value[value[0]].type) : "nothing");
		ok = false;
	}
	if (!ok)
		return false;
	r->g->region[region].first_result = graph_items(r->g, value, n);
	r->g->region[region].results = n;
	return check_parents(r, region);
}

/* The node comes before what is in it, so that its items have types. */
static bool region_done(struct said *s, struct graph_node *n, enum plan_node_kind kind, uint32_t region)
{
	struct reader *r = s->r;
	n->kind = (uint8_t)kind;
	n->of = region;
	uint32_t at = graph_node(r->g, *n);
	r->g->region[region].node = at;
	r->g->block[r->g->region[region].body].node = at;
	return read_body(s, region, kind == NODE_STEPS && r->g->region[region].output_start);
}

static uint32_t new_region(struct said *s)
{
	struct graph *g = s->r->g;
	struct graph_region r = { .given = PLAN_NONE, .until = PLAN_NONE };
	r.body = graph_block(g, (struct graph_block){ .node = UINT32_MAX - 1, .region = (uint32_t)g->regions, .up = s->b->block, .rows = g->block[s->b->block].rows });
	return graph_region(g, r);
}

static bool each(struct said *s, struct graph_node *n)
{
	struct reader *r = s->r;
	struct compilation *c = r->c;
	uint32_t value[LIMIT_FIELDS], lists = 0;
	bool ok = true;
	if (tape_kind(&r->t, s->main) != JSON_ARRAY || !tape_at(&r->t, s->main)->len || tape_at(&r->t, s->main)->len > LIMIT_FIELDS) {
		diag_report(c->diags, CF026, tape_span(&r->t, s->main), "\"each\" has the lists that it goes over: an array of 1 to %d values", LIMIT_FIELDS);
		diag_help(c->diags, "what is known before the run is written {\"rows\": NUMBER}, with columns");
		return false;
	}
	tape_t v = tape_first(s->main);
	for (uint32_t i = 0; i < tape_at(&r->t, s->main)->len; i++, v = tape_next(&r->t, v)) {
		const struct wanted w = { .what = "the list" };
		value[lists] = read_value(r, s->b, v, TYPE_ERROR, &w);
		type_t t = value[lists] == PLAN_NONE ? TYPE_ERROR : r->g->value[value[lists]].type;
		if (t && type_of(&c->types, t)->kind != TYPE_LIST)
			diag_report(c->diags, CF201, tape_span(&r->t, v), "\"each\" needs a list, found %s", type_text(&c->types, t));
		ok &= t && type_of(&c->types, t)->kind == TYPE_LIST;
		lists++;
	}
	uint32_t region = new_region(s);
	struct graph_region *g = &r->g->region[region];
	g->run_time = true;
	ok &= read_flag(r, s->partial, "partial", &g->partial) && read_limit(s, &g->limit);
	if (!ok)
		return false;
	n->args = lists;
	n->first_arg = graph_items(r->g, value, lists);
	return region_done(s, n, NODE_EACH, region);
}

/* {"file": …, "line": N or [N…], "column": …}: where the data of the rows stood. */
static bool read_row_places(struct said *s, uint32_t region)
{
	struct reader *r = s->r;
	tape_t file, line, column;
	const struct member m[] = { { "file", &file, true }, { "line", &line, true }, { "column", &column, true } };
	uint32_t rows = r->g->block[r->g->region[region].body].rows;
	if (s->places == TAPE_NONE)
		return true;
	if (!read_members(r, s->places, "the places of rows", m, 3) || !read_string(r, file, "a file's name", &r->g->region[region].row_file))
		return false;
	for (unsigned k = 0; k < 2; k++) {
		tape_t of = k ? column : line;
		bool all = tape_kind(&r->t, of) == JSON_NUMBER;
		tape_t v = all ? of : tape_first(of);
		uint32_t **to = k ? &r->g->region[region].row_column : &r->g->region[region].row_line;
		if (!all && (tape_kind(&r->t, of) != JSON_ARRAY || tape_at(&r->t, of)->len != rows)) {
			diag_report(r->c->diags, CF027, tape_span(&r->t, of), "the places of %u rows are one number, or %u", rows, rows);
			return false;
		}
		*to = mem_zalloc((size_t)rows + 1, sizeof **to);
		for (uint32_t i = 0; i < rows; i++, v = all ? v : tape_next(&r->t, v)) {
			uint64_t at = 0;
			if (!tape_u64(&r->t, v, UINT32_MAX, &at)) {
				report_shape(r, v, "a number");
				return false;
			}
			(*to)[i] = (uint32_t)at;
		}
	}
	return true;
}

static bool rows(struct said *s, struct graph_node *n)
{
	struct reader *r = s->r;
	uint32_t region = new_region(s);
	if (!read_row_counts(r, s->b, region, s->main))
		return false;
	struct graph_region *g = &r->g->region[region];
	if (!read_flag(r, s->partial, "partial", &g->partial) || !read_limit(s, &g->limit) || !read_row_places(s, region))
		return false;
	return region_done(s, n, NODE_EACH, region);
}

static bool steps(struct said *s, struct graph_node *n)
{
	uint32_t region = new_region(s);
	return read_steps(s->r, s->b, region, s->main) && read_row_places(s, region) && region_done(s, n, NODE_STEPS, region);
}

/* ---- all kinds ---- */

static const struct kind { const char *member; bool (*read)(struct said *, struct graph_node *); unsigned more; } kinds[] = {
#define GRAPH_NODE(member, reader, more) { member, reader, more },
#include "compiler/graph_json.def"
#undef GRAPH_NODE
};
enum { KINDS = sizeof kinds / sizeof *kinds, COMMON = 3, MORE = 6 };

static const struct kind *said_members(struct said *s)
{
	struct reader *r = s->r;
	tape_t main[KINDS];
	const struct kind *kind = NULL;
	struct member m[COMMON + MORE + KINDS] = { { "name", &s->name_at, true }, { "at", &s->place, false }, { "after", &s->after, false },
						   { "args", &s->args, false }, { "block", &s->block, false }, { "partial", &s->partial, false },
						   { "limit", &s->limit, false }, { "places", &s->places, false } };
	static const unsigned flag[] = { MORE_ARGS, MORE_BLOCK, MORE_PARTIAL, MORE_LIMIT, MORE_PLACES };
	enum { FLAGS = sizeof flag / sizeof *flag };
	for (unsigned i = 0; i < KINDS; i++)
		m[COMMON + FLAGS + i] = (struct member){ kinds[i].member, &main[i], false };
	if (!read_members(r, s->at, "a node", m, COMMON + FLAGS + KINDS))
		return NULL;
	for (unsigned i = 0; i < KINDS; i++) {
		if (main[i] == TAPE_NONE)
			continue;
		if (kind) {
			diag_report(r->c->diags, CF026, tape_span(&r->t, main[i]), "\"%s\" does not stand beside \"%s\"", kinds[i].member, kind->member);
			return NULL;
		}
		kind = &kinds[i];
		s->main = main[i];
	}
	if (!kind && r->unknown)
		return NULL;
	if (!kind) {
		diag_report(r->c->diags, CF026, tape_span(&r->t, s->at), "nothing says what this node does");
		diag_help(r->c->diags, "for example {\"name\": \"parse\", \"call\": \"parse\", \"args\": {\"raw\": {\"source\": \"raw\"}}}");
		return NULL;
	}
	for (unsigned i = 0; i < FLAGS; i++) {
		if (*m[COMMON + i].to == TAPE_NONE || kind->more & flag[i])
			continue;
		diag_report(r->c->diags, CF026, tape_span(&r->t, *m[COMMON + i].to), "\"%s\" does not stand beside \"%s\"", m[COMMON + i].name, kind->member);
		return NULL;
	}
	return kind;
}

/* ["parse", {"step": "split", "up": 1}]: steps that must be finished first. */
static bool read_afters(struct said *s, struct graph_node *n)
{
	struct reader *r = s->r;
	bool ok = true;
	if (s->after == TAPE_NONE)
		return true;
	if (tape_kind(&r->t, s->after) != JSON_ARRAY) {
		report_shape(r, s->after, "an array of steps' names");
		return false;
	}
	uint32_t many = tape_at(&r->t, s->after)->len, *node = mem_alloc(((size_t)many + 1) * sizeof *node);
	tape_t v = tape_first(s->after);
	for (uint32_t i = 0; i < many; i++, v = tape_next(&r->t, v)) {
		tape_t step = v, up = TAPE_NONE;
		const struct member m[] = { { "step", &step, true }, { "up", &up, false } };
		ok &= (tape_kind(&r->t, v) != JSON_OBJECT || read_members(r, v, "a step", m, 2)) && find_node(r, s->b, step, up, &node[i]);
	}
	if (ok) {
		n->afters = many;
		n->first_after = graph_items(r->g, node, many);
	}
	mem_free(node);
	return ok;
}

/* One node: its place in the graph, or PLAN_NONE after reports. */
static uint32_t read_node(struct reader *r, struct json_block *b, tape_t at)
{
	struct said s = { .r = r, .b = b, .at = at };
	const struct kind *kind = said_members(&s);
	if (!kind || !read_string(r, s.name_at, "a node's name", &s.name))
		return PLAN_NONE;
	s.span = read_place(r, s.place, at);
	struct graph_node n = { .name = s.name, .block = b->block, .span = s.span };
	bool ok = read_afters(&s, &n);
	if (!kind->read(&s, &n) || !ok)
		return PLAN_NONE;
	return n.kind == NODE_CALL ? graph_node(r->g, n) : n.kind == NODE_EACH || n.kind == NODE_STEPS ? r->g->region[n.of].node : PLAN_NONE;
}

/* The names of a block's nodes, each once. */
static bool read_names(struct reader *r, struct json_block *b, tape_t nodes)
{
	struct compilation *c = r->c;
	tape_t v = tape_first(nodes);
	bool ok = true;
	for (uint32_t i = 0; i < b->nodes; i++, v = tape_next(&r->t, v)) {
		tape_t name = tape_kind(&r->t, v) == JSON_OBJECT ? tape_member(&r->t, v, "name") : TAPE_NONE;
		sym_t sym;
		b->node[i] = PLAN_NONE;
		if (name == TAPE_NONE)
			continue;	/* said when the node is read */
		if (!read_string(r, name, "a node's name", &sym)) {
			ok = false;
			continue;
		}
		if (!check_word_name(name_of(c, sym))) {
			report_shape(r, name, "a name without blanks, brackets, quotes, `%` and `\\`");
			ok = false;
			continue;
		}
		uint32_t *slot = name_map_at(&b->by_name, sym);
		if (!*slot) {
			*slot = i + 1;
			continue;
		}
		diag_report(c->diags, CF102, tape_span(&r->t, name), "step `%s` stands twice in this block", name_of(c, sym));
		ok = false;
	}
	return ok;
}

bool read_nodes(struct reader *r, struct json_block *b, tape_t nodes)
{
	bool ok;
	if (tape_kind(&r->t, nodes) != JSON_ARRAY) {
		report_shape(r, nodes, "an array of nodes");
		return false;
	}
	b->nodes = tape_at(&r->t, nodes)->len;
	if (r->g->nodes + b->nodes > LIMIT_NODES) {
		diag_report(r->c->diags, CF702, tape_span(&r->t, nodes), "a graph has at most %d nodes", LIMIT_NODES);
		diag_help(r->c->diags, "steps that differ in their data only are rows of one node: calc-graph(5), \"rows\" and \"steps\"");
		b->nodes = 0;
		return false;
	}
	b->node = mem_alloc(((size_t)b->nodes + 1) * sizeof *b->node);
	ok = read_names(r, b, nodes);
	uint32_t *order = ok ? read_order(r, b, nodes) : NULL;
	if (!order)
		return false;
	tape_t *at = mem_alloc(((size_t)b->nodes + 1) * sizeof *at), v = tape_first(nodes);
	for (uint32_t i = 0; i < b->nodes; i++, v = tape_next(&r->t, v))
		at[i] = v;
	for (uint32_t i = 0; i < b->nodes; i++) {
		b->node[order[i]] = read_node(r, b, at[order[i]]);
		ok &= b->node[order[i]] != PLAN_NONE;
	}
	mem_free(at);
	mem_free(order);
	return ok;
}

void json_block_release(struct json_block *b)
{
	name_map_release(&b->by_name);
	mem_free(b->node);
}
