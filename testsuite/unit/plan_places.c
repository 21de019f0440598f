/*
 * Places of a plan's lines: written, given to the plan without them, and the same; texts and folders that are not the places of this plan,
 * all passed over with a word, the plan as it was. With arguments, DIR HASH PLACES: how many rows of that plan have a place, and which it
 * is for the first and the last node.
 */
#include "runtime/plan_places.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>
#include "base/file.h"
#include "base/gzip.h"
#include "base/hash.h"
#include "base/limits.h"
#include "runtime/plan_load.h"
#include "testsuite/unit/plan_build.h"
#include "testsuite/unit/test.h"

/* The plan as a pod has it: read from its text, where no place stands. */
static struct plan *bare(const struct plan *p, char hash[65])
{
	struct buf text = BUF_INIT, error = BUF_INIT;
	struct plan *made;

	plan_write(p, &text);
	plan_hash(p, hash);
	made = plan_read(text.p, text.len, &error);
	CHECK(made != NULL);
	buf_release(&text);
	buf_release(&error);
	return made;
}

static void placed(const struct plan *p, struct buf *out)
{
	buf_clear(out);
	plan_write_placed(p, out);
}

static bool reads(struct plan *p, const char *hash, const char *text, const char *why)
{
	struct buf before = BUF_INIT, after = BUF_INIT, error = BUF_INIT;
	bool ok;

	placed(p, &before);
	ok = plan_places_read(p, hash, text, strlen(text), &error);
	placed(p, &after);
	if (!ok && (!why || !strstr(buf_str(&error), why)))
		printf("  wanted: %s\n  got:    %s\n", why ? why : "places", buf_str(&error));
	if (why)
		ok = !ok && strstr(buf_str(&error), why) && strcmp(before.p, after.p) == 0;
	buf_release(&before);
	buf_release(&after);
	buf_release(&error);
	return ok;
}

static void test_whole(struct plan *p)
{
	struct buf text = BUF_INIT, wanted = BUF_INIT, got = BUF_INIT, error = BUF_INIT, again = BUF_INIT;
	char hash[65], moved[65];
	struct plan *q = bare(p, hash);

	plan_places_write(p, hash, 0, &text);
	CHECK(plan_places_read(q, hash, text.p, text.len, &error));
	placed(p, &wanted);
	placed(q, &got);
	CHECK_TEXT(got.p, wanted.p);
	CHECK(strstr(got.p, "flow.cf:20"));
	plan_places_write(q, hash, 0, &again);
	CHECK_TEXT(again.p, text.p);
	plan_hash(q, moved);
	CHECK_TEXT(moved, hash);
	p->set.loc = "flow.cf:21";	/* a line more above it */
	plan_hash(p, moved);
	CHECK_TEXT(moved, hash);
	p->set.slots++;
	plan_hash(p, moved);
	CHECK(strcmp(moved, hash) != 0);
	for (size_t len = 0; len + 1 < text.len; len++) {	/* cut off anywhere, but before its last newline */
		struct buf cut = BUF_INIT;

		buf_add(&cut, text.p, len);
		CHECK(!plan_places_read(q, hash, buf_str(&cut), len, &error));
		buf_release(&cut);
	}
	for (size_t at = 0; at < text.len * 8; at++) {		/* any bit: another place at worst */
		text.p[at / 8] ^= (char)(1 << at % 8);
		plan_places_read(q, hash, text.p, text.len, &error);
		text.p[at / 8] ^= (char)(1 << at % 8);
	}
	plan_free(q);
	buf_release(&text);
	buf_release(&wanted);
	buf_release(&got);
	buf_release(&again);
	buf_release(&error);
	plan_free(p);
}

/* What a place may be, beside file and line. */
static void test_texts(void)
{
	static const char *const loc[] = { "flow.cf", "a:b.cf:3", "flow.cf:0", "flow.cf:007", "flow.cf:4294967295", "flow.cf:", ":7", "12", "",
		"\xC3\xA4.cf:1", "with \"quotes\" \\ and:99" };
	struct plan *p = build_workflow(4, 2, 1), *q;
	struct buf text = BUF_INIT, error = BUF_INIT;
	char hash[65];

	q = bare(p, hash);
	for (size_t i = 0; i < sizeof loc / sizeof loc[0]; i++) {
		buf_clear(&text);
		p->node[1].loc = p->set.row = loc[i];
		plan_places_write(p, hash, 0, &text);
		CHECK(plan_places_read(q, hash, text.p, text.len, &error));
		CHECK_TEXT(*loc[i] ? q->node[1].loc : "", loc[i]);
		CHECK_TEXT(*loc[i] ? q->set.row : "", loc[i]);
	}
	p->node[1].loc = "\nlast word: done\r:7";	/* would forge a line of a log: it has none */
	buf_clear(&text);
	plan_places_write(p, hash, 0, &text);
	CHECK(!strstr(text.p, "last word") && plan_places_read(q, hash, text.p, text.len, &error));
	buf_release(&text);
	buf_release(&error);
	plan_free(p);
	plan_free(q);
}

static void test_hostile(void)
{
	struct plan *p = build_text(), *q;
	char hash[65], other[65], text[512], *long_text;
	struct buf many = BUF_INIT;
	const struct { const char *tables, *why; } bad[] = {
		{ "\"nodes\":[2,2,2,2,2]", "not as long" }, { "\"nodes\":[2,2]", "not as long" }, { "\"nodes\":[]", "not as long" },
		{ "\"nodes\":[2,2,2,2],\"nodes\":[2,2,2,2]", "twice" }, { "\"types\":[]", "no places" }, { "\"items\":[]", "no places" },
		{ "\"set\":[-1,0]", "none of a place" }, { "\"set\":[1e3,0]", "none of a place" }, { "\"set\":[0.5,0]", "none of a place" },
		{ "\"set\":[18446744073709551615,1]", "none of a place" }, { "\"set\":[99999999999999999999999,1]", "none of a place" },
		{ "\"set\":[4294967299,0]", "none of a place" }, { "\"set\":[\"x\",0]", "not as long" }, { "\"set\":[[2],0]", "" }, { "\"set\":{}", "no array" },
		{ "\"set\":7", "no array" }, { "\"set\":[2,0]}{", "" },
	};
	const char *const begun[] = { "", "{", "[]", "null", "{}", "\xff\xfe", "{\"plan\":\"x\"}", "{\"calcflow_places\":1}", "{\"calcflow_places\":2,", "\x1f\x8b\x08",
		"{\"calcflow_places\":1,\"plan\":\"x\",\"files\":[]}", "{\"calcflow_places\":\"1\"", "{\"calcflow_plan\":3}" };

	q = bare(p, hash);
	for (size_t i = 0; i < sizeof begun / sizeof begun[0]; i++)
		CHECK(reads(q, hash, begun[i], ""));
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		snprintf(text, sizeof text, "{\"calcflow_places\":1,\"plan\":\"%s\",\"files\":[\"f\"],%s}", hash, bad[i].tables);
		CHECK(reads(q, hash, text, bad[i].why));
	}
	snprintf(text, sizeof text, "{\"calcflow_places\":1,\"plan\":\"%s\",\"files\":[],\"set\":[1,0]}", hash);
	CHECK(reads(q, hash, text, "none of a place"));
	snprintf(text, sizeof text, "{\"calcflow_places\":1,\"plan\":\"%s\",\"files\":[\"a\\nb\"]}", hash);
	CHECK(reads(q, hash, text, "no name"));
	snprintf(text, sizeof text, "{\"calcflow_places\":1,\"plan\":\"%s\",\"files\":[\"\"]}", hash);
	CHECK(reads(q, hash, text, "no name"));
	memset(other, '7', 64);
	other[64] = '\0';
	snprintf(text, sizeof text, "{\"calcflow_places\":1,\"plan\":\"%s\",\"files\":[\"f\"],\"set\":[8,0]}", other);
	CHECK(reads(q, hash, text, "another plan"));
	snprintf(text, sizeof text, "{\"calcflow_places\":1,\"plan\":\"%s\",\"files\":[\"f\"],\"set\":[8,0]}", hash);
	CHECK(reads(q, hash, text, NULL));
	CHECK_TEXT(q->set.loc, "f:7");
	buf_reserve(&many, plan_places_most(q) + 2);	/* too large, whatever it is */
	memset(many.p, ' ', plan_places_most(q) + 1);
	many.p[plan_places_most(q) + 1] = '\0';
	CHECK(reads(q, hash, many.p, "too large"));
	buf_clear(&many);				/* a short text that stands for much memory: many rows at a long name */
	plan_free(p);
	plan_free(q);
	p = build_rounds(1, false);
	for (unsigned i = 0; i < 20000; i++)
		build_expr(p, (struct plan_expr){ .kind = EXPR_CONST, .type = TYPE_I64, .loc = i % 2 ? "" : "x" });
	long_text = malloc(100001);
	memset(long_text, 'n', 100000);
	long_text[100000] = '\0';
	for (uint32_t i = 0; i < p->exprs; i++)
		p->expr[i].loc = i % 2 ? "" : long_text;
	plan_places_write(p, hash, 0, &many);
	CHECK(many.len < plan_places_most(p));
	CHECK(reads(p, hash, many.p, "too large"));
	free(long_text);
	buf_release(&many);
	plan_free(p);
}

static void put(const char *dir, const char *name, const void *bytes, size_t len)
{
	struct buf path = BUF_INIT;

	buf_printf(&path, "%s/%s", dir, name);
	CHECK(file_replace(path.p, bytes, len, 0644, NULL));
	buf_release(&path);
}

static void test_folder(void)
{
	char dir[] = "plan-places-XXXXXX", hash[65];
	struct plan *p = build_workflow(50, 10, 1), *q = bare(p, hash);
	struct buf text = BUF_INIT, packed = BUF_INIT, error = BUF_INIT, zeros = BUF_INIT;

	CHECK(mkdtemp(dir) != NULL);
	CHECK(plan_places_load(q, hash, "nowhere", &error) && !error.len);	/* none: all stand at the program */
	CHECK_TEXT(q->node[1].loc, q->program);
	CHECK(plan_places_load(q, hash, dir, &error) && !error.len);
	plan_places_write(p, hash, 0, &text);
	put(dir, "places.000", text.p, text.len);
	CHECK(plan_places_load(q, hash, dir, &error) && !error.len);
	CHECK_TEXT(q->node[1].loc, "flow.cf:11");
	gzip_pack(text.p, text.len, &packed);
	put(dir, "places.000", packed.p, packed.len);
	q->node[1].loc = "";
	CHECK(plan_places_load(q, hash, dir, &error) && !error.len);
	CHECK_TEXT(q->node[1].loc, "flow.cf:11");
	put(dir, "places.000", packed.p, packed.len / 2);
	q->node[1].loc = "";
	CHECK(!plan_places_load(q, hash, dir, &error) && strstr(error.p, "cannot be unpacked"));
	CHECK_TEXT(q->node[1].loc, q->program);
	buf_reserve(&zeros, 4 << 20);		/* more than the places of any plan of that size */
	memset(zeros.p, 0, 4 << 20);
	buf_clear(&packed);
	gzip_pack(zeros.p, 4 << 20, &packed);
	put(dir, "places.000", packed.p, packed.len);
	buf_clear(&error);
	CHECK(!plan_places_load(q, hash, dir, &error) && strstr(error.p, "too large"));
	put(dir, "places.000", zeros.p, 4 << 20);
	buf_clear(&error);
	CHECK(!plan_places_load(q, hash, dir, &error) && strstr(error.p, "too large"));
	CHECK(file_remove_tree(AT_FDCWD, dir));
	buf_release(&text);
	buf_release(&packed);
	buf_release(&zeros);
	buf_release(&error);
	plan_free(p);
	plan_free(q);
}

static int load(const char *dir, const char *hash, const char *places)
{
	struct buf error = BUF_INIT;
	struct plan *p = plan_load(dir, hash, &error);
	uint32_t known = 0;

	if (!p || !plan_places_load(p, hash, places, &error)) {
		fprintf(stderr, "%s\n", error.p);
		return 1;
	}
	for (uint32_t i = 0; i < p->nodes; i++)
		known += strchr(p->node[i].loc, ':') != NULL;
	printf("%u nodes, %s to %s\n", (unsigned)known, p->node[0].loc, p->node[p->nodes - 1].loc);
	plan_free(p);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 4)
		return load(argv[1], argv[2], argv[3]);
	test_whole(build_text());
	test_whole(build_workflow(20, 5, 2));
	test_whole(build_choices());
	test_texts();
	test_hostile();
	test_folder();
	return test_end();
}
