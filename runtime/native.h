/*
 * A program of native functions, as its worker sees it: started with two pieces of shared memory (functions/wire.h), fed by a ring, kept
 * for the steps that follow. It is not trusted: what it answers is checked, and it cannot write where the worker writes.
 */
#ifndef CALC_RUNTIME_NATIVE_H
#define CALC_RUNTIME_NATIVE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include "base/buf.h"
#include "runtime/functions/wire.h"
#include "runtime/slot.h"

struct native {
	pid_t pid;			/* 0: none runs */
	int feed_fd, back_fd, bell, log;
	struct wire_feed *feed;
	const struct wire_back *back;	/* read-only */
	uint32_t asked, answered;
	uint64_t arena;			/* where the next request goes */
	struct wire_patience patience;
	uint64_t logged;		/* bytes of the log that steps have got */
	struct buf key;			/* program and environment: another one is another program */
};

void native_init(struct native *n);
/* Kills it, if it runs, and forgets all. */
void native_end(struct native *n);
/* Its child was reaped, or killed with all others: nothing is left to kill. */
void native_gone(struct native *n);

/* The program of this job runs, started now if it did not. 0, or the errno of what failed. */
int native_ready(struct native *n, const struct slot_job *job);
/* Has it ever waited for a request? */
bool native_has_begun(const struct native *n);

struct native_value {
	enum wire_where where;
	const char *path;		/* IN_FILE; an input: "" is absent */
	uint64_t at, length;		/* else; of a result: its room, also beside a path: in back if it is small */
};
struct native_request {
	uint64_t token, layout;
	const char *function, *step, *scratch;
	uint32_t attempt;
	const struct native_value *input, *output;
	uint32_t inputs, outputs;
};
/* false: the ring or its memory is full. */
bool native_ask(struct native *n, const struct native_request *q);
/* The next answer, if there is one; its numbers are within their bounds. */
bool native_answered(struct native *n, struct wire_answer *a);
/* Looks at the ring for some microseconds, where that paid before; then the bell's descriptor gets readable when there is an answer. */
bool native_wait_a_little(struct native *n);
void native_clear_bell(struct native *n);
/* What it wrote since the last call is appended to the file. */
void native_take_log(struct native *n, const char *path);

/* The job's request is made and asked. false: it is too large, or its images are no images. */
bool native_run(struct native *n, const struct slot_job *job);
/* The results of an answer that stand in back, as slot.h has them; valid until the next request. */
void native_images(const struct native *n, const struct wire_answer *a, struct buf *out);
enum slot_end native_slot_end(uint32_t wire_end);

#endif
