#!/bin/bash
# The word count in a pod with three slots leaves the bytes that it leaves on this machine. Another plan is another Job with ConfigMaps
# of its own, and nothing else of the set is touched.
set -euo pipefail
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/flow.bash"
require CALCC CALC_SRCDIR CALCFLOW_IMAGES
texts=/usr/share/common-licenses
[ -d $texts ] || skip "there are no licences in $texts"
flow=$CALC_SRCDIR/samples/wordcount/wordcount.cf

(cd "$WORK" && "$CALCC" run -q "$flow" --share licenses=$texts)

new_namespace wordcount
licenses=$(flow_share licenses)
find $texts -maxdepth 1 -type f -exec cp -t "$licenses" {} +
chmod -R a+rX "$licenses"
# The claim of the results is made with the set: one pod has it, and a volume of one node is enough.
results=$(share_dir results "$flow_owner")
find "$results" -mindepth 1 -delete
hostpath_volume results "$results" results ReadWriteOnce
job=$(flow_compile "$flow" local --claim licenses=licenses --claim results=results,1Gi)
kubectl apply --kustomize "$WORK/local" --server-side --dry-run=server --validate=strict >/dev/null
started=$(now_ms)
kubectl apply --kustomize "$WORK/local"
flow_ends "$job" 120 Complete
measure "word count, 3 slots: $(since_ms "$started") s from apply to Complete"
cmp "$WORK/results/top.csv" "$results/top.csv" || fail "another result than on this machine"

# Applied again, nothing changes and nothing runs.
if kubectl apply --kustomize "$WORK/local" | grep -v unchanged; then fail "a second apply changed something"; fi
[ "$(kubectl get pods -o name | wc -l)" = 1 ] || fail "more than one pod"

# Another plan.
before=$(kubectl get job "$job" -o 'jsonpath={.metadata.uid} {.metadata.resourceVersion}')
again=$(flow_compile "$flow" local -D most=3 --claim licenses=licenses --claim results=results,1Gi)
[ "$again" != "$job" ] || fail "another plan has the Job's name"
kubectl apply --kustomize "$WORK/local" | grep -v unchanged | sed 's|-[0-9a-f]* | |' | sort -u >"$WORK/changed"
printf '%s\n' 'configmap/local-places-000 created' 'configmap/local-plan-000 created' 'job.batch/local created' | cmp - "$WORK/changed" || { cat "$WORK/changed"; fail "another plan changes more than its Job"; }
[ "$(kubectl get job "$job" -o 'jsonpath={.metadata.uid} {.metadata.resourceVersion}')" = "$before" ] || fail "the Job that had ended was touched"
rm "$results/top.csv"
flow_ends "$again" 90 Complete
[ "$(wc -l <"$results/top.csv")" = 4 ] || fail "the other plan's result: $(cat "$results/top.csv")"
