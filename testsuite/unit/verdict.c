/* The last word: what is committed is read, and nothing that differs from it in a byte, or ends before it, is one. */
#include "runtime/last_word.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>
#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "testsuite/unit/test.h"

static const char hash[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

static bool is_word(const char *text, size_t len, enum last_word *w)
{
	char *copy = mem_strndup(text, len);	/* of its size: the sanitizers see what is read behind it */
	bool ok = last_word_parse(copy, len, w, NULL, NULL);

	mem_free(copy);
	return ok;
}

static void test_every_word(const char *path)
{
	static const int status[LAST_WORDS] = { 0, 1, 2, 3, 143 };
	enum last_word w;

	for (int i = 0; i < LAST_WORDS; i++) {
		CHECK(last_word_commit(path, (enum last_word)i, hash, "a \"quoted\"\nline \\ and \x01"));
		CHECK(last_word_read(path, &w) && w == (enum last_word)i && last_word_status(w) == status[i]);
	}
}

static void test_damage(const char *path)
{
	struct buf text = BUF_INIT;
	enum last_word w;
	unsigned taken = 0;

	CHECK(last_word_commit(path, LAST_WORD_DONE, hash, "") && file_read(path, LAST_WORD_MOST, &text));
	for (size_t len = 0; len < text.len; len++)
		taken += is_word(text.p, len, &w);
	CHECK(taken == 0);
	for (size_t at = 0; at < text.len; at++) {
		char before = text.p[at];

		for (int bit = 0; bit < 8; bit++) {
			text.p[at] = (char)(before ^ 1 << bit);
			/* another digit of the hash is another plan, and still a last word */
			if (is_word(text.p, text.len, &w))
				CHECK(at >= 32 && at < 32 + 64 && w == LAST_WORD_DONE);
		}
		text.p[at] = before;
	}
	buf_addch(&text, '\n');
	CHECK(!is_word(text.p, text.len, &w));
	buf_release(&text);
}

static void test_long_message(const char *path)
{
	char *message = mem_alloc(1000001);
	enum last_word w;

	memset(message, '\x01', 1000000);
	message[1000000] = '\0';
	CHECK(last_word_commit(path, LAST_WORD_FAILED, hash, message));
	CHECK(last_word_read(path, &w) && w == LAST_WORD_FAILED);
	mem_free(message);
}

int main(void)
{
	char folder[] = "/tmp/calcword.XXXXXX";
	char path[64];

	if (!mkdtemp(folder))
		return 1;
	snprintf(path, sizeof(path), "%s/last-word", folder);
	test_every_word(path);
	test_damage(path);
	test_long_message(path);
	CHECK(!last_word_commit("/no/such/folder/last-word", LAST_WORD_DONE, hash, ""));
	file_remove_tree(AT_FDCWD, folder);
	return test_end();
}
