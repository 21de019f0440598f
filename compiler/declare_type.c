/* Types as they are written: records, enums, and what is made of them. Reads the module; leaves c->types. */
#include "compiler/declare.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/suggest.h"
#include "compiler/mend.h"
#include "compiler/native.h"
#include "compiler/text.h"

enum { HEIGHT_MOST = PLAN_MAX_DEPTH - 4 };	/* types within types, as a plan holds them */

static type_t unknown_type(struct compilation *c, const struct node *n)
{
	struct suggest s;
	if (mend_was_missed(c, n, MEND_TYPE))
		return TYPE_ERROR;
	suggest_init(&s, name_of(c, n->sym));
	for (type_t k = TYPE_BOOL; k < TYPE_VOID; k++)
		suggest_offer(&s, type_text(&c->types, k));
	for (size_t i = TYPE_VOID + 1; suggest_wanted(c) && i < c->types.count; i++)
		if (c->types.at[i].name)
			suggest_offer(&s, name_of(c, c->types.at[i].name));
	diag_report(c->diags, CF103, n->span, "unknown type `%s`", name_of(c, n->sym));
	if (!mend_foreign_type(c, n) && !mend_missing_import(c, n, MEND_TYPE) && !suggest_say(&s, c->diags, n->span))
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
	if (n->sym == w->flat)
		return FORMAT_FLAT;
	diag_report(c->diags, CF107, n->span, "unknown format `%s`", name_of(c, n->sym));
	diag_help(c->diags, "formats are json, jsonl, csv, raw and flat");
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
	type_t misfit;
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
	else if (format == FORMAT_FLAT && (misfit = native_misfit(c, type)))
		wrong = arena_printf(&c->arena, "%s has no flat form", type_text(&c->types, misfit));
	if (!wrong)
		return true;
	diag_report(c->diags, CF201, at, "%s cannot stand in a file like this: %s", type_text(&c->types, type), wrong);
	diag_help(c->diags, "leave the format out and it follows from the type, or choose one that holds the type: json holds any but files");
	return false;
}

/* ---- names ---- */

static type_t alias(struct compilation *c, type_t id, const struct node *use)
{
	struct alias *a = &c->program.alias[type_of(&c->types, id)->first];
	if (a->state == 1) {
		diag_report(c->diags, CF210, use->span, "type `%s` stands for itself", name_of(c, type_of(&c->types, id)->name));
		diag_note(c->diags, type_of(&c->types, id)->span, "it is declared here");
		return TYPE_ERROR;
	}
	if (a->state == 0) {
		const struct generic *saved = c->generics;
		a->state = 1;
		c->generics = NULL;
		type_t is = declare_type_of(c, kid(a->node, 1), NULL);
		c->generics = saved;
		a = &c->program.alias[type_of(&c->types, id)->first];
		a->state = 2;
		c->types.at[id].elem = is;
	}
	return type_of(&c->types, id)->elem;
}

static type_t sized(struct compilation *c, const struct node *n)
{
	const struct node *size = list_at(kid(n, 0), 0);
	word_t w = 0;
	if (type_scalar_named(name_of(c, n->sym)) != TYPE_STRING) {
		diag_report(c->diags, CF103, n->span, "only a string has a size: string[%s]", name_of(c, size->sym));
		return TYPE_ERROR;
	}
	if (text_number(name_of(c, size->sym), sym_len(c->syms, size->sym), TYPE_I64, &w) == TEXT_OK && w >= 1 && w <= LIMIT_TOKEN)
		return type_sized(&c->types, (uint32_t)w);
	diag_report(c->diags, CF213, size->span, "the size of a string is from 1 to %d bytes, found %s", LIMIT_TOKEN, name_of(c, size->sym));
	return TYPE_ERROR;
}

static type_t named(struct compilation *c, const struct node *n)
{
	const struct decl *d;
	type_t t;
	if (!n->sym)
		return TYPE_ERROR;	/* of a graph document: its text was reported */
	for (const struct generic *g = c->generics; g; g = g->up)
		if (g->name == n->sym)
			return g->type;
	if (list_len(kid(n, 0)))
		return sized(c, n);
	if ((t = type_scalar_named(name_of(c, n->sym))))
		return t;
	d = program_type(&c->program, n->sym);
	for (size_t k = 0; !d && k < c->program.trees; k++)
		for (uint32_t l = 1; l < c->program.tree[k].levels; l++)	/* only a graph document can write these */
			if (type_of(&c->types, c->program.tree[k].level[l].node)->name == n->sym)
				return c->program.tree[k].level[l].node;
	if (!d)
		return c->program.open ? TYPE_ERROR : unknown_type(c, n);
	switch (type_of(&c->types, d->index)->kind) {
	case TYPE_ERROR: return TYPE_ERROR;
	case TYPE_ALIAS: return alias(c, d->index, n);
	default: return d->index;
	}
}

/* ---- made of others ---- */

/* A type within another: a function is no value that could stand there. */
static type_t inner(struct compilation *c, const struct node *n)
{
	type_t t = declare_type_of(c, n, NULL);
	if (type_of(&c->types, t)->kind != TYPE_FUNCTION)
		return t;
	diag_report(c->diags, CF201, n->span, "%s is no data: lists, records and choices cannot hold it", type_text(&c->types, t));
	diag_help(c->diags, "give a flow a parameter of this type");
	return TYPE_ERROR;
}

static type_t choice(struct compilation *c, const struct node *n)
{
	const struct node *arms = kid(n, 0);
	struct type_field f[LIMIT_FIELDS];
	uint32_t count = 0;
	bool ok = true;
	for (uint32_t i = 0; i < list_len(arms); i++) {
		const struct node *a = list_at(arms, i);
		struct type_field one = { a->sym, inner(c, a), a->span };
		if (a->kind != N_TYPE_NAME) {
			diag_report(c->diags, CF215, a->span, "an arm of a choice needs a name: it is what `match` and JSON call it");
			diag_help(c->diags, "name the type: `type Name = %s`", type_text(&c->types, one.type));
			ok = false;
			continue;
		}
		if (list_len(kid(a, 0)))
			one.name = TYPE_ERROR == one.type ? a->sym : sym_cstr(c->syms, type_text(&c->types, one.type));
		if (count == LIMIT_FIELDS) {
			diag_report(c->diags, CF008, a->span, "a choice has at most %d arms", LIMIT_FIELDS);
			return TYPE_ERROR;
		}
		for (uint32_t k = 0; k < count; k++) {
			if (f[k].name != one.name && (f[k].type != one.type || !one.type))
				continue;
			diag_report(c->diags, CF215, a->span, "`%s` is in this choice already", name_of(c, one.name));
			diag_note(c->diags, f[k].span, "the first stands here");
			ok = false;
			break;
		}
		ok &= one.type != TYPE_ERROR;
		f[count++] = one;
	}
	return ok ? type_choice(&c->types, f, count) : TYPE_ERROR;
}

static type_t function(struct compilation *c, const struct node *n)
{
	const struct node *list[2] = { kid(n, 0), kid(n, 1) };
	type_t t[2][LIMIT_FIELDS];
	uint32_t count[2] = { 0, 0 };
	bool ok = true;
	for (int k = 0; k < 2; k++) {
		for (uint32_t i = 0; i < list_len(list[k]); i++) {
			if (count[k] == LIMIT_FIELDS) {
				diag_report(c->diags, CF008, list_at(list[k], i)->span, "a function has at most %d parameters and as many results", LIMIT_FIELDS);
				return TYPE_ERROR;
			}
			t[k][count[k]] = inner(c, list_at(list[k], i));
			ok &= t[k][count[k]++] != TYPE_ERROR;
		}
	}
	return ok ? type_function(&c->types, n->flags & NODE_IS_FLOW, t[0], count[0], t[1], count[1]) : TYPE_ERROR;
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
	case N_TYPE_NAME: return named(c, n);
	case N_TYPE_LIST: return type_list(&c->types, inner(c, kid(n, 0)));
	case N_TYPE_OPT: return type_optional(&c->types, inner(c, kid(n, 0)));
	case N_TYPE_AS:
		t = declare_type_of(c, kid(n, 0), NULL);
		if (!format) {
			diag_report(c->diags, CF107, n->span, "`as` says the format of a whole parameter, result, source or sink; it cannot stand here");
			return t;
		}
		*format = format_of(c, n);
		return declare_format_fits(c, t, *format, n->span) ? t : TYPE_ERROR;
	case N_TYPE_CHOICE: return choice(c, n);
	default: return function(c, n);
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
		f[kept++] = (struct type_field){ k->sym, members ? 0 : inner(c, kid(k, 0)), k->name_span.at ? k->name_span : k->span };
	}
	type_add_fields(&c->types, of, f, kept);
	mem_free(f);
}

/* A type with parameters cannot be used, for no use could name them: it becomes the error type before any field can name it. */
static void check_generic(struct compilation *c, const struct node *n, type_t t)
{
	if (n->kind != N_TYPE_DECL || !list_len(kid(n, 0)))
		return;
	diag_report(c->diags, CF214, list_at(kid(n, 0), 0)->span, "type `%s` cannot have parameters", name_of(c, n->sym));
	diag_help(c->diags, "flows are generic: `flow f<A>(x: A) -> [A]`; declare a type for each kind of content");
	c->types.at[t].kind = TYPE_ERROR;
}

/* The type that item i declares, when its name was free. */
static type_t own_type(const struct compilation *c, size_t i)
{
	const struct decl *d = declare_own(c, i);
	return d && d->kind == DECL_TYPE ? d->index : TYPE_ERROR;
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
	bool made = ty->kind == TYPE_RECORD || ty->kind == TYPE_CHOICE;
	if (!made || height[t])
		return made ? height[t] : 1;
	uint8_t most = 1;
	height[t] = OPEN;
	for (uint32_t i = 0; i < ty->count; i++) {
		struct type_field *f = &c->types.field[ty->first + i];
		uint8_t h = above < HEIGHT_MOST ? height_of(c, f->type, height, above + 1) : HEIGHT_MOST;
		if (h == OPEN) {
			diag_report(c->diags, CF210, f->span, "%s `%s` makes `%s` contain itself", ty->kind == TYPE_CHOICE ? "arm" : "field",
				    name_of(c, f->name), type_text(&c->types, t));
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

/* ---- trees ---- */

static void level_node(struct compilation *c, struct tree_level *l, type_t children)
{
	const struct type *record = type_of(&c->types, l->record);
	uint32_t n = record->count;
	struct type_field f[LIMIT_FIELDS + 1];
	for (uint32_t i = 0; i < n; i++)
		f[i] = *type_field_at(&c->types, l->record, i);
	if (children)
		f[n++] = (struct type_field){ c->words.children, type_list(&c->types, children), l->span };
	type_add_fields(&c->types, l->node, f, n);
}

static void tree(struct compilation *c, const struct node *n, type_t root)
{
	const struct node *levels = kid(n, 0);
	uint32_t count = list_len(levels);
	struct program *p = &c->program;
	bool ok = true;
	if (count > LIMIT_BODIES) {
		diag_report(c->diags, CF008, n->span, "a tree has at most %d levels", LIMIT_BODIES);
		c->types.at[root].kind = TYPE_ERROR;
		return;
	}
	struct tree_level *level = arena_zalloc(&c->arena, count + 1, sizeof *level);
	for (uint32_t i = 0; i < count; i++) {
		const struct node *l = list_at(levels, i);
		struct span at = l->name_span.at ? l->name_span : l->span;
		level[i] = (struct tree_level){ l->sym, declare_type_of(c, kid(l, 0), NULL), root, at };
		if (level[i].record && type_of(&c->types, level[i].record)->kind != TYPE_RECORD) {
			diag_report(c->diags, CF201, kid(l, 0)->span, "a level of a tree is a record, found %s", type_text(&c->types, level[i].record));
			level[i].record = TYPE_ERROR;
		}
		if (level[i].record && type_field_find(&c->types, level[i].record, c->words.children) != UINT32_MAX) {
			diag_report(c->diags, CF102, at, "%s has a field `children` already: in a tree that is the list of the nodes below",
				    type_text(&c->types, level[i].record));
			level[i].record = TYPE_ERROR;
		}
		for (uint32_t k = 0; k < i; k++) {
			if (level[k].name != l->sym)
				continue;
			diag_report(c->diags, CF102, at, "level `%s` stands twice", name_of(c, l->sym));
			diag_note(c->diags, level[k].span, "the first stands here");
			ok = false;
		}
		ok &= level[i].record != TYPE_ERROR;
	}
	if (!ok) {
		c->types.at[root].kind = TYPE_ERROR;
		return;
	}
	for (uint32_t i = 1; i < count; i++)
		level[i].node = type_declared(&c->types, TYPE_RECORD,
					      sym_cstr(c->syms, arena_printf(&c->arena, "%s.%s", name_of(c, n->sym), name_of(c, level[i].name))), level[i].span);
	for (uint32_t i = count; i-- > 0;)
		level_node(c, &level[i], i + 1 < count ? level[i + 1].node : TYPE_ERROR);
	p->tree = mem_grow(p->tree, &p->trees_cap, p->trees + 1, sizeof *p->tree);
	p->tree[p->trees++] = (struct tree){ n->sym, n->name_span.at ? n->name_span : n->span, level, count };
}

void declare_types(struct compilation *c, size_t from, size_t end)
{
	for (size_t i = from; i < end; i++) {
		type_t t = own_type(c, i);
		if (t)
			check_generic(c, c->program.item[i].node, t);
	}
	for (size_t i = from; i < end; i++) {
		const struct node *n = c->program.item[i].node;
		type_t t = own_type(c, i);
		if (!t || n->kind == N_TREE_DECL || type_of(&c->types, t)->kind == TYPE_ERROR)
			continue;
		if (type_of(&c->types, t)->kind == TYPE_ALIAS)
			alias(c, t, n);
		else
			fields_of(c, kid(n->kind == N_ENUM_DECL ? n : kid(n, 1), 0), t, n->kind == N_ENUM_DECL);
	}
	for (size_t i = from; i < end; i++)
		if (c->program.item[i].node->kind == N_TREE_DECL && own_type(c, i))
			tree(c, c->program.item[i].node, own_type(c, i));
	uint8_t *height = mem_zalloc(c->types.count + 1, 1);
	for (size_t t = 0; t < c->types.count; t++)
		height_of(c, (type_t)t, height, 0);
	mem_free(height);
}
