/* Nothing is copied: the worker's own entries stand in its environment, which nobody changes. */
#include "runtime/worker_env.h"

#include <string.h>
#include <unistd.h>
#include "base/mem.h"

static const char *own(const char *name)
{
	size_t len = strlen(name);

	for (char **e = environ; e && *e; e++)
		if (strncmp(*e, name, len) == 0 && (*e)[len] == '=')
			return *e;
	return NULL;
}

const char *const *worker_env_fill(struct worker_env *e, const char *const *envp)
{
	size_t count = 0, all = 0;

	while (envp[all])
		all++;
	e->entry = mem_grow(e->entry, &e->cap, all + 1, sizeof *e->entry);
	for (size_t i = 0; i < all; i++) {
		const char *entry = strchr(envp[i], '=') ? envp[i] : own(envp[i]);

		if (entry)
			e->entry[count++] = entry;
	}
	e->entry[count] = NULL;
	return e->entry;
}

void worker_env_release(struct worker_env *e)
{
	mem_free(e->entry);
	*e = (struct worker_env){ 0 };
}
