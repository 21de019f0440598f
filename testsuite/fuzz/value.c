/*
 * Fuzz target: values from outside. The first two bytes choose a type and a format, the rest is the text. What is accepted
 * is natural text, which reads back as itself and goes through every format it has.
 */
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "runtime/plan.h"
#include "runtime/value.h"
#include "testsuite/fuzz/fuzz.h"

/* Scalars, an enum, a record of them all, lists, what may be absent, a record with lists in it, choices, a flow. */
enum { SCALARS = 11, ENUM = SCALARS, STRING_OR_NOT, RECORD, RECORDS, RECORD_OR_NOT, RECORDS_OR_NOT, NUMBERS, NEST, CHOICE, CHOICES, SHORT,
	FLOW, HOLDER, TYPES };

static const struct plan_type types[TYPES] = {
	{ .kind = PLAN_BOOL }, { .kind = PLAN_I32 }, { .kind = PLAN_I64 }, { .kind = PLAN_U32 }, { .kind = PLAN_U64 },
	{ .kind = PLAN_F32 }, { .kind = PLAN_F64 }, { .kind = PLAN_STRING }, { .kind = PLAN_BYTES }, { .kind = PLAN_TIME },
	{ .kind = PLAN_DURATION }, [ENUM] = { .kind = PLAN_ENUM, .name = "E", .first = 0, .count = 2 },
	[STRING_OR_NOT] = { .kind = PLAN_OPTIONAL, .elem = 7 }, [RECORD] = { .kind = PLAN_RECORD, .name = "R", .first = 2, .count = 7 },
	[RECORDS] = { .kind = PLAN_LIST, .elem = RECORD }, [RECORD_OR_NOT] = { .kind = PLAN_OPTIONAL, .elem = RECORD },
	[RECORDS_OR_NOT] = { .kind = PLAN_LIST, .elem = RECORD_OR_NOT }, [NUMBERS] = { .kind = PLAN_LIST, .elem = 2 },
	[NEST] = { .kind = PLAN_RECORD, .name = "N", .first = 9, .count = 3 },
	[CHOICE] = { .kind = PLAN_CHOICE, .first = 12, .count = 3 }, [CHOICES] = { .kind = PLAN_LIST, .elem = CHOICE },
	[SHORT] = { .kind = PLAN_STRING, .params = 3 }, [FLOW] = { .kind = PLAN_FLOW },
	[HOLDER] = { .kind = PLAN_RECORD, .name = "H", .first = 15, .count = 4 },
};
static const struct plan_field fields[] = {
	{ "x", PLAN_NONE }, { "y", PLAN_NONE },
	{ "s", 7 }, { "n", 2 }, { "f", 6 }, { "t", 9 }, { "d", 10 }, { "e", ENUM }, { "o", STRING_OR_NOT },
	{ "r", RECORDS }, { "m", NUMBERS }, { "p", RECORD_OR_NOT },
	{ "R", RECORD }, { "string?", STRING_OR_NOT }, { "[i64]", NUMBERS },
	{ "c", CHOICE }, { "l", CHOICES }, { "s", SHORT }, { "f", FLOW },
};

static void through(const struct plan *p, uint32_t type, enum plan_format format, struct buf *natural)
{
	struct buf out = BUF_INIT, back = BUF_INIT, error = BUF_INIT;

	if (value_export(p, type, format, buf_str(natural), natural->len, &out, &error)) {
		if (!value_import(p, type, format, buf_str(&out), out.len, &back, &error) || back.len != natural->len ||
		    (back.len && memcmp(back.p, natural->p, back.len) != 0))
			abort();
	} else if (!error.len) {
		abort();
	}
	buf_release(&out);
	buf_release(&back);
	buf_release(&error);
}

static void use(const struct plan *p, uint32_t type, struct buf *natural)
{
	static const char *const paths[] = { "", ".s", "[0]", "[1].o", ".r[0].n", ".p.f" };
	struct buf json = BUF_INIT, out = BUF_INIT, error = BUF_INIT;
	struct value_items items;
	uint32_t count;
	bool absent;

	for (enum plan_format f = FORMAT_NATURAL; f <= FORMAT_RAW; f++)
		through(p, type, f, natural);
	if (value_items(p, type, buf_str(natural), natural->len, &items, &error))
		value_items_release(&items);
	if (!value_to_json(p, type, buf_str(natural), natural->len, &json, &error))
		abort();
	for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
		value_argument(p, type, paths[i], json.p, json.len, &out, &absent, &error);
		value_arguments(p, type, paths[i], json.p, json.len, &out, &count, &error);
	}
	buf_release(&json);
	buf_release(&out);
	buf_release(&error);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct plan p = { .type = (struct plan_type *)types, .types = TYPES, .field = (struct plan_field *)fields,
		.fields = sizeof fields / sizeof fields[0] };
	struct buf natural = BUF_INIT, error = BUF_INIT;
	char *text;

	if (size < 2)
		return 0;
	text = mem_strndup((const char *)data + 2, size - 2);
	if (value_import(&p, data[0] % TYPES, data[1] % (FORMAT_RAW + 1), text, size - 2, &natural, &error))
		use(&p, data[0] % TYPES, &natural);
	else if (!error.len)
		abort();
	mem_free(text);
	buf_release(&natural);
	buf_release(&error);
	return 0;
}
