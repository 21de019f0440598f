/*
 * One command of a worker, from its files to its end. Starting costs what vfork and exec cost; whoever asks finds out
 * at once whether the program could be executed. Knows no protocol.
 */
#ifndef CALC_RUNTIME_WORKER_STEP_H
#define CALC_RUNTIME_WORKER_STEP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>
#include "runtime/slot.h"

enum { STEP_NEVER = 0 };

struct step {
	pid_t pid;			/* 0: none runs. Its process group is its own */
	uint64_t token, nonce;
	uint64_t started_us;		/* monotonic */
	uint64_t term_at_us, kill_at_us;/* STEP_NEVER = no such limit */
	uint64_t grace_us;
	uint64_t cpu_us;		/* of a program that ran before: its time then */
	uint64_t memory_kills;		/* of the cgroup, when it began */
	char *tmp, *attempt;		/* to be emptied after it; to be opened to the group; or NULL */
	enum slot_end why;		/* SLOT_TIMED_OUT, SLOT_KILLED: what was done to it; else SLOT_EXITED */
};

uint64_t step_now_us(void);

/* A program to start: what it is, and what it finds open: 0 to 2, then `more` from 3 on. */
struct step_program {
	const char *const *argv, *const *envp;
	const char *cwd;
	const char *image_root;		/* where argv[0] is looked up; NULL: in PATH */
	int in, out, err;
	int more[3], mores;
};
/* 0 and its process, the leader of a group of its own; or the errno of what failed. */
int step_spawn(const struct step_program *program, pid_t *pid);

/* 0, or the errno of what failed; then nothing runs, and s->pid is 0. */
int step_start(struct step *s, const struct slot_job *job);
/* A call of a program that runs already: the same deadlines, and nothing to start. */
void step_adopt(struct step *s, const struct slot_job *job, pid_t pid);
/* It was answered, and the program lives: the result. s is empty after. */
void step_answered(struct step *s, enum slot_end end, struct slot_result *r);
/* SIGTERM to its group now and SIGKILL after its grace; or SIGKILL at once. The first reason stays. */
void step_end(struct step *s, enum slot_end why, bool now);
/* What is due of its timeout and grace. */
void step_check_time(struct step *s, uint64_t now_us);
/* When step_check_time has something to do; UINT64_MAX: never. */
uint64_t step_next_time(const struct step *s);
/* Could that be the kernel, for want of memory? */
bool step_was_killed(int wait_status);
/* Its main process was reaped, everything of it cleared: the result. `memory_kills`: the counter now, where it was killed. s is empty
 * after. */
void step_finish(struct step *s, int wait_status, const struct rusage *used, uint64_t memory_kills, struct slot_result *r);

/* It never ran to its end here: forget it. */
void step_forget(struct step *s);

#endif
