/* How often the kernel's memory limit has killed somebody in this process's cgroup: version 2 or 1, where it can be read. And on
 * the whole machine, which is all that remains to be asked when a slot's container was killed as one. */
#ifndef CALC_RUNTIME_WORKER_MEMORY_H
#define CALC_RUNTIME_WORKER_MEMORY_H

#include <stdint.h>

struct memory_kills { int fd; };	/* -1: not readable here */

void memory_kills_init(struct memory_kills *m);
void memory_kills_release(struct memory_kills *m);
uint64_t memory_kills_count(const struct memory_kills *m);	/* 0 when not readable */
uint64_t memory_kills_of_machine(void);				/* 0 when not readable */

#endif
