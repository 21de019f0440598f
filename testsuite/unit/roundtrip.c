/*
 * Parse, print, parse: the same tree; print again: the same text. For every program given as an argument, and for
 * every *.cf below folders given. Texts with syntax errors are printed as far as they were read; then only
 * that the parser comes back is checked.
 */
#include "base/file.h"
#include "grammar/parse.h"
#include "testsuite/unit/test.h"

#include <ftw.h>
#include <unistd.h>
#include "base/limits.h"

static bool show;	/* nftw has no context */

static struct node *parse_text(struct parse_context *c, struct sources *sources, const char *name, const struct buf *text)
{
	const struct source *src = sources_add(sources, name, text->p ? text->p : "", text->len);

	return src ? parse_module(c, src) : NULL;
}

static void check_again(struct parse_context *c, struct sources *sources, const char *name, const struct node *first)
{
	struct buf once = BUF_INIT, twice = BUF_INIT;
	struct node *second;

	print_module(&once, c->syms, sources, first);
	if (show)
		fputs(buf_str(&once), stdout);
	second = parse_text(c, sources, "printed", &once);
	if (!test_check(second && diag_errors(c->diags) == 0, name, "printed text parses", 0)) {
		diag_print(c->diags, stdout, false);
	} else {
		test_check(ast_equal(sources, first, second), name, "the trees are equal", 0);
		print_module(&twice, c->syms, sources, second);
		test_equal(buf_str(&twice), buf_str(&once), name, 0);
	}
	buf_release(&once);
	buf_release(&twice);
}

static void check_file(const char *path)
{
	struct sources *sources = sources_new();
	struct symtab *syms = symtab_new();
	struct diags *diags = diags_new(sources);
	struct arena arena;
	struct parse_context c = { &arena, syms, diags, sources };
	struct buf text = BUF_INIT;
	struct node *module;

	arena_init(&arena);
	if (test_check(file_read(path, LIMIT_SOURCE, &text), path, "can be read", 0)) {
		module = parse_text(&c, sources, path, &text);
		if (module && diag_errors(diags) == 0)
			check_again(&c, sources, path, module);
		else if (show)
			diag_print(diags, stdout, false);
	}
	buf_release(&text);
	arena_release(&arena);
	diags_free(diags);
	symtab_free(syms);
	sources_free(sources);
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

int main(int argc, char **argv)
{
	const char *root = getenv("CALC_SRCDIR");

	if (argc > 1 && strcmp(argv[1], "-p") == 0) {
		show = true;
		argv++;
		argc--;
	}
	for (int i = 1; i < argc; i++)
		CHECK(nftw(argv[i], visit, 16, FTW_PHYS) == 0);
	if (argc == 1)
		CHECK(nftw(root ? root : ".", visit, 16, FTW_PHYS) == 0);
	return test_end();
}
