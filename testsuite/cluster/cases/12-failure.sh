#!/bin/bash
# limit: 400
# Steps that fail in a pod: what is tried again, what the Job becomes and when, what is said.
set -euo pipefail
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/flow.bash"
require CALCC CALC_SRCDIR CALCFLOW_IMAGES
flow=$CALC_SRCDIR/samples/failure/failure.cf

# start SET: its Job in a namespace of its own; $results is its share.
start() {
	new_namespace "$1"
	results=$(flow_share results)
	job=$(flow_compile "$flow" "$1" --claim results=results)
	started=$(now_ms)
	flow_apply "$1"
}

# At once, and not after further pods.
failed_once() {
	[ "$(kubectl get job "$job" -o 'jsonpath={.status.conditions[?(@.type=="Failed")].reason} {.status.failed}')" = "PodFailurePolicy 1" ] ||
		{ explain_job "$job"; fail "not failed at once"; }
	[ -z "$(ls "$results")" ] || fail "something was published: $(ls "$results")"
}

start recovers
flow_ends "$job" 60 Complete
measure "a step that fails twice: $(since_ms "$started") s from apply to Complete"
[ "$(cat "$results/recovered.txt")" = $'first\nsecond\nthird\nfourth' ] || fail "another result: $(cat "$results/recovered.txt")"

start breaks
flow_ends "$job" 60 Failed
measure "a step that fails for good: $(since_ms "$started") s from apply to Failed"
failed_once
flow_says "$(flow_message "$job")" third "attempt 2" "exit status 7" "the disk of the instrument is gone" \
	"4 steps finished, 1 failed, 1 skipped"

start hangs
flow_ends "$job" 60 Failed
failed_once
flow_says "$(flow_message "$job")" hang timeout

start gorges
flow_ends "$job" 120 Failed
failed_once
flow_says "$(flow_message "$job")" gorge memory
