/*
 * Programs made at random: printed, parsed and compared with what was printed, as they are and with comments sown into
 * them. The maker follows the grammar of nodes.def, so that every kind of node and every place of a child is met; it
 * knows nothing of meaning.
 */
#include "base/buf.h"
#include "base/mem.h"
#include "grammar/parse.h"
#include "testsuite/unit/canonical.h"
#include "testsuite/unit/test.h"

enum { PROGRAMS = 2000, DEEPEST = 5 };

struct maker {
	struct arena *arena;
	struct symtab *syms;
	uint64_t random;
	unsigned made[NODE_KINDS];
};

static unsigned below(struct maker *m, unsigned n)
{
	m->random = m->random * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(m->random >> 33) % n;
}

static sym_t word(struct maker *m, const char *const *words, unsigned n)
{
	return sym_cstr(m->syms, words[below(m, n)]);
}

static sym_t name(struct maker *m)
{
	static const char *const names[] = { "a", "b", "limit", "data", "x1", "flow", "at", "stats", "cpu", "from", "Stat" };

	return word(m, names, 11);
}

static sym_t any_word(struct maker *m)
{
	static const char *const words[] = { "each", "if", "true", "x", "for", "at", "match", "function" };

	return word(m, words, 8);
}

static struct node *node(struct maker *m, enum node_kind kind, sym_t sym, unsigned nkids)
{
	struct node *n = arena_zalloc(m->arena, 1, sizeof *n + nkids * sizeof(struct node *));

	n->kind = (uint8_t)kind;
	n->sym = sym;
	n->nkids = nkids;
	m->made[kind]++;
	return n;
}

typedef struct node *make_fn(struct maker *m, unsigned depth);

static struct node *list(struct maker *m, unsigned least, unsigned most, make_fn *make, unsigned depth)
{
	unsigned n = least + below(m, most - least + 1);
	struct node *made = node(m, N_LIST, 0, n);

	for (unsigned i = 0; i < n; i++)
		made->kids[i] = make(m, depth);
	return made;
}

static struct node *list_of(struct maker *m, struct node *only)
{
	struct node *made = node(m, N_LIST, 0, only != NULL);

	if (only)
		made->kids[0] = only;
	return made;
}

static struct node *with(struct node *n, unsigned i, struct node *child)
{
	n->kids[i] = child;
	return n;
}

static struct node *maybe(struct maker *m, make_fn *make, unsigned depth)
{
	return below(m, 2) ? make(m, depth) : NULL;
}

static make_fn expr, value, block, type, call;

static struct node *name_node(struct maker *m, unsigned depth)
{
	(void)depth;
	return node(m, N_NAME, name(m), 0);
}

static struct node *word_node(struct maker *m, unsigned depth)
{
	(void)depth;
	return node(m, N_NAME, any_word(m), 0);
}

static struct node *text(struct maker *m, unsigned depth)
{
	static const char *const texts[] = { "", "x", "a {b} \x01{c\x01}", "\n\t\\\"\r", "é\x07", "//", "/*", "'" };

	(void)depth;
	if (below(m, 3) == 0)
		return node(m, N_RAW_STRING, word(m, texts, 7), 0);
	return node(m, N_STRING, word(m, texts, 8), 0);
}

static struct node *literal(struct maker *m)
{
	static const char *const ints[] = { "0", "7", "123456789" }, *const floats[] = { "0.5", "1e9", "2.5e-3" };
	static const char *const quantities[] = { "250ms", "5m", "64Ki", "1.5Gi", "2d" }, *const bools[] = { "true", "false" };

	switch (below(m, 5)) {
	case 0: return node(m, N_INT, word(m, ints, 3), 0);
	case 1: return node(m, N_FLOAT, word(m, floats, 3), 0);
	case 2: return node(m, N_QUANTITY, word(m, quantities, 5), 0);
	case 3: return node(m, N_BOOL, word(m, bools, 2), 0);
	default: return text(m, 0);
	}
}

static struct node *arg(struct maker *m, unsigned depth)
{
	return below(m, 2) ? value(m, depth) : with(node(m, N_ARG, name(m), 1), 0, value(m, depth));
}

static struct node *call(struct maker *m, unsigned depth)
{
	return with(node(m, N_CALL, name(m), 1), 0, list(m, 0, 3, arg, depth - 1));
}

static struct node *expr(struct maker *m, unsigned depth)
{
	struct node *n;

	if (depth == 0)
		return below(m, 2) ? literal(m) : name_node(m, 0);
	depth--;
	switch (below(m, 9)) {
	case 0: return call(m, depth + 1);
	case 1: return with(node(m, N_LIST_EXPR, 0, 1), 0, list(m, 0, 3, expr, depth));
	case 2:
		n = node(m, N_COMPREHENSION, name(m), 3);
		return with(with(with(n, 0, expr(m, depth)), 1, expr(m, depth)), 2, maybe(m, expr, depth));
	case 3:
		n = with(node(m, N_UNARY, 0, 1), 0, expr(m, depth));
		n->op = (uint8_t)(OP_NOT + below(m, 2));
		return n;
	case 4:
	case 5:
		n = with(with(node(m, N_BINARY, 0, 2), 0, expr(m, depth)), 1, expr(m, depth));
		n->op = (uint8_t)(OP_OR + below(m, OP_MOD - OP_OR + 1));
		return n;
	case 6: return with(with(node(m, N_ELSE, 0, 2), 0, expr(m, depth)), 1, expr(m, depth));
	case 7: return with(with(node(m, N_INDEX, 0, 2), 0, expr(m, depth)), 1, expr(m, depth));
	default: return with(node(m, N_MEMBER, any_word(m), 1), 0, expr(m, depth));
	}
}

static struct node *type(struct maker *m, unsigned depth)
{
	struct node *n;

	if (depth == 0) {
		static const char *const names[] = { "A", "f64", "at", "data" };

		n = with(node(m, N_TYPE_NAME, word(m, names, 4), 1), 0, list_of(m, NULL));
		if (below(m, 4) == 0)
			n->kids[0] = list_of(m, node(m, N_INT, sym_cstr(m->syms, "32"), 0));
		return n;
	}
	depth--;
	switch (below(m, 4)) {
	case 0: return with(node(m, N_TYPE_LIST, 0, 1), 0, type(m, depth));
	case 1: return with(node(m, N_TYPE_OPT, 0, 1), 0, type(m, depth));
	case 2: return with(node(m, N_TYPE_CHOICE, 0, 1), 0, list(m, 2, 3, type, depth));
	default:
		n = with(node(m, N_TYPE_FUNC, 0, 2), 0, list(m, 0, 3, type, depth));
		n->flags = below(m, 2) ? NODE_IS_FLOW : 0;
		return with(n, 1, list(m, n->flags ? 0 : 1, 3, type, depth));
	}
}

static struct node *full_type(struct maker *m, unsigned depth)
{
	return below(m, 4) ? type(m, depth) : with(node(m, N_TYPE_AS, any_word(m), 1), 0, type(m, depth));
}

static struct node *attr(struct maker *m, const char *keyword, struct node *a, struct node *b)
{
	struct node *args = node(m, N_LIST, 0, (a != NULL) + (b != NULL));

	if (a)
		args->kids[0] = a;
	if (b)
		args->kids[a != NULL] = b;
	return with(node(m, N_ATTR, sym_cstr(m->syms, keyword), 1), 0, args);
}

static struct node *medium(struct maker *m, unsigned depth)
{
	(void)depth;
	switch (below(m, 4)) {
	case 0: return attr(m, "ipc", NULL, NULL);
	case 1: return attr(m, "scratch", NULL, NULL);
	case 2: return attr(m, "pond", name_node(m, 0), NULL);
	default: return attr(m, "share", text(m, 0), NULL);
	}
}

static struct node *item(struct maker *m, unsigned depth)
{
	return with(node(m, N_ITEM, name(m), 1), 0, expr(m, depth));
}

static struct node *arm(struct maker *m, unsigned depth)
{
	struct node *n = with(node(m, N_ARM, name(m), 1), 0, below(m, 4) ? value(m, depth) : block(m, depth));

	n->sym2 = below(m, 2) ? name(m) : 0;
	return n;
}

static struct node *down(struct maker *m, unsigned depth)
{
	return with(node(m, N_DOWN, name(m), 1), 0, expr(m, depth));
}

static struct node *rule(struct maker *m, unsigned depth)
{
	if (below(m, 2))
		return with(node(m, N_PASS, name(m), 1), 0, value(m, depth));
	return with(with(node(m, N_ON, 0, 2), 0, list(m, 1, 2, word_node, 0)), 1, below(m, 4) ? value(m, depth) : block(m, depth));
}

static struct node *steps(struct maker *m, unsigned depth)
{
	struct node *n = node(m, N_STEPS, 0, 7);

	with(with(with(n, 0, item(m, depth)), 1, expr(m, depth)), 2, maybe(m, expr, depth));
	if (below(m, 2))
		with(with(with(n, 3, expr(m, depth)), 4, maybe(m, expr, depth)), 5, expr(m, depth));
	return with(n, 6, block(m, depth));
}

static struct node *pattern(struct maker *m, unsigned depth)
{
	struct node *n;

	depth--;
	switch (below(m, 11)) {
	case 0:
		n = with(node(m, N_EACH, 0, 4), 0, list(m, 1, 2, item, depth));
		n->flags = below(m, 2) ? NODE_PARTIAL : 0;
		return with(with(with(n, 1, maybe(m, expr, depth)), 2, maybe(m, expr, depth)), 3, block(m, depth));
	case 1: return steps(m, depth);
	case 2: return with(with(node(m, N_MATCH, 0, 2), 0, expr(m, depth)), 1, list(m, 0, 3, arm, depth));
	case 3:
		n = with(with(node(m, N_WHEN, 0, 3), 0, expr(m, depth)), 1, block(m, depth));
		return with(n, 2, maybe(m, block, depth));
	case 4:
		n = with(with(node(m, N_CYCLE, 0, 6), 0, list(m, 1, 2, name_node, 0)), 1, list(m, 1, 2, expr, depth));
		with(with(with(n, 2, maybe(m, expr, depth)), 3, maybe(m, expr, depth)), 4, maybe(m, expr, depth));
		return with(n, 5, block(m, depth));
	case 5:
		n = with(with(node(m, N_RING, name(m), 4), 0, expr(m, depth)), 1, list(m, 1, 3, name_node, 0));
		n->flags = below(m, 2) ? NODE_PARTIAL : 0;
		return with(with(n, 2, expr(m, depth)), 3, expr(m, depth));
	case 6:
		n = with(with(node(m, N_WALK, name(m), 3), 0, expr(m, depth)), 1, list(m, 0, 2, down, depth));
		return with(n, 2, list(m, 0, 3, rule, depth));
	case 7: return with(with(node(m, N_LAUNCH, 0, 2), 0, call(m, 1)), 1, list(m, 1, 3, expr, depth));
	case 8: return with(with(node(m, N_GATHER, 0, 2), 0, expr(m, depth)), 1, name_node(m, 0));
	case 9: return with(with(node(m, N_HOLD, 0, 2), 0, expr(m, depth)), 1, name_node(m, 0));
	default: return with(node(m, N_PREVIOUS, 0, 1), 0, expr(m, depth));
	}
}

static struct node *value(struct maker *m, unsigned depth)
{
	return depth > 1 && below(m, 3) == 0 ? pattern(m, depth) : expr(m, depth);
}

static struct node *call_or_pattern(struct maker *m, unsigned depth)
{
	return depth > 1 && below(m, 2) ? pattern(m, depth) : call(m, depth ? depth : 1);
}

static struct node *after(struct maker *m, unsigned depth)
{
	return with(with(node(m, N_AFTER, 0, 2), 0, call_or_pattern(m, depth)), 1, list(m, 1, 2, name_node, 0));
}

static struct node *tail_value(struct maker *m, unsigned depth)
{
	return below(m, 4) ? value(m, depth) : after(m, depth);
}

static struct node *target(struct maker *m, unsigned depth)
{
	return with(with(node(m, N_TARGET, name(m), 2), 0, below(m, 3) ? NULL : full_type(m, depth)), 1,
		    below(m, 3) ? NULL : medium(m, 0));
}

static struct node *let(struct maker *m, unsigned depth)
{
	return with(with(node(m, N_LET, name(m), 2), 0, maybe(m, type, depth)), 1, expr(m, depth));
}

static struct node *branch(struct maker *m, unsigned depth, make_fn *body)
{
	struct node *n = with(with(node(m, N_IF, 0, 3), 0, expr(m, depth)), 1, body(m, depth));

	if (below(m, 2))
		n->kids[2] = below(m, 2) && depth ? branch(m, depth - 1, body) : body(m, depth);
	return n;
}

static struct node *statement(struct maker *m, unsigned depth)
{
	static const char *const staged[] = { "a", "data", "to" };
	struct node *n;

	switch (below(m, 8)) {
	case 0: return with(node(m, N_RETURN, 0, 1), 0, below(m, 2) ? list(m, 1, 3, value, depth) : list_of(m, after(m, depth)));
	case 1: return with(node(m, N_EXPR_STMT, 0, 1), 0, below(m, 3) ? call_or_pattern(m, depth) : after(m, depth));
	case 2: return let(m, depth);
	case 3: return with(with(node(m, N_FOR, name(m), 2), 0, expr(m, depth)), 1, block(m, depth));
	case 4: return branch(m, depth, block);
	case 5:
		n = node(m, below(m, 2) ? N_STAGE : N_PERSIST, 0, 2);
		return with(with(n, 0, node(m, N_NAME, word(m, staged, 3), 0)), 1, medium(m, 0));
	default: return with(with(node(m, N_BIND, 0, 2), 0, list(m, 1, 2, target, depth)), 1, tail_value(m, depth));
	}
}

static struct node *block(struct maker *m, unsigned depth)
{
	struct node *items = list(m, 0, 3, statement, depth ? depth - 1 : 0);

	if (items->nkids && below(m, 2))
		items->kids[items->nkids - 1] = with(node(m, N_VALUE, 0, 1), 0, list(m, 1, 2, name_node, 0));
	return with(node(m, N_BLOCK, 0, 1), 0, items);
}

static struct node *param(struct maker *m, unsigned depth)
{
	return with(with(node(m, N_PARAM, name(m), 2), 0, full_type(m, depth)), 1, maybe(m, expr, depth));
}

static struct node *result(struct maker *m, unsigned depth)
{
	return with(node(m, N_RESULT, name(m), 1), 0, full_type(m, depth));
}

static struct node *results(struct maker *m, unsigned depth)
{
	if (below(m, 2))
		return list(m, 0, 3, result, depth);
	return list_of(m, with(node(m, N_RESULT, 0, 1), 0, full_type(m, depth)));
}

static struct node *generic(struct maker *m, unsigned depth)
{
	(void)depth;
	return node(m, N_GENERIC, name(m), 0);
}

static struct node *right(struct maker *m, unsigned depth)
{
	return attr(m, "get", below(m, 2) ? word_node(m, depth) : text(m, depth), NULL);
}

static struct node *flagged(struct node *n, unsigned flags)
{
	n->flags |= (uint8_t)flags;
	return n;
}

static struct node *function_attr(struct maker *m, unsigned depth)
{
	static const char *const plain[] = { "native", "command", "cpu", "memory", "effect", "timeout", "retries", "takes",
					     "yields", "stdin", "stdout" };
	struct node *n;

	switch (below(m, 7)) {
	case 0: return flagged(attr(m, "image", expr(m, depth), NULL), below(m, 2) ? NODE_PORTABLE : 0);
	case 1: return attr(m, "device", text(m, depth), expr(m, depth));
	case 2: return attr(m, "env", word_node(m, depth), expr(m, depth));
	case 3: return attr(m, "secret", word_node(m, depth), text(m, depth));
	case 4: return attr(m, "reads", name_node(m, depth), maybe(m, name_node, depth));
	case 5:
		n = attr(m, "system", NULL, NULL);
		return with(n, 0, list(m, 0, 3, right, depth));
	default: return attr(m, plain[below(m, 11)], expr(m, depth), NULL);
	}
}

static struct node *set_item(struct maker *m, unsigned depth)
{
	static const char *const plain[] = { "timeout", "order", "ahead", "near" };
	struct node *number = node(m, N_INT, sym_cstr(m->syms, "3"), 0), *target_of_run;

	switch (below(m, 9)) {
	case 0: return attr(m, "slots", expr(m, depth), maybe(m, name_node, depth));
	case 1: return attr(m, "scratch", expr(m, depth), maybe(m, name_node, depth));
	case 2: return attr(m, "default", attr(m, "cpu", expr(m, depth), NULL), NULL);
	case 3: return attr(m, "together", name_node(m, depth), maybe(m, name_node, depth));
	case 4: return attr(m, "workers", expr(m, depth), below(m, 2) ? number : NULL);
	case 5: return flagged(attr(m, "workers", expr(m, depth), NULL), NODE_OPEN);
	case 6: return attr(m, "route", name_node(m, depth), text(m, depth));
	case 7: return attr(m, plain[below(m, 4)], expr(m, depth), NULL);
	default:
		target_of_run = name_node(m, depth);
		if (below(m, 2))
			target_of_run = with(with(node(m, N_INDEX, 0, 2), 0, target_of_run), 1, expr(m, depth));
		return with(with(node(m, N_RUN, 0, 2), 0, list_of(m, below(m, 3) ? target_of_run : NULL)), 1,
			    call_or_pattern(m, depth));
	}
}

static struct node *source_attr(struct maker *m, unsigned depth)
{
	switch (below(m, 6)) {
	case 0: return attr(m, "at", medium(m, depth), NULL);
	case 1: return attr(m, "in", name_node(m, depth), NULL);
	case 2: return attr(m, "by", word_node(m, depth), NULL);
	case 3: return attr(m, "late", expr(m, depth), maybe(m, name_node, depth));
	default: return attr(m, "idle", expr(m, depth), NULL);
	}
}

static struct node *state_attr(struct maker *m, unsigned depth)
{
	static const char *const modes[] = { "frozen", "sync", "confined" };

	switch (below(m, 3)) {
	case 0: return attr(m, "guarded", name_node(m, depth), NULL);
	case 1: return attr(m, modes[below(m, 3)], NULL, NULL);
	default: return attr(m, "at", medium(m, depth), NULL);
	}
}

static struct node *window_attr(struct maker *m, unsigned depth)
{
	return below(m, 2) ? attr(m, "every", expr(m, depth), NULL) : attr(m, "from", text(m, depth), NULL);
}

static struct node *pond_attr(struct maker *m, unsigned depth)
{
	return below(m, 2) ? attr(m, "size", expr(m, depth), NULL) : attr(m, "persist", medium(m, depth), NULL);
}

static struct node *field(struct maker *m, unsigned depth)
{
	return with(node(m, N_FIELD, any_word(m), 1), 0, type(m, depth));
}

static struct node *level(struct maker *m, unsigned depth)
{
	return with(node(m, N_LEVEL, any_word(m), 1), 0, type(m, depth));
}

static struct node *declaration(struct maker *m, unsigned depth);

static struct node *items_block(struct maker *m, unsigned depth)
{
	return with(node(m, N_BLOCK, 0, 1), 0, list(m, 0, 2, declaration, depth ? depth - 1 : 0));
}

static struct node *callable(struct maker *m, unsigned depth)
{
	struct node *n = node(m, below(m, 2) ? N_FUNCTION : N_FLOW, name(m), 4);

	with(with(with(n, 0, list(m, 0, 2, generic, 0)), 1, list(m, 0, 3, param, 2)), 2, results(m, 2));
	return with(n, 3, n->kind == N_FLOW ? block(m, depth) : list(m, 0, 4, function_attr, 2));
}

static struct node *set(struct maker *m, unsigned depth)
{
	struct node *n;

	if (below(m, 2))
		n = with(node(m, N_CALCSET, name(m), 2), 0, list(m, 0, 2, param, 1));
	else
		n = with(with(node(m, N_CALCSET_NAMED, 0, 3), 0, text(m, 0)), 1, list(m, 0, 2, param, 1));
	n->kids[n->nkids - 1] = list(m, 0, 4, set_item, depth);
	return flagged(n, below(m, 2) ? NODE_ON_LIST : 0);
}

static struct node *data_declaration(struct maker *m, unsigned depth)
{
	struct node *n;

	switch (below(m, 5)) {
	case 0: return with(node(m, N_WINDOW_DECL, name(m), 1), 0, list(m, 0, 2, window_attr, 1));
	case 1:
		n = node(m, below(m, 2) ? N_SOURCE_DECL : N_SINK_DECL, name(m), 3);
		with(with(n, 0, list(m, 0, 2, param, 1)), 1, full_type(m, depth));
		return with(n, 2, n->kind == N_SOURCE_DECL ? list(m, 0, 3, source_attr, 1) : list_of(m, attr(m, "at", medium(m, 0), NULL)));
	case 2: return with(node(m, N_POND_DECL, name(m), 1), 0, list(m, 0, 3, pond_attr, 1));
	case 3: return with(node(m, N_LOCK_DECL, name(m), 1), 0, list_of(m, attr(m, "at", medium(m, 0), NULL)));
	default:
		n = with(with(node(m, N_STATE_DECL, name(m), 3), 0, full_type(m, depth)), 1, maybe(m, expr, 2));
		return with(n, 2, list(m, 0, 3, state_attr, 1));
	}
}

static struct node *declaration(struct maker *m, unsigned depth)
{
	struct node *n;

	switch (below(m, 13)) {
	case 0: return with(node(m, N_IMPORT, 0, 1), 0, text(m, 0));
	case 1:
		n = with(with(node(m, N_IMPORT_DATA, name(m), 4), 0, text(m, 0)), 2, type(m, 2));
		if (below(m, 2))
			n->kids[1] = with(node(m, N_PATH, 0, 1), 0, list(m, 1, 3, word_node, 0));
		return with(n, 3, maybe(m, word_node, 0));
	case 2:
		n = with(node(m, N_TYPE_DECL, name(m), 2), 0, list(m, 0, 2, generic, 0));
		return with(n, 1, below(m, 2) ? full_type(m, 3) : with(node(m, N_RECORD_TYPE, 0, 1), 0, list(m, 0, 4, field, 2)));
	case 3: return with(node(m, N_ENUM_DECL, name(m), 1), 0, list(m, 0, 4, word_node, 0));
	case 4: return with(node(m, N_TREE_DECL, name(m), 1), 0, list(m, 1, 3, level, 2));
	case 5: return with(with(node(m, N_PARAM_DECL, name(m), 2), 0, type(m, 2)), 1, maybe(m, expr, 3));
	case 6: return let(m, 3);
	case 7: return with(with(node(m, N_FOR, name(m), 2), 0, expr(m, 2)), 1, items_block(m, depth));
	case 8: return branch(m, depth ? depth - 1 : 0, items_block);
	case 9: return data_declaration(m, 2);
	case 10: return set(m, depth ? depth : 1);
	default: return callable(m, depth);
	}
}

/* The program printed before, with comments sown into it. */
static void check_with_comments(struct maker *m, const struct parse_context *c, struct sources *sources, const struct source *src)
{
	struct buf sown = BUF_INIT, printed = BUF_INIT;
	struct parse_context again = *c;
	const char *fault = NULL;
	struct node *read;

	canonical_sow(m->syms, src, &m->random, &sown);
	src = sources_add(sources, "sown", sown.p, sown.len);
	read = parse_module(&again, src);
	if (CHECK(read && diag_errors(c->diags) == 0))
		fault = canonical_fault(c, sources, src, read, &printed);
	if (!test_check(!fault, fault ? fault : "canonical", "sown", 0))
		printf("%s----\n%s", sown.p, printed.p);
	buf_release(&sown);
	buf_release(&printed);
}

static void check_program(struct maker *m, unsigned i)
{
	struct sources *sources = sources_new();
	struct diags *diags = diags_new(sources);
	struct parse_context c = { m->arena, m->syms, diags, sources };
	struct node *made = with(node(m, N_MODULE, 0, 1), 0, list(m, 1, 6, declaration, 1 + below(m, DEEPEST)));
	struct buf printed = BUF_INIT;
	const char *fault = canonical_fault(&c, sources, NULL, made, &printed);

	if (!test_check(!fault, fault ? fault : "canonical", "program", (int)i))
		printf("%s", printed.p);
	else
		check_with_comments(m, &c, sources, sources_add(sources, "made", printed.p, printed.len));
	buf_release(&printed);
	diags_free(diags);
	sources_free(sources);
}

int main(int argc, char **argv)
{
	struct arena arena;
	struct maker m = { .arena = &arena, .syms = symtab_new(), .random = 1 };
	unsigned programs = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : PROGRAMS;

	arena_init(&arena);
	for (unsigned i = 0; i < programs && test_failed == 0; i++) {
		check_program(&m, i);
		arena_reset(&arena);
	}
	for (int kind = 0; kind < NODE_KINDS; kind++) {
		if (!test_check(m.made[kind] > 0, "every kind of node is made", node_kind_name(kind), kind))
			break;
	}
	arena_release(&arena);
	symtab_free(m.syms);
	return test_end();
}
