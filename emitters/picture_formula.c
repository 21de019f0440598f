/*
 * An expression in the language's words, made from its tree: a graph document has no text of it, and its picture is the same. Values are
 * called what made them is called; one that the compiler made is written out where it is used.
 */
#include "emitters/picture_parts.h"

#include <string.h>

enum { ENOUGH = 200, NESTED = 8 };	/* bytes that a label can be cut from; computed values within computed values */
enum { ELSE = 1, UNARY = 7, LEAF = 8 };	/* how strongly it binds; operators of two sides stand between */

struct formula {
	const struct picture *pic;
	const struct graph_node *n;	/* whose formula it is */
	struct buf *out;
	unsigned nested;
};

static const struct { const char *text; unsigned binds; } binary[] = {
	[OP_OR] = { " || ", 2 }, [OP_AND] = { " && ", 3 }, [OP_EQ] = { " == ", 4 }, [OP_NE] = { " != ", 4 }, [OP_LT] = { " < ", 4 },
	[OP_LE] = { " <= ", 4 }, [OP_GT] = { " > ", 4 }, [OP_GE] = { " >= ", 4 }, [OP_ADD] = { " + ", 5 }, [OP_SUB] = { " - ", 5 },
	[OP_MUL] = { " * ", 6 }, [OP_DIV] = { " / ", 6 }, [OP_MOD] = { " % ", 6 },
};

static void put(struct formula *f, const struct expr *x, unsigned around);

/* ---- values ---- */

/* Scalars alone: what is longer says nothing in a label. */
static void put_word(struct formula *f, type_t type, word_t w)
{
	struct compilation *c = f->pic->c;
	struct buf text = BUF_INIT;
	enum type_kind kind = type_of(&c->types, type)->kind;
	if (kind == TYPE_LIST || kind == TYPE_RECORD || kind == TYPE_OPTIONAL || kind == TYPE_CHOICE)
		buf_addstr(&text, "[…]");
	else if (kind == TYPE_ENUM)
		word_text(&c->store, &c->types, type, w, &text);
	else if (!word_json(&c->store, &c->types, type, w, &text))
		buf_clear(&text);
	label_short(f->out, buf_str(&text), text.len);
	buf_release(&text);
}

static void put_port(struct formula *f, const struct graph_value *v, unsigned around)
{
	const struct graph *g = f->pic->g;
	const struct graph_node *n = &g->node[v->a];
	const char *part = label_part(name_of(f->pic->c, n->name));
	if (n->kind == GRAPH_COMPUTE && label_made_up(part) && f->nested < NESTED) {
		struct formula inner = { f->pic, n, f->out, f->nested + 1 };
		put(&inner, g->formula[n->of].x, around);
	} else {
		label_short(f->out, part, strcspn(part, "~."));
	}
}

static void put_argument(struct formula *f, uint32_t arg, unsigned around)
{
	const struct graph *g = f->pic->g;
	const struct graph_value *v = &g->value[g->item[f->n->first_arg + arg]];
	switch ((enum plan_value_kind)v->kind) {
	case VALUE_CONST:
		if (g->constant[v->a]->kind == X_WORD)
			put_word(f, g->constant[v->a]->type, g->constant[v->a]->word);
		else
			buf_addstr(f->out, "item");
		break;
	case VALUE_PORT: put_port(f, v, around); break;
	case VALUE_SOURCE: buf_addstr(f->out, v->a == GRAPH_IMPLIED ? "inputs" : name_of(f->pic->c, f->pic->c->program.outside[v->a].name)); break;
	case VALUE_ITEM: buf_addstr(f->out, "item"); break;
	case VALUE_CARRY: buf_addstr(f->out, "last"); break;
	case VALUE_PARENTS: buf_addstr(f->out, "parents"); break;
	case VALUE_INPUTS: buf_addstr(f->out, "inputs"); break;
	case VALUE_ABSENT: buf_addstr(f->out, "absent"); break;
	case VALUE_LIST: case VALUE_PARAM: buf_addstr(f->out, "[…]"); break;
	}
}

/* ---- operations ---- */

static void put_list(struct formula *f, const char *before, const struct expr *x, const char *after)
{
	buf_addstr(f->out, before);
	for (uint32_t i = 0; i < x->kids && f->out->len < ENOUGH; i++) {
		buf_addstr(f->out, i ? ", " : "");
		put(f, x->kid[i], 0);
	}
	buf_addstr(f->out, after);
}

static void put_field(struct formula *f, const struct expr *of, uint32_t field)
{
	struct compilation *c = f->pic->c;
	type_t type = of->type;
	if (type_of(&c->types, type)->kind == TYPE_LIST)
		type = type_of(&c->types, type)->elem;
	buf_addstr(f->out, name_of(c, type_field_at(&c->types, type, field)->name));
}

/* Package(name: p.name, size: p.size): each field is that of one and the same value, which alone needs to be told. */
static const struct expr *record_of_one(const struct expr *x)
{
	for (uint32_t i = 0; i < x->kids; i++) {
		const struct expr *kid = x->kid[i], *first = x->kid[0];
		if (kid->kind != X_FIELD || (kid->kid[0]->kind != X_ARG && kid->kid[0]->kind != X_ROW) || kid->kid[0]->kind != first->kid[0]->kind ||
		    (kid->kid[0]->kind == X_ARG && kid->kid[0]->a != first->kid[0]->a))
			return NULL;
	}
	return x->kids > 1 ? x->kid[0]->kid[0] : NULL;
}

static void put_record(struct formula *f, const struct expr *x)
{
	const struct expr *one = record_of_one(x);
	if (one) {
		buf_printf(f->out, "%s(", type_text(&f->pic->c->types, x->type));
		put(f, one, 0);
		buf_addch(f->out, ')');
		return;
	}
	buf_addstr(f->out, type_text(&f->pic->c->types, x->type));
	for (uint32_t i = 0; i < x->kids && f->out->len < ENOUGH; i++) {
		buf_addstr(f->out, i ? ", " : "(");
		put_field(f, x, i);
		buf_addstr(f->out, ": ");
		put(f, x->kid[i], 0);
	}
	buf_addstr(f->out, ")");
}

static void put_text(struct formula *f, const struct expr *x)
{
	struct compilation *c = f->pic->c;
	buf_addch(f->out, '"');
	for (uint32_t i = 0; i < x->kids && f->out->len < ENOUGH; i++) {
		if (x->kid[i]->kind == X_WORD) {
			word_text(&c->store, &c->types, x->kid[i]->type, x->kid[i]->word, f->out);
			continue;
		}
		buf_addch(f->out, '{');
		put(f, x->kid[i], 0);
		buf_addch(f->out, '}');
	}
	buf_addch(f->out, '"');
}

static void put_for(struct formula *f, const struct expr *x)
{
	buf_addch(f->out, '[');
	put(f, x->kid[1], 0);
	buf_addstr(f->out, " for x in ");
	put(f, x->kid[0], 0);
	if (x->kids > 2) {
		buf_addstr(f->out, " if ");
		put(f, x->kid[2], 0);
	}
	buf_addch(f->out, ']');
}

static unsigned binds(const struct expr *x)
{
	switch (x->kind) {
	case X_BINARY: return binary[x->op].binds;
	case X_ELSE: return ELSE;
	case X_NOT: case X_NEG: return UNARY;
	default: return LEAF;
	}
}

static void put_operation(struct formula *f, const struct expr *x)
{
	switch ((enum expr_kind)x->kind) {
	case X_BINARY:
		put(f, x->kid[0], binds(x));
		buf_addstr(f->out, binary[x->op].text);
		put(f, x->kid[1], binds(x) + 1);
		break;
	case X_ELSE:
		put(f, x->kid[0], ELSE + 1);
		buf_addstr(f->out, " else ");
		put(f, x->kid[1], ELSE);
		break;
	case X_NOT: case X_NEG:
		buf_addch(f->out, x->kind == X_NOT ? '!' : '-');
		put(f, x->kid[0], UNARY);
		break;
	case X_FIELD:
		put(f, x->kid[0], LEAF);
		buf_addch(f->out, '.');
		put_field(f, x->kid[0], x->a);
		break;
	case X_INDEX: case X_KEY:
		put(f, x->kid[0], LEAF);
		buf_addch(f->out, '[');
		put(f, x->kid[1], 0);
		buf_addch(f->out, ']');
		break;
	case X_GROUPS:
		buf_addstr(f->out, "groups(");
		put(f, x->kid[0], 0);
		buf_addstr(f->out, ", ");
		put_field(f, x->kid[0], x->a);
		buf_addch(f->out, ')');
		break;
	case X_LEN: put_list(f, "len(", x, ")"); break;
	case X_RANGE: put_list(f, "range(", x, ")"); break;
	case X_SECONDS: put_list(f, "seconds(", x, ")"); break;
	case X_CHUNKS: put_list(f, "chunks(", x, ")"); break;
	case X_LIST: put_list(f, "[", x, "]"); break;
	case X_FOR: put_for(f, x); break;
	case X_RECORD: put_record(f, x); break;
	case X_TEXT: put_text(f, x); break;
	default: buf_addstr(f->out, "…"); break;
	}
}

static void put(struct formula *f, const struct expr *x, unsigned around)
{
	if (f->out->len > ENOUGH)
		return;
	switch ((enum expr_kind)x->kind) {
	case X_ARG: put_argument(f, x->a, around); break;
	case X_WORD: put_word(f, x->type, x->word); break;
	case X_ROW: buf_addstr(f->out, "item"); break;
	case X_LOCAL: buf_addch(f->out, 'x'); break;
	case X_ABSENT: buf_addstr(f->out, "absent"); break;
	case X_SOME: case X_CHOICE: put(f, x->kid[0], around); break;
	case X_ARM: buf_addstr(f->out, name_of(f->pic->c, type_field_at(&f->pic->c->types, x->kid[0]->type, x->a)->name)); break;
	default:
		buf_addstr(f->out, binds(x) < around ? "(" : "");
		put_operation(f, x);
		buf_addstr(f->out, binds(x) < around ? ")" : "");
		break;
	}
}

void formula_text(const struct picture *pic, const struct graph_node *n, struct buf *out)
{
	struct formula f = { pic, n, out, 0 };
	put(&f, pic->g->formula[n->of].x, 0);
}
