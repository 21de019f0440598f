#!/bin/bash
# An image mounted as a volume, under "restricted": a program in it runs from the mount without a start of its own, and
# nothing can be written there. With a containerd that can.
set -euo pipefail
. "$(dirname "$0")/../lib.sh"
require_image_volumes

static_program "$WORK/trivial" "$(dirname "$0")/trivial.c"
"$build_image" calcflow/test-shell:1 "$WORK/shell.tar" --with sh --with ls
"$build_image" calcflow/test-other:1 "$WORK/other.tar" "$WORK/trivial:/bin/trivial"
import_image "$WORK/shell.tar" "$WORK/other.tar"

new_namespace mounted
started=$(now_ms)
kubectl apply --server-side --validate=strict --filename - <<'END'
apiVersion: batch/v1
kind: Job
metadata:
  name: mounted
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
      - name: shell
        image: calcflow/test-shell:1
        imagePullPolicy: IfNotPresent
        command: [sh, -c, 'ls /other/bin; /other/bin/trivial; echo >/other/new || echo read-only']
        securityContext:
          allowPrivilegeEscalation: false
          readOnlyRootFilesystem: true
          capabilities: {drop: [ALL]}
        volumeMounts:
        - {name: other, mountPath: /other, readOnly: true}
      volumes:
      - name: other
        image: {reference: calcflow/test-other:1, pullPolicy: IfNotPresent}
END
wait_job mounted 60 || { explain_job mounted; fail "the Job did not complete"; }
measure "a Job with a mounted image from apply to Complete: $(since_ms "$started") s"
log=$(kubectl logs job/mounted)
for line in trivial "uid 20000 gid 20000" read-only; do
	grep -qxF "$line" <<<"$log" || fail "its log has no \"$line\": $log"
done
