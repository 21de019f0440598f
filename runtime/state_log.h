/*
 * Which runs of pods wrote a state on a share, and what stood there before the last: a pod that takes another one's place, which may have
 * ended behind its publication, begins again with what its run began with, and so its change is there once. Read and written under the
 * state's lock. `base` is the state's name in .calcflow/states of the share:
 *
 *   BASE.runs          a line for each run, the latest last: version, run, SHA-256 of what it found and of what it left, `-`: no file.
 *                      It stands before the state's file is replaced
 *   BASE.was-<digits>  what the last of them found
 */
#ifndef CALC_RUNTIME_STATE_LOG_H
#define CALC_RUNTIME_STATE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include "base/buf.h"

struct state_run { char *run; char was[65], now[65]; };	/* "": there was no file */
struct state_log { struct state_run *run; size_t runs, cap; };

bool state_log_parse(const char *text, size_t len, struct state_log *l);	/* false: damaged; released in any case by the caller */
void state_log_release(struct state_log *l);

enum state_past {
	STATE_NEW,	/* the run wrote nothing */
	STATE_FOUND,	/* it was about to; what it found stands there still */
	STATE_LEFT,	/* what it left stands there */
	STATE_PASSED	/* it wrote, and something else stands there since */
};
/* `sha`: of what stands there. *was: what the run found. */
enum state_past state_log_find(const struct state_log *l, const char *run, const char *sha, const char **was);

bool state_log_read(const char *base, struct state_log *l, struct buf *error);
/* The run is about to replace `path`, of which it found `was`, by `now`: that is written, and what it found is kept. */
bool state_log_add(const char *base, const struct state_run *r, const char *path, int pulse, struct buf *error);
void state_log_kept(const char *base, const char *was, struct buf *path);

#endif
