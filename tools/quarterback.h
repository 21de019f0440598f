/*
 * The program calc-quarterback: its folders (quarterback_folders.c), its guard (quarterback_guard.c), and the run of the plan
 * in a child of that (quarterback_run.c). All paths are below one root, /calc in a pod.
 */
#ifndef CALC_TOOLS_QUARTERBACK_H
#define CALC_TOOLS_QUARTERBACK_H

#include <stdbool.h>
#include <stdint.h>
#include "base/arena.h"

#define QUARTERBACK_ROOT "/calc"	/* in a pod; any other root is a test */

#define QUARTERBACK_ABSENT "ctl/absent"	/* slots that never came, in words: written before the last word */

struct quarterback {
	struct arena *paths;		/* of quarterback_path */
	const char *root;
	const char *plan_dir;		/* plan.000, plan.001, … */
	const char *hash;		/* of the plan: 64 hex digits */
	const char *registry;		/* prefix of the plan's images that name no registry; NULL */
	const char *worker;		/* the static calc-worker; NULL: beside this program */
	const char *window;		/* --window: a time, or "job"; NULL: the last one that is closed */
	uint32_t slots, uid_base;	/* slot i has uid uid_base + i; UINT32_MAX: any */
	uint64_t grace_ms;		/* of the pod */
	uint64_t start_limit_ms;	/* for the next slot to come; 0: none */
};

/* What the guard sees of its child. */
struct quarterback_news {
	volatile uint64_t progress;	/* counts what was recorded */
	volatile bool starved;		/* the run failed because a slot never came: nobody waits for the pod's other containers */
};

/* root/rest, in q->paths: a program makes some dozens. */
const char *quarterback_path(const struct quarterback *q, const char *rest);
void quarterback_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));	/* a line of the container's log */

/* calc-worker in place, a folder for each slot in link, data and ipc, and then ctl/ready. Repeated, it does no harm. */
bool quarterback_make_folders(const struct quarterback *q);

/* PID 1: makes the quarterback again when it dies, until there is a last word; then waits for SIGTERM. Exit status. */
int quarterback_guard(const struct quarterback *q);

/* In the child: runs the plan and commits the last word. Exit status. */
struct quarterback_locks;
int quarterback_run(const struct quarterback *q, struct quarterback_news *news, struct quarterback_locks *locks);

/*
 * quarterback_locks.c: locks of states on shares, which the run holds whatever becomes of its process: the child hands their descriptors to
 * the guard, and the next child has them from its fork on. NULL with errno when there can be none.
 */
struct quarterback_locks *quarterback_locks_new(void);
void quarterback_locks_free(struct quarterback_locks *l);	/* in the guard, at its end: nobody holds them then. NULL: none */
bool quarterback_locks_keep(struct quarterback_locks *l, const int *fd, uint32_t count);	/* in the child; false with errno */
void quarterback_locks_take(struct quarterback_locks *l);	/* in the guard, when there is no child */
void quarterback_locks_leave(struct quarterback_locks *l);	/* in the child: the run is over, and other runs need not wait for the pod */
const int *quarterback_locks_kept(const struct quarterback_locks *l, uint32_t *count);

/* quarterback_window.c: the plan of a set with a window is bound to one, which is kept in ctl/window. false with a message. */
struct plan;
struct buf;
bool quarterback_bind(const struct quarterback *q, struct plan *p, struct buf *error);
/* quarterback_roles.c: images of slots, through the API server. Freed before the loop is gone. */
struct host;
struct host_change;
struct loop;
struct quarterback_roles *quarterback_roles_new(struct loop *l, const struct quarterback *q);
void quarterback_roles_free(struct quarterback_roles *r);
void quarterback_swap(struct quarterback_roles *r, struct host *h, const struct host_change *c);

/* postStart, preStop. Exit status. */
int quarterback_wait_ready(const struct quarterback *q);
int quarterback_drain(const struct quarterback *q);

#endif
