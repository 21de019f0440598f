/* States in the store: their versions stand below data/done, where all may read and no step can write (states.h says what they mean). */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "runtime/store.h"
#include "runtime/store_inner.h"

static const char folder[] = ".states";		/* no step's key begins with a dot */

void store_state_path(const struct store *s, const char *state, const char *version, struct buf *path)
{
	buf_printf(path, "%s/done/%s/%s/%s", s->data, folder, state, version);
}

bool store_make_states(struct store *s, const char *state, struct buf *error)
{
	struct buf path = BUF_INIT;
	bool ok;

	buf_printf(&path, "%s/%s", folder, state);
	ok = (mkdirat(s->done, folder, 0750) == 0 || errno == EEXIST) && (mkdirat(s->done, path.p, 0750) == 0 || errno == EEXIST);
	if (!ok)
		store_failed(error, "make the folder", path.p);
	buf_release(&path);
	return ok;
}

void store_drop_state(struct store *s, const char *state, const char *version)
{
	struct buf path = BUF_INIT;

	buf_printf(&path, "%s/%s/%s", folder, state, version);
	unlinkat(s->done, path.p, 0);		/* what stays is read by nobody */
	buf_release(&path);
}

bool store_begin_state(struct store *s, uint32_t slot, const char *state, const char *from, struct buf *error)
{
	struct store_slot *at = &s->slot[slot];
	struct buf name = BUF_INIT, path = BUF_INIT;
	bool ok = true;

	buf_printf(&name, "%s/out/%s" STATE_SUFFIX, at->name, state);
	buf_printf(&path, "%s/%s/%s", s->data, at->path, name.p);
	if (from)
		ok = store_copy(from, path.p, error) &&
		     (store_open_to_slot(s, at->fd, name.p, 0660) || store_failed(error, "hand over", path.p));
	at->folders = true;
	buf_release(&name);
	buf_release(&path);
	return ok;
}

/* What was moved is not trusted before it is checked, and nobody looks for it before it is recorded. */
static bool take_one(struct store *s, int out, const struct store_take *t, const struct plan_state *ps, const char *version, struct buf *error)
{
	struct buf name = BUF_INIT, to = BUF_INIT;
	bool ok = true;

	buf_printf(&name, "%s" STATE_SUFFIX, ps->name);
	buf_printf(&to, "%s/%s/%s", folder, ps->name, version);
	if (renameat(out, name.p, s->done, to.p) == 0)
		ok = store_check_made(s, t, &(struct store_made){ "state", ps->name, to.p, ps->type, (enum plan_format)ps->format }, error);
	else if (errno != ENOENT)
		ok = store_failed(error, "take its state", ps->name);
	else if (t->plan->type[ps->type].kind != PLAN_OPTIONAL) {
		buf_printf(error, "its state `%s` was not left: the command ended well, and nothing stands at its path", ps->name);
		ok = false;
	}
	if (!ok)
		unlinkat(s->done, to.p, 0);
	buf_release(&name);
	buf_release(&to);
	return ok;
}

bool store_take_states(struct store *s, uint32_t slot, const struct store_take *t, const char *version, struct buf *error)
{
	int out = -1;
	bool ok = true;

	for (uint32_t i = t->func->first_use; ok && i < t->func->first_use + t->func->uses; i++) {
		const struct plan_use *u = &t->plan->use[i];
		const struct plan_state *ps = &t->plan->state[u->state];

		if (!u->writes || u->param != PLAN_NONE || ps->mode == PLAN_SYNC)
			continue;
		if (out < 0)
			out = store_open_out(s, slot, error);
		ok = out >= 0 && take_one(s, out, t, ps, version, error);
	}
	if (out >= 0)
		close(out);
	return ok;
}
