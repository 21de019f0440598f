/* The end of everything that lives beneath a process: what a worker does after each step, and a guard after a worker. */
#ifndef CALC_RUNTIME_WORKER_CLEAR_H
#define CALC_RUNTIME_WORKER_CLEAR_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * Kill and reap every descendant of the calling process, which is PID 1 of its namespace or a subreaper; returns when none is
 * left. `own_namespace`: nobody but ours lives in this PID namespace. Without a child it costs one system call.
 */
void clear_beneath(bool own_namespace);

/* Kill and reap those children of the calling process (and their descendants) that belong to session `sid`: what a guard that
 * was killed left to this process, a subreaper. Children of other sessions are not touched. */
void clear_session(pid_t sid);

#endif
