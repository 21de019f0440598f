#!/bin/bash
# The node is Ready, and a Job from an image of ours completes under "restricted".
set -euo pipefail
. "$(dirname "$0")/../lib.sh"

[ "$(kubectl get nodes -o 'jsonpath={.items[*].status.conditions[?(@.type=="Ready")].status}')" = True ] ||
	fail "the node is not Ready"

static_program "$WORK/trivial" "$(dirname "$0")/trivial.c"
"$build_image" calcflow/test-trivial:1 "$WORK/trivial.tar" "$WORK/trivial" --entrypoint /trivial
import_image "$WORK/trivial.tar"

new_namespace node
started=$(now_ms)
kubectl apply --server-side --validate=strict --filename - <<'END'
apiVersion: batch/v1
kind: Job
metadata:
  name: trivial
spec:
  backoffLimit: 0
  activeDeadlineSeconds: 60
  template:
    spec:
      restartPolicy: Never
      automountServiceAccountToken: false
      terminationGracePeriodSeconds: 5
      securityContext:
        runAsNonRoot: true
        runAsUser: 20000
        runAsGroup: 20000
        seccompProfile: {type: RuntimeDefault}
      containers:
      - name: trivial
        image: calcflow/test-trivial:1
        imagePullPolicy: IfNotPresent
        securityContext:
          allowPrivilegeEscalation: false
          readOnlyRootFilesystem: true
          capabilities: {drop: [ALL]}
END
wait_job trivial 60 || { explain_job trivial; fail "the Job did not complete"; }
measure "a trivial Job from apply to Complete: $(since_ms "$started") s"

[ "$(kubectl logs job/trivial)" = "uid 20000 gid 20000" ] || fail "its log is another: $(kubectl logs job/trivial)"

# Pod Security must be on, or the other cases prove nothing.
if kubectl run root --image=calcflow/test-trivial:1 --dry-run=server 2>"$WORK/refused"; then
	fail "a pod without a security context was accepted"
fi
grep -q 'violates PodSecurity "restricted' "$WORK/refused" || fail "$(cat "$WORK/refused")"
