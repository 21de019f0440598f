/* calc-quarterback: the first sidecar of a pod. The command line, and nothing else; tools/quarterback.h says what is where. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "base/exit.h"
#include "runtime/journal.h"
#include "runtime/plan.h"
#include "runtime/proto.h"
#include "tools/quarterback.h"

enum { MOST_SLOTS = 1024, HASH_DIGITS = 64, GRACE_S = 30, MOST_START_LIMIT = 86400, QUARTERBACK_UMASK = 027 };
enum mode { SERVE, WAIT_READY, DRAIN };

static int usage(FILE *to, int status)
{
	fprintf(to, "usage: calc-quarterback --plan DIR --hash HASH --slots N [--uid-base UID] [--root DIR] [--grace SECONDS]\n"
		    "                        [--worker FILE] [--start-limit SECONDS] [--window TIME|job]\n"
		    "                        [--registry PREFIX]\n"
		    "       calc-quarterback --wait-ready | --drain [--root DIR] [--grace SECONDS]\n"
		    "Runs the plan in DIR (plan.000, plan.001, …) on the workers of its pod.\n");
	return status;
}

static bool number(const char *text, unsigned long most, unsigned long *n)
{
	char *end;

	errno = 0;
	*n = strtoul(text, &end, 10);
	return *text >= '0' && *text <= '9' && !*end && !errno && *n <= most;
}

static int version(void)
{
	printf("calc-quarterback %s, plan %d, journal %d, protocol %d\n", CALC_VERSION, PLAN_VERSION, JOURNAL_VERSION,
	       PROTO_VERSION);
	return fflush(stdout) == 0 ? CALC_EXIT_DONE : CALC_EXIT_IO;
}

static bool is_hash(const char *s)
{
	return strlen(s) == HASH_DIGITS && strspn(s, "0123456789abcdef") == HASH_DIGITS;
}

/* -1: go on. */
static int take_option(int c, struct quarterback *q, enum mode *mode)
{
	unsigned long n;

	switch (c) {
	case 'p': q->plan_dir = optarg; return -1;
	case 'h': q->hash = optarg; return -1;
	case 'r': q->root = optarg; return -1;
	case 'w': q->worker = optarg; return -1;
	case 'W': q->window = optarg; return -1;
	case 'i': q->registry = optarg; return -1;
	case 'R': *mode = WAIT_READY; return -1;
	case 'D': *mode = DRAIN; return -1;
	case 'v': return version();
	case 'H': return usage(stdout, CALC_EXIT_DONE);
	case 's':
		if (!number(optarg, MOST_SLOTS, &n) || n == 0)
			return usage(stderr, CALC_EXIT_USAGE);
		q->slots = (uint32_t)n;
		return -1;
	case 'u':
		if (!number(optarg, UINT32_MAX - MOST_SLOTS - 1, &n))
			return usage(stderr, CALC_EXIT_USAGE);
		q->uid_base = (uint32_t)n;
		return -1;
	case 'g':
		if (!number(optarg, 86400, &n))
			return usage(stderr, CALC_EXIT_USAGE);
		q->grace_ms = n * 1000;
		return -1;
	case 'l':
		if (!number(optarg, MOST_START_LIMIT, &n))
			return usage(stderr, CALC_EXIT_USAGE);
		q->start_limit_ms = n * 1000;
		return -1;
	default:
		return usage(stderr, CALC_EXIT_USAGE);
	}
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "plan", required_argument, NULL, 'p' }, { "hash", required_argument, NULL, 'h' },
		{ "slots", required_argument, NULL, 's' }, { "uid-base", required_argument, NULL, 'u' },
		{ "root", required_argument, NULL, 'r' }, { "grace", required_argument, NULL, 'g' },
		{ "worker", required_argument, NULL, 'w' }, { "registry", required_argument, NULL, 'i' }, { "window", required_argument, NULL, 'W' }, { "start-limit", required_argument, NULL, 'l' }, { "wait-ready", no_argument, NULL, 'R' },
		{ "drain", no_argument, NULL, 'D' }, { "version", no_argument, NULL, 'v' }, { "help", no_argument, NULL, 'H' }, { 0 } };
	struct arena paths;
	struct quarterback q = { .paths = &paths, .root = QUARTERBACK_ROOT, .uid_base = UINT32_MAX, .grace_ms = GRACE_S * 1000 };
	enum mode mode = SERVE;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) >= 0) {
		int status = take_option(c, &q, &mode);

		if (status >= 0)
			return status;
	}
	if (optind < argc)
		return usage(stderr, CALC_EXIT_USAGE);
	umask(QUARTERBACK_UMASK);
	if (mode == SERVE && (!q.hash || !is_hash(q.hash) || !q.slots))
		return usage(stderr, CALC_EXIT_USAGE);
	arena_init(&paths);
	if (!q.plan_dir)
		q.plan_dir = quarterback_path(&q, "plan");
	c = mode == WAIT_READY ? quarterback_wait_ready(&q) : mode == DRAIN ? quarterback_drain(&q) : quarterback_guard(&q);
	arena_release(&paths);
	return c;
}
