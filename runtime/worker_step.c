/*
 * The child runs in its parent's memory until exec (vfork): it only makes system calls and writes its errno into the struct
 * that both see. All signals are blocked meanwhile, and every handler is the default one, so none can run there.
 */
#include "runtime/worker_step.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "base/mem.h"
#include "runtime/worker_folder.h"

enum { FILE_MODE = 0640, NO_EXEC = 127 };
static const char default_path[] = "/usr/local/bin:/usr/bin:/bin";

struct launch {
	const struct slot_job *job;
	int in, out, err;
	volatile int error;	/* written by the child */
};

uint64_t step_now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

/* ---- in the child, before exec ---- */

static const char *path_of(const char *const *envp)
{
	for (; *envp; envp++)
		if (strncmp(*envp, "PATH=", 5) == 0)
			return *envp + 5;
	return default_path;
}

static int exec_at(const char *folder, size_t len, const struct slot_job *job)
{
	char path[PATH_MAX];
	size_t name = strlen(job->argv[0]);

	if (len + 1 + name >= sizeof(path))
		return ENAMETOOLONG;
	memcpy(path, folder, len);
	path[len] = '/';
	memcpy(path + (len ? len + 1 : 0), job->argv[0], name + 1);	/* an empty folder is the present one */
	execve(path, (char *const *)job->argv, (char *const *)job->envp);
	return errno;
}

static int exec_of(const struct slot_job *job)
{
	int worst = ENOENT;

	if (!*job->argv[0])
		return ENOENT;
	if (strchr(job->argv[0], '/'))
		return execve(job->argv[0], (char *const *)job->argv, (char *const *)job->envp), errno;
	for (const char *at = path_of(job->envp), *end;; at = end + 1) {
		int error;

		end = strchrnul(at, ':');
		error = exec_at(at, (size_t)(end - at), job);
		if (error == EACCES)
			worst = EACCES;		/* as shells do: found, but not this one; perhaps further on */
		else if (error != ENOENT && error != ENOTDIR)
			return error;
		if (!*end)
			return worst;
	}
}

static int become(const struct launch *l)
{
	sigset_t none;

	sigemptyset(&none);
	if (setpgid(0, 0) != 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) != 0)
		return errno;
	if (dup2(l->in, 0) < 0 || dup2(l->out, 1) < 0 || dup2(l->err, 2) < 0 || chdir(l->job->cwd) != 0)
		return errno;
	signal(SIGPIPE, SIG_DFL);	/* the only one that a worker ignores */
	sigprocmask(SIG_SETMASK, &none, NULL);
	return exec_of(l->job);
}

/* ---- in the worker ---- */

static pid_t spawn(struct launch *l)
{
	sigset_t all, before;
	pid_t pid;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	pid = vfork();
	if (pid == 0) {
		l->error = become(l);
		_exit(NO_EXEC);
	}
	if (pid < 0)
		l->error = errno;
	sigprocmask(SIG_SETMASK, &before, NULL);
	return pid;
}

static bool open_files(struct launch *l)
{
	const struct slot_job *job = l->job;

	l->in = open(job->stdin_path ? job->stdin_path : "/dev/null", O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (l->in < 0)
		return false;
	l->err = open(job->stderr_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, FILE_MODE);
	if (l->err < 0)
		return false;
	if (job->stdout_path)
		l->out = open(job->stdout_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY,
			      FILE_MODE);
	else
		l->out = l->err;
	return l->out >= 0;
}

static void close_files(const struct launch *l)
{
	if (l->out >= 0 && l->out != l->err)
		close(l->out);
	if (l->err >= 0)
		close(l->err);
	if (l->in >= 0)
		close(l->in);
}

static uint64_t later(uint64_t from_us, uint64_t ms)
{
	uint64_t us;

	if (ms == 0 || __builtin_mul_overflow(ms, 1000, &us) || __builtin_add_overflow(from_us, us, &us))
		return STEP_NEVER;
	return us;
}

int step_start(struct step *s, const struct slot_job *job)
{
	struct launch l = { .job = job, .in = -1, .out = -1, .err = -1 };
	pid_t pid = -1;

	*s = (struct step){ .token = job->token, .why = SLOT_EXITED, .started_us = step_now_us() };
	if (job->tmp)
		folder_empty(job->tmp);
	if (open_files(&l))
		pid = spawn(&l);
	else
		l.error = errno;
	close_files(&l);
	if (l.error) {
		if (pid > 0)
			waitpid(pid, NULL, 0);
		return l.error;
	}
	s->pid = pid;
	s->term_at_us = later(s->started_us, job->timeout_ms);
	s->grace_us = job->grace_ms < UINT32_MAX ? job->grace_ms * 1000 : (uint64_t)UINT32_MAX * 1000;
	s->tmp = job->tmp ? mem_strdup(job->tmp) : NULL;
	s->attempt = job->attempt ? mem_strdup(job->attempt) : NULL;
	return 0;
}

/* The main process may have left its group, and the group may have lost it: both are told. */
static void signal_step(const struct step *s, int signo)
{
	kill(-s->pid, signo);
	kill(s->pid, signo);
}

void step_end(struct step *s, enum slot_end why, bool now)
{
	if (s->pid <= 0)
		return;
	if (s->why == SLOT_EXITED)
		s->why = why;
	s->term_at_us = STEP_NEVER;
	if (now || s->grace_us == 0) {
		s->kill_at_us = STEP_NEVER;
		signal_step(s, SIGKILL);
	} else if (s->kill_at_us == STEP_NEVER) {
		s->kill_at_us = step_now_us() + s->grace_us;
		signal_step(s, SIGTERM);
		signal_step(s, SIGCONT);	/* a stopped one could not obey */
	}
}

void step_check_time(struct step *s, uint64_t now_us)
{
	if (s->pid <= 0)
		return;
	if (s->kill_at_us != STEP_NEVER && now_us >= s->kill_at_us)
		step_end(s, s->why, true);
	else if (s->term_at_us != STEP_NEVER && now_us >= s->term_at_us)
		step_end(s, SLOT_TIMED_OUT, false);
}

uint64_t step_next_time(const struct step *s)
{
	if (s->pid <= 0)
		return UINT64_MAX;
	if (s->kill_at_us != STEP_NEVER)
		return s->kill_at_us;
	return s->term_at_us != STEP_NEVER ? s->term_at_us : UINT64_MAX;
}

static uint64_t micros(const struct timeval *t)
{
	return (uint64_t)t->tv_sec * 1000000 + (uint64_t)t->tv_usec;
}

void step_finish(struct step *s, int wait_status, const struct rusage *used, uint64_t memory_kills, struct slot_result *r)
{
	bool signalled = WIFSIGNALED(wait_status);
	/* a shell says 128 + 9 of a command of its own that was killed */
	bool killed = signalled ? WTERMSIG(wait_status) == SIGKILL : WEXITSTATUS(wait_status) == 128 + SIGKILL;

	*r = (struct slot_result){ .token = s->token, .end = s->why, .wall_us = step_now_us() - s->started_us,
		.cpu_us = micros(&used->ru_utime) + micros(&used->ru_stime),
		.max_rss = (uint64_t)used->ru_maxrss * 1024,
		.status = signalled ? WTERMSIG(wait_status) : WEXITSTATUS(wait_status) };
	if (s->why == SLOT_EXITED && killed && memory_kills > s->memory_kills)
		r->end = SLOT_OUT_OF_MEMORY;
	else if (s->why == SLOT_EXITED && signalled)
		r->end = SLOT_SIGNALLED;
	else if (signalled)
		r->status += 128;
	if (s->tmp)
		folder_empty(s->tmp);
	if (s->attempt)
		folder_open_to_group(s->attempt);
	step_forget(s);
}

void step_forget(struct step *s)
{
	mem_free(s->tmp);
	mem_free(s->attempt);
	*s = (struct step){ .pid = 0 };
}
