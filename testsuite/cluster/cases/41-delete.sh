#!/bin/bash
# limit: 120
# A pod is deleted in the middle of its flow: its Job completes all the same, by another pod, and the result is the undisturbed
# one.
set -euo pipefail
. "$(dirname "$0")/../lib.sh"
here=$(cd "$(dirname "$0")" && pwd)
. "$here/flow.bash"

witness_begin 7702
expected=$(crowd_expected -D items=100)
new_namespace delete
out=$(flow_share out)
job=$(flow_compile "$here/crowd.cf" crowd --claim out=out -D "witness=$witness_address" -D "port=$witness_port" -D items=100)
flow_apply crowd
flow_follow "$job"
pod=$(job_pod "$job")
timeout 30 kubectl wait --for=condition=Ready "pod/$pod" --timeout=25s >/dev/null || fail "the pod does not get Ready"
wait_until 30 witness_has 40 || fail "the flow does not begin"
started=$(now_ms)
kubectl delete pod "$pod" --wait=false >/dev/null
timeout 60 kubectl wait --for=delete "pod/$pod" --timeout=55s >/dev/null || fail "the deleted pod stays"
measure "a deleted pod was gone after $(since_ms "$started") s"
[ ! -e "$out/result" ] || fail "the flow was through before the pod was deleted"
grep -q 'last word: .*drained\|terminated' "$WORK/$job.log" || { cat "$WORK/$job.log"; fail "it was not drained"; }
flow_ends "$job" 80 Complete
measure "from the deletion to Complete: $(since_ms "$started") s"
[ "$(job_pod "$job")" != "$pod" ] || fail "no other pod"
cmp "$expected" "$out/result" || fail "another result"
