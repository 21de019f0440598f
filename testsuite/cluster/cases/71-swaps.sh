#!/bin/bash
# limit: 240
# Swaps by a real kubelet: the quarterback killed with -9 in the middle of each, at random moments, loses none and does none twice; and
# a slot that returns to an image which it had before waits for the kubelet's back-off: what that costs is printed. SEED chooses.
set -euo pipefail
. "$(dirname "$0")/../lib.sh"
here=$(cd "$(dirname "$0")" && pwd)
. "$here/flow.bash"
require CALCC CALCFLOW_IMAGES
letters=(a b c d e)
for mark in "${letters[@]}"; do
	CC="${CC:-cc} -DMARK=\"$mark\"" static_program "$WORK/stamp-$mark" "$here/stamp.c"
	flow_image calcflow/test-$mark:1 "$WORK/stamp-$mark:/bin/stamp"
done
{
	for mark in "${letters[@]}"; do
		printf 'function %s(x: file) -> file { command ["/bin/stamp", "{x}", "{out}"] image "calcflow/test-%s:1" memory 32Mi cpu 50m }\n' "$mark" "$mark"
	done
	cat <<-'FLOW'
	flow all(x: file) -> file { return e(d(c(b(a(x))))) }
	flow back(x: file) -> file { return b(a(b(a(x)))) }
	source given : file at share "/data/in"
	sink killed : file at share "/data/killed"
	sink returned : file at share "/data/returned"
	calcset killed on pod { run killed <- all(given) slots 1 }
	calcset returned on pod { run returned <- back(given) slots 1 }
	FLOW
} >"$WORK/swaps.cf"

new_namespace swaps
data=$(flow_share data)
printf 'begin\n' >"$data/in"
chmod a+r "$data/in"
job=$(flow_compile "$WORK/swaps.cf" killed --claim data=data --namespace swaps)
returned=$(flow_compile "$WORK/swaps.cf" returned --claim data=data --namespace swaps)

# --- killed ---

started=$(now_ms)
flow_apply killed
pod=$(job_pod "$job")
flow_follow "$job"
keep_journal "$pod"
RANDOM=${SEED:-$$}
measure "SEED=${SEED:-$$}"
quarterback=$(container_pid "$pod" quarterback)
image_of_slot() { kubectl get pod "$pod" -o 'jsonpath={.spec.initContainers[1].image}'; }
is_changed() { [ "$(image_of_slot)" != "$1" ]; }
hit() {
	local child
	child=$(enter cat "/proc/$quarterback/task/$quarterback/children" | cut -d ' ' -f 1)
	[ -n "$child" ] && enter kill -9 "$child" 2>/dev/null
}
kills=0
for ((n = 1; n < ${#letters[@]}; n++)); do
	wait_until 60 is_changed "calcflow/test-${letters[n - 1]}:1" || { explain_job "$job"; fail "no change after $n images"; }
	for ((k = 0; k <= n % 2; k++)); do	# once, or twice: before the patch was answered, while the container changes, after its worker came
		sleep "0.$((RANDOM % 10))"
		! hit || kills=$((kills + 1))
	done
done
flow_ends "$job" 90 Complete
measure "killed $kills times in 4 swaps, from apply to Complete: $(since_ms "$started") s"
[ "$(tr '\n' ' ' <"$data/killed")" = "begin a b c d e " ] || fail "killed: $(cat "$data/killed")"
[ "$(job_pod "$job")" = "$pod" ] || fail "the pod was replaced"
[ $kills -ge 2 ] || fail "only $kills kills"
restarts=$(kubectl get pod "$pod" -o 'jsonpath={.status.initContainerStatuses[1].restartCount}')
[ "$restarts" = 4 ] || fail "the slot's container changed $restarts times, not 4"
"$calcc" journal "$WORK/ctl" --json >"$WORK/journal" || fail "calcc journal"
[ "$(grep -c '"kind":"swapped"' "$WORK/journal")" = 4 ] || { cat "$WORK/journal"; fail "not each swap is in the journal once"; }
! grep -q '"kind":"not swapped"' "$WORK/journal" || fail "a swap was given up"
[ "$(sed -n 's/.*"kind":"done","step":"\([^"]*\)".*/\1/p' "$WORK/journal" | sort | uniq -d)" = "" ] || fail "a step was done twice"

# --- a return ---

flow_apply returned
pod=$(job_pod "$returned")
flow_ends "$returned" 120 Complete
[ "$(tr '\n' ' ' <"$data/returned")" = "begin a b a b " ] || fail "returned: $(cat "$data/returned")"
log=$(kubectl logs "$pod" -c quarterback)
measure "first visit and returns: $(sed -n 's/.*\(it has the image .*\)/\1/p' <<<"$log" | tr '\n' ';')"
[ "$(grep -c 'it has the image' <<<"$log")" = 3 ] || { echo "$log"; fail "not three changes"; }
