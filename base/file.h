/*
 * Files: whole reads with a limit, whole writes or none, folder names made from keys. No function here prints;
 * failures return false with errno set.
 */
#ifndef CALC_BASE_FILE_H
#define CALC_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include "base/buf.h"

/* Append the file's bytes; EFBIG when it has more than limit. */
bool file_read(const char *path, size_t limit, struct buf *out);
bool file_readfd(int fd, size_t limit, struct buf *out);
/* The same of a regular file in that folder; EISDIR, or ELOOP: it is a folder, a link, a pipe or the like. */
bool file_readat(int dirfd, const char *name, size_t limit, struct buf *out);
bool file_write_all(int fd, const void *p, size_t len);	/* short writes and EINTR handled */

/* Whole or not at all: temporary name in the same folder, write, close, rename. Checks every step; the temporary
 * is removed on failure. `same` (may be NULL) is set when the file already had exactly this content: then
 * nothing is written. */
bool file_replace(const char *path, const void *p, size_t len, mode_t mode, bool *same);

bool file_mkdirs(const char *path, mode_t mode);		/* like mkdir -p; an existing folder is fine */
bool file_remove_tree(int dirfd, const char *name);	/* like rm -rf, see below; missing is fine */
/* (It never follows a link nor enters another mount, at any depth; a name that ends in /, . or .. is refused.) */
bool file_exists(const char *path);

/*
 * A key as one folder name: bytes other than A-Z a-z 0-9 . _ - + = @ , are percent-encoded (so is a leading dot,
 * and an empty key is "%"); what would be longer than 200 bytes is cut to 160 and ends in "~" and 32 hex digits of
 * the key's SHA-256. Injective, and the identity for simple names.
 */
void file_encode_key(struct buf *out, const char *key, size_t len);

/* For mem_hold: a descriptor is closed. */
void file_close(void *held);
static inline void *file_held(int fd) { return (void *)(intptr_t)fd; }

/* Temporary files that a failing program must remove (mem_on_failure's handler, signals): a small registry. */
void file_temp_note(const char *path);
void file_temp_done(const char *path);
void file_temp_remove_all(void);	/* async-signal-safe */

#endif
