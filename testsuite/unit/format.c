/*
 * The cheap proof that canonical form is the same program: what it must see, and what it may pass over. And that
 * format_source falls back on the tree where it must.
 */
#include "grammar/parser_internal.h"
#include "testsuite/unit/test.h"

static void check_pairs(void)
{
	static const struct {
		const char *a, *b;
		bool same;
	} pairs[] = {
		{ "a = f( x,y )", "a = f(x, y)", true },
		{ "a  b", "a b", true },
		{ "a b", "ab", false },
		{ "a b", "a c", false },
		{ "a", "a b", false },
		{ "a -> b", "a->b", true },
		{ "a - > b", "a -> b", false },
		{ "a = = b", "a == b", false },
		{ "!!a", "! !a", false },	/* never one token, but the proof need not know */
		{ "1 .5", "1.5", false },
		{ "0 ..3", "0..3", false },
		{ "\"a b\"", "\"a  b\"", false },
		{ "\"a\\\" b\"", "\"a\\\" b\"", true },
		{ "\"a\\\" b\"", "\"a\\\"  b\"", false },
		{ "'a \" b' c", "'a \" b'\nc", true },
		{ "'a  b'", "'a b'", false },
		{ "a // x  \nb", "a  // x\n\nb", true },
		{ "a // x\nb", "a // x b", false },
		{ "a // x\nb", "a // y\nb", false },
		{ "a // x\nb", "a\nb // x", false },
		{ "a /* x */ b", "a\n/* x */\nb", true },
		{ "a /* x */ b", "a /* x  */ b", false },
		{ "a / b", "a/b", true },
		{ "a, // x\n b", "a,// x\nb", true },
		{ "", " \n", true },
		{ "\"", "\"", true },
		{ "/*", "/*", true },
		{ "\"\\", "\"\\", true },
	};

	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
		test_check(same_but_layout(pairs[i].a, pairs[i].b) == pairs[i].same, pairs[i].a, pairs[i].b, (int)i);
		test_check(same_but_layout(pairs[i].b, pairs[i].a) == pairs[i].same, pairs[i].b, pairs[i].a, (int)i);
	}
}

static enum formatted format(const char *text, struct buf *out)
{
	struct sources *sources = sources_new();
	struct symtab *syms = symtab_new();
	struct diags *diags = diags_new(sources);
	struct arena arena;
	struct parse_context c = { &arena, syms, diags, sources };
	enum formatted done;

	arena_init(&arena);
	done = format_source(&c, sources, sources_add(sources, "test", text, strlen(text)), out);
	arena_release(&arena);
	diags_free(diags);
	symtab_free(syms);
	sources_free(sources);
	return done;
}

int main(void)
{
	struct buf out = BUF_INIT;

	check_pairs();
	CHECK(format("flow f { return (a(b,)); }", &out) == FORMATTED);
	CHECK_TEXT(buf_str(&out), "flow f() {\n    return a(b)\n}\n");
	buf_clear(&out);
	CHECK(format("param s: string = \"\\u{e9}\"", &out) == FORMATTED);
	CHECK_TEXT(buf_str(&out), "param s: string = \"é\"\n");
	buf_clear(&out);
	CHECK(format("param s: string = ", &out) == FORMATTED_NOT);
	CHECK(out.len == 0);
	CHECK(format("", &out) == FORMATTED);
	CHECK(out.len == 0);
	buf_release(&out);
	return test_end();
}
