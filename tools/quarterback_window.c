/*
 * Of which window the run of a pod is: the one that --window names, the one that was due when a CronJob made the pod's Job, or the last
 * one that is closed. It is kept beside the journal: a quarterback that starts again goes on with the same.
 */
#include "tools/quarterback.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "base/buf.h"
#include "base/file.h"
#include "base/rfc3339.h"
#include "runtime/plan.h"
#include "runtime/window.h"

enum { MOST_TEXT = 64, LEAST_DIGITS = 8, MOST_DIGITS = 9 };

static int64_t clock_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/*
 * A CronJob calls its Jobs NAME-<minutes since 1970 for which they were scheduled>: a pod that takes another one's place is of the window
 * that was due. A Job of another name was made by hand: it is of the window that is due now.
 */
static int64_t due(const char *job)
{
	const char *digits = job ? strrchr(job, '-') : NULL;
	size_t len = digits ? strlen(++digits) : 0;

	if (len < LEAST_DIGITS || len > MOST_DIGITS || strspn(digits, "0123456789") != len)
		return clock_ns();
	return (int64_t)strtoul(digits, NULL, 10) * 60 * 1000000000;
}

static bool find(const struct quarterback *q, const struct plan_window *w, int64_t *start, struct buf *error)
{
	bool by_job = q->window && strcmp(q->window, "job") == 0;

	if (q->window && !by_job)
		return window_read(w, q->window, clock_ns(), start, error);
	if (window_closed(w, by_job ? due(getenv("CALC_JOB")) : clock_ns(), start))
		return true;
	buf_printf(error, "no window `%s` is closed", w->name);
	return false;
}

bool quarterback_bind(const struct quarterback *q, struct plan *p, struct buf *error)
{
	const char *path = quarterback_path(q, "ctl/window");
	const struct plan_window *w = p->set.window == PLAN_NONE ? NULL : &p->window[p->set.window];
	struct buf text = BUF_INIT;
	int64_t start;
	bool ok = true;

	if (!w)
		return true;
	if (file_read(path, MOST_TEXT, &text)) {
		ok = window_read(w, buf_str(&text), INT64_MAX, &start, error);
	} else {
		ok = find(q, w, &start, error);
		buf_clear(&text);
		if (ok)
			rfc3339_text(rfc3339_from_ns(start), &text);
		if (ok && !file_replace(path, text.p, text.len, 0640, NULL)) {
			buf_printf(error, "%s: %s", path, strerror(errno));
			ok = false;
		}
	}
	if (ok) {
		quarterback_say("window %s of %s", w->name, text.p);
		window_bind(p, start);
	}
	buf_release(&text);
	return ok;
}
