/* Scopes of a flow's names, and the names of its steps. It makes no nodes. */
#include "compiler/elaborate.h"
#include "compiler/outside.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/suggest.h"

/* ---- name maps: open addressing ---- */

static uint32_t slot_of(const struct name_map *m, sym_t key)
{
	uint32_t i = (key * 2654435769u >> 7) & m->mask;
	while (m->key[i] && m->key[i] != key)
		i = (i + 1) & m->mask;
	return i;
}

uint32_t *name_map_at(struct name_map *m, sym_t key)
{
	if (!m->key || m->count * 2 > m->mask) {
		struct name_map old = *m;
		m->mask = old.key ? old.mask * 2 + 1 : 15;
		m->key = mem_zalloc((size_t)m->mask + 1, sizeof *m->key);
		m->value = mem_zalloc((size_t)m->mask + 1, sizeof *m->value);
		for (uint32_t i = 0; old.key && i <= old.mask; i++) {
			if (!old.key[i])
				continue;
			uint32_t at = slot_of(m, old.key[i]);
			m->key[at] = old.key[i];
			m->value[at] = old.value[i];
		}
		mem_free(old.key);
		mem_free(old.value);
	}
	uint32_t at = slot_of(m, key);
	m->count += !m->key[at];
	m->key[at] = key;
	return &m->value[at];
}

uint32_t name_map_get(const struct name_map *m, sym_t key)
{
	return m->key && key ? m->value[slot_of(m, key)] : 0;
}

void name_map_release(struct name_map *m)
{
	mem_free(m->key);
	mem_free(m->value);
	*m = (struct name_map){ 0 };
}

/* ---- scopes ---- */

void scope_release(struct scope *s)
{
	name_map_release(&s->by_name);
	name_map_release(&s->step_names);
	mem_free(s->binding);
	s->binding = NULL;
}

struct binding *scope_bind(struct scope *s, sym_t name, struct span at)
{
	struct compilation *c = s->e->c;
	uint32_t *slot = name_map_at(&s->by_name, name);
	if (*slot) {
		diag_report(c->diags, CF102, at, "`%s` is bound twice", name_of(c, name));
		diag_note(c->diags, s->binding[*slot - 1].span, "the first stands here");
		diag_help(c->diags, "a name is bound once; give this one a name of its own");
		return NULL;
	}
	s->binding = mem_grow(s->binding, &s->cap, s->bindings + 1, sizeof *s->binding);
	*slot = (uint32_t)++s->bindings;
	struct binding *b = &s->binding[s->bindings - 1];
	*b = (struct binding){ .name = name, .span = at };
	return b;
}

void scope_bind_value(struct scope *s, sym_t name, struct span at, struct res r)
{
	struct binding *b = scope_bind(s, name, at);
	if (!b)
		return;
	b->state = BINDING_DONE;
	b->res = r;
}

struct binding *scope_find(struct scope *s, sym_t name, struct scope **where)
{
	for (; s; s = s->up) {
		uint32_t b = name_map_get(&s->by_name, name);
		if (b) {
			if (where)
				*where = s;
			s->binding[b - 1].used = true;
			return &s->binding[b - 1];
		}
	}
	return NULL;
}

sym_t join_names(struct elab *e, const char *a, const char *between, const char *b)
{
	buf_clear(&e->name);
	buf_addstr(&e->name, a);
	buf_addstr(&e->name, between);
	buf_addstr(&e->name, b);
	return sym_intern(e->c->syms, e->name.p, e->name.len);
}

sym_t scope_step_name(struct scope *s, sym_t base)
{
	struct compilation *c = s->e->c;
	struct scope *own = s;
	while (own->names)
		own = own->names;
	uint32_t n = ++*name_map_at(&own->step_names, base);
	char again[16] = "";
	if (n > 1)
		snprintf(again, sizeof again, "~%u", n);
	return join_names(s->e, name_of(c, s->prefix), name_of(c, base), again);
}

/* ---- compile-time expressions in a scope ---- */

static bool look(void *ctx, const struct node *n, struct expr **out)
{
	struct scope *s = ctx, *where;
	struct compilation *c = s->e->c;
	struct binding *b = scope_find(s, n->sym, &where);

	if (!b) {
		const struct decl *d = program_data(&c->program, n->sym);
		if ((*out = env_look(c, n)))
			return true;
		if (!d)
			return false;
		if (d->kind == DECL_CONSTANT) {
			const struct constant *k = &c->program.constant[d->index];
			*out = k->ok ? expr_word(c, k->type, k->value, n->span) : expr_error(c, n->span);
			return true;
		}
		*out = expr_error(c, n->span);
		diag_report(c->diags, CF205, n->span, d->kind == DECL_OUTSIDE ? "`%s` is a %s: a flow gets it as an argument" : "`%s` is a %s: it has no value here",
			    name_of(c, n->sym), outside_kind(c, d));
		diag_note(c->diags, d->span, "it is declared here");
		if (d->kind != DECL_OUTSIDE)
			return true;
		diag_help(c->diags, "give the flow a parameter, `%s: %s`, and the %s to it in the `run` of the calculation set", name_of(c, n->sym),
			  type_text(&c->types, c->program.outside[d->index].type), c->program.outside[d->index].is_sink ? "value" : "source");
		return true;
	}
	if (!elab_binding(where, b)) {
		*out = expr_error(c, n->span);
		return true;
	}
	b = scope_find(s, n->sym, NULL);	/* it may have moved */
	if (b->res.x) {
		*out = expr_at(c, b->res.x, n->span);
		return true;
	}
	*out = expr_error(c, n->span);
	if (b->res.type == TYPE_ERROR)
		return true;
	if (b->res.callable || b->res.type == TYPE_VOID) {
		diag_report(c->diags, CF201, n->span, b->res.callable ? "`%s` is a function, and no value to compute with" : "`%s` names a step that has no result",
			    name_of(c, n->sym));
		diag_note(c->diags, b->span, "`%s` is bound here", name_of(c, n->sym));
		return true;
	}
	*out = expr_of_value(c, b->res.value, b->res.type, n->span);
	return true;
}

struct expr *expr_of_value(struct compilation *c, uint32_t value, type_t type, struct span at)
{
	struct expr *x = expr_new(c, X_VALUE, type, at);
	x->a = value;
	x->run = true;
	return x;
}

/* A call within an expression: its step comes first, under the callee's name. */
static bool call(void *ctx, const struct node *n, struct expr **out)
{
	struct scope *s = ctx;
	struct compilation *c = s->e->c;
	if (!elab_callable(s, n->sym))
		return false;
	struct res r = elab_value(s, n, TYPE_ERROR, n->sym);
	if (!r.x && (r.type == TYPE_VOID || r.callable)) {
		diag_report(c->diags, CF201, n->span, "`%s` gives no value to compute with", name_of(c, n->sym));
		r = res_error(c, n->span);
	}
	*out = r.x ? r.x : expr_of_value(c, r.value, r.type, n->span);
	return true;
}

static void offer(void *ctx, void *suggest)
{
	struct scope *s = ctx;
	struct compilation *c = s->e->c;
	for (; s && suggest_wanted(c); s = s->up)
		for (size_t i = 0; i < s->bindings; i++)
			suggest_offer(suggest, name_of(c, s->binding[i].name));
	for (size_t i = 0; suggest_wanted(c) && i < c->program.constants; i++)
		suggest_offer(suggest, name_of(c, c->program.constant[i].name));
}

struct expr_scope scope_exprs(struct scope *s)
{
	return (struct expr_scope){ .look = look, .offer = offer, .call = call, .ctx = s };
}

void scope_unused(struct scope *s)
{
	struct compilation *c = s->e->c;
	for (size_t i = 0; i < s->bindings; i++) {
		const struct binding *b = &s->binding[i];
		bool value = b->res.x && b->res.x->kind != X_ERROR;	/* a step may be named for what it does */
		if (b->used || (b->node && !value))
			continue;
		diag_report(c->diags, CF901, b->span, b->node ? "`%s` is never used" : "parameter `%s` is never used", name_of(c, b->name));
	}
}
