/*
 * The token source: between the lexer and Bison. It counts brackets, and after a syntax error it looks for the place
 * where the text can be taken up again. It knows lines, indentation and brackets, and no rule of the grammar.
 *
 * Taking up: Bison falls back to the list of the innermost open brace (each such list has a rule `error RESYNC`).
 * So the place is, in that brace: behind a `;`, at the closing brace, or at a line that begins with a word and is
 * not indented more than the line where the wrong statement began. A declaration at the left margin always is such
 * a place: braces that are still open were forgotten, and are closed first.
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

static void next_raw(struct parser *p, struct token *t)
{
	if (p->queue_at < p->queued) {
		*t = p->queue[p->queue_at++];
		return;
	}
	lexer_next(&p->lexer, t);
}

/* Puts tokens before those that are still queued. */
static void put_back(struct parser *p, const struct token *tokens, unsigned n)
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
	if (t->first)
		p->open[p->depth].line_indent = t->indent;
	if (is_opening(t->kind)) {
		open_bracket(p, t);
	} else if (is_closing(t->kind) && p->depth && p->open[p->depth].kind == opening_of(t->kind)) {
		p->closed = p->open[p->depth];
		p->depth--;
	}
}

/* Undoes what the token handed out last did to the brackets: it is looked at anew. */
static void uncount_last(struct parser *p)
{
	if (is_opening(p->last.kind) && p->depth && p->open[p->depth].at == p->last.span.at) {
		p->depth--;
	} else if (p->closed.kind) {
		p->depth++;
		p->open[p->depth] = p->closed;
	}
	p->closed.kind = 0;
}

/* Brackets opened within the innermost brace are forgotten with the statement that opened them. */
static void drop_to_brace(struct parser *p)
{
	while (p->depth && p->open[p->depth].kind != T_LBRACE)
		p->depth--;
}

static bool starts_declaration(int kind)
{
	switch (kind) {
	case T_IMPORT: case T_TYPE: case T_ENUM: case T_TREE: case T_PARAM: case T_FUNCTION: case T_FLOW: case T_WINDOW:
	case T_SOURCE: case T_SINK: case T_POND: case T_LOCK: case T_STATE: case T_CALCSET:
		return true;
	default:
		return false;
	}
}

bool token_begins_declaration(const struct token *keyword, const struct token *next)
{
	return keyword->first && keyword->indent == 0 && starts_declaration(keyword->kind) &&
	       (parser_token_is_word(next->kind) || next->kind == T_STRING) && !next->first;
}

/* RESYNC at t, then closing braces down to `depth`, then t and perhaps the token after it. */
static void resume(struct parser *p, const struct token *t, const struct token *after, unsigned depth)
{
	struct token queue[LIMIT_NESTING + 2];
	unsigned n = 0;

	for (; p->depth > depth; p->depth--) {
		if (p->open[p->depth].kind == T_LBRACE)
			queue[n++] = (struct token){ .kind = T_RBRACE, .span = { t->span.at, 0 } };
	}
	if (t->kind != T_SEMICOLON)
		queue[n++] = *t;
	if (after)
		queue[n++] = *after;
	/* the brackets of the closing braces are counted when they are handed out */
	for (unsigned i = 0; i < n && queue[i].kind == T_RBRACE && queue[i].span.len == 0; i++)
		p->open[++p->depth] = (struct open_bracket){ .kind = T_LBRACE };
	put_back(p, queue, n);
	p->resumed_at = t->span.at;
	p->panic = false;
}

/* Makes RESYNC the token handed out, and queues what follows it. */
static void skip_to_resume(struct parser *p)
{
	struct token t, again[2], *resync = &p->last;
	uint32_t margin;
	unsigned depth, braces = 0;

	uncount_last(p);
	again[0] = p->before;
	again[1] = p->last;
	if (token_begins_declaration(&again[0], &again[1]) && again[0].span.at != p->resumed_at)
		put_back(p, again, 2);
	else
		put_back(p, again + 1, 1);
	p->before = p->last;
	drop_to_brace(p);
	margin = p->open[p->depth].line_indent;
	depth = p->depth;
	for (;;) {
		bool fresh;

		next_raw(p, &t);
		*resync = (struct token){ .kind = T_RESYNC, .span = { t.span.at, 0 } };
		fresh = t.span.at != p->resumed_at;
		if (t.kind == T_END || t.kind == T_UNFINISHED) {
			t.kind = T_END;
			resume(p, &t, NULL, 0);
			return;
		}
		if (t.first && t.indent == 0 && starts_declaration(t.kind) && fresh) {
			struct token next;

			next_raw(p, &next);
			if (token_begins_declaration(&t, &next)) {
				resume(p, &t, &next, 0);
				return;
			}
			put_back(p, &next, 1);
		}
		if (t.kind == T_LBRACE) {
			braces++;
		} else if (t.kind == T_RBRACE && braces) {
			braces--;
		} else if (t.kind == T_RBRACE && depth && fresh) {
			resume(p, &t, NULL, depth);
			return;
		} else if (braces == 0 && fresh &&
			   (t.kind == T_SEMICOLON ||
			    (t.first && t.indent <= margin && parser_token_is_word(t.kind)))) {
			resume(p, &t, NULL, depth);
			return;
		}
	}
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
		skip_to_resume(p);
	} else {
		p->before = *t;
		if (!p->stopped)
			next_raw(p, t);
		else
			*t = (struct token){ .kind = T_END, .span = p->before.span };
	}
	if (t->kind == T_END && !p->stopped) {
		drop_to_brace(p);
		if (p->depth)
			t->kind = T_UNFINISHED;
	}
	count_bracket(p, t);
	value->sym = t->sym;
	*at = PLACE(t->span.at, t->span.at + t->span.len);
	return t->kind;
}
