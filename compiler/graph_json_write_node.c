/* Writing the graph of a set: blocks within each other, nodes by name, values where they are used. */
#include "compiler/graph_json_write.h"

#include <string.h>

#include "base/mem.h"
#include "compiler/place.h"

/* Nodes of each block, in order: CSR over the graph's blocks. */
struct nodes_of { uint32_t *first, *node; };

struct block_out {
	struct writer *w;
	const struct nodes_of *in;
	struct json_block b;
	struct block_out *up;
};

static void open_block(struct block_out *o, struct writer *w, const struct nodes_of *in, struct block_out *up, uint32_t block)
{
	const struct graph *g = w->g;
	*o = (struct block_out){ .w = w, .in = in, .up = up, .b = { .up = up ? &up->b : NULL, .block = block, .region = g->block[block].region } };
	if (g->block[block].node != PLAN_NONE)
		o->b.node_name = g->node[g->block[block].node].name;
	for (uint32_t i = in->first[block]; i < in->first[block + 1]; i++)
		*name_map_at(&o->b.by_name, g->node[in->node[i]].name) = in->node[i] + 1;
}

static void json_up(struct writer *w, uint32_t up)
{
	if (!up)
		return;
	json_key(&w->w, "up");
	json_u64(&w->w, up);
}

/* Blocks around that have a node of this name, before the one meant. */
static uint32_t hidden(const struct block_out *o, uint32_t node)
{
	const struct graph_node *n = &o->w->g->node[node];
	uint32_t up = 0;
	for (const struct json_block *b = &o->b; b && b->block != n->block; b = b->up)
		up += name_map_get(&b->by_name, n->name) != 0;
	return up;
}

/* Regions around whose nodes have this name and kind, before the one meant. */
static uint32_t hidden_region(const struct block_out *o, uint32_t region)
{
	const struct graph *g = o->w->g;
	const struct graph_node *n = &g->node[g->region[region].node];
	uint32_t up = 0;
	for (const struct json_block *b = &o->b; b && b->region != region; b = b->up)
		up += b->region != PLAN_NONE && b->node_name == n->name && g->node[g->region[b->region].node].kind == n->kind;
	return up;
}

static void json_region(struct block_out *o, const char *member, uint32_t region)
{
	const struct graph *g = o->w->g;
	json_key(&o->w->w, member);
	json_string(&o->w->w, name_of(o->w->c, g->node[g->region[region].node].name));
	json_up(o->w, hidden_region(o, region));
}

/* ---- values ---- */

static void json_type(struct writer *w, type_t type)
{
	json_key(&w->w, "type");
	json_string(&w->w, type_text(&w->c->types, type));
}

static void write_column(struct block_out *o, const struct graph_value *v, const struct expr *x)
{
	struct writer *w = o->w;
	uint32_t rows = w->g->block[v->b].rows;
	json_key(&w->w, "column");
	json_array(&w->w);
	for (uint32_t row = 0; row < rows && !w->failed; row++) {
		word_t word;
		if (graph_eval(w->c, w->g, v->b, row, x, &word))	/* check.c tried */
			write_words(w, x->type, word, v->span);
	}
	json_array_end(&w->w);
}

static void write_constant(struct block_out *o, const struct graph_value *v)
{
	struct writer *w = o->w;
	const struct expr *x = w->g->constant[v->a];
	if (x->kind == X_ROW && x->b == UINT32_MAX) {
		json_region(o, "outputs", w->g->region_now ? w->g->region_now[x->a] : x->a);
		return;
	}
	if (x->row) {
		write_column(o, v, x);
	} else {
		json_key(&w->w, "value");
		write_words(w, x->type, x->word, v->span);
	}
}

static void write_value(struct block_out *o, uint32_t value, type_t want);

static void write_list(struct block_out *o, const struct graph_value *v)
{
	struct writer *w = o->w;
	type_t elem = type_of(&w->c->types, v->type)->elem;
	json_key(&w->w, "list");
	json_array(&w->w);
	for (uint32_t i = 0; i < v->b; i++)
		write_value(o, w->g->item[v->a + i], elem);
	json_array_end(&w->w);
}

static void write_port(struct block_out *o, const struct graph_value *v)
{
	struct writer *w = o->w;
	const struct graph_node *n = &w->g->node[v->a];
	const struct signature *sig = n->kind == NODE_CALL ? &w->c->program.func[n->of].sig : NULL;
	json_key(&w->w, "step");
	json_string(&w->w, name_of(w->c, n->name));
	json_up(w, hidden(o, v->a));
	if (graph_results(w->c, w->g, v->a) == 1)
		return;
	json_key(&w->w, "result");
	if (sig && sig->result[v->b].name)
		json_string(&w->w, name_of(w->c, sig->result[v->b].name));
	else
		json_u64(&w->w, v->b);
}

/* `want`: the type of what it is used for, which need not be said; TYPE_ERROR: none. */
static void write_value(struct block_out *o, uint32_t value, type_t want)
{
	struct writer *w = o->w;
	const struct graph *g = w->g;
	const struct graph_value *v = &g->value[value];
	type_t own = graph_natural_type(w->c, g, v);

	if (v->kind == VALUE_ABSENT && v->type == want) {
		json_null(&w->w);
		return;
	}
	json_object(&w->w);
	switch (v->kind) {
	case VALUE_CONST: write_constant(o, v); break;
	case VALUE_SOURCE:
		json_key(&w->w, "source");
		json_string(&w->w, v->a == GRAPH_IMPLIED ? "inputs" : name_of(w->c, w->c->program.outside[v->a].name));
		break;
	case VALUE_PORT: write_port(o, v); break;
	case VALUE_ITEM:
		json_region(o, "item", v->a);
		if (v->b) {
			json_key(&w->w, "which");
			json_u64(&w->w, v->b);
		}
		break;
	case VALUE_CARRY:
		json_region(o, "carry", v->a);
		if (v->b) {
			json_key(&w->w, "which");
			json_u64(&w->w, v->b);
		}
		break;
	case VALUE_LIST: write_list(o, v); break;
	case VALUE_PARENTS:
		json_region(o, "parents", v->a);
		if (v->b) {
			json_key(&w->w, "result");
			json_u64(&w->w, v->b);
		}
		break;
	case VALUE_INPUTS: json_region(o, "inputs", v->a); break;
	case VALUE_ABSENT:
		json_key(&w->w, "absent");
		json_bool(&w->w, true);
		break;
	default: break;
	}
	bool outputs = v->kind == VALUE_CONST && g->constant[v->a]->kind == X_ROW && g->constant[v->a]->b == UINT32_MAX;
	bool place_says = v->kind == VALUE_LIST && want;
	if (outputs)
		own = v->type;
	if (v->type != (own && !place_says ? own : want))
		json_type(w, v->type);
	if (v->kind == VALUE_CONST && !outputs)
		write_place(w, v->span);
	json_object_end(&w->w);
}

/* ---- nodes ---- */

static void write_nodes(struct block_out *o);

static void write_afters(struct block_out *o, const struct graph_node *n)
{
	struct writer *w = o->w;
	if (!n->afters)
		return;
	json_key(&w->w, "after");
	json_array(&w->w);
	for (uint32_t i = 0; i < n->afters; i++) {
		uint32_t node = w->g->item[n->first_after + i], up = hidden(o, node);
		const char *name = name_of(w->c, w->g->node[node].name);
		if (!up) {
			json_string(&w->w, name);
			continue;
		}
		json_object(&w->w);
		json_key(&w->w, "step");
		json_string(&w->w, name);
		json_up(w, up);
		json_object_end(&w->w);
	}
	json_array_end(&w->w);
}

static void write_call(struct block_out *o, const struct graph_node *n)
{
	struct writer *w = o->w;
	const struct func *f = &w->c->program.func[n->of];
	json_key(&w->w, "call");
	json_string(&w->w, name_of(w->c, f->name));
	if (!n->args)
		return;
	json_key(&w->w, "args");
	json_object(&w->w);
	for (uint32_t i = 0; i < n->args; i++) {
		json_key(&w->w, name_of(w->c, f->sig.param[i].name));
		write_value(o, w->g->item[n->first_arg + i], f->sig.param[i].type);
	}
	json_object_end(&w->w);
}

static void write_values(struct block_out *o, const char *member, uint32_t first, uint32_t n)
{
	struct writer *w = o->w;
	json_key(&w->w, member);
	json_array(&w->w);
	for (uint32_t i = 0; i < n; i++)
		write_value(o, w->g->item[first + i], TYPE_ERROR);
	json_array_end(&w->w);
}

/* What is said of where values stand, in this block. */
static void write_media(struct block_out *o)
{
	struct writer *w = o->w;
	const struct graph *g = w->g;
	bool any = false;
	for (size_t i = 0; i < g->puts; i++) {
		const struct graph_put *put = &g->put[i];
		uint32_t where = graph_medium_where(put->medium);
		enum plan_medium medium = graph_medium(put->medium);
		if (put->block != o->b.block)
			continue;
		if (!any) {
			json_key(&w->w, "media");
			json_array(&w->w);
		}
		any = true;
		json_object(&w->w);
		json_key(&w->w, "of");
		write_value(o, put->value, TYPE_ERROR);
		json_key(&w->w, "in");
		if (medium == MEDIUM_POND || medium == MEDIUM_SHARE) {
			json_object(&w->w);
			json_key(&w->w, medium == MEDIUM_POND ? "pond" : "share");
			json_string(&w->w, name_of(w->c, medium == MEDIUM_POND ? w->c->program.pond[where].name : w->c->program.outside[where].name));
			json_object_end(&w->w);
		} else {
			json_string(&w->w, medium_row(medium)->word);
		}
		if (put->staged) {
			json_key(&w->w, "staged");
			json_bool(&w->w, true);
		}
		json_key(&w->w, "name");
		json_string(&w->w, name_of(w->c, put->name));
		write_place(w, put->span);
		json_object_end(&w->w);
	}
	if (any)
		json_array_end(&w->w);
}

static void write_block(struct block_out *o, const struct graph_region *r)
{
	struct writer *w = o->w;
	struct block_out body;
	open_block(&body, w, o->in, o, r->body);
	json_object(&w->w);
	write_nodes(&body);
	if (r->results)
		write_values(&body, "results", r->first_result, r->results);
	if (r->until != PLAN_NONE) {
		json_key(&w->w, "until");
		write_value(&body, r->until, TYPE_BOOL);
	}
	write_media(&body);
	json_object_end(&w->w);
	name_map_release(&body.b.by_name);
}

static void write_body(struct block_out *o, const struct graph_region *r)
{
	json_key(&o->w->w, "block");
	write_block(o, r);
}

static void write_arms(struct block_out *o, const struct graph_node *n)
{
	struct writer *w = o->w;
	unsigned indent = w->w.indent;
	json_key(&w->w, "match");
	write_value(o, w->g->item[n->first_arg], TYPE_ERROR);
	write_afters(o, n);
	write_place(w, n->span);
	json_key(&w->w, "arms");
	json_array(&w->w);
	w->w.indent = w->w.depth;
	for (uint32_t i = 0; i < n->arms; i++) {
		const struct graph_region *r = &w->g->region[n->of + i];
		if (r->body == PLAN_NONE)
			json_null(&w->w);
		else
			write_block(o, r);
	}
	json_array_end(&w->w);
	w->w.indent = indent;
}

/* ---- expressions ---- */

static void write_expr(struct block_out *o, const struct graph_node *n, const struct expr *x)
{
	struct writer *w = o->w;
	const struct types *t = &w->c->types;
	const struct op_row *row = op_row(x->kind, x->op);
	json_object(&w->w);
	if (x->kind == X_ARG) {
		json_key(&w->w, "arg");
		json_u64(&w->w, x->a);
		if (x->type != w->g->value[w->g->item[n->first_arg + x->a]].type)
			json_type(w, x->type);
	} else if (x->kind == X_LOCAL) {
		json_key(&w->w, "local");
		json_u64(&w->w, x->a);
		json_type(w, x->type);
	} else if (x->kind == X_WORD) {
		json_key(&w->w, "value");
		write_words(w, x->type, x->word, x->span);
		json_type(w, x->type);
	} else if (row) {
		json_key(&w->w, "op");
		json_string(&w->w, row->name);
		if (row->more & MORE_WINDOW) {
			json_key(&w->w, "window");
			json_string(&w->w, name_of(w->c, w->c->program.window[x->a].name));
		} else if (row->more & MORE_VALUE) {
			json_key(&w->w, "before");
			write_value(o, x->b, TYPE_ERROR);
		} else if (row->more & MORE_FIELD) {
			type_t of = x->kid[0]->type;
			if (x->kind == X_GROUPS)
				of = type_of(t, of)->elem;
			json_key(&w->w, "field");
			json_string(&w->w, name_of(w->c, type_field_at(t, of, x->a)->name));
		} else if (row->more) {
			json_key(&w->w, row->more & MORE_ARM ? "arm" : "local");
			json_u64(&w->w, x->a);
		}
		if (x->kids) {
			json_key(&w->w, "of");
			json_array(&w->w);
			for (uint32_t i = 0; i < x->kids; i++)
				write_expr(o, n, x->kid[i]);
			json_array_end(&w->w);
		}
		json_type(w, x->type);
	}
	write_place(w, x->span);
	json_object_end(&w->w);
}

/* Nodes whose arguments are an array: from the first on. */
static void write_arguments(struct block_out *o, const struct graph_node *n, uint32_t from)
{
	struct writer *w = o->w;
	if (n->args <= from)
		return;
	json_key(&w->w, "args");
	json_array(&w->w);
	for (uint32_t i = from; i < n->args; i++)
		write_value(o, w->g->item[n->first_arg + i], n->kind == NODE_LAUNCH ? type_field_at(&w->c->types, n->of, i - from)->type : TYPE_ERROR);
	json_array_end(&w->w);
}

/* The number of rows, or one for each row around. */
static void write_counts(struct writer *w, const struct graph_region *r, uint32_t around, const char *member)
{
	json_key(&w->w, member);
	if (around == 1) {
		json_u64(&w->w, r->row_start[1]);
		return;
	}
	json_array(&w->w);
	for (uint32_t i = 0; i < around; i++)
		json_u64(&w->w, r->row_start[i + 1] - r->row_start[i]);
	json_array_end(&w->w);
}

/* Where the data of the rows stand: a column each of lines and columns, or one number where all are equal. */
struct row_places { sym_t file; uint32_t *line, *column; bool any; };

static void collect_places(struct writer *w, const struct graph_region *r, uint32_t rows, struct row_places *p)
{
	struct compilation *c = w->c;
	*p = (struct row_places){ .file = r->row_file, .line = r->row_line, .column = r->row_column, .any = r->row_line != NULL };
	if (p->any || c->from_graph || !r->lists || !r->list_word[0])
		return;
	p->line = mem_zalloc((size_t)rows + 1, sizeof *p->line);
	p->column = mem_zalloc((size_t)rows + 1, sizeof *p->column);
	const struct source *file = NULL;
	struct source_walk walk = { 0 };
	for (uint32_t i = 0; i < rows; i++) {
		struct span at = word_place(&c->store, &c->types, r->list_type[0], r->list_word[0][i]);
		const struct source *src = at.at ? source_walk(c->sources, &walk, at, &p->line[i], &p->column[i]) : NULL;
		if (src && !file)
			file = src;
		if (!src || src != file)
			p->line[i] = p->column[i] = 0;
	}
	p->any = file != NULL;
	if (!file)
		return;
	const char *slash = strrchr(file->name, '/');
	p->file = sym_cstr(c->syms, slash ? slash + 1 : file->name);
}

static void number_column(struct writer *w, const char *member, const uint32_t *v, uint32_t n)
{
	uint32_t same = 1;
	while (same < n && v[same] == v[0])
		same++;
	json_key(&w->w, member);
	if (n && same == n) {
		json_u64(&w->w, v[0]);
		return;
	}
	json_array(&w->w);
	for (uint32_t i = 0; i < n; i++)
		json_u64(&w->w, v[i]);
	json_array_end(&w->w);
}

static void write_row_places(struct writer *w, const struct graph_region *r, uint32_t rows)
{
	struct row_places p;
	if (!w->places || !rows)
		return;
	collect_places(w, r, rows, &p);
	if (p.any) {
		json_key(&w->w, "places");
		json_object(&w->w);
		json_key(&w->w, "file");
		json_string(&w->w, name_of(w->c, p.file));
		number_column(w, "line", p.line, rows);
		number_column(w, "column", p.column, rows);
		json_object_end(&w->w);
	}
	if (p.line != r->row_line) {
		mem_free(p.line);
		mem_free(p.column);
	}
}

static void json_word(struct writer *w, word_t text)
{
	json_stringn(&w->w, string_bytes(&w->c->store, text), word_lo(text));
}

/* A CSR of texts as an array of arrays; `on`: texts are the keys of rows. */
static void write_csr(struct writer *w, const char *member, const uint32_t *start, uint32_t rows, const word_t *text, const uint32_t *on)
{
	json_key(&w->w, member);
	json_array(&w->w);
	for (uint32_t row = 0; row < rows; row++) {
		json_array(&w->w);
		for (uint32_t i = start[row]; i < start[row + 1]; i++)
			json_word(w, on ? text[on[i]] : text[i]);
		json_array_end(&w->w);
	}
	json_array_end(&w->w);
}

static void write_steps(struct block_out *o, const struct graph_region *r, uint32_t around)
{
	struct writer *w = o->w;
	uint32_t rows = w->g->block[r->body].rows;
	json_key(&w->w, "steps");
	json_object(&w->w);
	if (around != 1)
		write_counts(w, r, around, "rows");
	json_key(&w->w, "by");
	json_array(&w->w);
	for (uint32_t i = 0; i < rows; i++)
		json_word(w, r->key[i]);
	json_array_end(&w->w);
	if (r->parent_start)
		write_csr(w, "after", r->parent_start, rows, r->key, r->parents);
	if (r->input_start) {
		write_csr(w, "from", r->input_start, rows, r->input_name, NULL);
		write_csr(w, "to", r->output_start, rows, r->output_name, NULL);
	}
	if (r->given != PLAN_NONE && !(w->g->value[r->given].kind == VALUE_SOURCE && w->g->value[r->given].a == GRAPH_IMPLIED)) {
		json_key(&w->w, "in");
		write_value(o, r->given, type_list(&w->c->types, TYPE_FILE));
	}
	json_object_end(&w->w);
}

static void write_region(struct block_out *o, const struct graph_node *n)
{
	struct writer *w = o->w;
	const struct graph_region *r = &w->g->region[n->of];
	uint32_t around = w->g->block[n->block].rows;
	if (r->run_time)
		write_values(o, "each", n->first_arg, n->args);
	else if (n->kind == NODE_EACH)
		write_counts(w, r, around, "rows");
	else
		write_steps(o, r, around);
	if (r->partial) {
		json_key(&w->w, "partial");
		json_bool(&w->w, true);
	}
	if (r->limit) {
		json_key(&w->w, "limit");
		json_u64(&w->w, r->limit);
	}
	if (r->rotate) {
		json_key(&w->w, "rotate");
		json_u64(&w->w, r->rotate);
	}
	if (!r->run_time)
		write_row_places(w, r, w->g->block[r->body].rows);
}

static void write_cycle(struct block_out *o, const struct graph_node *n)
{
	struct writer *w = o->w;
	const struct graph_region *r = &w->g->region[n->of];
	write_values(o, "cycle", n->first_arg, n->args);
	json_key(&w->w, "rounds");
	json_u64(&w->w, r->rounds);
	if (r->fails) {
		json_key(&w->w, "fails");
		json_bool(&w->w, true);
	}
}

static void write_node(struct block_out *o, const struct graph_node *n)
{
	struct writer *w = o->w;
	json_object(&w->w);
	json_key(&w->w, "name");
	json_string(&w->w, name_of(w->c, n->name));
	switch (n->kind) {
	case NODE_CALL: write_call(o, n); break;
	case GRAPH_COMPUTE:
		json_key(&w->w, "compute");
		write_expr(o, n, w->g->formula[n->of].x);
		write_arguments(o, n, 0);
		break;
	case NODE_LAUNCH:
		json_key(&w->w, "launch");
		write_value(o, w->g->item[n->first_arg], TYPE_ERROR);
		write_arguments(o, n, 1);
		break;
	case NODE_MATCH: write_arms(o, n); break;
	case NODE_CYCLE: write_cycle(o, n); break;
	default: write_region(o, n);
	}
	if (n->kind != NODE_MATCH) {
		write_afters(o, n);
		write_place(w, n->span);
	}
	if (n->kind == NODE_EACH || n->kind == NODE_STEPS || n->kind == NODE_CYCLE)
		write_body(o, &w->g->region[n->of]);
	json_object_end(&w->w);
}

/* A line for each node. */
static void write_nodes(struct block_out *o)
{
	struct writer *w = o->w;
	unsigned indent = w->w.indent;
	json_key(&w->w, "nodes");
	json_array(&w->w);
	w->w.indent = w->w.depth;
	for (uint32_t i = o->in->first[o->b.block]; i < o->in->first[o->b.block + 1]; i++)
		write_node(o, &w->g->node[o->in->node[i]]);
	json_array_end(&w->w);
	w->w.indent = indent;
}

void write_graph(struct writer *w, const struct graph *g)
{
	struct nodes_of in = { .first = mem_zalloc(g->blocks + 2, sizeof *in.first), .node = mem_alloc((g->nodes + 1) * sizeof *in.node) };
	uint32_t *fill = mem_zalloc(g->blocks + 1, sizeof *fill);
	struct block_out top;

	w->g = g;
	for (size_t i = 0; i < g->nodes; i++)
		in.first[g->node[i].block + 1]++;
	for (size_t b = 0; b < g->blocks; b++)
		in.first[b + 1] += in.first[b];
	for (uint32_t i = 0; i < g->nodes; i++)
		in.node[in.first[g->node[i].block] + fill[g->node[i].block]++] = i;
	open_block(&top, w, &in, NULL, 0);
	write_nodes(&top);
	write_media(&top);
	if (g->sinks) {
		json_key(&w->w, "sinks");
		json_object(&w->w);
		for (size_t i = 0; i < g->sinks; i++) {
			const struct outside *o = &w->c->program.outside[g->sink[i]];
			json_key(&w->w, name_of(w->c, o->name));
			write_value(&top, g->sink_value[i], o->type);
		}
		json_object_end(&w->w);
	}
	name_map_release(&top.b.by_name);
	mem_free(in.first);
	mem_free(in.node);
	mem_free(fill);
}
