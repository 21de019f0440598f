#!/bin/bash
# limit: 180
# The README's first flow, as written there: checked, run, broken, compiled, and run in a pod.
set -euo pipefail
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/flow.bash"
require CALCC CALC_SRCDIR CALCFLOW_IMAGES

flow_image example/letters:1 --with sh --with wc
new_namespace readme
texts=$(flow_share texts)
echo "one two" >"$texts/a.txt"
echo "three" >"$texts/b.txt"
chmod a+r "$texts"/*
out=$(flow_share out)
"$CALC_SRCDIR/testsuite/docs/run" --cluster README.md || { kubectl get pods -o wide; fail "an example of the README"; }
[ "$(cat "$out/total.json")" = 14 ] || fail "another result than on this machine: $(cat "$out/total.json")"
