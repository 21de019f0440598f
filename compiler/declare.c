/*
 * The declaration pass: names (three name spaces, each name once), types and constants of all items first (declare_item.c), then
 * signatures, functions, sources and sinks, sets, in that order, so that each part finds what it needs. Reads c->module; leaves
 * c->program.
 */
#include "compiler/declare.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"

static const struct decl *find(const struct program *p, const uint32_t *table, size_t cap, sym_t name)
{
	return name && name < cap && table[name] ? &p->decl[table[name] - 1] : NULL;
}

const struct decl *program_data(const struct program *p, sym_t name) { return find(p, p->data_name, p->data_cap, name); }
const struct decl *program_callable(const struct program *p, sym_t name) { return find(p, p->callable_name, p->callable_cap, name); }
const struct decl *program_type(const struct program *p, sym_t name) { return find(p, p->type_name, p->type_cap, name); }

uint32_t *symbol_place(uint32_t **table, size_t *cap, sym_t sym)
{
	size_t had = *cap;
	*table = mem_grow(*table, cap, (size_t)sym + 1, sizeof **table);
	for (size_t i = had; i < *cap; i++)
		(*table)[i] = 0;
	return &(*table)[sym];
}

uint32_t *program_place(struct program *p, sym_t path) { return symbol_place(&p->place, &p->places_cap, path); }

static void table_put(uint32_t **table, size_t *cap, sym_t name, uint32_t v) { *symbol_place(table, cap, name) = v; }

/* false, after a report, when the name is taken. */
static bool declare(struct compilation *c, enum decl_kind kind, uint32_t index, size_t item)
{
	struct program *p = &c->program;
	const struct node *n = p->item[item].node;
	sym_t name = n->sym;
	struct span at = n->name_span.at ? n->name_span : n->span;
	bool callable = kind == DECL_FUNC || kind == DECL_FLOW, type = kind == DECL_TYPE;
	const struct decl *old = type ? program_type(p, name) : callable ? program_callable(p, name) : program_data(p, name);

	if (type && type_scalar_named(name_of(c, name))) {
		diag_report(c->diags, CF102, at, "`%s` is a type of the language", name_of(c, name));
		return false;
	}
	if (old) {
		diag_report(c->diags, CF102, at, "`%s` is declared twice", name_of(c, name));
		diag_note(c->diags, old->span, "the first stands here");
		return false;
	}
	p->decl = mem_grow(p->decl, &p->decls_cap, p->decls + 1, sizeof *p->decl);
	p->decl[p->decls++] = (struct decl){ (uint8_t)kind, index, at, (uint32_t)item };
	if (type)
		table_put(&p->type_name, &p->type_cap, name, (uint32_t)p->decls);
	else if (callable)
		table_put(&p->callable_name, &p->callable_cap, name, (uint32_t)p->decls);
	else if (kind != DECL_SET)
		table_put(&p->data_name, &p->data_cap, name, (uint32_t)p->decls);
	return true;
}

static void add_constant(struct compilation *c, size_t item, bool refused)
{
	struct program *p = &c->program;
	const struct node *n = p->item[item].node;
	if (!declare(c, DECL_CONSTANT, (uint32_t)p->constants, item))
		return;
	p->constant = mem_grow(p->constant, &p->constants_cap, p->constants + 1, sizeof *p->constant);
	p->constant[p->constants++] = (struct constant){ .name = n->sym, .span = n->name_span.at ? n->name_span : n->span, .refused = refused };
}

/* Declarations that this version cannot run: one report each; names that they make are known, so that their uses report nothing. */
static void refuse_declaration(struct compilation *c, size_t item)
{
	const struct node *n = c->program.item[item].node;
	char construct[40];
	snprintf(construct, sizeof construct, "a %s declaration", node_kind_name(n->kind));
	refuse(c, n, construct);
}

/* The name of a set: as it is written, or put together from compile-time values. 0 after a report. */
static sym_t set_name(struct compilation *c, const struct node *n)
{
	const char *text;
	if (n->kind == N_CALCSET)
		return n->sym;
	if (!attr_string(c, kid(n, 0), &text))
		return 0;
	size_t len = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_");
	if (len && !text[len])
		return sym_cstr(c->syms, text);
	diag_report(c->diags, CF801, kid(n, 0)->span, "`%s` cannot be the name of a set: letters, digits, `-` and `_` can stand in it", text);
	return 0;
}

static void add_set(struct compilation *c, size_t item)
{
	struct program *p = &c->program;
	const struct node *n = p->item[item].node;
	struct span at = n->name_span.at ? n->name_span : n->span;
	sym_t name;
	c->env = p->item[item].around;
	name = set_name(c, n);
	c->env = NULL;
	if (!name)
		return;
	if (p->sets == LIMIT_SETS) {
		diag_report(c->diags, CF008, at, "a program has at most %d calculation sets", LIMIT_SETS);
		return;
	}
	p->set = mem_grow(p->set, &p->sets_cap, p->sets + 1, sizeof *p->set);
	p->set[p->sets++] = (struct set){ .name = name, .span = at, .node = n, .around = p->item[item].around, .imported = p->item[item].imported,
					.row = env_row(c, p->item[item].around) };
	for (size_t k = 0; k + 1 < p->sets; k++) {
		if (p->set[k].name != name)
			continue;
		diag_report(c->diags, CF102, at, "calculation set `%s` is declared twice", name_of(c, name));
		diag_note(c->diags, p->set[k].span, "the first stands here");
		break;
	}
}

static void declare_type(struct compilation *c, size_t item)
{
	struct program *p = &c->program;
	const struct node *n = p->item[item].node;
	struct span at = n->name_span.at ? n->name_span : n->span;
	bool alias = n->kind == N_TYPE_DECL && kid(n, 1)->kind != N_RECORD_TYPE;
	if (!declare(c, DECL_TYPE, (uint32_t)c->types.count, item))
		return;
	type_t t = type_declared(&c->types, n->kind == N_ENUM_DECL ? TYPE_ENUM : alias ? TYPE_ALIAS : TYPE_RECORD, n->sym, at);
	if (!alias)
		return;
	c->types.at[t].first = (uint32_t)p->aliases;
	p->alias = mem_grow(p->alias, &p->aliases_cap, p->aliases + 1, sizeof *p->alias);
	p->alias[p->aliases++] = (struct alias){ n, 0 };
}

void declare_names(struct compilation *c, size_t from, size_t end)
{
	struct program *p = &c->program;
	for (size_t i = from; i < end; i++) {
		const struct node *n = p->item[i].node;
		const struct env *around = p->item[i].around;
		struct span at = n->name_span.at ? n->name_span : n->span;
		switch (n->kind) {
		case N_TYPE_DECL: case N_ENUM_DECL: case N_TREE_DECL:
			declare_type(c, i);
			break;
		case N_PARAM_DECL: case N_IMPORT_DATA: case N_LET:
			add_constant(c, i, false);
			break;
		case N_SOURCE_DECL: case N_SINK_DECL:
			if (!declare(c, DECL_OUTSIDE, (uint32_t)p->outsides, i))
				break;
			p->outside = mem_grow(p->outside, &p->outsides_cap, p->outsides + 1, sizeof *p->outside);
			p->outside[p->outsides++] = (struct outside){ .name = n->sym, .span = at, .is_sink = n->kind == N_SINK_DECL, .around = around };
			break;
		case N_POND_DECL:
			if (!declare(c, DECL_POND, (uint32_t)p->ponds, i))
				break;
			p->pond = mem_grow(p->pond, &p->ponds_cap, p->ponds + 1, sizeof *p->pond);
			p->pond[p->ponds++] = (struct pond){ .name = n->sym, .span = at };
			break;
		case N_WINDOW_DECL:
			if (!declare(c, DECL_WINDOW, (uint32_t)p->windows, i))
				break;
			p->window = mem_grow(p->window, &p->windows_cap, p->windows + 1, sizeof *p->window);
			p->window[p->windows++] = (struct window){ .name = n->sym, .span = at, .around = around };
			break;
		case N_LOCK_DECL:
			if (!declare(c, DECL_LOCK, (uint32_t)p->locks, i))
				break;
			p->lock = mem_grow(p->lock, &p->locks_cap, p->locks + 1, sizeof *p->lock);
			p->lock[p->locks++] = (struct lock){ .name = n->sym, .span = at, .around = around };
			break;
		case N_STATE_DECL:
			if (!declare(c, DECL_STATE, (uint32_t)p->states, i))
				break;
			p->state = mem_grow(p->state, &p->states_cap, p->states + 1, sizeof *p->state);
			p->state[p->states++] = (struct state){ .name = n->sym, .span = at, .around = around };
			break;
		case N_FUNCTION:
			if (!declare(c, DECL_FUNC, (uint32_t)p->funcs, i))
				break;
			p->func = mem_grow(p->func, &p->funcs_cap, p->funcs + 1, sizeof *p->func);
			p->func[p->funcs++] = (struct func){ .name = n->sym, .span = at, .image = "", .around = around };
			break;
		case N_FLOW:
			if (!declare(c, DECL_FLOW, (uint32_t)p->flows, i))
				break;
			p->flow = mem_grow(p->flow, &p->flows_cap, p->flows + 1, sizeof *p->flow);
			p->flow[p->flows++] = (struct flow){ .name = n->sym, .span = at, .node = n, .around = around };
			break;
		case N_CALCSET: case N_CALCSET_NAMED: case N_FOR: case N_IF: break;	/* when values are known */
		default: refuse_declaration(c, i);
		}
	}
}

const struct decl *declare_own(const struct compilation *c, size_t i)
{
	const struct program *p = &c->program;
	const struct decl *d = NULL;
	switch (p->item[i].node->kind) {
	case N_TYPE_DECL: case N_ENUM_DECL: case N_TREE_DECL: d = program_type(p, p->item[i].node->sym); break;
	case N_FUNCTION: case N_FLOW: d = program_callable(p, p->item[i].node->sym); break;
	default: d = program_data(p, p->item[i].node->sym);
	}
	return d && d->item == i ? d : NULL;
}

static struct port *ports_of(struct compilation *c, const struct node *list, bool params, bool of_flow, uint32_t *count)
{
	uint32_t n = list_len(list);
	if (n > LIMIT_FIELDS) {
		diag_report(c->diags, CF008, list_at(list, LIMIT_FIELDS)->span, "there are at most %d %s", LIMIT_FIELDS, params ? "parameters" : "results");
		n = LIMIT_FIELDS;
	}
	struct port *p = arena_zalloc(&c->arena, n + 1, sizeof *p);
	*count = n;
	for (uint32_t i = 0; i < n; i++) {
		const struct node *k = list_at(list, i);
		struct span at = k->name_span.at ? k->name_span : k->span;
		p[i] = (struct port){ .name = k->sym, .span = at, .init = params ? kid(k, 1) : NULL, .is_function = kid(k, 0)->kind == N_TYPE_FUNC };
		p[i].type = declare_type_of(c, kid(k, 0), of_flow ? NULL : &p[i].format);
		for (uint32_t e = 0; e < i; e++) {
			if (!k->sym || p[e].name != k->sym)
				continue;
			diag_report(c->diags, CF102, at, "%s `%s` is declared twice", params ? "parameter" : "result", name_of(c, k->sym));
			diag_note(c->diags, p[e].span, "the first stands here");
		}
	}
	return p;
}

/* Defaults are checked where they are written, whether a call needs them or not. */
static void check_defaults(struct compilation *c, const struct signature *sig)
{
	for (uint32_t i = 0; i < sig->params; i++) {
		struct expr_scope top = declare_scope(c);
		word_t w;
		if (sig->param[i].init && sig->param[i].type)
			expr_constant(c, &top, sig->param[i].init, sig->param[i].type, "the default of a parameter", &w);
	}
}

/* A generic flow's signature is read at each call, for what its generics then are (generic.c). */
static void declare_flow(struct compilation *c, struct flow *f)
{
	const struct node *n = f->node, *generics = kid(n, 0);
	f->generics = list_len(generics);
	for (uint32_t i = 0; i < f->generics; i++)
		for (uint32_t k = 0; k < i; k++)
			if (list_at(generics, i)->sym == list_at(generics, k)->sym)
				diag_report(c->diags, CF102, list_at(generics, i)->span, "generic `%s` is declared twice", name_of(c, list_at(generics, i)->sym));
	if (f->generics)
		generic_names(c, f);
	else
		declare_signature(c, &f->sig, kid(n, 1), kid(n, 2), true);
}

void declare_signature(struct compilation *c, struct signature *sig, const struct node *params, const struct node *results, bool of_flow)
{
	sig->param = ports_of(c, params, true, of_flow, &sig->params);
	sig->result = ports_of(c, results, false, of_flow, &sig->results);
	check_defaults(c, sig);
	for (uint32_t r = 0; r < sig->results; r++) {
		for (uint32_t p = 0; p < sig->params; p++) {
			if (!sig->result[r].name || sig->result[r].name != sig->param[p].name)
				continue;
			diag_report(c->diags, CF102, sig->result[r].span, "`%s` is a parameter already", name_of(c, sig->result[r].name));
			diag_note(c->diags, sig->param[p].span, "the parameter stands here");
		}
		if (!sig->result[r].name && sig->results > 1)
			diag_report(c->diags, CF203, sig->result[r].span, "several results need a name each, as in `-> (a: file, b: file)`");
	}
}

void declare_program(struct compilation *c)
{
	struct program *p = &c->program;
	declare_items(c);
	for (size_t i = 0; i < p->items; i++) {	/* what sources and functions name */
		const struct node *n = p->item[i].node;
		const struct decl *d = declare_own(c, i);
		c->env = p->item[i].around;
		if (d && d->kind == DECL_WINDOW)
			declare_window(c, &p->window[d->index], n);
		else if (d && d->kind == DECL_LOCK)
			declare_lock(c, &p->lock[d->index], n);
		else if (d && d->kind == DECL_STATE)
			declare_state(c, &p->state[d->index], n);
	}
	for (size_t i = 0; i < p->items; i++) {
		const struct node *n = p->item[i].node;
		const struct decl *d = declare_own(c, i);
		c->env = p->item[i].around;
		if (d && d->kind == DECL_FUNC && n->kind == N_FUNCTION)
			declare_function(c, &p->func[d->index], n);
		else if (d && d->kind == DECL_FLOW && n->kind == N_FLOW)
			declare_flow(c, &p->flow[d->index]);
		else if (d && d->kind == DECL_OUTSIDE)
			declare_outside(c, &p->outside[d->index], n);
		else if (d && d->kind == DECL_POND)
			declare_pond(c, &p->pond[d->index], n);
	}
	c->env = NULL;
	for (size_t i = 0; i < p->items; i++)
		if (p->item[i].node->kind == N_CALCSET || p->item[i].node->kind == N_CALCSET_NAMED)
			add_set(c, i);
	for (size_t i = 0; i < p->sets; i++) {
		c->env = p->set[i].around;
		c->set = &p->set[i];
		declare_set(c, &p->set[i], p->set[i].node);
	}
	declare_groups(c);
	c->env = NULL;
	c->set = NULL;
}
