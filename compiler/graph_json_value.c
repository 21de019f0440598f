/* Values of a graph document: constants, columns, and references by name, checked against what they are wanted for. */
#include "compiler/graph_json_inner.h"

#include <string.h>

#include "base/mem.h"
#include "compiler/declare.h"
#include "compiler/text.h"

enum { MORE_TYPE = 1, MORE_AT = 2, MORE_RESULT = 4, MORE_UP = 8, MORE_WHICH = 16 };

/* A value while it is read: its members, and what is wanted. */
struct said {
	struct reader *r;
	struct json_block *b;
	tape_t at, main;		/* the whole, and the member that says its kind */
	tape_t type, place, result, up, which;
	type_t want;
	const struct wanted *for_what;
};

static void note_declared(struct reader *r, const struct wanted *w)
{
	if (w->declared.at)
		diag_note(r->c->diags, w->declared, "it is declared here");
}

/* "argument `limit` of `stats`" */
static const char *what_text(struct reader *r, const struct wanted *w)
{
	if (!w->name)
		return w->what;
	return w->of ? arena_printf(&r->c->arena, "%s `%s` of `%s`", w->what, name_of(r->c, w->name), name_of(r->c, w->of))
		     : arena_printf(&r->c->arena, "%s `%s`", w->what, name_of(r->c, w->name));
}

/* ---- constants ---- */

/* The text of a value, as it stands in the document. */
static struct source part(struct reader *r, tape_t v)
{
	const struct tape_value *tv = tape_at(&r->t, v);
	const struct source *src = r->c->main;
	const char *text = src->text + (tv->at - src->base);
	size_t len = tape_span(&r->t, v).len;
	if (tv->kind == JSON_OBJECT || tv->kind == JSON_ARRAY) {
		len = tv->text - tv->at;
	} else if (tv->kind == JSON_STRING) {
		for (len = 1; text[len] != '"'; len++)
			len += text[len] == '\\';
		len++;
	}
	return (struct source){ .name = src->name, .text = text, .len = len, .base = tv->at };
}

bool read_words(struct reader *r, tape_t v, type_t type, struct span declared, word_t *out)
{
	struct data_target target = data_target_of(r->c);
	const struct tape_value *tv = tape_at(&r->t, v);
	if (type == TYPE_ERROR)
		return false;
	if (tv->kind == JSON_STRING && type == TYPE_STRING) {	/* most of them */
		*out = tv->len ? word_pair(tv->text, tv->len) : string_new(&r->c->store, "", 0, tape_span(&r->t, v));
		return true;
	}
	if (tv->kind == JSON_NUMBER && type_is_number(type) && text_number(tape_text(&r->t, v), tv->len, type, out) == TEXT_OK)
		return true;
	struct source src = part(r, v);
	return data_read(&target, &src, NULL, 0, type, declared, out);
}

/* The type that is said, else the one that is wanted. */
static type_t constant_type(struct said *s)
{
	if (s->type != TAPE_NONE)
		return read_type(s->r, s->type);
	if (!s->want) {
		diag_report(s->r->c->diags, CF212, tape_span(&s->r->t, s->at), "nothing says the type of this value");
		diag_help(s->r->c->diags, "write it beside: {\"value\": …, \"type\": \"i64\"}");
	}
	return s->want;
}

static uint32_t put(struct said *s, struct graph_value v)
{
	return graph_value(s->r->g, v);
}

static uint32_t constant(struct said *s)
{
	struct reader *r = s->r;
	struct span at = read_place(r, s->place, s->main);
	type_t type = constant_type(s);
	word_t w;
	if (!type || !read_words(r, s->main, type, s->for_what->declared, &w))
		return PLAN_NONE;
	struct expr *x = expr_word(r->c, type, w, at);
	return put(s, (struct graph_value){ VALUE_CONST, type, graph_constant(r->g, x), s->b->block, at });
}

struct expr *region_column(struct reader *r, uint32_t region, type_t type, word_t *word, struct span at)
{
	struct graph_region *g = &r->g->region[region];
	g->list_word = mem_resize(g->list_word, (size_t)g->lists + 1, sizeof *g->list_word);
	g->list_type = mem_resize(g->list_type, (size_t)g->lists + 1, sizeof *g->list_type);
	g->list_word[g->lists] = word;
	g->list_type[g->lists] = type;
	struct expr *x = expr_new(r->c, X_ROW, type, at);
	x->a = region;
	x->b = g->lists++;
	x->row = true;
	return x;
}

static uint32_t column(struct said *s)
{
	struct reader *r = s->r;
	struct compilation *c = r->c;
	uint32_t rows = r->g->block[s->b->block].rows;
	struct span at = read_place(r, s->place, s->main);
	type_t type = constant_type(s);
	word_t list;
	if (!type || !read_words(r, s->main, type_list(&c->types, type), s->for_what->declared, &list))
		return PLAN_NONE;
	if (s->b->region == PLAN_NONE) {
		diag_report(c->diags, CF027, tape_span(&r->t, s->main), "the nodes of a set have one row: a column stands in the block of \"rows\" or \"steps\"");
		diag_help(c->diags, "write {\"value\": …}");
		return PLAN_NONE;
	}
	if (list_count(list) != rows) {
		diag_report(c->diags, CF027, tape_span(&r->t, s->main), "a column of %u values in a block of %u rows", list_count(list), rows);
		return PLAN_NONE;
	}
	word_t *word = mem_alloc(((size_t)rows + 1) * sizeof *word);
	if (rows)
		memcpy(word, c->store.word + word_hi(list), rows * sizeof *word);
	struct expr *x = region_column(r, s->b->region, type, word, at);
	return put(s, (struct graph_value){ VALUE_CONST, type, graph_constant(r->g, x), s->b->block, at });
}

/* ---- references ---- */

static bool number(struct said *s, tape_t v, const char *what, uint32_t *out)
{
	uint64_t n = 0;
	if (v == TAPE_NONE)
		return true;
	if (!tape_u64(&s->r->t, v, UINT32_MAX - 1, &n)) {
		diag_report(s->r->c->diags, CF026, tape_span(&s->r->t, v), "\"%s\" is a number from 0, found %s", what, tape_found(&s->r->t, v));
		return false;
	}
	*out = (uint32_t)n;
	return true;
}

static void unknown_node(struct reader *r, struct json_block *b, tape_t name, const char *text)
{
	struct suggest s;
	suggest_init(&s, text);
	for (const struct json_block *at = b; at && suggest_wanted(r->c); at = at->up)
		for (uint32_t i = 0; at->by_name.key && i <= at->by_name.mask && suggest_wanted(r->c); i++)
			if (at->by_name.key[i])
				suggest_offer(&s, name_of(r->c, at->by_name.key[i]));
	diag_report(r->c->diags, CF101, tape_span(&r->t, name), "unknown step `%s`", text);
	if (s.best)
		diag_help(r->c->diags, "did you mean `%s`?", s.best);
	else
		diag_help(r->c->diags, "a step is a node of this block or of one around it");
}

bool find_node(struct reader *r, struct json_block *b, tape_t name, tape_t up, uint32_t *node)
{
	struct said s = { .r = r };
	uint32_t skip = 0;
	sym_t sym;
	if (!read_string(r, name, "the name of a step", &sym) || !number(&s, up, "up", &skip))
		return false;
	for (struct json_block *at = b; at; at = at->up) {
		uint32_t i = name_map_get(&at->by_name, sym);
		if (!i || skip--)
			continue;
		*node = at->node[i - 1];
		return *node != PLAN_NONE;	/* refused: it was said why */
	}
	unknown_node(r, b, name, name_of(r->c, sym));
	return false;
}

/* The region of a node around this block, by the node's name. */
static uint32_t find_region(struct said *s, unsigned kind, const char *what)
{
	struct reader *r = s->r;
	uint32_t skip = 0;
	sym_t name;
	if (!read_string(r, s->main, what, &name) || !number(s, s->up, "up", &skip))
		return PLAN_NONE;
	for (const struct json_block *b = s->b; b; b = b->up)
		if (b->region != PLAN_NONE && b->node_name == name && r->g->node[r->g->region[b->region].node].kind == kind && !skip--)
			return b->region;
	diag_report(r->c->diags, CF101, tape_span(&r->t, s->main), "no %s `%s` stands around this", what, name_of(r->c, name));
	return PLAN_NONE;
}

/* A result of a node, by its name or its number. */
static bool which_result(struct said *s, uint32_t node, uint32_t *k)
{
	struct reader *r = s->r;
	struct compilation *c = r->c;
	const struct graph_node *n = &r->g->node[node];
	uint32_t results = graph_results(c, r->g, node);
	const struct signature *sig = n->kind == NODE_CALL ? &c->program.func[n->of].sig : NULL;
	if (s->result != TAPE_NONE && tape_kind(&r->t, s->result) == JSON_STRING && sig) {
		sym_t name = sym_find(c->syms, tape_text(&r->t, s->result), tape_at(&r->t, s->result)->len);
		struct suggest near;
		char *text = arena_strndup(&c->arena, tape_text(&r->t, s->result), tape_at(&r->t, s->result)->len);
		suggest_init(&near, text);
		for (*k = 0; *k < results; ++*k) {
			if (name && sig->result[*k].name == name)
				return true;
			suggest_offer(&near, name_of(c, sig->result[*k].name));
		}
		diag_report(c->diags, CF101, tape_span(&r->t, s->result), "`%s` has no result `%s`", name_of(c, c->program.func[n->of].name), text);
		diag_note(c->diags, c->program.func[n->of].span, "it is declared here");
		if (near.best)
			diag_help(c->diags, "did you mean `%s`?", near.best);
		return false;
	}
	*k = 0;
	if (!number(s, s->result, "result", k))
		return false;
	if (*k < results)
		return true;
	diag_report(c->diags, CF203, tape_span(&r->t, s->result == TAPE_NONE ? s->main : s->result), "step `%s` has %u result%s", name_of(c, n->name), results, results == 1 ? "" : "s");
	return false;
}

static uint32_t port(struct said *s)
{
	uint32_t node, k;
	if (!find_node(s->r, s->b, s->main, s->up, &node) || !which_result(s, node, &k))
		return PLAN_NONE;
	return put(s, (struct graph_value){ VALUE_PORT, TYPE_ERROR, node, k, s->r->g->node[node].span });
}

static uint32_t source(struct said *s)
{
	struct compilation *c = s->r->c;
	sym_t name;
	if (!read_string(s->r, s->main, "the name of a source", &name))
		return PLAN_NONE;
	const struct decl *d = program_data(&c->program, name);
	if (!d || d->kind != DECL_OUTSIDE) {
		struct suggest near;
		suggest_init(&near, name_of(c, name));
		for (size_t i = 0; i < c->program.outsides && suggest_wanted(c); i++)
			if (!c->program.outside[i].is_sink)
				suggest_offer(&near, name_of(c, c->program.outside[i].name));
		diag_report(c->diags, CF101, tape_span(&s->r->t, s->main), d ? "`%s` is no source" : "unknown source `%s`", name_of(c, name));
		if (near.best)
			diag_help(c->diags, "did you mean `%s`?", near.best);
		else
			diag_help(c->diags, "declare it under \"sources\"");
		return PLAN_NONE;
	}
	struct outside *o = &c->program.outside[d->index];
	o->used = true;
	if (o->is_sink && c->set) {	/* of another set: it runs before this one */
		struct set_read read = { d->index, tape_span(&s->r->t, s->main) };
		bool known = false;
		for (uint32_t i = 0; i < c->set->reads; i++)
			known |= c->set->read[i].sink == d->index;
		if (!known) {
			c->set->read = attr_one_more(c, c->set->read, c->set->reads, sizeof read);
			c->set->read[c->set->reads++] = read;
		}
	}
	return o->type ? put(s, (struct graph_value){ VALUE_SOURCE, TYPE_ERROR, d->index, 0, o->span }) : PLAN_NONE;
}

static uint32_t item(struct said *s)
{
	uint32_t region = find_region(s, NODE_EACH, "\"each\""), which = 0;
	if (region == PLAN_NONE || !number(s, s->which, "which", &which))
		return PLAN_NONE;
	const struct graph_node *n = &s->r->g->node[s->r->g->region[region].node];
	if (which >= n->args) {
		diag_report(s->r->c->diags, CF027, tape_span(&s->r->t, s->main), "`%s` goes over %u list%s of the run", name_of(s->r->c, n->name), n->args, n->args == 1 ? "" : "s");
		if (!n->args)
			diag_help(s->r->c->diags, "what is known before the run is a column: {\"column\": […]}");
		return PLAN_NONE;
	}
	return put(s, (struct graph_value){ VALUE_ITEM, TYPE_ERROR, region, which, n->span });
}

static uint32_t list(struct said *s)
{
	struct reader *r = s->r;
	struct compilation *c = r->c;
	tape_t v = s->main;
	type_t want = s->type != TAPE_NONE ? read_type(r, s->type) : s->want;
	uint32_t n = tape_at(&r->t, v)->len, first = PLAN_NONE;
	if (tape_kind(&r->t, v) != JSON_ARRAY) {
		report_shape(r, v, "an array of values");
		return PLAN_NONE;
	}
	if (want && type_of(&c->types, want)->kind == TYPE_OPTIONAL)
		want = type_of(&c->types, want)->elem;
	if (want && type_of(&c->types, want)->kind != TYPE_LIST) {
		diag_report(c->diags, CF201, tape_span(&r->t, v), "%s: expected %s, found a list", what_text(r, s->for_what), type_text(&c->types, want));
		note_declared(r, s->for_what);
		return PLAN_NONE;
	}
	if (!want && !n) {
		constant_type(s);	/* says what is missing */
		return PLAN_NONE;
	}
	uint32_t *value = mem_alloc(((size_t)n + 1) * sizeof *value);
	type_t elem = want ? type_of(&c->types, want)->elem : TYPE_ERROR;
	tape_t k = tape_first(v);
	bool ok = true;
	for (uint32_t i = 0; i < n; i++, k = tape_next(&r->t, k)) {
		const struct wanted w = { .what = "an item of a list", .declared = s->for_what->declared };
		value[i] = read_value(r, s->b, k, elem, &w);
		ok &= value[i] != PLAN_NONE;
		if (!elem && value[i] != PLAN_NONE)
			elem = r->g->value[value[i]].type;
	}
	if (ok)
		first = graph_items(r->g, value, n);
	mem_free(value);
	return ok ? put(s, (struct graph_value){ VALUE_LIST, TYPE_ERROR, first, n, tape_span(&r->t, v) }) : PLAN_NONE;
}

static uint32_t parents(struct said *s)
{
	struct reader *r = s->r;
	uint32_t region = find_region(s, NODE_STEPS, "\"steps\""), k = 0;
	if (region == PLAN_NONE || !number(s, s->result, "result", &k))
		return PLAN_NONE;
	const struct graph_region *g = &r->g->region[region];
	if (!g->parent_start) {
		diag_report(r->c->diags, CF027, tape_span(&r->t, s->main), "the rows of `%s` name no parents", name_of(r->c, r->g->node[g->node].name));
		diag_help(r->c->diags, "say them under \"after\" of its \"steps\"");
		return PLAN_NONE;
	}
	uint32_t v = put(s, (struct graph_value){ VALUE_PARENTS, TYPE_ERROR, region, k, r->g->node[g->node].span });
	r->check = mem_grow(r->check, &r->check_cap, r->checks + 1, sizeof *r->check);
	r->check[r->checks++] = (struct value_check){ v, s->at, region };
	return v;
}

static bool has_files(struct said *s, uint32_t region)
{
	if (region == PLAN_NONE || s->r->g->region[region].input_start)
		return region != PLAN_NONE;
	diag_report(s->r->c->diags, CF027, tape_span(&s->r->t, s->main), "the rows of this \"steps\" name no files");
	diag_help(s->r->c->diags, "say them under \"from\" and \"to\"");
	return false;
}

static uint32_t inputs(struct said *s)
{
	uint32_t region = find_region(s, NODE_STEPS, "\"steps\"");
	if (!has_files(s, region))
		return PLAN_NONE;
	return put(s, (struct graph_value){ VALUE_INPUTS, TYPE_ERROR, region, 0, s->r->g->node[s->r->g->region[region].node].span });
}

static uint32_t outputs(struct said *s)
{
	struct reader *r = s->r;
	uint32_t region = find_region(s, NODE_STEPS, "\"steps\"");
	if (!has_files(s, region))
		return PLAN_NONE;
	struct expr *x = expr_new(r->c, X_ROW, type_list(&r->c->types, TYPE_STRING), tape_span(&r->t, s->main));
	x->a = region;
	x->b = UINT32_MAX;
	x->row = true;
	return put(s, (struct graph_value){ VALUE_CONST, x->type, graph_constant(r->g, x), s->b->block, x->span });
}

static uint32_t carry(struct said *s)
{
	uint32_t region = find_region(s, NODE_CYCLE, "\"cycle\""), which = 0;
	if (region == PLAN_NONE || !number(s, s->which, "which", &which))
		return PLAN_NONE;
	const struct graph_node *n = &s->r->g->node[s->r->g->region[region].node];
	if (which < n->args)
		return put(s, (struct graph_value){ VALUE_CARRY, TYPE_ERROR, region, which, n->span });
	diag_report(s->r->c->diags, CF203, tape_span(&s->r->t, s->main), "`%s` carries %u value%s", name_of(s->r->c, n->name), n->args, n->args == 1 ? "" : "s");
	return PLAN_NONE;
}

/* A parameter of a flow that is launched. */
static uint32_t param(struct said *s)
{
	struct reader *r = s->r;
	sym_t name;
	if (!read_string(r, s->main, "a parameter's name", &name))
		return PLAN_NONE;
	for (uint32_t i = 0; i < r->params; i++)
		if (r->param[i].name == name)
			return put(s, (struct graph_value){ VALUE_PARAM, r->param[i].type, i, 0, tape_span(&r->t, s->at) });
	diag_report(r->c->diags, CF101, tape_span(&r->t, s->main), r->params ? "the flow has no parameter `%s`" : "`%s`: only a flow that is launched has parameters", name_of(r->c, name));
	return PLAN_NONE;
}

static uint32_t absent(struct said *s)
{
	type_t type = s->type != TAPE_NONE ? read_type(s->r, s->type) : s->want;
	struct compilation *c = s->r->c;
	if (!type && s->type == TAPE_NONE && !s->want)
		return constant_type(s), PLAN_NONE;
	if (!type || type_of(&c->types, type)->kind == TYPE_OPTIONAL)
		return type ? put(s, (struct graph_value){ VALUE_ABSENT, type, 0, 0, tape_span(&s->r->t, s->at) }) : PLAN_NONE;
	diag_report(c->diags, CF204, tape_span(&s->r->t, s->at), "%s: expected %s, found an absent value", what_text(s->r, s->for_what), type_text(&c->types, type));
	note_declared(s->r, s->for_what);
	return PLAN_NONE;
}

/* ---- all kinds ---- */

static const struct kind { const char *member; uint32_t (*read)(struct said *); unsigned more; } kinds[] = {
#define GRAPH_VALUE(member, reader, more) { member, reader, more },
#include "compiler/graph_json.def"
#undef GRAPH_VALUE
};
enum { KINDS = sizeof kinds / sizeof *kinds };

/* T of a T?: where an arm around this is taken only when the value is there. */
static bool is_there(const struct said *s, const struct graph_value *v, type_t own, type_t said)
{
	const struct graph *g = s->r->g;
	if (type_of(&s->r->c->types, own)->kind != TYPE_OPTIONAL || type_of(&s->r->c->types, own)->elem != said)
		return false;
	for (const struct json_block *b = s->b; b; b = b->up) {
		const struct graph_node *n = b->region == PLAN_NONE ? NULL : &g->node[g->region[b->region].node];
		const struct graph_value *of = n && n->kind == NODE_MATCH ? &g->value[g->item[n->first_arg]] : NULL;
		if (of && b->region > n->of && of->kind == v->kind && of->a == v->a && of->b == v->b)
			return true;
	}
	return false;
}

/* The type of a reference: its own, or an optional one of it that is said. Then against what is wanted. */
static uint32_t fitted(struct said *s, uint32_t v)
{
	struct reader *r = s->r;
	struct compilation *c = r->c;
	struct graph_value *g = &r->g->value[v];
	if (!g->type) {
		type_t own = graph_natural_type(c, r->g, g), said = s->type == TAPE_NONE ? TYPE_ERROR : read_type(r, s->type);
		bool place_says = g->kind == VALUE_PARENTS || (g->kind == VALUE_LIST && s->want && s->type == TAPE_NONE);
		g = &r->g->value[v];
		g->type = said ? said : place_says ? s->want : own;
		if (!g->type) {
			if (s->type == TAPE_NONE && !own && g->kind != VALUE_PORT)
				constant_type(s);
			return PLAN_NONE;
		}
		if (own && said && g->kind != VALUE_LIST && !type_fits(&c->types, own, said) && !is_there(s, g, own, said)) {
			diag_report(c->diags, CF201, tape_span(&r->t, s->type), "this is %s, and cannot be %s", type_text(&c->types, own), type_text(&c->types, said));
			return PLAN_NONE;
		}
	}
	if (type_fits(&c->types, g->type, s->want))
		return v;
	bool lacks = type_of(&c->types, g->type)->kind == TYPE_OPTIONAL && type_of(&c->types, g->type)->elem == s->want;
	diag_report(c->diags, lacks ? CF204 : CF201, tape_span(&r->t, s->at), "%s: expected %s, found %s", what_text(r, s->for_what),
		    type_text(&c->types, s->want), type_text(&c->types, g->type));
	note_declared(r, s->for_what);
	return PLAN_NONE;
}

static void misplaced(struct reader *r, tape_t v, const char *member, const char *kind)
{
	diag_report(r->c->diags, CF026, tape_span(&r->t, v), "\"%s\" does not stand beside \"%s\"", member, kind);
}

static bool said_members(struct said *s, const struct kind **kind)
{
	struct reader *r = s->r;
	tape_t main[KINDS];
	struct member m[KINDS + 5] = { { "type", &s->type, false }, { "at", &s->place, false }, { "result", &s->result, false },
				       { "up", &s->up, false }, { "which", &s->which, false } };
	for (unsigned i = 0; i < KINDS; i++)
		m[i + 5] = (struct member){ kinds[i].member, &main[i], false };
	*kind = NULL;
	if (!read_members(r, s->at, "a value", m, KINDS + 5))
		return false;
	for (unsigned i = 0; i < KINDS; i++) {
		if (main[i] == TAPE_NONE)
			continue;
		if (*kind) {
			misplaced(r, main[i], kinds[i].member, (*kind)->member);
			return false;
		}
		*kind = &kinds[i];
		s->main = main[i];
	}
	if (!*kind && r->unknown)
		return false;
	if (!*kind) {
		diag_report(r->c->diags, CF026, tape_span(&r->t, s->at), "this object says no value");
		diag_help(r->c->diags, "for example {\"step\": \"parse\"}, {\"source\": \"raw\"}, {\"value\": 3}");
		return false;
	}
	for (unsigned i = 0; i < 5; i++) {
		static const unsigned flag[] = { MORE_TYPE, MORE_AT, MORE_RESULT, MORE_UP, MORE_WHICH };
		if (*m[i].to == TAPE_NONE || (*kind)->more & flag[i])
			continue;
		misplaced(r, *m[i].to, m[i].name, (*kind)->member);
		return false;
	}
	return true;
}

uint32_t read_value(struct reader *r, struct json_block *b, tape_t v, type_t want, const struct wanted *for_what)
{
	struct said s = { .r = r, .b = b, .at = v, .main = v, .type = TAPE_NONE, .place = TAPE_NONE, .result = TAPE_NONE, .up = TAPE_NONE,
			  .which = TAPE_NONE, .want = want, .for_what = for_what };
	const struct kind *kind;
	uint32_t value;
	switch (tape_kind(&r->t, v)) {
	case JSON_OBJECT:
		if (!said_members(&s, &kind))
			return PLAN_NONE;
		value = kind->read(&s);
		break;
	case JSON_ARRAY: value = list(&s); break;
	case JSON_NULL: value = absent(&s); break;
	default: value = constant(&s); break;
	}
	return value == PLAN_NONE ? PLAN_NONE : fitted(&s, value);
}
