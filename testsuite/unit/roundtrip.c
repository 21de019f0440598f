/*
 * Parse, print, parse: the same tree and the same comments in their order; print again: the same text. For every
 * program given as an argument, and for every *.cf below folders given; as it is, and with comments sown into it. Texts
 * with syntax errors are printed as far as they were read; then only that the parser comes back is checked.
 */
#include "base/file.h"
#include "grammar/parse.h"
#include "testsuite/unit/canonical.h"
#include "testsuite/unit/test.h"

#include <ftw.h>
#include <unistd.h>
#include "base/limits.h"

enum { SOWN = 20, SOWN_LONGEST = 1 << 16 };

static bool show;	/* nftw has no context */
static uint64_t random_state = 1;

static const struct source *add(struct sources *sources, const char *name, const struct buf *text)
{
	return sources_add(sources, name, text->p ? text->p : "", text->len);
}

static void check_canonical(struct parse_context *c, struct sources *sources, const struct source *src, const struct node *module)
{
	struct buf printed = BUF_INIT;
	const char *fault = canonical_fault(c, sources, src, module, &printed);

	if (!test_check(!fault, fault ? fault : "canonical", src->name, 0) || show)
		fputs(buf_str(&printed), stdout);
	buf_release(&printed);
}

/* True when it is a program. */
static bool check_text(const char *name, const struct buf *text, uint64_t *sow)
{
	struct sources *sources = sources_new();
	struct symtab *syms = symtab_new();
	struct diags *diags = diags_new(sources);
	struct arena arena;
	struct parse_context c = { &arena, syms, diags, sources };
	const struct source *src = add(sources, name, text);
	struct buf sown = BUF_INIT;
	struct node *module;
	bool ok;

	arena_init(&arena);
	if (sow) {
		canonical_sow(syms, src, sow, &sown);
		src = add(sources, name, &sown);
	}
	module = parse_module(&c, src);
	ok = module && diag_errors(diags) == 0;
	if (ok)
		check_canonical(&c, sources, src, module);
	else if (show || sow)
		diag_print(diags, stdout, false);
	if (test_failed && sow)
		printf("%s\n", sown.p);
	buf_release(&sown);
	arena_release(&arena);
	diags_free(diags);
	symtab_free(syms);
	sources_free(sources);
	return ok;
}

static void check_file(const char *path)
{
	struct buf text = BUF_INIT;

	if (test_check(file_read(path, LIMIT_SOURCE, &text), path, "can be read", 0) && check_text(path, &text, NULL)) {
		for (int i = 0; i < SOWN && text.len <= SOWN_LONGEST && test_failed == 0; i++)
			test_check(check_text(path, &text, &random_state), path, "parses with comments in it", 0);
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
