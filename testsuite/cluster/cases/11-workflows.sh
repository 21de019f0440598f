#!/bin/bash
# limit: 420
# The largest and the widest workflow of the folder in a pod with four slots: every hash as the plain script computes it,
# and the bytes that they leave on this machine.
set -euo pipefail
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/flow.bash"
require CALCC CALC_SRCDIR CALC_BUILDDIR CALCFLOW_IMAGES CALC_WORKFLOWS
[ -d "$CALC_WORKFLOWS" ] || skip "there is no folder $CALC_WORKFLOWS"
flow=$CALC_SRCDIR/samples/wfformat/wfformat.cf
wf=$CALC_SRCDIR/samples/wfformat/wf
PATH=$CALC_BUILDDIR/samples/wfformat:$PATH

i=0
for json in $("$wf" choose "$CALC_WORKFLOWS"/*.json); do
	i=$((i + 1))
	name=$(basename "$json" .json)
	data=(--data tasks="$json" --data files="$json" --data runs="$json")
	read -ra options < <("$wf" options "$json")
	mkdir -p "$WORK/$name"
	"$wf" inputs "$json" "$WORK/$name/inputs"
	(cd "$WORK/$name" && "$CALCC" run -q "$flow" "${data[@]}" "${options[@]}")

	new_namespace "workflow-$i"
	inputs=$(flow_share inputs)
	cp "$WORK/$name/inputs"/* "$inputs/"
	results=$(flow_share results)
	job=$(flow_compile "$flow" local "${data[@]}" "${options[@]}" --claim inputs=inputs --claim results=results)
	started=$(now_ms)
	flow_apply local
	flow_ends "$job" 180 Complete
	measure "$("$wf" count "$json"), 4 slots: $(since_ms "$started") s from apply to Complete ($name)"
	cmp "$WORK/$name/results/reports.jsonl" "$results/reports.jsonl" || fail "$name: another result than on this machine"
	"$wf" check "$json" "$results/reports.jsonl" || fail "$name: other hashes than computed"
done
