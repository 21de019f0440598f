/* A fuzz target: one function. libFuzzer calls it, or main.c (AFL++, and the replay of old findings in `make check`). */
#ifndef CALC_TESTSUITE_FUZZ_H
#define CALC_TESTSUITE_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
