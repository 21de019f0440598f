/* Numbers, times, durations and base64 from text and back; arithmetic against a naive one in 128 bits. */
#include "base/arith.h"
#include "base/base64.h"
#include "base/number.h"
#include "base/rfc3339.h"
#include "testsuite/unit/test.h"

#include <float.h>
#include <math.h>

static uint64_t seed = 88172645463325252u;

static uint64_t next_random(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

/* ---- numbers ---- */

static void test_integers(void)
{
	static const struct { enum number_kind kind; const char *text; enum text_result result; uint64_t value; } cases[] = {
		{ NUMBER_I32, "-2147483648", TEXT_OK, (uint64_t)INT32_MIN }, { NUMBER_I32, "-2147483649", TEXT_RANGE, 0 },
		{ NUMBER_I32, "2147483648", TEXT_RANGE, 0 }, { NUMBER_U32, "4294967295", TEXT_OK, UINT32_MAX },
		{ NUMBER_U32, "4294967296", TEXT_RANGE, 0 }, { NUMBER_U32, "-1", TEXT_RANGE, 0 }, { NUMBER_U32, "-0", TEXT_OK, 0 },
		{ NUMBER_I64, "-9223372036854775808", TEXT_OK, (uint64_t)INT64_MIN }, { NUMBER_I64, "9223372036854775808", TEXT_RANGE, 0 },
		{ NUMBER_U64, "18446744073709551615", TEXT_OK, UINT64_MAX }, { NUMBER_U64, "18446744073709551616", TEXT_RANGE, 0 },
		{ NUMBER_U64, "99999999999999999999999", TEXT_RANGE, 0 }, { NUMBER_I64, "", TEXT_BAD, 0 }, { NUMBER_I64, "-", TEXT_BAD, 0 },
		{ NUMBER_I64, "1.0", TEXT_BAD, 0 }, { NUMBER_I64, "+1", TEXT_BAD, 0 }, { NUMBER_I64, " 1", TEXT_BAD, 0 }, { NUMBER_I64, "007", TEXT_OK, 7 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		uint64_t v = 0;
		enum text_result r = number_read_integer(cases[i].kind, cases[i].text, strlen(cases[i].text), &v);

		if (!CHECK(r == cases[i].result && (r != TEXT_OK || v == cases[i].value)))
			printf("  %s\n", cases[i].text);
	}
	CHECK(number_is_json("-0.5e+10", 8) && number_is_json("0", 1) && !number_is_json("00", 2) && !number_is_json(".5", 2));
	CHECK(!number_is_json("1.", 2) && !number_is_json("1e", 2) && !number_is_json("", 0) && !number_is_json("+1", 2));
	CHECK(number_is_json_integer("-12", 3) && !number_is_json_integer("01", 2) && !number_is_json_integer("", 0));
}

static void test_floats(void)
{
	char text[32];
	double d;

	number_f64_text(text, 5e-324);
	CHECK_TEXT(text, "5e-324");
	number_f64_text(text, -0.0);
	CHECK_TEXT(text, "-0");
	number_f64_text(text, 0.30000000000000004);
	CHECK_TEXT(text, "0.30000000000000004");
	number_f64_text(text, 1e30);
	CHECK_TEXT(text, "1e+30");
	number_f64_text(text, DBL_MAX);
	CHECK_TEXT(text, "1.7976931348623157e+308");
	number_f32_text(text, 0.1f);
	CHECK_TEXT(text, "0.1");
	number_f32_text(text, 1e-45f);
	CHECK_TEXT(text, "1e-45");
	CHECK(number_read_float(NUMBER_F64, "1e309", 5, &d) == TEXT_RANGE && number_read_float(NUMBER_F64, "nan", 3, &d) == TEXT_BAD);
	CHECK(number_read_float(NUMBER_F32, "3.4028236e38", 12, &d) == TEXT_RANGE && number_read_float(NUMBER_F64, "0x1", 3, &d) == TEXT_BAD);
	/* rounded once: by way of a double the tie would go to even, which is below */
	CHECK(number_read_float(NUMBER_F32, "1.00000005960464477540", 22, &d) == TEXT_OK && d > 1);
	for (int i = 0; i < 200000; i++) {
		union { uint64_t bits; double d; } u = { .bits = next_random() };
		float f = (float)u.d;

		if (isfinite(u.d)) {
			number_f64_text(text, u.d);
			CHECK(number_read_float(NUMBER_F64, text, strlen(text), &d) == TEXT_OK && memcmp(&d, &u.d, sizeof d) == 0);
		}
		if (isfinite(f)) {
			number_f32_text(text, f);
			CHECK(number_read_float(NUMBER_F32, text, strlen(text), &d) == TEXT_OK && d == (double)f);
		}
	}
}

/* ---- times ---- */

static void test_times(void)
{
	static const struct { const char *text, *canonical; int64_t ns; } cases[] = {
		{ "1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z", 0 },
		{ "1970-01-01T01:00:00.000000001+01:00", "1970-01-01T00:00:00.000000001Z", 1 },
		{ "1969-12-31 23:59:59.999999999z", "1969-12-31T23:59:59.999999999Z", -1 },
		{ "2024-02-29t23:59:59.5000000000Z", "2024-02-29T23:59:59.5Z", 1709251199500000000 },
		{ "1677-09-21T00:12:43.145224192Z", "1677-09-21T00:12:43.145224192Z", INT64_MIN },
		{ "2262-04-11T23:47:16.854775807Z", "2262-04-11T23:47:16.854775807Z", INT64_MAX },
	};
	static const char *const bad[] = { "", "2025-01-01", "2025-02-29T00:00:00Z", "2025-01-01T24:00:00Z", "2025-01-01T00:00:60Z",
		"2025-01-01T00:00:00", "2025-01-01T00:00:00.Z", "2025-01-01T00:00:00.1234567891Z", "2025-13-01T00:00:00Z",
		"0000-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01", "2025-01-01T00:00:00+24:00", "2025-01-01T00:00:00+0100" };
	struct rfc3339 t, again;
	struct buf b = BUF_INIT;
	int64_t ns;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		buf_clear(&b);
		CHECK(rfc3339_read(cases[i].text, strlen(cases[i].text), &t) == TEXT_OK && rfc3339_to_ns(t, &ns) && ns == cases[i].ns);
		rfc3339_text(rfc3339_from_ns(cases[i].ns), &b);
		CHECK_TEXT(buf_str(&b), cases[i].canonical);
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (!CHECK(rfc3339_read(bad[i], strlen(bad[i]), &t) != TEXT_OK))
			printf("  %s\n", bad[i]);
	CHECK(rfc3339_read("9999-12-31T23:59:59.999999999Z", 30, &t) == TEXT_OK && !rfc3339_to_ns(t, &ns));
	CHECK(rfc3339_read("2262-04-11T23:47:16.854775808Z", 30, &t) == TEXT_OK && !rfc3339_to_ns(t, &ns));
	CHECK(rfc3339_read("1677-09-21T00:12:43.145224191Z", 30, &t) == TEXT_OK && !rfc3339_to_ns(t, &ns));
	for (int i = 0; i < 100000; i++) {
		t = (struct rfc3339){ (int64_t)(next_random() % 315569520000) - 62167219200, (uint32_t)(next_random() % 1000000000) };
		buf_clear(&b);
		rfc3339_text(t, &b);
		CHECK(rfc3339_read(b.p, b.len, &again) == TEXT_OK && again.seconds == t.seconds && again.ns == t.ns);
		ns = (int64_t)next_random();
		CHECK(rfc3339_to_ns(rfc3339_from_ns(ns), &t.seconds) && t.seconds == ns);
	}
	buf_release(&b);
}

static void test_durations(void)
{
	struct buf b = BUF_INIT;
	int64_t ns;

	CHECK(duration_read("2.5e-1", 6, &ns) == TEXT_OK && ns == 250000000);
	CHECK(duration_read("0.30000000000000004", 19, &ns) == TEXT_OK && ns == 300000000);
	CHECK(duration_read("-4e-10", 6, &ns) == TEXT_OK && ns == 0);
	CHECK(duration_read("5e-10", 5, &ns) == TEXT_OK && ns == 1);
	CHECK(duration_read("9223372036.854775807", 20, &ns) == TEXT_OK && ns == INT64_MAX);
	CHECK(duration_read("9223372036.854775808", 20, &ns) == TEXT_RANGE && duration_read("1s", 2, &ns) == TEXT_BAD);
	duration_text(INT64_MIN, &b);
	CHECK_TEXT(buf_str(&b), "-9223372036.854775808");
	for (int i = 0; i < 100000; i++) {
		int64_t v = (int64_t)next_random() >> next_random() % 64;

		buf_clear(&b);
		duration_text(v, &b);
		CHECK(v == INT64_MIN || (duration_read(b.p, b.len, &ns) == TEXT_OK && ns == v));
	}
	buf_release(&b);
}

static void test_base64(void)
{
	struct buf text = BUF_INIT, back = BUF_INIT;
	char bytes[40];

	for (int i = 0; i < 20000; i++) {
		size_t len = next_random() % sizeof bytes;

		for (size_t k = 0; k < len; k++)
			bytes[k] = (char)next_random();
		buf_clear(&text);
		buf_clear(&back);
		base64_text(bytes, len, &text);
		CHECK(base64_read(buf_str(&text), text.len, &back) && back.len == len && (!len || memcmp(back.p, bytes, len) == 0));
	}
	CHECK(!base64_read("aGk", 3, NULL) && !base64_read("aGl=", 4, NULL) && !base64_read("a===", 4, NULL) && !base64_read("aG=k", 4, NULL));
	CHECK(!base64_read("aG k", 4, NULL) && base64_read("", 0, NULL) && base64_read("aGk=", 4, NULL));
	buf_release(&text);
	buf_release(&back);
}

/* ---- arithmetic ---- */

static enum arith_result naive(enum number_kind kind, enum arith_op op, __int128 a, __int128 b, __int128 *out)
{
	static const __int128 least[] = { INT32_MIN, INT64_MIN, 0, 0 }, most[] = { INT32_MAX, INT64_MAX, UINT32_MAX, UINT64_MAX };

	if (op >= ARITH_DIV && b == 0)
		return ARITH_BY_ZERO;
	switch (op) {
	case ARITH_ADD: *out = a + b; break;
	case ARITH_SUB: *out = a - b; break;
	case ARITH_MUL:
		if (__builtin_mul_overflow(a, b, out))
			return ARITH_OVERFLOW;
		break;
	case ARITH_DIV: *out = a / b; break;
	case ARITH_MOD: *out = a % b; break;
	}
	return *out < least[kind] || *out > most[kind] ? ARITH_OVERFLOW : ARITH_OK;
}

static uint64_t random_word(enum number_kind kind)
{
	static const uint64_t edges[] = { 0, 1, 2, UINT64_MAX, INT64_MAX, (uint64_t)INT64_MIN, INT32_MAX, (uint64_t)INT32_MIN, UINT32_MAX };
	uint64_t v = next_random() % 3 ? next_random() >> next_random() % 64 : edges[next_random() % 9];

	return kind == NUMBER_I32 ? (uint64_t)(int64_t)(int32_t)v : kind == NUMBER_U32 ? (uint32_t)v : v;
}

static void test_arith(void)
{
	double d;

	for (int i = 0; i < 1000000; i++) {
		enum number_kind kind = (enum number_kind)(next_random() % 4);
		enum arith_op op = (enum arith_op)(next_random() % 5);
		bool is_signed = kind == NUMBER_I32 || kind == NUMBER_I64;
		uint64_t a = random_word(kind), b = random_word(kind), got = 0;
		__int128 na = is_signed ? (__int128)(int64_t)a : (__int128)a, nb = is_signed ? (__int128)(int64_t)b : (__int128)b, want = 0;
		enum arith_result r = arith_integer(kind, op, a, b, &got);

		if (r != naive(kind, op, na, nb, &want) || (r == ARITH_OK && got != (uint64_t)want) ||
		    arith_compare(kind, a, b) != (na > nb) - (na < nb)) {
			CHECK(!"the naive arithmetic says the same");
			return;
		}
	}
	CHECK(arith_float(NUMBER_F32, ARITH_ADD, 16777216, 1, &d) == ARITH_OK && d == 16777216);
	CHECK(arith_float(NUMBER_F32, ARITH_MUL, 1e38, 10, &d) == ARITH_OVERFLOW && arith_float(NUMBER_F64, ARITH_MUL, 1e38, 10, &d) == ARITH_OK);
	CHECK(arith_float(NUMBER_F64, ARITH_DIV, 1, 0, &d) == ARITH_BY_ZERO && arith_float(NUMBER_F64, ARITH_DIV, 1, -0.0, &d) == ARITH_BY_ZERO);
	CHECK(arith_compare_float(-0.0, 0) == 0 && arith_compare_float(1, 2) == -1);
}

int main(void)
{
	test_integers();
	test_floats();
	test_times();
	test_durations();
	test_base64();
	test_arith();
	return test_end();
}
