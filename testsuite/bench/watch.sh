#!/bin/sh
# From a save to the result of `calcc check --watch`: see watch.py.
exec "${PYTHON3:-python3}" "${CALC_SRCDIR:-.}/testsuite/bench/watch.py" "$@"
