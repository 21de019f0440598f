/* The parser's own state, shared by the files of the parser (parser.y, tokens.c, build.c, syntax_error.c, parse.c). */
#ifndef CALC_GRAMMAR_PARSER_INTERNAL_H
#define CALC_GRAMMAR_PARSER_INTERNAL_H

#include "base/limits.h"
#include "base/mem.h"
#include "grammar/build.h"
#include "grammar/lexer.h"
#include "grammar/parse.h"

/*
 * Limits beside LIMIT_NESTING, which counts open brackets: what is nested without brackets (`!!!…`, `a + b + …`,
 * `else if …`) is held by the depth of the tree and by Bison's stack. Both leave room for full bracket nesting.
 */
enum { TREE_DEPTH = 8 * LIMIT_NESTING, QUEUE = LIMIT_NESTING + 8 };
#define YYMAXDEPTH (32 * LIMIT_NESTING)
#define YYMALLOC mem_alloc
#define YYFREE mem_free
#define YYLLOC_DEFAULT(whole, parts, n)                                                                                \
	((whole) = (n) ? PLACE_JOIN(YYRHSLOC(parts, 1), YYRHSLOC(parts, n))                                            \
		       : PLACE(place_to(YYRHSLOC(parts, 0)), place_to(YYRHSLOC(parts, 0))))

union CALC_STYPE;

struct open_bracket {
	int kind;
	uint32_t at;
	uint32_t line_indent;	/* of the line that began last in it */
};

struct parser {
	struct parse_context *context;
	struct lexer lexer;
	struct node *module;	/* the result */

	/* lists under construction (build.c) */
	struct node **stack;
	size_t top, cap;
	struct node *nothing;	/* the shared empty list */

	/* the token source (tokens.c) */
	struct token last, before;		/* handed out last, and before that */
	struct open_bracket open[LIMIT_NESTING + 1];	/* open[0] is the text itself */
	unsigned depth;				/* brackets open */
	struct open_bracket closed;		/* what `last` closed, when it did */
	struct token line;			/* the first token of the line that was handed out last */
	unsigned line_depth;			/* the brackets open before it */
	struct token queue[QUEUE];		/* to be handed out before the lexer is asked */
	unsigned queued, queue_at;
	bool panic;				/* skip to where the text can be taken up again */
	uint32_t resumed_at;			/* where it was last taken up */
	unsigned resumed_again;			/* how often at that place before */
	bool resumed_wrong;			/* that was the wrong token itself */
	uint32_t misplaced_in;			/* the brace in which what stands in others was found, which was said */
	uint32_t matched_to;			/* up to here it is known whether braces match: to the next declaration */
	bool matched;				/* at the margin; and this is what is known */
	bool quick;				/* the first syntax error ends it: another parse will tell of it */
	int quick_depth;			/* brackets open in a quick parse */
	bool wrong;				/* and there was one */
	bool stopped;				/* a limit was exceeded: the text ends here */
};

/* Reports that a limit of nesting is exceeded, once, and lets the text end. */
void parser_too_deep(struct parser *p, struct span at);

/* Two parsers of one grammar: the quick one without look-ahead correction (quick_parser.c), which only the messages of
 * syntax errors need. */
int calc_parse_quick(struct parser *p);
int calc_lex(union CALC_STYPE *value, place_t *at, struct parser *p);
int calc_lex_quick(union CALC_STYPE *value, place_t *at, struct parser *p);	/* for calc_parse_quick */
void calc_error(const place_t *at, struct parser *p, const char *message);

/* Kinds and spellings of tokens (parser.y): "a name" for a class, the spelling for all others. */
int parser_token_kinds(void);
const char *parser_token_alias(int kind);
bool parser_token_is_word(int kind);

/* The token source (tokens.c), as the recovery sees it: the next token, from the queue or the lexer; tokens put before those
 * that are queued; undoing what the token handed out last did to the brackets, for it is looked at anew; forgetting the
 * brackets that were opened within the innermost brace, with the statement that opened them. */
void token_raw(struct parser *p, struct token *t);
void token_put_back(struct parser *p, const struct token *tokens, unsigned n);
void token_uncount_last(struct parser *p);
void token_drop_to_brace(struct parser *p);
/* Makes RESYNC the token handed out last, and queues what follows it (recover.c). */
void token_skip_to_resume(struct parser *p);

/* `flow f`, `calcset "x"`: a declaration that begins at the left margin. */
bool token_begins_declaration(const struct token *keyword, const struct token *next);
bool token_is_declarative(const struct token *t);	/* its keyword at the margin */

/* Keywords of the alias table and of attrs.def, interned. */
struct words words_make(struct symtab *syms);
void words_release(struct words *w);

/* A syntax error at token p->last (syntax_error.c); expected[n]: the kinds that could stand there. */
void syntax_error(struct parser *p, const int *expected, int n);

/* Comments and blank lines to the nodes of the tree that they belong to (attach.c). */
void attach_comments(struct arena *arena, const struct source *src, const struct comment *comments, size_t n,
		     struct node *module);

/* Whether two texts that end in NUL, one of which was parsed, differ in white space between tokens only (format.c). */
bool same_but_layout(const char *a, const char *b);

/* The decoded text of a string between its quotes (text.c); reports bad escapes. */
sym_t decode_string(struct parser *p, struct span at, sym_t raw);

/* Attributes' table (attrs.c): reports those that `owner` does not have. */
enum attr_owner {
	OWNER_FUNCTION = 1, OWNER_CALCSET = 2, OWNER_DEFAULT = 4, OWNER_POND = 8, OWNER_SOURCE = 16, OWNER_SINK = 32,
	OWNER_STATE = 64, OWNER_LOCK = 128, OWNER_WINDOW = 256
};
void attrs_check(struct parser *p, const struct node *list, enum attr_owner owner);
const char *attrs_suggest(const char *word, unsigned owners);	/* the nearest keyword, or NULL */

#endif
