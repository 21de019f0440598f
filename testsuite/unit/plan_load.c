/*
 * Plans from folders of chunks: as text and as gzip; and chunks that are not what they should be, all refused with a word, none of them
 * with much memory. With arguments, DIR HASH: loads that plan and says how many steps it has.
 */
#include "runtime/plan_load.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/file.h"
#include "base/gzip.h"
#include "base/hash.h"
#include "testsuite/unit/plan_build.h"
#include "testsuite/unit/test.h"

static void hash_of(const struct buf *b, char hex[65])
{
	uint8_t digest[32];

	sha256_of(b->p, b->len, digest);
	sha256_hex(digest, hex);
}

/* Unpacked with this hash: NULL, or what it is refused with. */
static bool refused(const struct buf *bytes, const char *hash, const char *expected)
{
	struct buf copy = BUF_INIT, error = BUF_INIT;
	bool ok;

	buf_add(&copy, bytes->p, bytes->len);
	ok = plan_unpack(&copy, hash, &error);
	if (!ok && !strstr(buf_str(&error), expected))
		printf("  wanted: %s\n  got:    %s\n", expected, buf_str(&error));
	ok = !ok && strstr(buf_str(&error), expected);
	buf_release(&copy);
	buf_release(&error);
	return ok;
}

static void test_hostile(const struct buf *text, const char *hash)
{
	struct buf packed = BUF_INIT, bad = BUF_INIT, other = BUF_INIT;
	char hex[65];

	gzip_pack(text->p, text->len, &packed);
	for (size_t len = 2; len < packed.len; len += 1 + len / 7) {	/* cut off anywhere */
		buf_clear(&bad);
		buf_add(&bad, packed.p, len);
		CHECK(refused(&bad, hash, "cut off"));
	}
	for (size_t at = 0; at < packed.len * 8; at += 1 + at / 11) {	/* any bit: header's marks aside, it is seen */
		struct buf copy = BUF_INIT, error = BUF_INIT;

		buf_add(&copy, packed.p, packed.len);
		copy.p[at / 8] ^= (char)(1 << at % 8);
		if (plan_unpack(&copy, hash, &error))
			CHECK(copy.len == text->len && memcmp(copy.p, text->p, text->len) == 0);
		else
			CHECK(error.len);
		buf_release(&copy);
		buf_release(&error);
	}
	buf_clear(&bad);
	buf_add(&bad, packed.p, packed.len);
	buf_addch(&bad, 'x');
	CHECK(refused(&bad, hash, "something follows"));
	buf_clear(&bad);
	buf_add(&bad, packed.p, packed.len);
	buf_add(&bad, packed.p, packed.len);
	CHECK(refused(&bad, hash, "something follows"));
	buf_addstr(&other, "another plan");	/* whole, and not the one */
	buf_clear(&bad);
	gzip_pack(other.p, other.len, &bad);
	CHECK(refused(&bad, hash, "and not"));
	CHECK(refused(&other, hash, "and not"));
	buf_clear(&bad);			/* within itself */
	gzip_pack(packed.p, packed.len, &bad);
	CHECK(refused(&bad, hash, "and not"));
	hash_of(&other, hex);
	CHECK(!refused(&other, hex, ""));
	buf_release(&packed);
	buf_release(&bad);
	buf_release(&other);
}

/* 64 MiB of nothing in 64 KiB: measured up to a limit and refused, in no memory to speak of. */
static void test_bomb(void)
{
	enum { SIZE = 64 << 20, MOST = 32 << 20 };
	struct buf zeros = BUF_INIT, bomb = BUF_INIT;
	struct rusage before, after;
	uint8_t digest[32];
	uint64_t size;
	const char *why;

	buf_reserve(&zeros, SIZE);
	zeros.len = SIZE;
	memset(zeros.p, 0, zeros.len);
	gzip_pack(zeros.p, zeros.len, &bomb);
	buf_release(&zeros);
	CHECK(bomb.len < SIZE / 1000);
	CHECK(getrusage(RUSAGE_SELF, &before) == 0);
	CHECK(!gzip_measure(bomb.p, bomb.len, MOST, &size, digest, &why) && strcmp(why, "it is too large") == 0 && size < MOST + (1 << 20));
	CHECK(gzip_measure(bomb.p, bomb.len, SIZE, &size, digest, &why) && size == SIZE);
	CHECK(getrusage(RUSAGE_SELF, &after) == 0 && after.ru_maxrss - before.ru_maxrss < 4096);
	buf_release(&bomb);
}

static void put(const char *dir, int i, const char *p, size_t len)
{
	struct buf path = BUF_INIT;

	buf_printf(&path, "%s/plan.%03d", dir, i);
	CHECK(file_replace(path.p, p, len, 0644, NULL));
	buf_release(&path);
}

static void test_folder(const struct buf *text, const char *hash)
{
	char dir[] = "plan-load-XXXXXX";
	struct buf packed = BUF_INIT, error = BUF_INIT;
	struct plan *p;

	CHECK(mkdtemp(dir) != NULL);
	CHECK(!plan_load(dir, hash, &error) && strstr(error.p, "No such file"));
	gzip_pack(text->p, text->len, &packed);
	for (int i = 0; i < 3; i++)
		put(dir, i, packed.p + packed.len * (size_t)i / 3, packed.len * (size_t)(i + 1) / 3 - packed.len * (size_t)i / 3);
	p = plan_load(dir, hash, &error);
	CHECK(p != NULL);
	plan_free(p);
	put(dir, 1, packed.p, packed.len / 3);
	CHECK(!plan_load(dir, hash, &error));
	put(dir, 0, "", 0);
	put(dir, 1, "", 0);
	put(dir, 2, "", 0);
	buf_clear(&error);
	CHECK(!plan_load(dir, hash, &error) && strstr(error.p, "and not"));
	CHECK(file_remove_tree(AT_FDCWD, dir));
	buf_release(&packed);
	buf_release(&error);
}

static int load(const char *dir, const char *hash)
{
	struct buf error = BUF_INIT;
	struct plan *p = plan_load(dir, hash, &error);
	struct rusage used;

	if (!p) {
		fprintf(stderr, "%s\n", error.p);
		return 1;
	}
	if (getrusage(RUSAGE_SELF, &used) == 0)
		printf("%llu steps, %ld KiB\n", (unsigned long long)plan_count(p).steps, used.ru_maxrss);
	plan_free(p);
	return 0;
}

int main(int argc, char **argv)
{
	struct plan *p;
	struct buf text = BUF_INIT;
	char hash[65];

	if (argc == 3)
		return load(argv[1], argv[2]);
	p = build_workflow(500, 20, 2);
	plan_write(p, &text);
	plan_free(p);
	hash_of(&text, hash);
	test_folder(&text, hash);
	test_hostile(&text, hash);
	test_bomb();
	buf_release(&text);
	return test_end();
}
