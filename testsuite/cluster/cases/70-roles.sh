#!/bin/bash
# One slot takes three images in turn, by swap and by mounted image; what a quarterback may not do is denied.
# limit: 420
set -euo pipefail
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/flow.bash"
require CALCC CALC_SRCDIR CALCFLOW_IMAGES
here=$(dirname "${BASH_SOURCE[0]}")
for mark in a b c; do
	CC="${CC:-cc} -DMARK=\"$mark\"" static_program "$WORK/stamp-$mark" "$here/stamp.c"
	flow_image calcflow/test-$mark:1 "$WORK/stamp-$mark:/bin/stamp"
done

new_namespace roles
data=$(flow_share data)
printf 'begin\n' >"$data/in"
chmod a+r "$data/in"

# --- by swap ---

job=$(flow_compile "$here/roles.cf" swap --claim data=data --namespace roles)
flow_apply swap
trap 'kubectl delete -k "$WORK/swap" --wait=false >/dev/null 2>&1 || true' EXIT
flow_ends "$job" 180 Complete
[ "$(tr '\n' ' ' <"$data/swapped")" = "begin a b c " ] || fail "by swap: $(cat "$data/swapped")"
pod=$(job_pod "$job")
log=$(kubectl logs "$pod" -c quarterback)
flow_says "$log" "it has the image calcflow/test-b:1 after" "it has the image calcflow/test-c:1 after" "2 images changed in"
measure "by swap: $(sed -n 's/.*\(it has the image .*\)/\1/p' <<<"$log" | tr '\n' ';') $(grep -o '[0-9]* images changed in .*' <<<"$log")"
[ "$(kubectl get pod "$pod" -o 'jsonpath={.status.initContainerStatuses[1].restartCount}')" -ge 2 ] || fail "the slot's container never changed"

# --- what is denied to it ---

account=$(kubectl get pod "$pod" -o 'jsonpath={.spec.serviceAccountName}')
token=$(kubectl create token "$account" --bound-object-kind Pod --bound-object-name "$pod")
as_it() { kubectl --token="$token" "$@" 2>&1; }
denied() {
	local what=$1 said
	shift
	said=$(as_it "$@") && fail "it may: $what"
	grep -q -i -e "denied request" -e "forbidden" <<<"$said" || fail "$what: $said"
}
kubectl create --filename - >/dev/null <<-END
apiVersion: v1
kind: Pod
metadata: {name: other}
spec:
  schedulerName: nobody
  securityContext: {runAsNonRoot: true, runAsUser: 20000, seccompProfile: {type: RuntimeDefault}}
  initContainers:
  - {name: slot-0, image: "calcflow/test-a:1", restartPolicy: Always, securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}}
  containers:
  - {name: main, image: "calcflow/test-a:1", securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}}
END
image() { printf '{"spec":{"initContainers":[{"name":"%s","image":"%s"}]}}' "$1" "$2"; }
as_it patch pod "$pod" --patch "$(image slot-0 calcflow/test-a:1)" >/dev/null || fail "it may not change its slot: $(as_it patch pod "$pod" --patch "$(image slot-0 calcflow/test-a:1)")"
denied "another pod" patch pod other --patch "$(image slot-0 calcflow/test-b:1)"
denied "another image" patch pod "$pod" --patch "$(image slot-0 calcflow/evil:1)"
denied "a label" patch pod "$pod" --patch '{"metadata":{"labels":{"a":"b"}}}'
denied "an annotation" patch pod "$pod" --patch '{"metadata":{"annotations":{"a":"b"}}}'
denied "the quarterback's own image" patch pod "$pod" --patch "$(image quarterback calcflow/test-a:1)"
denied "the verdict's image" patch pod "$pod" --patch '{"spec":{"containers":[{"name":"verdict","image":"calcflow/test-a:1"}]}}'
denied "the deadline" patch pod "$pod" --patch '{"spec":{"activeDeadlineSeconds":1}}'
denied "to delete" delete pod "$pod"
denied "to list" get pods
denied "secrets" get secrets
kubectl get pod "$pod" -o 'jsonpath={.spec.initContainers[1].volumeMounts[*].mountPath}' >"$WORK/mounts"
! grep -q serviceaccount "$WORK/mounts" ||
	fail "a slot has a token"

# --- by mounted image ---

require_image_volumes
job=$(flow_compile "$here/roles.cf" mount --claim data=data --namespace roles --kubernetes=1.36)
flow_apply mount
keep_journal "$(job_pod "$job")"
flow_ends "$job" 120 Complete
[ "$(tr '\n' ' ' <"$data/mounted")" = "begin a b c " ] || fail "by mounted image: $(cat "$data/mounted")"
[ "$(kubectl get pod "$(job_pod "$job")" -o 'jsonpath={.status.initContainerStatuses[1].restartCount}')" = 0 ] || fail "a container changed"
# The steps of b and c ran from mounts, in a slot whose image is a's: what each took, dispatch and records included.
measure "by mounted image: $("$calcc" journal "$WORK/ctl" --json | sed -n \
	's/^{"kind":"done","step":"\([^"]*\)".*"start_us":\([0-9]*\).*"end_us":\([0-9]*\).*/\1 \2 \3/p' |
	awk '{ printf "%s%s %.2f ms", (NR > 1 ? ", " : ""), $1, ($3 - $2) / 1000 }')"
