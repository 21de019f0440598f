/* What follows from a value's type alone: its natural form, its name in messages, where a path into it leads. */
#include "runtime/value.h"

#include "runtime/value_inner.h"

uint32_t value_present(const struct plan *p, uint32_t type)
{
	while (type < p->types && p->type[type].kind == PLAN_OPTIONAL)
		type = p->type[type].elem;
	return type;
}

bool value_is_optional(const struct plan *p, uint32_t type)
{
	return p->type[type].kind == PLAN_OPTIONAL;
}

bool value_is_scalar(const struct plan *p, uint32_t type)
{
	switch ((enum plan_type_kind)p->type[value_present(p, type)].kind) {
	case PLAN_FILE:
	case PLAN_RECORD:
	case PLAN_LIST:
	case PLAN_OPTIONAL:
	case PLAN_CHOICE:
	case PLAN_FLOW: return false;
	default: return true;
	}
}

bool value_is_rows(const struct plan *p, uint32_t type)
{
	type = value_present(p, type);
	return p->type[type].kind == PLAN_LIST && p->type[value_present(p, p->type[type].elem)].kind == PLAN_RECORD;
}

bool value_is_file(const struct plan *p, uint32_t type)
{
	return p->type[value_present(p, type)].kind == PLAN_FILE;
}

/* Types are acyclic, and plan_check bounds what one holds in all. */
bool value_holds_file(const struct plan *p, uint32_t type)
{
	const struct plan_type *t = &p->type[type];

	if (t->kind == PLAN_LIST || t->kind == PLAN_OPTIONAL)
		return value_holds_file(p, t->elem);
	if (t->kind != PLAN_RECORD && t->kind != PLAN_CHOICE)
		return t->kind == PLAN_FILE;
	for (uint32_t i = 0; i < t->count; i++)
		if (value_holds_file(p, p->field[t->first + i].type))
			return true;
	return false;
}

bool value_is_folder(const struct plan *p, uint32_t type)
{
	return !value_is_file(p, type) && value_holds_file(p, type);
}

enum plan_format value_natural_format(const struct plan *p, uint32_t type)
{
	if (value_is_file(p, type) || value_is_folder(p, type))
		return FORMAT_NATURAL;
	if (value_is_rows(p, type))
		return FORMAT_JSONL;
	switch ((enum plan_type_kind)p->type[value_present(p, type)].kind) {
	case PLAN_STRING:
	case PLAN_BYTES: return FORMAT_RAW;
	default: return FORMAT_JSON;
	}
}

static void add_arms(const struct plan *p, const struct plan_type *t, bool optional, struct buf *out)
{
	buf_addstr(out, optional ? "(" : "");
	for (uint32_t i = 0; i < t->count; i++)
		buf_printf(out, "%s%s", i ? " | " : "", p->field[t->first + i].name);
	buf_addstr(out, optional ? ")" : "");
}

void value_type_name(const struct plan *p, uint32_t type, struct buf *out)
{
	static const char *const scalars[] = { [PLAN_BOOL] = "bool", [PLAN_I32] = "i32", [PLAN_I64] = "i64", [PLAN_U32] = "u32",
		[PLAN_U64] = "u64", [PLAN_F32] = "f32", [PLAN_F64] = "f64", [PLAN_STRING] = "string", [PLAN_BYTES] = "bytes",
		[PLAN_TIME] = "time", [PLAN_DURATION] = "duration", [PLAN_FILE] = "file", [PLAN_FLOW] = "flow" };
	const struct plan_type *t = &p->type[type];
	struct buf tail = BUF_INIT;
	bool optional = t->kind == PLAN_OPTIONAL;	/* in a list the brackets hold the arms together */

	for (; t->kind == PLAN_LIST || t->kind == PLAN_OPTIONAL; t = &p->type[t->elem]) {
		optional = t->kind == PLAN_OPTIONAL;
		if (t->kind == PLAN_LIST) {
			buf_addch(out, '[');
			buf_addch(&tail, ']');
		} else {
			buf_addch(&tail, '?');
		}
	}
	if (t->kind == PLAN_CHOICE)
		add_arms(p, t, optional, out);
	else
		buf_addstr(out, t->kind == PLAN_RECORD || t->kind == PLAN_ENUM ? t->name : scalars[t->kind]);
	if (t->kind == PLAN_STRING && t->params)
		buf_printf(out, "[%u]", t->params);
	while (tail.len)
		buf_addch(out, tail.p[--tail.len]);
	buf_release(&tail);
}

bool value_next_step(const char **at, struct value_step *out)
{
	const char *s = *at;
	uint64_t index = 0;

	*out = (struct value_step){ NULL, 0, 0 };
	if (*s == '.') {
		out->field = ++s;
		out->len = strcspn(s, ".[");
		*at = s + out->len;
		return out->len > 0;
	}
	if (*s++ != '[' || *s < '0' || *s > '9')
		return false;
	for (; *s >= '0' && *s <= '9'; s++) {
		index = index * 10 + (uint64_t)(*s - '0');
		if (index >= PLAN_NONE)
			return false;
	}
	out->index = (uint32_t)index;
	*at = s + 1;
	return *s == ']';
}

static bool field_is(const struct plan *p, uint32_t field, const char *name, size_t len)
{
	const char *have = p->field[field].name;

	return strncmp(have, name, len) == 0 && have[len] == '\0';
}

uint32_t value_find_field(const struct plan *p, uint32_t record, const char *name, size_t len, uint32_t likely)
{
	const struct plan_type *t = &p->type[record];

	if (memchr(name, '\0', len))
		return PLAN_NONE;
	if (likely < t->count && field_is(p, t->first + likely, name, len))
		return likely;
	for (uint32_t i = 0; i < t->count; i++)
		if (field_is(p, t->first + i, name, len))
			return i;
	return PLAN_NONE;
}

uint32_t value_path_type(const struct plan *p, uint32_t type, const char *path)
{
	struct value_step step;

	while (*path) {
		uint32_t field;

		type = value_present(p, type);
		if (!value_next_step(&path, &step))
			return PLAN_NONE;
		if (!step.field) {
			if (p->type[type].kind != PLAN_LIST)
				return PLAN_NONE;
			type = p->type[type].elem;
			continue;
		}
		if (p->type[type].kind != PLAN_RECORD)
			return PLAN_NONE;
		field = value_find_field(p, type, step.field, step.len, 0);
		if (field == PLAN_NONE)
			return PLAN_NONE;
		type = p->field[p->type[type].first + field].type;
	}
	return type;
}
