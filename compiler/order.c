/*
 * The order of a scope's bindings, and loops among them: both from the syntax, before anything is elaborated. A name within a
 * binding's value is a need, where nothing between hides it.
 */
#include "compiler/elaborate.h"

#include <string.h>

#include "base/mem.h"

enum { TRIES = 64, LOOKS = 500000, NAMES_SHOWN = 8 };

struct needs {
	struct scope *s;
	struct name_map hidden;		/* names of inner blocks and variables: how often */
	uint32_t *item;
	size_t count, cap;
};

static void collect(struct needs *w, const struct node *n);

static void hide(struct needs *w, sym_t name, uint32_t times)
{
	if (name)
		*name_map_at(&w->hidden, name) += times;
}

/* The names that a block binds, hidden (1) or shown again (-1). */
static void hide_block(struct needs *w, const struct node *block, uint32_t times)
{
	for (uint32_t i = 0; i < list_len(kid(block, 0)); i++) {
		const struct node *bind = list_at(kid(block, 0), i);
		for (uint32_t t = 0; bind->kind == N_BIND && t < list_len(kid(bind, 0)); t++)
			hide(w, list_at(kid(bind, 0), t)->sym, times);
		if (bind->kind == N_LET)
			hide(w, bind->sym, times);
	}
}

/* A block, or a value, in which further names are bound. */
static void collect_within(struct needs *w, const struct node *n, const sym_t *name, uint32_t names)
{
	for (uint32_t i = 0; i < names; i++)
		hide(w, name[i], 1);
	if (n && n->kind == N_BLOCK)
		hide_block(w, n, 1);
	collect(w, n);
	if (n && n->kind == N_BLOCK)
		hide_block(w, n, UINT32_MAX);
	for (uint32_t i = 0; i < names; i++)
		hide(w, name[i], UINT32_MAX);
}

static void collect_match(struct needs *w, const struct node *n)
{
	collect(w, kid(n, 0));
	for (uint32_t i = 0; i < list_len(kid(n, 1)); i++) {
		const struct node *arm = list_at(kid(n, 1), i);
		collect_within(w, kid(arm, 0), &arm->sym2, 1);
	}
}

static void collect_cycle(struct needs *w, const struct node *n)
{
	const struct node *vars = kid(n, 0);
	uint32_t count = list_len(vars);
	sym_t *name = mem_alloc(((size_t)count + 1) * sizeof *name);
	for (uint32_t i = 0; i < count; i++)
		name[i] = list_at(vars, i)->sym;
	collect(w, kid(n, 1));
	collect(w, kid(n, 2));
	collect(w, kid(n, 4));
	collect_within(w, kid(n, 3), name, count);
	collect_within(w, kid(n, 5), name, count);
	mem_free(name);
}

/* `walk t as u down q = x { … }`: within the rules u, q, `child` and `children` are its own. */
static void collect_walk(struct needs *w, const struct node *n)
{
	const struct words *words = &w->s->e->c->words;
	const struct node *down = kid(n, 1);
	uint32_t count = list_len(down);
	sym_t *name = mem_alloc(((size_t)count + 3) * sizeof *name);
	collect(w, kid(n, 0));
	for (uint32_t i = 0; i < count; i++) {
		name[i] = list_at(down, i)->sym;
		collect(w, kid(list_at(down, i), 0));
	}
	name[count] = n->sym;
	name[count + 1] = words->child;
	name[count + 2] = words->children;
	for (uint32_t i = 0; i < list_len(kid(n, 2)); i++) {
		const struct node *rule = list_at(kid(n, 2), i);
		collect_within(w, kid(rule, rule->nkids - 1u), name, count + 3);
	}
	mem_free(name);
}

static void collect_each(struct needs *w, const struct node *n)
{
	const struct node *items = kid(n, 0);
	for (uint32_t i = 0; i < list_len(items); i++)
		collect(w, kid(list_at(items, i), 0));
	collect(w, kid(n, 1));
	for (uint32_t i = 0; i < list_len(items); i++)
		hide(w, list_at(items, i)->sym, 1);
	hide_block(w, kid(n, 3), 1);
	collect(w, kid(n, 3));
	hide_block(w, kid(n, 3), UINT32_MAX);
	for (uint32_t i = 0; i < list_len(items); i++)
		hide(w, list_at(items, i)->sym, UINT32_MAX);
}

static void collect_steps(struct needs *w, const struct node *n)
{
	const struct words *words = &w->s->e->c->words;
	const sym_t own[] = { kid(n, 0)->sym, words->parents, words->inputs, words->outputs };
	collect(w, kid(kid(n, 0), 0));
	collect(w, kid(n, 4));
	hide(w, own[0], 1);
	for (uint32_t i = 1; i < 6; i++)
		if (i != 4)
			collect(w, kid(n, i));
	for (uint32_t i = 1; i < 4; i++)
		hide(w, own[i], 1);
	hide_block(w, kid(n, 6), 1);
	collect(w, kid(n, 6));
	hide_block(w, kid(n, 6), UINT32_MAX);
	for (uint32_t i = 0; i < 4; i++)
		hide(w, own[i], UINT32_MAX);
}

/* The bindings of this scope that a piece of syntax names, in the order of the text. */
static void collect(struct needs *w, const struct node *n)
{
	uint32_t b;
	if (!n)
		return;
	switch (n->kind) {
	case N_NAME:
		b = name_map_get(&w->hidden, n->sym) ? 0 : name_map_get(&w->s->by_name, n->sym);
		if (b) {
			w->item = mem_grow(w->item, &w->cap, w->count + 1, sizeof *w->item);
			w->item[w->count++] = b - 1;
		}
		return;
	case N_PREVIOUS:	/* of the window before: no need, so that it closes loops */
		if (kid(n, 0)->kind != N_NAME)
			break;
		return;
	case N_EACH: collect_each(w, n); return;
	case N_STEPS: collect_steps(w, n); return;
	case N_MATCH: collect_match(w, n); return;
	case N_CYCLE: collect_cycle(w, n); return;
	case N_WALK: collect_walk(w, n); return;
	case N_WHEN:
		collect(w, kid(n, 0));
		collect_within(w, kid(n, 1), NULL, 0);
		collect_within(w, kid(n, 2), NULL, 0);
		return;
	case N_RING:
		collect(w, kid(n, 0));
		collect_within(w, kid(n, 2), &n->sym, 1);
		collect(w, kid(n, 3));
		return;
	case N_FOR:
		collect(w, kid(n, 0));
		collect_within(w, kid(n, 1), &n->sym, 1);
		return;
	case N_COMPREHENSION:
		collect(w, kid(n, 1));
		hide(w, n->sym, 1);
		collect(w, kid(n, 0));
		collect(w, kid(n, 2));
		hide(w, n->sym, UINT32_MAX);
		return;
	case N_CALL:
		if (n->sym == w->s->e->c->words.groups && list_len(kid(n, 0)) == 2) {	/* its second argument names a field */
			collect(w, list_at(kid(n, 0), 0));
			return;
		}
		break;
	default: break;
	}
	for (uint32_t i = 0; i < n->nkids; i++)
		collect(w, n->kids[i]);
}

static void needs_of(struct needs *w, struct scope *s, uint32_t binding)
{
	*w = (struct needs){ .s = s };
	if (s->binding[binding].node)
		collect(w, kid(s->binding[binding].node, 1));
	name_map_release(&w->hidden);
}

/* Breadth first from binding `from` back to itself: the shortest loop through it, as came[] (each one's predecessor). */
static bool loop_through(struct scope *s, uint32_t from, uint32_t *came, uint32_t *looked)
{
	uint32_t *queue = mem_alloc((s->bindings + 1) * sizeof *queue), head = 0, tail = 0;
	bool found = false;
	memset(came, 0xff, s->bindings * sizeof *came);
	queue[tail++] = from;
	while (head < tail && !found) {
		uint32_t at = queue[head++];
		++*looked;
		struct needs w;
		needs_of(&w, s, at);
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
	uint32_t n = (uint32_t)s->bindings, best = UINT32_MAX, best_len = UINT32_MAX, tried = 0, looked = 0;
	uint32_t *came = mem_alloc((n + 1) * sizeof *came), *path = mem_alloc((n + 1) * sizeof *path);

	/* the shortest through any binding that is open now; a few at most, so that a huge loop costs no square */
	for (uint32_t i = 0; i < n && tried < TRIES && looked < LOOKS; i++) {
		uint32_t len = 0, at = i;
		if (s->binding[i].state != BINDING_BUSY || s->binding[i].target || !loop_through(s, i, came, &looked))
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
		loop_through(s, best, came, &looked);
		do {
			path[len++] = at;
			at = came[at];
		} while (at != best && len <= n);
		buf_printf(&text, "`%s`", name_of(c, s->binding[best].name));
		for (uint32_t i = len; i-- > 1 && len - i <= NAMES_SHOWN;)
			buf_printf(&text, " needs `%s`", name_of(c, s->binding[path[i]].name));
		if (len > NAMES_SHOWN + 1)
			buf_printf(&text, " … (%u names)", len);
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

/* ---- order ---- */

struct visit { uint32_t binding; struct needs needs; size_t next; };

/* A loop was met while ordering: everything on the stack is open. It is reported once, and its bindings give nothing more. */
static void loop_met(struct scope *s, const struct visit *stack, size_t depth)
{
	for (size_t i = 0; i < depth; i++)
		s->binding[stack[i].binding].state = BINDING_BUSY;
	report_loop(s, &s->binding[stack[depth - 1].binding]);
	for (size_t i = 0; i < depth; i++) {
		struct binding *b = &s->binding[stack[i].binding];
		b->state = BINDING_DONE;
		b->res = res_error(s->e->c, b->span);
	}
}

uint32_t *scope_order(struct scope *s)
{
	uint32_t *order = mem_alloc((s->bindings + 1) * sizeof *order);
	uint8_t *state = mem_zalloc(s->bindings + 1, 1);	/* 1: on the stack, 2: done */
	struct visit *stack = NULL;
	size_t depth = 0, cap = 0, done = 0;

	for (uint32_t from = 0; from < s->bindings; from++) {
		uint32_t enter = state[from] ? UINT32_MAX : from;
		for (;;) {
			if (enter != UINT32_MAX) {
				stack = mem_grow(stack, &cap, depth + 1, sizeof *stack);
				stack[depth] = (struct visit){ .binding = enter };
				needs_of(&stack[depth++].needs, s, enter);
				state[enter] = 1;
			}
			if (!depth)
				break;
			struct visit *v = &stack[depth - 1];
			enter = UINT32_MAX;
			if (v->next == v->needs.count) {
				mem_free(v->needs.item);
				state[v->binding] = 2;
				order[done++] = v->binding;
				depth--;
				continue;
			}
			uint32_t to = v->needs.item[v->next++];
			if (!state[to])
				enter = to;
			else if (state[to] == 1 && s->binding[to].state == BINDING_NEW)
				loop_met(s, stack, depth);
		}
	}
	mem_free(stack);
	mem_free(state);
	return order;
}
