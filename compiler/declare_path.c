/* Braces in the paths of sources and sinks: compile-time values, and the window that a run is of. */
#include "compiler/declare_outside.h"

#include <string.h>

#include "base/suggest.h"
#include "compiler/command.h"
#include "compiler/interp.h"
#include "runtime/window.h"

bool window_part(struct compilation *c, const char *path, size_t len, struct span at)
{
	static const char *const parts[] = { ".end", ".year", ".month", ".day", ".hour", ".minute" };
	struct suggest s;
	if (!len)
		return true;
	char *written = arena_strndup(&c->arena, path, len);
	suggest_init(&s, written);
	for (unsigned i = 0; i < sizeof parts / sizeof *parts; i++) {
		if (!strcmp(written, parts[i]))
			return true;
		suggest_offer(&s, parts[i]);
	}
	diag_report(c->diags, CF504, at, "a window has no `%s`", written);
	diag_help(c->diags, "%s%s%sit has `end`, `year`, `month`, `day`, `hour` and `minute`; `{window}` alone is its start, as 20250301T1400Z",
		  s.best ? "did you mean `" : "", s.best ? s.best : "", s.best ? "`? " : "");
	return false;
}

static bool window_piece(struct compilation *c, struct outside *o, const struct interp_piece *p, struct span at, struct buf *text)
{
	if (o->window_unknown)
		return false;
	if (!o->window) {
		diag_report(c->diags, CF505, at, "`{window}` in the path of a %s without a window", o->is_sink ? "sink" : "source");
		diag_help(c->diags, "say of which: `in hour`, with `window hour = every 1h`");
		return false;
	}
	if (!window_part(c, p->path, p->path_len, at))
		return false;
	o->names_window = true;
	buf_printf(text, "{window%.*s}", (int)p->path_len, p->path);
	return true;
}

/* In the path of a window, what stands in braces is the window and nothing else: the plan has it so. */
static bool no_other_braces(struct compilation *c, const struct outside *o, const char *text, struct span at)
{
	if (!o->window || (o->names_window ? window_path_ok(text) : !strpbrk(text, "{}")))
		return true;
	diag_report(c->diags, CF614, at, "a brace that is text stands in the path of a %s of a window", o->is_sink ? "sink" : "source");
	diag_help(c->diags, "leave it out: in such a path only `{window}` and its parts stand in braces");
	return false;
}

bool outside_path(struct compilation *c, struct outside *o, const struct node *n, const char **out)
{
	struct interp_piece p;
	struct buf text = BUF_INIT;
	const char *error = NULL;
	size_t at = 0, len = n && n->kind == N_STRING ? sym_len(c->syms, n->sym) : 0;
	bool ok = true;
	if (!n || n->kind != N_STRING || !interp_has_reference(name_of(c, n->sym), len))
		return attr_string(c, n, out) && no_other_braces(c, o, *out, n->span);
	struct interp_places places = interp_places(c->sources, n->span, name_of(c, n->sym), len);
	while (ok && interp_next(name_of(c, n->sym), len, &at, &p, &error)) {
		sym_t name = p.reference ? sym_intern(c->syms, p.text, p.len) : 0;
		struct node named = { .kind = N_NAME, .sym = name };
		named.span = p.reference ? interp_place(&places) : n->span;
		if (!p.reference)
			buf_add(&text, p.text, p.len);
		else if (name == c->words.window && !env_look(c, &named) && !program_data(&c->program, name))
			ok = window_piece(c, o, &p, named.span, &text);
		else
			ok = command_constant(c, &p, &named, &text);
	}
	ok = ok && no_other_braces(c, o, buf_str(&text), n->span);
	if (error) {
		diag_report(c->diags, CF006, interp_place(&places), "%s", error);
		ok = false;
	}
	*out = arena_strndup(&c->arena, buf_str(&text), text.len);
	buf_release(&text);
	return ok;
}
