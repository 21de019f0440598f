#!/bin/sh
# Manifests of 1,000 and 10,000 workers, beside libyaml's events of the same bytes: see emit.py.
exec "${PYTHON3:-python3}" "${CALC_SRCDIR:-.}/testsuite/bench/emit.py" "$@"
