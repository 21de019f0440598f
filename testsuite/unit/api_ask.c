/*
 * api_ask ADDRESS PORT NAME CA TOKEN TIMEOUT_MS TRIES WAIT_MS (METHOD TARGET BODY|-)…: what a server answers, a line for each request, asked
 * one after the other. For testsuite/run/api.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "runtime/api_client.h"

enum { OPTIONS = 9, PARTS = 3 };

struct asking { struct loop *loop; int left; };

static void on_answer(void *ctx, const struct api_answer *a)
{
	struct asking *k = ctx;

	if (a->status)
		printf("%d %zu %.60s\n", a->status, a->body_len, a->body);
	else
		printf("none: %s\n", a->why);
	fflush(stdout);
	if (--k->left == 0)
		loop_stop(k->loop);
}

int main(int argc, char **argv)
{
	struct api_options o = { .address = argv[1], .port = argv[2], .name = argv[3], .ca_file = argv[4], .token_file = argv[5] };
	struct asking k = { loop_new(), (argc - OPTIONS) / PARTS };
	struct api *api;

	if (argc < OPTIONS + PARTS || !k.loop)
		return 2;
	o.timeout_ms = strtoull(argv[6], NULL, 10);
	o.tries = (unsigned)strtoul(argv[7], NULL, 10);
	o.first_wait_ms = strtoull(argv[8], NULL, 10);
	api = api_new(k.loop, &o);
	for (int i = OPTIONS; i + PARTS <= argc; i += PARTS) {
		struct api_request r = { argv[i], argv[i + 1], strcmp(argv[i + 2], "-") ? "application/json" : NULL, argv[i + 2], on_answer, &k };

		api_ask(api, &r);
	}
	loop_run(k.loop);
	api_free(api);
	loop_free(k.loop);
	return 0;
}
