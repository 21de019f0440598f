/* The flat layout's sizes, and the texts by which two programs know that they mean the same. */
#include "runtime/flat.h"

#include <string.h>
#include "base/limits.h"
#include "base/mem.h"
#include "runtime/value.h"

static const char *const scalar_names[] = { [PLAN_BOOL] = "bool", [PLAN_I32] = "i32", [PLAN_I64] = "i64", [PLAN_U32] = "u32",
	[PLAN_U64] = "u64", [PLAN_F32] = "f32", [PLAN_F64] = "f64", [PLAN_STRING] = "string", [PLAN_BYTES] = "bytes",
	[PLAN_TIME] = "time", [PLAN_DURATION] = "duration" };

/* ---- what has a form ---- */

enum { FORM_YES = 1, FORM_NO };

static bool parts_have_form(struct flat_layout *l, uint32_t type)
{
	const struct plan_type *t = &l->p->type[type];

	switch ((enum plan_type_kind)t->kind) {
	case PLAN_FILE:
	case PLAN_CHOICE:
	case PLAN_FLOW: return false;
	case PLAN_LIST:
	case PLAN_OPTIONAL: return flat_has_form(l, t->elem);
	case PLAN_RECORD:
		for (uint32_t i = 0; i < t->count; i++)
			if (!flat_has_form(l, l->p->field[t->first + i].type))
				return false;
		return true;
	default: return true;
	}
}

bool flat_has_form(struct flat_layout *l, uint32_t type)
{
	if (!l->form[type])
		l->form[type] = parts_have_form(l, type) && flat_size(l, type).size <= LIMIT_DATA ? FORM_YES : FORM_NO;
	return l->form[type] == FORM_YES;
}

/* ---- sizes ---- */

void flat_layout_init(struct flat_layout *l, const struct plan *p)
{
	*l = (struct flat_layout){ p, mem_zalloc(p->types, sizeof *l->of), mem_zalloc(p->types, 1) };
}

void flat_layout_release(struct flat_layout *l)
{
	mem_free(l->of);
	mem_free(l->form);
	l->of = NULL;
	l->form = NULL;
}

static uint64_t align_up(uint64_t at, uint32_t align)
{
	return (at + align - 1) & ~(uint64_t)(align - 1);
}

/* Sums stay far from 64 bits: what is larger than a value may be is cut off, and refused by flat_has_form. */
uint64_t flat_place(uint64_t *at, struct flat_size one)
{
	uint64_t place = align_up(*at, one.align);

	*at = place + one.size;
	if (*at > (uint64_t)LIMIT_DATA * 4)
		*at = (uint64_t)LIMIT_DATA * 4;
	return place;
}

static struct flat_size size_of_record(struct flat_layout *l, const struct plan_type *t)
{
	struct flat_size all = { 0, 1 };

	for (uint32_t i = 0; i < t->count; i++) {
		struct flat_size one = flat_size(l, l->p->field[t->first + i].type);

		flat_place(&all.size, one);
		if (one.align > all.align)
			all.align = one.align;
	}
	if (all.size == 0)
		all.size = 1;		/* C has no record without a field */
	all.size = align_up(all.size, all.align);
	return all;
}

static struct flat_size compute_size(struct flat_layout *l, uint32_t type)
{
	const struct plan_type *t = &l->p->type[type];
	struct flat_size one;

	switch ((enum plan_type_kind)t->kind) {
	case PLAN_BOOL: return (struct flat_size){ 1, 1 };
	case PLAN_I32:
	case PLAN_U32:
	case PLAN_F32:
	case PLAN_ENUM: return (struct flat_size){ 4, 4 };
	case PLAN_STRING:
		if (t->params)
			return (struct flat_size){ align_up(4 + (uint64_t)t->params, 4), 4 };
		return (struct flat_size){ 16, 8 };
	case PLAN_BYTES:
	case PLAN_LIST: return (struct flat_size){ 16, 8 };
	case PLAN_RECORD: return size_of_record(l, t);
	case PLAN_OPTIONAL:
		one = flat_size(l, t->elem);
		return (struct flat_size){ align_up(one.align + one.size, one.align), one.align };
	default: return (struct flat_size){ 8, 8 };
	}
}

struct flat_size flat_size(struct flat_layout *l, uint32_t type)
{
	if (!l->of[type].align)
		l->of[type] = compute_size(l, type);
	return l->of[type];
}

/* ---- texts and hashes ---- */

static void add_names(const struct plan *p, const struct plan_type *t, struct buf *out)
{
	for (uint32_t i = 0; i < t->count; i++) {
		const struct plan_field *f = &p->field[t->first + i];

		buf_addstr(out, i ? "," : "");
		buf_addstr(out, f->name);
		if (t->kind == PLAN_RECORD) {
			buf_addch(out, ':');
			flat_text(p, f->type, out);
		}
	}
}

void flat_text(const struct plan *p, uint32_t type, struct buf *out)
{
	const struct plan_type *t = &p->type[type];

	switch ((enum plan_type_kind)t->kind) {
	case PLAN_LIST:
		buf_addch(out, '[');
		flat_text(p, t->elem, out);
		buf_addch(out, ']');
		break;
	case PLAN_OPTIONAL:
		flat_text(p, t->elem, out);
		buf_addch(out, '?');
		break;
	case PLAN_RECORD:
	case PLAN_ENUM:
		buf_addstr(out, t->kind == PLAN_RECORD ? "{" : "<");
		add_names(p, t, out);
		buf_addstr(out, t->kind == PLAN_RECORD ? "}" : ">");
		break;
	case PLAN_FILE:
	case PLAN_CHOICE:
	case PLAN_FLOW: break;
	default:
		buf_addstr(out, scalar_names[t->kind]);
		if (t->kind == PLAN_STRING && t->params)
			buf_printf(out, "[%u]", t->params);
	}
}

static uint64_t hash_of(const struct buf *text)
{
	uint64_t h = 0xcbf29ce484222325u;

	for (size_t i = 0; i < text->len; i++)
		h = (h ^ (unsigned char)text->p[i]) * 0x100000001b3u;
	return h;
}

uint64_t flat_hash(const struct plan *p, uint32_t type)
{
	struct buf text = BUF_INIT;
	uint64_t h;

	flat_text(p, value_present(p, type), &text);
	h = hash_of(&text);
	buf_release(&text);
	return h;
}

static void add_ports(const struct plan *p, uint32_t first, uint32_t count, struct buf *out)
{
	buf_addch(out, '(');
	for (uint32_t i = first; i < first + count; i++) {
		buf_addstr(out, i > first ? "," : "");
		flat_text(p, p->port[i].type, out);
	}
	buf_addch(out, ')');
}

uint64_t flat_function_hash(const struct plan *p, const struct plan_func *f)
{
	struct buf text = BUF_INIT;
	uint64_t h;

	buf_printf(&text, "flat %d ", FLAT_VERSION);
	add_ports(p, f->first_param, f->params, &text);
	add_ports(p, f->first_result, f->results, &text);
	h = hash_of(&text);
	buf_release(&text);
	return h;
}

const char *flat_program_name(struct arena *arena, const char *program)
{
	const char *dot = strrchr(program, '.');
	size_t len = dot && dot > program ? (size_t)(dot - program) : strlen(program);
	char *name;

	if (len > 6 && memcmp(program + len - 6, ".graph", 6) == 0)
		len -= 6;
	name = arena_printf(arena, "%.*s-functions", (int)len, program);
	for (char *c = name; *c; c++)
		if (!((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9') || strchr("_.+", *c) || (*c == '-' && c > name)))
			*c = '_';
	return name;
}
