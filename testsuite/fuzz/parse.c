/*
 * Fuzz target: the lexer, the parser, the printer and the diagnostics. What parses must survive being printed and
 * read again; what does not must be reported.
 */
#include "base/buf.h"
#include "base/limits.h"
#include "grammar/parse.h"
#include "testsuite/fuzz/fuzz.h"

static void print_diagnostics(const struct diags *d)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	diag_print(d, f, true);
	fclose(f);
	free(text);
}

static void require(bool ok, const char *what, const struct buf *printed)
{
	if (ok)
		return;
	fprintf(stderr, "%s:\n%s\n", what, printed->p ? printed->p : "");
	abort();
}

static void check_printed(struct parse_context *c, struct sources *sources, const struct node *first)
{
	struct buf once = BUF_INIT, twice = BUF_INIT;
	struct node *second;

	print_module(&once, c->syms, sources, first);
	second = parse_module(c, sources_add(sources, "printed", once.p ? once.p : "", once.len));
	require(second && diag_errors(c->diags) == 0, "what was printed does not parse", &once);
	require(ast_equal(sources, first, second), "the trees differ", &once);
	print_module(&twice, c->syms, sources, second);
	require(once.len == twice.len && (!once.len || memcmp(once.p, twice.p, once.len) == 0), "printing is not stable",
		&once);
	buf_clear(&twice);
	ast_dump(&twice, c->syms, first);
	buf_clear(&twice);
	print_node(&twice, c->syms, first);
	buf_release(&once);
	buf_release(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sources *sources = sources_new();
	struct symtab *syms = symtab_new();
	struct diags *diags = diags_new(sources);
	struct arena arena;
	struct parse_context c = { &arena, syms, diags, sources };
	struct node *module;

	arena_init(&arena);
	module = parse_module(&c, sources_add(sources, "input", (const char *)data, size));
	if (module && diag_errors(diags) == 0)
		check_printed(&c, sources, module);
	print_diagnostics(diags);
	arena_release(&arena);
	diags_free(diags);
	symtab_free(syms);
	sources_free(sources);
	return 0;
}
