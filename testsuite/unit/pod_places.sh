#!/bin/bash
# What a pod says of a step that fails: file and line, where the places of the plan are beside it; after a line more above, the new one,
# by the same plan; with places that are missing, torn, of another plan or anything else, the program, and no other harm.
. "$(dirname "$0")/pod_lib.sh"
shopt -s lastpipe	# what a pipe ends in sets the hash of this shell

cat >"$work/pod.cf" <<'END'
function fails(n: i64) -> file { image "x:1" command ["sh", "-c", "exit 7", "{n}", "{out}"] }
flow f() -> file {
    broken = fails(7)
    return broken
}
sink result : file at share "/out/result.txt"
calcset s on pod {
    run result <- f()
    slots 3
}
END

# places: those that the manifests of the program hold, as a pod has them.
places() {
	rm -rf "$work/m"
	"$calcc" "$work/pod.cf" --emit kubernetes -o "$work/m" -q --claim out=out
	sed -n '/^  places.000:/,$ s/^    //p' "$work/m/s.places.yaml"
}
# says PLACE: the pod fails, and its last word and the log name that place.
says() {
	: >"$work/quarterback.log"
	start_pod
	wait_verdict 1
	end_pod
	grep -qF "broken ($1), attempt 1" "$work/verdict.log" || fail "the last word does not say $1: $(cat "$work/verdict.log")"
}
fresh() { make_pod "$work/pod.cf"; mkdir "$work/pod/places"; }
with() { fresh; cat >"$work/pod/places/places.000"; }

places | with
before=$hash
says pod.cf:3
! grep -q "places" "$work/quarterback.log" || fail "something is wrong with places: $(cat "$work/quarterback.log")"
pass "the step that failed is named with its line"

{ echo "// one more"; cat "$work/pod.cf"; } >"$work/more.cf"
mv "$work/more.cf" "$work/pod.cf"
places | with
[ "$hash" = "$before" ] || fail "a comment is another plan"
says pod.cf:4
pass "a line more above it: the same plan, and the new line"

places | gzip -nc | with
says pod.cf:4
pass "places that are stored as gzip"

make_pod "$work/pod.cf"
says pod.cf
fresh
says pod.cf
! grep -q "places" "$work/quarterback.log" || fail "places that are not there are no fault: $(cat "$work/quarterback.log")"
pass "without places: the program"

# refused WHY: what stands in the folder is not taken, the quarterback says so, and the step is named.
refused() {
	says pod.cf
	grep -q "the places of the plan's lines are not known: .*$1" "$work/quarterback.log" || fail "not \"$1\": $(cat "$work/quarterback.log")"
	pass "places passed over: $1"
}
places | sed 's/"plan": "..../"plan": "0000/' | with
refused "another plan"
places | head -c 150 | with
refused ""
places | gzip -nc | head -c -9 | with
refused "cannot be unpacked"
head -c 30000000 /dev/zero | gzip -nc | with
refused "too large"
head -c 100000 /dev/urandom | with
refused ""
places | sed 's/"nodes": \[/&1,/' | with
refused "not as long"
places | sed 's/pod\.cf/x\\nlast word: done/' | with
refused "no name"
fresh
mkdir "$work/pod/places/places.000"
refused "directory"
echo "$passed passed"
