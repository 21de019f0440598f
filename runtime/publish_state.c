/*
 * States in a publication. A state's file is replaced whole, and only while it is what the run found there: what somebody else wrote
 * meanwhile is not lost. A pod's run is in the state's log before.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include "runtime/publish.h"
#include "runtime/publish_file.h"
#include "runtime/state_log.h"

static enum share_status broken(struct buf *message, const char *doing, const char *path)
{
	buf_printf(message, "cannot %s %s: %s", doing, path, strerror(errno));
	return SHARE_FAILED;
}

static enum share_status compare(struct publish_state *s, int pulse, struct buf *message)
{
	char sha[65] = "";
	uint64_t size;

	s->now[0] = '\0';
	if (!s->absent && !publish_digest(s->from, pulse, s->now, &size))
		return broken(message, "read", s->from);
	if (!publish_digest(s->path, pulse, sha, &size) && errno != ENOENT)
		return broken(message, "read", s->path);
	s->stands = strcmp(sha, s->now) == 0;
	if (s->stands || strcmp(sha, s->was) == 0)
		return SHARE_DONE;
	buf_printf(message, "state `%s`: %s was changed by another while the run went on, and is not overwritten. Look at it; then let the run begin "
		   "anew, without --resume", s->name, s->path);
	return SHARE_UNCERTAIN;
}

enum share_status publish_states_compare(struct publish_job *job, int pulse, struct buf *message)
{
	enum share_status status = SHARE_DONE;

	for (size_t i = 0; status == SHARE_DONE && i < job->states; i++)
		status = compare(&job->state[i], pulse, message);
	return status;
}

static bool add_to_log(const struct publish_job *job, const struct publish_state *s, int pulse, struct buf *message)
{
	struct state_run r = { .run = (char *)(uintptr_t)job->run };

	memcpy(r.was, s->was, sizeof r.was);
	memcpy(r.now, s->now, sizeof r.now);
	return state_log_add(s->base, &r, s->path, pulse, message);
}

static enum share_status replace(const struct publish_job *job, const struct publish_state *s, int pulse, struct buf *message)
{
	if (s->stands)
		return SHARE_DONE;
	if (job->run && !add_to_log(job, s, pulse, message))
		return SHARE_FAILED;
	if (s->absent)
		return unlink(s->path) == 0 || errno == ENOENT ? SHARE_DONE : broken(message, "remove", s->path);
	if (!publish_parents(s->path))
		return broken(message, "make the folder of", s->path);
	if (!publish_replace(s->from, s->path, pulse))
		return broken(message, "write", s->path);
	return publish_sync_parent(s->path) ? SHARE_DONE : broken(message, "sync the folder of", s->path);
}

enum share_status publish_states_replace(struct publish_job *job, int pulse, struct buf *message)
{
	enum share_status status = SHARE_DONE;

	for (size_t i = 0; status == SHARE_DONE && i < job->states; i++)
		status = replace(job, &job->state[i], pulse, message);
	return status;
}
