/*
 * Names in C. Those of types begin with the program's, so that no library has them; fields keep theirs, with a `_` behind where C or C++
 * would not have it. Types that are equal and are called the same are one type.
 */
#include "emitters/stub.h"

#include <string.h>

#include "base/mem.h"
#include "compiler/native.h"

uint32_t stub_bare(const struct stub *s, uint32_t type)
{
	while (s->p->type[type].kind == PLAN_OPTIONAL)
		type = s->p->type[type].elem;
	return s->same[type];
}

/* ---- names ---- */

static void add_identifier(struct buf *b, const char *text)
{
	for (; *text; text++)
		buf_addch(b, (*text >= 'a' && *text <= 'z') || (*text >= 'A' && *text <= 'Z') || (*text >= '0' && *text <= '9') ? *text : '_');
}

/* Of a list or a text: what else begins with its name. */
static const char *const suffixes[] = { "", "_view", "_get", "_new", "_set" };
enum { SUFFIXES = sizeof suffixes / sizeof *suffixes };

static bool is_free(const struct stub *s, struct buf *name)
{
	size_t len = name->len;
	bool ok = true;

	for (unsigned i = 0; ok && i < SUFFIXES; i++) {
		buf_addstr(name, suffixes[i]);
		ok = !sym_find(s->taken, name->p, name->len);
		name->len = len;
		name->p[len] = '\0';
	}
	return ok;
}

/* The name, or with `_`, `__` … behind it. */
static const char *take(struct stub *s, struct buf *name)
{
	const char *taken;

	while (!is_free(s, name))
		buf_addch(name, '_');
	taken = arena_strdup(&s->arena, buf_str(name));
	for (unsigned i = 0; i < SUFFIXES; i++)
		sym_cstr(s->taken, arena_printf(&s->arena, "%s%s", taken, suffixes[i]));
	return taken;
}

/* A field or a parameter is called like others of the flow as it likes, but not like a type of the header. */
static bool is_of_flow(const struct stub *s, const struct buf *name)
{
	return strncmp(name->p, s->prefix, strlen(s->prefix)) == 0;
}

const char **stub_names(struct stub *s, const char *const *wanted, uint32_t count, const char *prefix)
{
	const char **name = arena_alloc(&s->arena, ((size_t)count + 1) * sizeof *name);
	struct symtab *taken = symtab_new();
	struct buf b = BUF_INIT;

	for (uint32_t i = 0; i < count; i++) {
		buf_clear(&b);
		buf_addstr(&b, prefix);
		if (!*prefix && wanted[i][0] >= '0' && wanted[i][0] <= '9')
			buf_addch(&b, '_');
		add_identifier(&b, wanted[i]);
		while (native_reserved(buf_str(&b)) || sym_find(taken, buf_str(&b), b.len) || ((*prefix || is_of_flow(s, &b)) && sym_find(s->taken, b.p, b.len)))
			buf_addch(&b, '_');
		sym_intern(*prefix ? s->taken : taken, buf_str(&b), b.len);
		name[i] = arena_strdup(&s->arena, buf_str(&b));
	}
	symtab_free(taken);
	buf_release(&b);
	return name;
}

static const char *scalar(const struct plan_type *t)
{
	switch ((enum plan_type_kind)t->kind) {
	case PLAN_BOOL: return "bool";
	case PLAN_I32: return "int32_t";
	case PLAN_U32: return "uint32_t";
	case PLAN_I64: case PLAN_TIME: case PLAN_DURATION: return "int64_t";
	case PLAN_U64: return "uint64_t";
	case PLAN_F32: return "float";
	case PLAN_F64: return "double";
	case PLAN_BYTES: return "calc_text";
	case PLAN_STRING: return t->params ? NULL : "calc_text";
	default: return NULL;
	}
}

/* What a list or an optional value is called by: "f64", "Reading", "string32". */
static void add_short(const struct stub *s, uint32_t type, struct buf *b)
{
	static const char *const names[] = { [PLAN_BOOL] = "bool", [PLAN_I32] = "i32", [PLAN_I64] = "i64", [PLAN_U32] = "u32", [PLAN_U64] = "u64",
		[PLAN_F32] = "f32", [PLAN_F64] = "f64", [PLAN_STRING] = "string", [PLAN_BYTES] = "bytes", [PLAN_TIME] = "time",
		[PLAN_DURATION] = "duration" };
	const struct plan_type *t = &s->p->type[type];

	if (t->kind == PLAN_LIST || t->kind == PLAN_OPTIONAL) {
		add_short(s, t->elem, b);
		buf_addstr(b, t->kind == PLAN_LIST ? "_list" : "_optional");
	} else if (t->kind == PLAN_RECORD || t->kind == PLAN_ENUM) {
		add_identifier(b, t->name);
	} else {
		buf_addstr(b, names[t->kind]);
		if (t->params)
			buf_printf(b, "%u", t->params);
	}
}

static const char *name_of_type(struct stub *s, uint32_t type)
{
	const struct plan_type *t = &s->p->type[type];
	struct buf b = BUF_INIT;
	const char *name = scalar(t);

	if (name)
		return name;
	buf_addstr(&b, s->prefix);
	buf_addch(&b, '_');
	add_short(s, type, &b);
	name = take(s, &b);
	buf_release(&b);
	return name;
}

/* ---- order: what a type holds stands before it ---- */

static void visit(struct stub *s, uint32_t type)
{
	const struct plan_type *t = &s->p->type[type];

	if (s->same[type] != type) {
		visit(s, s->same[type]);
		return;
	}
	if (s->type[type])
		return;
	s->type[type] = "";		/* types are acyclic */
	if (t->kind == PLAN_LIST || t->kind == PLAN_OPTIONAL)
		visit(s, t->elem);
	for (uint32_t i = 0; t->kind == PLAN_RECORD && i < t->count; i++)
		visit(s, s->p->field[t->first + i].type);
	s->type[type] = name_of_type(s, type);
	s->order[s->orders++] = type;
}

/* A type is the same as another when layout and name are: two records of one layout may mean different things. */
static void add_identity(const struct stub *s, uint32_t type, struct buf *b)
{
	flat_text(s->p, type, b);
	buf_addch(b, ' ');
	add_short(s, type, b);
}

static void find_equals(struct stub *s)
{
	struct symtab *texts = symtab_new();
	uint32_t *first = NULL;
	size_t cap = 0;
	struct buf b = BUF_INIT;

	for (uint32_t t = 0; t < s->p->types; t++) {
		size_t had = cap;
		sym_t sym;

		s->same[t] = t;
		if (!flat_has_form(&s->layout, t))
			continue;
		buf_clear(&b);
		add_identity(s, t, &b);
		sym = sym_intern(texts, buf_str(&b), b.len);
		first = mem_grow(first, &cap, (size_t)sym + 1, sizeof *first);
		memset(first + had, 0, (cap - had) * sizeof *first);
		if (!first[sym])
			first[sym] = t + 1;
		s->same[t] = first[sym] - 1;
	}
	mem_free(first);
	symtab_free(texts);
	buf_release(&b);
}

void stub_name_types(struct stub *s)
{
	find_equals(s);
	for (uint32_t f = 0; f < s->funcs; f++)
		sym_cstr(s->taken, s->p->func[s->func[f]].native);
	for (uint32_t f = 0; f < s->funcs; f++) {
		const struct plan_func *fn = &s->p->func[s->func[f]];

		for (uint32_t i = 0; i < fn->params + fn->results; i++)
			visit(s, stub_bare(s, s->p->port[i < fn->params ? fn->first_param + i : fn->first_result + i - fn->params].type));
	}
}
