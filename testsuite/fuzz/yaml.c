/*
 * Fuzz target: the YAML reader. The first byte chooses a type, the rest is the text. What is accepted is written as canonical JSON,
 * which the JSON reader must take for the same; what is refused says why.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "compiler/compilation.h"
#include "compiler/data.h"
#include "testsuite/fuzz/fuzz.h"

static const char program[] =
	"enum E { x y zebra }\n"
	"type S { b: bool, i: i32, n: i64, u: u32, v: u64, f: f32, g: f64, s: string, r: bytes, t: time, d: duration, e: E }\n"
	"type O { b: bool?, n: i64?, s: string?, t: time?, e: E?, l: [i64]?, o: [S?]?, d: duration?, c: (S | i64)?, z: string[4]? }\n"
	"type T { id: string?, parents: [string]?, size: i64?, inner: O?, list: [[f64]]? }\n";
static const char *const names[] = { "S", "O", "T", "E" };

static bool once(struct compilation *c, const struct data_format *format, const char *text, size_t len, type_t type, word_t *out)
{
	struct data_target t = data_target_of(c);
	t.format = format;
	const struct source *src = sources_add(c->sources, "data", text, len);
	unsigned before = diag_errors(c->diags);
	bool ok = data_read(&t, src, NULL, 0, type, SPAN_NONE, out);

	if (ok == (diag_errors(c->diags) > before))
		abort();
	return ok;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct compile_options options = { .no_files = true };
	struct compilation *c = compilation_new();
	struct buf first = BUF_INIT, second = BUF_INIT;
	word_t w, again;

	if (size && compile_text(c, "types.cf", program, sizeof program - 1, &options)) {
		const char *name = names[data[0] & 3];
		type_t type = program_type(&c->program, sym_cstr(c->syms, name))->index;
		for (unsigned i = data[0] >> 2 & 3; i; i--)
			type = type_list(&c->types, type);
		if (once(c, &data_yaml, (const char *)data + 1, size - 1, type, &w) && word_json(&c->store, &c->types, type, w, &first)) {
			if (!once(c, NULL, buf_str(&first), first.len, type, &again))
				abort();
			word_json(&c->store, &c->types, type, again, &second);
			if (first.len != second.len || (first.len && memcmp(first.p, second.p, first.len) != 0))
				abort();
		}
	}
	/* the reports have places in the text */
	buf_clear(&first);
	diag_json(c->diags, &first);
	buf_release(&first);
	buf_release(&second);
	compilation_free(c);
	return 0;
}
