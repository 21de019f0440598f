/* Checked arithmetic of expressions. */
#include "base/arith.h"

#include <math.h>
#include <stdbool.h>

static bool is_unsigned(enum number_kind kind)
{
	return kind == NUMBER_U32 || kind == NUMBER_U64;
}

static bool unsigned_op(enum arith_op op, uint64_t a, uint64_t b, uint64_t *v)
{
	switch (op) {
	case ARITH_ADD: return !__builtin_add_overflow(a, b, v);
	case ARITH_SUB: return !__builtin_sub_overflow(a, b, v);
	case ARITH_MUL: return !__builtin_mul_overflow(a, b, v);
	case ARITH_DIV: *v = a / b; return true;
	case ARITH_MOD: *v = a % b; return true;
	}
	return false;
}

static bool signed_op(enum arith_op op, int64_t a, int64_t b, int64_t *v)
{
	switch (op) {
	case ARITH_ADD: return !__builtin_add_overflow(a, b, v);
	case ARITH_SUB: return !__builtin_sub_overflow(a, b, v);
	case ARITH_MUL: return !__builtin_mul_overflow(a, b, v);
	case ARITH_DIV:
	case ARITH_MOD:
		if (b == -1) {	/* the machine traps on the least value, whose remainder is 0 all the same */
			*v = 0;
			return op == ARITH_MOD || !__builtin_sub_overflow((int64_t)0, a, v);
		}
		*v = op == ARITH_DIV ? a / b : a % b;
		return true;
	}
	return false;
}

enum arith_result arith_integer(enum number_kind kind, enum arith_op op, uint64_t a, uint64_t b, uint64_t *out)
{
	int64_t v;

	if ((op == ARITH_DIV || op == ARITH_MOD) && b == 0)
		return ARITH_BY_ZERO;
	if (is_unsigned(kind))
		return unsigned_op(op, a, b, out) && (kind == NUMBER_U64 || *out <= UINT32_MAX) ? ARITH_OK : ARITH_OVERFLOW;
	if (!signed_op(op, (int64_t)a, (int64_t)b, &v) || (kind == NUMBER_I32 && (v < INT32_MIN || v > INT32_MAX)))
		return ARITH_OVERFLOW;
	*out = (uint64_t)v;
	return ARITH_OK;
}

enum arith_result arith_float(enum number_kind kind, enum arith_op op, double a, double b, double *out)
{
	double v = op == ARITH_ADD ? a + b : op == ARITH_SUB ? a - b : op == ARITH_MUL ? a * b : a / b;

	if (op == ARITH_DIV && b == 0)
		return ARITH_BY_ZERO;
	if (kind == NUMBER_F32)
		v = (double)(float)v;
	*out = v;
	return isfinite(v) ? ARITH_OK : ARITH_OVERFLOW;
}

const char *arith_message(enum arith_result r)
{
	return r == ARITH_BY_ZERO ? "division by zero" : "the result does not fit in its type (overflow)";
}

int arith_compare(enum number_kind kind, uint64_t a, uint64_t b)
{
	if (is_unsigned(kind))
		return (a > b) - (a < b);
	return ((int64_t)a > (int64_t)b) - ((int64_t)a < (int64_t)b);
}

int arith_compare_float(double a, double b)
{
	return (a > b) - (a < b);
}
