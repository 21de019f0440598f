/* How a command ended, in one line, as reports and answers say it. */
#include "runtime/slot.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/utsname.h>

static const char *signal_name(int signo)
{
	const char *name = sigabbrev_np(signo);

	return name ? name : "?";
}

static bool is_passing(int error)
{
	return error == EAGAIN || error == ENOMEM || error == ENFILE || error == EMFILE || error == ETXTBSY;
}

/* A program that is another one will be so again; what a function says, or want of room, may pass. */
static bool explain_native(const struct slot_result *r, const char *program, struct buf *message)
{
	switch (r->end) {
	case SLOT_FUNCTION_FAILED: buf_addstr(message, "its native function failed"); return true;
	case SLOT_NO_FUNCTION:
		buf_printf(message, "its program %s has no such function: it was built before that was in the flow; write the stub again and build it", program);
		return false;
	case SLOT_OTHER_LAYOUT:
		buf_printf(message, "its program %s has this function with other parameters or results: the flow has changed since it was built; "
			   "write the stub again and build it", program);
		return false;
	case SLOT_BAD_INPUT: buf_printf(message, "its program %s cannot read an input", program); return false;
	case SLOT_NO_ROOM: buf_addstr(message, "no room for a result: the disk is full, it is larger than 1 GiB, or memory is short"); return true;
	case SLOT_OVERRUN: buf_addstr(message, "its native function wrote beyond a list that it made"); return false;
	default:
		buf_printf(message, "its program %s ended with exit status %d and gave no answer: is it linked with libcalcflow-functions, or does a function end it?",
			   program, r->status);
		return true;
	}
}

static void explain_format(const char *program, struct buf *message)
{
	struct utsname machine;

	buf_printf(message, "its command `%s` cannot be started: it is no program for this machine", program);
	if (uname(&machine) == 0)
		buf_printf(message, " (%s)", machine.machine);
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
		else if (r->status == ENOEXEC)
			explain_format(program, message);
		else
			buf_printf(message, "its command `%s` cannot be started: %s", program, strerror(r->status));
		return is_passing(r->status);
	default: return explain_native(r, program, message);
	}
	return true;
}
