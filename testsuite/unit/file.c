/* Files: whole or not at all, also on a full disk; trees of folders; keys as names. */
#include "base/file.h"
#include "testsuite/unit/test.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static bool write_file(const char *path, const char *text)
{
	return file_replace(path, text, strlen(text), 0644, NULL);
}

static unsigned count_entries(const char *path)
{
	char command[300];
	unsigned n = 0;
	FILE *f;

	snprintf(command, sizeof command, "ls -A '%s' | wc -l", path);
	f = popen(command, "r");
	if (!f || fscanf(f, "%u", &n) != 1)
		n = 999;
	if (f)
		pclose(f);
	return n;
}

static void test_replace(void)
{
	struct buf b = BUF_INIT;
	bool same;

	CHECK(write_file("out", "one"));
	CHECK(file_replace("out", "one", 3, 0644, &same) && same);
	CHECK(file_replace("out", "two", 3, 0644, &same) && !same);
	CHECK(file_read("out", 3, &b));
	CHECK_TEXT(buf_str(&b), "two");
	CHECK(symlink("out", "link") == 0 && write_file("link", "three"));
	buf_clear(&b);
	CHECK(file_read("out", 100, &b));
	CHECK_TEXT(buf_str(&b), "three");
	CHECK(!file_read("out", 4, &b) && errno == EFBIG);
	CHECK(!file_read(".", 4, &b) && errno == EISDIR);
	CHECK(!file_read("/dev/zero", 1 << 20, &b) && errno == EFBIG);
	CHECK(!file_read("missing", 4, &b) && errno == ENOENT);
	CHECK(!write_file("missing/out", "x") && errno == ENOENT);
	CHECK(!write_file(".", "x") && errno == EISDIR);
	CHECK(count_entries(".") == 2);
	buf_release(&b);
}

static void test_full_disk(void)
{
	struct stat st;
	int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);

	CHECK(fd >= 0 && !file_write_all(fd, "x", 1) && errno == ENOSPC);
	CHECK(close(fd) == 0);
	CHECK(!write_file("/dev/full", "x") && errno == ENOSPC);
	CHECK(stat("/dev/full", &st) == 0 && S_ISCHR(st.st_mode));
}

/* A reader that takes a few bytes at a time makes the writer's writes short. */
static void test_short_writes(void)
{
	static char big[1 << 20];
	int ends[2], status;
	pid_t reader;

	memset(big, 'x', sizeof big);
	CHECK(pipe(ends) == 0);
	CHECK(fcntl(ends[1], F_SETPIPE_SZ, 4096) > 0);
	reader = fork();
	if (reader == 0) {
		struct buf b = BUF_INIT;

		close(ends[1]);
		_exit(file_readfd(ends[0], sizeof big, &b) && b.len == sizeof big ? 0 : 1);
	}
	CHECK(close(ends[0]) == 0);
	CHECK(file_write_all(ends[1], big, sizeof big));
	CHECK(close(ends[1]) == 0);
	CHECK(waitpid(reader, &status, 0) == reader && status == 0);
}

static void test_trees(void)
{
	CHECK(file_mkdirs("a/b/c", 0755) && file_mkdirs("a/b/c", 0755) && file_exists("a/b/c"));
	CHECK(write_file("a/b/file", "x") && symlink("/", "a/b/root") == 0);
	CHECK(!file_mkdirs("a/b/file/d", 0755) && errno == ENOTDIR);
	CHECK(!file_mkdirs("a/b/file", 0755) && errno == ENOTDIR);
	CHECK(chmod("a/b/c", 0) == 0 && chmod("a/b", 0500) == 0);
	CHECK(file_remove_tree(AT_FDCWD, "a") && !file_exists("a") && file_exists("/etc"));
	CHECK(file_remove_tree(AT_FDCWD, "a"));
	CHECK(!file_remove_tree(AT_FDCWD, ".") && !file_remove_tree(AT_FDCWD, "..") && !file_remove_tree(AT_FDCWD, ""));
	CHECK(!file_remove_tree(AT_FDCWD, "/") && !file_remove_tree(AT_FDCWD, "a/"));
}

/* Deeper than descriptors and paths reach: made by a hostile step. */
static void test_deep_tree(void)
{
	int top = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct rlimit few = { 64, 64 };
	bool made = true;

	CHECK(setrlimit(RLIMIT_NOFILE, &few) == 0);
	for (int i = 0; i < 5000 && made; i++)
		made = mkdir("deep", 0755) == 0 && chdir("deep") == 0;
	CHECK(made && fchdir(top) == 0);
	CHECK(file_remove_tree(AT_FDCWD, "deep") && !file_exists("deep"));
	CHECK(close(top) == 0);
}

static void check_key(const char *key, size_t len, const char *wanted)
{
	struct buf b = BUF_INIT;

	file_encode_key(&b, key, len);
	CHECK_TEXT(buf_str(&b), wanted);
	buf_release(&b);
}

static void test_keys(void)
{
	struct buf b = BUF_INIT;
	char key[300];

	check_key("a_b-c.d+e=f@g,h", 15, "a_b-c.d+e=f@g,h");
	check_key("", 0, "%");
	check_key("..", 2, "%2E.");
	check_key("a/b\0~%", 6, "a%2Fb%00%7E%25");
	check_key("\xC3\xA9", 2, "%C3%A9");
	memset(key, 'k', sizeof key);
	file_encode_key(&b, key, 200);
	CHECK(b.len == 200);
	buf_clear(&b);
	file_encode_key(&b, key, 201);
	CHECK(b.len == 193 && b.p[160] == '~' && strlen(b.p) == 193);
	buf_release(&b);
}

static void test_temp_files(void)
{
	CHECK(write_file("t1", "x") && write_file("t2", "x"));
	file_temp_note("t1");
	file_temp_note("t2");
	file_temp_done("t2");
	file_temp_remove_all();
	CHECK(!file_exists("t1") && file_exists("t2"));
	file_temp_done("t1");
}

int main(void)
{
	char folder[] = "/tmp/calc-file-XXXXXX";

	if (!CHECK(mkdtemp(folder) && chdir(folder) == 0))
		return test_end();
	test_replace();
	test_full_disk();
	test_short_writes();
	test_trees();
	test_deep_tree();
	test_keys();
	test_temp_files();
	CHECK(chdir("/") == 0 && file_remove_tree(AT_FDCWD, folder));
	return test_end();
}
