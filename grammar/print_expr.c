/* Expressions and types in canonical form, with the fewest parentheses. */
#include "base/utf8.h"
#include "grammar/printer.h"

/* How strongly an expression holds together; the grammar's precedences. */
enum strength { S_ELSE = 1, S_OR, S_AND, S_COMPARE, S_ADD, S_MULTIPLY, S_UNARY, S_POSTFIX, S_PRIMARY };

static enum strength strength_of(const struct node *n)
{
	static const uint8_t of_op[] = {
		[OP_OR] = S_OR, [OP_AND] = S_AND, [OP_EQ] = S_COMPARE, [OP_NE] = S_COMPARE, [OP_LT] = S_COMPARE,
		[OP_LE] = S_COMPARE, [OP_GT] = S_COMPARE, [OP_GE] = S_COMPARE, [OP_ADD] = S_ADD, [OP_SUB] = S_ADD,
		[OP_MUL] = S_MULTIPLY, [OP_DIV] = S_MULTIPLY, [OP_MOD] = S_MULTIPLY,
	};

	switch (n->kind) {
	case N_ELSE: return S_ELSE;
	case N_BINARY: return of_op[n->op];
	case N_UNARY: return S_UNARY;
	case N_INDEX:
	case N_MEMBER: return S_POSTFIX;
	default: return S_PRIMARY;
	}
}

static void print_chain(struct printer *p, const struct node *n);

static void print_operand(struct printer *p, const struct node *n, enum strength least)
{
	bool weak = strength_of(n) < least;
	unsigned tail = p->tail;

	if (weak) {
		print_text(p, "(");
		p->tail++;
	}
	print_value(p, n);
	p->tail = tail;
	if (weak)
		print_text(p, ")");
}

static const char *chain_op(const struct node *n)
{
	return n->kind == N_ELSE ? "else" : node_op_text(n->op);
}

/* `a + b - c` is one chain of its operands: those of the same strength on the side where the grammar groups. */
static void print_link(struct printer *p, const struct node *n, enum strength strength)
{
	if (strength == S_ELSE ? n->kind == N_ELSE : n->kind == N_BINARY && strength != S_COMPARE && strength_of(n) == strength)
		print_chain(p, n);
	else
		print_operand(p, n, strength + 1);
}

/* With the operators at the clauses' beginnings: on the line, or each on its own. */
static void print_chain(struct printer *p, const struct node *n)
{
	enum strength own = strength_of(n);
	bool apart = p->apart;

	if (own == S_ELSE)
		print_operand(p, kid(n, 0), own + 1);
	else
		print_link(p, kid(n, 0), own);
	print_clause(p);
	print_text(p, chain_op(n));
	print_text(p, " ");
	if (own == S_ELSE) {
		print_link(p, kid(n, 1), own);
		return;
	}
	p->apart = false;
	print_operand(p, kid(n, 1), own + 1);
	p->apart = apart;
}

/* What stands for a byte of a decoded text between quotes; NULL: itself. 0x01 marks an escaped brace. */
static const char *escaped(unsigned char c)
{
	switch (c) {
	case '\n': return "\\n";
	case '\r': return "\\r";
	case '"': return "\\\"";
	case '\\': return "\\\\";
	case 1: return "\\";
	default: return NULL;
	}
}

static void print_quoted(struct printer *p, sym_t sym)
{
	const char *s = sym_text(p->syms, sym);
	size_t len = sym_len(p->syms, sym), from = 0;

	print_text(p, "\"");
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c >= 0x20 && c != '"' && c != '\\')
			continue;
		if (c == '\t')
			continue;
		print_bytes(p, s + from, i - from);
		from = i + 1;
		if (escaped(c))
			print_text(p, escaped(c));
		else
			buf_printf(p->out, "\\u{%x}", c);
	}
	print_bytes(p, s + from, len - from);
	print_text(p, "\"");
}

/* A raw string goes on at the margin of the text after its line breaks: the line that it ends is another. */
static void print_raw(struct printer *p, sym_t sym)
{
	const char *text = sym_text(p->syms, sym), *newline = memrchr(text, '\n', sym_len(p->syms, sym));
	size_t first = newline ? (size_t)((const char *)memchr(text, '\n', sym_len(p->syms, sym)) - text) : 0, line;

	print_text(p, "'");
	if (p->trying && newline && p->out->len + first > p->limit)
		p->failed = true;
	print_sym(p, sym);
	if (newline) {
		line = p->out->len - (sym_len(p->syms, sym) - (size_t)(newline + 1 - text));
		p->limit += line - p->line;
		p->line = line;
		p->lines++;
	}
	print_text(p, "'");
}

static void print_string(struct printer *p, const struct node *n)
{
	size_t from = p->out->len, line = p->line;

	if (n->kind == N_STRING)
		print_quoted(p, n->sym);
	else
		print_raw(p, n->sym);
	if (p->line != line)
		from = p->line;
	for (; from < p->out->len; from++) {	/* the width is one of characters */
		if ((p->out->p[from] & 0xC0) == 0x80) {
			p->line++;
			p->limit++;
		}
	}
}

static void print_comprehension_parts(struct printer *p, const struct node *n)
{
	bool apart = p->apart;

	p->apart = false;
	print_value(p, kid(n, 0));
	p->apart = apart;
	print_clause(p);
	print_text(p, "for ");
	print_sym(p, n->sym);
	p->apart = false;
	print_optional(p, " in ", kid(n, 1));
	p->apart = apart;
	print_optional_clause(p, "if ", kid(n, 2));
}

/* Too long for the line: between brackets on lines of their own, so that it begins below them. */
static void print_comprehension(struct printer *p, const struct node *n)
{
	struct attempt a;

	attempt_begin(p, &a);
	print_text(p, "[");
	print_comprehension_parts(p, n);
	print_text(p, "]");
	if (attempt_end(p, &a))
		return;
	print_text(p, "[");
	p->indent++;
	print_newline(p, false);
	print_header(p, print_comprehension_parts, n, 0, 0);
	p->indent--;
	print_newline(p, false);
	print_text(p, "]");
}

void print_value(struct printer *p, const struct node *n)
{
	static const struct brackets arguments = { "(", ")", ", ", "," }, list = { "[", "]", ", ", "," };

	switch (n->kind) {
	case N_STRING:
	case N_RAW_STRING: print_string(p, n); break;
	case N_LIST_EXPR: print_bracketed(p, kid(n, 0), &list); break;
	case N_COMPREHENSION: print_comprehension(p, n); break;
	case N_UNARY:
		print_text(p, node_op_text(n->op));
		print_operand(p, kid(n, 0), S_UNARY);
		break;
	case N_BINARY:
	case N_ELSE: print_header(p, print_chain, n, 1, p->tail); break;
	case N_INDEX:
		print_operand(p, kid(n, 0), S_POSTFIX);
		print_text(p, "[");
		print_value(p, kid(n, 1));
		print_text(p, "]");
		break;
	case N_MEMBER:
		print_operand(p, kid(n, 0), S_POSTFIX);
		print_text(p, ".");
		print_sym(p, n->sym);
		break;
	case N_CALL:
		print_sym(p, n->sym);
		print_bracketed(p, kid(n, 0), &arguments);
		break;
	case N_ARG:
		print_sym(p, n->sym);
		print_text(p, ": ");
		print_any(p, kid(n, 0));
		break;
	/* the operand of these is no more than a postfix expression */
	case N_GATHER:
	case N_HOLD:
		print_text(p, n->kind == N_GATHER ? "gather " : "hold ");
		print_operand(p, kid(n, 0), S_POSTFIX);
		print_text(p, n->kind == N_GATHER ? " over " : " in ");
		print_any(p, kid(n, 1));
		break;
	case N_PREVIOUS:
		print_text(p, "previous ");
		print_operand(p, kid(n, 0), S_POSTFIX);
		break;
	default: print_any(p, n);
	}
}

static void print_type_atom(struct printer *p, const struct node *n)
{
	bool weak = n->kind == N_TYPE_FUNC || n->kind == N_TYPE_CHOICE;

	if (weak)
		print_text(p, "(");
	print_type(p, n);
	if (weak)
		print_text(p, ")");
}

static void print_choice(struct printer *p, const struct node *n)
{
	bool apart = p->apart;

	for (uint32_t i = 0; i < list_len(kid(n, 0)); i++) {
		if (i) {
			print_clause(p);
			print_text(p, "| ");
		}
		p->apart = false;
		print_type_atom(p, list_at(kid(n, 0), i));
		p->apart = apart;
	}
}

static void print_function_type(struct printer *p, const struct node *n)
{
	const struct node *results = kid(n, 1);

	print_text(p, n->flags & NODE_IS_FLOW ? "flow(" : "function(");
	print_joined(p, kid(n, 0), ", ");
	print_text(p, ")");
	if (list_len(results) == 0)
		return;
	print_text(p, list_len(results) > 1 ? " -> (" : " -> ");
	print_joined(p, results, ", ");
	if (list_len(results) > 1)
		print_text(p, ")");
}

void print_type(struct printer *p, const struct node *n)
{
	switch (n->kind) {
	case N_TYPE_NAME:
		print_sym(p, n->sym);
		if (list_len(kid(n, 0))) {
			print_text(p, "[");
			print_joined(p, kid(n, 0), ", ");
			print_text(p, "]");
		}
		break;
	case N_TYPE_LIST:
		print_text(p, "[");
		print_type(p, kid(n, 0));
		print_text(p, "]");
		break;
	case N_TYPE_OPT:
		print_type_atom(p, kid(n, 0));
		print_text(p, "?");
		break;
	case N_TYPE_CHOICE: print_header(p, print_choice, n, 1, p->tail); break;
	case N_TYPE_FUNC: print_function_type(p, n); break;
	case N_TYPE_AS:
		print_type(p, kid(n, 0));
		print_text(p, " as ");
		print_sym(p, n->sym);
		break;
	default: print_any(p, n);
	}
}
