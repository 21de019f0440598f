/* Diagnostics as text: places, windows, what steers a terminal, repeats, counts. */
#include "base/buf.h"
#include "base/diag.h"
#include "testsuite/unit/test.h"

static const char *printed(const struct diags *d, struct buf *out, bool colour)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	diag_print(d, f, colour);
	fclose(f);
	buf_clear(out);
	buf_add(out, text, len);
	free(text);
	return buf_str(out);
}

static void test_form(void)
{
	struct sources *s = sources_new();
	const char *text = "flow f {\n\tx = g(é, \x1b[31m)\r\n}\n";
	const struct source *src = sources_add(s, "a.cf", text, strlen(text));
	struct diags *d = diags_new(s);
	struct buf out = BUF_INIT;

	diag_report(d, CF104, (struct span){ src->base + 14, 1 }, "unknown function `%s`", "g");
	diag_note(d, (struct span){ src->base + 5, 1 }, "in this flow");
	diag_help(d, "did you mean `h`?");
	diag_report(d, CF104, (struct span){ src->base + 14, 1 }, "again");
	diag_help(d, "not shown");
	diag_report(d, CF901, SPAN_NONE, "a \x07 bell");
	diag_note(d, SPAN_NONE, "nowhere");
	CHECK(diag_errors(d) == 1);
	CHECK_TEXT(printed(d, &out, false), "a.cf:2:6: error[CF104]: unknown function `g`\n"
					    "   |\n"
					    " 2 |     x = g(é, \\x1b[31m)\n"
					    "   |         ^\n"
					    "a.cf:1:6: note: in this flow\n"
					    "   |\n"
					    " 1 | flow f {\n"
					    "   |      ^\n"
					    "   = help: did you mean `h`?\n"
					    "\n"
					    "warning[CF901]: a \\x07 bell\n"
					    "   = note: nowhere\n"
					    "   = help: use it, or leave it out\n"
					    "\n");
	CHECK(strstr(printed(d, &out, true), "\033[1;31merror[CF104]\033[0m"));
	buf_release(&out);
	diags_free(d);
	sources_free(s);
}

static void test_fixes(void)
{
	struct sources *s = sources_new();
	const char *text = "flow f { g(é) }\n";
	const struct source *src = sources_add(s, "a.cf", text, strlen(text));
	struct span word = { src->base + 9, 1 };
	uint32_t decoded = sources_decoded(s, "g", 1, word);
	struct diags *d = diags_new(s);
	struct buf out = BUF_INIT;

	diag_report(d, CF104, word, "unknown \xff `g`");
	diag_fix(d, word, "h", "write `%s`", "h");
	diag_fix_also(d, (struct span){ src->base + 13, 0 }, "!");
	diag_fix(d, (struct span){ decoded, 1 }, "h", "no edit of what stands in no text");
	diag_fix_also(d, SPAN_NONE, "h");
	diag_report(d, CF104, word, "again");
	diag_fix(d, word, "i", "not kept");
	diag_fix_also(d, word, "i");
	CHECK(strstr(printed(d, &out, false), "   = help: write `h`\n   = help: no edit"));
	buf_clear(&out);
	diag_json(d, &out);
	CHECK_TEXT(buf_str(&out), "{\"code\":\"CF104\",\"severity\":\"error\",\"title\":\"unknown function or flow\","
				  "\"message\":\"unknown \xEF\xBF\xBD `g`\","
				  "\"place\":{\"file\":\"a.cf\",\"line\":1,\"column\":10,\"endLine\":1,\"endColumn\":11,\"offset\":9,\"length\":1},"
				  "\"notes\":[],\"help\":[\"write `h`\",\"no edit of what stands in no text\"],"
				  "\"fixes\":[{\"title\":\"write `h`\",\"edits\":["
				  "{\"place\":{\"file\":\"a.cf\",\"line\":1,\"column\":10,\"endLine\":1,\"endColumn\":11,\"offset\":9,\"length\":1},"
				  "\"text\":\"h\"},"
				  "{\"place\":{\"file\":\"a.cf\",\"line\":1,\"column\":13,\"endLine\":1,\"endColumn\":13,\"offset\":13,\"length\":0},"
				  "\"text\":\"!\"}]}]}\n"
				  "{\"errors\":1,\"warnings\":0,\"hidden\":0}\n");
	buf_clear(&out);
	diag_sarif(d, &out);
	CHECK(strstr(buf_str(&out), "\"deletedRegion\"") && strstr(out.p, "\"unicodeCodePoints\""));
	buf_release(&out);
	diags_free(d);
	sources_free(s);
}

static void test_long_line(void)
{
	struct sources *s = sources_new();
	struct buf text = BUF_INIT, out = BUF_INIT;
	const struct source *src;
	struct diags *d = diags_new(s);

	for (int i = 0; i < 1 << 18; i++)
		buf_addstr(&text, "é\xff\xe2\x80\xae");
	src = sources_add(s, "long", text.p, text.len);
	diag_report(d, CF003, (struct span){ src->base + 600000, 300000 }, "here");
	diag_report(d, CF004, (struct span){ src->base + (uint32_t)text.len, 0 }, "at the end");
	printed(d, &out, false);
	CHECK(out.len < 2000 && strstr(out.p, "\\xff\\u{202e}") && strstr(out.p, "^^^^"));
	buf_release(&text);
	buf_release(&out);
	diags_free(d);
	sources_free(s);
}

static void test_many(void)
{
	struct sources *s = sources_new();
	struct buf text = BUF_INIT, out = BUF_INIT;
	struct diags *d = diags_new(s);
	const struct source *src;

	for (int i = 0; i < 5000; i++)
		buf_addstr(&text, "x\n");
	src = sources_add(s, "many", text.p, text.len);
	for (uint32_t i = 0; i < 5000; i++)
		diag_report(d, CF101, (struct span){ src->base + 2 * i, 1 }, "no %u", i);
	CHECK(diag_full(d) && diag_errors(d) == 5000);
	CHECK(strstr(printed(d, &out, false), "\n4980 more errors\n"));
	buf_release(&text);
	buf_release(&out);
	diags_free(d);
	sources_free(s);
}

int main(void)
{
	test_form();
	test_fixes();
	test_long_line();
	test_many();
	CHECK_TEXT(diag_code_name(CF101), "CF101");
	CHECK(diag_code_severity(CF901) == DIAG_WARNING && diag_code_title(CF901)[0]);
	return test_end();
}
