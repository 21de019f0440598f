/* A plan as JSON: what is written reads back as the same bytes; torn, damaged and foreign texts are refused with a place. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "base/mem.h"
#include "runtime/plan.h"
#include "testsuite/unit/plan_build.h"

#define CHECK(what) do { if (!(what)) fail(#what, __LINE__); } while (0)

static void fail(const char *what, int line)
{
	fprintf(stderr, "plan_json.c:%d: not true: %s\n", line, what);
	exit(1);
}

/* Write, read, write: the same bytes. The plan is freed; its text is in *text. */
static void round_trip(struct plan *p, struct buf *text)
{
	struct buf error = BUF_INIT, again = BUF_INIT;
	struct plan *q;
	char hash[65], hash_again[65];

	buf_clear(text);
	plan_write(p, text);
	plan_hash(p, hash);
	plan_free(p);
	q = plan_read(text->p, text->len, &error);
	if (!q)
		fprintf(stderr, "%s\n", error.p);
	CHECK(q);
	plan_write(q, &again);
	plan_hash(q, hash_again);
	CHECK(again.len == text->len && memcmp(again.p, text->p, text->len) == 0);
	CHECK(strcmp(hash, hash_again) == 0);
	plan_free(q);
	buf_release(&again);
	buf_release(&error);
}

/* The text must be refused, and the message must hold `expected`. */
static void refused(const char *text, size_t len, const char *expected)
{
	struct buf error = BUF_INIT;
	struct plan *p = plan_read(text, len, &error);

	CHECK(!p);
	if (!error.len || !strstr(error.p, expected))
		fprintf(stderr, "message: %s\nexpected: %s\n", buf_str(&error), expected);
	CHECK(error.len && strstr(error.p, expected));
	buf_release(&error);
}

/* Cut at every byte, and every byte changed: refused or the same plan, never a crash. */
static void damaged(const struct buf *text)
{
	for (size_t i = 0; i + 2 < text->len; i++) {
		char *cut = mem_strndup(text->p, i);

		refused(cut, i, "plan refused");
		mem_free(cut);
	}
	for (size_t i = 0; i < text->len; i++)
		for (unsigned bit = 0; bit < 8; bit++) {
			struct buf error = BUF_INIT;
			char *changed = mem_strndup(text->p, text->len);
			struct plan *p;

			changed[i] = (char)(changed[i] ^ (1 << bit));
			p = plan_read(changed, text->len, &error);
			CHECK(p || error.len);
			plan_free(p);
			mem_free(changed);
			buf_release(&error);
		}
}

#define HEAD "{\"calcflow_plan\":3,\"program\":\"a.cf\","
static const struct { const char *text, *expected; } bad[] = {
	{ "", "too early" },
	{ "[]", "expected an object" },
	{ "{}", "missing" },
	{ "{\"program\":\"a\",\"calcflow_plan\":3}", "must come first" },
	{ "{\"calcflow_plan\":1}", "another version" },
	{ "{\"calcflow_plan\":\"1\"}", "another version" },
	{ "{\"calcflow_plan\":3,\"calcflow_plan\":3}", "twice" },
	{ "{\"calcflow_plan\":3,\"program\":\"a\"}", "missing" },
	{ HEAD "\"more\":1}", "unknown member `more`" },
	{ HEAD "\"set\":{\"name\":\"s\"}}", "set.slots: missing" },
	{ HEAD "\"set\":{\"slots\":1,\"slots\":1}}", "set.slots: a member that stands twice" },
	{ HEAD "\"set\":{\"name\":3}}", "set.name: expected a string, found a number" },
	{ HEAD "\"set\":{\"slots\":-1}}", "whole number" },
	{ HEAD "\"set\":{\"slots\":1.5}}", "whole number" },
	{ HEAD "\"set\":{\"slots\":4294967295}}", "too large" },
	{ HEAD "\"set\":{\"scratch\":99999999999999999999}}", "too large" },
	{ HEAD "\"set\":{\"order\":\"random\"}}", "unknown name `random`" },
	{ HEAD "\"set\":{\"name\":\"a\\u0000b\"}}", "NUL" },
	{ HEAD "\"set\":[]}", "expected an object, found an array" },
	{ HEAD "\"types\":[{\"kind\":\"i64\"},{\"elem\":1}]}", "types[1].kind: missing" },
	{ HEAD "\"types\":[{\"kind\":\"i64\",\"colour\":1}]}", "types[0]: unknown member `colour`" },
	{ HEAD "\"types\":{}}", "expected an array" },
	{ HEAD "\"types\":[],\"types\":[]}", "twice" },
	{ HEAD "\"fields\":[[\"a\",1,2]]}", "more members" },
	{ HEAD "\"fields\":[[\"a\"]]}", "fields[0].type: missing" },
	{ HEAD "\"fields\":[{}]}", "expected an array, found an object" },
	{ HEAD "\"columns\":[{\"value\":[1,[2]]}]}", "columns[0].value: expected a number, found an array" },
	{ HEAD "\"columns\":[{\"value\":[[[[[[[[]]]]]]]]}]}", "expected a number" },
	{ HEAD "\"items\":[1,\"2\"]}", "items: expected a number" },
	{ HEAD "\"set\":{\"name\":\"s\",\"slots\":2,\"slot_image\":[\"a\"]}}", "slot_image: 1 entries" },
	{ HEAD "\"set\":{\"name\":\"s\",\"slots\":1},\"regions\":[{\"node\":0,\"body\":0,\"row_start\":[0,1]}]}",
	  "regions[0].row_start: 2 entries" },
	{ HEAD "\"set\":{\"name\":\"s\",\"slots\":1},\"blocks\":[{\"rows\":1}],\"regions\":[{\"node\":0,\"body\":0,"
	  "\"parent_start\":[0,1]}]}", "starts without the entries" },
	{ HEAD "\"set\":{\"name\":\"s\",\"slots\":1},\"blocks\":[{\"rows\":1}],\"regions\":[{\"node\":0,\"body\":0,"
	  "\"parent_start\":[0,1],\"parents\":[0,0]}]}", "regions[0].parents: 2 entries" },
};

static void test_bad(void)
{
	struct buf deep = BUF_INIT;

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		refused(bad[i].text, strlen(bad[i].text), bad[i].expected);
	for (int i = 0; i < 100000; i++)
		buf_addch(&deep, '[');
	refused(deep.p, deep.len, "expected an object");
	buf_clear(&deep);
	buf_addstr(&deep, "{\"calcflow_plan\":");
	for (int i = 0; i < 100000; i++)
		buf_addch(&deep, '[');
	refused(deep.p, deep.len, "another version");
	buf_release(&deep);
}

static void test_slot_images(void)
{
	static const char *images[] = { "a:1", "b@sha256:00", "a:1" };
	static struct plan_role roles[] = { { 0, "b@sha256:00", ROLE_MOUNTED }, { 0, "c:2", ROLE_SWAP } };
	struct plan *p = build_text();
	struct buf text = BUF_INIT;

	p->func[1].image = "a:1";
	p->func[0].image = p->func[2].image = "b@sha256:00";
	p->set.slot_image = images;
	p->func[0].portable = p->func[2].portable = true;
	p->role = roles;
	p->roles = 2;
	round_trip(p, &text);
	CHECK(strstr(text.p, "\"b@sha256:00\"") && strstr(text.p, "\"portable\":true"));
	CHECK(strstr(text.p, "\"way\":\"mounted\"") && strstr(text.p, "\"image\":\"c:2\""));
	buf_release(&text);
}

/* Prints bytes and times of large plans: `plan_json 1000000`. */
static void measure(uint32_t rows)
{
	struct plan *p = build_workflow(rows, 100, 2), *q;
	struct buf text = BUF_INIT, error = BUF_INIT;
	clock_t start = clock();

	plan_write(p, &text);
	printf("%u steps: %zu bytes, written in %.3f s", rows, text.len, (double)(clock() - start) / CLOCKS_PER_SEC);
	plan_free(p);
	start = clock();
	q = plan_read(text.p, text.len, &error);
	printf(", read in %.3f s, %zu bytes in memory\n", (double)(clock() - start) / CLOCKS_PER_SEC, q ? q->arena.total : 0);
	CHECK(q);
	plan_free(q);
	buf_release(&text);
	buf_release(&error);
}

int main(int argc, char **argv)
{
	struct buf text = BUF_INIT;

	if (argc > 1) {
		measure((uint32_t)strtoul(argv[1], NULL, 10));
		return 0;
	}
	round_trip(build_nested(3), &text);
	round_trip(build_choices(), &text);
	round_trip(build_workflow(60, 6, 3), &text);
	round_trip(build_text(), &text);
	damaged(&text);
	test_bad();
	test_slot_images();
	buf_release(&text);
	return 0;
}
