/* The canonical form: layout, declarations, attributes and statements. Knows nodes.def's shapes and the grammar. */
#include "grammar/printer.h"

enum { WIDTH = 110, INDENT = 4 };

/* ---- layout ---- */

void print_text(struct printer *p, const char *s)
{
	buf_addstr(p->out, s);
}

void print_sym(struct printer *p, sym_t s)
{
	buf_add(p->out, sym_text(p->syms, s), sym_len(p->syms, s));
}

/* A new line, unless nothing was written yet; `blank` puts an empty one before it. */
static void new_line(struct printer *p, bool blank)
{
	if (p->out->len == 0)
		return;
	print_text(p, blank ? "\n\n" : "\n");
	p->line = p->out->len;
	for (unsigned i = 0; i < p->indent * INDENT; i++)
		buf_addch(p->out, ' ');
}

static void print_comment(struct printer *p, const struct trivia *t)
{
	const char *s = source_bytes(p->sources, t->at), *newline = memrchr(s, '\n', t->len);

	buf_add(p->out, s, t->len);
	if (newline)
		p->line = p->out->len - (size_t)(s + t->len - newline - 1);
}

/* Comments, each on its line; true when a blank line is due. Blank lines at the start of a list are dropped. */
static bool print_before(struct printer *p, const struct trivia *t, bool first, bool blank)
{
	for (; t; t = t->next) {
		if (t->len == 0) {
			blank = !first;
			continue;
		}
		new_line(p, blank);
		print_comment(p, t);
		blank = false;
		first = false;
	}
	return blank;
}

static void print_behind(struct printer *p, const struct trivia *t)
{
	for (; t; t = t->next) {
		if (t->len) {
			print_text(p, " ");
			print_comment(p, t);
		}
	}
}

static bool has_comment(const struct trivia *t)
{
	while (t && t->len == 0)
		t = t->next;
	return t != NULL;
}

/* The items of a list, each on its line, with its comments; `behind` follows each item. */
static void print_items(struct printer *p, const struct node *list, const char *behind)
{
	for (uint32_t i = 0; i < list_len(list); i++) {
		const struct node *item = list_at(list, i);
		bool blank = print_before(p, trivia_before(item), i == 0, false);

		new_line(p, blank);
		print_any(p, item);
		print_text(p, behind);
		print_behind(p, trivia_after(item));
	}
	print_before(p, trivia_after(list), list_len(list) == 0, false);
}

static void print_lines(struct printer *p, const struct node *list, const struct brackets *b)
{
	print_text(p, b->open);
	if (list_len(list) || has_comment(trivia_after(list))) {
		p->indent++;
		print_items(p, list, b->behind);
		p->indent--;
		new_line(p, false);
	}
	print_text(p, b->close);
}

static void print_on_line(struct printer *p, const struct node *list, const struct brackets *b)
{
	bool padded = b->open[0] == '{';

	if (p->trying && ((b->one_item && list_len(list) > 1) || has_comment(trivia_after(list))))
		p->failed = true;
	print_text(p, b->open);
	for (uint32_t i = 0; i < list_len(list) && !p->failed; i++) {
		const struct node *item = list_at(list, i);

		print_text(p, i ? b->between : padded ? " " : "");
		print_any(p, item);
		if (p->trying && (has_comment(trivia_before(item)) || has_comment(trivia_after(item)) || p->out->len > p->limit))
			p->failed = true;
	}
	if (padded && list_len(list))
		print_text(p, " ");
	print_text(p, b->close);
}

void print_bracketed(struct printer *p, const struct node *list, const struct brackets *b)
{
	size_t start = p->out->len, line = p->line;

	if (p->one_line || p->trying) {
		print_on_line(p, list, b);
		return;
	}
	p->trying = true;
	p->failed = false;
	p->limit = p->line + WIDTH;
	print_on_line(p, list, b);
	p->trying = false;
	if (!p->failed && p->out->len <= p->limit)
		return;
	p->failed = false;
	p->out->len = start;
	p->line = line;
	print_lines(p, list, b);
}

void print_joined(struct printer *p, const struct node *list, const char *between)
{
	for (uint32_t i = 0; i < list_len(list); i++) {
		if (i)
			print_text(p, between);
		print_any(p, list_at(list, i));
	}
}

/* ` word child`, when the child is there. */
static void print_optional(struct printer *p, const char *word, const struct node *n)
{
	if (!n)
		return;
	print_text(p, word);
	print_any(p, n);
}

static const struct brackets braces = { "{", "}", "  ", "", false };
static const struct brackets params = { "(", ")", ", ", ",", false };

/* In braces, one item a line, even when they would fit on one. */
static void print_body(struct printer *p, const struct node *list)
{
	print_text(p, " ");
	if (p->one_line)
		print_on_line(p, list, &braces);
	else if (p->trying)
		p->failed = true;
	else
		print_lines(p, list, &braces);
}

/* The block of a pattern may stand on the line when it is no more than its value. */
static void print_block(struct printer *p, const struct node *block)
{
	static const struct brackets value_only = { "{", "}", "  ", "", true };
	const struct node *items = kid(block, 0), *only = list_len(items) == 1 ? list_at(items, 0) : NULL;

	if (only && (only->kind == N_VALUE || only->kind == N_EXPR_STMT)) {
		print_text(p, " ");
		print_bracketed(p, items, &value_only);
	} else {
		print_body(p, items);
	}
}

/* ---- attributes ---- */

static const char *between_args(const char *keyword)
{
	static const struct {
		const char *keyword, *between;
	} rows[] = {
#define ATTR(keyword, class, where, between, shape) { #keyword, between },
#include "grammar/attrs.def"
#undef ATTR
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		if (strcmp(rows[i].keyword, keyword) == 0)
			return rows[i].between;
	}
	return " ";
}

static void print_attr(struct printer *p, const struct node *n)
{
	static const struct brackets rights = { "{", "}", "; ", "", false };
	const char *keyword = sym_text(p->syms, n->sym);
	const struct node *args = kid(n, 0);

	print_sym(p, n->sym);
	if (strcmp(keyword, "guarded") == 0)
		print_text(p, " by");
	if (strcmp(keyword, "system") == 0 && (list_len(args) == 0 || list_at(args, 0)->kind == N_ATTR)) {
		print_text(p, " ");
		print_bracketed(p, args, &rights);
		return;
	}
	if (list_len(args))
		print_text(p, " ");
	print_joined(p, args, between_args(keyword));
	if (n->flags & NODE_PORTABLE)
		print_text(p, " portable");
	if (n->flags & NODE_OPEN)
		print_text(p, "..");
}

static void print_attrs(struct printer *p, const struct node *attrs)
{
	if (list_len(attrs))
		print_text(p, " ");
	print_joined(p, attrs, " ");
}

/* ---- declarations ---- */

static void print_head(struct printer *p, const struct node *n)
{
	print_text(p, node_kind_name(n->kind));
	print_text(p, " ");
	print_sym(p, n->sym);
}

static void print_generics(struct printer *p, const struct node *generics)
{
	if (list_len(generics) == 0)
		return;
	print_text(p, "<");
	print_joined(p, generics, ", ");
	print_text(p, ">");
}

static void print_results(struct printer *p, const struct node *results)
{
	if (list_len(results) == 0)
		return;
	print_text(p, " -> ");
	if (list_at(results, 0)->sym)
		print_bracketed(p, results, &params);
	else
		print_joined(p, results, ", ");
}

static void print_callable(struct printer *p, const struct node *n)
{
	print_head(p, n);
	print_generics(p, kid(n, 0));
	if (n->kind == N_FUNCTION || list_len(kid(n, 1)))
		print_bracketed(p, kid(n, 1), &params);
	print_results(p, kid(n, 2));
	print_body(p, n->kind == N_FUNCTION ? kid(n, 3) : kid(kid(n, 3), 0));
}

static void print_family(struct printer *p, const struct node *family)
{
	static const struct brackets square = { "[", "]", ", ", ",", false };

	if (list_len(family))
		print_bracketed(p, family, &square);
}

static void print_calcset(struct printer *p, const struct node *n, const struct node *family, const struct node *items)
{
	if (list_len(family))
		print_bracketed(p, family, &params);
	print_text(p, n->flags & NODE_ON_LIST ? " on list" : " on pod");
	print_body(p, items);
}

static void print_run(struct printer *p, const struct node *n)
{
	print_text(p, "run ");
	print_joined(p, kid(n, 0), ", ");
	if (list_len(kid(n, 0)))
		print_text(p, " <- ");
	print_any(p, kid(n, 1));
}

static void print_declaration(struct printer *p, const struct node *n)
{
	static const struct brackets fields = { "{", "}", ", ", ",", false }, members = { "{", "}", " ", "", false };

	switch (n->kind) {
	case N_IMPORT: print_optional(p, "import ", kid(n, 0)); break;
	case N_IMPORT_DATA:
		print_optional(p, "import data ", kid(n, 0));
		print_optional(p, " at ", kid(n, 1));
		print_text(p, " as ");
		print_sym(p, n->sym);
		print_optional(p, " : ", kid(n, 2));
		print_optional(p, " by ", kid(n, 3));
		break;
	case N_TYPE_DECL:
		print_head(p, n);
		print_generics(p, kid(n, 0));
		print_optional(p, kid(n, 1)->kind == N_RECORD_TYPE ? " " : " = ", kid(n, 1));
		break;
	case N_RECORD_TYPE: print_bracketed(p, kid(n, 0), &fields); break;
	case N_ENUM_DECL:
		print_head(p, n);
		print_text(p, " ");
		print_bracketed(p, kid(n, 0), &members);
		break;
	case N_TREE_DECL:
		print_head(p, n);
		print_text(p, " = ");
		print_joined(p, kid(n, 0), " > ");
		break;
	case N_PARAM_DECL:
		print_head(p, n);
		print_optional(p, ": ", kid(n, 0));
		print_optional(p, " = ", kid(n, 1));
		break;
	case N_FUNCTION:
	case N_FLOW: print_callable(p, n); break;
	case N_WINDOW_DECL:
		print_head(p, n);
		print_text(p, " =");
		print_attrs(p, kid(n, 0));
		break;
	case N_SOURCE_DECL:
	case N_SINK_DECL:
		print_head(p, n);
		print_family(p, kid(n, 0));
		print_optional(p, " : ", kid(n, 1));
		print_attrs(p, kid(n, 2));
		break;
	case N_POND_DECL:
		print_head(p, n);
		print_text(p, " ");
		print_bracketed(p, kid(n, 0), &braces);
		break;
	case N_LOCK_DECL:
		print_head(p, n);
		print_attrs(p, kid(n, 0));
		break;
	case N_STATE_DECL:
		print_head(p, n);
		print_optional(p, " : ", kid(n, 0));
		print_optional(p, " = ", kid(n, 1));
		print_attrs(p, kid(n, 2));
		break;
	case N_CALCSET:
		print_head(p, n);
		print_calcset(p, n, kid(n, 0), kid(n, 1));
		break;
	default:
		print_optional(p, "calcset ", kid(n, 0));
		print_calcset(p, n, kid(n, 1), kid(n, 2));
	}
}

/* ---- patterns and statements ---- */

static void print_steps(struct printer *p, const struct node *n)
{
	print_optional(p, "steps ", kid(n, 0));
	print_optional(p, " by ", kid(n, 1));
	print_optional(p, " after ", kid(n, 2));
	print_optional(p, " from ", kid(n, 3));
	print_optional(p, " in ", kid(n, 4));
	print_optional(p, " to ", kid(n, 5));
	print_block(p, kid(n, 6));
}

static void print_cycle(struct printer *p, const struct node *n)
{
	print_text(p, "cycle ");
	print_joined(p, kid(n, 0), ", ");
	print_text(p, " from ");
	print_joined(p, kid(n, 1), ", ");
	print_optional(p, " for ", kid(n, 2));
	print_optional(p, " until ", kid(n, 3));
	print_optional(p, " max ", kid(n, 4));
	print_block(p, kid(n, 5));
}

static void print_ring(struct printer *p, const struct node *n)
{
	print_text(p, "ring ");
	print_sym(p, n->sym);
	print_optional(p, " in ", kid(n, 0));
	print_text(p, n->flags & NODE_PARTIAL ? " partial through " : " through ");
	print_joined(p, kid(n, 1), ", ");
	print_optional(p, " until ", kid(n, 2));
	print_optional(p, " max ", kid(n, 3));
}

static void print_walk(struct printer *p, const struct node *n)
{
	print_optional(p, "walk ", kid(n, 0));
	print_text(p, " as ");
	print_sym(p, n->sym);
	if (list_len(kid(n, 1)))
		print_text(p, " down ");
	print_joined(p, kid(n, 1), ", ");
	print_body(p, kid(n, 2));
}

static void print_pattern(struct printer *p, const struct node *n)
{
	switch (n->kind) {
	case N_EACH:
		print_text(p, "each ");
		print_joined(p, kid(n, 0), ", ");
		if (n->flags & NODE_PARTIAL)
			print_text(p, " partial");
		print_optional(p, " limit ", kid(n, 1));
		print_optional(p, " rotate ", kid(n, 2));
		print_block(p, kid(n, 3));
		break;
	case N_STEPS: print_steps(p, n); break;
	case N_MATCH:
		print_optional(p, "match ", kid(n, 0));
		print_text(p, " ");
		print_bracketed(p, kid(n, 1), &braces);
		break;
	case N_WHEN:
		print_optional(p, "when ", kid(n, 0));
		print_block(p, kid(n, 1));
		if (kid(n, 2)) {
			print_text(p, " else");
			print_block(p, kid(n, 2));
		}
		break;
	case N_CYCLE: print_cycle(p, n); break;
	case N_RING: print_ring(p, n); break;
	case N_WALK: print_walk(p, n); break;
	default:
		print_optional(p, "launch ", kid(n, 0));
		print_text(p, list_len(kid(n, 1)) > 1 ? " with (" : " with ");
		print_joined(p, kid(n, 1), ", ");
		if (list_len(kid(n, 1)) > 1)
			print_text(p, ")");
	}
}

/* `=> value` or `=> { … }` */
static void print_arm_value(struct printer *p, const struct node *value)
{
	print_text(p, " =>");
	if (value->kind == N_BLOCK)
		print_block(p, value);
	else
		print_optional(p, " ", value);
}

static void print_if(struct printer *p, const struct node *n)
{
	print_optional(p, "if ", kid(n, 0));
	print_body(p, kid(kid(n, 1), 0));
	if (!kid(n, 2))
		return;
	print_text(p, " else");
	if (kid(n, 2)->kind == N_IF)
		print_optional(p, " ", kid(n, 2));
	else
		print_body(p, kid(kid(n, 2), 0));
}

static void print_statement(struct printer *p, const struct node *n)
{
	switch (n->kind) {
	case N_BIND:
		print_joined(p, kid(n, 0), ", ");
		print_optional(p, " = ", kid(n, 1));
		break;
	case N_TARGET:
		print_sym(p, n->sym);
		print_optional(p, " : ", kid(n, 0));
		print_optional(p, " at ", kid(n, 1));
		break;
	case N_RETURN:
		print_text(p, "return ");
		print_joined(p, kid(n, 0), ", ");
		break;
	case N_VALUE: print_joined(p, kid(n, 0), ", "); break;
	case N_EXPR_STMT: print_any(p, kid(n, 0)); break;
	case N_LET:
		print_text(p, "let ");
		print_sym(p, n->sym);
		print_optional(p, " : ", kid(n, 0));
		print_optional(p, " = ", kid(n, 1));
		break;
	case N_FOR:
		print_text(p, "for ");
		print_sym(p, n->sym);
		print_optional(p, " in ", kid(n, 0));
		print_body(p, kid(kid(n, 1), 0));
		break;
	case N_IF: print_if(p, n); break;
	case N_STAGE:
	case N_PERSIST:
		print_optional(p, n->kind == N_STAGE ? "stage " : "persist ", kid(n, 0));
		print_optional(p, " to ", kid(n, 1));
		break;
	default:	/* AFTER */
		print_any(p, kid(n, 0));
		print_text(p, " after ");
		print_joined(p, kid(n, 1), ", ");
	}
}

/* ---- small parts, and the choice of all ---- */

static void print_part(struct printer *p, const struct node *n)
{
	switch (n->kind) {
	case N_PATH: print_joined(p, kid(n, 0), "."); break;
	case N_FIELD:
	case N_LEVEL:
	case N_PARAM:
	case N_RESULT:
		if (n->sym) {
			print_sym(p, n->sym);
			print_text(p, ": ");
		}
		print_any(p, kid(n, 0));
		if (n->kind == N_PARAM)
			print_optional(p, " = ", kid(n, 1));
		break;
	case N_ITEM:
		print_sym(p, n->sym);
		print_optional(p, " in ", kid(n, 0));
		break;
	case N_ARM:
		print_sym(p, n->sym);
		if (n->sym2) {
			print_text(p, " ");
			print_sym(p, n->sym2);
		}
		print_arm_value(p, kid(n, 0));
		break;
	case N_DOWN:
	case N_PASS:
		print_text(p, n->kind == N_PASS ? "pass " : "");
		print_sym(p, n->sym);
		print_optional(p, " = ", kid(n, 0));
		break;
	case N_ON:
		print_text(p, "on ");
		print_joined(p, kid(n, 0), ", ");
		print_arm_value(p, kid(n, 1));
		break;
	case N_BLOCK: print_block(p, n); break;
	case N_MODULE:
		if (p->one_line)
			print_joined(p, kid(n, 0), "  ");
		else
			print_items(p, kid(n, 0), "");
		break;
	case N_LIST: print_joined(p, n, ", "); break;
	default: print_sym(p, n->sym);	/* names and literals */
	}
}

void print_any(struct printer *p, const struct node *n)
{
	if (p->failed)
		return;
	switch (n->kind) {
	case N_IMPORT: case N_IMPORT_DATA: case N_TYPE_DECL: case N_RECORD_TYPE: case N_ENUM_DECL: case N_TREE_DECL:
	case N_PARAM_DECL: case N_FUNCTION: case N_FLOW: case N_WINDOW_DECL: case N_SOURCE_DECL: case N_SINK_DECL:
	case N_POND_DECL: case N_LOCK_DECL: case N_STATE_DECL: case N_CALCSET: case N_CALCSET_NAMED:
		print_declaration(p, n);
		break;
	case N_ATTR: print_attr(p, n); break;
	case N_RUN: print_run(p, n); break;
	case N_TYPE_NAME: case N_TYPE_LIST: case N_TYPE_OPT: case N_TYPE_CHOICE: case N_TYPE_FUNC: case N_TYPE_AS:
		print_type(p, n);
		break;
	case N_BIND: case N_TARGET: case N_RETURN: case N_VALUE: case N_EXPR_STMT: case N_LET: case N_FOR: case N_IF:
	case N_STAGE: case N_PERSIST: case N_AFTER:
		print_statement(p, n);
		break;
	case N_EACH: case N_STEPS: case N_MATCH: case N_WHEN: case N_CYCLE: case N_RING: case N_WALK: case N_LAUNCH:
		print_pattern(p, n);
		break;
	case N_STRING: case N_RAW_STRING: case N_LIST_EXPR: case N_COMPREHENSION: case N_UNARY: case N_BINARY: case N_ELSE:
	case N_INDEX: case N_MEMBER: case N_CALL: case N_ARG: case N_GATHER: case N_HOLD: case N_PREVIOUS:
		print_value(p, n);
		break;
	default: print_part(p, n);
	}
}

void print_module(struct buf *out, const struct symtab *syms, const struct sources *sources, const struct node *module)
{
	struct buf text = BUF_INIT;
	struct printer p = { .out = &text, .syms = syms, .sources = sources };

	print_any(&p, module);
	if (text.len)
		buf_addch(&text, '\n');
	buf_add(out, buf_str(&text), text.len);
	buf_release(&text);
}

void print_node(struct buf *out, const struct symtab *syms, const struct node *n)
{
	struct printer p = { .out = out, .syms = syms, .one_line = true };

	print_any(&p, n);
}
