/* The journal: what was committed survives kill -9 and a full disk; what is damaged is set aside. */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/file.h"
#include "runtime/journal.h"
#include "testsuite/unit/test.h"

static char folder[] = "/tmp/calc-journal.XXXXXX";
static char path[64];

static struct journal *open_it(bool keep, struct buf *notice)
{
	struct buf error = BUF_INIT;
	struct journal *j = journal_open(path, keep, notice, &error);

	if (!j)
		printf("  %s\n", buf_str(&error));
	buf_release(&error);
	return j;
}

static bool add_done(struct journal *j, unsigned n)
{
	char step[32];
	struct journal_record r = { .kind = JOURNAL_DONE, .step = step, .attempt = n % 3 + 1, .end_us = n };

	snprintf(step, sizeof step, "step[%u]", n);
	memset(r.fingerprint, (int)(n & 255), sizeof r.fingerprint);
	return journal_add(j, &r);
}

static bool knows(struct journal *j, unsigned n)
{
	char step[32];
	struct journal_found f;

	snprintf(step, sizeof step, "step[%u]", n);
	return journal_find(j, step, "none", &f) && f.finished && f.attempt == n % 3 + 1 && f.fingerprint[7] == (n & 255);
}

static void remembers(void)
{
	struct buf notice = BUF_INIT;
	struct journal *j = open_it(false, &notice);
	struct journal_found f;
	uint8_t fingerprint[16];
	const char *answer;
	size_t len;

	CHECK(journal_add(j, &(struct journal_record){ .kind = JOURNAL_RUN, .text = "abc" }));
	for (unsigned i = 0; i < 3000; i++)
		CHECK(add_done(j, i));
	CHECK(journal_add(j, &(struct journal_record){ .kind = JOURNAL_FAILED, .step = "bad", .attempt = 4, .text = "exit status 1" }));
	CHECK(journal_add(j, &(struct journal_record){ .kind = JOURNAL_BEGUN, .step = "a%2Fb", .attempt = 9 }));
	CHECK(journal_add(j, &(struct journal_record){ .kind = JOURNAL_RELEASED, .step = "step[7]" }));
	CHECK(journal_add(j, &(struct journal_record){ .kind = JOURNAL_RELEASED, .step = "step[8]" }));
	CHECK(journal_add(j, &(struct journal_record){ .kind = JOURNAL_DONE, .step = "kept", .attempt = 1, .images = "a\0b", .images_len = 3 }));
	CHECK(add_done(j, 8));		/* made again: what it made then is there */
	CHECK(journal_add(j, &(struct journal_record){ .kind = JOURNAL_GAVE_UP, .step = "bad", .attempt = 4, .text = "exit status 1" }));
	CHECK(journal_add(j, &(struct journal_record){ .kind = JOURNAL_ANSWER, .step = "?count step[7] 0", .text = "12", .fingerprint = { 3 } }));
	CHECK(!journal_answer(j, "?count step[7] 0", &len, NULL));	/* of a run before this one */
	CHECK(journal_commit(j));
	CHECK(add_done(j, 5000));	/* never committed */
	journal_close(j);
	j = open_it(true, &notice);
	CHECK_TEXT(journal_plan_hash(j), "abc");
	CHECK(knows(j, 0) && knows(j, 2999) && !knows(j, 5000));
	CHECK(journal_find(j, "bad", "bad", &f) && !f.finished && f.used == 4 && f.gave_up && f.attempt == 4);
	CHECK_TEXT(f.why, "exit status 1");
	CHECK(journal_any_gave_up(j) && knows(j, 7) && knows(j, 8));
	CHECK(journal_find(j, "step[7]", "none", &f) && f.released && !f.gave_up);
	CHECK(journal_find(j, "step[8]", "none", &f) && !f.released);
	CHECK(journal_find(j, "kept", "none", &f) && f.finished && journal_images(j, f.row, &answer, &len));
	CHECK(len == 3 && memcmp(answer, "a\0b", 3) == 0);
	CHECK(journal_find(j, "step[8]", "none", &f) && !journal_images(j, f.row, &answer, &len));
	answer = journal_answer(j, "?count step[7] 0", &len, fingerprint);
	CHECK(answer && len == 2 && strcmp(answer, "12") == 0 && fingerprint[0] == 3);
	CHECK(!journal_answer(j, "?count step[8] 0", &len, NULL) && !journal_answer(j, "step[7]", &len, NULL));
	CHECK(journal_find(j, "a/b", "a%2Fb", &f) && !f.finished && f.used == 9);
	CHECK(!journal_find(j, "unknown", "unknown", &f));
	journal_close(j);
	j = open_it(false, &notice);
	CHECK(!knows(j, 0));
	CHECK_TEXT(buf_str(&notice), "");
	journal_close(j);
	buf_release(&notice);
}

/* A child commits a few records a turn and says so; it is killed at any moment. */
static void writer(int to)
{
	struct buf notice = BUF_INIT;
	struct journal *j = open_it(false, &notice);

	for (unsigned n = 0;; n++) {
		if (!add_done(j, n) || (n % 3 == 2 && !journal_commit(j)))
			_exit(1);
		if (n % 3 == 2 && write(to, &n, sizeof n) != sizeof n)
			_exit(1);
	}
}

static void survives_kill(unsigned round)
{
	int ends[2];
	unsigned last = 0, n, until = 1 + (round * 37) % 400;
	bool all = true;
	struct buf notice = BUF_INIT;
	struct journal *j;
	pid_t pid;

	CHECK(pipe(ends) == 0);
	pid = fork();
	if (pid == 0)
		writer(ends[1]);
	close(ends[1]);
	while (last < until && read(ends[0], &n, sizeof n) == sizeof n)
		last = n;
	kill(pid, SIGKILL);
	while (read(ends[0], &n, sizeof n) == sizeof n)
		last = n;
	waitpid(pid, NULL, 0);
	close(ends[0]);
	j = open_it(true, &notice);
	for (unsigned i = 0; j && i <= last; i++)
		all = all && knows(j, i);
	CHECK(j && all);
	CHECK_TEXT(buf_str(&notice), "");
	journal_close(j);
	buf_release(&notice);
}

static void survives_full_disk(void)
{
	int ends[2];
	unsigned last = 0, n;
	bool all = true;
	struct buf notice = BUF_INIT;
	struct journal *j;
	int status = 0;
	pid_t pid;

	CHECK(pipe(ends) == 0);
	pid = fork();
	if (pid == 0) {
		struct rlimit limit = { 300000, 300000 };

		signal(SIGXFSZ, SIG_IGN);
		setrlimit(RLIMIT_FSIZE, &limit);
		writer(ends[1]);
	}
	close(ends[1]);
	while (read(ends[0], &n, sizeof n) == sizeof n)
		last = n;
	waitpid(pid, &status, 0);
	close(ends[0]);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 1 && last > 100);
	j = open_it(true, &notice);
	for (unsigned i = 0; j && i <= last; i++)
		all = all && knows(j, i);
	CHECK(j && all);
	journal_close(j);
	buf_release(&notice);
}

static void make_whole(void)
{
	struct buf notice = BUF_INIT;
	struct journal *j = open_it(false, &notice);

	for (unsigned i = 0; i < 1000; i++)
		add_done(j, i);
	CHECK(journal_commit(j));
	journal_close(j);
	buf_release(&notice);
}

static void put_bytes(off_t at, const char *bytes, size_t len)
{
	int fd = open(path, O_WRONLY);

	CHECK(fd >= 0 && pwrite(fd, bytes, len, at) == (ssize_t)len && close(fd) == 0);
}

static void is_set_aside(const char *what)
{
	struct buf notice = BUF_INIT, aside = BUF_INIT;
	struct journal *j = open_it(true, &notice);

	buf_printf(&aside, "%s.damaged-1", path);
	if (!CHECK(j && notice.len > 0 && strstr(notice.p, aside.p) && file_exists(aside.p)))
		printf("  %s\n", what);
	CHECK(j && !knows(j, 1));
	journal_close(j);
	unlink(aside.p);
	buf_release(&notice);
	buf_release(&aside);
}

static void sets_aside(void)
{
	struct buf text = BUF_INIT, notice = BUF_INIT, error = BUF_INIT;
	char *word;

	make_whole();
	put_bytes(0, "garbage garbage garbage garbage", 31);
	is_set_aside("a wrong head");
	make_whole();
	CHECK(file_read(path, 1 << 20, &text));
	word = memmem(text.p, text.len, "step[77]", 8);
	CHECK(word != NULL);
	put_bytes(word - text.p, "stop", 4);
	is_set_aside("a changed word");
	make_whole();
	put_bytes(4096, "\xff\xff\xff\xff\xff\xff\xff\xff", 8);
	is_set_aside("a broken page");
	make_whole();
	CHECK(truncate(path, (off_t)text.len / 2) == 0);
	is_set_aside("a file cut in half");
	make_whole();
	put_bytes(60, "\0\0\0\4", 4);
	CHECK(journal_open(path, true, &notice, &error) == NULL && strstr(buf_str(&error), "later version"));
	buf_release(&text);
	buf_release(&notice);
	buf_release(&error);
}

int main(void)
{
	if (!mkdtemp(folder))
		return 99;
	snprintf(path, sizeof path, "%s/journal.db", folder);
	remembers();
	for (unsigned i = 0; i < 40; i++)
		survives_kill(i);
	survives_full_disk();
	sets_aside();
	file_remove_tree(AT_FDCWD, folder);
	return test_end();
}
