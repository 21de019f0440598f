/*
 * The order of a block's nodes: each after those that it, or anything in it, uses. Nodes that stand so already keep their places. Loops
 * are found by Kahn's algorithm (rows_loop.c). It reads the names of references, and nothing of what they refer to.
 */
#include "compiler/graph_json_inner.h"

#include <string.h>

#include "base/mem.h"
#include "compiler/rows_loop.h"

struct uses {
	struct reader *r;
	struct json_block *b;
	uint32_t *on;		/* of all nodes, one after the other: CSR */
	size_t ons, cap;
	uint32_t *seen, stamp;
	bool backwards;		/* a node uses one that stands behind it, or itself */
};

/* The names of a block within the node, which hide those around it. */
struct inner { const struct inner *up; struct name_map names; };

static void use(struct uses *u, const struct inner *in, tape_t name, uint64_t skip)
{
	if (tape_kind(&u->r->t, name) != JSON_STRING)
		return;
	sym_t sym = sym_find(u->r->c->syms, tape_text(&u->r->t, name), tape_at(&u->r->t, name)->len);
	for (; in; in = in->up)
		if (name_map_get(&in->names, sym) && !skip--)
			return;
	uint32_t at = name_map_get(&u->b->by_name, sym);
	if (!at || skip || u->seen[at - 1] == u->stamp)
		return;
	u->seen[at - 1] = u->stamp;
	u->on = mem_grow(u->on, &u->cap, u->ons + 1, sizeof *u->on);
	u->on[u->ons++] = at - 1;
	u->backwards |= at >= u->stamp;
}

static void look(struct uses *u, const struct inner *in, tape_t v);

static void look_block(struct uses *u, const struct inner *in, tape_t block)
{
	const struct tape *t = &u->r->t;
	struct inner here = { .up = in };
	tape_t nodes = tape_kind(t, block) == JSON_OBJECT ? tape_member(t, block, "nodes") : TAPE_NONE;
	if (nodes != TAPE_NONE && tape_kind(t, nodes) == JSON_ARRAY) {
		tape_t v = tape_first(nodes);
		for (uint32_t i = 0; i < tape_at(t, nodes)->len; i++, v = tape_next(t, v)) {
			tape_t name = tape_kind(t, v) == JSON_OBJECT ? tape_member(t, v, "name") : TAPE_NONE;
			sym_t sym = name == TAPE_NONE || tape_kind(t, name) != JSON_STRING ? 0 : sym_intern(u->r->c->syms, tape_text(t, name), tape_at(t, name)->len);
			if (sym)
				*name_map_at(&here.names, sym) = 1;
		}
		look(u, &here, nodes);
	}
	static const char *const values[] = { "results", "until" };
	for (unsigned i = 0; i < 2; i++) {
		tape_t v = tape_kind(t, block) == JSON_OBJECT ? tape_member(t, block, values[i]) : TAPE_NONE;
		if (v != TAPE_NONE)
			look(u, &here, v);
	}
	name_map_release(&here.names);
}

/* All references in a value. As deep as the text: LIMIT_NESTING. Constants hold none. */
static void look(struct uses *u, const struct inner *in, tape_t v)
{
	const struct tape *t = &u->r->t;
	tape_t k = tape_first(v);
	if (tape_kind(t, v) == JSON_ARRAY) {
		for (uint32_t i = 0; i < tape_at(t, v)->len; i++, k = tape_next(t, k))
			look(u, in, k);
		return;
	}
	if (tape_kind(t, v) != JSON_OBJECT)
		return;
	for (uint32_t i = 0; i < tape_at(t, v)->len; i++, k = tape_next(t, tape_next(t, k))) {
		tape_t of = tape_next(t, k);
		uint64_t skip = 0;
		if (tape_is(t, k, "step")) {
			tape_t up = tape_member(t, v, "up");
			if (up == TAPE_NONE || tape_u64(t, up, UINT32_MAX, &skip))
				use(u, in, of, skip);
		} else if (tape_is(t, k, "after") && tape_kind(t, of) == JSON_ARRAY) {
			tape_t name = tape_first(of);
			for (uint32_t n = 0; n < tape_at(t, of)->len; n++, name = tape_next(t, name))
				if (tape_kind(t, name) == JSON_STRING)
					use(u, in, name, 0);
			look(u, in, of);
		} else if (tape_is(t, k, "args") && tape_kind(t, of) == JSON_OBJECT) {
			tape_t arg = tape_first(of);	/* their names are parameters, whatever they are */
			for (uint32_t n = 0; n < tape_at(t, of)->len; n++, arg = tape_next(t, tape_next(t, arg)))
				look(u, in, tape_next(t, arg));
		} else if (tape_is(t, k, "block")) {
			look_block(u, in, of);
		} else if (tape_is(t, k, "arms") && tape_kind(t, of) == JSON_ARRAY) {
			tape_t arm = tape_first(of);
			for (uint32_t n = 0; n < tape_at(t, of)->len; n++, arm = tape_next(t, arm))
				look_block(u, in, arm);
		} else if (tape_is(t, k, "steps") && tape_kind(t, of) == JSON_OBJECT) {
			tape_t given = tape_member(t, of, "in");	/* its `after` are rows */
			if (given != TAPE_NONE)
				look(u, in, given);
		} else if (!tape_is(t, k, "value") && !tape_is(t, k, "column") && !tape_is(t, k, "places") && !tape_is(t, k, "compute")) {
			look(u, in, of);
		}
	}
}

static void report(struct uses *u, tape_t nodes, const uint32_t *path, uint32_t len)
{
	struct compilation *c = u->r->c;
	const struct tape *t = &u->r->t;
	struct buf text = BUF_INIT;
	tape_t first = TAPE_NONE;
	tape_t *at = mem_alloc(((size_t)u->b->nodes + 1) * sizeof *at), v = tape_first(nodes);
	for (uint32_t i = 0; i < u->b->nodes; i++, v = tape_next(t, v))
		at[i] = tape_member(t, v, "name");
	for (uint32_t i = 0; i <= len && i <= 8; i++) {
		tape_t name = at[path[(i + len - 1) % len]];
		first = i ? first : name;
		buf_printf(&text, "%s`%.*s`", i ? " needs " : "", (int)(tape_at(t, name)->len < 80 ? tape_at(t, name)->len : 80), tape_text(t, name));
	}
	if (len > 8)
		buf_printf(&text, " … (%u steps)", len);
	diag_report(c->diags, CF601, tape_span(t, first), "loop: %s", buf_str(&text));
	for (uint32_t i = 0; i + 1 < len && i < 3; i++)
		diag_note(c->diags, tape_span(t, at[path[i]]), "which needs this step");
	diag_help(c->diags, "a step cannot wait for itself: take one of these uses out");
	mem_free(at);
	buf_release(&text);
}

/* Depth first from each node in turn, what it uses before it; there are no loops. */
static void sorted(const struct uses *u, const uint32_t *start, uint32_t *order)
{
	uint32_t n = u->b->nodes, done = 0, depth = 0;
	uint32_t *next = mem_zalloc((size_t)n + 1, sizeof *next), *stack = mem_alloc(((size_t)n + 1) * sizeof *stack);
	bool *was = mem_zalloc((size_t)n + 1, sizeof *was);
	for (uint32_t i = 0; i < n; i++) {
		if (was[i])
			continue;
		stack[depth++] = i;
		was[i] = true;
		while (depth) {
			uint32_t at = stack[depth - 1];
			if (start[at] + next[at] == start[at + 1]) {
				order[done++] = at;
				depth--;
				continue;
			}
			uint32_t on = u->on[start[at] + next[at]++];
			if (!was[on]) {
				was[on] = true;
				stack[depth++] = on;
			}
		}
	}
	mem_free(next);
	mem_free(stack);
	mem_free(was);
}

uint32_t *read_order(struct reader *r, struct json_block *b, tape_t nodes)
{
	struct uses u = { .r = r, .b = b };
	uint32_t *order = mem_alloc(((size_t)b->nodes + 1) * sizeof *order), *start = mem_zalloc((size_t)b->nodes + 1, sizeof *start);
	tape_t v = tape_first(nodes);

	u.seen = mem_zalloc((size_t)b->nodes + 1, sizeof *u.seen);
	for (uint32_t i = 0; i < b->nodes; i++, v = tape_next(&r->t, v)) {
		start[i] = (uint32_t)u.ons;
		order[i] = i;
		u.stamp = i + 1;
		if (tape_kind(&r->t, v) == JSON_OBJECT)
			look(&u, NULL, v);
	}
	start[b->nodes] = (uint32_t)u.ons;
	if (u.backwards) {
		uint32_t *path = mem_alloc(((size_t)b->nodes + 1) * sizeof *path), len = loop_shortest(start, u.on, b->nodes, path);
		if (len) {
			report(&u, nodes, path, len);
			mem_free(order);
			order = NULL;
		} else {
			sorted(&u, start, order);
		}
		mem_free(path);
	}
	mem_free(u.on);
	mem_free(u.seen);
	mem_free(start);
	return order;
}
