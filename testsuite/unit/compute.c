/*
 * Expressions on run-time values: each kind of node by cases, its failures with their words, limits of work and memory, and what plan_check
 * refuses. That they mean what they mean at compile time, testsuite/compiler/expressions tries on random ones.
 */
#include "runtime/compute.h"

#include <stdarg.h>
#include <stdlib.h>
#include "base/mem.h"
#include "testsuite/unit/plan_build.h"
#include "testsuite/unit/test.h"

enum {
	BOOL = TYPE_STRINGS + 1, I32, U32, U64, F32, F64, BYTES, TIME, DURATION, GRADE, MAYBE, ROW, ROWS, ROW_LISTS, NUMBERS, NUMBER_LISTS,
	CHOICE, TRUTHS, FLOW, MAYBES, CHOICES, FILE_LISTS, MAYBE_FILE, ALL_TYPES
};
/* The arguments that every expression here can use. */
enum { A_I64, B_I64, A_I32, A_U64, A_F64, A_F32, A_STRING, A_TIME, A_DURATION, A_GRADE, A_MAYBE, A_ROWS, A_NUMBERS, A_CHOICE, A_BYTES, B_TIME,
	A_BOOL, A_ABSENT, A_U32, ARGS };
static const struct { uint32_t type; const char *json; } args[ARGS] = {
	[A_I64] = { TYPE_I64, "7" }, [B_I64] = { TYPE_I64, "-9223372036854775808" }, [A_I32] = { I32, "2147483647" },
	[A_U64] = { U64, "18446744073709551615" }, [A_F64] = { F64, "0.1" }, [A_F32] = { F32, "0.1" },
	[A_STRING] = { TYPE_STRING, "\"a\\u00e4\\n\\\"\\\\\\u0001\"" }, [A_TIME] = { TIME, "\"2025-03-01T14:00:00.5Z\"" },
	[A_DURATION] = { DURATION, "90.25" }, [A_GRADE] = { GRADE, "\"fair\"" }, [A_MAYBE] = { MAYBE, "5" },
	[A_ROWS] = { ROWS, "[{\"k\":\"x\",\"n\":1},{\"o\":3,\"n\":2,\"k\":\"y\"},{\"k\":\"x\",\"n\":3,\"o\":null}]" },
	[A_NUMBERS] = { NUMBERS, "[1, 2,3,4,5]" }, [A_CHOICE] = { CHOICE, "{\"Grade\":\"poor\"}" }, [A_BYTES] = { BYTES, "\"aGk=\"" },
	[B_TIME] = { TIME, "\"9999-12-31T23:59:59.999999999Z\"" }, [A_BOOL] = { BOOL, "true" }, [A_ABSENT] = { MAYBE, "null" },
	[A_U32] = { U32, "4294967295" },
};

static struct plan *p;
static bool keep;	/* the functions, for a seed */

static struct plan *types(void)
{
	static const uint8_t scalars[] = { PLAN_BOOL, PLAN_I32, PLAN_U32, PLAN_U64, PLAN_F32, PLAN_F64, PLAN_BYTES, PLAN_TIME, PLAN_DURATION };
	uint32_t field;

	p = build_text();
	for (size_t i = 0; i < sizeof scalars; i++)
		build_type(p, (struct plan_type){ .kind = scalars[i] });
	field = build_field(p, "good", PLAN_NONE);
	build_field(p, "fair", PLAN_NONE);
	build_field(p, "poor", PLAN_NONE);
	build_type(p, (struct plan_type){ .kind = PLAN_ENUM, .name = "Grade", .first = field, .count = 3 });
	build_type(p, (struct plan_type){ .kind = PLAN_OPTIONAL, .elem = TYPE_I64 });
	field = build_field(p, "k", TYPE_STRING);
	build_field(p, "n", TYPE_I64);
	build_field(p, "o", MAYBE);
	build_type(p, (struct plan_type){ .kind = PLAN_RECORD, .name = "Row", .first = field, .count = 3 });
	build_type(p, (struct plan_type){ .kind = PLAN_LIST, .elem = ROW });
	build_type(p, (struct plan_type){ .kind = PLAN_LIST, .elem = ROWS });
	build_type(p, (struct plan_type){ .kind = PLAN_LIST, .elem = TYPE_I64 });
	build_type(p, (struct plan_type){ .kind = PLAN_LIST, .elem = NUMBERS });
	field = build_field(p, "Row", ROW);
	build_field(p, "i64", TYPE_I64);
	build_field(p, "Grade", GRADE);
	build_type(p, (struct plan_type){ .kind = PLAN_CHOICE, .first = field, .count = 3 });
	build_type(p, (struct plan_type){ .kind = PLAN_LIST, .elem = BOOL });
	build_type(p, (struct plan_type){ .kind = PLAN_FLOW });
	build_type(p, (struct plan_type){ .kind = PLAN_LIST, .elem = MAYBE });
	build_type(p, (struct plan_type){ .kind = PLAN_LIST, .elem = CHOICE });
	build_type(p, (struct plan_type){ .kind = PLAN_LIST, .elem = TYPE_FILES });
	build_type(p, (struct plan_type){ .kind = PLAN_OPTIONAL, .elem = TYPE_FILE });
	return p;
}

/* A node; `kids` are places of expressions. */
static uint32_t node(enum plan_expr_kind kind, uint32_t type, uint32_t a, unsigned kids, ...)
{
	struct plan_expr x = { .kind = (uint8_t)kind, .type = type, .a = a, .first = p->items, .kids = kids, .loc = "t.cf:3" };
	va_list ap;

	va_start(ap, kids);
	for (unsigned i = 0; i < kids; i++)
		build_item(p, va_arg(ap, uint32_t));
	va_end(ap);
	return build_expr(p, x);
}

static uint32_t arg(uint32_t i)
{
	return node(EXPR_ARG, args[i].type, i, 0);
}

static uint32_t local(uint32_t type, uint32_t i)
{
	return node(EXPR_LOCAL, type, i, 0);
}

static uint32_t constant(uint32_t type, const char *json)
{
	return node(EXPR_CONST, type, build_const(p, json, type), 0);
}

static uint32_t integer(int64_t v)
{
	return constant(TYPE_I64, arena_printf(&p->arena, "%lld", (long long)v));
}

static uint32_t op(enum plan_op o, uint32_t type, uint32_t a, uint32_t b)
{
	uint32_t x = node(EXPR_BINARY, type, 0, 2, a, b);

	p->expr[x].op = (uint8_t)o;
	return x;
}

static uint32_t function(uint32_t root)
{
	static uint32_t first = PLAN_NONE;
	uint32_t f;

	if (first == PLAN_NONE)
		for (uint32_t i = 0; i < ARGS; i++) {
			uint32_t port = build_port(p, arena_printf(&p->arena, "a%u", i), args[i].type);

			first = i ? first : port;
		}
	f = build_func(p, (struct plan_func){ .name = "x", .first_param = first, .params = ARGS, .loc = "t.cf:1",
					      .first_result = build_port(p, "out", p->expr[root].type), .results = 1 });
	p->func[f].expr = root;
	p->func[f].group = PLAN_NONE;
	return f;
}

/* "= json", or "! message". */
static void evaluates(uint32_t root, const char *wanted, int line)
{
	struct compute *c = compute_new(p);
	struct value_node value[ARGS], result;
	struct buf got = BUF_INIT, error = BUF_INIT;
	uint32_t f = function(root);
	const char *loc;

	if (!plan_check(p, &error)) {
		test_check(false, error.p, __FILE__, line);
	} else {
		for (int round = 0; round < 2; round++) {	/* the second one finds its constants loaded */
			compute_begin(c);
			for (uint32_t i = 0; i < ARGS; i++)
				CHECK(compute_load(c, args[i].type, args[i].json, strlen(args[i].json), &value[i], &error));
			buf_clear(&got);
			buf_clear(&error);
			if (compute_run(c, &p->func[f], value, &result, &loc, &error) &&
			    value_node_json(p, p->expr[root].type, &result, 1 << 20, &got))
				buf_clear(&error);
			else
				test_check(strcmp(loc, "t.cf:3") == 0, "the failure has its place", __FILE__, line);
			if (wanted[0] == '=')
				test_equal(error.len ? error.p : buf_str(&got), wanted + 2, __FILE__, line);
			else if (!test_check(strstr(buf_str(&error), wanted + 2) != NULL, wanted, __FILE__, line))
				printf("  got: %s %s\n", buf_str(&error), buf_str(&got));
		}
	}
	if (!keep)
		p->funcs = f;
	compute_free(c);
	buf_release(&got);
	buf_release(&error);
}
#define EVAL(root, wanted) evaluates((root), (wanted), __LINE__)

static void test_scalars(void)
{
	EVAL(arg(A_STRING), "= \"aä\\n\\\"\\\\\\u0001\"");
	EVAL(arg(B_TIME), "= \"9999-12-31T23:59:59.999999999Z\"");
	EVAL(op(PLAN_OP_ADD, TYPE_I64, arg(A_I64), integer(3)), "= 10");
	EVAL(op(PLAN_OP_SUB, TYPE_I64, arg(B_I64), integer(1)), "! overflow");
	EVAL(op(PLAN_OP_DIV, TYPE_I64, arg(B_I64), integer(-1)), "! overflow");
	EVAL(op(PLAN_OP_MOD, TYPE_I64, arg(B_I64), integer(-1)), "= 0");
	EVAL(op(PLAN_OP_MOD, TYPE_I64, arg(A_I64), integer(0)), "! division by zero");
	EVAL(op(PLAN_OP_ADD, I32, arg(A_I32), arg(A_I32)), "! does not fit");
	EVAL(op(PLAN_OP_SUB, U32, arg(A_U32), arg(A_U32)), "= 0");
	EVAL(op(PLAN_OP_MUL, U64, arg(A_U64), constant(U64, "1")), "= 18446744073709551615");
	EVAL(op(PLAN_OP_ADD, F64, arg(A_F64), constant(F64, "0.2")), "= 0.30000000000000004");
	EVAL(op(PLAN_OP_ADD, F32, arg(A_F32), constant(F32, "0.2")), "= 0.3");
	EVAL(op(PLAN_OP_DIV, F64, arg(A_F64), constant(F64, "0")), "! division by zero");
	EVAL(op(PLAN_OP_MUL, F64, constant(F64, "1e308"), constant(F64, "10")), "! overflow");
	EVAL(node(EXPR_NEG, TYPE_I64, 0, 1, arg(B_I64)), "! overflow");
	EVAL(node(EXPR_NEG, F64, 0, 1, arg(A_F64)), "= -0.1");
	EVAL(node(EXPR_NEG, DURATION, 0, 1, arg(A_DURATION)), "= -90.25");
	EVAL(node(EXPR_SECONDS, F64, 0, 1, arg(A_DURATION)), "= 90.25");
	EVAL(op(PLAN_OP_ADD, TIME, arg(A_TIME), arg(A_DURATION)), "= \"2025-03-01T14:01:30.75Z\"");
	EVAL(op(PLAN_OP_SUB, DURATION, arg(A_TIME), constant(TIME, "\"2025-03-01T13:00:00Z\"")), "= 3600.5");
	EVAL(op(PLAN_OP_SUB, TIME, arg(B_TIME), arg(A_DURATION)), "! does not fit");
	EVAL(op(PLAN_OP_LT, BOOL, arg(A_TIME), arg(B_TIME)), "= true");
	EVAL(op(PLAN_OP_MUL, DURATION, arg(A_DURATION), integer(2)), "= 180.5");
	EVAL(op(PLAN_OP_MUL, DURATION, integer(2), arg(A_DURATION)), "= 180.5");
	EVAL(op(PLAN_OP_DIV, DURATION, arg(A_DURATION), integer(0)), "! division by zero");
	EVAL(op(PLAN_OP_GT, BOOL, arg(A_U64), constant(U64, "1")), "= true");
	EVAL(op(PLAN_OP_LE, BOOL, arg(A_STRING), constant(TYPE_STRING, "\"b\"")), "= true");
	EVAL(op(PLAN_OP_EQ, BOOL, arg(A_BYTES), constant(BYTES, "\"aGk=\"")), "= true");
	EVAL(op(PLAN_OP_EQ, BOOL, constant(F64, "-0"), constant(F64, "0")), "= true");
	EVAL(op(PLAN_OP_NE, BOOL, arg(A_GRADE), constant(GRADE, "\"good\"")), "= true");
	EVAL(node(EXPR_NOT, BOOL, 0, 1, arg(A_BOOL)), "= false");
	EVAL(op(PLAN_OP_OR, BOOL, arg(A_BOOL), op(PLAN_OP_EQ, BOOL, op(PLAN_OP_DIV, TYPE_I64, arg(A_I64), integer(0)), integer(1))), "= true");
	EVAL(op(PLAN_OP_AND, BOOL, arg(A_BOOL), op(PLAN_OP_EQ, BOOL, op(PLAN_OP_DIV, TYPE_I64, arg(A_I64), integer(0)), integer(1))),
	     "! division by zero");
	EVAL(node(EXPR_TEXT, TYPE_STRING, 0, 6, arg(A_I64), constant(TYPE_STRING, "\" \""), arg(A_F32), arg(A_TIME), arg(A_GRADE), arg(A_BYTES)),
	     "= \"7 0.12025-03-01T14:00:00.5ZfairaGk=\"");
}

static void test_absences(void)
{
	EVAL(node(EXPR_ELSE, TYPE_I64, 0, 2, arg(A_MAYBE), op(PLAN_OP_DIV, TYPE_I64, arg(A_I64), integer(0))), "= 5");
	EVAL(node(EXPR_ELSE, TYPE_I64, 0, 2, arg(A_ABSENT), integer(9)), "= 9");
	EVAL(node(EXPR_LIST, MAYBES, 0, 4, arg(A_MAYBE), arg(A_ABSENT), node(EXPR_ABSENT, MAYBE, 0, 0), node(EXPR_SOME, MAYBE, 0, 1, arg(A_I64))),
	     "= [5,null,null,7]");
	EVAL(node(EXPR_HAS, BOOL, 0, 1, arg(A_ABSENT)), "= true");
	EVAL(node(EXPR_HAS, BOOL, 1, 1, arg(A_ABSENT)), "= false");
	EVAL(op(PLAN_OP_EQ, BOOL, arg(A_MAYBE), node(EXPR_SOME, MAYBE, 0, 1, integer(5))), "= true");
	EVAL(op(PLAN_OP_EQ, BOOL, arg(A_MAYBE), arg(A_ABSENT)), "= false");
}

static void test_choices(void)
{
	EVAL(node(EXPR_HAS, BOOL, 2, 1, arg(A_CHOICE)), "= true");
	EVAL(node(EXPR_ARM, GRADE, 2, 1, arg(A_CHOICE)), "= \"poor\"");
	EVAL(node(EXPR_ARM, TYPE_I64, 1, 1, arg(A_CHOICE)), "! the value is of the arm `Grade`, and is used as `i64`");
	EVAL(node(EXPR_LIST, CHOICES, 0, 2, arg(A_CHOICE), node(EXPR_CHOICE, CHOICE, 1, 1, arg(A_I64))), "= [{\"Grade\":\"poor\"},{\"i64\":7}]");
	EVAL(op(PLAN_OP_EQ, BOOL, arg(A_CHOICE), node(EXPR_CHOICE, CHOICE, 2, 1, constant(GRADE, "\"poor\""))), "= true");
	EVAL(op(PLAN_OP_EQ, BOOL, arg(A_CHOICE), node(EXPR_CHOICE, CHOICE, 1, 1, integer(2))), "= false");
}

static void test_lists(void)
{
	uint32_t each = local(ROW, 0), n = node(EXPR_FIELD, TYPE_I64, 1, 1, each), i = local(TYPE_I64, 1), at;

	EVAL(node(EXPR_LEN, TYPE_I64, 0, 1, arg(A_ROWS)), "= 3");
	EVAL(node(EXPR_INDEX, ROW, 0, 2, arg(A_ROWS), integer(1)), "= {\"k\":\"y\",\"n\":2,\"o\":3}");
	EVAL(node(EXPR_INDEX, TYPE_I64, 0, 2, arg(A_NUMBERS), arg(A_I64)), "! index 7 is not in a list of 5 items");
	EVAL(node(EXPR_INDEX, TYPE_I64, 0, 2, arg(A_NUMBERS), integer(-1)), "! index -1 is not in a list of 5 items");
	EVAL(node(EXPR_INDEX, TYPE_I64, 0, 2, arg(A_NUMBERS), arg(A_U64)), "! index 18446744073709551615 is not in a list of 5 items");
	EVAL(node(EXPR_FIELD, MAYBE, 2, 1, node(EXPR_INDEX, ROW, 0, 2, arg(A_ROWS), integer(0))), "= null");
	EVAL(node(EXPR_FOR, NUMBERS, 0, 3, arg(A_ROWS), op(PLAN_OP_MUL, TYPE_I64, n, n), op(PLAN_OP_GT, BOOL, n, integer(1))), "= [4,9]");
	at = node(EXPR_FOR, NUMBERS, 1, 2, node(EXPR_RANGE, NUMBERS, 0, 1, n), op(PLAN_OP_ADD, TYPE_I64, i, n));
	EVAL(node(EXPR_FOR, NUMBER_LISTS, 0, 2, arg(A_ROWS), at), "= [[1],[2,3],[3,4,5]]");
	EVAL(node(EXPR_RANGE, NUMBERS, 0, 2, integer(-1), integer(2)), "= [-1,0,1]");
	EVAL(node(EXPR_RANGE, NUMBERS, 0, 2, integer(5), integer(2)), "= []");
	EVAL(node(EXPR_RANGE, NUMBERS, 0, 2, arg(B_I64), integer(INT64_MAX)), "! more than 5,000,000");
	EVAL(node(EXPR_CHUNKS, NUMBER_LISTS, 0, 2, arg(A_NUMBERS), integer(2)), "= [[1,2],[3,4],[5]]");
	EVAL(node(EXPR_CHUNKS, NUMBER_LISTS, 0, 2, arg(A_NUMBERS), integer(INT64_MAX)), "= [[1,2,3,4,5]]");
	EVAL(node(EXPR_CHUNKS, NUMBER_LISTS, 0, 2, node(EXPR_LIST, NUMBERS, 0, 0), integer(2)), "= []");
	EVAL(node(EXPR_CHUNKS, NUMBER_LISTS, 0, 2, arg(A_NUMBERS), integer(0)), "! at least one item");
	EVAL(node(EXPR_GROUPS, ROW_LISTS, 0, 1, arg(A_ROWS)),
	     "= [[{\"k\":\"x\",\"n\":1},{\"k\":\"x\",\"n\":3}],[{\"k\":\"y\",\"n\":2,\"o\":3}]]");
	EVAL(node(EXPR_RECORD, ROW, 0, 3, arg(A_STRING), arg(A_I64), arg(A_ABSENT)), "= {\"k\":\"aä\\n\\\"\\\\\\u0001\",\"n\":7}");
	EVAL(op(PLAN_OP_EQ, BOOL, arg(A_ROWS), arg(A_ROWS)), "= true");
	EVAL(op(PLAN_OP_EQ, BOOL, arg(A_NUMBERS), node(EXPR_RANGE, NUMBERS, 0, 2, integer(1), integer(6))), "= true");
	EVAL(op(PLAN_OP_EQ, BOOL, arg(A_NUMBERS), node(EXPR_RANGE, NUMBERS, 0, 2, integer(1), integer(5))), "= false");
}

static void test_counts_only(void)
{
	uint32_t f = function(node(EXPR_LEN, TYPE_I64, 0, 1, arg(A_ROWS)));

	CHECK(compute_counts_only(p, &p->func[f], A_ROWS) && compute_counts_only(p, &p->func[f], A_NUMBERS));
	CHECK(!compute_counts_only(p, &p->func[f], A_I64));
	p->funcs = f;
	f = function(op(PLAN_OP_ADD, TYPE_I64, node(EXPR_LEN, TYPE_I64, 0, 1, arg(A_NUMBERS)),
			node(EXPR_INDEX, TYPE_I64, 0, 2, arg(A_NUMBERS), integer(0))));
	CHECK(!compute_counts_only(p, &p->func[f], A_NUMBERS));
	p->funcs = f;
}

/* ---- limits ---- */

static void test_limits(void)
{
	uint32_t x = arg(A_I64), many = node(EXPR_RANGE, NUMBERS, 0, 1, integer(2000000)), s = arg(A_STRING), i = local(TYPE_I64, 0), k = local(TYPE_I64, 1);

	for (int n = 0; n < 24; n++)	/* a tree of 2^24 nodes in 24 */
		x = op(PLAN_OP_SUB, TYPE_I64, x, x);
	EVAL(x, "! takes more than 10000000 steps");
	EVAL(node(EXPR_FOR, NUMBERS, 0, 2, many, node(EXPR_LEN, TYPE_I64, 0, 1, node(EXPR_FOR, NUMBERS, 1, 2, many, op(PLAN_OP_ADD, TYPE_I64, i, k)))),
	     "! takes more than");
	for (int n = 0; n < 20; n++)
		s = node(EXPR_TEXT, TYPE_STRING, 0, 2, s, s);
	EVAL(s, "! a text of more than 1 MiB");
	EVAL(node(EXPR_LEN, TYPE_I64, 0, 1, node(EXPR_LIST, NUMBER_LISTS, 0, 3, many, many, many)), "! MiB of memory");
	EVAL(node(EXPR_LEN, TYPE_I64, 0, 1, many), "= 2000000");
}

static void test_load(void)
{
	struct compute *c = compute_new(p);
	struct buf json = BUF_INIT, error = BUF_INIT;
	struct value_node v;

	compute_begin(c);
	CHECK(!compute_load(c, NUMBERS, "[1,\"x\"]", 7, &v, &error) && strstr(error.p, "field `[1]`: expected i64"));
	buf_clear(&error);
	CHECK(!compute_load(c, TYPE_FILE, "\"x\"", 3, &v, &error) && error.len);
	CHECK(compute_load(c, FLOW, "{ \"a\": \"}\\\"]\", \"b\":[{}] }", 25, &v, &error));
	CHECK(value_node_json(p, FLOW, &v, 100, &json));
	CHECK_TEXT(buf_str(&json), "{\"a\":\"}\\\"]\",\"b\":[{}]}");
	CHECK(value_node_outcome(p, MAYBE, &v) <= 1);
	buf_release(&json);
	buf_release(&error);
	compute_free(c);
}

static void test_files(void)
{
	static const struct value_ref a = { "a", "/x/a" }, b = { "b", "/x/b" };
	struct value_node files[2] = { { { .file = &a }, 0 }, { { .file = &b }, 0 } }, arg_files = { { .part = files }, 2 }, result;
	struct compute *c = compute_new(p);
	struct buf error = BUF_INIT;
	uint32_t port = build_port(p, "files", TYPE_FILES), f, list = node(EXPR_ARG, TYPE_FILES, 0, 0);
	uint32_t roots[3] = { node(EXPR_INDEX, TYPE_FILE, 0, 2, list, integer(1)), node(EXPR_CHUNKS, FILE_LISTS, 0, 2, list, integer(1)),
		node(EXPR_LEN, TYPE_I64, 0, 1, list) };
	const char *loc;

	for (int i = 0; i < 3; i++) {
		f = build_func(p, (struct plan_func){ .name = "f", .first_param = port, .params = 1, .first_result = build_port(p, "out", p->expr[roots[i]].type),
						      .results = 1 });
		p->func[f].expr = roots[i];
		p->func[f].group = PLAN_NONE;
		CHECK(plan_check(p, &error));
		compute_begin(c);
		CHECK(compute_run(c, &p->func[f], &arg_files, &result, &loc, &error));
		CHECK(i == 0 ? result.file == &b : i == 1 ? result.count == 2 && result.part[1].part[0].file == &b : result.word == 2);
	}
	buf_release(&error);
	compute_free(c);
}

/* ---- what plan_check refuses ---- */

static void refused(uint32_t root, const char *why, int line)
{
	struct buf error = BUF_INIT;
	uint32_t f = function(root);

	if (!test_check(!plan_check(p, &error) && strstr(buf_str(&error), why), why, __FILE__, line))
		printf("  got: %s\n", buf_str(&error));
	p->funcs = f;
	buf_release(&error);
}
#define REFUSED(root, why) refused((root), (why), __LINE__)

static void test_refused(void)
{
	static const char fit[] = "do not fit its kind";
	uint32_t deep = arg(A_I64), free_local = local(TYPE_I64, 3), bound = local(TYPE_I64, 0);

	REFUSED(node(EXPR_ARG, TYPE_I64, ARGS, 0), fit);
	REFUSED(node(EXPR_ARG, U64, A_I64, 0), fit);
	REFUSED(free_local, fit);
	REFUSED(node(EXPR_LOCAL, TYPE_I64, COMPUTE_LOCALS, 0), fit);
	REFUSED(node(EXPR_FOR, NUMBERS, COMPUTE_LOCALS, 2, arg(A_NUMBERS), integer(1)), "out of range");
	REFUSED(node(EXPR_FOR, NUMBER_LISTS, 0, 2, arg(A_NUMBERS), node(EXPR_FOR, NUMBERS, 0, 2, arg(A_NUMBERS), bound)), "bound around it");
	REFUSED(node(EXPR_FOR, NUMBERS, 0, 2, arg(A_I64), bound), "no list");
	REFUSED(node(EXPR_LIST, NUMBERS, 0, 2, node(EXPR_LEN, TYPE_I64, 0, 1, node(EXPR_FOR, NUMBERS, 0, 2, arg(A_NUMBERS), bound)), bound), fit);
	REFUSED(node(EXPR_FIELD, TYPE_I64, 0, 1, node(EXPR_INDEX, ROW, 0, 2, arg(A_ROWS), integer(0))), fit);
	REFUSED(node(EXPR_FIELD, TYPE_I64, 9, 1, node(EXPR_INDEX, ROW, 0, 2, arg(A_ROWS), integer(0))), fit);
	REFUSED(node(EXPR_INDEX, TYPE_I64, 0, 1, arg(A_NUMBERS)), "too few kids");
	REFUSED(node(EXPR_INDEX, TYPE_I64, 0, 2, arg(A_NUMBERS), arg(A_F64)), fit);
	REFUSED(op(PLAN_OP_ADD, TYPE_STRING, arg(A_STRING), arg(A_STRING)), fit);
	REFUSED(op(PLAN_OP_MOD, F64, arg(A_F64), arg(A_F64)), fit);
	REFUSED(op(PLAN_OP_ADD, TIME, arg(A_TIME), arg(A_TIME)), fit);
	REFUSED(op(PLAN_OP_LT, BOOL, arg(A_ROWS), arg(A_ROWS)), fit);
	REFUSED(op(PLAN_OP_EQ, BOOL, constant(FLOW, "{}"), constant(FLOW, "{}")), fit);
	REFUSED(op(PLAN_OP_AND, BOOL, arg(A_I64), arg(A_I64)), fit);
	REFUSED(node(EXPR_RECORD, ROW, 0, 2, arg(A_STRING), arg(A_I64)), fit);
	REFUSED(node(EXPR_ARM, TYPE_I64, 2, 1, arg(A_CHOICE)), fit);
	REFUSED(node(EXPR_CHOICE, CHOICE, 7, 1, arg(A_I64)), fit);
	REFUSED(node(EXPR_HAS, BOOL, 3, 1, arg(A_CHOICE)), fit);
	REFUSED(node(EXPR_HAS, BOOL, 0, 1, arg(A_I64)), fit);
	REFUSED(node(EXPR_TEXT, TYPE_STRING, 0, 1, arg(A_ROWS)), fit);
	REFUSED(node(EXPR_GROUPS, ROW_LISTS, 2, 1, arg(A_ROWS)), fit);
	REFUSED(node(EXPR_GROUPS, ROW_LISTS, 9, 1, arg(A_ROWS)), fit);
	REFUSED(node(EXPR_SOME, MAYBE, 0, 1, arg(A_F64)), fit);
	REFUSED(node(EXPR_ABSENT, TYPE_I64, 0, 0), fit);
	REFUSED(node(EXPR_LEN, TYPE_I64, 0, 1, arg(A_STRING)), fit);
	for (int i = 0; i < COMPUTE_DEPTH; i++)
		deep = node(EXPR_NEG, TYPE_I64, 0, 1, deep);
	REFUSED(deep, "nested too deeply");
}

/* A seed for the fuzz target: `compute FILE`. */
static int write_seed(const char *path)
{
	FILE *to = fopen(path, "w");
	struct buf plan = BUF_INIT;
	int status = 1;

	keep = true;
	test_scalars();
	test_absences();
	test_choices();
	test_lists();
	plan_write(p, &plan);
	if (to) {
		fwrite("\0\0", 1, 2, to);
		fwrite(plan.p, 1, plan.len, to);
		for (int i = 0; i < ARGS; i++)
			fprintf(to, "%c%s", 0, args[i].json);
		status = fclose(to) != 0;
	}
	buf_release(&plan);
	return status;
}

int main(int argc, char **argv)
{
	types();
	if (argc > 1)
		return write_seed(argv[1]);
	CHECK(p->types == ALL_TYPES);
	test_scalars();
	test_absences();
	test_choices();
	test_lists();
	test_counts_only();
	test_limits();
	test_load();
	test_files();
	test_refused();
	plan_free(p);
	return test_end();
}
