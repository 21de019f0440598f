/*
 * Windows of a plan: which one a run is of, how it is called in paths and commands, and what of it a plan says. Times are nanoseconds since 1970,
 * UTC. It reads no clock: the caller says what time it is.
 */
#ifndef CALC_RUNTIME_WINDOW_H
#define CALC_RUNTIME_WINDOW_H

#include <stdbool.h>
#include <stdint.h>
#include "base/buf.h"
#include "runtime/plan.h"

/* The start of the last window that is closed at `now`: it ended, and what may come late has come. false: times go no further. */
bool window_closed(const struct plan_window *w, int64_t now, int64_t *start);

/*
 * The window whose start `text` says: "2025-03-01T14:00Z" (RFC 3339; seconds may be left out), "2025-03-01" at midnight, or as in paths,
 * "20250301T1400Z". false with a message: it is no time, no window starts then, or that one is not closed at `now`.
 */
bool window_read(const struct plan_window *w, const char *text, int64_t now, int64_t *start, struct buf *error);

/* `name` of a part of the window that starts at `start`: "" (its start), ".end", ".year", ".month", ".day", ".hour", ".minute". */
bool window_is_part(const char *name);
void window_part_text(const struct plan_window *w, int64_t start, const char *name, struct buf *out);

/* Is every pair of braces in a path the window or a part of it? */
bool window_path_ok(const char *path);

/*
 * The plan of one window: braces in paths and parts of commands become text, plan.slice says which it is. A plan without a window stays
 * as it is, and so does one that was bound before.
 */
void window_bind(struct plan *p, int64_t start);

/*
 * Of a list of records in JSON Lines (natural form), those whose field `by` of the record type lies in [start, end). `other`: how many
 * do not. false with a message for a line that is no such record.
 */
bool window_slice(const struct plan *p, uint32_t record, uint32_t by, const char *lines, size_t len, struct buf *out, uint64_t *other, struct buf *error);

/* The five fields of a cron line, in UTC, for the minutes in which windows close. false: no such line says it. */
bool window_schedule(const struct plan_window *w, struct buf *cron);

#endif
