/*
 * The arithmetic of expressions, for compile-time and run-time values alike: integers checked in their type, floats finite, an
 * f32 rounded after every operation. Times and durations are NUMBER_I64 (nanoseconds).
 */
#ifndef CALC_BASE_ARITH_H
#define CALC_BASE_ARITH_H

#include <stdint.h>
#include "base/number.h"

enum arith_op { ARITH_ADD, ARITH_SUB, ARITH_MUL, ARITH_DIV, ARITH_MOD };	/* in the order of the syntax tree's and the plan's */
enum arith_result { ARITH_OK, ARITH_OVERFLOW, ARITH_BY_ZERO };

/* Words are two's complement; division goes towards zero, the remainder has the sign of a. */
enum arith_result arith_integer(enum number_kind kind, enum arith_op op, uint64_t a, uint64_t b, uint64_t *out);
enum arith_result arith_float(enum number_kind kind, enum arith_op op, double a, double b, double *out);	/* not MOD */
const char *arith_message(enum arith_result r);

/* -1, 0 or 1. */
int arith_compare(enum number_kind kind, uint64_t a, uint64_t b);
int arith_compare_float(double a, double b);

#endif
