/* Declarations, attributes and calculation sets in canonical form. */
#include "grammar/printer.h"

static const struct brackets params = { "(", ")", ", ", "," };

static void print_head(struct printer *p, const struct node *n)
{
	print_text(p, node_kind_name(n->kind));
	if (n->kind == N_SOURCE_DECL || n->kind == N_SINK_DECL || n->kind == N_STATE_DECL)
		print_column(p, n);
	print_text(p, " ");
	print_sym(p, n->sym);
}

/* ---- attributes ---- */

static const struct {
	const char *keyword, *between;
} attributes[] = {
#define ATTR(keyword, class, where, between, shape) { #keyword, between },
#include "grammar/attrs.def"
#undef ATTR
};

enum { ATTRIBUTES = sizeof attributes / sizeof *attributes };

size_t print_keywords(const struct symtab *syms, sym_t *keywords)
{
	for (size_t i = 0; keywords && i < ATTRIBUTES; i++)
		keywords[i] = sym_find(syms, attributes[i].keyword, strlen(attributes[i].keyword));
	return ATTRIBUTES;
}

static const char *between_args(const struct printer *p, sym_t keyword)
{
	for (size_t i = 0; i < ATTRIBUTES; i++) {
		if (p->keywords ? p->keywords[i] == keyword : strcmp(attributes[i].keyword, sym_text(p->syms, keyword)) == 0)
			return attributes[i].between;
	}
	return " ";
}

void print_attr(struct printer *p, const struct node *n)
{
	static const struct brackets rights = { "{", "}", "; ", "" };
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
	if (list_len(args)) {
		print_text(p, " ");
		print_joined(p, args, between_args(p, n->sym));
	}
	if (n->flags & NODE_PORTABLE)
		print_text(p, " portable");
	if (n->flags & NODE_OPEN)
		print_text(p, "..");
}

/* Those of a declaration without braces. */
static void print_attrs(struct printer *p, const struct node *attrs)
{
	for (uint32_t i = 0; i < list_len(attrs); i++)
		print_optional_clause(p, "", list_at(attrs, i));
}

/* ---- functions and flows ---- */

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
		print_any(p, list_at(results, 0));
}

static void print_signature(struct printer *p, const struct node *n)
{
	print_head(p, n);
	print_generics(p, kid(n, 0));
	print_bracketed(p, kid(n, 1), &params);
	print_results(p, kid(n, 2));
}

/* A signature that is too long: its parameters one a line, though they would fit, and then its results. */
static void print_long_signature(struct printer *p, const struct node *n)
{
	print_head(p, n);
	print_generics(p, kid(n, 0));
	if (list_len(kid(n, 1)) > 1)
		print_bracketed_lines(p, kid(n, 1), &params);
	else
		print_bracketed(p, kid(n, 1), &params);
	print_results(p, kid(n, 2));
}

static void print_callable(struct printer *p, const struct node *n)
{
	unsigned tail = p->tail;

	p->tail = 2;
	if (!print_on_line(p, print_signature, n))
		print_long_signature(p, n);
	p->tail = tail;
	print_body(p, n->kind == N_FUNCTION ? kid(n, 3) : kid(kid(n, 3), 0));
}

/* ---- sources, sinks, state ---- */

static void print_family(struct printer *p, const struct node *family)
{
	static const struct brackets square = { "[", "]", ", ", "," };

	if (list_len(family))
		print_bracketed(p, family, &square);
}

/* A type behind the name, in columns with those of the neighbours. */
static void print_column_type(struct printer *p, const struct node *n, const struct node *type)
{
	print_column(p, n);
	print_optional(p, " : ", type);
	print_column(p, n);
}

static void print_data(struct printer *p, const struct node *n)
{
	print_head(p, n);
	switch (n->kind) {
	case N_WINDOW_DECL:
		print_text(p, " =");
		print_attrs(p, kid(n, 0));
		break;
	case N_LOCK_DECL: print_attrs(p, kid(n, 0)); break;
	case N_STATE_DECL:
		print_column_type(p, n, kid(n, 0));
		print_optional(p, " = ", kid(n, 1));
		print_attrs(p, kid(n, 2));
		break;
	default:
		print_family(p, kid(n, 0));
		print_column_type(p, n, kid(n, 1));
		print_attrs(p, kid(n, 2));
	}
}

static void print_import_data(struct printer *p, const struct node *n)
{
	print_optional(p, "import data ", kid(n, 0));
	print_optional_clause(p, "at ", kid(n, 1));
	print_clause(p);
	print_text(p, "as ");
	print_sym(p, n->sym);
	print_optional(p, " : ", kid(n, 2));
	print_optional(p, " by ", kid(n, 3));
}

static void print_tree(struct printer *p, const struct node *n)
{
	print_head(p, n);
	print_text(p, " =");
	for (uint32_t i = 0; i < list_len(kid(n, 0)); i++)
		print_optional_clause(p, i ? "> " : "", list_at(kid(n, 0), i));
}

/* ---- calculation sets ---- */

static void print_calcset(struct printer *p, const struct node *n, const struct node *family, const struct node *items)
{
	unsigned tail = p->tail;

	p->tail = (unsigned)strlen(" on list {");
	if (list_len(family))
		print_bracketed(p, family, &params);
	p->tail = tail;
	print_text(p, n->flags & NODE_ON_LIST ? " on list" : " on pod");
	print_body(p, items);
}

void print_run(struct printer *p, const struct node *n)
{
	print_text(p, "run ");
	print_joined(p, kid(n, 0), ", ");
	if (list_len(kid(n, 0)))
		print_text(p, " <- ");
	print_any(p, kid(n, 1));
}

void print_declaration(struct printer *p, const struct node *n)
{
	static const struct brackets fields = { "{", "}", ", ", "," }, members = { "{", "}", " ", "" },
				     braces = { "{", "}", "  ", "" };

	switch (n->kind) {
	case N_IMPORT: print_optional(p, "import ", kid(n, 0)); break;
	case N_IMPORT_DATA: print_header(p, print_import_data, n, 1, 0); break;
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
	case N_TREE_DECL: print_header(p, print_tree, n, 1, 0); break;
	case N_PARAM_DECL:
		print_head(p, n);
		print_optional(p, ": ", kid(n, 0));
		print_optional(p, " = ", kid(n, 1));
		break;
	case N_FUNCTION:
	case N_FLOW: print_callable(p, n); break;
	case N_POND_DECL:
		print_head(p, n);
		print_text(p, " ");
		print_bracketed(p, kid(n, 0), &braces);
		break;
	case N_CALCSET:
		print_head(p, n);
		print_calcset(p, n, kid(n, 0), kid(n, 1));
		break;
	case N_CALCSET_NAMED:
		print_optional(p, "calcset ", kid(n, 0));
		print_calcset(p, n, kid(n, 1), kid(n, 2));
		break;
	default: print_header(p, print_data, n, 1, 0);
	}
}
