#!/bin/bash
# Images: the same files give the same bytes; one with a shell and its tools runs under "restricted",
# named by its digest.
set -euo pipefail
. "$(dirname "$0")/../lib.sh"

for copy in first second; do
	"$build_image" localhost/test-tools:1 "$WORK/$copy.tar" --with sh --with sort --with awk
done
cmp "$WORK/first.tar" "$WORK/second.tar" || fail "two builds of one image differ"
import_image "$WORK/first.tar"

new_namespace image
kubectl apply --server-side --validate=strict --filename - <<END
apiVersion: batch/v1
kind: Job
metadata:
  name: tools
spec:
  backoffLimit: 0
  activeDeadlineSeconds: 60
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
      - name: tools
        image: localhost/test-tools@$("$cluster_suite/cluster" digest localhost/test-tools:1)
        imagePullPolicy: IfNotPresent
        command: [sh, -c, 'printf "b\na\n" | sort | awk "{ print NR, \\\$0 }"']
        securityContext:
          allowPrivilegeEscalation: false
          readOnlyRootFilesystem: true
          capabilities: {drop: [ALL]}
END
wait_job tools 60 || { explain_job tools; fail "the Job did not complete"; }
[ "$(kubectl logs job/tools)" = "1 a
2 b" ] || fail "its log is another: $(kubectl logs job/tools)"
