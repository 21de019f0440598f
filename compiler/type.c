/* Types, hash-consed. */
#include "compiler/type.h"

#include <string.h>

#include "base/mem.h"

static const char *const scalar_name[] = {
	[TYPE_ERROR] = "?", [TYPE_BOOL] = "bool", [TYPE_I32] = "i32", [TYPE_I64] = "i64", [TYPE_U32] = "u32",
	[TYPE_U64] = "u64", [TYPE_F32] = "f32", [TYPE_F64] = "f64", [TYPE_STRING] = "string", [TYPE_BYTES] = "bytes",
	[TYPE_TIME] = "time", [TYPE_DURATION] = "duration", [TYPE_FILE] = "file", [TYPE_VOID] = "nothing",
};
enum { SCALARS = TYPE_VOID + 1 };

static type_t type_add(struct types *t, struct type one)
{
	t->at = mem_grow(t->at, &t->cap, t->count + 1, sizeof *t->at);
	t->at[t->count] = one;
	return (type_t)t->count++;
}

void types_init(struct types *t, struct symtab *syms)
{
	*t = (struct types){ .syms = syms };
	for (unsigned k = 0; k < SCALARS; k++)
		type_add(t, (struct type){ .kind = (uint8_t)k });
}

void types_release(struct types *t)
{
	mem_free(t->at);
	mem_free(t->field);
	mem_free(t->slot);
	*t = (struct types){ 0 };
}

static uint32_t *slot_of(const struct types *t, const struct type *key)
{
	uint32_t i = (key->elem * 2654435761u + key->first * 40503u + key->kind) & (t->slots - 1);
	for (; t->slot[i]; i = (i + 1) & (t->slots - 1)) {
		const struct type *ty = &t->at[t->slot[i]];
		bool by_text = ty->kind == TYPE_CHOICE || ty->kind == TYPE_FUNCTION;	/* `first` is of its fields */
		if (ty->kind == key->kind && ty->elem == key->elem && (by_text || ty->first == key->first))
			break;
	}
	return &t->slot[i];
}

static void enlarge(struct types *t)
{
	mem_free(t->slot);
	t->slots = t->slots ? t->slots * 2 : 64;
	t->slot = mem_zalloc(t->slots, sizeof *t->slot);
	for (uint32_t i = SCALARS; i < t->count; i++) {
		struct type key = t->at[i];
		if (key.kind == TYPE_CHOICE || key.kind == TYPE_FUNCTION)
			key.first = 0;
		if (key.kind == TYPE_LIST || key.kind == TYPE_OPTIONAL || (key.kind >= TYPE_MAP && key.kind <= TYPE_FUNCTION))
			*slot_of(t, &key) = i;
	}
}

static type_t constructed(struct types *t, enum type_kind kind, type_t elem, uint32_t first)
{
	const struct type key = { .kind = (uint8_t)kind, .elem = elem, .first = first };
	if (t->constructed * 2 >= t->slots)
		enlarge(t);
	uint32_t *slot = slot_of(t, &key);
	if (!*slot) {
		*slot = type_add(t, key);
		t->constructed++;
	}
	return *slot;
}

type_t type_list(struct types *t, type_t elem)
{
	return elem == TYPE_ERROR ? TYPE_ERROR : constructed(t, TYPE_LIST, elem, 0);
}

type_t type_optional(struct types *t, type_t elem)
{
	if (elem == TYPE_ERROR || t->at[elem].kind == TYPE_OPTIONAL)
		return elem;
	return constructed(t, TYPE_OPTIONAL, elem, 0);
}

type_t type_map(struct types *t, type_t record, uint32_t key_field)
{
	return constructed(t, TYPE_MAP, record, key_field);
}

type_t type_sized(struct types *t, uint32_t bytes)
{
	return constructed(t, TYPE_SIZED, TYPE_STRING, bytes);
}

/* A type that is known by its text: names of types are unique, so equal texts are equal types. */
static type_t by_text(struct types *t, enum type_kind kind, const struct buf *text, const struct type_field *f, uint32_t n)
{
	size_t had = t->count;
	type_t id = constructed(t, kind, sym_intern(t->syms, text->p, text->len), 0);
	if (t->count > had)
		type_add_fields(t, id, f, n);
	return id;
}

type_t type_choice(struct types *t, const struct type_field *arm, uint32_t n)
{
	struct buf b = BUF_INIT;
	for (uint32_t i = 0; i < n; i++) {
		buf_addstr(&b, i ? " | " : "");
		buf_addstr(&b, sym_text(t->syms, arm[i].name));
	}
	type_t id = by_text(t, TYPE_CHOICE, &b, arm, n);
	for (uint32_t i = 0; i < n; i++)
		t->at[id].holds_file |= type_has_file(t, arm[i].type);
	buf_release(&b);
	return id;
}

static void type_print(const struct types *t, type_t id, struct buf *out, unsigned depth);

static void print_list(const struct types *t, const type_t *type, uint32_t n, struct buf *out)
{
	for (uint32_t i = 0; i < n; i++) {
		buf_addstr(out, i ? ", " : "");
		type_print(t, type[i], out, 1);
	}
}

type_t type_function(struct types *t, bool is_flow, const type_t *param, uint32_t params, const type_t *result, uint32_t results)
{
	struct buf b = BUF_INIT;
	struct type_field *f = mem_zalloc((size_t)params + results + 1, sizeof *f);
	buf_addstr(&b, is_flow ? "flow(" : "function(");
	print_list(t, param, params, &b);
	buf_addch(&b, ')');
	if (results) {
		buf_addstr(&b, results > 1 ? " -> (" : " -> ");
		print_list(t, result, results, &b);
		buf_addstr(&b, results > 1 ? ")" : "");
	}
	for (uint32_t i = 0; i < params + results; i++)
		f[i].type = i < params ? param[i] : result[i - params];
	type_t id = by_text(t, TYPE_FUNCTION, &b, f, params + results);
	t->at[id].params = params;
	t->at[id].is_flow = is_flow;
	buf_release(&b);
	mem_free(f);
	return id;
}

type_t type_declared(struct types *t, enum type_kind kind, sym_t name, struct span span)
{
	return type_add(t, (struct type){ .kind = (uint8_t)kind, .name = name, .span = span });
}

void type_add_fields(struct types *t, type_t of, const struct type_field *f, uint32_t n)
{
	t->at[of].first = (uint32_t)t->fields;
	t->at[of].count = n;
	t->field = mem_grow(t->field, &t->fields_cap, t->fields + n + 1, sizeof *t->field);
	if (n)
		memcpy(t->field + t->fields, f, n * sizeof *f);
	t->fields += n;
}

type_t type_scalar_named(const char *name)
{
	for (type_t k = TYPE_BOOL; k < TYPE_VOID; k++)
		if (!strcmp(scalar_name[k], name))
			return k;
	return TYPE_ERROR;
}

const struct type_field *type_field_at(const struct types *t, type_t of, uint32_t i)
{
	return &t->field[t->at[of].first + i];
}

uint32_t type_field_find(const struct types *t, type_t of, sym_t name)
{
	for (uint32_t i = 0; i < t->at[of].count; i++)
		if (type_field_at(t, of, i)->name == name)
			return i;
	return UINT32_MAX;
}

bool type_is_integer(type_t id) { return id >= TYPE_I32 && id <= TYPE_U64; }
bool type_is_number(type_t id) { return id >= TYPE_I32 && id <= TYPE_F64; }

bool type_is_scalar(const struct types *t, type_t id)
{
	return (id >= TYPE_BOOL && id <= TYPE_DURATION) || t->at[id].kind == TYPE_ENUM || t->at[id].kind == TYPE_SIZED;
}

bool type_has_file(const struct types *t, type_t id)
{
	const struct type *ty = type_of(t, id);
	switch (ty->kind) {
	case TYPE_FILE: return true;
	case TYPE_LIST: case TYPE_OPTIONAL: return type_has_file(t, ty->elem);
	case TYPE_RECORD: case TYPE_CHOICE: return ty->holds_file;
	default: return false;
	}
}

bool type_fits(const struct types *t, type_t from, type_t to)
{
	if (from == to || from == TYPE_ERROR || to == TYPE_ERROR)
		return true;
	if (t->at[to].kind == TYPE_OPTIONAL)
		return type_fits(t, from, t->at[to].elem);
	return to == TYPE_STRING && t->at[from].kind == TYPE_SIZED;
}

uint32_t type_arm(const struct types *t, type_t from, type_t to)
{
	if (t->at[to].kind == TYPE_OPTIONAL)
		to = t->at[to].elem;
	for (uint32_t i = 0; t->at[to].kind == TYPE_CHOICE && from != TYPE_ERROR && i < t->at[to].count; i++)
		if (type_field_at(t, to, i)->type == from)
			return i;
	return UINT32_MAX;
}

static void type_print(const struct types *t, type_t id, struct buf *out, unsigned depth)
{
	const struct type *ty = type_of(t, id);
	if (id < SCALARS || depth > 64) {
		buf_addstr(out, id < SCALARS ? scalar_name[id] : "…");
		return;
	}
	switch (ty->kind) {
	case TYPE_LIST:
		buf_addch(out, '[');
		type_print(t, ty->elem, out, depth + 1);
		buf_addch(out, ']');
		break;
	case TYPE_OPTIONAL:
		if (t->at[ty->elem].kind == TYPE_CHOICE || t->at[ty->elem].kind == TYPE_FUNCTION)
			buf_addch(out, '(');
		type_print(t, ty->elem, out, depth + 1);
		buf_addstr(out, t->at[ty->elem].kind == TYPE_CHOICE || t->at[ty->elem].kind == TYPE_FUNCTION ? ")?" : "?");
		break;
	case TYPE_MAP:
		buf_addstr(out, "map of ");
		type_print(t, ty->elem, out, depth + 1);
		break;
	case TYPE_SIZED: buf_printf(out, "string[%u]", ty->first); break;
	case TYPE_CHOICE: case TYPE_FUNCTION: buf_addstr(out, sym_text(t->syms, ty->elem)); break;
	default:
		buf_addstr(out, sym_text(t->syms, ty->name));
	}
}

const char *type_text(struct types *t, type_t id)
{
	struct buf b = BUF_INIT;
	type_print(t, id, &b, 0);
	/* interned: messages may hold any number of them at once */
	const char *s = sym_text(t->syms, sym_intern(t->syms, buf_str(&b), b.len));
	buf_release(&b);
	return s;
}
