#!/bin/sh
# Data: see data.py.
exec "${PYTHON3:-python3}" "${CALC_SRCDIR:-.}/testsuite/bench/data.py" "$@"
