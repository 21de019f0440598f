/*
 * The declaration pass: names first (three name spaces, each name once), then types, constants, signatures, functions, sources
 * and sinks, sets, in that order, so that each part finds what it needs. Reads c->module; leaves c->program.
 */
#include "compiler/declare.h"

#include <stdio.h>

#include "base/mem.h"

static const struct decl *find(const struct program *p, const uint32_t *table, size_t cap, sym_t name)
{
	return name && name < cap && table[name] ? &p->decl[table[name] - 1] : NULL;
}

const struct decl *program_data(const struct program *p, sym_t name) { return find(p, p->data_name, p->data_cap, name); }
const struct decl *program_callable(const struct program *p, sym_t name) { return find(p, p->callable_name, p->callable_cap, name); }
const struct decl *program_type(const struct program *p, sym_t name) { return find(p, p->type_name, p->type_cap, name); }

uint32_t *program_place(struct program *p, sym_t path)
{
	size_t had = p->places_cap;
	p->place = mem_grow(p->place, &p->places_cap, (size_t)path + 1, sizeof *p->place);
	for (size_t i = had; i < p->places_cap; i++)
		p->place[i] = 0;
	return &p->place[path];
}

static void table_put(uint32_t **table, size_t *cap, sym_t name, uint32_t v)
{
	size_t had = *cap;
	*table = mem_grow(*table, cap, (size_t)name + 1, sizeof **table);
	for (size_t i = had; i < *cap; i++)
		(*table)[i] = 0;
	(*table)[name] = v;
}

/* false, after a report, when the name is taken. */
static bool declare(struct compilation *c, enum decl_kind kind, uint32_t index, sym_t name, struct span at)
{
	struct program *p = &c->program;
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
	p->decl[p->decls++] = (struct decl){ (uint8_t)kind, index, at };
	if (type)
		table_put(&p->type_name, &p->type_cap, name, (uint32_t)p->decls);
	else if (callable)
		table_put(&p->callable_name, &p->callable_cap, name, (uint32_t)p->decls);
	else if (kind != DECL_SET)
		table_put(&p->data_name, &p->data_cap, name, (uint32_t)p->decls);
	return true;
}

static void add_constant(struct compilation *c, const struct node *n, struct span at, bool refused)
{
	struct program *p = &c->program;
	if (!declare(c, DECL_CONSTANT, (uint32_t)p->constants, n->sym, at))
		return;
	p->constant = mem_grow(p->constant, &p->constants_cap, p->constants + 1, sizeof *p->constant);
	p->constant[p->constants++] = (struct constant){ .name = n->sym, .span = at, .refused = refused };
}

/* Declarations that this version cannot run: one report each; names that they make are known, so that their uses report nothing. */
static void refuse_declaration(struct compilation *c, const struct node *n, struct span at)
{
	char construct[40];
	switch (n->kind) {
	case N_IMPORT: refuse(c, n, "the import of a module"); break;
	case N_CALCSET_NAMED: refuse(c, n, "a calculation set with a computed name"); break;
	case N_FOR: refuse(c, n, "`for` that makes declarations"); break;
	case N_IF: refuse(c, n, "`if` that makes declarations"); break;
	case N_LET:
		refuse(c, n, "`let`");
		add_constant(c, n, at, true);
		break;
	case N_TREE_DECL:
		refuse(c, n, "a tree declaration");
		if (declare(c, DECL_TYPE, (uint32_t)c->types.count, n->sym, at))
			type_declared(&c->types, TYPE_ERROR, n->sym, at);
		break;
	default:
		snprintf(construct, sizeof construct, "a %s declaration", node_kind_name(n->kind));
		refuse(c, n, construct);
		if (n->kind == N_STATE_DECL)
			add_constant(c, n, at, true);
	}
	c->program.open |= n->kind == N_IMPORT || n->kind == N_FOR || n->kind == N_IF;
}

static void add_set(struct compilation *c, const struct node *n, struct span at)
{
	struct program *p = &c->program;
	if (p->sets == LIMIT_SETS) {
		diag_report(c->diags, CF008, at, "a program has at most %d calculation sets", LIMIT_SETS);
		return;
	}
	p->set = mem_grow(p->set, &p->sets_cap, p->sets + 1, sizeof *p->set);
	p->set[p->sets++] = (struct set){ .name = n->sym, .span = at };
	for (size_t k = 0; k + 1 < p->sets; k++) {
		if (p->set[k].name != n->sym)
			continue;
		diag_report(c->diags, CF102, at, "calculation set `%s` is declared twice", name_of(c, n->sym));
		diag_note(c->diags, p->set[k].span, "the first stands here");
		break;
	}
}

static void declare_names(struct compilation *c)
{
	struct program *p = &c->program;
	const struct node *items = kid(c->module, 0);

	for (uint32_t i = 0; i < list_len(items); i++) {
		const struct node *n = list_at(items, i);
		struct span at = n->name_span.at ? n->name_span : n->span;
		switch (n->kind) {
		case N_TYPE_DECL: case N_ENUM_DECL:
			if (declare(c, DECL_TYPE, (uint32_t)c->types.count, n->sym, at))
				type_declared(&c->types, n->kind == N_ENUM_DECL ? TYPE_ENUM : TYPE_RECORD, n->sym, at);
			break;
		case N_PARAM_DECL: case N_IMPORT_DATA:
			add_constant(c, n, at, false);
			break;
		case N_SOURCE_DECL: case N_SINK_DECL:
			if (!declare(c, DECL_OUTSIDE, (uint32_t)p->outsides, n->sym, at))
				break;
			p->outside = mem_grow(p->outside, &p->outsides_cap, p->outsides + 1, sizeof *p->outside);
			p->outside[p->outsides++] = (struct outside){ .name = n->sym, .span = at, .is_sink = n->kind == N_SINK_DECL };
			break;
		case N_POND_DECL:
			if (!declare(c, DECL_POND, (uint32_t)p->ponds, n->sym, at))
				break;
			p->pond = mem_grow(p->pond, &p->ponds_cap, p->ponds + 1, sizeof *p->pond);
			p->pond[p->ponds++] = (struct pond){ .name = n->sym, .span = at };
			break;
		case N_FUNCTION:
			if (!declare(c, DECL_FUNC, (uint32_t)p->funcs, n->sym, at))
				break;
			p->func = mem_grow(p->func, &p->funcs_cap, p->funcs + 1, sizeof *p->func);
			p->func[p->funcs++] = (struct func){ .name = n->sym, .span = at, .image = "" };
			break;
		case N_FLOW:
			if (!declare(c, DECL_FLOW, (uint32_t)p->flows, n->sym, at))
				break;
			p->flow = mem_grow(p->flow, &p->flows_cap, p->flows + 1, sizeof *p->flow);
			p->flow[p->flows++] = (struct flow){ .name = n->sym, .span = at, .node = n };
			break;
		case N_CALCSET:
			add_set(c, n, at);
			break;
		default: refuse_declaration(c, n, at);
		}
	}
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
		p[i] = (struct port){ .name = k->sym, .span = at, .init = params ? kid(k, 1) : NULL };
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

/* The declaration behind a node, when it is the one that counts. */
static const struct decl *own(const struct node *n, const struct decl *d)
{
	return d && d->span.at == (n->name_span.at ? n->name_span : n->span).at ? d : NULL;
}

void declare_program(struct compilation *c)
{
	struct program *p = &c->program;
	const struct node *items = kid(c->module, 0);
	size_t sets = 0;

	declare_names(c);
	declare_types(c);
	declare_constants(c);
	for (uint32_t i = 0; i < list_len(items); i++) {
		const struct node *n = list_at(items, i);
		const struct decl *d;
		if (n->kind == N_FUNCTION && (d = own(n, program_callable(p, n->sym))) && d->kind == DECL_FUNC) {
			declare_function(c, &p->func[d->index], n);
		} else if (n->kind == N_FLOW && (d = own(n, program_callable(p, n->sym))) && d->kind == DECL_FLOW) {
			p->flow[d->index].refused = list_len(kid(n, 0)) > 0;
			if (p->flow[d->index].refused)
				refuse(c, n, "a generic flow");
			else
				declare_signature(c, &p->flow[d->index].sig, kid(n, 1), kid(n, 2), true);
		} else if ((n->kind == N_SOURCE_DECL || n->kind == N_SINK_DECL) && (d = own(n, program_data(p, n->sym))) && d->kind == DECL_OUTSIDE) {
			declare_outside(c, &p->outside[d->index], n);
		} else if (n->kind == N_POND_DECL && (d = own(n, program_data(p, n->sym))) && d->kind == DECL_POND) {
			declare_pond(c, &p->pond[d->index], n);
		}
	}
	for (uint32_t i = 0; i < list_len(items) && sets < p->sets; i++)
		if (list_at(items, i)->kind == N_CALCSET)
			declare_set(c, &p->set[sets++], list_at(items, i));
}
