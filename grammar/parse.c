/* Parsing one text: what cannot be a program is refused before the lexer sees it. */
#include "grammar/parse.h"

#include "base/utf8.h"
#include "grammar/parser.h"
#include "grammar/parser_internal.h"

static bool is_text(struct parse_context *c, const struct source *src)
{
	size_t valid = utf8_valid_prefix(src->text, src->len);
	const char *nul = memchr(src->text, '\0', valid);

	if (nul) {
		diag_report(c->diags, CF002, (struct span){ src->base + (uint32_t)(nul - src->text), 1 },
			    "a NUL byte: this is no program text");
		return false;
	}
	if (valid < src->len) {
		diag_report(c->diags, CF002, (struct span){ src->base + (uint32_t)valid, 1 }, "not UTF-8 text");
		return false;
	}
	return true;
}

/* One parse; quick, it says only whether the text is wrong. */
static struct node *parse(struct parse_context *c, const struct source *src, struct words words, bool quick, bool *wrong)
{
	struct parser *p = mem_zalloc(1, sizeof *p);
	struct node *module;

	p->context = c;
	p->quick = quick;
	lexer_init(&p->lexer, src, c->syms, words, c->diags);
	if (quick)
		calc_parse_quick(p);
	else
		calc_parse(p);
	*wrong = p->wrong;
	module = p->stopped ? NULL : p->module;
	if (module)
		attach_comments(c->arena, src, p->lexer.comments, p->lexer.ncomments, module);
	lexer_release(&p->lexer);
	mem_free(p->stack);
	mem_free(p);
	return module;
}

struct node *parse_module(struct parse_context *c, const struct source *src)
{
	struct words words;
	struct node *module;
	bool wrong;

	if (src->len > LIMIT_SOURCE) {
		diag_report(c->diags, CF008, (struct span){ src->base, 0 }, "a text of %zu bytes: the limit is %d", src->len,
			    LIMIT_SOURCE);
		return NULL;
	}
	if (!is_text(c, src))
		return NULL;
	words = words_make(c->syms);
	module = parse(c, src, words, true, &wrong);
	if (wrong)	/* what was reported already is not reported twice: diag.h */
		module = parse(c, src, words, false, &wrong);
	words_release(&words);
	return module;
}
