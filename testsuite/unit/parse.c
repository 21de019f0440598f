/* A text in canonical form, or its diagnostics and status 1: what cases of the parser run. */
#include "base/buf.h"
#include "base/exit.h"
#include "base/limits.h"
#include "grammar/parse.h"

int main(int argc, char **argv)
{
	struct sources *sources = sources_new();
	struct symtab *syms = symtab_new();
	struct diags *diags = diags_new(sources);
	struct arena arena;
	struct parse_context c = { &arena, syms, diags, sources };
	const struct source *src = argc == 2 ? sources_load(sources, argv[1], LIMIT_SOURCE) : NULL;
	struct node *module;
	struct buf out = BUF_INIT;
	int status = CALC_EXIT_DONE;

	arena_init(&arena);
	module = src ? parse_module(&c, src) : NULL;
	if (module && diag_errors(diags) == 0)
		print_module(&out, syms, sources, module);
	else
		status = src ? CALC_EXIT_WRONG : CALC_EXIT_USAGE;
	diag_print(diags, stderr, false);
	fputs(buf_str(&out), stdout);
	buf_release(&out);
	arena_release(&arena);
	diags_free(diags);
	symtab_free(syms);
	sources_free(sources);
	return fflush(stdout) ? CALC_EXIT_IO : status;
}
