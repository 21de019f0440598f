/*
 * Fuzz target: whole programs, without files. What is accepted has plans, and every plan passes plan_check. What is refused says
 * why.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include "compiler/compilation.h"
#include "runtime/plan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct compile_options options = { .no_files = true };
	struct compilation *c = compilation_new();
	bool ok = compile_text(c, "program.cf", (const char *)data, size, &options);

	if (!ok && !diag_errors(c->diags))
		abort();
	for (size_t i = 0; ok && i < c->program.sets; i++) {
		struct plan *p = compile_plan(c, i);
		struct buf error = BUF_INIT;

		if (!p && !diag_errors(c->diags))
			abort();
		if (p && !plan_check(p, &error)) {
			fprintf(stderr, "plan_check: %s\n", buf_str(&error));
			abort();
		}
		plan_free(p);
		buf_release(&error);
	}
	compilation_free(c);
	return 0;
}
