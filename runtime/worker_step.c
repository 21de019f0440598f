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

enum { FILE_MODE = 0640, NO_EXEC = 127, ABOVE = 16 };
static const char default_path[] = "/usr/local/bin:/usr/bin:/bin";
static const char image_path[] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/";	/* images have programs at their root */

struct launch {
	const struct step_program *program;
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

/* root/folder/argv[0]; an empty folder is the present one. */
static int exec_at(const char *root, const char *folder, size_t len, const struct step_program *job)
{
	char path[PATH_MAX];
	size_t name = strlen(job->argv[0]), above = strlen(root);

	if (above + len + 1 + name >= sizeof(path))
		return ENAMETOOLONG;
	memcpy(path, root, above);
	memcpy(path + above, folder, len);
	if (len)
		path[above + len++] = '/';
	memcpy(path + above + len, job->argv[0], name + 1);
	execve(path, (char *const *)job->argv, (char *const *)job->envp);
	return errno;
}

static int exec_of(const struct step_program *job)
{
	const char *root = job->image_root ? job->image_root : "";
	int worst = ENOENT;

	if (!*job->argv[0])
		return ENOENT;
	if (strchr(job->argv[0], '/'))
		return exec_at(job->argv[0][0] == '/' ? root : "", "", 0, job);
	for (const char *at = job->image_root ? image_path : path_of(job->envp), *end;; at = end + 1) {
		int error;

		end = strchrnul(at, ':');
		error = exec_at(root, at, (size_t)(end - at), job);
		if (error == EACCES)
			worst = EACCES;		/* as shells do: found, but not this one; perhaps further on */
		else if (error != ENOENT && error != ENOTDIR)
			return error;
		if (!*end)
			return worst;
	}
}

/* From 3 on; none of them may be overwritten before it was copied. */
static int arrange_more(const struct step_program *p)
{
	int copy[sizeof p->more / sizeof *p->more];

	for (int i = 0; i < p->mores; i++) {
		copy[i] = fcntl(p->more[i], F_DUPFD_CLOEXEC, ABOVE);
		if (copy[i] < 0)
			return errno;
	}
	for (int i = 0; i < p->mores; i++)
		if (dup2(copy[i], 3 + i) < 0)
			return errno;
	return 0;
}

static int become(const struct step_program *p)
{
	sigset_t none;
	int error;

	sigemptyset(&none);
	if (setpgid(0, 0) != 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) != 0)
		return errno;
	if (dup2(p->in, 0) < 0 || dup2(p->out, 1) < 0 || dup2(p->err, 2) < 0 || chdir(p->cwd) != 0)
		return errno;
	error = arrange_more(p);
	if (error)
		return error;
	signal(SIGPIPE, SIG_DFL);	/* the only one that a worker ignores */
	sigprocmask(SIG_SETMASK, &none, NULL);
	return exec_of(p);
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
		l->error = become(l->program);
		_exit(NO_EXEC);
	}
	if (pid < 0)
		l->error = errno;
	sigprocmask(SIG_SETMASK, &before, NULL);
	return pid;
}

int step_spawn(const struct step_program *program, pid_t *pid)
{
	struct launch l = { .program = program };

	*pid = spawn(&l);
	if (!l.error)
		return 0;
	if (*pid > 0)
		waitpid(*pid, NULL, 0);
	*pid = 0;
	return l.error;
}

static bool open_files(struct step_program *l, const struct slot_job *job)
{
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

static void close_files(const struct step_program *l)
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

static void set_limits(struct step *s, const struct slot_job *job)
{
	s->term_at_us = later(s->started_us, job->timeout_ms);
	s->grace_us = job->grace_ms < UINT32_MAX ? job->grace_ms * 1000 : (uint64_t)UINT32_MAX * 1000;
	s->attempt = job->attempt ? mem_strdup(job->attempt) : NULL;
}

int step_start(struct step *s, const struct slot_job *job)
{
	struct step_program p = { .argv = job->argv, .envp = job->envp, .cwd = job->cwd, .image_root = job->image_root, .in = -1, .out = -1, .err = -1 };
	int error;

	*s = (struct step){ .token = job->token, .why = SLOT_EXITED, .started_us = step_now_us() };
	if (job->tmp)
		folder_empty(job->tmp);
	error = open_files(&p, job) ? step_spawn(&p, &s->pid) : errno;
	close_files(&p);
	if (error)
		return error;
	set_limits(s, job);
	s->tmp = job->tmp ? mem_strdup(job->tmp) : NULL;
	return 0;
}

static uint64_t cpu_of(pid_t pid)
{
	struct timespec t;
	clockid_t clock;

	if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &t) != 0)
		return 0;
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

void step_adopt(struct step *s, const struct slot_job *job, pid_t pid)
{
	*s = (struct step){ .pid = pid, .token = job->token, .why = SLOT_EXITED, .started_us = step_now_us(), .cpu_us = cpu_of(pid) };
	set_limits(s, job);
}

void step_answered(struct step *s, enum slot_end end, struct slot_result *r)
{
	*r = (struct slot_result){ .token = s->token, .end = end, .wall_us = step_now_us() - s->started_us, .cpu_us = cpu_of(s->pid) - s->cpu_us };
	if (s->attempt)
		folder_open_to_group(s->attempt);
	step_forget(s);
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

/* A shell says 128 + 9 of a command of its own that was killed. */
bool step_was_killed(int wait_status)
{
	return WIFSIGNALED(wait_status) ? WTERMSIG(wait_status) == SIGKILL : WEXITSTATUS(wait_status) == 128 + SIGKILL;
}

void step_finish(struct step *s, int wait_status, const struct rusage *used, uint64_t memory_kills, struct slot_result *r)
{
	bool signalled = WIFSIGNALED(wait_status);

	*r = (struct slot_result){ .token = s->token, .end = s->why, .wall_us = step_now_us() - s->started_us,
		.cpu_us = micros(&used->ru_utime) + micros(&used->ru_stime),
		.max_rss = (uint64_t)used->ru_maxrss * 1024,
		.status = signalled ? WTERMSIG(wait_status) : WEXITSTATUS(wait_status) };
	if (s->why == SLOT_EXITED && step_was_killed(wait_status) && memory_kills > s->memory_kills)
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
