#!/bin/sh
# 10,000 steps that the host computes, beside as many of a command that does nothing in 2 slots; both leave a file each. Each pair runs
# side by side in time; goal: ratio at most 0.3.
set -eu
build=${CALC_BUILDDIR:-.}
calcc=${CALCC:-$build/calcc}
noop=$build/testsuite/bench/noop
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
steps=${STEPS:-10000}
mkdir "$work/d"
echo 5 >"$work/d/n.json"
cat >"$work/computed.cf" <<END
source n : i64 at share "/d/n.json"
flow f(n: i64) { all = each i in range($steps) { m = n + i  m } }
calcset s on pod { run f(n)  slots 2 }
END
cat >"$work/commands.cf" <<END
function nop(n: i64, i: i64) -> string { command ["$noop", "{n}", "{i}"]  stdout out }
source n : i64 at share "/d/n.json"
flow f(n: i64) { all = each i in range($steps) { nop(n, i) } }
calcset s on pod { run f(n)  slots 2 }
END
cd "$work"
now() { date +%s.%N; }
printf '%-8s %10s %10s %8s\n' compute computed-s command-s ratio
for pair in 1 2 3; do
	rm -rf run
	a=$(now)
	"$calcc" run -q --work-dir run computed.cf 2>/dev/null
	b=$(now)
	rm -rf run
	c=$(now)
	"$calcc" run -q --work-dir run commands.cf 2>/dev/null
	d=$(now)
	LC_ALL=C awk -v n="$steps" -v a="$a" -v b="$b" -v c="$c" -v d="$d" \
		'BEGIN { printf "%-8d %10.2f %10.2f %8.2f\n", n, b - a, d - c, (b - a) / (d - c) }'
done
