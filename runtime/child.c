/* See child.h. */
#include "runtime/child.h"

#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>
#include "base/exit.h"

/* The caller's handlers must not run in the child: signals are blocked until they are gone. */
pid_t child_fork(void)
{
	pid_t parent = getpid(), pid;
	sigset_t all, before;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		setpgid(0, 0);
		for (int signo = 1; signo < 32; signo++)
			if (signo != SIGKILL && signo != SIGSTOP)
				signal(signo, SIG_DFL);
		if (getppid() != parent)
			_exit(CALC_EXIT_IO);
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	return pid;
}
