/*
 * Fuzz target: the lexer, the parser, the dumps and the diagnostics. What does not parse must be reported. (Canonical form
 * is the target fmt.)
 */
#include "base/buf.h"
#include "base/json.h"
#include "base/limits.h"
#include "grammar/parse.h"
#include "testsuite/fuzz/fuzz.h"

static void print_diagnostics(const struct diags *d)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	diag_print(d, f, true);
	diag_print_within(d, f, false, 50);
	fclose(f);
	free(text);
}

static bool ignore(void *ctx, const struct json_event *ev)
{
	(void)ctx, (void)ev;
	return true;
}

/* Each line, or the whole, is JSON whatever the text was. */
static void write_diagnostics(const struct diags *d)
{
	struct buf out = BUF_INIT;
	struct json_error err;

	diag_json(d, &out);
	for (const char *line = buf_str(&out), *end; (end = strchr(line, '\n')); line = end + 1) {
		if (!json_read(line, (size_t)(end - line), LIMIT_NESTING, ignore, NULL, &err))
			abort();
	}
	buf_clear(&out);
	diag_sarif(d, &out);
	if (!json_read(buf_str(&out), out.len, LIMIT_NESTING, ignore, NULL, &err))
		abort();
	buf_release(&out);
}

static void print_tree(const struct parse_context *c, const struct node *module)
{
	struct buf out = BUF_INIT;

	ast_dump(&out, c->syms, module);
	buf_clear(&out);
	print_node(&out, c->syms, module);
	buf_release(&out);
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
	if (!module && diag_errors(diags) == 0) {
		fprintf(stderr, "no program, and no reason why\n");
		abort();
	}
	if (module)
		print_tree(&c, module);
	print_diagnostics(diags);
	if (size % 16 == 0 && diag_errors(diags))	/* a log has all rules in it: not for every input */
		write_diagnostics(diags);
	arena_release(&arena);
	diags_free(diags);
	symtab_free(syms);
	sources_free(sources);
	return 0;
}
