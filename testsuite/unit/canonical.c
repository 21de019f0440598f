/* Canonical form, checked; and texts with comments in odd places. */
#include "testsuite/unit/canonical.h"

#include "grammar/parser.h"
#include "grammar/parser_internal.h"

static void lex_all(struct lexer *l, const struct source *src, struct symtab *syms, struct words words, struct diags *diags)
{
	struct token t;

	lexer_init(l, src, syms, words, diags);
	do
		lexer_next(l, &t);
	while (t.kind != T_END);
}

static size_t next_comment(const struct lexer *l, size_t i)
{
	while (i < l->ncomments && l->comments[i].len == 0)
		i++;
	return i;
}

static bool equal_at(const struct source *a, const struct comment *ca, const struct source *b, const struct comment *cb)
{
	return ca->len == cb->len && memcmp(a->text + (ca->at - a->base), b->text + (cb->at - b->base), ca->len) == 0;
}

static bool same_comments(struct symtab *syms, const struct source *a, const struct source *b)
{
	struct diags *diags = diags_new(NULL);
	struct words words = words_make(syms);
	struct lexer la, lb;
	size_t i, k;
	bool same = true;

	lex_all(&la, a, syms, words, diags);
	lex_all(&lb, b, syms, words, diags);
	for (i = next_comment(&la, 0), k = next_comment(&lb, 0); same && i < la.ncomments && k < lb.ncomments;
	     i = next_comment(&la, i + 1), k = next_comment(&lb, k + 1))
		same = equal_at(a, &la.comments[i], b, &lb.comments[k]);
	same = same && i >= la.ncomments && k >= lb.ncomments;
	lexer_release(&la);
	lexer_release(&lb);
	words_release(&words);
	diags_free(diags);
	return same;
}

/* Whether a line ends in a space. Raw strings and long comments may bring such lines with them. */
static bool is_tidy(const struct buf *text)
{
	const char *s = text->len ? text->p : "";

	return strchr(s, '\'') || strstr(s, "/*") || (!strstr(s, " \n") && !strstr(s, "\t\n") && !strstr(s, "\n\n\n"));
}

static bool equal_texts(const struct buf *a, const struct buf *b)
{
	return a->len == b->len && (a->len == 0 || memcmp(a->p, b->p, a->len) == 0);
}

const char *canonical_fault(const struct parse_context *c, struct sources *sources, const struct source *src,
			    const struct node *module, struct buf *printed)
{
	struct diags *diags = diags_new(sources);
	struct parse_context again = { c->arena, c->syms, diags, sources };
	struct buf twice = BUF_INIT;
	const struct source *text;
	const char *fault = NULL;
	struct node *second;

	print_module(printed, c->syms, sources, module);
	text = sources_add(sources, "printed", printed->p ? printed->p : "", printed->len);
	second = parse_module(&again, text);
	if (!second || diag_errors(diags)) {
		fault = "what was printed does not parse";
	} else {
		print_module(&twice, c->syms, sources, second);
		if (!ast_equal(sources, module, second))
			fault = "the trees differ";
		else if (src && !same_comments(c->syms, src, text))
			fault = "the comments are not the same, in the same order";
		else if (!is_tidy(printed))
			fault = "a space at the end of a line, or two blank lines";
		else if (!equal_texts(&twice, printed))
			fault = "printing again gives another text";
		buf_clear(&twice);
		if (!fault && src && (format_source(&again, sources, src, &twice) != FORMATTED || !equal_texts(&twice, printed)))
			fault = "there is no proof that it is the same program";
	}
	if (fault)
		diag_print(diags, stdout, false);
	buf_release(&twice);
	diags_free(diags);
	return fault;
}

static unsigned below(uint64_t *random, unsigned n)
{
	*random = *random * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(*random >> 33) % n;
}

void canonical_sow(struct symtab *syms, const struct source *src, uint64_t *random, struct buf *out)
{
	static const char *const seeds[] = { " // %u\n", "\n// %u\n", " /* %u */ ", "\n\n/* %u */\n", "\n/// %u\n\n\n", "\n /* %u\n * */ ",
					     " /* %u */ // %u\n" };
	struct diags *diags = diags_new(NULL);
	struct words words = words_make(syms);
	unsigned n = 0, sparse = 2 + below(random, 30);
	struct lexer l;
	struct token t;
	size_t from = 0;

	lexer_init(&l, src, syms, words, diags);
	do {
		size_t at;

		lexer_next(&l, &t);
		at = t.span.at - src->base;
		buf_add(out, src->text + from, at - from);
		from = at;
		if (below(random, sparse) == 0) {
			buf_printf(out, seeds[below(random, sizeof seeds / sizeof *seeds)], n, n + 1);
			n += 2;
		}
	} while (t.kind != T_END);
	buf_add(out, src->text + from, src->len - from);
	lexer_release(&l);
	words_release(&words);
	diags_free(diags);
}
