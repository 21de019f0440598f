#!/bin/sh
# The engine with a host that answers at once: 10,000, 100,000 and 1,000,000 steps; linear, or something is wrong.
exec "${CALC_BUILDDIR:-.}/testsuite/bench/bench_engine"
