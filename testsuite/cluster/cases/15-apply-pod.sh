#!/bin/bash
# limit: 240
# What calcc emits of every sample, of every collected workflow and of programs with CronJobs, roles of slots and mounted images, on a
# pod: the API server takes all of it, in a namespace that enforces "restricted"; see apply.bash. Then all of a program with a Role and
# a ValidatingAdmissionPolicy is deleted again.
set -euo pipefail
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/apply.bash"
require CALCC CALC_SRCDIR CALC_BUILDDIR

apply_scope pod
kubectl delete validatingadmissionpolicies,validatingadmissionpolicybindings --selector app.kubernetes.io/managed-by=calcc >/dev/null
kubectl delete namespace apply-pod --wait=false >/dev/null
new_namespace gone-pod
sed -i 's/apply-pod/gone-pod/' "$WORK"/all/swap-pod/*.yaml
apply_deleted "$WORK/all/swap-pod"
