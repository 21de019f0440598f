/* What a worker does to folders around a step. Whatever the step left there, no link is followed. */
#ifndef CALC_RUNTIME_WORKER_FOLDER_H
#define CALC_RUNTIME_WORKER_FOLDER_H

void folder_empty(const char *path);		/* what cannot be removed stays */
/* Folders below `path` (not itself) that are ours get rwx for the group; files stay as they are. */
void folder_open_to_group(const char *path);

#endif
