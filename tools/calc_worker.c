/*
 * calc-worker: what a slot's container runs. PID 1 is the guard; it makes a worker, and another one whenever that dies. A
 * static program: it runs in images of any making.
 */
#include <errno.h>
#include <getopt.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/buf.h"
#include "base/exit.h"
#include "runtime/guard.h"
#include "runtime/proto.h"

static int usage(FILE *to, int status)
{
	fprintf(to, "usage: calc-worker --slot N --hash HASH [--root DIR] [--socket PATH]\n"
		    "Runs steps for the quarterback that listens at DIR/link/socket (/calc).\n");
	return status;
}

static bool number(const char *text, uint32_t *n)
{
	char *end;
	unsigned long v;

	errno = 0;
	v = strtoul(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || errno || v >= UINT32_MAX)
		return false;
	*n = (uint32_t)v;
	return true;
}

static void set_path(struct buf *path, const char *text, const char *rest)
{
	buf_clear(path);
	buf_printf(path, "%s%s", text, rest);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "slot", required_argument, NULL, 's' }, { "hash", required_argument, NULL, 'h' },
		{ "root", required_argument, NULL, 'r' }, { "socket", required_argument, NULL, 'S' },
		{ "version", no_argument, NULL, 'v' }, { "help", no_argument, NULL, 'H' }, { 0 } };
	struct worker_options o = { .fd = -1, .slot = UINT32_MAX };
	struct buf path = BUF_INIT;
	int c;

	buf_addstr(&path, "/calc/link/socket");
	while ((c = getopt_long(argc, argv, "", options, NULL)) >= 0) {
		if (c == 'v')
			return printf("calc-worker %s, protocol %d\n", CALC_VERSION, PROTO_VERSION) > 0 ? CALC_EXIT_DONE : CALC_EXIT_IO;
		if (c == 'H')
			return usage(stdout, CALC_EXIT_DONE);
		if (c == 'h')
			o.plan_hash = optarg;
		else if (c == 'r' || c == 'S')
			set_path(&path, optarg, c == 'r' ? "/link/socket" : "");
		else if (c != 's' || !number(optarg, &o.slot))
			return usage(stderr, CALC_EXIT_USAGE);
	}
	if (optind < argc || o.slot == UINT32_MAX || !o.plan_hash)
		return usage(stderr, CALC_EXIT_USAGE);
	o.socket_path = path.p;
	c = guard_serve(&o);
	buf_release(&path);
	return c;
}
