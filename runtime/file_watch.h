/*
 * Watching files for being changed, made, replaced by rename or removed. A file is watched through its folder, since editors
 * write another file and rename it; a path that does not exist is watched through the part of it that does. Linux: inotify.
 */
#ifndef CALC_RUNTIME_FILE_WATCH_H
#define CALC_RUNTIME_FILE_WATCH_H

#include <stdbool.h>

struct file_watch;

struct file_watch *file_watch_new(void);			/* NULL with errno */
void file_watch_free(struct file_watch *w);
/*
 * Also where a symbolic link leads. *is_new (may be NULL): it was not watched before. false with errno: it cannot be watched (no
 * memory for it in the kernel, no right).
 */
bool file_watch_add(struct file_watch *w, const char *path, bool *is_new);

enum file_watch_result { FILE_WATCH_CHANGED, FILE_WATCH_TIME_OVER, FILE_WATCH_FAILED };
/* Waits until one of the files changed; timeout in ms, -1 for ever. Failed: errno. */
enum file_watch_result file_watch_wait(struct file_watch *w, int timeout_ms);

#endif
