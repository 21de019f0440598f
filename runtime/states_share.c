/*
 * States before the first step and after the last: what they begin with (the first value that the text gives, or what a share holds), what
 * an earlier life of the run had made of them, and what is to be made visible.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/file.h"
#include "base/hash.h"
#include "base/limits.h"
#include "base/mem.h"
#include "runtime/journal.h"
#include "runtime/publish_file.h"
#include "runtime/share_source.h"
#include "runtime/state_log.h"
#include "runtime/states_inner.h"
#include "runtime/value.h"

bool states_failed(const struct states_opening *op, uint32_t state, const char *doing, const char *path)
{
	buf_printf(op->error, "state `%s`: cannot %s %s: %s", op->s->plan->state[state].name, doing, path, strerror(errno));
	return false;
}

static bool misfit(const struct states_opening *op, uint32_t state, const char *path, const char *why, const char *help)
{
	buf_printf(op->error, "state `%s`: %s does not fit its type: %s\n  help: %s", op->s->plan->state[state].name, path, why, help);
	*op->outcome = HOST_WRONG_INPUT;
	return false;
}

/* ---- where it stands beyond the run ---- */

static enum plan_format format_there(const struct states *s, uint32_t state)
{
	const struct plan_state *ps = &s->plan->state[state];

	return plan_state_outlives(ps) ? share_format((enum plan_format)ps->format, ps->at) : (enum plan_format)ps->format;
}

/* `/share/path`, or at a pond the file of its name in the folder `states`; lock and log stand below .calcflow of the same share. */
static void find_file(struct states *s, uint32_t state)
{
	const struct plan_state *ps = &s->plan->state[state];
	struct state *st = &s->state[state];
	struct buf share = BUF_INIT, path = BUF_INIT, base = BUF_INIT;
	const char *slash = strchr(ps->at + 1, '/');

	if (ps->at[0] == '/') {
		char *name = mem_strndup(ps->at + 1, (size_t)(slash - ps->at - 1));

		share_folder(s->host->share, s->host->shares, name, &share);
		buf_printf(&path, "%s%s", share.p, slash);
		mem_free(name);
	} else {
		share_folder(s->host->share, s->host->shares, ps->at, &share);
		buf_printf(&path, "%s/states/%s", share.p, ps->name);
	}
	buf_printf(&base, "%s/.calcflow/states/", share.p);
	file_encode_key(&base, path.p + share.len + 1, path.len - share.len - 1);	/* whatever the share is called */
	buf_release(&share);
	st->path = path.p;
	st->base = base.p;
}

void states_live(const struct states *s, uint32_t state, struct buf *path)
{
	if (s->state[state].path) {
		char *here = s->state[state].path[0] == '/' ? NULL : realpath(".", NULL);	/* steps run in folders of their own */

		buf_printf(path, "%s%s%s", here ? here : "", here ? "/" : "", s->state[state].path);
		free(here);
		return;
	}
	if (s->host->in_pod)
		buf_printf(path, "%s/live/%s", s->host->data, s->plan->state[state].name);
	else
		states_file(s, state, "live", path);
}

/* ---- what it begins with ---- */

static void digest_of(struct buf *text, char sha[65])
{
	uint8_t digest[32];

	sha256_of(buf_str(text), text->len, digest);
	sha256_hex(digest, sha);
}

/* *there: there is something to begin with. */
static bool first_text(const struct states_opening *op, uint32_t state, struct buf *natural, bool *there)
{
	const struct plan *p = op->s->plan;
	const struct plan_state *ps = &p->state[state];
	struct buf why = BUF_INIT;
	bool ok;

	*there = ps->init && strcmp(ps->init, "null") != 0;
	ok = !*there || value_from_json(p, value_present(p, ps->type), ps->init, strlen(ps->init), natural, &why) ||
	     misfit(op, state, "its first value", buf_str(&why), "the plan was made by another program");
	buf_release(&why);
	return ok;
}

static bool read_there(const struct states_opening *op, uint32_t state, struct buf *text, bool *there)
{
	const char *path = op->s->state[state].path;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	struct stat st;
	bool ok;

	*there = fd >= 0;
	if (fd < 0)
		return errno == ENOENT || states_failed(op, state, "open", path);
	ok = fstat(fd, &st) == 0 || states_failed(op, state, "read", path);
	if (ok && !S_ISREG(st.st_mode)) {
		buf_printf(op->error, "state `%s`: %s is no regular file", op->s->plan->state[state].name, path);
		*op->outcome = HOST_WRONG_INPUT;
		ok = false;
	}
	ok = ok && (file_readfd(fd, LIMIT_DATA, text) || states_failed(op, state, "read", path));
	close(fd);
	return ok;
}

static bool put(const struct states_opening *op, uint32_t state, const char *name, const char *text, size_t len)
{
	struct buf path = BUF_INIT;
	bool ok;

	states_file(op->s, state, name, &path);
	ok = file_replace(path.p, text, len, 0440, NULL) || states_failed(op, state, "write", path.p);
	buf_release(&path);
	return ok;
}

/* In a pod the slots are other users of our group. */
static bool put_live(const struct states_opening *op, uint32_t state, const char *path, const struct buf *text)
{
	mode_t before = umask(007);
	bool ok = file_replace(path, text->p ? text->p : "", text->len, op->o->host->in_pod ? 0660 : 0640, NULL) || states_failed(op, state, "write", path);

	umask(before);
	return ok;
}

static bool uncertain(const struct states_opening *op, uint32_t state, const char *why)
{
	const struct state *st = &op->s->state[state];

	buf_printf(op->error, "state `%s`: this run (%s) wrote %s before, %s: it cannot begin again. Look at it; to let the run begin with what stands "
		   "there, remove its lines from %s.runs", op->s->plan->state[state].name, op->o->run, st->path, why, st->base);
	*op->outcome = HOST_UNCERTAIN;
	return false;
}

/* What the run found when it was another pod's. */
static bool read_kept(const struct states_opening *op, uint32_t state, const char *was, struct buf *text, bool *there)
{
	struct buf path = BUF_INIT;
	char sha[65] = "";
	bool ok = true;

	buf_clear(text);
	*there = *was != '\0';
	if (*there) {
		state_log_kept(op->s->state[state].base, was, &path);
		ok = file_read(path.p, LIMIT_DATA, text) || errno == ENOENT || states_failed(op, state, "read", path.p);
		if (ok) {
			digest_of(text, sha);
			ok = strcmp(sha, was) == 0 || uncertain(op, state, "and what it had found is not kept any more");
		}
	}
	buf_release(&path);
	return ok;
}

/*
 * A pod that takes another one's place does what the run is to do, and not once more what it did: what it wrote already is put out of mind.
 */
static bool find_past(const struct states_opening *op, uint32_t state, const char *sha, struct buf *text, bool *there)
{
	struct state_log log = { 0 };
	const char *was;
	bool ok;

	if (!op->o->run || !op->s->state[state].has_writer)
		return true;
	ok = state_log_read(op->s->state[state].base, &log, op->error);
	if (ok)
		switch (state_log_find(&log, op->o->run, sha, &was)) {
		case STATE_NEW:
		case STATE_FOUND: break;
		case STATE_LEFT: ok = read_kept(op, state, was, text, there); break;
		case STATE_PASSED: ok = uncertain(op, state, "and something else stands there since"); break;
		}
	state_log_release(&log);
	return ok;
}

static bool from_share(const struct states_opening *op, uint32_t state, struct buf *natural, bool *there, char sha[65])
{
	const struct plan *p = op->s->plan;
	uint32_t type = value_present(p, p->state[state].type);
	struct buf text = BUF_INIT, why = BUF_INIT;
	bool ok = read_there(op, state, &text, there);

	sha[0] = '\0';
	if (ok && *there)
		digest_of(&text, sha);
	ok = ok && find_past(op, state, sha, &text, there);
	if (ok && *there) {
		if (value_is_file(p, type))
			buf_add(natural, buf_str(&text), text.len);
		else
			ok = value_import(p, type, format_there(op->s, state), buf_str(&text), text.len, natural, &why) ||
			     misfit(op, state, op->s->state[state].path, buf_str(&why),
				    "it is from before the type was changed, or another's: move it away, or write it anew");
	} else if (ok) {
		ok = first_text(op, state, natural, there);
	}
	buf_release(&text);
	buf_release(&why);
	return ok;
}

/* Decided once in the life of a run: `seen` comes last. */
static bool begin_version(const struct states_opening *op, uint32_t state)
{
	struct buf seen = BUF_INIT, natural = BUF_INIT;
	char sha[65] = "";
	bool there = false, ok;

	states_file(op->s, state, "seen", &seen);
	if (file_exists(seen.p)) {
		buf_release(&seen);
		return true;
	}
	ok = op->s->state[state].path ? from_share(op, state, &natural, &there, sha) : first_text(op, state, &natural, &there);
	ok = ok && (!there || put(op, state, "start", buf_str(&natural), natural.len)) && put(op, state, "seen", sha, strlen(sha));
	buf_release(&seen);
	buf_release(&natural);
	return ok;
}

/* The file that steps write in place: made where it is not there. */
static bool begin_live(const struct states_opening *op, uint32_t state)
{
	const struct plan *p = op->s->plan;
	uint32_t type = value_present(p, p->state[state].type);
	struct buf path = BUF_INIT, natural = BUF_INIT, text = BUF_INIT, why = BUF_INIT;
	bool there = false, ok = true;

	states_live(op->s, state, &path);
	if (!file_exists(path.p)) {
		ok = first_text(op, state, &natural, &there);
		if (ok && there && !value_is_file(p, type))
			ok = value_export(p, type, format_there(op->s, state), buf_str(&natural), natural.len, &text, &why);
		if (ok && there && op->s->state[state].path)
			ok = (publish_parents(path.p) && publish_text(path.p, buf_str(&text), text.len)) || errno == EEXIST || states_failed(op, state, "make", path.p);
		else if (ok && there)
			ok = put_live(op, state, path.p, &text);
		else if (ok && op->s->state[state].path)	/* a step makes it, in a folder that is there */
			ok = publish_parents(path.p) || states_failed(op, state, "make the folder of", path.p);
	}
	buf_release(&path);
	buf_release(&natural);
	buf_release(&text);
	buf_release(&why);
	return ok;
}

/* ---- what an earlier life of the run left ---- */

static void take_names(struct states *s, const struct journal_record *r)
{
	struct buf version = BUF_INIT, key = BUF_INIT;

	file_encode_key(&key, r->step, strlen(r->step));
	states_version(key.p, r->attempt, &version);
	for (const char *at = r->text + strlen(STATES_RECORD), *end; *at; at = end + (*end == ' ')) {
		end = strchrnul(at, ' ');
		for (uint32_t i = 0; i < s->plan->states; i++) {
			const struct plan_state *ps = &s->plan->state[i];

			if (strlen(ps->name) != (size_t)(end - at) || strncmp(ps->name, at, strlen(ps->name)) != 0)
				continue;
			states_set(s, i, version.p);
			if (ps->mode != PLAN_GUARDED && !s->state[i].toucher)
				s->state[i].toucher = mem_strdup(key.p);
		}
	}
	buf_release(&version);
	buf_release(&key);
}

static bool look_at(void *ctx, const struct journal_record *r)
{
	if (r->kind == JOURNAL_DONE && r->text && strncmp(r->text, STATES_RECORD, strlen(STATES_RECORD)) == 0)
		take_names(ctx, r);
	return true;
}

static bool check_kept(const struct states_opening *op, uint32_t state, const char *version)
{
	const struct plan *p = op->s->plan;
	uint32_t type = value_present(p, p->state[state].type);
	struct buf path = BUF_INIT, text = BUF_INIT, why = BUF_INIT;
	bool ok = true;

	states_file(op->s, state, version, &path);
	if (!file_exists(path.p)) {
		if (p->state[state].type == type && strcmp(version, "start") != 0) {
			buf_printf(op->error, "state `%s`: what a finished step left of it is gone (%s): begin anew, without --resume", p->state[state].name, path.p);
			ok = false;
		}
	} else if (!value_is_file(p, type)) {
		ok = file_read(path.p, LIMIT_DATA, &text) || states_failed(op, state, "read", path.p);
		if (ok && !value_check(p, type, FORMAT_NATURAL, buf_str(&text), text.len, &why) && why.len)
			ok = misfit(op, state, path.p, why.p, "the program was changed since that run: begin anew, without --resume");
	}
	buf_release(&path);
	buf_release(&text);
	buf_release(&why);
	return ok;
}

static bool take_up(const struct states_opening *op)
{
	struct states *s = op->s;
	bool ok = journal_read(op->o->journal, look_at, s, op->error);

	states_tidy(s);		/* what later versions replaced */
	for (uint32_t i = 0; ok && i < s->plan->states; i++)
		if (s->plan->state[i].mode != PLAN_SYNC)
			ok = check_kept(op, i, "start") && (!s->state[i].now || check_kept(op, i, s->state[i].now));
	return ok;
}

/* ---- all of it ---- */

static void find_writers(struct states *s)
{
	for (uint32_t f = 0; f < s->plan->funcs; f++)
		for (uint32_t i = 0; i < s->plan->func[f].uses; i++) {
			const struct plan_use *u = &states_uses(s, &s->plan->func[f])[i];

			s->state[u->state].has_writer |= u->writes;
		}
}

/* What a pod's slots could not write: they have no share to write to. */
static bool possible(const struct states_opening *op, uint32_t state)
{
	const struct plan_state *ps = &op->s->plan->state[state];

	if (!op->o->host->in_pod || ps->mode != PLAN_SYNC || !plan_state_outlives(ps))
		return true;
	buf_printf(op->error, "state `%s` is open to all steps at once (`sync`) at %s: the slots of a pod have no way to it yet", ps->name, ps->at);
	*op->outcome = HOST_WRONG_INPUT;
	return false;
}

struct states *states_open(const struct states_options *o, struct buf *error, enum host_outcome *outcome)
{
	const struct plan *p = o->host->plan;
	struct states *s = mem_zalloc(1, sizeof *s);
	struct states_opening op = { s, o, error, outcome };
	bool ok = true;

	*outcome = HOST_IO;
	*s = (struct states){ .plan = p, .host = o->host, .store = o->store };
	s->state = mem_zalloc(p->states ? p->states : 1, sizeof *s->state);
	for (uint32_t i = 0; i < p->states; i++)
		s->state[i].lock = -1;
	find_writers(s);
	for (uint32_t i = 0; ok && i < p->states; i++) {
		ok = possible(&op, i) && store_make_states(o->store, p->state[i].name, error);
		if (ok && plan_state_outlives(&p->state[i]))
			find_file(s, i);
	}
	ok = ok && states_take_locks(&op);
	for (uint32_t i = 0; ok && i < p->states; i++)
		ok = p->state[i].mode == PLAN_SYNC ? begin_live(&op, i) : begin_version(&op, i);
	ok = ok && (!p->states || !o->host->resume || take_up(&op));
	if (ok)
		return s;
	states_close(s);
	return NULL;
}

/* ---- the end ---- */

/* As its readers on the share find it. */
static bool export_to(const struct states *s, uint32_t state, const char *natural, const char *to, struct buf *error)
{
	const struct plan *p = s->plan;
	uint32_t type = value_present(p, p->state[state].type);
	struct buf text = BUF_INIT, out = BUF_INIT;
	bool ok;

	if (value_is_file(p, type))
		return store_copy(natural, to, error);
	ok = file_read(natural, LIMIT_DATA, &text);
	if (!ok)
		buf_printf(error, "state `%s`: cannot read %s: %s", p->state[state].name, natural, strerror(errno));
	ok = ok && value_export(p, type, format_there(s, state), buf_str(&text), text.len, &out, error) && store_put(to, buf_str(&out), out.len, error);
	buf_release(&text);
	buf_release(&out);
	return ok;
}

bool states_publish(struct states *s, const char *folder, struct publish_job *job, struct buf *error)
{
	bool ok = true;

	job->state = mem_zalloc(s->plan->states ? s->plan->states : 1, sizeof *job->state);
	for (uint32_t i = 0; ok && i < s->plan->states; i++) {
		struct publish_state *to;
		struct buf from = BUF_INIT, natural = BUF_INIT, seen = BUF_INIT, was = BUF_INIT;

		if (!s->state[i].now || !s->state[i].path)
			continue;
		to = &job->state[job->states++];
		buf_printf(&from, "%s/state.%u", folder, i);
		states_file(s, i, s->state[i].now, &natural);
		states_file(s, i, "seen", &seen);
		if (file_exists(natural.p))		/* a T? may hold nothing */
			ok = export_to(s, i, natural.p, from.p, error);
		else
			to->absent = true;
		ok = ok && (file_read(seen.p, 64, &was) || (buf_printf(error, "cannot read %s: %s", seen.p, strerror(errno)), false));
		to->name = s->plan->state[i].name;
		to->path = mem_strdup(s->state[i].path);
		to->base = mem_strdup(s->state[i].base);
		to->from = from.p;
		memcpy(to->was, buf_str(&was), was.len);
		buf_release(&natural);
		buf_release(&seen);
		buf_release(&was);
	}
	return ok;
}

void states_publish_free(struct publish_job *job)
{
	for (size_t i = 0; i < job->states; i++) {
		mem_free((char *)(uintptr_t)job->state[i].path);
		mem_free((char *)(uintptr_t)job->state[i].from);
		mem_free((char *)(uintptr_t)job->state[i].base);
	}
	mem_free(job->state);
}
