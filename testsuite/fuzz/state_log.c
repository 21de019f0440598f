/*
 * Fuzz target: logs of states. What is read has lines of the form that they are written in, and a run that is looked for is found as its own
 * lines say.
 */
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "runtime/state_log.h"
#include "testsuite/fuzz/fuzz.h"

static void require(bool holds)
{
	if (!holds)
		abort();
}

static bool is_sha(const char *text)
{
	return !*text || (strlen(text) == 64 && strspn(text, "0123456789abcdef") == 64);
}

static void look(const struct state_log *l, const char *run, const char *sha)
{
	const char *was;
	enum state_past past = state_log_find(l, run, sha, &was);
	const struct state_run *last = l->runs ? &l->run[l->runs - 1] : NULL;
	bool named = false, latest = last && strcmp(last->run, run) == 0;

	for (size_t i = 0; i < l->runs; i++)
		named |= strcmp(l->run[i].run, run) == 0;
	require((past == STATE_NEW) == !named);
	require(latest || past == STATE_NEW || past == STATE_PASSED);
	if (latest && strcmp(last->now, sha) == 0)
		require(past == STATE_LEFT);
	require(is_sha(was));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct state_log l = { 0 };
	const char *given = data ? (const char *)data : "";
	char *text = mem_strndup(given, size);

	if (state_log_parse(given, size, &l)) {
		for (size_t i = 0; i < l.runs; i++) {
			require(*l.run[i].run && !strpbrk(l.run[i].run, " \n") && is_sha(l.run[i].was) && is_sha(l.run[i].now));
			look(&l, l.run[i].run, l.run[i].was);
			look(&l, l.run[i].run, l.run[i].now);
			look(&l, l.run[i].run, "");
		}
		look(&l, text, "");
	}
	state_log_release(&l);
	mem_free(text);
	return 0;
}
