#!/bin/sh
# A flow of 20 steps as a whole process: see small.py.
exec "${PYTHON3:-python3}" "${CALC_SRCDIR:-.}/testsuite/bench/small.py" "$@"
