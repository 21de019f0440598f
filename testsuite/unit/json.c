/* JSON: events with their offsets, refusals with theirs, and the writer's one form. */
#include "base/json.h"
#include "base/json_ahead.h"
#include "testsuite/unit/test.h"

#include <math.h>

struct trace {
	const char *text;
	struct buf out;
	unsigned stop_after;
};

static bool note(void *ctx, const struct json_event *ev)
{
	static const char letters[] = "nb0sk{}[]";
	struct trace *t = ctx;

	buf_printf(&t->out, "%c@%zu", letters[ev->kind], ev->at);
	if (ev->kind == JSON_NUMBER || ev->kind == JSON_STRING || ev->kind == JSON_KEY)
		buf_printf(&t->out, "%s%.*s", ev->in_place ? "=" : "~", (int)ev->len, ev->text);
	if (ev->kind == JSON_BOOL)
		buf_addstr(&t->out, ev->boolean ? "=true" : "=false");
	buf_addch(&t->out, ' ');
	return !t->stop_after || --t->stop_after;
}

static void check_events(const char *text, const char *wanted)
{
	struct trace t = { .text = text };
	struct json_error err;

	if (!CHECK(json_read(text, strlen(text), 8, note, &t, &err)))
		printf("  %s: %s at %zu\n", text, err.message, err.at);
	CHECK_TEXT(buf_str(&t.out), wanted);
	buf_release(&t.out);
}

/* However the text is cut, the events are the same. */
static void check_parts(const char *text)
{
	struct trace whole = { .text = text };
	struct json_error err, cut;
	bool ok = json_read(text, strlen(text), 8, note, &whole, &err);

	for (size_t part = 4; part < 40; part++) {
		struct trace t = { .text = text };
		struct json_input in = { .text = text, .len = strlen(text), .part = part, .max_depth = 8 };

		CHECK(json_read_parts(&in, note, &t, &cut) == ok && (ok || cut.message[0]));
		CHECK_TEXT(buf_str(&t.out), buf_str(&whole.out));
		buf_release(&t.out);
	}
	buf_release(&whole.out);
}

static void check_refused(const char *text, size_t len, size_t at)
{
	struct trace t = { .text = text };
	struct json_error err;

	if (!CHECK(!json_read(text, len, 8, note, &t, &err) && err.at == at && err.message[0]))
		printf("  %s: %s at %zu, wanted %zu\n", text, err.message, err.at, at);
	buf_release(&t.out);
}

static void test_read(void)
{
	struct trace t = { .stop_after = 2 };
	struct json_error err;

	check_events(" {\"a\" : [1, -2.50e3, true,false ,null]} ",
		     "{@1 k@2=a [@8 0@9~1 0@12~-2.50e3 b@21=true b@26=false n@33 ]@37 }@38 ");
	check_events("[\"x\\ny\", \"\", \"\\\\\", \"\\\"q\\\"\", \"é\", \"\\ud83d\\ude00\"]",
		     "[@0 s@1~x\ny s@9= s@13~\\ s@19~\"q\" s@28=é s@34~\xF0\x9F\x98\x80 ]@48 ");
	check_events("{\"\\u0061\":{}}", "{@0 k@1~a {@10 }@11 }@12 ");
	check_events("42", "0@0~42 ");
	check_parts(" {\"a\" : [1, -2.50e3, true,false ,null], \"b\": {}, \"\": \"\"} ");
	check_parts("[\"x\\ny\", \"a long one without any escape\", \"\\\\\", \"\\\"q\\\"\", \"é€😀é€😀é€😀\", \"\\ud83d\\ude00\", \"\\u0061\"]");
	check_parts("[123456789012345678901234567890, 1.25, -7]");
	check_parts("123456789012");
	check_parts("[1, 2, {\"a\": 1} x]");
	check_parts("[1, 2, \"never closed");
	check_events(" 42", "0@1~42 ");
	check_events("\"s\"", "s@0=s ");
	check_events("true", "b@0=true ");
	CHECK(!json_read("[1,2,3]", 7, 8, note, &t, &err) && err.at == 1 && err.message[0] == '\0');
	buf_release(&t.out);
}

static void test_refuse(void)
{
	check_refused("", 0, 0);
	check_refused("[1,", 3, 3);
	check_refused("\"abc", 4, 4);
	check_refused("{} {}", 5, 3);
	check_refused("[1 2]", 5, 3);
	check_refused("[\"\xff\"]", 5, 2);
	check_refused("[\"\\ud800\"]", 10, 1);
	check_refused("[\"\\udc00x\"]", 11, 1);
	check_refused("[\"\\ud800\\u0041\"]", 16, 1);
	check_refused("[[[[[[[[[1]]]]]]]]]", 19, 8);
	check_refused("[1,]", 4, 3);
	check_refused("{\"abc\" \"def\"}", 13, 7);
	check_refused("[1 tru]", 7, 3);
	check_refused("[\"a\nb\"]", 7, 2);
}

static void test_write(void)
{
	struct buf b = BUF_INIT;
	struct json_writer w;

	json_writer_init(&w, &b, 1);
	json_object(&w);
	json_key(&w, "a\n\"\x01");
	json_array(&w);
	json_i64(&w, INT64_MIN);
	json_u64(&w, UINT64_MAX);
	json_f64(&w, 0.1);
	json_f64(&w, NAN);
	json_array_end(&w);
	json_key(&w, "b");
	json_object(&w);
	json_object_end(&w);
	json_key(&w, "c");
	json_raw(&w, "[]", 2);
	json_key(&w, "d");
	json_bool(&w, true);
	json_object_end(&w);
	CHECK_TEXT(buf_str(&b), "{\n  \"a\\n\\\"\\u0001\": [-9223372036854775808,18446744073709551615,0.1,null],\n"
				"  \"b\": {},\n  \"c\": [],\n  \"d\": true\n}");
	buf_release(&b);
}

/* Items behind the first, however the text is cut; what follows the list is not looked at. */
static void check_ahead(const char *behind, uint64_t items, bool done)
{
	size_t len = strlen(behind);
	for (size_t part = 1; part <= len; part++) {
		struct json_ahead ahead = { 0 };
		for (size_t at = 0; at < len; at += part)
			json_ahead_feed(&ahead, behind + at, len - at < part ? len - at : part);
		CHECK(ahead.items == items && ahead.done == done);
	}
}

static void test_ahead(void)
{
	check_ahead("]", 0, true);
	check_ahead(" , 2, 3] , 4, 5]", 2, true);
	check_ahead(", [1, 2, [3, 4]], {\"a\": 1, \"b\": [2, 3]}, 5]}, 6", 3, true);
	check_ahead(", \"a, b], \\\", c\", \"\\\\\", \"]\" ]", 3, true);
	check_ahead(", 1, \"never closed, ]", 2, false);
	check_ahead(", 1, 2, [[", 3, false);
}

int main(void)
{
	test_ahead();
	test_read();
	test_refuse();
	test_write();
	return test_end();
}
