/* Types as they are written, in the strings of a graph document: recursive descent over one string, into the parser's own tree. */
#include "compiler/graph_json_inner.h"

#include <string.h>

#include "base/mem.h"
#include "compiler/declare.h"

struct type_text {
	struct reader *r;
	const char *p, *end;
	uint32_t base;		/* position of p[0] at the start */
	const char *start;
	unsigned depth;
	bool wrong;
};

static struct node *type(struct type_text *t);

static struct span here(const struct type_text *t, const char *from)
{
	return (struct span){ t->base + (uint32_t)(from - t->start), (uint32_t)(t->p - from) };
}

static void blanks(struct type_text *t)
{
	while (t->p < t->end && (*t->p == ' ' || *t->p == '\t'))
		t->p++;
}

static bool take(struct type_text *t, const char *text)
{
	size_t n = strlen(text);
	blanks(t);
	if ((size_t)(t->end - t->p) < n || memcmp(t->p, text, n))
		return false;
	t->p += n;
	return true;
}

static struct node *unknown(struct type_text *t, const char *from)
{
	return tree_node(t->r, N_TYPE_NAME, here(t, from), 0, (struct node *[]){ tree_node(t->r, N_LIST, here(t, from), 0, NULL, 0) }, 1);
}

static struct node *wrong(struct type_text *t, const char *expected)
{
	blanks(t);
	if (!t->wrong) {
		diag_report(t->r->c->diags, CF010, (struct span){ t->base + (uint32_t)(t->p - t->start), t->p < t->end },
			    "expected %s in this type", expected);
		diag_help(t->r->c->diags, "a type is written as in a program: \"[Reading]\", \"i64?\", \"[Stat] as csv\"");
	}
	t->wrong = true;
	t->p = t->end;
	return unknown(t, t->p);
}

static bool word_char(char c, bool first)
{
	/* a level of a tree is written `Org.store` */
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (!first && ((c >= '0' && c <= '9') || c == '.'));
}

static sym_t word(struct type_text *t)
{
	blanks(t);
	const char *from = t->p;
	while (t->p < t->end && word_char(*t->p, t->p == from))
		t->p++;
	return sym_intern(t->r->c->syms, from, (size_t)(t->p - from));
}

/* The types up to a closing parenthesis, as a LIST. */
static struct node *types(struct type_text *t, const char *from)
{
	struct node *item[LIMIT_FIELDS];
	uint32_t n = 0;
	if (!take(t, ")")) {
		do {
			if (n == LIMIT_FIELDS) {
				wrong(t, "fewer parameters");
				break;
			}
			item[n++] = type(t);
		} while (take(t, ","));
		if (!t->wrong && !take(t, ")"))
			wrong(t, "`)`");
	}
	return tree_node(t->r, N_LIST, here(t, from), 0, item, n);
}

/* `function(A, B) -> C`, `flow(A)`, `flow() -> (A, B)`: after the word. */
static struct node *callable(struct type_text *t, const char *from, bool flow)
{
	struct node *kids[2] = { NULL, tree_node(t->r, N_LIST, here(t, from), 0, NULL, 0) };
	kids[0] = types(t, from);
	if (take(t, "->")) {
		const char *results = t->p;
		if (take(t, "("))
			kids[1] = types(t, results);
		else
			kids[1] = tree_node(t->r, N_LIST, here(t, results), 0, (struct node *[]){ type(t) }, 1);
	} else if (!flow && !t->wrong) {
		wrong(t, "`->`");
	}
	struct node *n = tree_node(t->r, N_TYPE_FUNC, here(t, from), 0, kids, 2);
	n->flags = flow ? NODE_IS_FLOW : 0;
	return n;
}

static struct node *named(struct type_text *t, const char *from)
{
	sym_t name = word(t);
	struct node *args = NULL;
	if (!name)
		return wrong(t, "a type");
	bool function = !strcmp(name_of(t->r->c, name), "function"), flow = !strcmp(name_of(t->r->c, name), "flow");
	if ((function || flow) && take(t, "("))
		return callable(t, from, flow);
	if (take(t, "[")) {
		const char *digits = t->p;
		while (t->p < t->end && *t->p >= '0' && *t->p <= '9')
			t->p++;
		if (t->p == digits)
			return wrong(t, "a number of bytes");
		args = tree_node(t->r, N_INT, here(t, digits), sym_intern(t->r->c->syms, digits, (size_t)(t->p - digits)), NULL, 0);
		if (!take(t, "]"))
			return wrong(t, "`]`");
	}
	return tree_node(t->r, N_TYPE_NAME, here(t, from), name, (struct node *[]){ tree_node(t->r, N_LIST, here(t, from), 0, &args, args ? 1 : 0) }, 1);
}

static struct node *optional(struct type_text *t)
{
	blanks(t);
	const char *from = t->p;
	struct node *n;
	if (take(t, "[")) {
		n = type(t);
		if (!t->wrong && !take(t, "]"))
			wrong(t, "`]`");
		n = tree_node(t->r, N_TYPE_LIST, here(t, from), 0, &n, 1);
	} else if (take(t, "(")) {
		n = type(t);
		if (!t->wrong && !take(t, ")"))
			wrong(t, "`)`");
	} else {
		n = named(t, from);
	}
	for (unsigned marks = 0; take(t, "?"); marks++) {
		if (marks == LIMIT_NESTING)
			return wrong(t, "fewer `?`");
		n = tree_node(t->r, N_TYPE_OPT, here(t, from), 0, &n, 1);
	}
	return n;
}

static struct node *type(struct type_text *t)
{
	struct node *arm[LIMIT_FIELDS];
	uint32_t n = 0;
	blanks(t);
	const char *from = t->p;
	if (t->depth == LIMIT_NESTING / 2)
		return wrong(t, "less nesting");
	t->depth++;
	do {
		if (n == LIMIT_FIELDS) {
			wrong(t, "fewer arms");
			break;
		}
		arm[n++] = optional(t);
	} while (take(t, "|"));
	t->depth--;
	if (n == 1)
		return arm[0];
	return tree_node(t->r, N_TYPE_CHOICE, here(t, from), 0, (struct node *[]){ tree_node(t->r, N_LIST, here(t, from), 0, arm, n) }, 1);
}

struct node *read_type_node(struct reader *r, tape_t text)
{
	struct type_text t = { .r = r };
	if (tape_kind(&r->t, text) != JSON_STRING) {
		report_shape(r, text, "a type, as in \"[Reading]\"");
		t.wrong = true;
		t.base = tape_span(&r->t, text).at;
		t.p = t.end = t.start = "";
		return unknown(&t, t.p);
	}
	t.p = t.start = tape_text(&r->t, text);
	t.end = t.p + tape_at(&r->t, text)->len;
	t.base = tape_at(&r->t, text)->text;
	struct node *n = type(&t);
	blanks(&t);
	if (!t.wrong && t.end - t.p > 3 && !memcmp(t.p, "as ", 3)) {
		t.p += 3;
		sym_t format = word(&t);
		n = tree_node(r, N_TYPE_AS, here(&t, t.start), format, &n, 1);
		blanks(&t);
	}
	if (!t.wrong && t.p != t.end)
		wrong(&t, "nothing more");
	return t.wrong ? unknown(&t, t.end) : n;
}

type_t read_type(struct reader *r, tape_t text)
{
	struct node *n = read_type_node(r, text);
	return n->kind == N_TYPE_NAME && !n->sym ? TYPE_ERROR : declare_type_of(r->c, n, NULL);
}
