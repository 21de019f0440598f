/* What the files of the server share; nobody else includes this. */
#ifndef CALC_RUNTIME_SERVE_INNER_H
#define CALC_RUNTIME_SERVE_INNER_H

#include <stdbool.h>
#include "runtime/engine.h"
#include "runtime/http.h"
#include "runtime/loop.h"
#include "runtime/serve.h"
#include "runtime/slot.h"

/* ---- serve_function.c: a function, and one run of it ---- */

/* Its plan: a step `request`, whose results are the function's inputs, and the function's one step. */
struct serve_function {
	struct plan *plan;
	const char *name;
	uint32_t func, given;		/* in plan.func: it, and `request` */
};
bool serve_function_read(struct serve_function *f, const char *json, size_t len, struct buf *error);
void serve_function_release(struct serve_function *f);

/* A slot's folder and what runs in it. */
struct serve_work;
struct serve_work *serve_work_new(const struct serve_options *o, uint32_t slot, struct buf *error);
void serve_work_free(struct serve_work *w);
/* Everything about a request that does not fit is found here. `error` is what is wrong with it, or with the machine: *status. */
bool serve_work_begin(struct serve_work *w, const struct serve_function *f, const char *body, size_t len, const struct slot_job **job,
		      int *status, struct buf *error);
/* It has ended, or could not be started: JSON for the answer, and its status. The folder is clean again. */
int serve_work_end(struct serve_work *w, const struct slot_result *r, struct buf *answer);
void serve_work_drop(struct serve_work *w);			/* nobody waits for the answer */
void serve_error(struct buf *answer, const char *message, const char *tail);	/* {"error": …} */

/* ---- serve_connection.c: bytes of a peer ---- */

struct server;
struct connection {
	struct server *server;
	struct connection *prev, *next;		/* all of them */
	struct connection *later;		/* in the queue */
	int fd;
	struct loop_watch *watch;
	struct loop_timer *timer;
	struct http_reader *reader;
	struct buf in;				/* came behind the message that is served */
	struct buf out;
	size_t sent;
	enum { CONNECTION_READS, CONNECTION_WAITS, CONNECTION_RUNS, CONNECTION_WRITES } state;
	bool admitted;				/* its request counts among those that may have a body in memory */
	bool keep, continued, begun;
	uint32_t slot;				/* RUNS */
	const struct serve_function *function;
};
bool connection_new(struct server *s, int fd);
void connection_free(struct connection *c);
/* Answer what was asked: JSON (or plain text for a probe). Reading goes on afterwards when the connection is kept. */
void connection_answer(struct connection *c, int status, const char *type, const struct buf *body);

/* ---- serve.c ---- */

struct server {
	const struct serve_options *o;
	struct loop *loop;
	struct slots *slots;
	int listener;
	struct loop_watch *watch;
	struct loop_timer *drain;
	struct serve_function *function;
	struct serve_slot { struct serve_work *work; struct connection *asked; uint64_t token; bool ready, busy; } *slot;
	struct connection *connections, *first, *last;	/* first, last: the queue */
	uint32_t open, admitted, queued;
	uint64_t token;
	bool draining;
};
/* May another request have a body here? Then it counts, until serve_leave. */
bool serve_admit(struct server *s);
void serve_leave(struct server *s);
/* A whole request: answers it, queues it, or runs it. */
void serve_request(struct server *s, struct connection *c);
/* The peer of a request that waits or runs is gone. */
void serve_forget(struct server *s, struct connection *c);

#endif
