#!/bin/sh
# 10,000 steps that do nothing, in 2 slots, beside `make -j2` over the same program (static: a dynamic one costs more to load than to
# run, under both). Each pair runs side by side in time; goal: ratio at most 0.6.
set -eu
build=${CALC_BUILDDIR:-.}
calcc=${CALCC:-$build/calcc}
noop=$build/testsuite/bench/noop
command -v make >/dev/null || { echo "skipped: no make"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
steps=${STEPS:-10000}
cat >"$work/steps.cf" <<END
function nop(i: i64) { command ["$noop"] }
flow f { all = each i in range($steps) { nop(i) } }
calcset s on pod { run f()  slots 2 }
END
awk -v n="$steps" -v p="$noop" 'BEGIN {
	printf "all:"; for (i = 0; i < n; i++) printf " t%d", i; print ""
	for (i = 0; i < n; i++) printf "t%d:\n\t@%s\n", i, p }' >"$work/Makefile"
seconds() { LC_ALL=C awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", b - a }'; }
now() { date +%s.%N; }
printf '%-8s %10s %10s %8s\n' steps calcc-s make-s ratio
for pair in 1 2 3; do
	rm -rf "$work/run"
	a=$(now)
	"$calcc" run -q --work-dir "$work/run" "$work/steps.cf" 2>/dev/null
	b=$(now)
	make -s -j2 -C "$work" -f "$work/Makefile" all >/dev/null
	c=$(now)
	awk -v n="$steps" -v x="$(seconds "$a" "$b")" -v y="$(seconds "$b" "$c")" 'BEGIN { printf "%-8d %10.2f %10.2f %8.2f\n", n, x, y, x / y }'
done
