/*
 * JSON against a type, event by event: what fits is written as canonical JSON at once. A record whose members came in
 * another order than the type's is put in order when it ends. Members that the type does not name are passed over. A
 * choice is an object with one member, its arm. Of a flow only the JSON is checked: it is written without white space.
 */
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "runtime/value_inner.h"

/* A member of an open record: where it stands in the output, from its name's quote to the end of its value. */
enum slot_state { UNSEEN, ABSENT, PRESENT };
struct slot {
	size_t start, end;
	enum slot_state state;
};

/* An open record, choice or list. */
struct level {
	uint32_t type;
	uint32_t at;		/* record, choice: member being read; list: items so far */
	uint32_t present;	/* record, choice: members written */
	size_t start;		/* of its brace in the output */
	size_t first_slot;
	bool in_order;
};

struct value_reader {
	const struct plan *p;
	const struct value_text *text;
	struct buf *out, *error;
	uint32_t root;
	struct level level[LIMIT_NESTING];
	uint32_t levels;
	struct slot *slot;
	size_t slots, slot_cap;
	unsigned skipping;	/* levels of an unknown member's value */
	bool skip_next;
	unsigned copying;	/* levels of a flow */
	bool comma;		/* before what comes next in it */
	struct buf why, scratch;
};

struct value_reader *value_reader_new(const struct plan *p)
{
	struct value_reader *r = mem_zalloc(1, sizeof *r);

	r->p = p;
	return r;
}

void value_reader_free(struct value_reader *r)
{
	mem_free(r->slot);
	buf_release(&r->why);
	buf_release(&r->scratch);
	mem_free(r);
}

size_t value_line_at(const struct value_text *t, size_t at)
{
	size_t line = t->line;

	for (const char *s = t->text, *end = t->text + at; (s = memchr(s, '\n', (size_t)(end - s))); s++)
		line++;
	return line;
}

/* ---- errors: "line 3, field `a.b[2]`: why" ---- */

static void say_field(struct value_reader *r)
{
	bool any = false;

	for (uint32_t i = 0; i < r->levels; i++) {
		const struct level *l = &r->level[i];
		const struct plan_type *t = &r->p->type[l->type];

		if (t->kind == PLAN_LIST ? l->at == 0 : l->at >= t->count)
			continue;
		buf_addstr(r->error, any ? "" : ", field `");
		if (t->kind == PLAN_LIST)
			buf_printf(r->error, "[%u]", l->at - 1);
		else
			buf_printf(r->error, "%s%s", any ? "." : "", r->p->field[t->first + l->at].name);
		any = true;
	}
	if (any)
		buf_addch(r->error, '`');
}

static bool refuse(struct value_reader *r, size_t at)
{
	buf_printf(r->error, "line %zu", value_line_at(r->text, at));
	say_field(r);
	buf_printf(r->error, ": %s", buf_str(&r->why));
	return false;
}

static const char *found(const struct json_event *ev)
{
	switch (ev->kind) {
	case JSON_NULL: return "null";
	case JSON_BOOL: return ev->boolean ? "true" : "false";
	case JSON_NUMBER: return "a number";
	case JSON_STRING: return "a string";
	case JSON_OBJECT: return "an object";
	case JSON_ARRAY: return "a list";
	default: return "an end";
	}
}

static bool refuse_kind(struct value_reader *r, const struct json_event *ev, uint32_t type)
{
	buf_clear(&r->why);
	buf_addstr(&r->why, "expected ");
	value_type_name(r->p, type, &r->why);
	buf_printf(&r->why, ", found %s", found(ev));
	return refuse(r, ev->at);
}

/* ---- levels ---- */

static struct level *top(struct value_reader *r)
{
	return r->levels ? &r->level[r->levels - 1] : NULL;
}

static bool is_lines(const struct value_reader *r)
{
	return r->text->lines && r->levels == 1;
}

static void open_level(struct value_reader *r, uint32_t type)
{
	const struct plan_type *t = &r->p->type[type];
	struct level *l = &r->level[r->levels++];

	*l = (struct level){ .type = type, .at = t->kind == PLAN_LIST ? 0 : t->count, .start = r->out->len,
		.first_slot = r->slots, .in_order = true };
	if (t->kind == PLAN_LIST) {
		if (!is_lines(r))
			buf_addch(r->out, '[');
		return;
	}
	buf_addch(r->out, '{');
	if (t->kind == PLAN_CHOICE)
		return;
	r->slot = mem_grow(r->slot, &r->slot_cap, r->slots + t->count, sizeof *r->slot);
	if (t->count)
		memset(r->slot + r->slots, 0, t->count * sizeof *r->slot);
	r->slots += t->count;
}

/* A value is complete: the record around it learns where it ends. */
static void value_ends(struct value_reader *r)
{
	struct level *l = top(r);

	if (l && r->p->type[l->type].kind == PLAN_RECORD)
		r->slot[l->first_slot + l->at].end = r->out->len;
	else if (l && is_lines(r))
		buf_addch(r->out, '\n');
}

/* Before a value of the open level: its comma, its name. */
static void value_begins(struct value_reader *r)
{
	struct level *l = top(r);
	const struct plan_type *t = l ? &r->p->type[l->type] : NULL;
	const char *name;

	if (!l)
		return;
	if (t->kind == PLAN_LIST) {
		if (l->at > 1 && !is_lines(r))
			buf_addch(r->out, ',');
		return;
	}
	if (l->present++ && t->kind == PLAN_RECORD)
		buf_addch(r->out, ',');
	name = r->p->field[t->first + l->at].name;
	if (t->kind == PLAN_RECORD) {
		r->slot[l->first_slot + l->at].state = PRESENT;
		r->slot[l->first_slot + l->at].start = r->out->len;
	}
	json_quote(r->out, name, strlen(name));
	buf_addch(r->out, ':');
}

static void put_in_order(struct value_reader *r, const struct level *l)
{
	const struct plan_type *t = &r->p->type[l->type];
	size_t body = l->start + 1;
	bool first = true;

	buf_clear(&r->scratch);
	buf_add(&r->scratch, r->out->p + body, r->out->len - body);
	r->out->len = body;
	for (uint32_t i = 0; i < t->count; i++) {
		const struct slot *s = &r->slot[l->first_slot + i];

		if (s->state != PRESENT)
			continue;
		if (!first)
			buf_addch(r->out, ',');
		first = false;
		buf_add(r->out, r->scratch.p + (s->start - body), s->end - s->start);
	}
}

static bool end_record(struct value_reader *r, const struct json_event *ev)
{
	struct level *l = top(r);
	const struct plan_type *t = &r->p->type[l->type];

	for (uint32_t i = 0; i < t->count; i++)
		if (r->slot[l->first_slot + i].state == UNSEEN && !value_is_optional(r->p, r->p->field[t->first + i].type)) {
			l->at = i;
			buf_clear(&r->why);
			buf_addstr(&r->why, "is missing, expected ");
			value_type_name(r->p, r->p->field[t->first + i].type, &r->why);
			return refuse(r, ev->at);
		}
	if (!l->in_order)
		put_in_order(r, l);
	buf_addch(r->out, '}');
	r->slots = l->first_slot;
	r->levels--;
	value_ends(r);
	return true;
}

static bool choose_field(struct value_reader *r, const struct json_event *ev)
{
	struct level *l = top(r);
	uint32_t before = l->at, likely = before == r->p->type[l->type].count ? 0 : before + 1;
	uint32_t field = value_find_field(r->p, l->type, ev->text, ev->len, likely);

	if (field == PLAN_NONE) {
		r->skip_next = true;
		return true;
	}
	l->at = field;
	if (r->slot[l->first_slot + field].state != UNSEEN) {
		buf_clear(&r->why);
		buf_addstr(&r->why, "stands twice");
		return refuse(r, ev->at);
	}
	if (before != r->p->type[l->type].count && field < before)
		l->in_order = false;
	return true;
}

/* ---- choices ---- */

static bool refuse_arm(struct value_reader *r, const struct json_event *ev, uint32_t type)
{
	const struct plan_type *t = &r->p->type[type];

	buf_clear(&r->why);
	buf_addstr(&r->why, "expected one arm of a choice:");
	for (uint32_t i = 0; i < t->count && i < 10; i++)
		buf_printf(&r->why, " {\"%s\": …}", r->p->field[t->first + i].name);
	if (t->count > 10)
		buf_addstr(&r->why, " …");
	if (ev->kind == JSON_KEY)
		value_say_found(&r->why, ev->text, ev->len);
	else
		buf_addstr(&r->why, ", found an empty object");
	return refuse(r, ev->at);
}

static bool choose_arm(struct value_reader *r, const struct json_event *ev)
{
	struct level *l = top(r);
	uint32_t count = r->p->type[l->type].count, arm;

	if (l->at < count) {
		l->at = count;
		buf_clear(&r->why);
		buf_addstr(&r->why, "a choice has one arm, and here is a second");
		value_say_found(&r->why, ev->text, ev->len);
		return refuse(r, ev->at);
	}
	arm = value_find_field(r->p, l->type, ev->text, ev->len, 0);
	if (arm == PLAN_NONE)
		return refuse_arm(r, ev, l->type);
	l->at = arm;
	return true;
}

static bool end_choice(struct value_reader *r, const struct json_event *ev)
{
	if (top(r)->present == 0)
		return refuse_arm(r, ev, top(r)->type);
	buf_addch(r->out, '}');
	r->levels--;
	value_ends(r);
	return true;
}

/* ---- flows ---- */

static bool copy(struct value_reader *r, const struct json_event *ev)
{
	bool end = ev->kind == JSON_OBJECT_END || ev->kind == JSON_ARRAY_END;

	if (r->comma && !end)
		buf_addch(r->out, ',');
	r->comma = true;
	switch (ev->kind) {
	case JSON_NULL: buf_addstr(r->out, "null"); break;
	case JSON_BOOL: buf_addstr(r->out, ev->boolean ? "true" : "false"); break;
	case JSON_NUMBER: buf_add(r->out, ev->text, ev->len); break;
	case JSON_STRING: json_quote(r->out, ev->text, ev->len); break;
	case JSON_KEY:
		json_quote(r->out, ev->text, ev->len);
		buf_addch(r->out, ':');
		r->comma = false;
		break;
	case JSON_OBJECT:
	case JSON_ARRAY:
		buf_addch(r->out, ev->kind == JSON_OBJECT ? '{' : '[');
		r->copying++;
		r->comma = false;
		break;
	case JSON_OBJECT_END:
	case JSON_ARRAY_END:
		buf_addch(r->out, ev->kind == JSON_OBJECT_END ? '}' : ']');
		if (--r->copying == 0)
			value_ends(r);
		break;
	}
	return true;
}

/* ---- values ---- */

static bool fits(enum plan_type_kind kind, enum json_kind found_kind)
{
	switch (kind) {
	case PLAN_BOOL: return found_kind == JSON_BOOL;
	case PLAN_STRING:
	case PLAN_BYTES:
	case PLAN_TIME:
	case PLAN_ENUM: return found_kind == JSON_STRING;
	case PLAN_RECORD:
	case PLAN_CHOICE:
	case PLAN_FLOW: return found_kind == JSON_OBJECT;
	case PLAN_LIST: return found_kind == JSON_ARRAY;
	case PLAN_FILE:
	case PLAN_OPTIONAL: return false;
	default: return found_kind == JSON_NUMBER;
	}
}

static bool read_absent(struct value_reader *r, const struct json_event *ev)
{
	struct level *l = top(r);

	if (!l && r->text->lines)	/* no lines are an empty list, not an absent one */
		return refuse_kind(r, ev, value_present(r->p, r->root));
	if (l && r->p->type[l->type].kind == PLAN_RECORD) {
		r->slot[l->first_slot + l->at].state = ABSENT;
		return true;
	}
	value_begins(r);
	buf_addstr(r->out, "null");
	value_ends(r);
	return true;
}

static bool read_value(struct value_reader *r, const struct json_event *ev, uint32_t type)
{
	uint32_t present = value_present(r->p, type);
	enum plan_type_kind kind = r->p->type[present].kind;

	if (ev->kind == JSON_NULL && present != type)
		return read_absent(r, ev);
	if (!fits(kind, ev->kind))
		return refuse_kind(r, ev, type);
	value_begins(r);
	if (kind == PLAN_FLOW) {
		r->comma = false;
		return copy(r, ev);
	}
	if (kind == PLAN_RECORD || kind == PLAN_LIST || kind == PLAN_CHOICE) {
		open_level(r, present);
		return true;
	}
	buf_clear(&r->why);
	if (ev->kind == JSON_BOOL)
		buf_addstr(r->out, ev->boolean ? "true" : "false");
	else if (!value_read_scalar(r->p, present, ev->text, ev->len, r->out, &r->why))
		return refuse(r, ev->at);
	value_ends(r);
	return true;
}

static bool in_level(struct value_reader *r, const struct json_event *ev, struct level *l)
{
	const struct plan_type *t = &r->p->type[l->type];

	switch (ev->kind) {
	case JSON_KEY: return t->kind == PLAN_CHOICE ? choose_arm(r, ev) : choose_field(r, ev);
	case JSON_OBJECT_END: return t->kind == PLAN_CHOICE ? end_choice(r, ev) : end_record(r, ev);
	case JSON_ARRAY_END:
		if (!is_lines(r))
			buf_addch(r->out, ']');
		r->levels--;
		value_ends(r);
		return true;
	default: break;
	}
	if (t->kind != PLAN_LIST)
		return read_value(r, ev, r->p->field[t->first + l->at].type);
	l->at++;
	return read_value(r, ev, t->elem);
}

/* The value of a member that the type does not name. */
static bool skip(struct value_reader *r, const struct json_event *ev)
{
	r->skip_next = false;
	if (ev->kind == JSON_OBJECT || ev->kind == JSON_ARRAY)
		r->skipping++;
	else if (ev->kind == JSON_OBJECT_END || ev->kind == JSON_ARRAY_END)
		r->skipping--;
	return true;
}

static bool on_event(void *ctx, const struct json_event *ev)
{
	struct value_reader *r = ctx;

	if (r->skipping || r->skip_next)
		return skip(r, ev);
	if (r->copying)
		return copy(r, ev);
	if (r->levels)
		return in_level(r, ev, top(r));
	return read_value(r, ev, r->root);
}

bool value_read_json(struct value_reader *r, uint32_t type, const struct value_text *t, struct buf *out, struct buf *error)
{
	struct json_error err;

	r->text = t;
	r->out = out;
	r->error = error;
	r->root = type;
	r->levels = 0;
	r->slots = 0;
	r->skipping = 0;
	r->skip_next = false;
	r->copying = 0;
	if (json_read(t->text, t->len, LIMIT_NESTING, on_event, r, &err))
		return true;
	if (err.message[0])
		buf_printf(error, "line %zu: not JSON: %s", value_line_at(t, err.at < t->len ? err.at : t->len), err.message);
	return false;
}

/* ---- items of an array, by their places ---- */

struct items {
	const char *text;
	unsigned depth;
	size_t start;
	bool open;
	void (*item)(void *ctx, size_t start, size_t end);
	void *ctx;
};

/* The open item ends before `at`, less the comma and white space between. */
static void close_item(struct items *it, size_t at)
{
	if (!it->open)
		return;
	while (at > it->start && strchr(" \t\r\n,", it->text[at - 1]))
		at--;
	it->item(it->ctx, it->start, at);
	it->open = false;
}

static bool on_item(void *ctx, const struct json_event *ev)
{
	struct items *it = ctx;
	bool end = ev->kind == JSON_OBJECT_END || ev->kind == JSON_ARRAY_END;

	if (it->depth == 0 && ev->kind != JSON_ARRAY)
		return false;
	if (it->depth == 1) {
		close_item(it, ev->at);
		it->open = !end;
		it->start = ev->at;
	}
	if (ev->kind == JSON_OBJECT || ev->kind == JSON_ARRAY)
		it->depth++;
	else if (end)
		it->depth--;
	return true;
}

bool value_each_item(const char *json, size_t len, void (*item)(void *ctx, size_t start, size_t end), void *ctx,
		     struct buf *error)
{
	struct items it = { .text = json, .item = item, .ctx = ctx };
	struct json_error err;

	if (json_read(json, len, LIMIT_NESTING, on_item, &it, &err))
		return true;
	buf_printf(error, "expected a list: %s", err.message[0] ? err.message : "found something else");
	return false;
}
