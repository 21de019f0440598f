/* The environment of a step in a worker: an entry without `=` asks for the worker's own value, which the host does not know (secrets, PATH). */
#ifndef CALC_RUNTIME_WORKER_ENV_H
#define CALC_RUNTIME_WORKER_ENV_H

#include <stddef.h>

struct worker_env {
	const char **entry;
	size_t cap;
};

/* `envp` with such entries as the worker has them, without those that it has not. Valid until the next call and while `envp` is. */
const char *const *worker_env_fill(struct worker_env *e, const char *const *envp);
void worker_env_release(struct worker_env *e);

#endif
