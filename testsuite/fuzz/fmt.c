/*
 * Fuzz target: canonical form. What parses, as it is and with comments sown into it, must be the same tree with the same
 * comments when it was printed and read again, and the same text when it is printed again.
 */
#include "testsuite/fuzz/fuzz.h"
#include "testsuite/unit/canonical.h"

#include <stdio.h>
#include <stdlib.h>

/* Parses and checks; NULL when it is no program. */
static const struct source *check(const struct parse_context *c, struct sources *sources, const struct buf *text)
{
	const struct source *src = sources_add(sources, "input", text->len ? text->p : "", text->len);
	struct parse_context mine = *c;
	struct node *module = parse_module(&mine, src);
	struct buf printed = BUF_INIT;
	const char *fault;

	if (!module || diag_errors(c->diags))
		return NULL;
	fault = canonical_fault(c, sources, src, module, &printed);
	if (fault) {
		fprintf(stderr, "%s:\n%s\n----\n%s\n", fault, buf_str(&printed), src->text);
		abort();
	}
	buf_release(&printed);
	return src;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sources *sources = sources_new();
	struct symtab *syms = symtab_new();
	struct diags *diags = diags_new(sources);
	struct buf text = BUF_INIT, sown = BUF_INIT;
	struct arena arena;
	struct parse_context c = { &arena, syms, diags, sources };
	const struct source *src;
	uint64_t random = size;

	arena_init(&arena);
	buf_add(&text, data, size);
	src = check(&c, sources, &text);
	if (src) {
		canonical_sow(syms, src, &random, &sown);
		if (!check(&c, sources, &sown)) {
			fprintf(stderr, "comments made it another program:\n%s\n", buf_str(&sown));
			abort();
		}
	}
	buf_release(&text);
	buf_release(&sown);
	arena_release(&arena);
	diags_free(diags);
	symtab_free(syms);
	sources_free(sources);
	return 0;
}
