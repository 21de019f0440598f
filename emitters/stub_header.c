/* The header: every type with its layout, asserted; for each list a view, a way to read it and one to make it; the prototypes. */
#include "emitters/stub.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

/* ---- types ---- */

static const char **field_names(struct stub *s, const struct plan_type *t, const char *prefix)
{
	const char **wanted = arena_alloc(&s->arena, ((size_t)t->count + 1) * sizeof *wanted);

	for (uint32_t i = 0; i < t->count; i++)
		wanted[i] = s->p->field[t->first + i].name;
	return stub_names(s, wanted, t->count, prefix);
}

static void assert_size(struct stub *s, uint32_t type, struct buf *out)
{
	struct flat_size size = flat_size(&s->layout, type);

	buf_printf(out, "CALC_ASSERT(sizeof(%s) == %" PRIu64 ", \"%s has another size here\");\n", s->type[type], size.size, s->type[type]);
}

static void emit_enum(struct stub *s, uint32_t type, struct buf *out)
{
	const struct plan_type *t = &s->p->type[type];
	const char **name = field_names(s, t, arena_printf(&s->arena, "%s_", s->type[type]));

	buf_printf(out, "\n/* enum %s */\ntypedef uint32_t %s;\nenum {\n", t->name, s->type[type]);
	for (uint32_t i = 0; i < t->count; i++)
		buf_printf(out, "\t%s = %u%s\n", name[i], i, i + 1 < t->count ? "," : "");
	buf_addstr(out, "};\n");
}

static void emit_record(struct stub *s, uint32_t type, struct buf *out)
{
	const struct plan_type *t = &s->p->type[type];
	const char **name = field_names(s, t, "");
	uint64_t at = 0;

	buf_printf(out, "\n/* type %s */\ntypedef struct %s {\n", t->name, s->type[type]);
	for (uint32_t i = 0; i < t->count; i++)
		buf_printf(out, "\t%s %s;\n", s->type[s->same[s->p->field[t->first + i].type]], name[i]);
	if (!t->count)
		buf_addstr(out, "\tchar nothing;\n");
	buf_printf(out, "} %s;\n", s->type[type]);
	assert_size(s, type, out);
	for (uint32_t i = 0; i < t->count; i++)
		buf_printf(out, "CALC_ASSERT(offsetof(%s, %s) == %" PRIu64 ", \"%s.%s stands elsewhere here\");\n", s->type[type], name[i],
			   flat_place(&at, flat_size(&s->layout, s->p->field[t->first + i].type)), s->type[type], name[i]);
}

static void emit_optional(struct stub *s, uint32_t type, struct buf *out)
{
	uint32_t elem = s->same[s->p->type[type].elem];

	buf_printf(out, "\n/* a value that may be absent: look at `there` first */\ntypedef struct %s {\n\tbool there;\n\t%s value;\n} %s;\n", s->type[type],
		   s->type[elem], s->type[type]);
	assert_size(s, type, out);
	buf_printf(out, "CALC_ASSERT(offsetof(%s, value) == %u, \"%s.value stands elsewhere here\");\n", s->type[type], flat_size(&s->layout, elem).align,
		   s->type[type]);
}

static void emit_sized(struct stub *s, uint32_t type, struct buf *out)
{
	const char *name = s->type[type];
	uint32_t most = s->p->type[type].params;

	buf_printf(out, "\n/* string[%u]: UTF-8 without a NUL */\ntypedef struct %s {\n\tuint32_t length;\n\tchar text[%u];\n} %s;\n", most, name, most, name);
	assert_size(s, type, out);
	buf_printf(out, "/* 0, or 1 where the text is longer than %u bytes; then nothing changes. */\n"
		   "static inline int %s_set(%s *to, const char *text, size_t length)\n{\n\tif (length > %u)\n\t\treturn 1;\n"
		   "\tmemset(to, 0, sizeof *to);\n\tif (length)\n\t\tmemcpy(to->text, text, length);\n\tto->length = (uint32_t)length;\n\treturn 0;\n}\n",
		   most, name, name, most);
}

static void emit_list(struct stub *s, uint32_t type, struct buf *out)
{
	const char *name = s->type[type], *elem = s->type[s->same[s->p->type[type].elem]];

	buf_printf(out, "\n/* a list: as it stands in a value, as a function sees it, read, and made in a result */\n"
		   "typedef struct %s {\n\tcalc_list list;\n} %s;\n"
		   "typedef struct %s_view {\n\tconst %s *item;\n\tuint64_t count;\n} %s_view;\n", name, name, name, elem, name);
	buf_printf(out, "static inline %s_view %s_get(const %s *of)\n{\n\t%s_view v;\n\n"
		   "\tv.item = (const %s *)(const void *)((const char *)of + of->list.offset);\n\tv.count = of->list.count;\n\treturn v;\n}\n",
		   name, name, name, name, elem);
	buf_printf(out, "static inline %s *%s_new(calc *c, %s *list, uint64_t count)\n{\n"
		   "\treturn (%s *)calc_list_new(c, &list->list, count, sizeof(%s), %u);\n}\n", elem, name, name, elem, elem,
		   flat_size(&s->layout, s->p->type[type].elem).align);
}

static void emit_type(struct stub *s, uint32_t type, struct buf *out)
{
	switch ((enum plan_type_kind)s->p->type[type].kind) {
	case PLAN_ENUM: emit_enum(s, type, out); break;
	case PLAN_RECORD: emit_record(s, type, out); break;
	case PLAN_OPTIONAL: emit_optional(s, type, out); break;
	case PLAN_LIST: emit_list(s, type, out); break;
	case PLAN_STRING:
		if (s->p->type[type].params)
			emit_sized(s, type, out);
		break;
	default: break;
	}
}

/* ---- prototypes ---- */

static bool is_view(const struct plan_type *t)
{
	return t->kind == PLAN_LIST || t->kind == PLAN_BYTES || (t->kind == PLAN_STRING && !t->params);
}

/* Scalars and views come by value, records where they stand; what may be absent by its place, which is NULL then. */
static void add_param(struct stub *s, uint32_t type, const char *name, struct buf *out)
{
	uint32_t bare = stub_bare(s, type);
	const struct plan_type *t = &s->p->type[bare];
	bool optional = s->p->type[type].kind == PLAN_OPTIONAL;

	if (is_view(t))
		buf_printf(out, "%s%s_view %s%s", optional ? "const " : "", s->type[bare], optional ? "*" : "", name);
	else if (optional || t->kind == PLAN_RECORD || t->kind == PLAN_STRING)
		buf_printf(out, "const %s *%s", s->type[bare], name);
	else
		buf_printf(out, "%s %s", s->type[bare], name);
}

void stub_prototype(struct stub *s, const struct plan_func *f, struct buf *out)
{
	uint32_t ports = f->params + f->results;
	const char **wanted = arena_alloc(&s->arena, ((size_t)ports + 2) * sizeof *wanted), **name;

	wanted[0] = "c";
	for (uint32_t i = 0; i < ports; i++)
		wanted[i + 1] = s->p->port[i < f->params ? f->first_param + i : f->first_result + i - f->params].name;
	name = stub_names(s, wanted, ports + 1, "");
	buf_printf(out, "int %s(calc *c", f->native);
	for (uint32_t i = 0; i < f->params; i++) {
		buf_addstr(out, ", ");
		add_param(s, s->p->port[f->first_param + i].type, name[i + 1], out);
	}
	for (uint32_t i = 0; i < f->results; i++)
		buf_printf(out, ", %s *%s", s->type[stub_bare(s, s->p->port[f->first_result + i].type)], name[f->params + i + 1]);
	buf_addch(out, ')');
}

static void describe(struct stub *s, const struct plan_func *f, struct buf *out)
{
	buf_printf(out, "\n/* function %s", f->name);
	for (uint32_t i = 0; i < f->results; i++)
		if (s->p->type[s->p->port[f->first_result + i].type].kind == PLAN_OPTIONAL)
			buf_printf(out, "; calc_absent leaves result %u out", i + 1);
	buf_addstr(out, " */\n");
}

void stub_header(struct stub *s, struct buf *out)
{
	struct buf guard = BUF_INIT;

	for (const char *p = s->program; *p; p++)
		buf_addch(&guard, (char)toupper((unsigned char)*p));
	buf_printf(out, "/*\n * %s_functions.h: the types and native functions of %s. Written by calcc; it is written anew when the flow changes.\n"
		   " * What stands here is the flat layout, calc-layout(5), and calc_functions.h says how a function gets and makes values.\n */\n"
		   "#ifndef CALC_%s_FUNCTIONS_H\n#define CALC_%s_FUNCTIONS_H\n\n#include <stdbool.h>\n#include <stddef.h>\n#include <stdint.h>\n"
		   "#include <string.h>\n#include <calc_functions.h>\n\n#if CALC_FUNCTIONS_VERSION != %d\n"
		   "#error \"calc_functions.h is of another version of CalcFlow than this header\"\n#endif\n", s->program, s->shown, guard.p, guard.p, FLAT_VERSION);
	buf_addstr(out, "#ifndef CALC_ASSERT\n#ifdef __cplusplus\n#define CALC_ASSERT(what, says) static_assert(what, says)\n#else\n"
		   "#define CALC_ASSERT(what, says) _Static_assert(what, says)\n#endif\n#endif\n\n#ifdef __cplusplus\nextern \"C\" {\n#endif\n");
	for (uint32_t i = 0; i < s->orders; i++)
		emit_type(s, s->order[i], out);
	for (uint32_t i = 0; i < s->funcs; i++) {
		describe(s, &s->p->func[s->func[i]], out);
		stub_prototype(s, &s->p->func[s->func[i]], out);
		buf_addstr(out, ";\n");
	}
	buf_addstr(out, "\n#ifdef __cplusplus\n}\n#endif\n\n#endif\n");
	buf_release(&guard);
}
