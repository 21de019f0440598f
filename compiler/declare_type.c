/* Types as they are written: records, enums, and what is made of them. Reads the module; leaves c->types. */
#include "compiler/declare.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/suggest.h"
#include "compiler/mend.h"

enum { HEIGHT_MOST = PLAN_MAX_DEPTH - 4 };	/* types within types, as a plan holds them */

static type_t unknown_type(struct compilation *c, const struct node *n)
{
	struct suggest s;
	suggest_init(&s, name_of(c, n->sym));
	for (type_t k = TYPE_BOOL; k < TYPE_VOID; k++)
		suggest_offer(&s, type_text(&c->types, k));
	for (size_t i = TYPE_VOID + 1; suggest_wanted(c) && i < c->types.count; i++)
		if (c->types.at[i].name)
			suggest_offer(&s, name_of(c, c->types.at[i].name));
	diag_report(c->diags, CF103, n->span, "unknown type `%s`", name_of(c, n->sym));
	if (!mend_foreign_type(c, n) && !suggest_say(&s, c->diags, n->span))
		diag_help(c->diags, "the types of the language are bool, i32, i64, u32, u64, f32, f64, string, bytes, time, duration and file");
	return TYPE_ERROR;
}

static uint8_t format_of(struct compilation *c, const struct node *n)
{
	const struct words *w = &c->words;
	if (n->sym == w->json)
		return FORMAT_JSON;
	if (n->sym == w->jsonl)
		return FORMAT_JSONL;
	if (n->sym == w->csv)
		return FORMAT_CSV;
	if (n->sym == w->raw)
		return FORMAT_RAW;
	diag_report(c->diags, CF107, n->span, "unknown format `%s`", name_of(c, n->sym));
	diag_help(c->diags, "formats are json, jsonl, csv and raw");
	return FORMAT_NATURAL;
}

static bool flat_record(const struct types *t, type_t type)
{
	const struct type *ty = type_of(t, type);
	if (ty->kind != TYPE_RECORD)
		return false;
	for (uint32_t i = 0; i < ty->count; i++) {
		const struct type *f = type_of(t, type_field_at(t, type, i)->type);
		if (f->kind != TYPE_ERROR && !type_is_scalar(t, f->kind == TYPE_OPTIONAL ? f->elem : type_field_at(t, type, i)->type))
			return false;
	}
	return true;
}

bool declare_format_fits(struct compilation *c, type_t type, uint8_t format, struct span at)
{
	const struct types *t = &c->types;
	const struct type *ty = type_of(t, type);
	const char *wrong = NULL;
	if (ty->kind == TYPE_OPTIONAL)
		ty = type_of(t, ty->elem);
	if (!type || format == FORMAT_NATURAL)
		return true;
	if (type_has_file(t, type))
		wrong = "it is opaque, and has no format";
	else if (format == FORMAT_JSONL && ty->kind != TYPE_LIST)
		wrong = "JSON Lines hold a list";
	else if (format == FORMAT_CSV && (ty->kind != TYPE_LIST || !flat_record(t, ty->elem)))
		wrong = "CSV holds a list of records whose fields are scalars";
	else if (format == FORMAT_RAW && ty->kind != TYPE_STRING && ty->kind != TYPE_BYTES)
		wrong = "raw bytes are a string or bytes";
	if (!wrong)
		return true;
	diag_report(c->diags, CF201, at, "%s cannot stand in a file like this: %s", type_text(&c->types, type), wrong);
	return false;
}

type_t declare_type_of(struct compilation *c, const struct node *n, uint8_t *format)
{
	type_t t;
	if (format)
		*format = FORMAT_NATURAL;
	if (n->depth > HEIGHT_MOST) {
		diag_report(c->diags, CF008, n->span, "types stand within each other more than %d deep", HEIGHT_MOST);
		return TYPE_ERROR;
	}
	switch (n->kind) {
	case N_TYPE_NAME:
		if (list_len(kid(n, 0))) {
			refuse(c, n, "a type with a size");
			return TYPE_ERROR;
		}
		if ((t = type_scalar_named(name_of(c, n->sym))))
			return t;
		const struct decl *d = program_type(&c->program, n->sym);
		if (!d)
			return c->program.open ? TYPE_ERROR : unknown_type(c, n);
		return type_of(&c->types, d->index)->kind == TYPE_ERROR ? TYPE_ERROR : d->index;
	case N_TYPE_LIST:
		return type_list(&c->types, declare_type_of(c, kid(n, 0), NULL));
	case N_TYPE_OPT:
		return type_optional(&c->types, declare_type_of(c, kid(n, 0), NULL));
	case N_TYPE_AS:
		t = declare_type_of(c, kid(n, 0), NULL);
		if (!format) {
			diag_report(c->diags, CF107, n->span, "`as` says the format of a whole parameter, result, source or sink; it cannot stand here");
			return t;
		}
		*format = format_of(c, n);
		return declare_format_fits(c, t, *format, n->span) ? t : TYPE_ERROR;
	case N_TYPE_CHOICE:
		refuse(c, n, "a choice type");
		return TYPE_ERROR;
	case N_TYPE_FUNC:
		refuse(c, n, "a function type");
		return TYPE_ERROR;
	default:
		refuse(c, n, node_kind_name(n->kind));
		return TYPE_ERROR;
	}
}

static void fields_of(struct compilation *c, const struct node *list, type_t of, bool members)
{
	uint32_t n = list_len(list), kept = 0, most = members ? LIMIT_MEMBERS : LIMIT_FIELDS;
	struct type_field *f = mem_alloc((n + 1) * sizeof *f);
	if (n > most) {
		diag_report(c->diags, CF008, list_at(list, most)->span, members ? "an enum has at most %u members" : "a record has at most %u fields", most);
		n = most;
	}
	for (uint32_t i = 0; i < n; i++) {
		const struct node *k = list_at(list, i);
		uint32_t at = 0;
		while (at < kept && f[at].name != k->sym)
			at++;
		if (at < kept) {
			diag_report(c->diags, CF102, k->span, "%s `%s` is declared twice", members ? "member" : "field", name_of(c, k->sym));
			diag_note(c->diags, f[at].span, "the first stands here");
			continue;
		}
		f[kept++] = (struct type_field){ k->sym, members ? 0 : declare_type_of(c, kid(k, 0), NULL), k->name_span.at ? k->name_span : k->span };
	}
	type_add_fields(&c->types, of, f, kept);
	mem_free(f);
}

/* Types that this version refuses become the error type before any field can name them. */
static void refuse_type(struct compilation *c, const struct node *n, type_t t)
{
	if (n->kind == N_ENUM_DECL || (!list_len(kid(n, 0)) && kid(n, 1)->kind == N_RECORD_TYPE))
		return;
	refuse(c, n, list_len(kid(n, 0)) ? "a generic type" : kid(n, 1)->kind == N_TYPE_CHOICE ? "a choice type" : "another name for a type");
	c->types.at[t].kind = TYPE_ERROR;
}

/* The declaration's type, when it is the one of its name that counts. */
static type_t own_type(const struct compilation *c, const struct node *n)
{
	const struct decl *d = n->kind == N_TYPE_DECL || n->kind == N_ENUM_DECL ? program_type(&c->program, n->sym) : NULL;
	return d && d->span.at == (n->name_span.at ? n->name_span : n->span).at ? d->index : TYPE_ERROR;
}

/* How far each type has been looked into: height 0: not yet, OPEN: on the way, else levels below and with it. */
enum { OPEN = 255 };

/* The height of t, whose fields' types come first; records that hold themselves, or are too deep, lose the field that does it. */
static uint8_t height_of(struct compilation *c, type_t t, uint8_t *height, unsigned above)
{
	const struct type *ty = type_of(&c->types, t);
	if (ty->kind == TYPE_LIST || ty->kind == TYPE_OPTIONAL) {
		uint8_t h = above < HEIGHT_MOST ? height_of(c, ty->elem, height, above + 1) : HEIGHT_MOST;
		return h == OPEN ? OPEN : (uint8_t)(h + 1);
	}
	if (ty->kind != TYPE_RECORD || height[t])
		return ty->kind == TYPE_RECORD ? height[t] : 1;
	uint8_t most = 1;
	height[t] = OPEN;
	for (uint32_t i = 0; i < ty->count; i++) {
		struct type_field *f = &c->types.field[ty->first + i];
		uint8_t h = above < HEIGHT_MOST ? height_of(c, f->type, height, above + 1) : HEIGHT_MOST;
		if (h == OPEN) {
			diag_report(c->diags, CF210, f->span, "field `%s` makes `%s` contain itself", name_of(c, f->name), type_text(&c->types, t));
			diag_help(c->diags, "a hierarchy is declared with `tree`; elsewhere refer to the other value by a key");
		} else if (h >= HEIGHT_MOST) {
			diag_report(c->diags, CF008, f->span, "types stand within each other more than %d deep", HEIGHT_MOST);
		}
		if (h >= HEIGHT_MOST) {
			f->type = TYPE_ERROR;	/* so that every later walk ends */
			continue;
		}
		c->types.at[t].holds_file |= type_has_file(&c->types, f->type);
		most = h + 1 > most ? (uint8_t)(h + 1) : most;
	}
	return height[t] = most;
}

void declare_types(struct compilation *c)
{
	const struct node *items = kid(c->module, 0);
	for (uint32_t i = 0; i < list_len(items); i++) {
		type_t t = own_type(c, list_at(items, i));
		if (t)
			refuse_type(c, list_at(items, i), t);
	}
	for (uint32_t i = 0; i < list_len(items); i++) {
		const struct node *n = list_at(items, i);
		type_t t = own_type(c, n);
		if (t && type_of(&c->types, t)->kind != TYPE_ERROR)
			fields_of(c, kid(n->kind == N_ENUM_DECL ? n : kid(n, 1), 0), t, n->kind == N_ENUM_DECL);
	}
	uint8_t *height = mem_zalloc(c->types.count + 1, 1);
	for (size_t t = 0; t < c->types.count; t++)
		height_of(c, (type_t)t, height, 0);
	mem_free(height);
}
