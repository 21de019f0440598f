/* Runs a fuzz target on files, on all files below folders, or on standard input (for AFL++). */
#include "base/file.h"
#include "testsuite/fuzz/fuzz.h"

#include <ftw.h>
#include <unistd.h>

static unsigned runs;	/* nftw has no context */

static bool run(const struct buf *text)
{
	LLVMFuzzerTestOneInput((const uint8_t *)(text->p ? text->p : ""), text->len);
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

int main(int argc, char **argv)
{
	struct buf text = BUF_INIT;
	int status = 0;

	for (int i = 1; i < argc; i++)
		status |= nftw(argv[i], visit, 16, FTW_PHYS) != 0;
	if (argc == 1)
		status = !file_readfd(STDIN_FILENO, SIZE_MAX, &text) || !run(&text);
	buf_release(&text);
	printf("%u passed, %d failed\n", runs, status);
	return status;
}
