/*
 * Texts made to hurt: nesting of every kind, tokens of many megabytes, bytes that are no text. Each must end soon, in
 * at least one diagnostic and not in thousands, without a crash.
 */
#include "base/buf.h"
#include "base/json.h"
#include "base/limits.h"
#include "grammar/parse.h"
#include "testsuite/unit/test.h"

#include <time.h>

enum { MANY = 100000, HUGE_TOKEN = 60 << 20 };
static const double SECONDS = 5;	/* generous: a slow machine with sanitizers; most take milliseconds */

static bool ignore(void *ctx, const struct json_event *ev)
{
	(void)ctx, (void)ev;
	return true;
}

/* The forms for programs, as JSON: one value in each line, and one value. */
static bool forms_are_json(const struct diags *diags)
{
	struct buf out = BUF_INIT;
	struct json_error err;
	bool ok;

	diag_sarif(diags, &out);
	ok = json_read(buf_str(&out), out.len, LIMIT_NESTING, ignore, NULL, &err);
	buf_clear(&out);
	diag_json(diags, &out);
	for (const char *line = buf_str(&out), *end; ok && (end = strchr(line, '\n')); line = end + 1)
		ok = json_read(line, (size_t)(end - line), LIMIT_NESTING, ignore, NULL, &err);
	buf_release(&out);
	return ok;
}

static void check_text(const char *what, const struct buf *text, enum diag_code code)
{
	struct sources *sources = sources_new();
	struct symtab *syms = symtab_new();
	struct diags *diags = diags_new(sources);
	struct arena arena;
	struct parse_context c = { &arena, syms, diags, sources };
	clock_t start = clock();
	char *printed = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&printed, &len);

	arena_init(&arena);
	parse_module(&c, sources_add(sources, what, text->p, text->len));
	diag_print(diags, f, false);
	fclose(f);
	test_check(diag_errors(diags) > 0 && diag_errors(diags) <= 1000, what, "a few errors", (int)diag_errors(diags));
	test_check(strstr(printed, diag_code_name(code)) != NULL, what, diag_code_name(code), 0);
	test_check(len < 20000, what, "little is printed", (int)len);
	test_check(forms_are_json(diags), what, "JSON and SARIF are JSON", 0);
	test_check((double)(clock() - start) / CLOCKS_PER_SEC < SECONDS, what, "quickly", 0);
	free(printed);
	arena_release(&arena);
	diags_free(diags);
	symtab_free(syms);
	sources_free(sources);
}

/* `before`, `part` n times, `after`. */
static void check_repeated(const char *before, const char *part, unsigned n, const char *after, enum diag_code code)
{
	struct buf text = BUF_INIT;

	buf_addstr(&text, before);
	for (unsigned i = 0; i < n; i++)
		buf_addstr(&text, part);
	buf_addstr(&text, after);
	check_text(part, &text, code);
	buf_release(&text);
}

static void test_nesting(void)
{
	static const char *const parts[] = { "(", "[", "f(", "a[", "!", "-", "a + ", "a else ", "a || ", "f(x: " };
	static const char *const patterns[] = { "each x in xs { ", "when c { ", "match v { a => ", "a = each x in xs {\n",
						"if c { ", "for x in y {", "r(when c { " };

	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		check_repeated("param x: i32 = ", parts[i], MANY, "a", CF008);
	for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++)
		check_repeated("flow f { ", patterns[i], MANY, "", CF008);
	check_repeated("flow f { if c { g() }", " else if c { g() }", MANY, "}", CF008);
	check_repeated("type X = ", "[", MANY, "A", CF008);
	check_repeated("type X = A", "?", MANY, "", CF008);
	check_repeated("type X = ", "function(A) -> ", MANY, "A", CF008);
	check_repeated("param x: i32 = a", ".b", MANY, "", CF008);
	check_repeated("param x: i32 = a", "[1]", MANY, "", CF008);
	check_repeated("function f(x: A) -> B { ", "default ", MANY, "cpu 1 }", CF008);
	check_repeated("", "}", MANY, "", CF010);
	check_repeated("", ")", MANY, "", CF010);
	check_repeated("", "if c { ", MANY, "", CF008);
	check_repeated("param x: i32 = ", "{", MANY, "", CF010);
	check_repeated("", "} {", MANY, "", CF010);
}

static void test_tokens(void)
{
	check_repeated("param ", "xxxxxxxxxxxxxxxx", HUGE_TOKEN / 16, ": i32", CF008);
	check_repeated("param x: i32 = ", "1234567890123456", HUGE_TOKEN / 16, "", CF008);
	check_repeated("param x: string = \"", "xxxxxxxxxxxxxxxx", HUGE_TOKEN / 16, "\"", CF008);
	check_repeated("param x: string = \"", "xxxxxxxxxxxxxxxx", HUGE_TOKEN / 16, "", CF004);
	check_repeated("param x: string = '", "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n", HUGE_TOKEN / 16, "", CF004);
	check_repeated("", "################", HUGE_TOKEN / 16, "", CF003);
	check_repeated("", "#\n", MANY, "", CF003);
	check_repeated("/", "****************", HUGE_TOKEN / 16, "", CF005);
	check_repeated("", "\" \n", MANY, "", CF004);
	check_repeated("", "x y\n", MANY, "", CF010);
}

static void test_bytes(void)
{
	static char zeros[4096];
	struct buf text = BUF_INIT;
	uint32_t random = 12345;

	buf_addstr(&text, "flow f { }");
	buf_add(&text, zeros, sizeof zeros);
	check_text("NULs", &text, CF002);
	buf_clear(&text);
	for (int i = 0; i < 1 << 20; i++) {
		random = random * 1664525 + 1013904223;
		buf_addch(&text, (char)(random >> 24));
	}
	check_text("random bytes", &text, CF002);
	buf_clear(&text);
	for (int i = 0; i < 1 << 20; i++) {
		random = random * 1664525 + 1013904223;
		buf_addch(&text, (char)((random >> 24) % 127 + 1));
	}
	check_text("random ASCII", &text, CF003);
	buf_clear(&text);
	buf_addstr(&text, "flow f { a = \"\xe9\" }");
	check_text("Latin-1", &text, CF002);
	buf_release(&text);
}

int main(void)
{
	test_nesting();
	test_tokens();
	test_bytes();
	return test_end();
}
