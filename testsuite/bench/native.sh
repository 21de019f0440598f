#!/bin/sh
# A native step in a hot worker, goal 1 us with its dispatch; a 1 MiB hand-over costs what a 4 KiB one does. Then whole runs of
# `calcc run`: 10,000 native steps and their sum, beside as many commands that do nothing, one after the other.
set -eu
build=${CALC_BUILDDIR:-.}
src=${CALC_SRCDIR:-.}
"$build/testsuite/bench/bench_native"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mkdir -p in out
cat >many.cf <<'END'
param n: i64 = 10000
param commands: bool = false
param noop: string = "noop"
sink total : i64 at share "/out/total.json"
function one(x: i64) -> i64 { native "many_one" }
function sum(xs: [i64]) -> i64 { native "many_sum" }
function nop(x: i64) { command ["{noop}"] }
flow native_steps() -> i64 { return sum(each x in range(n) { one(x) }) }
flow command_steps() { all = each x in range(n) { nop(x) } }
if commands {
    calcset s on pod { run command_steps() slots 2 }
} else {
    calcset s on pod { run total <- native_steps() slots 2 }
}
END
"$build/calcc" many.cf --emit=stub -o stub -q
cat >stub/many_functions.c <<'END'
#include "many_functions.h"
int many_one(calc *c, int64_t x, int64_t *out) { (void)c; *out = x * 2; return 0; }
int many_sum(calc *c, many_i64_list_view xs, int64_t *out)
{
	(void)c;
	for (uint64_t i = 0; i < xs.count; i++)
		*out += xs.item[i];
	return 0;
}
END
make -s -C stub PKG_CONFIG=true FUNCTIONS_CFLAGS="-I$src/runtime/functions" FUNCTIONS_LIBS="$build/libcalcflow-functions.a" >/dev/null
timed() {	# arguments of calcc run: ns
	began=$(date +%s%N)
	"$build/calcc" run many.cf -q "$@" 2>/dev/null
	echo $(($(date +%s%N) - began))
}
for pair in 1 2 3; do
	rm -rf .calcflow out && mkdir out
	native=$(timed --native stub/many-functions)
	[ "$(cat out/total.json)" = 99990000 ]
	rm -rf .calcflow
	command=$(timed -D commands=true -D noop="$build/testsuite/bench/noop")
	awk -v a="$native" -v b="$command" 'BEGIN { printf "%-52s %8.0f us, commands that do nothing %.0f us: %.2fx\n",
		"a native step of calcc run, of 10,000 in 2 slots", a / 1e7, b / 1e7, a / b }'
done
