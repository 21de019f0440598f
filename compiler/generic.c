/*
 * Generic flows: what the generics of a flow stand for follows from the types of a call's arguments. One signature for each distinct
 * list of types.
 */
#include "compiler/declare.h"
#include "compiler/elaborate.h"

#include "base/mem.h"

struct unknowns { const struct node *names; type_t *type; };	/* LIST of GENERIC; what each is, TYPE_ERROR: not known yet */

void generic_names(struct compilation *c, struct flow *f)
{
	const struct node *params = kid(f->node, 1), *results = kid(f->node, 2);
	uint32_t n = list_len(params);
	if (n > LIMIT_FIELDS) {
		diag_report(c->diags, CF008, list_at(params, LIMIT_FIELDS)->span, "there are at most %d parameters", LIMIT_FIELDS);
		n = LIMIT_FIELDS;
	}
	f->sig.params = n;
	f->sig.results = list_len(results) < LIMIT_FIELDS ? list_len(results) : LIMIT_FIELDS;
	f->sig.param = arena_zalloc(&c->arena, n + 1, sizeof *f->sig.param);
	f->sig.result = arena_zalloc(&c->arena, f->sig.results + 1, sizeof *f->sig.result);
	for (uint32_t i = 0; i < n; i++) {
		const struct node *k = list_at(params, i);
		bool function = kid(k, 0)->kind == N_TYPE_FUNC;
		f->sig.param[i] = (struct port){ .name = k->sym, .span = k->name_span.at ? k->name_span : k->span, .init = kid(k, 1), .is_function = function };
		/* a type of functions, whichever: an argument that is a name then means a function or flow of that name */
		if (function)
			f->sig.param[i].type = type_function(&c->types, false, NULL, 0, NULL, 0);
	}
}

static type_t *unknown(struct unknowns *u, sym_t name)
{
	for (uint32_t i = 0; i < list_len(u->names); i++)
		if (list_at(u->names, i)->sym == name)
			return &u->type[i];
	return NULL;
}

/* Learn from a value of type `is`, given where `written` stands. What does not fit is reported when all is known. */
static void learn(struct compilation *c, struct unknowns *u, const struct node *written, type_t is)
{
	const struct type *ty = type_of(&c->types, is);
	type_t *known;
	if (is == TYPE_ERROR || is == TYPE_VOID)
		return;
	switch (written->kind) {
	case N_TYPE_NAME:
		known = unknown(u, written->sym);
		if (known && *known == TYPE_ERROR)
			*known = type_unsized(&c->types, is);
		else if (known && type_fits(&c->types, *known, is))	/* T first, T? later */
			*known = is;
		return;
	case N_TYPE_LIST:
		if (ty->kind == TYPE_LIST)
			learn(c, u, kid(written, 0), ty->elem);
		return;
	case N_TYPE_OPT:
		learn(c, u, kid(written, 0), ty->kind == TYPE_OPTIONAL ? ty->elem : is);
		return;
	case N_TYPE_FUNC:
		if (ty->kind != TYPE_FUNCTION)
			return;
		for (uint32_t i = 0; i < list_len(kid(written, 0)) && i < ty->params; i++)
			learn(c, u, list_at(kid(written, 0), i), type_field_at(&c->types, is, i)->type);
		for (uint32_t i = 0; i < list_len(kid(written, 1)) && ty->params + i < type_of(&c->types, is)->count; i++)
			learn(c, u, list_at(kid(written, 1), i), type_field_at(&c->types, is, ty->params + i)->type);
		return;
	default: return;
	}
}

static const struct flow_of_types *instance(struct compilation *c, struct flow *f, const type_t *type)
{
	const struct node *names = kid(f->node, 0);
	const struct generic *saved = c->generics, *chain = NULL;
	const struct env *saved_env = c->env;
	for (const struct flow_of_types *i = f->of_types; i; i = i->next) {
		const struct generic *g = i->generics;
		uint32_t k = f->generics;
		while (k && g->type == type[k - 1]) {
			k--;
			g = g->up;
		}
		if (!k)
			return i;
	}
	struct flow_of_types *new = arena_zalloc(&c->arena, 1, sizeof *new);
	for (uint32_t k = 0; k < f->generics; k++) {
		struct generic *g = arena_zalloc(&c->arena, 1, sizeof *g);
		*g = (struct generic){ list_at(names, k)->sym, type[k], chain };
		chain = g;
	}
	new->generics = c->generics = chain;
	c->env = f->around;
	declare_signature(c, &new->sig, kid(f->node, 1), kid(f->node, 2), true);
	c->generics = saved;
	c->env = saved_env;
	new->next = f->of_types;
	f->of_types = new;
	return new;
}

const struct signature *generic_signature(struct compilation *c, struct flow *f, const struct node *call, const struct res *given, const struct generic **generics)
{
	const struct node *params = kid(f->node, 1);
	struct unknowns u = { kid(f->node, 0), arena_zalloc(&c->arena, f->generics, sizeof *u.type) };
	bool bad = false;
	for (uint32_t i = 0; i < f->sig.params; i++) {
		learn(c, &u, kid(list_at(params, i), 0), given[i].type);
		bad |= (given[i].x && given[i].x->kind == X_ERROR) || given[i].type == TYPE_ERROR;
	}
	for (uint32_t k = 0; k < f->generics; k++) {
		if (u.type[k])
			continue;
		if (bad)
			return NULL;
		diag_report(c->diags, CF212, call->span, "nothing in this call says what `%s` of `%s` is", name_of(c, list_at(u.names, k)->sym), name_of(c, f->name));
		diag_note(c->diags, list_at(u.names, k)->span, "`%s` is declared here", name_of(c, list_at(u.names, k)->sym));
		diag_help(c->diags, "a generic is found from the arguments: one of them must have a type with `%s` in it", name_of(c, list_at(u.names, k)->sym));
		return NULL;
	}
	const struct flow_of_types *i = instance(c, f, u.type);
	*generics = i->generics;
	return &i->sig;
}

const struct signature *generic_alone(struct compilation *c, struct flow *f, const struct generic **generics)
{
	const struct node *names = kid(f->node, 0);
	type_t *type = arena_zalloc(&c->arena, f->generics, sizeof *type);
	for (uint32_t k = 0; k < f->generics; k++)
		type[k] = type_declared(&c->types, TYPE_VARIABLE, list_at(names, k)->sym, list_at(names, k)->span);
	const struct flow_of_types *i = instance(c, f, type);
	*generics = i->generics;
	return &i->sig;
}
