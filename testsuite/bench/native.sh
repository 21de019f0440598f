#!/bin/sh
# A native step in a hot worker, goal 1 us with its dispatch; a 1 MiB hand-over costs what a 4 KiB one does. Then whole runs: steps a
# second of `calcc run`, native against a command that does nothing.
set -eu
build=${CALC_BUILDDIR:-.}
src=${CALC_SRCDIR:-.}
"$build/testsuite/bench/bench_native"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mkdir -p in out
cat >many.cf <<'END'
param n: i64 = 1000
sink total : [i64] at share "/out/total.json"
function one(x: i64) -> i64 { native "many_one" }
flow native_steps() -> [i64] { return each x in range(n) { one(x) } }
calcset s on pod { run total <- native_steps() slots 1 }
END
"$build/calcc" many.cf --emit=stub -o stub -q
cat >stub/many_functions.c <<'END'
#include "many_functions.h"
int many_one(calc *c, int64_t x, int64_t *out) { (void)c; *out = (int64_t)x * 2; return 0; }
END
make -s -C stub PKG_CONFIG=true FUNCTIONS_CFLAGS="-I$src/runtime/functions" FUNCTIONS_LIBS="$build/libcalcflow-functions.a" >/dev/null
began=$(date +%s%N)
"$build/calcc" run many.cf --native stub/many-functions -q
took=$(($(date +%s%N) - began))
printf '%-52s %10d ns\n' "a native step of calcc run, 1,000 of them, 1 slot" $((took / 1000))
