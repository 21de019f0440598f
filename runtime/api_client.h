/*
 * A client of the Kubernetes API server: requests over HTTPS, one after another on one connection, in the loop of a host. The server's
 * name and CA are checked; CA and token are read again for each connection and each request, as both rotate. What fails for a
 * moment is tried again with back-off, so what is asked must do no harm when it is done twice.
 */
#ifndef CALC_RUNTIME_API_CLIENT_H
#define CALC_RUNTIME_API_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "runtime/loop.h"

struct api_options {
	const char *address, *port;	/* numeric: IPv4 or IPv6, and a port; no name is looked up */
	const char *name;		/* that the server's certificate must be for */
	const char *ca_file, *token_file;
	uint64_t timeout_ms;		/* of one try, connection included; 0: 10,000 */
	unsigned tries;			/* 0: 6 */
	uint64_t first_wait_ms;		/* between tries, doubled each time, at most 5 s; 0: 200 */
};

struct api;
struct api *api_new(struct loop *l, const struct api_options *o);	/* texts of *o live as long as it */
void api_free(struct api *a);		/* requests that are left are dropped without an answer; NULL is fine */

struct api_answer {
	int status;			/* 0: there was no answer, or none that counts */
	const char *body;		/* NUL-terminated; lives until the callback returns */
	size_t body_len;
	const char *why;		/* status 0: what went wrong at the last try */
};
struct api_request {
	const char *method, *target;
	const char *type;		/* of the body: "application/json", …; NULL: there is none */
	const char *body;		/* NUL-terminated */
	void (*done)(void *ctx, const struct api_answer *answer);	/* from the loop, never from within api_ask; may call api_ask */
	void *ctx;
};
/* Copied. Requests are made in the order in which they were asked. */
void api_ask(struct api *a, const struct api_request *r);

#endif
