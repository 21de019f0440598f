/* One step after another in local slots, from a test: a loop, its slots, and what they said. */
#ifndef CALC_TESTSUITE_SLOT_RUN_H
#define CALC_TESTSUITE_SLOT_RUN_H

#include "runtime/slot.h"

#define CHECK(what) do { if (!(what)) check_failed(#what, __FILE__, __LINE__); } while (0)
_Noreturn void check_failed(const char *what, const char *file, int line);

enum { RUN_SLOTS = 8 };
struct run {
	struct loop *loop;
	struct slots *slots;
	char folder[64];		/* of the test, absolute; the steps' cwd */
	uint32_t ready, lost, started, ended;	/* counts */
	uint32_t incarnation[RUN_SLOTS];
	int pid;			/* of the step started last */
	uint64_t token;			/* given last */
	struct slot_result result[RUN_SLOTS];	/* the last one of each slot */
	bool idle[RUN_SLOTS];
	bool stop_on_started;
	uint32_t stop_at_ready, stop_at_ended;	/* the loop stops when the count is reached; 0: never */
	void (*then)(struct run *r, uint32_t slot);	/* after ready and ended; may be NULL */
};

void run_open(struct run *r, uint32_t slots, enum slot_isolation best);
void run_close(struct run *r);
/* A shell script as job: `folder`/out and err get what it says. Valid until the next call. */
struct slot_job run_job(struct run *r, const char *script);
void run_give(struct run *r, uint32_t slot, const struct slot_job *job);
/* Give it to slot 0, wait for its end. */
struct slot_result run_script(struct run *r, const char *script);
void run_wait_ended(struct run *r, uint32_t more);
void run_wait_ready(struct run *r, uint32_t more);
const char *run_text(struct run *r, const char *file);	/* content of a file of the folder; "" when missing */
int run_processes(const struct run *r);	/* that have r->folder as working folder, this one not counted */

#endif
