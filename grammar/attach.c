/*
 * Comments and blank lines find their nodes. Those nodes are the items of lists that the printer can put on lines of
 * their own. A comment behind an item on its line is its `after`; what is left at the end of a list is the `after`
 * of the list. One that stands inside an item, where no inner item takes it, moves before that item, or to the end of
 * the list in it that took the comment before: comments keep their order. Blank lines inside an item are dropped.
 */
#include "base/mem.h"
#include "grammar/parser_internal.h"

struct attacher {
	struct arena *arena;
	const struct source *src;
	const struct comment *comments;
	size_t n, next;
};

static uint32_t end_of(const struct node *n)
{
	return n->span.at + n->span.len;
}

/* Where comments are put: the end of one list of one node, which may become long. */
struct home {
	struct node *node;
	bool after;
	struct trivia **end;	/* NULL until the first is put */
};

static void append(struct attacher *a, struct home *home, const struct comment *c, bool trailing)
{
	struct trivia *t = arena_zalloc(a->arena, 1, sizeof *t);

	t->at = c->at;
	t->len = c->len;
	t->doc = c->doc;
	t->trailing = trailing;
	if (!home->node->trivia)
		home->node->trivia = arena_zalloc(a->arena, 1, sizeof *home->node->trivia);
	if (!home->end)
		home->end = home->after ? &home->node->trivia->after : &home->node->trivia->before;
	while (*home->end)
		home->end = &(*home->end)->next;
	*home->end = t;
	home->end = &t->next;
}

/* Whether nothing but separators stands between two positions. */
static bool only_separators(const struct attacher *a, uint32_t from, uint32_t to)
{
	const char *s = a->src->text + (from - a->src->base);

	for (; from < to; from++, s++) {
		if (*s != ' ' && *s != '\t' && *s != ',' && *s != ';')
			return false;
	}
	return true;
}

static void take_until(struct attacher *a, uint32_t at, struct node *node, bool after)
{
	struct home home = { node, after, NULL };

	while (a->next < a->n && a->comments[a->next].at < at)
		append(a, &home, &a->comments[a->next++], false);
}

/* Comments behind `item`, which ended at `end`, on the same line. */
static void take_trailing(struct attacher *a, struct node *item, uint32_t end)
{
	struct home home = { item, true, NULL };

	while (a->next < a->n && a->comments[a->next].len && a->comments[a->next].trailing &&
	       only_separators(a, end, a->comments[a->next].at)) {
		const struct comment *c = &a->comments[a->next++];

		append(a, &home, c, true);
		end = c->at + c->len;
	}
}

static bool names_results(const struct node *results)
{
	return list_len(results) && list_at(results, 0)->sym;
}

static bool has_lines(const struct node *parent, uint32_t child)
{
	switch (parent->kind) {
	case N_MODULE: case N_RECORD_TYPE: case N_ENUM_DECL: case N_BLOCK: case N_CALL: case N_LIST_EXPR:
		return true;
	case N_FUNCTION:
	case N_FLOW: return child == 1 || child == 3 || (child == 2 && names_results(kid(parent, 2)));
	case N_POND_DECL: return child == 0;
	case N_CALCSET: return child == 0 || child == 1;
	case N_CALCSET_NAMED: return child == 1 || child == 2;
	case N_MATCH: return child == 1;
	case N_WALK: return child == 2;
	default: return false;
	}
}

/* Comments left inside an item, of which the list `taker` took the last one. */
static void take_left(struct attacher *a, struct node *item, struct node *taker)
{
	struct home home = { taker ? taker : item, taker != NULL, NULL };

	for (; a->next < a->n && a->comments[a->next].at < end_of(item); a->next++) {
		if (a->comments[a->next].len)
			append(a, &home, &a->comments[a->next], false);
	}
}

static struct node *attach_in(struct attacher *a, struct node *n);

/* The first word of a comment's home is the item that begins at or after it. */
static void attach_items(struct attacher *a, struct node *list)
{
	for (uint32_t i = 0; i < list->nkids && a->next < a->n; i++) {
		struct node *item = list->kids[i];

		take_until(a, item->span.at, item, false);
		take_left(a, item, attach_in(a, item));
		take_trailing(a, item, end_of(item));
	}
}

/* Returns the list in n that took the last comment; NULL when none was taken. */
static struct node *attach_in(struct attacher *a, struct node *n)
{
	struct node *taker = NULL;

	for (uint32_t i = 0; i < n->nkids; i++) {
		struct node *child = n->kids[i], *inner = NULL;
		size_t next = a->next;

		if (next == a->n || (n->kind != N_LIST && a->comments[next].at >= end_of(n)))	/* spans of lists are rough */
			break;
		bool last = i + 1 == n->nkids;

		if (!child || (child->nkids == 0 && !last))	/* empty parentheses hold no comment: what follows does */
			continue;
		if (child->kind == N_LIST && has_lines(n, i)) {
			attach_items(a, child);
			take_until(a, last ? end_of(n) : end_of(child), child, true);
			inner = a->next > next ? child : NULL;
		} else {
			inner = attach_in(a, child);
		}
		if (inner)
			taker = inner;
	}
	return taker;
}

void attach_comments(struct arena *arena, const struct source *src, const struct comment *comments, size_t n,
		     struct node *module)
{
	struct attacher a = { arena, src, comments, n, 0 };
	struct node *items = kid(module, 0);

	if (n == 0)
		return;
	attach_items(&a, items);
	take_until(&a, UINT32_MAX, items, true);
}
