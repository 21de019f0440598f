/*
 * Files in memory to a folder: all of them or none. The folder's `.calcflow` lists what is ours, with the hash of what we
 * wrote. Files of others are never touched, and neither are ours that someone has changed since.
 */
#ifndef CALC_EMITTERS_OUTPUT_H
#define CALC_EMITTERS_OUTPUT_H

#include <stdbool.h>
#include "emitters/emit.h"

struct emit_written {
	unsigned written, same, removed;	/* files: new or changed, left as they are, stale ones of ours */
};

/*
 * Bring the folder (made when missing) to exactly these files of ours: unchanged ones are not written, stale ones of ours
 * are removed. false with a message that names the file and says what to do; then the folder is as it was, for
 * everything is written under temporary names before the first file appears. (Should a change of names fail all the
 * same, every file is whole and still ours.)
 */
bool emit_write(const char *dir, const struct emit_files *files, struct emit_written *done, struct buf *error);

#endif
