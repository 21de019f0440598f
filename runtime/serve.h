/*
 * A worker of a set on a list: serves functions over HTTP/1.1. `POST /FUNCTION` with a JSON object of its inputs runs it in a slot,
 * in an attempt's folder, under its timeout, and answers its results or why it failed; `GET /healthz` and `/readyz` say how
 * the worker is. As many requests run as there are slots, as many again wait, and more are turned away (503).
 */
#ifndef CALC_RUNTIME_SERVE_H
#define CALC_RUNTIME_SERVE_H

#include <stddef.h>
#include <stdint.h>
#include "base/buf.h"
#include "runtime/host.h"

struct serve_options {
	uint16_t port;			/* 0: the system's choice */
	const char *const *plan;	uint32_t plans;		/* files: a plan for each function (calc-plan(5), "A function that is served") */
	const char *work;		/* folder for attempts; made when missing, emptied */
	const char *tmp;		/* emptied around each step, with one slot only; NULL: each attempt has its own */
	uint32_t slots;
	const struct host_binding *share;	uint32_t shares;	/* folders whose files a request may name */
	size_t body;			/* bytes of a request, and of the files of an answer */
	uint32_t read_ms;		/* a request is there as a whole after that, or refused */
	uint32_t drain_ms;		/* after SIGTERM, requests are still taken for so long: they may be on their way */
	uint64_t grace_ms;		/* between SIGTERM and SIGKILL of a step */
	void (*listening)(void *ctx, uint16_t port);	/* may be NULL */
	void (*failed)(void *ctx, const char *function, const char *answer);	/* a request was answered with this error; may be NULL */
	void *ctx;
};

/* Returns an exit status of base/exit.h: DONE after SIGTERM, USAGE with a message for a plan that is refused, IO. */
int serve_run(const struct serve_options *o, struct buf *error);

#endif
