/*
 * Items: the declarations of the program and of the modules that it imports, and those that a top-level `for` or `if` makes. What a
 * `for` makes needs constants, and may declare more of them: so items come in rounds, each with its names, types and constants.
 */
#include "compiler/declare.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "compiler/mend.h"
#include "grammar/parse.h"

/* A module that is being read, and those that import it. */
struct module {
	const char *path;		/* real path */
	struct span at;			/* of the import */
	const struct module *up;
};
enum { TURN_WORK = 20 };	/* what a turn of `for` counts for: its names and its items */

struct modules { const char **path; size_t count, cap; };	/* those that were read */

static void collect(struct compilation *c, struct modules *seen, const struct node *module, const struct module *from);

void add_item(struct compilation *c, const struct node *n, const struct env *around, bool imported)
{
	struct program *p = &c->program;
	if (p->items == LIMIT_NODES)
		diag_report(c->diags, CF008, n->span, "the program has more than %d declarations", LIMIT_NODES);
	if (p->items++ >= LIMIT_NODES) {
		p->items = LIMIT_NODES + 1;
		return;
	}
	p->item = mem_grow(p->item, &p->items_cap, p->items, sizeof *p->item);
	p->item[p->items - 1] = (struct item){ n, around, imported };
}

/* ---- modules ---- */

static bool open_already(struct compilation *c, const struct module *from, const char *path, const struct node *n)
{
	for (const struct module *m = from; m; m = m->up) {
		if (strcmp(m->path, path))
			continue;
		diag_report(c->diags, CF025, n->span, "`%s` imports itself", name_of(c, kid(n, 0)->sym));
		for (const struct module *k = from; k != m; k = k->up)
			diag_note(c->diags, k->at, "by way of the module that is imported here");
		diag_help(c->diags, "move what both need into a module of its own");
		return true;
	}
	return false;
}

static void import(struct compilation *c, struct modules *seen, const struct node *n, const struct module *from)
{
	const char *path = declare_path(c, n, name_of(c, kid(n, 0)->sym));
	char *real = c->options->no_files ? NULL : realpath(path, NULL);
	const struct source *src = NULL;

	if (real) {
		struct module here = { arena_strdup(&c->arena, real), n->span, from };
		free(real);
		if (open_already(c, from, here.path, n))
			return;
		for (size_t i = 0; i < seen->count; i++)
			if (!strcmp(seen->path[i], here.path))
				return;
		seen->path = mem_grow(seen->path, &seen->cap, seen->count + 1, sizeof *seen->path);
		seen->path[seen->count++] = here.path;
		src = sources_load(c->sources, path, LIMIT_SOURCE);
		if (src) {
			struct parse_context parse = { &c->arena, c->syms, c->diags, c->sources };
			const struct node *module = parse_module(&parse, src);
			if (module)
				collect(c, seen, module, &here);
			else
				c->program.open = true;
			return;
		}
	} else if (c->options->no_files) {
		errno = ENOENT;
	}
	diag_report(c->diags, errno == EFBIG ? CF008 : CF001, kid(n, 0)->span, "module `%s`: %s", path,
		    errno == EFBIG ? "larger than 64 MiB" : strerror(errno));
	if (!mend_path(c, kid(n, 0), path))
		diag_help(c->diags, "a module's path begins at the folder of the file that imports it");
	c->program.open = true;	/* unknown names may be its */
}

static void collect(struct compilation *c, struct modules *seen, const struct node *module, const struct module *from)
{
	const struct node *items = kid(module, 0);
	for (uint32_t i = 0; i < list_len(items); i++) {
		const struct node *n = list_at(items, i);
		if (n->kind == N_IMPORT)
			import(c, seen, n, from);
		else
			add_item(c, n, NULL, from && from->up);
	}
}

/* ---- `for`, `if`, `let` within them ---- */

static void expand(struct compilation *c, const struct node *n, const struct env *around, bool imported);

static const struct env *with(struct compilation *c, const struct node *n, type_t type, word_t w, const struct env *around)
{
	struct env *e = arena_zalloc(&c->arena, 1, sizeof *e);
	*e = (struct env){ n->sym, n->name_span.at ? n->name_span : n->span, type, w, around, false };
	return e;
}

static const struct env *let(struct compilation *c, const struct node *n, const struct env *around)
{
	struct expr_scope scope = declare_scope(c);
	struct eval ev = { .c = c };
	word_t w = 0;
	c->env = around;
	type_t want = kid(n, 0) ? declare_type_of(c, kid(n, 0), NULL) : TYPE_ERROR;
	struct expr *x = expr_check(c, &scope, kid(n, 1), want);
	if (want)
		x = expr_fit(c, x, want, "the declared type");
	bool ok = x->kind != X_ERROR && expr_eval(&ev, x, &w);
	c->env = NULL;
	return with(c, n, ok ? x->type : TYPE_ERROR, w, around);
}

static void body(struct compilation *c, const struct node *block, const struct env *around, bool imported)
{
	const struct node *items = kid(block, 0);
	for (uint32_t i = 0; i < list_len(items); i++) {
		const struct node *n = list_at(items, i);
		if (n->kind == N_LET)
			around = let(c, n, around);
		else if (n->kind == N_IMPORT)
			diag_report(c->diags, CF617, n->span, "a module is imported at the top of a file, not within `for` or `if`");
		else
			add_item(c, n, around, imported);
	}
}

static void expand_for(struct compilation *c, const struct node *n, const struct env *around, bool imported)
{
	struct expr_scope scope = declare_scope(c);
	struct eval ev = { .c = c };
	word_t list;
	c->env = around;
	struct expr *x = expr_check(c, &scope, kid(n, 0), TYPE_ERROR);
	type_t type = x->type;
	bool ok = x->kind != X_ERROR && expr_eval(&ev, x, &list);
	c->env = NULL;
	if (!ok) {
		c->program.open = true;
		return;
	}
	if (type_of(&c->types, type)->kind != TYPE_LIST) {
		diag_report(c->diags, CF201, kid(n, 0)->span, "`for … in` needs a list, found %s", type_text(&c->types, type));
		return;
	}
	for (uint32_t i = 0; i < list_count(list) && c->program.items <= LIMIT_NODES; i++) {
		if (!compile_work(c, TURN_WORK)) {
			diag_report(c->diags, CF008, n->span, "compile-time loops go through more than %d items", LIMIT_WORK);
			return;
		}
		body(c, kid(n, 1), with(c, n, type_of(&c->types, type)->elem, list_item(&c->store, list, i), around), imported);
	}
}

static void expand_if(struct compilation *c, const struct node *n, const struct env *around, bool imported)
{
	struct expr_scope scope = declare_scope(c);
	word_t w;
	c->env = around;
	bool ok = expr_constant(c, &scope, kid(n, 0), TYPE_BOOL, "the condition", &w);
	c->env = NULL;
	const struct node *rest = kid(n, 2);
	c->program.open |= !ok;
	if (ok && w)
		body(c, kid(n, 1), around, imported);
	else if (ok && rest && rest->kind == N_IF)
		expand_if(c, rest, around, imported);
	else if (ok && rest)
		body(c, rest, around, imported);
}

static void expand(struct compilation *c, const struct node *n, const struct env *around, bool imported)
{
	if (n->kind == N_FOR)
		expand_for(c, n, around, imported);
	else if (n->kind == N_IF)
		expand_if(c, n, around, imported);
}

void declare_items(struct compilation *c)
{
	struct program *p = &c->program;
	struct modules seen = { 0 };
	struct module main = { "", SPAN_NONE, NULL };
	char *real = c->options->no_files ? NULL : realpath(c->main->name, NULL);

	main.path = arena_strdup(&c->arena, real ? real : "");
	free(real);
	collect(c, &seen, c->module, &main);
	mem_free(seen.path);
	for (size_t from = 0, end; from < p->items && p->items <= LIMIT_NODES; from = end) {
		end = p->items;
		declare_names(c, from, end);
		declare_types(c, from, end);
		if (!from)
			declare_options(c);
		declare_constants(c, from, end);
		for (size_t i = from; i < end; i++)
			expand(c, p->item[i].node, p->item[i].around, p->item[i].imported);
	}
	if (p->items > LIMIT_NODES)
		p->items = LIMIT_NODES;
}
