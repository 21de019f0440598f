#!/bin/sh
# Graph documents: see bench_graph.c.
exec "${CALC_BUILDDIR:-.}/testsuite/bench/bench_graph"
