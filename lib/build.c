/*
 * Building: each call adds to the graph document that calcc_check reads, so that a graph has one reader and one set of checks
 * whoever made it. Here only the order of calls is checked, and that nothing is NULL.
 */
#include "lib/inner.h"

#include <math.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/number.h"

enum { DEPTH = 64 };	/* lists within lists */

/* ---- JSON by hand: members and items with commas ---- */

static void comma(struct buf *b)
{
	if (b->len)
		buf_addstr(b, ",");
}

static void quoted(struct buf *b, const char *text) { json_quote(b, text, strlen(text)); }

static void member(struct buf *b, const char *name)
{
	comma(b);
	quoted(b, name);
	buf_addch(b, ':');
}

static void text_member(struct buf *b, const char *name, const char *text)
{
	member(b, name);
	quoted(b, text);
}

/* ---- values ---- */

enum value_kind { V_NONE, V_STEP, V_STEP_RESULT, V_STEP_NUMBER, V_SOURCE, V_ITEM, V_CARRY, V_PARENTS, V_INPUTS, V_OUTPUTS, V_ABSENT, V_I64, V_F64, V_BOOL,
		  V_TEXT, V_LIST, V_COLUMN, V_JSON, V_KINDS };

#define VALUE(...) return (struct calcc_value){ __VA_ARGS__ }
struct calcc_value calcc_step(const char *step) { VALUE(.kind = V_STEP, .a = step); }
struct calcc_value calcc_step_result(const char *step, const char *result) { VALUE(.kind = V_STEP_RESULT, .a = step, .b = result); }
struct calcc_value calcc_step_number(const char *step, unsigned result) { VALUE(.kind = V_STEP_NUMBER, .a = step, .i = result); }
struct calcc_value calcc_from(const char *source) { VALUE(.kind = V_SOURCE, .a = source); }
struct calcc_value calcc_item(const char *each) { VALUE(.kind = V_ITEM, .a = each); }
struct calcc_value calcc_carried(const char *cycle, unsigned which) { VALUE(.kind = V_CARRY, .a = cycle, .i = which); }
struct calcc_value calcc_parents(const char *steps) { VALUE(.kind = V_PARENTS, .a = steps); }
struct calcc_value calcc_inputs(const char *steps) { VALUE(.kind = V_INPUTS, .a = steps); }
struct calcc_value calcc_outputs(const char *steps) { VALUE(.kind = V_OUTPUTS, .a = steps); }
struct calcc_value calcc_absent(void) { VALUE(.kind = V_ABSENT); }
struct calcc_value calcc_i64(int64_t v) { VALUE(.kind = V_I64, .i = v); }
struct calcc_value calcc_f64(double v) { VALUE(.kind = V_F64, .f = v); }
struct calcc_value calcc_bool(int v) { VALUE(.kind = V_BOOL, .i = v != 0); }
struct calcc_value calcc_text(const char *v) { VALUE(.kind = V_TEXT, .a = v); }
struct calcc_value calcc_list(const struct calcc_value *items, size_t n) { VALUE(.kind = V_LIST, .list = items, .n = n); }
struct calcc_value calcc_column(const struct calcc_value *rows, size_t n) { VALUE(.kind = V_COLUMN, .list = rows, .n = n); }
struct calcc_value calcc_json(const char *value, size_t len) { VALUE(.kind = V_JSON, .a = value, .n = len); }

static void reference(struct buf *b, const char *kind, const struct calcc_value *v)
{
	buf_addch(b, '{');
	quoted(b, kind);
	buf_addch(b, ':');
	quoted(b, v->a);
	if (v->kind == V_STEP_RESULT) {
		buf_addstr(b, ",\"result\":");
		quoted(b, v->b);
	} else if (v->i && (v->kind == V_STEP_NUMBER || v->kind == V_CARRY)) {
		buf_printf(b, ",\"%s\":%lld", v->kind == V_CARRY ? "which" : "result", (long long)v->i);
	}
	buf_addch(b, '}');
}

static bool any_event(void *ctx, const struct json_event *ev)
{
	(void)ctx;
	(void)ev;
	return true;
}

/* One JSON value and nothing else: it could otherwise end what is open. */
static bool is_json(const char *text, size_t len)
{
	struct json_error err;
	return json_read(text, len, LIMIT_NESTING / 2, any_event, NULL, &err);
}

static bool constant(const struct calcc_value *v) { return v->kind == V_I64 || v->kind == V_F64 || v->kind == V_BOOL || v->kind == V_TEXT || v->kind == V_JSON; }

/* false: NULL where a value is needed, or no number. */
static bool write_value(struct buf *b, const struct calcc_value *v, unsigned depth)
{
	static const char *const kind[V_KINDS] = { [V_STEP] = "step", [V_STEP_RESULT] = "step", [V_STEP_NUMBER] = "step", [V_SOURCE] = "source", [V_ITEM] = "item",
						   [V_CARRY] = "carry", [V_PARENTS] = "parents", [V_INPUTS] = "inputs", [V_OUTPUTS] = "outputs" };
	char number[32];
	if (depth > DEPTH || v->kind <= V_NONE || v->kind >= V_KINDS)
		return false;
	if (kind[v->kind]) {
		if (!v->a || (v->kind == V_STEP_RESULT && !v->b))
			return false;
		reference(b, kind[v->kind], v);
		return true;
	}
	switch (v->kind) {
	case V_ABSENT: buf_addstr(b, "null"); return true;
	case V_I64: buf_printf(b, "%lld", (long long)v->i); return true;
	case V_BOOL: buf_addstr(b, v->i ? "true" : "false"); return true;
	case V_F64:
		if (!isfinite(v->f))
			return false;
		number_f64_text(number, v->f);
		buf_addstr(b, number);
		return true;
	case V_TEXT:
		if (v->a)
			quoted(b, v->a);
		return v->a != NULL;
	case V_JSON:
		if (!v->a || !is_json(v->a, v->n))
			return false;
		buf_add(b, v->a, v->n);
		return true;
	default: break;
	}
	if (v->n && !v->list)
		return false;
	buf_addstr(b, v->kind == V_COLUMN ? "{\"column\":[" : "[");
	for (size_t i = 0; i < v->n; i++) {
		if (i)
			buf_addch(b, ',');
		if ((v->kind == V_COLUMN && !constant(&v->list[i])) || !write_value(b, &v->list[i], depth + 1))
			return false;
	}
	buf_addstr(b, v->kind == V_COLUMN ? "]}" : "]");
	return true;
}

/* A value at the end of `b`, which is as it was when the value is none. */
static bool add_value(struct buf *b, size_t from, const struct calcc_value *v)
{
	if (write_value(b, v, 0))
		return true;
	b->len = from;
	if (b->p)
		b->p[from] = 0;
	return false;
}

/* ---- what is open ---- */

static struct open *top(struct calcc *c) { return c->opens ? &c->open[c->opens - 1] : NULL; }

static bool open_is(struct calcc *c, enum open_kind kind) { return top(c) && top(c)->kind == kind; }

static bool in_block(struct calcc *c) { return open_is(c, OPEN_SET) || open_is(c, OPEN_REGION); }

static enum calcc_status building(struct calcc *c, const struct call *a)
{
	if (c->phase == PHASE_BUILD)
		return CALCC_OK;
	return calcc_misuse(c, a, c->phase == PHASE_NEW ? "calcc_begin comes first" : c->phase == PHASE_DONE ? "the program is checked: nothing can be added" : "an earlier call failed");
}

static enum calcc_status at_top(struct calcc *c, const struct call *a)
{
	enum calcc_status s = building(c, a);
	if (s == CALCC_OK && c->opens)
		return calcc_misuse(c, a, "something is open: calcc_end is missing");
	return s == CALCC_OK && !a->a ? calcc_misuse(c, a, "the name is NULL") : s;
}

static struct open *push(struct calcc *c, enum open_kind kind)
{
	c->open = mem_grow(c->open, &c->cap, c->opens + 1, sizeof *c->open);
	c->open[c->opens] = (struct open){ .kind = kind };
	return &c->open[c->opens++];
}

static void open_release(struct open *o)
{
	buf_release(&o->head);
	buf_release(&o->first);
	buf_release(&o->second);
	buf_release(&o->nodes);
	buf_release(&o->gives);
	buf_release(&o->sinks);
}

void build_release(struct calcc *c)
{
	for (size_t i = 0; i < c->opens; i++)
		open_release(&c->open[i]);
	mem_free(c->open);
	for (unsigned i = 0; i < PARTS; i++)
		buf_release(&c->part[i]);
	mem_free(c->program);
}

void build_document(const struct calcc *c, struct buf *out)
{
	static const char *const name[PARTS] = { "types", "functions", "sources", "sinks", "sets" };
	buf_addstr(out, "{\"calcflow-graph\":1,\"program\":");
	quoted(out, c->program);
	for (unsigned i = 0; i < PARTS; i++) {
		if (!c->part[i].len)
			continue;
		buf_printf(out, ",\n\"%s\":{", name[i]);
		buf_add(out, c->part[i].p, c->part[i].len);
		buf_addch(out, '}');
	}
	buf_addstr(out, "}\n");
}

/* A line for each declaration and each node: the places of diagnostics. */
static void begin_line(struct buf *b)
{
	comma(b);
	buf_addch(b, '\n');
}

/* ---- declarations ---- */

static enum calcc_status begin(struct calcc *c, const struct call *a)
{
	if (c->phase != PHASE_NEW)
		return calcc_misuse(c, a, "this context has a program already");
	if (!a->a || !*a->a)
		return calcc_misuse(c, a, "the program needs a name");
	c->program = mem_strdup(a->a);
	c->phase = PHASE_BUILD;
	return CALCC_OK;
}

static enum calcc_status type(struct calcc *c, const struct call *a)
{
	enum calcc_status s = at_top(c, a);
	struct buf *b = &c->part[PART_TYPES];
	if (s != CALCC_OK)
		return s;
	for (size_t i = 0; i < a->n; i++)
		if (!a->list || !a->list[i])
			return calcc_misuse(c, a, "a name is NULL");
	begin_line(b);
	quoted(b, a->a);
	buf_addstr(b, a->flag ? ":{\"record\":{" : ":{\"enum\":[");
	for (size_t i = 0; i < a->n; i++) {
		if (i)
			buf_addch(b, a->flag && i % 2 ? ':' : ',');
		quoted(b, a->list[i]);
	}
	buf_addstr(b, a->flag ? "}}" : "]}");
	return CALCC_OK;
}

static enum calcc_status function(struct calcc *c, const struct call *a)
{
	enum calcc_status s = at_top(c, a);
	if (s != CALCC_OK)
		return s;
	struct open *o = push(c, OPEN_FUNCTION);
	begin_line(&c->part[PART_FUNCTIONS]);
	quoted(&c->part[PART_FUNCTIONS], a->a);
	(void)o;
	return CALCC_OK;
}

static enum calcc_status set(struct calcc *c, const struct call *a)
{
	enum calcc_status s = at_top(c, a);
	if (s != CALCC_OK)
		return s;
	push(c, OPEN_SET);
	begin_line(&c->part[PART_SETS]);
	quoted(&c->part[PART_SETS], a->a);
	return CALCC_OK;
}

static enum calcc_status port(struct calcc *c, const struct call *a)
{
	enum calcc_status s = building(c, a);
	if (s != CALCC_OK)
		return s;
	if (!open_is(c, OPEN_FUNCTION))
		return calcc_misuse(c, a, "no function is open");
	if (!a->b || (!a->a && !a->flag))
		return calcc_misuse(c, a, "a text is NULL");
	struct buf *b = a->flag ? &top(c)->second : &top(c)->first;
	if (a->flag && (top(c)->unnamed || (!a->a && b->len)))
		return calcc_misuse(c, a, "a result without a name is the only one");
	if (!a->a) {
		top(c)->unnamed = true;
		quoted(b, a->b);
		return CALCC_OK;
	}
	text_member(b, a->a, a->b);
	return CALCC_OK;
}

static enum calcc_status command(struct calcc *c, const struct call *a)
{
	enum calcc_status s = building(c, a);
	if (s != CALCC_OK)
		return s;
	if (!open_is(c, OPEN_FUNCTION))
		return calcc_misuse(c, a, "no function is open");
	for (size_t i = 0; i < a->n; i++)
		if (!a->list || !a->list[i])
			return calcc_misuse(c, a, "a word is NULL");
	struct buf *b = &top(c)->head;
	member(b, "command");
	buf_addch(b, '[');
	for (size_t i = 0; i < a->n; i++) {
		if (i)
			buf_addch(b, ',');
		quoted(b, a->list[i]);
	}
	buf_addch(b, ']');
	return CALCC_OK;
}

static enum calcc_status outside(struct calcc *c, const struct call *a)
{
	enum calcc_status s = at_top(c, a);
	struct buf *b = &c->part[a->flag ? PART_SINKS : PART_SOURCES];
	if (s != CALCC_OK)
		return s;
	if (!a->b || !a->c)
		return calcc_misuse(c, a, "a text is NULL");
	begin_line(b);
	quoted(b, a->a);
	buf_addstr(b, ":{\"type\":");
	quoted(b, a->b);
	buf_addstr(b, ",\"share\":");
	quoted(b, a->c);
	buf_addch(b, '}');
	return CALCC_OK;
}

static enum calcc_status attribute(struct calcc *c, const struct call *a)
{
	enum calcc_status s = building(c, a);
	if (s != CALCC_OK)
		return s;
	if (!top(c))
		return calcc_misuse(c, a, "nothing is open");
	if (!a->a || (!a->b && a->flag))
		return calcc_misuse(c, a, "a text is NULL");
	if (a->flag && a->n && !is_json(a->b, a->n))
		return calcc_misuse(c, a, "this is not one JSON value");
	struct buf *b = &top(c)->head;
	member(b, a->a);
	if (a->flag && a->n)
		buf_add(b, a->b, a->n);
	else if (a->flag)
		quoted(b, a->b);
	else
		buf_printf(b, "%llu", (unsigned long long)a->number);
	return CALCC_OK;
}

static enum calcc_status at(struct calcc *c, const struct call *a)
{
	enum calcc_status s = building(c, a);
	if (s != CALCC_OK)
		return s;
	if (!top(c) || top(c)->placed || !a->a)
		return calcc_misuse(c, a, !a->a ? "the place is NULL" : top(c) ? "it has a place already" : "nothing is open");
	top(c)->placed = true;
	text_member(&top(c)->head, "at", a->a);
	return CALCC_OK;
}

/* ---- steps ---- */

static enum calcc_status in_a_block(struct calcc *c, const struct call *a)
{
	enum calcc_status s = building(c, a);
	if (s == CALCC_OK && !in_block(c))
		return calcc_misuse(c, a, c->opens ? "a step stands in a set or in a block: calcc_end is missing" : "no set is open");
	return s == CALCC_OK && !a->a ? calcc_misuse(c, a, "the name is NULL") : s;
}

static enum calcc_status call(struct calcc *c, const struct call *a)
{
	enum calcc_status s = in_a_block(c, a);
	if (s != CALCC_OK)
		return s;
	if (!a->b)
		return calcc_misuse(c, a, "the function is NULL");
	struct open *o = push(c, OPEN_CALL);
	text_member(&o->head, "name", a->a);
	text_member(&o->head, "call", a->b);
	return CALCC_OK;
}

static enum calcc_status argument(struct calcc *c, const struct call *a)
{
	enum calcc_status s = building(c, a);
	if (s != CALCC_OK)
		return s;
	if (!open_is(c, OPEN_CALL) || !a->a)
		return calcc_misuse(c, a, a->a ? "no call is open" : "the parameter is NULL");
	struct buf *b = &top(c)->first;
	size_t from = b->len;
	member(b, a->a);
	return add_value(b, from, &a->value) ? CALCC_OK : calcc_misuse(c, a, "this is no value");
}

static enum calcc_status after(struct calcc *c, const struct call *a)
{
	enum calcc_status s = building(c, a);
	if (s != CALCC_OK)
		return s;
	if ((!open_is(c, OPEN_CALL) && !open_is(c, OPEN_REGION)) || !a->a)
		return calcc_misuse(c, a, a->a ? "no step is open" : "the step is NULL");
	comma(&top(c)->second);
	quoted(&top(c)->second, a->a);
	return CALCC_OK;
}

static enum calcc_status each(struct calcc *c, const struct call *a)
{
	enum calcc_status s = in_a_block(c, a);
	struct buf lists = BUF_INIT;
	bool ok = true;
	if (s != CALCC_OK)
		return s;
	for (size_t i = 0; i < a->n && ok; i++) {
		comma(&lists);
		ok = a->values && write_value(&lists, &a->values[i], 0);
	}
	if (ok) {
		struct open *o = push(c, OPEN_REGION);
		text_member(&o->head, "name", a->a);
		member(&o->head, "each");
		buf_printf(&o->head, "[%s]", buf_str(&lists));
	}
	buf_release(&lists);
	return ok ? CALCC_OK : calcc_misuse(c, a, "a list is no value");
}

static enum calcc_status rows(struct calcc *c, const struct call *a)
{
	enum calcc_status s = in_a_block(c, a);
	if (s != CALCC_OK)
		return s;
	struct open *o = push(c, OPEN_REGION);
	text_member(&o->head, "name", a->a);
	member(&o->head, "rows");
	buf_printf(&o->head, "%llu", (unsigned long long)a->number);
	return CALCC_OK;
}

static enum calcc_status steps(struct calcc *c, const struct call *a)
{
	enum calcc_status s = in_a_block(c, a);
	if (s != CALCC_OK)
		return s;
	for (size_t i = 0; i < a->n; i++)
		if (!a->list || !a->list[i] || (a->lists && !a->lists[i]))
			return calcc_misuse(c, a, "an id or its parents are NULL");
	struct open *o = push(c, OPEN_REGION);
	text_member(&o->head, "name", a->a);
	member(&o->head, "steps");
	buf_addstr(&o->head, "{\"by\":[");
	for (size_t i = 0; i < a->n; i++) {
		buf_addstr(&o->head, i ? "," : "");
		quoted(&o->head, a->list[i]);
	}
	buf_addstr(&o->head, a->lists ? "],\"after\":[" : "]");
	for (size_t i = 0; a->lists && i < a->n; i++) {
		buf_addstr(&o->head, i ? ",[" : "[");
		for (size_t k = 0; a->lists[i][k]; k++) {
			buf_addstr(&o->head, k ? "," : "");
			quoted(&o->head, a->lists[i][k]);
		}
		buf_addch(&o->head, ']');
	}
	buf_addstr(&o->head, a->lists ? "]}" : "}");
	return CALCC_OK;
}

static enum calcc_status give_value(struct calcc *c, const struct call *a)
{
	enum calcc_status s = building(c, a);
	if (s != CALCC_OK)
		return s;
	if (!open_is(c, OPEN_REGION))
		return calcc_misuse(c, a, "no block is open");
	size_t from = top(c)->gives.len;
	comma(&top(c)->gives);
	return add_value(&top(c)->gives, from, &a->value) ? CALCC_OK : calcc_misuse(c, a, "this is no value");
}

static enum calcc_status node_json(struct calcc *c, const struct call *a)
{
	enum calcc_status s = in_a_block(c, a);
	if (s != CALCC_OK)
		return s;
	if (!is_json(a->a, a->n))
		return calcc_misuse(c, a, "this is not one JSON value");
	begin_line(&top(c)->nodes);
	buf_add(&top(c)->nodes, a->a, a->n);
	return CALCC_OK;
}

static enum calcc_status sink_value(struct calcc *c, const struct call *a)
{
	enum calcc_status s = building(c, a);
	if (s != CALCC_OK)
		return s;
	if (!open_is(c, OPEN_SET) || !a->a)
		return calcc_misuse(c, a, a->a ? "no set is open" : "the sink is NULL");
	struct buf *b = &top(c)->sinks;
	size_t from = b->len;
	member(b, a->a);
	return add_value(b, from, &a->value) ? CALCC_OK : calcc_misuse(c, a, "this is no value");
}

static void part_of(struct buf *to, const char *name, const struct buf *from, const char *brackets)
{
	if (!from->len && *name != 'n')
		return;
	member(to, name);
	buf_addch(to, brackets[0]);
	buf_add(to, from->p, from->len);
	buf_addch(to, brackets[1]);
}

static enum calcc_status end(struct calcc *c, const struct call *a)
{
	enum calcc_status s = building(c, a);
	if (s != CALCC_OK)
		return s;
	if (!c->opens)
		return calcc_misuse(c, a, "nothing is open");
	struct open o = *top(c);
	c->opens--;
	struct buf *to = o.kind == OPEN_FUNCTION ? &c->part[PART_FUNCTIONS] : o.kind == OPEN_SET ? &c->part[PART_SETS] : &top(c)->nodes;
	if (o.kind == OPEN_FUNCTION) {
		part_of(&o.head, "params", &o.first, "{}");
		if (o.unnamed)
			member(&o.head, "results");
		if (o.unnamed)
			buf_add(&o.head, o.second.p, o.second.len);
		else
			part_of(&o.head, "results", &o.second, "{}");
	} else if (o.kind == OPEN_CALL) {
		part_of(&o.head, "args", &o.first, "{}");
		part_of(&o.head, "after", &o.second, "[]");
	} else if (o.kind == OPEN_SET) {
		part_of(&o.head, "nodes", &o.nodes, "[]");
		part_of(&o.head, "sinks", &o.sinks, "{}");
	} else {
		struct buf block = BUF_INIT;
		part_of(&o.head, "after", &o.second, "[]");
		part_of(&block, "nodes", &o.nodes, "[]");
		part_of(&block, "results", &o.gives, "[]");
		part_of(&o.head, "block", &block, "{}");
		buf_release(&block);
	}
	if (o.kind == OPEN_CALL || o.kind == OPEN_REGION)
		begin_line(to);
	else
		buf_addch(to, ':');
	buf_printf(to, "{%s}", buf_str(&o.head));
	open_release(&o);
	return CALCC_OK;
}

/* ---- the calls ---- */

#define CALL(run, ...) return calcc_run(c, run, &(struct call){ .what = __func__, __VA_ARGS__ })

enum calcc_status calcc_begin(struct calcc *c, const char *program) { CALL(begin, .a = program); }
enum calcc_status calcc_record(struct calcc *c, const char *name, size_t fields, const char *const *list) { CALL(type, .a = name, .n = fields * 2, .list = list, .flag = true); }
enum calcc_status calcc_enum(struct calcc *c, const char *name, size_t members, const char *const *list) { CALL(type, .a = name, .n = members, .list = list); }
enum calcc_status calcc_function(struct calcc *c, const char *name) { CALL(function, .a = name); }
enum calcc_status calcc_param(struct calcc *c, const char *name, const char *t) { CALL(port, .a = name, .b = t); }
enum calcc_status calcc_result(struct calcc *c, const char *name, const char *t) { CALL(port, .a = name, .b = t, .flag = true); }
enum calcc_status calcc_command(struct calcc *c, size_t words, const char *const *word) { CALL(command, .n = words, .list = word); }
enum calcc_status calcc_source(struct calcc *c, const char *name, const char *t, const char *path) { CALL(outside, .a = name, .b = t, .c = path); }
enum calcc_status calcc_sink(struct calcc *c, const char *name, const char *t, const char *path) { CALL(outside, .a = name, .b = t, .c = path, .flag = true); }
enum calcc_status calcc_set(struct calcc *c, const char *name) { CALL(set, .a = name); }
enum calcc_status calcc_attribute(struct calcc *c, const char *m, const char *text) { CALL(attribute, .a = m, .b = text, .flag = true); }
enum calcc_status calcc_attribute_number(struct calcc *c, const char *m, uint64_t number) { CALL(attribute, .a = m, .number = number); }
enum calcc_status calcc_attribute_json(struct calcc *c, const char *m, const char *json, size_t len) { CALL(attribute, .a = m, .b = json, .n = json && len ? len : 0, .flag = true); }
enum calcc_status calcc_call(struct calcc *c, const char *step, const char *f) { CALL(call, .a = step, .b = f); }
enum calcc_status calcc_arg(struct calcc *c, const char *param, struct calcc_value v) { CALL(argument, .a = param, .value = v); }
enum calcc_status calcc_after(struct calcc *c, const char *step) { CALL(after, .a = step); }
enum calcc_status calcc_at(struct calcc *c, const char *place) { CALL(at, .a = place); }
enum calcc_status calcc_each(struct calcc *c, const char *name, const struct calcc_value *lists, size_t n) { CALL(each, .a = name, .values = lists, .n = n); }
enum calcc_status calcc_rows(struct calcc *c, const char *name, uint32_t n) { CALL(rows, .a = name, .number = n); }
enum calcc_status calcc_steps(struct calcc *c, const char *name, size_t n, const char *const *id, const char *const *const *parents) { CALL(steps, .a = name, .n = n, .list = id, .lists = parents); }
enum calcc_status calcc_give(struct calcc *c, struct calcc_value v) { CALL(give_value, .value = v); }
enum calcc_status calcc_node_json(struct calcc *c, const char *json, size_t len) { CALL(node_json, .a = json, .n = len); }
enum calcc_status calcc_sink_value(struct calcc *c, const char *sink, struct calcc_value v) { CALL(sink_value, .a = sink, .value = v); }
enum calcc_status calcc_end(struct calcc *c) { return calcc_run(c, end, &(struct call){ .what = __func__ }); }
