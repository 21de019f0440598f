/* What the files of the store share among themselves; nobody else includes this. */
#ifndef CALC_RUNTIME_STORE_INNER_H
#define CALC_RUNTIME_STORE_INNER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include "base/buf.h"
#include "runtime/store.h"

struct store_slot {
	int fd;			/* data/slots/<i>, or data/workers/<worker>/<place>; -1: not open */
	char *path;		/* of that, below data */
	char *name;		/* folder of the attempt that runs, or of one that left it clean; NULL: none */
	bool folders;		/* folders were made in its `out` */
};
/* Images of a step's results, in memory. */
struct kept_image { char *image; uint32_t len; bool here, flat, natural; };	/* here: and not in a file; whether it is there too */
struct kept_images {
	char *key;
	uint64_t hash;
	bool folder;		/* done/<key> is ours: it holds nothing of an attempt before */
	uint32_t count;
	struct kept_image result[];
};
/* Bytes of images in memory, with what a row takes beside them; in a pod the quarterback has a limit (emitters/kubernetes_pod.def). */
enum { KEPT_MOST = 64 << 20, KEPT_MOST_IN_POD = 8 << 20, KEPT_BESIDE = 160 };
struct kept_table {
	struct kept_images **at;	/* by hash; NULL: free */
	size_t room, count, bytes, most;
};
struct store {
	char *data;
	int top, done, in, trash, workers, begun;
	uint64_t instance, folders;	/* drawn when it was opened; attempts' folders that were made since: together their names */
	uint32_t slots;
	struct store_slot *slot;
	bool in_pod, apart;
	bool cleared;		/* what earlier runs had begun is written down: an end in order forgets what this one did */
	gid_t group;
	uint64_t trash_count;
	unsigned trashed;	/* since the last sweep */
	pid_t sweeper;
	struct kept_table kept;
};

/* ---- store_begun.c: which attempts were begun ---- */
bool begun_open(struct store *s, bool empty, struct buf *error);
bool begun_write(const struct store *s, uint32_t slot, const char *key, uint32_t attempt, struct buf *error);
bool begun_each(const struct store *s, void (*found)(void *ctx, const char *key, uint32_t attempt), void *ctx, struct buf *error);
bool begun_clear(const struct store *s, struct buf *error);	/* error: may be NULL */

bool store_failed(struct buf *error, const char *doing, const char *what);	/* appends errno's text; returns false */
/* Makes the folder when it is missing. -1 with a message. */
int store_make_folder(int dirfd, const char *name, struct buf *error);
bool store_discard(struct store *s, int dirfd, const char *name);		/* missing is fine */
/* Opens what a step made: beneath dirfd, no link on the way. -1 with errno. */
int store_open_beneath(int dirfd, const char *path, int flags);
/* The step's, made now if there are none. */
struct kept_images *store_keep(struct store *s, const char *key, uint32_t results);
struct kept_images *store_kept(const struct store *s, const char *key);	/* NULL: none */
/* false: there is too much in memory already. */
bool store_keep_image(struct store *s, struct kept_images *k, uint32_t result, const char *image, uint32_t len);
void store_kept_free(struct store *s);

/* Lets the attempt's slot write what stands at `path` in its folder. */
bool store_open_to_slot(const struct store *s, int dirfd, const char *path, mode_t mode);
/* The folder of the attempt's outputs, as it was given; -1 with a message. */
int store_open_out(const struct store *s, uint32_t slot, struct buf *error);
/* A file `done`/path that a step made as a result, or as the next version of a state, of that type and format. */
struct store_made { const char *what, *name, *path; uint32_t type; enum plan_format format; };
bool store_check_made(struct store *s, const struct store_take *t, const struct store_made *m, struct buf *error);

/* Move (or copy, across file systems) a log that was checked through `fd`. */
bool store_keep_log(int fd, int dirfd, const char *path, const char *log_path);

#endif
