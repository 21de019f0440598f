/* Scopes of a flow's names, the names of its steps, and loops among its bindings. It makes no nodes. */
#include "compiler/elaborate.h"

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

sym_t scope_step_name(struct scope *s, sym_t base)
{
	struct compilation *c = s->e->c;
	uint32_t n = ++*name_map_at(&s->step_names, base);
	struct buf b = BUF_INIT;
	buf_printf(&b, "%s%s", name_of(c, s->prefix), name_of(c, base));
	if (n > 1)
		buf_printf(&b, "~%u", n);
	sym_t name = sym_intern(c->syms, buf_str(&b), b.len);
	buf_release(&b);
	return name;
}

/* ---- compile-time expressions in a scope ---- */

static bool look(void *ctx, const struct node *n, struct expr **out)
{
	struct scope *s = ctx, *where;
	struct compilation *c = s->e->c;
	struct binding *b = scope_find(s, n->sym, &where);

	if (!b) {
		const struct decl *d = program_data(&c->program, n->sym);
		if (!d)
			return false;
		if (d->kind == DECL_CONSTANT) {
			const struct constant *k = &c->program.constant[d->index];
			*out = k->ok ? expr_word(c, k->type, k->value, n->span) : expr_error(c, n->span);
			return true;
		}
		diag_report(c->diags, CF205, n->span, "`%s` is a %s: a flow gets it as an argument", name_of(c, n->sym),
			    c->program.outside[d->index].is_sink ? "sink" : "source");
		diag_note(c->diags, d->span, "it is declared here");
		diag_help(c->diags, "give the flow a parameter, and the source in `run` of the calculation set");
		*out = expr_error(c, n->span);
		return true;
	}
	if (!elab_binding(where, b)) {
		*out = expr_error(c, n->span);
		return true;
	}
	b = scope_find(s, n->sym, NULL);	/* it may have moved */
	if (b->res.x) {
		*out = b->res.x;
		return true;
	}
	*out = expr_error(c, n->span);
	if (b->res.type == TYPE_ERROR)
		return true;
	diag_report(c->diags, CF030, n->span, "an expression on `%s`, which is known only at run time, is not supported yet", name_of(c, n->sym));
	diag_note(c->diags, b->span, "`%s` is made here", name_of(c, n->sym));
	diag_help(c->diags, "compute with it in a function: a step gets the whole value");
	return true;
}

static void offer(void *ctx, void *suggest)
{
	struct scope *s = ctx;
	struct compilation *c = s->e->c;
	for (; s; s = s->up)
		for (size_t i = 0; i < s->bindings; i++)
			suggest_offer(suggest, name_of(c, s->binding[i].name));
	for (size_t i = 0; i < c->program.constants; i++)
		suggest_offer(suggest, name_of(c, c->program.constant[i].name));
}

struct expr_scope scope_exprs(struct scope *s)
{
	return (struct expr_scope){ .look = look, .offer = offer, .ctx = s };
}

/* ---- loops ---- */

struct needs { struct scope *s; uint32_t *item; size_t count, cap; };

/* The bindings of this scope that a piece of syntax names, in the order of the text. */
static void collect(struct needs *w, const struct node *n)
{
	if (!n)
		return;
	if (n->kind == N_NAME) {
		uint32_t b = name_map_get(&w->s->by_name, n->sym);
		if (b) {
			w->item = mem_grow(w->item, &w->cap, w->count + 1, sizeof *w->item);
			w->item[w->count++] = b - 1;
		}
	}
	for (uint32_t i = 0; i < n->nkids; i++)
		collect(w, n->kids[i]);
}

/* Breadth first from binding `from` back to itself: the shortest loop through it, as came[] (each one's predecessor). */
static bool loop_through(struct scope *s, uint32_t from, uint32_t *came)
{
	uint32_t *queue = mem_alloc((s->bindings + 1) * sizeof *queue), head = 0, tail = 0;
	bool found = false;
	memset(came, 0xff, s->bindings * sizeof *came);
	queue[tail++] = from;
	while (head < tail && !found) {
		uint32_t at = queue[head++];
		struct needs w = { .s = s };
		if (s->binding[at].node)
			collect(&w, kid(s->binding[at].node, 1));
		for (size_t i = 0; i < w.count && !found; i++) {
			uint32_t to = w.item[i];
			if (came[to] != UINT32_MAX)
				continue;
			came[to] = at;
			found = to == from;
			if (!found)
				queue[tail++] = to;
		}
		mem_free(w.item);
	}
	mem_free(queue);
	return found;
}

void report_loop(struct scope *s, struct binding *b)
{
	struct compilation *c = s->e->c;
	uint32_t n = (uint32_t)s->bindings, best = UINT32_MAX, best_len = UINT32_MAX, tried = 0;
	uint32_t *came = mem_alloc((n + 1) * sizeof *came), *path = mem_alloc((n + 1) * sizeof *path);

	/* the shortest through any binding that is open now; 64 of them at most, so that a huge loop costs no square */
	for (uint32_t i = 0; i < n && tried < 64; i++) {
		uint32_t len = 0, at = i;
		if (s->binding[i].state != BINDING_BUSY || s->binding[i].target || !loop_through(s, i, came))
			continue;
		tried++;
		do {
			path[len++] = at;
			at = came[at];
		} while (at != i && len <= n);
		if (len < best_len) {
			best = i;
			best_len = len;
		}
	}
	if (best == UINT32_MAX) {
		diag_report(c->diags, CF601, b->span, "`%s` needs itself", name_of(c, b->name));
	} else {
		struct buf text = BUF_INIT;
		uint32_t len = 0, at = best;
		loop_through(s, best, came);
		do {
			path[len++] = at;
			at = came[at];
		} while (at != best && len <= n);
		buf_printf(&text, "`%s`", name_of(c, s->binding[best].name));
		for (uint32_t i = len; i-- > 1;)
			buf_printf(&text, " needs `%s`", name_of(c, s->binding[path[i]].name));
		buf_printf(&text, " needs `%s`", name_of(c, s->binding[best].name));
		diag_report(c->diags, CF601, s->binding[best].span, "loop: %s", buf_str(&text));
		for (uint32_t i = len; i-- > 1 && i + 4 > len;)
			diag_note(c->diags, s->binding[path[i]].span, "`%s` is made here", name_of(c, s->binding[path[i]].name));
		buf_release(&text);
	}
	diag_help(c->diags, "a flow goes one way: let one of them take its input from elsewhere (repetition is written `cycle`)");
	mem_free(came);
	mem_free(path);
}
