/*
 * Launch: the plan's types and functions are written as the declarations of a graph document and read back, then the flow is read as
 * the graph of a set that has parameters in place of sources. So a flow that is launched is checked by what checks every graph.
 */
#include "compiler/launch.h"

#include <string.h>

#include "base/diag_report.h"
#include "base/json.h"
#include "base/mem.h"
#include "compiler/declare.h"
#include "compiler/graph_json_inner.h"
#include "compiler/graph_order.h"
#include "compiler/planner.h"
#include "runtime/plan_check.h"

enum { MISTAKES_TOLD = 3 };

/* ---- the plan's declarations as a document ---- */

static void type_text_of(const struct plan *p, uint32_t type, struct buf *out)
{
	static const char *const scalar[] = {
		[PLAN_BOOL] = "bool", [PLAN_I32] = "i32", [PLAN_I64] = "i64", [PLAN_U32] = "u32", [PLAN_U64] = "u64", [PLAN_F32] = "f32", [PLAN_F64] = "f64",
		[PLAN_STRING] = "string", [PLAN_BYTES] = "bytes", [PLAN_TIME] = "time", [PLAN_DURATION] = "duration", [PLAN_FILE] = "file",
	};
	const struct plan_type *t = &p->type[type];
	switch (t->kind) {
	case PLAN_LIST:
		buf_addch(out, '[');
		type_text_of(p, t->elem, out);
		buf_addch(out, ']');
		break;
	case PLAN_OPTIONAL:
		buf_addch(out, '(');
		type_text_of(p, t->elem, out);
		buf_addstr(out, ")?");
		break;
	case PLAN_RECORD: case PLAN_ENUM: buf_addstr(out, t->name); break;
	case PLAN_CHOICE:
		for (uint32_t i = 0; i < t->count; i++) {
			buf_addstr(out, i ? " | " : "");
			type_text_of(p, p->field[t->first + i].type, out);
		}
		break;
	case PLAN_FLOW:
		buf_addstr(out, "flow(");
		for (uint32_t i = 0; i < t->count; i++) {
			buf_addstr(out, i == t->params ? ") -> (" : i ? ", " : "");
			type_text_of(p, p->field[t->first + i].type, out);
		}
		buf_addch(out, ')');
		break;
	default:
		buf_addstr(out, scalar[t->kind]);
		if (t->kind == PLAN_STRING && t->params)
			buf_printf(out, "[%u]", t->params);
	}
}

struct out { struct json_writer w; struct buf text, scratch; const struct plan *p; };

static void json_type(struct out *o, uint32_t type, uint8_t format)
{
	static const char *const as[] = { [FORMAT_NATURAL] = "", [FORMAT_JSON] = " as json", [FORMAT_JSONL] = " as jsonl", [FORMAT_CSV] = " as csv", [FORMAT_RAW] = " as raw",
		[FORMAT_FLAT] = " as flat" };
	buf_clear(&o->scratch);
	type_text_of(o->p, type, &o->scratch);
	buf_addstr(&o->scratch, as[format]);
	json_string(&o->w, buf_str(&o->scratch));
}

/* A plan may hold a record of one name twice; they are equal. */
static bool named_before(const struct plan *p, uint32_t type)
{
	for (uint32_t i = 0; i < type; i++)
		if ((p->type[i].kind == PLAN_RECORD || p->type[i].kind == PLAN_ENUM) && !strcmp(p->type[i].name, p->type[type].name))
			return true;
	return false;
}

static void write_types(struct out *o)
{
	const struct plan *p = o->p;
	json_key(&o->w, "types");
	json_object(&o->w);
	for (uint32_t i = 0; i < p->types; i++) {
		const struct plan_type *t = &p->type[i];
		if ((t->kind != PLAN_RECORD && t->kind != PLAN_ENUM) || named_before(p, i))
			continue;
		json_key(&o->w, t->name);
		json_object(&o->w);
		json_key(&o->w, t->kind == PLAN_ENUM ? "enum" : "record");
		t->kind == PLAN_ENUM ? json_array(&o->w) : json_object(&o->w);
		for (uint32_t k = 0; k < t->count; k++) {
			const struct plan_field *f = &p->field[t->first + k];
			if (t->kind == PLAN_ENUM) {
				json_string(&o->w, f->name);
				continue;
			}
			json_key(&o->w, f->name);
			json_type(o, f->type, FORMAT_NATURAL);
		}
		t->kind == PLAN_ENUM ? json_array_end(&o->w) : json_object_end(&o->w);
		json_object_end(&o->w);
	}
	json_object_end(&o->w);
}

static void write_ports(struct out *o, const char *member, uint32_t first, uint32_t n)
{
	json_key(&o->w, member);
	json_object(&o->w);
	for (uint32_t i = 0; i < n; i++) {
		json_key(&o->w, o->p->port[first + i].name);
		json_type(o, o->p->port[first + i].type, o->p->port[first + i].format);
	}
	json_object_end(&o->w);
}

/* Signatures only: what runs a function the plan knows. The command stands for any. */
static void write_functions(struct out *o)
{
	const struct plan *p = o->p;
	json_key(&o->w, "functions");
	json_object(&o->w);
	for (uint32_t i = 0; i < p->funcs; i++) {
		const struct plan_func *f = &p->func[i];
		if (f->expr != PLAN_NONE)
			continue;
		json_key(&o->w, f->name);
		json_object(&o->w);
		write_ports(o, "params", f->first_param, f->params);
		write_ports(o, "results", f->first_result, f->results);
		json_key(&o->w, "command");
		json_array(&o->w);
		json_string(&o->w, "any");
		for (uint32_t k = 0; k < f->results; k++) {
			buf_clear(&o->scratch);
			buf_printf(&o->scratch, "{%s}", p->port[f->first_result + k].name);
			json_string(&o->w, buf_str(&o->scratch));
		}
		json_array_end(&o->w);
		json_object_end(&o->w);
	}
	json_object_end(&o->w);
}

static bool declare_plan(struct compilation *c, const struct plan *p)
{
	struct out o = { .p = p };
	json_writer_init(&o.w, &o.text, 2);
	json_object(&o.w);
	json_key(&o.w, "calcflow-graph");
	json_u64(&o.w, GRAPH_JSON_VERSION);
	write_types(&o);
	write_functions(&o);
	json_object_end(&o.w);
	c->main = sources_add(c->sources, p->program, buf_str(&o.text), o.text.len);
	bool ok = c->main && graph_json_read(c);
	buf_release(&o.text);
	buf_release(&o.scratch);
	return ok;
}

/* ---- the flow ---- */

static const struct plan_field *wanted(const struct plan *p, uint32_t flow_type, uint32_t i)
{
	return &p->field[p->type[flow_type].first + i];
}

/* The type of a plan, in the compilation that declared the plan's. */
static type_t type_here(struct reader *r, const struct plan *p, uint32_t type)
{
	struct buf text = BUF_INIT;
	type_text_of(p, type, &text);
	struct tape_value one = { .kind = JSON_STRING, .len = (uint32_t)text.len, .next = 1 };
	one.text = one.at = sources_decoded(r->c->sources, buf_str(&text), text.len, (struct span){ r->c->main->base, 0 });
	struct tape kept = r->t;
	r->t = (struct tape){ .value = &one, .values = 1, .sources = kept.sources };
	type_t t = one.text ? read_type(r, 0) : TYPE_ERROR;
	r->t = kept;
	buf_release(&text);
	return t;
}

/* The names of its parameters, in order; their types are the wanted ones. */
static bool read_params(struct reader *r, tape_t params, const struct plan *p, uint32_t flow_type)
{
	uint32_t n = p->type[flow_type].params, said = params == TAPE_NONE ? 0 : tape_at(&r->t, params)->len;
	if (params != TAPE_NONE && tape_kind(&r->t, params) != JSON_ARRAY) {
		report_shape(r, params, "an array of the parameters' names");
		return false;
	}
	if (said != n) {
		diag_report(r->c->diags, CF202, tape_span(&r->t, params == TAPE_NONE ? 0 : params), "the flow has %u parameter%s, and %u %s wanted", said, said == 1 ? "" : "s", n,
			    n == 1 ? "is" : "are");
		return false;
	}
	r->param = arena_zalloc(&r->c->arena, n + 1, sizeof *r->param);
	tape_t v = n ? tape_first(params) : TAPE_NONE;
	for (uint32_t i = 0; i < n; i++, v = tape_next(&r->t, v)) {
		if (!read_string(r, v, "a parameter's name", &r->param[i].name))
			return false;
		for (uint32_t k = 0; k < i; k++) {
			if (r->param[k].name != r->param[i].name)
				continue;
			diag_report(r->c->diags, CF102, tape_span(&r->t, v), "parameter `%s` is named twice", name_of(r->c, r->param[i].name));
			return false;
		}
		r->param[i].type = type_here(r, p, wanted(p, flow_type, i)->type);
	}
	r->params = n;
	return true;
}

static bool read_flow(struct reader *r, const struct plan *p, uint32_t flow_type)
{
	struct compilation *c = r->c;
	struct json_block b = { .region = PLAN_NONE };
	tape_t flow, params, nodes, results;
	const struct member top[] = { { "flow", &flow, true } };
	const struct member m[] = { { "params", &params, false }, { "nodes", &nodes, true }, { "results", &results, false } };
	const struct plan_type *ty = &p->type[flow_type];
	uint32_t n = ty->count - ty->params, said;
	bool ok;

	if (!read_members(r, 0, "a flow as data", top, 1) || !read_members(r, flow, "a flow", m, 3) || !read_params(r, params, p, flow_type))
		return false;
	b.block = graph_block(r->g, (struct graph_block){ .node = PLAN_NONE, .region = PLAN_NONE, .rows = 1 });
	ok = read_nodes(r, &b, nodes);
	said = results == TAPE_NONE || tape_kind(&r->t, results) != JSON_ARRAY ? 0 : tape_at(&r->t, results)->len;
	if (ok && said != n) {
		diag_report(c->diags, CF203, tape_span(&r->t, results == TAPE_NONE ? flow : results), "the flow gives %u value%s, and %u %s wanted", said, said == 1 ? "" : "s", n,
			    n == 1 ? "is" : "are");
		ok = false;
	}
	tape_t v = said ? tape_first(results) : TAPE_NONE;
	for (uint32_t i = 0; ok && i < n; i++, v = tape_next(&r->t, v)) {
		const struct wanted w = { .what = "the result of the flow" };
		uint32_t value = read_value(r, &b, v, type_here(r, p, wanted(p, flow_type, ty->params + i)->type), &w);
		ok = value != PLAN_NONE;
		if (ok)
			graph_result(r->g, value);
	}
	json_block_release(&b);
	for (uint32_t i = 0; ok && i < r->params; i++)
		graph_param(r->g, r->param[i].type);
	return ok;
}

/* ---- the plan ---- */

/* What runs each function is the launching plan's: its rows by name, and the groups of its workers. */
static void own_functions(struct plan *to, const struct plan *from)
{
	to->group = arena_alloc(&to->arena, ((size_t)from->groups + 1) * sizeof *to->group);
	to->groups = from->groups;
	for (uint32_t g = 0; g < from->groups; g++) {
		to->group[g] = from->group[g];
		to->group[g].name = arena_strdup(&to->arena, from->group[g].name);
	}
	to->set.on_list = from->set.on_list;
	to->set.slots = from->set.slots;
}

static const char *text_in(struct plan *to, const char *s) { return s ? arena_strdup(&to->arena, s) : NULL; }

/* A copy of the function's row, with its command, variables and secrets; ports are those of the flow's own plan. */
static void own_function(struct plan *to, struct plan_func *f, const struct plan *from, const struct plan_func *of)
{
	uint32_t parts = 0, words = to->words, envs = to->envs, secrets = to->secrets, part = to->parts;
	struct plan_func was = *f;
	for (uint32_t i = 0; i < of->words; i++)
		parts += from->word[of->first_word + i].count;
	for (uint32_t i = 0; i < of->envs; i++)
		parts += from->env[of->first_env + i].value.count;
	to->part = memcpy(arena_alloc(&to->arena, ((size_t)part + parts + 1) * sizeof *to->part), to->part, part * sizeof *to->part);
	to->word = memcpy(arena_alloc(&to->arena, ((size_t)words + of->words + 1) * sizeof *to->word), to->word, words * sizeof *to->word);
	to->env = memcpy(arena_alloc(&to->arena, ((size_t)envs + of->envs + 1) * sizeof *to->env), to->env, envs * sizeof *to->env);
	to->secret = memcpy(arena_alloc(&to->arena, ((size_t)secrets + of->secrets + 1) * sizeof *to->secret), to->secret, secrets * sizeof *to->secret);
	*f = *of;
	f->name = was.name;
	f->first_param = was.first_param;
	f->first_result = was.first_result;
	f->image = text_in(to, of->image);
	f->loc = text_in(to, of->loc);
	f->digest = text_in(to, of->digest);
	f->native = text_in(to, of->native);
	f->first_word = words;
	f->first_env = envs;
	f->first_secret = secrets;
	for (uint32_t i = 0; i < of->words + of->envs; i++) {
		const struct plan_word *w = i < of->words ? &from->word[of->first_word + i] : &from->env[of->first_env + i - of->words].value;
		const struct plan_word moved = { to->parts, w->count };
		for (uint32_t k = 0; k < w->count; k++) {
			to->part[to->parts] = from->part[w->first + k];
			to->part[to->parts].text = text_in(to, to->part[to->parts].text);
			to->parts++;
		}
		if (i < of->words)
			to->word[to->words++] = moved;
		else
			to->env[to->envs++] = (struct plan_env){ text_in(to, from->env[of->first_env + i - of->words].name), moved };
	}
	for (uint32_t i = 0; i < of->secrets; i++) {
		const struct plan_secret *s = &from->secret[of->first_secret + i];
		to->secret[to->secrets++] = (struct plan_secret){ text_in(to, s->name), text_in(to, s->secret), text_in(to, s->key) };
	}
}

static void join_functions(struct plan *to, const struct plan *from)
{
	own_functions(to, from);
	to->words = to->parts = to->envs = to->secrets = 0;
	for (uint32_t i = 0; i < to->funcs; i++) {
		uint32_t k = 0;
		if (to->func[i].expr != PLAN_NONE)
			continue;
		while (k < from->funcs && (from->func[k].expr != PLAN_NONE || strcmp(from->func[k].name, to->func[i].name) != 0))
			k++;
		own_function(to, &to->func[i], from, &from->func[k]);	/* it is there: it was declared from there */
	}
}

/* The first mistakes, each on a line: "flow:3:7: CF101: unknown step `x`". They become parts of the step's own message. */
static void tell(const struct compilation *c, struct buf *error)
{
	unsigned told = 0;
	for (size_t i = 0; i < c->diags->nreports && told < MISTAKES_TOLD; i++) {
		const struct diag_report *r = &c->diags->reports[i];
		struct place p = source_place(c->sources, r->at);
		if (diag_code_severity(r->code) != DIAG_ERROR)
			continue;
		buf_addstr(error, told++ ? "\n" : "");
		if (p.source)
			buf_printf(error, "%s:%u:%u: ", p.source->name, p.line, p.column);
		buf_printf(error, "%s: %s", diag_code_name(r->code), r->message);
	}
	if (!told)
		buf_addstr(error, "the flow is refused");
}

/* Which steps share a state is known before a run, but for those that a launch brings. */
static bool touches_no_state(const struct plan *made, struct buf *error)
{
	for (uint32_t i = 0; i < made->funcs; i++)
		if (made->func[i].uses) {
			buf_printf(error, "flow refused: `%s` touches a state, which steps of the program's own text alone may do", made->func[i].name);
			return false;
		}
	return true;
}

static struct plan *compiled(struct compilation *c, const struct plan *p, const char *spec, size_t len, uint32_t flow_type, struct buf *error)
{
	struct reader r = { .c = c, .no_places = false };
	struct set set = { .name = sym_cstr(c->syms, "launched"), .plan = { .slots = 1, .timeout_ms = 86400000, .image = "", .ahead = 1 } };
	struct json_error bad;
	struct graph g;
	struct plan *made = NULL;

	graph_init(&g);
	r.g = &g;
	c->main = sources_add(c->sources, "flow", spec, len);
	if (!c->main || !tape_read(&r.t, c->sources, c->main, LIMIT_NESTING, &bad))
		diag_report(c->diags, CF020, c->main ? (struct span){ c->main->base + (uint32_t)bad.at, 1 } : SPAN_NONE, "%s", c->main ? bad.message : "the flow is too large");
	else if (read_flow(&r, p, flow_type) && !diag_errors(c->diags) && graph_canonical(c, &g))
		made = plan_make(c, &set, &g);
	if (made) {
		join_functions(made, p);
		if (!touches_no_state(made, error) || !plan_check(made, error) || !plan_check_launch(p, flow_type, made, error)) {
			plan_free(made);
			made = NULL;
		}
	}
	if (!made && diag_errors(c->diags))
		tell(c, error);
	tape_release(&r.t);
	mem_free(r.check);
	mem_free(r.previous);
	graph_release(&g);
	return made;
}

struct plan *compile_launch(void *ctx, const struct plan *p, const char *spec, size_t len, uint32_t flow_type, struct buf *error)
{
	struct compilation *c = compilation_new();
	struct plan *made = NULL;
	(void)ctx;
	if (declare_plan(c, p))
		made = compiled(c, p, spec, len, flow_type, error);
	else
		tell(c, error);
	compilation_free(c);
	return made;
}
