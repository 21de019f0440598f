/*
 * A folder of files that are ours: all of them come in or none. The folder's `.calcflow` lists what is ours, with the hash of what we
 * wrote. Files of others are never touched, and neither are ours that someone has changed since.
 */
#ifndef CALC_EMITTERS_OUTPUT_H
#define CALC_EMITTERS_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include "base/buf.h"

struct emit_files;
struct emit_written {
	unsigned written, same, removed;	/* files: new or changed, left as they are, stale ones of ours */
};

enum output_mode {
	OUTPUT_WRITE,	/* the folder is made when missing, and locked against another calcc */
	OUTPUT_SHOW	/* nothing is touched: what would change is kept as a text */
};
struct output;
struct output_file;

/* NULL with a message that names the file and says what to do. `error` must live as long as the output, and takes the first failure. */
struct output *output_open(const char *dir, enum output_mode mode, struct buf *error);
bool output_was_cut_short(const struct output *o);	/* by an end of the process while names changed: old and new files are mixed */
/* What was not committed is dropped: the folder is as it was. */
void output_close(struct output *o);

/*
 * A file, as it is made: it is compared with what is there, and from the first byte that differs on it is written beside it. A
 * failure is kept for output_commit. Two files of one name are the caller's to find; output_drop takes the last back.
 */
struct output_file *output_begin(struct output *o, const char *name);
void output_add(struct output_file *f, const void *p, size_t len);
const char *output_end(struct output_file *f);		/* a hash of it, in hex */
void output_drop(struct output_file *f);

/*
 * Bring the folder to exactly these files of ours: unchanged ones are not touched, changed ones change by name alone, stale ones of ours go.
 * false with the message; then the folder is as it was. An end of the process at any moment leaves whole files that are still ours, old
 * and new, `.calcflow` says that they are mixed, and the next write mends it.
 */
bool output_commit(struct output *o, struct emit_written *done);
/* OUTPUT_SHOW: appends a unified diff, in the order of names, and counts. false with the message of what a write would be refused for. */
bool output_show(struct output *o, struct buf *out, struct emit_written *done);

/* All files from memory, at once. */
bool emit_write(const char *dir, const struct emit_files *files, struct emit_written *done, struct buf *error);
/* After it: the files that are written once, where they are missing (`written` counts them). `missing`: names that are in none of the
 * user's sources, where those are there. */
bool emit_write_once(const char *dir, const struct emit_files *files, struct emit_written *done, struct buf *missing, struct buf *error);

#endif
