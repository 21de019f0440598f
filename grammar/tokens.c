/*
 * The token source: between the lexer and Bison. It counts brackets, and has the text taken up again after a syntax
 * error (recover.c). It knows lines, indentation and brackets, and no rule of the grammar.
 */
#include "grammar/parser.h"
#include "grammar/parser_internal.h"

static bool is_opening(int kind)
{
	return kind == T_LBRACE || kind == T_LPAREN || kind == T_LBRACKET;
}

static bool is_closing(int kind)
{
	return kind == T_RBRACE || kind == T_RPAREN || kind == T_RBRACKET;
}

static int opening_of(int closing)
{
	return closing == T_RBRACE ? T_LBRACE : closing == T_RPAREN ? T_LPAREN : T_LBRACKET;
}

void token_raw(struct parser *p, struct token *t)
{
	if (p->queue_at < p->queued) {
		*t = p->queue[p->queue_at++];
		return;
	}
	lexer_next(&p->lexer, t);
}

void token_put_back(struct parser *p, const struct token *tokens, unsigned n)
{
	unsigned left = p->queued - p->queue_at;

	if (n + left > QUEUE)
		left = QUEUE - n;	/* cannot be: at most LIMIT_NESTING braces and three tokens */
	memmove(p->queue + n, p->queue + p->queue_at, left * sizeof *tokens);
	memcpy(p->queue, tokens, n * sizeof *tokens);
	p->queued = n + left;
	p->queue_at = 0;
}

static void open_bracket(struct parser *p, const struct token *t)
{
	if (p->depth >= LIMIT_NESTING) {
		parser_too_deep(p, t->span);
		return;
	}
	p->depth++;
	p->open[p->depth] = (struct open_bracket){ t->kind, t->span.at, p->open[p->depth - 1].line_indent };
}

static void count_bracket(struct parser *p, const struct token *t)
{
	p->closed.kind = 0;
	if (t->first) {
		p->open[p->depth].line_indent = t->indent;
		p->line = *t;
		p->line_depth = p->depth;
	}
	if (is_opening(t->kind)) {
		open_bracket(p, t);
	} else if (is_closing(t->kind) && p->depth && p->open[p->depth].kind == opening_of(t->kind)) {
		p->closed = p->open[p->depth];
		p->depth--;
	}
}

void token_uncount_last(struct parser *p)
{
	if (is_opening(p->last.kind) && p->depth && p->open[p->depth].at == p->last.span.at) {
		p->depth--;
	} else if (p->closed.kind) {
		p->depth++;
		p->open[p->depth] = p->closed;
	}
	p->closed.kind = 0;
}

void token_drop_to_brace(struct parser *p)
{
	while (p->depth && p->open[p->depth].kind != T_LBRACE)
		p->depth--;
}

/*
 * The quick parser ends at the first error: it needs no more of the brackets than how deep they are. What a token does
 * to that is looked up, since a processor cannot guess it.
 */
int calc_lex_quick(union CALC_STYPE *value, place_t *at, struct parser *p)
{
	static const int8_t deeper[256] = {
		[T_LBRACE] = 1, [T_LPAREN] = 1, [T_LBRACKET] = 1, [T_RBRACE] = -1, [T_RPAREN] = -1, [T_RBRACKET] = -1,
	};
	struct token *t = &p->last;

	if (p->stopped)
		*t = (struct token){ .kind = T_END };
	else
		lexer_next(&p->lexer, t);
	p->quick_depth += deeper[t->kind];
	if (p->quick_depth > LIMIT_NESTING)
		parser_too_deep(p, t->span);
	value->sym = t->sym;
	*at = PLACE(t->span.at, t->span.at + t->span.len);
	return t->kind;
}

int calc_lex(union CALC_STYPE *value, place_t *at, struct parser *p)
{
	struct token *t = &p->last;

	if (p->panic && !p->stopped) {
		token_skip_to_resume(p);
	} else {
		p->before = *t;
		if (!p->stopped)
			token_raw(p, t);
		else
			*t = (struct token){ .kind = T_END, .span = p->before.span };
	}
	if (t->kind == T_END && !p->stopped) {
		token_drop_to_brace(p);
		if (p->depth)
			t->kind = T_UNFINISHED;
	}
	count_bracket(p, t);
	value->sym = t->sym;
	*at = PLACE(t->span.at, t->span.at + t->span.len);
	return t->kind;
}
