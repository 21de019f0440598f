/* Lists of expressions: comprehensions, ranges, chunks, groups. */
#include <string.h>
#include "base/limits.h"
#include "base/mem.h"
#include "base/sym.h"
#include "runtime/compute_inner.h"

bool compute_comprehension(struct run *r, const struct plan_expr *x, struct value_node *out)
{
	struct value_node list, condition, *part;
	uint32_t n = 0;

	if (!compute_eval(r, compute_kid(r, x, 0), &list) || !compute_work(r, x, list.count))
		return false;
	part = compute_room(r, x, list.count);
	for (uint32_t i = 0; part && i < list.count; i++) {
		r->local[x->a] = list.part[i];
		condition = value_node_word(1);
		if (x->kids > 2 && !compute_eval(r, compute_kid(r, x, 2), &condition))
			return false;
		if (condition.word && !compute_eval(r, compute_kid(r, x, 1), &part[n++]))
			return false;
	}
	*out = (struct value_node){ { .part = part }, n };
	return part != NULL;
}

bool compute_range(struct run *r, const struct plan_expr *x, struct value_node *out)
{
	struct value_node from = value_node_word(0), to, *part;
	int64_t a, b;
	uint64_t n;

	if (x->kids == 2 && !compute_eval(r, compute_kid(r, x, 0), &from))
		return false;
	if (!compute_eval(r, compute_kid(r, x, x->kids - 1), &to))
		return false;
	a = (int64_t)from.word;
	b = (int64_t)to.word;
	n = b > a ? (uint64_t)b - (uint64_t)a : 0;
	if (n > LIMIT_ROWS)
		return compute_failed(r, x, "the range has more than 5,000,000 items");
	part = compute_work(r, x, n) ? compute_room(r, x, n) : NULL;
	for (uint64_t i = 0; part && i < n; i++)
		part[i] = value_node_word((uint64_t)a + i);
	*out = (struct value_node){ { .part = part }, (uint32_t)n };
	return part != NULL;
}

bool compute_chunks(struct run *r, const struct plan_expr *x, struct value_node *out)
{
	struct value_node list, size, *part;
	uint32_t n, step, k = 0;

	if (!compute_eval(r, compute_kid(r, x, 0), &list) || !compute_eval(r, compute_kid(r, x, 1), &size))
		return false;
	if ((int64_t)size.word < 1)
		return compute_failed(r, &r->p->expr[compute_kid(r, x, 1)], "chunks have at least one item");
	n = list.count;
	step = size.word > n ? (n ? n : 1) : (uint32_t)size.word;
	part = compute_work(r, x, n / step) ? compute_room(r, x, (uint64_t)n / step + 1) : NULL;
	for (uint32_t i = 0; part && i < n; k++) {	/* the items stay where they stand */
		uint32_t count = n - i < step ? n - i : step;

		part[k] = (struct value_node){ { .part = list.part + i }, count };
		i += count;
	}
	*out = (struct value_node){ { .part = part }, k };
	return part != NULL;
}

/* Which group each item is in, by first appearance of its key's text, and how many each group has. */
struct grouping {
	uint32_t key_type;
	uint32_t *group, *count;
	uint32_t groups;
};

static bool number_groups(struct run *r, const struct plan_expr *x, const struct value_node *list, struct grouping *g)
{
	struct symtab *keys = symtab_new();
	struct buf b = BUF_INIT;
	bool ok = true;

	for (uint32_t i = 0; i < list->count && ok; i++) {
		uint32_t at;

		buf_clear(&b);
		buf_addch(&b, ' ');	/* never the empty string, which is symbol 0 */
		value_node_json(r->p, g->key_type, &list->part[i].part[x->a], SIZE_MAX, &b);
		ok = compute_work(r, x, b.len / 16);
		at = sym_intern(keys, b.p, b.len) - 1;
		g->group[i] = at;
		g->count[at]++;
		g->groups += at == g->groups;
	}
	buf_release(&b);
	symtab_free(keys);
	return ok;
}

/* Keys are scalars. They are compared through their canonical JSON, in one table: linear. */
bool compute_groups(struct run *r, const struct plan_expr *x, struct value_node *out)
{
	uint32_t list_type = r->p->expr[compute_kid(r, x, 0)].type, record = r->p->type[list_type].elem;
	struct grouping g = { .key_type = r->p->field[r->p->type[record].first + x->a].type };
	struct value_node list, *part, *sorted;
	uint32_t at = 0;
	bool ok;

	if (!compute_eval(r, compute_kid(r, x, 0), &list) || !compute_work(r, x, list.count))
		return false;
	part = compute_room(r, x, list.count);
	sorted = part ? compute_room(r, x, list.count) : NULL;
	if (!sorted)
		return false;
	g.group = mem_zalloc((size_t)list.count + 1, sizeof *g.group);
	g.count = mem_zalloc((size_t)list.count + 1, sizeof *g.count);
	ok = number_groups(r, x, &list, &g);
	for (uint32_t i = 0; ok && i < g.groups; i++) {
		part[i] = (struct value_node){ { .part = sorted + at }, g.count[i] };
		at += g.count[i];
		g.count[i] = at - g.count[i];	/* where its next item goes */
	}
	for (uint32_t i = 0; ok && i < list.count; i++)
		sorted[g.count[g.group[i]]++] = list.part[i];
	mem_free(g.group);
	mem_free(g.count);
	*out = (struct value_node){ { .part = part }, g.groups };
	return ok;
}
