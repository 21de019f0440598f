#!/bin/sh
# Pictures as DOT: see bench_dot.c.
exec "${CALC_BUILDDIR:-.}/testsuite/bench/bench_dot"
