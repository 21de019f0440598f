/* libcalcc: the same program from text, from a document and call by call is the same document; what is misused says so. */
#include <stdlib.h>

#include "lib/calcc.h"
#include "testsuite/unit/test.h"

struct said { unsigned api, codes; char code[16], file[64], message[200]; unsigned line, column; };

static void on_diagnostic(void *ctx, const struct calcc_diagnostic *d)
{
	struct said *s = ctx;
	s->api += !strcmp(d->code, "API");
	s->codes += d->is_error && strcmp(d->code, "API");
	snprintf(s->code, sizeof s->code, "%s", d->code);
	snprintf(s->file, sizeof s->file, "%s", d->file);
	snprintf(s->message, sizeof s->message, "%s", d->message);
	s->line = d->line;
	s->column = d->column;
}

struct text { char *p; size_t len; unsigned files; };

static int keep(void *ctx, const char *name, const char *bytes, size_t len)
{
	struct text *t = ctx;
	(void)name;
	free(t->p);
	t->p = malloc(len + 1);
	memcpy(t->p, bytes, len);
	t->p[t->len = len] = 0;
	t->files++;
	return 0;
}

static int stop(void *ctx, const char *name, const char *bytes, size_t len)
{
	(void)ctx;
	(void)name;
	(void)bytes;
	(void)len;
	return 1;
}

static const char program[] =
	"type R { n: i64, s: string }\n"
	"enum E { one two }\n"
	"function ids(r: R, e: E) -> (ids: [i64], rest: file) { command [\"ids\", \"{r}\", \"{e}\", \"{ids}\", \"{rest}\"] cpu 500m retries 2 }\n"
	"function one(n: i64, note: string?) -> file { command [\"one\", \"{n}\"] stdout out }\n"
	"function join(parts: [file], all: [file]) -> file { command [\"join\", \"{parts}\", \"{all}\", \"{out}\"] }\n"
	"flow f(x: [file]) -> file {\n"
	"    list, rest = ids(R(n: 3, s: \"{x}\"), two)\n"
	"    per = each n in list limit 2 { one(n) }\n"
	"    return join(per, x) after rest\n"
	"}\n"
	"source raw : [file] at share \"/in/*\"\n"
	"sink all : file at share \"/out/all\"\n"
	"calcset s on pod { run all <- f(raw) slots 3 default image \"x:1\" }\n";

#define OK(x) CHECK((x) == CALCC_OK)

static void declare(struct calcc *c)
{
	static const char *const fields[] = { "n", "i64", "s", "string" }, *const members[] = { "one", "two" };
	OK(calcc_begin(c, "p.cf"));
	OK(calcc_record(c, "R", 2, fields));
	OK(calcc_enum(c, "E", 2, members));
	OK(calcc_function(c, "ids"));
	OK(calcc_param(c, "r", "R"));
	OK(calcc_param(c, "e", "E"));
	OK(calcc_result(c, "ids", "[i64]"));
	OK(calcc_result(c, "rest", "file"));
	OK(calcc_command(c, 5, (const char *const[]){ "ids", "{r}", "{e}", "{ids}", "{rest}" }));
	OK(calcc_attribute(c, "cpu", "500m"));
	OK(calcc_attribute_number(c, "retries", 2));
	OK(calcc_end(c));
	OK(calcc_function(c, "one"));
	OK(calcc_param(c, "n", "i64"));
	OK(calcc_param(c, "note", "string?"));
	OK(calcc_result(c, NULL, "file"));
	OK(calcc_command(c, 2, (const char *const[]){ "one", "{n}" }));
	OK(calcc_attribute(c, "stdout", "out"));
	OK(calcc_end(c));
	OK(calcc_function(c, "join"));
	OK(calcc_param(c, "parts", "[file]"));
	OK(calcc_param(c, "all", "[file]"));
	OK(calcc_result(c, NULL, "file"));
	OK(calcc_command(c, 4, (const char *const[]){ "join", "{parts}", "{all}", "{out}" }));
	OK(calcc_end(c));
	OK(calcc_source(c, "raw", "[file]", "/in/*"));
	OK(calcc_sink(c, "all", "file", "/out/all"));
}

static void build(struct calcc *c)
{
	struct calcc_value list = calcc_step_result("list", "ids");
	declare(c);
	OK(calcc_set(c, "s"));
	OK(calcc_attribute_number(c, "slots", 3));
	OK(calcc_attribute_json(c, "default", "{\"image\":\"x:1\"}", 15));
	OK(calcc_call(c, "list", "ids"));
	OK(calcc_arg(c, "r", calcc_json("{\"value\":{\"n\":3,\"s\":\"{x}\"}}", 27)));
	OK(calcc_arg(c, "e", calcc_text("two")));
	OK(calcc_end(c));
	OK(calcc_each(c, "per", &list, 1));
	OK(calcc_attribute_number(c, "limit", 2));
	OK(calcc_call(c, "one", "one"));
	OK(calcc_arg(c, "n", calcc_item("per")));
	OK(calcc_end(c));
	OK(calcc_give(c, calcc_step("one")));
	OK(calcc_end(c));
	OK(calcc_call(c, "join", "join"));
	OK(calcc_arg(c, "parts", calcc_step("per")));
	OK(calcc_arg(c, "all", calcc_from("raw")));
	OK(calcc_after(c, "list"));
	OK(calcc_end(c));
	OK(calcc_sink_value(c, "all", calcc_step("join")));
	OK(calcc_end(c));
}

static char *document(struct calcc *c)
{
	struct text t = { NULL, 0, 0 };
	OK(calcc_graph(c, 0, keep, &t));
	return t.p;
}

static void same_bytes(void)
{
	struct said said = { 0 };
	struct calcc *text = calcc_new(), *data = calcc_new(), *calls = calcc_new();
	calcc_diagnostics(text, on_diagnostic, &said);
	calcc_diagnostics(data, on_diagnostic, &said);
	calcc_diagnostics(calls, on_diagnostic, &said);
	char *bare = NULL;
	static char raw[sizeof program];
	/* the record's text has braces: they are a word of the flow's own here */
	memcpy(raw, program, sizeof program);
	char *brace = strstr(raw, "\"{x}\"");
	memcpy(brace, "'{x}'", 5);
	OK(calcc_compile_text(text, "p.cf", raw, strlen(raw)));
	char *one = document(text);
	OK(calcc_compile_text(data, "p.json", one, strlen(one)));
	char *two = document(data);
	build(calls);
	OK(calcc_check(calls));
	if (said.codes)
		printf("%s %s:%u: %s\n", said.code, said.file, said.line, said.message);
	char *three = document(calls);
	CHECK_TEXT(one, two);
	/* what is built knows no program's places: the document says so itself */
	CHECK_TEXT(one, three);
	CHECK(calcc_sets(calls) == 1 && !strcmp(calcc_set_name(calls, 0), "s") && !calcc_set_name(calls, 1));
	struct text a = { NULL, 0, 0 }, b = { NULL, 0, 0 };
	OK(calcc_emit(data, "plan", NULL, keep, &a));
	OK(calcc_emit(data, "plan", "s", keep, &b));
	CHECK(a.files == 1 && b.files == 1 && a.len == b.len && !memcmp(a.p, b.p, a.len));
	CHECK(calcc_emit(data, "kubernetes", NULL, keep, &a) == CALCC_WRONG);
	OK(calcc_claim(data, "in", "x"));
	OK(calcc_claim(data, "out", "y,1Gi"));
	OK(calcc_emit(data, "kubernetes", NULL, keep, &a));
	CHECK(a.files > 4);
	CHECK(calcc_emit(data, "kubernetes", NULL, stop, NULL) == CALCC_IO);
	CHECK(calcc_emit(data, "plan", "none", keep, &a) == CALCC_WRONG);
	free(a.p);
	free(b.p);
	free(one);
	free(two);
	free(three);
	free(bare);
	calcc_free(text);
	calcc_free(data);
	calcc_free(calls);
}

static void wrong_graphs(void)
{
	struct said said = { 0 };
	struct calcc *c = calcc_new();
	calcc_diagnostics(c, on_diagnostic, &said);
	declare(c);
	OK(calcc_set(c, "s"));
	OK(calcc_call(c, "x", "one"));
	OK(calcc_at(c, "12:5"));
	OK(calcc_arg(c, "n", calcc_step("nobody")));
	OK(calcc_end(c));
	OK(calcc_end(c));
	CHECK(calcc_check(c) == CALCC_WRONG);
	CHECK(said.codes == 1 && !strcmp(said.code, "CF101"));
	CHECK(calcc_check(c) == CALCC_MISUSE && calcc_set(c, "t") == CALCC_MISUSE && calcc_graph(c, 1, keep, NULL) == CALCC_MISUSE);
	calcc_free(c);
	c = calcc_new();
	CHECK(calcc_compile_file(c, "/nowhere/x.cf") == CALCC_IO);
	calcc_free(c);
}

/* Every call in an order, or with a value, that cannot be: refused, and the context goes on. */
static void misuse(void)
{
	struct said said = { 0 };
	struct calcc *c = calcc_new();
	struct calcc_value none = { 0 }, deep[70];
	const char *const nothing[] = { NULL };
	calcc_diagnostics(c, on_diagnostic, &said);
	CHECK(calcc_end(NULL) == CALCC_MISUSE && calcc_check(NULL) == CALCC_MISUSE && calcc_diagnostics(NULL, NULL, NULL) == CALCC_MISUSE);
	calcc_free(NULL);
	CHECK(calcc_sets(NULL) == 0 && calcc_sets(c) == 0);
	CHECK(calcc_check(c) == CALCC_MISUSE && calcc_function(c, "f") == CALCC_MISUSE && calcc_end(c) == CALCC_MISUSE && calcc_begin(c, NULL) == CALCC_MISUSE);
	CHECK(calcc_compile_file(c, NULL) == CALCC_MISUSE && calcc_compile_text(c, NULL, NULL, 0) == CALCC_MISUSE);
	OK(calcc_begin(c, "p.cf"));
	CHECK(calcc_begin(c, "q.cf") == CALCC_MISUSE && calcc_end(c) == CALCC_MISUSE && calcc_param(c, "a", "b") == CALCC_MISUSE);
	CHECK(calcc_record(c, "R", 1, NULL) == CALCC_MISUSE && calcc_record(c, "R", 1, nothing) == CALCC_MISUSE && calcc_enum(c, NULL, 0, NULL) == CALCC_MISUSE);
	CHECK(calcc_call(c, "x", "f") == CALCC_MISUSE && calcc_arg(c, "x", calcc_i64(1)) == CALCC_MISUSE && calcc_give(c, calcc_i64(1)) == CALCC_MISUSE);
	CHECK(calcc_at(c, "1:1") == CALCC_MISUSE && calcc_attribute(c, "a", "b") == CALCC_MISUSE && calcc_sink_value(c, "s", calcc_i64(1)) == CALCC_MISUSE);
	OK(calcc_set(c, "s"));
	CHECK(calcc_set(c, "t") == CALCC_MISUSE && calcc_function(c, "f") == CALCC_MISUSE && calcc_check(c) == CALCC_MISUSE);
	OK(calcc_call(c, "x", "f"));
	CHECK(calcc_call(c, "y", "f") == CALCC_MISUSE && calcc_arg(c, NULL, calcc_i64(1)) == CALCC_MISUSE && calcc_arg(c, "a", none) == CALCC_MISUSE);
	CHECK(calcc_arg(c, "a", calcc_text(NULL)) == CALCC_MISUSE && calcc_arg(c, "a", calcc_step(NULL)) == CALCC_MISUSE);
	CHECK(calcc_arg(c, "a", calcc_json("}", 1)) == CALCC_MISUSE && calcc_arg(c, "a", calcc_f64(1.0 / 0.0)) == CALCC_MISUSE);
	CHECK(calcc_arg(c, "a", calcc_list(NULL, 3)) == CALCC_MISUSE && calcc_arg(c, "a", calcc_column(&none, 1)) == CALCC_MISUSE);
	deep[0] = calcc_i64(1);
	for (unsigned i = 1; i < 70; i++)
		deep[i] = calcc_list(&deep[i - 1], 1);
	CHECK(calcc_arg(c, "a", deep[69]) == CALCC_MISUSE);
	OK(calcc_at(c, "1:1"));
	CHECK(calcc_at(c, "1:1") == CALCC_MISUSE);
	OK(calcc_end(c));
	CHECK(calcc_each(c, "e", NULL, 1) == CALCC_MISUSE && calcc_steps(c, "s", 1, nothing, NULL) == CALCC_MISUSE && calcc_node_json(c, "{", 1) == CALCC_MISUSE);
	CHECK(calcc_emit(c, "plan", NULL, keep, NULL) == CALCC_MISUSE && calcc_emit_to(c, "plan", NULL, NULL) == CALCC_MISUSE && calcc_claim(c, NULL, NULL) == CALCC_MISUSE);
	OK(calcc_end(c));
	CHECK(said.api > 25 && !said.codes);
	CHECK(calcc_check(c) == CALCC_WRONG);	/* f is declared nowhere */
	CHECK(said.codes == 1 && !strcmp(said.code, "CF104"));
	CHECK(!strcmp(said.file, "p.cf"));
	calcc_free(c);
}

int main(void)
{
	CHECK(*calcc_version());
	same_bytes();
	wrong_graphs();
	misuse();
	return test_end();
}
