/* Values as files: every format there and back, exact numbers and times, errors with line and field, random records. */
#include "runtime/value.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "base/json.h"
#include "base/mem.h"
#include "testsuite/unit/plan_build.h"

#define CHECK(what) do { if (!(what)) fail(#what, __LINE__); } while (0)

static void fail(const char *what, int line)
{
	fprintf(stderr, "value.c:%d: not true: %s\n", line, what);
	exit(1);
}

/* One type of each kind; records of them; lists; what may be absent. */
enum {
	BOOL = TYPE_STRINGS + 1, I32, U32, U64, F32, F64, BYTES, TIME, DURATION, GRADE, MAYBE_I64, MAYBE_STRING, READING, READINGS,
	NUMBERS, MAYBE_READING, MAYBE_READINGS, NEST, MAYBE_NUMBERS, FLOATS, ALL, ALLS, MAYBE_BASE,
	SHAPE = MAYBE_BASE + ALLS, SHAPES, MAYBE_SHAPE, MAYBE_SHAPES, OUTER, SHORT, MAYBE_SHORT, FLOW, DRAWING, DRAWINGS, LABEL, LABELS, ALL_TYPES
};

static struct plan *types(void)
{
	static const uint8_t scalars[] = { PLAN_BOOL, PLAN_I32, PLAN_U32, PLAN_U64, PLAN_F32, PLAN_F64, PLAN_BYTES, PLAN_TIME,
		PLAN_DURATION };
	struct plan *p = build_begin("value.cf", "values", 1);
	uint32_t field;

	for (size_t i = 0; i < sizeof scalars; i++)
		build_type(p, (struct plan_type){ .kind = scalars[i] });
	field = build_field(p, "good", PLAN_NONE);
	build_field(p, "fair", PLAN_NONE);
	build_field(p, "poor", PLAN_NONE);
	build_type(p, (struct plan_type){ .kind = PLAN_ENUM, .name = "Grade", .first = field, .count = 3 });
	build_type(p, (struct plan_type){ .kind = PLAN_OPTIONAL, .elem = TYPE_I64 });
	build_type(p, (struct plan_type){ .kind = PLAN_OPTIONAL, .elem = TYPE_STRING });
	field = build_field(p, "sensor", TYPE_STRING);
	build_field(p, "at", TIME);
	build_field(p, "value", F64);
	build_field(p, "note", MAYBE_STRING);
	build_type(p, (struct plan_type){ .kind = PLAN_RECORD, .name = "Reading", .first = field, .count = 4 });
	build_type(p, (struct plan_type){ .kind = PLAN_LIST, .elem = READING });
	build_type(p, (struct plan_type){ .kind = PLAN_LIST, .elem = TYPE_I64 });
	build_type(p, (struct plan_type){ .kind = PLAN_OPTIONAL, .elem = READING });
	build_type(p, (struct plan_type){ .kind = PLAN_LIST, .elem = MAYBE_READING });
	field = build_field(p, "of", READING);
	build_field(p, "ns", NUMBERS);
	build_field(p, "all", READINGS);
	build_type(p, (struct plan_type){ .kind = PLAN_RECORD, .name = "Nest", .first = field, .count = 3 });
	build_type(p, (struct plan_type){ .kind = PLAN_LIST, .elem = MAYBE_I64 });
	build_type(p, (struct plan_type){ .kind = PLAN_LIST, .elem = F64 });
	field = build_field(p, "b", BOOL);
	for (uint32_t t = I32; t <= MAYBE_STRING; t++)
		build_field(p, arena_printf(&p->arena, "f%u", t), t);
	build_type(p, (struct plan_type){ .kind = PLAN_RECORD, .name = "All", .first = field, .count = MAYBE_STRING - BOOL + 1 });
	build_type(p, (struct plan_type){ .kind = PLAN_LIST, .elem = ALL });
	for (uint32_t t = 0; t < ALLS; t++)	/* last: T? of each */
		build_type(p, (struct plan_type){ .kind = PLAN_OPTIONAL, .elem = t });
	CHECK(p->types == MAYBE_BASE + ALLS);
	field = build_field(p, "Reading", READING);
	build_field(p, "[i64]", NUMBERS);
	build_field(p, "Grade", GRADE);
	build_field(p, "i64?", MAYBE_I64);
	build_type(p, (struct plan_type){ .kind = PLAN_CHOICE, .first = field, .count = 4 });
	build_type(p, (struct plan_type){ .kind = PLAN_LIST, .elem = SHAPE });
	build_type(p, (struct plan_type){ .kind = PLAN_OPTIONAL, .elem = SHAPE });
	build_type(p, (struct plan_type){ .kind = PLAN_LIST, .elem = MAYBE_SHAPE });
	field = build_field(p, "inner", SHAPE);
	build_field(p, "bool", BOOL);
	build_type(p, (struct plan_type){ .kind = PLAN_CHOICE, .first = field, .count = 2 });
	build_type(p, (struct plan_type){ .kind = PLAN_STRING, .params = 4 });
	build_type(p, (struct plan_type){ .kind = PLAN_OPTIONAL, .elem = SHORT });
	build_type(p, (struct plan_type){ .kind = PLAN_FLOW });
	field = build_field(p, "shape", SHAPE);
	build_field(p, "maybe", MAYBE_SHAPE);
	build_field(p, "outer", OUTER);
	build_field(p, "all", MAYBE_SHAPES);
	build_field(p, "code", MAYBE_SHORT);
	build_field(p, "flow", FLOW);
	build_type(p, (struct plan_type){ .kind = PLAN_RECORD, .name = "Drawing", .first = field, .count = 6 });
	build_type(p, (struct plan_type){ .kind = PLAN_LIST, .elem = DRAWING });
	field = build_field(p, "code", SHORT);
	build_field(p, "other", MAYBE_SHORT);
	build_type(p, (struct plan_type){ .kind = PLAN_RECORD, .name = "Label", .first = field, .count = 2 });
	build_type(p, (struct plan_type){ .kind = PLAN_LIST, .elem = LABEL });
	CHECK(p->types == ALL_TYPES);
	return p;
}

static const struct {
	uint32_t type;
	enum plan_format format;
	const char *text, *natural;	/* NULL: refused, and `message` is in the error */
	const char *message;
} cases[] = {
	{ BOOL, FORMAT_JSON, " true \n", "true\n", "" },
	{ I32, FORMAT_JSON, "-2147483648", "-2147483648\n", "" },
	{ I32, FORMAT_JSON, "2147483648", NULL, "line 1: out of the range of i32, found `2147483648`" },
	{ I32, FORMAT_JSON, "1.0", NULL, "line 1: expected i32, found `1.0`" },
	{ I32, FORMAT_JSON, "1e3", NULL, "expected i32" },
	{ I32, FORMAT_JSON, "\"1\"", NULL, "line 1: expected i32, found a string" },
	{ I32, FORMAT_JSON, "-0", "0\n", "" },
	{ TYPE_I64, FORMAT_JSON, "9223372036854775807", "9223372036854775807\n", "" },
	{ TYPE_I64, FORMAT_JSON, "-9223372036854775808", "-9223372036854775808\n", "" },
	{ TYPE_I64, FORMAT_JSON, "9223372036854775808", NULL, "out of the range of i64" },
	{ U64, FORMAT_JSON, "18446744073709551615", "18446744073709551615\n", "" },
	{ U64, FORMAT_JSON, "18446744073709551616", NULL, "out of the range of u64" },
	{ U64, FORMAT_JSON, "-1", NULL, "out of the range of u64" },
	{ F64, FORMAT_JSON, "0.1", "0.1\n", "" },
	{ F64, FORMAT_JSON, "1E+2", "100\n", "" },
	{ F64, FORMAT_JSON, "0.30000000000000004", "0.30000000000000004\n", "" },
	{ F64, FORMAT_JSON, "5e-324", "5e-324\n", "" },
	{ F64, FORMAT_JSON, "1e999", NULL, "out of the range of f64" },
	{ F64, FORMAT_JSON, "NaN", NULL, "not JSON" },
	{ F64, FORMAT_JSON, "null", NULL, "expected f64, found null" },
	{ F32, FORMAT_JSON, "0.1", "0.1\n", "" },
	{ F32, FORMAT_JSON, "16777217", "16777216\n", "" },
	{ F32, FORMAT_JSON, "3.4028236e38", NULL, "out of the range of f32" },
	{ TIME, FORMAT_JSON, "\"2025-03-01T14:00:00.500Z\"", "\"2025-03-01T14:00:00.5Z\"\n", "" },
	{ TIME, FORMAT_JSON, "\"2024-02-29t23:59:59.123456789z\"", "\"2024-02-29T23:59:59.123456789Z\"\n", "" },
	{ TIME, FORMAT_JSON, "\"2025-01-01T00:30:00+01:00\"", "\"2024-12-31T23:30:00Z\"\n", "" },
	{ TIME, FORMAT_JSON, "\"1969-12-31T23:59:59Z\"", "\"1969-12-31T23:59:59Z\"\n", "" },
	{ TIME, FORMAT_JSON, "\"0000-01-01T00:00:00Z\"", "\"0000-01-01T00:00:00Z\"\n", "" },
	{ TIME, FORMAT_JSON, "\"9999-12-31T23:59:59.999999999Z\"", "\"9999-12-31T23:59:59.999999999Z\"\n", "" },
	{ TIME, FORMAT_JSON, "\"0000-01-01T00:00:00+00:01\"", NULL, "expected a time" },
	{ TIME, FORMAT_JSON, "\"2025-02-29T00:00:00Z\"", NULL, "expected a time" },
	{ TIME, FORMAT_JSON, "\"2025-01-01T00:00:00.1234567891Z\"", NULL, "nine digits" },
	{ TIME, FORMAT_JSON, "\"2025-01-01T00:00:60Z\"", NULL, "expected a time" },
	{ TIME, FORMAT_JSON, "\"2025-01-01T00:00:00\"", NULL, "expected a time" },
	{ TIME, FORMAT_JSON, "\"2025-01-01T00:00:00.Z\"", NULL, "expected a time" },
	{ DURATION, FORMAT_JSON, "90", "90\n", "" },
	{ DURATION, FORMAT_JSON, "2.5e-1", "0.25\n", "" },
	{ DURATION, FORMAT_JSON, "0.30000000000000004", "0.3\n", "" },
	{ DURATION, FORMAT_JSON, "1e-9", "0.000000001\n", "" },
	{ DURATION, FORMAT_JSON, "4e-10", "0\n", "" },
	{ DURATION, FORMAT_JSON, "-1.5", "-1.5\n", "" },
	{ DURATION, FORMAT_JSON, "1e9", "1000000000\n", "" },
	{ DURATION, FORMAT_JSON, "0.9999999999", "1\n", "" },
	{ DURATION, FORMAT_JSON, "9223372036.854775807", "9223372036.854775807\n", "" },
	{ DURATION, FORMAT_JSON, "9223372036.854775808", NULL, "out of the range of duration" },
	{ DURATION, FORMAT_JSON, "1e99999999999", NULL, "out of the range" },
	{ BYTES, FORMAT_JSON, "\"aGk=\"", "hi", "" },
	{ BYTES, FORMAT_JSON, "\"aGk\"", NULL, "base64" },
	{ BYTES, FORMAT_JSON, "\"aGl=\"", NULL, "base64" },
	{ BYTES, FORMAT_NATURAL, "\xFF\x01", "\xFF\x01", "" },
	{ TYPE_STRING, FORMAT_JSON, "\"a\\u00e4\\n\"", "a\xC3\xA4\n", "" },
	{ TYPE_STRING, FORMAT_JSON, "3", NULL, "expected a string" },
	{ TYPE_STRING, FORMAT_NATURAL, "one\ntwo\xFF", NULL, "line 2: not UTF-8" },
	{ TYPE_STRING, FORMAT_NATURAL, "", "", "" },
	{ GRADE, FORMAT_JSON, "\"fair\"", "\"fair\"\n", "" },
	{ GRADE, FORMAT_JSON, "\"fain\"", NULL, "expected one of Grade: good fair poor, found `fain`" },
	{ MAYBE_I64, FORMAT_JSON, "null", "null\n", "" },
	{ MAYBE_NUMBERS, FORMAT_JSON, "[1, null,3]", "[1,null,3]\n", "" },
	{ NUMBERS, FORMAT_JSON, "[1,\n2,\n\"x\"]", NULL, "line 3, field `[2]`: expected i64, found a string" },
	{ NUMBERS, FORMAT_JSONL, "1\n\n 2 \r\n3", "[1,2,3]\n", "" },
	{ NUMBERS, FORMAT_JSONL, "", "[]\n", "" },
	{ NUMBERS, FORMAT_JSONL, "1\n2 3\n", NULL, "line 2: not JSON" },
	{ NUMBERS, FORMAT_CSV, "1\n", NULL, "csv holds records" },
	{ NUMBERS, FORMAT_RAW, "1\n", NULL, "[i64] has no form as raw" },
	{ TYPE_FILES, FORMAT_JSON, "[]", NULL, "[file] has no form as json" },
	{ READING, FORMAT_JSON, "{\"value\":1,\"at\":\"2025-01-01T00:00:00Z\",\"more\":{\"a\":[1]},\"sensor\":\"s\",\"note\":null}",
	  "{\"sensor\":\"s\",\"at\":\"2025-01-01T00:00:00Z\",\"value\":1}\n", "" },
	{ READING, FORMAT_JSON, "{\"sensor\":\"s\",\n\"value\":1}", NULL, "line 2, field `at`: is missing, expected time" },
	{ READING, FORMAT_JSON, "{\"sensor\":\"s\",\"sensor\":\"s\"}", NULL, "field `sensor`: stands twice" },
	{ READING, FORMAT_JSON, "[]", NULL, "line 1: expected Reading, found a list" },
	{ READINGS, FORMAT_NATURAL, "", "", "" },
	{ READINGS, FORMAT_JSON, "[]", "", "" },
	{ READINGS, FORMAT_JSON, "null", NULL, "found null" },
	{ READINGS, FORMAT_JSON, "[{\"sensor\":\"a\",\"at\":\"2025-01-01T00:00:00Z\",\"value\":1.50},\n"
	  "{\"at\":\"2025-01-01T00:00:00Z\",\"value\":2,\"note\":\"n\",\"sensor\":\"b\"}]",
	  "{\"sensor\":\"a\",\"at\":\"2025-01-01T00:00:00Z\",\"value\":1.5}\n"
	  "{\"sensor\":\"b\",\"at\":\"2025-01-01T00:00:00Z\",\"value\":2,\"note\":\"n\"}\n", "" },
	{ READINGS, FORMAT_JSONL, "{\"sensor\":\"a\",\"at\":\"2025-01-01T00:00:00Z\",\"value\":1}\n{\"sensor\":\"b\",\"at\":3}\n", NULL,
	  "line 2, field `at`: expected time, found a number" },
	{ READINGS, FORMAT_CSV, "value,extra,sensor,at\r\n1,x,\"a,\"\"b\"\"\",2025-01-01T00:00:00Z\r\n",
	  "{\"sensor\":\"a,\\\"b\\\"\",\"at\":\"2025-01-01T00:00:00Z\",\"value\":1}\n", "" },
	{ READINGS, FORMAT_CSV, "sensor,at,value,note\n\"two\nlines\",2025-01-01T00:00:00Z,1,\nb,2025-01-01T00:00:00Z,x,n\n", NULL,
	  "line 4, field `value`: expected f64, found `x`" },
	{ READINGS, FORMAT_CSV, "sensor,at,value,note\na,2025-01-01T00:00:00Z,1,\nb,2025-01-01T00:00:00Z,2,\"\"",
	  "{\"sensor\":\"a\",\"at\":\"2025-01-01T00:00:00Z\",\"value\":1}\n"
	  "{\"sensor\":\"b\",\"at\":\"2025-01-01T00:00:00Z\",\"value\":2,\"note\":\"\"}\n", "" },
	{ READINGS, FORMAT_CSV, "", NULL, "line 1: a header" },
	{ READINGS, FORMAT_CSV, "sensor,at\n", NULL, "column `value` is missing" },
	{ READINGS, FORMAT_CSV, "sensor,at,value,at\n", NULL, "column `at` stands twice" },
	{ READINGS, FORMAT_CSV, "sensor,at,value\na,b\n", NULL, "line 2: expected 3 cells, as in the header, found 2" },
	{ READINGS, FORMAT_CSV, "sensor,at,value\n\"a,b\n", NULL, "line 2: a quote that is opened here is not closed" },
	{ READINGS, FORMAT_CSV, "sensor,at,value\na\"b,c,d\n", NULL, "line 2: a quote inside" },
	{ READINGS, FORMAT_CSV, "sensor,at,value\na,2025-01-01T00:00:00Z,nan\n", NULL, "field `value`: expected f64, found `nan`" },
	{ READINGS, FORMAT_CSV, "sensor\n\xFF\n", NULL, "line 2: not UTF-8" },
	{ READING, FORMAT_CSV, "sensor,at,value\na,2025-01-01T00:00:00Z,1\n",
	  "{\"sensor\":\"a\",\"at\":\"2025-01-01T00:00:00Z\",\"value\":1}\n", "" },
	{ READING, FORMAT_CSV, "sensor,at,value\n", NULL, "expected a row" },
	{ NEST, FORMAT_CSV, "of\n", NULL, "field `of`: csv holds scalar fields only, not Reading" },
	{ NEST, FORMAT_JSON, "{\"of\":{\"sensor\":\"a\",\"at\":\"2025-01-01T00:00:00Z\",\"value\":1},\"ns\":[1,2.5],\"all\":[]}", NULL,
	  "line 1, field `ns[1]`: expected i64, found `2.5`" },
	{ NEST, FORMAT_JSON, "{\"all\":[{\"value\":1,\"at\":\"2025-01-01T00:00:00Z\",\"sensor\":\"a\"}],\"ns\":[],\"of\":{\"sensor\":\"a\","
	  "\"value\":2,\"at\":\"2025-01-01T00:00:00Z\"}}",
	  "{\"of\":{\"sensor\":\"a\",\"at\":\"2025-01-01T00:00:00Z\",\"value\":2},\"ns\":[],"
	  "\"all\":[{\"sensor\":\"a\",\"at\":\"2025-01-01T00:00:00Z\",\"value\":1}]}\n", "" },
	{ SHAPE, FORMAT_JSON, " { \"Grade\" : \"fair\" } ", "{\"Grade\":\"fair\"}\n", "" },
	{ SHAPE, FORMAT_JSON, "{\"i64?\":null}", "{\"i64?\":null}\n", "" },
	{ SHAPE, FORMAT_JSON, "{\"i64?\":-0}", "{\"i64?\":0}\n", "" },
	{ SHAPE, FORMAT_JSON, "{\"Grade\":null}", NULL, "line 1, field `Grade`: expected Grade, found null" },
	{ SHAPE, FORMAT_JSON, "{\n\"[i64]\": [1,\nx]}", NULL, "line 3: not JSON" },
	{ SHAPE, FORMAT_JSON, "{\n\"[i64]\": [1,\n\"x\"]}", NULL, "line 3, field `[i64][1]`: expected i64, found a string" },
	{ SHAPE, FORMAT_JSON, "{}", NULL, "line 1: expected one arm of a choice: {\"Reading\": …} {\"[i64]\": …} {\"Grade\": …} "
	  "{\"i64?\": …}, found an empty object" },
	{ SHAPE, FORMAT_JSON, "{\"Circle\":1}", NULL, "{\"i64?\": …}, found `Circle`" },
	{ SHAPE, FORMAT_JSON, "{\"Grade\":\"poor\",\n\"i64?\":1}", NULL, "line 2: a choice has one arm, and here is a second, found `i64?`" },
	{ SHAPE, FORMAT_JSON, "3", NULL, "expected Reading | [i64] | Grade | i64?, found a number" },
	{ MAYBE_SHAPE, FORMAT_JSON, "3", NULL, "expected (Reading | [i64] | Grade | i64?)?, found a number" },
	{ MAYBE_SHAPE, FORMAT_JSON, "null", "null\n", "" },
	{ SHAPES, FORMAT_JSON, "3", NULL, "expected [Reading | [i64] | Grade | i64?], found a number" },
	{ SHAPES, FORMAT_JSONL, "{\"Grade\":\"fair\"}\n\n{\"[i64]\":[ 1 ,2]}", "[{\"Grade\":\"fair\"},{\"[i64]\":[1,2]}]\n", "" },
	{ SHAPES, FORMAT_JSONL, "{\"Grade\":\"fair\"}\n{\"Reading\":{\"sensor\":1}}\n", NULL,
	  "line 2, field `Reading.sensor`: expected string, found a number" },
	{ MAYBE_SHAPES, FORMAT_JSON, "[null, {\"i64?\":null}]", "[null,{\"i64?\":null}]\n", "" },
	{ OUTER, FORMAT_JSON, "{\"inner\":{\"Grade\":\"good\"}}", "{\"inner\":{\"Grade\":\"good\"}}\n", "" },
	{ OUTER, FORMAT_JSON, "{\"inner\":{\"Grade\":\"god\"}}", NULL, "line 1, field `inner.Grade`: expected one of Grade" },
	{ OUTER, FORMAT_JSON, "{\"inner\":{}}", NULL, "line 1, field `inner`: expected one arm" },
	{ OUTER, FORMAT_CSV, "inner\n", NULL, "csv holds records" },
	{ DRAWING, FORMAT_JSON, "{\"flow\": {},\"all\":[{\"[i64]\":[]}],\"outer\":{\"bool\":true},\"shape\":{\"Reading\":{\"value\":1,"
	  "\"sensor\":\"s\",\"at\":\"2025-01-01T00:00:00Z\"}}}", "{\"shape\":{\"Reading\":{\"sensor\":\"s\",\"at\":\"2025-01-01T00:00:00Z\","
	  "\"value\":1}},\"outer\":{\"bool\":true},\"all\":[{\"[i64]\":[]}],\"flow\":{}}\n", "" },
	{ DRAWING, FORMAT_JSON, "{\"shape\":{\"Reading\":{\"value\":1,\"at\":\"2025-01-01T00:00:00Z\"}}}", NULL,
	  "field `shape.Reading.sensor`: is missing, expected string" },
	{ DRAWING, FORMAT_CSV, "shape\n", NULL, "field `shape`: csv holds scalar fields only, not Reading | [i64] | Grade | i64?" },
	{ SHORT, FORMAT_NATURAL, "four", "four", "" },
	{ SHORT, FORMAT_NATURAL, "fives", NULL, "line 1: expected string[4], found 5 bytes" },
	{ SHORT, FORMAT_JSON, "\"\\u00e4\\u00e4\"", "\xC3\xA4\xC3\xA4", "" },
	{ SHORT, FORMAT_JSON, "\n\"fives\"", NULL, "line 2: expected string[4], found 5 bytes" },
	{ LABEL, FORMAT_JSON, "{\"code\":\"abcd\",\n\"other\":\"abcde\"}", NULL, "line 2, field `other`: expected string[4], found 5 bytes" },
	{ LABELS, FORMAT_CSV, "code,other\nabcd,\nabcde,\n", NULL, "line 3, field `code`: expected string[4], found 5 bytes" },
	{ FLOW, FORMAT_JSON, "{ \"a\" : [ 1.50, {} , [], null, true, \"\\u0041\\n\" ] , \"b\":{\"c\":false}, \"a\":1 }\n",
	  "{\"a\":[1.50,{},[],null,true,\"A\\n\"],\"b\":{\"c\":false},\"a\":1}\n", "" },
	{ FLOW, FORMAT_JSON, "{\"a\":}", NULL, "line 1: not JSON" },
	{ FLOW, FORMAT_JSON, "[]", NULL, "expected flow, found a list" },
	{ MAYBE_READINGS, FORMAT_JSON, "[null,{\"sensor\":\"a\",\"at\":\"2025-01-01T00:00:00Z\",\"value\":1},null]",
	  "null\n{\"sensor\":\"a\",\"at\":\"2025-01-01T00:00:00Z\",\"value\":1}\nnull\n", "" },
};

static void test_cases(const struct plan *p)
{
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct buf out = BUF_INIT, error = BUF_INIT;
		bool ok = value_import(p, cases[i].type, cases[i].format, cases[i].text, strlen(cases[i].text), &out, &error);
		const char *expected = cases[i].natural ? cases[i].natural : cases[i].message;
		const char *got = ok ? buf_str(&out) : buf_str(&error);

		if (ok != (cases[i].natural != NULL) || (ok ? strcmp(got, expected) != 0 : !strstr(got, expected))) {
			fprintf(stderr, "case %zu: %s\n  got      %s\n  expected %s\n", i, cases[i].text, got, expected);
			exit(1);
		}
		if (ok) {	/* natural text imports as itself */
			struct buf again = BUF_INIT;

			CHECK(value_import(p, cases[i].type, FORMAT_NATURAL, out.p ? out.p : "", out.len, &again, &error));
			CHECK(strcmp(buf_str(&again), buf_str(&out)) == 0);
			buf_release(&again);
		}
		buf_release(&out);
		buf_release(&error);
	}
}

/* ---- random values ---- */

static uint64_t seed = 1;

static uint64_t next_random(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

static void random_text(struct buf *out)
{
	static const char *const pieces[] = { "a", "\"", ",", "\n", "\r\n", "\\", "\xC3\xA4", " ", "\t", "\xF0\x9F\x98\x80", "" };
	struct buf raw = BUF_INIT;

	for (uint64_t n = next_random() % 6; n; n--)
		buf_addstr(&raw, pieces[next_random() % 11]);
	json_quote(out, buf_str(&raw), raw.len);
	buf_release(&raw);
}

static void random_value(const struct plan *p, uint32_t type, struct buf *out);

static void random_record(const struct plan *p, const struct plan_type *t, struct buf *out)
{
	uint32_t from = (uint32_t)(next_random() % t->count);
	bool any = false;

	buf_addch(out, '{');
	for (uint32_t n = 0; n < t->count; n++) {
		const struct plan_field *f = &p->field[t->first + (from + n) % t->count];

		if (p->type[f->type].kind == PLAN_OPTIONAL && next_random() % 2)
			continue;
		buf_printf(out, "%s\"%s\": ", any ? "," : "", f->name);
		random_value(p, f->type, out);
		any = true;
	}
	buf_addch(out, '}');
}

static void random_value(const struct plan *p, uint32_t type, struct buf *out)
{
	const struct plan_type *t = &p->type[type];
	uint64_t bits = next_random();
	double d;

	switch ((enum plan_type_kind)t->kind) {
	case PLAN_BOOL: buf_addstr(out, bits & 1 ? "true" : "false"); break;
	case PLAN_I32: buf_printf(out, "%d", (int)(int32_t)bits); break;
	case PLAN_I64: buf_printf(out, "%lld", (long long)(int64_t)bits >> (bits % 60)); break;
	case PLAN_U32: buf_printf(out, "%u", (unsigned)(uint32_t)bits); break;
	case PLAN_U64: buf_printf(out, "%llu", (unsigned long long)bits); break;
	case PLAN_F32:
	case PLAN_F64:
		d = (double)(int64_t)bits / (double)(1 + next_random() % 1000000);
		buf_printf(out, "%.*g", (int)(1 + bits % 17), d);
		break;
	case PLAN_STRING:
		if (t->params)
			buf_printf(out, "\"%.*s\"", (int)(bits % (t->params + 1)), "abcdefgh");
		else
			random_text(out);
		break;
	case PLAN_BYTES: buf_addstr(out, bits % 3 == 0 ? "\"\"" : bits % 3 == 1 ? "\"AA==\"" : "\"/+9x\""); break;
	case PLAN_TIME:
		buf_printf(out, "\"%04d-%02d-%02dT%02d:00:00.%0*dZ\"", (int)(bits % 10000), (int)(bits / 3 % 12) + 1,
			   (int)(bits / 5 % 28) + 1, (int)(bits / 7 % 24), (int)(bits % 9) + 1, (int)(bits % 9));
		break;
	case PLAN_DURATION: buf_printf(out, "%.*g", (int)(1 + bits % 17), (double)(bits % 1000000) / 997); break;
	case PLAN_ENUM: buf_printf(out, "\"%s\"", p->field[t->first + bits % t->count].name); break;
	case PLAN_RECORD: random_record(p, t, out); break;
	case PLAN_LIST:
		buf_addch(out, '[');
		for (uint64_t n = bits % 5; n; n--) {
			random_value(p, t->elem, out);
			buf_addstr(out, n > 1 ? " , " : "");
		}
		buf_addch(out, ']');
		break;
	case PLAN_OPTIONAL:
		if (bits & 1)
			random_value(p, t->elem, out);
		else
			buf_addstr(out, "null");
		break;
	case PLAN_CHOICE: {
		const struct plan_field *arm = &p->field[t->first + bits % t->count];

		buf_printf(out, "{ \"%s\" :", arm->name);
		random_value(p, arm->type, out);
		buf_addch(out, '}');
		break;
	}
	case PLAN_FLOW: buf_addstr(out, bits & 1 ? "{ }" : "{\"nodes\": [ 1, {\"a\" :null} ], \"x\":{}}"); break;
	case PLAN_FILE: break;
	}
}

/* Natural text → the format → natural text: the same. */
static void there_and_back(const struct plan *p, uint32_t type, enum plan_format format, const struct buf *natural)
{
	struct buf out = BUF_INIT, back = BUF_INIT, error = BUF_INIT;

	if (!value_export(p, type, format, natural->p, natural->len, &out, &error) ||
	    !value_import(p, type, format, out.p ? out.p : "", out.len, &back, &error) || back.len != natural->len ||
	    (back.len && memcmp(back.p, natural->p, back.len) != 0)) {
		fprintf(stderr, "type %u format %d\nnatural %s\nout     %s\nback    %s\nerror   %s\n", type, (int)format, natural->p,
			buf_str(&out), buf_str(&back), buf_str(&error));
		exit(1);
	}
	buf_release(&out);
	buf_release(&back);
	buf_release(&error);
}

static void check_items(const struct plan *p, uint32_t type, const struct buf *natural)
{
	struct value_items items;
	struct buf joined = BUF_INIT, back = BUF_INIT, error = BUF_INIT;

	CHECK(value_items(p, type, buf_str((struct buf *)natural), natural->len, &items, &error));
	buf_addch(&joined, '[');
	for (uint32_t i = 0; i < items.count; i++) {
		buf_addstr(&joined, i ? "," : "");
		buf_add(&joined, natural->p + items.start[i], items.end[i] - items.start[i]);
	}
	buf_addch(&joined, ']');
	CHECK(value_from_json(p, type, joined.p, joined.len, &back, &error));
	CHECK(back.len == natural->len && (back.len == 0 || memcmp(back.p, natural->p, back.len) == 0));
	value_items_release(&items);
	buf_release(&joined);
	buf_release(&back);
}

static void test_random(const struct plan *p)
{
	static const uint32_t kinds[] = { BOOL, I32, TYPE_I64, U32, U64, F32, F64, TYPE_STRING, BYTES, TIME, DURATION, GRADE, READING,
		READINGS, NUMBERS, MAYBE_READINGS, NEST, MAYBE_NUMBERS, FLOATS, ALL, ALLS, TYPE_STRINGS, SHAPE, SHAPES, MAYBE_SHAPES, OUTER,
		SHORT, FLOW, DRAWING, DRAWINGS, LABELS };

	for (int round = 0; round < 20000; round++) {
		uint32_t type = kinds[next_random() % (sizeof kinds / sizeof kinds[0])];
		struct buf json = BUF_INIT, natural = BUF_INIT, error = BUF_INIT;
		bool list = p->type[type].kind == PLAN_LIST;

		random_value(p, type, &json);
		if (!value_from_json(p, type, json.p, json.len, &natural, &error)) {
			fprintf(stderr, "%s\n%s\n", json.p, error.p);
			exit(1);
		}
		buf_addstr(&natural, "");
		there_and_back(p, type, FORMAT_JSON, &natural);
		there_and_back(p, type, FORMAT_NATURAL, &natural);
		CHECK(value_check(p, type, FORMAT_NATURAL, natural.p, natural.len, &error));
		if (list) {
			there_and_back(p, type, FORMAT_JSONL, &natural);
			check_items(p, type, &natural);
		}
		if (type == READINGS || type == READING || type == ALLS || type == LABELS)
			there_and_back(p, type, FORMAT_CSV, &natural);
		buf_release(&json);
		buf_release(&natural);
	}
}

/* ---- arguments ---- */

static const struct {
	uint32_t type;
	const char *path, *json, *text;	/* text NULL: absent; "!…": refused with that */
} arguments[] = {
	{ TYPE_I64, "", "42", "42" },
	{ TYPE_STRING, "", "\"a\\n\\\"b\\\\\"", "a\n\"b\\" },
	{ TYPE_STRING, "", "\"a\\u0000\"", "!NUL" },
	{ GRADE, "", "\"good\"", "good" },
	{ BOOL, "", "true", "true" },
	{ DURATION, "", "1e3", "1000" },
	{ TIME, "", "\"2025-01-01T00:00:00.0Z\"", "2025-01-01T00:00:00Z" },
	{ MAYBE_I64, "", "null", NULL },
	{ MAYBE_I64, "", "", NULL },
	{ MAYBE_I64, "", "7", "7" },
	{ NUMBERS, "[1]", "[1, 2,3]", "2" },
	{ NUMBERS, "[3]", "[1,2,3]", "!index 3 is beyond the list, which has 3 items" },
	{ NUMBERS, "[0]", "[]", "!beyond" },
	{ NUMBERS, "", "[1]", "![i64] has no text of its own" },
	{ NUMBERS, ".x", "[1]", "!leads nowhere in [i64]" },
	{ NUMBERS, "[", "[1]", "!leads nowhere" },
	{ NUMBERS, "[99999999999]", "[1]", "!leads nowhere" },
	{ READING, ".sensor", "{\"sensor\":\"}\\\"]\",\"at\":\"2025-01-01T00:00:00Z\",\"value\":1}", "}\"]" },
	{ READING, ".value", "{\"sensor\":\"a\",\"at\":\"2025-01-01T00:00:00Z\",\"value\":1.50}", "1.5" },
	{ READING, ".note", "{\"sensor\":\"a\",\"at\":\"2025-01-01T00:00:00Z\",\"value\":1.50}", NULL },
	{ READING, ".nothing", "{}", "!leads nowhere" },
	{ READING, ".value", "{}", "!is missing" },
	{ NEST, ".all[1].value", "{\"of\":{\"sensor\":\"a\",\"at\":\"2025-01-01T00:00:00Z\",\"value\":1},\"ns\":[1,2],\"all\":["
	  "{\"sensor\":\"a\",\"at\":\"2025-01-01T00:00:00Z\",\"value\":1},{\"sensor\":\"b\",\"at\":\"2025-01-01T00:00:00Z\",\"value\":9}]}",
	  "9" },
	{ MAYBE_READINGS, "[0].value", "[null]", NULL },
	{ DRAWING, ".code", "{\"shape\":{\"i64?\":null},\"outer\":{\"bool\":true},\"all\":[],\"code\":\"ab\",\"flow\":{\"code\":1}}", "ab" },
	{ SHAPE, "", "{\"i64?\":null}", "!Reading | [i64] | Grade | i64? has no text of its own" },
};

static void test_arguments(const struct plan *p)
{
	struct buf out = BUF_INIT, error = BUF_INIT;
	uint32_t count;

	for (size_t i = 0; i < sizeof arguments / sizeof arguments[0]; i++) {
		const char *expected = arguments[i].text;
		bool absent, ok;

		buf_clear(&out);
		buf_clear(&error);
		ok = value_argument(p, arguments[i].type, arguments[i].path, arguments[i].json, strlen(arguments[i].json), &out, &absent,
				    &error);
		if (ok ? absent != !expected || (expected && strcmp(buf_str(&out), expected)) :
			 !expected || *expected != '!' || !strstr(error.p, expected + 1)) {
			fprintf(stderr, "argument %zu: got %s, error %s\n", i, buf_str(&out), buf_str(&error));
			exit(1);
		}
	}
	buf_clear(&out);
	CHECK(value_arguments(p, TYPE_STRINGS, "", "[\"a b\",\"\",\"c\"]", 14, &out, &count, &error));
	CHECK(count == 3 && out.len == 7 && memcmp(out.p, "a b\0\0c\0", 7) == 0);
	buf_clear(&out);
	CHECK(value_arguments(p, MAYBE_NUMBERS, "", "[1,null,2]", 10, &out, &count, &error));
	CHECK(count == 2 && out.len == 4 && memcmp(out.p, "1\0" "2\0", 4) == 0);
	CHECK(value_arguments(p, MAYBE_I64, "", "null", 4, &out, &count, &error) && count == 0);
	CHECK(!value_arguments(p, READINGS, "", "[]x", 3, &out, &count, &error));
	buf_release(&out);
	buf_release(&error);
}

static void test_hostile(const struct plan *p)
{
	struct buf text = BUF_INIT, out = BUF_INIT, error = BUF_INIT;

	for (int i = 0; i < 1000000; i++)
		buf_addch(&text, '[');
	CHECK(!value_import(p, NUMBERS, FORMAT_JSON, text.p, text.len, &out, &error));
	buf_clear(&text);
	buf_addstr(&text, "{\"more\":");
	for (int i = 0; i < 1000000; i++)
		buf_addch(&text, '[');
	CHECK(!value_import(p, READING, FORMAT_JSON, text.p, text.len, &out, &error));
	CHECK(strstr(error.p, "deep"));
	buf_clear(&text);
	for (int i = 0; i < 1000000; i++)
		buf_addch(&text, '9');
	buf_clear(&error);
	CHECK(!value_import(p, F64, FORMAT_JSON, text.p, text.len, &out, &error) && error.len < 200);
	CHECK(!value_import(p, TYPE_I64, FORMAT_JSON, text.p, text.len, &out, &error));
	CHECK(!value_import(p, DURATION, FORMAT_JSON, text.p, text.len, &out, &error));
	buf_release(&text);
	buf_release(&out);
	buf_release(&error);
}

/* Prints times of large texts: `value 1000000`. */
static void measure(const struct plan *p, long rows)
{
	struct buf text = BUF_INIT, out = BUF_INIT, csv = BUF_INIT, error = BUF_INIT;
	clock_t start;

	for (long i = 0; i < rows; i++)
		buf_printf(&text, "{\"sensor\":\"s%ld\",\"at\":\"2025-01-01T00:00:00.5Z\",\"value\":%ld.25}\n", i % 100, i);
	start = clock();
	CHECK(value_import(p, READINGS, FORMAT_JSONL, text.p, text.len, &out, &error));
	printf("%ld rows, %zu bytes: jsonl in %.3f s", rows, text.len, (double)(clock() - start) / CLOCKS_PER_SEC);
	start = clock();
	CHECK(value_export(p, READINGS, FORMAT_CSV, out.p, out.len, &csv, &error));
	printf(", csv out %.3f s", (double)(clock() - start) / CLOCKS_PER_SEC);
	start = clock();
	buf_clear(&out);
	CHECK(value_import(p, READINGS, FORMAT_CSV, csv.p, csv.len, &out, &error));
	printf(", csv in %.3f s\n", (double)(clock() - start) / CLOCKS_PER_SEC);
	buf_release(&text);
	buf_release(&out);
	buf_release(&csv);
}

int main(int argc, char **argv)
{
	struct plan *p = types();

	if (argc > 1) {
		measure(p, strtol(argv[1], NULL, 10));
	} else {
		test_cases(p);
		test_random(p);
		test_arguments(p);
		test_hostile(p);
		CHECK(value_path_type(p, NEST, ".all[3].value") == F64);
		CHECK(value_path_type(p, NEST, ".all.value") == PLAN_NONE);
		CHECK(value_path_type(p, DRAWING, ".shape.Reading") == PLAN_NONE && value_path_type(p, DRAWING, ".code") == MAYBE_SHORT);
		CHECK(value_is_folder(p, TYPE_FILES) && value_is_file(p, TYPE_FILE) && !value_is_file(p, TYPE_FILES));
		CHECK(value_natural_format(p, MAYBE_READINGS) == FORMAT_JSONL && value_natural_format(p, BYTES) == FORMAT_RAW);
	}
	plan_free(p);
	return 0;
}
