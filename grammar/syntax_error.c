/*
 * Syntax errors, in the language's words: what could stand there is summed up ("a type", "a value"), not listed
 * token by token; frequent mistakes get advice. Knows the tokens, not the tree.
 */
#include "base/suggest.h"
#include "grammar/mend.h"
#include "grammar/parser.h"
#include "grammar/parser_internal.h"

enum { KINDS = 256, SHOWN_MOST = 40 };

struct situation {
	struct parser *p;
	bool could[KINDS];	/* what could stand there */
	const struct token *found, *before;
};

static const struct {
	const char *word, *help;
} advice[] = {
#define ADVICE(word, help) { #word, help },
#include "grammar/advice.def"
#undef ADVICE
};

static const char *word_of(const struct situation *s, const struct token *t)
{
	return parser_token_is_word(t->kind) ? sym_text(s->p->context->syms, t->sym) : "";
}

/* Words that are never names are those between these two in the grammar's list of tokens. */
static bool is_name(const struct token *t)
{
	return parser_token_is_word(t->kind) && (t->kind < T_TRUE || t->kind > T_WHEN);
}

static const char *advice_for_word(const char *word)
{
	for (size_t i = 0; i < sizeof advice / sizeof *advice; i++) {
		if (strcmp(advice[i].word, word) == 0)
			return advice[i].help;
	}
	return NULL;
}

/* The token as the user knows it: quoted spelling, or its class. */
static void add_token(struct situation *s, struct buf *out, const struct token *t)
{
	const char *text = source_bytes(s->p->context->sources, t->span.at);

	switch (t->kind) {
	case T_END:
	case T_UNFINISHED: buf_addstr(out, "the end of the text"); return;
	case T_STRING:
	case T_RAW_STRING: buf_addstr(out, "a string"); return;
	default:
		if (t->span.len == 0)
			buf_addstr(out, "a `}`");
		else if (t->span.len > SHOWN_MOST)
			buf_printf(out, "`%.*s…`", SHOWN_MOST, text);
		else
			buf_printf(out, "`%.*s`", (int)t->span.len, text);
	}
}

static void add_choice(struct buf *out, const char *choice, bool quoted)
{
	if (out->len)
		buf_addch(out, '\n');	/* separators are put in when the last is known */
	buf_printf(out, quoted ? "`%s`" : "%s", choice);
}

/* Sets of tokens that have a name. Each takes its tokens out of `could`. */
static void take_word_tokens(struct situation *s)
{
	for (int kind = 0; kind < parser_token_kinds(); kind++) {
		if (parser_token_is_word(kind))
			s->could[kind] = false;
	}
}

static void take(struct situation *s, const int *kinds)
{
	for (; *kinds; kinds++)
		s->could[*kinds] = false;
}

static void sum_up(struct situation *s, struct buf *out)
{
	static const int values[] = { T_INT, T_FLOAT, T_QUANTITY, T_STRING, T_RAW_STRING, T_TRUE, T_FALSE, T_NOT, T_MINUS,
				      T_LPAREN, T_LBRACKET, 0 };
	static const int operators[] = { T_OR, T_AND, T_EQ, T_NE, T_LT, T_LE, T_GT, T_GE, T_PLUS, T_MINUS, T_STAR,
					 T_SLASH, T_PERCENT, T_DOT, T_LBRACKET, T_ELSE, 0 };
	static const int of_types[] = { T_QUESTION, T_BAR, T_LBRACKET, 0 };	/* what may go on with a type */
	static const int types[] = { T_LBRACKET, T_LPAREN, 0 };
	static const int texts[] = { T_STRING, T_RAW_STRING, 0 };

	if (s->could[T_PLUS] && s->could[T_STAR])
		take(s, operators);
	if (s->could[T_QUESTION] && s->could[T_BAR])
		take(s, of_types);
	if (is_name(s->before) && s->could[T_LPAREN] && (s->could[T_COMMA] || s->could[T_NAME] || s->could[T_ASSIGN] || s->could[T_PLUS]))
		s->could[T_LPAREN] = false;	/* any name may go on as a call, and any argument be named */
	if (is_name(s->before) && s->could[T_COLON] && s->could[T_RPAREN])
		s->could[T_COLON] = false;
	if (s->could[T_ASSIGN] && s->could[T_COMMA] && s->could[T_AT])	/* what a binding may have is not what it must have */
		s->could[T_COMMA] = s->could[T_AT] = s->could[T_COLON] = s->could[T_RBRACE] = false;
	if (s->could[T_NAME] && s->could[T_INT]) {
		add_choice(out, "a value", false);
		take(s, values);
		take_word_tokens(s);
	} else if (s->could[T_RETURN] && s->could[T_STAGE] && !s->could[T_TRUE]) {
		add_choice(out, "a statement", false);
		take_word_tokens(s);
	} else if (s->could[T_NAME] && s->could[T_LBRACKET] && s->could[T_LPAREN] && s->could[T_FLOW]) {
		add_choice(out, "a type", false);
		take(s, types);
		take_word_tokens(s);
	} else if (s->could[T_ATTR_VALUE] && s->could[T_SLOTS] && !s->could[T_NAME]) {
		add_choice(out, s->could[T_RUN] ? "`run` or an attribute" : "an attribute", false);
		take_word_tokens(s);
	} else if (s->could[T_IMPORT] && s->could[T_CALCSET] && !s->could[T_NAME]) {
		if (s->could[T_AT])
			add_choice(out, "an attribute", false);
		add_choice(out, "a declaration", false);
		take_word_tokens(s);
	} else if (s->could[T_NAME]) {
		add_choice(out, s->could[T_SHARE] && !s->could[T_IMPORT] ? "a medium" : "a name", false);
		take_word_tokens(s);
	}
	if (s->could[T_STRING]) {
		add_choice(out, "a string", false);
		take(s, texts);
	}
}

/* What could stand there, summed up; empty when it is too much to be of use. */
static void describe_expected(struct situation *s, struct buf *out)
{
	struct buf choices = BUF_INIT;
	unsigned n = 1;

	s->could[T_SEMICOLON] = s->could[T_RESYNC] = s->could[T_END] = s->could[T_UNFINISHED] = false;
	sum_up(s, &choices);
	for (int kind = 0; kind < parser_token_kinds(); kind++) {
		if (s->could[kind])
			add_choice(&choices, parser_token_alias(kind), strchr(parser_token_alias(kind), ' ') == NULL);
	}
	for (size_t i = 0; i < choices.len; i++)
		n += choices.p[i] == '\n';
	if (choices.len && n <= 5) {
		for (size_t i = 0; i < choices.len; i++) {
			if (choices.p[i] != '\n')
				buf_addch(out, choices.p[i]);
			else
				buf_addstr(out, --n > 1 ? ", " : " or ");
		}
	}
	buf_release(&choices);
}

static void suggest_declaration(struct situation *s, const char *word, bool or_else)
{
	static const int declarations[] = { T_IMPORT, T_TYPE, T_ENUM, T_TREE, T_PARAM, T_FUNCTION, T_FLOW, T_WINDOW,
					    T_SOURCE, T_SINK, T_POND, T_LOCK, T_STATE, T_CALCSET, T_FOR, T_IF, T_LET };
	struct suggest nearest;

	suggest_init(&nearest, word);
	for (size_t i = 0; i < sizeof declarations / sizeof *declarations; i++)
		suggest_offer(&nearest, parser_token_alias(declarations[i]));
	if (or_else)
		suggest_offer(&nearest, parser_token_alias(T_ELSE));
	if (!suggest_say(&nearest, s->p->context->diags, s->found->span))
		diag_help(s->p->context->diags, "a text consists of declarations: type, function, flow, source, sink, calcset and "
						"others; statements stand in flows");
}

/* The open brace that the end of the text, or a declaration at the margin, at `before`, should have found closed. */
static void note_open_brace(struct situation *s, uint32_t before)
{
	struct parser *p = s->p;
	unsigned depth = p->depth;

	while (depth && (p->open[depth].kind != T_LBRACE || p->open[depth].at >= before))
		depth--;
	if (depth && p->open[depth].at)
		diag_note(p->context->diags, (struct span){ p->open[depth].at, 1 }, "this `{` has no `}`");
}

/* `flow g` at the left margin where none can stand: what is wrong stands before it. */
static bool report_declaration(struct situation *s)
{
	struct diags *d = s->p->context->diags;

	if (!token_begins_declaration(s->before, s->found) || s->could[s->found->kind] || s->could[T_STRING])
		return false;
	if (s->found->kind != T_NAME && s->could[T_NAME])	/* `param steps`: the keyword is right, the name is reserved */
		return false;
	diag_report(d, CF010, s->before->span, s->p->depth ? "a declaration inside braces" : "the declaration above is incomplete");
	note_open_brace(s, UINT32_MAX);
	if (s->p->depth)
		diag_help(d, "close what is open before it, or indent it where it belongs into braces");
	else
		diag_help(d, "complete it, or take it away");
	return true;
}

/* The same where the list in the braces went on for some words of the declaration, as that of an enum does. */
static bool report_inner_declaration(struct situation *s)
{
	struct diags *d = s->p->context->diags;
	const struct token *line = &s->p->line;
	uint32_t from = line->span.at, to = s->found->span.at;

	if (!token_is_declarative(line) || s->p->line_depth == 0 || s->found->first || from >= to ||
	    memchr(source_bytes(s->p->context->sources, from), '\n', to - from))
		return false;
	diag_report(d, CF010, line->span, "a declaration inside braces");
	note_open_brace(s, from);
	diag_help(d, "close what is open before it, or indent it where it belongs into braces");
	return true;
}

static bool is_pattern(int kind)
{
	return kind == T_EACH || kind == T_STEPS || kind == T_MATCH || kind == T_WHEN || kind == T_CYCLE || kind == T_RING ||
	       kind == T_WALK || kind == T_LAUNCH || kind == T_GATHER || kind == T_HOLD || kind == T_PREVIOUS;
}

static bool is_comparison(int kind)
{
	return kind == T_EQ || kind == T_NE || kind == T_LT || kind == T_LE || kind == T_GT || kind == T_GE;
}

/* The edit that mends it, where that is known. */
static bool mend(struct situation *s, const bool *could)
{
	struct parser *p = s->p;
	struct mend m = { p->context->diags, source_of(p->context->sources, s->found->span.at), could, s->found, s->before, word_of(s, s->found),
			  word_of(s, s->before) };

	return m.source && (mend_shape(&m) || mend_in_place(&m));
}

/* The help line, from what was found and what stood before it. */
static void advise(struct situation *s, const bool *could)
{
	struct diags *d = s->p->context->diags;
	int found = s->found->kind, before = s->before->kind;
	const char *word = word_of(s, s->found);
	const char *help = advice_for_word(word);

	if (!help && found != T_FLOW && !could[found])
		help = advice_for_word(word_of(s, s->before));
	if (found == T_UNFINISHED)
		note_open_brace(s, UINT32_MAX);
	else if (mend(s, could))
		return;
	else if (help)
		diag_help(d, "%s", help);
	else if (could[T_IMPORT] && could[T_AT] && !could[T_NAME] && (found == T_STRING || before == T_NAME || found == T_SHARE || found == T_POND || found == T_SCRATCH))
		diag_help(d, "where data stand is written `at share \"…\"`, `at pond p`, `at scratch` or `at ipc`");
	else if (could[T_IMPORT] && !could[T_NAME] && *word)
		suggest_declaration(s, word, could[T_ELSE]);
	else if (found == T_RBRACE && s->p->depth == 0 && !s->p->closed.kind)
		diag_help(d, "no brace is open here");
	else if (is_pattern(found) && could[T_INT])
		diag_help(d, "`%s` makes a whole value: give it a name first, `x = %s …`", word, word);
	else if (parser_token_is_word(found) && found != T_NAME && could[T_NAME] && !could[found])
		diag_help(d, "`%s` is a reserved word; choose another name", word);
	else if (could[T_FAT_ARROW] && found == T_LPAREN)
		diag_help(d, "an arm of `match` is `Type name => value`; a branch on a condition is `when c { … } else { … }`");
	else if (is_comparison(found) && !could[found] && could[T_AND])
		diag_help(d, "comparisons do not chain: write `a < b && b < c`");
	else if (found == T_ASSIGN && parser_token_is_word(before) && !is_name(s->before))
		diag_help(d, "`%s` is a reserved word; choose another name", word_of(s, s->before));
	else if ((could[T_ASSIGN] && could[T_COMMA] && could[T_AT]) && (found == T_DOT || found == T_LBRACKET))
		diag_help(d, "a statement is a binding, a call or a pattern");
}

/* Words of attributes that do not exist are names that are unknown, not syntax. */
static bool is_unknown_attribute(const struct situation *s)
{
	return s->could[T_ATTR_VALUE] && s->could[T_SLOTS] && !s->could[T_NAME] && parser_token_is_word(s->found->kind);
}

/* What is no misspelt attribute is most likely a statement, and others follow: said once for the braces it stands in. */
static void report_attribute(struct situation *s)
{
	struct diags *d = s->p->context->diags;
	bool in_set = s->could[T_RUN];
	const char *word = word_of(s, s->found), *near;
	uint32_t brace = s->p->open[s->p->depth].at;

	near = attrs_suggest(word, in_set ? OWNER_CALCSET : OWNER_FUNCTION | OWNER_POND);
	if (!near && brace && brace == s->p->misplaced_in)
		return;
	diag_report(d, CF107, s->found->span, "unknown attribute `%s`", word);
	if (near) {
		diag_fix(d, s->found->span, near, "did you mean `%s`?", near);
		return;
	}
	s->p->misplaced_in = brace;
	if (advice_for_word(word))
		diag_help(d, "%s", advice_for_word(word));
	else if (in_set && s->found->kind == T_FOR)
		diag_help(d, "only `slots n for f`, in a pod, is said of one function; `workers` is of each: a function that wants others has them in a set of its own");
	else if (in_set)
		diag_help(d, "in a calculation set stand run, slots, order, scratch, default, timeout and ahead, and on a list together, near, workers and route");
	else
		diag_help(d, "attributes say how a function runs; statements stand in a `flow`");
}

/*
 * `command […]` in a flow: where a binding begins with the keyword of an attribute and goes on as an attribute does. Said
 * once for the braces it stands in.
 */
static bool report_attribute_in_flow(struct situation *s)
{
	static const int values[] = { T_INT, T_FLOAT, T_QUANTITY, T_STRING, T_RAW_STRING, T_LBRACKET, T_NAME, 0 };
	struct parser *p = s->p;
	const struct words *words = &p->lexer.words;
	uint32_t brace;
	bool value = parser_token_is_word(s->found->kind);

	if (!s->could[T_ASSIGN] || !s->could[T_COMMA] || !s->could[T_AT] || s->before->kind == T_NAME || s->found->first ||
	    !parser_token_is_word(s->before->kind) || s->before->sym >= words->count || !words->attributes[s->before->sym])
		return false;
	for (const int *kind = values; *kind; kind++)
		value = value || s->found->kind == *kind;
	if (!value)
		return false;
	brace = p->open[p->depth - (p->depth && s->found->kind == T_LBRACKET)].at;
	if (p->misplaced_in != brace || !brace) {
		diag_report(p->context->diags, CF010, s->before->span, "an attribute in a flow: `%s`", word_of(s, s->before));
		diag_help(p->context->diags, "attributes say how a `function` runs; a statement of a flow is a binding, a call or a pattern");
	}
	p->misplaced_in = brace;
	return true;
}

/* `x` alone on its line, or behind a statement: the next line is right, and this is not. */
static bool report_lone_name(struct situation *s)
{
	struct diags *d = s->p->context->diags;

	if (!s->could[T_ASSIGN] || !s->could[T_COMMA] || !s->could[T_AT] || !s->found->first || !is_name(s->before) ||
	    !parser_token_is_word(s->found->kind))
		return false;
	diag_report(d, CF010, s->before->span, "`%s` alone is no statement", word_of(s, s->before));
	diag_help(d, "a call is written `f(x)`, a binding `x = …`; only the last line of a block may be a name");
	return true;
}

/*
 * What is no mistake of its own: a brace that the recovery closed, and what follows at once where the text was taken up
 * again at the wrong token itself, or on the line of a brace that ends what was wrong.
 */
static bool is_consequence(const struct parser *p)
{
	if (p->last.kind == T_RBRACE && p->last.span.len == 0)
		return true;
	return p->before.span.len && p->before.span.at == p->resumed_at &&
	       (p->resumed_wrong || (p->before.kind == T_RBRACE && !p->last.first));
}

/* A lexical error on the line of the wrong token, or on that of the one before it, is most likely its cause. */
static bool follows_lexical_error(const struct parser *p)
{
	uint32_t to = p->last.first ? p->before.span.at : p->last.span.at, from = p->lexer.error_at;

	if (!from || from >= to)
		return from != 0;
	return memchr(source_bytes(p->context->sources, from), '\n', to - from) == NULL;
}

void syntax_error(struct parser *p, const int *expected, int n)
{
	struct situation s = { .p = p, .found = &p->last, .before = &p->before };
	struct buf could_be = BUF_INIT, message = BUF_INIT;
	struct span at = p->last.span;
	bool could[KINDS];

	if (p->quick) {
		p->wrong = p->stopped = true;
		return;
	}
	p->panic = true;
	if (p->stopped || follows_lexical_error(p) || is_consequence(p))
		return;
	if (diag_full(p->context->diags)) {
		p->stopped = true;
		return;
	}
	for (int i = 0; i < n; i++)
		s.could[expected[i]] = true;
	if (is_unknown_attribute(&s)) {
		report_attribute(&s);
		return;
	}
	if (report_declaration(&s) || report_inner_declaration(&s) || report_attribute_in_flow(&s) || report_lone_name(&s))
		return;
	memcpy(could, s.could, sizeof could);
	describe_expected(&s, &could_be);
	if (could_be.len)
		buf_printf(&message, "expected %s", could_be.p);
	if (could_be.len && p->before.span.len && p->before.span.at) {
		buf_addstr(&message, " after ");
		add_token(&s, &message, &p->before);
	}
	buf_addstr(&message, could_be.len ? ", found " : "unexpected ");
	add_token(&s, &message, &p->last);
	if (at.len > SHOWN_MOST)
		at.len = SHOWN_MOST;
	diag_report(p->context->diags, CF010, at, "%s", message.p);
	advise(&s, could);
	buf_release(&could_be);
	buf_release(&message);
}
