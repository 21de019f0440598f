/* What a native function may be called and may take. A type without a flat form is refused where it is written, with a way out. */
#include "compiler/native.h"

#include <string.h>

#include "base/mem.h"

/* ---- names ---- */

static bool is_ours(const char *name)
{
	return !strcmp(name, "calc") || !strncmp(name, "calc_", 5);
}

static void check_name(struct compilation *c, const struct func *f, struct span at)
{
	const char *p = f->native;
	while (*p == '_' || (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || (p > f->native && *p >= '0' && *p <= '9'))
		p++;
	if (*p || p == f->native) {
		diag_report(c->diags, CF607, at, "\"%s\" cannot be the name of a C function", f->native);
		diag_help(c->diags, "letters, digits and `_` stand in it, no digit first");
	} else if (native_reserved(f->native) || native_is_library(f->native) || f->native[0] == '_' || is_ours(f->native)) {
		diag_report(c->diags, CF607, at, "\"%s\" cannot be the name of a C function: %s", f->native,
			    is_ours(f->native) ? "the runtime library has those names" : "C, C++ or their libraries have it");
		diag_help(c->diags, "put the program's name before it, as \"plant_%s\"", f->native[0] == '_' ? f->native + 1 : f->native);
	}
}

/* ---- types ---- */

/* seen: by type, so that a record that stands in many others is looked at once. */
static type_t misfit(struct compilation *c, type_t t, bool *seen)
{
	const struct type *ty = type_of(&c->types, t);
	type_t found = 0;
	if (seen[t])
		return 0;
	seen[t] = true;
	switch (ty->kind) {
	case TYPE_FILE: case TYPE_CHOICE: case TYPE_FUNCTION: case TYPE_MAP: case TYPE_VARIABLE: return t;
	case TYPE_LIST: case TYPE_OPTIONAL: return misfit(c, ty->elem, seen);
	case TYPE_RECORD:
		for (uint32_t i = 0; i < ty->count && !found; i++)
			found = misfit(c, type_field_at(&c->types, t, i)->type, seen);
		return found;
	default: return 0;
	}
}

type_t native_misfit(struct compilation *c, type_t type)
{
	bool *seen = mem_zalloc(c->types.count + 1, sizeof *seen);
	type_t found = misfit(c, type, seen);
	mem_free(seen);
	return found;
}

static const char *way_out(const struct type *ty)
{
	switch (ty->kind) {
	case TYPE_FILE: return "hand the content over as `bytes` or `string`, or let a command with this file run the function";
	case TYPE_CHOICE: return "a record with a field `A?` for each arm says the same, and has one";
	default: return "let a function with a command give or take it";
	}
}

static void check_port(struct compilation *c, const struct func *f, struct port *p, const char *what)
{
	type_t found = native_misfit(c, p->type);
	if (found) {
		struct buf of = BUF_INIT;
		if (found != p->type)
			buf_printf(&of, ", in %s,", type_text(&c->types, p->type));
		diag_report(c->diags, CF216, p->span, "`%s`%s has no flat form: the native function `%s` cannot %s it", type_text(&c->types, found), buf_str(&of),
			    name_of(c, f->name), what);
		diag_help(c->diags, "%s", way_out(type_of(&c->types, found)));
		buf_release(&of);
	} else if (p->format != FORMAT_NATURAL && p->format != FORMAT_FLAT) {
		diag_report(c->diags, CF608, p->span, "what native functions %s stands in the flat layout: leave out how it is written", what);
	}
}

void declare_native(struct compilation *c, struct func *f, struct span at)
{
	check_name(c, f, at);
	for (uint32_t i = 0; i < f->sig.params; i++)
		check_port(c, f, &f->sig.param[i], "take");
	for (uint32_t i = 0; i < f->sig.results; i++)
		check_port(c, f, &f->sig.result[i], "make");
	if (f->stdin_param != UINT32_MAX || f->stdout_result != UINT32_MAX)
		diag_report(c->diags, CF608, at, "`%s` is native: it has no `stdin` and no `stdout`", name_of(c, f->name));
}
