#!/bin/bash
# The pod's layout (layout.yaml) is accepted under "restricted" and is what the kubelet makes of it:
# order of the sidecars, users, who may write where, and a Job that ends Complete. With a stand-in for
# the programs (standin.c), so that it does not depend on them.
set -euo pipefail
. "$(dirname "$0")/../lib.sh"
here=$(cd "$(dirname "$0")" && pwd)

static_program "$WORK/standin" "$here/standin.c"
echo "an image of the user's" >"$WORK/marker"
"$build_image" calcflow/test-runtime:1 "$WORK/runtime.tar" "$WORK/standin:/calcflow/"
"$build_image" calcflow/test-slot:1 "$WORK/slot.tar" "$WORK/marker:/marker"
import_image "$WORK/runtime.tar" "$WORK/slot.tar"

new_namespace layout
share=$(share_dir out 20000:20000 2750)
hostpath_pv out "$share" out

kubectl apply --server-side --dry-run=server --validate=strict --filename "$here/layout.yaml" >/dev/null
started=$(now_ms)
kubectl apply --server-side --validate=strict --filename "$here/layout.yaml"
applied=$(now_ms)
wait_job layout-0f3a 90 || { explain_job layout-0f3a; fail "the Job did not complete"; }
measure "layout of 2 slots from apply to Complete: $(since_ms "$started") s (apply itself $((applied - started)) ms)"

pod=$(job_pod layout-0f3a)
kubectl logs "$pod" -c quarterback >"$WORK/quarterback"
kubectl logs "$pod" -c verdict >"$WORK/verdict"
cat "$WORK/quarterback" "$WORK/verdict"

# at EVENT: milliseconds from apply's start to the first line "time EVENT …" of the reports.
at() { awk -v event="$1" -v from="$started" '$0 ~ "time " event " " { print $NF - from; exit }' "$WORK/quarterback" "$WORK/verdict"; }
measure "ms from apply: quarterback $(at quarterback-start), its folders $(at quarterback-ready)," \
	"slot-0 $(sed -n 's/^slot-0: //p' "$WORK/quarterback" | awk -v from="$started" '/worker-met/ { print $3 - from }')," \
	"slot-1 $(sed -n 's/^slot-1: //p' "$WORK/quarterback" | awk -v from="$started" '/worker-met/ { print $3 - from }')," \
	"verdict $(at verdict-start), its end $(at verdict-end), quarterback's end $(at quarterback-end)"

# expect FILE LINE...: each is a line of the file.
expect() {
	local file=$1 line
	shift
	for line; do grep -qxF -- "$line" "$file" || fail "no line \"$line\" in $(basename "$file")"; done
}

expect "$WORK/quarterback" \
	"identity 20000:20000 20000" \
	"stat /calcflow/ctl 2777 0:20000" \
	"stat /calcflow/data 2777 0:20000" \
	"stat /calcflow/ipc 3777 0:20000" \
	"write /calcflow/share/out yes" \
	"write / Read-only file system" \
	"has /var/run/secrets/kubernetes.io/serviceaccount/token No such file or directory" \
	"drained-by-prestop /calcflow/ctl/draining yes"
expect "$WORK/verdict" \
	"identity 20003:20000 20000" \
	"write /calcflow/ctl Read-only file system"
for i in 0 1; do
	sed -n "s/^slot-$i: //p" "$WORK/quarterback" >"$WORK/slot-$i"
	expect "$WORK/quarterback" \
		"peer slot-$i uid yes" \
		"rename-attempt /calcflow/data/done/$i yes" \
		"stat /calcflow/data/done/$i/out 0640 $((20001 + i)):20000" \
		"remove-file-of-slot /calcflow/data/done/$i yes" \
		"remove-in-folder-027 /calcflow/data/done/$i Permission denied" \
		"remove-in-folder-007 /calcflow/data/done/$i yes"
	expect "$WORK/slot-$i" \
		"identity $((20001 + i)):20000 20000" \
		"has /var/run/secrets/kubernetes.io/serviceaccount/token No such file or directory" \
		"has /calcflow/ctl No such file or directory" \
		"has /marker yes" \
		"stat /calcflow/link 2750 20000:20000" \
		"stat /calcflow/data/slot-$i 2750 20000:20000" \
		"stat /tmp 2777 0:20000" \
		"write / Read-only file system" \
		"write /tmp yes" \
		"write /calcflow/bin Read-only file system" \
		"write /calcflow/link Permission denied" \
		"write /calcflow/data Read-only file system" \
		"write /calcflow/data/done Read-only file system" \
		"write /calcflow/data/slot-$i Permission denied" \
		"write /calcflow/data/slot-$i/attempt yes" \
		"write /calcflow/data/slot-$((1 - i))/attempt Read-only file system" \
		"write /calcflow/ipc Read-only file system" \
		"write /calcflow/ipc/slot-$i/attempt yes" \
		"write /calcflow/ipc/slot-$((1 - i))/attempt Read-only file system" \
		"write /calcflow/share/out Read-only file system" \
		"read-result /calcflow/data/done/0/out yes" \
		"read-result /calcflow/data/done/1/out yes" \
		"change-result /calcflow/data/done/$i/out Read-only file system" \
		"chmod-result /calcflow/data/done/$i/out Read-only file system" \
		"late-write-through-old-descriptor /calcflow/data/slot-$i/attempt/out yes"
done
[ "$(kubectl get pod "$pod" -o 'jsonpath={.status.qosClass}')" = Guaranteed ] || fail "not Guaranteed"

# Applied again, nothing changes.
before=$(kubectl get job layout-0f3a -o 'jsonpath={.metadata.resourceVersion}')
kubectl apply --server-side --validate=strict --filename "$here/layout.yaml" >/dev/null
[ "$(kubectl get job layout-0f3a -o 'jsonpath={.metadata.resourceVersion}')" = "$before" ] ||
	fail "a second apply changed the Job"
