/*
 * calc-verdict: the pod's only ordinary container. Waits for the last word of the quarterback and ends with its status; only a
 * committed last word gives 0. On SIGTERM it waits for the word of a drained run until five seconds before the grace is
 * over, and ends with 143: an evicted Job must not look complete.
 */
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>
#include "base/buf.h"
#include "base/exit.h"
#include "base/file.h"
#include "runtime/last_word.h"

enum { LOOK_MS = 5000, LOOK_BLIND_MS = 200, GRACE_S = 30, SPARE_S = 5 };

struct verdict {
	struct buf folder, file;
	long grace_s;
	int watch, signals;
	long long leave_at;	/* ms; 0: nobody asked */
};

static long long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (long long)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int usage(FILE *to, int status)
{
	fprintf(to, "usage: calc-verdict [--root DIR] [--grace SECONDS]\n"
		    "Waits for the last word in DIR/ctl (/calc) and ends with its status.\n");
	return status;
}

/* What `kubectl describe` shows of a container that has ended; not there outside of a cluster. */
static void leave_message(const char *p, size_t len)
{
	int fd = open("/dev/termination-log", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	(void)!file_write_all(fd, p, len);
	close(fd);
}

/* -1: there is none yet, or what is there is none. */
static int look(const struct verdict *v)
{
	struct buf text = BUF_INIT;
	const char *message;
	size_t len;
	enum last_word w;
	int status = -1;

	if (file_read(v->file.p, LAST_WORD_MOST, &text) && last_word_parse(text.p, text.len, &w, &message, &len)) {
		printf("%s", text.p);
		fflush(stdout);
		leave_message(message, len);
		status = last_word_status(w);
	}
	buf_release(&text);
	return status;
}

static bool set_up(struct verdict *v)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);	/* blocked, PID 1 gets them too */
	v->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	v->watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (v->watch >= 0 && inotify_add_watch(v->watch, v->folder.p, IN_MOVED_TO | IN_CLOSE_WRITE) < 0) {
		close(v->watch);
		v->watch = -1;		/* none left for this user: look now and then */
	}
	return v->signals >= 0;
}

static void wait_for_event(struct verdict *v)
{
	struct pollfd p[2] = { { .fd = v->signals, .events = POLLIN }, { .fd = v->watch, .events = POLLIN } };
	char events[4096] __attribute__((aligned(8)));
	struct signalfd_siginfo info;
	int ms = v->watch >= 0 ? LOOK_MS : LOOK_BLIND_MS;

	if (v->leave_at && v->leave_at - now_ms() < ms)
		ms = v->leave_at > now_ms() ? (int)(v->leave_at - now_ms()) : 0;
	if (poll(p, 2, ms) < 0)
		return;
	while (v->watch >= 0 && read(v->watch, events, sizeof(events)) > 0)
		;
	while (read(v->signals, &info, sizeof(info)) == (ssize_t)sizeof(info))
		if (!v->leave_at)
			v->leave_at = now_ms() + (v->grace_s > SPARE_S ? (v->grace_s - SPARE_S) * 1000 : 1);
}

static int wait_for_word(struct verdict *v)
{
	for (;;) {
		int status = look(v);

		if (status >= 0)
			return status;
		if (v->leave_at && now_ms() >= v->leave_at)
			return CALC_EXIT_TERMINATED;
		wait_for_event(v);
	}
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "root", required_argument, NULL, 'r' }, { "grace", required_argument, NULL, 'g' },
		{ "version", no_argument, NULL, 'v' }, { "help", no_argument, NULL, 'H' }, { 0 } };
	struct verdict v = { .grace_s = GRACE_S };
	const char *root = "/calc";
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) >= 0) {
		if (c == 'v')
			return printf("calc-verdict %s\n", CALC_VERSION) > 0 ? CALC_EXIT_DONE : CALC_EXIT_IO;
		if (c == 'H')
			return usage(stdout, CALC_EXIT_DONE);
		if (c == 'r')
			root = optarg;
		else if (c == 'g')
			v.grace_s = strtol(optarg, NULL, 10);
		else
			return usage(stderr, CALC_EXIT_USAGE);
	}
	if (optind < argc)
		return usage(stderr, CALC_EXIT_USAGE);
	buf_printf(&v.folder, "%s/ctl", root);
	buf_printf(&v.file, "%s/last-word", v.folder.p);
	int status = set_up(&v) ? wait_for_word(&v) : CALC_EXIT_IO;
	buf_release(&v.folder);
	buf_release(&v.file);
	return status;
}
