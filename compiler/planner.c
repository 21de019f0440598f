/*
 * Graph → plan. Reads a graph without errors; leaves a struct plan that plan_check accepts. Tables first (types, functions), then
 * blocks with their nodes together, then values as they are used.
 */
#include "compiler/planner.h"

#include <string.h>

#include "base/hash.h"
#include "base/limits.h"
#include "base/mem.h"
#include "compiler/outside.h"
#include "compiler/planner_parts.h"

#define NEW(pl, n, type) ((type *)arena_zalloc(&(pl)->p->arena, (size_t)(n) + 1, sizeof(type)))

/* ---- growing pools: built outside, moved into the plan's arena at the end ---- */

uint32_t pool_add(struct pool *pool, size_t size, const void *one)
{
	pool->at = mem_grow(pool->at, &pool->cap, pool->count + 1, size);
	memcpy((char *)pool->at + pool->count * size, one, size);
	return (uint32_t)pool->count++;
}

static void *pool_into(struct planner *pl, struct pool *pool, size_t size, uint32_t *count)
{
	void *at = arena_alloc(&pl->p->arena, (pool->count + 1) * size);
	if (pool->count)
		memcpy(at, pool->at, pool->count * size);
	*count = (uint32_t)pool->count;
	mem_free(pool->at);
	return at;
}


/* Texts are kept once, and copied into the plan's arena when it is done: the compilation may go before the plan. */
const char *settled(struct planner *pl, const char *s)
{
	sym_t t = s && *s ? sym_cstr(pl->texts, s) : 0;
	if (!s)
		return NULL;
	if (!t)
		return "";
	if (t >= pl->settled_cap || !pl->settled[t]) {
		size_t had = pl->settled_cap;
		pl->settled = mem_grow(pl->settled, &pl->settled_cap, (size_t)t + 1, sizeof *pl->settled);
		memset(pl->settled + had, 0, (pl->settled_cap - had) * sizeof *pl->settled);
		pl->settled[t] = arena_strndup(&pl->p->arena, sym_text(pl->texts, t), sym_len(pl->texts, t));
	}
	return pl->settled[t];
}

const char *loc_of(struct planner *pl, struct span at) { return settled(pl, place_text(pl->c, at)); }

/* ---- types ---- */

static uint8_t plan_kind(uint8_t kind)
{
	static const uint8_t of[] = {
		[TYPE_BOOL] = PLAN_BOOL, [TYPE_I32] = PLAN_I32, [TYPE_I64] = PLAN_I64, [TYPE_U32] = PLAN_U32, [TYPE_U64] = PLAN_U64,
		[TYPE_F32] = PLAN_F32, [TYPE_F64] = PLAN_F64, [TYPE_STRING] = PLAN_STRING, [TYPE_BYTES] = PLAN_BYTES,
		[TYPE_TIME] = PLAN_TIME, [TYPE_DURATION] = PLAN_DURATION, [TYPE_FILE] = PLAN_FILE, [TYPE_RECORD] = PLAN_RECORD,
		[TYPE_ENUM] = PLAN_ENUM, [TYPE_LIST] = PLAN_LIST, [TYPE_OPTIONAL] = PLAN_OPTIONAL,
		[TYPE_SIZED] = PLAN_STRING, [TYPE_CHOICE] = PLAN_CHOICE, [TYPE_FUNCTION] = PLAN_FLOW,
	};
	return of[kind];
}

uint32_t type_in_plan(struct planner *pl, type_t t)
{
	const struct types *types = &pl->c->types;
	const struct type *ty = type_of(types, t);
	struct plan_type one = { .kind = plan_kind(ty->kind), .elem = PLAN_NONE, .name = "" };
	if (pl->type_map[t] != PLAN_NONE)
		return pl->type_map[t];
	if (ty->kind == TYPE_LIST || ty->kind == TYPE_OPTIONAL)
		one.elem = type_in_plan(pl, ty->elem);
	if (ty->kind == TYPE_SIZED)
		one.params = ty->first;
	if (ty->kind == TYPE_RECORD || ty->kind == TYPE_ENUM || ty->kind == TYPE_CHOICE || ty->kind == TYPE_FUNCTION) {
		uint32_t *field = mem_alloc(((size_t)ty->count + 1) * sizeof *field);
		for (uint32_t i = 0; i < ty->count; i++)
			field[i] = ty->kind != TYPE_ENUM ? type_in_plan(pl, type_field_at(types, t, i)->type) : PLAN_NONE;
		if (ty->kind == TYPE_RECORD || ty->kind == TYPE_ENUM)
			one.name = settled(pl, name_of(pl->c, ty->name));
		one.params = ty->params;
		one.first = (uint32_t)pl->field.count;
		one.count = ty->count;
		for (uint32_t i = 0; i < ty->count; i++)
			pool_add(&pl->field, sizeof(struct plan_field),
				 &(struct plan_field){ settled(pl, name_of(pl->c, type_field_at(types, t, i)->name)), field[i] });
		mem_free(field);
	}
	return pl->type_map[t] = pool_add(&pl->type, sizeof one, &one);
}

/* ---- functions ---- */

static uint32_t ports(struct planner *pl, const struct port *port, uint32_t n, bool native)
{
	uint32_t first = (uint32_t)pl->port.count;
	for (uint32_t i = 0; i < n; i++) {
		struct plan_port one = { settled(pl, port[i].name ? name_of(pl->c, port[i].name) : "out"), type_in_plan(pl, port[i].type), native ? FORMAT_FLAT : port[i].format };
		pool_add(&pl->port, sizeof one, &one);
	}
	return first;
}

static void pieces(struct planner *pl, const struct plan_func *f, struct plan_word *word, const struct piece *piece, uint32_t n)
{
	*word = (struct plan_word){ (uint32_t)pl->part.count, n };
	for (uint32_t i = 0; i < n; i++) {
		struct plan_part part = { piece[i].kind, piece[i].kind == PART_TEXT ? 0 : piece[i].index, settled(pl, piece[i].text) };
		if (piece[i].kind == PIECE_STATE)
			part = (struct plan_part){ PART_STATE, plan_use_of(pl, f, piece[i].index), "" };
		pool_add(&pl->part, sizeof part, &part);
	}
}

/* Everything that decides a function's results, in a fixed form: a change of it makes old results stale. */
static void digest_states(struct planner *pl, const struct plan_func *f, struct buf *b)
{
	for (uint32_t i = f->first_use; i < f->first_use + f->uses; i++) {
		const struct plan_use *u = &((const struct plan_use *)pl->use.at)[i];
		const struct plan_state *s = &((const struct plan_state *)pl->state.at)[u->state];
		buf_printf(b, "state %s %u %u %s %zu ", s->name, s->format, s->mode, s->at, s->init ? strlen(s->init) + 1 : 0);
		buf_addstr(b, s->init ? s->init : "");
		buf_addch(b, u->writes ? 'w' : 'r');
	}
}

static const char *digest(struct planner *pl, const struct func *f, const struct plan_func *of)
{
	struct compilation *c = pl->c;
	struct buf b = BUF_INIT;
	uint8_t sum[32];
	char hex[65];
	buf_printf(&b, "function 1\nimage %s\nstdin %u stdout %u\n", f->image, f->stdin_param, f->stdout_result);
	for (uint32_t i = 0; i < f->sig.params; i++)
		buf_printf(&b, "param %s %u\n", type_text(&c->types, f->sig.param[i].type), f->sig.param[i].format);
	for (uint32_t i = 0; i < f->sig.results; i++)
		buf_printf(&b, "result %s %u\n", type_text(&c->types, f->sig.result[i].type), f->sig.result[i].format);
	if (f->native)
		buf_printf(&b, "native %s\n", f->native);
	for (uint32_t w = 0; w < f->words; w++) {
		buf_printf(&b, "word %u\n", f->word[w].pieces);
		for (uint32_t p = 0; p < f->word[w].pieces; p++) {
			const struct piece *piece = &f->word[w].piece[p];
			const char *text = piece->kind == PIECE_STATE ? name_of(c, c->program.state[piece->index].name) : piece->text;
			buf_printf(&b, "%u %u %zu ", piece->kind, piece->kind == PART_TEXT || piece->kind == PIECE_STATE ? 0 : piece->index, strlen(text));
			buf_addstr(&b, text);
		}
	}
	for (uint32_t i = 0; i < f->envs; i++)
		buf_printf(&b, "env %s %zu %s\n", f->env[i].name, strlen(f->env[i].value), f->env[i].value);
	for (uint32_t i = 0; i < f->secrets; i++)
		buf_printf(&b, "secret %s %s/%s\n", f->secret[i].name, f->secret[i].secret, f->secret[i].key);
	for (uint32_t i = 0; i < f->n_reads; i++)
		buf_printf(&b, "reads %s\n", type_text(&c->types, c->program.state[f->reads[i].state].type));
	for (uint32_t i = 0; i < f->n_writes; i++)
		buf_printf(&b, "writes %s\n", type_text(&c->types, c->program.state[f->writes[i].state].type));
	digest_states(pl, of, &b);
	sha256_of(buf_str(&b), b.len, sum);
	sha256_hex(sum, hex);
	buf_release(&b);
	return settled(pl, hex);
}

static void one_function(struct planner *pl, uint32_t func)
{
	const struct func with = plan_with_defaults(pl->c, pl->set, &pl->c->program.func[func]), *f = &with;
	struct plan_func one = {
		.name = settled(pl, name_of(pl->c, f->name)), .image = settled(pl, f->image), .loc = loc_of(pl, f->span),
		.params = f->sig.params, .results = f->sig.results, .stdin_param = f->stdin_param, .stdout_result = f->stdout_result,
		.effect = f->effect, .retries = f->retries, .timeout_ms = f->timeout_ms, .cpu_milli = f->cpu_milli, .memory = f->memory,
		.expr = PLAN_NONE, .portable = f->portable, .api = f->rights > 0, .group = pl->g->group_of ? pl->g->group_of[func] : PLAN_NONE, .takes_ms = f->takes_ms, .yields = f->yields, .words = f->words, .envs = f->envs, .secrets = f->secrets,
	};
	one.native = settled(pl, f->native);
	one.first_param = ports(pl, f->sig.param, f->sig.params, f->native);
	one.first_result = ports(pl, f->sig.result, f->sig.results, f->native);
	plan_uses(pl, f, &one);
	one.digest = digest(pl, f, &one);
	one.first_word = (uint32_t)pl->word.count;
	for (uint32_t i = 0; i < f->words; i++) {
		struct plan_word w;
		pieces(pl, &one, &w, f->word[i].piece, f->word[i].pieces);
		pool_add(&pl->word, sizeof w, &w);
	}
	one.first_env = (uint32_t)pl->env.count;
	for (uint32_t i = 0; i < f->envs; i++) {
		struct plan_env e = { .name = settled(pl, f->env[i].name) };
		struct piece text = { PART_TEXT, 0, f->env[i].value };
		pieces(pl, &one, &e.value, &text, 1);
		pool_add(&pl->env, sizeof e, &e);
	}
	one.first_secret = (uint32_t)pl->secret.count;
	for (uint32_t i = 0; i < f->secrets; i++) {
		struct plan_secret s = { settled(pl, f->secret[i].name), settled(pl, f->secret[i].secret), settled(pl, f->secret[i].key) };
		pool_add(&pl->secret, sizeof s, &s);
	}
	pool_add(&pl->func, sizeof one, &one);
}

static void functions(struct planner *pl)
{
	const struct graph *g = pl->g;
	bool *used = mem_zalloc(pl->c->program.funcs + 1, sizeof *used), launches = false;
	for (size_t i = 0; i < g->nodes; i++) {
		if (g->node[i].kind == NODE_CALL)
			used[g->node[i].of] = true;
		launches |= g->node[i].kind == NODE_LAUNCH;
	}
	/* a flow that is launched may call whatever the program declares and its place can run */
	for (uint32_t f = 0; launches && f < pl->c->program.funcs; f++)
		used[f] |= !pl->c->program.func[f].refused && (pl->c->program.func[f].words > 0 || pl->c->program.func[f].native);
	for (uint32_t f = 0; f < pl->c->program.funcs; f++) {
		if (!used[f])
			continue;
		pl->func_map[f] = (uint32_t)pl->func.count;
		one_function(pl, f);
	}
	mem_free(used);
}

/* ---- outside ---- */

/* A plan has the window of its set, and no other. */
static uint32_t window_in_plan(const struct planner *pl, const struct outside *o)
{
	return o->window && o->window == pl->set->window ? 0 : PLAN_NONE;
}

static uint32_t source_in_plan(struct planner *pl, uint32_t outside)
{
	bool implied = outside == GRAPH_IMPLIED;
	uint32_t *slot = &pl->source_map[implied ? pl->c->program.outsides : outside];
	if (*slot != PLAN_NONE)
		return *slot;
	struct plan_source s = { .name = "inputs", .loc = "", .share = "inputs", .path = "*", .window = PLAN_NONE, .by = PLAN_NONE };
	if (implied) {
		s.type = type_in_plan(pl, type_list(&pl->c->types, TYPE_FILE));
	} else {
		const struct outside *o = &pl->c->program.outside[outside];
		const struct lateness *l = o->window && !o->lateness.idle_at.at ? &pl->c->program.window[o->window - 1].lateness : &o->lateness;
		s = (struct plan_source){ settled(pl, outside_plan_name(pl->c, o)), loc_of(pl, o->span), settled(pl, outside_plan_volume(pl->c, o)),
					  settled(pl, outside_read_path(pl->c, o)), type_in_plan(pl, o->type), o->format, settled(pl, o->file),
					  window_in_plan(pl, o), o->window && o->by ? o->by - 1 : PLAN_NONE,
					  !o->window || (!o->is_sink && l->idle == IDLE_SKIP) ? PLAN_IDLE_SKIP : PLAN_IDLE_FAIL };
	}
	return *slot = pool_add(&pl->source, sizeof s, &s);
}

/* ---- values ---- */

uint32_t constant_in_plan(struct planner *pl, type_t type, word_t w, struct span where)
{
	struct compilation *c = pl->c;
	uint32_t pt = type_in_plan(pl, type);
	buf_clear(&pl->scratch);
	buf_printf(&pl->scratch, "%u:", pt);
	size_t head = pl->scratch.len;
	if (!word_json(&c->store, &c->types, type, w, &pl->scratch) || (pl->texts_made += pl->scratch.len) > 4ull * LIMIT_PLAN) {
		diag_report(c->diags, CF702, where, "the values of this argument make the plan too large");
		diag_help(c->diags, "let a function read them from a file");
		pl->failed = true;
		return 0;
	}
	sym_t key = sym_intern(pl->const_keys, buf_str(&pl->scratch), pl->scratch.len);
	if (key < pl->const_of_cap && pl->const_of[key])
		return pl->const_of[key] - 1;
	size_t had = pl->const_of_cap;
	pl->const_of = mem_grow(pl->const_of, &pl->const_of_cap, (size_t)key + 1, sizeof *pl->const_of);
	memset(pl->const_of + had, 0, (pl->const_of_cap - had) * sizeof *pl->const_of);
	struct plan_const one = { arena_strndup(&pl->p->arena, buf_str(&pl->scratch) + head, pl->scratch.len - head), pt };
	uint32_t at = pool_add(&pl->constant, sizeof one, &one);
	pl->const_of[key] = at + 1;
	return at;
}

static uint32_t column(struct planner *pl, const struct graph_value *v)
{
	const struct expr *x = pl->g->constant[v->a];
	uint32_t rows = pl->g->block[v->b].rows;
	struct plan_column col = { .count = x->row ? rows : 1 };
	word_t w = 0;
	col.value = NEW(pl, col.count, uint32_t);
	for (uint32_t row = 0; row < col.count && !pl->failed; row++) {
		graph_eval(pl->c, pl->g, v->b, row, x, &w);	/* cannot fail: check.c tried */
		col.value[row] = constant_in_plan(pl, x->type, w, v->span);
	}
	return pool_add(&pl->column, sizeof col, &col);
}

uint32_t value_in_plan(struct planner *pl, uint32_t value)
{
	const struct graph_value *v = &pl->g->value[value];
	struct plan_value one = { .kind = v->kind, .a = v->a, .b = v->b };
	if (pl->value_map[value] != PLAN_NONE)
		return pl->value_map[value];
	one.type = type_in_plan(pl, v->type);
	switch (v->kind) {
	case VALUE_CONST:
		one.a = column(pl, v);
		one.b = 0;
		break;
	case VALUE_SOURCE: one.a = source_in_plan(pl, v->a); break;
	case VALUE_PORT: one.a = pl->node_map[v->a]; break;
	case VALUE_ITEM: case VALUE_PARENTS: case VALUE_INPUTS: case VALUE_CARRY: one.a = pl->node_map[pl->g->region[v->a].node]; break;
	case VALUE_LIST: {
		uint32_t *item = mem_alloc(((size_t)v->b + 1) * sizeof *item);
		for (uint32_t i = 0; i < v->b; i++)
			item[i] = value_in_plan(pl, pl->g->item[v->a + i]);
		one.a = items_in_plan(pl, item, v->b);
		mem_free(item);
		break;
	}
	default: break;
	}
	return pl->value_map[value] = pool_add(&pl->value, sizeof one, &one);
}

uint32_t items_in_plan(struct planner *pl, const uint32_t *item, uint32_t n)
{
	uint32_t first = (uint32_t)pl->item.count;
	for (uint32_t i = 0; i < n; i++)
		pool_add(&pl->item, sizeof *item, &item[i]);
	return first;
}

/* ---- blocks and nodes ---- */

/* Blocks keep their numbers; a block's nodes come together, in the order in which they were made: topological. */
static void sort_nodes(struct planner *pl)
{
	const struct graph *g = pl->g;
	uint32_t *next = mem_zalloc(g->blocks + 1, sizeof *next);
	pl->p->block = NEW(pl, g->blocks, struct plan_block);
	pl->p->blocks = (uint32_t)g->blocks;
	for (size_t i = 0; i < g->nodes; i++)
		pl->p->block[g->node[i].block].nodes++;
	for (uint32_t b = 0, first = 0; b < g->blocks; b++) {
		pl->p->block[b].first_node = next[b] = first;
		pl->p->block[b].rows = g->block[b].rows;
		first += pl->p->block[b].nodes;
	}
	for (uint32_t i = 0; i < g->nodes; i++)
		pl->node_map[i] = next[g->node[i].block]++;
	for (uint32_t b = 0; b < g->blocks; b++)
		pl->p->block[b].node = g->block[b].node == PLAN_NONE ? PLAN_NONE : pl->node_map[g->block[b].node];
	mem_free(next);
}

static void nodes(struct planner *pl)
{
	const struct graph *g = pl->g;
	struct buf work = BUF_INIT;
	pl->p->node = NEW(pl, g->nodes, struct plan_node);
	pl->p->nodes = (uint32_t)g->nodes;
	for (uint32_t i = 0; i < g->nodes; i++) {
		const struct graph_node *n = &g->node[i];
		struct plan_node *out = &pl->p->node[pl->node_map[i]];
		uint32_t of = n->kind == NODE_CALL ? pl->func_map[n->of] : n->kind == NODE_LAUNCH ? type_in_plan(pl, n->of) :
			      n->kind == GRAPH_COMPUTE ? compute_in_plan(pl, n) : n->of;
		*out = (struct plan_node){ .kind = n->kind == GRAPH_COMPUTE ? NODE_CALL : n->kind, .name = settled(pl, name_of(pl->c, n->name)), .loc = loc_of(pl, n->span), .block = n->block,
					   .of = of, .arms = n->arms, .args = n->args, .afters = n->afters,
					   .order = pl->node_map[i], .first_medium = plan_media(pl, n) };
		buf_clear(&work);
		for (uint32_t k = 0; k < n->args; k++) {
			uint32_t v = value_in_plan(pl, g->item[n->first_arg + k]);
			buf_add(&work, &v, sizeof v);
		}
		out->first_arg = items_in_plan(pl, (const uint32_t *)(const void *)work.p, n->args);
		buf_clear(&work);
		for (uint32_t k = 0; k < n->afters; k++) {
			uint32_t a = pl->node_map[g->item[n->first_after + k]];
			buf_add(&work, &a, sizeof a);
		}
		out->first_after = items_in_plan(pl, (const uint32_t *)(const void *)work.p, n->afters);
	}
	buf_release(&work);
}

/* ---- the set ---- */

/* It closes when the last of its sources may come no more. */
static void the_window(struct planner *pl, const struct set *s)
{
	const struct program *p = &pl->c->program;
	pl->p->set.window = PLAN_NONE;
	if (!s->window)
		return;
	const struct window *w = &p->window[s->window - 1];
	struct plan_window one = { settled(pl, name_of(pl->c, w->name)), loc_of(pl, w->span), (uint64_t)w->every_ns, (uint64_t)w->from_ns, 0 };
	for (size_t i = 0; i < pl->g->values; i++) {
		const struct graph_value *v = &pl->g->value[i];
		const struct outside *o = v->kind == VALUE_SOURCE && v->a != GRAPH_IMPLIED ? &p->outside[v->a] : NULL;
		if (!o || o->is_sink || o->window != s->window)
			continue;
		uint64_t late = o->lateness.late_at.at ? o->lateness.late_ns : w->lateness.late_ns;
		if (late > one.late)
			one.late = late;
	}
	pl->p->window = NEW(pl, 1, struct plan_window);
	pl->p->window[0] = one;
	pl->p->windows = 1;
	pl->p->set.window = 0;
}

static void the_set(struct planner *pl, const struct set *s)
{
	pl->p->set = s->plan;
	the_window(pl, s);
	pl->p->set.name = settled(pl, name_of(pl->c, s->name));
	pl->p->set.loc = loc_of(pl, s->span);
	pl->p->set.row = s->row.at ? loc_of(pl, s->row) : NULL;
	pl->p->set.image = settled(pl, s->plan.image);
	pl->p->program = settled(pl, pl->c->program_name);
	for (size_t i = 0; i < pl->g->sinks; i++) {
		const struct outside *o = &pl->c->program.outside[pl->g->sink[i]];
		struct plan_sink k = { settled(pl, outside_plan_name(pl->c, o)), loc_of(pl, o->span), settled(pl, outside_plan_volume(pl->c, o)), settled(pl, outside_plan_path(pl->c, o)),
				       type_in_plan(pl, o->type), o->format, value_in_plan(pl, pl->g->sink_value[i]), window_in_plan(pl, o) };
		pool_add(&pl->sink, sizeof k, &k);
	}
}

/* The parameters and results of a flow that is launched. */
static void the_flow(struct planner *pl)
{
	const struct graph *g = pl->g;
	struct plan *p = pl->p;
	uint32_t *item = mem_alloc((g->params + g->results + 1) * sizeof *item);
	for (size_t i = 0; i < g->params; i++)
		item[i] = type_in_plan(pl, g->param[i]);
	p->params = (uint32_t)g->params;
	p->first_param = items_in_plan(pl, item, p->params);
	for (size_t i = 0; i < g->results; i++)
		item[i] = value_in_plan(pl, g->result[i]);
	p->results = (uint32_t)g->results;
	p->first_result = items_in_plan(pl, item, p->results);
	mem_free(item);
}

static uint32_t *map_of(size_t n)
{
	uint32_t *m = mem_alloc((n + 1) * sizeof *m);
	memset(m, 0xff, (n + 1) * sizeof *m);
	return m;
}

static void finish(struct planner *pl)
{
	struct plan *p = pl->p;
	p->type = pool_into(pl, &pl->type, sizeof *p->type, &p->types);
	p->field = pool_into(pl, &pl->field, sizeof *p->field, &p->fields);
	p->port = pool_into(pl, &pl->port, sizeof *p->port, &p->ports);
	p->part = pool_into(pl, &pl->part, sizeof *p->part, &p->parts);
	p->word = pool_into(pl, &pl->word, sizeof *p->word, &p->words);
	p->env = pool_into(pl, &pl->env, sizeof *p->env, &p->envs);
	p->secret = pool_into(pl, &pl->secret, sizeof *p->secret, &p->secrets);
	p->func = pool_into(pl, &pl->func, sizeof *p->func, &p->funcs);
	p->value = pool_into(pl, &pl->value, sizeof *p->value, &p->values);
	p->item = pool_into(pl, &pl->item, sizeof *p->item, &p->items);
	p->column = pool_into(pl, &pl->column, sizeof *p->column, &p->columns);
	p->constant = pool_into(pl, &pl->constant, sizeof *p->constant, &p->consts);
	p->source = pool_into(pl, &pl->source, sizeof *p->source, &p->sources);
	p->expr = pool_into(pl, &pl->expr, sizeof *p->expr, &p->exprs);
	p->sink = pool_into(pl, &pl->sink, sizeof *p->sink, &p->sinks);
	p->state = pool_into(pl, &pl->state, sizeof *p->state, &p->states);
	p->use = pool_into(pl, &pl->use, sizeof *p->use, &p->uses);
	mem_free(pl->type_map);
	mem_free(pl->state_map);
	mem_free(pl->node_map);
	mem_free(pl->value_map);
	mem_free(pl->source_map);
	mem_free(pl->const_of);
	mem_free(pl->settled);
	symtab_free(pl->texts);
	symtab_free(pl->const_keys);
	buf_release(&pl->scratch);
}

struct plan *plan_of_natives(struct compilation *c)
{
	static const struct graph no_graph;
	static const struct set no_set = { .plan = { .image = "" } };
	struct planner pl = { .c = c, .g = &no_graph, .set = &no_set, .p = plan_new(), .texts = symtab_new(), .const_keys = symtab_new() };
	pl.type_map = map_of(c->types.count);
	pl.state_map = map_of(c->program.states);
	for (uint32_t f = 0; f < c->program.funcs; f++)
		if (c->program.func[f].native && !c->program.func[f].refused)
			one_function(&pl, f);
	pl.p->program = settled(&pl, c->program_name);
	finish(&pl);
	return pl.p;
}

struct plan *plan_make(struct compilation *c, const struct set *s, const struct graph *g)
{
	struct planner pl = { .c = c, .g = g, .set = s, .p = plan_new(), .texts = symtab_new(), .const_keys = symtab_new() };
	pl.type_map = map_of(c->types.count + 8 + g->values);	/* lists may be added while planning */
	pl.func_map = map_of(c->program.funcs);
	pl.state_map = map_of(c->program.states);
	pl.node_map = map_of(g->nodes);
	pl.value_map = map_of(g->values);
	pl.source_map = map_of(c->program.outsides + 1);
	functions(&pl);
	sort_nodes(&pl);
	nodes(&pl);
	plan_regions(&pl);
	the_set(&pl, s);
	if (g->params || g->results)
		the_flow(&pl);
	plan_groups(&pl);
	finish(&pl);
	plan_own_slots(&pl);
	mem_free(pl.func_map);
	if (pl.failed) {
		plan_free(pl.p);
		return NULL;
	}
	plan_ranks(pl.p);
	return pl.p;
}
