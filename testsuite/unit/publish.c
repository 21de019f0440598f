/* Publication and records on a share: never torn, never overwritten, and the same after a kill at any point. */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "base/file.h"
#include "base/mem.h"
#include "runtime/publish.h"
#include "runtime/publish_file.h"
#include "runtime/share_record.h"
#include "runtime/state_log.h"
#include "testsuite/unit/test.h"

static char folder[] = "/tmp/calc-publish.XXXXXX";
static char share[64], from[64];
enum { BIG = 3 << 20 };

static const char *at(const char *base, const char *name)
{
	static char path[4][256];
	static unsigned turn;
	char *p = path[turn++ % 4];

	snprintf(p, 256, "%s/%s", base, name);
	return p;
}

static void put(const char *path, const char *text, size_t len)
{
	CHECK(file_replace(path, text, len, 0644, NULL));
}

static bool holds(const char *path, const char *text, size_t len)
{
	struct buf b = BUF_INIT;
	bool ok = file_read(path, 1 << 24, &b) && b.len == len && memcmp(b.p, text, len) == 0;

	buf_release(&b);
	return ok;
}

static unsigned entries(const char *path)
{
	DIR *dir = opendir(path);
	unsigned n = 0;

	while (dir && readdir(dir))
		n++;
	if (dir)
		closedir(dir);
	return n ? n - 2 : 0;
}

static void empty_share(void)
{
	CHECK(file_remove_tree(AT_FDCWD, share) && file_mkdirs(share, 0755));
}

/* One sink with a file, or two, or a folder with two files. */
struct job {
	struct publish_job job;
	struct publish_target target[2];
	struct publish_file file[4];
};

static struct publish_job *one(struct job *j)
{
	*j = (struct job){ 0 };
	j->file[0] = (struct publish_file){ .from = from, .name = "" };
	j->target[0] = (struct publish_target){ .sink = "top", .share = share, .path = "deep/er/top.txt", .file = j->file, .files = 1 };
	j->job = (struct publish_job){ .set = "set", .target = j->target, .targets = 1 };
	return &j->job;
}

static struct publish_job *two(struct job *j)
{
	one(j);
	j->file[1] = (struct publish_file){ .from = from, .name = "b" };
	j->file[2] = (struct publish_file){ .from = from, .name = "a" };
	j->target[1] = (struct publish_target){ .sink = "parts", .share = share, .path = "parts/", .folder = true, .file = j->file + 1,
						.files = 2 };
	j->job.targets = 2;
	return &j->job;
}

static enum share_status run(struct publish_job *job, const char *message)
{
	struct buf text = BUF_INIT;
	enum share_status status = publish_run(job, -1, &text);

	if (!CHECK((message == NULL) == (status == SHARE_DONE) && strstr(buf_str(&text), message ? message : "")))
		printf("  %s\n", buf_str(&text));
	buf_release(&text);
	return status;
}

static void never_overwrites(void)
{
	struct job j;

	empty_share();
	put(from, "one", 3);
	CHECK(run(one(&j), NULL) == SHARE_DONE && holds(at(share, "deep/er/top.txt"), "one", 3));
	CHECK(run(one(&j), NULL) == SHARE_DONE);
	put(from, "two", 3);
	CHECK(run(one(&j), "other content") == SHARE_UNCERTAIN && holds(at(share, "deep/er/top.txt"), "one", 3));
	CHECK(entries(at(share, "deep/er")) == 1);
	one(&j)->replace = true;
	CHECK(run(&j.job, NULL) == SHARE_DONE && holds(at(share, "deep/er/top.txt"), "two", 3));
	CHECK(holds(at(share, "deep/er/.top.txt.replaced-1"), "one", 3));
	CHECK(unlink(at(share, "deep/er/top.txt")) == 0 && symlink("/etc/passwd", at(share, "deep/er/top.txt")) == 0);
	CHECK(run(one(&j), "other content") == SHARE_UNCERTAIN);
}

static void several_together(void)
{
	struct job j;
	struct dirent **list;

	empty_share();
	CHECK(run(two(&j), NULL) == SHARE_DONE);
	CHECK(holds(at(share, "parts/a"), "two", 3) && holds(at(share, "parts/b"), "two", 3));
	CHECK(scandir(at(share, ".calcflow/set"), &list, NULL, alphasort) == 3 && strlen(list[2]->d_name) == 16);
	CHECK(file_exists(at(at(share, ".calcflow/set"), list[2]->d_name)));
	CHECK(file_exists(at(at(at(share, ".calcflow/set"), list[2]->d_name), "manifest.json")));
	for (int i = 0; i < 3; i++)
		free(list[i]);
	free(list);
	put(at(share, "parts/c"), "old", 3);
	CHECK(run(two(&j), "does not have it") == SHARE_UNCERTAIN);
	two(&j);
	j.file[1].name = j.file[2].name;
	CHECK(run(&j.job, "are named `a`") == SHARE_FAILED);
	/* other content in one of them: nothing of the other becomes visible */
	empty_share();
	put(at(share, "parts"), "", 0);
	CHECK(unlink(at(share, "parts")) == 0 && mkdir(at(share, "parts"), 0755) == 0);
	put(at(share, "parts/a"), "other", 5);
	CHECK(run(two(&j), "other content") == SHARE_UNCERTAIN && !file_exists(at(share, "deep/er/top.txt")));
}

static void wait_us(long us)
{
	nanosleep(&(struct timespec){ .tv_nsec = us * 1000 }, NULL);
}

/* Killed at any moment: what stands under a final name is whole; the next try ends it. */
static void whole_after_kill(const char *big)
{
	struct job j;
	bool whole = true;

	for (unsigned i = 0; i < 40; i++) {
		struct stat st;
		pid_t pid;

		if (i % 4 == 0)
			empty_share();
		pid = fork();
		if (pid == 0) {
			struct buf text = BUF_INIT;

			_exit(publish_run(i & 1 ? two(&j) : one(&j), -1, &text));
		}
		wait_us(100 + (long)i * 150);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		if (stat(at(share, "deep/er/top.txt"), &st) == 0)
			whole = whole && holds(at(share, "deep/er/top.txt"), big, BIG);
		if (stat(at(share, "parts/a"), &st) == 0)
			whole = whole && holds(at(share, "parts/a"), big, BIG);
	}
	CHECK(whole);
	CHECK(run(two(&j), NULL) == SHARE_DONE && holds(at(share, "parts/b"), big, BIG));
	CHECK(entries(at(share, "parts")) == 2 && entries(at(share, "deep/er")) == 1);
}

static void full_disk(void)
{
	struct job j;
	int status = 0;
	pid_t pid;

	empty_share();
	pid = fork();
	if (pid == 0) {
		struct rlimit limit = { 1 << 20, 1 << 20 };
		struct buf text = BUF_INIT;

		signal(SIGXFSZ, SIG_IGN);
		setrlimit(RLIMIT_FSIZE, &limit);
		_exit(publish_run(one(&j), -1, &text) == SHARE_FAILED && strstr(buf_str(&text), "too large") ? 0 : 1);
	}
	waitpid(pid, &status, 0);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	CHECK(entries(at(share, "deep/er")) == 0);
}

static void records_last(void)
{
	struct share_record r = { .state = RECORD_BEGUN, .attempt = 2, .time_us = 5 }, found;
	struct buf error = BUF_INIT, dir = BUF_INIT;
	FILE *f;

	empty_share();
	CHECK(share_record_folder(share, "a/b", &dir, &error));
	CHECK(share_record_find(dir.p, "k", &found, &error) && found.state == RECORD_NONE);
	memset(r.fingerprint, 0xab, sizeof r.fingerprint);
	CHECK(share_record_add(dir.p, "k", &r, &error));
	CHECK(share_record_find(dir.p, "k", &found, &error) && found.state == RECORD_BEGUN && found.fingerprint[15] == 0xab);
	f = fopen(at(dir.p, "record"), "a");
	CHECK(f && fputs("1 done 9 k abab", f) >= 0 && fclose(f) == 0);	/* torn: never acknowledged */
	CHECK(share_record_find(dir.p, "k", &found, &error) && found.state == RECORD_BEGUN);
	r.state = RECORD_DONE;
	CHECK(share_record_add(dir.p, "k", &r, &error));
	CHECK(share_record_find(dir.p, "k", &found, &error) && found.state == RECORD_DONE && found.attempt == 2);
	f = fopen(at(dir.p, "record"), "r+");
	CHECK(f && fseek(f, 3, SEEK_SET) == 0 && fputc('B', f) == 'B' && fclose(f) == 0);
	CHECK(!share_record_find(dir.p, "k", &found, &error) && strstr(buf_str(&error), "damaged at line 1"));
	buf_release(&error);
	buf_release(&dir);
}

static void epochs_pass_on(void)
{
	struct buf error = BUF_INIT;
	uint64_t first = 0, second = 0, third = 0;
	struct job j;

	empty_share();
	CHECK(share_epoch_claim(share, &first, &error) && first == 1 && share_epoch_is_ours(share, first, &error));
	CHECK(share_epoch_claim(share, &second, &error) && second == 2 && !share_epoch_is_ours(share, first, &error));
	CHECK(share_epoch_claim(share, &third, &error) && third == 3 && !share_epoch_is_ours(share, second, &error));
	one(&j)->record_folder = share;
	j.job.epoch = second;
	CHECK(run(&j.job, "another run") == SHARE_UNCERTAIN && !file_exists(at(share, "deep/er/top.txt")));
	j.job.epoch = third;
	CHECK(run(&j.job, NULL) == SHARE_DONE);
	buf_release(&error);
}

/* ---- states ---- */

static char state_at[96], state_base[96];

static int number(const char *text)
{
	return (int)strtol(text, NULL, 10);
}

/* What a run begins with, as runtime/states_share.c finds it; -1: it cannot. Leaves what stands there in *was. */
static int begin_with(const char *run_name, char was[65])
{
	struct buf text = BUF_INIT, error = BUF_INIT, kept = BUF_INIT;
	struct state_log l = { 0 };
	const char *found;
	uint64_t size;
	int n = 0;

	was[0] = '\0';
	publish_digest(state_at, -1, was, &size);
	CHECK(state_log_read(state_base, &l, &error));
	switch (state_log_find(&l, run_name, was, &found)) {
	case STATE_NEW:
	case STATE_FOUND: n = file_read(state_at, 64, &text) ? number(text.p) : 0; break;
	case STATE_PASSED: n = -1; break;
	case STATE_LEFT:
		state_log_kept(state_base, found, &kept);
		n = *found && CHECK(file_read(kept.p, 64, &text)) ? number(text.p) : 0;
	}
	state_log_release(&l);
	buf_release(&text);
	buf_release(&error);
	buf_release(&kept);
	return n;
}

static enum share_status publish_number(const char *run_name, int n, const char *was)
{
	struct publish_state s = { .name = "n", .path = state_at, .from = from, .base = state_base };
	struct publish_job job = { .set = "set", .state = &s, .states = 1, .run = run_name };
	struct buf text = BUF_INIT, message = BUF_INIT;
	enum share_status status;

	buf_printf(&text, "%d\n", n);
	put(from, text.p, text.len);
	memcpy(s.was, was, sizeof s.was);
	status = publish_run(&job, -1, &message);
	buf_release(&text);
	buf_release(&message);
	return status;
}

static void states_begin(void)
{
	empty_share();
	snprintf(state_at, sizeof state_at, "%s/n", share);
	snprintf(state_base, sizeof state_base, "%s/.calcflow/states/n", share);
	CHECK(file_mkdirs(at(share, ".calcflow/states"), 0755));
}

static void states_count_once(void)
{
	struct buf error = BUF_INIT, text = BUF_INIT;
	char was[65], name[16];

	states_begin();
	CHECK(begin_with("a", was) == 0 && publish_number("a", 1, was) == SHARE_DONE);
	CHECK(begin_with("a", was) == 0 && publish_number("a", 1, was) == SHARE_DONE);	/* there was no file */
	CHECK(begin_with("b", was) == 1 && publish_number("b", 11, was) == SHARE_DONE);
	CHECK(begin_with("b", was) == 1 && publish_number("b", 12, was) == SHARE_DONE);	/* something else this time */
	CHECK(begin_with("b", was) == 1 && publish_number("b", 11, was) == SHARE_DONE && holds(state_at, "11\n", 3));
	CHECK(begin_with("a", was) == -1);
	put(state_at, "5\n", 2);
	CHECK(begin_with("b", was) == -1 && begin_with("c", was) == 5 && publish_number("c", 6, "") == SHARE_UNCERTAIN);
	for (int i = 0; i < 250; i++) {
		snprintf(name, sizeof name, "r%d", i);
		CHECK(begin_with(name, was) == 5 + i && publish_number(name, 6 + i, was) == SHARE_DONE);
	}
	CHECK(file_read(at(share, ".calcflow/states/n.runs"), 1 << 20, &text));
	CHECK(begin_with("r249", was) == 254 && begin_with("r100", was) == -1 && text.len < 200 * 145 && text.len > 100 * 130);
	CHECK(entries(at(share, ".calcflow/states")) == 2);	/* the log, and one older version */
	put(at(share, ".calcflow/states/n.runs"), "1 a -\n", 6);
	struct state_log l = { 0 };
	CHECK(!state_log_read(state_base, &l, &error) && strstr(buf_str(&error), "n.runs is damaged"));
	state_log_release(&l);
	buf_release(&error);
	buf_release(&text);
}

/* A run adds one; it is killed at some moment, and begun again until it is through: then the next. */
static void states_survive_kills(void)
{
	char was[65], name[16];
	unsigned kills = 0;

	states_begin();
	for (int i = 0; i < 40; i++) {
		snprintf(name, sizeof name, "r%d", i);
		for (int turn = 0; turn < 4; turn++) {
			pid_t pid = fork();
			int status;

			if (pid == 0) {
				int n = begin_with(name, was);

				_exit(n == i && publish_number(name, n + 1, was) == SHARE_DONE ? 0 : 1);
			}
			if (turn < 3) {
				nanosleep(&(struct timespec){ .tv_nsec = rand() % 1500000 }, NULL);
				kill(pid, SIGKILL);
			}
			waitpid(pid, &status, 0);
			kills += WIFSIGNALED(status) != 0;
			if (!CHECK(WIFSIGNALED(status) || WEXITSTATUS(status) == 0))
				return;
		}
	}
	CHECK(holds(state_at, "40\n", 3) && kills > 0);
	printf("# %u runs that write a state were killed\n", kills);
}

static void probes(void)
{
	struct buf error = BUF_INIT;

	CHECK(share_probe(at(share, "new"), &error) && entries(at(share, "new")) == 0);
	CHECK(!share_probe("/proc/self", &error) && error.len > 0);
	buf_release(&error);
}

int main(void)
{
	char *big = mem_alloc(BIG);

	if (!mkdtemp(folder))
		return 99;
	snprintf(share, sizeof share, "%s/share", folder);
	snprintf(from, sizeof from, "%s/from", folder);
	never_overwrites();
	several_together();
	for (size_t i = 0; i < BIG; i++)
		big[i] = (char)(i * 2654435761u >> 13);
	put(from, big, BIG);
	whole_after_kill(big);
	full_disk();
	put(from, "small", 5);
	records_last();
	epochs_pass_on();
	states_count_once();
	states_survive_kills();
	probes();
	mem_free(big);
	file_remove_tree(AT_FDCWD, folder);
	return test_end();
}
