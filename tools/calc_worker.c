/*
 * calc-worker: what a slot's container runs. PID 1 is the guard; it makes a worker, and another one whenever that dies. In the pods
 * of a set on a list it serves functions over HTTP instead. A static program: it runs in images of any making.
 */
#include <errno.h>
#include <getopt.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/buf.h"
#include "base/exit.h"
#include "base/file.h"
#include "runtime/guard.h"
#include "runtime/proto.h"
#include "runtime/serve.h"

enum { SLOTS_MOST = 1000, BODY = 4 << 20, BODY_MOST = 1 << 30, LISTED = 256, READ_MS = 30000, DRAIN_MS = 3000, GRACE_MS = 10000 };

static int usage(FILE *to, int status)
{
	fprintf(to, "usage: calc-worker --slot N --hash HASH [--root DIR] [--socket PATH]\n"
		    "       calc-worker --serve PORT --plan FILE... [--slots N] [--work DIR] [--tmp DIR] [--share NAME=DIR]... [--body BYTES]\n"
		    "                   [--read-timeout SECONDS]\n"
		    "       calc-worker --install DIR\n"
		    "Runs steps for the quarterback that listens at DIR/link/socket (/calc), serves functions over HTTP,\n"
		    "or copies itself to DIR.\n");
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

/* ---- serving ---- */

struct serving {
	struct serve_options o;
	const char *plan[LISTED];
	struct host_binding share[LISTED];
};

static void say_port(void *ctx, uint16_t port)
{
	const struct serving *s = ctx;

	printf("serving %u function%s on port %u\n", s->o.plans, s->o.plans == 1 ? "" : "s", port);
	fflush(stdout);
}

static void say_failure(void *ctx, const char *function, const char *answer)
{
	(void)ctx;
	fprintf(stderr, "%s: %.*s\n", function, (int)strcspn(answer, "\n"), answer);
}

/* "NAME=DIR"; the text is changed. */
static bool add_share(struct serving *s, char *text)
{
	char *dir = strchr(text, '=');

	if (!dir || dir == text || !dir[1] || s->o.shares == LISTED)
		return false;
	*dir++ = 0;
	s->share[s->o.shares++] = (struct host_binding){ text, dir };
	return true;
}

static bool read_serving(struct serving *s, int c, char *text)
{
	uint32_t n = 0;

	switch (c) {
	case 'P':
		if (!number(text, &n) || n > UINT16_MAX)
			return false;
		s->o.port = (uint16_t)n;
		return true;
	case 'p':
		if (s->o.plans == LISTED)
			return false;
		s->plan[s->o.plans++] = text;
		return true;
	case 'n': return number(text, &s->o.slots) && s->o.slots >= 1 && s->o.slots <= SLOTS_MOST;
	case 'w': s->o.work = text; return true;
	case 't': s->o.tmp = text; return true;
	case 'm': return add_share(s, text);
	case 'b':
		if (!number(text, &n) || n < 1 || n > BODY_MOST)
			return false;
		s->o.body = n;
		return true;
	case 'T':
		if (!number(text, &n) || n < 1 || n > 3600)
			return false;
		s->o.read_ms = n * 1000;
		return true;
	default: return false;
	}
}

static int serve(struct serving *s)
{
	struct buf error = BUF_INIT;
	int status;

	s->o.plan = s->plan;
	s->o.share = s->share;
	s->o.listening = say_port;
	s->o.failed = say_failure;
	s->o.ctx = s;
	status = serve_run(&s->o, &error);
	if (error.len)
		fprintf(stderr, "calc-worker: %s\n", error.p);
	buf_release(&error);
	return status;
}

/* ---- installing ---- */

/* So that it stands in a volume, for containers of images that do not have it. */
static int install(const char *dir)
{
	struct buf self = BUF_INIT, path = BUF_INIT;
	bool ok = file_read("/proc/self/exe", SIZE_MAX, &self);

	buf_printf(&path, "%s/calc-worker", dir);
	ok = ok && file_replace(path.p, self.p, self.len, 0755, NULL);
	if (!ok)
		fprintf(stderr, "calc-worker: %s: %s\n", path.p, strerror(errno));
	buf_release(&self);
	buf_release(&path);
	return ok ? CALC_EXIT_DONE : CALC_EXIT_IO;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "slot", required_argument, NULL, 's' }, { "hash", required_argument, NULL, 'h' },
		{ "root", required_argument, NULL, 'r' }, { "socket", required_argument, NULL, 'S' },
		{ "serve", required_argument, NULL, 'P' }, { "plan", required_argument, NULL, 'p' },
		{ "slots", required_argument, NULL, 'n' }, { "work", required_argument, NULL, 'w' },
		{ "tmp", required_argument, NULL, 't' }, { "share", required_argument, NULL, 'm' },
		{ "body", required_argument, NULL, 'b' }, { "read-timeout", required_argument, NULL, 'T' }, { "install", required_argument, NULL, 'i' },
		{ "version", no_argument, NULL, 'v' }, { "help", no_argument, NULL, 'H' }, { 0 } };
	struct worker_options o = { .fd = -1, .slot = UINT32_MAX };
	struct serving serving = { .o = { .slots = 1, .work = "/calc/work", .body = BODY, .read_ms = READ_MS, .drain_ms = DRAIN_MS,
					  .grace_ms = GRACE_MS } };
	struct buf path = BUF_INIT;
	const char *to = NULL, *at = "/calc", *rest = "/link/socket";
	bool serves = false;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) >= 0) {
		if (c == 'v')
			return printf("calc-worker %s, protocol %d\n", CALC_VERSION, PROTO_VERSION) > 0 ? CALC_EXIT_DONE : CALC_EXIT_IO;
		if (c == 'H')
			return usage(stdout, CALC_EXIT_DONE);
		serves |= c == 'P';
		if (c == 'h')
			o.plan_hash = optarg;
		else if (c == 'i')
			to = optarg;
		else if (c == 'r' || c == 'S') {
			at = optarg;
			rest = c == 'r' ? "/link/socket" : "";
		} else if (c == 's' ? !number(optarg, &o.slot) : !read_serving(&serving, c, optarg))
			return usage(stderr, CALC_EXIT_USAGE);
	}
	if (optind < argc || (!to && (serves ? serving.o.plans == 0 : o.slot == UINT32_MAX || !o.plan_hash)))
		return usage(stderr, CALC_EXIT_USAGE);
	buf_printf(&path, "%s%s", at, rest);
	o.socket_path = path.p;
	c = to ? install(to) : serves ? serve(&serving) : guard_serve(&o);
	buf_release(&path);
	return c;
}
