#!/bin/bash
# Every last word but "done" ends the Job as Failed at once, without another pod; what is no last word
# (here 70) is tried again.
set -euo pipefail
. "$(dirname "$0")/../lib.sh"
here=$(cd "$(dirname "$0")" && pwd)

static_program "$WORK/standin" "$here/standin.c"
"$build_image" calcflow/test-runtime:1 "$WORK/runtime.tar" "$WORK/standin:/calcflow/"
import_image "$WORK/runtime.tar"
new_namespace verdict

# apply NAME STATUS: the Job of layout.yaml's policies, with nothing but a verdict that ends with STATUS.
apply() {
	kubectl apply --server-side --validate=strict --filename - >/dev/null <<-END
	apiVersion: batch/v1
	kind: Job
	metadata:
	  name: $1
	spec:
	  backoffLimit: 1
	  activeDeadlineSeconds: 60
	  podReplacementPolicy: Failed
	$(sed -n '/^  podFailurePolicy:/,/^  template:/p' "$here/layout.yaml" | sed '$d')
	  template:
	    spec:
	      restartPolicy: Never
	      automountServiceAccountToken: false
	      securityContext:
	        runAsNonRoot: true
	        runAsUser: 20000
	        runAsGroup: 20000
	        seccompProfile: {type: RuntimeDefault}
	      containers:
	      - name: verdict
	        image: calcflow/test-runtime:1
	        imagePullPolicy: IfNotPresent
	        command: [/calcflow/standin, exit, "$2"]
	        securityContext:
	          allowPrivilegeEscalation: false
	          capabilities: {drop: [ALL]}
	END
}

for status in 1 2 3 70; do apply "ends-$status" $status; done
for status in 1 2 3 70; do
	word=$(wait_job "ends-$status" 60) || true
	[ "$word" = Failed ] || { explain_job "ends-$status"; fail "exit $status: ${word:-not ended}"; }
	reason=$(kubectl get job "ends-$status" -o 'jsonpath={.status.conditions[?(@.type=="Failed")].reason}')
	pods=$(kubectl get job "ends-$status" -o 'jsonpath={.status.failed}')
	case $status in
	70) expected="BackoffLimitExceeded 2" ;;
	*) expected="PodFailurePolicy 1" ;;
	esac
	[ "$reason $pods" = "$expected" ] || fail "exit $status: $reason after $pods pods, expected $expected"
done
