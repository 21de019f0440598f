# The programs of a pod as plain processes below a folder, for the scripts that source this: quarterback, three workers, verdict.
# They find the folder in $work, the pod's in $work/pod, and count what they `pass`.
set -euo pipefail
bin=${CALC_BUILDDIR:-.}
calcc=${CALCC:-$bin/calcc}
work=$(mktemp -d)
declare -A pid=()
passed=0

fail() { echo "FAIL: $*"; tail -n 20 "$work"/*.log 2>/dev/null || true; exit 1; }
pass() { passed=$((passed + 1)); echo "ok: $*"; }

stop_all() {
	local name
	for name in "${!pid[@]}"; do kill -9 "${pid[$name]}" 2>/dev/null || true; done
	wait 2>/dev/null || true
}
trap 'stop_all; rm -rf "$work"' EXIT

# library OUT FOLDER: libcalcflow-functions from the sources in that folder. Users' programs are never instrumented, whatever this build is.
library() {
	local f
	mkdir -p "$work/lib"
	for f in main inputs results; do
		${CC:-cc} -std=c11 -D_GNU_SOURCE -O1 -I"$2" -c -o "$work/lib/$f.o" "$2/runtime/functions/$f.c" || exit 99
	done
	ar rcs "$1" "$work"/lib/{main,inputs,results}.o
}

# pod_plan PROGRAM [-D …]: its plan, as a pod has it: what is said of places is no part of it.
pod_plan() {
	local program=$1
	shift
	"$calcc" "$program" --emit plan "$@" | sed '/^    "loc":/d; /^    "row":/d; s/,"loc":"[^"]*"//'
}

# make_pod PROGRAM [-D …]: folders, and the program's plan in two chunks.
make_pod() {
	local program=$1
	shift
	rm -rf "$work/pod"
	mkdir -p "$work/pod"/{ctl,bin,link,data,ipc,share/in,share/out,plan}
	: >"$work/witness"
	pod_plan "$program" "$@" >"$work/plan"
	hash=$(sha256sum <"$work/plan" | cut -d' ' -f1)
	head -c 1000 "$work/plan" >"$work/pod/plan/plan.000"
	tail -c +1001 "$work/plan" >"$work/pod/plan/plan.001"
}

# The containers, each of which its kubelet would start again.
start_quarterback() {
	"$bin/calc-quarterback" --root "$work/pod" --hash "$hash" --slots 3 --worker "$bin/calc-worker" --grace 20 \
		${quarterback_options[@]+"${quarterback_options[@]}"} \
		2>>"$work/quarterback.log" &
	pid[quarterback]=$!
}
start_slot() {
	"$work/pod/bin/calc-worker" --slot "$1" --hash "$hash" --socket "$work/pod/link/$1/socket" 2>>"$work/slot.log" &
	pid[slot-$1]=$!
}
start_pod() {
	start_quarterback
	"$bin/calc-quarterback" --root "$work/pod" --wait-ready || fail "--wait-ready"
	for i in 0 1 2; do start_slot $i; done
	timeout -s KILL 60 "$bin/calc-verdict" --root "$work/pod" --grace 20 >"$work/verdict.log" &
	pid[verdict]=$!
}
# wait_verdict STATUS: it ends with that within a minute.
wait_verdict() {
	local status=0
	wait "${pid[verdict]}" || status=$?
	unset 'pid[verdict]'
	[ $status = "$1" ] || fail "the verdict ended with $status, not $1"
}
# The quarterback itself, a child of its guard; empty while there is none.
quarterback_child() {
	cut -d' ' -f1 "/proc/${pid[quarterback]}/task/${pid[quarterback]}/children" 2>/dev/null || true
}
# end_pod: SIGTERM to all; nothing of them may live.
end_pod() {
	local name
	for name in "${!pid[@]}"; do kill "${pid[$name]}" 2>/dev/null || true; done
	for name in "${!pid[@]}"; do wait "${pid[$name]}" 2>/dev/null || true; done
	pid=()
	! pgrep -f "$work/pod/" >/dev/null || fail "processes are left: $(pgrep -af "$work/pod/")"
}
