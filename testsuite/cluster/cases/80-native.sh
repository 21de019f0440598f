#!/bin/bash
# Native functions in a pod, from an image that holds nothing but their program: what they make here they make there, one program
# serves the steps of a slot, and one that crashes or lacks a function is a clear failure.
set -euo pipefail
. "$(dirname "$0")/../lib.sh"
here=$(cd "$(dirname "$0")" && pwd)
. "$here/flow.bash"
require CALCC CALC_SRCDIR CALC_BUILDDIR
flow=$CALC_SRCDIR/samples/native/plant.cf

# ---- the sample ----
(cd "$WORK" && "$CALCC" "$flow" --emit=stub -o stub -q)
cp "$CALC_SRCDIR/samples/native/plant_functions.c" "$WORK/stub/"
flow_native "$WORK/stub"
flow_image calcflow/sample-native:1 "$WORK/stub/plant-functions:/bin/plant-functions"
new_namespace native
plants=$(flow_share plants)
cp "$CALC_SRCDIR/samples/native/readings.jsonl" "$plants/"
chown -R "$flow_owner" "$plants"
job=$(flow_compile "$flow" nightly --claim plants=plants)
started=$(now_ms)
flow_apply nightly
flow_ends "$job" 120 Complete
measure "3 native steps: $(since_ms "$started") s from apply to Complete"
cmp "$plants/report.json" "$CALC_SRCDIR/samples/native/report.json" || fail "another result than on this machine"

# ---- what goes wrong ----
flow=$CALC_SRCDIR/testsuite/native/bad.cf
(cd "$WORK" && "$CALCC" "$flow" --emit=stub -o bad -q)
cp "$CALC_SRCDIR/testsuite/native/bad_functions.c" "$WORK/bad/"
flow_native "$WORK/bad"
flow_image calcflow/test-native:1 "$WORK/bad/bad-functions:/bin/bad-functions"
in=$(flow_share in)
printf '{"name":"a","n":1}\n{"name":"b","n":-2}\n' >"$in/rows.jsonl"
chown -R "$flow_owner" "$in"
for way in good input beyond; do
	out=$(flow_share out)
	job=$(flow_compile "$flow" s --claim in=in --claim out=out -D way=$way)
	flow_apply s
	if [ $way = good ]; then
		flow_ends "$job" 90 Complete
		[ "$(cat "$out/later.json")" = '[1,-2]' ] || fail "another result"
	else
		flow_ends "$job" 90 Failed
		flow_says "$(flow_message "$job")" "2 steps finished, 1 failed" "read-only\|beyond a list"
	fi
	kubectl delete --wait=true -k "$WORK/s" >/dev/null
done
