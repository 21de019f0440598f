#!/bin/bash
# limit: 120
# Steps that fail, each in a Job of its own, all at once: twice and then not; for good; by hanging; for want of memory, as
# one process and as a whole container; and a plan that is not the one that the pod was made for. What fails for good fails
# its Job at once, and the pod says which step, which attempt, what it was and what it wrote.
set -euo pipefail
. "$(dirname "$0")/../lib.sh"
here=$(cd "$(dirname "$0")" && pwd)
. "$here/flow.bash"

flow_image calcflow/test-failure:1 --with sh --with cat --with echo --with head --with tail --with sleep
new_namespace failure
out=$(flow_share out)
declare -A job=()
for set in recovers breaks hangs gorges swallows; do
	job[$set]=$(flow_compile "$here/failure.cf" "$set" --claim out=out)
done
# The pod expects one plan, its ConfigMap holds another.
cp -r "$WORK/hangs" "$WORK/mismatch"
sed -i 's/sleep 600/sleep 601/; s/hangs-/mismatch-/g' "$WORK/mismatch"/*.yaml
job[mismatch]=mismatch-${job[hangs]#hangs-}

for set in swallows recovers breaks hangs gorges mismatch; do flow_apply "$set"; done

# The kernel of a node with cgroup v2 kills the whole container; v1 kills one process of it, and the rest is done here.
pod=$(job_pod "${job[swallows]}")
memory_kills() {
	local group
	group=$(enter sed -n 's/.*:memory://p' "/proc/$1/cgroup")
	enter sed -n 's/^oom_kill //p' "/sys/fs/cgroup/memory$group/memory.oom_control" "/sys/fs/cgroup$group/memory.events" 2>/dev/null
}
# kill_gorged NOT: PID 1 of slot-0, once its limit has killed, unless it is NOT; prints it.
kill_gorged() {
	local first
	first=$(container_pid "$pod" slot-0)
	[ -n "$first" ] && [ "$first" != "$1" ] && [ "$(memory_kills "$first")" -ge 1 ] 2>/dev/null &&
		enter kill -9 "$first" && echo "$first" >"$WORK/killed"
}
echo 0 >"$WORK/killed"
for _ in 1 2; do
	wait_until 40 kill_gorged "$(cat "$WORK/killed")" || { explain_job "${job[swallows]}"; fail "no container was short of memory"; }
done

# ends SET Complete|Failed [STATUS]: so, with that exit status of the verdict, and what the pod said in $said.
ends() {
	local job=${job[$1]} reason status
	flow_ends "$job" 60 "$2"
	said=$(flow_message "$job")
	[ "$2" = Failed ] || return 0
	reason=$(kubectl get job "$job" -o 'jsonpath={.status.conditions[?(@.type=="Failed")].reason} {.status.failed}')
	[ "$reason" = "PodFailurePolicy 1" ] || fail "$1: $reason"
	status=$(kubectl get pod "$(job_pod "$job")" -o 'jsonpath={.status.containerStatuses[?(@.name=="verdict")].state.terminated.exitCode}')
	[ "$status" = "$3" ] || fail "$1: the verdict ended with $status, not $3"
	echo "--- $1: $said"
}

ends recovers Complete
printf '%s\n' first second third fourth | cmp - "$out/recovered" || fail "recovered: another result"
flow_says "$(kubectl logs "job/${job[recovers]}" -c quarterback)" \
	'third: attempt 1 failed: exit status 9' 'third: attempt 2 failed: exit status 9'

ends breaks Failed 1
flow_says "$said" '^third (failure.cf:[0-9]*), attempt 2: exit status 7' '^first line' '^the disk of the instrument is gone' \
	'^4 steps finished, 1 failed, 1 skipped'
flow_says "$(kubectl logs "job/${job[breaks]}" -c quarterback)" 'third: attempt 1 failed: exit status 7' \
	'third (failure.cf:[0-9]*), attempt 2: exit status 7' 'the disk of the instrument is gone'

ends hangs Failed 1
flow_says "$said" 'hang (failure.cf:[0-9]*), attempt 1: timeout: it ran longer than 1000 ms' '^holding on'

ends gorges Failed 1
flow_says "$said" 'gorge (failure.cf:[0-9]*), attempt 1: out of memory'

ends swallows Failed 1
flow_says "$said" 'swallow (failure.cf:[0-9]*), attempt 2: its worker died' 'for want of memory'

ends mismatch Failed 2
flow_says "$said" '/calc/plan: the plan is [0-9a-f]*…, and not [0-9a-f]*…'
for name in broken whole hung gorged swallowed; do
	[ ! -e "$out/$name" ] || fail "$name was published"
done
