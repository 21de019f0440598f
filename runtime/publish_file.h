/* Single files of a publication: compare, copy durably without overwriting, sync. errno says why something failed. */
#ifndef CALC_RUNTIME_PUBLISH_FILE_H
#define CALC_RUNTIME_PUBLISH_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum publish_seen { PUBLISH_ABSENT, PUBLISH_EQUAL, PUBLISH_OTHER, PUBLISH_UNREADABLE };

enum publish_seen publish_compare(const char *from, const char *to, int pulse);
/* Removes the temporary name that a kill between link and unlink left beside a file that is in place. */
void publish_clear(const char *to);
/* To a temporary name, fsync, then linked to `to`. EQUAL: it stands there now. OTHER: something else stood there. */
enum publish_seen publish_copy(const char *from, const char *to, int pulse);
bool publish_replace(const char *from, const char *to, int pulse);	/* likewise, in place of what stands there */
bool publish_text(const char *to, const char *text, size_t len);	/* the same for a text */
bool publish_text_again(const char *to, const char *text, size_t len);	/* likewise, in place of what stands there */
bool publish_digest(const char *path, int pulse, char sha[65], uint64_t *size);
bool publish_parents(const char *path);		/* makes the folders above it */
bool publish_sync(const char *folder);
bool publish_sync_parent(const char *path);
bool publish_move_aside(const char *path);

#endif
