#!/bin/bash
# The word count in a pod with three slots leaves the bytes that it leaves on this machine.
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
results=$(flow_share results)
job=$(flow_compile "$flow" local --claim licenses=licenses --claim results=results)
kubectl apply --kustomize "$WORK/local" --server-side --dry-run=server --validate=strict >/dev/null
started=$(now_ms)
kubectl apply --kustomize "$WORK/local"
flow_ends "$job" 120 Complete
measure "word count, 3 slots: $(since_ms "$started") s from apply to Complete"
cmp "$WORK/results/top.csv" "$results/top.csv" || fail "another result than on this machine"

# Applied again, nothing changes and nothing runs.
if kubectl apply --kustomize "$WORK/local" | grep -v unchanged; then fail "a second apply changed something"; fi
[ "$(kubectl get pods -o name | wc -l)" = 1 ] || fail "more than one pod"
