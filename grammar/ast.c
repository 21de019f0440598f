/* The tree as such: names of kinds, comparison, dump. Walks nodes.def's shapes and nothing else. */
#include "grammar/ast.h"

#include "base/buf.h"

const char *node_kind_name(enum node_kind k)
{
	static const char *const names[] = {
#define NODE(kind, name, children) [N_##kind] = name,
#include "grammar/nodes.def"
#undef NODE
	};

	return names[k];
}

const char *node_op_text(enum node_op op)
{
	static const char *const texts[] = {
		[OP_NONE] = "", [OP_NOT] = "!", [OP_NEG] = "-", [OP_OR] = "||", [OP_AND] = "&&", [OP_EQ] = "==",
		[OP_NE] = "!=", [OP_LT] = "<", [OP_LE] = "<=", [OP_GT] = ">", [OP_GE] = ">=", [OP_ADD] = "+",
		[OP_SUB] = "-", [OP_MUL] = "*", [OP_DIV] = "/", [OP_MOD] = "%",
	};

	return texts[op];
}

struct node *attr_find(const struct node *attrs, sym_t keyword)
{
	for (uint32_t i = 0; i < list_len(attrs); i++) {
		struct node *item = list_at(attrs, i);

		if (item->kind == N_ATTR && item->sym == keyword)
			return item;
	}
	return NULL;
}

static const struct trivia *skip_blank(const struct trivia *t)
{
	while (t && t->len == 0)
		t = t->next;
	return t;
}

static bool same_comments(const struct sources *s, const struct trivia *a, const struct trivia *b)
{
	for (a = skip_blank(a), b = skip_blank(b); a && b; a = skip_blank(a->next), b = skip_blank(b->next)) {
		if (a->len != b->len || a->doc != b->doc ||
		    memcmp(source_bytes(s, a->at), source_bytes(s, b->at), a->len) != 0)
			return false;
	}
	return !a && !b;
}

bool ast_equal(const struct sources *s, const struct node *a, const struct node *b)
{
	if (!a || !b)
		return a == b;
	if (a->kind != b->kind || a->op != b->op || a->flags != b->flags || a->sym != b->sym || a->sym2 != b->sym2 ||
	    a->nkids != b->nkids)
		return false;
	if (!same_comments(s, trivia_before(a), trivia_before(b)) || !same_comments(s, trivia_after(a), trivia_after(b)))
		return false;
	for (uint32_t i = 0; i < a->nkids; i++) {
		if (!ast_equal(s, a->kids[i], b->kids[i]))
			return false;
	}
	return true;
}

static void dump(struct buf *out, const struct symtab *syms, const struct node *n, unsigned indent)
{
	for (unsigned i = 0; i < indent; i++)
		buf_addstr(out, "  ");
	if (!n) {
		buf_addstr(out, "-\n");
		return;
	}
	buf_addstr(out, node_kind_name(n->kind));
	if (n->op)
		buf_printf(out, " %s", node_op_text(n->op));
	if (n->sym)
		buf_printf(out, " %s", sym_text(syms, n->sym));
	if (n->sym2)
		buf_printf(out, " %s", sym_text(syms, n->sym2));
	if (n->flags)
		buf_printf(out, " flags=%u", n->flags);
	buf_addch(out, '\n');
	for (uint32_t i = 0; i < n->nkids; i++)
		dump(out, syms, n->kids[i], indent + 1);
}

void ast_dump(struct buf *out, const struct symtab *syms, const struct node *n)
{
	dump(out, syms, n, 0);
}
