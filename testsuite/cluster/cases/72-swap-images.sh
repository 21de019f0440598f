#!/bin/bash
# limit: 240
# What 43-images.sh tries with the images that slots start with, for those that a slot is given and those that it mounts: one that
# cannot be pulled, one for another architecture, and one whose program is another machine's. The Job fails in time and names the image.
set -euo pipefail
. "$(dirname "$0")/../lib.sh"
here=$(cd "$(dirname "$0")" && pwd)
. "$here/flow.bash"
. "$here/images.bash"
require CALCC CALCFLOW_IMAGES
images_elsewhere

cat >"$WORK/images.cf" <<'END2'
function here() -> file { image "calcflow/test-here:1" command ["/bin/nop", "{out}"] }
function missing(before: file) -> file { image "registry.invalid/none:1" portable command ["/bin/nop", "{out}", "{before}"] }
function foreign(before: file) -> file { image "calcflow/test-foreign:1" portable command ["/bin/nop", "{out}", "{before}"] }
function other(before: file) -> file { image "calcflow/test-other:1" portable command ["/bin/nop", "{out}", "{before}"] }
flow one() -> file { return missing(here()) }
flow two() -> file { return foreign(here()) }
flow three() -> file { return other(here()) }
sink a : file at share "/out/a"
sink b : file at share "/out/b"
sink c : file at share "/out/c"
calcset missing on pod { run a <- one() slots 1 }
calcset foreign on pod { run b <- two() slots 1 }
calcset other on pod { run c <- three() slots 1 }
END2
new_namespace swap-images
out=$(flow_share out)
declare -A job=()
# begin NAME SET OPTION...: manifests of the set, and its Job.
begin() {
	local name=$1 set=$2
	shift 2
	job[$name]=$(flow_compile "$WORK/images.cf" "$set" --claim out=out --namespace swap-images --start-limit 10 "$@")
	flow_apply "$set"
	rm -r "$WORK/$set"
}
# said_by JOB: what `kubectl describe` shows of its quarterback and verdict.
said_by() {
	local name
	for name in quarterback verdict; do
		printf '%b\n' "$(kubectl get pod "$(job_pod "${job[$1]}")" \
			-o "jsonpath={.status.initContainerStatuses[?(@.name=='$name')].state.terminated.message}{.status.containerStatuses[?(@.name=='$name')].state.terminated.message}")"
	done
}
failed() {
	flow_ends "${job[$1]}" 90 Failed
	measure "$1: $(since_ms "$started") s from apply to Failed"
}

started=$(now_ms)
for set in missing foreign other; do begin "swap-$set" $set; done
failed swap-foreign
flow_says "$(said_by swap-foreign)" '^foreign (images.cf:[0-9]*), attempt 1: its command `/bin/nop` cannot be started' 'is the image .calcflow/test-foreign:1. for another?'
failed swap-missing
flow_says "$(said_by swap-missing)" '^missing (images.cf:[0-9]*), attempt 1: no slot can be given its image registry.invalid/none:1: slot 0: .*is the name right' '1 steps finished, 1 failed'
failed swap-other
flow_says "$(said_by swap-other)" 'calcflow/test-other:1'

if [ -e "$CALCFLOW_CLUSTER_DIR/mounts-images" ]; then
	started=$(now_ms)
	for set in missing foreign other; do begin "mount-$set" $set --kubernetes=1.36; done
	failed mount-foreign
	flow_says "$(said_by mount-foreign)" '^foreign (images.cf:[0-9]*), attempt 1: its command `[^`]*/bin/nop` cannot be started' 'is the image .calcflow/test-foreign:1. for another?'
	failed mount-missing
	flow_says "$(said_by mount-missing)" 'slot 0 has never started: its image is .calcflow/test-here:1.; it mounts .registry.invalid/none:1.'
	failed mount-other
	flow_says "$(said_by mount-other)" 'calcflow/test-other:1'
fi
[ -z "$(ls "$out")" ] || fail "something was published: $(ls "$out")"
