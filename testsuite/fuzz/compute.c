/*
 * Fuzz target: expressions on run-time values. Two bytes say which of the plan's expressions (0xFFFF: each of them); then the plan, a NUL, and arguments as JSON with
 * NULs between. What comes out fits its type, and is the same a second time.
 */
#include <stdlib.h>
#include <string.h>
#include "base/limits.h"
#include "base/mem.h"
#include "runtime/compute.h"
#include "runtime/value.h"
#include "testsuite/fuzz/fuzz.h"

enum { ARGS = 32, ALL = 0xFFFF };

struct given {
	const char *text;
	size_t len;
};

static bool load_arguments(struct compute *c, const struct plan *p, const struct plan_func *f, const struct given *given, struct value_node *arg)
{
	struct buf error = BUF_INIT;
	bool ok = true;

	for (uint32_t i = 0; ok && i < f->params; i++) {
		uint32_t type = p->port[f->first_param + i].type;

		ok = !value_holds_file(p, type) && compute_load(c, type, given[i].text ? given[i].text : "null", given[i].text ? given[i].len : 4, &arg[i], &error);
		if (!ok && !error.len && !value_holds_file(p, type))
			abort();
	}
	buf_release(&error);
	return ok;
}

/* The result's JSON; false when there is none. */
static bool evaluate(struct compute *c, const struct plan *p, const struct plan_func *f, const struct given *given, struct buf *json)
{
	struct value_node arg[ARGS] = { 0 }, result;
	struct buf error = BUF_INIT;
	const char *loc = NULL;
	bool ok;

	compute_begin(c);
	if (!load_arguments(c, p, f, given, arg))
		return false;
	ok = compute_run(c, f, arg, &result, &loc, &error);
	if (!ok && (!error.len || !loc))
		abort();	/* failed without a word */
	ok = ok && value_node_json(p, p->expr[f->expr].type, &result, LIMIT_INLINE_VALUE, json);
	buf_release(&error);
	return ok;
}

static void try_function(struct compute *c, const struct plan *p, const struct plan_func *f, const struct given *given)
{
	struct buf json = BUF_INIT, again = BUF_INIT, natural = BUF_INIT, error = BUF_INIT;

	if (evaluate(c, p, f, given, &json)) {
		if (!value_from_json(p, p->expr[f->expr].type, buf_str(&json), json.len, &natural, &error))
			abort();
		if (!evaluate(c, p, f, given, &again) || again.len != json.len || memcmp(again.p, json.p, json.len) != 0)
			abort();
	}
	buf_release(&json);
	buf_release(&again);
	buf_release(&natural);
	buf_release(&error);
}

/* Is it an expression without files? */
static bool is_ours(const struct plan *p, const struct plan_func *f)
{
	return f->expr != PLAN_NONE && f->params <= ARGS && !value_holds_file(p, p->expr[f->expr].type);
}

/* The `which`th of them, counted round, or all. */
static void try_functions(const struct plan *p, unsigned which, const struct given *given)
{
	struct compute *c = compute_new(p);
	unsigned count = 0, at = 0;

	for (uint32_t i = 0; i < p->funcs; i++)
		count += is_ours(p, &p->func[i]);
	for (uint32_t i = 0; i < p->funcs; i++)
		if (is_ours(p, &p->func[i]) && (which == ALL || at++ == which % count))
			try_function(c, p, &p->func[i], given);
	compute_free(c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct given given[ARGS] = { { NULL, 0 } };
	char *text = size < 2 ? NULL : mem_strndup((const char *)data + 2, size - 2);
	const char *end = text ? text + size - 2 : NULL, *at = text ? memchr(text, '\0', size - 1) : NULL;
	struct buf error = BUF_INIT;
	struct plan *p = text ? plan_read(text, (size_t)(at - text), &error) : NULL;

	for (int i = 0; p && i < ARGS && at < end; i++) {
		const char *stop = memchr(at + 1, '\0', (size_t)(end - at));

		at++;
		given[i] = (struct given){ at, (size_t)(stop - at) };
		at = stop;
	}
	if (p) {
		try_functions(p, data[0] | (unsigned)data[1] << 8, given);
		plan_free(p);
	}
	mem_free(text);
	buf_release(&error);
	return 0;
}
