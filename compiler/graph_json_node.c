/* Nodes of a graph document: calls, and regions with their blocks. */
#include "compiler/graph_json_inner.h"

#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "runtime/plan_check.h"

enum { MORE_ARGS = 1, MORE_BLOCK = 2, MORE_PARTIAL = 4, MORE_LIMIT = 8, MORE_PLACES = 16, MORE_ROTATE = 32, MORE_ARMS = 64, MORE_ROUNDS = 128 };

/* A node while it is read. */
struct said {
	struct reader *r;
	struct json_block *b;
	tape_t at, main;		/* the whole, and the member that says its kind */
	tape_t name_at, place, after, args, block, partial, limit, places, rotate, arms, rounds, fails;
	sym_t name;
	struct span span;
	type_t launched;		/* LAUNCH: the flow's type */
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

static bool from_one(struct said *s, tape_t at, const char *what, uint32_t most, uint32_t *out)
{
	uint64_t v;
	if (at == TAPE_NONE)
		return true;
	if (tape_u64(&s->r->t, at, most, &v) && v) {
		*out = (uint32_t)v;
		return true;
	}
	diag_report(s->r->c->diags, CF213, tape_span(&s->r->t, at), "\"%s\" is from 1 to %u", what, most);
	return false;
}

/* What a region says of how its items run. */
static bool read_how(struct said *s, uint32_t region)
{
	struct graph_region *g = &s->r->g->region[region];
	bool ok = read_flag(s->r, s->partial, "partial", &g->partial);
	ok &= from_one(s, s->limit, "limit", LIMIT_ROWS, &g->limit);
	return from_one(s, s->rotate, "rotate", LIMIT_ROWS, &g->rotate) && ok;
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

/* The values of a block, seen from inside: RES_MAX of them at most. */
static bool read_results(struct reader *r, struct json_block *body, tape_t results, uint32_t *value, uint32_t *n)
{
	bool ok = true;
	*n = 0;
	if (results == TAPE_NONE)
		return true;
	if (tape_kind(&r->t, results) != JSON_ARRAY) {
		report_shape(r, results, "an array of values");
		return false;
	}
	if (tape_at(&r->t, results)->len > RES_MAX) {
		diag_report(r->c->diags, CF008, tape_span(&r->t, results), "a block gives at most %d values", RES_MAX);
		return false;
	}
	tape_t v = tape_first(results);
	for (uint32_t i = 0; i < tape_at(&r->t, results)->len; i++, v = tape_next(&r->t, v)) {
		const struct wanted w = { .what = "the value of the block" };
		value[i] = read_value(r, body, v, TYPE_ERROR, &w);
		ok &= value[i] != PLAN_NONE;
	}
	*n = tape_at(&r->t, results)->len;
	return ok;
}

/* The body of a region: nodes, then the values that it gives, and for a cycle the test after each round. */
static bool read_body(struct said *s, tape_t block, uint32_t region)
{
	struct reader *r = s->r;
	struct compilation *c = r->c;
	struct json_block body = { .up = s->b, .block = r->g->region[region].body, .region = region, .node_name = s->name, .depth = s->b->depth + 1 };
	uint8_t kind = r->g->node[r->g->region[region].node].kind;
	tape_t nodes, results, until = TAPE_NONE, media;
	const struct member m[] = { { "nodes", &nodes, true }, { "results", &results, false }, { "media", &media, false }, { "until", &until, false } };
	uint32_t value[RES_MAX], n;
	bool files = kind == NODE_STEPS && r->g->region[region].output_start;

	if (block == TAPE_NONE) {
		diag_report(c->diags, CF026, tape_span(&r->t, s->at), "this node needs a member \"block\"");
		return false;
	}
	if (body.depth > LIMIT_BODIES) {
		diag_report(c->diags, CF008, tape_span(&r->t, block), "blocks stand within each other more than %d deep", LIMIT_BODIES);
		return false;
	}
	if (!read_members(r, block, "a block", m, kind == NODE_CYCLE ? 4 : 3))
		return false;
	bool ok = read_nodes(r, &body, nodes);
	ok &= read_results(r, &body, results, value, &n);
	ok &= read_media(r, &body, media);
	if (until != TAPE_NONE) {
		const struct wanted w = { .what = "the test after \"until\"" };
		uint32_t v = read_value(r, &body, until, TYPE_BOOL, &w);
		r->g->region[region].until = v;
		ok &= v != PLAN_NONE;
	}
	json_block_release(&body);
	if (ok && files && (!n || r->g->value[value[0]].type != type_list(&c->types, TYPE_FILE))) {
		diag_report(c->diags, CF201, tape_span(&r->t, block), "a block with \"from\" and \"to\" gives [file] first (the files named by \"to\"), this gives %s",
			    n ? type_text(&c->types, r->g->value[value[0]].type) : "nothing");
		ok = false;
	}
	if (!ok)
		return false;
	uint32_t first = graph_items(r->g, value, n);
	r->g->region[region].first_result = first;
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
	return read_body(s, s->block, region);
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
	r->g->region[region].run_time = true;
	ok &= read_how(s, region);
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
	if (!read_how(s, region) || !read_row_places(s, region))
		return false;
	return region_done(s, n, NODE_EACH, region);
}

static bool steps(struct said *s, struct graph_node *n)
{
	uint32_t region = new_region(s);
	return read_steps(s->r, s->b, region, s->main) && read_row_places(s, region) && region_done(s, n, NODE_STEPS, region);
}

/* ---- outcomes, rounds, launches ---- */

/* What a value of the type may turn out to be: plan.h's outcomes. */
static uint32_t outcomes(const struct types *t, type_t type)
{
	const struct type *ty = type_of(t, type);
	switch (ty->kind) {
	case TYPE_OPTIONAL: return 1 + outcomes(t, ty->elem);
	case TYPE_ENUM: case TYPE_CHOICE: return ty->count;
	case TYPE_BOOL: return 2;
	default: return 1;
	}
}

/* All arms with a body give as many values; what they have in common is the type of the node's result (graph_types.c). */
static bool check_arms(struct said *s, const struct graph_node *n)
{
	struct reader *r = s->r;
	const struct graph_region *first = NULL;
	for (uint32_t i = 0; i < n->arms; i++) {
		const struct graph_region *arm = &r->g->region[n->of + i];
		if (arm->body == PLAN_NONE)
			continue;
		if (first && arm->results != first->results) {
			diag_report(r->c->diags, CF203, tape_span(&r->t, s->arms), "one arm gives %u value%s, another %u", first->results, first->results == 1 ? "" : "s", arm->results);
			return false;
		}
		first = first ? first : arm;
	}
	for (uint32_t k = 0; first && k < first->results; k++) {
		struct graph_value v = { .kind = VALUE_PORT, .a = r->g->region[n->of].node, .b = k };
		if (graph_natural_type(r->c, r->g, &v))
			continue;
		diag_report(r->c->diags, CF201, tape_span(&r->t, s->arms), "value %u has another type in each arm", k);
		return false;
	}
	return true;
}

static bool match(struct said *s, struct graph_node *n)
{
	struct reader *r = s->r;
	struct graph *g = r->g;
	const struct wanted w = { .what = "the value of \"match\"" };
	uint32_t selector = read_value(r, s->b, s->main, TYPE_ERROR, &w), arms = 0;
	bool ok = true;
	if (selector == PLAN_NONE)
		return false;
	arms = outcomes(&r->c->types, g->value[selector].type);
	if (s->arms == TAPE_NONE || tape_kind(&r->t, s->arms) != JSON_ARRAY || tape_at(&r->t, s->arms)->len != arms) {
		diag_report(r->c->diags, CF619, tape_span(&r->t, s->arms == TAPE_NONE ? s->at : s->arms), "%s has %u outcome%s: \"arms\" is an array of a block, or null, for each",
			    type_text(&r->c->types, g->value[selector].type), arms, arms == 1 ? "" : "s");
		return false;
	}
	n->kind = NODE_MATCH;
	n->of = (uint32_t)g->regions;
	n->arms = arms;
	n->args = 1;
	n->first_arg = graph_items(g, &selector, 1);
	uint32_t at = graph_node(g, *n);
	for (uint32_t i = 0; i < arms; i++)
		graph_region(g, (struct graph_region){ .node = at, .body = PLAN_NONE, .given = PLAN_NONE, .until = PLAN_NONE, .run_time = true });
	tape_t v = tape_first(s->arms);
	for (uint32_t i = 0; i < arms; i++, v = tape_next(&r->t, v)) {
		if (tape_kind(&r->t, v) == JSON_NULL)
			continue;
		uint32_t body = graph_block(g, (struct graph_block){ .node = at, .region = n->of + i, .up = s->b->block, .rows = g->block[s->b->block].rows });
		g->region[n->of + i].body = body;
		ok &= read_body(s, v, n->of + i);
	}
	return ok && check_arms(s, n);
}

enum { ROUNDS_MOST = 1 << 24 };

/* Values by an array: into n's arguments, behind those that stand in `value`. */
static bool read_arguments(struct said *s, tape_t array, uint32_t *value, uint32_t *count, type_t (*want)(const struct said *, uint32_t), struct graph_node *n)
{
	struct reader *r = s->r;
	bool ok = true;
	if (array != TAPE_NONE && (tape_kind(&r->t, array) != JSON_ARRAY || tape_at(&r->t, array)->len > LIMIT_FIELDS)) {
		diag_report(r->c->diags, CF026, tape_span(&r->t, array), "expected an array of up to %d values, found %s", LIMIT_FIELDS, tape_found(&r->t, array));
		return false;
	}
	tape_t v = array == TAPE_NONE ? TAPE_NONE : tape_first(array);
	for (uint32_t i = 0; array != TAPE_NONE && i < tape_at(&r->t, array)->len; i++, v = tape_next(&r->t, v)) {
		const struct wanted w = { .what = "the argument" };
		value[*count] = read_value(r, s->b, v, want ? want(s, i) : TYPE_ERROR, &w);
		ok &= value[(*count)++] != PLAN_NONE;
	}
	if (ok) {
		n->args = *count;
		n->first_arg = graph_items(r->g, value, *count);
	}
	return ok;
}

static bool cycle(struct said *s, struct graph_node *n)
{
	struct reader *r = s->r;
	struct compilation *c = r->c;
	uint32_t value[LIMIT_FIELDS + 1], count = 0, rounds = 0;
	bool fails = false;
	if (!read_arguments(s, s->main, value, &count, NULL, n))
		return false;
	if (!from_one(s, s->rounds, "rounds", ROUNDS_MOST, &rounds) || !read_flag(r, s->fails, "fails", &fails))
		return false;
	if (!rounds) {
		diag_report(c->diags, CF620, tape_span(&r->t, s->at), "nothing bounds this cycle: say how many \"rounds\" it may take");
		return false;
	}
	uint32_t region = new_region(s);
	r->g->region[region].run_time = true;
	r->g->region[region].rounds = rounds;
	r->g->region[region].fails = fails;
	if (!region_done(s, n, NODE_CYCLE, region))
		return false;
	const struct graph_region *g = &r->g->region[region];
	if (g->results != count) {
		diag_report(c->diags, CF203, tape_span(&r->t, s->block), "a round gives %u value%s for %u first value%s", g->results, g->results == 1 ? "" : "s", count, count == 1 ? "" : "s");
		return false;
	}
	for (uint32_t k = 0; k < count; k++) {
		struct graph_value v = { .kind = VALUE_CARRY, .a = region, .b = k };
		type_t carried = graph_natural_type(c, r->g, &v), next = r->g->value[r->g->item[g->first_result + k]].type;
		if (type_fits(&c->types, next, carried))
			continue;
		diag_report(c->diags, CF201, tape_span(&r->t, s->block), "value %u of the cycle: expected %s, found %s", k, type_text(&c->types, carried), type_text(&c->types, next));
		return false;
	}
	return true;
}

static bool compute(struct said *s, struct graph_node *n)
{
	struct reader *r = s->r;
	uint32_t value[LIMIT_FIELDS + 1], count = 0;
	if (!read_arguments(s, s->args, value, &count, NULL, n))
		return false;
	struct expr *x = read_formula(r, s->b, s->main, value, count, s->span);
	if (!x)
		return false;
	n->kind = GRAPH_COMPUTE;
	n->of = graph_formula(r->g, (struct graph_formula){ x });
	return true;
}

static type_t launched_param(const struct said *s, uint32_t i)
{
	const struct types *t = &s->r->c->types;
	return i < type_of(t, s->launched)->params ? type_field_at(t, s->launched, i)->type : TYPE_ERROR;
}

static bool launch(struct said *s, struct graph_node *n)
{
	struct reader *r = s->r;
	struct compilation *c = r->c;
	const struct wanted w = { .what = "the flow that is launched" };
	uint32_t value[LIMIT_FIELDS + 2], count = 1;
	value[0] = read_value(r, s->b, s->main, TYPE_ERROR, &w);
	if (value[0] == PLAN_NONE)
		return false;
	s->launched = r->g->value[value[0]].type;
	const struct type *ty = type_of(&c->types, s->launched);
	if (ty->kind != TYPE_FUNCTION || !ty->is_flow) {
		diag_report(c->diags, CF201, tape_span(&r->t, s->main), "\"launch\" needs a flow that a function gives as data, found %s", type_text(&c->types, s->launched));
		return false;
	}
	uint32_t given = s->args == TAPE_NONE || tape_kind(&r->t, s->args) != JSON_ARRAY ? 0 : tape_at(&r->t, s->args)->len;
	if (given != ty->params) {
		diag_report(c->diags, CF202, tape_span(&r->t, s->at), "%s takes %u argument%s, found %u", type_text(&c->types, s->launched), ty->params, ty->params == 1 ? "" : "s", given);
		return false;
	}
	if (!read_arguments(s, s->args, value, &count, launched_param, n))
		return false;
	n->kind = NODE_LAUNCH;
	n->of = s->launched;
	return true;
}

/* ---- all kinds ---- */

static const struct kind { const char *member; bool (*read)(struct said *, struct graph_node *); unsigned more; } kinds[] = {
#define GRAPH_NODE(member, reader, more) { member, reader, more },
#include "compiler/graph_json.def"
#undef GRAPH_NODE
};
enum { KINDS = sizeof kinds / sizeof *kinds, COMMON = 3, MORE = 9 };

static const struct kind *said_members(struct said *s)
{
	struct reader *r = s->r;
	tape_t main[KINDS];
	const struct kind *kind = NULL;
	struct member m[COMMON + MORE + KINDS] = { { "name", &s->name_at, true }, { "at", &s->place, false }, { "after", &s->after, false },
						   { "args", &s->args, false }, { "block", &s->block, false }, { "partial", &s->partial, false },
						   { "limit", &s->limit, false }, { "places", &s->places, false }, { "rotate", &s->rotate, false },
						   { "arms", &s->arms, false }, { "rounds", &s->rounds, false }, { "fails", &s->fails, false } };
	static const unsigned flag[] = { MORE_ARGS, MORE_BLOCK, MORE_PARTIAL, MORE_LIMIT, MORE_PLACES, MORE_ROTATE, MORE_ARMS, MORE_ROUNDS, MORE_ROUNDS };
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
	return n.kind == NODE_CALL || n.kind == GRAPH_COMPUTE || n.kind == NODE_LAUNCH ? graph_node(r->g, n) : r->g->region[n.of].node;
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
	return read_previous(r, b) && ok;
}

void json_block_release(struct json_block *b)
{
	name_map_release(&b->by_name);
	mem_free(b->node);
}
