#!/bin/bash
# limit: 120
# Steps that mean harm, among others that work: only they suffer. One tries everything that must be refused and tells what was
# not; each of the others does one harm: outputs that are links, pipes or others' files, stopping and killing its worker,
# speaking in its place, folders that nobody may enter.
set -euo pipefail
. "$(dirname "$0")/../lib.sh"
here=$(cd "$(dirname "$0")" && pwd)
. "$here/flow.bash"

static_program "$WORK/witness-tool" "$here/witness.c"
static_program "$WORK/hostile-tool" "$here/hostile.c"
flow_image calcflow/test-hostile:1 "$WORK/witness-tool:/bin/witness" "$WORK/hostile-tool:/bin/hostile"
new_namespace hostile
in=$(flow_share in)
out=$(flow_share out)
echo seed >"$in/seed"
chown "$flow_owner" "$in/seed"
chmod 640 "$in/seed"
job=$(flow_compile "$here/hostile.cf" hostile --claim in=in --claim out=out)
started=$(now_ms)
flow_apply hostile
flow_follow "$job"
pod=$(job_pod "$job")
flow_ends "$job" 90 Complete
measure "from apply to Complete with 14 hostile steps: $(since_ms "$started") s"
[ "$(job_pod "$job")" = "$pod" ] || fail "the pod was replaced"
cut -d ' ' -f 2- "$WORK/$job.log"

for ((n = 0; n < 60; n++)); do printf 'seed\ngood\ncrowd %d\nseed\ngood\nlate\n' "$n"; done >"$WORK/expected"
echo all >>"$WORK/expected"
cmp "$WORK/expected" "$out/result" || fail "another result"
[ "$(wc -l <"$out/told")" -ge 60 ] || fail "it did not try much: $(cat "$out/told")"
! grep ALLOWED "$out/told" || fail "something was allowed"
[ "$(cat "$in/seed")" = seed ] || fail "the source was changed"

# failed KIND TEXT: the item with that harm failed, and for that reason.
kinds=(link fifo folder hidden hard-link another stop-worker kill-worker kill-and-speak kill-all folders folders-and-die \
	fill-stderr swap-stderr)
log=$(cat "$WORK/$job.log")
for i in "${!kinds[@]}"; do
	case ${kinds[$i]} in
	link) why='a symbolic link' ;;
	fifo) why='a named pipe' ;;
	folder) why='a folder' ;;
	hidden) why='cannot be ' ;;
	hard-link) why='hard links' ;;
	another) why='the folder of its outputs is no longer' ;;
	fill-stderr | swap-stderr) why='exit status 3' ;;
	*) continue ;;
	esac
	flow_says "$log" "harmed\\[$i\\].*$why"
done
