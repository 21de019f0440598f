/*
 * `--watch`: the command again whenever one of the files that it read is saved, until a signal ends it. Each round is a compilation of
 * its own; what it read, or looked for in vain, is watched until the next.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/exit.h"
#include "base/file.h"
#include "runtime/file_watch.h"
#include "tools/commands.h"

/* A save is several events, and several files are saved at once: wait until it is quiet, but not for ever. */
enum { QUIET_MS = 8, LONGEST_MS = 200 };

/* At once, also in the middle of a round: what was begun to be written is removed. */
static void on_signal(int signo)
{
	file_temp_remove_all();
	_exit(signo == SIGINT ? CALC_EXIT_INTERRUPTED : CALC_EXIT_TERMINATED);
}

static void catch_signals(void)
{
	struct sigaction sa = { .sa_handler = on_signal };

	sigemptyset(&sa.sa_mask);
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
}

static uint64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static void counted(unsigned n, const char *what)
{
	printf("%u %s%s", n, what, n == 1 ? "" : "s");
}

/* Above a round: a clean screen, or a line for who reads a pipe. */
static void begin_round(const struct options *o, bool terminal)
{
	if (terminal)
		fputs("\033[H\033[2J\033[3J", stdout);
	else
		printf("---- %s\n", o->file);
	fflush(stdout);
}

/* Below it: what came out, where the summary does not say so. */
static void end_round(const struct options *o, const struct compilation *c, size_t files, uint64_t us, bool terminal)
{
	if (diag_errors(c->diags)) {
		printf("%s: ", o->file);
		counted(diag_errors(c->diags), "error");
		putchar('\n');
	} else if (o->quiet) {
		printf("%s: ok\n", o->file);
	}
	if (terminal) {
		printf("%u ms; watching ", (unsigned)((us + 999) / 1000));
		counted((unsigned)files, "file");
		fputs(" (Ctrl-C ends)\n", stdout);
	}
	fflush(stdout);
}

/* Was it saved after the round began? For a file whose watch came after its being read. */
static bool is_newer(const char *path, const struct timespec *begun)
{
	struct stat st;

	return stat(path, &st) == 0 &&
	       (st.st_ctim.tv_sec > begun->tv_sec || (st.st_ctim.tv_sec == begun->tv_sec && st.st_ctim.tv_nsec > begun->tv_nsec));
}

/* One round, and the files of it. false: they cannot be watched. *again: one was saved before it was watched. */
static bool round_of(const struct options *o, struct file_watch *w, bool terminal, bool *again)
{
	struct compilation *c = compilation_new();
	uint64_t begun = now_us();
	struct timespec clock;
	const char *path;
	size_t files = 0;
	bool ok = true, is_new;

	clock_gettime(CLOCK_REALTIME, &clock);
	*again = false;
	begin_round(o, terminal);
	command_program(o, c);
	while (ok && (path = sources_file(c->sources, files))) {
		ok = file_watch_add(w, path, &is_new);
		if (ok)
			files++;
		else
			fprintf(stderr, "calcc: %s cannot be watched: %s\n", path, strerror(errno));
		*again |= is_new && is_newer(path, &clock);
	}
	end_round(o, c, files, now_us() - begun, terminal);
	compilation_free(c);
	return ok;
}

/* Until something is saved and it has become quiet. false with errno. */
static bool wait_for_change(struct file_watch *w)
{
	enum file_watch_result r = file_watch_wait(w, -1);
	uint64_t first = now_us();

	while (r == FILE_WATCH_CHANGED && now_us() - first < LONGEST_MS * 1000)
		r = file_watch_wait(w, QUIET_MS);
	return r != FILE_WATCH_FAILED;
}

int command_watch(const struct options *o)
{
	bool terminal = isatty(STDOUT_FILENO) && o->diagnostics == DIAGNOSTICS_TEXT;
	struct file_watch *w;
	bool again;

	if (strcmp(o->file, "-") == 0) {
		fprintf(stderr, "calcc: standard input cannot be watched: name a file\n");
		return CALC_EXIT_USAGE;
	}
	catch_signals();
	w = file_watch_new();
	if (!w) {
		fprintf(stderr, "calcc: files cannot be watched: %s\n", strerror(errno));
		return CALC_EXIT_IO;
	}
	while (round_of(o, w, terminal, &again) && !ferror(stdout)) {
		if (!again && !wait_for_change(w)) {
			fprintf(stderr, "calcc: files cannot be watched: %s\n", strerror(errno));
			break;
		}
	}
	file_watch_free(w);
	return CALC_EXIT_IO;
}
