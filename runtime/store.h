/*
 * The store: outputs of finished steps, inputs made for steps, and the folders of attempts. It alone knows where they
 * stand below `data` (host.h). What a step made is trusted only after it was moved to where no step can write.
 *
 * `key` is everywhere file_encode_key of the step's path: one folder name. Functions return false with a message.
 */
#ifndef CALC_RUNTIME_STORE_H
#define CALC_RUNTIME_STORE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include "base/buf.h"
#include "runtime/plan.h"
#include "runtime/slot.h"

struct store;
struct store_options {
	const char *data;	/* absolute path; made when missing */
	uint32_t slots;
	bool in_pod;		/* attempts' folders are 2770 of `group` */
	gid_t group;		/* (gid_t)-1: as it comes */
	bool empty;		/* forget everything that is there */
	bool apart;		/* slots belong to workers that are kept apart: each has a folder from store_open_slot on, and reads nothing
				 * that stands elsewhere below `data` */
};

struct store *store_open(const struct store_options *o, struct buf *error);
void store_close(struct store *s);
const char *store_data(const struct store *s);

/* Attempts that an earlier run left, in flight or not: each is told. The store's record of them is the only one: let it forget them
 * (store_clear, which removes their folders, too) only when what was told is written down. */
bool store_stale(struct store *s, void (*found)(void *ctx, const char *key, uint32_t attempt), void *ctx, struct buf *error);
bool store_clear(struct store *s, struct buf *error);

/* ---- workers that are kept apart ---- */
/* The slot's folder, data/workers/<worker>/<place>; the worker's is data/workers/<worker>, where `memory` is its /dev/shm. */
bool store_open_slot(struct store *s, uint32_t slot, const char *worker, uint32_t place, struct buf *error);
void store_close_slot(struct store *s, uint32_t slot);
void store_forget_worker(struct store *s, const char *worker);	/* none of its slots is open */
bool store_is_apart(const struct store *s);

/* What a slot is to read: a file or a folder of files. */
struct store_hand {
	uint32_t slot, attempt, item;	/* item: of a list that is handed over file by file; PLAN_NONE */
	const char *key, *port;		/* of the reader */
};
/* false: it stands outside `data`, or in the slot's own folder: all may read it where it is. */
bool store_must_hand_over(const struct store *s, const char *path);
/* `path` (below done or in) under the same last name in the slot's folder: a hard link, or a copy where there can be none. What is a
 * folder, or serves many steps, comes once and stays; any other file goes with the attempt's inputs. */
bool store_hand_over(struct store *s, const struct store_hand *h, const char *path, struct buf *to, struct buf *error);
bool store_copy(const char *from, const char *to, struct buf *error);	/* a new file that its owner may write */
bool store_link(const char *from, const char *to, struct buf *error);	/* hard link or copy */
bool store_link_folder(const char *from, const char *to, struct buf *error);	/* of files, of links to what stands outside, and of such folders */

/* ---- an attempt ---- */
/* It is recorded as begun. Its folder, made or taken over from the slot's last attempt when that left nothing in it: out, cwd, home, tmp and
 * an empty stderr. `path` gets the absolute path, which tells nothing of the step. */
bool store_begin(struct store *s, uint32_t slot, const char *key, uint32_t attempt, struct buf *path, struct buf *error);
/* A file within out that is ours and that the slot may write: of a native function in a pod, so that it can be sealed without a copy. */
bool store_begin_file(struct store *s, uint32_t slot, const char *port, struct buf *error);
/* A folder within out, for a [file] result. */
bool store_begin_folder(struct store *s, uint32_t slot, const char *port, struct buf *error);

struct store_take {
	const struct plan *plan;
	const struct plan_func *func;
	const char *key;
	const char *const *names;	/* `from … to` steps: the keys that result `exact` must hold, no more and no fewer */
	uint32_t count;
	uint32_t exact;			/* PLAN_NONE: no result */
	struct slot_images images;	/* results of a native function that came with its answer */
};
/* Move the slot's outputs to their final place and check them there. On false nothing of them remains. */
bool store_take(struct store *s, uint32_t slot, const struct store_take *t, struct buf *error);

/* The last bytes of stderr are appended to `tail`, and the log is moved to `log_path` if it has any content (*logged).
 * What else the attempt left is removed, now or by the helper. */
void store_end(struct store *s, uint32_t slot, bool used_out, const char *log_path, struct buf *tail, bool *logged);

/* What died with its worker may have left more than can be seen: the next attempt gets another folder. */
void store_abandon(struct store *s, uint32_t slot);

/* ---- states (states.h) ---- */
bool store_make_states(struct store *s, const char *state, struct buf *error);	/* the folder of its versions */
void store_state_path(const struct store *s, const char *state, const char *version, struct buf *path);
void store_drop_state(struct store *s, const char *state, const char *version);
/* Within an attempt: the file of a state that the step writes, out/<state>.state (no port is named so). With what `from` holds; NULL: it
 * is not there. */
#define STATE_SUFFIX ".state"
bool store_begin_state(struct store *s, uint32_t slot, const char *state, const char *from, struct buf *error);
/* As store_take: what the step left of the states that it writes, as new versions. */
bool store_take_states(struct store *s, uint32_t slot, const struct store_take *t, const char *version, struct buf *error);

/* ---- outputs ---- */
void store_output_path(const struct store *s, const char *key, const char *port, struct buf *path);
bool store_has_outputs(const struct store *s, const struct plan *p, const struct plan_func *f, const char *key);
void store_release(struct store *s, const char *key);	/* its outputs are not needed any more */

/* A result of a step. */
struct store_result {
	const struct plan *plan;
	const struct plan_func *func;
	const char *key;
	uint32_t result;		/* of func */
};
/* What was made as an image (FORMAT_FLAT) stands at the output's path with FLAT_SUFFIX, or, while it is small and there are not too many,
 * in memory and in the journal, without a file. These two make it: its natural text at `path` (store_output_path), or the image at
 * that with FLAT_SUFFIX, where it is not there yet; where it is absent, nothing. */
#define FLAT_SUFFIX ".flat"
bool store_natural(struct store *s, const struct store_result *r, const char *path, struct buf *error);
bool store_flat(struct store *s, const struct store_result *r, const char *path, struct buf *error);
/* The image, if it is in memory, until it is released; *len 0: absent. */
bool store_image(const struct store *s, const char *key, uint32_t result, const char **image, uint32_t *len);
/* All of the step's that are, as slot.h has them; false: none is. And back, from the journal of an earlier run. */
bool store_images_tell(const struct store *s, const char *key, struct buf *out);
bool store_images_recall(struct store *s, const struct plan *p, const struct plan_func *f, const char *key, struct slot_images images);
void store_images_forget(struct store *s, const char *key);	/* the journal has them */

/* ---- outputs that the host makes itself, of expressions ---- */
/* An empty folder for them, in place of what an attempt before left; then what is made at paths of store_output_path, with store_put
 * and these two. On failure, store_release. */
bool store_make(struct store *s, const char *key, struct buf *error);
bool store_make_below(const char *path, struct buf *error);		/* a folder there */
/* The same file at another path: a hard link to what the store has, a symbolic one to what stands outside. */
bool store_refer(const struct store *s, const char *from, const char *to, struct buf *error);

/* ---- inputs that the host makes ---- */
/* The folder of an attempt's made inputs; made at its first use. Removed by store_drop_inputs. */
bool store_inputs(struct store *s, uint32_t slot, const char *key, uint32_t attempt, struct buf *path, struct buf *error);
void store_inputs_path(const struct store *s, uint32_t slot, const char *key, uint32_t attempt, struct buf *path);
void store_drop_inputs(struct store *s, uint32_t slot, const char *key, uint32_t attempt);
/* A file there: whole or an error (disk full: errno stands in the message). */
bool store_put(const char *path, const char *text, size_t len, struct buf *error);

#endif
