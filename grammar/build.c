/* Making the tree. Knows the shapes of nodes.def, and nothing of what they mean. */
#include "base/suggest.h"
#include "grammar/parser.h"
#include "grammar/parser_internal.h"

void parser_too_deep(struct parser *p, struct span at)
{
	if (!p->stopped)
		diag_report(p->context->diags, CF008, at, "nested more than %d levels deep", LIMIT_NESTING);
	p->stopped = true;
}

_Static_assert(TREE_DEPTH < 1 << 12, "the depth of a node has 12 bits");
_Static_assert(sizeof(struct node) == 40, "nodes are what most of the memory goes to");

static inline struct node *make(struct parser *p, enum node_kind kind, place_t at, struct node *const *kids, uint32_t n)
{
	struct node *made = arena_alloc(p->context->arena, sizeof *made + n * sizeof *kids);
	unsigned depth = 0;

	*made = (struct node){ .kind = (uint8_t)kind, .nkids = n, .span = place_span(at) };
	for (uint32_t i = 0; i < n; i++) {
		made->kids[i] = kids[i];
		if (kids[i] && kids[i]->depth > depth)
			depth = kids[i]->depth;
	}
	if (depth >= TREE_DEPTH)
		parser_too_deep(p, place_span(at));
	else
		depth++;
	made->depth = depth & 0xFFF;
	return made;
}

struct node *ast_node(struct parser *p, enum node_kind kind, place_t at, struct node *const *kids, uint32_t n)
{
	return make(p, kind, at, kids, n);
}

static enum attr_owner owner_of(enum node_kind kind)
{
	switch (kind) {
	case N_FUNCTION: return OWNER_FUNCTION;
	case N_WINDOW_DECL: return OWNER_WINDOW;
	case N_SOURCE_DECL: return OWNER_SOURCE;
	case N_SINK_DECL: return OWNER_SINK;
	case N_POND_DECL: return OWNER_POND;
	case N_LOCK_DECL: return OWNER_LOCK;
	case N_STATE_DECL: return OWNER_STATE;
	case N_CALCSET:
	case N_CALCSET_NAMED: return OWNER_CALCSET;
	default: return 0;
	}
}

struct node *ast_named(struct parser *p, enum node_kind kind, place_t at, sym_t name, place_t name_at,
		       struct node *const *kids, uint32_t n)
{
	struct node *made = make(p, kind, at, kids, n);

	made->sym = name;
	made->name_span = place_span(name_at);
	if (owner_of(kind) && kind != N_CALCSET)
		attrs_check(p, kids[n - 1], owner_of(kind));	/* the attributes are always the last child */
	return made;
}

struct node *ast_op(struct parser *p, enum node_kind kind, place_t at, enum node_op op, struct node *const *kids,
		    uint32_t n)
{
	struct node *made = make(p, kind, at, kids, n);

	made->op = op;
	return made;
}

struct node *ast_attr(struct parser *p, place_t at, sym_t keyword, place_t keyword_at, struct node *const *args,
		      uint32_t n)
{
	struct node *list = make(p, N_LIST, at, args, n);

	return ast_attr_list(p, at, keyword, keyword_at, list);
}

struct node *ast_attr_list(struct parser *p, place_t at, sym_t keyword, place_t keyword_at, struct node *list)
{
	return ast_named(p, N_ATTR, at, keyword, keyword_at, KIDS(list));
}

struct node *ast_arm(struct parser *p, place_t at, sym_t type, place_t type_at, sym_t variable,
		     struct node *value)
{
	struct node *arm = ast_named(p, N_ARM, at, type, type_at, KIDS(value));

	arm->sym2 = variable;
	return arm;
}

struct node *ast_leaf(struct parser *p, enum node_kind kind, place_t at, sym_t sym)
{
	struct node *leaf = make(p, kind, at, NO_KIDS);

	leaf->sym = kind == N_STRING ? decode_string(p, place_span(at), sym) : sym;
	leaf->name_span = leaf->span;
	return leaf;
}

struct node *ast_flags(struct node *n, unsigned flags)
{
	n->flags |= (uint8_t)flags;
	return n;
}

static bool is_near(const char *word, const char *to)
{
	struct suggest s;

	suggest_init(&s, word);
	suggest_offer(&s, to);
	return s.best != NULL;
}

struct node *ast_calcset(struct parser *p, struct node *set, sym_t scope, place_t scope_at)
{
	const char *word = sym_text(p->context->syms, scope);

	if (strcmp(word, "list") == 0) {
		set->flags |= NODE_ON_LIST;
	} else if (strcmp(word, "pod") != 0) {
		diag_report(p->context->diags, CF107, place_span(scope_at), "a calculation set stands `on pod` or `on list`, not on `%s`",
			    word);
		const char *near = is_near(word, "list") ? "list" : is_near(word, "pod") ? "pod" : NULL;
		if (near)
			diag_fix(p->context->diags, place_span(scope_at), near, "did you mean `%s`?", near);
		else
			diag_help(p->context->diags, "write `on pod`: its steps run in one pod, or `on list`: each function has workers of its own");
	}
	attrs_check(p, kid(set, set->nkids - 1), OWNER_CALCSET);
	return set;
}

struct node *ast_block_value(struct parser *p, place_t at, struct node_list targets)
{
	struct node *names = ast_end(p, at, targets);

	bool told = false;

	for (uint32_t i = 0; i < names->nkids; i++) {
		struct node *target = names->kids[i];

		if ((kid(target, 0) || kid(target, 1)) && !told) {
			told = true;
			diag_report(p->context->diags, CF010, target->span, "expected `=` after the type or the medium of `%s`",
				    sym_text(p->context->syms, target->sym));
		}
		target->kind = N_NAME;
		target->span = target->name_span;
		target->nkids = 0;
	}
	return ast_node(p, N_VALUE, at, KIDS(names));
}

void ast_module(struct parser *p, place_t at, struct node_list items)
{
	p->module = ast_node(p, N_MODULE, at, KIDS(ast_end(p, at, items)));
}

struct node_list ast_list(struct parser *p)
{
	return (struct node_list){ (uint32_t)p->top, 0 };
}

struct node_list ast_push(struct parser *p, struct node_list list, struct node *n)
{
	size_t end = (size_t)list.start + list.count;

	p->stack = mem_grow(p->stack, &p->cap, end + 1, sizeof(struct node *));
	p->stack[end] = n;
	p->top = end + 1;
	list.count++;
	return list;
}

struct node_list ast_unshift(struct parser *p, struct node *n, struct node_list list)
{
	struct node **items;

	ast_push(p, list, NULL);
	items = p->stack + list.start;
	memmove(items + 1, items, list.count * sizeof *items);
	items[0] = n;
	list.count++;
	return list;
}

struct node *ast_end(struct parser *p, place_t at, struct node_list list)
{
	struct node *made = make(p, N_LIST, at, list.count ? p->stack + list.start : NULL, list.count);

	p->top = list.start;
	return made;
}

struct node *ast_no_list(struct parser *p, place_t at)
{
	return make(p, N_LIST, PLACE(place_from(at), place_from(at)), NO_KIDS);
}

struct node *ast_nothing(struct parser *p)
{
	if (!p->nothing)
		p->nothing = make(p, N_LIST, 0, NO_KIDS);
	return p->nothing;
}
