/* Expressions on values of the run → expression functions of the plan. */
#include "compiler/planner_parts.h"

#include <string.h>

#include "base/mem.h"
#include "base/hash.h"

static uint8_t expr_kind(uint8_t kind)
{
	static const uint8_t of[] = {
		[X_ARG] = EXPR_ARG, [X_WORD] = EXPR_CONST, [X_LOCAL] = EXPR_LOCAL, [X_FIELD] = EXPR_FIELD, [X_INDEX] = EXPR_INDEX, [X_LIST] = EXPR_LIST,
		[X_FOR] = EXPR_FOR, [X_RECORD] = EXPR_RECORD, [X_SOME] = EXPR_SOME, [X_ABSENT] = EXPR_ABSENT, [X_ELSE] = EXPR_ELSE, [X_NOT] = EXPR_NOT,
		[X_NEG] = EXPR_NEG, [X_BINARY] = EXPR_BINARY, [X_TEXT] = EXPR_TEXT, [X_LEN] = EXPR_LEN, [X_RANGE] = EXPR_RANGE, [X_SECONDS] = EXPR_SECONDS,
		[X_CHUNKS] = EXPR_CHUNKS, [X_GROUPS] = EXPR_GROUPS, [X_CHOICE] = EXPR_CHOICE, [X_ARM] = EXPR_ARM,
		[X_GATHER] = EXPR_LIST, [X_PREVIOUS] = EXPR_ABSENT,	/* of a picture only: no plan that runs has them */
	};
	return of[kind];
}

static uint8_t expr_op(uint8_t op)
{
	static const uint8_t of[] = {
		[OP_ADD] = PLAN_OP_ADD, [OP_SUB] = PLAN_OP_SUB, [OP_MUL] = PLAN_OP_MUL, [OP_DIV] = PLAN_OP_DIV, [OP_MOD] = PLAN_OP_MOD,
		[OP_EQ] = PLAN_OP_EQ, [OP_NE] = PLAN_OP_NE, [OP_LT] = PLAN_OP_LT, [OP_LE] = PLAN_OP_LE, [OP_GT] = PLAN_OP_GT, [OP_GE] = PLAN_OP_GE,
		[OP_AND] = PLAN_OP_AND, [OP_OR] = PLAN_OP_OR,
	};
	return of[op];
}

/* Its place in the plan; what it is, in a fixed form, goes to `text`: the function's digest is made of it. */
static uint32_t expr_in_plan(struct planner *pl, const struct expr *x, struct buf *text)
{
	if (x->kind == X_HOLD)		/* of a picture only */
		return expr_in_plan(pl, x->kid[0], text);
	struct plan_expr one = { .kind = expr_kind(x->kind), .type = type_in_plan(pl, x->type), .a = x->kind < X_GATHER ? x->a : 0, .kids = x->kids, .loc = loc_of(pl, x->span) };
	uint32_t *kid = mem_alloc(((size_t)x->kids + 1) * sizeof *kid);

	buf_addch(text, '(');
	for (uint32_t i = 0; i < x->kids; i++)
		kid[i] = expr_in_plan(pl, x->kid[i], text);
	if (x->kind == X_WORD)
		one.a = constant_in_plan(pl, x->type, x->word, x->span);
	if (x->kind == X_BINARY)
		one.op = expr_op(x->op);
	one.first = items_in_plan(pl, kid, x->kids);
	mem_free(kid);
	buf_printf(text, "%u %u %u %s", one.kind, one.op, x->kind == X_WORD ? 0 : one.a, type_text(&pl->c->types, x->type));
	if (x->kind == X_WORD) {
		buf_addch(text, ' ');
		word_json(&pl->c->store, &pl->c->types, x->type, x->word, text);
	}
	buf_addch(text, ')');
	return pool_add(&pl->expr, sizeof one, &one);
}

uint32_t compute_in_plan(struct planner *pl, const struct graph_node *n)
{
	const struct graph *g = pl->g;
	const struct expr *x = g->formula[n->of].x;
	struct buf text = BUF_INIT;
	uint8_t sum[32];
	char hex[65], name[16];
	struct plan_func one = {
		.name = settled(pl, name_of(pl->c, n->name)), .image = settled(pl, ""), .loc = loc_of(pl, n->span), .params = n->args, .results = 1,
		.stdin_param = PLAN_NONE, .stdout_result = PLAN_NONE, .effect = EFFECT_PURE, .group = PLAN_NONE,
	};

	buf_addstr(&text, "expression 1\n");
	one.first_param = (uint32_t)pl->port.count;
	for (uint32_t i = 0; i < n->args; i++) {
		type_t type = g->value[g->item[n->first_arg + i]].type;
		struct plan_port port = { .type = type_in_plan(pl, type), .format = FORMAT_NATURAL };
		snprintf(name, sizeof name, "v%u", i);
		port.name = settled(pl, name);
		buf_printf(&text, "param %s\n", type_text(&pl->c->types, type));
		pool_add(&pl->port, sizeof port, &port);
	}
	one.first_result = (uint32_t)pl->port.count;
	struct plan_port out = { settled(pl, "out"), type_in_plan(pl, x->type), FORMAT_NATURAL };
	pool_add(&pl->port, sizeof out, &out);
	one.expr = expr_in_plan(pl, x, &text);
	sha256_of(buf_str(&text), text.len, sum);
	sha256_hex(sum, hex);
	one.digest = settled(pl, hex);
	buf_release(&text);
	return pool_add(&pl->func, sizeof one, &one);
}
