/* Runs a fuzz target on files, on all files below folders, or on standard input; built by afl-clang-fast, for afl-fuzz again and again. */
#include "base/file.h"
#include "testsuite/fuzz/fuzz.h"

#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static unsigned runs;	/* nftw has no context */

/* What lies behind the input must not be read: in memory of its own size, a sanitiser sees that. */
static bool run(const struct buf *text)
{
	uint8_t *copy = malloc(text->len ? text->len : 1);

	if (!copy)
		return false;
	if (text->len)
		memcpy(copy, text->p, text->len);
	LLVMFuzzerTestOneInput(copy, text->len);
	free(copy);
	runs++;
	return true;
}

static int visit(const char *path, const struct stat *st, int type, struct FTW *where)
{
	struct buf text = BUF_INIT;
	bool ok = true;

	(void)st;
	(void)where;
	if (type == FTW_F)
		ok = file_read(path, SIZE_MAX, &text) && run(&text);
	buf_release(&text);
	return ok ? 0 : 1;
}

#ifdef __AFL_COMPILER
__AFL_FUZZ_INIT();

/* One process for many inputs: it is forked anew when it was used so often. */
static void run_for_afl(void)
{
	const unsigned char *text = __AFL_FUZZ_TESTCASE_BUF;

	while (__AFL_LOOP(10000)) {
		struct buf copy = BUF_INIT;

		buf_add(&copy, text, (size_t)__AFL_FUZZ_TESTCASE_LEN);
		run(&copy);
		buf_release(&copy);
	}
}
#endif

int main(int argc, char **argv)
{
	struct buf text = BUF_INIT;
	int status = 0;

#ifdef __AFL_COMPILER
	if (argc == 1) {
		run_for_afl();
		return 0;
	}
#endif

	for (int i = 1; i < argc; i++)
		status |= nftw(argv[i], visit, 16, FTW_PHYS) != 0;
	if (argc == 1)
		status = !file_readfd(STDIN_FILENO, SIZE_MAX, &text) || !run(&text);
	buf_release(&text);
	printf("%u passed, %d failed\n", runs, status);
	return status;
}
