#!/bin/sh
# Lexing and parsing, beside the bare baseline.
exec "${CALC_BUILDDIR:-.}/testsuite/bench/bench_parse" "${CALC_SRCDIR:-.}/testsuite/bench/program.cf"
