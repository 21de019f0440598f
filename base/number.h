/*
 * Numbers from text and to text: integers exact in the range of their type, floats in the shortest form that reads back the
 * same. Compiler and runtime read and write through these alone. Nothing is reported here.
 */
#ifndef CALC_BASE_NUMBER_H
#define CALC_BASE_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What became of reading a text: BAD is no such value at all, RANGE is one that does not fit. */
enum text_result { TEXT_OK, TEXT_BAD, TEXT_RANGE };

/* In the order of the compiler's and the plan's types. */
enum number_kind { NUMBER_I32, NUMBER_I64, NUMBER_U32, NUMBER_U64, NUMBER_F32, NUMBER_F64 };

/* By JSON's grammar (no +1, 01, .5, 0x1, NaN)? */
bool number_is_json(const char *s, size_t len);
bool number_is_json_integer(const char *s, size_t len);

/* Digits with a `-` before them or not, as two's complement. */
enum text_result number_read_integer(enum number_kind kind, const char *s, size_t len, uint64_t *out);
/* A decimal number, with an exponent or not; an f32 is rounded once, and comes as the double that it is. */
enum text_result number_read_float(enum number_kind kind, const char *s, size_t len, double *out);

/* The shortest decimal form that reads back as the same number ("0.1", "1e+30", "-0"); NUL-terminated in out. */
void number_f64_text(char out[32], double v);
void number_f32_text(char out[32], float v);

#endif
