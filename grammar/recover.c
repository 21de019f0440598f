/*
 * After a syntax error: the place where the text can be taken up again. Knows lines, indentation and brackets, and no rule
 * of the grammar.
 *
 * Bison falls back to the list of the innermost open brace (each such list has a rule `error RESYNC`). So the place is,
 * in that brace: behind a `;`, at the closing brace, or at a line that begins with a word and is not indented more than
 * the line where the wrong statement began. A declaration at the left margin always is such a place: braces that are
 * still open were forgotten, and are closed first. It is the only such place where the braces from one declaration at the
 * margin to the next do not match: what follows would be read in the wrong brace, and all its errors be consequences.
 */
#include "grammar/parser.h"
#include "grammar/parser_internal.h"

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

bool token_is_declarative(const struct token *t)
{
	return t->first && t->indent == 0 && starts_declaration(t->kind);
}

bool token_begins_declaration(const struct token *keyword, const struct token *next)
{
	return token_is_declarative(keyword) &&
	       (parser_token_is_word(next->kind) || next->kind == T_STRING) && !next->first;
}

/* RESYNC at t, then closing braces down to `depth`, then t and perhaps the token after it. */
static void resume(struct parser *p, const struct token *wrong, const struct token *t, const struct token *after, unsigned depth)
{
	struct token queue[LIMIT_NESTING + 2];
	unsigned n = 0, closing;

	for (; p->depth > depth; p->depth--) {
		if (p->open[p->depth].kind == T_LBRACE)
			queue[n++] = (struct token){ .kind = T_RBRACE, .span = { t->span.at, 0 } };
	}
	closing = n;
	if (t->kind != T_SEMICOLON)
		queue[n++] = *t;
	if (after)
		queue[n++] = *after;
	/* the brackets of the closing braces are counted when they are handed out */
	while (closing--)
		p->open[++p->depth] = (struct open_bracket){ .kind = T_LBRACE };
	token_put_back(p, queue, n);
	p->resumed_wrong = t->span.at == wrong->span.at;
	p->resumed_again = t->span.at == p->resumed_at ? p->resumed_again + 1 : 0;
	p->resumed_at = t->span.at;
	p->panic = false;
}

static void count_brace(const struct token *t, int *open)
{
	*open += (t->kind == T_LBRACE) - (t->kind == T_RBRACE);
}

/*
 * Whether the braces that are open are closed, and no others, before the next declaration at the margin. The text is
 * read once for that, and not again at further errors before that place.
 */
static bool braces_match(struct parser *p, const struct token *wrong)
{
	struct lexer ahead = p->lexer;
	struct token before = *wrong, t;
	int open = 0;

	if (wrong->span.at < p->matched_to)
		return p->matched;
	ahead.comments = NULL;
	ahead.ncomments = ahead.comments_cap = 0;
	ahead.diags = diags_new(p->context->sources);	/* what is wrong there is said when it is read */
	for (unsigned i = 1; i <= p->depth; i++)
		open += p->open[i].kind == T_LBRACE;
	count_brace(wrong, &open);
	for (unsigned next = p->queue_at; before.kind != T_END; before = t) {
		if (next < p->queued)
			t = p->queue[next++];
		else
			lexer_next(&ahead, &t);
		if (token_begins_declaration(&before, &t) && before.span.at != wrong->span.at)
			break;
		count_brace(&t, &open);
	}
	p->matched = open == 0;
	p->matched_to = before.kind == T_END ? UINT32_MAX : before.span.at;
	diags_free(ahead.diags);
	lexer_release(&ahead);
	return p->matched;
}

/* A place in the innermost open brace: `braces` were opened since. */
static bool is_place(const struct token *t, unsigned depth, unsigned braces, uint32_t margin)
{
	if (braces)
		return false;
	if (t->kind == T_RBRACE)
		return depth > 0;
	return t->kind == T_SEMICOLON || (t->first && t->indent <= margin && parser_token_is_word(t->kind));
}

void token_skip_to_resume(struct parser *p)
{
	struct token t, again[2], *resync = &p->last;
	uint32_t margin;
	unsigned depth, braces = 0;
	bool anywhere;

	token_uncount_last(p);
	again[0] = p->before;
	again[1] = p->last;
	if (token_begins_declaration(&again[0], &again[1]) && again[0].span.at != p->resumed_at) {
		token_put_back(p, again, 2);
		anywhere = true;	/* it is taken up at once */
	} else {
		token_put_back(p, again + 1, 1);
		anywhere = token_is_declarative(&again[1]) || braces_match(p, &again[1]);
	}
	p->before = p->last;
	token_drop_to_brace(p);
	depth = p->depth;
	margin = depth ? p->open[depth].line_indent : 0;
	for (;;) {
		bool fresh;

		token_raw(p, &t);
		*resync = (struct token){ .kind = T_RESYNC, .span = { t.span.at, 0 } };
		/* twice at one place is no progress, but that braces may have been closed there since */
		fresh = t.span.at != p->resumed_at || (again[0].kind != T_RESYNC && p->resumed_again < LIMIT_NESTING);
		if (t.kind == T_END || t.kind == T_UNFINISHED) {
			t.kind = T_END;
			resume(p, &again[1], &t, NULL, 0);
			return;
		}
		if (token_is_declarative(&t) && fresh) {
			struct token next;

			token_raw(p, &next);
			if (token_begins_declaration(&t, &next)) {
				resume(p, &again[1], &t, &next, 0);
				return;
			}
			token_put_back(p, &next, 1);
		}
		/* a `;` that is wrong itself parts nothing */
		if (fresh && anywhere && is_place(&t, depth, braces, margin) &&
		    !(t.kind == T_SEMICOLON && t.span.at == again[1].span.at)) {
			resume(p, &again[1], &t, NULL, depth);
			return;
		}
		if (t.kind == T_LBRACE)
			braces++;
		else if (t.kind == T_RBRACE && braces)
			braces--;
	}
}
