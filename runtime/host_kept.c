/*
 * What a pod keeps, so that it may remove what nobody will read again, and a quarterback that was killed still goes on where the last
 * one was: that a step is finished although its outputs are gone, that one gave up, what the engine was told about values, and what
 * the sources held. All of it stands in the journal before anything depends on it. `calcc run` removes nothing, and looks again:
 * there people change what a run begins with.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"
#include "runtime/args_tree.h"
#include "runtime/host_inner.h"

enum { SPEC_MOST = 256 << 20 };		/* of a flow as data: far from what one record can hold */

static void keep(struct host *h, const struct journal_record *r)
{
	if (!journal_add(h->journal, r))
		host_fatal(h, journal_error(h->journal));
}

/* ---- outputs ---- */

/* In the next turn they go: the record of it must be there first. */
void host_release(struct host *h, engine_step s)
{
	struct buf path = BUF_INIT, key = BUF_INIT;
	struct journal_found found;

	if (!h->o->in_pod && !engine_func(h->engine, s)->native)
		return;		/* here they serve --resume */
	engine_path(h->engine, s, &path);
	file_encode_key(&key, path.p, path.len);
	if (!h->o->in_pod) {
		store_images_forget(h->store, key.p);
		buf_release(&path);
		buf_release(&key);
		return;
	}
	journal_find(h->journal, path.p, key.p, &found);
	if (!found.released)
		keep(h, &(struct journal_record){ .kind = JOURNAL_RELEASED, .step = path.p, .start_us = host_now_us(h), .end_us = host_now_us(h) });
	h->released = mem_grow(h->released, &h->released_cap, h->releases + 1, sizeof *h->released);
	h->released[h->releases++] = mem_strdup(key.p);
	buf_release(&path);
	buf_release(&key);
}

void host_remove_released(struct host *h)
{
	for (size_t i = 0; i < h->releases; i++) {
		store_release(h->store, h->released[i]);
		mem_free(h->released[i]);
	}
	h->releases = 0;
}

void host_kept_free(struct host *h)
{
	for (size_t i = 0; i < h->releases; i++)
		mem_free(h->released[i]);
	mem_free(h->released);
}

/* ---- steps that failed for good ---- */

void host_gave_up(struct host *h, engine_step s, uint32_t attempt, const char *why)
{
	struct buf path = BUF_INIT;

	engine_path(h->engine, s, &path);
	keep(h, &(struct journal_record){ .kind = JOURNAL_GAVE_UP, .step = path.p, .attempt = attempt, .start_us = host_now_us(h),
					  .end_us = host_now_us(h), .text = why });
	buf_release(&path);
}

/* What came after it took its failure for given; and what it read may be gone. */
bool host_has_given_up(struct host *h, const char *path, const char *key, struct journal_found *found)
{
	if (!h->o->in_pod || !journal_any_gave_up(h->journal))
		return false;
	journal_find(h->journal, path, key, found);
	return found->gave_up;
}

/* ---- questions about values ---- */

/* A name of the value that another life of the pod gives it too; false: what it is does not depend on what is removed. */
static bool name_value(const struct host *h, engine_value v, struct buf *out)
{
	struct engine_value_info info;

	engine_value_get(h->engine, v, &info);
	switch (info.kind) {
	case EV_OUTPUT:
		engine_path(h->engine, info.step, out);
		buf_printf(out, " %u", info.port);
		return true;
	case EV_SOURCE:
		buf_printf(out, "source %u", info.source);
		return true;
	case EV_ITEM:
		if (!name_value(h, info.of, out))
			return false;
		buf_printf(out, "[%u]", info.index);
		return true;
	case EV_NAMED:
		if (!name_value(h, info.of, out))
			return false;
		buf_addch(out, '/');
		file_encode_key(out, info.name, strlen(info.name));
		return true;
	case EV_CONST:
	case EV_LIST:
	case EV_ABSENT: break;
	}
	return false;
}

/* A text that begins so is no path of a step. */
static bool name_question(const struct host *h, const char *what, engine_value v, struct buf *question)
{
	buf_printf(question, "?%s ", what);
	return h->o->in_pod && name_value(h, v, question);
}

static void keep_answer(struct host *h, const char *question, const char *answer)
{
	keep(h, &(struct journal_record){ .kind = JOURNAL_ANSWER, .step = question, .text = answer, .start_us = host_now_us(h),
					  .end_us = host_now_us(h) });
}

/* An answer is a number, or `!` and why there is none. */
static bool read_number(const char *answer, uint32_t *number, struct buf *why)
{
	if (answer[0] == '!')
		buf_addstr(why, answer + 1);
	else
		*number = (uint32_t)strtoul(answer, NULL, 10);
	return answer[0] != '!';
}

static void keep_number(struct host *h, const char *question, bool ok, uint32_t number, struct buf *why)
{
	struct buf answer = BUF_INIT;

	if (ok)
		buf_printf(&answer, "%u", number);
	else
		buf_printf(&answer, "!%s", buf_str(why));
	keep_answer(h, question, answer.p);
	buf_release(&answer);
}

void host_count(struct host *h, engine_value value)
{
	struct buf why = BUF_INIT, question = BUF_INIT;
	uint32_t count = 0;
	size_t len;
	bool named = name_question(h, "count", value, &question);
	const char *answer = named ? journal_answer(h->journal, question.p, &len, NULL) : NULL;
	bool ok = answer ? read_number(answer, &count, &why) : resolve_count(h->values, value, &count, &why);
	struct host_pending *p = host_pend(h, EVENT_COUNTED);

	p->event.value = value;
	p->event.count = count;
	p->event.ok = ok;
	if (named && !answer)
		keep_number(h, question.p, ok, count, &why);
	if (!ok)
		buf_printf(&h->report->message, "a list cannot be counted: %s\n", buf_str(&why));
	buf_release(&why);
	buf_release(&question);
}

/* Asked as a T? or as a T: that is another question. */
void host_outcome(struct host *h, const struct engine_action *a)
{
	const char *what = h->plan->type[a->type].kind == PLAN_OPTIONAL ? "there" : "outcome";
	struct buf why = BUF_INIT, question = BUF_INIT;
	uint32_t outcome = 0;
	size_t len;
	bool named = name_question(h, what, a->value, &question);
	const char *answer = named ? journal_answer(h->journal, question.p, &len, NULL) : NULL;
	bool ok = answer ? read_number(answer, &outcome, &why) : resolve_outcome(h->values, a->value, a->type, &outcome, &why);
	struct host_pending *p = host_pend(h, EVENT_OUTCOME);

	p->event.value = a->value;
	p->event.type = a->type;
	p->event.count = outcome;
	p->event.ok = ok;
	if (named && !answer)
		keep_number(h, question.p, ok, outcome, &why);
	if (!ok)
		buf_printf(&h->report->message, "a value to branch by cannot be read: %s\n", buf_str(&why));
	buf_release(&why);
	buf_release(&question);
}

/* An answer is the flow as it was, or `!` and why it cannot be read: no flow begins so. */
bool host_spec(struct host *h, const struct engine_action *a, struct buf *spec, struct buf *why)
{
	struct buf question = BUF_INIT, failed = BUF_INIT;
	bool named = name_question(h, "flow", a->value, &question), absent = false, ok;
	size_t len, most = h->o->in_pod ? SPEC_MOST : LIMIT_DATA;
	const char *answer = named ? journal_answer(h->journal, question.p, &len, NULL) : NULL;

	if (answer && answer[0] != '!') {
		buf_add(spec, answer, len);
		ok = true;
	} else if (answer) {
		buf_addstr(why, answer + 1);
		ok = false;
	} else {
		ok = resolve_json(h->values, a->value, most, spec, &absent, why);
		buf_printf(&failed, "!%s", buf_str(why));
		if (named)
			keep_answer(h, question.p, ok ? buf_str(spec) : failed.p);
	}
	buf_release(&question);
	buf_release(&failed);
	return ok;
}

/* ---- sources ---- */

static const char *question_of(uint32_t source, char text[32])
{
	snprintf(text, 32, "?source %u", source);
	return text;
}

bool host_source_kept(void *ctx, uint32_t source, const char *natural, struct share_source *out)
{
	struct host *h = ctx;
	char question[32];
	size_t len;
	const char *answer;

	if (!h->o->in_pod)
		return false;
	answer = journal_answer(h->journal, question_of(source, question), &len, out->fingerprint);
	if (answer && (!natural || file_exists(natural)) && share_source_recall(answer, len, out)) {
		out->natural = natural ? mem_strdup(natural) : NULL;
		return true;
	}
	if (natural)
		unlink(natural);	/* of a life that ended before it was recorded */
	return false;
}

void host_keep_sources(struct host *h)
{
	for (uint32_t i = 0; h->o->in_pod && i < h->plan->sources; i++) {
		struct journal_record r = { .kind = JOURNAL_ANSWER, .start_us = host_now_us(h), .end_us = host_now_us(h) };
		struct buf text = BUF_INIT;
		char question[32];
		size_t len;

		if (!journal_answer(h->journal, question_of(i, question), &len, NULL)) {
			share_source_tell(&h->sources[i], &text);
			memcpy(r.fingerprint, h->sources[i].fingerprint, sizeof r.fingerprint);
			r.step = question;
			r.text = buf_str(&text);
			keep(h, &r);
		}
		buf_release(&text);
	}
}
