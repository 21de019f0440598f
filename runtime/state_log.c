/* The log of runs that wrote a state, and the one older version that is kept (state_log.h). */
#include "runtime/state_log.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>
#include "base/file.h"
#include "base/mem.h"
#include "runtime/publish_file.h"

enum { VERSION_DIGIT = '1', SHA_DIGITS = 64, KEPT_DIGITS = 16, MOST_RUNS = 200, MOST_BYTES = 1 << 20 };

static bool failed(struct buf *error, const char *doing, const char *path)
{
	buf_printf(error, "cannot %s %s: %s", doing, path, strerror(errno));
	return false;
}

/* ---- reading ---- */

static bool take_sha(const char *text, size_t len, char out[65])
{
	out[0] = '\0';
	if (len == 1 && *text == '-')
		return true;
	if (len != SHA_DIGITS)
		return false;
	memcpy(out, text, len);
	out[len] = '\0';
	return strspn(out, "0123456789abcdef") == len;
}

static bool take_line(const char *at, const char *end, struct state_log *l)
{
	const char *field[4], *stop[4] = { NULL };
	struct state_run r;
	int n = 0;

	for (; n < 4 && at <= end; n++) {
		field[n] = at;
		stop[n] = memchr(at, ' ', (size_t)(end - at));
		if (!stop[n] || n == 3)
			stop[n] = end;
		at = stop[n] + 1;
	}
	if (n != 4 || stop[0] - field[0] != 1 || *field[0] != VERSION_DIGIT || stop[1] == field[1] || memchr(field[1], '\0', (size_t)(stop[1] - field[1])) ||
	    !take_sha(field[2], (size_t)(stop[2] - field[2]), r.was) || !take_sha(field[3], (size_t)(stop[3] - field[3]), r.now))
		return false;
	r.run = mem_strndup(field[1], (size_t)(stop[1] - field[1]));
	l->run = mem_grow(l->run, &l->cap, l->runs + 1, sizeof *l->run);
	l->run[l->runs++] = r;
	return true;
}

bool state_log_parse(const char *text, size_t len, struct state_log *l)
{
	for (const char *at = text, *end; at < text + len; at = end + 1) {
		end = memchr(at, '\n', (size_t)(text + len - at));
		if (!end || !take_line(at, end, l))
			return false;
	}
	return true;
}

void state_log_release(struct state_log *l)
{
	for (size_t i = 0; i < l->runs; i++)
		mem_free(l->run[i].run);
	mem_free(l->run);
	*l = (struct state_log){ 0 };
}

bool state_log_read(const char *base, struct state_log *l, struct buf *error)
{
	struct buf path = BUF_INIT, text = BUF_INIT;
	bool ok;

	buf_printf(&path, "%s.runs", base);
	ok = file_read(path.p, MOST_BYTES, &text) || errno == ENOENT || failed(error, "read", path.p);
	if (ok && !state_log_parse(buf_str(&text), text.len, l)) {
		buf_printf(error, "%s is damaged: look at it and at the state, and move it away when you know what was written", path.p);
		ok = false;
	}
	buf_release(&path);
	buf_release(&text);
	return ok;
}

/* The lines of one run at the end: one, or more when it wrote something else after it was taken up. They have one `was`. */
static size_t tail_of(const struct state_log *l, const char *run)
{
	size_t first = l->runs;

	while (first && strcmp(l->run[first - 1].run, run) == 0)
		first--;
	return first;
}

enum state_past state_log_find(const struct state_log *l, const char *run, const char *sha, const char **was)
{
	size_t first = tail_of(l, run);

	*was = first < l->runs ? l->run[first].was : "";
	for (size_t i = first; i < l->runs; i++)
		if (strcmp(l->run[i].now, sha) == 0)
			return STATE_LEFT;
	if (first < l->runs)
		return strcmp(*was, sha) == 0 ? STATE_FOUND : STATE_PASSED;
	for (size_t i = 0; i < l->runs; i++)
		if (strcmp(l->run[i].run, run) == 0)
			return STATE_PASSED;
	return STATE_NEW;
}

/* ---- writing ---- */

void state_log_kept(const char *base, const char *was, struct buf *path)
{
	buf_printf(path, "%s.was-%.*s", base, KEPT_DIGITS, was);
}

/* What stands there is kept under a second name: it is never changed in place, but replaced. Where links to it are refused, by a copy. */
static bool keep(const char *base, const char *was, const char *path, int pulse, struct buf *error)
{
	struct buf kept = BUF_INIT;
	bool ok = true;

	if (*was) {
		state_log_kept(base, was, &kept);
		ok = link(path, kept.p) == 0 || errno == EEXIST || publish_copy(path, kept.p, pulse) == PUBLISH_EQUAL || failed(error, "write", kept.p);
	}
	buf_release(&kept);
	return ok;
}

static void drop_kept(const char *base, const char *was, const char *but)
{
	struct buf kept = BUF_INIT;

	if (!*was || strcmp(was, but) == 0)
		return;
	state_log_kept(base, was, &kept);
	unlink(kept.p);		/* one that stays is no harm */
	buf_release(&kept);
}

static bool write_log(const char *base, const struct state_log *l, const struct state_run *r, struct buf *error)
{
	struct buf path = BUF_INIT, text = BUF_INIT;
	size_t first = l->runs < MOST_RUNS ? 0 : l->runs - MOST_RUNS + 1;
	bool ok;

	for (size_t i = first; i <= l->runs; i++) {
		const struct state_run *one = i < l->runs ? &l->run[i] : r;

		buf_printf(&text, "%c %s %s %s\n", VERSION_DIGIT, one->run, *one->was ? one->was : "-", *one->now ? one->now : "-");
	}
	buf_printf(&path, "%s.runs", base);
	ok = publish_text_again(path.p, text.p, text.len) || failed(error, "write", path.p);
	buf_release(&path);
	buf_release(&text);
	return ok;
}

bool state_log_add(const char *base, const struct state_run *r, const char *path, int pulse, struct buf *error)
{
	struct state_log l = { 0 };
	struct state_run line = *r;
	bool ok = state_log_read(base, &l, error), known = false;
	size_t first = ok ? tail_of(&l, r->run) : 0;

	if (ok && first < l.runs)
		memcpy(line.was, l.run[first].was, sizeof line.was);
	for (size_t i = first; ok && i < l.runs; i++)
		known |= strcmp(l.run[i].now, line.now) == 0;
	if (ok && !known) {
		ok = (first < l.runs || keep(base, line.was, path, pulse, error)) && write_log(base, &l, &line, error);
		if (ok && first && first == l.runs)
			drop_kept(base, l.run[tail_of(&l, l.run[first - 1].run)].was, line.was);
	}
	state_log_release(&l);
	return ok;
}
