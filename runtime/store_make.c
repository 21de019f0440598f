/* Outputs that no slot made: the host's own, of expressions. They stand where those of any other step do. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "runtime/store.h"
#include "runtime/store_inner.h"

bool store_make(struct store *s, const char *key, struct buf *error)
{
	bool ok = mkdirat(s->done, key, 0750) == 0;

	if (!ok && errno == EEXIST)
		ok = store_discard(s, s->done, key) && mkdirat(s->done, key, 0750) == 0;
	return ok || store_failed(error, "make the folder of the outputs", key);
}

bool store_make_below(const char *path, struct buf *error)
{
	return mkdir(path, 0750) == 0 || store_failed(error, "make the folder", path);
}

bool store_refer(const struct store *s, const char *from, const char *to, struct buf *error)
{
	size_t len = strlen(s->data);

	if (strncmp(from, s->data, len) == 0 && from[len] == '/')
		return store_link(from, to, error);
	return symlink(from, to) == 0 || store_failed(error, "link to", from);
}
