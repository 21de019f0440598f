/* Timelines: what is drawn of a few steps, hostile names, and that many steps, functions and slots stay a picture that counts every one. */
#include <stdio.h>
#include <stdlib.h>

#include "runtime/timeline.h"
#include "testsuite/unit/test.h"

static void name_step(void *ctx, uint32_t step, struct buf *out)
{
	buf_printf(out, "%s%u", (const char *)ctx, step);
}

static void name_slot(void *ctx, uint32_t slot, struct buf *out)
{
	(void)ctx;
	buf_printf(out, "slot %u", slot);
}

static void draw(const struct timeline *t, const char *steps, const uint32_t *critical, size_t criticals, uint64_t ended_us, struct buf *out)
{
	struct timeline_words w = { "local: done", critical, criticals, name_step, name_slot, (void *)(uintptr_t)steps, 1000, 1000 + ended_us, NULL, 0 };

	buf_clear(out);
	timeline_svg(t, &w, out);
	CHECK(out->len > 100 && !strncmp(out->p, "<?xml", 5) && !strcmp(out->p + out->len - 7, "</svg>\n"));
}

static size_t count(const char *text, const char *what)
{
	size_t n = 0;

	for (; (text = strstr(text, what)); text += strlen(what))
		n++;
	return n;
}

/* Attempts that the bars say: one each, or as many as its title says. */
static uint64_t told(const char *text)
{
	uint64_t sum = 0;

	for (; (text = strstr(text, "><title>")); text += 8) {
		char *end;
		unsigned long long n = strtoull(text + 8, &end, 10);
		sum += end > text + 8 && !strncmp(end, " steps", 6) ? n : 1;
	}
	return sum;
}

static void test_few(void)
{
	struct timeline t = { 0 };
	struct buf out = BUF_INIT;
	const uint32_t critical[] = { 1, 2 };

	timeline_ran(&t, 0, "read", 0, 1000, 201000);
	timeline_ran(&t, 1, "read", 1, 1000, 301000);
	timeline_ran(&t, 0, "join", 2, 301000, 501000);
	timeline_failed(&t, 0);
	timeline_ran(&t, 0, "join", 2, 601000, 1001000);
	timeline_ran(&t, UINT32_MAX, "expression", 3, 1001000, 1001100);
	draw(&t, "step ", critical, 2, 1000000, &out);
	CHECK(told(out.p) == 5 && count(out.p, ">slot 0</text>") == 1 && count(out.p, ">slot 1</text>") == 1 && count(out.p, ">host</text>") == 1);
	CHECK(count(out.p, "class=\"critical\"") == 2 && count(out.p, "class=\"chain\"") == 1);
	CHECK(count(out.p, "step 2: join(), 200 ms from 300 ms, failed</title>") == 1 && count(out.p, "step 2: join(), 400 ms from 600 ms</title>") == 1);
	CHECK(count(out.p, ">read ×2, 500 ms</text>") == 1 && count(out.p, ">join ×2, 600 ms</text>") == 1 && count(out.p, ">attempt that failed</text>") == 1);
	CHECK(count(out.p, ">200 ms</text>") == 1 && count(out.p, ">step 1</text>") == 1);
	timeline_release(&t);
	buf_release(&out);
}

/* Two runs, one after the other: the later one's steps follow those of the earlier. */
static void test_runs(void)
{
	struct timeline t = { 0 }, later = { 0 };
	struct buf out = BUF_INIT;
	const uint64_t run[] = { 1000, 501000 };

	timeline_ran(&t, 0, "read", 1, 1000, 301000);
	timeline_ran(&t, 0, "read", 2, 301000, 501000);
	timeline_failed(&t, 0);
	timeline_ran(&later, 0, "read", 0, 501000, 701000);
	timeline_ran(&later, 3, "join", 1, 701000, 1001000);
	timeline_append(&t, &later, 3);
	timeline_svg(&t, &(struct timeline_words){ .title = "s", .step = name_step, .slot = name_slot, .ctx = (void *)(uintptr_t)"step ", .begun_us = 1000,
						   .ended_us = 1001000, .run = run, .runs = 2 }, &out);
	CHECK(told(out.p) == 4 && count(out.p, "class=\"seam\"") == 1 && count(out.p, ">earlier run<") == 1 && count(out.p, ">this run<") == 1);
	CHECK(count(out.p, ">slot 3</text>") == 1 && count(out.p, "step 3: read(), 200 ms from 500 ms") == 1 && count(out.p, ", failed</title>") == 1);
	CHECK(count(out.p, ">read ×3, 700 ms</text>") == 1);
	timeline_release(&t);
	timeline_release(&later);
	buf_release(&out);
}

/* Nothing ran; nothing took any time; names that are not text, or are markup. */
static void test_odd(void)
{
	struct timeline t = { 0 };
	struct buf out = BUF_INIT;

	draw(&t, "", NULL, 0, 0, &out);
	CHECK(told(out.p) == 0);
	timeline_failed(&t, 7);
	timeline_ran(&t, 0, "<script>&\"", 0, 5, 5);
	timeline_ran(&t, 0, "a\xFF\x01\xE2\x80\xAE" "b", 1, 900, 5);
	draw(&t, "</text><x>\xC3", NULL, 0, 0, &out);
	CHECK(told(out.p) == 2 && !strstr(out.p, "<script>") && !strstr(out.p, "<x>") && !strchr(out.p, '\xFF') && !strchr(out.p, '\x01'));
	CHECK(strstr(out.p, "&#60;script&#62;&#38;&#34;") != NULL && !strstr(out.p, "\xE2\x80\xAE"));
	timeline_release(&t);
	buf_release(&out);
}

/* A day has as many ticks as a millisecond, about. */
static void test_axis(void)
{
	for (uint64_t us = 1; us < UINT64_C(100000000000000); us = us * 3 + 1) {
		struct timeline t = { 0 };
		struct buf out = BUF_INIT;

		timeline_ran(&t, 0, "f", 0, 1000, 1000 + us);
		draw(&t, "s", NULL, 0, us, &out);
		CHECK(count(out.p, "class=\"tick\"") >= 2 && count(out.p, "class=\"tick\"") <= 11);
		timeline_release(&t);
		buf_release(&out);
	}
}

static void test_many(unsigned steps, unsigned slots, unsigned functions)
{
	struct timeline t = { 0 };
	struct buf out = BUF_INIT;
	uint32_t *critical = calloc(steps, sizeof *critical);
	char name[32];

	for (unsigned i = 0; i < steps; i++) {
		uint64_t start = 1000 + (uint64_t)(i / slots) * 10;
		snprintf(name, sizeof name, "f%u", i % functions);
		timeline_ran(&t, i % slots, name, i, start, start + 9);
		critical[i] = i;
	}
	draw(&t, "step ", critical, steps, (uint64_t)(steps / slots + 1) * 10, &out);
	CHECK(told(out.p) == steps);
	CHECK(out.len < 16 << 20 && count(out.p, "><title>") <= 60000);
	CHECK(t.bars <= TIMELINE_BARS + slots);
	timeline_release(&t);
	buf_release(&out);
	free(critical);
}

int main(void)
{
	test_few();
	test_runs();
	test_odd();
	test_axis();
	test_many(10, 3, 2);
	test_many(10000, 8, 3);
	test_many(10000, 5000, 50);
	test_many(1000000, 64, 7);
	test_many(300000, 100000, 1);
	return test_end();
}
