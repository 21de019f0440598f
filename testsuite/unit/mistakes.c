/*
 * One mistake, one message: in every program given, each token is left out, doubled by another before it, and replaced by
 * another; the messages of each such text are counted. The share of texts with more than one is held down; `-v` lists
 * the worst. Arguments: programs, or folders with them; none: samples, cases and the bench's program.
 */
#include "base/file.h"
#include "grammar/parse.h"
#include "grammar/parser.h"
#include "grammar/parser_internal.h"
#include "testsuite/unit/test.h"

#include <ftw.h>
#include "base/limits.h"

enum { MESSAGES_MOST = 8, LONGEST = 1 << 14, TOKENS_MOST = 4000 };

static const char *const others[] = { "}", "{", "(", ")", "[", "]", ",", "=", ":", "->", "=>", "<-", ".", "x", "match", "for", "flow",
				      "\"s\"", "3", "+", "return", ";", "at" };
enum { OTHERS = sizeof others / sizeof *others };

static bool verbose;
static unsigned counts[MESSAGES_MOST + 1], step = 1, turn;

static unsigned messages(const struct buf *text, bool show)
{
	struct sources *sources = sources_new();
	struct symtab *syms = symtab_new();
	struct diags *diags = diags_new(sources);
	struct arena arena;
	struct parse_context c = { &arena, syms, diags, sources };
	unsigned n;

	arena_init(&arena);
	parse_module(&c, sources_add(sources, "text", text->p, text->len));
	n = diag_errors(diags);
	if (show)
		diag_print(diags, stdout, false);
	arena_release(&arena);
	diags_free(diags);
	symtab_free(syms);
	sources_free(sources);
	return n;
}

/* The text with `instead` in the place of [from, to). */
static void try(const char *name, const struct buf *text, size_t from, size_t to, const char *instead)
{
	struct buf wrong = BUF_INIT;
	unsigned n;

	if (turn++ % step)
		return;
	buf_add(&wrong, text->p, from);
	buf_printf(&wrong, " %s ", instead);
	buf_add(&wrong, text->p + to, text->len - to);
	n = messages(&wrong, false);
	counts[n < MESSAGES_MOST ? n : MESSAGES_MOST]++;
	if (verbose && n > 1) {
		printf("%u: %s at %zu: `%.*s` became `%s`\n", n, name, from, (int)(to - from), text->p + from, instead);
		messages(&wrong, true);
	}
	buf_release(&wrong);
}

static unsigned tokens_of(const struct buf *text, struct span *spans)
{
	struct sources *sources = sources_new();
	struct symtab *syms = symtab_new();
	struct diags *diags = diags_new(sources);
	struct words words = words_make(syms);
	struct lexer l;
	struct token t;
	unsigned n = 0;

	lexer_init(&l, sources_add(sources, "text", text->p, text->len), syms, words, diags);
	for (lexer_next(&l, &t); t.kind != T_END && n < TOKENS_MOST; lexer_next(&l, &t))
		spans[n++] = (struct span){ t.span.at - l.base, t.span.len };
	lexer_release(&l);
	words_release(&words);
	diags_free(diags);
	symtab_free(syms);
	sources_free(sources);
	return n;
}

static void check_file(const char *path)
{
	static struct span spans[TOKENS_MOST];
	struct buf text = BUF_INIT;

	if (file_read(path, LONGEST, &text) && text.len && messages(&text, false) == 0) {
		unsigned n = tokens_of(&text, spans);

		for (unsigned i = 0; i < n; i++) {
			size_t from = spans[i].at, to = from + spans[i].len;

			try(path, &text, from, to, "");
			for (unsigned k = 0; k < OTHERS; k++) {
				try(path, &text, from, from, others[k]);
				try(path, &text, from, to, others[k]);
			}
		}
	}
	buf_release(&text);
}

static int visit(const char *path, const struct stat *st, int type, struct FTW *where)
{
	size_t len = strlen(path);

	(void)st;
	(void)where;
	if (type == FTW_F && len > 3 && strcmp(path + len - 3, ".cf") == 0)
		check_file(path);
	return 0;
}

static void check_default(const char *root)
{
	static const char *const folders[] = { "samples", "testsuite/bench", "testsuite/cases/parse", "testsuite/cases/ok" };
	char path[4096];

	step = 23;	/* a part of them, another one for each token */
	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
		snprintf(path, sizeof path, "%s/%s", root, folders[i]);
		CHECK(nftw(path, visit, 16, FTW_PHYS) == 0);
	}
}

int main(int argc, char **argv)
{
	const char *root = getenv("CALC_SRCDIR");
	unsigned all = 0, many = 0;

	if (argc > 1 && strcmp(argv[1], "-v") == 0) {
		verbose = true;
		argv++;
		argc--;
	}
	for (int i = 1; i < argc; i++)
		CHECK(nftw(argv[i], visit, 16, FTW_PHYS) == 0);
	if (argc == 1)
		check_default(root ? root : ".");
	for (unsigned n = 0; n <= MESSAGES_MOST; n++) {
		all += counts[n];
		many += n > 1 ? counts[n] : 0;
		printf("%8u texts with %u%s message%s\n", counts[n], n, n == MESSAGES_MOST ? " or more" : "", n == 1 ? "" : "s");
	}
	CHECK(all > 0);
	CHECK(many * 500 < all);
	return test_end();
}
