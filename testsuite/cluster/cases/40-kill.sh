#!/bin/bash
# limit: 120
# Ten kills in the middle of some hundred steps, from the node: eight of children (the quarterback, workers, steps), one of a
# worker's PID 1 and one of the quarterback's. The Job completes in the pod that it has; the result is the undisturbed one;
# no finished step runs again. SEED chooses who and in which order.
set -euo pipefail
. "$(dirname "$0")/../lib.sh"
here=$(cd "$(dirname "$0")" && pwd)
. "$here/flow.bash"

witness_begin 7701
expected=$(crowd_expected)
new_namespace kill
out=$(flow_share out)
job=$(flow_compile "$here/crowd.cf" crowd --claim out=out -D "witness=$witness_address" -D "port=$witness_port")
started=$(now_ms)
flow_apply crowd
flow_follow "$job"
pod=$(job_pod "$job")
keep_journal "$pod"

children() { enter cat "/proc/$1/task/$1/children" 2>/dev/null || true; }
# descend PID DEPTH: the first child, and so on (worker of a guard, step of a worker).
descend() {
	local pid=$1 depth=$2
	while [ "$depth" -gt 0 ]; do
		pid=$(children "$pid" | cut -d ' ' -f 1)
		[ -n "$pid" ] || return 1
		depth=$((depth - 1))
	done
	echo "$pid"
}
# hit CONTAINER DEPTH: kills its PID 1 (0), the child of that (1) or the step below (2).
hit() {
	local first victim
	first=$(container_pid "$pod" "$1")
	[ -n "$first" ] && victim=$(descend "$first" "$2") && enter kill -9 "$victim" 2>/dev/null
}

RANDOM=${SEED:-$$}
measure "SEED=${SEED:-$$}"
slot() { echo "slot-$((RANDOM % 3))"; }
mapfile -t victims < <(
	for victim in "quarterback 1" "quarterback 1" "$(slot) 1" "$(slot) 1" "$(slot) 1" "$(slot) 2" "$(slot) 2" "$(slot) 2" \
		"$(slot) 0" "quarterback 0"; do
		echo "$RANDOM $victim"
	done | sort -n | cut -d ' ' -f 2-
)
seen=15
for victim in "${victims[@]}"; do
	wait_until 40 witness_has $((seen + RANDOM % 10)) || { explain_job "$job"; fail "the flow stands still"; }
	# shellcheck disable=SC2086
	wait_until 20 hit $victim || fail "nobody to kill: $victim"
	seen=$(($(wc -l <"$WORK/witness") + 5))
	echo "killed $victim after $((seen - 5)) starts"
done
flow_ends "$job" 60 Complete
measure "10 kills, from apply to Complete: $(since_ms "$started") s; $(wc -l <"$WORK/witness") attempts of 301 steps"
[ "$(job_pod "$job")" = "$pod" ] || fail "the pod was replaced"
cmp "$expected" "$out/result" || fail "another result"
check_witness 301
