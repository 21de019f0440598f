/* The canonical form of a tree: which file prints which kind of node. */
#include "base/mem.h"
#include "grammar/printer.h"

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
	case N_DOWN:
		print_sym(p, n->sym);
		print_optional(p, " = ", kid(n, 0));
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
	if (p->trying && p->out->len > p->limit)
		p->failed = true;
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
	case N_ARM: case N_ON: case N_PASS: print_rule(p, n); break;
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
	sym_t *keywords = mem_zalloc(print_keywords(syms, NULL), sizeof *keywords);
	struct printer p = { .out = &text, .syms = syms, .sources = sources, .keywords = keywords };

	print_keywords(syms, keywords);
	print_any(&p, module);
	if (text.len)
		buf_addch(&text, '\n');
	pads_apply(&p, out);
	buf_release(&text);
	mem_free(p.pads);
	mem_free(keywords);
}

void print_node(struct buf *out, const struct symtab *syms, const struct node *n)
{
	struct printer p = { .out = out, .syms = syms, .one_line = true };

	print_any(&p, n);
}
