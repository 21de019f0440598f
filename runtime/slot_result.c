/* How a command ended, in one line, as reports and answers say it. */
#include "runtime/slot.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

static const char *signal_name(int signo)
{
	const char *name = sigabbrev_np(signo);

	return name ? name : "?";
}

static bool is_passing(int error)
{
	return error == EAGAIN || error == ENOMEM || error == ENFILE || error == EMFILE || error == ETXTBSY;
}

bool slot_explain(const struct slot_result *r, uint64_t timeout_ms, const char *program, struct buf *message)
{
	switch (r->end) {
	case SLOT_EXITED: buf_printf(message, "exit status %d", r->status); break;
	case SLOT_SIGNALLED: buf_printf(message, "killed by signal %d (SIG%s)", r->status, signal_name(r->status)); break;
	case SLOT_TIMED_OUT: buf_printf(message, "timeout: it ran longer than %llu ms", (unsigned long long)timeout_ms); break;
	case SLOT_KILLED: buf_addstr(message, "killed by this run"); break;
	case SLOT_OUT_OF_MEMORY:
		buf_printf(message, "out of memory: the limit of its slot killed it (it had %llu MiB)",
			   (unsigned long long)(r->max_rss >> 20));
		break;
	case SLOT_NOT_STARTED:
		if (r->status == E2BIG)
			buf_addstr(message, "argument list too long for its command: hand lists over in a folder or file");
		else
			buf_printf(message, "its command `%s` cannot be started: %s", program, strerror(r->status));
		return is_passing(r->status);
	}
	return true;
}
