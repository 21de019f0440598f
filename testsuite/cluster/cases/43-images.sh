#!/bin/bash
# limit: 150
# Images that cannot be had, or are for another architecture: the Job ends in time and names the image. One that no registry
# has; one whose programs are another machine's; and one that says so itself.
set -euo pipefail
. "$(dirname "$0")/../lib.sh"
here=$(cd "$(dirname "$0")" && pwd)
. "$here/flow.bash"
. "$here/images.bash"
require CALCC CALCFLOW_IMAGES
images_elsewhere

cat >"$WORK/images.cf" <<'END'
function here() -> file { image "calcflow/test-here:1" command ["nop", "{out}"] }
function missing(before: file) -> file { image "registry.invalid/none:1" command ["nop", "{out}", "{before}"] }
function foreign(before: file) -> file { image "calcflow/test-foreign:1" command ["nop", "{out}", "{before}"] }
function other(before: file) -> file { image "calcflow/test-other:1" command ["nop", "{out}", "{before}"] }
flow one() -> file { return missing(here()) }
flow two() -> file { return foreign(here()) }
flow three() -> file { return other(here()) }
sink a : file at share "/out/a"
sink b : file at share "/out/b"
sink c : file at share "/out/c"
calcset missing on pod { run a <- one() slots 2 }
calcset foreign on pod { run b <- two() slots 2 }
calcset other on pod { run c <- three() slots 2 }
END
new_namespace images
out=$(flow_share out)
declare -A job=()
started=$(now_ms)
for set in missing foreign other; do
	job[$set]=$(flow_compile "$WORK/images.cf" "$set" --claim out=out --start-limit 10)
	flow_apply "$set"
done

# said_by SET CONTAINER: what `kubectl describe` shows of it.
said_by() {
	printf '%b\n' "$(kubectl get pod "$(job_pod "${job[$1]}")" \
		-o "jsonpath={.status.initContainerStatuses[?(@.name=='$2')].state.terminated.message}{.status.containerStatuses[?(@.name=='$2')].state.terminated.message}")"
}
# lost SET: pods of which the kubelet no longer knows how the quarterback ended, as it evicted them and their containers had gone: a Job
# cannot tell that from a node that broke, and tries once more.
lost() {
	kubectl get pods --selector "job-name=${job[$1]}" -o 'jsonpath={range .items[*]}{.status.initContainerStatuses[?(@.name=="quarterback")].state.terminated.reason}{"\n"}{end}' |
		grep -c ContainerStatusUnknown || true
}
# failed SET: at once, and for good.
failed() {
	local lost
	flow_ends "${job[$1]}" 90 Failed
	measure "$1: $(since_ms "$started") s from apply to Failed"
	lost=$(lost "$1")
	[ "$lost" = 0 ] || measure "$1: the kubelet lost what $lost of its pods ended with"
	[ "$(kubectl get job "${job[$1]}" -o 'jsonpath={.status.conditions[?(@.type=="Failed")].reason} {.status.failed}')" = "PodFailurePolicy $((1 + lost))" ] ||
		{ explain_job "${job[$1]}"; fail "$1 did not fail at once"; }
}

failed foreign
flow_says "$(said_by foreign verdict)" '^foreign (images.cf:[0-9]*), attempt 1: its command `nop` cannot be started' \
	"no program for this machine ($(uname -m)): is the image .calcflow/test-foreign:1. for another?"

failed missing
flow_says "$(said_by missing quarterback)" '^slot 1 has never started: its image is .registry.invalid/none:1.' \
	'"verdict":"failed"' '1 steps finished, 0 failed'

failed other
flow_says "$(said_by other quarterback)$(said_by other verdict)" 'calcflow/test-other:1'
[ -z "$(ls "$out")" ] || fail "something was published: $(ls "$out")"
