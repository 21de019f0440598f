/* Statements and patterns in canonical form. */
#include "grammar/printer.h"

/* The block of a pattern may stand on the line when it is no more than its value. */
void print_block(struct printer *p, const struct node *block)
{
	static const struct brackets braces = { "{", "}", "  ", "" };
	const struct node *items = kid(block, 0), *only = list_len(items) == 1 ? list_at(items, 0) : NULL;

	if (only && (only->kind == N_VALUE || only->kind == N_EXPR_STMT)) {
		print_text(p, " ");
		print_bracketed(p, items, &braces);
	} else {
		print_body(p, items);
	}
}

/* ---- patterns: a header, and what it is the header of ---- */

static void print_each(struct printer *p, const struct node *n)
{
	print_text(p, "each ");
	print_any(p, list_at(kid(n, 0), 0));
	for (uint32_t i = 1; i < list_len(kid(n, 0)); i++) {
		print_text(p, ",");
		print_optional_clause(p, "", list_at(kid(n, 0), i));
	}
	if (n->flags & NODE_PARTIAL) {
		print_clause(p);
		print_text(p, "partial");
	}
	print_optional_clause(p, "limit ", kid(n, 1));
	print_optional_clause(p, "rotate ", kid(n, 2));
}

static void print_steps(struct printer *p, const struct node *n)
{
	print_optional(p, "steps ", kid(n, 0));
	print_optional_clause(p, "by ", kid(n, 1));
	print_optional_clause(p, "after ", kid(n, 2));
	print_optional_clause(p, "from ", kid(n, 3));
	print_optional_clause(p, "in ", kid(n, 4));
	print_optional_clause(p, "to ", kid(n, 5));
}

static void print_list_clause(struct printer *p, const char *word, const struct node *list)
{
	bool apart = p->apart;

	if (list_len(list) == 0)
		return;
	print_clause(p);
	print_text(p, word);
	p->apart = false;
	print_joined(p, list, ", ");
	p->apart = apart;
}

static void print_cycle(struct printer *p, const struct node *n)
{
	print_text(p, "cycle ");
	print_joined(p, kid(n, 0), ", ");
	print_list_clause(p, "from ", kid(n, 1));
	print_optional_clause(p, "for ", kid(n, 2));
	print_optional_clause(p, "until ", kid(n, 3));
	print_optional_clause(p, "max ", kid(n, 4));
}

static void print_ring(struct printer *p, const struct node *n)
{
	print_text(p, "ring ");
	print_sym(p, n->sym);
	print_optional(p, " in ", kid(n, 0));
	if (n->flags & NODE_PARTIAL)
		print_text(p, " partial");
	print_list_clause(p, "through ", kid(n, 1));
	print_optional_clause(p, "until ", kid(n, 2));
	print_optional_clause(p, "max ", kid(n, 3));
}

static void print_walk(struct printer *p, const struct node *n)
{
	print_optional(p, "walk ", kid(n, 0));
	print_text(p, " as ");
	print_sym(p, n->sym);
	print_list_clause(p, "down ", kid(n, 1));
}

static void print_match(struct printer *p, const struct node *n)
{
	print_optional(p, "match ", kid(n, 0));
}

static void print_when(struct printer *p, const struct node *n)
{
	print_optional(p, "when ", kid(n, 0));
}

static void print_launch(struct printer *p, const struct node *n)
{
	print_optional(p, "launch ", kid(n, 0));
	print_text(p, list_len(kid(n, 1)) > 1 ? " with (" : " with ");
	print_joined(p, kid(n, 1), ", ");
	if (list_len(kid(n, 1)) > 1)
		print_text(p, ")");
}

/* What follows the header, on the line where it can. */
static void print_rest(struct printer *p, const struct node *n)
{
	static const struct brackets arms = { "{", "}", "  ", "" };

	switch (n->kind) {
	case N_EACH: print_block(p, kid(n, 3)); break;
	case N_STEPS: print_block(p, kid(n, 6)); break;
	case N_CYCLE: print_block(p, kid(n, 5)); break;
	case N_MATCH:
		print_text(p, " ");
		print_bracketed(p, kid(n, 1), &arms);
		break;
	case N_WALK: print_body(p, kid(n, 2)); break;
	default:	/* WHEN */
		print_block(p, kid(n, 1));
		if (kid(n, 2)) {
			print_text(p, " else");
			print_block(p, kid(n, 2));
		}
	}
}

/* The same on lines of its own. */
static void print_long_rest(struct printer *p, const struct node *n)
{
	switch (n->kind) {
	case N_EACH: print_body(p, kid(kid(n, 3), 0)); break;
	case N_STEPS: print_body(p, kid(kid(n, 6), 0)); break;
	case N_CYCLE: print_body(p, kid(kid(n, 5), 0)); break;
	case N_MATCH: print_body(p, kid(n, 1)); break;
	case N_WALK: print_body(p, kid(n, 2)); break;
	default:
		print_body(p, kid(kid(n, 1), 0));
		if (kid(n, 2)) {
			print_text(p, " else");
			print_body(p, kid(kid(n, 2), 0));
		}
	}
}

static void print_head_of(struct printer *p, const struct node *n)
{
	switch (n->kind) {
	case N_EACH: print_each(p, n); break;
	case N_STEPS: print_steps(p, n); break;
	case N_CYCLE: print_cycle(p, n); break;
	case N_MATCH: print_match(p, n); break;
	case N_WALK: print_walk(p, n); break;
	default: print_when(p, n);
	}
}

static void print_whole(struct printer *p, const struct node *n)
{
	print_head_of(p, n);
	print_rest(p, n);
}

void print_pattern(struct printer *p, const struct node *n)
{
	switch (n->kind) {
	case N_RING: print_header(p, print_ring, n, 1, p->tail); break;
	case N_LAUNCH: print_launch(p, n); break;
	default:
		if (print_on_line(p, print_whole, n))
			break;
		/* further in than the block that follows: one more where only a condition can break */
		print_header(p, print_head_of, n, n->kind == N_WHEN || n->kind == N_MATCH ? 1 : 2, 2);
		print_long_rest(p, n);
	}
}

/* ---- statements ---- */

/* `=> value` or `=> { … }` */
static void print_arm_value(struct printer *p, const struct node *value)
{
	print_text(p, " =>");
	if (value->kind == N_BLOCK)
		print_block(p, value);
	else
		print_optional(p, " ", value);
}

void print_rule(struct printer *p, const struct node *n)
{
	switch (n->kind) {
	case N_ARM:
		print_sym(p, n->sym);
		if (n->sym2) {
			print_text(p, " ");
			print_sym(p, n->sym2);
		}
		print_column(p, n);
		print_arm_value(p, kid(n, 0));
		break;
	case N_ON:
		print_text(p, "on ");
		print_joined(p, kid(n, 0), ", ");
		print_column(p, n);
		print_arm_value(p, kid(n, 1));
		break;
	default:	/* PASS */
		print_text(p, "pass ");
		print_sym(p, n->sym);
		print_optional(p, " = ", kid(n, 0));
	}
}

static void print_if(struct printer *p, const struct node *n)
{
	unsigned tail = p->tail;

	p->tail = 2;
	p->indent++;	/* what breaks in the condition stands further in than the block */
	print_optional(p, "if ", kid(n, 0));
	p->indent--;
	p->tail = tail;
	print_body(p, kid(kid(n, 1), 0));
	if (!kid(n, 2))
		return;
	print_text(p, " else");
	if (kid(n, 2)->kind == N_IF)
		print_optional(p, " ", kid(n, 2));
	else
		print_body(p, kid(kid(n, 2), 0));
}

/* `value after a, b`: the names go to a line of their own when the value ends where they do not fit. */
static void print_after_names(struct printer *p, const struct node *n)
{
	print_text(p, " after ");
	print_joined(p, kid(n, 1), ", ");
}

static void print_after(struct printer *p, const struct node *n)
{
	print_any(p, kid(n, 0));
	if (print_on_line(p, print_after_names, n))
		return;
	p->indent++;
	print_newline(p, false);
	print_text(p, "after ");
	print_joined(p, kid(n, 1), ", ");
	p->indent--;
}

static void print_target(struct printer *p, const struct node *n)
{
	print_sym(p, n->sym);
	print_optional(p, " : ", kid(n, 0));
	print_optional(p, " at ", kid(n, 1));
}

void print_statement(struct printer *p, const struct node *n)
{
	switch (n->kind) {
	case N_BIND:
		print_joined(p, kid(n, 0), ", ");
		print_optional(p, " = ", kid(n, 1));
		break;
	case N_TARGET: print_target(p, n); break;
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
	default: print_after(p, n);
	}
}
