/*
 * The journal of a work folder: an append-only log of what became of steps, kept so that whatever was finished is not
 * run again. Records added in one turn of the loop become durable together, at journal_commit. Durable here means
 * against kill -9: the operating system holds what was committed; against a power cut only the share's records count.
 *
 * Every record carries a checksum. A journal that is damaged anywhere is set aside whole: nothing is guessed.
 */
#ifndef CALC_RUNTIME_JOURNAL_H
#define CALC_RUNTIME_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>
#include "base/buf.h"

enum { JOURNAL_VERSION = 3 };	/* 2: what is kept of values that were removed; 3: small results */

enum journal_kind {
	JOURNAL_RUN,		/* a run began; text: the plan's hash */
	JOURNAL_BEGUN,		/* an attempt was in flight when its run was killed */
	JOURNAL_DONE,		/* outputs are complete and in their place */
	JOURNAL_FAILED,		/* an attempt failed; text: why */
	JOURNAL_PUBLISHED,	/* text: the sinks */
	JOURNAL_ENDED,		/* the run ended; text: how */
	JOURNAL_RELEASED,	/* outputs may be removed: nobody will read them again. It stays finished without them */
	JOURNAL_GAVE_UP,	/* all its attempts failed; text: why */
	JOURNAL_ANSWER,		/* step: a question about a value, which must get the same answer when that is gone; text: the answer */
	JOURNAL_SWAP,		/* a slot is to get another image; text: that, the container that it had, its guard: a line each; status: it had the image before */
	JOURNAL_SWAPPED,	/* it has it; text: the image */
	JOURNAL_UNSWAPPED,	/* it cannot be given it; text: the image, a line's end, why; status: enum journal_unswapped */
	JOURNAL_KINDS
};
enum journal_unswapped { JOURNAL_MAY_RETRY = 1, JOURNAL_KEPT = 2 };	/* bits; kept: it has the image from before */
struct journal_record {
	enum journal_kind kind;
	const char *step;		/* its path; "" for records of the run. JOURNAL_BEGUN: the encoded key of it */
	uint32_t attempt, slot;
	uint8_t fingerprint[16];	/* JOURNAL_DONE */
	uint64_t start_us, end_us;	/* UTC, microseconds since 1970 */
	uint64_t cpu_us, max_rss;
	int end, status;		/* enum slot_end and its status */
	const char *text;
	const char *images;		/* JOURNAL_DONE: results that stand in no file, or NULL; not read by journal_read */
	size_t images_len;
};

struct journal;

/*
 * Open, or make. `keep` false: an older one is removed first. A damaged one is renamed and named in `notice`; then the
 * journal is empty. NULL with a message in `error` when it cannot be made, or is of a later version.
 */
struct journal *journal_open(const char *path, bool keep, struct buf *notice, struct buf *error);
void journal_close(struct journal *j);

/* false: the disk is full or failing; journal_error says what. Nothing of the turn counts then. */
bool journal_add(struct journal *j, const struct journal_record *r);
bool journal_commit(struct journal *j);		/* nothing to do when nothing was added */
const char *journal_error(const struct journal *j);

/* What it knew of a step when it was opened. */
struct journal_found {
	bool finished;
	bool released;			/* finished, and its outputs need not be there */
	bool gave_up;			/* it failed for good */
	uint8_t fingerprint[16];	/* of the finished attempt */
	uint32_t attempt;		/* the finished attempt */
	uint32_t used;			/* the highest attempt of all */
	const char *why;		/* gave_up: the reason, until the next look-up; else "" */
	int64_t row;			/* of the finished attempt */
};
bool journal_find(struct journal *j, const char *step, const char *key, struct journal_found *out);
/* What was added with a finished attempt's row, until the next look-up; false: nothing, or it is damaged. */
bool journal_images(struct journal *j, int64_t row, const char **images, size_t *len);
/* The answer that an earlier run gave to a question, until the next look-up; NULL: none. Questions are no steps' paths. */
const char *journal_answer(struct journal *j, const char *question, size_t *len, uint8_t fingerprint[16]);
bool journal_any_gave_up(const struct journal *j);	/* does it know of a step that did? */
bool journal_published(const struct journal *j);		/* an earlier run of this folder published its sinks */
const char *journal_plan_hash(const struct journal *j);	/* of the last run it has; "" when none */

/* All records in order, of a journal that may be in use. `fn` returns false to stop. false with a message. */
bool journal_read(const char *path, bool (*fn)(void *ctx, const struct journal_record *r), void *ctx, struct buf *error);

const char *journal_kind_name(enum journal_kind kind);

#endif
