/*
 * What a host and a worker say to each other over a stream socket. A message is a length (u32, of what follows), a kind (u8)
 * and the fields of proto.def: numbers little-endian; a string is its length (u32, without the NUL), its bytes, a NUL;
 * UINT32_MAX as length is an absent string; a list is a count and strings; data are a length and bytes. Knows no socket and no process.
 *
 * The reader is total: whatever the peer sends gives a message that keeps to proto.def, a wait for more, or an
 * error; and never more memory than the limit of its direction.
 */
#ifndef CALC_RUNTIME_PROTO_H
#define CALC_RUNTIME_PROTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/buf.h"
#include "runtime/slot.h"

enum {
	PROTO_VERSION = 3,
	PROTO_MOST_TO_HOST = SLOT_MOST_RESULTS + 4096,	/* bytes of a message: a host listens to whom it does not trust */
	PROTO_MOST_TO_WORKER = 4 << 20,		/* more than exec takes (2 MiB of words, 128 KiB each) */
	PROTO_MOST_STRING = 131072,
	PROTO_MOST_LIST = 262144
};
enum proto_side { PROTO_TO_HOST, PROTO_TO_WORKER };

enum proto_kind {
	PROTO_NO_KIND,
#define MESSAGE(kind, to) PROTO_##kind,
#define FIELD(kind, type, member, most)
#include "runtime/proto.def"
#undef MESSAGE
#undef FIELD
	PROTO_KINDS
};

struct proto_message {
	enum proto_kind kind;
	uint32_t version, slot, incarnation, pid, end, status, now, inputs, nth;
	uint64_t instance, guard, token, last, nonce, timeout_ms, grace_ms, wall_us, cpu_us, max_rss, layout;
	const char *native, *step;
	const char *plan_hash, *cwd, *image_root, *tmp, *attempt, *stdin_path, *stdout_path, *stderr_path;
	const char *const *argv, *const *envp;	/* NULL-terminated */
	struct slot_images images;
};

/* Append a message. false (and nothing appended) when it is over a limit. */
bool proto_write(const struct proto_message *m, struct buf *out);

void proto_run_of_job(struct proto_message *m, const struct slot_job *job);	/* borrows */
void proto_job_of_run(struct slot_job *job, const struct proto_message *m);	/* borrows */
void proto_ended_of_result(struct proto_message *m, const struct slot_result *r);
void proto_result_of_ended(struct slot_result *r, const struct proto_message *m);

struct proto_reader {
	enum proto_side side;
	struct buf in;
	size_t at;			/* bytes of `in` that were taken */
	const char **list[2];		/* memory of the lists of the last message */
	size_t list_cap[2];
};
enum proto_got { PROTO_MORE, PROTO_GOT, PROTO_BAD };

void proto_reader_init(struct proto_reader *r, enum proto_side side);
void proto_reader_release(struct proto_reader *r);
/* Forget what came: for a new connection. */
void proto_reader_clear(struct proto_reader *r);
/* Room for at least one byte; then say how many were put there. What was got before becomes invalid. */
void *proto_reader_room(struct proto_reader *r, size_t *room);
void proto_reader_add(struct proto_reader *r, size_t len);
/* The next message, valid until the reader is touched again. PROTO_BAD: *why says what; the stream is over. */
enum proto_got proto_next(struct proto_reader *r, struct proto_message *m, const char **why);

#endif
