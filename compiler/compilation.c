/* One compilation from file to graphs: the order of the passes stands in compile_program. */
#include "compiler/compilation.h"

#include <errno.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/suggest.h"
#include "compiler/declare_state.h"
#include "compiler/graph_json.h"
#include "compiler/graph_order.h"
#include "compiler/place.h"
#include "compiler/planner.h"
#include "grammar/parse.h"

struct compilation *compilation_new(void)
{
	static const struct compile_options none = { 0 };
	struct compilation *c = mem_zalloc(1, sizeof *c);
	arena_init(&c->arena);
	c->syms = symtab_new();
	c->sources = sources_new();
	c->diags = diags_new(c->sources);
	c->options = &none;
	types_init(&c->types, c->syms);
	data_store_init(&c->store, c->sources);
#define WORD(id, text) c->words.id = sym_cstr(c->syms, text);
#include "compiler/words.def"
#undef WORD
	return c;
}

void compilation_free(struct compilation *c)
{
	if (!c)
		return;
	struct program *p = &c->program;
	for (size_t i = 0; i < c->graphs; i++)
		graph_release(&c->graph[i]);
	mem_free(c->graph);
	mem_free(p->func);
	mem_free(p->flow);
	mem_free(p->outside);
	mem_free(p->set);
	mem_free(p->constant);
	mem_free(p->pond);
	mem_free(p->alias);
	mem_free(p->item);
	mem_free(p->tree);
	mem_free(p->decl);
	mem_free(p->data_name);
	mem_free(p->callable_name);
	mem_free(p->type_name);
	mem_free(p->place);
	mem_free(p->member);
	mem_free(p->instance);
	mem_free(p->window);
	mem_free(p->lock);
	mem_free(p->state);
	data_store_release(&c->store);
	types_release(&c->types);
	diags_free(c->diags);
	sources_free(c->sources);
	symtab_free(c->syms);
	arena_release(&c->arena);
	mem_free(c);
}

/* "dir/file.cf:3:7" → "file.cf:3" */
static const char *made_text(struct compilation *c, const char *made, size_t len)
{
	const char *end = made + len;
	for (const char *p = made; p < made + len; p++) {
		if (*p == ':')
			end = p;
		if (*p == '/')
			made = p + 1;
	}
	return arena_strndup(&c->arena, made, (size_t)(end - made));
}

static const char *place_made(struct compilation *c, struct span at)
{
	size_t len;
	const char *made = source_made(c->sources, at, &len);
	if (made)
		return made_text(c, made, len);
	struct place p = source_place(c->sources, at);
	const char *slash = p.source ? strrchr(p.source->name, '/') : NULL;
	return p.source ? arena_printf(&c->arena, "%s:%u", slash ? slash + 1 : p.source->name, p.line) : "";
}

/* A thousand sets made from data stand at the same few places, each of which means to count lines. */
const char *place_text(struct compilation *c, struct span at)
{
	struct place_said *said = &c->said[(at.at * UINT32_C(2654435761)) >> 22];
	_Static_assert(PLACES_SAID == 1 << 10, "the hash has as many bits");
	if (!said->text || said->at != at.at)
		*said = (struct place_said){ at.at, place_made(c, at) };
	return said->text;
}

void refuse(struct compilation *c, const struct node *n, const char *construct)
{
	diag_report(c->diags, CF030, n->name_span.at ? n->name_span : n->span, "%s is not supported yet", construct);
	diag_help(c->diags, "this version reads it and cannot run it; calcflow(7) lists what it runs");
}

void later(struct compilation *c, struct span at, const char *construct)
{
	if (!c->set || c->set->later)
		return;
	c->set->later = construct;
	c->set->later_at = at;
}

struct expr *env_look(struct compilation *c, const struct node *name)
{
	const struct env *e = c->env;
	while (e && e->name != name->sym)
		e = e->up;
	if (!e || !e->unknown)
		return e ? expr_word(c, e->type, e->value, name->span) : NULL;
	struct expr *x = expr_new(c, X_ROW, e->type, name->span);
	x->row = true;
	return x;
}

struct span env_row(struct compilation *c, const struct env *e)
{
	for (; e; e = e->up) {
		struct span at = e->unknown ? SPAN_NONE : word_place(&c->store, &c->types, e->type, e->value);
		const struct source *of = at.at ? source_place(c->sources, at).source : NULL;
		if (of && of != source_place(c->sources, e->span).source)
			return at;
	}
	return SPAN_NONE;
}

static bool load(struct compilation *c, const char *path)
{
	c->main = sources_load(c->sources, path, LIMIT_DATA);
	if (c->main)
		return true;
	diag_report(c->diags, errno == EFBIG ? CF008 : CF001, SPAN_NONE, "%s: %s", path, errno == EFBIG ? "larger than 1 GiB" : strerror(errno));
	return false;
}

static bool compile_main(struct compilation *c)
{
	const char *slash = strrchr(c->main->name, '/');
	c->program_name = slash ? slash + 1 : c->main->name;
	if (graph_json_is(c->main))
		return graph_json_read(c);
	struct parse_context parse = { &c->arena, c->syms, c->diags, c->sources };
	c->module = parse_module(&parse, c->main);
	if (!c->module || diag_errors(c->diags))
		return false;
	declare_program(c);
	c->graph = mem_zalloc(c->program.sets + 1, sizeof *c->graph);
	for (size_t i = 0; i < c->program.sets; i++) {
		struct set *s = &c->program.set[i];
		struct graph *g = &c->graph[c->graphs++];
		graph_init(g);
		if (!set_has_graph(s))
			continue;
		c->set = s;
		c->env = s->around;
		if (elaborate_set(c, s, g) && graph_canonical(c, g)) {
			check_clocks(c, g);
			place_graph(c, s, g);
			check_graph(c, s, g);
			find_later(c, s, g);
		}
	}
	c->set = NULL;
	c->env = NULL;
	declare_state_paths(c);
	order_sets(c);
	elaborate_unused_patterns(c);
	elaborate_unused_flows(c);
	if (!diag_errors(c->diags)) {
		check_outside_used(c);
		check_declared_used(c);
	}
	return !diag_errors(c->diags);
}

bool compile_program(struct compilation *c, const char *path, const struct compile_options *o)
{
	c->options = o;
	return load(c, path) && compile_main(c);
}

bool compile_text(struct compilation *c, const char *name, const char *text, size_t len, const struct compile_options *o)
{
	c->options = o;
	c->main = sources_add(c->sources, name, text, len);
	return c->main && compile_main(c);
}

/* The set that is run when none is named: the only one that no other runs. SIZE_MAX when there are several. */
static size_t only_set(const struct program *p)
{
	size_t only = SIZE_MAX;
	for (size_t i = 0; i < p->sets; i++) {
		if (p->set[i].used || p->set[i].params || (p->set[i].imported && p->sets > 1))
			continue;
		if (only != SIZE_MAX)
			return SIZE_MAX;
		only = i;
	}
	return only;
}

size_t compile_find_set(struct compilation *c, const char *name)
{
	const struct program *p = &c->program;
	const struct set *pattern = NULL;
	struct suggest s;
	if (!p->sets) {
		diag_report(c->diags, CF615, SPAN_NONE, "%s declares no calculation set", c->main->name);
		diag_help(c->diags, "add one: `calcset local on pod { run result <- flow(source) }`");
		return SIZE_MAX;
	}
	if (!name && only_set(p) != SIZE_MAX)
		return only_set(p);
	suggest_init(&s, name ? name : "");
	for (size_t i = 0; i < p->sets; i++) {
		if (p->set[i].params) {
			pattern = name && !strcmp(name_of(c, p->set[i].name), name) ? &p->set[i] : pattern;
			continue;
		}
		if (name && !strcmp(name_of(c, p->set[i].name), name))
			return i;
		suggest_offer(&s, name_of(c, p->set[i].name));
	}
	if (pattern) {
		diag_report(c->diags, CF108, pattern->span, "`%s` has parameters: only its instances can run", name);
		for (size_t i = 0; i < p->sets; i++) {
			if (!p->set[i].of || &p->set[p->set[i].of - 1] != pattern)
				continue;
			diag_help(c->diags, "one of them is `%s`", name_of(c, p->set[i].name));
			return SIZE_MAX;
		}
		diag_help(c->diags, "run it in a set of sets: `calcset all on list { run %s(…) }`", name);
		return SIZE_MAX;
	}
	if (name)
		diag_report(c->diags, CF108, SPAN_NONE, "%s has no calculation set `%s`", c->main->name, name);
	else
		diag_report(c->diags, CF108, SPAN_NONE, "%s has %zu calculation sets: say which one", c->main->name, p->sets);
	if (s.best && name)
		diag_help(c->diags, "did you mean `%s`?", s.best);
	else
		diag_help(c->diags, "the first is `%s`", name_of(c, p->set[0].name));
	return SIZE_MAX;
}

bool compile_has_steps(struct compilation *c, const struct set *s)
{
	if (set_has_graph(s))
		return true;
	diag_report(c->diags, CF624, s->span, s->is_group ? "`%s` is a set of sets: it has no steps of its own" : "`%s` has parameters: only its instances have steps",
		    name_of(c, s->name));
	diag_help(c->diags, s->parts ? "name one that it runs, as `%s`" : "name one that runs flows", s->parts ? name_of(c, c->program.set[s->part[0].set].name) : "");
	return false;
}

struct plan *compile_plan(struct compilation *c, size_t set)
{
	const struct set *s = &c->program.set[set];
	if (compile_has_steps(c, s) && s->later) {
		diag_report(c->diags, CF030, s->later_at, "%s cannot run yet", s->later);
		diag_note(c->diags, s->span, "set `%s` uses it", name_of(c, s->name));
		diag_help(c->diags, "this version checks it, draws it and writes its graph; calcflow(7) lists what runs");
		return NULL;
	}
	return set_has_graph(s) ? plan_make(c, s, &c->graph[set]) : NULL;
}

struct plan *compile_picture(struct compilation *c, size_t set)
{
	return compile_has_steps(c, &c->program.set[set]) ? plan_make(c, &c->program.set[set], &c->graph[set]) : NULL;
}
